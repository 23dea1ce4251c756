"""What heads and the officer start from."""

from typing import Any

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from blueprints.access import load_answered_school, new_act, now, permit
from blueprints.oversight.forms import TOO_OLD, LogTermForm
from blueprints.responses import page, see_other
from school import clock
from school.actions.log_terms import choose_log_term, get_log_term
from school.queries.change_requests import count_waiting_requests
from school.queries.overview import list_school_classes
from school.queries.remarks import count_school_remarks
from school.queries.schools import list_schools
from school.queries.terms_report import count_open
from school.queries.visits import count_waiting
from school.rules.access import ANSWERS_FOR_RECORDS, DEPUTY_HEAD, HEAD, OFFICER

blueprint = Blueprint("oversight", __name__, url_prefix="/oversight", cli_group=None)


@blueprint.get("/")
@permit(DEPUTY_HEAD, HEAD, OFFICER)
def start() -> Any:
    """The school's classes for its heads; the schools, and no child's data, for the officer."""
    ties = current_user.ties
    schools = list_school_classes(ties.schools(ANSWERS_FOR_RECORDS))
    own = [item.school for item in schools]
    municipalities = {duty.municipality_id for duty in ties.duties if duty.kind == OFFICER}
    return page(
        "oversight/start.html",
        schools=schools,
        waiting_requests=sum(count_waiting_requests(ties.schools(ANSWERS_FOR_RECORDS)).values()),
        visitors=count_waiting(ties.schools(ANSWERS_FOR_RECORDS), now()),
        standing={one.school_id: count_open(one.school_id, now()) for one in own},
        remarks={
            one.school_id: count_school_remarks(one.school_id, clock.today(one.time_zone))
            for one in own
        },
        municipal=[line for m in sorted(municipalities) for line in list_schools(m)],
    )


@blueprint.route("/schools/<id:school_id>/log-term", methods=["GET", "POST"])
@permit(DEPUTY_HEAD, HEAD, checks_token=True)
def log_term(school_id: int) -> Any:
    """How long the school keeps the log of who looked; never less than a year (H14)."""
    school = load_answered_school(school_id)
    form = LogTermForm(days=str(get_log_term(school_id)))
    if request.method == "POST" and form.validate():
        typed = form.days.data or ""
        try:
            changed = choose_log_term(school_id, int(typed), new_act())
        except ValueError:
            form.days.errors = ["Напишите число дней от 365 до 36500."]
        else:
            flash("Срок сохранён." if changed else "Изменений не было.")
            return see_other(url_for("oversight.start"))
    if form.errors.get("csrf_token"):
        form.days.errors = [TOO_OLD]
    status = 422 if request.method == "POST" else 200
    return page("oversight/log_term.html", status, school=school, form=form)
