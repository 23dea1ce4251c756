"""Which works a lesson has, and how a pupil does in them."""

import random
from dataclasses import dataclass

from school.demo.groups import Course
from school.demo.texts import Step, StepKind

ANSWER, HOMEWORK, NOTEBOOK = "Ответ на уроке", "Домашняя работа", "Тетрадь"
CHECK, STANDARD = "Самостоятельная работа", "Норматив"

KIND_NAMES = {
    StepKind.TEST: "Контрольная работа",
    StepKind.DICTATION: "Диктант",
    StepKind.ESSAY: "Сочинение, изложение",
    StepKind.CHECK: CHECK,
    StepKind.PRACTICE: "Практическая работа",
    StepKind.PROJECT: "Проект",
}
#: Marked twice: for what is said and for how it is written.
MARKED_TWICE = (KIND_NAMES[StepKind.DICTATION], KIND_NAMES[StepKind.ESSAY])
PHYSICAL = "Физическая культура"


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """A column that a lesson gets, and the share of the present pupils marked in it."""

    kind: str
    share: float
    title: str = ""

    @property
    def is_for_all(self) -> bool:
        return self.share == 1.0


def draw_works(rng: random.Random, course: Course, step: Step) -> list[WorkPlan]:
    """The works of a lesson: a mark per pupil in every fourth or fifth lesson."""
    if course.marking == "none":
        return []
    if step.kind is StepKind.PROJECT:
        return [WorkPlan(KIND_NAMES[step.kind], 0.5, step.topic)]
    if step.kind is not StepKind.ORDINARY:
        return [WorkPlan(KIND_NAMES[step.kind], 1.0, step.topic)]
    if course.subject == PHYSICAL:
        if rng.random() < 0.18:
            return [WorkPlan(STANDARD, 1.0, step.topic)]
        return [WorkPlan(ANSWER, 0.1)] if rng.random() < 0.4 else []
    works = []
    # Few lessons a week, more marks in each.
    answers = 0.32 if course.hours == 1 else 0.2
    if rng.random() < 0.55:
        works.append(WorkPlan(ANSWER, answers))
    if step.homework and rng.random() < 0.08:
        works.append(WorkPlan(HOMEWORK, 0.5))
    elif course.grade <= 4 and rng.random() < 0.05:
        works.append(WorkPlan(NOTEBOOK, 0.6))
    elif course.marking == "five" and rng.random() < 0.04:
        works.append(WorkPlan(CHECK, 1.0, step.topic))
    return works


def draw_mark(rng: random.Random, marking: str, ability: float) -> str:
    """One mark of a pupil."""
    result = ability + rng.gauss(0, 0.8)
    if marking == "pass":
        return "зач" if result > -1.9 else "незач"
    if result > 0.75:
        return "5"
    if result > -0.55:
        return "4"
    return "3" if result > -2.0 else "2"


def draw_cell(rng: random.Random, work: WorkPlan, marking: str, ability: float) -> list[str]:
    """The one or two marks of a cell."""
    count = 2 if marking == "five" and work.kind in MARKED_TWICE else 1
    return [draw_mark(rng, marking, ability) for _ in range(count)]
