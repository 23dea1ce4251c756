"""Making a frozen year (H15): tables, history, and every journal and summary sheet as HTML, CSV
and PDF, into one archive.

It needs templates, so it runs in a process of the program with an application: `flask export
year`, which the worker starts too (`--due`). First everything that is in the database is written,
all of one moment; then the PDFs are made from the pages, with all cores. Each is kept until the
archive is whole: whoever goes on after a worker that died prints no page twice.
"""

import hashlib
import os
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from flask import render_template

from blueprints.papers.documents import Document, archived_page
from blueprints.papers.register_pages import cell_of, full_name_of, head_of, register_document
from blueprints.papers.summary import summary_document
from school import printing
from school.actions.frozen_years import Made
from school.database import fetch_all, snapshot
from school.exchange.frozen import history
from school.exchange.frozen.archive import (
    INDEX,
    README,
    VERSION,
    ArchiveWriter,
    file_checksum,
    table_file,
)
from school.exchange.frozen.tables import (
    FROZEN,
    LEFT_OUT,
    FrozenYearHead,
    Selection,
    TableFile,
    csv_chunks,
    select_year,
)
from school.exchange.values import neutral
from school.queries.class_results import SummarySheet, find_result_class, get_summary_sheet
from school.queries.groups import find_group
from school.queries.register_pages import RegisterPages, get_register_pages
from school.rules.names import alphabetical
from school.rules.sheets import POINTS
from school.wording_results import absence_counts

