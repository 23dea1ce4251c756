"""What pupils missed in a span of days, by reason, in lessons and in days (B4, H25).

The counting is school/rules/absences.py's; here is what was entered, one line a pupil, day and
code, however many lessons there were.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.rules.absences import AbsenceCount, Tally, count_absences

# DISTINCT: memberships of a group may overlap, and a lesson is still one. From the pupils' groups
# on, not from all lessons of the school.
TALLIES = """
SELECT t.pupil_id, t.held_on, t.code, COUNT(*), SUM(t.late_minutes)
FROM (
  SELECT DISTINCT gm.pupil_id, l.held_on, l.id, COALESCE(a.code, '') AS code,
         COALESCE(a.late_minutes, 0) AS late_minutes
  FROM group_membership gm
  JOIN lesson l ON l.school_id = gm.school_id AND l.teaching_group_id = gm.teaching_group_id
       AND l.held_on >= gm.from_on AND (gm.until_on IS NULL OR l.held_on <= gm.until_on)
  JOIN teaching_group g ON g.id = gm.teaching_group_id AND NOT g.is_extracurricular
  LEFT JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
       AND a.pupil_id = gm.pupil_id
  WHERE gm.pupil_id IN ({pupils}) AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL {school}
) t
GROUP BY t.pupil_id, t.held_on, t.code
"""
#: Pupils in one statement.
CHUNK = 300


def count_absences_of(
    pupil_ids: Collection[int], from_on: date, until_on: date, *, school_id: int | None = None
) -> dict[int, AbsenceCount]:
    """Pupil → what they missed from a day to a day, both included, whichever class they were in;
    with `school_id` in lessons of that school alone. Every pupil that is asked for is in the
    answer. One statement for up to CHUNK pupils."""
    found: dict[int, list[Tally]] = defaultdict(list)
    ordered = sorted(set(pupil_ids))
    for start in range(0, len(ordered), CHUNK):
        some = ordered[start : start + CHUNK]
        sql = TALLIES.format(
            pupils=", ".join("?" * len(some)),
            school="" if school_id is None else "AND l.school_id = ?",
        )
        of_school = () if school_id is None else (school_id,)
        for pupil_id, held_on, code, lessons, minutes in fetch_all(
            sql, (*some, from_on, until_on, *of_school)
        ):
            found[pupil_id].append(Tally(as_date(held_on), code, lessons, int(minutes)))
    return {pupil_id: count_absences(found[pupil_id]) for pupil_id in ordered}


@dataclass(frozen=True, slots=True)
class AbsenceCell:
    """An absence or a lateness that stands in a register."""

    lesson_id: int
    pupil_id: int
    held_on: date
    lesson_number: int
    #: Local times «08:30».
    starts: str
    ends: str
    subject: str
    code: str
    #: «10», or empty.
    minutes: str

    @property
    def key(self) -> tuple[int, int]:
        return self.pupil_id, self.lesson_id


CELLS = """
SELECT DISTINCT l.id, gm.pupil_id, l.held_on, l.lesson_number, l.starts_at, l.ends_at, j.name,
       a.code, a.late_minutes
FROM group_membership gm
JOIN lesson l ON l.school_id = gm.school_id AND l.teaching_group_id = gm.teaching_group_id
     AND l.held_on >= gm.from_on AND (gm.until_on IS NULL OR l.held_on <= gm.until_on)
JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
     AND a.pupil_id = gm.pupil_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
WHERE gm.school_id = ? AND gm.pupil_id IN ({pupils}) AND l.held_on BETWEEN ? AND ?
  AND l.cancelled_at IS NULL
ORDER BY l.held_on, l.lesson_number, l.id, gm.pupil_id
"""


def list_absence_cells(
    school_id: int, pupil_ids: Collection[int], from_on: date, until_on: date, time_zone: str
) -> tuple[AbsenceCell, ...]:
    """What stands in the registers of pupils from a day to a day, both included."""
    if not pupil_ids:
        return ()
    sql = CELLS.format(pupils=", ".join("?" * len(pupil_ids)))
    return tuple(
        AbsenceCell(
            row[0], row[1], as_date(row[2]), row[3],
            f"{local(from_milliseconds(row[4]), time_zone):%H:%M}",
            f"{local(from_milliseconds(row[5]), time_zone):%H:%M}",
            row[6], row[7], str(row[8] or ""),
        )
        for row in fetch_all(sql, (school_id, *pupil_ids, from_on, until_on))
    )  # fmt: skip
