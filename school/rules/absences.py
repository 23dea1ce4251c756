"""Counting what was missed, in lessons and in days, by reason: pure decisions.

B4, H25 (absences by reason). How it is counted:

- a *lesson* is missed where its register says so; who came late was there;
- a *day* is missed where every lesson of the day was: of a day with one lesson attended, only
  the lessons count. Cancelled lessons are none, nor are clubs (внеурочная деятельность). A
  lesson whose attendance nobody entered says nothing of an absence, so its day does not count
  until somebody enters it (it is owed, C3);
- a missed day goes to the reason of most of its lessons, of equal ones to the one that the
  register names later («н» with «б» is «б»: what is known says more than what is not).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from school.rules.marks import ATTENDANCE_CODES, LATE

#: Codes of absence in the order of lists; what another school wrote comes last.
_ORDER = [code.code for code in ATTENDANCE_CODES if code.is_absence]


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one pupil and day: in how many lessons one and the same was entered."""

    day: date
    #: A code of attendance; empty: nothing was entered.
    code: str
    lessons: int
    #: Minutes of lateness, all together, where they are known.
    late_minutes: int = 0


@dataclass(frozen=True, slots=True)
class AbsenceCount:
    """What a pupil missed in a span of days. Codes come in the order of lists."""

    #: Code → missed lessons; code → missed days.
    lessons: dict[str, int] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)
    #: How often the pupil came late, and by how many minutes in all.
    late: int = 0
    late_minutes: int = 0

    @property
    def missed_lessons(self) -> int:
        return sum(self.lessons.values())

    @property
    def missed_days(self) -> int:
        return sum(self.days.values())


def count_absences(tallies: Iterable[Tally]) -> AbsenceCount:
    """Absences of one pupil, out of what was entered in *all* lessons that were held for them:
    those with nothing entered too, or days would count that were not missed."""
    lessons: Counter[str] = Counter()
    of_day: dict[date, Counter[str]] = defaultdict(Counter)
    late = minutes = 0
    for tally in tallies:
        of_day[tally.day][tally.code] += tally.lessons
        if tally.code == LATE:
            late += tally.lessons
            minutes += tally.late_minutes
        elif tally.code:
            lessons[tally.code] += tally.lessons
    days = Counter(
        max(codes, key=lambda code: (codes[code], order(code)))
        for codes in of_day.values()
        if "" not in codes and LATE not in codes
    )
    return AbsenceCount(_in_order(lessons), _in_order(days), late, minutes)


def add_up(counts: Iterable[AbsenceCount]) -> AbsenceCount:
    """Several pupils' absences together: of a class."""
    lessons: Counter[str] = Counter()
    days: Counter[str] = Counter()
    late = minutes = 0
    for count in counts:
        lessons.update(count.lessons)
        days.update(count.days)
        late += count.late
        minutes += count.late_minutes
    return AbsenceCount(_in_order(lessons), _in_order(days), late, minutes)


def order(code: str) -> int:
    """The place of a code of absence in lists."""
    return _ORDER.index(code) if code in _ORDER else len(_ORDER)


def _in_order(counts: Counter[str]) -> dict[str, int]:
    return {code: counts[code] for code in sorted(counts, key=lambda code: (order(code), code))}
