"""Lessons made ahead from the base timetable."""

from collections import defaultdict
from datetime import date, timedelta

from peewee import fn

from school import clock
from school.database import bulk_insert, reserve_ids, transaction
from school.models import (
    Bell,
    Enrolment,
    GroupMembership,
    Lesson,
    LessonChange,
    School,
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


def make_lessons(school: School, from_on: date, until_on: date) -> list[int]:
    """Make the lessons of a span of days (both inclusive) that are not there yet. Returns the
    ids of those that were made.

    Lessons that exist are never touched: they have stable ids and may have been held. The place
    a lesson was moved away from stays empty.
    """
    school_days = SchoolDays(school.id)
    bells = {
        (bell.bell_schedule_id, bell.lesson_number): bell
        for bell in Bell.select().where(Bell.school == school)
    }
    by_weekday: dict[int, list[TimetableEntry]] = defaultdict(list)
    for entry in TimetableEntry.select().where(TimetableEntry.school == school):
        by_weekday[entry.weekday].append(entry)

    with transaction():
        taken = _taken_places(school, from_on, until_on)
        rows = []
        for n in range((until_on - from_on).days + 1):
            day = from_on + timedelta(days=n)
            for entry in by_weekday[day.isoweekday()]:
                group_id, number = entry.teaching_group_id, entry.lesson_number
                if (
                    (group_id, day, number) in taken
                    or not is_held(entry, day)
                    or not school_days.include(group_id, day)
                ):
                    continue
                bell = bells[entry.bell_schedule_id, number]
                rows.append(
                    {
                        "school": school.id,
                        "teaching_group": group_id,
                        "teacher": entry.teacher_id,
                        "held_on": day,
                        "lesson_number": number,
                        "starts_at": clock.moment_of(day, bell.starts_at, school.time_zone),
                        "ends_at": clock.moment_of(day, bell.ends_at, school.time_zone),
                        "room": entry.room,
                    }
                )
        ids = reserve_ids(Lesson, len(rows))
        bulk_insert(Lesson, [{"id": made, **row} for made, row in zip(ids, rows, strict=True)])
    return ids


def _taken_places(school: School, from_on: date, until_on: date) -> set[tuple[int, date, int]]:
    """Where lessons are, and where they were before they were moved."""
    there = Lesson.select(Lesson.teaching_group_id, Lesson.held_on, Lesson.lesson_number).where(
        Lesson.school == school, Lesson.held_on.between(from_on, until_on)
    )
    moved_away = (
        LessonChange.select(
            Lesson.teaching_group_id,
            LessonChange.held_on_was,
            fn.COALESCE(LessonChange.lesson_number_was, Lesson.lesson_number),
        )
        .join(Lesson)
        .where(
            LessonChange.school == school,
            LessonChange.held_on_was.between(from_on, until_on),
            LessonChange.is_undoing == False,  # noqa: E712 - SQL
        )
    )
    return set(there.tuples()) | set(moved_away.tuples())
