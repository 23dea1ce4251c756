"""One's own sign-ins, passwords and data."""

import json
from datetime import timedelta

import pytest

from blueprints.auth.views import name_of_device
from school import clock
from school.models import AccessLog, Draft, Session
from tests.blueprints.helpers import open_session, register_of, value
from tests.town import PASSWORD, today

HOUR = timedelta(hours=1)


def sign_in(visitor, login, **fields):
    page = visitor.get("/sign-in")
    return visitor.send(page, login=login, password=PASSWORD, **fields)


# The list of sessions


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
         "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 YaBrowser/24.1 Safari/537.36",
         "Яндекс Браузер, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1",
         "Safari, iPhone"),
        ("w3m/0.5.3", "w3m"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_device_is_named_by_browser_and_system(user_agent, name):
    assert name_of_device(user_agent) == name


def test_a_session_is_ended_from_the_list_of_another(app, town, visit):
    here, there = visit(), visit()
    sign_in(here, "mother")
    phone = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile"}
    page = there.get("/sign-in", headers=phone)
    fields = {**page.fields(), "login": "mother", "password": PASSWORD}
    there.post("/sign-in", fields, headers=phone)
    there.get("/account/")
    page = here.get("/account/sessions")
    assert "Chrome, Android" in page.words
    assert "(этот вход)" in page.words
    here.send(page, form="end")
    there.get("/account/", status=303)
    here.get("/account/")
    assert [row.event for row in AccessLog.select().order_by(AccessLog.id)][-1] == "sign_out"


def test_nobody_ends_somebody_elses_session(app, town):
    mother, father = (open_session(app, person) for person in (town.mother, town.father))
    key = Session.get(Session.person == town.father).token_hash[:16]
    page = mother.get("/account/sessions")
    token = page.fields()["csrf_token"]
    mother.post("/account/sessions/end", {"csrf_token": token, "session": key})
    father.get("/account/")


def test_sign_out_everywhere(app, town):
    visitors = [open_session(app, town.mother) for _ in range(3)]
    father = open_session(app, town.father)
    visitors[0].send(visitors[0].get("/account/sessions"), form="everywhere")
    for visitor in visitors:
        visitor.get(f"/diary/{town.pupil.id}/news", status=303)
    father.get("/account/")
    assert AccessLog.get(AccessLog.event == "sign_out_everywhere").person_id == town.mother.id


# Idle sessions of staff


@pytest.mark.requirement("H3")
def test_an_idle_session_of_staff_ends_and_what_was_typed_comes_back(app, town, visit):
    teacher = open_session(app, town.teacher)
    page = register_of(teacher, town.lesson)
    Session.update(seen_at=clock.now() - HOUR).execute()
    answer = teacher.send(page, topic="Набрано до перерыва", status=303)
    assert "/sign-in" in answer.headers["Location"]
    assert Draft.get().person_id == town.teacher.id
    # Not even the sign of life brings it back.
    teacher.get("/gradebook/", status=303)
    again = visit(town.teacher)
    assert value(register_of(again, town.lesson), "topic") == "Набрано до перерыва"


@pytest.mark.parametrize(
    ("who", "idle", "own_device", "status"),
    [
        ("teacher", timedelta(minutes=55), False, 200),
        ("teacher", HOUR, False, 303),
        ("officer", HOUR, False, 303),
        ("teacher", 11 * HOUR, True, 200),
        ("teacher", 12 * HOUR, True, 303),
        ("mother", 11 * HOUR, False, 200),
        ("mother", 29 * 24 * HOUR, True, 200),
    ],
)
def test_how_long_a_session_may_idle(app, town, who, idle, own_device, status):
    person = getattr(town, who)
    now = clock.now()
    visitor = open_session(
        app, person, is_own_device=own_device, seen_at=now - idle, created_at=now - idle,
        ends_at=now + HOUR,
    )  # fmt: skip
    visitor.get("/account/", status=status)


# The password again


def test_guesses_of_the_present_password_are_throttled(app, town):
    visitor = open_session(app, town.mother)
    wrong = {"present": "не тот", "new": "верный-кот-на-скрепке", "again": "верный-кот-на-скрепке"}
    for _ in range(5):
        visitor.send(visitor.get("/account/password"), status=422, **wrong)
    page = visitor.send(visitor.get("/account/password"), status=429, **wrong)
    assert "Подождите" in page.words
    right = {**wrong, "present": PASSWORD}
    visitor.send(visitor.get("/account/password"), status=429, **right)
    assert AccessLog.select().where(AccessLog.event == "password_refused").count() == 5
    # Somebody else is not held up.
    father = open_session(app, town.father)
    father.send(father.get("/account/password"), status=303, **right)


def test_contacts_and_the_like_ask_for_the_password_again(other_app, town):
    from blueprints.access import SIGNED_IN, permit

    app = other_app()
    view = permit(SIGNED_IN, asks_password=True)(lambda: "<p>contacts</p>")
    app.add_url_rule("/planted", "planted", view)
    visitor = open_session(app, town.mother, confirmed_at=clock.now() - timedelta(minutes=11))
    answer = visitor.client.get("/planted")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/account/confirm?next=/planted")
    assert visitor.client.get("/planted", headers={"HX-Request": "true"}).status_code == 401
    page = visitor.get(answer.headers["Location"])
    page = visitor.send(page, present="не тот", status=422)
    answer = visitor.send(page, present=PASSWORD)
    assert answer.headers["Location"] == "/planted"
    assert visitor.client.get("/planted").status_code == 200
    Session.update(confirmed_at=clock.now() - timedelta(minutes=11)).execute()
    assert visitor.client.get("/planted").status_code == 303


# One's own data


@pytest.mark.clause("S11 1.7")
@pytest.mark.requirement("G2")
def test_own_data_as_a_page_and_as_json(app, town):
    teacher = open_session(app, town.teacher)
    page = register_of(teacher, town.lesson)
    teacher.send(page, **{f"mark-{town.pupil.id}": "4"})
    child = open_session(app, town.pupil)
    words = child.get("/account/data").words
    for expected in ("Королёв", "pupil", "Алгебра", "7А"):
        assert expected in words
    answer = child.client.get("/account/data.json")
    assert answer.mimetype == "application/json"
    assert "attachment" in answer.headers["Content-Disposition"]
    data = json.loads(answer.get_data(as_text=True))
    assert data["person"][0]["login"] == "pupil"
    assert data["marks"] == [{"held_on": f"{today():%d.%m.%Y}", "subject": "Алгебра", "mark": "4"}]
    assert AccessLog.get(AccessLog.event == "export").person_id == town.pupil.id
    # A representative's data are the representative's: whose they are, and no marks.
    data = open_session(app, town.mother).client.get("/account/data.json").get_json()
    assert data["children"][0]["basis"] == "свидетельство о рождении"
    assert "marks" not in data


@pytest.mark.requirement("G2")
def test_own_data_say_which_staff_looked(app, town):
    open_session(app, town.head).get(f"/diary/{town.pupil.id}/week/{today()}")
    words = open_session(app, town.pupil).get("/account/data").words
    assert "открыт дневник" in words
    assert "директор" in words
