"""How a school and its subjects mark: averages, thresholds, kinds of work (H1). What would change
is shown first, then confirmed."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from flask import abort, flash, request, url_for

from blueprints.access import load_answered_school, new_act, permit
from blueprints.oversight.forms import (
    AVERAGES,
    THRESHOLD_LABELS,
    TOO_OLD,
    GradingForm,
    KindForm,
)
from blueprints.oversight.result_policy import result_policy_words
from blueprints.oversight.views import blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.grading import GradingChoice, choose_grading, choose_subject_grading
from school.actions.work_kinds import (
    KindRules,
    add_work_kind,
    change_work_kind,
    choose_subject_kind,
    parse_weight,
)
from school.queries.grading import Policies, get_policies
from school.queries.grading_impact import Impact, find_impact, list_current_works
from school.queries.results import get_result_policy
from school.queries.schools import SchoolLine
from school.queries.work_kinds import (
    KindOverview,
    list_all_kinds,
    list_subject_names,
    list_work_kinds,
)
from school.rules.access import DEPUTY_HEAD, HEAD
from school.rules.grading import GradingPolicy, number_text, thresholds_from
from school.rules.register import CellError

MARKS = (DEPUTY_HEAD, HEAD)


def _subject(school_id: int) -> tuple[int | None, str]:
    """The subject that the address names; none: the whole school."""
    text = request.args.get("subject", "")
    if not text:
        return None, ""
    names = {str(subject_id): name for subject_id, name in list_subject_names(school_id)}
    if text not in names:
        abort(404)
    return int(text), names[text]


def policy_words(policy: GradingPolicy) -> str:
    """«с учётом веса работ; 2,5 / 3,5 / 4,5»."""
    threshold = str(policy.thresholds[0] - 2)
    return f"{dict(AVERAGES)[policy.way]}; {dict(THRESHOLD_LABELS)[threshold]}"


@blueprint.get("/schools/<id:school_id>/marking")
@permit(*MARKS)
def marking(school_id: int) -> Any:
    """Averages of the school and of subjects of their own mind; kinds of work."""
    school = load_answered_school(school_id)
    today = clock.today(school.time_zone)
    return page(
        "oversight/marking.html",
        school=school,
        policies=get_policies(school_id, today),
        result_words=result_policy_words(get_result_policy(school_id, today)),
        subjects=list_subject_names(school_id),
        kinds=list_all_kinds(school_id),
        words=policy_words,
    )


@blueprint.route("/schools/<id:school_id>/grading", methods=["GET", "POST"])
@permit(*MARKS, checks_token=True)
def grading(school_id: int) -> Any:
    """How the school, or a subject, averages and which marks it gives, from today on (H1)."""
    school = load_answered_school(school_id)
    subject_id, subject = _subject(school_id)
    today = clock.today(school.time_zone)
    policies = get_policies(school_id, today)
    policy = policies.of(subject_id)
    form = GradingForm(
        average=policy.way,
        threshold=str(policy.thresholds[0] - 2),
        ones_allowed=policy.ones_allowed,
    )
    own = subject_id in policies.subjects
    if request.method == "POST" and form.validate():
        as_school = subject_id is not None and "as-school" in request.form
        choice = GradingChoice(
            form.average.data, Fraction(form.threshold.data), bool(form.ones_allowed.data)
        )
        after = _policies_after(policies, subject_id, None if as_school else choice)
        if "confirm" in request.form or after == policies:
            act = new_act()
            if subject_id is None:
                changed = choose_grading(school_id, choice, today=today, act=act)
            else:
                changed = choose_subject_grading(
                    school_id, subject_id, None if as_school else choice, today=today, act=act
                )
            flash("Сохранено: действует с сегодняшнего дня." if changed else "Изменений не было.")
            return see_other(url_for("oversight.marking", school_id=school_id))
        return _preview(school, find_impact(school_id, today, policies, after), subject)
    if form.errors.get("csrf_token"):
        form.average.errors = [TOO_OLD]
    status = 422 if request.method == "POST" else 200
    return page(
        "oversight/grading.html", status, school=school, form=form, subject=subject, own=own
    )


def _policies_after(
    policies: Policies, subject_id: int | None, choice: GradingChoice | None
) -> Policies:
    if choice is None:
        rest = {one: own for one, own in policies.subjects.items() if one != subject_id}
        return replace(policies, subjects=rest)
    chosen = GradingPolicy(choice.average, thresholds_from(choice.threshold), choice.ones_allowed)
    if subject_id is None:
        return replace(policies, school=chosen)
    chosen = replace(chosen, ones_allowed=policies.school.ones_allowed)
    return replace(policies, subjects={**policies.subjects, subject_id: chosen})


def _preview(school: SchoolLine, impact: Impact, subject: str) -> Any:
    """What would change, with what was typed to be confirmed or mended."""
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", "confirm")
    ]
    return page(
        "oversight/marking_preview.html",
        school=school,
        impact=impact,
        subject=subject,
        typed=typed,
        form=KindForm(formdata=None),
    )


@blueprint.route("/schools/<id:school_id>/work-kinds/new", methods=["GET", "POST"])
@permit(*MARKS, checks_token=True)
def new_work_kind(school_id: int) -> Any:
    """A kind of work more; what there is stays as it is."""
    school = load_answered_school(school_id)
    form = KindForm()
    if request.method != "POST":
        form.is_offered.data = True
        form.weight.data = "1"
    elif form.validate():
        try:
            rules = _rules(form)
            add_work_kind(
                school_id,
                form.name.data or "",
                rules,
                today=clock.today(school.time_zone),
                act=new_act(),
            )
        except CellError as error:
            _complain(form, error)
        else:
            flash("Вид работы добавлен.")
            return see_other(url_for("oversight.marking", school_id=school_id))
    return _kind_page(school, form, None, "")


@blueprint.route("/schools/<id:school_id>/work-kinds/<id:kind_id>", methods=["GET", "POST"])
@permit(*MARKS, checks_token=True)
def work_kind(school_id: int, kind_id: int) -> Any:
    """A kind of work of the school, or as one subject has it: what would change comes first."""
    school = load_answered_school(school_id)
    kind = next((kind for kind in list_all_kinds(school_id) if kind.id == kind_id), None)
    if kind is None:
        abort(404)
    subject_id, subject = _subject(school_id)
    form = KindForm()
    if request.method != "POST" or "back" in request.form:
        _fill(form, kind, school_id, subject_id)
    elif form.validate():
        try:
            answer = _change_kind(school, kind, form, subject_id, subject)
        except CellError as error:
            _complain(form, error)
        else:
            return answer
    return _kind_page(school, form, kind, subject)


def _change_kind(
    school: SchoolLine, kind: KindOverview, form: KindForm, subject_id: int | None, subject: str
) -> Any:
    school_id, today = school.school_id, clock.today(school.time_zone)
    rules = _rules(form)
    as_school = subject_id is not None and bool(form.as_school.data)
    of_period = bool(form.of_period.data)
    if as_school:
        rules = KindRules(
            Fraction(kind.weight), kind.is_important, kind.marks_expected, kind.is_offered
        )
    if of_period and "confirm" not in request.form:
        own = {one for one, _ in kind.subjects}
        works = {
            work.work_id: (rules.weight, rules.is_important)
            for work in list_current_works(school_id, kind.id, today)
            if (work.subject_id == subject_id if subject_id else work.subject_id not in own)
        }
        policies = get_policies(school_id, today)
        impact = find_impact(school_id, today, policies, policies, works)
        return _preview(school, impact, subject)
    if subject_id is None:
        changed = change_work_kind(
            school_id, kind.id, form.name.data or "", rules,
            of_period=of_period, today=today, act=new_act(),
        )  # fmt: skip
    else:
        changed = choose_subject_kind(
            school_id, kind.id, subject_id, None if as_school else rules,
            of_period=of_period, today=today, act=new_act(),
        )  # fmt: skip
    flash("Сохранено: действует с сегодняшнего дня." if changed else "Изменений не было.")
    return see_other(url_for("oversight.marking", school_id=school_id))


def _fill(form: KindForm, kind: KindOverview, school_id: int, subject_id: int | None) -> None:
    """The form as the school has the kind, or as the subject does."""
    offered = {line.id: line for line in list_work_kinds(school_id, subject_id or 0)}
    line = offered.get(kind.id) if subject_id else None
    form.name.data = kind.name
    form.weight.data = number_text(Fraction((line or kind).weight))
    form.is_important.data = (line or kind).is_important
    form.marks_expected.data = (line or kind).marks_expected
    form.is_offered.data = kind.id in offered if subject_id else kind.is_offered


def _rules(form: KindForm) -> KindRules:
    return KindRules(
        parse_weight(form.weight.data or ""),
        bool(form.is_important.data),
        bool(form.marks_expected.data),
        bool(form.is_offered.data),
    )


def _complain(form: KindForm, error: CellError) -> None:
    field = form.weight if str(error).startswith("Вес") else form.name
    field.errors = [str(error)]


def _kind_page(school: SchoolLine, form: KindForm, kind: KindOverview | None, subject: str) -> Any:
    if form.errors.get("csrf_token"):
        form.name.errors = [TOO_OLD]
    status = 422 if request.method == "POST" and "back" not in request.form else 200
    return page(
        "oversight/work_kind.html",
        status,
        school=school,
        form=form,
        kind=kind,
        subject=subject,
        subjects=list_subject_names(school.school_id),
    )
