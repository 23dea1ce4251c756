"""How long somebody has, and until which moment.

One reading for all rows (docs/decisions, «Terms»): the day of the event is not counted; days are
calendar days and are not moved off a day off; working days follow the production calendar; a
term in days ends with the last minute of its last local day, a term in hours with that minute.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from zoneinfo import ZoneInfo

#: Due moments and entries are compared in milliseconds, as the database keeps them.
LAST_MILLISECOND = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)
SUNDAY = 6


class Unit(Enum):
    """What a term is counted in; the value is the key of the regulation's file."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    WEEKS = "weeks"


#: More than this is a slip of the pen, not a term.
LARGEST = {
    Unit.MINUTES: 24 * 60,
    Unit.HOURS: 31 * 24,
    Unit.DAYS: 366,
    Unit.WORKING_DAYS: 250,
    Unit.WEEKS: 8,
}


@dataclass(frozen=True, slots=True)
class Term:
    """So many of a unit, never a bare number: Term(5, Unit.WORKING_DAYS)."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise ValueError(f"срок — целое число, а не «{self.amount}»")
        if self.amount < 0:
            raise ValueError(f"срок не может быть отрицательным: {self.amount}")
        if self.amount > LARGEST[self.unit]:
            raise ValueError(f"слишком большой срок: {self.amount}, не больше {LARGEST[self.unit]}")


IsWorkingDay = Callable[[date], bool]


def due_at(
    term: Term, event: date | datetime, zone: tzinfo | str, is_working_day: IsWorkingDay
) -> datetime:
    """The last moment (aware, UTC) that is still in time.

    `event` is a local date or an aware datetime, `zone` the school's time zone (IANA name).
    «23:59» and «at that minute» include the whole minute, so the answer is its last millisecond:
    an entry is in time when `entered_at <= due_at(…)`, and the answer's minute is what people
    are shown. Hours and minutes are elapsed time, counted from the minute of the event; a bare
    date counts from its 23:59. Days end with the local day, whatever the clocks do that night.
    Weeks end with a Sunday: one week is the calendar week of the event itself (C7).

    Raises ValueError for a naive datetime, OverflowError beyond the calendar, LookupError where
    a calendar has no working day within a year.
    """
    zone = zone_of(zone)
    if term.unit in (Unit.HOURS, Unit.MINUTES):
        elapsed = timedelta(**{term.unit.value: term.amount})
        return _minute_of(event, zone) + elapsed + MINUTE - LAST_MILLISECOND
    day = local_date(event, zone)
    if term.unit is Unit.DAYS:
        last = day + timedelta(days=term.amount)
    elif term.unit is Unit.WORKING_DAYS:
        last = add_working_days(day, term.amount, is_working_day)
    else:
        last = day + timedelta(days=SUNDAY - day.weekday() + 7 * (term.amount - 1))
    return end_of_day(last, zone)


def zone_of(zone: tzinfo | str) -> tzinfo:
    """A zone by its IANA name, or as it is."""
    return ZoneInfo(zone) if isinstance(zone, str) else zone


def local_date(event: date | datetime, zone: tzinfo) -> date:
    """The day of an event where the school is."""
    if not isinstance(event, datetime):
        return event
    if event.tzinfo is None:
        raise ValueError(f"a moment must be an aware datetime, not {event!r}")
    return event.astimezone(zone).date()


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """The last millisecond (UTC) of a local day: 23:59, inclusive."""
    # By the next midnight: 23:59 itself may come twice, or not at all, when clocks are changed.
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return midnight.astimezone(UTC) - LAST_MILLISECOND


#: A year without a working day is a broken calendar, not a long term.
LONGEST_REST = 366


def add_working_days(day: date, amount: int, is_working_day: IsWorkingDay) -> date:
    """The amount-th working day after a day, which itself is not counted. With 0 the day itself."""
    rest = 0
    while amount > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            amount, rest = amount - 1, 0
        else:
            rest += 1
            if rest > LONGEST_REST:
                raise LookupError("в производственном календаре нет рабочих дней")
    return day


def _minute_of(event: date | datetime, zone: tzinfo) -> datetime:
    if not isinstance(event, datetime):
        return (end_of_day(event, zone) + LAST_MILLISECOND) - MINUTE
    if event.tzinfo is None:
        raise ValueError(f"a moment must be an aware datetime, not {event!r}")
    return event.astimezone(UTC).replace(second=0, microsecond=0)
