"""What was corrected in a pupil's register, with old, new and date (H2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from school import wording
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.diary import LESSONS_OF_PUPIL
from school.rules.changes import changed_places, first_entered_at
from school.rules.register import name_of_work

ATTENDANCE_FIELDS = ("attendance", "late_minutes")


@dataclass(frozen=True, slots=True)
class Correction:
    """An entry that was replaced on a later day than it was made."""

    at: datetime
    held_on: date
    sentence: str


CORRECTIONS = f"""
SELECT DISTINCT h.id, h.at, h.field, h.row_id, h.old, h.new, l.held_on, j.name, k.name, w.title,
       s.time_zone
{LESSONS_OF_PUPIL}
JOIN history h ON h.school_id = l.school_id AND h.lesson_id = l.id AND h.pupil_id = gm.pupil_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
JOIN school s ON s.id = l.school_id
LEFT JOIN work w ON h.table_name = 'work' AND w.id = h.row_id
LEFT JOIN work_kind k ON k.id = w.work_kind_id
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND h.field IN ({{fields}})
ORDER BY h.id
"""


def list_corrections(
    pupil_id: int, from_on: date, until_on: date, fields: tuple[str, ...]
) -> tuple[Correction, ...]:
    """The corrections in lessons of a span of days, oldest first, of some fields of the register,
    in one statement."""
    sql = CORRECTIONS.format(fields=", ".join("?" * len(fields)))
    return find_corrections(fetch_all(sql, (pupil_id, from_on, until_on, *fields)))


def find_corrections(rows: Iterable[Sequence[Any]]) -> tuple[Correction, ...]:
    """The corrections among history rows with the columns of CORRECTIONS, oldest first. A slip
    that was mended on the day it was made is none: nobody need have seen it; neither is a mark in
    the place of a «точка», nor a second mark beside the first. What was corrected alike in several
    lessons of a day is one line: an absence that got its reason."""
    lines: dict[tuple[str, int], list[tuple[datetime, str]]] = {}
    alike: dict[tuple[Any, ...], tuple[datetime, list[str]]] = {}
    for _, milliseconds, field, row_id, old, new, held_on, subject, kind, title, zone in rows:
        at = from_milliseconds(milliseconds)
        before = lines.setdefault((field, row_id), [])
        entered_at = first_entered_at(before, changed_places(old, new))
        before.append((at, new))
        day = _day(at, zone)
        if entered_at is None or _day(entered_at, zone) == day:
            continue
        lesson_on = as_date(held_on)
        work = name_of_work(kind, title or "") if kind else ""
        _, subjects = alike.setdefault((lesson_on, field, work, old, new, day), (at, []))
        subjects.append(subject)
    return tuple(
        Correction(at, about[0], wording.correction(tuple(dict.fromkeys(subjects)), *about))
        for about, (at, subjects) in alike.items()
    )


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()
