"""The class teacher's morning list: who is not there, and why (B4, H9)."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import flash, request, url_for
from flask_login import current_user

from blueprints.access import log_event, new_act, permit
from blueprints.classroom.excuses import left_words
from blueprints.classroom.todo import TodoLine, todo_line
from blueprints.classroom.views import blueprint, load_led_class
from blueprints.forms import Form, has_good_token
from blueprints.gradebook.forms import Problem
from blueprints.responses import page, see_other
from school import clock
from school.actions.excuses import Announcement, announce_absences, reason_of
from school.actions.reasons import Reasons, Typed, change_reasons, closed_words, set_reasons
from school.actions.sessions import drop_draft
from school.queries.absences import AbsenceCell
from school.queries.drafts import find_draft
from school.queries.morning import (
    Morning,
    find_near_days,
    get_morning,
    list_days_without_reason,
)
from school.queries.schools import ClassHead
from school.rules.access import CLASS_TEACHER
from school.rules.excuses import CODES, Absence, ExcuseError, read_span
from school.rules.marks import ATTENDANCE_CODES, NO_REASON
from school.wording import day_and_month, plural, reason

TOO_OLD = "Вы входили заново, поэтому ничего ещё не сохранено. Введённое — ниже: сохраните ещё раз."
#: A quarter of days at once, with holidays.
LONGEST_SPAN = 92
_CELL = re.compile(r"(code|was)-([1-9][0-9]{0,9})-([1-9][0-9]{0,9})")
_PUPIL = re.compile(r"pupil-([1-9][0-9]{0,9})")
REASON_CODES = tuple(code.code for code in ATTENDANCE_CODES if code.is_absence)


@todo_line
def absent_today(head: ClassHead, today: date) -> TodoLine:
    """Who is not there, as far as it was entered."""
    morning = get_morning(head, today)
    return TodoLine(
        f"Кого нет сегодня, {head.name}",
        url_for("classroom.absences", class_id=head.class_id),
        len(morning.absent) + len(morning.announced),
        "никого",
    )


@todo_line
def without_reason(head: ClassHead, today: date) -> TodoLine | None:
    """Absences of the last two weeks whose reason nobody named, from the oldest day on."""
    days = list_days_without_reason(head, today)
    if not days:
        return None
    return TodoLine(
        f"Пропуски без причины с {day_and_month(days[0][0])}, {head.name}, уроков",
        url_for("classroom.absences", class_id=head.class_id, day=days[0][0]),
        sum(lessons for _, lessons in days),
    )


@dataclass
class MorningPage:
    """What somebody typed into the list, and what became of it."""

    typed: Mapping[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refusal: str = ""
    saved: int = 0

    def value(self, name: str, present: str) -> str:
        """What stands in a field: as it was typed, else as it is."""
        return self.typed.get(name, present)

    def error(self, name: str) -> str:
        return next((p.message for p in self.problems if p.field == name), "")


@blueprint.get("/<id:class_id>/absences")
@blueprint.get("/<id:class_id>/absences/<day:day>")
@permit(CLASS_TEACHER)
def absences(class_id: int, day: date | None = None) -> Any:
    """The list of a day, today's to begin with, with what was typed before a session ran out."""
    head = load_led_class(class_id)
    shown = day or clock.today(head.time_zone)
    log_event("absences_read", school_id=head.school_id, detail=f"{head.name}, {shown:%d.%m.%Y}")
    draft = dict(find_draft(current_user.person_id, _address(class_id, shown)) or ())
    refusal = "Прошлый сеанс закончился раньше, чем форма дошла: проверьте и сохраните."
    return _page(head, shown, MorningPage(draft, refusal=refusal if draft else ""))


@blueprint.post("/<id:class_id>/absences/<day:day>")
@permit(CLASS_TEACHER, checks_token=True, keeps_draft=True)
def save_reasons(class_id: int, day: date) -> Any:
    """Saves the cells that were changed, and a reason for a span of days."""
    head = load_led_class(class_id)
    form = request.form
    if not has_good_token():
        return _page(head, day, MorningPage(form, refusal=TOO_OLD), 422)
    morning = get_morning(head, day)
    found = change_reasons(head, _read_cells(morning), day, act=new_act())
    made = MorningPage(form, _problems(morning, found), saved=found.changed)
    said = ["Всё сохранено."]
    if found.changed:
        said = [f"Сохранено: {plural(found.changed, 'урок', 'урока', 'уроков')}."]
    # A reason for days is given once every cell was in order: it is a second thought.
    if not made.problems:
        said += _give_span(head, morning, made)
    if made.problems:
        return _page(head, day, made, 422)
    drop_draft(current_user.person_id, request.path)
    flash(" ".join(said))
    return see_other(_address(class_id, day))


def _address(class_id: int, day: date) -> str:
    return url_for("classroom.absences", class_id=class_id, day=day)


