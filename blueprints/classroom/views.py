"""A class and the way to its pupils' diaries."""

from typing import Any

from flask import Blueprint, abort, url_for
from flask_login import current_user

from blueprints.access import permit
from blueprints.responses import page, see_other
from school import clock
from school.queries.schools import find_class, list_pupils
from school.rules.access import (
    ADMINISTRATOR,
    CLASS_TEACHER,
    DEPUTY_HEAD,
    HEAD,
    INFORMS_THE_SCHOOL,
)

blueprint = Blueprint("classroom", __name__, url_prefix="/class")


@blueprint.get("/")
@permit(CLASS_TEACHER)
def own() -> Any:
    """The class teacher's class; a list where there are several."""
    class_ids = sorted(current_user.ties.led_classes())
    if len(class_ids) == 1:
        return see_other(url_for("classroom.pupils", class_id=class_ids[0]))
    heads = [find_class(class_id) for class_id in class_ids]
    return page("classroom/classes.html", classes=heads)


@blueprint.get("/<id:class_id>")
@permit(CLASS_TEACHER, ADMINISTRATOR, DEPUTY_HEAD, HEAD)
def pupils(class_id: int) -> Any:
    """The pupils of a class, with links to their diaries."""
    head = find_class(class_id)
    ties = current_user.ties
    if head is None or not (
        class_id in ties.led_classes() or head.school_id in ties.schools(INFORMS_THE_SCHOOL)
    ):
        abort(404)
    today = clock.today(head.time_zone)
    return page(
        "classroom/pupils.html",
        head=head,
        pupils=list_pupils(head, today),
        keeps_people=head.school_id in ties.schools([ADMINISTRATOR]),
    )
