"""Junk in addresses and bodies: a page in Russian, never an error of the program."""

import json
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from urllib.parse import urlencode, urlsplit

import pytest

from school.models import Homework, LessonComment
from tests.blueprints.helpers import address_of, history_of, open_session, register_of
from tests.page import problems_of
from tests.town import today

IDS = (
    "0", "00", "-1", "+1", "1.0", "1e3", "0x1", "abc", "ё", "½", "NaN", "null", "undefined",
    str(2**31), str(2**63), str(2**64), "9" * 400, "1%00", "%00", "1%2F2", "%2F", "..", "%2e%2e",
    "1;2", "1'--", "%F0%9F%98%80", "%FF", "%", "%zz", "1%0d%0aX:1", "<script>", "*", "1,2",
    "%20", "~", "{lesson}",
)  # fmt: skip
DAYS = (
    "2026-13-40", "2026-02-30", "0000-00-00", "9999-12-31", "2026-9-5", "26-09-15", "15-09-2026",
    "31.02.2026", "15/09/2026", "15%2F09%2F2026", "2026-09-15T00:00", "today", "20260915",
    "2026%2D09%2D15x", "٢٠٢٦-٠٩-١٥", "2026-09-15%00", "%00", "-2026-09-15", "1.9.2026", "....",
    "1899-12-31", "2200-01-01", "x" * 3000, "2026-W37-1",
)  # fmt: skip


def answers(client, address, method="GET", **options):
    """The answer; it is never an error, and is a good page where it is one."""
    answer = client.open(address, method=method, **options)
    assert answer.status_code < 500, f"{method} {address[:200]}: {answer.status_code}"
    html = answer.get_data(as_text=True)
    if answer.mimetype == "text/html" and html and answer.status_code not in (303, 308):
        assert not problems_of_once(html), address
        assert 'lang="ru"' in html
    return answer


@cache
def problems_of_once(html):
    """Most junk is answered by one and the same page."""
    return problems_of(html)


@pytest.fixture(params=["nobody", "teacher", "mother", "head"])
def client(request, app, town, visit):
    if request.param == "nobody":
        return visit().client
    return open_session(app, getattr(town, request.param)).client


def patterns(app):
    """Addresses of every rule with one part to be filled with junk: (kind of part, pattern)."""
    found = set()
    for rule in app.url_map.iter_rules():
        for junk in rule.arguments:
            address = rule.rule
            for part in rule.arguments:
                for kind in ("id", "day", "path", "string"):
                    place = f"<{kind}:{part}>"
                    if place in address:
                        fill = "{}" if part == junk else str(today() if kind == "day" else 1)
                        what = kind if part == junk else None
                        address = address.replace(place, fill)
                        if what:
                            found.add((what, address, rule.rule))
                address = address.replace(f"<{part}>", "{}" if part == junk else "1")
            found.add(("id" if "<id:" in rule.rule else "other", address, rule.rule))
    return sorted({(kind, address) for kind, address, _ in found if address.count("{}") == 1})


#: Every address is asked for these, for a database might see them.
NUMBERS = (str(2**31), str(2**63), str(2**64))
#: Of the other junk, which no converter lets in, an address gets every so manieth; the next
#: address goes on with the next.
EVERY = 5


@pytest.mark.parametrize("who", ["teacher", "mother"])
def test_junk_in_any_part_of_any_address_is_not_there(app, town, who):
    check_junk(app, town, who, EVERY)


def check_junk(app, town, who, every):
    """`every`: 1 is all junk in all addresses, as `make soak` has it."""
    client = open_session(app, getattr(town, who)).client
    places = patterns(app)
    assert len(places) >= 6, "the addresses are not read any more"
    for number, (kind, pattern) in enumerate(places):
        for n, junk in enumerate(DAYS if kind == "day" else IDS, start=number):
            if n % every and junk not in NUMBERS:
                continue
            for method in ("GET", "POST") if n % 15 == 0 else ("GET",):
                answer = answers(client, pattern.replace("{}", junk), method)
                assert answer.status_code in (308, 403, 404, 405), (method, pattern, junk)


@pytest.mark.parametrize(
    "path",
    [
        "/nothing", "/gradebook/lessons/", "/diary/", "/diary/1/week/", "/.env", "/wp-login.php",
        "/%00", "/\x00", "/static/", "/static/../app.py", "/static/%2e%2e/app.py", "/static/%00",
        "/static//etc/passwd", "/ё", "/%D0", "/" + "x" * 8000, "/" + "a/" * 2000, "/?" + "x" * 8000,
        "/sign-in?next=%00", "/sign-in?next=%FF", "/sign-in?" + "next=/&" * 1000, "/sign-in?%",
        "/favicon.ico", "/robots.txt", "/{{1357*2468}}", "/sign-in;x=1",
    ],
)  # fmt: skip
def test_addresses_that_nobody_gave_out(client, path):
    answer = answers(client, path)
    assert answer.status_code in (200, 303, 308, 403, 404)
    assert str(1357 * 2468) not in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["//", "///", "//evil.example/", "//evil.example//", "//sign-in/"])
