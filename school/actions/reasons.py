"""The class teacher gives absences their reasons: for a cell, or a span of days at once (B4, H2).

Who was absent is the teacher's to say; why is the class teacher's, freely until the period
closes. Nothing is overwritten that the sender did not see: a cell names what stood there, a span
names the code that it replaces.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from school.actions.history import Act, Fact, lock_lesson, move_revisions, record
from school.actions.register import OPEN_AGAIN
from school.clock import local
from school.database import execute, transaction
from school.queries.absences import AbsenceCell, list_absence_cells
from school.queries.reason_terms import ClosedPeriod, closed_on, list_closed_periods
from school.queries.register import ATTENDANCE, LATE
from school.queries.schools import ClassHead
from school.rules import marks
from school.rules.excuses import Absence, covers
from school.rules.marks import MarkError, parse_attendance
from school.rules.register import CellError, clean_minutes


@dataclass(frozen=True, slots=True)
class Typed:
    """A cell of the morning list: what stood there when the page was made, and what was typed."""

    was_code: str
    was_minutes: str
    code: str
    minutes: str


@dataclass(slots=True)
class Reasons:
    """What became of a form. Cells are named by pupil and lesson."""

    changed: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    #: Somebody wrote another code since: what stands there now.
    conflicts: dict[tuple[int, int], str] = field(default_factory=dict)
    #: Absences in the span that were left as they are.
    left: tuple[AbsenceCell, ...] = ()
    #: Those of them that lie in a closed period.
    closed: ClosedPeriod | None = None

    @property
    def is_clean(self) -> bool:
        return not self.errors and not self.conflicts


def change_reasons(
    head: ClassHead,
    typed: dict[tuple[int, int], Typed],
    day: date,
    *,
    act: Act,
) -> Reasons:
    """Write what was typed into cells of one day, each by compare-and-set; good ones are saved
    beside bad ones. Pupils who are not of the class have no cells here."""
    outcome = Reasons()
    with transaction():
        pupil_ids = {pupil_id for pupil_id, _ in typed}
        _lock({lesson_id for _, lesson_id in typed})
        cells = {
            cell.key: cell
            for cell in list_absence_cells(head.school_id, pupil_ids, day, day, head.time_zone)
        }
        closed = _closed(head, day, day, act)
        writing = _Writing(head, act)
        for key, entry in typed.items():
            cell = cells.get(key)
            try:
                code, minutes = _clean(entry)
            except CellError as error:
                outcome.errors[key] = str(error)
                continue
            if (code, minutes) == (entry.was_code, entry.was_minutes):
                continue
            now = (cell.code, cell.minutes) if cell else ("", "")
            if now == (code, minutes):
                continue
            if now != (entry.was_code, entry.was_minutes):
                outcome.conflicts[key] = " ".join(filter(None, now)) or "на уроке"
            elif period := closed_on(closed, day):
                outcome.errors[key] = closed_words(period, head.time_zone)
            elif cell is not None:
                writing.write(cell, code, minutes)
        outcome.changed = writing.finish()
    return outcome


def _clean(entry: Typed) -> tuple[str, str]:
    """Code and minutes as they are kept. Raises CellError."""
    try:
        code = parse_attendance(entry.code)
    except MarkError as error:
        raise CellError(str(error)) from None
    if not code:
        raise CellError("Снять пропуск может только учитель урока. Здесь меняют причину.")
    if entry.was_code == marks.LATE and code != marks.LATE:
        raise CellError("На уроке ученик был: пропуск может поставить только учитель урока.")
    minutes = clean_minutes(entry.minutes)
    if minutes and code != marks.LATE:
        if minutes != entry.was_minutes:
            raise CellError("Минуты пишут у опоздавших: поставьте «о» или уберите минуты.")
        minutes = ""
    return code, minutes


def closed_words(period: ClosedPeriod, time_zone: str) -> str:
    """Why a reason does not let itself be changed."""
    until = local(period.closed_at, time_zone)
    return (
        f"{period.name}: причины пропусков можно было менять до {until:%d.%m.%Y}. "
        "Если нужно исправить, попросите завуча."
    )


def set_reasons(
    head: ClassHead,
    pupil_ids: Collection[int],
    from_on: date,
    until_on: date,
    code: str,
    replaces: str,
    *,
    act: Act,
    why: str = "",
) -> Reasons:
    """Give every absence of some pupils from a day to a day that has the reason `replaces` the
    reason `code`; other absences stay and are listed. Twice does no harm."""
    with transaction():
        return give_reasons(
            head, [(pupil_id, Absence(from_on, until_on)) for pupil_id in pupil_ids], code,
            (replaces,), replace(act, why=why or act.why),
        )  # fmt: skip


def give_reasons(
    head: ClassHead,
    absences: Iterable[tuple[int, Absence]],
    code: str,
    replaces: Collection[str],
    act: Act,
) -> Reasons:
    """The same for absences with hours of their own; within the caller's transaction."""
    spans = dict(absences)
    outcome = Reasons()
    if not spans:
        return outcome
    first = min(absence.from_on for absence in spans.values())
    last = max(absence.until_on for absence in spans.values())

    def read() -> list[AbsenceCell]:
        cells = list_absence_cells(head.school_id, spans.keys(), first, last, head.time_zone)
        return [
            cell
            for cell in cells
            if cell.code not in ("", code, marks.LATE)
            and covers(spans[cell.pupil_id], cell.held_on, cell.starts, cell.ends)
        ]

    _lock({cell.lesson_id for cell in read()})
    closed = _closed(head, first, last, act)
    writing = _Writing(head, act)
    left = []
    for cell in read():
        period = closed_on(closed, cell.held_on)
        if cell.code not in replaces or period:
            left.append(cell)
            outcome.closed = outcome.closed or period
        else:
            writing.write(cell, code, "")
    outcome.changed = writing.finish()
    outcome.left = tuple(left)
    return outcome


