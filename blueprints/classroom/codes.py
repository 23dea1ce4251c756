"""The class teacher's codes: who has none and why, slips, hand-overs (A6, A9)."""

import secrets
from collections import Counter
from datetime import date
from typing import Any

from flask import abort, flash, g, request, url_for
from flask_login import current_user

from blueprints.access import new_act, now, own_schools, permit
from blueprints.classroom.todo import TodoLine, todo_line
from blueprints.classroom.views import blueprint
from blueprints.forms import Form
from blueprints.papers.codes import (
    may_print,
    may_renew,
    print_slips,
    read_wanted,
    slips_as_pdf,
    were_printed,
)
from blueprints.papers.documents import sizes_offered
from blueprints.responses import page, see_other
from school import clock
from school.actions.invitations import (
    InvitationRefused,
    goes_through_class_teacher,
    hand_to_person,
    must_be_in_person,
    take_back,
)
from school.queries.invitations import (
    CodeLine,
    InvitationHead,
    find_hand_over,
    find_invitation,
    list_class_codes,
    list_class_teachers,
    list_steps,
)
from school.queries.schools import ClassHead, SchoolLine, find_class, find_school, list_pupils
from school.rules.access import ADMINISTRATOR, CLASS_TEACHER
from school.rules.invitations import (
    AT_CLASS_TEACHER,
    AT_OFFICE,
    EXPIRED,
    OWED,
    STATES,
    TO_CLASS_TEACHER,
    last_step,
)
from school.wording_codes import STATES as STATE_WORDS
from school.wording_codes import as_whom, next_step


def _is_office(school_id: int) -> bool:
    return school_id in own_schools()


def _load_class(class_id: int) -> ClassHead:
    """A class whose class teacher, or whose school's administrator, the viewer is."""
    head = find_class(class_id)
    if head is None or not (
        class_id in current_user.ties.led_classes() or _is_office(head.school_id)
    ):
        abort(404)
    g.acting = CLASS_TEACHER if class_id in current_user.ties.led_classes() else ADMINISTRATOR
    return head


def _load_code(invitation_id: int) -> InvitationHead:
    found = find_invitation(invitation_id, now())
    if found is None or not (
        found.class_id in current_user.ties.led_classes() or _is_office(found.school_id)
    ):
        abort(404)
    return found


def _school(head: ClassHead) -> SchoolLine:
    found = find_school(head.school_id)
    if found is None:
        raise LookupError("a class in a school that is not there")
    return found


def _lines(head: ClassHead) -> tuple[CodeLine, ...]:
    pupils = list_pupils(head, clock.today(head.time_zone))
    return list_class_codes(head, [(pupil.pupil_id, pupil.name) for pupil in pupils], now())


@todo_line
def slips_to_hand_over(head: ClassHead, today: date) -> TodoLine | None:
    """Slips that the class teacher has in hand."""
    count = sum(1 for line in _lines(head) if line.state == AT_CLASS_TEACHER)
    address = url_for("classroom.codes", class_id=head.class_id)
    if count:
        return TodoLine(f"Отдать памятки с кодами, {head.name}", address, count)
    return TodoLine(f"Коды доступа, {head.name}: кто с доступом и без", address)


@blueprint.get("/<id:class_id>/codes")
@permit(CLASS_TEACHER, ADMINISTRATOR)
def codes(class_id: int) -> Any:
    """How everybody of a class stands with access: who has no code, and why."""
    head = _load_class(class_id)
    lines = _lines(head)
    counts = Counter(line.state for line in lines)
    teachers = list_class_teachers(head.school_id, clock.today(head.time_zone))
    is_office = _is_office(head.school_id)
    return page(
        "classroom/codes.html",
        head=head,
        lines=lines,
        counts=[(state, counts[state]) for state in STATES if counts[state]],
        pupils_without=sum(
            1 for one in lines if one.kind == "pupil" and one.state in (OWED, EXPIRED)
        ),
        pupils_waiting=sum(1 for one in lines if one.kind == "pupil" and one.state == "waiting"),
        words=STATE_WORDS,
        next_step=next_step,
        as_whom=as_whom,
        is_office=is_office,
        is_class_teacher=class_id in current_user.ties.led_classes(),
        through=goes_through_class_teacher(head.school_id, now(), head.time_zone),
        in_person=must_be_in_person(head.school_id, now(), head.time_zone),
        at_office=[line.invitation_id for line in lines if line.state == AT_OFFICE],
        teacher=teachers.get(class_id),
        local=lambda moment: clock.local(moment, head.time_zone),
        form=Form(),
        token=secrets.token_hex(8),
    )


