"""A code from a slip or a letter: registration, one more role, a new password (A7, H16)."""

from datetime import timedelta
from typing import Any

from flask import current_app, flash, g, request, session, url_for
from flask_login import current_user

from blueprints.access import new_act, now, public
from blueprints.auth.forms import (
    PAGE_TOO_OLD,
    ForgottenForm,
    InvitationForm,
    NewPasswordForm,
    RegistrationForm,
    SignOutForm,
)
from blueprints.auth.views import OPENED_CODE, admit, blueprint, new_entry, retry_after, too_many
from blueprints.responses import page, see_other
from school.actions import registration as actions
from school.actions import sessions
from school.actions.accounts import WeakPassword
from school.actions.contacts import ContactRefused, enter_address
from school.actions.history import Act
from school.actions.merging import MergeRefused
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.invitations import InvitationHead, find_invitation
from school.queries.schools import list_school_contacts
from school.rules.codes import LENGTH, squeeze
from school.rules.invitations import PASSWORD
from school.rules.letters import AddressError, clean_address
from school.rules.logins import normalise_login
from school.settings import Settings

#: After a code was typed its person has so long to choose login and password.
TYPED_HOLDS = timedelta(minutes=30)

#: The same for a code that never was, was used, ran out or was replaced: whoever guesses learns
#: nothing.
REFUSED = (
    "Код не подошёл. Сверьте его с памяткой ещё раз. Если им уже воспользовались, вышел его срок "
    "или вам выдали новый, этот больше не действует: попросите новую памятку в школе."
)


def _secret() -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.secret_key


def _code_page(form: InvitationForm, status: int = 200) -> Any:
    return page("auth/invitation.html", status, form=form)


@blueprint.route("/invitation", methods=["GET", "POST"])
@public(checks_token=True)
def invitation() -> Any:
    """The code: from here on to what it is for."""
    form = InvitationForm()
    if request.method != "POST":
        return _code_page(form)
    if not form.validate():
        if form.csrf_token.errors:
            form.code.errors = [PAGE_TOO_OLD]
        return _code_page(form, 422)
    typed = form.code.data or ""
    try:
        invitation_id = actions.open_code(
            typed, request.remote_addr or "", _secret(), now(), g.request_id
        )
    except sessions.TooManyTries as refusal:
        form.code.errors = [too_many(refusal)]
        return *_code_page(form, 429), retry_after(refusal)
    except actions.CodeRefused:
        form.code.errors = [_count(typed) or REFUSED]
        return _code_page(form, 422)
    session[OPENED_CODE] = [invitation_id, to_milliseconds(now())]
    return see_other(url_for("auth.registration"))


def _count(typed: str) -> str:
    """Of a code that is too short or too long that alone is said: it is what is wrong."""
    length = len(squeeze(typed))
    if length == LENGTH:
        return ""
    return f"В коде {LENGTH} знаков, а введено {length}. Сверьте его с памяткой ещё раз."


def _opened() -> InvitationHead | None:
    """The code that was typed in this browser a short while ago, if it still works."""
    kept = session.get(OPENED_CODE)
    if kept is None or now() - from_milliseconds(kept[1]) > TYPED_HOLDS:
        return None
    return find_invitation(kept[0], now())


def _refused() -> Any:
    """Back to the first page: somebody else was quicker, or it took too long."""
    session.pop(OPENED_CODE, None)
    form = InvitationForm(formdata=None)
    form.code.errors = [REFUSED]
    return _code_page(form, 422)


@blueprint.route("/invitation/registration", methods=["GET", "POST"])
@public(checks_token=True)
def registration() -> Any:
    """What a right code is for: an account, a role more, a new password."""
    found = _opened()
    if found is None:
        flash("Введите код с памятки.")
        return see_other(url_for("auth.invitation"))
    if found.purpose == PASSWORD:
        return _new_password(found)
    if current_user.is_authenticated:
        return _add(found)
    return _register(found)


def _register(found: InvitationHead) -> Any:
    form = RegistrationForm()
    if request.method != "POST":
        if not actions.code_works(found.invitation_id, now()):
            return _refused()
        offered = actions.offer_logins(found.person_id)
        form.login.data = offered[0] if offered else ""
        return _registration_page(found, form)
    if not _is_good(form):
        return _registration_page(found, form, 422)
    choice = actions.Choice(form.login.data or "", form.password.data or "")
    entry = new_entry(choice.login, choice.password, own=form.own_device.data)
    try:
        person_id = actions.register(found.invitation_id, choice, g.request_id, now())
    except actions.RegistrationRefused as refusal:
        form[refusal.field].errors = [str(refusal)]
        return _registration_page(found, form, 422)
    except (actions.CodeRefused, actions.AlreadyRegistered):
        # The same form again (a second press on a slow line) signs in as the first did.
        return _already(found, entry)
    token = sessions.sign_in(entry, _secret(), now(), g.request_id)
    words = f"Готово, вы вошли. Ваш логин: {choice.login.strip().lower()}. Запишите его."
    if form.email.data:
        words += _keep_address(person_id, form.email.data)
    answer = admit(entry, token, "/")
    flash(words)
    return answer


