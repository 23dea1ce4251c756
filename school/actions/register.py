"""Saving the register of a lesson: every good cell of a form, each by compare-and-set."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from typing import Any

from school import wording
from school.actions.change_requests import note_changed
from school.actions.history import Act, Fact, lock_lesson, move_revisions, record
from school.actions.verdicts import judge_entries, list_first_entries
from school.clock import local
from school.database import execute, transaction
from school.models import (
    Attendance,
    Homework,
    Lesson,
    LessonComment,
    Mark,
    PageSave,
    Work,
    WorkKind,
)
from school.models.fields import to_milliseconds
from school.queries.grading import get_grading_policy
from school.queries.lessons import LessonHead
from school.queries.locks import RESTS_ON, Locks, get_locks
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
    Change,
    Register,
    get_register,
    get_seen,
    list_changes,
)
from school.queries.work_kinds import list_work_kinds
from school.rules import marks as mark_rules
from school.rules.changes import LOCKING, changed_places
from school.rules.marks import MarkError, parse_attendance, parse_cell
from school.rules.register import (
    CellError,
    Verdict,
    clean_minutes,
    clean_text,
    clean_worked_on,
    judge,
    name_of_work,
)
from school.rules.timeliness import is_given

ATTENDANCE_TAKEN = "attendance_taken"
#: The work that a mark in a lesson without works is for: weight 1, not expected of all.
ANSWER = "Ответ на уроке"

#: What cannot be entered before the lesson's day.
_NEEDS_THE_DAY = frozenset({MARK, WORKED_ON, ATTENDANCE, LATE, ATTENDANCE_TAKEN})


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else wrote another value since the page was rendered."""

    theirs: str
    who: str
    at: datetime


@dataclass(slots=True)
class Outcome:
    """What became of a form: how many cells were saved, and which were not, and why."""

    saved: int = 0
    #: Why nothing at all could be saved.
    refusal: str = ""
    errors: dict[Cell, str] = field(default_factory=dict)
    conflicts: dict[Cell, Conflict] = field(default_factory=dict)
    #: Of the errors: cells whose term of changes is over, with what was wished for them (H2).
    locked: dict[Cell, str] = field(default_factory=dict)
    #: What belongs into a cell though it was typed into another («н» into a mark's field).
    moved: dict[Cell, str] = field(default_factory=dict)
    #: Where a page saves cell by cell: its pupils' part of the register after the save, and the
    #: cells that the page's saves changed since the one it sends from, besides those it sent.
    register: Register | None = None
    went_with: frozenset[Cell] = frozenset()

    @property
    def is_clean(self) -> bool:
        return not self.refusal and not self.errors and not self.conflicts


@dataclass(frozen=True, slots=True)
class PageSend:
    """Which open page sent cells, and as its how manieth save."""

    page: str
    sequence: int

    @property
    def request_id(self) -> str:
        """How history rows name the save, so that a page knows its own changes."""
        return f"{self.page}:{self.sequence}"

    def made(self, change: Change) -> bool:
        """Whether a change came from the same page."""
        return change.request_id.startswith(f"{self.page}:")

    @staticmethod
    def sequence_of(change: Change) -> int:
        """As its page's how manieth save a change came."""
        return int(change.request_id.partition(":")[2])


