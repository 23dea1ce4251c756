"""A session that its person locked while away from the screen (H5)."""

from typing import Any

from flask import g, jsonify, request, url_for
from flask_login import current_user

from blueprints.access import SIGNED_IN, now, permit, public, session_token
from blueprints.auth.forms import TOO_OLD, UnlockForm
from blueprints.auth.views import blueprint, own_address, retry_after, too_many
from blueprints.responses import asks_for_fragment, page, see_other
from school.actions import sessions
from school.actions.history import Act
from school.queries.drafts import find_newest_draft_path
from school.queries.ties import find_locked


def lock_here(back: str) -> Any:
    """Locks the present session: from now on every page asks for the password first. `back` is
    where its person goes on."""
    sessions.lock_session(current_user.get_id(), now())
    address = url_for("auth.locked", next=back)
    return jsonify(locked=address) if asks_for_fragment() else see_other(address)


@blueprint.post("/lock")
@permit(SIGNED_IN)
def lock() -> Any:
    """The button «Заблокировать» of a page that has nothing to save."""
    return lock_here(own_address(request.form.get("next")) or "/")


@blueprint.route("/locked", methods=["GET", "POST"])
@public(checks_token=True)
def locked() -> Any:
    """The password, and back to where one was, with whatever was not saved yet."""
    token = session_token() or ""
    person = find_locked(token, now()) if token else None
    target = own_address(request.args.get("next"))
    if person is None:
        return see_other(target or url_for("public.front"))
    form = UnlockForm()
    status = 200 if request.method != "POST" else 422
    if request.method == "POST" and form.validate():
        act = Act(now(), person.person_id, g.request_id)
        try:
            sessions.unlock_session(token, person.person_id, form.present.data or "", act)
        except sessions.TooManyTries as refusal:
            form.present.errors = [too_many(refusal)]
            body, _ = page("auth/locked.html", form=form, person=person)
            return body, 429, retry_after(refusal)
        except sessions.WrongPassword:
            form.present.errors = ["Пароль не подошёл."]
        else:
            return see_other(
                target or find_newest_draft_path(person.person_id) or url_for("public.front")
            )
    elif form.csrf_token.errors:
        form.present.errors = [TOO_OLD]
    return page("auth/locked.html", status, form=form, person=person)
