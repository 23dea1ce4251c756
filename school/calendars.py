"""The production calendar of Russia, as plain sets for rules/.

Public holidays and the government's transfers come from the package `holidays`, which answers
for any year, also for those whose transfers nobody has decided yet. CONFIRMED says for which
years we have seen the government's act; all others carry a warning until an administrator
confirms them (school/actions/calendars.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from school.rules.working_days import SATURDAY, WorkingDays

#: Year → the act of the government on the transfer of days off that the package's days were
#: compared with, day by day (tests/school/test_calendars.py holds the days).
CONFIRMED = {
    2024: "постановление Правительства РФ от 10.08.2023 № 1314",
    2025: "постановление Правительства РФ от 04.10.2024 № 1335",
    2026: "постановление Правительства РФ от 24.09.2025 № 1466",
}
#: The package knows Russian holidays of these years.
FIRST_YEAR, LAST_YEAR = 1991, 2100


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not what its day of the week says."""

    day: date
    is_working: bool
    name: str


@lru_cache(maxsize=64)
def list_special_days(year: int) -> tuple[SpecialDay, ...]:
    """The year's days off on Monday to Friday and its working Saturdays and Sundays, by date."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return ()
    from holidays.countries.russia import Russia  # 0.2 s and 12 MB: only where it is asked

    # Each year alone: asked for by the package's own rules, others would come along.
    calendar = Russia(years=[year], language="ru", expand=False)
    off = [
        SpecialDay(day, False, name)
        for day, name in calendar.items()
        if day.weekday() < SATURDAY and day.year == year
    ]
    worked = [
        SpecialDay(day, True, "Рабочий день (выходной перенесён)")
        for day in calendar.weekend_workdays
        if day.year == year
    ]
    return tuple(sorted([*off, *worked], key=lambda special: special.day))


@lru_cache(maxsize=64)
def working_days(
    first_year: int, last_year: int, confirmed: frozenset[int] = frozenset(CONFIRMED)
) -> WorkingDays:
    """The production calendar of a span of years, both included, without corrections."""
    years = range(first_year, last_year + 1)
    days = [special for year in years for special in list_special_days(year)]
    return WorkingDays(
        off=frozenset(special.day for special in days if not special.is_working),
        working=frozenset(special.day for special in days if special.is_working),
        years=frozenset(year for year in years if FIRST_YEAR <= year <= LAST_YEAR),
        unconfirmed=frozenset(years) - confirmed,
    )


def days_of_year(year: int) -> Iterable[date]:
    """Every day of a year."""
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)
