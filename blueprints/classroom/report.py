"""The class teacher's report of a period: results, lists, absences, movement (H25)."""

from typing import Any

from flask import abort, request, url_for

from blueprints.access import log_event, permit
from blueprints.classroom.views import blueprint, load_class
from blueprints.papers.documents import Document, ask_for_paper, chosen_points, document_page
from school import clock
from school import wording_statistics as words
from school.queries.absences import count_absences_of
from school.queries.movement import get_movement
from school.queries.schools import ClassHead, find_school, list_pupils
from school.queries.statistics import (
    SUBJECT,
    Reported,
    StatisticsLine,
    find_reported,
    get_statistics,
    group_standings,
    list_standings,
)
from school.rules.absences import AbsenceCount, add_up
from school.rules.access import ADMINISTRATOR, CLASS_TEACHER, DEPUTY_HEAD, HEAD
from school.rules.flow import Block, Heading, Paragraph, Table, flow_sheets
from school.wording import plural, reason, span

_RESULTS = (
    ("Предмет", 30), ("5, 4, 3, 2, н/а", 20), ("Успеваемость", 15), ("Качество", 15),
    ("Средний балл", 10), ("СОУ", 10),
)  # fmt: skip
_ABSENCES = (("Ученик", 40), ("Дней", 10), ("Уроков", 10), ("По причинам", 25), ("Опоздания", 15))


@blueprint.route("/<id:class_id>/report", methods=["GET", "POST"])
@permit(CLASS_TEACHER, ADMINISTRATOR, DEPUTY_HEAD, HEAD)
def report(class_id: int) -> Any:
    """A class over a study period or a year; POST makes a PDF of it."""
    head = load_class(class_id)
    today = clock.today(head.time_zone)
    choice = find_reported(head.school_id, today, request.args.get("of", ""), grade=head.grade)
    if choice is None:
        abort(404)
    document = _report(head, choice.shown)
    if request.method == "POST":
        return ask_for_paper(document)
    log_event("report_read", school_id=head.school_id, detail=document.title)

    def address(of: Reported, points: int) -> str:
        return url_for("classroom.report", class_id=class_id, of=of.key, points=points)

    return document_page(
        document,
        back=url_for("classroom.pupils", class_id=class_id),
        back_words=f"Ученики {head.name}",
        steps=[(address(one, document.points), one.name) for one in reversed(choice.all)],
        sizes=lambda points: address(choice.shown, points),
    )


def _report(head: ClassHead, shown: Reported) -> Document:
    school = find_school(head.school_id)
    title = f"Отчёт классного руководителя, {head.name}, {shown.name}"
    points = chosen_points()
    heading = (school.full_name if school else head.school_name, title)
    signs = (("Классный руководитель", ""),)
    blocks = [*_movement(head, shown), *_results(head, shown), *_absences(head, shown)]
    return Document(
        kind="report",
        school_id=head.school_id,
        school=heading[0],
        title=title,
        template="print/flow.html",
        sheets=flow_sheets(blocks, heading, points, signs=signs),
        points=points,
        time_zone=head.time_zone,
        context={"signs": signs},
    )


def _movement(head: ClassHead, shown: Reported) -> list[Block]:
    found = get_movement(head.school_id, shown.from_on, shown.until_on)
    own = next((line.movement for line in found.classes if line.class_id == head.class_id), None)
    if own is None:
        return [Paragraph("В классе в эти дни нет ни одного ученика.")]
    blocks: list[Block] = [
        Paragraph(
            f"{span(shown.from_on, shown.until_on)}. Учеников в начале: {own.at_start}, прибыло: "
            f"{len(own.arrived)}, выбыло: {len(own.left)}, в конце: {own.at_end}."
        )
    ]
    came = [f"{found.names[s.pupil_id]} ({s.from_on:%d.%m.%Y})" for s in own.arrived]
    gone = [f"{found.names[s.pupil_id]} ({s.until_on:%d.%m.%Y})" for s in own.left]
    blocks += [Paragraph(f"Прибыли: {', '.join(came)}.")] if came else []
    blocks += [Paragraph(f"Выбыли: {', '.join(gone)}.")] if gone else []
    return blocks


def _results(head: ClassHead, shown: Reported) -> list[Block]:
    statistics = get_statistics(head.school_id, shown, class_id=head.class_id)
    lines = (*statistics.slices[SUBJECT], statistics.total)
    if not statistics.total.counts.counts:
        return [Heading("Отметки"), Paragraph("Отметок за этот период ещё нет.")]
    blocks: list[Block] = [Table("Отметки по предметам", _RESULTS, tuple(map(_result_row, lines)))]
    lists = group_standings(list_standings(head.school_id, shown, head.class_id))
    for key, pupils in lists.items():
        named = [
            f"{one.name} ({why})"
            if (why := words.standing_subjects(one.subjects, key))
            else one.name
            for one in pupils
        ]
        blocks.append(
            Paragraph(
                f"{words.STANDING_TITLES[key]}: {len(pupils)}."
                + (f" {', '.join(named)}." if named else "")
            )
        )
    return blocks


def _result_row(line: StatisticsLine) -> tuple[str, ...]:
    counts = line.counts
    numbers = [
        counts.of("5"),
        counts.of("4"),
        counts.of("3"),
        counts.of("2", "1"),
        counts.of("н/а"),
    ]
    return (
        line.name,
        ", ".join(map(str, numbers)),
        words.rate(counts.pass_rate),
        words.rate(counts.quality_rate),
        words.decimal(counts.mean),
        words.rate(counts.attainment),
    )


def _absences(head: ClassHead, shown: Reported) -> list[Block]:
    last = min(shown.until_on, clock.today(head.time_zone))
    pupils = list_pupils(head, last)
    if not pupils:
        return []
    counts = count_absences_of(
        [pupil.pupil_id for pupil in pupils],
        shown.from_on,
        shown.until_on,
        school_id=head.school_id,
    )
    rows = [_absence_row(pupil.name, counts[pupil.pupil_id]) for pupil in pupils]
    rows.append(_absence_row("Весь класс", add_up(counts.values())))
    return [Table("Пропуски учеников", _ABSENCES, tuple(rows))]


def _absence_row(name: str, count: AbsenceCount) -> tuple[str, ...]:
    reasons = ", ".join(f"{reason(code)}: {n}" for code, n in count.lessons.items())
    late = plural(count.late, "раз", "раза", "раз") if count.late else ""
    return name, str(count.missed_days), str(count.missed_lessons), reasons, late
