"""On which days groups have lessons, and what of the timetable is held then."""

from collections import Counter
from datetime import date, timedelta

from peewee import fn

from school.models import (
    Enrolment,
    GroupMembership,
    SchoolBreak,
    SchoolClass,
    SchoolYear,
    StudyPeriod,
    TeachingGroup,
    TimetableEntry,
)
from school.rules.access import holds

#: A stream without pupils follows the periods and holidays of any grade.
ANY_GRADE = (1, 12)


class SchoolDays:
    """On which days the groups of a school have lessons: inside their year and the study periods
    of their pupils' grades, outside the holidays that all of these have."""

    def __init__(self, school_id: int) -> None:
        streams = _grades_of_streams(school_id)
        self._groups = {
            group_id: (
                (grade, grade) if grade else streams.get(group_id, ANY_GRADE),
                from_on,
                until_on,
            )
            for group_id, grade, from_on, until_on in TeachingGroup.select(
                TeachingGroup.id, SchoolClass.grade, SchoolYear.from_on, SchoolYear.until_on
            )
            .join(SchoolYear)
            .switch(TeachingGroup)
            .left_outer_join(SchoolClass)
            .where(TeachingGroup.school == school_id)
            .tuples()
        }
        self._periods = list(
            StudyPeriod.select().where(StudyPeriod.school == school_id, StudyPeriod.kind != "year")
        )
        self._breaks = list(SchoolBreak.select().where(SchoolBreak.school == school_id))

    def include(self, group_id: int, day: date) -> bool:
        """Whether a group has lessons on a day."""
        (lowest, highest), from_on, until_on = self._groups[group_id]
        return (
            from_on <= day <= until_on
            and any(
                holds(period.from_on, period.until_on, day)
                and period.from_grade <= highest
                and lowest <= period.until_grade
                for period in self._periods
            )
            and not any(
                holds(off.from_on, off.until_on, day)
                and off.from_grade <= lowest
                and highest <= off.until_grade
                for off in self._breaks
            )
        )

    def why_not(self, group_id: int, day: date) -> str:
        """Why a group has no lessons on a day, in words; empty where it has."""
        if self.include(group_id, day):
            return ""
        (lowest, highest), from_on, until_on = self._groups[group_id]
        if not from_on <= day <= until_on:
            return "это не тот учебный год"
        name = next(
            (
                str(off.name)
                for off in self._breaks
                if holds(off.from_on, off.until_on, day)
                and off.from_grade <= lowest
                and highest <= off.until_grade
            ),
            "",
        )
        return name or "день вне учебных периодов"


def _grades_of_streams(school_id: int) -> dict[int, tuple[int, int]]:
    """The lowest and highest grade of the pupils of each group without a class."""
    rows = (
        TeachingGroup.select(TeachingGroup.id, fn.MIN(SchoolClass.grade), fn.MAX(SchoolClass.grade))
        .join(GroupMembership, on=GroupMembership.teaching_group == TeachingGroup.id)
        .join(Enrolment, on=Enrolment.pupil == GroupMembership.pupil)
        .join(SchoolClass, on=Enrolment.school_class == SchoolClass.id)
        .where(
            TeachingGroup.school == school_id,
            TeachingGroup.school_class.is_null(),
            SchoolClass.school_year == TeachingGroup.school_year,
        )
        .group_by(TeachingGroup.id)
        .tuples()
    )
    return {group_id: (lowest, highest) for group_id, lowest, highest in rows}


def week_parity(day: date) -> str:
    """«odd» or «even», by the ISO number of the week."""
    return "even" if day.isocalendar().week % 2 == 0 else "odd"


def is_held(entry: TimetableEntry, day: date) -> bool:
    """Whether a timetable entry has a lesson in the week of a day of its weekday."""
    return holds(entry.from_on, entry.until_on, day) and entry.week_parity in (
        "",
        week_parity(day),
    )


def count_slots(school_id: int, from_on: date, until_on: date) -> Counter[int]:
    """How many lessons the timetable has for each group in a span of days, both included,
    whether they were made yet or not."""
    days = SchoolDays(school_id)
    entries = list(TimetableEntry.select().where(TimetableEntry.school == school_id))
    slots: Counter[int] = Counter()
    for n in range((until_on - from_on).days + 1):
        day = from_on + timedelta(days=n)
        for entry in entries:
            if (
                entry.weekday == day.isoweekday()
                and is_held(entry, day)
                and days.include(entry.teaching_group_id, day)
            ):
                slots[entry.teaching_group_id] += 1
    return slots
