"""Signing in and out: sessions are rows, strangers wait, and what was typed outlives a session."""

import json
import math
from datetime import timedelta
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import pytest

from blueprints.auth.views import own_address
from school import clock
from school.actions import sessions
from school.models import AccessLog, Account, Draft, Lesson, Mark, Session, Throttle
from school.passwords import is_correct
from tests.blueprints.helpers import (
    address_of,
    arrive,
    check_came_back,
    complaints,
    history_of,
    open_session,
    register_of,
    save,
    stand_in,
    value,
)
from tests.page import Visitor
from tests.town import PASSWORD, account, person, today

HOME, AWAY = "10.1.1.1", "203.0.113.7"
NEW_PASSWORD = "зонтик-паровоз-лимон-42"


def from_address(address):
    return {"environ_overrides": {"REMOTE_ADDR": address}}


def try_in(visitor, login, password, *, status, address=HOME, **fields):
    """Open the sign-in page and send it from an address of the network."""
    where = fields.pop("where", "/sign-in")
    page = visitor.get(where, **from_address(address))
    sent = {**page.fields(), "login": login, "password": password, **fields}
    return visitor.post(where, sent, status=status, **from_address(address))


def cookie_of(page, name="listok"):
    cookies = SimpleCookie()
    for header in page.headers.getlist("Set-Cookie"):
        cookies.load(header)
    return cookies.get(name)


@pytest.fixture
def quick(monkeypatch):
    """Passwords are compared as text, where a test tries many."""
    monkeypatch.setattr(
        sessions, "is_correct", lambda typed, kept: kept is not None and typed == PASSWORD
    )


# Right and wrong


@pytest.mark.parametrize("login", ["mother", " Mother ", "MOTHER", "mo\x00ther"])
def test_the_right_password_opens_the_first_page(town, visit, login):
    visitor = visit()
    answer = try_in(visitor, login, PASSWORD, status=303)
    assert answer.headers["Location"] == "/"
    assert "Королёв Фёдор" in arrive(visitor, answer).heading
    assert AccessLog.select().where(AccessLog.event == "sign_in").count() == 1
    row = Session.get()
    assert row.person_id == town.mother.id
    token = json.dumps(str(cookie_of(answer)))
    assert row.token_hash not in token
    assert HOME not in row.address_hash


def test_a_wrong_password_keeps_the_login_and_never_shows_the_password(town, visit):
    page = try_in(visit(), "mother", "секрет-мимо", status=422)
    assert page.title.startswith("Ошибка: ")
    check_came_back(page, "password", "")
    assert value(page, "login") == "mother"
    assert "секрет-мимо" not in page.html
    assert Session.select().count() == 0
    row = AccessLog.get()
    assert (row.event, row.person_id) == ("sign_in_failed", town.mother.id)
    assert "секрет" not in row.detail


@pytest.mark.requirement("G2")
def test_an_unknown_login_gets_the_same_answer(town, visit):
    def answer(login):
        page = try_in(visit(), login, "секрет-мимо", status=422)
        return complaints(page), page.title, page.main.replace(login, "")

    assert answer("mother") == answer("nobody-of-that-name")
    assert AccessLog.select().where(AccessLog.person.is_null()).count() == 1


@pytest.mark.requirement("G2")
def test_an_unknown_login_takes_as_long(town, visit, monkeypatch):
    asked = []
    monkeypatch.setattr(
        sessions, "is_correct", lambda typed, kept: asked.append(kept) or is_correct(typed, kept)
    )
    try_in(visit(), "nobody-of-that-name", PASSWORD, status=422)
    assert asked == [None]


@pytest.mark.parametrize(
    ("login", "password", "field"),
    [("", "x", "login"), ("mother", "", "password"), ("", "", "login"), ("\x00", "x", "password")],
)
def test_empty_fields_are_named(town, visit, login, password, field):
    page = try_in(visit(), login, password, status=422)
    assert field in complaints(page)


