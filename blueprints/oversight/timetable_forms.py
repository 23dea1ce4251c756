"""What the forms of the timetable's changes send, and what comes back to them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from flask import request

from blueprints.forms import has_good_token, without_controls
from school.actions.timetable_changes import CLASH, KEPT, ChangesRefused, Problem, Wish
from school.rules.register import parse_day

TOO_OLD = "Вы входили заново, поэтому ничего ещё не сохранено. Нажмите кнопку ещё раз."
REQUEST = re.compile(r"[0-9a-f]{8,40}")
#: Nobody plans further.
FIRST_YEAR, LAST_YEAR = 1990, 2199


def typed(name: str) -> str:
    """A field of the form as one line."""
    return " ".join((without_controls(request.form.get(name)) or "").split())


def number(text: str) -> int | None:
    """A small whole number, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def day_of(text: str) -> date | None:
    """A date in either spelling, or None."""
    try:
        day = parse_day(text.strip())
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def request_of(made: str) -> str:
    """The token of a form, which makes it one however often it is sent."""
    sent = request.form.get("request", "")
    return sent if REQUEST.fullmatch(sent) else made


@dataclass
class Complaints:
    """What is wrong with a form: beside its fields, of its lessons, and in general."""

    of_fields: dict[str, str] = field(default_factory=dict)
    #: Lesson → what is in the way; 0 where there is one lesson only.
    of_lessons: dict[int, list[Problem]] = field(default_factory=dict)

    def add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if problem.field and problem.what not in (CLASH, KEPT):
                self.of_fields.setdefault(problem.field, problem.message)
            self.of_lessons.setdefault(problem.lesson_id, []).append(problem)

    def refuse(self, refusal: ChangesRefused) -> None:
        self.add(refusal.problems)

    def error(self, name: str) -> str:
        return self.of_fields.get(name, "")

    def lines(self, lesson_id: int) -> list[Problem]:
        return self.of_lessons.get(lesson_id, [])

    def asks_to_accept(self, lesson_id: int) -> bool:
        """Whether clashes were named that can be meant."""
        found = [line for line in self.lines(lesson_id) if line.what == CLASH]
        return bool(found) and not any(line.is_final for line in found)

    def asks_to_keep(self, lesson_id: int) -> bool:
        """Whether the lesson's entries were named."""
        return any(line.what == KEPT for line in self.lines(lesson_id))

    @property
    def any(self) -> bool:
        return bool(self.of_fields or self.of_lessons)


def has_token(complaints: Complaints) -> bool:
    """Whether the form came from a page of this session; said where it did not."""
    if has_good_token():
        return True
    complaints.of_lessons.setdefault(0, []).append(Problem(0, "token", TOO_OLD))
    return False


def read_wish(lesson_id: int) -> Wish:
    """What the form of one lesson wishes."""
    return Wish(
        lesson_id=lesson_id,
        seen=number(typed("seen")) or 0,
        kind=typed("kind"),
        teacher_id=number(typed("teacher")),
        held_on=day_of(typed("held_on")),
        lesson_number=number(typed("number")),
        room=typed("room"),
        reason=typed("reason"),
        accepts=bool(typed("accepts")),
        why=typed("why"),
        keeps_entries=bool(typed("keeps")),
        undone_id=number(typed("undone")),
    )
