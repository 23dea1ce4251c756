"""Saving results: every good one of a form, each by compare-and-set, as the register's cells are
(decision 4); the first one is judged with its entry (C2, C4), a change locks (H2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from school import wording
from school.actions.change_requests import note_changed
from school.actions.history import Act, Fact, move_revisions, record
from school.actions.register import SENT, Conflict, PageSend
from school.clock import local
from school.database import database, execute, fetch_all, transaction
from school.models import PeriodResult
from school.models.fields import to_milliseconds
from school.queries.calendars import get_working_days
from school.queries.regulations import find_regulation
from school.queries.results import (
    ResultChange,
    ResultColumn,
    ResultGroup,
    ResultLine,
    ResultLocks,
    ResultSheet,
    get_result_locks,
    get_result_sheet,
    list_result_changes,
    list_result_classes,
    marks_of,
)
from school.rules.marks import MarkError
from school.rules.proposals import EXAM, FINAL, NOT_ATTESTED, YEAR, parse_result
from school.rules.register import CellError, Verdict, judge, without_controls
from school.rules.timeliness import RESULT_ROW, result_due_at, result_key
from school.wording_results import why_asked

LONGEST_WHY = 500
TABLE = "period_result"


@dataclass(slots=True)
class ResultOutcome:
    """What became of a form, by pupil: how many results were saved, and which not, and why."""

    saved: int = 0
    #: Why nothing at all could be saved.
    refusal: str = ""
    errors: dict[int, str] = field(default_factory=dict)
    conflicts: dict[int, Conflict] = field(default_factory=dict)
    #: Of the errors: locked results, with what was wished for them (H2).
    locked: dict[int, str] = field(default_factory=dict)
    #: Of the errors: those that only lack a reason.
    lack_why: set[int] = field(default_factory=set)
    #: The results after the save.
    sheet: ResultSheet | None = None

    @property
    def is_clean(self) -> bool:
        return not self.refusal and not self.errors and not self.conflicts


SENT_BEFORE = "SELECT cell, sequence FROM page_save WHERE page = ?"
LOCK_CLASSES = "SELECT id FROM school_class WHERE id IN ({classes}) ORDER BY id FOR UPDATE"


def lock_results(class_ids: Collection[int]) -> None:
    """Wait for whoever saves or closes results of the same classes, so that ids of history grow in
    the order they become visible (SQLite has one writer anyway)."""
    if database.obj.for_update and class_ids:
        ordered = tuple(sorted(class_ids))
        execute(LOCK_CLASSES.format(classes=marks_of(ordered)), ordered)


def save_results(
    group: ResultGroup,
    column: ResultColumn,
    entries: Mapping[int, str],
    reasons: Mapping[int, str],
    *,
    seen: int,
    today: date,
    act: Act,
    send: PageSend | None = None,
) -> ResultOutcome:
    """Save what was typed into a column of results; good ones are saved beside bad ones.

    `entries` holds what the form sent, by pupil (an absent one is unchanged, an empty one taken
    back), `reasons` why some are others than proposed. `seen`, `today` and `send` are as in
    save_register. E2, H1: the program proposes, the teacher decides, outside the proposal says why.
    """
    with transaction():
        lock_results(list_result_classes(group))
        some = set(entries) if send else None
        sheet = get_result_sheet(group, column, today, pupil_ids=some)
        known = sheet.known(seen) if some is None else seen
        ids = [line.result_id for line in sheet.lines if line.result_id]
        changes = list_result_changes(ids, known)
        newest: dict[str, int] = {}
        if send is not None:
            newest = dict(fetch_all(SENT_BEFORE, (send.page,)))
            entries = {
                pupil_id: text
                for pupil_id, text in entries.items()
                if newest.get(_cell(column, pupil_id), 0) <= send.sequence
            }
            act = replace(act, request_id=send.request_id)
        saving = _Saving(sheet, changes, act, send, newest, reasons)
        outcome = saving.run(entries)
        if send is not None:
            moment = to_milliseconds(act.at)
            for pupil_id in entries:
                execute(SENT, (send.page, _cell(column, pupil_id), send.sequence, moment))
        if outcome.saved or send is not None:
            sheet = get_result_sheet(group, column, today, columns=sheet.columns, pupil_ids=some)
        outcome.sheet = sheet
        return outcome


def accept_proposals(
    group: ResultGroup,
    column: ResultColumn,
    offered: Mapping[int, str],
    *,
    today: date,
    act: Act,
) -> int:
    """Take what the page proposed for all who have no result yet, in one action; returns how many.
    What is proposed otherwise by now, «н/а», and whom an order gave time are the teacher's."""
    sheet = get_result_sheet(group, column, today)
    entries = {
        line.pupil_id: line.proposal.value
        for line in sheet.lines
        if sheet.lacks(line)
        and line.proposal.value not in ("", NOT_ATTESTED)
        and line.proposal.value == offered.get(line.pupil_id)
    }
    if not entries:
        return 0
    return save_results(group, column, entries, {}, seen=sheet.seen, today=today, act=act).saved


