"""Results in words: what is proposed and why, what a result is called, what was decided."""

from collections.abc import Callable, Sequence
from datetime import date

from school.rules import proposals as rules
from school.rules.absences import AbsenceCount
from school.rules.grading import number_text
from school.rules.proposals import Proposal
from school.wording import (
    average_sum,
    average_value,
    day_and_month,
    full_day,
    joined,
    plural,
)

#: As a family reads it.
SPOKEN = {
    "н/а": "не аттестован(а)",
    "осв": "освобождение",
    "зач": "зачёт",
    "незач": "незачёт",
}

#: Kinds of results, as headings and in sentences.
KINDS = {"period": "за период", "year": "за год", "exam": "экзамен", "final": "итоговая"}

COUNCIL = {
    "promoted": "переведён(а) в следующий класс",
    "conditional": "переведён(а) условно, с задолженностью",
    "repeats": "оставлен(а) на повторное обучение",
    "graduated": "окончил(а), выдан аттестат",
    "certificate": "отчислен(а) со справкой об обучении",
}


def result(value: str) -> str:
    """A result in words: «5», «не аттестован(а)»."""
    return SPOKEN.get(value, value)


def result_or_nothing(value: str) -> str:
    """A result between «было» and «стало»."""
    return result(value) if value else "пусто"


def grid_result(value: str, proposed: str) -> str:
    """What is decided, and proposed where that is another: «5», «5, предл. 4», «предл. 4»."""
    told = f"предл. {proposed}" if proposed and proposed != value else ""
    return ", ".join(filter(None, (value, told)))


def council(decision: str) -> str:
    """What the council decided."""
    return COUNCIL[decision]


def proposal_sum(proposal: Proposal) -> str:
    """The sum behind a proposal: «(5·3 + 4·1) : 4 = 4,75», or what stands instead of one."""
    if proposal.average is not None and proposal.reason in (
        rules.BY_AVERAGE,
        rules.BY_RESULTS,
        rules.FEW_MARKS,
        rules.WEIGHTLESS,
        rules.MOSTLY_ABSENT,
        rules.MOSTLY_ILL,
    ):
        return average_sum(proposal.average, proposal.policy)
    if proposal.reason == rules.BY_PASSES:
        return f"зач — {proposal.passed}, незач — {proposal.failed}"
    return ""


def threshold_words(proposal: Proposal) -> str:
    """Which threshold was reached: «порог 4,5»."""
    if proposal.average is None or proposal.value not in ("2", "3", "4", "5"):
        return ""
    three, four, five = proposal.policy.thresholds
    reached = {"5": five, "4": four, "3": three}.get(proposal.value)
    if reached is None:
        return f"ниже {number_text(three)}"
    return f"порог {number_text(reached)}"


def proposal_reason(proposal: Proposal) -> str:
    """Why a proposal is what it is, in a few words; with the sum where there is one."""
    words = _REASONS.get(proposal.reason)
    text = words(proposal) if words else "предложения нет"
    if proposal.defers:
        text += "; или отсрочка"
    if proposal.awaited:
        awaited = plural(proposal.awaited, "отметка", "отметки", "отметок")
        text += f"; ещё ожидается: {awaited}"
    return text


def _too_few(proposal: Proposal) -> str:
    if not proposal.counted:
        return "ни одной отметки, которая считается"
    marks = plural(proposal.counted, "отметка", "отметки", "отметок")
    average = (
        f", средний {average_value(proposal.average, proposal.policy)}" if proposal.average else ""
    )
    return f"{marks}, а нужно {proposal.needed}{average}"


def _absent(proposal: Proposal) -> str:
    lessons = plural(proposal.presence.lessons, "урока", "уроков", "уроков")
    return f"пропущено {proposal.presence.missed} из {lessons}"


_REASONS: dict[str, Callable[[Proposal], str]] = {
    rules.BY_AVERAGE: lambda p: f"{proposal_sum(p)}, {threshold_words(p)}",
    rules.BY_RESULTS: lambda p: f"{proposal_sum(p)}, {threshold_words(p)}",
    rules.BY_PASSES: proposal_sum,
    rules.BY_EXEMPTIONS: lambda _: "освобождение",
    rules.FEW_MARKS: _too_few,
    rules.WEIGHTLESS: lambda p: f"{_too_few(p)}: остальные весом 0",
    rules.MOSTLY_ABSENT: _absent,
    rules.MOSTLY_ILL: lambda p: f"{_absent(p)}, больше всего по болезни",
    rules.ALL_NOT_ATTESTED: lambda _: "ни одного результата за периоды",
    rules.RESULTS_MISSING: lambda p: f"нет результата: {joined(p.missing)}",
    rules.EXAM_MISSING: lambda _: "ждём отметку за экзамен",
    rules.BY_EXAM: lambda _: "экзамен не сдан",
}


def why_asked(proposal: Proposal) -> str:
    """What is said beside the field of a result outside the proposal."""
    return (
        f"Предложено «{proposal.value}»: {proposal_reason(proposal)}. "
        "Если решили иначе, напишите рядом почему."
    )


def deferral(until_on: date, reason: str) -> str:
    """For the family: «отложена до 5 декабря: болезнь»."""
    return f"отложена до {day_and_month(until_on)}: {reason}"


def order(name: str, on: date) -> str:
    """«приказ № 15 от 24 октября 2026 года»."""
    return f"приказ № {name} от {full_day(on)}"


def result_corrected(old: str, new: str, on: date) -> str:
    """«исправлено 25 ноября: было 3, стало 4»."""
    return (
        f"исправлено {day_and_month(on)}: было {result_or_nothing(old)}, "
        f"стало {result_or_nothing(new)}"
    )


def missing_results(names: Sequence[str], most: int = 5) -> str:
    """«Королёв Фёдор, Петров Артём и ещё 3»."""
    shown = list(names[:most])
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" и ещё {more}" if more else "")


def absence_counts(count: AbsenceCount) -> str:
    """What was missed, by reason, short: «дней 3 (б 2, у 1), уроков 18 (б 12, у 6)»."""
    if not count.missed_lessons:
        return "не пропускал(а)"
    return f"дней {_by_reason(count.days)}, уроков {_by_reason(count.lessons)}"


def _by_reason(counts: dict[str, int]) -> str:
    total = sum(counts.values())
    reasons = ", ".join(f"{code} {n}" for code, n in counts.items())
    return f"{total} ({reasons})" if reasons else str(total)


FILTERS = {
    "result_words": result,
    "result_kind_words": KINDS.__getitem__,
    "proposal_words": proposal_reason,
    "council_words": council,
}
