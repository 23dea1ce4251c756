"""Statistics in words: rates, means, the lists of a class."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from school.rules.grading import decimal_text, number_text
from school.rules.statistics import (
    ENOUGH_ALIKE,
    EXCELLENT,
    FAILED,
    FAILING,
    GOOD,
    NOT_ATTESTED,
    ONE_FOUR,
    ONE_THREE,
)

STANDING_TITLES = {
    EXCELLENT: "Отличники",
    GOOD: "Хорошисты",
    ONE_FOUR: "С одной «4»",
    ONE_THREE: "С одной «3»",
    FAILING: "Неуспевающие",
}
#: Which results a list names the subjects of.
_NAMED = {
    ONE_FOUR: ("4",),
    ONE_THREE: ("3",),
    FAILING: ("2", "1", NOT_ATTESTED, FAILED),
}
SECOND_LOOK_RULES = (
    "Отметка попадает сюда, если она на два балла или больше отличается от среднего остальных "
    f"отметок ученика, работа — если {ENOUGH_ALIKE} и больше учеников получили за неё одно и то "
    "же. Ошибка это или нет, решаете вы. Семьям этот список не показывают."
)


def rate(share: Fraction | None) -> str:
    """«65,4 %», rounded as people round, in one piece; «—» where nobody counts."""
    if share is None:
        return "—"
    tenths = (2 * share * 1000 + 1) // 2
    whole, rest = divmod(tenths, 10)
    return f"{whole},{rest}\u00a0%" if rest else f"{whole}\u00a0%"


def decimal(value: Fraction | None) -> str:
    """«3,88»; «—» for none."""
    return "—" if value is None else decimal_text(value)


def hours(value: Fraction | None) -> str:
    """Lessons of a plan: «68», «25,5»; «—» where the plan says nothing."""
    return "—" if value is None else number_text(value)


def standing_subjects(subjects: Mapping[str, Sequence[str]], standing: str) -> str:
    """«алгебра — 3», the subjects that put a pupil on a list; empty for the lists of the best."""
    return "; ".join(
        f"{subject} — {value}"
        for value in _NAMED.get(standing, ())
        for subject in subjects.get(value, ())
    )


def moved_from(now: Fraction | None, before: Fraction | None) -> str:
    """How a rate moved, in percentage points: «+3,2», «−1», «0»; empty with nothing to compare."""
    if now is None or before is None:
        return ""
    tenths = round((now - before) * 1000)
    if not tenths:
        return "0"
    whole, rest = divmod(abs(tenths), 10)
    sign = "+" if tenths > 0 else "−"
    return f"{sign}{whole},{rest}" if rest else f"{sign}{whole}"


FILTERS = {
    "rate": rate,
    "decimal": decimal,
    "hours": hours,
    "moved_from": moved_from,
    "standing_subjects": standing_subjects,
}
