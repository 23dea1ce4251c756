"""Asking to change what is locked, and deciding on it (H2)."""

from datetime import date

from peewee import IntegrityError

from school.actions.history import Act, Fact, lock_lesson, record
from school.database import execute, transaction
from school.models import ChangeRequest
from school.models.fields import to_milliseconds
from school.queries.change_requests import ChangeRequestLine, find_change_request
from school.queries.grading import get_grading_policy
from school.queries.lessons import LessonHead
from school.queries.locks import get_locks, get_own_term, term_end
from school.queries.register import LATE, MARK, WORKED_ON, Cell, get_register
from school.queries.results import ResultLine, ResultSheet, get_result_locks
from school.rules.changes import LOCKING
from school.rules.marks import MarkError, parse_attendance, parse_cell
from school.rules.proposals import parse_result
from school.rules.register import CellError, clean_minutes, clean_worked_on, without_controls

LONGEST_REASON = 1_000


class ReasonError(CellError):
    """The reason, or the word of who declines, is missing or too long."""


class NotNeeded(CellError):
    """The cell needs no asking: it is empty, open, or asked for already."""


class AlreadyDecided(Exception):
    """Somebody decided before; `line` says who and how."""

    def __init__(self, line: ChangeRequestLine) -> None:
        super().__init__(f"change request {line.change_request_id} is decided")
        self.line = line


def request_change(
    lesson: LessonHead,
    cell: Cell,
    wanted: str,
    reason: str,
    *,
    request_id: str,
    today: date,
    act: Act,
) -> int:
    """Ask the deputy head to open a locked cell for another value, and return the request's id.
    The same form twice is one request.

    `wanted` is what shall stand there as it is typed (empty: nothing), `today` the date in the
    school's time zone. Raises ReasonError, NotNeeded where nothing is locked or somebody asked
    already, CellError for a value that cannot stand there, LookupError for no cell of this lesson.
    """
    if cell.field not in LOCKING:
        raise LookupError(f"{cell.field} never locks")
    with transaction():
        lock_lesson(lesson.lesson_id)
        same = ChangeRequest.get_or_none(
            ChangeRequest.request == request_id, ChangeRequest.asked_by == act.actor_id
        )
        if same is not None:
            return int(same.id)
        reason = clean_words(
            reason, "Напишите, почему нужно исправить: завуч решит по этим словам."
        )
        register = get_register(lesson, [cell.pupil_id] if cell.pupil_id else ())
        works = {work.work_id for work in register.works}
        if not register.pupils or (cell.work_id is not None and cell.work_id not in works):
            raise LookupError(f"no such cell in lesson {lesson.lesson_id}")
        current = register.value(cell)
        value = clean_wanted(lesson, cell, wanted, today=today)
        if value == current:
            raise CellError("Это и так стоит в журнале. Напишите, что должно стоять.")
        if not get_locks(register, act.at).is_locked(cell, current, value):
            raise NotNeeded("Просить не нужно: эту запись можно изменить прямо в журнале.")
        waiting = ChangeRequest.select().where(
            ChangeRequest.lesson == lesson.lesson_id,
            ChangeRequest.pupil == cell.pupil_id,
            ChangeRequest.field == cell.field,
            ChangeRequest.decision == "",
        )
        if any(row.work_id == cell.work_id for row in waiting):
            raise NotNeeded("Об этой записи уже попросили. Дождитесь решения завуча.")
        try:
            made = ChangeRequest.create(
                school=lesson.school_id,
                lesson=lesson.lesson_id,
                work=cell.work_id,
                pupil=cell.pupil_id,
                field=cell.field,
                was=current,
                wanted=value,
                reason=reason,
                asked_at=act.at,
                asked_by=act.actor_id,
                request=request_id,
            )
        except IntegrityError:
            # Somebody else's form with the same number: nobody sends such a thing by chance.
            raise NotNeeded("Откройте эту страницу заново и отправьте ещё раз.") from None
        _record(act, lesson.school_id, made, "", "asked", reason)
        return int(made.id)


def request_result_change(
    sheet: ResultSheet,
    line: ResultLine,
    wanted: str,
    reason: str,
    *,
    request_id: str,
    act: Act,
) -> int:
    """Ask the deputy head to open a locked result (H2), and return the request's id. The same form
    twice is one request. Raises as request_change does."""
    group = sheet.group
    with transaction():
        same = ChangeRequest.get_or_none(
            ChangeRequest.request == request_id, ChangeRequest.asked_by == act.actor_id
        )
        if same is not None:
            return int(same.id)
        reason = clean_words(
            reason, "Напишите, почему нужно исправить: завуч решит по этим словам."
        )
        try:
            value = parse_result(wanted, group.marking, ones_allowed=sheet.policy.ones_allowed)
        except MarkError as error:
            raise CellError(str(error)) from None
        if value == line.value:
            raise CellError("Это и так стоит. Напишите, что должно стоять.")
        if not get_result_locks(sheet, act.at).is_locked(line):
            raise NotNeeded("Просить не нужно: этот результат можно изменить прямо в таблице.")
        try:
            with transaction():
                made = ChangeRequest.create(
                    school=group.school_id,
                    result=line.result_id,
                    pupil=line.pupil_id,
                    field=sheet.column.field,
                    was=line.value,
                    wanted=value,
                    reason=reason,
                    asked_at=act.at,
                    asked_by=act.actor_id,
                    request=request_id,
                )
        except IntegrityError:
            raise NotNeeded("Об этом результате уже попросили. Дождитесь завуча.") from None
        _record(act, group.school_id, made, "", "asked", reason)
        return int(made.id)


