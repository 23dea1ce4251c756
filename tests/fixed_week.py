"""The one fixed text that bytes are measured on: 36 lessons, topics of 45 letters and homework
of 70 on average, a mark in every third lesson, an absence, a test."""

import csv
from datetime import date, timedelta
from pathlib import Path

from school.models import Attendance, Homework, Mark, Person, Work, WorkKind
from tests.town import Town, make_group, make_lesson, person

TEXT = Path(__file__).parent / "data" / "week.tsv"


def build_fixed_week(town: Town, monday: date) -> Person:
    """Give the town's pupil the fixed week from a Monday on; returns the pupil."""
    answer = WorkKind.get(WorkKind.school == town.school, WorkKind.name == "Ответ на уроке")
    test = WorkKind.get(WorkKind.school == town.school, WorkKind.name == "Контрольная работа")
    groups = {}
    with TEXT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for n, row in enumerate(rows):
        subject = row["subject"]
        if subject not in groups:
            teacher = person(town.municipality, f"Учительница{len(groups)}")
            groups[subject] = (
                make_group(
                    town.school, town.year, town.school_class, subject, teacher, [town.pupil],
                    name="7А неделя",
                ),
                teacher,
            )  # fmt: skip
        group, teacher = groups[subject]
        day = monday + timedelta(days=int(row["weekday"]) - 1)
        lesson = make_lesson(
            group,
            teacher,
            day,
            int(row["lesson"]),
            topic=row["topic"],
            room=str(100 + list(groups).index(subject)),
        )
        Homework.create(school=town.school, lesson=lesson, text=row["homework"])
        if n % 3 == 0:
            work = Work.create(
                school=town.school,
                lesson=lesson,
                work_kind=test if n % 9 == 0 else answer,
                weight=3 if n % 9 == 0 else 1,
                ordinal=1,
            )
            Mark.create(
                school=town.school, work=work, pupil=town.pupil, position=1, value="3454"[n % 4]
            )
        if n % 17 == 5:
            Attendance.create(school=town.school, lesson=lesson, pupil=town.pupil, code="б")
    return town.pupil
