"""What families told of absences, for the class teacher to accept or decline (H9)."""

from datetime import date
from typing import Any

from flask import abort, flash, request, url_for

from blueprints.access import new_act, permit
from blueprints.classroom.todo import TodoLine, todo_line
from blueprints.classroom.views import blueprint, load_led_class
from blueprints.forms import Form, has_good_token
from blueprints.responses import page, see_other
from school import clock
from school.actions.excuses import AlreadyDecided, accept_excuse, decline_excuse
from school.actions.reasons import Reasons
from school.queries.absences import AbsenceCell, list_absence_cells
from school.queries.excuses import (
    ExcuseLine,
    count_waiting_excuses,
    find_excuse,
    is_of_class,
    list_decided_excuses,
    list_waiting_excuses,
)
from school.queries.schools import ClassHead
from school.rules.access import CLASS_TEACHER
from school.rules.excuses import CODE_OF, CODES, ExcuseError, covers
from school.rules.marks import LATE
from school.wording import EXCUSE_STATES, day_and_month, plural, reason

TOO_OLD = "Вы входили заново, поэтому ответ ещё не записан. Нажмите кнопку ещё раз."


@todo_line
def waiting(head: ClassHead, today: date) -> TodoLine:
    """Excuses to decide on."""
    return TodoLine(
        f"Сообщения об отсутствии ждут ответа, {head.name}",
        url_for("classroom.excuses", class_id=head.class_id),
        count_waiting_excuses(head, today),
    )


@blueprint.get("/<id:class_id>/excuses")
@permit(CLASS_TEACHER)
def excuses(class_id: int) -> Any:
    """Those that wait, each with its form, and those that were answered."""
    return _page(load_led_class(class_id))


@blueprint.route("/<id:class_id>/excuses/<id:excuse_id>", methods=["GET", "POST"])
@permit(CLASS_TEACHER, checks_token=True)
def decide_excuse(class_id: int, excuse_id: int) -> Any:
    """One of them: accepted or declined, also after it was answered before."""
    head = load_led_class(class_id)
    line = find_excuse(excuse_id)
    if line is None or not is_of_class(line, class_id, clock.today(head.time_zone)):
        abort(404)
    if request.method != "POST":
        return _page(head, line)
    form = request.form
    if not has_good_token():
        return _page(head, line, 422, {"word": TOO_OLD})
    word, seen = form.get("word", ""), form.get("seen", "")
    try:
        if form.get("decision") == "accept":
            found = accept_excuse(
                head, line, form.get("code", ""), word, seen=seen, also=bool(form.get("also")),
                act=new_act(),
            )  # fmt: skip
            flash(_said(line, found))
        else:
            decline_excuse(line, word, seen=seen, act=new_act())
            flash(f"Не принято: {line.pupil}, {line.span}. Семья увидит ответ.")
    except ExcuseError as error:
        return _page(head, line, 422, error.problems)
    except AlreadyDecided as decided:
        return _page(head, decided.line, 422, {"word": _decided(decided.line)})
    return see_other(url_for("classroom.excuses", class_id=class_id))


def _said(line: ExcuseLine, found: Reasons) -> str:
    text = f"Принято: {line.pupil}, {line.span}."
    if found.changed:
        text += f" Причина поставлена: {plural(found.changed, 'урок', 'урока', 'уроков')}."
    if found.left:
        text += f" Не тронуто: {left_words(found.left)}."
    return text


def left_words(cells: tuple[AbsenceCell, ...], most: int = 5) -> str:
    """«16 ноября, 2-й урок — без уважительной причины; …»."""
    words = [
        f"{day_and_month(cell.held_on)}, {cell.lesson_number}-й урок — {reason(cell.code)}"
        for cell in cells[:most]
    ]
    if len(cells) > most:
        words.append(f"и ещё {len(cells) - most}")
    return "; ".join(words)


def _decided(line: ExcuseLine) -> str:
    if not line.decided_at:
        return "Сообщение снова ждёт ответа."
    at = clock.local(line.decided_at, line.time_zone)
    return f"Уже решено, {at:%d.%m.%Y} в {at:%H:%M}: {EXCUSE_STATES[line.decision]}."


def _page(
    head: ClassHead,
    only: ExcuseLine | None = None,
    status: int = 200,
    problems: dict[str, str] | None = None,
) -> Any:
    today = clock.today(head.time_zone)
    lines = (only,) if only else list_waiting_excuses(head, today)
    return page(
        "classroom/excuses.html",
        status,
        head=head,
        only=only,
        lines=[(line, _entered(head, line)) for line in lines],
        decided=() if only else list_decided_excuses(head, today),
        problems=problems or {},
        typed=request.form,
        form=Form(formdata=None),
        codes=[(code, reason(code)) for code in CODES],
        usual=CODE_OF,
        states=EXCUSE_STATES,
        local=lambda moment: clock.local(moment, head.time_zone),
    )


def _entered(head: ClassHead, line: ExcuseLine) -> dict[str, int]:
    """What stands in the registers of its hours by now: code → lessons."""
    absence = line.absence
    cells = list_absence_cells(
        head.school_id, [line.pupil_id], absence.from_on, absence.until_on, head.time_zone
    )
    found: dict[str, int] = {}
    for cell in cells:
        if cell.code != LATE and covers(absence, cell.held_on, cell.starts, cell.ends):
            found[cell.code] = found.get(cell.code, 0) + 1
    return found
