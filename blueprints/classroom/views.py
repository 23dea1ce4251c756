"""A class, the way to its pupils' diaries, and its papers."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask_login import current_user

from blueprints.access import log_event, permit
from blueprints.classroom.todo import TodoLine, list_todo
from blueprints.papers.documents import Document, ask_for_paper, chosen_points, document_page
from blueprints.papers.layout import strip_sheets
from blueprints.responses import page
from school import clock
from school.queries.groups import list_class_groups
from school.queries.schools import ClassHead, find_class, find_school, list_pupils
from school.queries.strips import find_last_entry, list_strips
from school.rules.access import (
    ADMINISTRATOR,
    ANSWERS_FOR_RECORDS,
    CLASS_TEACHER,
    DEPUTY_HEAD,
    HEAD,
    INFORMS_THE_SCHOOL,
)
from school.wording import span

blueprint = Blueprint("classroom", __name__, url_prefix="/class", cli_group=None)


@dataclass(frozen=True, slots=True)
class OwnClass:
    """A class on its teacher's first page."""

    head: ClassHead
    today: date
    todo: list[TodoLine]


@blueprint.get("/")
@permit(CLASS_TEACHER)
def own() -> Any:
    """The class teacher's first page: what needs doing this morning, by class."""
    heads = [find_class(class_id) for class_id in sorted(current_user.ties.led_classes())]
    days = [(head, clock.today(head.time_zone)) for head in heads if head]
    return page(
        "classroom/classes.html",
        classes=[OwnClass(head, today, list_todo(head, today)) for head, today in days],
    )


@blueprint.get("/<id:class_id>")
@permit(CLASS_TEACHER, ADMINISTRATOR, DEPUTY_HEAD, HEAD)
def pupils(class_id: int) -> Any:
    """The pupils of a class, with links to their diaries."""
    head = load_class(class_id)
    today = clock.today(head.time_zone)
    answers = class_id in current_user.ties.led_classes() or (
        head.school_id in current_user.ties.schools(ANSWERS_FOR_RECORDS)
    )
    return page(
        "classroom/pupils.html",
        head=head,
        pupils=list_pupils(head, today),
        groups=list_class_groups(head.school_id, class_id, today) if answers else (),
        leads=class_id in current_user.ties.led_classes(),
        keeps_people=head.school_id in current_user.ties.schools([ADMINISTRATOR]),
        gives_codes=class_id in current_user.ties.led_classes()
        or head.school_id in current_user.ties.schools([ADMINISTRATOR]),
        shows_results=answers,
    )


def load_led_class(class_id: int) -> ClassHead:
    """A class whose class teacher the present person is; 404 to all others."""
    head = find_class(class_id)
    if head is None or class_id not in current_user.ties.led_classes():
        abort(404)
    return head


def load_class(class_id: int) -> ClassHead:
    """A class that the person leads, or of a school they inform for; 404 to all others."""
    head = find_class(class_id)
    ties = current_user.ties
    if head is None or not (
        class_id in ties.led_classes() or head.school_id in ties.schools(INFORMS_THE_SCHOOL)
    ):
        abort(404)
    return head


def _strips(head: ClassHead, monday: date) -> Document:
    """A week's marks as strips for the paper diary (D4)."""
    sunday = monday + timedelta(days=6)
    place = find_school(head.school_id)
    school = place.full_name if place else head.school_name
    what = span(monday, sunday)
    title = f"Отметки для дневников, {head.name}, {what}"
    points = chosen_points()
    return Document(
        kind="strips",
        school_id=head.school_id,
        school=school,
        title=title,
        template="print/strips.html",
        sheets=strip_sheets(list_strips(head, monday, sunday), (school, title), what, points),
        points=points,
        time_zone=head.time_zone,
        last_entry_at=find_last_entry(head, monday, sunday),
        context={"what": what},
    )


def _asked_monday(today: date) -> date:
    """The week that was asked for by any of its days, else the present one."""
    try:
        day = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        day = today
    if not 1990 <= day.year <= 2100:
        day = today
    return day - timedelta(days=day.weekday())


@blueprint.route("/<id:class_id>/strips", methods=["GET", "POST"])
@permit(CLASS_TEACHER, ADMINISTRATOR, DEPUTY_HEAD, HEAD)
def strips(class_id: int) -> Any:
    """Strips of marks to paste into paper diaries; POST makes a PDF of them."""
    head = load_class(class_id)
    monday = _asked_monday(clock.today(head.time_zone))
    document = _strips(head, monday)
    if request.method == "POST":
        return ask_for_paper(document)
    log_event("strips_read", school_id=head.school_id, detail=document.title)

    def address(day: date, points: int) -> str:
        return url_for("classroom.strips", class_id=class_id, week=day, points=points)

    return document_page(
        document,
        back=url_for("classroom.pupils", class_id=class_id),
        back_words=f"Ученики {head.name}",
        steps=[
            (address(monday - timedelta(days=7), document.points), "← Прошлая неделя"),
            (address(monday + timedelta(days=7), document.points), "Следующая неделя →"),
        ],
        sizes=lambda points: address(monday, points),
    )
