"""Counts that may leave a school: no group under five, nor one that a subtraction would show (G3).

What is shown of a month never depends on what else is asked: a span of months, or all schools
together, is put together from what each month of each school shows by itself. So no difference of
two spans, of a total and its parts, or of yesterday's page and today's says more than was shown.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

#: A smaller group is not shown.
FEWEST = 5

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Few:
    """A count as it may be told: exactly `known`, or that and something more."""

    known: int = 0
    #: Something was left out: it is `known` or more.
    and_more: bool = False

    def __add__(self, other: "Few") -> "Few":
        return Few(self.known + other.known, self.and_more or other.and_more)


#: Too few to be shown, or left out so that others cannot be found.
HIDDEN = Few(0, and_more=True)


def add_up(counts: Iterable[Few]) -> Few:
    """Of what is shown, and that there is more."""
    return sum(counts, Few())


def hide_small(counts: Mapping[Key, int], fewest: int = FEWEST) -> dict[Key, Few]:
    """The parts of one whole as they may be told.

    Parts under `fewest` are hidden, none at all too: who knew which are nothing would know more of
    the others. The whole may be known from another division of it (requests by kind and by
    channel), so what is hidden must be at least two parts and `fewest` together, and not all of
    them as large as a hidden part can be: else the next smallest are hidden with them, those that
    are equal all at once (which of them went would be telling). A whole that is too small is
    hidden altogether.
    """
    limit = fewest
    while _is_found([count for count in counts.values() if count < limit], fewest):
        left = [count for count in counts.values() if count >= limit]
        if not left:
            break
        limit = min(left) + 1
    return {key: HIDDEN if count < limit else Few(count) for key, count in counts.items()}


def _is_found(hidden: Sequence[int], fewest: int) -> bool:
    """Whether a small part among the hidden ones could be found from their sum."""
    whole = sum(hidden)
    return whole > 0 and (len(hidden) < 2 or whole < fewest or whole == len(hidden) * (fewest - 1))


def hide_whole(count: int, fewest: int = FEWEST) -> Few:
    """A whole, by itself."""
    return Few(count) if count >= fewest else HIDDEN


@dataclass(frozen=True, slots=True)
class Kept:
    """How a promise was kept, as it may be told: of `all` cases at least `in_time_from` and at
    most `in_time_until` were in time."""

    all: int = 0
    in_time_from: int = 0
    in_time_until: int = 0
    #: So many are not done yet, in whole fives; a running number says no more than that.
    owed: int = 0
    #: There are cases that are too few to be shown.
    has_hidden: bool = False

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(
            self.all + other.all,
            self.in_time_from + other.in_time_from,
            self.in_time_until + other.in_time_until,
            self.owed + other.owed,
            self.has_hidden or other.has_hidden,
        )

    @property
    def shares(self) -> tuple[Fraction, Fraction] | None:
        """From and until: equal where the share is known exactly; None where nothing is told."""
        if not self.all:
            return None
        return Fraction(self.in_time_from, self.all), Fraction(self.in_time_until, self.all)

    @property
    def late(self) -> tuple[int, int]:
        """Not in time: from and until."""
        return self.all - self.in_time_until, self.all - self.in_time_from


def keep_apart(in_time: int, late: int, overdue: int, fewest: int = FEWEST) -> Kept:
    """How the promises whose term ended in one month were kept: in time, late, not at all yet.

    Of a few that were late (or of a few that were not) no more is told than that they are few.
    """
    cases = in_time + late + overdue
    if cases < fewest:
        return Kept(has_hidden=cases > 0)
    owed = overdue - overdue % fewest
    missed = late + overdue
    if 0 < missed < fewest:
        return Kept(cases, cases - fewest + 1, cases - 1, 0)
    if 0 < in_time < fewest:
        return Kept(cases, 1, fewest - 1, owed)
    return Kept(cases, in_time, in_time, owed)
