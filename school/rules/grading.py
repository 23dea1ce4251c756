"""The average of a pupil's marks, in exact arithmetic.

H1: plain, weighted or by important works, as the school sets it; the page shows the sum behind
it. Fractions from end to end: a float would put 4,4999… on the wrong side of a threshold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

ONE = Fraction(1)
PLAIN = "plain"
WEIGHTED = "weighted"
IMPORTANT = "important"

#: From which average on a 3, a 4 and a 5 is proposed.
Thresholds = tuple[Fraction, Fraction, Fraction]
USUAL_THRESHOLDS: Thresholds = (Fraction(5, 2), Fraction(7, 2), Fraction(9, 2))

#: What has a number counts: not «зач», «осв», nor a «точка». A school that has no «1» has no
#: such marks either.
COUNTED = {value: int(value) for value in ("1", "2", "3", "4", "5")}


def thresholds_from(fraction: Fraction) -> Thresholds:
    """The thresholds that lie a fraction above 2, 3 and 4: 0,6 makes 2,6 / 3,6 / 4,6."""
    return (2 + fraction, 3 + fraction, 4 + fraction)


@dataclass(frozen=True, slots=True)
class GradingPolicy:
    """How a school makes averages of marks."""

    way: str = WEIGHTED
    thresholds: Thresholds = USUAL_THRESHOLDS
    #: Whether the school gives «1».
    ones_allowed: bool = False


@dataclass(frozen=True, slots=True)
class GradedMark:
    """A mark with what its work says of it; two marks in one cell are two of these."""

    value: str
    weight: Fraction = Fraction(1)
    is_important: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One mark in the sum."""

    mark: int
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Average:
    """An average and the sum it comes from."""

    terms: tuple[Term, ...]

    @property
    def total(self) -> Fraction:
        """Marks times their weights."""
        return sum((weight * marks for weight, marks, _ in self._sums()), Fraction(0))

    @property
    def weights(self) -> Fraction:
        return sum((weight * count for weight, _, count in self._sums()), Fraction(0))

    def _sums(self) -> Iterable[tuple[Fraction, int, int]]:
        """Weights, each with the sum of its marks and how many they are: fractions are slow to
        add and to compare, and many marks have few weights between them. One weight that comes
        as two objects is added twice, which is as right."""
        sums: dict[int, tuple[Fraction, int, int]] = {}
        for term in self.terms:
            _, marks, count = sums.get(id(term.weight), (term.weight, 0, 0))
            sums[id(term.weight)] = (term.weight, marks + term.mark, count + 1)
        return sums.values()

    @property
    def value(self) -> Fraction:
        return self.total / self.weights


def find_average(marks: Iterable[GradedMark], policy: GradingPolicy) -> Average | None:
    """The average by a school's policy, or None while no mark counts."""
    counted = [mark for mark in marks if mark.value in COUNTED]
    if policy.way == IMPORTANT:
        counted = [mark for mark in counted if mark.is_important]
    terms = tuple(
        Term(COUNTED[mark.value], mark.weight if policy.way == WEIGHTED else ONE)
        for mark in counted
    )
    average = Average(terms)
    # A school may give works that do not count the weight 0.
    return average if average.weights > 0 else None


def round_average(value: Fraction, thresholds: Thresholds) -> int:
    """The mark, 2 to 5, that an average comes to: the threshold itself is reached."""
    return 2 + sum(value >= threshold for threshold in thresholds)


#: Enough to tell any average from a threshold with two digits after the comma.
MOST_DIGITS = 12


def decimal_text(value: Fraction, thresholds: Iterable[Fraction] = ()) -> str:
    """«4,60» of an average: two digits after the comma, more only where two would show it on
    the other side of a threshold (4,4967 is «4,497», never «4,50»)."""
    thresholds = tuple(thresholds)
    for digits in range(2, MOST_DIGITS + 1):
        scale = 10**digits
        # Half up, as people round; round() would take the even one.
        whole = (2 * value * scale + 1) // 2
        if all((Fraction(whole, scale) >= t) == (value >= t) for t in thresholds):
            break
    return f"{whole // scale},{whole % scale:0{digits}}"


def number_text(value: Fraction) -> str:
    """A weight or a sum of them as people write it: «3», «2,5», «1/3»."""
    rest = value.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    if value.denominator == 1 or rest != 1:
        return str(value)
    digits = 1
    while (value * 10**digits).denominator != 1:
        digits += 1
    scaled = int(value * 10**digits)
    return f"{scaled // 10**digits},{scaled % 10**digits:0{digits}}"
