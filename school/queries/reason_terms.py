"""Until when the class teacher may change reasons of absence (H2): until the period closes.

A period that the deputy head closes (`closing`) is closed from that moment; one that nobody closed
by hand closes with the term of changes (`changes_lock`) after its last day. Days outside of every
period never close.
"""

from dataclasses import dataclass
from datetime import date, datetime

from school import clock
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.locks import get_own_term, term_end

PERIODS = """
SELECT p.name, p.from_on, p.until_on,
       (SELECT MIN(x.closed_at) FROM closing x
        WHERE x.school_class_id = c.id AND x.study_period_id = p.id)
FROM school_class c
JOIN study_period p ON p.school_id = c.school_id AND p.school_year_id = c.school_year_id
     AND p.from_grade <= c.grade AND c.grade <= p.until_grade
WHERE c.school_id = ? AND c.id = ? AND p.from_on <= ? AND p.until_on >= ?
"""


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """A period whose reasons are settled."""

    name: str
    from_on: date
    until_on: date
    #: The last moment (UTC) in which they could be changed.
    closed_at: datetime


def list_closed_periods(
    school_id: int, class_id: int, from_on: date, until_on: date, *, time_zone: str, now: datetime
) -> tuple[ClosedPeriod, ...]:
    """The periods of a class that touch a span of days and are closed at a moment (UTC). Of
    periods within one another (a quarter, the year) the shortest that holds a day counts."""
    rows = sorted(
        (
            (name, as_date(begins), as_date(ends), closed)
            for name, begins, ends, closed in fetch_all(
                PERIODS, (school_id, class_id, until_on, from_on)
            )
        ),
        key=lambda row: row[2] - row[1],
    )
    found: list[ClosedPeriod] = []
    for name, begins, ends, closed in rows:
        if any(begins <= p.from_on and p.until_on <= ends for p in found):
            continue
        if closed is not None:
            found.append(ClosedPeriod(name, begins, ends, from_milliseconds(closed)))
            continue
        last_moment = clock.moment_of(ends, "23:59", time_zone)
        term = get_own_term(school_id, "changes_lock", time_zone, now)
        closed_at = term_end(term, last_moment, school_id, time_zone)
        found.append(ClosedPeriod(name, begins, ends, closed_at))
    return tuple(period for period in found if now > period.closed_at)


def closed_on(closed: tuple[ClosedPeriod, ...], day: date) -> ClosedPeriod | None:
    """The closed period that a day lies in, or None."""
    return next((p for p in closed if p.from_on <= day <= p.until_on), None)
