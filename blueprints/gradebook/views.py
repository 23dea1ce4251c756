"""The day's lessons, the register of a lesson, its history."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from flask_login import current_user
from wtforms.fields import SelectChoice

from blueprints.access import load_lesson, new_act, now, permit
from blueprints.auth.locks import lock_here
from blueprints.forms import has_good_token
from blueprints.gradebook.cells import (
    cells_answer,
    is_page_of,
    new_page_id,
    read_send,
    stale_token,
    wants_cells,
)
from blueprints.gradebook.forms import (
    COPY_TOO_OLD,
    FIELD_TITLES,
    REQUEST_STATES,
    TOO_OLD,
    CopyForm,
    RegisterPage,
    TokenForm,
    WorkForm,
    cell_named,
    parallel_label,
    read_cells,
    read_seen,
    typed_over,
    unsaved,
)
from blueprints.gradebook.notes import cell_notes, hint_notes, state_words
from blueprints.responses import page, see_other
from school import clock
from school.actions.history import Act
from school.actions.lesson_texts import copy_texts, take_planned_topic
from school.actions.register import Outcome, add_work, save_register, undo_attendance_taken
from school.actions.sessions import drop_draft, keep_draft
from school.queries.change_requests import list_own_requests, list_requests_of_lesson
from school.queries.drafts import find_draft
from school.queries.groups import list_own_groups
from school.queries.lessons import LessonHead, find_nearest_day, list_day
from school.queries.owed import list_owed
from school.queries.own_changes import list_own_changes
from school.queries.plans import find_next_topic, list_parallel_lessons
from school.queries.register import TOPIC, Cell, get_register, list_changes
from school.queries.remarks import RemarkLine, count_open_remarks, list_remarks_of_lesson
from school.queries.schools import get_time_zone
from school.queries.visits import count_waiting
from school.queries.work_kinds import list_work_kinds
from school.rules.access import (
    ANSWERS_FOR_RECORDS,
    CLASS_TEACHER,
    DEPUTY_HEAD,
    HEAD,
    TEACHER,
    may_write_lesson,
)
from school.rules.register import CellError, DueOnError, clean_due_on
from school.wording import plural

blueprint = Blueprint("gradebook", __name__, url_prefix="/gradebook")

WRITES = (TEACHER,)
#: What became of a request is on the teacher's first page for so long.
ANSWERS_SHOWN = timedelta(days=7)
#: Changes of the timetable are told so far ahead.
CHANGES_SHOWN = timedelta(days=7)
READS = (TEACHER, CLASS_TEACHER, DEPUTY_HEAD, HEAD)


@blueprint.get("/")
@blueprint.get("/days/<day:day>")
@permit(*WRITES)
def day(day: date | None = None) -> Any:
    """The lessons of a day, today's to begin with."""
    schools = current_user.ties.schools(WRITES)
    today = clock.today(get_time_zone(min(schools)))
    shown = day or today
    lessons = list_day(current_user.person_id, shown)
    nearest = None if lessons else find_nearest_day(current_user.person_id, shown)
    return page(
        "gradebook/day.html",
        day=shown,
        today=today,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        lessons=lessons,
        groups=list_own_groups(current_user.person_id, today),
        nearest=nearest,
        changes=list_own_changes(current_user.person_id, schools, shown, shown + CHANGES_SHOWN),
        requests=list_own_requests(current_user.person_id, schools, now() - ANSWERS_SHOWN),
        state_words=lambda line: state_words(line, now()),
        several_schools=len(schools) > 1,
        open_remarks=count_open_remarks(current_user.person_id, schools, today),
        visitors=count_waiting((), now(), holder_id=current_user.person_id).waiting,
        overdue=_count_overdue(schools) if shown == today else 0,
    )


def _count_overdue(schools: Iterable[int]) -> int:
    """How much of what the teacher has to enter is late by now: told first, on the day's page."""
    moment = now()
    return sum(
        line.is_overdue(moment)
        for school_id in schools
        for line in list_owed(school_id, moment, teacher_id=current_user.person_id)
    )


@blueprint.get("/lessons/<id:lesson_id>")
@permit(*READS)
def lesson(lesson_id: int) -> Any:
    """The register of a lesson, with what was typed before a session ran out."""
    head = load_lesson(lesson_id)
    register = get_register(head)
    draft = find_draft(current_user.person_id, request.path)
    typed = typed_over(register, read_cells(draft or ()))
    if draft is None or all(register.value(cell) == text for cell, text in typed.items()):
        # None, or one that its page saved by itself since.
        return _register_page(RegisterPage(register, seen=register.seen))
    # As the draft's form knew it: changes since then are conflicts, not overwritten.
    return _register_page(
        RegisterPage(register, typed, seen=register.known(read_seen(draft))), from_draft=True
    )


