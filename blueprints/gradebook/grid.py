"""The register of a group over a period: the grid, its linear twin, planned works (E1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, jsonify, request, url_for
from flask_login import current_user
from wtforms.fields import SelectChoice

from blueprints.access import load_group, load_lesson, now, permit
from blueprints.auth.locks import lock_here
from blueprints.forms import has_good_token
from blueprints.gradebook.cells import (
    is_page_of,
    new_page_id,
    read_send,
    stale_token,
    wants_cells,
)
from blueprints.gradebook.forms import TOO_OLD, GroupWorkForm, TokenForm
from blueprints.gradebook.grid_forms import (
    Field,
    GridPage,
    Known,
    LessonSaved,
    Trouble,
    column_words,
    entries_of,
    field_with,
    read_fields,
    read_known,
    value_of,
)
from blueprints.gradebook.views import READS, WRITES, act_in, blueprint, takes_work
from blueprints.responses import page, see_other
from school import clock, wording, wording_results
from school.actions.register import PageSend, save_register
from school.actions.sessions import drop_draft, keep_draft
from school.queries.drafts import find_draft
from school.queries.grid import Grid, get_grid, list_group_pupils
from school.queries.groups import (
    GroupHead,
    GroupLesson,
    choose_group_period,
    list_group_lessons,
    list_group_periods,
)
from school.queries.lessons import find_lesson
from school.queries.owed import list_owed
from school.queries.register import get_register
from school.queries.remarks import list_remarks_of_group
from school.queries.work_kinds import list_work_kinds
from school.rules.access import ANSWERS_FOR_RECORDS, LessonPlace, may_write_lesson
from school.rules.proposals import BY_AVERAGE, PERIOD, Proposal
from school.wording import long_day, plural

NOT_YOURS = "Этот урок ведёт другой учитель: запись не сохранена."
SIGNED_IN_ANEW = (
    "Вы входили заново, поэтому ничего ещё не сохранено. Введённое — ниже: нажмите «Сохранить»."
)


@blueprint.get("/groups/<id:group_id>")
@permit(*READS)
def grid(group_id: int) -> Any:
    """The register of a group over a period."""
    return _show(load_group(group_id))


@blueprint.post("/groups/<id:group_id>")
@permit(*WRITES, checks_token=True, keeps_draft=True)
def save_grid(group_id: int) -> Any:
    """Saves every good cell of every lesson; wrong ones come back."""
    return _save(load_group(group_id, to_write=True))


@blueprint.get("/groups/<id:group_id>/pupils/<id:pupil_id>")
@permit(*READS)
def grid_pupil(group_id: int, pupil_id: int) -> Any:
    """The linear twin: one pupil, all lessons (design: every grid has one)."""
    return _show(load_group(group_id), pupil_id)


@blueprint.post("/groups/<id:group_id>/pupils/<id:pupil_id>")
@permit(*WRITES, checks_token=True, keeps_draft=True)
def save_grid_pupil(group_id: int, pupil_id: int) -> Any:
    """The same form with one pupil's cells."""
    return _save(load_group(group_id, to_write=True), pupil_id)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page is about: a group, a period, perhaps one pupil."""

    group: GroupHead
    grid: Grid
    pupil_id: int | None

    @property
    def address(self) -> str:
        """Of the page, with its period."""
        period_id = self.grid.period.period_id
        if self.pupil_id is None:
            return url_for("gradebook.grid", group_id=self.group.group_id, period=period_id)
        return url_for(
            "gradebook.grid_pupil",
            group_id=self.group.group_id,
            pupil_id=self.pupil_id,
            period=period_id,
        )


def _load(group: GroupHead, pupil_id: int | None, period_id: int | None) -> tuple[_Shown, Any]:
    today = clock.today(group.time_zone)
    periods = list_group_periods(group)
    period = choose_group_period(group, periods, today, period_id)
    if period is None:
        abort(404)
    found = get_grid(group, period, today=today, pupil_id=pupil_id)
    if pupil_id is not None and not found.pupils:
        abort(404)
    return _Shown(group, found, pupil_id), periods


def _writable(group: GroupHead, found: Grid) -> frozenset[int]:
    ties = current_user.ties
    return frozenset(
        column.lesson_id
        for column in found.columns
        if not column.is_cancelled
        and may_write_lesson(
            ties,
            LessonPlace(
                group.school_id, column.teacher_id, group.place.teachers_on(column.held_on)
            ),
        )
    )


def _asked_period(fields: Mapping[str, str]) -> int | None:
    text = request.args.get("period", fields.get("period", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _show(group: GroupHead, pupil_id: int | None = None) -> Any:
    draft = find_draft(current_user.person_id, request.path) or []
    shown, periods = _load(group, pupil_id, _asked_period(dict(draft)))
    typed = read_fields(group.school_id, draft)
    known = read_known(dict(draft).get("seen", ""))
    writable = _writable(group, shown.grid)
    grid_page = GridPage(shown.grid, writable, typed, known=known if typed else {})
    if all(_stands(shown.grid, one) == text for one, text in typed.items()):
        grid_page = GridPage(shown.grid, writable)  # its page saved it by itself since
    return _page(shown, periods, grid_page, from_draft=bool(grid_page.typed))


def _stands(found: Grid, one: Field) -> str:
    """What the grid shows where a field stands."""
    for column in found.columns:
        if column.lesson_id == one.lesson_id and (
            column.is_first if one.work_id is None else column.work_id == one.work_id
        ):
            cell = found.cells.get((one.pupil_id, column.lesson_id, column.work_id))
            return cell.text if cell else ""
    return ""


def _save(group: GroupHead, pupil_id: int | None = None) -> Any:
    sent = list(request.form.items(multi=True))
    fields = read_fields(group.school_id, sent)
    known = read_known(request.form.get("seen", ""))
    send = read_send(dict(sent))
    if wants_cells():
        return _save_cells(group, fields, known, send)
    period_id = _asked_period(dict(sent))
    if not has_good_token():
        shown, periods = _load(group, pupil_id, period_id)
        writable = _writable(group, shown.grid)
        unsaved = GridPage(shown.grid, writable, fields, refusal=SIGNED_IN_ANEW, known=known)
        return _page(shown, periods, unsaved, 422)
    # A form of all its fields: only lessons in which something differs are opened at all.
    shown, periods = _load(group, pupil_id, period_id)
    changed = {
        one.lesson_id for one, text in fields.items() if text.strip() != _stands(shown.grid, one)
    }
    saved = _save_lessons(
        group, {one: text for one, text in fields.items() if one.lesson_id in changed}, known, send
    )
    drop_draft(current_user.person_id, request.path)
    troubles = _troubles(saved, fields)
    if "lock" in request.form:
        _keep(troubles, fields)
        return lock_here(shown.address)
    count = sum(lesson.outcome.saved for lesson in saved.values() if lesson)
    if not troubles:
        records = plural(count, "запись", "записи", "записей")
        flash(f"Сохранено: {records}." if count else "Всё сохранено.")
        return see_other(shown.address)
    shown, periods = _load(group, pupil_id, period_id)
    typed = {one: fields[one] for one in troubles}
    again = GridPage(shown.grid, _writable(group, shown.grid), typed, troubles, saved=count)
    return _page(shown, periods, again, 422)


def _save_cells(
    group: GroupHead, fields: dict[Field, str], known: dict[int, Known], send: PageSend | None
) -> Any:
    """As the register's script sends them: JSON instead of a page (cells.py)."""
    if not has_good_token():
        if send is None or not is_page_of(send.page, current_user.person_id):
            abort(403)  # somebody else signed in: what is typed there is not theirs
        return stale_token()
    saved = _save_lessons(group, fields, known, send)
    if "lock" in request.form:
        _keep(_troubles(saved, fields), fields)
        return lock_here(request.full_path.rstrip("?"))
    return _cells_answer(saved, fields, _averages(group, fields))


