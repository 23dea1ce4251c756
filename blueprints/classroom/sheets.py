"""The class teacher's part of a case: sheets of consent, checked and passed on (A4)."""

from typing import Any

from flask import url_for
from flask_login import current_user

from blueprints.access import new_act, now, permit
from blueprints.cases import (
    CLASS,
    act_on,
    case_page,
    form_token,
    load_case,
    log_look,
    read_sheets,
    typed,
)
from blueprints.classroom.views import blueprint
from blueprints.responses import page
from school import wording_requests
from school.actions import request_decisions as decisions
from school.actions.request_stages import RequestRefused
from school.queries.requests import CaseFile, list_class_requests
from school.rules.access import CLASS_TEACHER
from school.rules.requests import CHECKING, CONSENT_AWAITED, SENT_BACK
from school.wording_requests import STAGE_WORDS
from school.wording_terms import term


@blueprint.get("/requests")
@permit(CLASS_TEACHER)
def requests() -> Any:
    """The forms to check and the codes to hand over: due soonest first."""
    lines = list_class_requests(current_user.ties.led_classes(), now())
    return page("requests/of_class.html", lines=lines, words=wording_requests)


def _load(case_id: int) -> CaseFile:
    led = current_user.ties.led_classes()
    return load_case(case_id, lambda line: line.class_id in led)


@blueprint.get("/requests/<id:case_id>")
@permit(CLASS_TEACHER)
def request_case(case_id: int) -> Any:
    """One request of a pupil of the class."""
    case = _load(case_id)
    log_look(case.line)
    return _page(case, 200)


def _page(
    case: CaseFile, status: int, refusal: RequestRefused | None = None, what: str = ""
) -> Any:
    def address(name: str) -> str:
        case_id = case.line.service_request_id
        return url_for("classroom.act_on_request", case_id=case_id, what=name)

    return case_page(
        case,
        CLASS,
        status,
        refusal,
        what=what,
        address=address,
        term=term(case.regulation.term("A4").term),
        back=url_for("classroom.requests"),
        back_words="Заявления класса",
    )


def _receive(case: CaseFile) -> str:
    stage = decisions.receive_sheets(
        case.line.service_request_id, read_sheets(case), new_act(), request_id=form_token()
    )
    return f"Записано: {STAGE_WORDS[stage]}."


def _pass_on(case: CaseFile) -> str:
    decisions.pass_on(case.line.service_request_id, new_act())
    return "Лист передан администратору. Дальше — код."


def _send_back(case: CaseFile) -> str:
    decisions.send_back(case.line.service_request_id, typed("missing", 1_000), new_act())
    return "Лист возвращён семье. Когда принесут снова, отметьте получение."


ACTIONS = {
    "sheets": (_receive, (CONSENT_AWAITED, SENT_BACK)),
    "pass-on": (_pass_on, (CHECKING,)),
    "send-back": (_send_back, (CHECKING,)),
}


@blueprint.post("/requests/<id:case_id>/<what>")
@permit(CLASS_TEACHER, checks_token=True)
def act_on_request(case_id: int, what: str) -> Any:
    """Takes a sheet, passes it on, or gives it back to be completed."""
    back = url_for("classroom.request_case", case_id=case_id)
    return act_on(_load(case_id), what, ACTIONS, back=back, show=_page)
