"""Requests at the office: registered, decided on, listed (A1–A3, A8)."""

import secrets
from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms.fields import SelectChoice

from blueprints.access import load_own_pupil, new_act, now, own_schools, permit
from blueprints.cases import (
    OFFICE,
    act_on,
    case_page,
    form_token,
    load_case,
    log_look,
    read_sheets,
    typed,
)
from blueprints.office.request_forms import OTHER, SELF, RequestForm, read_request
from blueprints.office.views import blueprint
from blueprints.papers.documents import ask_for_paper, document_page
from blueprints.papers.issued import issue_page, issued_links
from blueprints.papers.registers import Register, asked_days, register_page, send_register
from blueprints.papers.requests import (
    REGISTER_HEADS,
    notice_document,
    register_row,
    request_register,
)
from blueprints.responses import page, see_other
from school import clock, wording_requests
from school.actions import request_decisions as decisions
from school.actions.request_stages import RequestRefused
from school.actions.requests import AlreadyAsked, name_child, register_request
from school.actions.sessions import drop_draft
from school.queries.drafts import find_draft
from school.queries.people import PersonCard
from school.queries.requests import (
    PAGE,
    CaseFile,
    RequestLine,
    Wanted,
    list_namesakes,
    list_requests,
    search_pupils,
)
from school.queries.schools import find_school, find_year_start
from school.rules import requests as rules
from school.rules.access import ADMINISTRATOR, is_adult
from school.wording import GUARDIAN_KINDS
from school.wording_requests import STAGE_WORDS

#: Lines of a register on paper or in a sheet: a school year of a large school.
MOST_IN_REGISTER = 5_000


def _wanted() -> Wanted:
    stage, kind = request.args.get("stage", "open"), request.args.get("kind", "")
    before = request.args.get("before", 0, type=int)
    return Wanted(
        stage=stage if stage in (*rules.STAGES, "open", "closed") else "",
        kind=kind if kind in rules.KINDS else "",
        overdue=request.args.get("overdue") == "1",
        before=before if 0 < before < 2**31 else 0,
    )


@blueprint.get("/requests")
@permit(ADMINISTRATOR)
def requests() -> Any:
    """The requests of the schools by stage, kind, overdue: what, who has it, until when."""
    wanted = _wanted()
    found = list_requests(own_schools(), wanted, now())
    return page(
        "requests/list.html",
        lines=found[:PAGE],
        older=found[PAGE - 1].service_request_id if len(found) > PAGE else 0,
        wanted=wanted,
        several=len(own_schools()) > 1,
        schools=[find_school(school_id) for school_id in sorted(own_schools())],
        words=wording_requests,
        stages=STAGE_WORDS,
    )


@blueprint.get("/requests/new")
@permit(ADMINISTRATOR)
def new_request_for() -> Any:
    """Which child a request is about: searched among the school's pupils."""
    asked = request.args.get("q", "")[:100]
    schools = own_schools()
    zone = find_school(min(schools))
    today = clock.today(zone.time_zone if zone else "UTC")
    return page(
        "requests/search.html",
        asked=asked,
        found=search_pupils(schools, asked, today) if asked.strip() else None,
    )


def _new_form(card: PersonCard, school_id: int, data: Any = None) -> RequestForm:
    """The form for a child: whoever represents it is offered by name."""
    school = find_school(school_id)
    today = clock.today(school.time_zone if school else "UTC")
    form = RequestForm(data) if data is not None else RequestForm()
    form.who.choices = [
        SelectChoice(str(tie.guardian_id), f"{tie.name}, {GUARDIAN_KINDS[tie.kind]}")
        for tie in card.representatives
        if not tie.is_ended and (tie.until_on is None or tie.until_on >= today)
    ]
    own = "сам обучающийся" + (", ему есть 18 лет" if is_adult(card.birth_on, today) else "")
    form.who.choices += [
        SelectChoice(OTHER, "другой человек, его ещё нет в списке"),
        SelectChoice(SELF, own),
    ]
    if form.who.data in (None, "None"):
        form.who.data = form.who.choices[0].value
    if not form.request_id.data:
        form.request_id.data = secrets.token_hex(8)
    return form


