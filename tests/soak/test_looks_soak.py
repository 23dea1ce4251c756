"""Every page of every person in six looks, with script and without, and as devices ask for it."""

from dataclasses import replace

import pytest

from tests.blueprints.crowd import KINDS, add_crowd, addresses
from tests.blueprints.helpers import open_session
from tests.checkers.browser import LOOKS, ORDINARY, WISHES, check
from tests.checkers.pages import KeptPage, choose_pages, digest, features_of
from tests.databases import on_sqlite
from tests.page import look_at

SIX = (ORDINARY, *LOOKS[:5])
VIEWS = [
    replace(view, script=script, name=f"{view.name}, {'with' if script else 'without'} script")
    for view in SIX
    for script in (True, False)
]


@pytest.fixture
def pages(app, town, visit) -> list[KeptPage]:
    add_crowd(town)
    found: dict[str, KeptPage] = {}
    for who in KINDS:
        visitor = visit() if who == "nobody" else open_session(app, getattr(town, who))
        for _, methods, _, address in addresses(app, town):
            for method in {"GET", "POST"} & methods:
                page = visitor.client.open(address, method=method)
                html = page.get_data(as_text=True)
                if page.mimetype != "text/html" or page.status_code in (303, 308):
                    continue
                problems, root = look_at(html)
                assert not problems, f"{method} {address} by {who}: {problems}"
                features = features_of(root)
                shape = digest([address, *sorted(features)])
                found[shape] = KeptPage(shape, address, address, who, html, features)
    return choose_pages(found.values())


@on_sqlite
@pytest.mark.requirement("H19")
@pytest.mark.parametrize("view", [*VIEWS, LOOKS[5], *WISHES], ids=lambda view: view.name)
def test_every_page_is_good_in_every_look(pages, chromium, view):
    assert len(pages) > 20
    wrong = {
        f"{page.address} by {page.test}": found
        for page, _, found in check(chromium, [(page, view) for page in pages])
        if found
    }
    assert wrong == {}
