"""The class teacher's part of a case: sheets of consent, checked and passed on (A4)."""

from datetime import date
from typing import Any

from flask import url_for
from flask_login import current_user

from blueprints.access import new_act, now, permit, present_seer
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
from blueprints.classroom.todo import TodoLine, todo_line
from blueprints.classroom.views import blueprint
from blueprints.responses import page
from school import wording_requests
from school.actions import request_decisions as decisions
from school.actions.request_stages import RequestRefused
from school.queries.requests import CaseFile, list_class_requests
from school.queries.schools import ClassHead
from school.queries.visits import list_present_visits
from school.rules.access import CLASS_TEACHER
from school.rules.requests import BY_CLASS_TEACHER, CHECKING, CONSENT_AWAITED, SENT_BACK
from school.wording_requests import STAGE_WORDS
from school.wording_terms import term


@todo_line
def to_check(head: ClassHead, today: date) -> TodoLine:
    """Requests whose consent sheets are to be checked, or whose codes to be handed over."""
    lines = list_class_requests([head.class_id], now())
    mine = sum(line.holder == BY_CLASS_TEACHER for line in lines)
    late = sum(line.is_overdue for line in lines)
    words = f"Заявления: проверить листы, отдать коды, {head.name}"
    if late:
        words += f" (срок прошёл: {late})"
    return TodoLine(words, url_for("classroom.requests"), mine)


@todo_line
def visitors(head: ClassHead, today: date) -> TodoLine:
    """People who wait to be seen by the class teacher."""
    seer = present_seer()
    found = list_present_visits(seer, [head.school_id], now())
    waiting = sum(
        line.is_waiting
        and (line.class_id == head.class_id or line.holder_id == current_user.person_id)
        for line in found
    )
    return TodoLine("Личный приём, ждут вас", url_for("visits.present"), waiting)


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
