"""The results of a group: a column on one page, by keyboard, beside what is proposed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, jsonify, request, url_for
from flask_login import current_user

from blueprints.access import load_results, new_act, now, permit
from blueprints.forms import has_good_token
from blueprints.gradebook.cells import (
    is_page_of,
    new_page_id,
    read_send,
    stale_token,
    wants_cells,
)
from blueprints.gradebook.forms import Problem, TokenForm, read_seen
from blueprints.gradebook.views import READS, WRITES, blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.register import Conflict
from school.actions.results import ResultOutcome, accept_proposals, refusal_of, save_results
from school.actions.sessions import drop_draft
from school.queries.drafts import find_draft
from school.queries.missing_results import MissingResult, gather_missing, list_missing_results
from school.queries.results import (
    ResultColumn,
    ResultGroup,
    ResultLine,
    ResultSheet,
    choose_column,
    get_result_sheet,
    list_columns,
    list_result_changes,
    list_result_groups,
)
from school.queries.schools import get_time_zone
from school.rules.access import may_write_results
from school.rules.proposals import UNSATISFACTORY
from school.rules.register import without_controls
from school.wording import plural
from school.wording_results import proposal_reason

STALE = "Вы входили заново, поэтому ничего ещё не сохранено. Введённое — ниже: нажмите «Сохранить»."


@dataclass(frozen=True, slots=True)
class ResultView:
    """A pupil's row of the page with all that is shown at it."""

    line: ResultLine
    value: str
    why: str
    error: str = ""
    conflict: Conflict | None = None
    lacks_why: bool = False
    #: Where to ask for it to be opened.
    ask: str = ""
    is_missing: bool = False

    @property
    def name(self) -> str:
        return f"result-{self.line.pupil_id}"

    @property
    def why_name(self) -> str:
        return f"why-{self.line.pupil_id}"


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """A column of results with what somebody typed over it that is not saved."""

    sheet: ResultSheet
    typed: Mapping[int, str] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    outcome: ResultOutcome = field(default_factory=ResultOutcome)
    seen: int = 0

    def rows(self) -> list[ResultView]:
        return [self.row(line) for line in self.sheet.lines]

    def row(self, line: ResultLine) -> ResultView:
        pupil_id, outcome = line.pupil_id, self.outcome
        return ResultView(
            line,
            self.typed.get(pupil_id, line.value),
            self.reasons.get(pupil_id, line.why),
            outcome.errors.get(pupil_id, ""),
            outcome.conflicts.get(pupil_id),
            pupil_id in outcome.lack_why,
            self._ask(line),
            self.sheet.is_over and self.sheet.lacks(line),
        )

    def _ask(self, line: ResultLine) -> str:
        if line.pupil_id not in self.outcome.locked:
            return ""
        return url_for(
            "gradebook.result_change",
            group_id=self.sheet.group.group_id,
            column=self.sheet.column.key,
            pupil=line.pupil_id,
            to=self.outcome.locked[line.pupil_id],
        )

    def problems(self) -> list[Problem]:
        """Everything that was not saved, in the order of the form."""
        lines = {line.pupil_id: line for line in self.sheet.lines}
        found = []
        for pupil_id, message in self.outcome.errors.items():
            line = lines.get(pupil_id)
            # A reason is asked for where it is to be written.
            name = "why" if pupil_id in self.outcome.lack_why else "result"
            where = f"{name}-{pupil_id}" if line and line.left_on is None else ""
            typed = "" if where else f" Вы ввели: «{self.typed.get(pupil_id, '')}»."
            whose = line.name if line else "Ученик"
            title = f"{whose}, почему иначе" if name == "why" else whose
            found.append(Problem(where, title, message + typed))
        for pupil_id, conflict in self.outcome.conflicts.items():
            theirs = f"«{conflict.theirs}»" if conflict.theirs else "пусто"
            message = (
                f"Пока страница была открыта, {conflict.who or 'другой человек'} записал(а): "
                f"{theirs}. У вас: «{self.typed.get(pupil_id, '')}». Оставьте нужное и сохраните."
            )
            found.append(Problem(f"result-{pupil_id}", lines[pupil_id].name, message))
        return found


