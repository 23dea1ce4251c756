"""Bytes and statements: exact, on the fixed texts."""

from datetime import date

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from blueprints.looks import COOKIE as LOOK_COOKIE
from school.demo.texts import read_names
from school.models import Attendance, Homework, Lesson, Mark, Person, Subject
from school.rules.looks import SCHEMES, SIZES, Look
from tests.benchmarks.house import SQLITE, House, own_device_cookie
from tests.benchmarks.table import NOT_MET, Row, at_most, beside
from tests.blueprints.helpers import make_work, statements
from tests.fixed_week import build_fixed_week
from tests.full_grid import build_full_grid
from tests.serving.client import COOKIE, open_session
from tests.serving.running import SECRET, load_town
from tests.town import Town, make_group, make_lesson, today
from tests.wire import fetch, on_the_wire, scripts_of, style_of, styles_of

MONDAY = date(2026, 9, 14)
PUPILS = 30
ENCODINGS = (("br", "Brotli"), ("gzip", "gzip"))


def measure(house: House) -> list[Row]:
    url = house.new_database(SQLITE)
    town = load_town()
    build_fixed_week(town, MONDAY)
    app = create_app(DATABASE_URL=url, SECRET_KEY=SECRET, DATA_DIR=str(house.folder), TESTING=True)
    house.bind(url)
    mother = _client(app, own_device_cookie(town.mother))
    return [*_diary(mother, town), *_register(app, town), *_grid(app, town)]


def _client(app: Flask, cookie: str) -> FlaskClient:
    client = app.test_client()
    name, _, value = cookie.partition("=")
    client.set_cookie(name, value)
    return client


def _diary(mother: FlaskClient, town: Town) -> list[Row]:
    week = f"/diary/{town.pupil.id}/week/{MONDAY}"
    html = fetch(mother, week, "identity").get_data(as_text=True)
    rows = []
    for encoding, told in ENCODINGS:
        page = on_the_wire(fetch(mother, week, encoding))
        style = on_the_wire(fetch(mother, style_of(html), encoding))
        rows.append(
            at_most(
                f"diary week, first visit, {told}", page + style, 10_000, "B",
                more=f"page {page:,}, style {style:,}",
            )
        )  # fmt: skip
    for encoding, told in ENCODINGS:
        size = sum(on_the_wire(fetch(mother, script, encoding)) for script in scripts_of(html))
        rows.append(at_most(f"its scripts, {told}", size, 18_000, "B"))
    part = fetch(mother, week, **{"HX-Request": "true"})
    rows += [_looks(mother, week, encoding, told) for encoding, told in ENCODINGS]
    rows.append(at_most("next week by htmx", on_the_wire(part), 4_000, "B"))
    whole = fetch(mother, week)
    rows.append(at_most("next week by link, warm cache", on_the_wire(whole), 5_500, "B"))
    with statements() as seen:
        unchanged = fetch(mother, week, **{"If-None-Match": whole.headers["ETag"]})
    rows += [
        at_most("unchanged week: 304", on_the_wire(unchanged), 500, "B"),
        at_most("unchanged week: statements", len(seen), 3),
    ]
    if unchanged.status_code != 304:
        rows.append(Row("unchanged week: status", "304", unchanged.status, NOT_MET))
    with statements() as seen:
        fetch(mother, f"{week}?anew=1")
    rows.append(at_most("diary week rendered anew: statements", len(seen), 8))
    subject = Subject.get(Subject.school == town.school, Subject.name == "История")
    with statements() as seen:
        page = fetch(mother, f"/diary/{town.pupil.id}/subjects/{subject.id}")
    if page.status_code != 200:
        raise AssertionError(f"the subject page answers {page.status}")
    rows.append(at_most("subject page: statements", len(seen), 8))
    return rows


def _looks(mother: FlaskClient, week: str, encoding: str, told: str) -> Row:
    """The sheet of all looks, and what a page in one of them has more."""
    plain = on_the_wire(fetch(mother, week, encoding))
    chosen = Look(SIZES[-1], SCHEMES[1], 2, 2, serif=True, one_column=True)
    mother.set_cookie(LOOK_COOKIE, str(chosen))
    more = on_the_wire(fetch(mother, week, encoding)) - plain
    html = fetch(mother, week, "identity").get_data(as_text=True)
    mother.delete_cookie(LOOK_COOKIE)
    sheet = on_the_wire(fetch(mother, styles_of(html)[1], encoding))
    return at_most(
        f"visually impaired mode, all looks together, {told}", sheet + more, 4_000, "B",
        more=f"sheet {sheet:,}, page {more:,} more",
    )  # fmt: skip


def _register(app: Flask, town: Town) -> list[Row]:
    lesson = _class_of_thirty(town)
    teacher = _client(app, f"{COOKIE}={open_session(town.teacher)}")
    with statements() as seen:
        page = fetch(teacher, f"/gradebook/lessons/{lesson.id}")
    if page.status_code != 200:
        raise AssertionError(f"the register answers {page.status}")
    return [
        at_most(f"register of a lesson, {PUPILS} pupils, Brotli", on_the_wire(page), 6_000, "B"),
        beside("register of a lesson: statements", str(len(seen))),
    ]


def _grid(app: Flask, town: Town) -> list[Row]:
    group = build_full_grid(town)
    teacher = _client(app, f"{COOKIE}={open_session(town.teacher)}")
    address = f"/gradebook/groups/{group.id}"
    with statements() as seen:
        page = fetch(teacher, address)
    if page.status_code != 200:
        raise AssertionError(f"the grid answers {page.status}")
    form = fetch(teacher, f"{address}?edit=1")
    return [
        at_most("period grid, 30 × 60, all cells filled, Brotli", on_the_wire(page), 25_000, "B"),
        at_most("the same as one form of 1,800 fields", on_the_wire(form), 25_000, "B"),
        at_most("period grid: statements", len(seen), 10),
    ]


def _class_of_thirty(town: Town) -> Lesson:
    """A lesson in a class with names of the demo, half filled in."""
    names = read_names()
    pupils = [
        Person.create(
            municipality=town.municipality,
            surname=names.surnames[n][n % 2],
            given_name=(names.boys, names.girls)[n % 2][n],
            patronymic=names.patronymics[n][n % 2],
        )
        for n in range(PUPILS)
    ]
    group = make_group(
        town.school, town.year, None, "Геометрия", town.teacher, pupils, name="7А вся"
    )
    lesson = make_lesson(group, town.teacher, today(), 2, topic="Признаки равенства треугольников")
    Homework.create(school=town.school, lesson=lesson, text="§ 15, № 93, 95; выучить теорему")
    work = make_work(lesson)
    for n, pupil in enumerate(pupils):
        if n % 2:
            Mark.create(school=town.school, work=work, pupil=pupil, position=1, value="3454"[n % 4])
        if n % 9 == 4:
            Attendance.create(school=town.school, lesson=lesson, pupil=pupil, code="б")
    return lesson
