"""The class teacher's people on the paper way: who, why, since when, in which letters."""

from typing import Any

from flask import abort, flash, request, url_for

from blueprints.access import log_event, new_act, permit
from blueprints.cases import TOO_OLD, typed, typed_day
from blueprints.classroom.todo import TodoLine, todo_line
from blueprints.classroom.views import blueprint, load_class
from blueprints.forms import Form, has_good_token
from blueprints.responses import page, see_other
from school import clock, wording_requests
from school.actions.paper_ways import NewPaperWay, begin_paper_way, end_paper_way
from school.actions.printouts import set_print_size
from school.actions.request_stages import RequestRefused
from school.queries.paper_ways import PaperWayLine, find_paper_way, list_paper_people
from school.queries.printouts import find_print_size, list_barred
from school.queries.printouts import list_class_ways as list_ways
from school.queries.schools import ClassHead
from school.rules.access import ADMINISTRATOR, CLASS_TEACHER, DEPUTY_HEAD, HEAD
from school.rules.printouts import monday_of
from school.rules.sheets import POINTS
from school.wording import GUARDIAN_KINDS

#: Who keeps the paper way of a class: its class teacher, and who informs in their place.
KEEPERS = (CLASS_TEACHER, ADMINISTRATOR, DEPUTY_HEAD, HEAD)
#: Refusal, withdrawal and the like come from their sheets: these are said by word of mouth.
BY_WORD = ("no_device", "adult_pupil", "other")


@todo_line
def people_on_paper(head: ClassHead, today: Any) -> TodoLine:
    """The way to the list."""
    address = url_for("classroom.paper_people", class_id=head.class_id)
    return TodoLine(f"Кому сообщаем на бумаге, {head.name}", address)


@blueprint.get("/<id:class_id>/paper")
@permit(*KEEPERS)
def paper_people(class_id: int) -> Any:
    """Who of the class gets the facts on paper, and why."""
    head = load_class(class_id)
    today, moment = clock.today(head.time_zone), clock.now()
    log_event("paper_read", school_id=head.school_id, detail=head.name)
    barred = list_barred(head.school_id, monday_of(today), moment, class_id)
    return page(
        "classroom/paper.html",
        head=head,
        ways=list_ways(head.school_id, class_id, today),
        barred={line.paper_way_id: line.barred for line in barred},
        words=wording_requests,
    )


@blueprint.route("/<id:class_id>/paper/new", methods=["GET", "POST"])
@permit(*KEEPERS, checks_token=True)
def new_paper_person(class_id: int) -> Any:
    """Puts somebody of a pupil's family, or the pupil of age, on the paper way."""
    head = load_class(class_id)
    today = clock.today(head.time_zone)
    people = {line.key: line for line in list_paper_people(head.school_id, class_id, today)}
    refusal = None
    if request.method == "POST":
        try:
            if not has_good_token():
                raise RequestRefused(TOO_OLD, "person")
            line = people.get(typed("person", 40))
            if line is None:
                raise RequestRefused("Выберите, кому отдавать бумагу.", "person")
            if typed("why", 12) not in BY_WORD:
                raise RequestRefused("Выберите причину из списка.", "why")
            new = NewPaperWay(
                head.school_id, line.pupil_id, line.person_id, line.person,
                typed("why", 12), typed_day("from_on", today),
            )  # fmt: skip
            begin_paper_way(new, new_act())
        except RequestRefused as found:
            refusal = found
        else:
            flash(f"Записано: {line.person} получает распечатку каждую неделю.")
            return see_other(url_for("classroom.paper_people", class_id=class_id))
    return page(
        "classroom/paper_new.html",
        422 if refusal else 200,
        head=head,
        people=[
            (key, f"{line.pupil}: {line.person}, {GUARDIAN_KINDS[line.kind]}")
            if line.kind
            else (key, f"{line.pupil}: сам(а)")
            for key, line in people.items()
        ],
        reasons=[(why, wording_requests.PAPER_WAY_WORDS[why]) for why in BY_WORD],
        today=today,
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form,
        form=Form(formdata=None),
    )


def _load_way(way_id: int) -> PaperWayLine:
    """Somebody on the paper way for a pupil of a class that the person leads or informs for."""
    way = find_paper_way(way_id)
    if way is None or way.class_id is None or way.is_ended:
        abort(404)
    head = load_class(way.class_id)
    if head.school_id != way.school_id:
        abort(404)
    return way


@blueprint.get("/paper/<id:way_id>")
@permit(*KEEPERS)
def paper_person(way_id: int) -> Any:
    """One person on the paper way: the size of letters, and the end."""
    return _way_page(_load_way(way_id))


@blueprint.post("/paper/<id:way_id>/size")
@permit(*KEEPERS, checks_token=True)
def paper_size(way_id: int) -> Any:
    """Keeps the size of letters that the person wishes."""
    way = _load_way(way_id)
    try:
        if not has_good_token():
            raise RequestRefused(TOO_OLD, "points")
        points = typed("points", 4)
        set_print_size(way_id, int(points) if points.isascii() and points.isdecimal() else 0)
    except RequestRefused as refusal:
        return _way_page(way, refusal)
    flash(f"{way.recipient}: печатаем шрифтом {points}.")
    return see_other(url_for("classroom.paper_people", class_id=way.class_id))


@blueprint.post("/paper/<id:way_id>/end")
@permit(*KEEPERS, checks_token=True)
def end_paper_person(way_id: int) -> Any:
    """Takes somebody off the paper way."""
    way = _load_way(way_id)
    head = load_class(way.class_id or 0)
    try:
        if not has_good_token():
            raise RequestRefused(TOO_OLD, "reason")
        today = clock.today(head.time_zone)
        end_paper_way(way_id, today=today, reason=typed("reason", 250), act=new_act())
    except RequestRefused as refusal:
        return _way_page(way, refusal)
    flash(f"Записано: {way.recipient} больше не получает бумагу.")
    return see_other(url_for("classroom.paper_people", class_id=way.class_id))


def _way_page(way: PaperWayLine, refusal: RequestRefused | None = None) -> Any:
    return page(
        "classroom/paper_person.html",
        422 if refusal else 200,
        way=way,
        points=find_print_size(way.paper_way_id),
        all_points=[(str(points), f"шрифт {points}") for points in POINTS],
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form,
        form=Form(formdata=None),
        words=wording_requests,
    )
