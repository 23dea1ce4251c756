"""What somebody typed before their session ended or the line dropped, back in its form."""

from flask import current_app, g, request
from flask_login import current_user
from markupsafe import Markup

from blueprints.forms import Form
from blueprints.looks import saves_data
from school.actions.sessions import drop_draft, keyed
from school.queries.drafts import find_draft


def bring_back(form: Form) -> bool:
    """Fill a form with the draft of its page, where there is one; returns whether there was."""
    draft = find_draft(current_user.person_id, request.path)
    for name, typed in draft or ():
        field = getattr(form, name, None)
        if field is not None and name != "csrf_token":
            field.data = typed
    return draft is not None


def forget() -> None:
    """The form was saved: what was typed before is no longer needed."""
    drop_draft(current_user.person_id, request.path)


def keeps_typed() -> Markup:
    """The attribute of a form that typed.js watches: what was typed waits in the browser's tab
    until it is saved, under this person alone. The layout then adds the script."""
    if saves_data():
        return Markup()
    g.keeps_typed = True
    who = ""
    if current_user.is_authenticated:
        secret = current_app.extensions["settings"].secret_key
        who = keyed(secret, "typed", str(current_user.person_id))[:16]
    return Markup(' data-typed="{}"').format(who)