def save_register(
    lesson: LessonHead,
    entries: dict[Cell, str],
    *,
    seen: int,
    today: date,
    act: Act,
    send: PageSend | None = None,
    opened_without_works: bool = False,
) -> Outcome:
    """Save what was typed into a lesson's register; good cells are saved beside bad ones.

    `entries` holds the cells that the form sent (an absent cell is unchanged, an empty one
    cleared); a mark's cell without a work is the lesson's first one. `seen` is the newest
    history id when the form was rendered. `today` is the date in the school's time zone. `send`
    is given where a page saves cell by cell: what it saved itself is no conflict to it, and a
    save that a later one of its overtook changes nothing. `opened_without_works` says that the
    page had no work yet: its marks are for an answer, not for a test that somebody added since.
    H3; Регламент СШ № 11, п. 1.5: what is entered is in the diary at once.
    """
    with transaction():
        _lock(lesson)
        # A page that saves cell by cell has few pupils to ask about.
        pupil_ids = {cell.pupil_id for cell in entries if cell.pupil_id is not None}
        register = get_register(lesson, pupil_ids, page=send.page) if send else get_register(lesson)
        if register.lesson.is_cancelled:
            return Outcome(
                refusal="Урок отменён, записи в нём закрыты: ничего не сохранено.",
                register=register,
            )
        known = register.known(seen)
        changes = list_changes(lesson, known) if known < register.seen else ()
        newest: dict[str, int] = {}
        if send is not None:
            newest = _newest_sends(register, changes, send)
            entries = {
                cell: text
                for cell, text in entries.items()
                if newest.get(_name_of(register, cell), 0) <= send.sequence
            }
            act = replace(act, request_id=send.request_id)
        saving = _Saving(register, changes, today, act, send, newest)
        if opened_without_works:
            entries = saving.refuse_marks_for_a_new_work(entries)
        outcome = saving.run(entries)
        if send is not None:
            # What moved or went with a cell was said by the same save.
            said_of = (*entries, *outcome.moved, *saving.written)
            said = {_name_of(register, cell) for cell in said_of}
            for name in said - {_name_of(register, cell) for cell in saving.changed}:
                execute(SENT, (send.page, name, send.sequence, to_milliseconds(act.at)))
            outcome.register = saving.register_now()
            outcome.went_with = frozenset(
                cell
                for cell in {change.cell for change in changes if send.made(change)}
                | saving.written
                if cell.pupil_id in pupil_ids
            )
        return outcome


def _name_of(register: Register, cell: Cell) -> str:
    """A cell as page_save names it: the grid has cells of many lessons on one page, and the first
    work's cells are sent with their work or without."""
    is_of_first = bool(register.works) and cell.work_id == register.works[0].work_id
    work_id = None if is_of_first else cell.work_id
    return f"{register.lesson.lesson_id}-{cell.field}-{cell.pupil_id}-{work_id}"


def _newest_sends(register: Register, changes: Iterable[Change], send: PageSend) -> dict[str, int]:
    """The newest saves that a page sent so far, by cell. History says which of them changed the
    cell: it is newer than what the page knew when it sent. page_save says the others, which found
    the cell as they would have it, or were refused."""
    newest = dict(register.sent)
    for change in changes:
        if send.made(change):
            name = _name_of(register, change.cell)
            newest[name] = max(newest.get(name, 0), send.sequence_of(change))
    return newest


# Fixed SQL: every cell that is left goes through here.
SENT = """
INSERT INTO page_save (page, cell, sequence, at) VALUES (?, ?, ?, ?)
ON CONFLICT (page, cell) DO UPDATE SET sequence = excluded.sequence, at = excluded.at
WHERE page_save.sequence < excluded.sequence
"""


def forget_page_saves(before: datetime) -> int:
    """Delete what pages sent before a moment; returns how many rows."""
    count: int = PageSave.delete().where(PageSave.at < before).execute()
    return count


def undo_attendance_taken(lesson: LessonHead, act: Act) -> None:
    """Take the act «посещаемость отмечена» back. Twice does no harm."""
    with transaction():
        _lock(lesson)
        row = Lesson.get_by_id(lesson.lesson_id)
        if row.attendance_taken_at is None:
            return
        Lesson.update(attendance_taken_at=None, attendance_taken_by=None).where(
            Lesson.id == lesson.lesson_id
        ).execute()
        fact = Fact("lesson", lesson.lesson_id, ATTENDANCE_TAKEN, "1", "", None, lesson.lesson_id)
        record(act, lesson.school_id, [fact])
        move_revisions(act, [("group", lesson.group_id)])


