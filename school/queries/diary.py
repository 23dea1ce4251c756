"""A pupil's days, by fixed SQL: the pages that parents open most."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from school import wording, wording_timetable
from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.rules.access import ATTENDANCE, COMMENTS, MARKS, holds
from school.rules.register import name_of_work


# Tuples: a week has dozens of both, and a frozen dataclass takes three times as long to make.
class DiaryWork(NamedTuple):
    """A work of the lesson with this pupil's marks for it; a test may still have none."""

    kind: str
    title: str
    weight: str
    #: «5», «4/5», «.», or empty.
    marks: str
    worked_on: date | None

    @property
    def name(self) -> str:
        return name_of_work(self.kind, self.title)


class DiaryLesson(NamedTuple):
    lesson_id: int
    lesson_number: int
    #: «08:30–09:10, каб. 118»
    when_and_where: str
    subject_id: int
    subject: str
    school_id: int
    school: str
    topic: str
    material: str
    homework: str
    own_homework: str
    comment: str
    #: An absence or lateness as words, or empty.
    attendance: str
    is_cancelled: bool
    works: tuple[DiaryWork, ...]
    changes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Nothing was entered yet, and nothing changed."""
        return not (
            self.topic
            or self.material
            or self.homework
            or self.own_homework
            or self.comment
            or self.attendance
            or self.is_cancelled
            or self.works
            or self.changes
        )


@dataclass(frozen=True, slots=True)
class MovedAway:
    """A lesson that was to be on a day and is held on another."""

    lesson_number: int
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True)
class DiaryDay:
    day: date
    lessons: tuple[DiaryLesson, ...]
    moved_away: tuple[MovedAway, ...]
    #: Why there are no lessons, where the school says so.
    off: str
    #: What changes the whole day: another day's timetable, a quarantine.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Breaks:
    """Days off of the pupil's school."""

    breaks: tuple[tuple[str, date, date | None], ...]
    #: Changes of whole days as sentences, with their spans.
    notes: tuple[tuple[str, date, date], ...] = ()

    def off(self, day: date) -> str:
        """Why the school has no lessons on a day, or empty."""
        return next(
            (name for name, from_on, until_on in self.breaks if holds(from_on, until_on, day)), ""
        )

    def note(self, day: date) -> str:
        """What changes a whole day, or empty."""
        said = [words for words, from_on, until_on in self.notes if from_on <= day <= until_on]
        return ". ".join(said)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in the timetable of some days."""

    #: Lesson → sentences.
    of_lessons: dict[int, list[str]]
    #: The day that was → the lessons that left it.
    moved_away: dict[date, list[MovedAway]]


#: A pupil's lessons are those of the groups they are in, on the days they are in them.
LESSONS_OF_PUPIL = """
FROM group_membership gm
JOIN lesson l ON l.school_id = gm.school_id AND l.teaching_group_id = gm.teaching_group_id
     AND l.held_on >= gm.from_on AND (gm.until_on IS NULL OR l.held_on <= gm.until_on)
"""

LESSONS = f"""
SELECT l.id, l.held_on, l.lesson_number, l.starts_at, l.ends_at, g.subject_id, j.name,
       l.school_id, s.name, s.time_zone, l.topic, l.material, ha.text, ho.text, c.text, l.room,
       a.code, a.late_minutes, l.cancelled_at
{LESSONS_OF_PUPIL}
JOIN school s ON s.id = l.school_id
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
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ?
ORDER BY l.starts_at, l.id
"""

# DISTINCT here and below: memberships of a group may overlap, and a mark is still one.
WORKS = f"""
SELECT DISTINCT w.lesson_id, w.ordinal, w.id, k.name, w.title, w.weight, m.position, m.value,
       m.worked_on
{LESSONS_OF_PUPIL}
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
JOIN work_kind k ON k.id = w.work_kind_id
LEFT JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id AND m.pupil_id = gm.pupil_id
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND (m.id IS NOT NULL OR w.marks_expected)
ORDER BY w.lesson_id, w.ordinal, w.id, m.position
"""

#: A change of `h` that is still so: not undone, nor replaced by a later one.
STILL_SO = """
(h.kind <> 'cancellation' OR h.is_undoing OR l.cancelled_at IS NOT NULL)
AND (h.kind <> 'substitution' OR h.teacher_is_id IS NULL OR h.teacher_is_id = l.teacher_id)
AND (h.kind <> 'move' OR ((h.held_on_is IS NULL OR h.held_on_is = l.held_on)
     AND (h.lesson_number_is IS NULL OR h.lesson_number_is = l.lesson_number)))
