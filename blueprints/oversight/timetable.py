"""Changes of the timetable: the day, one lesson, the lessons of a teacher who is away (B6)."""

from datetime import date, timedelta
from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user

from blueprints.access import load_run_school, new_act, permit
from blueprints.forms import Form
from blueprints.oversight.timetable_forms import (
    Complaints,
    day_of,
    has_token,
    number,
    read_wish,
    typed,
)
from blueprints.oversight.views import blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.timetable_changes import (
    CANCELLATION,
    FIELD,
    SUBSTITUTION,
    Changed,
    ChangesRefused,
    NewAbsence,
    Problem,
    Wish,
    change_lessons,
    end_absence,
)
from school.queries.day_changes import list_day_changes
from school.queries.lessons import find_lesson
from school.queries.schools import SchoolLine, find_school, list_classes
from school.queries.timetable_board import (
    BoardLesson,
    count_entries,
    list_absences,
    list_board,
    list_changed_lessons,
    list_lesson_changes,
    list_teachers,
    rank_candidates,
)
from school.rules.access import ANSWERS_FOR_RECORDS, DEPUTY_HEAD, HEAD
from school.wording import plural
from school.wording_timetable import ABSENCE_REASONS, candidate, kept_entries

CHANGES = (DEPUTY_HEAD, HEAD)
DAY = timedelta(days=1)
#: Longer absences are noted in parts.
LONGEST_ABSENCE = 31
FAR = (date(1900, 1, 1), date(2200, 1, 1))


@blueprint.get("/schools/<id:school_id>/timetable")
@blueprint.get("/schools/<id:school_id>/timetable/<day:day>")
@permit(*CHANGES)
def timetable(school_id: int, day: date | None = None) -> Any:
    """A day of the school: what changed, who is away, and the lessons of a class or teacher."""
    school = load_run_school(school_id)
    today = clock.today(school.time_zone)
    shown = day or today
    class_id, teacher_id = (request.args.get(name, type=int) for name in ("class", "teacher"))
    board = list_board(school_id, shown, shown)
    changed = list_changed_lessons(school_id, shown, shown)
    chosen = [
        lesson
        for lesson in board
        if (class_id or teacher_id)
        and class_id in (None, lesson.class_id)
        and teacher_id in (None, lesson.placed.teacher_id)
    ]
    return page(
        "oversight/timetable.html",
        school=school,
        day=shown,
        today=today,
        before=shown - DAY,
        after=shown + DAY,
        changed=list_board(school_id, *FAR, lesson_ids=changed),
        changes=list_lesson_changes(school_id, [*changed, *(x.lesson_id for x in chosen)]),
        chosen=chosen,
        lessons=len([lesson for lesson in board if not lesson.is_cancelled]),
        classes=list_classes(school_id, shown),
        teachers=list_teachers(school_id, shown),
        absences=list_absences(school_id, shown, shown),
        day_changes=list_day_changes(school_id, shown),
        class_id=class_id,
        teacher_id=teacher_id,
        form=Form(formdata=None),
        local=lambda moment: clock.local(moment, school.time_zone),
    )


def _load_lesson(lesson_id: int) -> tuple[SchoolLine, BoardLesson]:
    """A lesson of a school whose timetable the person runs; 404 to all others."""
    head = find_lesson(lesson_id)
    if head is None or head.school_id not in current_user.ties.schools(ANSWERS_FOR_RECORDS):
        abort(404)
    school = find_school(head.school_id)
    found = list_board(head.school_id, head.held_on, head.held_on, lesson_ids=[lesson_id])
    if school is None or not found:
        abort(404)
    return school, found[0]


@blueprint.route("/lessons/<id:lesson_id>/timetable", methods=["GET", "POST"])
@permit(*CHANGES, checks_token=True)
def lesson_timetable(lesson_id: int) -> Any:
    """Changes one lesson; what is in the way is named first."""
    school, lesson = _load_lesson(lesson_id)
    complaints = Complaints()
    if request.method == "POST" and has_token(complaints):
        try:
            changed = change_lessons(
                school,
                [read_wish(lesson_id)],
                today=clock.today(school.time_zone),
                act=new_act(why=typed("reason")),
            )
        except ChangesRefused as refusal:
            complaints.refuse(refusal)
        else:
            flash(_said(changed))
            return see_other(url_for("oversight.lesson_timetable", lesson_id=lesson_id))
    # Somebody else may have changed it meanwhile.
    school, lesson = _load_lesson(lesson_id)
    lines = list_lesson_changes(school.school_id, [lesson_id]).get(lesson_id, ())
    entries = count_entries([lesson_id])[lesson_id]
    day = lesson.held_on
    board = list_board(school.school_id, day, day)
    return page(
        "oversight/lesson_timetable.html",
        422 if request.method == "POST" else 200,
        school=school,
        lesson=lesson,
        lines=lines,
        kept=kept_entries(entries.marks, entries.absences, is_taken=entries.is_taken),
        seen=lines[-1].change_id if lines else 0,
        candidates=rank_candidates(
            lesson,
            board,
            list_teachers(school.school_id, day),
            list_absences(school.school_id, day, day),
        ),
        candidate=candidate,
        complaints=complaints,
        typed=typed,
        form=Form(formdata=None),
        local=lambda moment: clock.local(moment, school.time_zone),
    )


