"""Asking to change what is locked (H2)."""

import secrets
from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from blueprints.access import load_lesson, now, permit
from blueprints.gradebook.forms import FIELD_TITLES, TOO_OLD_CHANGE, ChangeForm, cell_named
from blueprints.gradebook.notes import state_words
from blueprints.gradebook.views import WRITES, act_in, blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.change_requests import NotNeeded, ReasonError, request_change
from school.actions.sessions import drop_draft
from school.queries.change_requests import list_requests_of_lesson
from school.queries.drafts import find_draft
from school.queries.lessons import LessonHead
from school.queries.locks import get_locks
from school.queries.register import Cell, Register, get_register
from school.rules.changes import LOCKING
from school.rules.register import CellError


@blueprint.get("/lessons/<id:lesson_id>/change")
@permit(*WRITES)
def change(lesson_id: int) -> Any:
    """The requests of a lesson; with a cell in the address the form to ask for it."""
    head = load_lesson(lesson_id, to_write=True)
    register = get_register(head)
    draft = MultiDict(find_draft(current_user.person_id, request.path) or ())
    name = request.args.get("cell", draft.get("cell", ""))
    if not name:
        return _page(head, register)
    cell = _cell(register, name)
    form = ChangeForm(
        cell=name,
        request_id=secrets.token_hex(8),
        wanted=request.args.get("to", "")[:40],
    )
    if draft.get("cell") == name:
        form = ChangeForm(
            formdata=None,
            **{field: draft.get(field, "") for field in ("cell", "request_id", "wanted", "reason")},
        )
    return _page(head, register, form, cell)


@blueprint.post("/lessons/<id:lesson_id>/change")
@permit(*WRITES, checks_token=True, keeps_draft=True)
def ask_change(lesson_id: int) -> Any:
    """Asks the deputy head to open a cell."""
    head = load_lesson(lesson_id, to_write=True)
    register = get_register(head)
    form = ChangeForm()
    cell = _cell(register, form.cell.data or "")
    if not form.validate():
        form.reason.errors = [TOO_OLD_CHANGE]
        return _page(head, register, form, cell, 422)
    try:
        request_change(
            head,
            cell,
            form.wanted.data or "",
            form.reason.data or "",
            request_id=(form.request_id.data or "")[:40] or secrets.token_hex(8),
            today=clock.today(head.time_zone),
            act=act_in(head),
        )
    except CellError as error:
        wrong = form.reason if isinstance(error, ReasonError | NotNeeded) else form.wanted
        wrong.errors = [str(error)]
        return _page(head, register, form, cell, 422)
    drop_draft(current_user.person_id, request.path)
    flash("Просьба у завуча. Что решено, будет видно здесь и в журнале.")
    return see_other(url_for("gradebook.change", lesson_id=lesson_id))


def _cell(register: Register, name: str) -> Cell:
    """The cell that an address or a form names; 404 where this lesson has no such cell."""
    cell = cell_named(register, name)
    pupils = {pupil.pupil_id for pupil in register.pupils}
    works = {None, *(work.work_id for work in register.works)}
    if (
        cell is None
        or cell.field not in LOCKING
        or cell.pupil_id not in pupils
        or cell.work_id not in works
    ):
        abort(404)
    return cell


def _page(
    head: LessonHead,
    register: Register,
    form: ChangeForm | None = None,
    cell: Cell | None = None,
    status: int = 200,
) -> Any:
    requests = list_requests_of_lesson(head.school_id, head.lesson_id)
    current = register.value(cell) if cell else ""
    waits = any(line.cell == cell and not line.decision for line in requests)
    return page(
        "gradebook/change.html",
        status,
        lesson=head,
        form=form,
        cell=cell,
        current=current,
        waiting=waits,
        asks=cell and not waits and get_locks(register, now()).is_locked(cell, current, ""),
        pupil=next((p.name for p in register.pupils if cell and p.pupil_id == cell.pupil_id), ""),
        work=next((w.name for w in register.works if cell and w.work_id == cell.work_id), ""),
        requests=requests,
        titles=FIELD_TITLES,
        state_words=lambda line: state_words(line, now()),
        local=lambda moment: clock.local(moment, head.time_zone),
    )
