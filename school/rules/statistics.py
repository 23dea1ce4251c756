"""What a school reads out of its results, as schools have always counted it (E5).

N is everybody who was to get a result: «н/а» is in it, «осв» is not, nor is who left. What was
passed or not («зач», «незач») stands beside it: it has no number to count with.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

NOT_ATTESTED = "н/а"
PASSED, FAILED, EXEMPT = "зач", "незач", "осв"

#: НОО, ООО, СОО with the grades they take in.
PROGRAMMES = (
    ("primary", "НОО (1–4 классы)", range(1, 5)),
    ("basic", "ООО (5–9 классы)", range(5, 10)),
    ("secondary", "СОО (10–11 классы)", range(10, 13)),
)

#: What each result brings into СОУ, of a hundred. «1» fails as «2» does.
ATTAINMENT = {"5": 100, "4": 64, "3": 36, "2": 16, "1": 16, NOT_ATTESTED: 7}


def programme_of(grade: int) -> str:
    """The key of the programme that a grade belongs to. Raises ValueError for no grade."""
    for key, _, grades in PROGRAMMES:
        if grade in grades:
            return key
    raise ValueError(f"no programme has a grade {grade}")


@dataclass(frozen=True, slots=True)
class ResultCounts:
    """How many results of each value, and the shares made of them; None where nobody counts."""

    counts: Mapping[str, int] = field(default_factory=dict)

    def of(self, *values: str) -> int:
        """How many results have one of these values."""
        return sum(self.counts.get(value, 0) for value in values)

    @property
    def counted(self) -> int:
        """N."""
        return self.of(*ATTAINMENT)

    @property
    def pass_rate(self) -> Fraction | None:
        """Успеваемость: 5, 4 and 3 of N."""
        return self._share(self.of("5", "4", "3"))

    @property
    def quality_rate(self) -> Fraction | None:
        """Качество знаний: 5 and 4 of N."""
        return self._share(self.of("5", "4"))

    @property
    def attainment(self) -> Fraction | None:
        """СОУ, степень обученности, as a share of one."""
        return self._share(Fraction(sum(self.of(v) * n for v, n in ATTAINMENT.items()), 100))

    @property
    def mean(self) -> Fraction | None:
        """Средний балл: of the numbers alone, «н/а» is none."""
        numbers = {value: n for value, n in self.counts.items() if value.isdigit()}
        all_of_them = sum(numbers.values())
        total = sum(int(value) * n for value, n in numbers.items())
        return Fraction(total, all_of_them) if all_of_them else None

    def __add__(self, other: "ResultCounts") -> "ResultCounts":
        return ResultCounts(Counter(self.counts) + Counter(other.counts))

    def _share(self, part: int | Fraction) -> Fraction | None:
        return Fraction(part) / self.counted if self.counted else None


def count_results(values: Iterable[str]) -> ResultCounts:
    """Counts of what stands in results, empty ones left out."""
    return ResultCounts(Counter(value for value in values if value))


EXCELLENT, GOOD, ONE_FOUR, ONE_THREE, FAILING = (
    "excellent", "good", "one_four", "one_three", "failing"
)  # fmt: skip
#: In the order of a class teacher's report.
STANDINGS = (EXCELLENT, GOOD, ONE_FOUR, ONE_THREE, FAILING)


def find_standings(counts: ResultCounts) -> frozenset[str]:
    """On which lists a pupil with such results stands: отличники; хорошисты, among them those
    with one «4»; those with one «3»; неуспевающие («2», «н/а» or «незач» in anything).

    Without a single mark in numbers nobody excels: grade 1 is on no list.
    """
    if counts.of("2", "1", NOT_ATTESTED, FAILED):
        return frozenset({FAILING})
    fours, threes = counts.of("4"), counts.of("3")
    if threes:
        return frozenset({ONE_THREE}) if threes == 1 else frozenset()
    if fours:
        return frozenset({GOOD, ONE_FOUR}) if fours == 1 else frozenset({GOOD})
    return frozenset({EXCELLENT}) if counts.of("5") else frozenset()


@dataclass(frozen=True, slots=True)
class Compared:
    """Year's results beside exams': how many got a higher, the same or a lower mark there."""

    higher: int = 0
    same: int = 0
    lower: int = 0

    @property
    def all(self) -> int:
        return self.higher + self.same + self.lower

    @property
    def same_rate(self) -> Fraction | None:
        """The share of those whose exam confirmed the year."""
        return Fraction(self.same, self.all) if self.all else None


def compare_with_exam(pairs: Iterable[tuple[str, str]]) -> Compared:
    """From (year's result, exam's result); who lacks a number in one of them is not compared."""
    signs = Counter(
        (int(exam) > int(year)) - (int(exam) < int(year))
        for year, exam in pairs
        if year.isdigit() and exam.isdigit()
    )
    return Compared(signs[1], signs[0], signs[-1])


#: Fewer other marks say nothing about a pupil.
ENOUGH_OTHERS = 4
#: So far from the mean of the pupil's other marks, a mark is worth a second look.
FAR = Fraction(2)
#: So many equal marks for one work are worth it, too.
ENOUGH_ALIKE = 5


def find_odd_marks(marks: Sequence[str]) -> tuple[int, ...]:
    """Positions of a pupil's marks that lie two or more from the mean of the others. For the
    teacher's eyes: it may be a slip of the key, or a child who needs help."""
    numbers = [(place, int(mark)) for place, mark in enumerate(marks) if mark.isdigit()]
    others = len(numbers) - 1
    if others < ENOUGH_OTHERS:
        return ()
    total = sum(number for _, number in numbers)
    return tuple(
        place for place, number in numbers if abs(number - Fraction(total - number, others)) >= FAR
    )


