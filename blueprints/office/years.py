"""A new school year, and two records of one person, on the administrator's pages (H22)."""

from typing import Any

from flask import abort, flash, request, url_for

from blueprints.access import new_act, permit
from blueprints.forms import Form
from blueprints.office.loading import load_school
from blueprints.office.views import blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.changes import BuiltUpon
from school.actions.merging import (
    MergeRefused,
    list_doubles,
    list_merges,
    merge_persons,
    undo_merge,
)
from school.actions.new_year import (
    LEAVE,
    UP,
    NewYear,
    YearRefused,
    begin_year,
    find_begun,
    preview_year,
    undo_year,
)
from school.rules.access import ADMINISTRATOR

TOO_OLD = "Вы входили заново, поэтому ничего ещё не сделано. Нажмите кнопку ещё раз."


class ActForm(Form):
    pass


@blueprint.route("/schools/<id:school_id>/new-year", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def new_year(school_id: int) -> Any:
    """What a new school year would be, beginning it, and taking it back."""
    school = load_school(school_id)
    form = ActForm()
    today = clock.today(school.time_zone)
    plan = preview_year(school_id, today)
    refusal = ""
    if request.method == "POST":
        if not form.validate():
            refusal = TOO_OLD
        else:
            try:
                flash(_do_year(school_id, plan))
                return see_other(url_for("office.new_year", school_id=school_id))
            except (YearRefused, BuiltUpon) as refused:
                refusal = str(refused)[:1].upper() + str(refused)[1:]
    return page(
        "office/new_year.html",
        422 if refusal else 200,
        school=school,
        plan=plan,
        begun=find_begun(school_id),
        form=form,
        refusal=refusal,
        chosen=request.form if request.method == "POST" else {},
    )


def _do_year(school_id: int, plan: NewYear | None) -> str:
    """Begin the year or take it back; returns what to say."""
    if request.form.get("do") == "undo":
        begun = find_begun(school_id)
        if begun is not None:
            undo_year(begun.start_id, act=new_act())
        return "Новый учебный год отменён, всё как было."
    if request.form.get("do") != "begin":
        raise YearRefused("Нажмите одну из кнопок.")
    choices = {}
    for move in plan.classes if plan else ():
        choice = request.form.get(f"class-{move.class_id}")
        if choice in (UP, LEAVE):
            choices[move.class_id] = choice
    begin_year(
        school_id,
        choices,
        year_name=request.form.get("year", ""),
        carry_groups=bool(request.form.get("groups")),
        carry_plans=bool(request.form.get("plans")),
        today=clock.today(load_school(school_id).time_zone),
        act=new_act(),
    )
    return "Новый учебный год начат. Загрузите его расписание таблицей."


@blueprint.route("/schools/<id:school_id>/doubles", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def doubles(school_id: int) -> Any:
    """People who may be in twice, merging them, and undoing a wrong merge."""
    school = load_school(school_id)
    form = ActForm()
    refusal = ""
    if request.method == "POST":
        if not form.validate():
            refusal = TOO_OLD
        else:
            try:
                flash(_do_merge(school_id))
                return see_other(url_for("office.doubles", school_id=school_id))
            except MergeRefused as refused:
                refusal = str(refused)
    return page(
        "office/doubles.html",
        422 if refusal else 200,
        school=school,
        doubles=list_doubles(school_id),
        merges=list_merges(school_id),
        form=form,
        refusal=refusal,
        time_zone=school.time_zone,
    )


def _do_merge(school_id: int) -> str:
    """Merge two records, or part them again; returns what to say."""
    if merge_id := request.form.get("undo", ""):
        if not merge_id.isdecimal() or int(merge_id) not in {
            merge.merge_id for merge in list_merges(school_id)
        }:
            abort(404)
        undo_merge(int(merge_id), act=new_act())
        return "Записи снова разделены."
    pair = [request.form.get(name, "") for name in ("keep", "merge")]
    if not all(text.isdecimal() and len(text) < 10 for text in pair):
        raise MergeRefused("Выберите, какую запись оставить.")
    kept, merged = map(int, pair)
    # Only who is in the list of this school, from this page or by any other way.
    pairs = {
        frozenset((double.first.person_id, double.second.person_id))
        for double in list_doubles(school_id)
    }
    if frozenset((kept, merged)) not in pairs:
        abort(404)
    merge_persons(kept, merged, school_id=school_id, act=new_act(why=request.form.get("why", "")))
    return "Записи объединены. Если это была ошибка, её можно отменить ниже."
