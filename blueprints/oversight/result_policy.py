"""By what a school proposes results (H1). What would change is shown first, then confirmed."""

from typing import Any

from flask import flash, request, url_for

from blueprints.access import load_answered_school, new_act, permit
from blueprints.oversight.forms import THRESHOLD_LABELS, TOO_OLD, ResultPolicyForm
from blueprints.oversight.views import blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.grading import choose_result_policy
from school.queries.grading import get_policies
from school.queries.grading_impact import find_proposal_impact
from school.queries.results import get_result_policy, list_result_policies
from school.queries.schools import SchoolLine
from school.rules.access import DEPUTY_HEAD, HEAD
from school.rules.proposals import ResultPolicy


def result_policy_words(policy: ResultPolicy) -> str:
    """«отметок не меньше 3; «н/а» с 75 % пропусков; годовая 2,5 / 3,5 / 4,5; экзамен отдельно»."""
    threshold = dict(THRESHOLD_LABELS)[str(policy.year_threshold)]
    exam = "экзамен входит в годовую" if policy.exam_in_year else "экзамен отдельно от годовой"
    return (
        f"отметок не меньше {policy.least_marks}; «н/а» с {policy.most_missed} % пропусков; "
        f"годовая {threshold}; {exam}"
    )


@blueprint.route("/schools/<id:school_id>/result-policy", methods=["GET", "POST"])
@permit(DEPUTY_HEAD, HEAD, checks_token=True)
def result_policy(school_id: int) -> Any:
    """How results are proposed in the school from today on (H1)."""
    school = load_answered_school(school_id)
    today = clock.today(school.time_zone)
    before = get_result_policy(school_id, today)
    form = ResultPolicyForm()
    if request.method == "GET":
        form.fill(before)
    elif (after := form.read()) is not None and "back" not in request.form:
        if "confirm" not in request.form and after != before:
            policies = get_policies(school_id, today)
            impact = find_proposal_impact(school_id, today, policies, before, after)
            return page(
                "oversight/result_policy_preview.html",
                school=school, form=form, before=before, after=after, impact=impact,
                words=result_policy_words,
            )  # fmt: skip
        changed = choose_result_policy(school_id, after, today=today, act=new_act())
        flash("Сохранено: действует с сегодняшнего дня." if changed else "Изменений не было.")
        return see_other(url_for("oversight.marking", school_id=school_id))
    return _form_page(school, form)


def _form_page(school: SchoolLine, form: ResultPolicyForm) -> Any:
    if form.errors.get("csrf_token"):
        form.least_marks.errors = [TOO_OLD]
    return page(
        "oversight/result_policy.html",
        422 if request.method == "POST" and form.errors else 200,
        school=school,
        form=form,
        earlier=list_result_policies(school.school_id),
        words=result_policy_words,
    )
