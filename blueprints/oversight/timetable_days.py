"""An extra lesson, a moved day, the quarantine of a class: forms that make something new (B6)."""

import secrets
from datetime import date
from typing import Any

from flask import abort, flash, request, url_for

from blueprints.access import load_run_school, new_act, permit
from blueprints.forms import Form
from blueprints.oversight.timetable import CHANGES
from blueprints.oversight.timetable_forms import (
    Complaints,
    day_of,
    has_token,
    number,
    request_of,
    typed,
)
from blueprints.oversight.views import blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.day_changes import (
    MovedDay,
    Quarantine,
    announce_moved_day,
    announce_quarantine,
    undo_day_change,
)
from school.actions.timetable_changes import (
    FIELD,
    ChangesRefused,
    NewLesson,
    Problem,
    add_extra_lesson,
)
from school.queries.day_changes import list_day_changes
from school.queries.schools import SchoolLine, list_classes
from school.queries.timetable_board import list_groups, list_teachers
from school.wording import plural
from school.wording_timetable import PARITIES, WEEKDAYS_OF

FIRST_GRADE, LAST_GRADE = 1, 11
NO_DAY = "Напишите дату, например 28.11.2026."


@blueprint.route("/schools/<id:school_id>/extra-lesson", methods=["GET", "POST"])
@permit(*CHANGES, checks_token=True)
def extra_lesson(school_id: int) -> Any:
    """A lesson that the timetable does not have."""
    school = load_run_school(school_id)
    complaints, made = Complaints(), secrets.token_hex(12)
    if request.method == "POST" and has_token(complaints):
        day, lesson_number = day_of(typed("held_on")), number(typed("number"))
        if day is None or lesson_number is None:
            complaints.add([Problem(0, FIELD, NO_DAY, field="held_on")] * (day is None))
            message = "Напишите номер урока числом."
            complaints.add([Problem(0, FIELD, message, field="number")] * (lesson_number is None))
        else:
            new = NewLesson(
                group_id=number(typed("group")) or 0,
                held_on=day,
                lesson_number=lesson_number,
                teacher_id=number(typed("teacher")),
                room=typed("room"),
                reason=typed("reason"),
                request_id=request_of(made),
                accepts=bool(typed("accepts")),
                why=typed("why"),
            )
            try:
                changed = add_extra_lesson(
                    school, new, today=clock.today(school.time_zone), act=new_act()
                )
            except ChangesRefused as refusal:
                complaints.refuse(refusal)
            else:
                flash("Урок добавлен. Семьи увидят его в дневнике.")
                return see_other(url_for("oversight.lesson_timetable", lesson_id=changed.lesson_id))
    today = clock.today(school.time_zone)
    return _form_page(
        "oversight/extra_lesson.html", school, complaints, made,
        groups=list_groups(school_id, today), teachers=list_teachers(school_id, today),
    )  # fmt: skip


@blueprint.route("/schools/<id:school_id>/moved-day", methods=["GET", "POST"])
@permit(*CHANGES, checks_token=True)
def moved_day(school_id: int) -> Any:
    """A day taught by the timetable of another day of the week."""
    school = load_run_school(school_id)
    complaints, made = Complaints(), secrets.token_hex(12)
    if request.method == "POST" and has_token(complaints):
        day, weekday = day_of(typed("day")), number(typed("weekday")) or 0
        low = number(typed("from_grade") or str(FIRST_GRADE))
        high = number(typed("until_grade") or str(LAST_GRADE))
        if day is None:
            complaints.add([Problem(0, FIELD, NO_DAY, field="day")])
        if not 1 <= weekday <= len(WEEKDAYS_OF) or typed("parity") not in PARITIES:
            complaints.add([Problem(0, FIELD, "Выберите из списка.", field="weekday")])
        if low is None or high is None or not FIRST_GRADE <= low <= high <= LAST_GRADE + 1:
            message = "Напишите классы числами, от младшего к старшему."
            complaints.add([Problem(0, FIELD, message, field="from_grade")])
        elif not complaints.any and day is not None:
            moved = MovedDay(
                day, weekday, typed("parity"), low, high, typed("reason"), request_of(made),
                accepts=bool(typed("accepts")),
            )  # fmt: skip
            try:
                announce_moved_day(
                    school, moved, today=clock.today(school.time_zone), act=new_act()
                )
            except ChangesRefused as refusal:
                complaints.refuse(refusal)
            else:
                flash("День заменён. Семьи увидят это в дневнике.")
                return see_other(url_for("oversight.timetable", school_id=school_id, day=day))
    return _form_page(
        "oversight/moved_day.html", school, complaints, made, weekdays=WEEKDAYS_OF,
        parities=PARITIES,
    )  # fmt: skip


@blueprint.route("/schools/<id:school_id>/quarantine", methods=["GET", "POST"])
@permit(*CHANGES, checks_token=True)
def quarantine(school_id: int) -> Any:
    """A class stays at home for some days."""
    school = load_run_school(school_id)
    complaints, made = Complaints(), secrets.token_hex(12)
    today = clock.today(school.time_zone)
    if request.method == "POST" and has_token(complaints):
        from_on, until_on = day_of(typed("from_on")), day_of(typed("until_on"))
        for name, day in (("from_on", from_on), ("until_on", until_on)):
            complaints.add([Problem(0, FIELD, NO_DAY, field=name)] * (day is None))
        if from_on is not None and until_on is not None:
            wanted = Quarantine(
                number(typed("class_id")) or 0, from_on, until_on,
                typed("way") == "remote", typed("reason"), request_of(made),
            )  # fmt: skip
            try:
                changed = announce_quarantine(school, wanted, today=today, act=new_act())
            except ChangesRefused as refusal:
                complaints.refuse(refusal)
            else:
                lessons = plural(changed.lessons, "урок", "урока", "уроков")
                flash(f"Карантин объявлен: {lessons}. Семьи увидят это в дневнике.")
                return see_other(url_for("oversight.timetable", school_id=school_id, day=from_on))
    return _form_page(
        "oversight/quarantine.html", school, complaints, made,
        classes=list_classes(school_id, today),
    )  # fmt: skip


def _form_page(
    template: str, school: SchoolLine, complaints: Complaints, made: str, **context: Any
) -> Any:
    return page(
        template,
        422 if complaints.any else 200,
        school=school,
        complaints=complaints,
        typed=typed,
        request_id=request_of(made),
        form=Form(formdata=None),
        **context,
    )


@blueprint.post("/schools/<id:school_id>/day-changes/<int:day_change_id>/undo")
@permit(*CHANGES)
def day_change_undo(school_id: int, day_change_id: int) -> Any:
    """Takes a moved day or a quarantine back."""
    school = load_run_school(school_id)
    today = clock.today(school.time_zone)
    far = (date(1900, 1, 1), date(2200, 1, 1))
    known = {line.day_change_id: line for line in list_day_changes(school_id, *far)}
    try:
        lessons = undo_day_change(school, day_change_id, today=today, act=new_act())
    except LookupError:
        abort(404)
    except ChangesRefused as refusal:
        flash(f"Не снято: {refusal}")
    else:
        flash(f"Снято. {plural(lessons, 'Урок вернулся', 'урока вернулись', 'уроков вернулись')}.")
    line = known.get(day_change_id)
    day = line.from_on if line else today
    return see_other(url_for("oversight.timetable", school_id=school_id, day=day))
