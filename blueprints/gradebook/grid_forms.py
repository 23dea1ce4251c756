"""The grid's form: field names of the page ↔ cells of its lessons.

`cell-<pupil>-<lesson>` is the first column of a lesson, where attendance and the first work's
mark share a cell as on paper; `mark-<pupil>-<work>` is any work. `seen` holds of each lesson
`<lesson>-<newest history row>-<first work or 0>`: what this page knew of it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from blueprints.gradebook.forms import RegisterPage
from school.actions.register import Outcome
from school.queries.grid import EMPTY, Grid, GridColumn, GridPupil, list_work_lessons
from school.queries.register import ATTENDANCE, LATE, MARK, WORKED_ON, Cell, Register
from school.rules.marks import grid_cell, split_grid_cell
from school.rules.register import without_controls
from school.wording import day_and_month

_ID = r"([1-9]\d{0,9})"
_NAME = re.compile(rf"(cell|mark)-{_ID}-{_ID}")
_SEEN = re.compile(rf"{_ID}-(\d{{1,10}})-(\d{{1,10}})")


@dataclass(frozen=True, slots=True)
class Known:
    """What a page knew of a lesson: its newest history row, its first work."""

    seen: int = 0
    first_work_id: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the page: whose, and in which lesson; with a work where it names one."""

    pupil_id: int
    lesson_id: int
    work_id: int | None

    @property
    def name(self) -> str:
        if self.work_id is None:
            return f"cell-{self.pupil_id}-{self.lesson_id}"
        return f"mark-{self.pupil_id}-{self.work_id}"


def field_of(pupil_id: int, column: GridColumn) -> Field:
    """The field of a pupil in a column."""
    work_id = None if column.is_first else column.work_id
    return Field(pupil_id, column.lesson_id, work_id)


def read_known(text: str) -> dict[int, Known]:
    """Lesson → what the page knew; what is no such triple is passed over, so that nothing was
    known and every difference is a conflict."""
    found = {}
    for part in text.split():
        match = _SEEN.fullmatch(part)
        if match:
            lesson_id, seen, first = (int(group) for group in match.groups())
            found[lesson_id] = Known(seen, first or None)
    return found


def known_text(lesson_id: int, known: Known) -> str:
    """The same as the page carries it."""
    return f"{lesson_id}-{known.seen}-{known.first_work_id or 0}"


def read_fields(school_id: int, sent: Iterable[tuple[str, str]]) -> dict[Field, str]:
    """What was typed, by field; names that are none, or of other schools' works, are passed
    over."""
    named = [
        (*match.groups(), without_controls(text))
        for name, text in sent
        if (match := _NAME.fullmatch(name))
    ]
    works = {int(row) for what, _, row, _ in named if what == "mark"}
    lessons = list_work_lessons(school_id, works)
    found: dict[Field, str] = {}
    for what, pupil, row, text in named:
        if what == "cell":
            found.setdefault(Field(int(pupil), int(row), None), text)
        elif int(row) in lessons:
            found.setdefault(Field(int(pupil), lessons[int(row)], int(row)), text)
    return found


def entries_of(fields: dict[Field, str], known: Known) -> dict[Cell, str]:
    """The cells of one lesson's register that its fields speak of."""
    entries: dict[Cell, str] = {}
    for one, text in fields.items():
        if one.work_id is None:
            marks, absence = split_grid_cell(text)
            entries[Cell(MARK, one.pupil_id, known.first_work_id)] = marks
            entries[Cell(ATTENDANCE, one.pupil_id)] = absence
        else:
            entries[Cell(MARK, one.pupil_id, one.work_id)] = text
    return entries


def cells_of(one: Field, register: Register) -> tuple[Cell, ...]:
    """The cells that a field shows, and those that go with them: where what is wrong is found."""
    first = register.works[0].work_id if register.works else None
    work_id = one.work_id or first
    marks = (Cell(MARK, one.pupil_id, work_id), Cell(WORKED_ON, one.pupil_id, work_id))
    if one.work_id is not None:
        return marks
    return (*marks, Cell(ATTENDANCE, one.pupil_id), Cell(LATE, one.pupil_id))


def field_with(cell: Cell, register: Register) -> Field | None:
    """The field that shows a cell of a lesson, or None."""
    if cell.pupil_id is None or cell.field not in (MARK, WORKED_ON, ATTENDANCE, LATE):
        return None
    first = register.works[0].work_id if register.works else None
    is_first = cell.work_id in (None, first)
    return Field(cell.pupil_id, register.lesson.lesson_id, None if is_first else cell.work_id)