def _already(found: InvitationHead, entry: sessions.SignIn) -> Any:
    if not found.login or normalise_login(entry.login) != found.login:
        return _refused()
    try:
        token = sessions.sign_in(entry, _secret(), now(), g.request_id)
    except (sessions.SignInRefused, sessions.TooManyTries):
        return _refused()
    return admit(entry, token, "/")


def _is_good(form: RegistrationForm) -> bool:
    good = bool(form.validate())
    if form.csrf_token.errors:
        form.password.errors = [PAGE_TOO_OLD]
    if form.email.data:
        try:
            clean_address(form.email.data)
        except AddressError as error:
            form.email.errors = [str(error)]
            return False
    return good


def _keep_address(person_id: int, address: str) -> str:
    try:
        enter_address(person_id, address, Act(now(), person_id, g.request_id))
    except ContactRefused:
        return ""
    return " На почту отправлен код: введите его на странице «Почта» вашей учётной записи."


def _registration_page(found: InvitationHead, form: RegistrationForm, status: int = 200) -> Any:
    return page("auth/registration.html", status, form=form, code=found)


def _add(found: InvitationHead) -> Any:
    """The code's role or child comes to the account that is signed in."""
    form = SignOutForm()
    if request.method != "POST":
        if not actions.code_works(found.invitation_id, now()):
            return _refused()
        return _add_page(found, form)
    if not form.validate():
        return _add_page(found, form, PAGE_TOO_OLD)
    try:
        actions.add_to_account(found.invitation_id, current_user.person_id, new_act())
    except actions.CodeRefused:
        return _refused()
    except (actions.NotThisPerson, MergeRefused) as refusal:
        return _add_page(found, form, f"{refusal} Код не потрачен.")
    session.pop(OPENED_CODE, None)
    flash("Добавлено к вашей учётной записи: новый раздел — наверху страницы.")
    return see_other("/")


def _add_page(found: InvitationHead, form: SignOutForm, problem: str = "") -> Any:
    return page(
        "auth/add_role.html",
        422 if problem else 200,
        form=form,
        code=found,
        is_theirs=actions.is_same_name(found.invitation_id, current_user.person_id),
        problem=problem,
    )


def _new_password(found: InvitationHead) -> Any:
    """A code for a new password; afterwards signed in nowhere but here."""
    form = NewPasswordForm()
    if request.method != "POST":
        if not actions.code_works(found.invitation_id, now()):
            return _refused()
        return page("auth/new_password.html", form=form, code=found)
    if not form.validate():
        if form.csrf_token.errors:
            form.password.errors = [PAGE_TOO_OLD]
        return page("auth/new_password.html", 422, form=form, code=found)
    password = form.password.data or ""
    entry = new_entry(found.login, password, own=False)
    try:
        actions.choose_new_password(found.invitation_id, password, g.request_id, now())
    except WeakPassword as weak:
        form.password.errors = [str(weak)]
        return page("auth/new_password.html", 422, form=form, code=found)
    except actions.CodeRefused:
        return _already(found, entry)
    token = sessions.sign_in(entry, _secret(), now(), g.request_id)
    answer = admit(entry, token, "/")
    flash("Новый пароль действует. На других устройствах нужно войти заново.")
    return answer


@blueprint.route("/sign-in/forgotten", methods=["GET", "POST"])
@public(checks_token=True)
def forgotten() -> Any:
    """A new password: by letter, or by a slip from the school. The answer is the same whether
    there is such an account or not."""
    form = ForgottenForm()
    if request.method != "POST":
        return _forgotten_page(form)
    if not form.validate():
        if form.csrf_token.errors:
            form.login.errors = [PAGE_TOO_OLD]
        return _forgotten_page(form, 422)
    try:
        actions.ask_for_letter(
            form.login.data or "", request.remote_addr or "", _secret(),
            Act(now(), None, g.request_id),
        )  # fmt: skip
    except sessions.TooManyTries as refusal:
        form.login.errors = [too_many(refusal)]
        return *_forgotten_page(form, 429), retry_after(refusal)
    flash(
        "Если такая учётная запись есть и у неё подтверждена почта, письмо с кодом уже в пути. "
        "Код из письма введите здесь."
    )
    return see_other(url_for("auth.invitation"))


def _forgotten_page(form: ForgottenForm, status: int = 200) -> Any:
    settings: Settings = current_app.extensions["settings"]
    return page(
        "auth/forgotten.html",
        status,
        form=form,
        has_server=bool(settings.smtp_url),
        schools=list_school_contacts(),
    )