AND (h.kind <> 'room' OR h.room_is IN ('', l.room))
AND h.replaced_at IS NULL AND (h.kind <> 'extra' OR h.day_change_id IS NULL)
"""
CHANGE_COLUMNS = """
h.kind, h.reason, pw.surname, pw.given_name, pw.patronymic, pi.surname, pi.given_name,
pi.patronymic, h.held_on_was, h.lesson_number_was, h.room_was, h.room_is, h.is_undoing, h.is_joint
"""
CHANGE_PEOPLE = """
LEFT JOIN person pw ON pw.id = h.teacher_was_id
LEFT JOIN person pi ON pi.id = h.teacher_is_id
"""

# The second half starts from the changes: they are few, and the lesson is on any other day.
CHANGES = f"""
SELECT 0, h.id, l.id, l.held_on, l.lesson_number, j.name, {CHANGE_COLUMNS}
{LESSONS_OF_PUPIL}
JOIN lesson_change h ON h.school_id = l.school_id AND h.lesson_id = l.id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
{CHANGE_PEOPLE}
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND {STILL_SO}
UNION
SELECT 1, h.id, l.id, l.held_on, l.lesson_number, j.name, {CHANGE_COLUMNS}
FROM group_membership gm
JOIN lesson_change h ON h.school_id = gm.school_id AND h.held_on_was BETWEEN ? AND ?
     AND h.held_on_was >= gm.from_on AND (gm.until_on IS NULL OR h.held_on_was <= gm.until_on)
JOIN lesson l ON l.id = h.lesson_id AND l.teaching_group_id = gm.teaching_group_id
     AND l.held_on <> h.held_on_was
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
{CHANGE_PEOPLE}
WHERE gm.pupil_id = ?
ORDER BY 2
"""

BREAKS = """
SELECT DISTINCT '' AS kind, o.name AS name, o.from_on AS from_on, o.until_on, 0, '', FALSE
FROM enrolment e
JOIN school_class c ON c.id = e.school_class_id
JOIN school_break o ON o.school_id = e.school_id
     AND o.from_grade <= c.grade AND c.grade <= o.until_grade
WHERE e.pupil_id = ? AND o.from_on <= ? AND (o.until_on IS NULL OR o.until_on >= ?)
  AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
UNION
SELECT d.kind, d.reason, d.from_on, d.until_on, d.weekday, d.week_parity, d.is_remote
FROM enrolment e
JOIN school_class c ON c.id = e.school_class_id
JOIN day_change d ON d.school_id = e.school_id AND d.undone_at IS NULL
     AND (d.school_class_id = c.id
          OR (d.school_class_id IS NULL AND d.from_grade <= c.grade AND c.grade <= d.until_grade))
WHERE e.pupil_id = ? AND d.from_on <= ? AND d.until_on >= ?
  AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
