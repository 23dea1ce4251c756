"""A pupil's lessons as a timetable (B5, B6), and the next school day with what is due (H8)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from school import wording
from school.database import as_date, fetch_all
from school.queries.diary import (
    LESSONS_OF_PUPIL,
    Changes,
    MovedAway,
    get_breaks,
    get_changes,
    local_clock,
    school_days,
)
from school.queries.lessons import full_name

#: How far ahead the next school day is looked for: longer than any holidays in term.
DAYS_AHEAD = 30


@dataclass(frozen=True, slots=True)
class TimetableLesson:
    lesson_number: int
    starts: str
    ends: str
    subject_id: int
    subject: str
    #: Empty where the whole class has the lesson.
    group_name: str
    school_id: int
    school: str
    room: str
    teacher: str
    is_cancelled: bool
    changes: tuple[str, ...]
    is_extracurricular: bool = False


@dataclass(frozen=True, slots=True)
class TimetableDay:
    day: date
    lessons: tuple[TimetableLesson, ...]
    moved_away: tuple[MovedAway, ...]
    off: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ComingLesson:
    """A lesson of the next school day, with what is to be done for it."""

    lesson_number: int
    starts: str
    ends: str
    subject_id: int
    subject: str
    school_id: int
    school: str
    room: str
    is_cancelled: bool
    homework: str
    own_homework: str
    #: The lesson in which it was given.
    given_on: date | None
    #: Works announced for the lesson.
    tests: tuple[str, ...]
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComingDay:
    day: date
    lessons: tuple[ComingLesson, ...]
    moved_away: tuple[MovedAway, ...] = ()

    def line(self, today: date) -> str:
        """The day in one sentence."""
        held = [lesson for lesson in self.lessons if not lesson.is_cancelled]
        return wording.coming_lessons(
            self.day,
            today,
            len(held),
            held[0].starts,
            [lesson.subject for lesson in held if lesson.homework or lesson.own_homework],
            [f"{test} ({lesson.subject})" for lesson in held for test in lesson.tests],
        )


NEXT_DAY = f"""
SELECT MIN(l.held_on)
{LESSONS_OF_PUPIL}
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL
"""

TIMETABLE = f"""
SELECT l.id, l.held_on, l.lesson_number, l.starts_at, l.ends_at, g.subject_id, j.name, g.kind,
       g.name, l.school_id, s.name, s.time_zone, l.room, l.cancelled_at,
       t.surname, t.given_name, t.patronymic, g.is_extracurricular
{LESSONS_OF_PUPIL}
JOIN school s ON s.id = l.school_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
JOIN person t ON t.id = l.teacher_id
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ?
ORDER BY l.starts_at, l.id
"""

# What is due is what was given in the group's lesson before this one, as far as the pupil was
# in the group.
COMING = f"""
SELECT l.id, l.held_on, l.lesson_number, l.starts_at, l.ends_at, g.subject_id, j.name,
       l.school_id, s.name, s.time_zone, l.room, l.cancelled_at, p.held_on, ha.text, ho.text,
       w.id, k.name, w.title
{LESSONS_OF_PUPIL}
JOIN school s ON s.id = l.school_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
LEFT JOIN lesson p ON p.id = (
    SELECT q.id FROM lesson q
    WHERE q.school_id = l.school_id AND q.teaching_group_id = l.teaching_group_id
      AND q.held_on BETWEEN gm.from_on AND l.held_on AND q.cancelled_at IS NULL
      AND (q.held_on < l.held_on OR q.lesson_number < l.lesson_number)
    ORDER BY q.held_on DESC, q.lesson_number DESC LIMIT 1)
LEFT JOIN homework ha ON ha.school_id = p.school_id AND ha.lesson_id = p.id
     AND ha.pupil_id IS NULL
LEFT JOIN homework ho ON ho.school_id = p.school_id AND ho.lesson_id = p.id
     AND ho.pupil_id = gm.pupil_id