@blueprint.post("/lessons/<id:lesson_id>")
@permit(*WRITES, checks_token=True, keeps_draft=True)
def save(lesson_id: int) -> Any:
    """Saves every good cell; wrong ones come back beside what is wrong with them."""
    head = load_lesson(lesson_id, to_write=True)
    fields = list(request.form.items(multi=True))
    sent = dict(fields)
    entries = read_cells(fields)
    send = read_send(sent)
    by_cells = wants_cells()
    if not has_good_token():
        if by_cells:
            if send is None or not is_page_of(send.page, current_user.person_id):
                abort(403)  # somebody else signed in: what is typed there is not theirs
            return stale_token()
        register = get_register(head)
        typed = typed_over(register, entries)
        outcome = Outcome(
            refusal="Вы входили заново, поэтому ничего ещё не сохранено. Введённое — ниже: "
            "нажмите «Сохранить»."
        )
        seen = register.known(read_seen(fields))
        return _register_page(RegisterPage(register, typed, outcome, seen), 422)
    outcome = save_register(
        head,
        entries,
        seen=read_seen(fields),
        today=clock.today(head.time_zone),
        act=act_in(head),
        send=send,
        opened_without_works=sent.get("first-work") == "",
    )
    if "lock" in sent:
        return _lock(head, entries, outcome)
    if by_cells:
        return cells_answer(outcome.register or get_register(head), entries, outcome)
    drop_draft(current_user.person_id, request.path)
    if outcome.is_clean:
        flash(_said(outcome))
        return see_other(url_for("gradebook.lesson", lesson_id=lesson_id))
    register = get_register(load_lesson(lesson_id, to_write=True))
    typed = unsaved(register, entries, outcome)
    return _register_page(RegisterPage(register, typed, outcome, register.seen), 422)


def _lock(head: LessonHead, entries: dict[Cell, str], outcome: Outcome) -> Any:
    """All is saved that can be, the rest waits for its person, and the screen is locked."""
    drop_draft(current_user.person_id, request.path)
    if not outcome.is_clean:
        register = get_register(head)
        wrong = {
            name: text
            for name, text in request.form.items()
            if name in ("seen", "first-work")
            or (cell_named(register, name) in unsaved(register, entries, outcome))
        }
        keep_draft(current_user.get_id(), request.path, list(wrong.items()), now())
    return lock_here(request.path)


@blueprint.post("/lessons/<id:lesson_id>/attendance-not-taken")
@permit(*WRITES)
def undo_attendance(lesson_id: int) -> Any:
    """Takes «посещаемость отмечена» back."""
    head = load_lesson(lesson_id, to_write=True)
    undo_attendance_taken(head, act_in(head))
    flash("Отметка о посещаемости снята.")
    return see_other(url_for("gradebook.lesson", lesson_id=lesson_id))


@blueprint.post("/lessons/<id:lesson_id>/draft")
@permit(*WRITES)
def throw_draft_away(lesson_id: int) -> Any:
    """Forgets what was typed before the session ran out."""
    load_lesson(lesson_id, to_write=True)
    address = url_for("gradebook.lesson", lesson_id=lesson_id)
    drop_draft(current_user.person_id, address)
    return see_other(address)


def takes_work(head: LessonHead, form: WorkForm) -> bool:
    """Adds the work that a good form describes; what is wrong with it stands beside its field."""
    try:
        add_work(
            head,
            form.kind.data,
            form.title.data or "",
            act_in(head),
            due_on=clean_due_on(form.due_on.data or "", lesson_on=head.held_on),
        )
    except CellError as error:
        wrong = form.due_on if isinstance(error, DueOnError) else form.title
        wrong.errors = [str(error)]
        return False
    return True


@blueprint.route("/lessons/<id:lesson_id>/works", methods=["GET", "POST"])
@permit(*WRITES, checks_token=True)
def works(lesson_id: int) -> Any:
    """Adds a work, a column of marks, to a lesson."""
    head = load_lesson(lesson_id, to_write=True)
    if head.is_cancelled:
        abort(404)
    form = WorkForm()
    form.kind.choices = [
        SelectChoice(kind.id, kind.label)
        for kind in list_work_kinds(head.school_id, head.subject_id)
    ]
    if request.method == "POST" and form.validate() and takes_work(head, form):
        flash("Работа добавлена.")
        return see_other(url_for("gradebook.lesson", lesson_id=lesson_id))
    if form.csrf_token.errors:
        form.title.errors = [*form.title.errors, TOO_OLD]
    status = 422 if request.method == "POST" else 200
    return page("gradebook/works.html", status, lesson=head, form=form)


