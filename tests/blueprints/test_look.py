"""/view: how pages look, for everybody; the data saver; and what kept pages make of both."""

import gzip
from datetime import date

import pytest
from werkzeug.test import Client

from blueprints.access import public
from blueprints.looks import COOKIE
from school.models import AccessLog, ChosenLook, History
from school.rules.looks import SCHEMES, SIZES, STEPS, Look, read_look
from tests.fixed_week import build_fixed_week
from tests.page import problems_of
from tests.town import PASSWORD, today
from tests.wire import fetch, on_the_wire, scripts_of

LARGE = {"size": "200", "scheme": "2", "letters": "1", "lines": "2", "font": "1"}
LARGE_CLASSES = "z200 big k k2 l1 i2 serif"


def classes(page):
    return page.root.get("class") or ""


def choose(visitor, status=303, **fields):
    return visitor.send(visitor.get("/view"), status=status, **fields)


def sign_in(visitor, login, **more):
    return visitor.send(visitor.get("/sign-in"), login=login, password=PASSWORD, **more)


@pytest.fixture
def week(town):
    return f"/diary/{town.pupil.id}/week/{today()}"


@pytest.mark.clause("NT версия для слабовидящих")
@pytest.mark.requirement("H19")
def test_a_stranger_chooses_a_look_without_script_and_every_page_has_it(town, visit):
    stranger = visit()
    answer = choose(stranger, **LARGE)
    for page in (
        stranger.follow(answer),
        stranger.get("/sign-in"),
        stranger.get("/nothing", status=404),
        stranger.get("/sign-out"),
    ):
        assert classes(page) == LARGE_CLASSES
        assert len(page.root.xpath("//link[@rel='stylesheet']")) == 2
    sign_in(stranger, "mother")
    assert classes(stranger.get(f"/diary/{town.pupil.id}/news")) == LARGE_CLASSES


@pytest.mark.requirement("H19")
def test_it_is_linked_first_on_every_page(town, visit, week):
    stranger, mother, teacher = visit(), visit(town.mother), visit(town.teacher)
    for page in (
        stranger.get("/sign-in"),
        stranger.get("/view"),
        stranger.get("/nothing", status=404),
        mother.get(week),
        teacher.get(f"/gradebook/lessons/{town.lesson.id}"),
    ):
        first = page.root.xpath("(//body//a|//body//input|//body//button)[1]")[0]
        assert first.get("href") == "/view"
        assert "".join(first.itertext()) == "Версия для слабовидящих"


@pytest.mark.requirement("H19")
def test_every_choice_is_offered_and_shown_as_chosen(visit):
    stranger = visit()
    page = stranger.get("/view")
    offered = {
        name: page.root.xpath(f"//input[@name='{name}']/@value")
        for name in ("size", "scheme", "letters", "lines", "font")
    }
    assert offered == {
        "size": [str(size) for size in SIZES],
        "scheme": [str(scheme) for scheme in SCHEMES],
        "letters": [str(step) for step in STEPS],
        "lines": [str(step) for step in STEPS],
        "font": ["0", "1"],
    }
    assert SIZES[-1] == 200
    choose(stranger, **LARGE, **{"one-column": "y", "data-saver": "y"})
    shown = stranger.get("/view").fields()
    assert {name: shown[name] for name in LARGE} == LARGE
    assert "one-column" in shown
    assert "data-saver" in shown


@pytest.mark.requirement("H19")
def test_reset_makes_pages_ordinary_again(town, visit):
    mother = visit(town.mother)
    choose(mother, **LARGE)
    assert ChosenLook.select().count() == 1
    page = mother.follow(choose(mother, reset="1"))
    assert "снова обычный" in page.words
    assert classes(page) == ""
    assert ChosenLook.select().count() == 0
    assert classes(mother.get("/account/")) == ""


@pytest.mark.requirement("H19")
def test_the_account_brings_the_look_to_another_device(town, visit):
    choose(visit(town.mother), **LARGE)
    other = visit()
    sign_in(other, "mother")
    page = other.get("/account/")
    assert classes(page) == LARGE_CLASSES
    # It is the device's own now, and holds when the account is ordinary again.
    assert other.client.get_cookie(COOKIE).value == "z200.k2.l1.i2.serif"
    assert classes(visit(town.father).get("/account/")) == ""


def test_a_session_without_the_cookie_has_the_accounts_look(town, visit):
    mother = visit(town.mother)
    choose(mother, **LARGE)
    mother.client.delete_cookie(COOKIE)
    assert classes(mother.get("/account/")) == LARGE_CLASSES


def test_on_a_shared_computer_the_look_goes_with_its_person(town, visit):
    shared = visit()
    sign_in(shared, "mother")
    choose(shared, **LARGE)
    assert shared.client.get_cookie(COOKIE).max_age is None
    shared.send(shared.get("/sign-out"))
    assert classes(shared.get("/sign-in")) == ""
    # Whoever comes next has the account's own look, whatever stands there.
    choose(shared, scheme="5")
    sign_in(shared, "mother")
    assert classes(shared.get("/account/")) == LARGE_CLASSES


