"""What a signed-in person asks for, and their consents (A1, A2, H13)."""

import secrets
from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user, logout_user
from markupsafe import Markup
from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Length

from blueprints.access import SIGNED_IN, new_act, now, permit
from blueprints.auth.views import blueprint
from blueprints.cases import (
    OWN,
    TOO_OLD,
    act_on,
    case_page,
    form_token,
    load_case,
    read_sheets,
    typed,
)
from blueprints.forms import Form, has_good_token, without_controls
from blueprints.office.people_forms import choices, day, text
from blueprints.responses import page, see_other
from school import clock, wording, wording_requests
from school.actions import request_decisions as decisions
from school.actions.consents import SIGNED_IN as SIGNED_ONLINE
from school.actions.consents import put_consent
from school.actions.ediary_ends import withdraw_consent
from school.actions.letters import find_zone
from school.actions.request_stages import RequestRefused
from school.actions.requests import (
    LONGEST_WORDS,
    AlreadyAsked,
    NewRequest,
    register_request,
)
from school.actions.sessions import drop_draft
from school.database import transaction
from school.queries.drafts import find_draft
from school.queries.people import PersonCard, find_person
from school.queries.requests import (
    CaseFile,
    SheetLine,
    find_consent,
    find_named_pupil,
    list_consents,
    list_own_requests,
)
from school.queries.schools import find_school, list_schools
from school.rules import requests as rules
from school.rules.access import is_adult
from school.rules.requests import Names
from school.wording import GUARDIAN_KINDS
from school.wording_requests import KIND_CHOICES, STAGE_WORDS

ANOTHER = "another"
#: What is asked in the room: the rest needs a visit.
ASKED_HERE = (
    rules.EXTRACT, rules.WRITTEN_INFORMATION, rules.EDIARY, rules.REFUSAL, rules.TERMINATION,
    rules.CONSULTATION,
)  # fmt: skip


class OwnRequestForm(Form):
    kind = SelectField("Что вам нужно", choices=choices(KIND_CHOICES, *ASKED_HERE))
    child = SelectField("О ком")
    child_name = text("Фамилия и имя ребёнка", most=200)
    child_born_on = day("Дата рождения ребёнка")
    school = SelectField("Школа, в которой он учится", coerce=int)
    relation = SelectField("Кто вы ребёнку", choices=choices(GUARDIAN_KINDS))
    words = TextAreaField(
        "Своими словами",
        validators=[Length(max=LONGEST_WORDS, message="Слишком длинно.")],
        filters=[lambda value: (without_controls(value) or "").strip()],
    )
    request_id = HiddenField(validators=[Length(max=40)])

    def refuse(self, refusal: RequestRefused) -> None:
        """A rule says no: beside its field."""
        name = {"child": "child_name", "applicant_is": "kind"}.get(refusal.field, refusal.field)
        field = self._fields.get(name) or self.kind
        field.errors = [str(refusal)]


def _card() -> PersonCard:
    card = find_person(current_user.person_id)
    if card is None:
        abort(404)
    return card


@blueprint.get("/account/requests")
@permit(SIGNED_IN)
def requests() -> Any:
    """One's own requests: where each is, who has it, until when; and one's consents."""
    return page(
        "requests/own.html",
        lines=list_own_requests(current_user.person_id, now()),
        sheets=list_consents(current_user.person_id),
        me=current_user.person_id,
        words=wording_requests,
        may_ask=bool(_card().children or _card().enrolments),
    )


def _form(data: Any = None) -> OwnRequestForm:
    card = _card()
    form = OwnRequestForm(data) if data is not None else OwnRequestForm()
    children = {child.pupil_id: child for child in current_user.ties.children}
    form.child.choices = [
        SelectChoice(str(child.pupil_id), "я сам(а)" if child.is_self else
                     f"{child.surname} {child.given_name}")
        for child in children.values()
    ]  # fmt: skip
    form.child.choices.append(SelectChoice(ANOTHER, "другой ребёнок: открыть его дневник"))
    schools = list_schools(card.municipality_id)
    form.school.choices = [SelectChoice(one.school_id, one.name) for one in schools]
    if not form.request_id.data:
        form.request_id.data = secrets.token_hex(8)
    return form


