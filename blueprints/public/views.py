"""The front page."""

from typing import Any

from flask import Blueprint
from flask_login import current_user

from blueprints.access import SIGNED_IN, permit
from blueprints.menu import menu_for
from blueprints.responses import page, see_other

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
@permit(SIGNED_IN)
def front() -> Any:
    """Sends each to their first page; a sign-in page for nobody."""
    links = menu_for(current_user)
    if links:
        return see_other(links[0].address)
    return page("public/nothing_yet.html")