@blueprint.route("/requests/new/<id:person_id>", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True, keeps_draft=True)
def new_request(person_id: int) -> Any:
    """Registers a request that came by a visit, by post, from the portal: it has its number and
    its terms from this minute on."""
    card = load_own_pupil(person_id)
    school_id = card.enrolments[0].school_id
    if request.method != "POST":
        draft = find_draft(current_user.person_id, request.path)
        form = _new_form(card, school_id, MultiDict(draft) if draft else None)
        return _new_page(form, card)
    form = _new_form(card, school_id)
    if not form.validate():
        return _new_page(form, card, 422)
    try:
        registered = register_request(read_request(form, card, school_id, now()), new_act())
    except AlreadyAsked as refusal:
        address = url_for("office.request_case", case_id=refusal.service_request_id)
        link = Markup('{} <a href="{}">Открыть это заявление</a>').format(str(refusal), address)
        return _new_page(form, card, 422, link)
    except RequestRefused as refusal:
        form.refuse(refusal)
        return _new_page(form, card, 422)
    drop_draft(current_user.person_id, request.path)
    flash(f"Заявление зарегистрировано под № {registered.ordinal}.")
    return see_other(url_for("office.request_case", case_id=registered.service_request_id))


def _new_page(
    form: RequestForm, card: PersonCard, status: int = 200, twin: Markup | None = None
) -> Any:
    return page("requests/new.html", status, form=form, card=card, twin=twin)


def _load(case_id: int) -> CaseFile:
    schools = own_schools()
    return load_case(case_id, lambda line: line.school_id in schools)


@blueprint.get("/requests/<id:case_id>")
@permit(ADMINISTRATOR)
def request_case(case_id: int) -> Any:
    """One request: where it is, who has it, until when, and what to do next."""
    case = _load(case_id)
    log_look(case.line)
    return _case_page(case, 200)


def _case_page(
    case: CaseFile, status: int, refusal: RequestRefused | None = None, what: str = ""
) -> Any:
    asked = request.args.get("q", "")[:100]
    found = None
    if case.line.pupil_id is None:
        words = asked or case.child
        found = search_pupils([case.line.school_id], words, clock.today(case.line.time_zone))
    return case_page(
        case,
        OFFICE,
        status,
        refusal,
        what=what,
        asked=asked,
        found=found,
        namesakes=list_namesakes(case.line, GUARDIAN_KINDS),
        grounds=case.regulation.grounds_of("refusal"),
        papers=issued_links(case_id_of(case)),
        address=lambda name: url_for("office.act_on_request", case_id=case_id_of(case), what=name),
    )


def case_id_of(case: CaseFile) -> int:
    return case.line.service_request_id


def _take_sheets(case: CaseFile) -> str:
    if case.line.class_teacher or case.line.pupil_id is None:
        raise RequestRefused("Листы получает классный руководитель: отдайте их ему.")
    stage = decisions.receive_sheets(
        case_id_of(case), read_sheets(case), new_act(), request_id=form_token()
    )
    return f"Записано: {STAGE_WORDS[stage]}."


def _seen() -> tuple[str, ...]:
    return tuple(name for name in request.form.getlist("documents") if name.isidentifier())


def _accept(case: CaseFile) -> str:
    documents = (*_seen(), *(["consent"] if case.sheets else []))
    chosen = typed("person", 12)
    namesakes = {str(one.person_id): one for one in list_namesakes(case.line, GUARDIAN_KINDS)}
    if namesakes and chosen not in (*namesakes, "new"):
        raise RequestRefused(
            "В школе уже есть человек с таким именем. Отметьте, он это или другой.", "person"
        )
    seen = decisions.Acceptance(
        documents,
        typed("identity_kind", 60),
        typed("relation", 10),
        typed("basis", 250),
        namesakes[chosen].person_id if chosen in namesakes else None,
    )
    stage = decisions.accept_request(case_id_of(case), seen, new_act())
    return f"Принято: {STAGE_WORDS[stage]}."


def _send_back(case: CaseFile) -> str:
    decisions.send_back(case_id_of(case), typed("missing", 1_000), new_act())
    return "Лист возвращён: заявитель увидит, чего не хватает."


def _refuse_acceptance(case: CaseFile) -> str:
    decisions.refuse_acceptance(case_id_of(case), _seen(), typed("missing", 1_000), new_act())
    return "В приёме отказано. Напечатайте уведомление и отдайте заявителю."


def _refuse(case: CaseFile) -> str:
    decisions.refuse_service(
        case_id_of(case), request.form.getlist("grounds"), typed("answer", 1_000), new_act()
    )
    return "В услуге отказано. Напечатайте уведомление и отдайте заявителю."