def is_uniform(marks: Iterable[str]) -> bool:
    """Whether a whole work was given one and the same mark."""
    given = [mark for mark in marks if mark.isdigit()]
    return len(given) >= ENOUGH_ALIKE and len(set(given)) == 1


@dataclass(frozen=True, slots=True)
class Stay:
    """A pupil's time in a class or a school, both days included; `until_on` None: still there."""

    pupil_id: int
    from_on: date
    until_on: date | None
    #: How it ended: «moved», «transfer», «left», «graduated», or nothing yet.
    ending: str = ""

    def holds(self, day: date) -> bool:
        """Whether the pupil was there that day."""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class Movement:
    """Движение: who was there at the beginning and the end of a span, came and left."""

    at_start: int
    arrived: tuple[Stay, ...]
    left: tuple[Stay, ...]
    at_end: int


def find_movement(stays: Iterable[Stay], from_on: date, until_on: date) -> Movement:
    """Of the stays in one class or one school. Who changes from one of these to the next within
    a day has not moved: for the school a change of class is none."""
    stays = tuple(stays)

    def is_there(pupil_id: int, day: date) -> bool:
        return any(stay.pupil_id == pupil_id and stay.holds(day) for stay in stays)

    arrived = tuple(
        stay
        for stay in stays
        if from_on < stay.from_on <= until_on
        and not is_there(stay.pupil_id, date.fromordinal(stay.from_on.toordinal() - 1))
    )
    left = tuple(
        stay
        for stay in stays
        if stay.until_on is not None
        and from_on <= stay.until_on < until_on
        and not is_there(stay.pupil_id, date.fromordinal(stay.until_on.toordinal() + 1))
    )
    return Movement(
        len({stay.pupil_id for stay in stays if stay.holds(from_on)}),
        arrived,
        left,
        len({stay.pupil_id for stay in stays if stay.holds(until_on)}),
    )


#: Weeks of lessons in a school year, where the curriculum plan names hours of a week alone.
STUDY_WEEKS = 34
STUDY_WEEKS_OF_GRADE_1 = 33


def hours_of_year(in_week: Fraction, in_year: Fraction | None, grade: int) -> Fraction:
    """Lessons that the curriculum plan gives a subject in a year."""
    if in_year is not None:
        return in_year
    return in_week * (STUDY_WEEKS_OF_GRADE_1 if grade == 1 else STUDY_WEEKS)


@dataclass(frozen=True, slots=True)
class LessonCounts:
    """Lessons of a group in a school year against its curriculum plan."""

    #: None where the plan says nothing of the subject in this class.
    planned: Fraction | None
    given: int = 0
    #: Of the given ones.
    substituted: int = 0
    extra: int = 0
    cancelled: int = 0
    #: Still in the timetable until the year's end.
    ahead: int = 0
    #: Given lessons with works, by kind of work.
    with_works: Mapping[str, int] = field(default_factory=dict)

    @property
    def lacking(self) -> Fraction | None:
        """Lessons of the plan that the timetable will not bring; below zero: more than planned."""
        return None if self.planned is None else self.planned - self.given - self.ahead
