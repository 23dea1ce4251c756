"""CSV files as rows of cells by heading; what is wrong is collected, never raised.

Left for the later forms of import: other encodings, XLSX, headings worded otherwise. They
need another `read_table`; nobody above it knows what kind of file the cells came from.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from school.exchange.problems import Problem
from school.exchange.values import fold, parse_date, shown, unneutral

Value = TypeVar("Value")

#: What a text column takes in PostgreSQL.
LONGEST_CELL = 255
#: Columns that list codes of a whole stream.
LONGEST_LIST = 20_000

#: Stands for a day that could not be read: its problem is noted, so the rows go no further.
NO_DAY = date.min


@dataclass(frozen=True, slots=True)
class Layout:
    """A file and its headings: those it must have, those it may have, and those among them
    that hold long lists."""

    file: str
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


class Row:
    """A row of a table. Its getters return a value that can be worked with even where the cell
    is wrong, so that all problems of all rows are found in one reading."""

    def __init__(
        self, layout: Layout, line: int, cells: dict[str, str], problems: list[Problem]
    ) -> None:
        self._layout = layout
        self.line = line
        self._cells = cells
        self._problems = problems

    def refuse(self, column: str, message: str) -> None:
        """Note that this row cannot be taken."""
        self._problems.append(Problem(self._layout.file, self.line, column, message))

    def has(self, column: str) -> bool:
        return bool(self._cells.get(column))

    def text(self, column: str, *, needed: bool = True) -> str:
        """The text of a cell, blanks made single; empty where it is empty or too long."""
        text = self._cells.get(column, "")
        if not text and needed:
            self.refuse(column, "пусто — заполните.")
        longest = LONGEST_LIST if column in self._layout.lists else LONGEST_CELL
        if len(text) > longest:
            self.refuse(column, f"слишком длинно: не больше {longest} знаков.")
            return ""
        return text

    def value(
        self,
        column: str,
        parse: Callable[[str], Value],
        otherwise: Value,
        *,
        needed: bool = True,
    ) -> Value:
        """The value of a cell, or `otherwise` where it is empty or wrong."""
        text = self.text(column, needed=needed)
        if not text:
            return otherwise
        try:
            return parse(text)
        except ValueError as error:
            self.refuse(column, str(error))
            return otherwise

    def day(self, column: str) -> date:
        return self.value(column, parse_date, NO_DAY)

    def find_day(self, column: str) -> date | None:
        """The day of a cell that may be empty."""
        return self.value(column, parse_date, None, needed=False)

    def check_span(self, column: str, from_on: date | None, until_on: date | None) -> None:
        """Note a problem where the last day is before the first."""
        if from_on and until_on and NO_DAY not in (from_on, until_on) and until_on < from_on:
            self.refuse(column, f"{shown(until_on)} раньше, чем {shown(from_on)}.")


def read_table(folder: Path, layout: Layout, problems: list[Problem]) -> list[Row]:
    """The rows of a file of a folder, empty ones left out. Appends to `problems`."""

    def refuse(line: int, column: str, message: str) -> None:
        problems.append(Problem(layout.file, line, column, message))

    try:
        text = _decode(folder / layout.file)
    except ValueError as error:
        refuse(0, "", str(error))
        return []
    lines = _read_lines(text, refuse)
    if not lines:
        if not problems or problems[-1].file != layout.file:
            refuse(0, "", "файл пуст: в первой строке должны быть названия столбцов.")
        return []
    heading_line, titles = lines[0]
    columns = _match_headings(layout, titles, lambda title, why: refuse(heading_line, title, why))
    if columns is None:
        return []
    rows = []
    for line, cells in lines[1:]:
        if len(cells) > len(titles) and any(cells[len(titles) :]):
            refuse(
                line,
                "",
                f"значений {len(cells)}, а столбцов {len(titles)}: лишний разделитель? "
                "Текст с разделителем берут в кавычки.",
            )
            continue
        by_heading = {
            column: unneutral(cell) for column, cell in zip(columns, cells, strict=False) if column
        }
        rows.append(Row(layout, line, by_heading, problems))
    return rows


def _decode(path: Path) -> str:
    """The text of a file. Raises ValueError with a sentence where it has none."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ValueError("файла нет в папке.") from None
    except OSError as error:
        raise ValueError(f"файл не открывается: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ValueError("файл не в кодировке UTF-8: сохраните его как «CSV UTF-8».") from None
    if "\0" in text:
        raise ValueError("это не текстовый файл CSV: сохраните таблицу как «CSV UTF-8».")
    return text


def _read_lines(text: str, refuse: Callable[[int, str, str], None]) -> list[tuple[int, list[str]]]:
    """Lines that are not empty, with their numbers."""
    first = text.lstrip().partition("\n")[0]
    # The heading holds no text of people, so that counting is enough.
    separator = ";" if first.count(";") >= first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines = []
    begins = 1
    try:
        for cells in reader:
            cleaned = [" ".join(cell.split()) for cell in cells]
            if any(cleaned):
                lines.append((begins, cleaned))
            begins = reader.line_num + 1
    except csv.Error:
        refuse(begins, "", "строка не читается: проверьте кавычки, они должны быть парными.")
        return []
    return lines


def _match_headings(
    layout: Layout, titles: Sequence[str], refuse: Callable[[str, str], None]
) -> list[str] | None:
    """For each column of the file the heading it stands for; None where they do not fit."""
    known = {fold(heading): heading for heading in (*layout.needed, *layout.optional)}
    columns = []
    fit = True
    for title in titles:
        column = known.get(fold(title), "")
        if title and not column:
            refuse(title, f"такого столбца быть не должно. Бывают: {', '.join(known.values())}.")
            fit = False
        elif column and column in columns:
            refuse(title, "такой столбец стоит дважды.")
            fit = False
        columns.append(column)
    for heading in layout.needed:
        if heading not in columns:
            refuse(heading, "нет такого столбца.")
            fit = False
    return columns if fit else None
