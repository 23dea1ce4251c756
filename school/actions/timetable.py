"""Lessons made ahead from the base timetable."""

from collections import defaultdict
from datetime import date, timedelta

from peewee import fn

from school import clock
from school.database import bulk_insert, reserve_ids, transaction
from school.models import Bell, Lesson, LessonChange, School, TimetableEntry
from school.queries.school_days import SchoolDays, is_held


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