@pytest.mark.parametrize("login", ["ж" * 5000, "' OR 1=1 --", "<script>alert(1)</script>", "😀"])
def test_strange_logins_are_only_wrong(town, visit, login):
    page = try_in(visit(), login, PASSWORD, status=422)
    assert value(page, "login") == login
    assert not page.root.xpath("//script[contains(., 'alert')]")


def test_a_disabled_account_stays_out_and_its_sessions_end(town, visit):
    visitor = visit(town.mother)
    visitor.get("/account/")
    Account.update(disabled_at=clock.now()).where(Account.person == town.mother).execute()
    visitor.get("/account/", status=303)
    page = try_in(visit(), "mother", PASSWORD, status=422)
    assert "Логин или пароль не подошли" in page.words


def test_whoever_is_signed_in_is_sent_on(town, visit):
    visitor = visit(town.mother)
    assert visitor.get("/sign-in", status=303).headers["Location"] == "/"
    asked = visitor.get("/sign-in?next=/account/", status=303)
    assert asked.headers["Location"] == "/account/"


# Throttles


@pytest.mark.clause("NT особенности-3")
@pytest.mark.requirement("G2")
def test_too_many_tries_have_to_wait_and_the_right_password_waits_too(
    town, visit, quick, monkeypatch
):
    visitor = visit()
    for _ in range(sessions.PER_LOGIN_AND_ADDRESS.size):
        try_in(visitor, "mother", "мимо", status=422)
    page = try_in(visitor, "mother", PASSWORD, status=429)
    assert 0 < int(page.headers["Retry-After"]) <= 60
    assert "Слишком много" in complaints(page)["login"]
    assert value(page, "login") == "mother"
    assert Session.select().count() == 0
    # Somebody else at the same address is not held up, nor the same person after the wait.
    try_in(visitor, "father", PASSWORD, status=303)
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    try_in(visit(), "mother", PASSWORD, status=303)


@pytest.mark.requirement("G2")
def test_who_signs_in_at_once_uses_up_nothing(town, visit, quick):
    for _ in range(sessions.PER_LOGIN_AND_ADDRESS.size + 3):
        try_in(visit(), "mother", PASSWORD, status=303)
    assert all(row.tokens >= 7.9 for row in Throttle.select())


@pytest.mark.requirement("G2")
def test_a_stranger_who_hammers_a_login_does_not_keep_the_family_out(town, visit, quick):
    try_in(visit(), "mother", PASSWORD, status=303, address=HOME)
    stranger = visit()
    answers = []
    for n in range(60):  # never twice from one address
        page = stranger.get("/sign-in")
        sent = {**page.fields(), "login": "mother", "password": f"мимо{n}"}
        where = from_address(f"203.0.113.{n}")
        answers.append(stranger.client.post("/sign-in", data=sent, **where).status_code)
    assert answers[: sessions.PER_LOGIN.size] == [422] * sessions.PER_LOGIN.size
    assert set(answers[sessions.PER_LOGIN.size :]) == {429}
    try_in(visit(), "mother", PASSWORD, status=303, address=HOME)
    # From an address nobody knows even the right password waits.
    page = try_in(visit(), "mother", PASSWORD, status=429, address="198.51.100.9")
    assert int(page.headers["Retry-After"]) <= sessions.PER_LOGIN.seconds_per_token


@pytest.mark.requirement("G2")
def test_one_address_that_tries_many_logins_is_stopped(town, visit, quick):
    stranger = visit()
    fields = stranger.get("/sign-in").fields()
    statuses = [
        stranger.client.post(
            "/sign-in",
            data={**fields, "login": f"login-{n}", "password": "мимо"},
            **from_address(AWAY),
        ).status_code
        for n in range(sessions.PER_ADDRESS.size + 5)
    ]
    assert statuses[: sessions.PER_ADDRESS.size] == [422] * sessions.PER_ADDRESS.size
    assert set(statuses[sessions.PER_ADDRESS.size + 1 :]) == {429}
    # A school behind one address: others elsewhere sign in.
    try_in(visit(), "mother", PASSWORD, status=303, address=HOME)


