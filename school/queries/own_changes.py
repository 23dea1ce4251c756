"""What changes in a teacher's own lessons."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from school.database import as_date, fetch_all
from school.queries.diary import CHANGE_COLUMNS, CHANGE_PEOPLE, STILL_SO, change_words


@dataclass(frozen=True, slots=True)
class OwnChange:
    """A change in a teacher's lessons, as their first page says it."""

    lesson_id: int
    held_on: date
    lesson_number: int
    subject: str
    group_name: str
    words: str


OWN_CHANGES = f"""
SELECT l.id, l.held_on, l.lesson_number, j.name, g.name, {CHANGE_COLUMNS}
FROM lesson l
JOIN lesson_change h ON h.school_id = l.school_id AND h.lesson_id = l.id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
{CHANGE_PEOPLE}
WHERE l.school_id IN ({{places}}) AND l.held_on BETWEEN ? AND ? AND {STILL_SO}
  AND (l.teacher_id = ? OR h.teacher_was_id = ?)
ORDER BY l.starts_at, h.id
"""


def list_own_changes(
    teacher_id: int, school_ids: Collection[int], from_on: date, until_on: date
) -> tuple[OwnChange, ...]:
    """What changes the lessons of a teacher, or those they were to hold, over some days."""
    schools = sorted(school_ids)
    rows = fetch_all(
        OWN_CHANGES.format(places=", ".join("?" * len(schools))),
        (*schools, from_on, until_on, teacher_id, teacher_id),
    )
    return tuple(
        OwnChange(row[0], as_date(row[1]), row[2], row[3], row[4], change_words(*row[5:]))
        for row in rows
    )
