"""The production calendar of a school: what it says, its warning, and corrections."""

from datetime import date
from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields import SelectChoice

from blueprints.access import new_act, permit
from blueprints.forms import Form, without_controls
from blueprints.office.forms import TOO_OLD
from blueprints.office.views import blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.calendars import (
    CalendarError,
    DayChange,
    confirm_year,
    correct_day,
    take_correction_back,
)
from school.calendars import list_special_days
from school.queries.calendars import list_confirmed_years, list_corrections
from school.queries.schools import SchoolLine, find_school
from school.rules.access import ADMINISTRATOR, DEPUTY_HEAD, HEAD
from school.rules.register import parse_day

READS = frozenset({ADMINISTRATOR, DEPUTY_HEAD, HEAD})
LONGEST_REASON = 200


class CorrectionForm(Form):
    day = StringField("День", filters=[without_controls])
    is_working = SelectField(
        "Какой он на самом деле",
        choices=[SelectChoice("no", "выходной"), SelectChoice("yes", "рабочий")],
        validate_choice=False,
    )
    reason = StringField("Почему", filters=[without_controls])
    year = HiddenField()


class YearForm(Form):
    act = StringField("С чем сверено", filters=[without_controls])
    year = HiddenField()


def _clean(words: str | None) -> str:
    """One line, of a length that fits."""
    return " ".join((words or "").split())[:LONGEST_REASON]


def _load_school(school_id: int, roles: frozenset[str]) -> SchoolLine:
    school = find_school(school_id)
    if school is None or school_id not in current_user.ties.schools(roles):
        abort(404)
    return school


def _year(school: SchoolLine) -> int:
    """The year that is shown: this one and the two after it, and the one before."""
    present = clock.today(school.time_zone).year
    typed = request.values.get("year", "")
    year = int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else present
    return year if present - 1 <= year <= present + 2 else present


@blueprint.get("/schools/<id:school_id>/calendar")
@permit(*READS)
def calendar(school_id: int) -> Any:
    """The days of a year that are not what their day of the week says."""
    school = _load_school(school_id, READS)
    return _page(school, CorrectionForm(), YearForm())


@blueprint.post("/schools/<id:school_id>/calendar/days")
@permit(ADMINISTRATOR, checks_token=True)
def correct_calendar(school_id: int) -> Any:
    """Sets a day otherwise than the production calendar."""
    school = _load_school(school_id, frozenset({ADMINISTRATOR}))
    form = CorrectionForm()
    if not form.validate():
        form.day.errors = [TOO_OLD]
        return _page(school, form, YearForm())
    try:
        day = parse_day(_clean(form.day.data))
    except ValueError:
        form.day.errors = ["Напишите дату, например 05.05.2027."]
        return _page(school, form, YearForm())
    change = DayChange(day, form.is_working.data == "yes", _clean(form.reason.data))
    try:
        changed = correct_day(school_id, change, today=clock.today(school.time_zone), act=new_act())
    except CalendarError as error:
        (form.day if change.reason else form.reason).errors = [str(error)]
        return _page(school, form, YearForm())
    flash("Сохранено: сроки считаются по-новому." if changed else "Так уже и было.")
    return see_other(url_for("office.calendar", school_id=school_id, year=day.year))


@blueprint.post("/schools/<id:school_id>/calendar/days/<day:day>/back")
@permit(ADMINISTRATOR)
def take_calendar_back(school_id: int, day: date) -> Any:
    """Lets the production calendar hold again for a day."""
    school = _load_school(school_id, frozenset({ADMINISTRATOR}))
    try:
        changed = take_correction_back(
            school_id, day, today=clock.today(school.time_zone), act=new_act()
        )
    except CalendarError as error:
        flash(str(error))
    else:
        flash("Исправление снято." if changed else "Исправления на этот день нет.")
    return see_other(url_for("office.calendar", school_id=school_id, year=day.year))


@blueprint.post("/schools/<id:school_id>/calendar/years")
@permit(ADMINISTRATOR, checks_token=True)
def confirm_calendar(school_id: int) -> Any:
    """Says that a year was compared with the government's act."""
    school = _load_school(school_id, frozenset({ADMINISTRATOR}))
    form = YearForm()
    year = _year(school)
    if year in list_confirmed_years(school_id):
        flash(f"Календарь на {year} год уже подтверждён.")
        return see_other(url_for("office.calendar", school_id=school_id, year=year))
    if not form.validate():
        form.act.errors = [TOO_OLD]
        return _page(school, CorrectionForm(), form)
    try:
        confirm_year(school_id, year, _clean(form.act.data), act=new_act())
    except CalendarError as error:
        form.act.errors = [str(error)]
        return _page(school, CorrectionForm(), form)
    flash(f"Календарь на {year} год подтверждён.")
    return see_other(url_for("office.calendar", school_id=school_id, year=year))


def _page(school: SchoolLine, day_form: CorrectionForm, year_form: YearForm) -> Any:
    present = clock.today(school.time_zone)
    year = _year(school)
    wrong = day_form.errors or year_form.errors
    return page(
        "office/calendar.html",
        422 if wrong else 200,
        school=school,
        year=year,
        years=range(present.year - 1, present.year + 3),
        today=present,
        special=list_special_days(year),
        corrections=[c for c in list_corrections(school.school_id) if c.day.year == year],
        confirmed=list_confirmed_years(school.school_id).get(year, ""),
        day_form=day_form,
        year_form=year_form,
        may_correct=school.school_id in current_user.ties.schools([ADMINISTRATOR]),
        wrong=wrong,
    )
