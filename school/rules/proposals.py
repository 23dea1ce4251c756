"""What result the program proposes for a pupil, and why: pure decisions.

H1: the program proposes, with the sum shown; the teacher decides, and says why where the decision
is another one. Too few marks or mostly absent → «н/а», or a deferral, is proposed. Averages are
exact (rules/grading.py); Приказ Минобрнауки № 115, п. 13, rounds the final ones as people do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from school.rules.grading import (
    COUNTED,
    IMPORTANT,
    WEIGHTED,
    Average,
    GradedMark,
    GradingPolicy,
    Term,
    find_average,
    round_average,
    thresholds_from,
)
from school.rules.marks import (
    DOT,
    EXEMPT,
    FIVE,
    LOWEST,
    NONE,
    NUMBERS,
    PASS,
    PASSES,
    MarkError,
    shorten,
)

#: Kinds of results: separate columns of the register and of the summary sheet.
PERIOD, YEAR, EXAM, FINAL = "period", "year", "exam", "final"
KINDS = (PERIOD, YEAR, EXAM, FINAL)

NOT_ATTESTED = "н/а"
PASSED, FAILED = PASSES
#: Results that let nobody pass a subject.
UNSATISFACTORY = frozenset({LOWEST, "2", FAILED, NOT_ATTESTED})

RESULTS_OF = {
    FIVE: (*reversed(NUMBERS), *PASSES, EXEMPT, NOT_ATTESTED),
    PASS: (*PASSES, EXEMPT, NOT_ATTESTED),
    NONE: (),
}
#: What people write, and one key for each.
OTHER_SPELLINGS = {
    "на": NOT_ATTESTED,
    "н": NOT_ATTESTED,
    "н\\а": NOT_ATTESTED,
    "н-а": NOT_ATTESTED,
    "не аттестован": NOT_ATTESTED,
    "не аттестована": NOT_ATTESTED,
    "о": EXEMPT,
    "ос": EXEMPT,
    "освобожден": EXEMPT,
    "освобождён": EXEMPT,
    "освобождена": EXEMPT,
    "з": PASSED,
    "зч": PASSED,
    "зачет": PASSED,
    "зачёт": PASSED,
    "нз": FAILED,
    "незачет": FAILED,
    "незачёт": FAILED,
}


#: The most marks that a school may ask for before it proposes a result.
MOST_MARKS_NEEDED = 20


@dataclass(frozen=True, slots=True)
class ResultPolicy:
    """By what a school proposes results, beside its grading policy."""

    #: Fewer marks say too little for a period's result.
    least_marks: int = 3
    #: Whoever missed at least so many percent of the lessons was mostly absent.
    most_missed: int = 75
    #: From which fraction on an average of results counts as the next mark.
    year_threshold: Fraction = Fraction(1, 2)
    #: The exam counts as one more period of the year; else it makes the final result with it.
    exam_in_year: bool = False

    @property
    def text(self) -> str:
        """As history keeps it."""
        exam = "exam in year" if self.exam_in_year else "exam apart"
        return f"{self.least_marks} {self.most_missed} % {self.year_threshold} {exam}"


@dataclass(frozen=True, slots=True)
class Presence:
    """Lessons of a subject that were held for a pupil in a period, and what they missed."""

    lessons: int = 0
    missed: int = 0
    #: Of the missed ones: for illness.
    ill: int = 0

    def is_mostly_absent(self, percent: int) -> bool:
        return self.missed > 0 and self.missed * 100 >= self.lessons * percent


# Why a proposal is what it is; wording.proposal_reason says them.
BY_AVERAGE = "average"
BY_PASSES = "passes"
BY_EXEMPTIONS = "exemptions"
FEW_MARKS = "few_marks"
WEIGHTLESS = "weightless"
MOSTLY_ABSENT = "mostly_absent"
MOSTLY_ILL = "mostly_ill"
BY_RESULTS = "results"
ALL_NOT_ATTESTED = "all_not_attested"
RESULTS_MISSING = "results_missing"
EXAM_MISSING = "exam_missing"
BY_EXAM = "exam"
NOTHING_YET = "nothing_yet"
UNMARKED = "unmarked"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the program proposes; the sum behind it, and why."""

    #: Empty: nothing can be proposed.
    value: str = ""
    reason: str = NOTHING_YET
    #: A deferral is proposed beside «н/а».
    defers: bool = False
    #: The sum: marks with their weights, or results of periods.
    average: Average | None = None
    #: The policy whose thresholds hold; of a year's result its own.
    policy: GradingPolicy = field(default_factory=GradingPolicy)
    #: How many marks count, and how many were needed.
    counted: int = 0
    needed: int = 0
    #: «Точки» that still await a mark.
    awaited: int = 0
    presence: Presence = Presence()
    passed: int = 0
    failed: int = 0
    #: Of which periods a result is missing.
    missing: tuple[str, ...] = ()

    def allows(self, value: str) -> bool:
        """Whether a teacher may decide so without saying why: what was proposed, or what nothing
        was proposed instead of."""
        return not self.value or value in ("", self.value)


