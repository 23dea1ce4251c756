"""Every button pressed twice: each form that a person comes to is sent as it stands, two times
over. The second does nothing that the first did not, and is answered kindly."""

from collections import deque
from urllib.parse import urlsplit

import pytest

from school.database import database
from school.models import ALL_MODELS
from tests.blueprints.crowd import add_crowd
from tests.databases import on_sqlite

PAGES = 80
#: What each press may add: traces, and what is told of an entry that failed.
TRACES = {"access_log", "history", "session", "throttle", "sign_in", "draft"}
#: Ends the visit itself; and the crowd's import, which holds no changes to take back.
NOT_PRESSED = ("/sign-out", "/sign-in", "/account/sessions", "/locked", "/view", "/office/imports/")

#: Each press gives a new password, the one that the last answer shows; its owner is told of each.
NEW_EACH_TIME = {"letter": "/password"}


def rows() -> dict[str, int]:
    return {
        model._meta.table_name: model.select().count()
        for model in ALL_MODELS
        if model._meta.table_name not in TRACES
    }


@on_sqlite
@pytest.mark.parametrize(
    "who", ["mother", "teacher", "class_teacher", "administrator", "deputy_head", "officer"]
)
def test_every_button_pressed_twice(town, visit, who):
    add_crowd(town)
    browser = visit(town.people[who])
    todo, known = deque(["/"]), {"/"}
    found: list[str] = []
    pressed = 0
    while todo and len(known) < PAGES * 5 and pressed < 150:
        path = todo.popleft()
        response = browser.client.get(path, follow_redirects=True)
        if response.status_code != 200 or response.mimetype != "text/html":
            continue
        page = browser.get(response.request.full_path.rstrip("?"))
        for number, form in enumerate(page.root.xpath("//form")):
            action = page.action(number)
            if (form.get("method") or "get").lower() != "post" or action.startswith(NOT_PRESSED):
                continue
            fields = page.fields(number)
            with database.atomic() as spot:
                first = browser.client.post(action, data=fields)
                between = rows()
                second = browser.client.post(action, data=fields)
                after = rows()
                spot.rollback()
            pressed += 1
            statuses = (first.status_code, second.status_code)
            more = [
                name
                for name in after
                if after[name] != between[name]
                and not (name in NEW_EACH_TIME and action.endswith(NEW_EACH_TIME[name]))
            ]
            if max(statuses) >= 500 or more:
                found.append(f"{path} {action}: {statuses} {more}")
        for address in page.root.xpath("//a/@href"):
            plain = urlsplit(address).path
            if plain.startswith("/") and plain not in known and not plain.startswith("/static"):
                known.add(plain)
                todo.append(plain)
    print(f"{who}: {len(known)} addresses, {pressed} forms pressed twice")
    assert pressed
    assert not found, "\n".join(found)
