"""The class's weekly printouts: printed, handed over, ticked off (D1, C7)."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import abort, current_app, flash, request, url_for

from blueprints.access import log_event, new_act, now, permit
from blueprints.cases import TOO_OLD, typed
from blueprints.classroom.paper import KEEPERS
from blueprints.classroom.todo import TodoLine, todo_line
from blueprints.classroom.views import blueprint, load_class
from blueprints.downloads import send_kept_file
from blueprints.forms import Form, has_good_token
from blueprints.papers.documents import body_of, make_printout_soon
from blueprints.responses import asks_for_fragment, page, see_other
from school import clock, printing
from school.actions.printouts import (
    hand_over_printouts,
    make_week,
    try_printout_again,
    undo_hand_over,
)
from school.actions.request_stages import RequestRefused
from school.queries.printouts import (
    PrintoutVersion,
    find_hand_over,
    find_printout,
    get_printout_source,
    list_owed_printouts,
    list_printouts,
)
from school.queries.schools import ClassHead, find_school
from school.rules.printouts import WEEK, monday_of
from school.settings import Settings
from school.wording import span

#: Weeks back in which the first page looks for what was not handed over.
LOOKS_BACK = timedelta(weeks=8)


@todo_line
def to_hand_over(head: ClassHead, today: date) -> TodoLine | None:
    """Printouts that somebody has not got: the oldest week first."""
    owed = list_owed_printouts(
        head.school_id, today - LOOKS_BACK, today, now(), class_id=head.class_id
    )
    left = [line for line in owed if line.met_at is None]
    if not left:
        return None
    late = any(line.is_overdue(now()) for line in left)
    return TodoLine(
        f"Распечатки вручить{', срок прошёл' if late else ''}, {head.name}",
        url_for("classroom.printouts", class_id=head.class_id, week=left[0].monday),
        len(left),
    )


def _asked_monday(today: date) -> date:
    try:
        asked = date.fromisoformat(request.values.get("week", ""))
    except ValueError:
        asked = today
    return monday_of(min(max(asked, date(1990, 1, 1)), today))


@blueprint.get("/<id:class_id>/printouts")
@permit(*KEEPERS)
def printouts(class_id: int) -> Any:
    """The printouts of a week: the file, and who has got theirs."""
    head = load_class(class_id)
    monday = _asked_monday(clock.today(head.time_zone))
    if asks_for_fragment():
        versions = list_printouts(head.school_id, class_id, monday)
        return page("classroom/_printing.html", head=head, monday=monday, versions=versions)
    log_event("printouts_read", school_id=head.school_id, detail=f"{head.name}, {monday:%d.%m.%Y}")
    return _week_page(head, monday)


def _week_page(head: ClassHead, monday: date, refusal: RequestRefused | None = None) -> Any:
    sunday = monday + timedelta(days=6)
    owed = list_owed_printouts(head.school_id, monday, sunday, now(), class_id=head.class_id)
    versions = list_printouts(head.school_id, head.class_id, monday)
    newest = find_printout(versions[0].printout_id) if versions else None
    return page(
        "classroom/printouts.html",
        422 if refusal else 200,
        head=head,
        monday=monday,
        what=span(monday, sunday),
        week=WEEK,
        is_last=monday >= monday_of(clock.today(head.time_zone)),
        owed=owed,
        overdue=[line for line in owed if line.is_overdue(now())],
        versions=versions,
        newest=newest,
        refusal=refusal,
        wrong=refusal is not None,
        form=Form(formdata=None),
        local=lambda moment: clock.local(moment, head.time_zone),
    )


@blueprint.post("/<id:class_id>/printouts")
@permit(*KEEPERS)
def make_printouts(class_id: int) -> Any:
    """Makes the week's printouts now: before the school's hour, or anew."""
    head = load_class(class_id)
    monday = _asked_monday(clock.today(head.time_zone))
    school = find_school(head.school_id)
    if school is None:
        abort(404)
    css = printing.paper_css()
    found = make_week(school, monday, now(), css=css, class_id=class_id, anew=True)
    versions = list_printouts(head.school_id, class_id, monday)
    if not found:
        flash("За эту неделю печатать некому.")
    elif versions:
        make_printout_soon(versions[0].printout_id)
    return see_other(url_for("classroom.printouts", class_id=class_id, week=monday))


def _load_printout(printout_id: int) -> tuple[PrintoutVersion, ClassHead]:
    found = find_printout(printout_id)
    if found is None:
        abort(404)
    return found, load_class(found.class_id)


@blueprint.get("/printouts/<id:printout_id>")
@permit(*KEEPERS)
def printout(printout_id: int) -> Any:
    """A version's sheets on the screen, as they are on paper."""
    found, head = _load_printout(printout_id)
    log_event("printouts_read", school_id=head.school_id, detail=found.title)
    body = body_of(get_printout_source(printout_id))
    return page("classroom/printout.html", found=found, head=head, body=body)