def add_work(
    lesson: LessonHead, work_kind_id: int, title: str, act: Act, *, due_on: date | None = None
) -> int:
    """Add a work (a column) to a lesson and return its id. The same kind and title a second
    time is the same work. `due_on` is the last day on which a «точка» may still stand. Raises
    CellError."""
    title = clean_text(title, TOPIC)
    if lesson.is_extracurricular:
        raise CellError("На внеурочных занятиях отметок не ставят: работу добавить нельзя.")
    with transaction():
        _lock(lesson)
        offered = list_work_kinds(lesson.school_id, lesson.subject_id)
        kind = next((kind for kind in offered if kind.id == work_kind_id), None)
        if kind is None:
            raise CellError("Выберите вид работы из списка.")
        works = list(
            Work.select().where(Work.school == lesson.school_id, Work.lesson == lesson.lesson_id)
        )
        for work in works:
            if work.work_kind_id == kind.id and work.title == title:
                same: int = work.id
                return same
        return _create_work(
            lesson,
            kind.id,
            kind.name,
            act,
            title=title,
            weight=Fraction(kind.weight),
            ordinal=len(works) + 1,
            marks_expected=kind.marks_expected,
            # What its kind and subject say today: later changes of theirs are asked for apart.
            is_important=kind.is_important,
            due_on=due_on,
        )


def _create_work(
    lesson: LessonHead, kind_id: int, kind: str, act: Act, *, title: str = "", **values: Any
) -> int:
    work = Work.create(
        school=lesson.school_id, lesson=lesson.lesson_id, work_kind=kind_id, title=title, **values
    )
    record(
        act,
        lesson.school_id,
        [Fact("work", work.id, "work", "", name_of_work(kind, title), None, lesson.lesson_id)],
    )
    move_revisions(act, [("group", lesson.group_id)])
    work_id: int = work.id
    return work_id


def _lock(lesson: LessonHead) -> None:
    """One saver at a time per lesson (SQLite has one writer anyway)."""
    lock_lesson(lesson.lesson_id)


# A class of marks is saved at eight o'clock by everybody: peewee would take longer to build the
# statement than the database to carry it out.
NEW_MARK = """
INSERT INTO mark (school_id, work_id, pupil_id, position, value, worked_on)
VALUES (?, ?, ?, ?, ?, ?)
"""
CHANGED_MARK = """
UPDATE mark SET value = ? WHERE school_id = ? AND work_id = ? AND pupil_id = ? AND position = ?
"""


# Works whose marks may be missing once more.
OPEN_AGAIN = """
UPDATE work SET settled_at = NULL
WHERE school_id = ? AND lesson_id = ? AND settled_at IS NOT NULL
"""


def _order(cell: Cell) -> int:
    """A mark before the day it was earned on, «о» before its minutes, all before the act."""
    if cell.field == ATTENDANCE_TAKEN:
        return 2
    return 1 if cell.field in RESTS_ON else 0


