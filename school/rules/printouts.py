"""Weekly printouts: for which weeks they are owed, and in which size of letters. Pure.

C7 (Регламент СОШ № 19, п. 4): at least once a week, by the end of each calendar week in term and
of the week after a period's end; weeks of holidays by a flag of the regulation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = timedelta(days=7)
#: Friday at 15:00, where a school has not chosen: lessons are over, and there is time to hand over.
USUAL_WEEKDAY, USUAL_HOUR = 4, 15
FRIDAY, SATURDAY = 4, 5


@dataclass(frozen=True, slots=True)
class GradeYear:
    """What of a school's year decides for a grade; all spans include both ends."""

    #: The school year.
    from_on: date
    until_on: date
    #: Study periods; empty: the school year is one.
    periods: tuple[tuple[date, date], ...] = ()
    #: Days without lessons.
    breaks: tuple[tuple[date, date | None], ...] = ()


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def list_mondays(from_on: date, until_on: date) -> list[date]:
    """The Mondays of the weeks that touch a span, in order."""
    first = monday_of(from_on)
    return [first + WEEK * n for n in range((monday_of(until_on) - first).days // 7 + 1)]


def is_owed(monday: date, year: GradeYear, *, in_holidays: bool) -> bool:
    """Whether the week of a Monday is one for which printouts are owed: it has a day of lessons,
    Monday to Saturday; or a period ended in it or in the one before, so that there are results
    to tell; or it is a week of the holidays and the regulation wants those too."""
    days = [monday + timedelta(days=n) for n in range(SATURDAY + 1)]
    if not any(year.from_on <= day <= year.until_on for day in days):
        return _ended_before(monday, year)
    periods = year.periods or ((year.from_on, year.until_on),)
    in_term = any(
        _is_in(day, periods)
        and not _is_in(day, year.breaks)
        # A Saturday between days off belongs to them.
        and (day.weekday() != SATURDAY or not _is_in(day - timedelta(days=1), year.breaks))
        for day in days
    )
    return in_term or in_holidays or _ended_before(monday, year)


def _ended_before(monday: date, year: GradeYear) -> bool:
    """Whether a period ended in the week before."""
    return any(monday - WEEK <= until_on < monday for _, until_on in year.periods)


def _is_in(day: date, spans: Iterable[tuple[date, date | None]]) -> bool:
    return any(from_on <= day and (until is None or day <= until) for from_on, until in spans)
