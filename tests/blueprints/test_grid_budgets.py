"""The grid of a period within its budgets: bytes and statements (E1, H21)."""

import pytest

from school.models import GroupMembership
from tests.blueprints.helpers import statements
from tests.full_grid import build_full_grid
from tests.wire import fetch, on_the_wire


@pytest.mark.requirement("H21")
def test_thirty_pupils_by_sixty_works_fit(town, visit):
    group = build_full_grid(town)
    client = visit(town.teacher).client
    address = f"/gradebook/groups/{group.id}"
    with statements() as seen:
        page = fetch(client, address)
    assert page.status_code == 200
    plain = fetch(client, address, "identity").get_data(as_text=True)
    assert plain.count("<td>") >= 30 * 60
    sizes = {
        f"{query}{encoding}": on_the_wire(fetch(client, f"{address}{query}", encoding))
        for query in ("", "?edit=1")
        for encoding in ("br", "gzip", "identity")
    }
    print(sizes, len(seen))
    assert sizes["br"] <= 25_000
    assert sizes["gzip"] <= 25_000
    # All of it as one form, for a browser without script.
    assert sizes["?edit=1br"] <= 25_000
    assert len(seen) <= 10, seen


@pytest.mark.requirement("H24")
def test_statements_do_not_grow_with_pupils_or_works(town, visit):
    group = build_full_grid(town, pupils=5, columns=4)
    client = visit(town.teacher).client
    with statements() as few:
        assert fetch(client, f"/gradebook/groups/{group.id}").status_code == 200
    pupil = GroupMembership.get(GroupMembership.teaching_group == group).pupil_id
    with statements() as twin:
        first = fetch(client, f"/gradebook/groups/{group.id}/pupils/{pupil}")
    assert first.status_code == 200
    assert len(few) <= 10, few
    assert len(twin) <= 10, twin
