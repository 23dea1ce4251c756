"""Requests to change what is locked, for whoever answers for the records (H2)."""

from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user

from blueprints.access import new_act, now, permit
from blueprints.oversight.forms import TOO_OLD, DecisionForm
from blueprints.oversight.views import blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.change_requests import (
    AlreadyDecided,
    ReasonError,
    decline_change,
    open_cell,
)
from school.queries.change_requests import (
    ChangeRequestLine,
    find_change_request,
    list_decided_requests,
    list_waiting_requests,
)
from school.rules.access import ANSWERS_FOR_RECORDS, DEPUTY_HEAD, HEAD
from school.rules.changes import RequestState
from school.wording import until_moment

#: Decided requests on a page.
MOST = 50


@blueprint.get("/changes")
@permit(DEPUTY_HEAD, HEAD)
def changes() -> Any:
    """Requests to open locked cells: those that wait, and what was decided."""
    before = request.args.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) <= 9):
        abort(404)
    return _page(before=int(before) if before else None)


@blueprint.post("/changes/<id:change_id>")
@permit(DEPUTY_HEAD, HEAD, checks_token=True)
def decide(change_id: int) -> Any:
    """Opens the cell for the term of the regulation, or declines with a word."""
    line = find_change_request(change_id)
    if line is None or line.school_id not in current_user.ties.schools(ANSWERS_FOR_RECORDS):
        abort(404)
    form = DecisionForm()
    if not form.validate():
        return _page(422, line, form.word.data or "", TOO_OLD)
    try:
        if form.decision.data == "open":
            open_cell(line, act=new_act())
            flash(f"Клетка открыта: {line.pupil}. Учитель увидит это в журнале.")
        else:
            decline_change(line, form.word.data or "", act=new_act())
            flash(f"Ответ записан: {line.pupil}. Учитель его увидит.")
    except ReasonError as error:
        return _page(422, line, form.word.data or "", str(error))
    except AlreadyDecided as decided:
        return _page(422, line, form.word.data or "", _said(decided.line))
    return see_other(url_for("oversight.changes"))


def _said(line: ChangeRequestLine) -> str:
    at = clock.local(line.decided_at or now(), line.time_zone)
    did = "открыто" if line.open_until else "отказано"
    answer = f" Ответ: «{line.word}»." if line.word else ""
    return f"Уже решено раньше, {at:%d.%m.%Y} в {at:%H:%M}: {line.decided_by}, {did}.{answer}"


def _page(
    status: int = 200,
    wrong_line: ChangeRequestLine | None = None,
    typed: str = "",
    error: str = "",
    before: int | None = None,
) -> Any:
    schools = current_user.ties.schools(ANSWERS_FOR_RECORDS)
    decided = list_decided_requests(schools, before=before, most=MOST + 1)
    waiting = () if before else list_waiting_requests(schools)
    return page(
        "oversight/changes.html",
        status,
        form=DecisionForm(formdata=None),
        waiting=waiting,
        decided=decided[:MOST],
        earlier=decided[MOST - 1].change_request_id if len(decided) > MOST else None,
        is_first=before is None,
        wrong_line=wrong_line,
        still_waits=wrong_line in waiting,
        typed=typed,
        error=error,
        state_words=_state_words,
        local=lambda line, moment: clock.local(moment, line.time_zone),
        several_schools=len(schools) > 1,
    )


def _state_words(line: ChangeRequestLine) -> str:
    moment = clock.local(now(), line.time_zone)

    def said(at: Any) -> str:
        return until_moment(clock.local(at, line.time_zone), moment)

    match line.state(now()):
        case RequestState.OPEN:
            return f"открыто до {said(line.open_until)}"
        case RequestState.CHANGED:
            return f"исправлено в {said(line.changed_at)}"
        case RequestState.EXPIRED:
            return f"было открыто до {said(line.open_until)}, не исправлено"
        case _:
            return "отказано"