def _read_cells(morning: Morning) -> dict[tuple[int, int], Typed]:
    """The cells of the form that are of this class and day."""
    own = {line.pupil.pupil_id for line in morning.pupils}
    lessons = {lesson.lesson_id for lesson in morning.lessons}
    form = request.form
    typed = {}
    for name in form:
        match = _CELL.fullmatch(name)
        if match is None or match[1] != "code":
            continue
        key = int(match[2]), int(match[3])
        if key[0] in own and key[1] in lessons:
            was = form.get(f"was-{match[2]}-{match[3]}", "")
            typed[key] = Typed(*split_cell(was), *split_cell(form[name]))
    return typed


def split_cell(text: str) -> tuple[str, str]:
    """«о 10» is lateness and its minutes."""
    code, _, minutes = text.strip().partition(" ")
    if code[:-1] and code[-1:].isdigit():
        letters = code.rstrip("0123456789")
        code, minutes = letters, code[len(letters) :] + minutes
    return code.strip(), minutes.strip()


def cell_text(cell: AbsenceCell) -> str:
    """«о 10», «б»: as it is typed."""
    return f"{cell.code} {cell.minutes}".strip()


def _problems(morning: Morning, found: Reasons) -> list[Problem]:
    names = {line.pupil.pupil_id: line.pupil.name for line in morning.pupils}
    lessons = {lesson.lesson_id: lesson for lesson in morning.lessons}

    def problem(key: tuple[int, int], message: str) -> Problem:
        lesson = lessons[key[1]]
        where = f"{names[key[0]]}, {lesson.lesson_number}-й урок"
        return Problem(f"code-{key[0]}-{key[1]}", where, message)

    lines = [problem(key, message) for key, message in found.errors.items()]
    for key, theirs in found.conflicts.items():
        mine = request.form.get(f"code-{key[0]}-{key[1]}", "")
        message = (
            f"Пока страница была открыта, здесь записали: {theirs}. У вас: «{mine}». "
            "Оставьте нужное и сохраните."
        )
        lines.append(problem(key, message))
    return lines


def _give_span(head: ClassHead, morning: Morning, made: MorningPage) -> list[str]:
    """A reason for days of the pupils that were ticked, where one was chosen."""
    form = request.form
    own = {line.pupil.pupil_id for line in morning.pupils}
    ticked = [int(m[1]) for name in form if (m := _PUPIL.fullmatch(name)) and int(m[1]) in own]
    code, replaces = form.get("span-code", ""), form.get("span-replaces", NO_REASON)
    if not ticked and not code:
        return []
    if not ticked:
        made.problems.append(
            Problem("span-code", "Причина", "Отметьте слева учеников, которым её поставить.")
        )
    elif code not in REASON_CODES:
        made.problems.append(Problem("span-code", "Причина", "Выберите причину для отмеченных."))
    elif replaces not in REASON_CODES or replaces == code:
        made.problems.append(
            Problem(
                "span-replaces", "Вместо чего", "Выберите, какую запись заменить этой причиной."
            )
        )
    if made.problems:
        return []
    try:
        first, last = read_span(
            form.get("span-from", ""), form.get("span-until", ""), longest=LONGEST_SPAN
        )
    except ExcuseError as error:
        titles = {"from_on": ("span-from", "С какого дня"), "until_on": ("span-until", "По какой")}
        made.problems += [Problem(*titles[name], words) for name, words in error.problems.items()]
        return []
    return _write_span(head, ticked, (first, last), code, replaces)


def _write_span(
    head: ClassHead, ticked: list[int], days: tuple[date, date], code: str, replaces: str
) -> list[str]:
    found = set_reasons(head, ticked, *days, code, replaces, act=new_act())
    said = [f"{reason(code).capitalize()}: {plural(found.changed, 'урок', 'урока', 'уроков')}."]
    if found.closed:
        said.append(closed_words(found.closed, head.time_zone))
    if found.left:
        said.append(f"Не тронуто: {left_words(found.left)}.")
    # What teachers are yet to enter gets the reason as it comes.
    if replaces == NO_REASON and code in CODES and days[1] >= clock.today(head.time_zone):
        announcement = Announcement(tuple(ticked), Absence(*days, reason=reason_of(code)), code)
        token = request.form.get("request_id", "")[:24] or secrets.token_hex(8)
        announce_absences(head, announcement, request_id=token, act=new_act())
        said.append("Что внесут в эти дни позже, получит ту же причину.")
    return said


def _page(head: ClassHead, day: date, made: MorningPage, status: int = 200) -> Any:
    before, after = find_near_days(head, day)
    morning = get_morning(head, day)
    return page(
        "classroom/absences.html",
        status,
        head=head,
        morning=morning,
        page=made,
        day=day,
        today=clock.today(head.time_zone),
        before=before,
        after=after,
        form=Form(formdata=None),
        request_id=made.typed.get("request_id") or secrets.token_hex(8),
        reasons=[(code, reason(code)) for code in REASON_CODES],
        cell_text=cell_text,
    )