def _save_lessons(
    group: GroupHead, fields: dict[Field, str], known: dict[int, Known], send: PageSend | None
) -> dict[int, LessonSaved | None]:
    """Each lesson by itself, as its own register saves it; None where it is not this person's
    to write, or not this group's."""
    by_lesson: dict[int, dict[Field, str]] = {}
    for one, text in fields.items():
        by_lesson.setdefault(one.lesson_id, {})[one] = text
    saved: dict[int, LessonSaved | None] = {}
    today = clock.today(group.time_zone)
    for lesson_id in sorted(by_lesson):
        head = find_lesson(lesson_id)
        if (
            head is None
            or head.group_id != group.group_id
            or not may_write_lesson(current_user.ties, head.place)
        ):
            saved[lesson_id] = None
            continue
        of_lesson = known.get(lesson_id, Known())
        outcome = save_register(
            head,
            entries_of(by_lesson[lesson_id], of_lesson),
            seen=of_lesson.seen,
            today=today,
            act=act_in(head),
            send=send,
            opened_without_works=of_lesson.first_work_id is None,
        )
        saved[lesson_id] = LessonSaved(outcome.register or get_register(head), outcome)
    return saved


def _troubles(
    saved: dict[int, LessonSaved | None], fields: dict[Field, str]
) -> dict[Field, Trouble]:
    found = {}
    for one in fields:
        if one.lesson_id not in saved:
            continue
        lesson = saved[one.lesson_id]
        trouble = lesson.trouble(one) if lesson else Trouble(NOT_YOURS)
        if trouble:
            found[one] = trouble
    return found


