"""The study periods of a pupil, and which of them a page shows."""

from dataclasses import dataclass
from datetime import date

from school.database import as_date, fetch_all
from school.rules.access import holds


@dataclass(frozen=True, slots=True)
class Period:
    #: None where the school has no periods and the calendar's school year stands in.
    period_id: int | None
    name: str
    from_on: date
    until_on: date
    school_id: int | None
    school: str

    @property
    def study_year(self) -> int:
        """The calendar year in which its school year began: schools number years apart."""
        return self.from_on.year if self.from_on.month >= 7 else self.from_on.year - 1


@dataclass(frozen=True, slots=True)
class PeriodChoice:
    """The period that a page shows, and those it links to."""

    shown: Period
    #: Of the same school year, in order, the shown one among them.
    of_year: tuple[Period, ...]
    #: The last one of the year before, and the first of the year after.
    earlier: Period | None
    later: Period | None

    @property
    def several_schools(self) -> bool:
        return len({period.school_id for period in self.of_year}) > 1


PERIODS = """
SELECT p.id, p.name, p.from_on, p.until_on, s.id, s.name
FROM enrolment e
JOIN school_class c ON c.id = e.school_class_id
JOIN study_period p ON p.school_id = e.school_id AND p.school_year_id = c.school_year_id
     AND p.from_grade <= c.grade AND c.grade <= p.until_grade
     AND p.until_on >= e.from_on AND (e.until_on IS NULL OR p.from_on <= e.until_on)
JOIN school s ON s.id = p.school_id
WHERE e.pupil_id = ?
ORDER BY e.from_on DESC, e.id DESC, p.id
"""


def find_period_choice(
    pupil_id: int, today: date, period_id: int | None = None
) -> PeriodChoice | None:
    """The asked-for period of a pupil (None where it is not theirs), else the one of today."""
    found = [
        Period(row[0], row[1], as_date(row[2]), as_date(row[3]), row[4], row[5])
        for row in fetch_all(PERIODS, (pupil_id,))
    ]
    periods = list({period.period_id: period for period in found}.values())
    if period_id is not None:
        shown = next((period for period in periods if period.period_id == period_id), None)
    else:
        # The newest enrolment comes first: its school's periods are the pupil's own by now.
        own = [period for period in periods if period.school_id == periods[0].school_id]
        shown = choose_period(own, today)
    return None if shown is None else _choice(shown, periods)


def choose_period(periods: list[Period], today: date) -> Period:
    """The shortest period that holds today, else the last one before, else the first ahead,
    else the school year by the calendar."""

    def length(period: Period) -> int:
        return (period.until_on - period.from_on).days

    now = [period for period in periods if holds(period.from_on, period.until_on, today)]
    # Between two quarters only the year holds: the quarter before says more.
    past = [period for period in periods if period.until_on < today]
    shortest = min(now, key=length, default=None)
    last = max(past, key=lambda period: (period.until_on, -length(period)), default=None)
    if shortest and last and last.from_on >= shortest.from_on:
        return last
    ahead = min(periods, key=lambda period: (period.from_on, length(period)), default=None)
    return shortest or last or ahead or _calendar_year(today)


def _calendar_year(today: date) -> Period:
    year = today.year if today.month >= 9 else today.year - 1
    return Period(None, "Учебный год", date(year, 9, 1), date(year + 1, 8, 31), None, "")


def _choice(shown: Period, periods: list[Period]) -> PeriodChoice:
    # The whole year comes after the parts that end with it.
    ordered = sorted(periods, key=lambda period: (period.until_on, -period.from_on.toordinal()))
    of_year = [period for period in ordered if period.study_year == shown.study_year]
    before = [period for period in ordered if period.study_year < shown.study_year]
    after = [period for period in ordered if period.study_year > shown.study_year]
    return PeriodChoice(
        shown,
        tuple(of_year),
        before[-1] if before else None,
        after[0] if after else None,
    )