def _cell(column: ResultColumn, pupil_id: int) -> str:
    return f"{column.key}-{pupil_id}"


class _Saving:
    """One form on its way into the database, inside the transaction."""

    def __init__(
        self,
        sheet: ResultSheet,
        changes: tuple[ResultChange, ...],
        act: Act,
        send: PageSend | None,
        newest: dict[str, int],
        reasons: Mapping[int, str],
    ) -> None:
        self.sheet = sheet
        self.act = act
        self.send = send
        self.newest = newest
        self.reasons = reasons
        self.outcome = ResultOutcome()
        self.facts: list[Fact] = []
        self.firsts: list[ResultLine] = []
        self.opened: set[int] = set()
        self.is_doubled = False
        self._locks: ResultLocks | None = None
        self.at_seen: dict[int, str] = {}
        self.last_change: dict[int, ResultChange] = {}
        for change in changes:
            if send is not None and change.request_id.startswith(f"{send.page}:"):
                self.at_seen[change.pupil_id] = change.new
            else:
                self.at_seen.setdefault(change.pupil_id, change.old)
            self.last_change[change.pupil_id] = change

    @property
    def locks(self) -> ResultLocks:
        """Asked only where something decided would become another."""
        if self._locks is None:
            self._locks = get_result_locks(self.sheet, self.act.at)
        return self._locks

    def run(self, entries: Mapping[int, str]) -> ResultOutcome:
        self.outcome.refusal = refusal_of(self.sheet)
        if self.outcome.refusal:
            return self.outcome
        column = self.sheet.column
        self.is_doubled = self.send is not None and any(
            self.newest.get(_cell(column, pupil_id)) == self.send.sequence for pupil_id in entries
        )
        for pupil_id, text in entries.items():
            try:
                self._set(pupil_id, text)
            except (MarkError, CellError) as error:
                self.outcome.errors[pupil_id] = str(error)
        for change_request_id in self.opened:
            note_changed(change_request_id, self.act)
        record(self.act, self.sheet.group.school_id, self.facts)
        judge_results(self.sheet, self.firsts, self.act)
        move_revisions(self.act, {("pupil", f.pupil_id) for f in self.facts if f.pupil_id})
        return self.outcome

    def _set(self, pupil_id: int, text: str) -> None:
        line = self.sheet.line(pupil_id)
        if line is None:
            if text.strip():
                raise CellError("Этот ученик не учился в группе в этом периоде: результат не "
                                "сохранён.")  # fmt: skip
            return
        ones = "1" in text and self.sheet.policy.ones_allowed
        value = parse_result(text, self.sheet.group.marking, ones_allowed=ones)
        why = _clean_why(self.reasons.get(pupil_id, ""))
        current = line.value
        at_seen = self.at_seen.get(pupil_id, current)
        verdict = judge(value, at_seen, current)
        if verdict is Verdict.SAVE and self.is_doubled:
            if pupil_id in self.last_change:
                verdict = Verdict.CONFLICT  # it was saved before, and somebody changed it since
            elif not (self._lacks_why(line, value, why)):
                raise CellError("Не сохранено. Сохраните ещё раз.")
        if verdict is Verdict.CONFLICT:
            change = self.last_change[pupil_id]
            self.outcome.conflicts[pupil_id] = Conflict(current, change.who, change.at)
        elif verdict is Verdict.SAVE:
            self._decide(line, value, why)
        elif value and value == current and why and why != line.why:
            self._explain(line, why)

    def _lacks_why(self, line: ResultLine, value: str, why: str) -> bool:
        """Whether a result is outside the proposal and nobody said why."""
        return not why and not line.proposal.allows(value)

    def _decide(self, line: ResultLine, value: str, why: str) -> None:
        """Write one result, or say what it lacks."""
        refuse_before_its_time(self.sheet, line, value)
        opening = None
        if line.value and self.locks.is_locked(line):
            self.outcome.locked[line.pupil_id] = value
            raise CellError(self._locked_words(line))
        if line.value:
            opening = self.locks.opening(line)
        if opening and not why:
            why = opening.reason
        if self._lacks_why(line, value, why):
            self.outcome.lack_why.add(line.pupil_id)
            raise CellError(why_asked(line.proposal))
        if opening:
            self.opened.add(opening.change_request_id)
        result_id = write_result(self.sheet, line, value, why, self.act)
        if value and not line.value:
            self.firsts.append(line)
        self.facts.append(
            Fact(TABLE, result_id, self.sheet.column.field, line.value, value, line.pupil_id, None,
                 why)
        )  # fmt: skip
        self.outcome.saved += 1

    def _explain(self, line: ResultLine, why: str) -> None:
        """Another reason for what stands there."""
        if self.locks.is_locked(line):
            return
        PeriodResult.update(why=why).where(PeriodResult.id == line.result_id).execute()
        assert line.result_id is not None  # noqa: S101 - it has a value
        self.facts.append(Fact(TABLE, line.result_id, "why", line.why, why, line.pupil_id))
        self.outcome.saved += 1

    def _locked_words(self, line: ResultLine) -> str:
        if line.is_closed:
            return "Период закрыт. Исправить можно, если завуч откроет этот результат."
        over_since = self.locks.over_since(line) or self.act.at
        return wording.changes_over(local(over_since, self.sheet.group.time_zone))


