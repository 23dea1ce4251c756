"""The school year around a day: study periods, holidays, days off."""

from dataclasses import dataclass
from datetime import date, timedelta

from school.rules.access import holds

#: Weeks of lessons from 1 September to New Year; the plans cover this half of the year.
HALF_YEAR_WEEKS = 17

MONDAY, SUNDAY = 1, 7
ALL_GRADES = (1, 11)


@dataclass(frozen=True, slots=True)
class Period:
    kind: str
    ordinal: int
    name: str
    grades: tuple[int, int]
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class Break:
    kind: str
    name: str
    from_on: date
    until_on: date
    grades: tuple[int, int] = ALL_GRADES


@dataclass(frozen=True, slots=True)
class Year:
    """A school year of one school."""

    from_on: date
    until_on: date
    periods: tuple[Period, ...]
    breaks: tuple[Break, ...]

    @property
    def name(self) -> str:
        return f"{self.from_on.year}/{self.until_on.year % 100:02}"

    def is_school_day(self, day: date, days_in_week: int) -> bool:
        """Whether some grade has lessons on a day."""
        return (
            self.from_on <= day <= self.until_on
            and day.isoweekday() <= days_in_week
            and not any(
                holds(off.from_on, off.until_on, day)
                for off in self.breaks
                if off.grades == ALL_GRADES
            )
        )

    def school_days(self, from_on: date, until_on: date, days_in_week: int) -> list[date]:
        """The days with lessons of a span, both ends inclusive."""
        days = (from_on + timedelta(days=n) for n in range((until_on - from_on).days + 1))
        return [day for day in days if self.is_school_day(day, days_in_week)]


def first_day(today: date) -> date:
    """1 September of the year that contains a day; in summer of the year that ended."""
    return date(today.year if today.month >= 9 else today.year - 1, 9, 1)


def make_year(from_on: date, *, grades: tuple[int, int], trimesters: bool) -> Year:
    """The year that begins on a 1 September, divided as a school divides it."""
    until_on = date(from_on.year + 1, 5, 31)
    autumn, winter, spring = holidays = _holidays(from_on.year)
    first_graders = _week(
        "Дополнительные каникулы для первоклассников", date(from_on.year + 1, 2, 15), (1, 1)
    )
    if trimesters:
        kind, called = "trimester", "триместр"
        spans = _trimesters(from_on, until_on)
    else:
        kind, called = "quarter", "четверть"
        spans = _between(from_on, until_on, holidays)
    basic = (grades[0], min(grades[1], 9))
    periods = [
        Period("year", 1, "Учебный год", grades, from_on, until_on),
        *(
            Period(kind, ordinal, f"{ordinal} {called}", basic, *span)
            for ordinal, span in enumerate(spans, start=1)
        ),
    ]
    if grades[1] >= 10:
        periods += [
            Period("half_year", ordinal, f"{ordinal} полугодие", (10, 11), *span)
            for ordinal, span in enumerate(_between(from_on, until_on, [winter]), start=1)
        ]
    breaks = [autumn, winter, first_graders, spring, *_days_off(from_on.year)]
    return Year(from_on, until_on, tuple(periods), tuple(breaks))


def _holidays(year: int) -> list[Break]:
    """Autumn, winter and spring holidays."""
    found = []
    for name, not_after in (
        ("Осенние каникулы", date(year, 10, 31)),
        ("Весенние каникулы", date(year + 1, 3, 31)),
    ):
        monday = not_after - timedelta(days=not_after.isoweekday() - MONDAY)
        saturday, sunday = monday - timedelta(days=2), monday + timedelta(days=6)
        found.append(Break("holidays", name, saturday, sunday))
    found.insert(1, _winter(year))
    return found


def _trimesters(from_on: date, until_on: date) -> list[tuple[date, date]]:
    december, march = date(from_on.year, 12, 1), date(until_on.year, 3, 1)
    day = timedelta(days=1)
    return [(from_on, december - day), (december, march - day), (march, until_on)]


def _winter(year: int) -> Break:
    until_on = date(year + 1, 1, 9)
    until_on += timedelta(days=SUNDAY - until_on.isoweekday())
    return Break("holidays", "Зимние каникулы", date(year, 12, 31), until_on)


def _week(name: str, not_before: date, grades: tuple[int, int] = ALL_GRADES) -> Break:
    monday = not_before + timedelta(days=(MONDAY - not_before.isoweekday()) % 7)
    return Break("holidays", name, monday, monday + timedelta(days=6), grades)


def _days_off(year: int) -> list[Break]:
    days = (
        ("День народного единства", date(year, 11, 4)),
        ("День защитника Отечества", date(year + 1, 2, 23)),
        ("Международный женский день", date(year + 1, 3, 8)),
        ("Праздник Весны и Труда", date(year + 1, 5, 1)),
        ("День Победы", date(year + 1, 5, 9)),
    )
    return [Break("day_off", name, day, day) for name, day in days]


def _between(from_on: date, until_on: date, ends: list[Break]) -> list[tuple[date, date]]:
    """The spans before, between and after holidays."""
    begins = [from_on, *(off.until_on + timedelta(days=1) for off in ends)]
    last_days = [*(off.from_on - timedelta(days=1) for off in ends), until_on]
    return list(zip(begins, last_days, strict=True))
