"""What the pages of a case file share: the office's, the class teacher's, the applicant's."""

import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from flask import abort, flash, request

from blueprints.access import log_event, now
from blueprints.forms import Form, has_good_token, without_controls
from blueprints.responses import page, see_other
from school import clock, wording, wording_requests
from school.actions.consents import ON_PAPER, Sheet
from school.actions.request_stages import RequestRefused
from school.queries.requests import CaseFile, RequestLine, find_case
from school.rules.register import parse_day
from school.wording_terms import DOCUMENT_WORDS

#: Whose page it is: what may be done there differs.
OFFICE, CLASS, OWN = "office", "class", "own"

TOO_OLD = "Вы входили заново, поэтому ничего ещё не сохранено. Нажмите кнопку ещё раз."

Action = Callable[[CaseFile], str]


def typed(name: str, most: int = 4_000) -> str:
    """A field as it is kept: without blanks around it and what no keyboard types. Raises
    RequestRefused beside it where it is too long."""
    text = (without_controls(request.form.get(name)) or "").replace("\r\n", "\n").strip()
    if len(text) > most:
        raise RequestRefused(f"Слишком длинно: помещается {most} букв.", name)
    return text


def typed_day(name: str, missing: date | None = None) -> date:
    """A date that was typed; `missing` where the field is empty. Raises RequestRefused."""
    text = typed(name, 40)
    if not text and missing is not None:
        return missing
    try:
        day = parse_day(text)
    except ValueError:
        raise RequestRefused("Напишите дату так: 15.09.2026.", name) from None
    if not 1900 <= day.year <= 2199:
        raise RequestRefused("Проверьте год.", name)
    return day


def form_token() -> str:
    """What makes a form that comes twice one act."""
    return typed("request", 40) or secrets.token_hex(8)


def load_case(case_id: int, may_see: Callable[[RequestLine], bool]) -> CaseFile:
    """The case that is asked for; 404 to a stranger."""
    case = find_case(case_id, now())
    if case is None or not may_see(case.line):
        abort(404)
    return case


def log_look(line: RequestLine) -> None:
    """Staff who open a request leave a trace (H14)."""
    log_event(
        "request_read",
        school_id=line.school_id,
        pupil_id=line.pupil_id,
        detail=f"№ {line.ordinal} от {line.registered_on:%d.%m.%Y}",
    )


def read_sheets(case: CaseFile, basis: str = ON_PAPER) -> tuple[Sheet, ...]:
    """The sheets of a form: `sheet-applicant`, `sheet-pupil`, and the day they were signed."""
    today = clock.local(now(), case.line.time_zone).date()
    signed_on = typed_day("signed_on", today)
    sheets = tuple(
        Sheet(whose, decision, signed_on, basis)
        for whose in case.sheets_needed
        if (decision := typed(f"sheet-{whose}", 10))
    )
    if not sheets:
        raise RequestRefused("Отметьте, что на листе: согласие или несогласие.", "consent")
    return sheets


def act_on(
    case: CaseFile,
    what: str,
    actions: Mapping[str, tuple[Action, Collection[str]]],
    *,
    back: str,
    show: Callable[..., Any],
) -> Any:
    """Carry out one of a page's actions by its name in the address, each with the stages that
    it is offered in: 303 with a word when done, or when somebody was quicker (a button pressed
    twice); 422 with what was typed when it cannot be; 404 for no such action."""
    if what not in actions:
        abort(404)
    action, stages = actions[what]
    try:
        if not has_good_token():
            raise RequestRefused(TOO_OLD)
        if case.line.stage not in stages:
            flash(f"Дело уже здесь: {wording_requests.STAGE_WORDS[case.line.stage]}.")
            return see_other(back)
        said = action(case)
    except RequestRefused as refusal:
        return show(case, 422, refusal, what)
    flash(said)
    return see_other(back)


def case_page(
    case: CaseFile, side: str, status: int, refusal: RequestRefused | None, **more: Any
) -> Any:
    """The page of a case for one of the three who see it."""
    return page(
        "requests/case.html",
        status,
        case=case,
        line=case.line,
        side=side,
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form if refusal is not None else {},
        form=Form(),
        token=secrets.token_hex(8),
        today=clock.local(now(), case.line.time_zone).date(),
        words=wording_requests,
        documents=DOCUMENT_WORDS,
        kinds=wording.GUARDIAN_KINDS,
        **more,
    )
