"""One's own letters: where they go, and what they said."""

from typing import Any

from flask import current_app, flash, request, url_for
from flask_login import current_user

from blueprints.access import SIGNED_IN, new_act, permit
from blueprints.auth.forms import PAGE_TOO_OLD, CodeForm, EmailForm
from blueprints.auth.views import blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.contacts import ContactRefused, confirm, enter_address, remove_address
from school.actions.letters import find_zone
from school.queries.letters import find_email, list_own_letters
from school.rules.letters import AddressError
from school.settings import Settings
from school.wording import LETTER_STATES


def _email_page(entered: EmailForm, code: CodeForm, status: int = 200) -> Any:
    settings: Settings = current_app.extensions["settings"]
    return page(
        "auth/email.html",
        status,
        form=entered,
        code_form=code,
        email=find_email(current_user.person_id),
        has_server=bool(settings.smtp_url),
    )


def _is_good(form: EmailForm | CodeForm, field: Any) -> bool:
    if form.validate():
        return True
    if form.csrf_token.errors:
        field.errors = [PAGE_TOO_OLD]
    return False


@blueprint.route("/account/email", methods=["GET", "POST"])
@permit(SIGNED_IN, checks_token=True, asks_password=True)
def email() -> Any:
    """Where letters go; a new address gets a code."""
    form = EmailForm()
    if request.method != "POST":
        return _email_page(form, CodeForm())
    if _is_good(form, form.address):
        try:
            enter_address(current_user.person_id, form.address.data or "", new_act())
        except (AddressError, ContactRefused) as error:
            form.address.errors = [str(error)]
        else:
            flash("Код отправлен. Введите его здесь, когда придёт письмо.")
            return see_other(url_for("auth.email"))
    return _email_page(form, CodeForm(), 422)


@blueprint.post("/account/email/confirmation")
@permit(SIGNED_IN, checks_token=True, asks_password=True)
def confirm_email() -> Any:
    """The code that came by letter: from now on letters go there."""
    form = CodeForm()
    if _is_good(form, form.code):
        try:
            confirm(current_user.person_id, form.code.data or "", new_act())
        except ContactRefused as error:
            form.code.errors = [str(error)]
        else:
            flash("Адрес подтверждён: письма приходят сюда.")
            return see_other(url_for("auth.email"))
    return _email_page(EmailForm(), form, 422)


@blueprint.post("/account/email/removal")
@permit(SIGNED_IN, asks_password=True)
def remove_email() -> Any:
    """No letters any more; what they would say is read on one's page."""
    if remove_address(current_user.person_id, new_act()):
        flash("Адрес удалён. Письма остаются на странице «Письма мне».")
    return see_other(url_for("auth.email"))


@blueprint.get("/account/letters")
@permit(SIGNED_IN)
def letters() -> Any:
    """What one was written lately, whether it went out or not."""
    zone = find_zone(current_user.person_id)
    return page(
        "auth/letters.html",
        letters=list_own_letters(current_user.person_id),
        states=LETTER_STATES,
        local=lambda moment: clock.local(moment, zone),
    )