@blueprint.route("/<id:class_id>/codes/print", methods=["GET", "POST"])
@permit(CLASS_TEACHER, ADMINISTRATOR)
def print_codes(class_id: int) -> Any:
    """Choose for whom; then the slips, this once."""
    head = _load_class(class_id)
    lines = _lines(head)
    by_office = _is_office(head.school_id)
    problem = ""
    if request.method == "POST":
        wanted = read_wanted(lines, request.form, by_office=by_office)
        if wanted or were_printed():
            back = url_for("classroom.codes", class_id=class_id)
            led = class_id in current_user.ties.led_classes()
            held = current_user.person_id if led else None
            pdf = url_for("classroom.codes_pdf", class_id=class_id)
            return print_slips(wanted, _school(head), back=back, pdf=pdf, class_teacher_id=held)
        problem = "Отметьте хотя бы одного человека."
    return page(
        "classroom/print_codes.html",
        422 if problem else 200,
        head=head,
        codes=[line for line in lines if may_print(line, by_office=by_office)],
        renewals=[line for line in lines if may_renew(line, by_office=by_office)],
        preset=(OWED, EXPIRED),
        words=STATE_WORDS,
        as_whom=as_whom,
        is_office=by_office,
        all_points=sizes_offered(),
        form=Form(),
        token=request.form.get("request") or secrets.token_hex(8),
        problem=problem,
    )


@blueprint.post("/<id:class_id>/codes/pdf")
@permit(CLASS_TEACHER, ADMINISTRATOR)
def codes_pdf(class_id: int) -> Any:
    """The slips that are on the screen, as a PDF."""
    head = _load_class(class_id)
    back = url_for("classroom.codes", class_id=class_id)
    return slips_as_pdf(_school(head), back=back, may_have=lambda who: who.class_id == class_id)


@blueprint.post("/codes/<id:invitation_id>")
@permit(CLASS_TEACHER, ADMINISTRATOR)
def hand_over(invitation_id: int) -> Any:
    """The person has the slip in their hands."""
    code = _load_code(invitation_id)
    back = see_other(_back_to_class(code))
    if not _is_office(code.school_id):
        last = last_step(list_steps(invitation_id))
        if last is None or last.step not in (TO_CLASS_TEACHER, "to_person"):
            flash("Эта памятка ещё в кабинете: её сначала передаёт администратор.")
            return back
    try:
        is_new = hand_to_person(
            invitation_id,
            code.school_id,
            new_act(),
            in_person=request.form.get("in_person", "yes") == "yes",
            request=_token(),
        )
    except InvitationRefused as refusal:
        flash(str(refusal))
        return back
    flash(f"Записано: памятка отдана. {code.name}." if is_new else "Это уже записано.")
    return back


def _token() -> str:
    return (request.form.get("request") or g.request_id)[:60]


def _back_to_class(code: InvitationHead) -> str:
    if code.class_id is None:
        return url_for("office.codes")
    return url_for("classroom.codes", class_id=code.class_id)


@blueprint.route("/hand-overs/<id:hand_over_id>", methods=["GET", "POST"])
@permit(CLASS_TEACHER, ADMINISTRATOR)
def undo_hand_over(hand_over_id: int) -> Any:
    """Takes a hand-over back by a further line: the first one stays."""
    line = find_hand_over(hand_over_id)
    if line is None:
        abort(404)
    code = _load_code(line.invitation_id)
    # What the office did is the office's to take back.
    if line.step == TO_CLASS_TEACHER and not _is_office(code.school_id):
        abort(403)
    why, problem = request.form.get("why", "")[:250], ""
    if request.method == "POST":
        try:
            is_new = take_back(hand_over_id, code.school_id, new_act(), why=why, request=_token())
        except InvitationRefused as refusal:
            problem = str(refusal)
        else:
            flash("Передача отменена." if is_new else "Она уже отменена.")
            return see_other(_back_to_class(code))
    return page(
        "classroom/take_back.html",
        422 if problem else 200,
        code=code,
        line=line,
        at=clock.local(line.at, code.time_zone),
        back=_back_to_class(code),
        why=why,
        problem=problem,
        form=Form(),
        token=secrets.token_hex(8),
    )
