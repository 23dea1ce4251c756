"""The desk where people arrive: a field and a button, then who waits and until when (C6)."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from flask_login import current_user

from blueprints.access import load_visit, log_event, new_act, now, permit, present_seer
from blueprints.cases import TOO_OLD, form_token, typed
from blueprints.forms import Form, has_good_token
from blueprints.papers.issued import issue_page, issued_links
from blueprints.responses import page, see_other
from blueprints.visits.requests import applicants_of, read_applicant
from school import clock, wording_issued
from school.actions import visits as actions
from school.actions.request_stages import RequestRefused
from school.actions.sessions import drop_draft
from school.actions.visit_requests import NewAtVisit, ask_at_visit
from school.queries.drafts import find_draft
from school.queries.pupils import find_pupil
from school.queries.requests import find_case, search_pupils
from school.queries.schools import SchoolLine, find_school
from school.queries.visits import (
    VisitLine,
    list_colleagues,
    list_informing_roles,
    list_present_visits,
    list_steps,
)
from school.rules.access import (
    ADMINISTRATOR,
    CLASS_TEACHER,
    DEPUTY_HEAD,
    HEAD,
    INFORMS_THE_SCHOOL,
    TEACHER,
    diary_reader,
)

blueprint = Blueprint("visits", __name__, url_prefix="/visits")

INFORM = (CLASS_TEACHER, ADMINISTRATOR, DEPUTY_HEAD, HEAD)
STAFF = (TEACHER, *INFORM)


def informed_schools() -> list[SchoolLine]:
    """The schools for which the present person informs by word of mouth, by the regulation of
    each (Регламент СОШ № 2, п. 3.3)."""
    ties = current_user.ties
    found = [
        find_school(school_id)
        for school_id in sorted(ties.schools(INFORM))
        if school_id in ties.schools(list_informing_roles(school_id, now()))
    ]
    return [school for school in found if school is not None]


def _may_issue(line: VisitLine) -> bool:
    """Whether the present person may give a paper about the visit's pupil: whoever informs for
    the whole school, and the pupil's own class teacher (A10)."""
    ties = current_user.ties
    if line.school_id not in {school.school_id for school in informed_schools()}:
        return False
    return line.school_id in ties.schools(INFORMS_THE_SCHOOL) or (
        line.pupil_id is None or line.class_id in ties.led_classes()
    )


@blueprint.get("/")
@permit(*STAFF)
def present() -> Any:
    """Who waits, who is being seen, who was answered today."""
    return _present_page()


def _present_page(status: int = 200, refusal: RequestRefused | None = None, at: int = 0) -> Any:
    places = {duty.school_id for duty in current_user.ties.duties if duty.school_id is not None}
    found = list_present_visits(present_seer(), places, now() - timedelta(hours=12))
    today = [
        line
        for line in found
        if line.ended_at is None
        or line.ended_at.date() == clock.local(now(), line.time_zone).date()
    ]
    return page(
        "visits/present.html",
        status,
        schools=informed_schools(),
        keeps=[
            school
            for school in map(find_school, sorted(current_user.ties.schools(INFORMS_THE_SCHOOL)))
            if school is not None
        ],
        waiting=[line for line in today if line.is_waiting],
        begun=[line for line in today if line.is_open and not line.is_waiting],
        over=[line for line in reversed(today) if not line.is_open],
        local=lambda line: clock.local(now(), line.time_zone),
        several=len({line.school_id for line in today}) > 1,
        refusal=refusal,
        wrong=refusal is not None,
        refused_at=at,
        typed=request.form if refusal is not None else {},
        words=wording_issued,
        form=Form(),
        token=secrets.token_hex(8),
    )


@blueprint.post("/arrivals/<id:school_id>")
@permit(*INFORM, checks_token=True)
def arrive(school_id: int) -> Any:
    """Writes down that somebody came: their minutes run from here."""
    if school_id not in {school.school_id for school in informed_schools()}:
        abort(404)
    try:
        if not has_good_token():
            raise RequestRefused(TOO_OLD, "visitor")
        is_begun = bool(request.form.get("begin"))
        new = actions.Arrival(school_id, typed("visitor", 250), form_token(), is_begun)
        visit_id = actions.log_arrival(new, new_act())
    except RequestRefused as refusal:
        return _present_page(422, refusal, school_id)
    if is_begun:
        return see_other(url_for("visits.visit", visit_id=visit_id))
    flash("Записано: время ожидания пошло.")
    return see_other(url_for("visits.present"))