def clean_wanted(lesson: LessonHead, cell: Cell, text: str, *, today: date) -> str:
    """What is wished into a cell as the register keeps it; "" clears it. Raises CellError."""
    text = without_controls(text)
    try:
        if cell.field == MARK:
            ones = "1" in text and get_grading_policy(lesson.school_id, lesson.held_on).ones_allowed
            typed = parse_cell(text, lesson.marking, ones_allowed=ones)
            if typed.attendance:
                raise CellError(
                    f"«{typed.attendance}» — посещаемость, а просите вы об отметке. "
                    "Чтобы отметку снять, оставьте поле пустым."
                )
            return typed.text
        if cell.field == WORKED_ON:
            day = clean_worked_on(text, from_on=lesson.year_from_on, today=today)
            return "" if day == lesson.held_on.isoformat() else day
        return clean_minutes(text) if cell.field == LATE else parse_attendance(text)
    except MarkError as error:
        raise CellError(str(error)) from None


def clean_words(text: str, missing: str) -> str:
    """A reason or an answer as it is kept. Raises ReasonError, with `missing` where it is empty."""
    kept = without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not kept:
        raise ReasonError(missing)
    if len(kept) > LONGEST_REASON:
        raise ReasonError(f"Слишком длинно: помещается {LONGEST_REASON} букв. Сократите текст.")
    return kept


def open_cell(line: ChangeRequestLine, *, act: Act) -> None:
    """Open the cell of a request for the term of the regulation. The same person twice does no
    harm. Raises AlreadyDecided where somebody, or this person otherwise, decided before."""
    term = get_own_term(line.school_id, "opened_for", line.time_zone, act.at)
    open_until = term_end(term, act.at, line.school_id, line.time_zone)
    _decide(line, act, ChangeRequest.OPENED, open_until_at=to_milliseconds(open_until))


def decline_change(line: ChangeRequestLine, word: str, *, act: Act) -> None:
    """Decline a request with a word. The same person twice does no harm. Raises ReasonError
    without a word, AlreadyDecided as open_cell does."""
    word = clean_words(word, "Напишите учителю хоть слово: почему нет.")
    _decide(line, act, ChangeRequest.DECLINED, word=word)


DECIDE = """
UPDATE change_request
SET decision = ?, decided_at = ?, decided_by_id = ?, word = ?, open_until = ?
WHERE id = ? AND decision = ''
"""


def _decide(
    line: ChangeRequestLine,
    act: Act,
    decision: str,
    *,
    word: str = "",
    open_until_at: int | None = None,
) -> None:
    with transaction():
        if line.lesson_id is not None:
            lock_lesson(line.lesson_id)
        # Of two deputies at once the second waits for the first, and finds it decided.
        decided = execute(
            DECIDE,
            (
                decision,
                to_milliseconds(act.at),
                act.actor_id,
                word,
                open_until_at,
                line.change_request_id,
            ),
        )
        if decided.rowcount:
            _record(act, line.school_id, line, "asked", decision, word)
            return
    found = find_change_request(line.change_request_id)
    if found is None:
        raise LookupError(f"no change request {line.change_request_id}")
    if (found.decision, found.decided_by_id) != (decision, act.actor_id):
        raise AlreadyDecided(found)


CHANGED = "UPDATE change_request SET changed_at = ? WHERE id = ? AND changed_at IS NULL"


def note_changed(change_request_id: int, act: Act) -> None:
    """Say that an opened cell was changed; to be called within that change's transaction."""
    execute(CHANGED, (to_milliseconds(act.at), change_request_id))


def _record(
    act: Act, school_id: int, row: ChangeRequest | ChangeRequestLine, old: str, new: str, why: str
) -> None:
    """E7: who asked and who decided is history as well."""
    if isinstance(row, ChangeRequest):
        row_id, pupil_id, lesson_id = row.id, row.pupil_id, row.lesson_id
    else:
        row_id, pupil_id, lesson_id = row.change_request_id, row.cell.pupil_id, row.lesson_id
    fact = Fact("change_request", row_id, "change_request", old, new, pupil_id, lesson_id, why)
    record(act, school_id, [fact])
