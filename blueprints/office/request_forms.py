"""The form that registers a request."""

from datetime import datetime
from typing import Any

from wtforms import HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Length

from blueprints.forms import Form, without_controls
from blueprints.office.people_forms import TOO_OLD, choices, day, text
from school import clock
from school.actions.consents import Sheet
from school.actions.request_stages import RequestRefused
from school.actions.requests import LONGEST_WORDS, NewRequest
from school.queries.people import PersonCard, find_person
from school.queries.schools import get_time_zone
from school.rules import requests as rules
from school.rules.access import is_adult
from school.rules.requests import Names
from school.wording import GUARDIAN_KINDS
from school.wording_requests import CHANNEL_WORDS, IDENTITY_KINDS, KIND_CHOICES
from school.wording_terms import DOCUMENT_WORDS

OTHER, SELF = "other", "self"
DECISIONS = {
    "": "лист ещё не сдан",
    "given": "согласие подписано, листы у нас",
    "refused": "несогласие",
}
#: Of the domain's fields those that the form calls otherwise.
FIELDS = {"applicant_is": "who", "child": "kind", "child_born_on": "kind", "documents": "documents"}


class RequestForm(Form):
    kind = SelectField("О чём заявление", choices=choices(KIND_CHOICES))
    who = SelectField("Кто просит")
    surname = text("Фамилия", most=100)
    given_name = text("Имя", most=100)
    patronymic = text("Отчество", most=100)
    relation = SelectField("Кто это ребёнку", choices=choices(GUARDIAN_KINDS))
    basis = text("Документ о полномочиях")
    channel = SelectField(
        "Как поступило", choices=choices(CHANNEL_WORDS, "visit", "post", "portal")
    )
    portal_number = text("Номер на портале", most=64)
    portal_on = day("День подачи на портале")
    words = TextAreaField(
        "Своими словами",
        validators=[Length(max=LONGEST_WORDS, message="Слишком длинно.")],
        filters=[lambda value: (without_controls(value) or "").strip()],
    )
    documents = SelectMultipleField(
        "Что предъявлено",
        choices=choices(DOCUMENT_WORDS, "application", "identity", "authority"),
    )
    identity_kind = SelectField(
        "Вид документа", choices=[SelectChoice(kind, kind) for kind in IDENTITY_KINDS]
    )
    consent = SelectField("Согласие на обработку данных", choices=choices(DECISIONS))
    signed_on = day("День подписи")
    request_id = HiddenField(validators=[Length(max=40)])

    def validate(self, extra_validators: Any = None) -> bool:
        is_good: bool = super().validate(extra_validators)
        if self.errors.get("csrf_token"):
            self.kind.errors = [TOO_OLD]
        if self.who.data == OTHER:
            for field, missing in (
                (self.surname, "Введите фамилию."),
                (self.given_name, "Введите имя."),
            ):
                if not field.data:
                    field.errors = [missing]
                    is_good = False
        return is_good

    def refuse(self, refusal: RequestRefused) -> None:
        """A rule says no: beside its field."""
        name = FIELDS.get(refusal.field, refusal.field)
        field = self._fields.get(name) or self.kind
        field.errors = [str(refusal)]


def read_request(form: RequestForm, card: PersonCard, school_id: int, now: datetime) -> NewRequest:
    """What the form says, as the action takes it."""
    today = clock.local(now, get_time_zone(school_id)).date()
    who, names, applicant_id = _applicant(form, card, is_adult(card.birth_on, today))
    tie = next((t for t in card.representatives if t.guardian_id == applicant_id), None)
    sheets: tuple[Sheet, ...] = ()
    if form.kind.data == rules.EDIARY and form.consent.data:
        signed_on = form.signed_on.day or today
        sheets = tuple(
            Sheet(whose, form.consent.data, signed_on) for whose in rules.sheets_needed(who)
        )
    return NewRequest(
        school_id=school_id,
        kind=form.kind.data,
        channel=form.channel.data,
        applicant_is=who,
        names=names,
        applicant_id=applicant_id,
        pupil_id=card.person_id,
        relation=(tie.kind if tie else form.relation.data) if who == "guardian" else "",
        basis=(tie.basis if tie else form.basis.data) if who == "guardian" else "",
        words=form.words.data or "",
        portal_number=form.portal_number.data or "",
        portal_on=form.portal_on.day,
        documents_seen=tuple(form.documents.data or ()),
        identity_kind=form.identity_kind.data,
        sheets=sheets,
        request_id=form.request_id.data or "",
    )


def _applicant(form: RequestForm, card: PersonCard, of_age: bool) -> tuple[str, Names, int | None]:
    chosen = form.who.data
    if chosen == SELF:
        names = Names(card.surname, card.given_name, card.patronymic)
        return ("adult_pupil" if of_age else "pupil"), names, card.person_id
    if chosen == OTHER:
        names = Names(form.surname.data, form.given_name.data, form.patronymic.data)
        return "guardian", names, None
    tie = next(t for t in card.representatives if str(t.guardian_id) == chosen)
    person = find_person(tie.guardian_id)
    if person is None:
        raise RequestRefused("Этого человека больше нет в списке.", "who")
    names = Names(person.surname, person.given_name, person.patronymic)
    return "guardian", names, tie.guardian_id
