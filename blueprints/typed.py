"""What somebody typed before their session ended, back in its form."""

from flask import request
from flask_login import current_user

from blueprints.forms import Form
from school.actions.sessions import drop_draft
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