def test_double_strokes_lead_nowhere_else(client, path):
    answer = client.get("/", environ_overrides={"PATH_INFO": path, "REQUEST_URI": path})
    assert answer.status_code < 500
    target = urlsplit(answer.headers.get("Location", ""))
    assert target.netloc in ("", "localhost"), target


# Days


@pytest.mark.parametrize("day", ["1926-09-15", "2026-09-15", "15.09.2026", "2199-12-31"])
def test_a_week_of_any_year_people_live_in_is_a_page(app, town, day):
    page = open_session(app, town.mother).get(f"/diary/{town.pupil.id}/week/{day}")
    assert "Уроков нет" in page.words
    answers(open_session(app, town.teacher).client, f"/gradebook/days/{day}")


def test_both_spellings_and_any_day_of_the_week_are_one_page(app, town):
    visitor = open_session(app, town.mother)
    monday = date(2026, 9, 14)
    mains = {
        visitor.get(f"/diary/{town.pupil.id}/week/{day}").main
        for n in range(7)
        for day in (
            (monday + timedelta(days=n)).isoformat(),
            (monday + timedelta(days=n)).strftime("%d.%m.%Y"),
        )
    }
    assert len(mains) == 1


def test_a_pupil_without_any_school_is_not_there(app, town):
    open_session(app, town.head).get(f"/diary/{town.mother.id}/", status=404)


# The other spelling


@pytest.mark.parametrize(
    "path",
    [
        "/gradebook", "/office", "/oversight", "/class", "/account",
        "/sign-in/", "/sign-out/", "/healthz/", "/account/password/",
        "/diary/{pupil}", "/diary/{pupil}/week/2026-09-15/", "/gradebook/days/2026-09-15/",
        "/gradebook/lessons/{lesson}/", "/gradebook/lessons/{lesson}/history/",
    ],
)  # fmt: skip
def test_the_other_spelling_of_the_last_stroke_redirects(client, town, path):
    path = path.format(pupil=town.pupil.id, lesson=town.lesson.id)
    wanted = path[:-1] if path.endswith("/") else path + "/"
    answer = client.get(f"{path}?a=1&b=%D1%8F")
    assert answer.status_code == 308
    target = urlsplit(answer.headers["Location"])
    assert (target.path, target.query) == (wanted, "a=1&b=%D1%8F")
    assert target.netloc in ("", "localhost")


# Methods


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "OPTIONS"])
def test_other_methods_change_nothing(client, town, method):
    before = history_of(town.lesson)
    for path in ("/", "/sign-in", address_of(town.lesson), f"/diary/{town.pupil.id}/"):
        answer = answers(client, path, method)
        assert answer.status_code in (200, 303, 403, 404, 405)
    assert history_of(town.lesson) == before


def test_a_page_that_only_shows_says_so(app, town):
    answer = open_session(app, town.teacher).client.post("/gradebook/")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "не открывается" in answer.get_data(as_text=True)


# Bodies

TOO_MUCH = b"topic=" + b"x" * 1_000_001


