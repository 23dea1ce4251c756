"""Signing in and out; choosing a password."""

import math
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Blueprint, after_this_request, current_app, flash, g, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from blueprints.access import SIGNED_IN, Viewer, new_act, now, permit, public, session_token
from blueprints.auth.forms import (
    NO_COOKIES,
    TOO_OLD,
    ConfirmForm,
    PasswordForm,
    SignInForm,
    SignOutForm,
)
from blueprints.looks import cookie_look, forget_look, keep_look
from blueprints.responses import page, see_other
from school import clock
from school.actions import sessions
from school.actions.accounts import WeakPassword, choose_password
from school.queries.accounts import list_demo_sign_ins
from school.queries.diary_access import list_closed_diaries
from school.queries.drafts import find_newest_draft_path
from school.queries.own_things import list_own_things
from school.queries.schools import has_schools
from school.queries.ties import find_locked, find_signed_in, hash_token
from school.rules.access import is_adult
from school.rules.looks import read_look
from school.settings import Settings
from school.wording import plural

blueprint = Blueprint("auth", __name__, cli_group=None)

#: Browsers keep a cookie for 400 days at most.
DEVICE_REMEMBERED = timedelta(days=400)

#: Where the session keeps which code was typed, and when.
OPENED_CODE = "invitation"

PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public(checks_token=True)
def sign_in() -> Any:
    """The sign-in page; afterwards back to where one was (`next`)."""
    form = SignInForm()
    if request.method != "POST":
        return _sign_in_or_on(form)
    if not form.validate():
        if form.csrf_token.errors:
            has_cookie = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
            form.password.errors = [TOO_OLD if has_cookie else NO_COOKIES]
        return _sign_in_page(form, 422)
    entry = new_entry(form.login.data or "", form.password.data or "", own=form.own_device.data)
    try:
        token = sessions.sign_in(entry, current_app.config["SECRET_KEY"], now(), g.request_id)
    except sessions.TooManyTries as refusal:
        form.login.errors = [too_many(refusal)]
        body, _ = _sign_in_page(form, 429)
        return body, 429, retry_after(refusal)
    except sessions.SignInRefused:
        form.password.errors = [
            "Логин или пароль не подошли. Проверьте раскладку клавиатуры и Caps Lock. "
            "Забыли пароль — ниже написано, как получить новый."
        ]
        return _sign_in_page(form, 422)
    return admit(entry, token, own_address(request.args.get("next")))


def new_entry(login: str, password: str, *, own: bool) -> sessions.SignIn:
    """What the present request says of itself, for a sign-in."""
    return sessions.SignIn(
        login=login,
        password=password,
        is_own_device=bool(own),
        address=request.remote_addr or "",
        demo_allowed=_demo_allowed(),
        device=request.cookies.get(_device_cookie(), "") or secrets.token_urlsafe(24),
        device_name=name_of_device(request.user_agent.string),
    )


