"""A pupil's week, by fixed SQL: the page that parents open most."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from school import wording
from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.rules.access import holds


@dataclass(frozen=True, slots=True)
class DiaryMark:
    """A mark and what it is for."""

    value: str
    kind: str
    title: str
    weight: str
    worked_on: date | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class DiaryWork:
    """A work of the lesson with this pupil's marks for it; a test may still have none."""

    kind: str
    title: str
    weight: str
    marks: tuple[DiaryMark, ...]

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.title}" if self.title else self.kind


@dataclass(frozen=True, slots=True)
class DiaryLesson:
    lesson_id: int
    lesson_number: int
    starts: str
    ends: str
    subject: str
    #: Empty where the whole class has the lesson.
    group_name: str
    teacher: str
    room: str
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


@dataclass(frozen=True, slots=True)
class DiaryDay:
    day: date
    lessons: tuple[DiaryLesson, ...]
    #: Why there are no lessons, where the school says so.
    off: str


@dataclass(frozen=True, slots=True)
class DiaryWeek:
    #: Monday to Friday, and the weekend where it has lessons.
    days: tuple[DiaryDay, ...]
    #: When something on the page was last entered, UTC.
    last_entry_at: datetime | None
    time_zone: str


_LESSONS_OF_PUPIL = """
FROM group_membership gm
JOIN lesson l ON l.school_id = gm.school_id AND l.teaching_group_id = gm.teaching_group_id
     AND l.held_on >= gm.from_on AND (gm.until_on IS NULL OR l.held_on <= gm.until_on)
"""

LESSONS = f"""
SELECT l.id, l.held_on, l.lesson_number, l.starts_at, l.ends_at, l.room, l.topic, l.material,
       l.cancelled_at, j.name, g.kind, g.name, t.surname, t.given_name, t.patronymic,
       ha.text, ho.text, a.code, a.late_minutes, c.text, s.time_zone
{_LESSONS_OF_PUPIL}
JOIN school s ON s.id = l.school_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
JOIN person t ON t.id = l.teacher_id
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

WORKS = f"""
SELECT w.lesson_id, w.id, k.name, w.title, w.weight, w.due_on, m.value, m.worked_on
{_LESSONS_OF_PUPIL}
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
JOIN work_kind k ON k.id = w.work_kind_id
LEFT JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id AND m.pupil_id = gm.pupil_id
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND (m.id IS NOT NULL OR w.marks_expected)
ORDER BY w.lesson_id, w.ordinal, w.id, m.position
"""

CHANGES = f"""
SELECT h.lesson_id, h.kind, h.reason, p.surname, p.given_name, p.patronymic,
       h.held_on_was, h.lesson_number_was, h.room_was, h.room_is
{_LESSONS_OF_PUPIL}
JOIN lesson_change h ON h.school_id = l.school_id AND h.lesson_id = l.id
LEFT JOIN person p ON p.id = h.teacher_was_id
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ?
ORDER BY h.id
"""

BREAKS = """
SELECT b.name, b.from_on, b.until_on
FROM enrolment e
JOIN school_class c ON c.id = e.school_class_id
JOIN school_break b ON b.school_id = e.school_id
     AND b.from_grade <= c.grade AND c.grade <= b.until_grade
WHERE e.pupil_id = ? AND b.from_on <= ? AND (b.until_on IS NULL OR b.until_on >= ?)
  AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
"""

LAST_ENTRY = f"""
SELECT MAX(r.changed_at) FROM revision r
WHERE (r.scope = 'pupil' AND r.subject_id = ?)
   OR (r.scope = 'group' AND r.subject_id IN (
        SELECT l.teaching_group_id {_LESSONS_OF_PUPIL}
        WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ?))
