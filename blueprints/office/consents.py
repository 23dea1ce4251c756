"""Consents, the paper way, acts of destruction, and blank forms at the office (A2, D5, H13)."""

from typing import Any

from flask import abort, flash, request, url_for

from blueprints.access import (
    load_own_pupil,
    load_person,
    new_act,
    own_schools,
    permit,
)
from blueprints.cases import TOO_OLD, load_case, typed, typed_day
from blueprints.forms import Form, has_good_token
from blueprints.office.views import blueprint
from blueprints.papers.documents import ask_for_paper, document_page
from blueprints.papers.requests import act_document, form_document
from blueprints.responses import page, see_other
from school import clock, wording_requests
from school.actions.ediary_ends import withdraw_consent
from school.actions.form_texts import set_form_text
from school.actions.paper_ways import NewPaperWay, begin_paper_way, end_paper_way
from school.actions.request_stages import RequestRefused
from school.queries.form_texts import get_form_text, get_municipality, get_school_values
from school.queries.paper_ways import find_act_of_destruction, find_paper_way, list_acts
from school.queries.paper_ways import list_paper_ways as list_ways
from school.queries.requests import CaseFile, find_consent, list_consents, search_pupils
from school.queries.schools import SchoolLine, find_school
from school.rules.access import ADMINISTRATOR
from school.rules.forms import FIELDS, TITLES, FormTextError
from school.wording import GUARDIAN_KINDS, short_day


def _school(school_id: int) -> SchoolLine:
    found = find_school(school_id)
    if found is None or school_id not in own_schools():
        abort(404)
    return found


# Consents of a person


@blueprint.get("/people/<id:person_id>/consents")
@permit(ADMINISTRATOR)
def person_consents(person_id: int) -> Any:
    """The sheets of consent that a person signed, or that are about them; logged."""
    card = load_person(person_id, shows_data=True)
    schools = own_schools()
    sheets = [sheet for sheet in list_consents(person_id) if sheet.school_id in schools]
    return page("requests/consents.html", card=card, sheets=sheets, words=wording_requests)