@blueprint.get("/results")
@permit(*WRITES)
def own_results() -> Any:
    """The teacher's groups with their columns, and what is missing in each (E2)."""
    groups = []
    missing: list[MissingResult] = []
    for school_id in sorted(current_user.ties.schools(WRITES)):
        today = clock.today(get_time_zone(school_id))
        found = list_missing_results(school_id, today, teacher_id=current_user.person_id)
        missing += found
        for group in list_result_groups(school_id, current_user.person_id, now(), today):
            columns = list_columns(group)
            lacking = {
                column.key: sum(
                    (m.group_id, m.column_key) == (group.group_id, column.key)
                    and not m.deferred_until
                    for m in found
                )
                for column in columns
            }
            groups.append((group, columns, lacking, today))
    moment = now()
    return page(
        "gradebook/own_results.html",
        groups=groups,
        missing=gather_missing(line for line in missing if not line.deferred_until),
        missing_count=sum(not line.deferred_until for line in missing),
        deferred=gather_missing(line for line in missing if line.deferred_until),
        is_overdue=lambda line: line.is_overdue(moment),
    )


@blueprint.get("/groups/<id:group_id>/results")
@permit(*READS)
def results_of_group(group_id: int) -> Any:
    """To the column that is due."""
    group = load_results(group_id)
    column = choose_column(list_columns(group), clock.today(group.time_zone))
    if column is None:
        return page("gradebook/no_results.html", group=group)
    return see_other(url_for("gradebook.results", group_id=group_id, column=column.key))


@blueprint.get("/groups/<id:group_id>/results/<column>")
@permit(*READS)
def results(group_id: int, column: str) -> Any:
    """A column of results, with what was typed before a session ran out."""
    group = load_results(group_id)
    sheet = load_sheet(group, column)
    draft = find_draft(current_user.person_id, request.path)
    typed, reasons = read_results(draft or ())
    if draft is None or all(
        (line.value if (line := sheet.line(pupil_id)) else "") == text
        for pupil_id, text in typed.items()
    ):
        return _page(ResultsPage(sheet, seen=sheet.seen))
    seen = sheet.known(read_seen(draft))
    return _page(ResultsPage(sheet, typed, reasons, seen=seen), from_draft=True)


@blueprint.post("/groups/<id:group_id>/results/<column>")
@permit(*WRITES, checks_token=True, keeps_draft=True)
def save_column(group_id: int, column: str) -> Any:
    """Saves every good result; the others come back beside what is wrong with them."""
    group = load_results(group_id, to_write=True)
    chosen = find_column(group, column)
    fields = list(request.form.items(multi=True))
    entries, reasons = read_results(fields)
    send = read_send(dict(fields))
    by_cells = wants_cells()
    today = clock.today(group.time_zone)
    if not has_good_token():
        if by_cells:
            if send is None or not is_page_of(send.page, current_user.person_id):
                abort(403)  # somebody else signed in: what is typed there is not theirs
            return stale_token()
        sheet = get_result_sheet(group, chosen, today)
        outcome = ResultOutcome(refusal=STALE)
        seen = sheet.known(read_seen(fields))
        return _page(ResultsPage(sheet, entries, reasons, outcome, seen), 422)
    outcome = save_results(
        group, chosen, entries, reasons,
        seen=read_seen(fields), today=today, act=new_act(), send=send,
    )  # fmt: skip
    if by_cells:
        return _cells_answer(entries, reasons, outcome)
    drop_draft(current_user.person_id, request.path)
    if outcome.is_clean:
        flash(_said(outcome))
        return see_other(url_for("gradebook.results", group_id=group_id, column=column))
    sheet = get_result_sheet(group, chosen, today)
    wrong = {*outcome.errors, *outcome.conflicts}
    if outcome.refusal:
        wrong = set(entries)
    return _page(
        ResultsPage(
            sheet,
            {pupil_id: text for pupil_id, text in entries.items() if pupil_id in wrong},
            {pupil_id: text for pupil_id, text in reasons.items() if pupil_id in wrong},
            outcome,
            sheet.seen,
        ),
        422,
    )


@blueprint.post("/groups/<id:group_id>/results/<column>/accept")
@permit(*WRITES, checks_token=True)
def accept(group_id: int, column: str) -> Any:
    """Takes all that the page proposed for those without a result, in one action."""
    group = load_results(group_id, to_write=True)
    chosen = find_column(group, column)
    today = clock.today(group.time_zone)
    if not has_good_token():
        flash("Страница устарела, ничего не принято. Проверьте предложения и нажмите ещё раз.")
        return see_other(url_for("gradebook.results", group_id=group_id, column=column))
    sheet = get_result_sheet(group, chosen, today)
    if refusal_of(sheet):
        abort(404)
    offered = {
        int(name.removeprefix("offer-")): value
        for name, value in request.form.items()
        if name.startswith("offer-") and name[6:].isdigit() and len(name) < 16
    }
    saved = accept_proposals(group, chosen, offered, today=today, act=new_act())
    flash(
        f"Принято предложений: {saved}." if saved else "Принимать было нечего: всё уже поставлено."
    )
    return see_other(url_for("gradebook.results", group_id=group_id, column=column))


