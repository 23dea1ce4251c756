"""The statistics of a period on paper: all slices and the movement of pupils (E5, E6)."""

from collections.abc import Iterable
from typing import Any

from flask import request, url_for

from blueprints.access import log_event, permit
from blueprints.oversight.statistics import SLICE_TITLES, load_reported
from blueprints.oversight.views import blueprint
from blueprints.papers.documents import Document, ask_for_paper, document_page, flow_document
from school import wording
from school import wording_statistics as words
from school.queries.movement import get_movement
from school.queries.schools import SchoolLine
from school.queries.statistics import (
    SLICES,
    ReportedChoice,
    StatisticsLine,
    get_statistics,
)
from school.rules.access import DEPUTY_HEAD, HEAD
from school.rules.flow import Block, Paragraph, Table

#: The average mark and СОУ stand in the spreadsheet: a sheet upright has no room for them.
COLUMNS = (
    ("Кто", 20), ("Всего", 10), ("«5»", 10), ("«4»", 10), ("«3»", 10), ("«2»", 10), ("н/а", 10),
    ("Усп.", 10), ("Кач.", 10),
)  # fmt: skip
MOVEMENT = (("Класс", 40), ("В начале", 15), ("Прибыло", 15), ("Выбыло", 15), ("В конце", 15))


def _row(line: StatisticsLine) -> tuple[str, ...]:
    counts = line.counts
    marks = (counts.of("5"), counts.of("4"), counts.of("3"), counts.of("2", "1"), counts.of("н/а"))
    return (
        line.name,
        str(counts.counted),
        *(str(n) for n in marks),
        words.rate(counts.pass_rate),
        words.rate(counts.quality_rate),
    )


def _table(title: str, lines: Iterable[StatisticsLine]) -> list[Block]:
    rows = tuple(_row(line) for line in lines)
    return [Table(title, COLUMNS, rows)] if rows else []


def _document(school: SchoolLine, choice: ReportedChoice) -> Document:
    shown = choice.shown
    found = get_statistics(school.school_id, shown, choice.before)
    title = f"Статистика: {shown.name}, {wording.span(shown.from_on, shown.until_on)}"
    blocks: list[Block] = []
    if found.total.counts.counts:
        blocks += _table("Вся школа", [found.total])
        for by in SLICES:
            blocks += _table(f"Отметки {SLICE_TITLES[by]}", found.slices[by])
        blocks.append(
            Paragraph(
                "Усп. — успеваемость, доля «5», «4» и «3»; кач. — качество знаний, «5» и «4»; "
                "«н/а» входит в общее число, «осв», зачёты и те, кто выбыл до конца периода, — нет."
            )
        )
    else:
        blocks.append(Paragraph("Таких отметок пока нет."))
    moved = get_movement(school.school_id, shown.from_on, shown.until_on)
    rows = tuple(
        (
            line.name,
            str(line.movement.at_start),
            str(len(line.movement.arrived)),
            str(len(line.movement.left)),
            str(line.movement.at_end),
        )
        for line in (*moved.classes, *moved.programmes, moved.school)
    )
    blocks.append(Table("Движение обучающихся", MOVEMENT, rows))
    signs = (("Заместитель директора по УВР", ""), ("Директор", ""))
    return flow_document("statistics", school, title, blocks, signs)


@blueprint.route("/schools/<id:school_id>/statistics/paper", methods=["GET", "POST"])
@permit(DEPUTY_HEAD, HEAD)
def statistics_paper(school_id: int) -> Any:
    """The statistics to read from a sheet, to print, to sign."""
    school, choice = load_reported(school_id)
    document = _document(school, choice)
    if request.method == "POST":
        return ask_for_paper(document)
    log_event("results_read", school_id=school_id, detail=document.title)
    of = choice.shown.key
    return document_page(
        document,
        back=url_for("oversight.statistics", school_id=school_id, of=of),
        back_words="Статистика",
        sizes=lambda points: url_for(
            "oversight.statistics_paper", school_id=school_id, of=of, points=points
        ),
    )