@blueprint.route("/<id:visit_id>", methods=["GET", "POST"])
@permit(*STAFF, checks_token=True, keeps_draft=True)
def visit(visit_id: int) -> Any:
    """One visit: what to do next. POST writes down what was answered, and ends it."""
    line = load_visit(visit_id)
    if request.method != "POST":
        if line.pupil_id is not None:
            log_event("visits_read", school_id=line.school_id, pupil_id=line.pupil_id)
        draft = find_draft(current_user.person_id, request.path)
        return _visit_page(line, typed_before=dict(draft) if draft else None)
    try:
        if not has_good_token():
            raise RequestRefused(TOO_OLD, "answer")
        answer = actions.Answer(visit_id, typed("question"), typed("answer"))
        is_new = actions.answer_visit(answer, new_act())
    except RequestRefused as refusal:
        return _visit_page(line, 422, refusal)
    drop_draft(current_user.person_id, request.path)
    flash("Ответ записан." if is_new else "Этот приём уже закончен.")
    return see_other(url_for("visits.present"))


def _visit_page(
    line: VisitLine,
    status: int = 200,
    refusal: RequestRefused | None = None,
    typed_before: dict[str, str] | None = None,
) -> Any:
    asked = request.args.get("q", "")[:100]
    today = clock.today(line.time_zone)
    may_issue = _may_issue(line)
    case = find_case(line.service_request_id, now()) if line.service_request_id else None
    return page(
        "visits/visit.html",
        status,
        line=line,
        steps=list_steps(line),
        now=clock.local(now(), line.time_zone),
        asked=asked,
        found=search_pupils([line.school_id], asked, today) if asked.strip() else None,
        colleagues=list_colleagues(line.school_id, today),
        may_issue=may_issue,
        shows_birthdays=line.school_id in current_user.ties.schools(INFORMS_THE_SCHOOL),
        reads_diary=_reads_diary(line),
        applicants=applicants_of(line) if may_issue and line.pupil_id else (),
        case=case,
        papers=issued_links(line.service_request_id) if line.service_request_id else (),
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form if refusal is not None else (typed_before or {}),
        words=wording_issued,
        form=Form(),
        token=secrets.token_hex(8),
    )


def _reads_diary(line: VisitLine) -> bool:
    """Whether the present person may open the diary of the visit's pupil."""
    pupil = find_pupil(line.pupil_id) if line.pupil_id is not None else None
    return pupil is not None and bool(diary_reader(current_user.ties, pupil.pupil_id, pupil.places))


def _begin(line: VisitLine) -> str:
    began = actions.begin_visit(line.visit_id, new_act())
    return "Приём начат." if began else "Приём уже начат."


def _pass_on(line: VisitLine) -> str:
    chosen = typed("colleague", 12)
    if not (chosen.isascii() and chosen.isdigit()):
        raise RequestRefused("Выберите коллегу из списка.", "colleague")
    actions.pass_on(line.visit_id, int(chosen), typed("word", 250), new_act())
    return "Передано: коллега увидит это на своей первой странице."


def _left(line: VisitLine) -> str:
    actions.note_left(line.visit_id, new_act())
    return "Записано: посетитель ушёл без ответа."


def _name_pupil(line: VisitLine) -> str:
    chosen = typed("pupil", 12)
    if not (chosen.isascii() and chosen.isdigit()):
        raise RequestRefused("Выберите ребёнка из списка.", "pupil")
    actions.name_pupil(line.visit_id, int(chosen), new_act())
    return "Записано, о ком разговор."


def _ask(line: VisitLine) -> str:
    if not _may_issue(line):
        abort(404)
    new = NewAtVisit(
        line.visit_id, typed("kind", 32), read_applicant(line, typed("who", 12)), form_token()
    )
    registered = ask_at_visit(new, new_act())
    return f"Заявление зарегистрировано под № {registered.ordinal}. Теперь выберите, за какие дни."


STEPS: dict[str, Callable[[VisitLine], str]] = {
    "begin": _begin,
    "pass": _pass_on,
    "left": _left,
    "pupil": _name_pupil,
    "ask": _ask,
}


@blueprint.post("/<id:visit_id>/<step>")
@permit(*STAFF, checks_token=True)
def act_on_visit(visit_id: int, step: str) -> Any:
    """Begins a visit, passes it on, says about whom it is, asks for a paper at once."""
    line = load_visit(visit_id)
    if step not in STEPS:
        abort(404)
    try:
        if not has_good_token():
            raise RequestRefused(TOO_OLD)
        said = STEPS[step](line)
    except RequestRefused as refusal:
        return _visit_page(line, 422, refusal)
    flash(said)
    if step == "left":
        return see_other(url_for("visits.present"))
    return see_other(
        url_for("visits.issue" if step == "ask" else "visits.visit", visit_id=visit_id)
    )


@blueprint.route("/<id:visit_id>/paper", methods=["GET", "POST"])
@permit(*INFORM, checks_token=True)
def issue(visit_id: int) -> Any:
    """Makes the paper that was asked for at a visit, at once (C5)."""
    line = load_visit(visit_id)
    case = find_case(line.service_request_id, now()) if line.service_request_id else None
    if case is None or not _may_issue(line):
        abort(404)
    return issue_page(
        case,
        back=url_for("visits.visit", visit_id=visit_id),
        back_words="Личный приём",
        at_visit=True,
    )
