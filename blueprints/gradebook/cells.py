"""Cells saved one by one, as the register's script sends them: JSON instead of a page.

The same address and the same saving as the form; only the answer is smaller.
"""

import hashlib
import hmac
import re
import secrets
from typing import Any

from flask import current_app, jsonify, request
from flask_wtf.csrf import generate_csrf

from blueprints.gradebook.forms import RegisterPage, typed_over
from school.actions.register import Outcome, PageSend
from school.queries.register import Cell, Register

_PAGE = re.compile(r"[a-z0-9]{8,32}")


def wants_cells() -> bool:
    """Whether the register's script asks, which names this and nothing else."""
    return request.headers.get("Accept") == "application/json"


def read_send(fields: dict[str, str]) -> PageSend | None:
    """Which page sends, and as its how manieth save; None where a form says nothing of it."""
    page, sequence = fields.get("page", ""), fields.get("sequence", "")
    if not _PAGE.fullmatch(page) or not (sequence.isascii() and sequence.isdigit()):
        return None
    return PageSend(page, int(sequence[:9]))


def new_page_id(person_id: int) -> str:
    """A name for a register's page that is about to be shown to a person."""
    page = secrets.token_hex(8)
    return page + _signature(page, person_id)


def is_page_of(page_id: str, person_id: int) -> bool:
    """Whether a page was shown to this person: two may sign in at one PC, one after the other,
    and what the first typed is not the second's to save."""
    page, signature = page_id[:16], page_id[16:]
    return hmac.compare_digest(signature, _signature(page, person_id))


def _signature(page: str, person_id: int) -> str:
    key = current_app.secret_key
    assert isinstance(key, str)  # noqa: S101 - create_app sees to it
    return hmac.new(key.encode(), f"{page}:{person_id}".encode(), hashlib.sha256).hexdigest()[:16]


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
    # Minutes go with «о»; «н» in a mark's field, whose first answer never came, is attendance.
    for cell in {**typed, **outcome.moved, **dict.fromkeys(outcome.went_with)}:
        view = page.view(cell)
        answer = {"value": register.value(cell)}
        if outcome.refusal:
            answer["error"] = outcome.refusal
        elif view.error:
            answer["error"] = view.error
            if view.ask:
                answer["ask"] = view.ask
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
