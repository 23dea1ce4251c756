"""Lessons made ahead from the base timetable."""

from collections import defaultdict
from datetime import date, timedelta

from school import clock
from school.database import bulk_insert, transaction
from school.models import (
    Bell,
    Lesson,
    School,
    SchoolBreak,
    SchoolClass,
    StudyPeriod,
    TeachingGroup,
    TimetableEntry,
)
from school.rules.access import holds

GRADES = (1, 12)


def make_lessons(school: School, from_on: date, until_on: date) -> int:
    """Make the lessons of a span of days (both inclusive) that are not there yet: inside the
    study periods of the class's grade, outside its holidays. Returns how many were made.

    Lessons that exist are never touched: they have stable ids and may have been held.
    """
    # A group's class decides which periods and holidays it follows; a stream follows those
    # that hold for any grade.
    grades = dict(
        SchoolClass.select(SchoolClass.id, SchoolClass.grade)
        .where(SchoolClass.school == school)
        .tuples()
    )
    group_grades = {
        group_id: (grades[class_id],) * 2 if class_id else GRADES
        for group_id, class_id in TeachingGroup.select(
            TeachingGroup.id, TeachingGroup.school_class_id
        )
        .where(TeachingGroup.school == school)
        .tuples()
    }
    spans = list(
        StudyPeriod.select().where(StudyPeriod.school == school, StudyPeriod.kind != "year")
    )
    breaks = list(SchoolBreak.select().where(SchoolBreak.school == school))
    bells = {
        (bell.bell_schedule_id, bell.lesson_number): bell
        for bell in Bell.select().where(Bell.school == school)
    }
    by_weekday: dict[int, list[TimetableEntry]] = defaultdict(list)
    for entry in TimetableEntry.select().where(TimetableEntry.school == school):
        by_weekday[entry.weekday].append(entry)

    with transaction():
        existing = set(
            Lesson.select(Lesson.teaching_group_id, Lesson.held_on, Lesson.lesson_number)
            .where(Lesson.school == school, Lesson.held_on.between(from_on, until_on))
            .tuples()
        )
        rows = []
        for day in _days(from_on, until_on):
            parity = "even" if day.isocalendar().week % 2 == 0 else "odd"
            for entry in by_weekday[day.isoweekday()]:
                lowest, highest = group_grades[entry.teaching_group_id]
                wanted = (
                    entry.week_parity in ("", parity)
                    and holds(entry.from_on, entry.until_on, day)
                    and (entry.teaching_group_id, day, entry.lesson_number) not in existing
                    and any(_covers(span, day, lowest, highest) for span in spans)
                    and not any(_covers(off, day, lowest, highest) for off in breaks)
                )
                if not wanted:
                    continue
                bell = bells[entry.bell_schedule_id, entry.lesson_number]
                rows.append(
                    {
                        "school": school.id,
                        "teaching_group": entry.teaching_group_id,
                        "teacher": entry.teacher_id,
                        "held_on": day,
                        "lesson_number": entry.lesson_number,
                        "starts_at": clock.moment_of(day, bell.starts_at, school.time_zone),
                        "ends_at": clock.moment_of(day, bell.ends_at, school.time_zone),
                        "room": entry.room,
                        "topic": "",
                        "material": "",
                    }
                )
        bulk_insert(Lesson, rows)
    return len(rows)


def _covers(span: StudyPeriod | SchoolBreak, day: date, lowest: int, highest: int) -> bool:
    return (
        holds(span.from_on, span.until_on, day)
        and span.from_grade <= highest
        and lowest <= span.until_grade
    )


def _days(from_on: date, until_on: date) -> list[date]:
    return [from_on + timedelta(days=n) for n in range((until_on - from_on).days + 1)]