@pytest.mark.requirement("G2")
def test_throttles_keep_no_login_and_no_address(town, visit, quick):
    try_in(visit(), "mother", "мимо", status=422, address=HOME)
    kept = " ".join(row.key for row in Throttle.select())
    assert kept
    assert "mother" not in kept
    assert HOME not in kept


# Sessions are rows


@pytest.mark.requirement("G2")
def test_signing_out_ends_a_copied_cookie_too(town, visit, app):
    visitor = visit()
    answer = try_in(visitor, "mother", PASSWORD, status=303)
    copied = app.test_client()
    copied.set_cookie("listok", cookie_of(answer).value)
    thief = Visitor(copied)
    thief.get("/account/")
    left = visitor.send(visitor.get("/sign-out"))
    assert "Вы вышли" in visitor.follow(left).words
    assert urlsplit(thief.get("/account/", status=303).headers["Location"]).path == "/sign-in"
    assert AccessLog.select().where(AccessLog.event == "sign_out").count() == 1
    # Signing out once more, or with nobody signed in, does no harm.
    visitor.send(visitor.get("/sign-out"))
    assert AccessLog.select().where(AccessLog.event == "sign_out").count() == 1


def test_a_link_alone_signs_nobody_out(town, visit):
    visitor = visit(town.mother)
    visitor.get("/sign-out")
    visitor.post("/sign-out", {}, status=422)
    visitor.get("/account/")


def ended(values):
    return pytest.param(values, id=next(iter(values)))


@pytest.mark.parametrize(
    "values",
    [
        ended({"ends_at": clock.now() - timedelta(seconds=1)}),
        ended({"signed_out_at": clock.now()}),
        ended({"token_hash": "0" * 64}),
    ],
)
def test_an_ended_session_leads_to_the_sign_in_page(town, app, db, values):
    visitor = open_session(app, town.mother, **values)
    week = f"/diary/{town.pupil.id}/week/{today()}"
    answer = visitor.get(f"{week}?a=1&b=2", status=303)
    target = urlsplit(answer.headers["Location"])
    assert target.path == "/sign-in"
    assert parse_qs(target.query)["next"] == [f"{week}?a=1&b=2"]
    assert not target.netloc
    # «/» needs no way back.
    assert visitor.get("/", status=303).headers["Location"] == "/sign-in"


def test_htmx_is_told_by_a_status(town, app, db):
    visitor = open_session(app, town.teacher, ends_at=clock.now())
    for method in (visitor.client.get, visitor.client.post):
        answer = method(address_of(town.lesson), headers={"HX-Request": "true"})
        assert answer.status_code == 401
        assert not answer.get_data()
    assert visitor.client.get("/sign-in", headers={"HX-Request": "true"}).status_code == 200


def test_a_session_lasts_until_its_moment_and_not_longer(town, app, db, monkeypatch):
    end = clock.now() + timedelta(hours=1)
    visitor = open_session(app, town.mother, ends_at=end)
    monkeypatch.setattr(clock, "now", lambda: end - timedelta(milliseconds=1))
    visitor.get("/account/")
    monkeypatch.setattr(clock, "now", lambda: end)
    visitor.get("/account/", status=303)


def test_a_forged_cookie_opens_nothing(town, app, db):
    real = open_session(app, town.mother)
    cookie = real.client.get_cookie("listok").value
    for forged in (cookie[:-4] + "AAAA", "x", "", cookie.split(".")[0], "\x00", "ж"):
        client = app.test_client()
        client.set_cookie("listok", forged)
        assert client.get("/account/").status_code == 303