@blueprint.get("/printouts/<id:printout_id>/file")
@permit(*KEEPERS)
def printout_file(printout_id: int) -> Any:
    """The PDF; back to the week where there is none (yet)."""
    found, head = _load_printout(printout_id)
    settings: Settings = current_app.extensions["settings"]
    path = Path(settings.data_dir).resolve() / printing.PRINTOUTS.folder / found.file_name
    if found.state != "done" or not path.is_file():
        flash("Файла пока нет.")
        address = url_for("classroom.printouts", class_id=head.class_id, week=found.monday)
        return see_other(address)
    log_event("print", school_id=head.school_id, detail=found.title)
    return send_kept_file(path, f"{found.title}.pdf", "application/pdf")


@blueprint.post("/printouts/<id:printout_id>/again")
@permit(*KEEPERS)
def printout_again(printout_id: int) -> Any:
    """Tries once more to make a file that could not be made."""
    found, head = _load_printout(printout_id)
    try_printout_again(printout_id, new_act())
    make_printout_soon(printout_id)
    return see_other(url_for("classroom.printouts", class_id=head.class_id, week=found.monday))


@blueprint.post("/printouts/<id:printout_id>/handed")
@permit(*KEEPERS, checks_token=True)
def hand_printouts(printout_id: int) -> Any:
    """Ticks off who got theirs."""
    found, head = _load_printout(printout_id)
    sent = request.form.getlist("way")
    ticked = [int(way) for way in sent if way.isascii() and way.isdecimal()]
    try:
        if not has_good_token():
            raise RequestRefused(TOO_OLD, "way")
        if not ticked:
            raise RequestRefused("Отметьте, кому вручили.", "way")
        hand_over_printouts(printout_id, ticked, new_act())
    except RequestRefused as refusal:
        return _week_page(head, found.monday, refusal)
    flash("Вручение записано.")
    return see_other(url_for("classroom.printouts", class_id=head.class_id, week=found.monday))


@blueprint.route("/printouts/handed/<id:handed_id>", methods=["GET", "POST"])
@permit(*KEEPERS, checks_token=True)
def undo_printout(handed_id: int) -> Any:
    """Takes a tick back, with a word."""
    handed = find_hand_over(handed_id)
    if handed is None:
        abort(404)
    _, head = _load_printout(handed.printout_id)
    refusal = None
    if request.method == "POST":
        try:
            if not has_good_token():
                raise RequestRefused(TOO_OLD, "word")
            undo_hand_over(handed_id, typed("word", 250), new_act())
        except RequestRefused as found:
            refusal = found
        else:
            flash("Отметка о вручении снята.")
            address = url_for("classroom.printouts", class_id=head.class_id, week=handed.monday)
            return see_other(address)
    return page(
        "classroom/undo_printout.html",
        422 if refusal else 200,
        head=head,
        handed=handed,
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form,
        form=Form(formdata=None),
    )