def test_on_ones_own_device_the_device_decides(town, visit):
    choose(visit(town.mother), **LARGE)
    phone = visit()
    choose(phone, scheme="5")
    sign_in(phone, "mother", **{"own-device": "y"})
    assert classes(phone.get("/account/")) == "k k5"
    phone.send(phone.get("/sign-out"))
    assert classes(phone.get("/sign-in")) == "k k5"


def test_it_leads_back_where_one_was(town, visit, week):
    mother = visit(town.mother)
    page = mother.get("/view", headers={"Referer": f"http://localhost{week}?a=1"})
    back = "Вернуться на страницу, с которой вы пришли"
    assert page.links()[back] == f"{week}?a=1"
    assert mother.follow(mother.send(page)).links()[back] == f"{week}?a=1"
    stranger = visit().get("/view", headers={"Referer": f"http://localhost/sign-in?next={week}"})
    assert stranger.links()[back] == f"/sign-in?next={week}"
    for strange in ("http://elsewhere.example.org/x", "//elsewhere.example.org/x", ""):
        headers = {"Referer": strange}
        assert back not in mother.get("/view", headers=headers).links()
    assert back not in mother.get("/view?next=//elsewhere.example.org/x").links()


@pytest.mark.requirement("H21")
@pytest.mark.parametrize("how", ["chosen", "header"])
def test_the_data_saver_leaves_out_all_script(town, visit, week, how):
    for person, address in (
        (town.mother, week),
        (town.teacher, f"/gradebook/lessons/{town.lesson.id}"),
        (None, "/sign-in"),
        (None, "/nothing"),
    ):
        visitor = visit(person)
        headers = {"Save-Data": "on"} if how == "header" else {}
        if how == "chosen":
            choose(visitor, **{"data-saver": "y"})
        page = visitor.get(address, headers=headers, status=404 if "nothing" in address else 200)
        assert scripts_of(page.html) == []
        assert "hx-" not in page.html
        assert page.root.xpath("//img|//svg|//video|//audio|//object|//embed|//iframe") == []
        assert [link.get("rel") for link in page.root.xpath("//link")] == ["stylesheet", "icon"]
        assert page.root.xpath("//link[@rel='icon']/@href") == ["data:,"]
        assert "Save-Data" in page.headers["Vary"]
    assert scripts_of(visit(town.father).get(week, headers={"Save-Data": "off"}).html)


@pytest.mark.requirement("H21")
def test_a_register_is_filled_in_with_the_data_saver(town, visit):
    teacher = visit(town.teacher)
    choose(teacher, **{"data-saver": "y"})
    address = f"/gradebook/lessons/{town.lesson.id}"
    saved = teacher.send(teacher.get(address), homework="№ 12")
    assert "№ 12" in teacher.follow(saved).html


@pytest.mark.requirement("H21")
def test_kept_pages_depend_on_the_look(town, visit, week):
    mother = visit(town.mother, own_device=True)
    seen = {}
    for what, headers in (
        ("ordinary", {}),
        ("saved", {"Save-Data": "on"}),
        ("large", {"Cookie+": "z200"}),
        ("inverted", {"Cookie+": "k2"}),
        ("saver", {"Cookie+": "saver"}),
    ):
        look = headers.pop("Cookie+", None)
        if look:
            mother.client.set_cookie(COOKIE, look)
        answer = mother.client.get(week, headers={"Accept-Encoding": "gzip", **headers})
        seen[what] = (answer.headers["ETag"], gzip.decompress(answer.get_data()))
        assert {"Cookie", "Save-Data"} <= set(answer.headers["Vary"].split(", "))
        again = mother.client.get(week, headers={"If-None-Match": seen[what][0], **headers})
        assert again.status_code == 304
        for other, (tag, _) in seen.items():
            if other != what:
                other_tag = {"If-None-Match": tag, **headers}
                assert mother.client.get(week, headers=other_tag).status_code == 200
    assert len({body for _, body in seen.values()}) == 4, "the two ways to save data are one page"
    # Chosen in the account alone, behind the back of a device without a cookie.
    mother.client.delete_cookie(COOKIE)
    ChosenLook.create(person=town.mother, look="k4")
    answer = mother.client.get(week, headers={"If-None-Match": seen["ordinary"][0]})
    assert answer.status_code == 200


@pytest.mark.requirement("H19")
def test_all_looks_together_weigh_4_kilobytes(town, visit):
    monday = build_week(town)
    week = f"/diary/{town.pupil.id}/week/{monday}"
    mother = visit(town.mother, own_device=True).client
    for encoding in ("br", "gzip"):
        plain = on_the_wire(fetch(mother, week, encoding))
        heaviest = 0
        for size, scheme in zip(SIZES, SCHEMES[1:], strict=True):
            look = Look(size, scheme, 2, 2, serif=True, one_column=True)
            mother.set_cookie(COOKIE, str(look))
            heaviest = max(heaviest, on_the_wire(fetch(mother, week, encoding)))
            html = fetch(mother, week, "identity").get_data(as_text=True)
            mother.delete_cookie(COOKIE)
        sheets = [part.split('"')[0] for part in html.split('rel="stylesheet" href="')[1:]]
        looks = on_the_wire(fetch(mother, sheets[1], encoding))
        print(encoding, "looks", looks, "and a page", heaviest - plain)
        assert looks + heaviest - plain <= 4_000