def find_column(group: ResultGroup, key: str) -> ResultColumn:
    """The column that an address names; 404 where the group has no such one."""
    found = next((column for column in list_columns(group) if column.key == key), None)
    if found is None:
        abort(404)
    return found


def load_sheet(group: ResultGroup, key: str) -> ResultSheet:
    """The column that an address names, with its results."""
    columns = list_columns(group)
    column = next((column for column in columns if column.key == key), None)
    if column is None:
        abort(404)
    return get_result_sheet(group, column, clock.today(group.time_zone), columns=columns)


def read_results(fields: Iterable[tuple[str, str]]) -> tuple[dict[int, str], dict[int, str]]:
    """What was typed, by pupil: results, and why; names that are neither are passed over."""
    found: dict[str, dict[int, str]] = {"result": {}, "why": {}}
    for name, text in fields:
        what, _, pupil_id = name.partition("-")
        if what in found and pupil_id.isascii() and pupil_id.isdigit() and len(pupil_id) < 10:
            found[what].setdefault(int(pupil_id), without_controls(text))
    return found["result"], found["why"]


def _cells_answer(
    entries: Mapping[int, str], reasons: Mapping[int, str], outcome: ResultOutcome
) -> Any:
    """What became of each result that was sent, as the register's script reads it; the reason
    goes with its result."""
    sheet = outcome.sheet
    assert sheet is not None  # noqa: S101 - a save that came to its end
    shown = ResultsPage(sheet, entries, reasons, outcome)
    cells: dict[str, dict[str, str]] = {}
    for pupil_id in entries:
        line = sheet.line(pupil_id)
        answer = {"value": line.value if line else ""}
        if outcome.refusal:
            answer["error"] = outcome.refusal
        elif pupil_id in outcome.errors:
            answer["error"] = outcome.errors[pupil_id]
            if line and pupil_id in outcome.locked:
                answer["ask"] = shown.row(line).ask
        elif pupil_id in outcome.conflicts:
            conflict = outcome.conflicts[pupil_id]
            answer["theirs"] = conflict.theirs
            answer["error"] = (
                f"Сейчас в журнале: {conflict.theirs or 'пусто'} "
                f"({conflict.who or 'другой человек'}). "
                "Чтобы оставить своё, сохраните ещё раз."
            )
        answer["typed"] = entries[pupil_id]
        cells[f"result-{pupil_id}"] = answer
        if pupil_id in reasons:
            # Of a refused result the reason waits beside it.
            was_saved = "error" not in answer
            why = (line.why if line else "") if was_saved else reasons[pupil_id]
            cells[f"why-{pupil_id}"] = {"value": why}
    status = 200 if outcome.is_clean else 422
    return jsonify(seen=sheet.seen, saved=outcome.saved, work="", cells=cells), status


def _page(shown: ResultsPage, status: int = 200, *, from_draft: bool = False) -> Any:
    sheet = shown.sheet
    group = sheet.group
    refusal = refusal_of(sheet)
    may_write = may_write_results(current_user.ties, group.school_id, group.teacher_ids)
    rows = shown.rows()
    offers = [
        row.line
        for row in rows
        if sheet.lacks(row.line) and row.line.proposal.value not in ("", "н/а")
    ]
    return page(
        "gradebook/results.html",
        status,
        shown=shown,
        sheet=sheet,
        group=group,
        rows=rows,
        offers=offers if may_write and not refusal else [],
        missing=[row for row in rows if row.is_missing],
        may_write=may_write and not refusal,
        teaches=may_write,
        refusal=refusal,
        form=TokenForm(),
        page_id=new_page_id(current_user.person_id),
        from_draft=from_draft,
        reason=proposal_reason,
        unsatisfactory=UNSATISFACTORY,
        closed=bool(rows) and all(row.line.is_closed for row in rows),
        local=lambda moment: clock.local(moment, group.time_zone),
    )


def _said(outcome: ResultOutcome) -> str:
    if not outcome.saved:
        return "Всё сохранено."
    return f"Сохранено: {plural(outcome.saved, 'результат', 'результата', 'результатов')}."


@blueprint.get("/groups/<id:group_id>/results/<column>/history")
@permit(*READS)
def result_history(group_id: int, column: str) -> Any:
    """Who decided or changed what, when, from what to what, and why (E7)."""
    group = load_results(group_id)
    sheet = load_sheet(group, column)
    changes = list_result_changes([line.result_id for line in sheet.lines if line.result_id])
    return page(
        "gradebook/result_history.html",
        group=group,
        column=sheet.column,
        changes=reversed(changes),
        names={line.pupil_id: line.name for line in sheet.lines},
        local=lambda moment: clock.local(moment, group.time_zone),
    )
