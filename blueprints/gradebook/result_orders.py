"""Beside the results of a group: its exam, retakes, and asking to change what is locked."""

import secrets
from datetime import date, datetime
from typing import Any

from flask import abort, flash, request, url_for
from wtforms import HiddenField, StringField, TextAreaField

from blueprints.access import load_results, new_act, now, permit
from blueprints.forms import Form, without_controls
from blueprints.gradebook.notes import state_words
from blueprints.gradebook.results import load_sheet
from blueprints.gradebook.views import WRITES, blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.change_requests import NotNeeded, ReasonError, request_result_change
from school.actions.result_orders import OrderError, record_retake, set_exam
from school.queries.change_requests import list_requests_of_results
from school.queries.results import (
    ResultGroup,
    ResultLine,
    ResultSheet,
    find_exam,
    get_result_locks,
    list_columns,
)
from school.rules.proposals import UNSATISFACTORY
from school.rules.register import CellError, parse_day

TOO_OLD = "Вы входили заново, поэтому ничего ещё не сохранено. Нажмите кнопку ещё раз."
_CLEAN = [without_controls]


class ExamForm(Form):
    title = StringField("Что за экзамен", filters=_CLEAN)
    held_on = StringField("Когда проводится", filters=_CLEAN)
    came_in_on = StringField("Когда пришли результаты: день", filters=_CLEAN)
    came_in_at = StringField("Во сколько пришли", filters=_CLEAN)


class RetakeForm(Form):
    held_on = StringField("День пересдачи", filters=_CLEAN)
    value = StringField("Что получилось", filters=_CLEAN)


class ResultChangeForm(Form):
    request_id = HiddenField()
    wanted = StringField("Как должно быть", filters=_CLEAN)
    reason = TextAreaField("Почему нужно исправить", filters=_CLEAN)


def read_day(field: Any, missing: str) -> date | None:
    """The day in a field; None, with the field's error, where it is none."""
    try:
        return parse_day(field.data or "")
    except ValueError:
        field.errors = [missing if not (field.data or "").strip() else "Напишите так: 15.09.2026."]
        return None


@blueprint.route("/groups/<id:group_id>/exam", methods=["GET", "POST"])
@permit(*WRITES, checks_token=True)
def exam(group_id: int) -> Any:
    """The exam of a group, and when its results came in: their term is counted from there (C4)."""
    group = load_results(group_id, to_write=True)
    found = find_exam(group)
    came_in = clock.local(found.came_in_at, group.time_zone) if found and found.came_in_at else None
    form = ExamForm(
        title=found.title if found else "",
        held_on=f"{found.held_on:%d.%m.%Y}" if found else "",
        came_in_on=f"{came_in:%d.%m.%Y}" if came_in else "",
        came_in_at=f"{came_in:%H:%M}" if came_in else "",
    )
    if request.method == "POST":
        if not form.validate():
            form.title.errors = [TOO_OLD]
        elif _save_exam(group, form):
            flash("Экзамен записан.")
            return see_other(url_for("gradebook.results", group_id=group_id, column="exam"))
    if not list_columns(group):
        abort(404)
    wrong = any(field.errors for field in form)
    return page(
        "gradebook/exam.html", 422 if wrong else 200, group=group, exam=found, form=form,
        back=url_for("gradebook.results_of_group", group_id=group_id),
    )  # fmt: skip


def _save_exam(group: ResultGroup, form: ExamForm) -> bool:
    """Whether the exam was written; else the fields say what is wrong."""
    held_on = read_day(form.held_on, "Напишите день экзамена.")
    came_in_at = None
    if (form.came_in_on.data or "").strip() or (form.came_in_at.data or "").strip():
        day = read_day(form.came_in_on, "Напишите и день.")
        if day is None:
            return False
        time = (form.came_in_at.data or "").strip() or "23:59"
        try:
            datetime.strptime(time, "%H:%M")  # noqa: DTZ007 - a time of day alone
        except ValueError:
            form.came_in_at.errors = ["Напишите так: 14:30."]
            return False
        came_in_at = clock.moment_of(day, time, group.time_zone)
        if day == clock.today(group.time_zone):
            # «Today» without an hour is this minute.
            came_in_at = min(came_in_at, now())
    if held_on is None:
        return False
    try:
        set_exam(
            group, form.title.data or "", held_on, came_in_at,
            today=clock.today(group.time_zone), act=new_act(),
        )  # fmt: skip
    except OrderError as error:
        fields = {"title": form.title, "held_on": form.held_on, "came_in": form.came_in_on}
        fields[error.field].errors = [str(error)]
        return False
    return True


