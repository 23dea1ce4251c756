"""Calls to people on the paper way: what is owed, and what was told (C2, C3)."""

import secrets
from datetime import date
from itertools import groupby
from typing import Any

from flask import abort, flash, request, url_for

from blueprints.access import log_event, new_act, now, permit
from blueprints.cases import TOO_OLD, form_token, typed
from blueprints.classroom.paper import KEEPERS
from blueprints.classroom.todo import TodoLine, todo_line
from blueprints.classroom.views import blueprint, load_class
from blueprints.forms import Form, has_good_token
from blueprints.responses import page, see_other
from school import clock
from school.actions.paper_calls import NewCall, choose_calls, log_call, undo_call
from school.actions.request_stages import RequestRefused
from school.queries.paper_calls import (
    OwedCall,
    find_call,
    list_logged_calls,
    list_owed_calls,
)
from school.queries.paper_ways import find_paper_way
from school.queries.schools import ClassHead, list_pupils
from school.rules.printouts import WEEK

#: What nobody told for so long is told by the printouts.
LOOKS_BACK = 8 * WEEK


def _list_open(head: ClassHead) -> list[OwedCall]:
    today = clock.today(head.time_zone)
    owed = list_owed_calls(head.school_id, today - LOOKS_BACK, today, now(), class_id=head.class_id)
    return [call for call in owed if call.met_at is None]


@todo_line
def to_call(head: ClassHead, today: date) -> TodoLine | None:
    """Calls that are owed, in how many matters."""
    owed = _list_open(head)
    if not owed:
        return None
    late = any(call.is_overdue(now()) for call in owed)
    return TodoLine(
        f"Позвонить тем, кто на бумаге{', срок прошёл' if late else ''}, {head.name}",
        url_for("classroom.calls", class_id=head.class_id),
        len(owed),
    )


@blueprint.route("/<id:class_id>/calls", methods=["GET", "POST"])
@permit(*KEEPERS, checks_token=True)
def calls(class_id: int) -> Any:
    """Who has to be called about what; logs a call."""
    head = load_class(class_id)
    if request.method == "GET":
        log_event("paper_read", school_id=head.school_id, detail=head.name)
        return _page(head)
    try:
        if not has_good_token():
            raise RequestRefused(TOO_OLD, "about")
        chosen = choose_calls(_list_open(head), request.form.getlist("about"))
        # A form that comes twice finds nothing left to tell.
        if chosen or not request.form.getlist("about"):
            new = NewCall(chosen, typed("spoke_with", 250), typed("word", 500), form_token())
            log_call(new, new_act())
    except RequestRefused as refusal:
        return _page(head, refusal)
    flash("Звонок записан.")
    return see_other(url_for("classroom.calls", class_id=class_id))


def _page(head: ClassHead, refusal: RequestRefused | None = None) -> Any:
    owed = sorted(_list_open(head), key=lambda call: call.recipient.paper_way_id)
    by_way = groupby(owed, key=lambda call: call.recipient.paper_way_id)
    of_people = [tuple(found) for _, found in by_way]
    people = [(found[0].recipient, found) for found in of_people]
    pupils = list_pupils(head, clock.today(head.time_zone))
    return page(
        "classroom/calls.html",
        422 if refusal else 200,
        head=head,
        people=sorted(people, key=lambda found: min(call.due_at for call in found[1])),
        now=now(),
        logged=list_logged_calls(
            head.school_id, [pupil.pupil_id for pupil in pupils], head.time_zone
        ),
        names=_name,
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form,
        ticked=request.form.getlist("about"),
        token=request.form.get("request") or secrets.token_hex(8),
        form=Form(formdata=None),
    )


def _name(call: Any) -> str:
    """What a logged call was about, in words."""
    way = find_paper_way(call.paper_way_id)
    who = f"{way.recipient}, {way.pupil}" if way else ""
    if call.what == "absence":
        day = date.fromisoformat(call.about)
        return f"{who}: пропуски {day:%d.%m.%Y}"
    return f"{who}: результаты"


@blueprint.route("/calls/<id:call_id>", methods=["GET", "POST"])
@permit(*KEEPERS, checks_token=True)
def undo_paper_call(call_id: int) -> Any:
    """Takes a logged call back, with a word."""
    call = find_call(call_id)
    way = find_paper_way(call.paper_way_id) if call else None
    if call is None or way is None or way.class_id is None:
        abort(404)
    head = load_class(way.class_id)
    refusal = None
    if request.method == "POST":
        try:
            if not has_good_token():
                raise RequestRefused(TOO_OLD, "word")
            undo_call(call_id, typed("word", 250), new_act())
        except RequestRefused as found:
            refusal = found
        else:
            flash("Звонок больше не считается.")
            return see_other(url_for("classroom.calls", class_id=head.class_id))
    return page(
        "classroom/undo_call.html",
        422 if refusal else 200,
        head=head,
        call=call,
        what=_name(call),
        local=clock.local(call.at, head.time_zone),
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form,
        form=Form(formdata=None),
    )
