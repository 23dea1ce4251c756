"""What a screen reader is given: Chromium's accessibility tree of the main pages, word for word.

A page that changed on purpose: look at the difference, then write it anew by
`pytest tests/checkers/test_spoken.py --accept-spoken`.
"""

import re
from collections.abc import Iterator
from datetime import date

import pytest

from school.models import Mark, Subject
from tests.blueprints.helpers import make_work
from tests.checkers.browser import ORDINARY, Checker
from tests.checkers.pages import KeptPage
from tests.databases import on_sqlite
from tests.fixed_week import build_fixed_week
from tests.house.files import ROOT
from tests.town import make_lesson

SPOKEN = ROOT / "tests" / "data" / "spoken"
MONDAY = date(2026, 9, 14)

#: What is another one each day, or in each run.
CHANGING = (
    (re.compile(r":\n +- /url: .*"), ""),
    (re.compile(r"Последняя запись: \d+ \w+ в [\d:]+"), "Последняя запись: …"),
    (re.compile(r"\d\d\.\d\d\.\d{4} в \d\d:\d\d"), "(дата и время)"),
)

pytestmark = [pytest.mark.requirement("H20"), on_sqlite]


@pytest.fixture(scope="module")
def checker(chromium) -> Iterator[Checker]:
    made = Checker(chromium, ORDINARY)
    yield made
    made.close()


@pytest.fixture
def pages(town, visit):
    """Name → HTML of the main pages, of days that stay."""
    build_fixed_week(town, MONDAY)
    lesson = make_lesson(town.group, town.teacher, date(2026, 9, 18), 7, topic="Дроби")
    Mark.create(school=town.school, work=make_work(lesson), pupil=town.pupil, position=1, value="4")
    history = Subject.get(Subject.school == town.school, Subject.name == "История")
    home = f"/diary/{town.pupil.id}"
    mother, teacher = visit(town.mother), visit(town.teacher)
    return {
        "sign-in": visit().get("/sign-in"),
        "view": visit().get("/view"),
        "week": mother.get(f"{home}/week/{MONDAY}"),
        "day": mother.get(f"{home}/day/{MONDAY}"),
        "subject": mother.get(f"{home}/subjects/{history.id}"),
        "timetable": mother.get(f"{home}/timetable/{MONDAY}"),
        "register": teacher.get(f"/gradebook/lessons/{lesson.id}"),
        "lessons": teacher.get("/gradebook/days/2026-09-18"),
    }


NAMES = ("sign-in", "view", "week", "day", "subject", "timetable", "register", "lessons")


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_spoken_as_before(pages, checker, name, request):
    page = KeptPage(name, name, f"/{name}", "", pages[name].html, frozenset())
    shown = checker.open(page)
    # The frame is told once, with the first page; sections come with their own issues.
    shown.evaluate("document.querySelectorAll('[aria-label=Дневник]').forEach(e => e.remove())")
    told = shown.locator("body" if name == "sign-in" else "main").aria_snapshot()
    for changing, stays in CHANGING:
        told = changing.sub(stays, told)
    path = SPOKEN / f"{name}.yml"
    if request.config.option.accept_spoken:
        SPOKEN.mkdir(exist_ok=True)
        path.write_text(told + "\n", encoding="utf-8")
    assert told + "\n" == path.read_text(encoding="utf-8"), (
        "spoken otherwise; if that is meant: pytest tests/checkers/test_spoken.py --accept-spoken"
    )


def test_headings_are_an_outline_of_the_week(pages, checker):
    shown = checker.open(KeptPage("w", "w", "/w", "", pages["week"].html, frozenset()))
    outline = [
        (element.evaluate("e => e.tagName"), element.inner_text())
        for element in shown.get_by_role("heading").all()
    ]
    assert outline[0][0] == "H1"
    assert {level for level, _ in outline[1:]} == {"H2"}
    assert len(outline) >= 6
    assert [words.split(",")[0] for _, words in outline[1:3]] == ["Понедельник", "Вторник"]
