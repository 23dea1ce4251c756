"""The summary sheet of a class on paper: across, divided before it is drawn (D6, E4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from blueprints.papers.documents import Document, chosen_points
from school.queries.class_results import SheetPupil, SummarySheet
from school.rules.flow import Block, Heading, Paragraph, flow_sheets
from school.rules.sheets import (
    A3_ACROSS,
    A4_ACROSS,
    LINE_HEIGHT,
    POINTS,
    Ruler,
    count_lines,
    divide,
)
from school.wording import full_day
from school.wording_results import absence_counts

PAPERS = {"A4": A4_ACROSS, "A3": A3_ACROSS}
#: The size of letters in the table, and what stands above and below a line in it.
DENSE, CELL = 0.8, 0.45
#: Heads are written upwards, in smaller letters; so high that a long one takes no more lines than
#: its column holds (print.css knows these heights).
HEADS, HEAD_SIZE, ABOVE_UP = (12, 14, 16, 20), 0.85, 0.5
#: Percent of the width: the pupil, the result's name, what was missed.
NAME, COLUMN, MISSED = 20, 10, 15


@dataclass(frozen=True, slots=True)
class SummaryRow:
    column: str
    cells: tuple[str, ...]
    missed: str


@dataclass(frozen=True, slots=True)
class SummaryPart:
    """A pupil with the rows of their columns."""

    number: int
    name: str
    rows: tuple[SummaryRow, ...]


def _parts(sheet: SummarySheet) -> list[SummaryPart]:
    parts = []
    for number, pupil in enumerate(sheet.pupils, 1):
        rows = []
        for column in sheet.columns:
            count = sheet.absences.get((pupil.pupil_id, column.key))
            cells = tuple(
                sheet.cell(pupil.pupil_id, subject_id, column).text
                for subject_id, _ in sheet.subjects
            )
            rows.append(SummaryRow(column.name, cells, absence_counts(count) if count else "—"))
        parts.append(SummaryPart(number, _name(pupil), tuple(rows)))
    return parts


def _name(pupil: SheetPupil) -> str:
    came = f", с {pupil.came_on:%d.%m}" if pupil.came_on else ""
    left = f", выбыл(а) {pupil.left_on:%d.%m}" if pupil.left_on else ""
    return f"{pupil.name}{came}{left}"


def head_height(ruler: Ruler, names: Sequence[str]) -> int:
    """How high the heads of the subjects are, in letters of the table: one of HEADS."""
    column = ruler.width / DENSE * (100 - NAME - COLUMN - MISSED) / 100 / max(1, len(names))
    most = max(1, int(column / HEAD_SIZE))
    for height in HEADS:
        room = (height - ABOVE_UP) / HEAD_SIZE
        if all(count_lines(name, room, bold=True) <= most for name in names):
            return height
    return HEADS[-1]


def _height(ruler: Ruler, part: SummaryPart) -> float:
    """Of a pupil's rows, in letters of the text."""

    def cell(text: str, share: int) -> float:
        width = ruler.width / DENSE * share / 100 - 0.5
        return (count_lines(text, width) * LINE_HEIGHT + CELL) * DENSE

    rows = sum(max(cell(row.missed, MISSED), cell(row.column, COLUMN)) for row in part.rows)
    return max(rows, cell(f"{part.number}. {part.name}", NAME))


def summary_document(sheet: SummarySheet, size: str, points: int = 0) -> Document:
    """The sheet on A4 or A3 across; in large print as sentences, pupil by pupil, upright. Without
    `points` of the size that was asked for."""
    head = sheet.head
    points = points or chosen_points()
    names = ", ".join(column.name.lower() for column in sheet.columns) or "результатов ещё нет"
    title = f"Сводная ведомость, {head.name}, {head.year_name}: {names}"
    common: dict[str, Any] = {
        "kind": "summary",
        "school_id": head.school_id,
        "school": head.school_full_name,
        "title": title,
        "points": points,
        "time_zone": head.time_zone,
        "last_entry_at": sheet.last_entry_at,
    }
    signs = [("Классный руководитель", ""), ("Заместитель директора по УВР", "")]
    if points != POINTS[0]:
        blocks = _sentences(sheet)
        sheets = flow_sheets(blocks, (head.school_full_name, title), points, signs=signs)
        return Document(
            template="print/flow.html", sheets=sheets, context={"signs": signs}, **common
        )
    ruler = Ruler(points, PAPERS[size])
    parts = _parts(sheet)
    subjects = [name for _, name in sheet.subjects]
    heads = head_height(ruler, subjects)
    above = heads * DENSE + 0.1
    usable = ruler.height - ruler.page_line() - above - ruler.paragraph("продолжение")
    heights = [_height(ruler, part) for part in parts]
    found = divide(
        heights,
        first=usable - ruler.heading(head.school_full_name, title),
        other=usable,
        tail=9.0,
    )
    return Document(
        template="print/summary.html",
        sheets=tuple(tuple(parts[n] for n in of) for of in found),
        paper=f"{size}-across",
        context={
            "subjects": subjects,
            "heads": heads,
            "shares": (NAME, COLUMN, MISSED),
            "signs": signs,
            "closings": [
                f"{column.name}: закрыто {full_day(closing.closed_at.date())}, {closing.closed_by}"
                for column in sheet.columns
                if (closing := sheet.closings.get(column.key))
            ],
        },
        **common,
    )


def _sentences(sheet: SummarySheet) -> list[Block]:
    blocks: list[Block] = []
    for part in _parts(sheet):
        blocks.append(Heading(f"{part.number}. {part.name}"))
        for row in part.rows:
            results = "; ".join(
                f"{name} — {text}"
                for (_, name), text in zip(sheet.subjects, row.cells, strict=True)
                if text != "—"
            )
            blocks.append(Paragraph(f"{row.column}: {results or 'результатов нет'}."))
            if row.missed != "—":
                blocks.append(Paragraph(f"{row.column}, пропуски: {row.missed}."))
    return blocks
