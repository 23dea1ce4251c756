"""The production calendar as plain sets: Monday to Friday, but for holidays and transfers.

The same for a school with a six-day week: «рабочий день» is the calendar's, not the timetable's.
"""

from dataclasses import dataclass, replace
from datetime import date

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Which days are working days, as a function of the day.

    `off` are days off on Monday to Friday, `working` are Saturdays and Sundays that are worked;
    `years` are those the sets speak of: beyond them only the days of the week are known.
    """

    off: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()
    #: Years whose transfers the government has not confirmed, as far as we know.
    unconfirmed: frozenset[int] = frozenset()

    def __call__(self, day: date) -> bool:
        if day.weekday() < SATURDAY:
            return day not in self.off
        return day in self.working

    def corrected(self, corrections: dict[date, bool]) -> "WorkingDays":
        """With the administrator's corrections: day → whether it is worked."""
        made_working = {day for day, works in corrections.items() if works}
        made_off = corrections.keys() - made_working
        return replace(
            self,
            off=frozenset((self.off | made_off) - made_working),
            working=frozenset((self.working | made_working) - made_off),
        )

    def warnings_between(self, first: date, last: date) -> tuple[int, ...]:
        """The years between two days, both included, that are not confirmed or not known."""
        known = self.years - self.unconfirmed
        return tuple(year for year in range(first.year, last.year + 1) if year not in known)
