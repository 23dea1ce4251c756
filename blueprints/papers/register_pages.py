"""Pages of a group's register on paper, for the archive: marks, lessons, results (D6).

Across, divided before they are drawn: so many columns and pupils as a sheet holds, then the list
of lessons. In large print all of it is sentences, upright.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from blueprints.papers.documents import Document
from blueprints.papers.summary import CELL, DENSE, PAPERS
from school.queries.grid import Grid, GridColumn, GridPupil
from school.queries.register_pages import HeldLesson, PeriodPages, RegisterPages
from school.rules.flow import Block, Heading, Paragraph, Table, flow_sheets
from school.rules.sheets import LINE_HEIGHT, POINTS, Ruler, count_lines, divide
from school.wording import day_and_month, full_day, span

#: Percent of the width that the pupils' names take.
NAME = {"A4": 20, "A3": 15}
#: What «незач», «о 4/5» and the day take, in letters of the table.
COLUMN = 3.2
#: Two lines of the head: the day, and the kind of work.
HEAD_LINES = 2
#: A worksheet that was typed in as homework is cut: the register has the whole.
LONGEST_TASK = 400
#: Letters of a paragraph in large print.
LONGEST_SENTENCE = 300

_LESSONS = (("Дата, урок", 10), ("Тема", 40), ("Домашнее задание", 35), ("Учитель", 15))


@dataclass(frozen=True, slots=True)
class MarkHead:
    """Over a column: the day, and below it what the mark is for."""

    day: str
    below: str
    #: Both in words.
    full: str


@dataclass(frozen=True, slots=True)
class MarkRow:
    number: int
    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarkSheet:
    """So much of a period's grid as stands on one sheet."""

    caption: str
    heads: tuple[MarkHead, ...]
    rows: tuple[MarkRow, ...]
    name_share: int


@dataclass(frozen=True, slots=True)
class LessonSheet:
    """So many lessons of a period as stand on one sheet."""

    caption: str
    titles: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, ...], ...]


def register_document(
    pages: RegisterPages, size: str, points: int, *, path_name: str = ""
) -> Document:
    """The register on A4 or A3 across; in large print as sentences, upright."""
    group = pages.group
    whole = ", ".join(part.period.name for part in pages.periods)
    title = f"Страницы журнала: {group.subject}, {group.name}, {pages.year_name}"
    if path_name:
        title += f", {path_name}"
    common: dict[str, Any] = {
        "kind": "register_pages",
        "school_id": group.school_id,
        "school": pages.school,
        "title": title,
        "points": points,
        "time_zone": group.time_zone,
        "last_entry_at": pages.last_entry_at,
    }
    signs = [("Учитель", ""), ("Заместитель директора по УВР", "")]
    heading = (pages.school, title)
    first = _first(pages, whole)
    if points != POINTS[0]:
        blocks = [*first]
        for part in pages.periods:
            blocks += [*_sentences(part), *_lessons(part)]
        blocks += _results(pages)
        sheets = flow_sheets(blocks, heading, points, signs=signs)
        return Document(
            template="print/flow.html", sheets=sheets, context={"signs": signs}, **common
        )
    # The first sheets say whose register it is, and what was decided; then period by period.
    found: list[Any] = list(
        flow_sheets([*first, *_results(pages)], heading, points, paper=PAPERS[size])
    )
    for part in pages.periods:
        found += [(sheet,) for sheet in mark_sheets(part, size, points)]
        found += [(sheet,) for sheet in lesson_sheets(part, size, points)]
    return Document(
        template="print/register_pages.html",
        sheets=tuple(found),
        paper=f"{size}-across",
        context={"signs": signs},
        **common,
    )


def _first(pages: RegisterPages, periods: str) -> list[Block]:
    teachers = "; ".join(
        name
        + ("" if from_on <= pages.group.year_from_on else f", с {full_day(from_on)}")
        + (
            f", по {full_day(until_on)}"
            if until_on and until_on < pages.group.year_until_on
            else ""
        )
        for name, from_on, until_on in pages.teachers
    )
    blocks: list[Block] = [Paragraph(f"Учитель: {teachers or 'не назначен'}.")]
    if pages.class_teachers:
        blocks.append(Paragraph(f"Классный руководитель: {'; '.join(pages.class_teachers)}."))
    blocks.append(Paragraph(f"Периоды: {periods or 'ещё ни один не начался'}."))
    blocks.append(
        Paragraph(
            "В клетках: отметки; н, б, у, нп — пропуски; о — опоздание; × — не в группе в этот "
            "день; * после отметки за период — после пересдачи."
        )
    )
    return blocks


