"""How far a school is with its results: what is missing, what is closed, what the council said."""

from typing import Any

from flask import flash, request, url_for
from wtforms import StringField

from blueprints.access import load_answered_school, load_results_class, new_act, now, permit
from blueprints.forms import Form, has_good_token, without_controls
from blueprints.gradebook.result_orders import read_day
from blueprints.oversight.forms import TOO_OLD
from blueprints.oversight.views import blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.result_orders import (
    AlreadyClosed,
    OrderError,
    ResultsMissing,
    close_column,
    decide_promotion,
)
from school.queries.class_results import (
    ResultClass,
    find_council,
    get_summary_sheet,
    list_class_columns,
    list_class_states,
)
from school.queries.missing_results import gather_missing, list_missing_results
from school.rules.access import DEPUTY_HEAD, HEAD
from school.rules.register import CellError
from school.wording import plural
from school.wording_results import COUNCIL, missing_results


class CouncilForm(Form):
    minutes_name = StringField("Номер протокола", filters=[without_controls])
    minutes_on = StringField("Дата педсовета", filters=[without_controls])


@blueprint.get("/schools/<id:school_id>/results")
@permit(DEPUTY_HEAD, HEAD)
def results(school_id: int) -> Any:
    """Classes with their columns: entered, missing, closed; and whose results are missing (E2)."""
    school = load_answered_school(school_id)
    today = clock.today(school.time_zone)
    missing = list_missing_results(school_id, today)
    moment = now()
    return page(
        "oversight/results.html",
        school=school,
        today=today,
        states=list_class_states(school_id, today),
        missing=gather_missing(line for line in missing if not line.deferred_until),
        deferred=gather_missing(line for line in missing if line.deferred_until),
        missing_count=sum(not line.deferred_until for line in missing),
        overdue_count=sum(line.is_overdue(moment) for line in missing),
        is_overdue=lambda line: line.is_overdue(moment),
    )


@blueprint.get("/classes/<id:class_id>/results")
@permit(DEPUTY_HEAD, HEAD)
def class_results(class_id: int) -> Any:
    """The columns of a class, each with the way to close it."""
    return _class_page(load_results_class(class_id))


@blueprint.post("/classes/<id:class_id>/results")
@permit(DEPUTY_HEAD, HEAD, checks_token=True)
def close_results(class_id: int) -> Any:
    """Closes a column of a class, unless results are missing: then it says which."""
    head = load_results_class(class_id)
    key = request.form.get("column", "")
    column = next((c for c in list_class_columns(head) if c.key == key), None)
    if not has_good_token():
        return _class_page(head, TOO_OLD)
    if column is None:
        return _class_page(head, "Выберите, что закрыть.")
    try:
        close_column(head, column, today=clock.today(head.time_zone), act=new_act())
    except ResultsMissing as missing:
        found = gather_missing(missing.lines)
        words = "; ".join(
            f"{key[1]} — {missing_results([line.pupil for line in lines])}" for key, lines in found
        )
        count = plural(len(missing.lines), "результата", "результатов", "результатов")
        return _class_page(head, f"{column.name}: закрыть нельзя, нет {count}. {words}.")
    except AlreadyClosed as closed:
        at = clock.local(closed.line.closed_at, head.time_zone)
        return _class_page(
            head,
            f"{column.name} уже закрыт(а): {closed.line.closed_by}, {at:%d.%m.%Y} в {at:%H:%M}.",
        )
    except CellError as error:
        return _class_page(head, str(error))
    flash(f"{head.name}, {column.name}: закрыто. Исправить результат теперь можно по просьбе.")
    return see_other(url_for("oversight.class_results", class_id=class_id))


def _class_page(head: ResultClass, error: str = "") -> Any:
    today = clock.today(head.time_zone)
    moment = now()
    state = next(
        (
            found
            for found in list_class_states(head.school_id, today)
            if found.head.class_id == head.class_id
        ),
        None,
    )
    missing = list_missing_results(head.school_id, today, class_id=head.class_id)
    return page(
        "oversight/class_results.html",
        422 if error else 200,
        head=head,
        state=state,
        error=error,
        form=Form(),
        missing=gather_missing(missing),
        is_overdue=lambda line: line.is_overdue(moment),
        today=today,
        local=lambda at: clock.local(at, head.time_zone),
    )


@blueprint.route("/classes/<id:class_id>/council", methods=["GET", "POST"])
@permit(DEPUTY_HEAD, HEAD, checks_token=True)
def council(class_id: int) -> Any:
    """What the teachers' council decided on each pupil, with its minutes."""
    head = load_results_class(class_id)
    minutes = find_council(head)
    form = CouncilForm(
        minutes_name=minutes[0] if minutes else "",
        minutes_on=f"{minutes[1]:%d.%m.%Y}" if minutes else "",
    )
    typed = {
        int(name.removeprefix("decision-")): value
        for name, value in request.form.items()
        if name.startswith("decision-") and name[9:].isdigit() and len(name) < 20
    }
    today = clock.today(head.time_zone)
    if request.method == "POST" and form.validate():
        day = read_day(form.minutes_on, "Напишите дату педсовета.")
        try:
            if day is not None:
                saved = decide_promotion(
                    head, typed, form.minutes_name.data or "", day, today=today, act=new_act()
                )
                flash(f"Записано решений: {saved}." if saved else "Ничего не изменилось.")
                return see_other(url_for("oversight.council", class_id=class_id))
        except OrderError as error:
            wrong = form.minutes_on if error.field == "minutes_on" else form.minutes_name
            wrong.errors = [str(error)]
    if form.csrf_token.errors:
        form.minutes_name.errors = [TOO_OLD]
    sheet = get_summary_sheet(head, today)
    return page(
        "oversight/council.html",
        422 if request.method == "POST" else 200,
        head=head,
        sheet=sheet,
        form=form,
        decisions={**sheet.council, **typed},
        choices=COUNCIL,
    )
