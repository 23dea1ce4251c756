"""What an administrator starts from."""

from typing import Any

from flask import Blueprint
from flask_login import current_user

from blueprints.access import permit
from blueprints.responses import page
from school.queries.overview import list_school_classes
from school.rules.access import ADMINISTRATOR

blueprint = Blueprint("office", __name__, url_prefix="/office", cli_group=None)


@blueprint.get("/")
@permit(ADMINISTRATOR)
def start() -> Any:
    """The school's classes, and the text for the school's own site (A12)."""
    schools = list_school_classes(current_user.ties.schools([ADMINISTRATOR]))
    return page("office/start.html", schools=schools)