def refusal_of(sheet: ResultSheet) -> str:
    """Why nothing can be entered into a column yet; "" where it can."""
    if sheet.column.from_on > sheet.today:
        return f"Этот период ещё не начался: он идёт с {wording.full_day(sheet.column.from_on)}."
    if sheet.column.kind == EXAM and (sheet.exam is None or sheet.exam.came_in_at is None):
        return "Запишите сначала, когда пришли результаты экзамена: срок считают от этого часа."
    return ""


def refuse_before_its_time(sheet: ResultSheet, line: ResultLine, value: str) -> None:
    """Raises CellError where a pupil cannot get this result in this column."""
    if not value:
        return
    if line.left_on is not None:
        day = wording.day_and_month(line.left_on)
        raise CellError(
            f"Последний день этого ученика в группе — {day}: результат за период не ставят. "
            "Если он вернулся, сначала это отмечает администратор."
        )
    if sheet.column.kind in (YEAR, FINAL) and line.proposal.missing:
        missing = wording.joined(line.proposal.missing)
        raise CellError(f"Поставьте сначала то, из чего он складывается: {missing}.")


NEW_RESULT = """
INSERT INTO period_result (school_id, school_year_id, pupil_id, subject_id, teaching_group_id,
                           study_period_id, kind, value, proposed, why, decided_at, decided_by_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
"""
CHANGED_RESULT = """
UPDATE period_result SET value = ?, proposed = ?, why = ?, decided_at = ?, decided_by_id = ?,
                         teaching_group_id = ?
WHERE id = ?
"""


def write_result(sheet: ResultSheet, line: ResultLine, value: str, why: str, act: Act) -> int:
    """Write the row of a result, in the caller's transaction; returns its id."""
    group, column = sheet.group, sheet.column
    decided = (value, line.proposal.value, why if value else "", to_milliseconds(act.at))
    if line.result_id is not None:
        execute(CHANGED_RESULT, (*decided, act.actor_id, group.group_id, line.result_id))
        return line.result_id
    cursor = execute(
        NEW_RESULT,
        (
            group.school_id, group.school_year_id, line.pupil_id, group.subject_id, group.group_id,
            column.period_id, column.kind, *decided, act.actor_id,
        ),
    )  # fmt: skip
    return int(cursor.fetchone()[0])


NEW_VERDICT = """
INSERT INTO result_verdict (school_id, key, kind, school_year_id, study_period_id, pupil_id,
                            subject_id, teaching_group_id, teacher_id, event_on, entered_at,
                            due_at, deferral_id, regulation_version_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (school_id, key) DO NOTHING
"""


def result_event(sheet: ResultSheet) -> date | datetime:
    """What a column's term is counted from: its last day, or when the exam's results came in."""
    if sheet.column.kind in (EXAM, FINAL) and sheet.exam and sheet.exam.came_in_at:
        return sheet.exam.came_in_at
    return sheet.column.until_on


def judge_results(sheet: ResultSheet, firsts: Collection[ResultLine], act: Act) -> None:
    """Write by when each first result was owed under the regulation of its day (C2, C4). One that
    was judged before keeps its verdict; a deferral made before the entry moves its last moment."""
    if not firsts:
        return
    group, column = sheet.group, sheet.column
    event = result_event(sheet)
    event_on = local(event, group.time_zone).date() if isinstance(event, datetime) else event
    found = find_regulation(group.school_id, event_on)
    if found is None:
        return
    term = found.regulation.term(RESULT_ROW[column.kind])

    def is_working_day(day: date) -> bool:
        return get_working_days(group.school_id, day)(day)

    for line in firsts:
        deferral = line.deferral
        due = result_due_at(
            term, group.time_zone, is_working_day, event=event,
            deferred_until=deferral.until_on if deferral else None,
        )  # fmt: skip
        key = result_key(
            column.kind, column.period_id, group.school_year_id, group.subject_id, line.pupil_id
        )
        values: tuple[Any, ...] = (
            group.school_id, key, column.kind, group.school_year_id, column.period_id,
            line.pupil_id, group.subject_id, group.group_id, act.actor_id, event_on,
            to_milliseconds(act.at), to_milliseconds(due),
            deferral.deferral_id if deferral else None, found.version_id,
        )  # fmt: skip
        execute(NEW_VERDICT, values)


def _clean_why(text: str) -> str:
    kept = " ".join(without_controls(text).split())
    if len(kept) > LONGEST_WHY:
        raise CellError(f"Слишком длинная причина: помещается {LONGEST_WHY} букв. Сократите.")
    return kept