def _lock(lesson_ids: Collection[int]) -> None:
    # In one order everywhere, so that two savers never wait for each other.
    for lesson_id in sorted(lesson_ids):
        lock_lesson(lesson_id)


def _closed(head: ClassHead, first: date, last: date, act: Act) -> tuple[ClosedPeriod, ...]:
    return list_closed_periods(
        head.school_id, head.class_id, first, last, time_zone=head.time_zone, now=act.at
    )


WRITE = """
UPDATE attendance SET code = ?, late_minutes = ?
WHERE school_id = ? AND lesson_id = ? AND pupil_id = ?
"""


class _Writing:
    """Cells on their way into the register, inside the transaction."""

    def __init__(self, head: ClassHead, act: Act) -> None:
        self.head = head
        self.act = act
        self.facts: list[Fact] = []
        self.cells = 0

    def write(self, cell: AbsenceCell, code: str, minutes: str) -> None:
        school_id = self.head.school_id
        values: tuple[Any, ...] = (code, int(minutes) if minutes else None)
        execute(WRITE, (*values, school_id, cell.lesson_id, cell.pupil_id))
        self.cells += 1
        if cell.minutes and not minutes:
            self._note(cell, LATE, cell.minutes, "")
        if code != cell.code:
            self._note(cell, ATTENDANCE, cell.code, code)
        if minutes and minutes != cell.minutes:
            self._note(cell, LATE, cell.minutes, minutes)
        if code == marks.LATE and cell.code != code:
            # Who came late owes the marks of the lesson again.
            execute(OPEN_AGAIN, (school_id, cell.lesson_id))

    def _note(self, cell: AbsenceCell, name: str, old: str, new: str) -> None:
        lesson_id = cell.lesson_id
        self.facts.append(Fact("lesson", lesson_id, name, old, new, cell.pupil_id, lesson_id))

    def finish(self) -> int:
        """Write history and move the revisions; returns how many cells were changed."""
        record(self.act, self.head.school_id, self.facts)
        move_revisions(self.act, {("pupil", fact.pupil_id or 0) for fact in self.facts})
        return self.cells