def _line(group: ResultGroup, column: str) -> tuple[ResultSheet, ResultLine]:
    """The column and the pupil that an address names; 404 where there is no such result."""
    sheet = load_sheet(group, column)
    line = sheet.line(request.args.get("pupil", 0, type=int))
    if line is None or line.result_id is None:
        abort(404)
    return sheet, line


@blueprint.route("/groups/<id:group_id>/results/<column>/retake", methods=["GET", "POST"])
@permit(*WRITES, checks_token=True)
def retake(group_id: int, column: str) -> Any:
    """Another try at a result, and what came of it."""
    group = load_results(group_id, to_write=True)
    sheet, line = _line(group, column)
    form = RetakeForm()
    back = url_for("gradebook.results", group_id=group_id, column=column)
    if request.method == "POST":
        if not form.validate():
            form.value.errors = [TOO_OLD]
        else:
            held_on = read_day(form.held_on, "Напишите день пересдачи.")
            try:
                if held_on is not None:
                    record_retake(
                        sheet, line, held_on, form.value.data or "", today=sheet.today,
                        act=new_act(),
                    )  # fmt: skip
                    flash(f"Пересдача записана: {line.name}.")
                    return see_other(back)
            except OrderError as error:
                wrong = form.held_on if error.field == "held_on" else form.value
                wrong.errors = [str(error)]
            except CellError as error:
                form.value.errors = [str(error)]
    wrong = any(field.errors for field in form)
    return page(
        "gradebook/retake.html", 422 if wrong else 200, group=group, sheet=sheet, line=line,
        form=form, back=back, can=line.value in UNSATISFACTORY,
    )  # fmt: skip


@blueprint.route("/groups/<id:group_id>/results/<column>/change", methods=["GET", "POST"])
@permit(*WRITES, checks_token=True, keeps_draft=True)
def result_change(group_id: int, column: str) -> Any:
    """Asks the deputy head to open a locked result (H2)."""
    group = load_results(group_id, to_write=True)
    sheet, line = _line(group, column)
    form = ResultChangeForm(request_id=secrets.token_hex(8), wanted=request.args.get("to", "")[:20])
    address = url_for("gradebook.results", group_id=group_id, column=column)
    if request.method == "POST":
        if not form.validate():
            form.reason.errors = [TOO_OLD]
        else:
            try:
                request_result_change(
                    sheet, line, form.wanted.data or "", form.reason.data or "",
                    request_id=(form.request_id.data or "")[:40] or secrets.token_hex(8),
                    act=new_act(),
                )  # fmt: skip
                flash("Просьба у завуча. Что решено, будет видно здесь и на странице «Мои уроки».")
                return see_other(
                    url_for(
                        "gradebook.result_change", group_id=group_id, column=column,
                        pupil=line.pupil_id,
                    )
                )  # fmt: skip
            except CellError as error:
                wrong = form.reason if isinstance(error, ReasonError | NotNeeded) else form.wanted
                wrong.errors = [str(error)]
    requests = list_requests_of_results(group.school_id, [line.result_id or 0])
    return page(
        "gradebook/result_change.html",
        422 if any(field.errors for field in form) else 200,
        group=group,
        sheet=sheet,
        line=line,
        form=form,
        address=address,
        waiting=any(not found.decision for found in requests),
        locked=get_result_locks(sheet, now()).is_locked(line),
        requests=requests,
        state_words=lambda found: state_words(found, now()),
        local=lambda moment: clock.local(moment, group.time_zone),
    )