def test_more_than_fits_is_said_in_russian(client, town):
    for path in (address_of(town.lesson), "/sign-in", "/sign-out", "/account/password"):
        answer = answers(
            client, path, "POST", data=TOO_MUCH, content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code in (413, 303, 403, 404)
    # Whoever may write there is told what to do.
    sign_in = answers(
        client, "/sign-in", "POST", data=TOO_MUCH, content_type="application/x-www-form-urlencoded"
    )
    assert sign_in.status_code == 413
    assert "Слишком много данных" in sign_in.get_data(as_text=True)


def test_more_than_fits_without_a_length(app, town):
    visitor = open_session(app, town.teacher)
    answer = answers(
        visitor.client, address_of(town.lesson), "POST",
        input_stream=BytesIO(TOO_MUCH), content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )  # fmt: skip
    # Werkzeug cuts such a body where the limit is; without its token it saves nothing.
    assert answer.status_code in (413, 422)
    assert history_of(town.lesson) == []


def test_a_register_of_two_thousand_fields_passes(app, town):
    visitor = open_session(app, town.teacher)
    fields = register_of(visitor, town.lesson).fields()
    fields |= {f"comment-{n}": "" for n in range(100_000, 102_000)}
    fields[f"comment-{town.pupil.id}"] = "Молодец"
    visitor.post(address_of(town.lesson), fields)
    assert LessonComment.get().text == "Молодец"


def test_a_body_that_just_fits_passes(app, town):
    visitor = open_session(app, town.teacher)
    fields = {**register_of(visitor, town.lesson).fields(), "homework": "x" * 20_000}
    room = 1_000_000 - len(urlencode(fields)) - len("&other=")
    visitor.post(address_of(town.lesson), {**fields, "other": "x" * room})
    assert len(Homework.get().text) == 20_000


@pytest.mark.parametrize(
    "body",
    [
        "[1]",
        "5",
        "null",
        '"x"',
        "{",
        "",
        '{"login": 5, "password": {"a": 1}}',
        "[[1, 2, 3]]",
        "[{}]",
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "text/xml", None, "x"])
def test_another_kind_of_body_is_refused_and_saves_nothing(app, town, body, content_type):
    visitor = open_session(app, town.teacher)
    for client in (visitor.client, app.test_client()):
        for path in ("/sign-in", "/sign-out", "/account/password"):
            answers(client, path, "POST", data=body, content_type=content_type)
    visitor = open_session(app, town.teacher)
    for suffix in ("", "/works", "/attendance-not-taken", "/draft"):
        path = address_of(town.lesson) + suffix
        answer = answers(visitor.client, path, "POST", data=body, content_type=content_type)
        assert answer.status_code in (400, 415, 422)
    assert history_of(town.lesson) == []


def test_json_with_a_good_token_is_still_no_form(app, town):
    visitor = open_session(app, town.teacher)
    token = visitor.get("/sign-out").fields()["csrf_token"]
    body = json.dumps(
        {"csrf_token": token, "topic": "Дроби", "login": 5, "password": [1], "kind": {}}
    )
    for path in (address_of(town.lesson), address_of(town.lesson) + "/works", "/sign-in"):
        for headers in ({}, {"X-CSRFToken": token}):
            answers(
                visitor.client, path, "POST",
                data=body, content_type="application/json", headers=headers,
            )  # fmt: skip
    assert history_of(town.lesson) == []


def test_broken_multipart_and_too_many_parts(app, town):
    visitor = open_session(app, town.teacher)
    fields = register_of(visitor, town.lesson).fields()
    kind = "multipart/form-data; boundary=x"
    for body in (
        b"",
        b"--x",
        b"--x\r\n\r\n",
        b"\x00" * 100,
        b"--x\r\nContent-Disposition: x\r\n\r\n",
    ):
        answers(visitor.client, address_of(town.lesson), "POST", data=body, content_type=kind)
    answers(
        visitor.client, address_of(town.lesson), "POST",
        data=b"", content_type="multipart/form-data",
    )  # fmt: skip
    many = {**fields, **{f"comment-{n}": "x" for n in range(2000)}}
    answer = answers(
        visitor.client, address_of(town.lesson), "POST",
        data=many, content_type="multipart/form-data",
    )  # fmt: skip
    assert answer.status_code == 413
    assert "Слишком много данных" in answer.get_data(as_text=True)
    assert history_of(town.lesson) == []


def test_bytes_that_are_no_text(app, town):
    visitor = open_session(app, town.teacher)
    fields = register_of(visitor, town.lesson).fields()
    del fields["topic"], fields["homework"]
    body = urlencode(fields).encode() + b"&topic=%FF%FE&homework=%00%ED%A0%80&mark-%FF=5"
    options = {"content_type": "application/x-www-form-urlencoded"}
    answer = answers(visitor.client, address_of(town.lesson), "POST", data=body, **options)
    assert answer.status_code == 303
    raw = body + b"&material=\xff\xfe"
    answer = answers(visitor.client, address_of(town.lesson), "POST", data=raw, **options)
    assert answer.status_code in (303, 400, 422)
    register_of(visitor, town.lesson)
    open_session(app, town.mother).get(f"/diary/{town.pupil.id}/week/{today()}")


def test_strange_headers(client, town):
    for headers in (
        {"Accept": "image/png"}, {"Accept-Language": "xx"}, {"Accept-Encoding": "identity;q=0"},
        {"HX-Request": "false"}, {"HX-Current-URL": "%%%"}, {"Range": "bytes=0-1"},
        {"If-None-Match": '"x", W/"y", *'}, {"Host": "evil.example"},
        {"If-Modified-Since": "never"},
        {"Cookie": "listok=%00; listok=x"}, {"Content-Length": "0"}, {"X-Forwarded-For": "x" * 500},
    ):  # fmt: skip
        answer = answers(client, f"/diary/{town.pupil.id}/week/{today()}", headers=headers)
        assert "evil.example" not in answer.headers.get("Location", "")
