"""The register's form: field names of the page ↔ cells of the domain."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from flask import url_for
from wtforms import HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from blueprints.forms import Form
from school.actions.register import ATTENDANCE_TAKEN, Conflict, Outcome
from school.queries.plans import ParallelLesson
from school.queries.register import (
    ATTENDANCE,
    COMMENT,
    HOMEWORK,
    LATE,
    MARK,
    MATERIAL,
    TOPIC,
    WORKED_ON,
    Cell,
    Register,
)
from school.rules.register import without_controls
from school.wording import long_day

_OF_PUPIL = re.compile(
    r"(mark|attendance|late|comment|homework|worked-on)-([1-9]\d{0,9})(?:-([1-9]\d{0,9}))?"
)
_PUPIL_FIELDS = {
    "mark": MARK,
    "attendance": ATTENDANCE,
    "late": LATE,
    "comment": COMMENT,
    "homework": HOMEWORK,
    "worked-on": WORKED_ON,
}
_PAGE_NAMES = {value: name for name, value in _PUPIL_FIELDS.items()}
_LESSON_FIELDS = {
    "topic": TOPIC,
    "material": MATERIAL,
    "homework": HOMEWORK,
    "attendance-taken": ATTENDANCE_TAKEN,
}
_WITH_WORK = (MARK, WORKED_ON)

FIELD_TITLES = {
    TOPIC: "Тема урока",
    MATERIAL: "Материал",
    HOMEWORK: "Домашнее задание",
    MARK: "Отметка",
    WORKED_ON: "Дата работы",
    ATTENDANCE: "Посещаемость",
    LATE: "Минуты опоздания",
    COMMENT: "Комментарий",
    ATTENDANCE_TAKEN: "Посещаемость отмечена",
    "work": "Работа",
    "change_request": "Просьба исправить",
    "teacher": "Кто ведёт",
    "place": "День и номер урока",
    "room": "Кабинет",
    "cancelled": "Урок отменён",
}

#: What history says of a request.
REQUEST_STATES = {
    "": "не было",
    "asked": "ждёт решения",
    "opened": "клетка открыта",
    "declined": "не открыта",
}

TOO_OLD = "Вы входили заново, поэтому работа ещё не добавлена. Нажмите кнопку ещё раз."


class TokenForm(Form):
    """Nothing but the token that says the form came from our page."""


class WorkForm(Form):
    kind = SelectField("Вид работы", coerce=int)
    title = StringField(
        "Название",
        validators=[Length(max=200, message="Не больше 200 букв.")],
        filters=[lambda text: text and without_controls(text)],
    )
    due_on = StringField("До какого дня ждём отметку вместо точки")


class GroupWorkForm(WorkForm):
    """A work of a lesson that is chosen, mostly one ahead."""

    lesson = SelectField("Урок", coerce=int)


COPY_TOO_OLD = "Вы входили заново, поэтому ничего ещё не скопировано. Нажмите кнопку ещё раз."


class CopyForm(Form):
    to = SelectMultipleField(
        "Куда",
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[InputRequired("Отметьте хотя бы один урок.")],
    )


TOO_OLD_CHANGE = "Вы входили заново, поэтому просьба ещё не отправлена. Нажмите кнопку ещё раз."


class ChangeForm(Form):
    """Asks to open a locked cell."""

    cell = HiddenField()
    request_id = HiddenField()
    wanted = StringField("Как должно быть")
    reason = TextAreaField("Почему нужно исправить")


def parallel_label(lesson: ParallelLesson) -> str:
    """A lesson as a line to choose."""
    text = f"{lesson.group_name}, {long_day(lesson.held_on)}, {lesson.lesson_number}-й урок"
    return f"{text} (тема уже записана: {lesson.topic})" if lesson.topic else text


def read_cells(fields: Iterable[tuple[str, str]]) -> dict[Cell, str]:
    """What was typed, by cell; names that are no cell are passed over."""
    cells: dict[Cell, str] = {}
    for name, text in fields:
        cell = _cell_of(name)
        if cell is not None:
            cells.setdefault(cell, without_controls(text))
    return cells


def cell_named(register: Register, name: str) -> Cell | None:
    """The cell that a page names so, or None."""
    cell = _cell_of(name)
    return None if cell is None else next(iter(typed_over(register, {cell: ""})))


def _cell_of(name: str) -> Cell | None:
    if name in _LESSON_FIELDS:
        return Cell(_LESSON_FIELDS[name])
    match = _OF_PUPIL.fullmatch(name)
    if match is None:
        return None
    what, pupil_id, work_id = match.groups()
    if work_id is not None and _PUPIL_FIELDS[what] not in _WITH_WORK:
        return None
    return Cell(_PUPIL_FIELDS[what], int(pupil_id), int(work_id) if work_id else None)


def read_seen(fields: Iterable[tuple[str, str]]) -> int:
    """The newest history id the sender knew. What is no number knew nothing, so that every
    difference comes back as a conflict instead of overwriting."""
    text = dict(fields).get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@dataclass(frozen=True, slots=True)
class CellView:
    """A field of the page with all that is shown at it."""

    name: str
    title: str
    value: str
    #: What the register holds, where `value` is typed over it.
    saved: str
    error: str = ""
    conflict: Conflict | None = None
    #: Where to ask for it to be opened, where its term of changes is over.
    ask: str = ""
    #: What became of asking.
    note: str = ""

    @property
    def is_wrong(self) -> bool:
        return bool(self.error or self.conflict)


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the error summary; `field` is empty where the page has no such field."""

    field: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A register with what somebody typed over it that is not saved."""

    register: Register
    typed: dict[Cell, str] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)
    seen: int = 0
    #: Cells that somebody asked to open → what became of it.
    notes: dict[Cell, str] = field(default_factory=dict)

    def cell(
        self, field_name: str, pupil_id: int | None = None, work_id: int | None = None
    ) -> CellView:
        """How a cell stands on the page."""
        return self.view(Cell(field_name, pupil_id, work_id))

    def view(self, cell: Cell) -> CellView:
        """The same, of a cell by its own name."""
        return CellView(
            name=self._name(cell),
            title=FIELD_TITLES[cell.field],
            value=self.typed.get(cell, self.register.value(cell)),
            saved=self.register.value(cell),
            error=self.outcome.errors.get(cell, ""),
            conflict=self.outcome.conflicts.get(cell),
            ask=self._ask(cell),
            note=self.notes.get(cell, ""),
        )

    def _ask(self, cell: Cell) -> str:
        if cell not in self.outcome.locked:
            return ""
        return url_for(
            "gradebook.change",
            lesson_id=self.register.lesson.lesson_id,
            cell=self._name(cell),
            to=self.outcome.locked[cell],
        )

    def more_is_filled(self, pupil_id: int) -> bool:
        """Whether a pupil's folded part holds something or is wrong."""
        views = [
            self.cell(LATE, pupil_id),
            self.cell(COMMENT, pupil_id),
            self.cell(HOMEWORK, pupil_id),
            *(self.cell(WORKED_ON, pupil_id, work_id) for work_id in self.work_ids),
        ]
        return any(view.value or view.is_wrong for view in views)

    @property
    def work_ids(self) -> list[int | None]:
        """The lesson's works; a lesson without has the one that its first mark makes."""
        return [work.work_id for work in self.register.works] or [None]

    @property
    def first_work_id(self) -> int | None:
        works = self.register.works
        return works[0].work_id if works else None

    def problems(self) -> list[Problem]:
        """Everything that was not saved, in the order of the form."""
        names = {pupil.pupil_id: pupil.name for pupil in self.register.pupils}
        lines = [
            self._problem(cell, names, message) for cell, message in self.outcome.errors.items()
        ]
        for cell, conflict in self.outcome.conflicts.items():
            theirs = f"«{conflict.theirs}»" if conflict.theirs else "пусто"
            mine = f"«{self.typed[cell]}»" if self.typed.get(cell) else "пусто"
            message = (
                f"Пока страница была открыта, {conflict.who or 'другой человек'} записал(а): "
                f"{theirs}. У вас: {mine}. Оставьте нужное и сохраните."
            )
            lines.append(self._problem(cell, names, message))
        return lines

    def typed_lines(self) -> list[str]:
        """What was typed, in words, for a page that has no fields for it."""
        names = {pupil.pupil_id: pupil.name for pupil in self.register.pupils}
        return [
            f"{self._problem(cell, names, '').where}: {text}"
            for cell, text in self.typed.items()
            if text and text != self.register.value(cell)
        ]

    def _problem(self, cell: Cell, names: dict[int, str], message: str) -> Problem:
        title = FIELD_TITLES[cell.field]
        if cell.pupil_id is None:
            return Problem(self._name(cell), title, message)
        name = names.get(cell.pupil_id, "Ученик не из этой группы")
        where = f"{name}, {title.lower()}"
        works = {work.work_id for work in self.register.works}
        has_marks = not self.register.lesson.is_extracurricular
        if (
            cell.pupil_id not in names
            or (cell.work_id and cell.work_id not in works)
            or (cell.field in _WITH_WORK and not has_marks)
        ):
            # No such field on the page: what was typed is given back here.
            return Problem("", where, f"{message} Вы ввели: «{self.typed.get(cell, '')}».")
        return Problem(self._name(cell), where, message)

    def _name(self, cell: Cell) -> str:
        """The first work's mark has the short name, others name their work."""
        if cell.pupil_id is None:
            return "attendance-taken" if cell.field == ATTENDANCE_TAKEN else cell.field
        name = f"{_PAGE_NAMES[cell.field]}-{cell.pupil_id}"
        if cell.work_id is None or cell.work_id == self.first_work_id:
            return name
        return f"{name}-{cell.work_id}"


def typed_over(register: Register, entries: dict[Cell, str]) -> dict[Cell, str]:
    """Typed cells under the names of the page's cells (`mark-<pupil>` is the first work)."""
    first = register.works[0].work_id if register.works else None
    return {
        Cell(cell.field, cell.pupil_id, first)
        if cell.field in _WITH_WORK and cell.work_id is None
        else cell: text
        for cell, text in entries.items()
    }


def unsaved(register: Register, entries: dict[Cell, str], outcome: Outcome) -> dict[Cell, str]:
    """What was typed into the cells that were not saved."""
    typed = typed_over(register, entries)
    if outcome.refusal:
        return typed
    wrong = outcome.errors.keys() | outcome.conflicts.keys()
    return {cell: outcome.moved.get(cell, typed.get(cell, "")) for cell in wrong}