def parse_result(text: str, marking: str = FIVE, *, ones_allowed: bool = False) -> str:
    """What was typed into a result's field, canonical; "" takes the result back. Raises MarkError
    with a sentence for the teacher."""
    typed = " ".join(text.split()).lower().strip(".")
    if not typed:
        if text.strip():
            raise MarkError("Точка — это отметка, которую ещё ждут. Результат бывает отложен: "
                            "для этого есть отсрочка.")  # fmt: skip
        return ""
    allowed = RESULTS_OF[marking]
    if not allowed:
        raise MarkError("Этот предмет — без отметок: результатов за период у него нет.")
    if ones_allowed and marking == FIVE:
        allowed = (*allowed[:4], LOWEST, *allowed[4:])
    value = OTHER_SPELLINGS.get(typed, typed)
    if value not in allowed:
        raise MarkError(f"Результата «{shorten(text)}» нет. Подходят: {', '.join(allowed)}.")
    return value


def propose_period(
    marks: Iterable[GradedMark],
    policy: GradingPolicy,
    rules: ResultPolicy,
    presence: Presence,
    marking: str = FIVE,
) -> Proposal:
    """A period's result from its marks. Whoever was mostly absent, or has too few marks that
    count, is proposed «н/а», and a deferral where illness is why; marks of weight 0 count for
    nothing. In a group of passes the more frequent of «зач» and «незач»."""
    marks = list(marks)
    if marking == NONE:
        return Proposal(reason=UNMARKED, policy=policy, presence=presence)
    passed = sum(mark.value == PASSED for mark in marks)
    failed = sum(mark.value == FAILED for mark in marks)
    average = find_average(marks, policy) if marking == FIVE else None
    numbers = _counted(marks, policy) if marking == FIVE else 0
    by_passes = numbers == 0 and passed + failed > 0
    counted = passed + failed if by_passes else numbers
    found = Proposal(
        policy=policy,
        presence=presence,
        average=average,
        counted=counted,
        # Nobody is asked for more marks than they had lessons.
        needed=min(rules.least_marks, max(1, presence.lessons)) if presence.lessons else 1,
        awaited=sum(mark.value == DOT for mark in marks),
        passed=passed,
        failed=failed,
    )
    if not counted and any(mark.value == EXEMPT for mark in marks):
        return replace(found, value=EXEMPT, reason=BY_EXEMPTIONS)
    if presence.is_mostly_absent(rules.most_missed):
        is_ill = presence.ill * 2 >= presence.missed
        reason = MOSTLY_ILL if is_ill else MOSTLY_ABSENT
        return replace(found, value=NOT_ATTESTED, reason=reason, defers=is_ill)
    if counted < found.needed:
        has_weightless = counted < sum(mark.value in COUNTED for mark in marks)
        reason = WEIGHTLESS if has_weightless and policy.way == WEIGHTED else FEW_MARKS
        return replace(found, value=NOT_ATTESTED, reason=reason, defers=found.awaited > 0)
    if by_passes:
        return replace(found, value=PASSED if passed > failed else FAILED, reason=BY_PASSES)
    assert average is not None  # noqa: S101 - something counted
    value = str(round_average(average.value, policy.thresholds))
    return replace(found, value=value, reason=BY_AVERAGE)