def _results(pages: RegisterPages) -> list[Block]:
    """What was decided, as a table; nothing where nothing was."""
    if not pages.results:
        return []
    # The names take 70 percent at most: print.css knows no wider column.
    share = {1: 30, 2: 15}.get(len(pages.columns), 10 if len(pages.columns) <= 7 else 5)
    columns = (
        ("Ученик", 100 - share * len(pages.columns)),
        *((name, share) for name in pages.columns),
    )
    rows = tuple(
        (f"{number}. {line.pupil}", *(value or "—" for value in line.values))
        for number, line in enumerate(pages.results, 1)
    )
    return [Table("Отметки за периоды и год", columns, rows)]


def _lessons(part: PeriodPages) -> list[Block]:
    """The list of lessons as sentences, for large print."""
    blocks: list[Block] = [Heading(f"{part.period.name}: уроки")]
    for lesson in part.lessons:
        task = _short(lesson.homework)
        blocks.append(
            Paragraph(
                f"{lesson.held_on:%d.%m.%Y}, {lesson.lesson_number}-й урок. "
                f"Тема: {_topic(lesson)}. "
                f"Домашнее задание: {task or 'не задано'}. {lesson.teacher}."
            )
        )
    return blocks if part.lessons else [Paragraph(f"{part.period.name}: уроков ещё не было.")]


def lesson_sheets(part: PeriodPages, size: str, points: int) -> tuple[LessonSheet, ...]:
    """The list of lessons of a period on sheets."""
    ruler = Ruler(points, PAPERS[size])
    caption = f"{part.period.name}: уроки, темы и домашние задания"
    rows = [
        (
            f"{lesson.held_on:%d.%m}, {lesson.lesson_number}-й",
            _topic(lesson),
            _short(lesson.homework) or "—",
            _initials(lesson.teacher),
        )
        for lesson in part.lessons
    ]

    def height(row: tuple[str, ...]) -> float:
        lines = [
            count_lines(text, ruler.width / DENSE * share / 100 - 0.5, bold=number == 0)
            for number, (text, (_, share)) in enumerate(zip(row, _LESSONS, strict=True))
        ]
        return (max(lines) * LINE_HEIGHT + CELL) * DENSE

    usable = ruler.height - ruler.page_line() - ruler.paragraph(f"{caption}, продолжение")
    usable -= (LINE_HEIGHT + CELL) * DENSE
    sheets = divide([height(row) for row in rows], first=usable, other=usable, tail=9.0)
    return tuple(
        LessonSheet(
            f"{caption}{', продолжение' if sheet.start else ''}",
            _LESSONS,
            tuple(rows[n] for n in sheet),
        )
        for sheet in sheets
    )


def _initials(name: str) -> str:
    """«Учителева В. И.» of a full name."""
    surname, *rest = name.split(" ")
    return " ".join([surname, *(f"{part[0]}." for part in rest if part)])


def _topic(lesson: HeldLesson) -> str:
    if lesson.is_cancelled:
        return "урок отменён"
    return _short(lesson.topic) or "не записана"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TASK else f"{text[:LONGEST_TASK].rstrip()}…"


def head_of(column: GridColumn) -> MarkHead:
    """What stands over a column of the grid."""
    below = column.short
    if column.is_cancelled:
        below = "отм."
    elif column.is_double and not below:
        below = f"{column.lesson_number}-й"
    words = [day_and_month(column.held_on), f"{column.lesson_number}-й урок", column.name]
    words += ["отменён"] if column.is_cancelled else []
    return MarkHead(f"{column.held_on:%d.%m}", below, ", ".join(filter(None, words)))


def cell_of(grid: Grid, pupil: GridPupil, column: GridColumn) -> str:
    """What the register shows in a cell."""
    if not pupil.is_member_on(column.held_on):
        return "×"
    return grid.cell(pupil, column).text


def names_in(pupils: Sequence[GridPupil]) -> list[str]:
    """«Королёв Фёдор»; with the patronymic where two are called so."""
    known = Counter(pupil.name for pupil in pupils)
    return [full_name_of(pupil) if known[pupil.name] > 1 else pupil.name for pupil in pupils]


