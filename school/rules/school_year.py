"""How a school year is usually divided, as a proposal that a school mends."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

QUARTERS, TRIMESTERS, QUARTERS_AND_HALVES = "quarters", "trimesters", "mixed"
SCHEMES = {
    QUARTERS_AND_HALVES: "1–9 классы — четверти, 10–11 — полугодия",
    QUARTERS: "все классы — четверти",
    TRIMESTERS: "все классы — триместры",
}
LAST_GRADE = 11
_QUARTERS = (((9, 1), (10, 25)), ((11, 2), (12, 30)), ((1, 11), (3, 21)), ((3, 29), (5, 26)))
_TRIMESTERS = (((9, 1), (11, 15)), ((11, 23), (2, 14)), ((2, 22), (5, 26)))
_HALVES = (((9, 1), (12, 30)), ((1, 11), (5, 26)))
_BREAKS = {1: "Осенние каникулы", 2: "Зимние каникулы", 3: "Весенние каникулы"}


@dataclass(frozen=True, slots=True)
class ProposedPeriod:
    """A study period; `kind` as in the table of study periods."""

    kind: str
    ordinal: int
    name: str
    from_grade: int
    until_grade: int
    from_on: date
    until_on: date


def first_day_of_year(today: date) -> date:
    """1 September of the school year that a day belongs to; from June on of the next one."""
    return date(today.year if today.month >= 6 else today.year - 1, 9, 1)


def propose_periods(scheme: str, first_year: int) -> list[ProposedPeriod]:
    """The usual periods of the school year that begins in a calendar year."""
    if scheme == TRIMESTERS:
        return _made("trimester", "триместр", _TRIMESTERS, (1, LAST_GRADE), first_year)
    last = LAST_GRADE if scheme == QUARTERS else 9
    found = _made("quarter", "четверть", _QUARTERS, (1, last), first_year)
    if scheme == QUARTERS_AND_HALVES:
        found += _made("half_year", "полугодие", _HALVES, (10, LAST_GRADE), first_year)
    return found


def _made(
    kind: str,
    word: str,
    spans: tuple[tuple[tuple[int, int], tuple[int, int]], ...],
    grades: tuple[int, int],
    first_year: int,
) -> list[ProposedPeriod]:
    ending = {"четверть": "я", "триместр": "й", "полугодие": "е"}[word]
    return [
        ProposedPeriod(
            kind, number, f"{number}-{ending} {word}", *grades,
            date(first_year + (begin[0] < 9), *begin), date(first_year + (end[0] < 9), *end),
        )
        for number, (begin, end) in enumerate(spans, start=1)
    ]  # fmt: skip


def breaks_between(periods: list[ProposedPeriod]) -> list[tuple[str, date, date]]:
    """Holidays that lie between the periods of the lowest grades: name, first and last day."""
    lowest = min((p.from_grade for p in periods), default=1)
    own = sorted((p for p in periods if p.from_grade == lowest), key=lambda p: p.from_on)
    found = []
    for number, (one, two) in enumerate(pairwise(own), start=1):
        first, last = one.until_on + timedelta(days=1), two.from_on - timedelta(days=1)
        if first <= last:
            name = _BREAKS.get(number, "Каникулы") if len(own) == 4 else "Каникулы"
            found.append((name, first, last))
    return found


def next_year_day(day: date) -> date:
    """The same day a year later; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
