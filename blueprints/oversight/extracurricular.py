"""Extracurricular lessons (внеурочная деятельность): attendance, and whether it is owed."""

from typing import Any

from flask import flash, request, url_for

from blueprints.access import load_run_school, new_act, now, permit
from blueprints.forms import Form, has_good_token
from blueprints.oversight.substitutions import month_of, month_words
from blueprints.oversight.timetable import CHANGES
from blueprints.oversight.timetable_forms import TOO_OLD
from blueprints.oversight.views import blueprint
from blueprints.responses import page, see_other
from school.actions.extracurricular import choose_extracurricular
from school.queries.extracurricular import list_extracurricular, owes_extracurricular


@blueprint.route("/schools/<id:school_id>/extracurricular", methods=["GET", "POST"])
@permit(*CHANGES, checks_token=True)
def extracurricular(school_id: int) -> Any:
    """Who comes to extracurricular lessons, by group and month (H25)."""
    school = load_run_school(school_id)
    error = ""
    if request.method == "POST" and has_good_token():
        changed = choose_extracurricular(school_id, new_act(), owes="owes" in request.form)
        flash("Сохранено." if changed else "Изменений не было.")
        return see_other(url_for("oversight.extracurricular", school_id=school_id))
    if request.method == "POST":
        error = TOO_OLD
    first, last = month_of(school)
    return page(
        "oversight/extracurricular.html",
        422 if error else 200,
        school=school,
        month=month_words(first),
        lines=list_extracurricular(school_id, first, last, now()),
        owes=owes_extracurricular(school_id),
        error=error,
        form=Form(formdata=None),
    )