#: Rows of history on one page, and in one file for a spreadsheet.
ROWS_OF_PAGE, ROWS_OF_FILE = 2000, 200_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A line of the index: what it is, and its files by name."""

    title: str
    html: str
    pdf: str
    #: Words and name.
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Pdf:
    """A PDF that is yet to be made of its page."""

    name: str
    source: Path


def as_of(head: FrozenYearHead, today: date) -> date:
    """The day that the pages of a year are of: today, or once it is over the day after it."""
    return min(today, head.until_on + timedelta(days=1))


def freeze_year(
    head: FrozenYearHead,
    work: Path,
    *,
    today: date,
    say: Say = lambda _: None,
    is_known: Callable[[str, date], bool] = lambda *_: False,
) -> Made | None:
    """Write the archive of a year into a file in `work`; None where `is_known` says of its
    fingerprint and day that it is there already. The same data makes the same bytes. `say` is
    told how far it is, and may raise to end it. Raises PrinterTrouble or PrintFailed."""
    day = as_of(head, today)
    for left in work.glob("archive.*.part"):
        left.unlink()
    target = work / f"archive.{secrets.token_hex(4)}.part"
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    writer = ArchiveWriter(target)
    try:
        with snapshot():
            selection = select_year(head)
            counts = _write_tables(writer, selection, say)
            fingerprint = _fingerprint(writer)
            if is_known(fingerprint, day):
                writer.abandon()
                target.unlink()
                return None
            pages = _Pages(writer, selection, work, day, say)
            pages.write()
        context = {
            "head": head,
            "day": day,
            "pages": pages,
            "tables": [(table_file(t.name), t.title, counts[t.name]) for t in FROZEN],
            "left_out": list(LEFT_OUT),
        }
        writer.add(INDEX, [render_template("frozen/index.html", **context).encode()])
        words = render_template("frozen/readme.txt", **context)
        writer.add(README, ["\ufeff".encode(), words.replace("\n", "\r\n").encode()])
        _write_pdfs(writer, pages.pdfs, work, day, say)
        writer.close(
            {
                "school": head.school,
                "short_name": head.short_name,
                "year": head.name,
                "from_on": head.from_on.isoformat(),
                "until_on": head.until_on.isoformat(),
                "as_of": day.isoformat(),
                "tables": counts,
            }
        )
    except BaseException:
        writer.abandon()
        target.unlink(missing_ok=True)
        raise
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return Made(target, file_checksum(target), fingerprint, day)


def _write_tables(writer: ArchiveWriter, selection: Selection, say: Say) -> dict[str, int]:
    counts = {}
    for number, table in enumerate(FROZEN, 1):
        say(f"Таблицы: {number} из {len(FROZEN)}")
        file = TableFile(selection, table)
        writer.add(table_file(table.name), file.chunks())
        counts[table.name] = file.count
    return counts


def _fingerprint(writer: ArchiveWriter) -> str:
    """Of all tables: what has the same makes the same archive."""
    facts = [f"version {VERSION}", *(f"{name} {value}" for name, value in writer.sums.items())]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


CLASSES = """
SELECT id FROM school_class WHERE school_id = ? AND school_year_id = ? ORDER BY grade, letter, id
"""
GROUPS = """
SELECT g.id, j.name, g.name FROM teaching_group g JOIN subject j ON j.id = g.subject_id
WHERE g.school_id = ? AND g.school_year_id = ?
"""


@dataclass(slots=True)
class _Pages:
    """Summary sheets, journals and history, as they are written; the index lists them."""

    writer: ArchiveWriter
    selection: Selection
    work: Path
    day: date
    say: Say
    summaries: list[ArchivedPage] = field(default_factory=list)
    #: By subject.
    journals: dict[str, list[ArchivedPage]] = field(default_factory=dict)
    #: Words and name: what belongs to no lesson, and all of it for spreadsheets.
    others: list[tuple[str, str]] = field(default_factory=list)
    histories: list[tuple[str, str]] = field(default_factory=list)
    pdfs: list[_Pdf] = field(default_factory=list)

    def write(self) -> None:
        head = self.selection.head
        classes = [row[0] for row in fetch_all(CLASSES, (head.school_id, head.school_year_id))]
        for number, class_id in enumerate(classes, 1):
            self.say(f"Сводные ведомости: {number} из {len(classes)}")
            self._summary(class_id)
        groups = sorted(
            fetch_all(GROUPS, (head.school_id, head.school_year_id)),
            key=lambda row: (alphabetical(row[1]), alphabetical(row[2]), row[0]),
        )
        words = history.HistoryWords(self.selection)
        for number, (group_id, subject, _) in enumerate(groups, 1):
            self.say(f"Журналы: {number} из {len(groups)}")
            self.journals.setdefault(subject, []).append(self._journal(group_id, words))
        self.say("История")
        self._history()

    def _summary(self, class_id: int) -> None:
        head = find_result_class(class_id)
        if head is None:
            return
        sheet = get_summary_sheet(head, self.day)
        name = f"summary/class-{class_id}"
        html, pdf = self._document(name, summary_document(sheet, "A4", POINTS[0]))
        self.writer.add(f"{name}.csv", csv_chunks(*_summary_table(sheet)))
        others = (("для таблиц (CSV)", f"{name}.csv"),)
        self.summaries.append(ArchivedPage(head.name, html, pdf, others))

    def _journal(self, group_id: int, words: history.HistoryWords) -> ArchivedPage:
        group = find_group(group_id)
        if group is None:
            raise ValueError(f"group {group_id} went while its year was frozen")
        pages = get_register_pages(group, self.day)
        name = f"journals/group-{group_id}"
        html, pdf = self._document(name, register_document(pages, "A4", POINTS[0]))
        self.writer.add(f"{name}-marks.csv", csv_chunks(*_marks_table(pages)))
        self.writer.add(f"{name}-lessons.csv", csv_chunks(*_lessons_table(pages)))
        title = f"История записей: {group.subject}, {group.name}"
        self._history_page(f"{name}-history.html", title, history.group_history(words, group_id))
        others = (
            ("отметки (CSV)", f"{name}-marks.csv"),
            ("уроки (CSV)", f"{name}-lessons.csv"),
            ("история записей", f"{name}-history.html"),
        )
        return ArchivedPage(group.name, html, pdf, others)

    def _document(self, name: str, document: Document) -> tuple[str, str]:
        """A paper as a page; its PDF is made later."""
        source, html = archived_page(document, f"../{INDEX}")
        self.writer.add(f"{name}.html", [html.encode()])
        digest = hashlib.sha256(source.encode()).hexdigest()
        kept = self.work / f"{digest}.html"
        if not kept.exists():
            _keep(kept, source.encode())
        self.pdfs.append(_Pdf(f"{name}.pdf", kept))
        return f"{name}.html", f"{name}.pdf"

    def _history(self) -> None:
        rows = history.other_history(self.selection)
        for number, some in enumerate(_parts(rows, ROWS_OF_PAGE), 1):
            name = f"history/other-{number:03}.html"
            title = f"История записей вне уроков, часть {number}"
            self._history_page(name, title, some)
            self.others.append((f"часть {number}", name))
        found = history.all_history(self.selection)
        for number, some in enumerate(_parts(found, ROWS_OF_FILE), 1):
            name = f"history/history-{number:03}.csv"
            cells = ([neutral(cell) for cell in row.cells] for row in some)
            self.writer.add(name, csv_chunks(history.HEADS, cells))
            self.histories.append((f"часть {number}", name))

    def _history_page(self, name: str, title: str, rows: Iterable[history.HistoryRow]) -> None:
        page = render_template(
            "frozen/history.html", title=title, rows=rows, school=self.selection.head.school
        )
        self.writer.add(name, [page.encode()])


def _parts(rows: Iterator[Any], length: int) -> Iterator[list[Any]]:
    while some := list(islice(rows, length)):
        yield some


def _summary_table(sheet: SummarySheet) -> tuple[list[str], list[list[str]]]:
    heads = [
        "Ученик", "Пришёл", "Выбыл", "Результат", *(name for _, name in sheet.subjects),
        "Пропущено дней", "Пропущено уроков", "По причинам",
    ]  # fmt: skip
    rows = []
    for pupil in sheet.pupils:
        for column in sheet.columns:
            count = sheet.absences.get((pupil.pupil_id, column.key))
            missed = (
                [str(count.missed_days), str(count.missed_lessons), absence_counts(count)]
                if count
                else ["", "", ""]
            )
            rows.append(
                [
                    pupil.name,
                    _day(pupil.came_on),
                    _day(pupil.left_on),
                    column.name,
                    *(sheet.cell(pupil.pupil_id, s, column).text for s, _ in sheet.subjects),
                    *missed,
                ]
            )
    return _neutral(heads), [_neutral(row) for row in rows]


def _marks_table(pages: RegisterPages) -> tuple[list[str], list[list[str]]]:
    """A row for a pupil; the columns of all periods one after another."""
    heads, names = ["Ученик"], {}
    cells: dict[int, list[str]] = {}
    for part in pages.periods:
        grid = part.grid
        before = len(heads) - 1
        for pupil in grid.pupils:
            names[pupil.pupil_id] = full_name_of(pupil)
            row = cells.setdefault(pupil.pupil_id, [""] * before)
            row += [cell_of(grid, pupil, column) for column in grid.columns]
            row += [grid.average(pupil), grid.results.get(pupil.pupil_id, "")]
        heads += [
            f"{column.held_on:%d.%m.%Y}, {head_of(column).full.partition(', ')[2]}"
            for column in grid.columns
        ]
        heads += [f"Средний балл, {part.period.name}", f"Отметка, {part.period.name}"]
        for known in cells.values():
            known.extend([""] * (len(heads) - 1 - len(known)))
    ordered = sorted(names.items(), key=lambda item: (alphabetical(item[1]), item[0]))
    return _neutral(heads), [_neutral([name, *cells[pupil_id]]) for pupil_id, name in ordered]


def _lessons_table(pages: RegisterPages) -> tuple[list[str], list[list[str]]]:
    heads = ["Период", "Дата", "Урок", "Тема", "Домашнее задание", "Учитель", "Отменён"]
    return heads, [
        _neutral(
            [
                part.period.name,
                f"{lesson.held_on:%d.%m.%Y}",
                str(lesson.lesson_number),
                lesson.topic,
                lesson.homework,
                lesson.teacher,
                "да" if lesson.is_cancelled else "",
            ]
        )
        for part in pages.periods
        for lesson in part.lessons
    ]


def _neutral(row: list[str]) -> list[str]:
    return [neutral(cell) for cell in row]


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


def _write_pdfs(writer: ArchiveWriter, pdfs: list[_Pdf], work: Path, day: date, say: Say) -> None:
    """Make the PDFs with all cores and write them in order; what a worker that died made already
    is taken as it is."""
    dated = datetime(day.year, day.month, day.day, tzinfo=UTC)
    at_once = os.cpu_count() or 1
    with ThreadPoolExecutor(at_once) as pool:
        waiting: deque[tuple[_Pdf, Future[Path]]] = deque()
        todo = iter(pdfs)
        try:
            for number in range(1, len(pdfs) + 1):
                # A few ahead: there is always work, and never more than a few in memory.
                for pdf in islice(todo, 2 * at_once - len(waiting)):
                    waiting.append((pdf, pool.submit(_pdf_of, pdf.source, dated)))
                say(f"PDF: {number} из {len(pdfs)}")
                pdf, future = waiting.popleft()
                writer.add(pdf.name, [future.result().read_bytes()])
        except BaseException:
            for _, future in waiting:
                future.cancel()
            raise


def _pdf_of(source: Path, dated: datetime) -> Path:
    made = source.with_suffix(f".{dated:%Y%m%d}.pdf")
    if not made.exists():
        _keep(made, printing.make_pdf(source.read_text(encoding="utf-8"), dated))
    return made


def _keep(path: Path, body: bytes) -> None:
    """Write a part under a temporary name and give it its own: whoever finds it has all of it."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
    os.replace(draft, path)
