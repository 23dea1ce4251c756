"""A lesson's register on paper, and the pages of a group's register for the archive."""

from typing import Any

from flask import abort, request, url_for

from blueprints.access import load_group, load_lesson, permit
from blueprints.gradebook.views import READS, blueprint
from blueprints.papers.documents import Document, ask_for_paper, chosen_points, document_page
from blueprints.papers.layout import register_blocks, register_lines
from blueprints.papers.register_pages import register_document
from school import clock
from school.queries.lessons import LessonHead
from school.queries.register import HOMEWORK, MATERIAL, TOPIC, Cell, get_register, list_changes
from school.queries.register_pages import get_register_pages, list_page_periods
from school.queries.schools import find_school
from school.rules.flow import flow_sheets
from school.wording import capital, clock_time, full_day, long_day, quoted, weight

#: A worksheet that was typed in as homework is cut: the register has the whole.
LONGEST_FACT = 600


def _document(head: LessonHead) -> Document:
    register = get_register(head)
    place = find_school(head.school_id)
    school = place.full_name if place else head.school_name
    title = f"Журнал урока: {head.subject}, {head.group_name}, {full_day(head.held_on)}"
    works = [
        f"{n}) {work.name}" + (f", вес {weight(work.weight)}" if work.weight != "1" else "")
        for n, work in enumerate(register.works, 1)
    ]
    facts = [
        f"{capital(long_day(head.held_on))}, {head.lesson_number}-й урок, "
        f"{head.starts}–{head.ends}. Учитель: {head.teacher_name}.",
        f"Тема: {_short(register.value(Cell(TOPIC))) or 'не записана'}",
        f"Материал: {_short(register.value(Cell(MATERIAL))) or 'не записан'}",
        f"Домашнее задание: {_short(register.value(Cell(HOMEWORK))) or 'не задано'}",
    ]
    facts += [f"Работы: {'; '.join(works)}"] if works else []
    facts += ["Урок отменён."] if head.is_cancelled else []
    if head.attendance_taken_at:
        at = clock.local(head.attendance_taken_at, head.time_zone)
        facts.append(
            f"Посещаемость отмечена {at:%d.%m.%Y} в {clock_time(at)}, {head.attendance_taken_by}."
        )
    points = chosen_points()
    lines = register_lines(register, is_taken=head.attendance_taken_at is not None)
    changes = list_changes(head)
    heading = (school, title)
    blocks = register_blocks(lines, facts)
    signs = (("Учитель", head.teacher_name),)
    return Document(
        kind="register",
        school_id=head.school_id,
        school=school,
        title=title,
        template="print/flow.html",
        sheets=flow_sheets(blocks, heading, points, signs=signs),
        points=points,
        time_zone=head.time_zone,
        last_entry_at=changes[-1].at if changes else None,
        context={"signs": signs, "seal": True},
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_FACT else quoted(text, LONGEST_FACT)


@blueprint.route("/lessons/<id:lesson_id>/paper", methods=["GET", "POST"])
@permit(*READS)
def paper(lesson_id: int) -> Any:
    """The register as it is printed; POST makes a PDF of it."""
    head = load_lesson(lesson_id)
    document = _document(head)
    if request.method == "POST":
        return ask_for_paper(document)
    return document_page(
        document,
        back=url_for("gradebook.lesson", lesson_id=lesson_id),
        back_words="К уроку",
        sizes=lambda points: url_for("gradebook.paper", lesson_id=lesson_id, points=points),
    )


@blueprint.route("/groups/<id:group_id>/paper", methods=["GET", "POST"])
@permit(*READS)
def register_paper(group_id: int) -> Any:
    """Pages of a group's register for the archive, of a period or of the year, on A4 or A3
    across; POST makes a PDF of them (D6)."""
    group = load_group(group_id)
    periods = {period.period_id or 0: period for period in list_page_periods(group)}
    asked = request.args.get("period", type=int)
    if asked is not None and asked not in periods:
        abort(404)
    size = "A3" if request.args.get("size") == "A3" else "A4"
    today = clock.today(group.time_zone)
    pages = get_register_pages(group, today, period_id=asked or None)
    document = register_document(
        pages, size, chosen_points(), path_name=periods[asked].name if asked else ""
    )
    if request.method == "POST":
        return ask_for_paper(document)

    def address(points: int, paper: str, period: int | None) -> str:
        return url_for(
            "gradebook.register_paper", group_id=group_id, period=period or None, size=paper,
            points=points,
        )  # fmt: skip

    other = "A4" if size == "A3" else "A3"
    steps = [(address(document.points, other, asked), f"На листах {other}")]
    if asked:
        steps.append((address(document.points, size, None), "Весь год"))
    steps += [
        (address(document.points, size, period_id), period.name)
        for period_id, period in periods.items()
        if period_id and period_id != asked and period.from_on <= today
    ]
    return document_page(
        document,
        back=url_for("gradebook.grid", group_id=group_id, period=asked or None),
        back_words="К журналу",
        steps=steps,
        sizes=lambda points: address(points, size, asked),
    )
