"""The texts of the demo, read from its files: names, lesson plans, remarks, homework."""

import re
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from pathlib import Path

from school.demo.year import HALF_YEAR_WEEKS

FOLDER = Path(__file__).resolve().parent

#: So many lessons in a row may be about one row of a plan; then older ones are repeated.
LESSONS_IN_A_ROW = 4


class StepKind(Enum):
    """What a lesson is for: decides which works are marked in it."""

    ORDINARY = "ordinary"
    TEST = "test"
    DICTATION = "dictation"
    ESSAY = "essay"
    CHECK = "check"
    PRACTICE = "practice"
    PROJECT = "project"


#: Written by the whole class; not in the day's first or last lesson, one a day.
IN_CLASS_TESTS = (StepKind.TEST, StepKind.DICTATION)

_KINDS = (
    (re.compile(r"диктант"), StepKind.DICTATION),
    (re.compile(r"контрольная"), StepKind.TEST),
    (re.compile(r"проверочная работа|проверка техники"), StepKind.CHECK),
    (re.compile(r"(лаборатор|практиче)\w+ работа"), StepKind.PRACTICE),
    (re.compile(r"\b(сочинение|изложение)\b"), StepKind.ESSAY),
    (re.compile(r"\bпроекты?\b|защита .*проекта"), StepKind.PROJECT),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A lesson of a plan."""

    topic: str
    material: str
    homework: str
    kind: StepKind = StepKind.ORDINARY


@dataclass(frozen=True, slots=True)
class Names:
    """Given names, and pairs of the male and the female form."""

    boys: tuple[str, ...]
    girls: tuple[str, ...]
    men: tuple[str, ...]
    women: tuple[str, ...]
    patronymics: tuple[tuple[str, str], ...]
    surnames: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Remarks:
    praise: tuple[str, ...]
    concern: tuple[str, ...]
    own_homework: tuple[str, ...]


@lru_cache(maxsize=1)
def read_names() -> Names:
    def lines(name: str) -> tuple[str, ...]:
        return _lines(f"names/{name}.txt")

    def pairs(name: str) -> tuple[tuple[str, str], ...]:
        return tuple((line.split("\t")[0], line.split("\t")[1]) for line in lines(name))

    return Names(
        boys=lines("boys"),
        girls=lines("girls"),
        men=lines("men"),
        women=lines("women"),
        patronymics=pairs("patronymics"),
        surnames=pairs("surnames"),
    )


@lru_cache(maxsize=1)
def read_remarks() -> Remarks:
    remarks = _lines("remarks.txt")
    return Remarks(
        praise=remarks[0::2],
        # Lateness has a field of its own, which this text would contradict.
        concern=tuple(text for text in remarks[1::2] if not text.startswith("Опоздание")),
        own_homework=_lines("own_homework.txt"),
    )


def kind_of(topic: str) -> StepKind:
    """What a lesson with such a topic is for."""
    lowered = topic.lower()
    if lowered.startswith("работа над ошибками") or "подготовка к" in lowered:
        return StepKind.ORDINARY
    for pattern, kind in _KINDS:
        if pattern.search(lowered):
            return kind
    return StepKind.ORDINARY


@lru_cache(maxsize=512)
def plan_steps(subject: str, grade: int, hours: int) -> tuple[Step, ...]:
    """The lessons from 1 September to New Year: the rows of the plan, stretched over the
    weekly hours, so that the last row comes in December."""
    rows = _read_plans()[subject, grade]
    ordinary = [row for row in rows if row.kind is StepKind.ORDINARY]
    lessons = max(hours * HALF_YEAR_WEEKS - (len(rows) - len(ordinary)), len(ordinary))
    # Grade 1 and skills: a plan without any homework gets none in between either.
    with_homework = any(row.homework for row in rows)
    steps: list[Step] = []
    held: list[Step] = []
    for row in rows:
        if row.kind is not StepKind.ORDINARY:
            steps.append(row)
            continue
        place = len(held)
        count = (place + 1) * lessons // len(ordinary) - place * lessons // len(ordinary)
        steps.append(row)
        for n in range(1, count):
            older = place - 1 - (n - LESSONS_IN_A_ROW)
            step = _further(row, subject, n, len(steps) + 1)
            if n >= LESSONS_IN_A_ROW and older >= 0:
                step = _repetition(held[older], step)
            steps.append(step if with_homework else replace(step, homework=""))
        held.append(row)
    return tuple(steps)


def before_a_test(test: Step) -> Step:
    """The lesson that is held instead when a test has to wait for another day."""
    return Step("Подготовка к контрольной работе", f"Впереди: {test.topic}", "")


def _further(row: Step, subject: str, n: int, number: int) -> Step:
    """One more lesson about the same row."""
    phases = _read_phases()[subject]
    phase = phases[(n - 1) % len(phases)]
    end = "" if row.topic[-1] in ".?!…" else "."
    return Step(
        topic=f"{row.topic}{end} {phase.topic}",
        material=phase.material,
        homework=phase.homework.format(n=number),
    )


def _repetition(row: Step, further: Step) -> Step:
    """The lesson goes back to an older row instead."""
    repeats = row.topic.startswith("Повторение")
    return replace(further, topic=row.topic if repeats else f"Повторение. {row.topic}")


@lru_cache(maxsize=1)
def _read_plans() -> dict[tuple[str, int], tuple[Step, ...]]:
    plans: dict[tuple[str, int], list[Step]] = {}
    for name in ("primary", "basic", "secondary"):
        for line in _lines(f"plans/{name}.tsv")[1:]:
            subject, grades, topic, material, homework = _columns(line, 5)
            first, _, last = grades.partition("-")
            step = Step(topic, material, homework, kind_of(topic))
            for grade in range(int(first), int(last or first) + 1):
                plans.setdefault((subject, grade), []).append(step)
    return {key: tuple(steps) for key, steps in plans.items()}


@lru_cache(maxsize=1)
def _read_phases() -> dict[str, tuple[Step, ...]]:
    phases: dict[str, list[Step]] = {}
    for line in _lines("stretch.tsv")[1:]:
        subjects, topic, material, homework = _columns(line, 4)
        for subject in subjects.split("; "):
            phases.setdefault(subject, []).append(Step(topic, material, homework))
    return {subject: tuple(steps) for subject, steps in phases.items()}


def _lines(name: str) -> tuple[str, ...]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line.strip())


def _columns(line: str, count: int) -> list[str]:
    """The columns of a row; editors strip tabs from its end."""
    columns = [column.strip() for column in line.split("\t")]
    return columns + [""] * (count - len(columns))