def test_a_pages_messages_and_token_do_not_pass_to_the_next_person(town, visit):
    visitor = visit(town.teacher)
    save(visitor, town.lesson, {"topic": "Дроби"})  # leaves «Сохранено» unread
    old = visitor.get("/sign-out")
    with visitor.client.session_transaction() as cookie:
        cookie["_flashes"] = [("message", "Сохранено: чужое")]
    token = old.fields()["csrf_token"]
    Session.update(ends_at=clock.now()).execute()
    answer = try_in(visitor, "mother", PASSWORD, status=303)
    assert "чужое" not in arrive(visitor, answer).words
    visitor.post("/sign-out", {"csrf_token": token}, status=422)


# Where to afterwards


@pytest.mark.requirement("G2")
@pytest.mark.parametrize(
    "address",
    [
        "//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example",
        "/\t/evil.example", "\t//evil.example", "/\n/evil.example", "/\x00/evil", "///evil.example",
        "javascript:alert(1)", "evil.example", "@evil.example", " //evil.example", "http:evil",
        "", "?next=//evil", "#", "/sign-out", "/sign-out?x=1", "/sign-out/", "/sign-out#x",
        "/sign-in", "/sign-in?next=//evil.example", "/%73ign-out",
        "/gradebook/lessons/1/attendance-not-taken", "/gradebook/lessons/1/draft",
    ],
)  # fmt: skip
def test_next_never_leads_away(town, visit, quick, address):
    assert own_address(None) is None
    visitor = visit()
    page = visitor.get("/sign-in", query_string={"next": address})
    sent = {**page.fields(), "login": "mother", "password": PASSWORD}
    answer = visitor.client.post("/sign-in", query_string={"next": address}, data=sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    # Nor for one who is signed in already.
    again = visitor.client.get("/sign-in", query_string={"next": address})
    assert (again.status_code, again.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    "address", ["/account/", "/gradebook/days/2026-09-15?a=1", "/diary/1/week/15.09.2026", "/x/y"]
)
def test_next_leads_to_a_page_of_ours(town, visit, quick, address):
    visitor = visit()
    page = visitor.get("/sign-in", query_string={"next": address})
    sent = {**page.fields(), "login": "mother", "password": "мимо"}
    wrong = visitor.client.post("/sign-in", query_string={"next": address}, data=sent)
    assert wrong.status_code == 422  # and the way back survives a mistake
    sent["password"] = PASSWORD
    answer = visitor.client.post("/sign-in", query_string={"next": address}, data=sent)
    assert answer.headers["Location"] == address


# Cookies


@pytest.mark.requirement("G2")
def test_my_phone_is_kept_for_thirty_days_another_device_is_not(town, visit):
    shared = cookie_of(try_in(visit(), "mother", PASSWORD, status=303))
    assert not shared["expires"]
    assert not shared["max-age"]
    row = Session.get()
    assert not row.is_own_device
    assert row.ends_at - row.created_at == sessions.OTHER_DEVICE < timedelta(days=1)

    own = cookie_of(try_in(visit(), "mother", PASSWORD, status=303, **{"own-device": "y"}))
    assert own["expires"]
    row = Session.get(Session.is_own_device)
    assert row.ends_at - row.created_at == timedelta(days=30)


@pytest.mark.requirement("G2")
def test_flags_of_the_cookie_over_http(town, visit):
    answer = try_in(visit(), "mother", PASSWORD, status=303)
    cookie = cookie_of(answer)
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["secure"]
    assert not cookie["domain"]
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.requirement("G2")
def test_over_https_the_cookie_is_bound_to_the_host(town, other_app):
    visitor = Visitor(other_app(BASE_URL="https://diary.example.org").test_client())
    options = {"base_url": "https://diary.example.org"}
    page = visitor.get("/sign-in", **options)
    sent = {**page.fields(), "login": "mother", "password": PASSWORD}
    answer = visitor.post("/sign-in", sent, **options)
    cookie = cookie_of(answer, "__Host-listok")
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    for shown in (page, answer):
        assert int(shown.headers["Strict-Transport-Security"].split("=")[1]) >= 31_536_000


@pytest.mark.requirement("G2")
def test_a_cookie_is_not_sent_again_with_every_page(town, visit):
    visitor = visit()
    try_in(visitor, "mother", PASSWORD, status=303, **{"own-device": "y"})
    assert cookie_of(visitor.get(f"/diary/{town.pupil.id}/week/{today()}")) is None


@pytest.mark.requirement("A12")
def test_without_cookies_the_page_says_so(town, app, visit):
    page = visit().get("/sign-in")
    no_cookies = Visitor(app.test_client(use_cookies=False))
    sent = {**page.fields(), "login": "mother", "password": PASSWORD}
    answer = no_cookies.post("/sign-in", sent, status=422)
    assert "cookie" in check_came_back(answer, "password", "")
    assert value(answer, "login") == "mother"
    assert Session.select().count() == 0


# A one-time password


@pytest.fixture
def newcomer(town, visit):
    somebody = person(town.municipality, "Новичкова")
    account(somebody, login="newcomer", must_change_password=True)
    from tests.town import role

    role(somebody, "teacher", town.school)
    return somebody


def test_a_one_time_password_is_replaced_first(town, visit, newcomer):
    visitor = visit()
    answer = try_in(visitor, "newcomer", PASSWORD, status=303)
    for address in ("/", "/account/", "/gradebook/", address_of(town.lesson), "/class/"):
        assert visitor.get(address, status=303).headers["Location"] == "/account/password"
    page = arrive(visitor, answer)
    assert "временным паролем" in page.words
    assert "Мои уроки" not in page.words
    sent = {"present": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert visitor.send(page, **sent).headers["Location"] == "/"
    visitor.get("/gradebook/")
    try_in(visit(), "newcomer", PASSWORD, status=422)
    try_in(visit(), "newcomer", NEW_PASSWORD, status=303)


def test_a_register_posted_with_a_one_time_password_saves_nothing(town, visit, newcomer):
    stand_in(town.lesson, newcomer)
    visitor = visit(newcomer)
    token = visitor.get("/sign-out").fields()["csrf_token"]
    answer = visitor.post(address_of(town.lesson), {"csrf_token": token, "topic": "Нет"})
    assert answer.headers["Location"] == "/account/password"
    assert Lesson.get_by_id(town.lesson.id).topic == ""


@pytest.mark.parametrize(
    ("present", "new", "again", "field", "said"),
    [
        (PASSWORD, "1234567", "1234567", "new", "Слишком короткий"),
        (PASSWORD, "12345678", "12345678", "new", "легко угадать"),
        (PASSWORD, "password1", "password1", "new", "легко угадать"),
        (PASSWORD, "newcomer", "newcomer", "new", "легко угадать"),
        (PASSWORD, PASSWORD, PASSWORD, "new", "совпадает с прежним"),
        (PASSWORD, "ж" * 201, "ж" * 201, "new", "Слишком длинный"),
        (PASSWORD, NEW_PASSWORD, NEW_PASSWORD + "!", "again", "не совпали"),
        (PASSWORD, NEW_PASSWORD, "", "again", "Повторите"),
        ("мимо", NEW_PASSWORD, NEW_PASSWORD, "present", "не подошёл"),
        ("", NEW_PASSWORD, NEW_PASSWORD, "present", "Введите нынешний"),
    ],
)
def test_a_password_that_will_not_do_comes_back_unshown(
    town, visit, newcomer, present, new, again, field, said
):
    visitor = visit(newcomer)
    sent = {"present": present, "new": new, "again": again}
    page = visitor.send(visitor.get("/account/password"), status=422, **sent)
    assert said in check_came_back(page, field, "")
    for typed in (present, new, again):
        assert not typed or typed == "newcomer" or typed not in page.html
    row = Account.get(Account.person == newcomer)
    assert row.must_change_password
    assert is_correct(PASSWORD, row.password_hash)


def test_a_stale_token_changes_no_password(town, visit):
    visitor = visit(town.mother)
    sent = {"present": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD, "csrf_token": "old"}
    page = visitor.send(visitor.get("/account/password"), status=422, **sent)
    assert "устарела" in complaints(page)["present"]
    assert NEW_PASSWORD not in page.html
    assert is_correct(PASSWORD, Account.get(Account.person == town.mother).password_hash)


@pytest.mark.requirement("G2")
def test_other_sessions_end_when_the_password_changes(town, visit):
    here, there, stranger = visit(town.mother), visit(town.mother), visit(town.father)
    sent = {"present": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    answer = here.send(here.get("/account/password"), **sent)
    here.get(answer.headers["Location"], status=303)
    assert "Пароль изменён" in here.get("/account/").words
    there.get("/account/", status=303)
    stranger.get("/account/")
    assert AccessLog.select().where(AccessLog.event == "password_changed").count() == 1


# Demo accounts


@pytest.fixture
def demo(town):
    somebody = person(town.municipality, "Демонстрационная")
    return account(somebody, login="demo-parent", is_demo=True)


def test_a_demo_account_signs_in_on_this_machine(town, visit, demo):
    try_in(visit(), "demo-parent", PASSWORD, status=303, address="127.0.0.1")


@pytest.mark.requirement("G2")
@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via"]
)
def test_through_a_proxy_a_demo_account_stays_out(town, visit, demo, header):
    visitor = visit()
    page = visitor.get("/sign-in")
    sent = {**page.fields(), "login": "demo-parent", "password": PASSWORD}
    answer = visitor.post("/sign-in", sent, status=422, headers={header: "203.0.113.7"})
    assert "Логин или пароль не подошли" in answer.words
    sent["login"] = "mother"
    visitor.post("/sign-in", sent, headers={header: "203.0.113.7"})


@pytest.mark.requirement("G2")
@pytest.mark.parametrize(
    "settings",
    [
        {"BASE_URL": "http://diary.example.org"},
        {"BASE_URL": "http://192.168.1.5:8000"},
        {"HOST": "0.0.0.0"},
    ],
    ids=str,
)
def test_where_others_can_reach_it_a_demo_account_stays_out(town, other_app, demo, settings):
    visitor = Visitor(other_app(**settings).test_client())
    try_in(visitor, "demo-parent", PASSWORD, status=422, address="127.0.0.1")
    try_in(visitor, "mother", PASSWORD, status=303, address="127.0.0.1")


def test_demo_sign_ins_are_shown_where_demo_is_set_and_only_there(town, other_app, demo, visit):
    assert "demo-parent" not in visit().get("/sign-in").words
    shown = Visitor(other_app(DEMO="1").test_client())
    assert "demo-parent" in shown.get("/sign-in").words
    assert "demo-parent" not in shown.get("/sign-in", headers={"Via": "1.1 proxy"}).words


# Drafts


def post_after_the_end(app, somebody, lesson, changes, page=None):
    """A register that was open when its session ran out is sent."""
    visitor = open_session(app, somebody)
    page = page or register_of(visitor, lesson)
    Session.update(ends_at=clock.now()).where(Session.person == somebody).execute()
    answer = visitor.post(address_of(lesson), {**page.fields(), **changes})
    return visitor, answer


@pytest.mark.requirement("H3")
def test_a_register_sent_after_its_session_comes_back_after_the_next_sign_in(town, app, db, visit):
    mark = f"mark-{town.pupil.id}"
    typed = {mark: "5", "topic": "Дроби", f"comment-{town.pupil.id}": "Молодец", "homework": ""}
    visitor, answer = post_after_the_end(app, town.teacher, town.lesson, typed)
    assert history_of(town.lesson) == []
    page = visitor.follow(answer)
    assert "не пропало" in page.words
    assert "Дроби" not in page.words
    sent = {**page.fields(), "login": "teacher", "password": PASSWORD}
    back = visitor.post(answer.headers["Location"], sent)
    assert back.headers["Location"] == address_of(town.lesson)
    page = visitor.follow(back)
    assert {name: value(page, name) for name in typed} == typed
    assert "ещё не сохранено" in page.words
    assert history_of(town.lesson) == []
    visitor.send(page)
    page = register_of(visitor, town.lesson)
    assert {name: value(page, name) for name in typed} == typed
    assert "ещё не сохранено" not in page.words
    assert Draft.select().count() == 0


@pytest.mark.requirement("H3")
def test_a_draft_waits_on_any_device_even_without_a_way_back(town, app, db, visit):
    post_after_the_end(app, town.teacher, town.lesson, {"topic": "Дроби"})
    elsewhere = visit()
    answer = try_in(elsewhere, "teacher", PASSWORD, status=303)
    assert answer.headers["Location"] == address_of(town.lesson)
    assert value(elsewhere.follow(answer), "topic") == "Дроби"


@pytest.mark.requirement("H3")
@pytest.mark.requirement("A10")
def test_a_draft_is_shown_to_its_person_alone(town, app, db, visit):
    stand_in(town.lesson, town.colleague)
    visitor, _ = post_after_the_end(app, town.teacher, town.lesson, {"topic": "Моё"})
    # The next person at the same screen, who may open the same lesson.
    answer = try_in(visitor, "colleague", PASSWORD, status=303)
    assert answer.headers["Location"] == "/"
    page = register_of(visitor, town.lesson)
    assert "Моё" not in page.html
    assert "ждало вас" not in page.words
    save(visitor, town.lesson, {"material": "Другое"})
    assert Draft.select().count() == 1
    assert value(register_of(visit(town.teacher), town.lesson), "topic") == "Моё"
    assert "Моё" not in register_of(visit(town.head), town.lesson).html


@pytest.mark.requirement("H3")
def test_a_draft_respects_what_others_wrote_meanwhile(town, app, db, visit):
    stand_in(town.lesson, town.colleague)
    mark, other = f"mark-{town.pupil.id}", f"mark-{town.classmate.id}"
    post_after_the_end(app, town.teacher, town.lesson, {mark: "5", other: "4"})
    save(visit(town.colleague), town.lesson, {mark: "2", "topic": "Их тема"})
    teacher = visit(town.teacher)
    page = register_of(teacher, town.lesson)
    assert (value(page, mark), value(page, other)) == ("5", "4")
    answer = teacher.send(page, status=422)
    assert "«2»" in check_came_back(answer, mark, "5")
    assert list(complaints(answer)) == [mark]
    shown = register_of(teacher, town.lesson)
    assert (value(shown, mark), value(shown, other)) == ("2", "4")
    assert value(shown, "topic") == "Их тема"


@pytest.mark.requirement("H3")
def test_a_draft_with_a_made_up_seen_overwrites_nothing(town, app, db, visit):
    mark = f"mark-{town.pupil.id}"
    save(visit(town.teacher), town.lesson, {mark: "2"})
    post_after_the_end(app, town.teacher, town.lesson, {mark: "5", "seen": "99999999"})
    teacher = visit(town.teacher)
    teacher.send(register_of(teacher, town.lesson), status=422)
    assert Mark.get().value == "2"


@pytest.mark.requirement("H3")
def test_a_draft_can_be_thrown_away(town, app, db, visit):
    post_after_the_end(app, town.teacher, town.lesson, {"topic": "Дроби"})
    teacher = visit(town.teacher)
    page = register_of(teacher, town.lesson)
    assert value(page, "topic") == "Дроби"
    answer = teacher.send(page, form="/draft")
    assert answer.headers["Location"] == address_of(town.lesson)
    assert value(teacher.follow(answer), "topic") == ""
    assert Draft.select().count() == 0
    assert history_of(town.lesson) == []


@pytest.mark.requirement("H3")
def test_the_last_form_counts_and_drafts_do_not_pile_up(town, app, db, visit):
    for topic in ("Первая", "Вторая"):
        post_after_the_end(app, town.teacher, town.lesson, {"topic": topic})
    assert Draft.select().count() == 1
    assert value(register_of(visit(town.teacher), town.lesson), "topic") == "Вторая"


@pytest.mark.requirement("G2")
def test_nothing_is_kept_after_a_sign_out(town, app, db, visit):
    visitor = open_session(app, town.teacher)
    page = register_of(visitor, town.lesson)
    with visitor.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    visitor.send(visitor.get("/sign-out"))
    with visitor.client.session_transaction() as cookie:
        cookie["_user_id"] = token  # a tab that was left open, or a copied cookie
    visitor.post(address_of(town.lesson), {**page.fields(), "topic": "Дроби"})
    visit().post(address_of(town.lesson), {"topic": "Никто"})
    assert Draft.select().count() == 0


def test_a_draft_keeps_no_token(town, app, db):
    post_after_the_end(app, town.teacher, town.lesson, {"topic": "Дроби"})
    assert "csrf_token" not in Draft.get().fields


# Tokens of forms


@pytest.mark.requirement("H3")
@pytest.mark.parametrize("token", ["", "stale", None])
def test_a_stale_token_gives_back_what_was_typed_and_saves_nothing(town, visit, token):
    teacher = visit(town.teacher)
    mark = f"mark-{town.pupil.id}"
    typed = {mark: "5", "topic": "Дроби", "attendance-taken": "1", "homework": "№ 5\n№ 6"}
    page = register_of(teacher, town.lesson)
    answer = teacher.send(page, status=422, **{**typed, "csrf_token": token})
    assert answer.title.startswith("Ошибка: ")
    assert "ничего ещё не сохранено" in answer.words
    assert {name: value(answer, name) for name in typed} == typed
    assert history_of(town.lesson) == []
    teacher.send(answer)
    assert Mark.get().value == "5"


@pytest.mark.requirement("H3")
def test_a_stale_token_forgets_no_conflict(town, visit):
    stand_in(town.lesson, town.colleague)
    teacher, mark = visit(town.teacher), f"mark-{town.pupil.id}"
    page = register_of(teacher, town.lesson)
    save(visit(town.colleague), town.lesson, {mark: "4"})
    answer = teacher.send(page, status=422, **{mark: "5", "csrf_token": "stale"})
    check_came_back(teacher.send(answer, status=422), mark, "5")
    assert Mark.get().value == "4"


@pytest.mark.requirement("G2")
def test_a_form_without_a_token_does_nothing(town, visit):
    teacher = visit(town.teacher)
    save(teacher, town.lesson, {"attendance-taken": "1"})
    before = history_of(town.lesson)
    for suffix in ("", "/attendance-not-taken", "/works", "/draft"):
        answer = teacher.post(address_of(town.lesson) + suffix, {"topic": "x"}, status=422)
        assert answer.root is not None
    theirs = visit(town.mother).get("/sign-out").fields()["csrf_token"]
    teacher.post(
        f"{address_of(town.lesson)}/attendance-not-taken", {"csrf_token": theirs}, status=422
    )
    assert history_of(town.lesson) == before
    visit().post("/sign-in", {"login": "mother", "password": PASSWORD}, status=422)


def test_minutes_to_wait_are_rounded_up(town, visit, quick):
    for _ in range(sessions.PER_LOGIN_AND_ADDRESS.size):
        try_in(visit(), "mother", "мимо", status=422)
    page = try_in(visit(), "mother", "мимо", status=429)
    minutes = math.ceil(int(page.headers["Retry-After"]) / 60)
    assert f"{minutes} минуту" in page.words
