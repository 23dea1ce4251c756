"""The nightly letter to each teacher: the day's entries in their registers (H12)."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from school import clock
from school.actions.letters import REGISTER_DAY, NewLetter, put_letter
from school.database import as_date, fetch_all, transaction
from school.letters import RegisterDayLine, register_day
from school.models import DayDone
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.lessons import full_name
from school.rules.letters import BY_DUTY

#: Nights that the worker slept through are made up, but not older ones: such a letter warns.
NIGHTS = 7
#: A letter of that day is of no use after.
GOOD_FOR = timedelta(days=14)

SCHOOLS = "SELECT id, time_zone FROM school ORDER BY id"

DONE = "SELECT done_on FROM day_done WHERE name = ? AND school_id = ? AND done_on >= ?"

ENTRIES = """
SELECT h.id, h.at, h.actor_id, h.acting_for_id, h.lesson_id, h.field, h.old,
       l.held_on, l.lesson_number, l.teacher_id, l.teaching_group_id, j.name, g.name,
       p.surname, p.given_name, p.patronymic
FROM history h
JOIN lesson l ON l.id = h.lesson_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
LEFT JOIN person p ON p.id = h.actor_id
WHERE h.school_id = ? AND h.at >= ? AND h.at < ?
  AND h.field NOT IN ('teacher', 'place', 'room', 'cancelled')
ORDER BY h.id
"""

TEACHERS = """
SELECT teaching_group_id, teacher_id FROM group_teacher
WHERE school_id = ? AND from_on <= ? AND (until_on IS NULL OR until_on >= ?)
"""


def put_register_letters(now: datetime) -> int:
    """Write the letters of the days that ended, in each school's own time zone; returns how
    many. Run as often as one likes: a day is done once, and its letters have keys."""
    written = 0
    for school_id, zone in fetch_all(SCHOOLS):
        today = clock.local(now, zone).date()
        days = [today - timedelta(days=n) for n in range(NIGHTS, 0, -1)]
        done = {as_date(row[0]) for row in fetch_all(DONE, (REGISTER_DAY, school_id, days[0]))}
        for day in days:
            if day not in done:
                written += _put_day(school_id, zone, day, now)
    return written


def _put_day(school_id: int, zone: str, day: date, now: datetime) -> int:
    with transaction():
        letters = _letters_of(school_id, zone, day, now)
        written = sum(put_letter(letter, now) for letter in letters)
        DayDone.insert(
            name=REGISTER_DAY, school=school_id, done_on=day, at=now
        ).on_conflict_ignore().execute()
    return written


@dataclass(slots=True)
class _Entries:
    """What one person wrote in one lesson."""

    row: tuple[Any, ...]
    counts: Counter[str] = field(default_factory=Counter)
    corrected: int = 0
    times: list[datetime] = field(default_factory=list)


def _letters_of(school_id: int, zone: str, day: date, now: datetime) -> list[NewLetter]:
    begins = clock.moment_of(day, "00:00", zone)
    ends = clock.moment_of(day + timedelta(days=1), "00:00", zone)
    rows = fetch_all(ENTRIES, (school_id, to_milliseconds(begins), to_milliseconds(ends)))
    if not rows:
        return []
    own: dict[int, set[int]] = defaultdict(set)
    for group_id, teacher_id in fetch_all(TEACHERS, (school_id, day, day)):
        own[group_id].add(teacher_id)
    #: Teacher → (lesson, who wrote) → entries.
    found: dict[int, dict[tuple[int, int | None], _Entries]] = defaultdict(dict)
    for row in rows:
        _, at, actor_id, acting_for_id, lesson_id, name, old = row[:7]
        teachers = {row[9], *own[row[10]]}
        if acting_for_id is not None:
            teachers.add(acting_for_id)
        for teacher_id in teachers:
            entries = found[teacher_id].setdefault((lesson_id, actor_id), _Entries(row))
            entries.counts[name] += 1
            entries.corrected += bool(old)
            entries.times.append(clock.local(from_milliseconds(at), zone))
    return [
        NewLetter(
            key=f"{REGISTER_DAY}:{school_id}:{teacher_id}:{day}",
            kind=REGISTER_DAY,
            person_id=teacher_id,
            text=register_day(day, _lines(teacher_id, lessons)),
            grounds=BY_DUTY,
            school_id=school_id,
            good_until=now + GOOD_FOR,
        )
        for teacher_id, lessons in sorted(found.items())
    ]


def _lines(
    teacher_id: int, lessons: dict[tuple[int, int | None], _Entries]
) -> list[RegisterDayLine]:
    lines = [
        RegisterDayLine(
            lesson_id=lesson_id,
            subject=entries.row[11],
            group_name=entries.row[12],
            held_on=as_date(entries.row[7]),
            lesson_number=entries.row[8],
            who="" if actor_id == teacher_id else _name(entries.row),
            counts=tuple(sorted(entries.counts.items())),
            corrected=entries.corrected,
            first_at=min(entries.times),
            last_at=max(entries.times),
        )
        for (lesson_id, actor_id), entries in lessons.items()
    ]
    # What somebody else wrote, and corrections, first: that is what the letter is for.
    return sorted(lines, key=lambda line: (not line.who, not line.corrected, line.first_at))


def _name(row: tuple[Any, ...]) -> str:
    return full_name(*row[13:16]) if row[13] else "неизвестно кто"