@blueprint.route("/consents/<id:consent_id>/withdraw", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def withdraw_sheet(consent_id: int) -> Any:
    """Writes down that a consent was taken back on paper; its purpose ends at once."""
    sheet = find_consent(consent_id)
    if sheet is None or sheet.school_id not in own_schools() or not sheet.holds:
        abort(404)
    refusal = None
    if request.method == "POST":
        try:
            if not has_good_token():
                raise RequestRefused(TOO_OLD, "basis")
            basis = typed("basis", 250)
            if not basis:
                raise RequestRefused("Напишите, каким документом отозвано.", "basis")
            act_id = withdraw_consent(consent_id, basis, new_act())
        except RequestRefused as found:
            refusal = found
        else:
            flash("Согласие отозвано, доступ закрыт. Напечатайте акт.")
            return see_other(url_for("office.destruction_act", destroyed_id=act_id))
    return page(
        "requests/withdraw.html",
        422 if refusal else 200,
        sheet=sheet,
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form,
        form=Form(),
        asks_basis=True,
        words=wording_requests,
        back=url_for("office.requests"),
    )


# Acts of destruction


@blueprint.get("/destruction-acts/of/<id:school_id>")
@permit(ADMINISTRATOR)
def destruction_acts(school_id: int) -> Any:
    """The acts of destruction of a school."""
    school = _school(school_id)
    return page(
        "requests/acts.html", school=school, acts=list_acts([school_id]), words=wording_requests
    )


@blueprint.route("/destruction-acts/<id:destroyed_id>", methods=["GET", "POST"])
@permit(ADMINISTRATOR)
def destruction_act(destroyed_id: int) -> Any:
    """An act of destruction with the extract of the log, to print."""
    act = find_act_of_destruction(destroyed_id)
    if act is None or act.school_id not in own_schools():
        abort(404)
    document = act_document(act)
    if request.method == "POST":
        return ask_for_paper(document)
    return document_page(
        document,
        back=url_for("office.destruction_acts", school_id=act.school_id),
        back_words="Акты об уничтожении",
        sizes=lambda points: url_for(
            "office.destruction_act", destroyed_id=destroyed_id, points=points
        ),
    )


# The paper way


@blueprint.get("/paper/of/<id:school_id>")
@permit(ADMINISTRATOR)
def paper_ways(school_id: int) -> Any:
    """Who gets a child's facts on paper, and why."""
    school = _school(school_id)
    today = clock.today(school.time_zone)
    asked = request.args.get("q", "")[:100]
    return page(
        "requests/paper.html",
        school=school,
        ways=list_ways([school_id], today),
        asked=asked,
        found=search_pupils([school_id], asked, today) if asked.strip() else None,
        words=wording_requests,
    )


@blueprint.route("/paper/new/<id:person_id>", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def new_paper_way(person_id: int) -> Any:
    """Puts somebody on the paper way: a family without a device, a pupil of age."""
    card = load_own_pupil(person_id)
    school = _school(card.enrolments[0].school_id)
    today = clock.today(school.time_zone)
    people = {
        str(tie.guardian_id): f"{tie.name}, {GUARDIAN_KINDS[tie.kind]}"
        for tie in card.representatives
        if not tie.is_ended
    } | {str(person_id): f"{card.name}, сам обучающийся"}
    refusal = None
    if request.method == "POST":
        try:
            if not has_good_token():
                raise RequestRefused(TOO_OLD, "person")
            chosen = typed("person", 12)
            if chosen not in people:
                raise RequestRefused("Выберите, кому отдавать бумагу.", "person")
            begin_paper_way(
                NewPaperWay(
                    school.school_id,
                    person_id,
                    int(chosen),
                    people[chosen].partition(",")[0],
                    typed("why", 12),
                    typed_day("from_on", today),
                ),
                new_act(),
            )
        except RequestRefused as found:
            refusal = found
        else:
            flash("Записано: печатать будем каждую неделю.")
            return see_other(url_for("office.paper_ways", school_id=school.school_id))
    return page(
        "requests/paper_new.html",
        422 if refusal else 200,
        card=card,
        school=school,
        people=people,
        today=today,
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form,
        form=Form(),
        words=wording_requests,
    )


@blueprint.route("/paper/<id:way_id>/end", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def end_way(way_id: int) -> Any:
    """Takes somebody off the paper way."""
    way = find_paper_way(way_id)
    if way is None or way.school_id not in own_schools():
        abort(404)
    school = _school(way.school_id)
    refusal = None
    if request.method == "POST":
        try:
            if not has_good_token():
                raise RequestRefused(TOO_OLD, "reason")
            today = clock.today(school.time_zone)
            end_paper_way(way_id, today=today, reason=typed("reason", 250), act=new_act())
        except RequestRefused as found:
            refusal = found
        else:
            flash("Записано: бумага больше не нужна.")
            return see_other(url_for("office.paper_ways", school_id=way.school_id))
    return page(
        "requests/paper_end.html",
        422 if refusal else 200,
        way=way,
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form,
        form=Form(),
        words=wording_requests,
    )


# Blank forms


@blueprint.get("/forms/<id:school_id>")
@permit(ADMINISTRATOR)
def forms(school_id: int) -> Any:
    """The blank forms: to print, and to put an own text in place of ours."""
    school = _school(school_id)
    municipality_id = get_municipality(school_id)
    texts = [get_form_text(municipality_id, school_id, form) for form in TITLES]
    return page("requests/forms.html", school=school, texts=texts)


@blueprint.route("/forms/<id:school_id>/<form>", methods=["GET", "POST"])
@permit(ADMINISTRATOR)
def blank_form(school_id: int, form: str) -> Any:
    """A blank form to print."""
    school = _school(school_id)
    if form not in TITLES:
        abort(404)
    text = get_form_text(get_municipality(school_id), school_id, form).text
    values = get_school_values(school_id, form, clock.today(school.time_zone))
    document = form_document(school, form, text, values)
    if request.method == "POST":
        return ask_for_paper(document)
    return document_page(
        document,
        back=url_for("office.forms", school_id=school_id),
        back_words="Бланки",
        sizes=lambda points: url_for(
            "office.blank_form", school_id=school_id, form=form, points=points
        ),
    )


@blueprint.route("/forms/<id:school_id>/<form>/text", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def form_text(school_id: int, form: str) -> Any:
    """Puts the school's own text in place of a form's; empty brings the text before back."""
    school = _school(school_id)
    if form not in TITLES:
        abort(404)
    back = url_for("office.forms", school_id=school_id)
    return edit_form_text(get_municipality(school_id), school_id, form, school.name, back)


def edit_form_text(
    municipality_id: int, school_id: int | None, form: str, whose: str, back: str
) -> Any:
    """The page on which the text of a form is replaced, for a school or a municipality."""
    present = get_form_text(municipality_id, school_id, form)
    error = ""
    if request.method == "POST":
        try:
            if not has_good_token():
                raise FormTextError(TOO_OLD)
            text = typed("text", 20_000)
            set_form_text(municipality_id, school_id, form, text, new_act())
        except (FormTextError, RequestRefused) as refusal:
            error = str(refusal)
        else:
            flash("Текст бланка сохранён." if text else "Вернулся прежний текст бланка.")
            return see_other(back)
    return page(
        "requests/form_text.html",
        422 if error else 200,
        present=present,
        whose=whose,
        back=back,
        error=error,
        wrong=bool(error),
        text=request.form.get("text", present.text),
        fields=FIELDS,
        form=Form(),
    )


@blueprint.route("/requests/<id:case_id>/form", methods=["GET", "POST"])
@permit(ADMINISTRATOR)
def filled_form(case_id: int) -> Any:
    """The form of a request with what is known already, for a signature."""
    schools = own_schools()
    case = load_case(case_id, lambda line: line.school_id in schools)
    form = request.args.get("form", case.line.kind)
    if form not in TITLES:
        form = "written_information"
    school = _school(case.line.school_id)
    text = get_form_text(get_municipality(school.school_id), school.school_id, form).text
    values = get_school_values(school.school_id, form, clock.today(school.time_zone))
    document = form_document(school, form, text, values | _values(case))
    if request.method == "POST":
        return ask_for_paper(document)
    return document_page(
        document,
        back=url_for("office.request_case", case_id=case_id),
        back_words=f"Заявление № {case.line.ordinal}",
        sizes=lambda points: url_for(
            "office.filled_form", case_id=case_id, form=form, points=points
        ),
    )


def _values(case: CaseFile) -> dict[str, str]:
    """What is known of a request; what is signed by hand stays a line."""
    line = case.line
    return {
        "заявитель": line.applicant,
        "кем приходится": GUARDIAN_KINDS.get(line.relation, ""),
        "полномочия": case.basis,
        "ребёнок": line.pupil,
        "класс": line.class_name,
        "номер": str(line.ordinal),
        "дата": short_day(line.registered_on),
        "слова": case.words,
        "документ": case.identity_kind,
    }
