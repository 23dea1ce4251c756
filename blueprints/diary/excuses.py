"""Telling the class teacher of an absence, before or after it (H9)."""

import secrets
from typing import Any

from flask import abort, flash, make_response, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from blueprints.access import load_pupil, new_act, now, permit
from blueprints.diary.views import blueprint
from blueprints.forms import Form
from blueprints.responses import error_page, page, see_other
from school import clock
from school.actions.excuses import AlreadyDecided, TooLate, report_absence, withdraw_excuse
from school.actions.sessions import drop_draft
from school.queries.drafts import find_draft
from school.queries.excuses import ExcuseLine, find_excuse
from school.queries.pupils import PupilCard
from school.rules.access import AREAS, ATTENDANCE, GUARDIAN, PUPIL, may_excuse
from school.rules.excuses import ExcuseError, read_absence
from school.wording import EXCUSE_STATES

TOO_OLD = "Вы входили заново, поэтому сообщение ещё не отправлено. Нажмите кнопку ещё раз."
NOT_YOURS = (
    "Об этом сообщают другие",
    "До 18 лет об отсутствии сообщают родители и другие представители, с 18 — сам обучающийся.",
)
#: Fields of the form that a draft keeps.
KEPT = ("from_on", "until_on", "starts", "ends", "reason", "words", "request_id")


class ExcuseForm(Form):
    """Days or hours of an absence, and why."""

    request_id = HiddenField()
    from_on = StringField("С какого дня")
    until_on = StringField("По какой день")
    starts = StringField("С какого часа")
    ends = StringField("До какого часа")
    reason = RadioField(
        "Причина",
        choices=[
            SelectChoice("ill", "Болеет"),
            SelectChoice("family", "Семейные обстоятельства"),
            SelectChoice("other", "Другая причина — напишите ниже"),
        ],
        validate_choice=False,
    )
    words = TextAreaField("Что передать классному руководителю")


@blueprint.get("/attendance/excuse")
@permit(GUARDIAN, PUPIL)
def excuse(pupil_id: int) -> Any:
    """The form, with what was typed before a session ran out."""
    pupil = _load(pupil_id)
    today = clock.today(pupil.latest.time_zone)
    draft = MultiDict(find_draft(current_user.person_id, request.path) or ())
    kept = {name: draft.get(name, "") for name in KEPT} if draft else {}
    first = {"from_on": f"{today:%d.%m.%Y}", "reason": "ill", "request_id": secrets.token_hex(8)}
    return _page(pupil, ExcuseForm(formdata=None, **(kept or first)))


@blueprint.post("/attendance/excuse")
@permit(GUARDIAN, PUPIL, checks_token=True, keeps_draft=True)
def report(pupil_id: int) -> Any:
    """Tells the school."""
    pupil = _load(pupil_id)
    form = ExcuseForm()
    if not form.validate():
        form.from_on.errors = [TOO_OLD]
        return _page(pupil, form, 422)
    typed = {name: form[name].data or "" for name in KEPT if name != "request_id"}
    try:
        absence = read_absence(**typed, today=clock.today(pupil.latest.time_zone))
        report_absence(
            pupil,
            absence,
            request_id=(form.request_id.data or "")[:40] or secrets.token_hex(8),
            act=new_act(),
        )
    except ExcuseError as error:
        for name, sentence in error.problems.items():
            form[name].errors = [sentence]
        return _page(pupil, form, 422)
    drop_draft(current_user.person_id, request.path)
    flash("Сообщение у классного руководителя. Ответ будет виден здесь.")
    return see_other(url_for("diary.attendance", pupil_id=pupil_id))


@blueprint.route("/attendance/excuses/<id:excuse_id>", methods=["GET", "POST"])
@permit(GUARDIAN, PUPIL)
def withdraw(pupil_id: int, excuse_id: int) -> Any:
    """Takes one's own message back, until the absence begins."""
    pupil = _load(pupil_id)
    line = find_excuse(excuse_id)
    if line is None or (line.pupil_id, line.asked_by_id) != (pupil_id, current_user.person_id):
        abort(404)
    if request.method != "POST":
        return _withdraw_page(pupil, line)
    try:
        withdraw_excuse(line, new_act())
    except TooLate:
        return _withdraw_page(pupil, line, 422)
    except AlreadyDecided as decided:
        return _withdraw_page(pupil, decided.line, 422)
    flash("Сообщение отозвано.")
    return see_other(url_for("diary.attendance", pupil_id=pupil_id))


def _load(pupil_id: int) -> PupilCard:
    """The pupil of whom this person may tell; 403 to a pupil under age, and to those for whom
    the attendance is hidden."""
    pupil = load_pupil(pupil_id, leaves_out=AREAS - {ATTENDANCE}, shows_data=False)
    if not may_excuse(current_user.ties, pupil_id, clock.today(pupil.latest.time_zone)):
        abort(make_response(error_page(403, *NOT_YOURS)))
    return pupil


def _page(pupil: PupilCard, form: ExcuseForm, status: int = 200) -> Any:
    return page("diary/excuse.html", status, pupil=pupil, form=form)


def _withdraw_page(pupil: PupilCard, line: ExcuseLine, status: int = 200) -> Any:
    return page(
        "diary/excuse_withdraw.html",
        status,
        pupil=pupil,
        line=line,
        form=Form(formdata=None),
        states=EXCUSE_STATES,
        may_withdraw=line.may_be_withdrawn(now()),
    )