def _keep(troubles: dict[Field, Trouble], fields: dict[Field, str]) -> None:
    """What could not be saved before the screen is locked waits for its person."""
    kept = [(one.name, fields[one]) for one in troubles]
    if kept:
        kept += [("seen", request.form.get("seen", "")), ("period", request.form.get("period", ""))]
        keep_draft(current_user.get_id(), request.path, kept, now())


#: A pasted block gets its averages when the page is opened next.
FEW = 5


def _averages(group: GroupHead, fields: dict[Field, str]) -> dict[int, list[str]]:
    """The averages and results of the pupils of a save, as they are now: the columns beside the
    names."""
    pupil_ids = {one.pupil_id for one in fields}
    period = choose_group_period(
        group,
        list_group_periods(group),
        clock.today(group.time_zone),
        _asked_period(request.form),
    )
    if period is None or len(pupil_ids) > FEW:
        return {}
    averages: dict[int, list[str]] = {}
    for pupil_id in pupil_ids:
        own = get_grid(group, period, today=clock.today(group.time_zone), pupil_id=pupil_id)
        for pupil in own.pupils:
            averages[pupil_id] = [own.average(pupil)]
            averages[pupil_id] += [own.result(pupil)] if own.has_results else []
    return averages


def _cells_answer(
    saved: dict[int, LessonSaved | None], fields: dict[Field, str], averages: dict[int, list[str]]
) -> Any:
    """What became of each cell that was sent, and of those that moved with it (cells.py)."""
    cells: dict[str, dict[str, Any]] = {}
    clean = True
    for lesson_id, lesson in saved.items():
        sent = [one for one in fields if one.lesson_id == lesson_id]
        if lesson is None:
            clean = False
            cells |= {one.name: {"value": "", "error": NOT_YOURS, "seen": 0} for one in sent}
            continue
        register, outcome = lesson.register, lesson.outcome
        moved = [field_with(cell, register) for cell in (*outcome.moved, *outcome.went_with)]
        works = register.works
        for one in dict.fromkeys([*sent, *(one for one in moved if one)]):
            answer: dict[str, Any] = {
                "value": value_of(one, register),
                "seen": register.seen,
                "work": works[0].work_id if works else "",
            }
            trouble = lesson.trouble(one)
            if trouble:
                clean = False
                answer["error"] = trouble.message
                answer["typed"] = fields.get(one, answer["value"])
                if trouble.ask:
                    answer["ask"] = trouble.ask
                if trouble.theirs is not None:
                    answer["theirs"] = trouble.theirs
            cells[one.name] = answer
    count = sum(lesson.outcome.saved for lesson in saved.values() if lesson)
    newest = max((lesson.register.seen for lesson in saved.values() if lesson), default=0)
    return jsonify(seen=newest, saved=count, cells=cells, averages=averages), 200 if clean else 422


@blueprint.post("/groups/<id:group_id>/draft")
@permit(*WRITES)
def throw_grid_draft_away(group_id: int) -> Any:
    """Forgets what was typed into the grid before the session ran out."""
    group = load_group(group_id, to_write=True)
    address = url_for("gradebook.grid", group_id=group.group_id)
    pupil_id = request.form.get("pupil", type=int)
    if pupil_id is not None:
        address = url_for("gradebook.grid_pupil", group_id=group.group_id, pupil_id=pupil_id)
    drop_draft(current_user.person_id, address)
    return see_other(address)