def _said(changed: Changed) -> str:
    if not changed.lessons:
        return "Всё уже сохранено."
    text = f"Сохранено: {plural(changed.lessons, 'урок', 'урока', 'уроков')}."
    if changed.letters:
        text += f" Писем учителям: {changed.letters}."
    return f"{text} Семьи увидят это в дневнике."


@blueprint.route("/schools/<id:school_id>/absent", methods=["GET", "POST"])
@permit(*CHANGES, checks_token=True)
def absent(school_id: int) -> Any:
    """«Сегодня нет учителя»: all their lessons of a span on one page, one save."""
    school = load_run_school(school_id)
    today = clock.today(school.time_zone)
    teacher_id = request.args.get("teacher", type=int)
    from_on = day_of(request.args.get("from", "")) or today
    until_on = day_of(request.args.get("until", "")) or from_on
    teachers = list_teachers(school_id, from_on)
    teacher = next((one for one in teachers if one.teacher_id == teacher_id), None)
    complaints = Complaints()
    if until_on < from_on or (until_on - from_on).days >= LONGEST_ABSENCE:
        message = f"Последний день — не раньше первого и не дальше {LONGEST_ABSENCE} дней."
        complaints.add([Problem(0, FIELD, message, field="until")])
        until_on = from_on
    lessons = (
        list_board(school_id, from_on, until_on, teacher_id=teacher.teacher_id) if teacher else ()
    )
    if request.method == "POST" and teacher is None:
        abort(404)
    if request.method == "POST" and teacher and not complaints.any and has_token(complaints):
        absence = NewAbsence(teacher.teacher_id, from_on, until_on, typed("cause") or "other")
        try:
            changed = change_lessons(
                school, _read_wishes(), today=today, act=new_act(), absence=absence
            )
        except ChangesRefused as refusal:
            complaints.refuse(refusal)
        else:
            flash(f"Отсутствие записано. {_said(changed)}" if changed.lessons else
                  "Отсутствие записано. Уроков не меняли.")  # fmt: skip
            return see_other(url_for("oversight.timetable", school_id=school_id, day=from_on))
    absences = list_absences(school_id, from_on, until_on)
    boards = list_board(school_id, from_on, until_on) if teacher else ()
    return page(
        "oversight/absent.html",
        422 if complaints.any else 200,
        school=school,
        teachers=teachers,
        teacher=teacher,
        from_on=from_on,
        until_on=until_on,
        lessons=lessons,
        rows=[
            (
                lesson,
                rank_candidates(
                    lesson, [x for x in boards if x.held_on == lesson.held_on], teachers, absences
                ),
            )
            for lesson in lessons
        ],
        changes=list_lesson_changes(school_id, [lesson.lesson_id for lesson in lessons]),
        noted=[line for line in absences if line.teacher_id == teacher_id],
        candidate=candidate,
        causes=ABSENCE_REASONS,
        complaints=complaints,
        typed=typed,
        form=Form(formdata=None),
    )


def _read_wishes() -> list[Wish]:
    """What is to become of each lesson of a teacher who is away; the untouched are left out."""
    wishes = []
    for name, chosen in request.form.items():
        what, _, of_lesson = name.partition("-")
        lesson_id = number(of_lesson)
        if what != "do" or not chosen or lesson_id is None:
            continue
        wishes.append(
            Wish(
                lesson_id=lesson_id,
                seen=number(typed(f"seen-{lesson_id}")) or 0,
                kind=CANCELLATION if chosen == "cancel" else SUBSTITUTION,
                teacher_id=number(chosen),
                reason=typed("reason"),
                accepts=bool(typed(f"accepts-{lesson_id}")),
                why=typed(f"why-{lesson_id}"),
                keeps_entries=bool(typed(f"keeps-{lesson_id}")),
            )
        )
    return wishes


@blueprint.post("/schools/<id:school_id>/absences/<int:absence_id>/end")
@permit(*CHANGES)
def absence_end(school_id: int, absence_id: int) -> Any:
    """Takes an absence back that was noted by mistake."""
    school = load_run_school(school_id)
    done = end_absence(school_id, absence_id, new_act())
    flash(
        "Отсутствие снято. Замены остались: снимите их на страницах уроков."
        if done
        else "Отсутствие уже снято."
    )
    day = day_of(request.form.get("day", "")) or clock.today(school.time_zone)
    return see_other(url_for("oversight.timetable", school_id=school_id, day=day))
