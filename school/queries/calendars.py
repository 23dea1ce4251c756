"""The production calendar of a school, with its administrator's corrections."""

from dataclasses import dataclass
from datetime import date

from school.calendars import CONFIRMED, working_days
from school.database import as_date, fetch_all
from school.rules.working_days import WorkingDays

#: A term begun in one year ends in the next; the longest take a year.
YEARS_BEFORE, YEARS_AFTER = 1, 2

# The newest row of a day holds; one that says nothing takes the correction back.
CORRECTIONS = """
SELECT c.corrected_on, c.is_working, c.reason FROM calendar_correction c
WHERE c.school_id = ? AND c.is_working IS NOT NULL
  AND c.id = (SELECT MAX(n.id) FROM calendar_correction n
              WHERE n.school_id = c.school_id AND n.corrected_on = c.corrected_on)
ORDER BY c.corrected_on
"""


@dataclass(frozen=True, slots=True)
class Correction:
    """A day that this school's administrator set otherwise."""

    day: date
    is_working: bool
    reason: str


def list_corrections(school_id: int) -> tuple[Correction, ...]:
    """The corrections of a school that hold, by date."""
    return tuple(
        Correction(as_date(day), bool(is_working), reason)
        for day, is_working, reason in fetch_all(CORRECTIONS, (school_id,))
    )


def list_confirmed_years(school_id: int) -> dict[int, str]:
    """Years that are confirmed for a school → by which act: ours and its administrator's."""
    sql = "SELECT year, act FROM calendar_year WHERE school_id = ? ORDER BY year"
    return CONFIRMED | dict(fetch_all(sql, (school_id,)))


def get_working_days(school_id: int, on: date, until: date | None = None) -> WorkingDays:
    """Which days are working days for a school, good for terms that begin between two days (or
    on one): the production calendar with the administrator's corrections."""
    last = (until or on).year + YEARS_AFTER
    confirmed = frozenset(list_confirmed_years(school_id))
    calendar = working_days(on.year - YEARS_BEFORE, last, confirmed)
    corrections = {line.day: line.is_working for line in list_corrections(school_id)}
    return calendar.corrected(corrections) if corrections else calendar