class _Saving:
    """One form on its way into the database, inside the transaction."""

    def __init__(
        self,
        register: Register,
        changes: Iterable[Change],
        today: date,
        act: Act,
        send: PageSend | None,
        newest: dict[str, int],
    ) -> None:
        self.register = register
        self.lesson = register.lesson
        self.today = today
        self.act = act
        self.sequence = send.sequence if send else 0
        self.newest = newest
        self.is_doubled = False
        self.outcome = Outcome()
        self.facts: list[Fact] = []
        #: The id of the only history row that was written; None: none, or several.
        self.newest_line: int | None = None
        #: What the form said, and what of it became another text.
        self.written: set[Cell] = set()
        self.changed: set[Cell] = set()
        self.opened: set[int] = set()
        #: Absences that got their reason from an excuse: cell → by which.
        self.excused: dict[Cell, str] = {}
        self.revisions: set[tuple[str, int]] = set()
        self.pupil_ids = {pupil.pupil_id for pupil in register.pupils}
        self.work_ids = [work.work_id for work in register.works]
        self.current = dict(register.values)
        if self.lesson.attendance_taken_at is not None:
            self.current[Cell(ATTENDANCE_TAKEN)] = "1"
        # The first change after `seen` says what stood there when the page was rendered.
        self.at_seen: dict[Cell, str] = {}
        self.last_change: dict[Cell, Change] = {}
        for change in changes:
            if send is not None and send.made(change):
                self.at_seen[change.cell] = change.new
            else:
                self.at_seen.setdefault(change.cell, change.old)
            self.last_change[change.cell] = change

    def refuse_marks_for_a_new_work(self, entries: dict[Cell, str]) -> dict[Cell, str]:
        """Without the marks that were typed before the lesson had a work, where its first one
        is by now something else than an answer."""
        first = self.register.works[0] if self.register.works else None
        if first is None or (first.kind == ANSWER and not first.title):
            return entries
        kept = dict(entries)
        for cell, text in entries.items():
            if cell.field in (MARK, WORKED_ON) and cell.work_id is None and kept.pop(cell).strip():
                self.outcome.errors[self._named(cell)] = (
                    f"Пока страница была открыта, в урок добавили работу «{first.name}». "
                    f"Если «{mark_rules.shorten(text)}» — за неё, сохраните ещё раз."
                )
        return kept

    def run(self, entries: dict[Cell, str]) -> Outcome:
        # A save that arrives a second time has done what it had to do.
        self.is_doubled = self.sequence > 0 and any(
            self.newest.get(_name_of(self.register, cell)) == self.sequence for cell in entries
        )
        entries = self._name_first_work(entries)
        self._refuse_strangers(entries)
        cleaned = self._clean(entries)
        for cell in sorted(cleaned, key=_order):
            if cell.field == ATTENDANCE_TAKEN and self._attendance_is_open():
                # Who is not marked was there: that cannot be said while a cell is in question.
                self.outcome.errors[cell] = "Сначала исправьте посещаемость, потом отметьте её."
            else:
                self._set(cell, cleaned[cell])
        # The work may have been made on the way: the page knows its cells by it.
        self.outcome.errors = self._name_first_work(self.outcome.errors)
        for change_request_id in self.opened:
            note_changed(change_request_id, self.act)
        self.newest_line = record(self.act, self.lesson.school_id, self.facts)
        self._judge()
        move_revisions(self.act, self.revisions)
        return self.outcome

    def _judge(self) -> None:
        """What was first entered is judged with its entry; what goes is owed again (C10)."""
        due_on = {work.work_id: work.due_on for work in self.register.works}
        firsts = list_first_entries(self.facts, self._worked_on, due_on.get)
        judge_entries(self.lesson, firsts, self.act.at)
        if any(
            fact.field == ATTENDANCE or (fact.field == MARK and not is_given(fact.new))
            for fact in self.facts
        ):
            execute(OPEN_AGAIN, (self.lesson.school_id, self.lesson.lesson_id))

    def _worked_on(self, work_id: int, pupil_id: int) -> date | None:
        day = self.current.get(Cell(WORKED_ON, pupil_id, work_id))
        return date.fromisoformat(day) if day else None

    @cached_property
    def ones_allowed(self) -> bool:
        return get_grading_policy(self.lesson.school_id, self.lesson.held_on).ones_allowed

    @cached_property
    def locks(self) -> Locks:
        """Asked only where something filled would be changed: a first entry costs nothing."""
        return get_locks(self.register, self.act.at)

    def _is_change(self, cell: Cell, current: str, text: str) -> bool:
        return cell.field in LOCKING and bool(changed_places(current, text))

    def register_now(self) -> Register:
        """The register with what was written."""
        if not self.facts:
            return self.register
        if len(self.work_ids) > len(self.register.works):
            return get_register(self.lesson, self.pupil_ids)  # with the work that was made
        return replace(
            self.register,
            seen=self.newest_line or get_seen(self.lesson),
            values={
                cell: text
                for cell, text in self.current.items()
                if text and cell.field != ATTENDANCE_TAKEN
            },
        )

    def _was_overtaken(self, cell: Cell) -> bool:
        """Whether the page sent a newer value of a cell that this save would change on the way."""
        return self.newest.get(_name_of(self.register, cell), 0) > self.sequence

    def _attendance_is_open(self) -> bool:
        return any(
            cell.field in (ATTENDANCE, LATE)
            for cell in (*self.outcome.errors, *self.outcome.conflicts)
        )

    # What was sent

    def _name_first_work(self, entries: dict[Cell, str]) -> dict[Cell, str]:
        """`mark-<pupil>` is the lesson's first work."""
        return {self._named(cell): text for cell, text in entries.items()}

    def _named(self, cell: Cell) -> Cell:
        if cell.field in (MARK, WORKED_ON) and cell.work_id is None and self.work_ids:
            return Cell(cell.field, cell.pupil_id, self.work_ids[0])
        return cell

    def _refuse_strangers(self, entries: dict[Cell, str]) -> None:
        """Drop cells of pupils who are not in this lesson's group on its day, and of works that
        are not this lesson's; say so where something was typed into them."""
        for cell in list(entries):
            if cell.pupil_id is not None and cell.pupil_id not in self.pupil_ids:
                message = "В день урока этот ученик не состоял в группе: запись не сохранена."
            elif cell.work_id is not None and cell.work_id not in self.work_ids:
                message = "Этой работы в уроке нет: откройте страницу урока заново."
            else:
                continue
            if entries.pop(cell).strip():
                self.outcome.errors[cell] = message

    def _clean(self, entries: dict[Cell, str]) -> dict[Cell, str]:
        """Canonical texts of the cells that can be read; errors for the others."""
        cleaned: dict[Cell, str] = {}
        typed_absences: dict[int, tuple[str, Cell]] = {}
        for cell, text in entries.items():
            if cell.field == ATTENDANCE_TAKEN and not text.strip():
                continue  # undone by a button of its own
            try:
                if cell.field == MARK and cell.pupil_id is not None:
                    # The policy is asked only where it matters.
                    ones = "1" in text and self.ones_allowed
                    typed = parse_cell(text, self.lesson.marking, ones_allowed=ones)
                    cleaned[cell] = typed.text
                    if typed.attendance:
                        typed_absences[cell.pupil_id] = (typed.attendance, cell)
                else:
                    cleaned[cell] = self._cleaners[cell.field](self, text)
            except (MarkError, CellError) as error:
                self.outcome.errors[cell] = str(error)
        for pupil_id, (code, cell) in typed_absences.items():
            self._move_absence(cleaned, pupil_id, code, cell)
        for pupil_id in {cell.pupil_id for cell in entries if cell.pupil_id is not None}:
            self._give_reason(cleaned, pupil_id)
            self._tie_lateness(cleaned, pupil_id)
            self._tie_worked_on(cleaned, pupil_id)
        self._refuse_before_the_day(cleaned)
        return cleaned

    _cleaners: dict[str, Callable[["_Saving", str], str]] = {  # noqa: RUF012
        ATTENDANCE: lambda self, text: parse_attendance(text),
        LATE: lambda self, text: clean_minutes(text),
        WORKED_ON: lambda self, text: self._clean_worked_on(text),
        COMMENT: lambda self, text: clean_text(text, COMMENT),
        HOMEWORK: lambda self, text: clean_text(text, HOMEWORK),
        TOPIC: lambda self, text: clean_text(text, TOPIC),
        MATERIAL: lambda self, text: clean_text(text, MATERIAL),
        ATTENDANCE_TAKEN: lambda self, text: "1",
    }

    def _clean_worked_on(self, text: str) -> str:
        day = clean_worked_on(text, from_on=self.lesson.year_from_on, today=self.today)
        # The lesson's own day is what an empty field means.
        return "" if day == self.lesson.held_on.isoformat() else day

    def _move_absence(
        self, cleaned: dict[Cell, str], pupil_id: int, code: str, typed_in: Cell
    ) -> None:
        """An absence typed into a mark's field goes to attendance."""
        attendance = Cell(ATTENDANCE, pupil_id)
        if self._was_overtaken(attendance):
            return  # the page said something newer of it
        chosen = cleaned.get(attendance, "")
        if attendance in self.outcome.errors:
            del cleaned[typed_in]
            self.outcome.errors[typed_in] = f"Здесь «{code}»: исправьте сначала посещаемость."
        elif chosen not in ("", code, self._seen_value(attendance)):
            del cleaned[typed_in]
            self.outcome.errors[typed_in] = (
                f"В поле отметки «{code}», а в посещаемости «{chosen}». Оставьте одно из двух."
            )
        elif self._effective(cleaned, attendance) != code:
            cleaned[attendance] = self.outcome.moved[attendance] = code

    def _give_reason(self, cleaned: dict[Cell, str], pupil_id: int) -> None:
        """An «н» that is entered where an accepted excuse says why is that reason at once (H9);
        who types «н» over the reason that stands there means it."""
        cell = Cell(ATTENDANCE, pupil_id)
        hint = next((h for h in self.register.hints.get(pupil_id, ()) if h.code), None)
        if hint is None or cleaned.get(cell) != mark_rules.NO_REASON:
            return
        came_again = self.is_doubled and self.current.get(cell) == hint.code
        if self._seen_value(cell) == "" or came_again:
            cleaned[cell] = hint.code
            self.excused[cell] = hint.why
            if cell in self.outcome.moved:
                self.outcome.moved[cell] = hint.code

    def _tie_lateness(self, cleaned: dict[Cell, str], pupil_id: int) -> None:
        """Minutes belong to who came late: they make «о», and go with it."""
        late, attendance = Cell(LATE, pupil_id), Cell(ATTENDANCE, pupil_id)
        minutes = cleaned.get(late, "")
        code = self._effective(cleaned, attendance)
        if not minutes or code == mark_rules.LATE:
            return
        if minutes == self._seen_value(late):
            del cleaned[late]  # not edited: they go with their code
        elif attendance in self.outcome.errors:
            del cleaned[late]
            self.outcome.errors[late] = "Исправьте сначала посещаемость, минуты — вместе с ней."
        elif code == "" and self._was_overtaken(attendance):
            del cleaned[late]
        elif code == "":
            cleaned[attendance] = self.outcome.moved[attendance] = mark_rules.LATE
        else:
            del cleaned[late]
            self.outcome.errors[late] = f"Минуты пишут у опоздавших, а в посещаемости «{code}»."

    def _tie_worked_on(self, cleaned: dict[Cell, str], pupil_id: int) -> None:
        """The day of a work belongs to a mark, and goes with it."""
        for cell in [c for c in cleaned if c.field == WORKED_ON and c.pupil_id == pupil_id]:
            mark = Cell(MARK, pupil_id, cell.work_id)
            is_wrong = mark in self.outcome.errors
            if not cleaned[cell] or (self._effective(cleaned, mark) and not is_wrong):
                continue
            if cleaned.pop(cell) != self._seen_value(cell):
                self.outcome.errors[cell] = (
                    "Исправьте сначала отметку, дата — вместе с ней."
                    if is_wrong
                    else "Сначала поставьте отметку, потом её дату."
                )

    def _refuse_before_the_day(self, cleaned: dict[Cell, str]) -> None:
        if self.lesson.held_on <= self.today:
            return
        for cell in [c for c in cleaned if c.field in _NEEDS_THE_DAY]:
            if cleaned.pop(cell) != self._seen_value(cell):
                self.outcome.errors[cell] = (
                    "Урок ещё не наступил: отметки и посещаемость ставят в его день."
                )

    def _effective(self, cleaned: dict[Cell, str], cell: Cell) -> str:
        return cleaned.get(cell, self.current.get(cell, ""))

    def _seen_value(self, cell: Cell) -> str:
        return self.at_seen.get(cell, self.current.get(cell, ""))

    # What is written

    def _set(self, cell: Cell, text: str) -> None:
        cell = self._named(cell)
        current = self.current.get(cell, "")
        verdict = judge(text, self._seen_value(cell), current)
        refuses = verdict is Verdict.SAVE and self.is_doubled
        if refuses and cell in self.last_change:
            verdict = Verdict.CONFLICT  # it was saved before, and somebody changed it since
        resting = self._resting_on(cell, text) if verdict is Verdict.SAVE else None
        opening = None
        if verdict is Verdict.SAVE and self._is_change(cell, current, text):
            over_since = self.locks.over_since(cell, current, text)
            opening = self.locks.opening(cell) if over_since else None
            if over_since and opening is None:
                # H2: what was typed comes back, with the way to ask.
                until = local(over_since, self.lesson.time_zone)
                self.outcome.errors[cell] = wording.changes_over(until)
                self.outcome.locked[cell] = text
                return
        if refuses and verdict is Verdict.SAVE:
            # It was refused before, for something that is in order by now.
            self.outcome.errors[cell] = "Не сохранено. Сохраните ещё раз."
        elif verdict is Verdict.CONFLICT:
            change = self.last_change[cell]
            self.outcome.conflicts[cell] = Conflict(current, change.who, change.at)
        elif resting and self.current[resting] != self._seen_value(resting):
            # It would go with this cell, and this person never saw it.
            change = self.last_change[resting]
            theirs = f"{current} ({self.current[resting]})"
            self.outcome.conflicts[cell] = Conflict(theirs, change.who, change.at)
        elif verdict is Verdict.SAVE and not self._has_ground(cell, text):
            self.outcome.errors[cell] = (
                "Решите сначала, какая отметка верна, дата — вместе с ней."
                if cell.field == WORKED_ON
                else "Решите сначала, что в посещаемости, минуты — вместе с ней."
            )
        elif verdict is Verdict.SAVE:
            if cell.field == LATE and text:
                self.written.add(Cell(ATTENDANCE, cell.pupil_id))  # «о» as it stands
            if cell.field == MARK and cell.work_id is None:
                cell = Cell(MARK, cell.pupil_id, self._answer_work())
            self._write(cell, text)
            why = opening.reason if opening else self.excused.get(cell, "")
            if opening:
                self.opened.add(opening.change_request_id)
            if resting:
                self._note(resting, self.current.pop(resting), "", why)
            self.current[cell] = text
            self.outcome.saved += 1
            self._note(cell, current, text, why)

    def _resting_on(self, cell: Cell, text: str) -> Cell | None:
        """The minutes of «о» or the day of a mark, where they go with what is written."""
        found = None
        if cell.field == ATTENDANCE and text != mark_rules.LATE:
            found = Cell(LATE, cell.pupil_id)
        elif cell.field == MARK and not text:
            found = Cell(WORKED_ON, cell.pupil_id, cell.work_id)
        return found if found and self.current.get(found) else None

    def _has_ground(self, cell: Cell, text: str) -> bool:
        """Whether what minutes or a day rest on stands there, and is not argued about."""
        if cell.field not in RESTS_ON or not text:
            return True
        ground = Cell(RESTS_ON[cell.field], cell.pupil_id, cell.work_id)
        stands = self.current.get(ground, "")
        fits = stands == mark_rules.LATE if cell.field == LATE else bool(stands)
        return fits and ground not in {*self.outcome.conflicts, *self.outcome.locked}

    def _answer_work(self) -> int:
        """The work of a mark in a lesson that had none; made once for the whole form."""
        if not self.work_ids:
            kind, _ = WorkKind.get_or_create(school=self.lesson.school_id, name=ANSWER)
            self.work_ids.append(
                _create_work(
                    self.lesson,
                    kind.id,
                    ANSWER,
                    self.act,
                    weight=1,
                    ordinal=1,
                    marks_expected=False,
                )
            )
        return self.work_ids[0]

    def _note(self, cell: Cell, old: str, new: str, why: str = "") -> None:
        self.written.add(cell)
        self.changed.add(cell)
        table, row = ("work", cell.work_id) if cell.work_id else ("lesson", self.lesson.lesson_id)
        self.facts.append(
            Fact(table, row, cell.field, old, new, cell.pupil_id, self.lesson.lesson_id, why)
        )
        if cell.pupil_id is None:
            self.revisions.add(("group", self.lesson.group_id))
        else:
            self.revisions.add(("pupil", cell.pupil_id))

    def _write(self, cell: Cell, text: str) -> None:
        school, lesson = self.lesson.school_id, self.lesson.lesson_id
        match cell.field:
            case "mark":
                self._write_marks(cell, text)
            case "worked_on":
                worked_on = date.fromisoformat(text) if text else None
                Mark.update(worked_on=worked_on).where(*self._marks_of(cell)).execute()
            case "attendance":
                values = {"code": text} | ({} if text == mark_rules.LATE else {LATE: None})
                self._write_row(Attendance, cell, values if text else None)
            case "late_minutes":
                Attendance.update(late_minutes=int(text) if text else None).where(
                    Attendance.school == school,
                    Attendance.lesson == lesson,
                    Attendance.pupil == cell.pupil_id,
                ).execute()
            case "comment":
                self._write_row(LessonComment, cell, {"text": text} if text else None)
            case "homework":
                self._write_row(Homework, cell, {"text": text} if text else None)
            case "attendance_taken":
                Lesson.update(
                    attendance_taken_at=self.act.at, attendance_taken_by=self.act.actor_id
                ).where(Lesson.id == lesson).execute()
            case "topic":
                Lesson.update(topic=text).where(Lesson.id == lesson).execute()
            case "material":
                Lesson.update(material=text).where(Lesson.id == lesson).execute()
            case unknown:
                raise LookupError(f"no such cell: {unknown}")

    def _write_row(
        self,
        model: type[Attendance] | type[LessonComment] | type[Homework],
        cell: Cell,
        values: dict[str, str] | dict[str, str | None] | None,
    ) -> None:
        """One row per lesson and pupil (per lesson for homework given to all), or none."""
        whose = model.pupil.is_null() if cell.pupil_id is None else model.pupil == cell.pupil_id
        place = (
            (model.school == self.lesson.school_id)
            & (model.lesson == self.lesson.lesson_id)
            & whose
        )
        if values is None:
            model.delete().where(place).execute()
        elif not model.update(**values).where(place).execute():
            model.create(
                school=self.lesson.school_id,
                lesson=self.lesson.lesson_id,
                pupil=cell.pupil_id,
                **values,
            )

    def _write_marks(self, cell: Cell, text: str) -> None:
        """What stands in the cell says which statement each position needs: one, not three."""
        marks = text.split("/") if text else []
        before = self.current.get(cell, "")
        there = len(before.split("/")) if before else 0
        if there > len(marks):
            Mark.delete().where(*self._marks_of(cell), Mark.position > len(marks)).execute()
        day = self.current.get(Cell(WORKED_ON, cell.pupil_id, cell.work_id))
        for position, value in enumerate(marks, start=1):
            if position > there:
                execute(NEW_MARK, (*self._place_of(cell), position, value, day or None))
            else:
                execute(CHANGED_MARK, (value, *self._place_of(cell), position))

    def _place_of(self, cell: Cell) -> tuple[int | None, ...]:
        return (self.lesson.school_id, cell.work_id, cell.pupil_id)

    def _marks_of(self, cell: Cell) -> tuple[object, ...]:
        return (
            Mark.school == self.lesson.school_id,
            Mark.work == cell.work_id,
            Mark.pupil == cell.pupil_id,
        )
