"""Cells saved one by one, as the register's script sends them: JSON instead of a page.

The same address and the same saving as the form; only the answer is smaller.
"""

import re
from typing import Any

from flask import jsonify, request
from flask_wtf.csrf import generate_csrf

from blueprints.gradebook.forms import RegisterPage, read_seen, typed_over
from school.actions.register import Outcome, PageSend
from school.queries.register import Cell, Register, list_changes

_PAGE = re.compile(r"[a-z0-9]{8,32}")


def wants_cells() -> bool:
    """Whether the register's script asks."""
    return request.accept_mimetypes.best == "application/json"


def read_send(fields: dict[str, str]) -> PageSend | None:
    """Which page sends, and as its how manieth save; None where a form says nothing of it."""
    page, sequence = fields.get("page", ""), fields.get("sequence", "")
    if not _PAGE.fullmatch(page) or not (sequence.isascii() and sequence.isdigit()):
        return None
    return PageSend(page, int(sequence[:9]))


def stale_token() -> Any:
    """The person signed in anew meanwhile: a fresh token, with which the page sends again."""
    return jsonify(token=generate_csrf()), 422


def cells_answer(register: Register, entries: dict[Cell, str], outcome: Outcome) -> Any:
    """What became of each cell that was sent, and of those that moved with it: its value now,
    or what is wrong with it. A conflict names the other value; of a cell that moved and was not
    saved the page is told what was meant for it, since it was typed into another field."""
    page = RegisterPage(register, outcome=outcome)
    cells: dict[str, dict[str, str]] = {}
    typed = typed_over(register, entries)
    for cell in {**typed, **outcome.moved, **_went_with(register, typed)}:
        view = page.view(cell)
        answer = {"value": register.value(cell)}
        if outcome.refusal:
            answer["error"] = outcome.refusal
        elif view.error:
            answer["error"] = view.error
        elif view.conflict:
            answer["theirs"] = view.conflict.theirs
            answer["error"] = (
                f"Сейчас в журнале: {view.conflict.theirs or 'пусто'} "
                f"({view.conflict.who or 'другой человек'}). "
                "Чтобы оставить своё, сохраните ещё раз."
            )
        if "error" in answer and cell in outcome.moved:
            answer["typed"] = outcome.moved[cell]
        cells[view.name] = answer
    status = 200 if outcome.is_clean else 422
    work = page.first_work_id or ""
    return jsonify(seen=register.seen, saved=outcome.saved, work=work, cells=cells), status


def _went_with(register: Register, typed: dict[Cell, str]) -> dict[Cell, None]:
    """Cells of the same pupils that this page's saves changed since the one it sends from: minutes
    that went with «о», and «н» whose first answer never came."""
    fields = list(request.form.items(multi=True))
    send = read_send(dict(fields))
    pupils = {cell.pupil_id for cell in typed if cell.pupil_id is not None}
    if send is None or not pupils:
        return {}
    changes = list_changes(register.lesson, register.known(read_seen(fields)))
    return {
        change.cell: None
        for change in changes
        if change.cell.pupil_id in pupils and send.made(change)
    }
