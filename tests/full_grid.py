"""A period grid with something in every cell: what bytes, statements and time are measured on."""

from datetime import timedelta

from school import clock
from school.demo.texts import read_names
from school.models import (
    Attendance,
    Lesson,
    Mark,
    Person,
    StudyPeriod,
    TeachingGroup,
    Work,
    WorkKind,
)
from tests.town import Town, make_group, make_lesson, today, year_start

TITLES = ("", "", "Дроби", "", "Уравнения и неравенства")


def make_pupils(town: Town, count: int) -> list[Person]:
    """Pupils with names of the demo."""
    names = read_names()
    return [
        Person.create(
            municipality=town.municipality,
            surname=names.surnames[n][n % 2],
            given_name=(names.boys, names.girls)[n % 2][n],
            patronymic=names.patronymics[n][n % 2],
        )
        for n in range(count)
    ]


def build_full_grid(town: Town, pupils: int = 30, columns: int = 60) -> TeachingGroup:
    """A group of `town.teacher` with as many lessons up to today, a work in each, and a mark or
    an absence of each pupil in each."""
    StudyPeriod.create(
        school=town.school, school_year=town.year, kind="half_year", ordinal=1,
        name="1 полугодие", from_grade=7, until_grade=7,
        from_on=year_start(), until_on=today() + timedelta(days=30),
    )  # fmt: skip
    people = make_pupils(town, pupils)
    group = make_group(
        town.school, town.year, town.school_class, "Геометрия", town.teacher, people,
        name="7А за полугодие",
    )  # fmt: skip
    kinds = list(WorkKind.select().where(WorkKind.school == town.school).order_by(WorkKind.id))
    marks, absences = [], []
    now = clock.now()
    for n in range(columns):
        lesson = make_lesson(group, town.teacher, today() - timedelta(days=2 * (columns - 1 - n)))
        Lesson.update(attendance_taken_at=now, attendance_taken_by=town.teacher).where(
            Lesson.id == lesson.id
        ).execute()
        kind = kinds[n % 7 == 0]
        work = Work.create(
            school=town.school, lesson=lesson, work_kind=kind, weight=kind.weight, ordinal=1,
            title=TITLES[n % len(TITLES)], marks_expected=kind.marks_expected,
        )  # fmt: skip
        for m, pupil in enumerate(people):
            # No order that a compressor could learn.
            dice = (n * 7919 + m * 104729 + n * m * 31) % 97
            if dice < 9:
                absences.append(
                    {"school": town.school, "lesson": lesson, "pupil": pupil,
                     "code": "нбуно"[dice % 5]}
                )  # fmt: skip
            if dice >= 9 or dice == 4:
                value = "5443544532"[dice % 10]
                marks.append(
                    {"school": town.school, "work": work, "pupil": pupil, "position": 1,
                     "value": value}
                )  # fmt: skip
    for rows, model in ((marks, Mark), (absences, Attendance)):
        for start in range(0, len(rows), 400):
            model.insert_many(rows[start : start + 400]).execute()
    return group