def _hand_out(case: CaseFile) -> str:
    decisions.hand_out(
        case_id_of(case),
        typed("answer"),
        new_act(),
        documents_seen=_seen(),
        identity_kind=typed("identity_kind", 60),
    )
    return "Записано, дело закрыто."


def _take_back(case: CaseFile) -> str:
    decisions.take_back(case_id_of(case), new_act(), typed("answer", 1_000))
    return "Заявление отозвано, дело закрыто."


def _name_child(case: CaseFile) -> str:
    chosen = typed("pupil", 12)
    if not (chosen.isascii() and chosen.isdigit()):
        raise RequestRefused("Выберите ребёнка из списка.", "pupil")
    load_own_pupil(int(chosen))
    name_child(case_id_of(case), int(chosen), new_act())
    return "Ребёнок найден, дело идёт дальше."


BEFORE = (rules.CONSENT_AWAITED, rules.SENT_BACK, rules.ACCEPTING, rules.PREPARING)
ACTIONS = {
    "sheets": (_take_sheets, (rules.CONSENT_AWAITED, rules.SENT_BACK)),
    "accept": (_accept, (rules.ACCEPTING,)),
    "send-back": (_send_back, (rules.ACCEPTING,)),
    "incomplete": (_refuse_acceptance, BEFORE),
    "refuse": (_refuse, (*BEFORE, rules.PREPARING_CODE)),
    "hand-out": (_hand_out, (rules.PREPARING, rules.READY)),
    "take-back": (_take_back, (*BEFORE, rules.PREPARING_CODE)),
    "child": (_name_child, rules.OPEN_STAGES),
}


@blueprint.post("/requests/<id:case_id>/<what>")
@permit(ADMINISTRATOR, checks_token=True)
def act_on_request(case_id: int, what: str) -> Any:
    """Decides on a request, or writes down what happened to it."""
    back = url_for("office.request_case", case_id=case_id)
    return act_on(_load(case_id), what, ACTIONS, back=back, show=_case_page)


@blueprint.route("/requests/<id:case_id>/notice", methods=["GET", "POST"])
@permit(ADMINISTRATOR)
def request_notice(case_id: int) -> Any:
    """The notice of what was decided, to print: a refusal with its grounds, or the acceptance."""
    case = _load(case_id)
    document = notice_document(case, clock.local(now(), case.line.time_zone))
    if request.method == "POST":
        return ask_for_paper(document)
    back = url_for("office.request_case", case_id=case_id)
    return document_page(
        document,
        back=back,
        back_words=f"Заявление № {case.line.ordinal}",
        sizes=lambda points: url_for("office.request_notice", case_id=case_id, points=points),
    )


@blueprint.route("/requests/<id:case_id>/paper", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def request_paper(case_id: int) -> Any:
    """Makes the extract or the written information that a request asks for (C5, D2, D3)."""
    back = url_for("office.request_case", case_id=case_id)
    case = _load(case_id)
    return issue_page(case, back=back, back_words=f"Заявление № {case.line.ordinal}")


# The register of requests


def _register(school_id: int) -> tuple[Register, tuple[RequestLine, ...]]:
    """The requests of a school that were registered within the asked-for days, this school year's
    where none are asked for, in the order of their numbers."""
    school = find_school(school_id)
    if school is None or school_id not in own_schools():
        abort(404)
    days = asked_days(school, since=find_year_start(school_id, clock.today(school.time_zone)))
    wanted = Wanted(from_on=days[0], until_on=days[1])
    found = list_requests([school_id], wanted, now(), most=MOST_IN_REGISTER)
    lines = tuple(sorted(found, key=lambda line: line.service_request_id))
    return request_register(school, lines, days), lines


@blueprint.route("/requests/register/<id:school_id>", methods=["GET", "POST"])
@permit(ADMINISTRATOR)
def request_register_paper(school_id: int) -> Any:
    """The register of a school's requests of some days, to read, to print (D5)."""
    register, _ = _register(school_id)
    return register_page(
        register,
        "office.request_register_paper",
        sheet="office.request_register_sheet",
        back=url_for("office.requests"),
        back_words="Заявления",
    )


@blueprint.get("/requests/register/<id:school_id>.xlsx")
@permit(ADMINISTRATOR)
def request_register_sheet(school_id: int) -> Any:
    """The same as a spreadsheet; logged like every export."""
    register, lines = _register(school_id)
    rows = [register_row(line) for line in lines]
    return send_register(register, "requests", REGISTER_HEADS, rows)
