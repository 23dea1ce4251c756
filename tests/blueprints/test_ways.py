"""Where a role may open a page, a page of theirs leads there: nobody types addresses."""

from collections import deque
from urllib.parse import urlsplit

import pytest
from lxml import html as markup
from werkzeug.exceptions import HTTPException

from tests.blueprints.crowd import add_crowd, addresses
from tests.blueprints.helpers import open_session
from tests.blueprints.test_census import TABLE
from tests.databases import on_sqlite

#: Pages of a row deeper than these depend on what there is that day.
PARTS = {"school_id", "class_id", "group_id", "day", "short_name"}
#: What no link leads to, and why.
OTHERWISE = {
    "public.robots",  # machines know it
    "auth.confirm", "auth.forgotten",  # where one is sent, and for those who are not signed in
    "auth.sign_out",  # for those who are signed in
}  # fmt: skip
#: Papers lie behind what makes one; these people make none.
MAKE_NO_PAPERS = {"mother", "officer"}
#: Where nobody waits for a teacher, none has this line.
NOBODY_WAITS = {"teacher": {"visits.present"}}


def reached(app, client, adapter):
    """The endpoints that pages link to, from the first page on."""
    queue, seen, found = deque(["/"]), {"/"}, set()
    while queue:
        address = queue.popleft()
        try:
            endpoint, _ = adapter.match(urlsplit(address).path, method="GET")
        except HTTPException:
            continue
        if endpoint in found:
            continue  # one page of each kind is looked at
        found.add(endpoint)
        answer = client.get(address)
        links = [answer.headers["Location"]] if answer.status_code in (302, 303, 308) else []
        if answer.mimetype == "text/html" and not links:
            root = markup.fromstring(answer.data)
            links = root.xpath("//a/@href | //form[not(@method) or @method='get']/@action")
        for link in (link.partition("#")[0] for link in links):
            if link.startswith("/") and link not in seen:
                seen.add(link)
                queue.append(link)
    return found


@on_sqlite
@pytest.mark.parametrize(
    "who",
    ["nobody", "mother", "teacher", "class_teacher", "administrator", "deputy_head",
     "head", "officer"],
)  # fmt: skip
def test_every_page_that_a_role_may_open_is_linked_from_one_of_theirs(app, town, visit, who):
    add_crowd(town)
    visitor = visit() if who == "nobody" else open_session(app, getattr(town, who))
    adapter = app.url_map.bind("")
    wanted = {
        endpoint
        for endpoint, methods, target, _ in addresses(app, town)
        if "GET" in methods
        and TABLE[endpoint, "GET"].answer(who, target) == 200
        and all(rule.arguments <= PARTS for rule in app.url_map.iter_rules(endpoint))
    }
    missing = wanted - reached(app, visitor.client, adapter) - OTHERWISE
    missing -= NOBODY_WAITS.get(who, set())
    if who in MAKE_NO_PAPERS:
        missing.discard("papers.own")
    assert sorted(missing) == []
