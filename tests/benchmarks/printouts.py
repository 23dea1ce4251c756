"""The weekly printouts of thirty classes of twenty-five recipients: everything that the product
does for them, against wkhtmltopdf alone with the same pages."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from school import clock, printing
from school.actions.printouts import make_week
from school.database import analyze, bulk_insert, database, reserve_ids
from school.models import (
    Enrolment,
    GroupMembership,
    Homework,
    Lesson,
    Mark,
    PaperWay,
    Person,
    Printout,
    SchoolClass,
    Subject,
    TeachingGroup,
    Work,
    WorkKind,
)
from school.queries.schools import find_school
from school.rules.printouts import WEEK, monday_of
from tests.benchmarks.house import SQLITE, House
from tests.benchmarks.table import Row, at_most, beside
from tests.town import Town, build_town, make_lesson, today, year_start

CLASSES, PUPILS = 30, 25
#: A week of lessons, the tasks of as many letters as the fixed text of the budgets has.
DAYS, LESSONS_A_DAY, TASK = (
    5,
    6,
    "Упражнение 214, правило на странице 88, повторить слова к диктанту 12",
)
MOST = 1.5


def fill(town: Town, monday: date) -> None:
    """Thirty classes, each pupil with a recipient; half of the lessons have a mark for each."""
    kind = WorkKind.get(WorkKind.school == town.school)
    subjects = [Subject.create(school=town.school, name=f"Предмет {n}") for n in range(14)]
    for n in range(CLASSES):
        school_class = SchoolClass.create(
            school=town.school, school_year=town.year, grade=1 + n % 11, letter="БВГ"[n // 11]
        )
        pupils = reserve_ids(Person, PUPILS)
        bulk_insert(Person, [_person(town, pupil, k) for k, pupil in enumerate(pupils)])
        dated: dict[str, Any] = {"school": town.school.id, "from_on": year_start()}
        bulk_insert(
            Enrolment, [{**dated, "school_class": school_class.id, "pupil": p} for p in pupils]
        )
        bulk_insert(
            PaperWay,
            [
                {
                    **dated, "pupil": p, "person": None, "recipient": f"Родитель {p}",
                    "why": "no_device", "begun_at": clock.now(),
                }
                for p in pupils
            ],
        )  # fmt: skip
        groups = []
        for subject in subjects:
            group = TeachingGroup.create(
                school=town.school, school_year=town.year, subject=subject,
                school_class=school_class, name=f"{n}",
            )  # fmt: skip
            groups.append(group)
            bulk_insert(
                GroupMembership, [{**dated, "teaching_group": group.id, "pupil": p} for p in pupils]
            )
        for k in range(DAYS * LESSONS_A_DAY):
            day = monday + timedelta(days=k // LESSONS_A_DAY)
            lesson = make_lesson(groups[k % 14], town.teacher, day, k % LESSONS_A_DAY + 1)
            Homework.create(school=town.school, lesson=lesson, text=TASK)
            if k % 2:
                _give_marks(town, lesson, kind, pupils)


def _person(town: Town, person_id: int, n: int) -> dict[str, Any]:
    return {
        "id": person_id, "municipality": town.municipality.id, "surname": f"Ученик{n}",
        "given_name": "Имя", "patronymic": "",
    }  # fmt: skip


def _give_marks(town: Town, lesson: Lesson, kind: WorkKind, pupils: list[int]) -> None:
    work = Work.create(school=town.school, lesson=lesson, work_kind=kind, ordinal=1)
    bulk_insert(
        Mark,
        [
            {"school": town.school.id, "work": work.id, "pupil": p, "position": 1, "value": "4"}
            for p in pupils
        ],
    )


def alone(sources: list[str]) -> float:
    """Seconds that the program itself takes, as many at once as there are cores."""

    def run(source: str) -> None:
        subprocess.run(
            [printing.PROGRAM, "--quiet", "--page-size", "A4", "-", "-"],
            input=source.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )

    begun = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, sources))
    return time.monotonic() - begun


def by_product(town: Town, monday: date, folder: Path) -> tuple[float, float]:
    """Seconds for writing all pages down, and for their files."""
    school = find_school(town.school.id)
    if school is None:
        raise AssertionError("the school is gone")
    begun = time.monotonic()
    made = make_week(school, monday, clock.now(), css=printing.paper_css())
    written = time.monotonic()
    printed = printing.sweep(folder, seconds=600, queue=printing.PRINTOUTS)
    ended = time.monotonic()
    rows = list(Printout.select(Printout.pages))
    expected = sum(line.pages for line in made)
    people = {line.recipients for line in made}
    if (
        printed.counts != {"done": CLASSES}
        or sum(row.pages for row in rows) != expected
        or people != {PUPILS}
    ):
        raise AssertionError(f"{printed}, {people} recipients, {expected} sheets")
    return written - begun, ended - written


def measure(house: House) -> list[Row]:
    """The budget of design.md: 30 classes × 25 pages."""
    url = house.new_database(SQLITE)
    house.bind(url)
    monday = monday_of(today()) - WEEK
    with database.atomic():
        town = build_town()
        fill(town, monday)
    analyze()
    writing, printing_took = by_product(town, monday, house.folder / "printouts")
    ours = writing + printing_took
    sources = [row.source for row in Printout.select(Printout.source)]
    sheets = sum(row.pages for row in Printout.select(Printout.pages))
    by_program = min(alone(sources), alone(sources))
    return [
        at_most(
            f"weekly printouts: {CLASSES} classes × {PUPILS} recipients, {sheets} sheets",
            ours / by_program,
            MOST,
            "× wkhtmltopdf alone",
            digits=2,
            more=f"{ours:.1f} s ({writing:.1f} s of them words), alone {by_program:.1f} s",
        ),
        beside("sheets a second", f"{sheets / ours:.0f}"),
    ]
