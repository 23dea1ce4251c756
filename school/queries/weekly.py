"""What a week's printout tells of each pupil of a class, in as many statements however many they
are: the same facts as the diary has (D1, C7)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from school import clock, wording
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.diary import (
    CHANGE_COLUMNS,
    CHANGE_PEOPLE,
    LESSONS_OF_PUPIL,
    STILL_SO,
    change_words,
    get_breaks,
)
from school.queries.results import KIND_NAMES
from school.rules.proposals import PERIOD
from school.rules.register import name_of_work

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WeekMark:
    subject: str
    held_on: date
    kind: str
    title: str
    weight: str
    #: «5», «4/5», «.».
    marks: str
    worked_on: date | None


@dataclass(frozen=True, slots=True)
class WeekAbsence:
    held_on: date
    lesson_number: int
    subject: str
    code: str
    late_minutes: int | None
    topic: str


@dataclass(frozen=True, slots=True)
class WeekWords:
    """A task or a comment of a lesson."""

    held_on: date
    subject: str
    text: str
    #: For this pupil alone.
    is_own: bool = False


@dataclass(slots=True)
class PupilWeek:
    """A pupil's week; days that are not there have nothing."""

    marks: list[WeekMark] = field(default_factory=list)
    absences: list[WeekAbsence] = field(default_factory=list)
    homework: list[WeekWords] = field(default_factory=list)
    comments: list[WeekWords] = field(default_factory=list)
    #: Sentences, of this week and the next.
    changes: list[str] = field(default_factory=list)
    #: Works of the next week that are announced: tests.
    tests: list[WeekWords] = field(default_factory=list)
    #: («1 четверть», subject, result).
    results: list[tuple[str, str, str]] = field(default_factory=list)
    last_entry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClassWeek:
    pupils: dict[int, PupilWeek]
    #: Days off and whole days that are otherwise, of this week and the next.
    days: tuple[str, ...]


LESSONS = f"""
SELECT DISTINCT gm.pupil_id, l.id, l.held_on, l.lesson_number, j.name, l.topic, ha.text, ho.text,
       c.text, a.code, a.late_minutes, l.cancelled_at, l.starts_at
{LESSONS_OF_PUPIL}
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
LEFT JOIN homework ha ON ha.school_id = l.school_id AND ha.lesson_id = l.id
     AND ha.pupil_id IS NULL
LEFT JOIN homework ho ON ho.school_id = l.school_id AND ho.lesson_id = l.id
     AND ho.pupil_id = gm.pupil_id
LEFT JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
     AND a.pupil_id = gm.pupil_id
LEFT JOIN lesson_comment c ON c.school_id = l.school_id AND c.lesson_id = l.id
     AND c.pupil_id = gm.pupil_id
WHERE gm.school_id = ? AND gm.pupil_id IN ({{pupils}}) AND l.held_on BETWEEN ? AND ?
ORDER BY l.starts_at, l.id, gm.pupil_id
"""
WORKS = f"""
SELECT DISTINCT gm.pupil_id, l.starts_at, l.held_on, j.name, w.ordinal, w.id, k.name, w.title,
       w.weight, m.position, m.value, m.worked_on
{LESSONS_OF_PUPIL}
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
JOIN work_kind k ON k.id = w.work_kind_id
LEFT JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id AND m.pupil_id = gm.pupil_id
WHERE gm.school_id = ? AND gm.pupil_id IN ({{pupils}}) AND l.held_on BETWEEN ? AND ?
  AND (m.id IS NOT NULL OR (w.marks_expected AND l.cancelled_at IS NULL))
ORDER BY l.starts_at, w.ordinal, w.id, gm.pupil_id, m.position
"""
# A lesson that was moved to another day is told of on that day, with the day it was on.
CHANGES = f"""
SELECT DISTINCT gm.pupil_id, h.id, l.held_on, l.lesson_number, j.name, {CHANGE_COLUMNS}
{LESSONS_OF_PUPIL}
JOIN lesson_change h ON h.school_id = l.school_id AND h.lesson_id = l.id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
{CHANGE_PEOPLE}
WHERE gm.school_id = ? AND gm.pupil_id IN ({{pupils}})
  AND (l.held_on BETWEEN ? AND ? OR h.held_on_was BETWEEN ? AND ?) AND {STILL_SO}
ORDER BY l.held_on, l.lesson_number, h.id
"""
RESULTS = """
SELECT r.pupil_id, r.kind, COALESCE(p.name, ''), j.name, r.value
FROM period_result r JOIN subject j ON j.id = r.subject_id
LEFT JOIN study_period p ON p.id = r.study_period_id
WHERE r.school_id = ? AND r.pupil_id IN ({pupils}) AND r.value <> ''
  AND (r.decided_at >= ? OR p.until_on BETWEEN ? AND ?)
ORDER BY p.until_on, p.id, r.kind, j.name
"""
LAST_ENTRIES = f"""
SELECT gm.pupil_id, MAX(h.at)
{LESSONS_OF_PUPIL}
JOIN history h ON h.school_id = l.school_id AND h.lesson_id = l.id
     AND (h.pupil_id IS NULL OR h.pupil_id = gm.pupil_id)
WHERE gm.school_id = ? AND gm.pupil_id IN ({{pupils}}) AND l.held_on BETWEEN ? AND ?
GROUP BY gm.pupil_id
"""