@blueprint.post("/lessons/<id:lesson_id>/planned-topic")
@permit(*WRITES)
def planned_topic(lesson_id: int) -> Any:
    """Takes the next topic of the lesson plan, in one action."""
    head = load_lesson(lesson_id, to_write=True)
    filled = take_planned_topic(head, today=clock.today(head.time_zone), act=act_in(head))
    flash("Тема взята из плана." if filled else "Из плана брать нечего: поля уже заполнены.")
    return see_other(url_for("gradebook.lesson", lesson_id=lesson_id))


@blueprint.route("/lessons/<id:lesson_id>/copy", methods=["GET", "POST"])
@permit(*WRITES, checks_token=True)
def copy(lesson_id: int) -> Any:
    """Copies topic, material and homework to lessons of parallel classes."""
    head = load_lesson(lesson_id, to_write=True)
    form = CopyForm()
    lessons = list_parallel_lessons(head, current_user.person_id)
    form.to.choices = [
        SelectChoice(parallel.lesson_id, parallel_label(parallel)) for parallel in lessons
    ]
    if request.method == "POST" and form.validate():
        filled = 0
        for target_id in form.to.data or []:
            target = load_lesson(target_id, to_write=True)
            today = clock.today(target.time_zone)
            filled += copy_texts(head, target, today=today, act=act_in(target))
        fields = plural(filled, "поле", "поля", "полей")
        flash(f"Скопировано: {fields}. Заполненное раньше не тронуто.")
        return see_other(url_for("gradebook.lesson", lesson_id=lesson_id))
    if form.errors.get("csrf_token"):
        form.to.errors = [COPY_TOO_OLD]
    status = 422 if request.method == "POST" else 200
    return page("gradebook/copy.html", status, lesson=head, form=form)


@blueprint.get("/lessons/<id:lesson_id>/history")
@permit(*READS)
def history(lesson_id: int) -> Any:
    """Who entered or changed what, when, from what to what (E7)."""
    head = load_lesson(lesson_id)
    register = get_register(head)
    pupil_id = request.args.get("pupil", type=int)
    changes = list_changes(head)
    if pupil_id is not None:
        changes = tuple(change for change in changes if change.cell.pupil_id == pupil_id)
    return page(
        "gradebook/history.html",
        lesson=head,
        only=next((p.name for p in register.pupils if p.pupil_id == pupil_id), ""),
        changes=reversed(changes),
        names={pupil.pupil_id: pupil.name for pupil in register.pupils},
        works={work.work_id: work.name for work in register.works},
        titles=FIELD_TITLES,
        request_states=REQUEST_STATES,
        local=lambda moment: clock.local(moment, head.time_zone),
    )


def act_in(head: LessonHead) -> Act:
    """A substitute acts for whom they stand in for, else for the group's own teacher."""
    if not head.stands_in(current_user.person_id):
        return new_act()
    own = sorted(head.place.group_teacher_ids)
    return new_act(acting_for_id=head.acting_for_id or own[0])


def _register_page(
    register_page: RegisterPage, status: int = 200, *, from_draft: bool = False
) -> Any:
    head = register_page.register.lesson
    may_write = may_write_lesson(current_user.ties, head.place)
    requests = list_requests_of_lesson(head.school_id, head.lesson_id)
    today = clock.today(head.time_zone)
    return page(
        "gradebook/lesson.html" if may_write and not head.is_cancelled else "gradebook/read.html",
        status,
        lesson=head,
        page=replace(
            register_page, notes=hint_notes(register_page.register) | cell_notes(requests, now())
        ),
        has_requests=bool(requests),
        register=register_page.register,
        form=TokenForm(),
        page_id=new_page_id(current_user.person_id),
        planned=None if register_page.register.values.get(Cell(TOPIC)) else find_next_topic(head),
        from_draft=from_draft,
        may_write=may_write,
        taken_at=head.attendance_taken_at and clock.local(head.attendance_taken_at, head.time_zone),
        today=today,
        remarks=_list_remarks(head, today, may_write=may_write),
        makes_remarks=head.school_id in current_user.ties.schools([DEPUTY_HEAD]),
    )


def _list_remarks(head: LessonHead, today: date, *, may_write: bool) -> list[RemarkLine]:
    """The deputy head's remarks that mean this lesson; a substitute has those of it alone."""
    ties = current_user.ties
    answers = may_write or head.school_id in ties.schools(ANSWERS_FOR_RECORDS)
    found = list_remarks_of_lesson(head, today) if answers else ()
    return [line for line in found if not may_write or line.is_for(ties.person_id)]


def _said(outcome: Outcome) -> str:
    if not outcome.saved:
        return "Всё сохранено."
    return f"Сохранено: {plural(outcome.saved, 'запись', 'записи', 'записей')}."