def _counted(marks: Iterable[GradedMark], policy: GradingPolicy) -> int:
    """How many marks move the average."""
    return sum(
        mark.value in COUNTED
        and (policy.way != IMPORTANT or mark.is_important)
        and (policy.way != WEIGHTED or mark.weight > 0)
        for mark in marks
    )


@dataclass(frozen=True, slots=True)
class Part:
    """A result that another one is made of; its name is for those that are missing."""

    name: str
    value: str = ""


def propose_year(
    parts: Sequence[Part], rules: ResultPolicy, *, exam: Part | None = None
) -> Proposal:
    """The year's result from those of its periods, by the school's threshold; `parts` are the
    periods in which the pupil was taught, so that a subject that ends in December, and a pupil who
    came in the middle, have fewer. `exam` counts as one more where the school says so."""
    counted = [*parts, exam] if exam is not None and rules.exam_in_year else list(parts)
    return _of_parts(counted, rules.year_threshold)


def propose_final(
    year: Part, exam: Part | None, rules: ResultPolicy, earlier: Sequence[Part] = ()
) -> Proposal:
    """The final result: the year's and the exam's, half and half, rounded up (Приказ № 115);
    without an exam, or where the year holds it already, the year's. Of grades 10 and 11 `earlier`
    are the half-years and the year before."""
    parts = [*earlier, year]
    if exam is not None and not rules.exam_in_year:
        if not exam.value:
            return Proposal(reason=EXAM_MISSING, missing=(exam.name,))
        if exam.value not in COUNTED and exam.value in UNSATISFACTORY:
            return Proposal(exam.value, BY_EXAM)
        parts.append(exam)
    return _of_parts(parts, Fraction(1, 2))


def _of_parts(parts: Sequence[Part], threshold: Fraction) -> Proposal:
    """One result out of several: the average of those that are marks."""
    policy = GradingPolicy(thresholds=thresholds_from(threshold))
    missing = tuple(part.name for part in parts if not part.value)
    if missing or not parts:
        reason = RESULTS_MISSING if missing else NOTHING_YET
        return Proposal(reason=reason, missing=missing, policy=policy)
    values = [part.value for part in parts]
    numbers = [COUNTED[value] for value in values if value in COUNTED]
    if numbers:
        average = Average(tuple(Term(number, Fraction(1)) for number in numbers))
        value = str(round_average(average.value, policy.thresholds))
        return Proposal(value, BY_RESULTS, average=average, policy=policy, counted=len(numbers))
    passed, failed = values.count(PASSED), values.count(FAILED)
    if passed or failed:
        # The last word is what the pupil can do now.
        last = next(value for value in reversed(values) if value in PASSES)
        return Proposal(last, BY_PASSES, policy=policy, passed=passed, failed=failed)
    if NOT_ATTESTED in values:
        return Proposal(NOT_ATTESTED, ALL_NOT_ATTESTED, policy=policy)
    return Proposal(EXEMPT, BY_EXEMPTIONS, policy=policy)


def is_offered_again(decided: str, proposed_then: str, proposal: Proposal) -> bool:
    """Whether the proposal became another one since a result was decided (a mark that came in
    time after the period's end): the teacher is asked anew, and nothing changes by itself."""
    return bool(decided and proposal.value and proposal.value not in (decided, proposed_then))