def get_class_week(
    school_id: int, pupil_ids: Collection[int], monday: date, time_zone: str
) -> ClassWeek:
    """The week of some pupils of a class, by its Monday, as it stands now in the journals of a
    school: lessons of other schools are theirs to tell."""
    pupils = sorted(set(pupil_ids))
    weeks = {pupil_id: PupilWeek() for pupil_id in pupils}
    if not pupils:
        return ClassWeek(weeks, ())
    sunday, next_sunday = monday + WEEK - timedelta(days=1), monday + 2 * WEEK - timedelta(days=1)
    who = (school_id, *pupils)
    places = ", ".join("?" * len(pupils))

    def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return fetch_all(sql.format(pupils=places), (*who, *parameters))

    for pupil_id, _, *lesson in rows(LESSONS, monday, sunday):
        _put_lesson(weeks[pupil_id], lesson)
    _put_works(weeks, rows(WORKS, monday, next_sunday), sunday)
    span = (monday, next_sunday)
    for pupil_id, _, held_on, number, subject, *change in rows(CHANGES, *span, *span):
        said = wording.change_sentence(subject, as_date(held_on), number, change_words(*change))
        weeks[pupil_id].changes.append(said)
    since = to_milliseconds(clock.moment_of(monday - WEEK, "00:00", time_zone))
    for pupil_id, kind, period, subject, value in rows(RESULTS, since, monday - WEEK, sunday):
        name = period if kind == PERIOD else KIND_NAMES[kind]
        weeks[pupil_id].results.append((name, subject, value))
    for pupil_id, at in rows(LAST_ENTRIES, monday, sunday):
        weeks[pupil_id].last_entry_at = None if at is None else from_milliseconds(at)
    return ClassWeek(weeks, _list_days(pupils[0], monday, next_sunday))


def _put_lesson(week: PupilWeek, lesson: Sequence[Any]) -> None:
    held_on, number, subject, topic, for_all, own, comment, code, minutes, cancelled_at, _ = lesson
    day = as_date(held_on)
    if code:
        week.absences.append(WeekAbsence(day, number, subject, code, minutes, topic))
    if cancelled_at is None:
        for text, is_own in ((for_all, False), (own, True)):
            if text:
                week.homework.append(WeekWords(day, subject, text, is_own))
    if comment:
        week.comments.append(WeekWords(day, subject, comment))


def _put_works(weeks: dict[int, PupilWeek], rows: Sequence[tuple[Any, ...]], sunday: date) -> None:
    marks: dict[tuple[int, int], list[str]] = defaultdict(list)
    heads: dict[tuple[int, int], tuple[Any, ...]] = {}
    for pupil_id, _, held_on, subject, _, work_id, kind, title, weight, _, value, worked_on in rows:
        heads.setdefault(
            (pupil_id, work_id), (subject, as_date(held_on), kind, title, weight, worked_on)
        )
        if value is not None:
            marks[pupil_id, work_id].append(value)
    for (pupil_id, work_id), (subject, day, kind, title, weight, worked_on) in heads.items():
        values = "/".join(marks.get((pupil_id, work_id), ()))
        if values and day <= sunday:
            made = WeekMark(subject, day, kind, title, weight, values, as_date(worked_on))
            weeks[pupil_id].marks.append(made)
        elif day > sunday and not values:
            weeks[pupil_id].tests.append(WeekWords(day, subject, name_of_work(kind, title)))


def _list_days(pupil_id: int, from_on: date, until_on: date) -> tuple[str, ...]:
    found = get_breaks(pupil_id, from_on, until_on)
    said = []
    for words, begins, ends in (*found.breaks, *found.notes):
        last = ends or begins
        when = wording.day_and_month(begins) if begins == last else wording.span(begins, last)
        said.append(f"{wording.capital(when)}: {words}")
    return tuple(said)
