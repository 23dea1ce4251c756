"""A quarter that is over in the small town (tests/town.py): periods, lessons, marks."""

from dataclasses import dataclass
from datetime import date, timedelta

from school import clock
from school.models import (
    Attendance,
    Lesson,
    Mark,
    Person,
    School,
    SchoolYear,
    StudyPeriod,
    TeachingGroup,
    Work,
    WorkKind,
)
from tests.town import Town, make_lesson, today


@dataclass
class Quarter:
    """The quarter that ended yesterday, and the one that began today."""

    past: StudyPeriod
    present: StudyPeriod
    lessons: list[Lesson]


def make_period(
    school: School, year: SchoolYear, ordinal: int, from_on: date, until_on: date, **values: object
) -> StudyPeriod:
    return StudyPeriod.create(
        school=school,
        school_year=year,
        kind=values.pop("kind", "quarter"),
        ordinal=ordinal,
        name=values.pop("name", f"{ordinal} четверть"),
        from_grade=values.pop("from_grade", 1),
        until_grade=values.pop("until_grade", 9),
        from_on=from_on,
        until_on=until_on,
    )


def make_quarter(town: Town, lessons: int = 6) -> Quarter:
    """Lessons of `town.group` up to the day before yesterday, in a quarter that is over."""
    day = today()
    past = make_period(town.school, town.year, 1, day - timedelta(days=40), day - timedelta(days=1))
    present = make_period(town.school, town.year, 2, day, day + timedelta(days=60))
    made = [
        make_lesson(town.group, town.teacher, day - timedelta(days=1 + n), number=2)
        for n in range(lessons, 0, -1)
    ]
    return Quarter(past, present, made)


def give_marks(
    lessons: list[Lesson], pupil: Person, text: str, *, kind: str = "Ответ на уроке"
) -> None:
    """«5 4*3 4»: one mark a lesson, from the first on, with a weight after the star."""
    for lesson, token in zip(lessons, text.split(), strict=False):
        value, _, weight = token.partition("*")
        found = WorkKind.get(WorkKind.school == lesson.school_id, WorkKind.name == kind)
        work = Work.create(
            school=lesson.school_id,
            lesson=lesson,
            work_kind=found,
            weight=weight or "1",
            ordinal=Work.select().where(Work.lesson == lesson).count() + 1,
        )
        Mark.create(school=lesson.school_id, work=work, pupil=pupil, position=1, value=value)


def miss(lessons: list[Lesson], pupil: Person, code: str = "б") -> None:
    for lesson in lessons:
        Attendance.create(school=lesson.school_id, lesson=lesson, pupil=pupil, code=code)


def column_address(group: TeachingGroup, period: StudyPeriod | None, kind: str = "period") -> str:
    key = f"{kind}-{period.id}" if period else kind
    return f"/gradebook/groups/{group.id}/results/{key}"


def moment_after(period: StudyPeriod, days: int, time: str = "10:00"):
    return clock.moment_of(period.until_on + timedelta(days=days), time, "Asia/Yekaterinburg")