@blueprint.route("/account/requests/new", methods=["GET", "POST"])
@permit(SIGNED_IN, checks_token=True, keeps_draft=True)
def new_own_request() -> Any:
    """Asks the school for something; sending is registering."""
    if not (_card().children or _card().enrolments):
        abort(404)
    if request.method != "POST":
        draft = find_draft(current_user.person_id, request.path)
        form = _form()
        if draft:
            for name, value in draft:
                if name in form._fields and name != "csrf_token":
                    form._fields[name].process_data(value)
        return page("requests/ask.html", form=form, twin=None)
    form = _form()
    if not form.validate():
        if form.errors.get("csrf_token"):
            form.kind.errors = [TOO_OLD]
        return page("requests/ask.html", 422, form=form, twin=None)
    try:
        registered = register_request(_read(form), new_act())
    except AlreadyAsked as refusal:
        address = url_for("auth.own_request", case_id=refusal.service_request_id)
        twin = Markup('{} <a href="{}">Открыть его</a>').format(str(refusal), address)
        return page("requests/ask.html", 422, form=form, twin=twin)
    except RequestRefused as refusal:
        form.refuse(refusal)
        return page("requests/ask.html", 422, form=form, twin=None)
    drop_draft(current_user.person_id, request.path)
    flash(f"Заявление зарегистрировано под № {registered.ordinal}.")
    return see_other(url_for("auth.own_request", case_id=registered.service_request_id))


def _read(form: OwnRequestForm) -> NewRequest:
    """What the form says. Of another child nobody is told whether the school has it: the office
    looks."""
    me = _card()
    names = Names(me.surname, me.given_name, me.patronymic)
    common = {
        "kind": form.kind.data,
        "channel": "signed_in",
        "names": names,
        "words": form.words.data or "",
        "request_id": form.request_id.data or "",
        "applicant_id": me.person_id,
    }
    if form.child.data == ANOTHER:
        if form.kind.data != rules.EDIARY:
            raise RequestRefused("О другом ребёнке можно просить только доступ к дневнику.", "kind")
        if not form.child_name.data or " " not in form.child_name.data:
            raise RequestRefused("Напишите фамилию и имя ребёнка.", "child")
        school = find_school(form.school.data)
        today = clock.today(school.time_zone if school else "UTC")
        return NewRequest(
            school_id=form.school.data,
            applicant_is="guardian",
            pupil_id=find_named_pupil(
                form.school.data, form.child_name.data, form.child_born_on.day, today
            ),
            child=form.child_name.data,
            child_born_on=form.child_born_on.day,
            relation=form.relation.data,
            **common,
        )
    pupil_id = int(form.child.data)
    pupil = find_person(pupil_id)
    if pupil is None or not pupil.enrolments:
        abort(404)
    school_id = pupil.enrolments[0].school_id
    school = find_school(school_id)
    tie = next((t for t in me.children if t.pupil_id == pupil_id and not t.is_ended), None)
    own = "guardian"
    if pupil_id == me.person_id:
        today = clock.today(school.time_zone if school else "UTC")
        own = "adult_pupil" if is_adult(me.birth_on, today) else "pupil"
    return NewRequest(
        school_id=school_id,
        applicant_is=own,
        pupil_id=pupil_id,
        relation=tie.kind if tie else "",
        basis=tie.basis if tie else "",
        **common,
    )


def _load(case_id: int) -> CaseFile:
    me = current_user.person_id
    case = load_case(case_id, lambda line: True)
    if case.line.applicant_id != me and not (
        case.registered_by_id == me and case.line.channel == "signed_in"
    ):
        abort(404)
    return case


@blueprint.get("/account/requests/<id:case_id>")
@permit(SIGNED_IN)
def own_request(case_id: int) -> Any:
    """One's own request: when it is due, who has it, what to do."""
    return _page(_load(case_id), 200)


def _page(
    case: CaseFile, status: int, refusal: RequestRefused | None = None, what: str = ""
) -> Any:
    def address(name: str) -> str:
        case_id = case.line.service_request_id
        return url_for("auth.act_on_own_request", case_id=case_id, what=name)

    return case_page(
        case,
        OWN,
        status,
        refusal,
        what=what,
        address=address,
        may_sign=case.line.applicant_is != "pupil",
        back=url_for("auth.requests"),
        back_words="Мои заявления и согласия",
    )