def _page(
    shown: _Shown, periods: Any, grid_page: GridPage, status: int = 200, *, from_draft: bool = False
) -> Any:
    group = shown.group
    moment = now()
    owed = list_owed(group.school_id, moment, group_id=group.group_id, time_zone=group.time_zone)
    template = "grid.html" if shown.pupil_id is None else "grid_pupil.html"
    twin = {} if shown.pupil_id is None else _twin(shown)
    today = clock.today(group.time_zone)
    remarks = {} if shown.pupil_id is not None else _remarks(group, today)
    all_fields = "edit" in request.args or status == 422 or from_draft
    return page(
        f"gradebook/{template}",
        status,
        group=group,
        grid=shown.grid,
        page=grid_page,
        periods=periods,
        shown=shown,
        owed=owed,
        overdue=sum(line.is_overdue(moment) for line in owed),
        edit=all_fields and bool(grid_page.writable),
        may_write=bool(grid_page.writable),
        form=TokenForm(),
        page_id=new_page_id(current_user.person_id),
        from_draft=from_draft,
        today=today,
        column_words=column_words,
        results_page=_results_page(shown),
        **twin,
        **remarks,
    )


def _remarks(group: GroupHead, today: date) -> dict[str, Any]:
    """The deputy head's remarks on the journal (E7), for those who mend and those who check."""
    answers = current_user.person_id in group.place.teachers_on(today)
    reads = answers or group.school_id in current_user.ties.schools(ANSWERS_FOR_RECORDS)
    return {
        "answers": answers,
        "remarks": list_remarks_of_group(group.group_id, today) if reads else (),
    }


def _results_page(shown: _Shown) -> str:
    """Where the results of the period are decided."""
    column = f"{PERIOD}-{shown.grid.period.period_id}"
    return url_for("gradebook.results", group_id=shown.group.group_id, column=column)


def _twin(shown: _Shown) -> dict[str, Any]:
    """What the page of one pupil says beside the cells: the sum, and who stands next to them."""
    pupils = list_group_pupils(shown.group, shown.grid.period)
    place = next(n for n, pupil in enumerate(pupils) if pupil.pupil_id == shown.pupil_id)
    average = shown.grid.averages.get(shown.pupil_id or 0)
    proposal = shown.grid.proposals.get(shown.pupil_id or 0)
    return {
        "before": pupils[place - 1] if place else None,
        "after": pupils[place + 1] if place + 1 < len(pupils) else None,
        "sum": wording.average_sum(average, shown.grid.policy) if average else "",
        "proposal": proposal,
        "why": _why(proposal) if proposal else "",
    }


def _why(proposal: Proposal) -> str:
    """Why it is proposed; the sum of the average stands above it already."""
    if proposal.reason == BY_AVERAGE:
        return wording_results.threshold_words(proposal)
    return wording_results.proposal_reason(proposal)


@blueprint.route("/groups/<id:group_id>/works", methods=["GET", "POST"])
@permit(*WRITES, checks_token=True)
def group_work(group_id: int) -> Any:
    """Opens a column before its lesson: a planned work, with its kind (also for one held)."""
    group = load_group(group_id, to_write=True)
    today = clock.today(group.time_zone)
    form = GroupWorkForm()
    form.kind.choices = [
        SelectChoice(kind.id, kind.label)
        for kind in list_work_kinds(group.school_id, group.subject_id)
    ]
    lessons = list_group_lessons(group, today)
    form.lesson.choices = [SelectChoice(line.lesson_id, _lesson_label(line)) for line in lessons]
    if request.method == "POST" and form.validate():
        head = load_lesson(form.lesson.data, to_write=True)
        if takes_work(head, form):
            flash("Работа добавлена: столбец для неё открыт.")
            return see_other(url_for("gradebook.grid", group_id=group_id))
    if form.csrf_token.errors:
        form.title.errors = [*form.title.errors, TOO_OLD]
    status = 422 if request.method == "POST" else 200
    return page("gradebook/group_work.html", status, group=group, form=form, lessons=lessons)


def _lesson_label(line: GroupLesson) -> str:
    return f"{long_day(line.held_on)}, {line.lesson_number}-й урок" + (
        f": {line.works}" if line.works else ""
    )