def value_of(one: Field, register: Register) -> str:
    """What the register holds where a field stands."""
    mark = register.value(cells_of(one, register)[0])
    if one.work_id is not None:
        return mark
    return grid_cell(mark, register.value(Cell(ATTENDANCE, one.pupil_id)))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a field was not saved."""

    message: str
    #: Where to ask for it to be opened, where its term of changes is over.
    ask: str = ""
    #: What stands in the register instead, of a conflict.
    theirs: str | None = None


@dataclass(slots=True)
class LessonSaved:
    """What became of one lesson's fields."""

    register: Register
    outcome: Outcome

    def trouble(self, one: Field) -> Trouble | None:
        """What is wrong with a field, or None."""
        if self.outcome.refusal:
            return Trouble(self.outcome.refusal)
        page = RegisterPage(self.register, outcome=self.outcome)
        for cell in cells_of(one, self.register):
            view = page.view(cell)
            if view.error:
                return Trouble(view.error, view.ask)
            if view.conflict:
                theirs = value_of(one, self.register)
                who = view.conflict.who or "другой человек"
                return Trouble(
                    f"Сейчас в журнале: {theirs or 'пусто'} ({who}). "
                    "Чтобы оставить своё, сохраните ещё раз.",
                    theirs=theirs,
                )
        return None


@dataclass(frozen=True, slots=True)
class GridView:
    """A cell as the page shows it."""

    name: str
    value: str
    saved: str
    is_late: bool
    is_open: bool
    #: The pupil belonged to the group on that day.
    is_member: bool
    column: GridColumn
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class GridPage:
    """A grid with what was typed over it that is not saved."""

    grid: Grid
    #: Lessons that this person may write in.
    writable: frozenset[int]
    typed: dict[Field, str] = field(default_factory=dict)
    troubles: dict[Field, Trouble] = field(default_factory=dict)
    refusal: str = ""
    saved: int = 0
    #: Of a page that comes back: what its lessons were known by, before.
    known: dict[int, Known] = field(default_factory=dict)

    def view(self, pupil: GridPupil, column: GridColumn) -> GridView:
        """How a cell stands on the page."""
        cell = self.grid.cell(pupil, column)
        one = field_of(pupil.pupil_id, column)
        is_member = pupil.is_member_on(column.held_on)
        return GridView(
            name=one.name,
            value=self.typed.get(one, cell.text) if self.typed else cell.text,
            saved=cell.text,
            is_late=cell.is_late,
            is_open=is_member and self.is_open(column),
            is_member=is_member,
            column=column,
            trouble=self.troubles.get(one) if self.troubles else None,
        )

    def views(self, pupil: GridPupil) -> list[GridView]:
        """A pupil's cells, with all that a field needs."""
        return [self.view(pupil, column) for column in self.grid.columns]

    def row(self, pupil: GridPupil) -> list[tuple[str, bool, bool]]:
        """The same as mere text: what stands there, whether it came late, whether the pupil
        belonged to the group on that day."""
        cells, own = self.grid.cells, pupil.pupil_id
        is_always = (
            len(pupil.spans) == 1
            and pupil.is_member_on(self.grid.columns[0].held_on)
            and (pupil.is_member_on(self.grid.columns[-1].held_on))
        )
        found = []
        for column in self.grid.columns:
            cell = cells.get((own, column.lesson_id, column.work_id), EMPTY)
            is_member = is_always or pupil.is_member_on(column.held_on)
            found.append((cell.text, cell.is_late, is_member))
        return found

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """What the letters over the columns stand for."""
        return sorted({(column.short, column.kind) for column in self.grid.columns if column.kind})

    def is_open(self, column: GridColumn) -> bool:
        """Whether this person may write in a column."""
        return column.lesson_id in self.writable

    @property
    def seen(self) -> str:
        """What the page knows of its lessons."""
        now = {
            column.lesson_id: Known(column.seen, column.first_work_id)
            for column in self.grid.columns
            if column.lesson_id in self.writable
        }
        return " ".join(
            known_text(lesson_id, self.known.get(lesson_id, known))
            for lesson_id, known in now.items()
        )

    def problems(self) -> list[dict[str, Any]]:
        """Lines of the error summary, those without a field on the page last."""
        places = {
            field_of(pupil.pupil_id, column): f"{pupil.name}, {column_words(column)}"
            for pupil in self.grid.pupils
            for column in self.grid.columns
            if self.troubles
        }
        lines = []
        for one, trouble in self.troubles.items():
            where = places.get(one)
            message = trouble.message
            if where is None:
                message = f"{message} Вы ввели: «{self.typed.get(one, '')}»."
            lines.append(
                {
                    "field": one.name if where else "",
                    "where": where or "Ученик или урок не с этой страницы",
                    "message": message,
                }
            )
        return sorted(lines, key=lambda line: not line["field"])

    @property
    def elsewhere(self) -> list[tuple[str, str]]:
        """Typed fields that this page does not show: of another period."""
        here = {
            field_of(pupil.pupil_id, column)
            for pupil in self.grid.pupils
            for column in self.grid.columns
        }
        return [
            (url_for("gradebook.lesson", lesson_id=one.lesson_id), text)
            for one, text in self.typed.items()
            if one not in here
        ]


def column_words(column: GridColumn) -> str:
    """«12 сентября, Контрольная работа: Дроби»: «12.09» is heard as a fraction."""
    day = day_and_month(column.held_on)
    if column.is_double:
        day = f"{day} ({column.lesson_number}-й урок)"
    return f"{day}, {column.name}" if column.name else day