ORDER BY from_on, name
"""


def get_days(pupil_id: int, from_on: date, until_on: date) -> tuple[DiaryDay, ...]:
    """A pupil's days, both ends included, in as many statements however much is in them; of
    the weekend only what has lessons, unless it is asked for alone."""
    span = (pupil_id, from_on, until_on)
    rows = {row[0]: row for row in fetch_all(LESSONS, span)}
    works = _works(fetch_all(WORKS, span)) if rows else {}
    changes = get_changes(pupil_id, from_on, until_on)
    by_day: dict[date, list[DiaryLesson]] = defaultdict(list)
    for lesson_id, row in rows.items():
        by_day[as_date(row[1])].append(
            _lesson(row, works.get(lesson_id, ()), tuple(changes.of_lessons.get(lesson_id, ())))
        )
    days = school_days(from_on, until_on, {*by_day, *changes.moved_away})
    breaks = get_breaks(pupil_id, from_on, until_on)
    return tuple(
        DiaryDay(
            day,
            tuple(by_day.get(day, ())),
            tuple(changes.moved_away.get(day, ())),
            breaks.off(day),
            breaks.note(day),
        )
        for day in days
    )


def conceal(days: tuple[DiaryDay, ...], hidden: Collection[str]) -> tuple[DiaryDay, ...]:
    """Days without the areas that are hidden from their reader (H10): marks go with the works
    they are for. Of the timetable nothing can be left out: it is what a day is."""
    blank: dict[str, Any] = {}
    if MARKS in hidden:
        blank["works"] = ()
    if ATTENDANCE in hidden:
        blank["attendance"] = ""
    if COMMENTS in hidden:
        blank["comment"] = ""
    if not blank:
        return days
    return tuple(
        replace(day, lessons=tuple(lesson._replace(**blank) for lesson in day.lessons))
        for day in days
    )


def school_days(from_on: date, until_on: date, with_lessons: set[date]) -> list[date]:
    """The days of a span that are shown: Monday to Friday, and the weekend where it has
    lessons; a day alone always."""
    days = [from_on + timedelta(days=n) for n in range((until_on - from_on).days + 1)]
    return [day for day in days if day.weekday() < 5 or day in with_lessons or len(days) == 1]


def get_changes(pupil_id: int, from_on: date, until_on: date) -> Changes:
    """What changed in the timetable of some days, told on both days of a move (B6)."""
    of_lessons: dict[int, list[str]] = defaultdict(list)
    moved_away: dict[date, dict[int, MovedAway]] = defaultdict(dict)
    for away, _, lesson_id, held_on, number, subject, *change in fetch_all(
        CHANGES, (pupil_id, from_on, until_on, from_on, until_on, pupil_id)
    ):
        if away:
            reason, held_on_was, number_was = change[1], as_date(change[8]), change[9]
            moved_away[held_on_was][lesson_id] = MovedAway(
                number if number_was is None else number_was,
                subject,
                wording.moved_away(as_date(held_on), number, reason),
            )
        else:
            of_lessons[lesson_id].append(change_words(*change))
    return Changes(
        of_lessons,
        {
            day: sorted(lessons.values(), key=lambda lesson: lesson.lesson_number)
            for day, lessons in moved_away.items()
        },
    )


def change_words(
    kind: str,
    reason: str,
    surname_was: str | None,
    given_name_was: str | None,
    patronymic_was: str | None,
    surname_is: str | None,
    given_name_is: str | None,
    patronymic_is: str | None,
    held_on_was: Any,
    number_was: int | None,
    room_was: str,
    room_is: str,
    is_undoing: bool = False,
    is_joint: bool = False,
) -> str:
    """The columns of CHANGE_COLUMNS as a sentence."""
    return wording.lesson_change(
        kind,
        reason,
        teacher_was=full_name(surname_was or "", given_name_was or "", patronymic_was or ""),
        teacher_is=full_name(surname_is or "", given_name_is or "", patronymic_is or ""),
        held_on_was=as_date(held_on_was),
        number_was=number_was,
        room_was=room_was,
        room_is=room_is,
        is_undoing=bool(is_undoing),
        is_joint=bool(is_joint),
    )


def get_breaks(pupil_id: int, from_on: date, until_on: date) -> Breaks:
    """The days off of a pupil's school that touch a span of days."""
    span = (until_on, from_on)
    breaks, notes = [], []
    for kind, name, begins, ends, weekday, parity, is_remote in fetch_all(
        BREAKS, (pupil_id, *span, *span) * 2
    ):
        if kind:
            said = wording_timetable.day_change(
                kind, weekday, parity, name, is_remote=bool(is_remote)
            )
            notes.append((said, as_date(begins), as_date(ends)))
        else:
            breaks.append((name, as_date(begins), as_date(ends)))
    return Breaks(tuple(breaks), tuple(notes))


def _lesson(
    row: tuple[Any, ...], works: tuple[DiaryWork, ...], changes: tuple[str, ...]
) -> DiaryLesson:
    (
        lesson_id, _, number, starts_at, ends_at, subject_id, subject, school_id, school, zone,
        topic, material, homework, own_homework, comment, room, code, minutes, cancelled_at,
    ) = row  # fmt: skip
    return DiaryLesson(
        lesson_id=lesson_id,
        lesson_number=number,
        when_and_where=when_and_where(starts_at, ends_at, zone, room),
        subject_id=subject_id,
        subject=subject,
        school_id=school_id,
        school=school,
        topic=topic,
        material=material,
        homework=homework or "",
        own_homework=own_homework or "",
        comment=comment or "",
        attendance=wording.attendance(code, minutes) if code else "",
        is_cancelled=cancelled_at is not None,
        works=works,
        changes=changes,
    )


# A school has few times of day and few rooms: most lessons ask for the same.
@lru_cache(maxsize=4096)
def when_and_where(starts_at: int, ends_at: int, zone: str, room: str) -> str:
    """Stored moments and a room as «08:30–09:10, каб. 118»."""
    hours = f"{local_clock(starts_at, zone)}–{local_clock(ends_at, zone)}"
    return f"{hours}, {wording.room(room)}" if room else hours


def local_clock(milliseconds: int, zone: str) -> str:
    """A stored moment as «08:30» of the school."""
    return wording.clock_time(local(from_milliseconds(milliseconds), zone))


def _works(rows: list[tuple[Any, ...]]) -> dict[int, tuple[DiaryWork, ...]]:
    marks: dict[int, list[str]] = defaultdict(list)
    heads: dict[int, dict[int, tuple[Any, ...]]] = defaultdict(dict)
    for lesson_id, _, work_id, kind, title, weight, _, value, worked_on in rows:
        heads[lesson_id].setdefault(work_id, (kind, title, weight, worked_on))
        if value is not None:
            marks[work_id].append(value)
    return {
        lesson_id: tuple(
            DiaryWork(kind, title, weight, "/".join(marks.get(work_id, ())), as_date(worked_on))
            for work_id, (kind, title, weight, worked_on) in works.items()
        )
        for lesson_id, works in heads.items()
    }