def build_week(town):
    monday = date(2026, 9, 14)
    build_fixed_week(town, monday)
    return monday


@pytest.mark.parametrize(
    "cookie",
    ["z999.k9.l7", "nonsense", "z200" * 500, "k2.<script>alert(1)</script>", "..", '"', "к2",
     "k2.k2.k2;z200", "0", " ", "%00", "z150.k12"],
)  # fmt: skip
def test_a_look_that_does_not_exist_costs_no_page(town, visit, week, cookie):
    stranger = visit()
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    response = stranger.client.get(
        "/sign-in", headers={"Cookie": headers["Cookie"].encode().decode("latin-1")}
    )
    assert response.status_code == 200
    html = response.get_data(as_text=True)
    assert not problems_of(html)
    assert "script>alert" not in html
    assert "z999" not in html


def test_what_is_known_of_a_look_is_kept_where_a_part_is_not(visit):
    stranger = visit()
    stranger.client.set_cookie(COOKIE, "z150.k9.wings.l1")
    assert classes(stranger.get("/sign-in")) == "z150 big l1"


@pytest.mark.parametrize("fields", [{"size": "300"}, {"scheme": "-1"}, {"lines": "много"}])
def test_a_choice_that_there_is_not_is_said_beside_its_field(visit, fields):
    stranger = visit()
    page = choose(stranger, status=422, **fields)
    (name,) = fields
    assert page.title.startswith("Ошибка: ")
    assert "Такого выбора нет" in page.main
    assert page.root.xpath(f"//fieldset[@id='{name}']/@aria-describedby") == [f"{name}-error"]
    assert page.root.xpath(f"//section[@id='errors']//a[@href='#{name}']")
    assert stranger.client.get_cookie(COOKIE) is None


def test_without_cookies_it_says_so(app, db):
    client = Client(app, use_cookies=False)
    response = client.post("/view", data={"size": "200", "csrf_token": "x"})
    assert response.status_code == 422
    html = response.get_data(as_text=True)
    assert "Разрешите cookie" in html
    assert 'value="200" checked' in html, "what was chosen is still chosen"
    assert not problems_of(html)


def test_a_stale_form_comes_back_with_what_was_chosen(visit):
    stranger = visit()
    fields = stranger.get("/view").fields() | {"size": "175", "csrf_token": "x" * 30}
    page = stranger.post("/view", fields, status=422)
    assert "Страница устарела" in page.main
    assert page.fields()["size"] == "175"


def test_an_empty_form_is_an_ordinary_look(visit):
    stranger = visit()
    token = stranger.get("/view").fields()["csrf_token"]
    assert classes(stranger.follow(stranger.post("/view", {"csrf_token": token}))) == ""


@pytest.mark.parametrize(
    "encoding",
    [None, "", "*", "br;q=0, gzip;q=0", "zstd", "gzip;q=много", "BR", "identity;q=0", "," * 500],
)
def test_odd_accept_encodings_get_a_page(town, visit, week, encoding):
    mother = visit(town.mother, own_device=True)
    headers = {} if encoding is None else {"Accept-Encoding": encoding.encode().decode("latin-1")}
    for address in (week, "/view"):
        response = mother.client.get(address, headers=headers)
        assert response.status_code == 200
        found = response.headers.get("Content-Encoding")
        assert found in (None, "gzip", "br")
        if found is None:
            assert not problems_of(response.get_data(as_text=True))


def test_looks_are_written_and_read_again():
    for size in SIZES:
        for scheme in SCHEMES:
            for step in STEPS:
                for switch in (False, True):
                    look = Look(size, scheme, step, 2 - step, switch, not switch, switch)
                    assert read_look(str(look)) == look
    assert str(Look()) == ""


def test_who_sees_badly_is_nobodys_business(town, visit):
    """Neither history nor the log of looks knows of it."""
    before = (History.select().count(), AccessLog.select().count())
    choose(visit(town.mother), **LARGE)
    assert (History.select().count(), AccessLog.select().count()) == before


def test_the_error_of_the_program_has_the_look_too(other_app):
    """Also where the database is what failed: it is asked nothing."""
    app = other_app()
    app.config.update(PROPAGATE_EXCEPTIONS=False)

    @public()
    def fails():
        raise RuntimeError

    app.add_url_rule("/fails", "fails", fails)
    client = app.test_client()
    client.set_cookie(COOKIE, "z150.k2")
    response = client.get("/fails")
    assert response.status_code == 500
    html = response.get_data(as_text=True)
    assert 'class="z150 big k k2"' in html
    assert problems_of(html) == []
