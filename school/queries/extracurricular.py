"""Attendance of extracurricular lessons, which have no marks (H25)."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from school.database import fetch_all
from school.models.fields import to_milliseconds


@dataclass(frozen=True, slots=True)
class ExtracurricularLine:
    """A group over a span of days; lessons that are over and were not cancelled."""

    group_id: int
    subject: str
    group_name: str
    pupils: int
    lessons: int
    taken: int
    #: Pupils × lessons whose attendance was taken, and how many of them were missed.
    places: int
    missed: int

    @property
    def share(self) -> Fraction | None:
        """Who came, of all who were to; None where no attendance was taken."""
        return Fraction(self.places - self.missed, self.places) if self.places else None


LINES = """
SELECT g.id, j.name, g.name,
       (SELECT COUNT(DISTINCT m.pupil_id) FROM group_membership m
        WHERE m.school_id = g.school_id AND m.teaching_group_id = g.id AND m.from_on <= ?
          AND (m.until_on IS NULL OR m.until_on >= ?)),
       COUNT(l.id), COUNT(l.attendance_taken_at),
       COALESCE(SUM(CASE WHEN l.attendance_taken_at IS NULL THEN 0 ELSE
         (SELECT COUNT(*) FROM group_membership m WHERE m.school_id = l.school_id
            AND m.teaching_group_id = l.teaching_group_id AND m.from_on <= l.held_on
            AND (m.until_on IS NULL OR m.until_on >= l.held_on)) END), 0),
       COALESCE(SUM(CASE WHEN l.attendance_taken_at IS NULL THEN 0 ELSE
         (SELECT COUNT(*) FROM attendance a WHERE a.school_id = l.school_id
            AND a.lesson_id = l.id AND a.code NOT IN ('', 'о')) END), 0)
FROM teaching_group g
JOIN school_year y ON y.id = g.school_year_id AND y.from_on <= ? AND y.until_on >= ?
JOIN subject j ON j.id = g.subject_id
LEFT JOIN lesson l ON l.school_id = g.school_id AND l.teaching_group_id = g.id
  AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL AND l.ends_at <= ?
WHERE g.school_id = ? AND g.is_extracurricular
GROUP BY g.id, j.name, g.name
ORDER BY j.name, g.name
"""


def list_extracurricular(
    school_id: int, from_on: date, until_on: date, now: datetime
) -> tuple[ExtracurricularLine, ...]:
    """The extracurricular groups of a school with their attendance over a span of days."""
    span = (until_on, from_on)
    values = (*span, *span, from_on, until_on, to_milliseconds(now), school_id)
    return tuple(
        ExtracurricularLine(
            row[0], row[1], row[2], row[3], row[4], row[5], int(row[6]), int(row[7])
        )
        for row in fetch_all(LINES, values)
    )


def owes_extracurricular(school_id: int) -> bool:
    """Whether the school asks for the attendance of these lessons like for all others."""
    rows = fetch_all("SELECT owes_extracurricular FROM school WHERE id = ?", (school_id,))
    return bool(rows and rows[0][0])