def full_name_of(pupil: GridPupil) -> str:
    """«Королёв Фёдор Петрович»."""
    return " ".join(filter(None, (pupil.surname, pupil.given_name, pupil.patronymic)))


def mark_sheets(part: PeriodPages, size: str, points: int) -> tuple[MarkSheet, ...]:
    """The grid of a period on sheets: columns in equal shares, and below each other so many
    pupils as fit."""
    grid = part.grid
    if not grid.columns or not grid.pupils:
        return ()
    ruler = Ruler(points, PAPERS[size])
    share = NAME[size]
    width = ruler.width / DENSE * (100 - share) / 100
    heads = [head_of(column) for column in grid.columns]
    rows = [tuple(cell_of(grid, pupil, column) for column in grid.columns) for pupil in grid.pupils]
    result = MarkHead("Итог", part.period.name, f"Отметка за период: {part.period.name}")
    if grid.results:
        heads.append(MarkHead("Ср.", "балл", "Средний балл"))
        heads.append(MarkHead(result.day, "", result.full))
        rows = [
            (*row, grid.average(pupil), grid.results.get(pupil.pupil_id, ""))
            for row, pupil in zip(rows, grid.pupils, strict=True)
        ]
    blocks = ceil(len(heads) / int(width // COLUMN))
    each = ceil(len(heads) / blocks)
    names = names_in(grid.pupils)
    caption = (
        f"{part.period.name} ({span(part.period.from_on, part.period.until_on)}): "
        "отметки и посещаемость"
    )
    usable = ruler.height - ruler.page_line() - ruler.paragraph(f"{caption}, продолжение" * 2)
    usable -= (HEAD_LINES * LINE_HEIGHT + CELL) * DENSE
    sheets = []
    for begin in range(0, len(heads), each):
        shown = heads[begin : begin + each]
        lines = [row[begin : begin + each] for row in rows]
        room = width / len(shown) - 0.5
        heights = [
            _row_height(ruler, f"{number}. {name}", share, line, room)
            for number, (name, line) in enumerate(zip(names, lines, strict=True), 1)
        ]
        days = f"{shown[0].day}–{shown[-1].day}" if blocks > 1 else ""
        for rows_of_sheet in divide(heights, first=usable, other=usable):
            sheets.append(
                MarkSheet(
                    f"{caption}{', ' if days else ''}{days}",
                    tuple(shown),
                    tuple(MarkRow(n + 1, names[n], tuple(lines[n])) for n in rows_of_sheet),
                    share,
                )
            )
    return tuple(sheets)


def _row_height(ruler: Ruler, name: str, share: int, cells: Sequence[str], room: float) -> float:
    lines = [count_lines(name, ruler.width / DENSE * share / 100 - 0.5, bold=True)]
    lines += [count_lines(cell, room) for cell in cells if len(cell) > 3]
    return (max(lines) * LINE_HEIGHT + CELL) * DENSE


def _sentences(part: PeriodPages) -> list[Block]:
    """A period's grid, pupil by pupil: the day, and what stands there."""
    grid = part.grid
    blocks: list[Block] = [Heading(f"{part.period.name}: отметки и посещаемость")]
    for number, pupil in enumerate(grid.pupils, 1):
        said = []
        for column in grid.columns:
            text = cell_of(grid, pupil, column)
            if text and text != "×":
                work = f" ({column.name})" if column.name else ""
                said.append(f"{column.held_on:%d.%m}{work} — {text}")
        ends = []
        if average := grid.average(pupil):
            ends.append(f"средний балл {average}")
        if result := grid.results.get(pupil.pupil_id):
            ends.append(f"отметка за период {result}")
        if ends:
            said.append(f"{', '.join(ends)}")
        blocks.append(Heading(f"{number}. {full_name_of(pupil)}"))
        blocks += [Paragraph(f"{text}.") for text in _chunks(said)] or [Paragraph("Записей нет.")]
    return blocks


def _chunks(said: Sequence[str]) -> list[str]:
    """Sentences that each fit on a sheet, whatever there is to say."""
    found: list[str] = []
    for text in said:
        if found and len(found[-1]) + len(text) < LONGEST_SENTENCE:
            found[-1] += f"; {text}"
        else:
            found.append(text)
    return found
