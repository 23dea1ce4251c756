"""The front page."""

from typing import Any

from flask import Blueprint

from blueprints.access import SIGNED_IN, permit, present_viewer
from blueprints.menu import menu_for
from blueprints.responses import page, see_other

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
@permit(SIGNED_IN)
def front() -> Any:
    """Sends each to their first page; a sign-in page for nobody."""
    links = menu_for(present_viewer())
    if links:
        return see_other(links[0].address)
    return page("public/nothing_yet.html")