LEFT JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id AND w.marks_expected
LEFT JOIN work_kind k ON k.id = w.work_kind_id
WHERE gm.pupil_id = ? AND l.held_on = (
    SELECT MIN(l.held_on) {LESSONS_OF_PUPIL}
    WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL)
ORDER BY l.starts_at, l.id, w.ordinal, w.id
"""


def find_next_day(pupil_id: int, from_on: date) -> date | None:
    """The pupil's first day with lessons from a day on, or None in the weeks after it."""
    until_on = from_on + timedelta(days=DAYS_AHEAD)
    return as_date(fetch_all(NEXT_DAY, (pupil_id, from_on, until_on))[0][0])


def get_timetable(pupil_id: int, from_on: date, until_on: date) -> tuple[TimetableDay, ...]:
    """The lessons of a week with times, rooms and teachers as they are now, and what changed."""
    rows = {row[0]: row for row in fetch_all(TIMETABLE, (pupil_id, from_on, until_on))}
    changes = get_changes(pupil_id, from_on, until_on)
    by_day: dict[date, list[TimetableLesson]] = defaultdict(list)
    for row in rows.values():
        by_day[as_date(row[1])].append(_timetable_lesson(row, changes))
    days = school_days(from_on, until_on, {*by_day, *changes.moved_away})
    breaks = get_breaks(pupil_id, from_on, until_on)
    return tuple(
        TimetableDay(
            day,
            tuple(by_day.get(day, ())),
            tuple(changes.moved_away.get(day, ())),
            breaks.off(day),
            breaks.note(day),
        )
        for day in days
    )


def _timetable_lesson(row: tuple[Any, ...], changes: Changes) -> TimetableLesson:
    (
        lesson_id, _, number, starts_at, ends_at, subject_id, subject, kind, group, school_id,
        school, zone, room, cancelled_at, surname, given_name, patronymic, is_extracurricular,
    ) = row  # fmt: skip
    return TimetableLesson(
        lesson_number=number,
        starts=local_clock(starts_at, zone),
        ends=local_clock(ends_at, zone),
        subject_id=subject_id,
        subject=subject,
        group_name="" if kind == "class" else group,
        school_id=school_id,
        school=school,
        room=room,
        teacher=full_name(surname, given_name, patronymic),
        is_cancelled=cancelled_at is not None,
        changes=tuple(changes.of_lessons.get(lesson_id, ())),
        is_extracurricular=bool(is_extracurricular),
    )


def find_coming_day(pupil_id: int, today: date, *, with_changes: bool = True) -> ComingDay | None:
    """The pupil's next school day after today with what is due, or None in the weeks ahead."""
    span = (today + timedelta(days=1), today + timedelta(days=DAYS_AHEAD))
    rows: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in fetch_all(COMING, (pupil_id, pupil_id, *span)):
        rows[row[0]].append(row)
    if not rows:
        return None
    day = as_date(next(iter(rows.values()))[0][1])
    changes = get_changes(pupil_id, day, day) if with_changes else Changes({}, {})
    return ComingDay(
        day,
        tuple(_coming_lesson(of_lesson, changes) for of_lesson in rows.values()),
        tuple(changes.moved_away.get(day, ())),
    )


def _coming_lesson(rows: list[tuple[Any, ...]], changes: Changes) -> ComingLesson:
    (
        lesson_id, _, number, starts_at, ends_at, subject_id, subject, school_id, school, zone,
        room, cancelled_at, given_on, homework, own_homework, *_,
    ) = rows[0]  # fmt: skip
    works = {work_id: wording.work_name(kind, title) for *_, work_id, kind, title in rows}
    return ComingLesson(
        lesson_number=number,
        starts=local_clock(starts_at, zone),
        ends=local_clock(ends_at, zone),
        subject_id=subject_id,
        subject=subject,
        school_id=school_id,
        school=school,
        room=room,
        is_cancelled=cancelled_at is not None,
        homework=homework or "",
        own_homework=own_homework or "",
        given_on=as_date(given_on),
        tests=tuple(name for work_id, name in works.items() if work_id is not None),
        changes=tuple(changes.of_lessons.get(lesson_id, ())),
    )