def _sign(case: CaseFile) -> str:
    if case.line.applicant_is == "pupil":
        abort(404)
    stage = decisions.receive_sheets(
        case.line.service_request_id,
        read_sheets(case, SIGNED_ONLINE),
        new_act(),
        request_id=form_token(),
    )
    return f"Записано: {STAGE_WORDS[stage]}."


def _take_back(case: CaseFile) -> str:
    decisions.take_back(case.line.service_request_id, new_act(), typed("answer", 1_000))
    return "Заявление отозвано."


ACTIONS = {
    "sheets": (_sign, (rules.CONSENT_AWAITED, rules.SENT_BACK)),
    "take-back": (
        _take_back,
        (rules.CONSENT_AWAITED, rules.SENT_BACK, rules.CHECKING, rules.ACCEPTING, rules.PREPARING),
    ),
}


@blueprint.post("/account/requests/<id:case_id>/<what>")
@permit(SIGNED_IN, checks_token=True)
def act_on_own_request(case_id: int, what: str) -> Any:
    """Signs the sheets of consent, or takes the request back."""
    back = url_for("auth.own_request", case_id=case_id)
    return act_on(_load(case_id), what, ACTIONS, back=back, show=_page)


# Consents


def _load_own_consent(consent_id: int) -> SheetLine:
    sheet = find_consent(consent_id)
    if sheet is None or sheet.signer_id != current_user.person_id or not sheet.holds:
        abort(404)
    return sheet


@blueprint.route("/account/consents/<id:consent_id>/withdraw", methods=["GET", "POST"])
@permit(SIGNED_IN, asks_password=True)
def withdraw_own_consent(consent_id: int) -> Any:
    """Takes a consent back: its purpose ends at once."""
    sheet = _load_own_consent(consent_id)
    if request.method != "POST":
        return page(
            "requests/withdraw.html",
            sheet=sheet,
            form=Form(),
            words=wording_requests,
            back=url_for("auth.requests"),
        )
    day_words = wording.short_day(clock.local(now(), find_zone(current_user.person_id)).date())
    withdraw_consent(consent_id, f"отзыв в личном кабинете {day_words}", new_act())
    if not _account_is_left():
        logout_user()
        flash("Согласие отозвано, учётная запись уничтожена. Школа будет сообщать на бумаге.")
        return see_other(url_for("auth.sign_in"))
    flash("Согласие отозвано. Акт об уничтожении можно получить у администратора школы.")
    return see_other(url_for("auth.requests"))


def _account_is_left() -> bool:
    card = find_person(current_user.person_id)
    return card is not None and bool(card.login)


@blueprint.route("/account/consents/new", methods=["GET", "POST"])
@permit(SIGNED_IN, checks_token=True)
def new_own_consent() -> Any:
    """Consents to letters or messages, or says no: a sheet of its own for each purpose (H13)."""
    refusal = None
    if request.method == "POST":
        try:
            if not has_good_token():
                raise RequestRefused(TOO_OLD)
            _put_own_consent()
        except RequestRefused as found:
            refusal = found
        else:
            flash("Записано. Отозвать согласие можно в любой день.")
            return see_other(url_for("auth.requests"))
    return page(
        "requests/consent.html",
        422 if refusal else 200,
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form,
        form=Form(),
        token=secrets.token_hex(8),
        words=wording_requests,
    )


def _put_own_consent() -> None:
    school_id = _home_school()
    zone = find_zone(current_user.person_id)
    today = clock.local(now(), zone).date()
    purpose = typed("purpose", 10)
    with transaction():
        put_consent(
            school_id=school_id,
            purpose=purpose,
            person_id=current_user.person_id,
            decision=typed("consent", 10),
            signed_on=today,
            today=today,
            basis=SIGNED_ONLINE,
            request_id=f"own:{current_user.person_id}:{form_token()}",
            act=new_act(),
        )


def _home_school() -> int:
    card = _card()
    schools = sorted(card.school_ids)
    if not schools:
        raise RequestRefused("Сейчас ни одна школа с вами не связана: согласие давать некому.")
    return schools[0]
