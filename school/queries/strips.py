"""A class's marks of some days, pupil by pupil, for the paper diary (D4)."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from school import wording
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.schools import ClassHead, list_pupils
from school.rules.marks import DOT, LATE


@dataclass(frozen=True, slots=True)
class Strip:
    """What is pasted into one pupil's paper diary."""

    pupil_id: int
    name: str
    #: (subject, its marks with their days).
    marks: tuple[tuple[str, str], ...]
    attendance: str


MARKS = """
SELECT m.pupil_id, j.name, l.held_on, w.id, m.value, k.name, w.weight
FROM lesson l
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id
JOIN enrolment e ON e.school_id = l.school_id AND e.school_class_id = ? AND e.pupil_id = m.pupil_id
     AND e.from_on <= l.held_on AND (e.until_on IS NULL OR e.until_on >= l.held_on)
JOIN work_kind k ON k.id = w.work_kind_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
WHERE l.school_id = ? AND l.held_on BETWEEN ? AND ?
ORDER BY l.held_on, l.lesson_number, w.ordinal, w.id, m.position
"""

ATTENDANCE = """
SELECT a.pupil_id, a.code, COALESCE(a.late_minutes, 0)
FROM lesson l
JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
JOIN enrolment e ON e.school_id = l.school_id AND e.school_class_id = ? AND e.pupil_id = a.pupil_id
     AND e.from_on <= l.held_on AND (e.until_on IS NULL OR e.until_on >= l.held_on)
WHERE l.school_id = ? AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL
"""

LAST_ENTRY = """
SELECT MAX(h.at) FROM lesson l
JOIN history h ON h.school_id = l.school_id AND h.lesson_id = l.id
JOIN enrolment e ON e.school_id = l.school_id AND e.school_class_id = ? AND e.pupil_id = h.pupil_id
WHERE l.school_id = ? AND l.held_on BETWEEN ? AND ?
"""


def list_strips(head: ClassHead, from_on: date, until_on: date) -> tuple[Strip, ...]:
    """A strip for each pupil of the class on the last of the days: four statements."""
    where = (head.class_id, head.school_id, from_on, until_on)
    works: dict[int, dict[tuple[str, int], list[str]]] = defaultdict(lambda: defaultdict(list))
    about: dict[int, tuple[date, str]] = {}
    for pupil_id, subject, held_on, work_id, value, kind, weight in fetch_all(MARKS, where):
        works[pupil_id][subject, work_id].append(value)
        heavy = weight != "1"
        about[work_id] = (as_date(held_on), kind.lower() if heavy else "")
    absences: dict[int, Counter[str]] = defaultdict(Counter)
    minutes: Counter[int] = Counter()
    for pupil_id, code, late_minutes in fetch_all(ATTENDANCE, where):
        absences[pupil_id][code] += 1
        minutes[pupil_id] += late_minutes
    return tuple(
        Strip(
            pupil_id=pupil.pupil_id,
            name=pupil.name,
            marks=_by_subject(works[pupil.pupil_id], about),
            attendance=_attendance(absences[pupil.pupil_id], minutes[pupil.pupil_id]),
        )
        for pupil in list_pupils(head, until_on)
    )


def _by_subject(
    works: dict[tuple[str, int], list[str]], about: dict[int, tuple[date, str]]
) -> tuple[tuple[str, str], ...]:
    found: dict[str, list[str]] = defaultdict(list)
    for (subject, work_id), values in works.items():
        held_on, name = about[work_id]
        cell = "/".join("ожидается" if value == DOT else value for value in values)
        found[subject].append(f"{cell} ({held_on:%d.%m}{', ' + name if name else ''})")
    ordered = sorted(found.items(), key=lambda item: item[0].casefold())
    return tuple((subject, ", ".join(cells)) for subject, cells in ordered)


def _attendance(codes: Counter[str], late_minutes: int) -> str:
    missed = [(code, lessons) for code, lessons in sorted(codes.items()) if code != LATE]
    return wording.absences(missed, late=codes[LATE], late_minutes=late_minutes)


def find_last_entry(head: ClassHead, from_on: date, until_on: date) -> datetime | None:
    """When something of these days was last entered for a pupil of the class."""
    moment = fetch_all(LAST_ENTRY, (head.class_id, head.school_id, from_on, until_on))[0][0]
    return None if moment is None else from_milliseconds(moment)
