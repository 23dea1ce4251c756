"""/view: choosing how pages look. For everybody, before sign-in too."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, make_response, request, session, url_for
from flask_login import current_user

from blueprints.access import public
from blueprints.auth.views import own_address
from blueprints.look.forms import LookForm, form_of
from blueprints.looks import browser_saves_data, keep_look, present_look
from blueprints.responses import page, see_other
from school.actions.looks import choose_look
from school.rules.looks import NOTHING_CHOSEN, Look

blueprint = Blueprint("look", __name__, cli_group=None)


@blueprint.route("/view", methods=["GET", "POST"])
@public(checks_token=True)
def choose() -> Any:
    """The form; what was chosen is shown on the same page, with the way back."""
    if request.method != "POST":
        return _form_page(form_of(present_look(), _where_from()), 200)
    form = LookForm()
    if not form.validate():
        return _form_page(form, 422)
    if "reset" in request.form:
        look, told = NOTHING_CHOSEN, "Вид страниц снова обычный."
    else:
        look, told = form.look, "Готово: все страницы теперь выглядят так, как эта."
    _keep_in_account(look)
    flash(told)
    response = make_response(see_other(url_for("look.choose", next=_way_back(form.next.data))))
    return keep_look(response, look, for_good=_is_own_device())


def _form_page(form: LookForm, status: int) -> tuple[str, int]:
    stale = bool(form.csrf_token.errors)
    has_cookie = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    back = _way_back(form.next.data)
    return page(
        "look/choose.html",
        status,
        form=form,
        back=back,
        no_cookies=stale and not has_cookie,
        stale=stale,
        browser_saves_data=browser_saves_data(),
    )


def _where_from() -> str:
    """The page to go back to: named, or the one with the link that led here."""
    named = request.args.get("next")
    if named:
        return named
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or came.path == url_for("look.choose"):
        return ""
    return f"{came.path}?{came.query}" if came.query else came.path


def _way_back(address: str | None) -> str | None:
    """A page of this site, the sign-in page too, or None."""
    if address and urlsplit(address)[:3] == ("", "", url_for("auth.sign_in")):
        return address
    return own_address(address)


def _keep_in_account(look: Look) -> None:
    if current_user.is_authenticated:
        choose_look(current_user.person_id, look)


def _is_own_device() -> bool:
    """Whether the look stays when the browser is closed: not on a school's computer after
    somebody has signed in there."""
    return not current_user.is_authenticated or bool(session.permanent)