"""


def get_week(pupil_id: int, monday: date) -> DiaryWeek:
    """A pupil's week from a Monday on, in as many statements however much is in it."""
    sunday = monday + timedelta(days=6)
    span = (pupil_id, monday, sunday)
    works = _works(fetch_all(WORKS, span))
    changes: dict[int, list[str]] = defaultdict(list)
    for lesson_id, *change in fetch_all(CHANGES, span):
        changes[lesson_id].append(_change_sentence(*change))
    by_day: dict[date, list[DiaryLesson]] = defaultdict(list)
    zone = "UTC"
    for row in fetch_all(LESSONS, span):
        zone = row[20]
        by_day[as_date(row[1])].append(
            _lesson(row, tuple(works.get(row[0], ())), tuple(changes.get(row[0], ())))
        )
    shown = [monday + timedelta(days=n) for n in range(7)]
    shown = [day for day in shown if day.weekday() < 5 or day in by_day]
    breaks = [] if all(day in by_day for day in shown) else _breaks(pupil_id, monday, sunday)
    days = [
        DiaryDay(
            day,
            tuple(by_day.get(day, ())),
            next((name for name, from_on, until_on in breaks if holds(from_on, until_on, day)), ""),
        )
        for day in shown
    ]
    last = fetch_all(LAST_ENTRY, (pupil_id, *span))[0][0]
    return DiaryWeek(tuple(days), None if last is None else from_milliseconds(last), zone)


def _breaks(pupil_id: int, monday: date, sunday: date) -> list[tuple[str, date, date | None]]:
    return [
        (name, as_date(from_on), as_date(until_on))
        for name, from_on, until_on in fetch_all(BREAKS, (pupil_id, sunday, monday, sunday, monday))
    ]


def _lesson(
    row: tuple[Any, ...], works: tuple[DiaryWork, ...], changes: tuple[str, ...]
) -> DiaryLesson:
    (
        lesson_id, _, number, starts_at, ends_at, room, topic, material, cancelled_at, subject,
        kind, group, surname, given_name, patronymic, homework, own_homework, code, minutes,
        comment, zone,
    ) = row  # fmt: skip
    return DiaryLesson(
        lesson_id=lesson_id,
        lesson_number=number,
        starts=_clock(starts_at, zone),
        ends=_clock(ends_at, zone),
        subject=str(subject),
        group_name="" if kind == "class" else str(group),
        teacher=full_name(str(surname), str(given_name), str(patronymic)),
        room=str(room),
        topic=str(topic),
        material=str(material),
        homework=str(homework or ""),
        own_homework=str(own_homework or ""),
        comment=str(comment or ""),
        attendance=wording.attendance(str(code), minutes) if code else "",
        is_cancelled=cancelled_at is not None,
        works=works,
        changes=changes,
    )


def _clock(moment: Any, zone: Any) -> str:
    return wording.clock_time(local(from_milliseconds(moment), str(zone)))


def _works(rows: list[tuple[Any, ...]]) -> dict[int, list[DiaryWork]]:
    found: dict[int, dict[int, DiaryWork]] = defaultdict(dict)
    for lesson_id, work_id, kind, title, weight, due_on, value, worked_on in rows:
        work = found[lesson_id].get(work_id) or DiaryWork(kind, title, weight, ())
        if value is not None:
            mark = DiaryMark(value, kind, title, weight, as_date(worked_on), as_date(due_on))
            work = DiaryWork(kind, title, weight, (*work.marks, mark))
        found[lesson_id][work_id] = work
    return {lesson_id: list(works.values()) for lesson_id, works in found.items()}


def _change_sentence(
    kind: str,
    reason: str,
    surname: str | None,
    given_name: str | None,
    patronymic: str | None,
    held_on_was: Any,
    number_was: int | None,
    room_was: str,
    room_is: str,
) -> str:
    """A change of the timetable as a sentence (B6)."""
    match kind:
        case "substitution":
            was = full_name(surname or "", given_name or "", patronymic or "")
            text = f"Замена: вместо {was}" if was else "Замена"
        case "cancellation":
            text = "Урок отменён"
        case "move":
            text = "Урок перенесён"
            if held_on_was is not None:
                text += f" с {wording.day_and_month(as_date(held_on_was))}"
            if number_was is not None:
                text += f", был {number_was}-м"
        case "extra":
            text = "Дополнительный урок"
        case _:
            text = f"Другой кабинет: {room_is} вместо {room_was}"
    return f"{text} ({reason})" if reason else text