def admit(entry: sessions.SignIn, token: str, target: str | None) -> Any:
    """Put a session that was opened into the cookie, and go on to `target`."""
    # A code that was typed before is still there for who goes back to it, and for nobody else.
    code = session.get(OPENED_CODE) if target == url_for("auth.registration") else None
    _open_session(token, keep=entry.is_own_device)
    if code is not None:
        session[OPENED_CODE] = code
    answer = see_other(target or find_newest_draft_path(current_user.person_id) or "/")
    # Outlives signing out: it opens nothing, and only says that this browser was here before.
    answer.set_cookie(
        _device_cookie(),
        entry.device,
        max_age=DEVICE_REMEMBERED,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return answer


def _sign_in_or_on(form: SignInForm) -> Any:
    """The page, unless this browser's session goes on: at once, or with its password."""
    if current_user.is_authenticated:
        return see_other(own_address(request.args.get("next")) or "/")
    if is_locked() and "other" not in request.args:
        return see_other(url_for("auth.locked", next=request.args.get("next")))
    return _sign_in_page(form, 200)


def _device_cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


#: What tells a person's sign-ins apart, the more telling word first.
BROWSERS = (("YaBrowser", "Яндекс Браузер"), ("Edg", "Edge"), ("OPR", "Opera"),
            ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
            ("Trident", "Internet Explorer"), ("w3m", "w3m"), ("Lynx", "Lynx"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


def name_of_device(user_agent: str) -> str:
    """«Chrome, Android» out of what a browser says of itself."""
    found = [
        next((name for word, name in words if word in user_agent), "")
        for words in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, found))


def _open_session(token: str, *, keep: bool) -> None:
    # Nothing of the session before: neither its token nor its messages for somebody else.
    session.clear()
    session.permanent = keep
    person = find_signed_in(token, now())
    if person is None:
        raise LookupError("the session just opened is not there")
    login_user(Viewer(token, person))
    if person.look and not (keep and cookie_look()):
        # One's own look on this device: on a shared one in place of whoever's is there.
        after_this_request(
            lambda response: keep_look(response, read_look(person.look), for_good=keep)
        )


def _sign_in_page(form: SignInForm, status: int) -> tuple[str, int]:
    settings: Settings = current_app.extensions["settings"]
    demo = list_demo_sign_ins() if settings.demo and _demo_allowed() else ()
    return page("auth/sign_in.html", status, form=form, demo=demo, first_run=not has_schools())


def _demo_allowed() -> bool:
    """Demo accounts open on this machine only, and not through a proxy."""
    settings: Settings = current_app.extensions["settings"]
    return settings.is_local and not any(name in request.headers for name in PROXY_HEADERS)


def own_address(address: str | None) -> str | None:
    """An address on this site to go back to, or None: never somebody else's page."""
    if not address or not address.startswith("/") or address[1:2] in ("/", "\\"):
        return None
    if any(ord(letter) < 0x20 for letter in address):
        return None
    path = unquote(urlsplit(address).path)
    if path.rstrip("/") in ("/sign-in", "/sign-out"):
        return None
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except MethodNotAllowed:
        return None  # a button's address, which opens no page
    except HTTPException:
        return address  # the address itself says what is wrong with it
    return address


@blueprint.route("/sign-out", methods=["GET", "POST"])
@public(checks_token=True)
def sign_out() -> Any:
    """A page with one button, so that pages that are kept carry no token."""
    form = SignOutForm()
    if request.method != "POST":
        return page("auth/sign_out.html", form=form)
    if not form.validate():
        return page("auth/sign_out.html", 422, form=form)
    token = session_token()
    if token:
        sessions.sign_out(token, now(), g.request_id)
    is_own_device = session.permanent
    logout_user()
    session.clear()
    if token and not is_own_device:
        after_this_request(forget_look)
    flash("Вы вышли.")
    return see_other(url_for("auth.sign_in"))


def is_locked() -> bool:
    """Whether this browser's session waits for its password."""
    token = session_token()
    return bool(token) and find_locked(str(token), now()) is not None


def too_many(refusal: sessions.TooManyTries) -> str:
    minutes = math.ceil(refusal.seconds / 60)
    return (
        "Слишком много неудачных попыток. Подождите "
        f"{plural(minutes, 'минуту', 'минуты', 'минут')} и попробуйте ещё раз."
    )


def retry_after(refusal: sessions.TooManyTries) -> dict[str, str]:
    return {"Retry-After": str(math.ceil(refusal.seconds))}


@blueprint.get("/account/")
@permit(SIGNED_IN)
def account() -> Any:
    return page(
        "auth/account.html",
        waiting=list_own_things(current_user.person_id, current_user.ties.children, now()),
        closed=list_closed_diaries(current_user.person_id, now()),
        decides=any(
            child.is_self and is_adult(child.birth_on, clock.today(child.time_zone))
            for child in current_user.ties.children
        ),
    )


@blueprint.route("/account/password", methods=["GET", "POST"])
@permit(SIGNED_IN, checks_token=True, before_own_password=True)
def password() -> Any:
    """Choose one's own password; whoever came with a one-time one has to."""
    form = PasswordForm()
    if request.method != "POST":
        return page("auth/password.html", form=form)
    if not form.validate():
        if form.csrf_token.errors:
            form.present.errors = [TOO_OLD]
        return page("auth/password.html", 422, form=form)
    person = current_user.person
    try:
        choose_password(
            person.person_id,
            form.present.data or "",
            form.new.data or "",
            keep_token_hash=hash_token(current_user.get_id()),
            names=(person.surname, person.given_name, person.patronymic),
            act=new_act(),
        )
    except sessions.TooManyTries as refusal:
        form.present.errors = [too_many(refusal)]
        return *page("auth/password.html", 429, form=form), retry_after(refusal)
    except sessions.WrongPassword:
        form.present.errors = ["Нынешний пароль не подошёл."]
    except WeakPassword as weak:
        form.new.errors = [str(weak)]
    else:
        flash("Пароль изменён. На других устройствах нужно войти заново.")
        return see_other(url_for("public.front"))
    return page("auth/password.html", 422, form=form)


@blueprint.route("/account/confirm", methods=["GET", "POST"])
@permit(SIGNED_IN, checks_token=True)
def confirm() -> Any:
    """The password once more, before contacts or anything as grave; then on to `next`."""
    form = ConfirmForm()
    if request.method != "POST":
        return page("auth/confirm.html", form=form)
    status = 422
    if form.validate():
        try:
            sessions.confirm_session(
                current_user.get_id(), current_user.person_id, form.present.data or "", new_act()
            )
        except sessions.TooManyTries as refusal:
            form.present.errors = [too_many(refusal)]
            status = 429
        except sessions.WrongPassword:
            form.present.errors = ["Пароль не подошёл."]
        else:
            return see_other(own_address(request.args.get("next")) or url_for("auth.account"))
    elif form.csrf_token.errors:
        form.present.errors = [TOO_OLD]
    return page("auth/confirm.html", status, form=form)
