"""What heads and the officer start from."""

from typing import Any

from flask import Blueprint
from flask_login import current_user

from blueprints.access import permit
from blueprints.responses import page
from school.queries.overview import list_school_classes
from school.queries.schools import list_schools
from school.rules.access import ANSWERS_FOR_RECORDS, DEPUTY_HEAD, HEAD, OFFICER

blueprint = Blueprint("oversight", __name__, url_prefix="/oversight")


@blueprint.get("/")
@permit(DEPUTY_HEAD, HEAD, OFFICER)
def start() -> Any:
    """The school's classes for its heads; the schools, and no child's data, for the officer."""
    ties = current_user.ties
    municipalities = {duty.municipality_id for duty in ties.duties if duty.kind == OFFICER}
    return page(
        "oversight/start.html",
        schools=list_school_classes(ties.schools(ANSWERS_FOR_RECORDS)),
        municipal=[line for m in sorted(municipalities) for line in list_schools(m)],
    )
