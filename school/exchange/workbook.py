"""Files as people make them → tables: which sheet is what, which row is the heading, which
column means what. What cannot be told is asked."""

import csv
import io
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from school.exchange import school_rows as rows
from school.exchange.headings import NEEDED, WORDS, find_column, named_after, plain
from school.exchange.problems import Problem
from school.exchange.sheet_reader import DAMAGED, ERROR, MOST_ROWS
from school.exchange.values import fold, parse_class, unneutral

ROOT = Path(__file__).resolve().parents[2]
LONGEST_READING = 60
#: Rows above a heading: the school's name, «Список учеников на 1 сентября», a blank one.
HEADING_WITHIN = 12
#: Names of the tables, for the person who is asked.
TABLE_NAMES = {
    rows.SCHOOL: "школа",
    rows.BELLS: "звонки",
    rows.PERIODS: "учебные периоды",
    rows.HOLIDAYS: "каникулы и выходные",
    rows.STAFF: "сотрудники",
    rows.CLASSES: "классы",
    rows.PUPILS: "ученики",
    rows.GROUPS: "учебные группы и учителя",
    rows.TIMETABLE: "расписание",
    rows.PLANS: "планы уроков (КТП)",
    rows.SUBJECTS: "предметы",
    rows.WORK_KINDS: "виды работ",
    rows.CURRICULUM: "учебный план",
}
SKIP = "-"
_OTHER_PEOPLE = ("мать", "мама", "отец", "папа", "родител", "представител", "законн", "опекун")
OURS = "Пояснения"


class SheetLine(int):
    """A line of a sheet: the number that the spreadsheet shows, and where that is. As a whole
    number it is unique over all sheets of an import, so that it sorts and compares. `titles`:
    column → what its sender calls it."""

    row: int
    place: str
    titles: dict[str, str]

    def __new__(
        cls, sheet_number: int, row: int, place: str, titles: Mapping[str, str] = {}
    ) -> "SheetLine":
        made = super().__new__(cls, sheet_number * 1_000_000 + row)
        made.row = row
        made.place = place
        made.titles = dict(titles)
        return made

    def __str__(self) -> str:
        return str(self.row)

    def __format__(self, spec: str) -> str:
        return str(self.row)

    def title_of(self, column: str) -> str:
        """What the sender calls a column."""
        return self.titles.get(column, column)


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person can say. `key` finds the answer; `options` are (value, words)."""

    kind: str
    key: str
    place: str
    text: str
    options: tuple[tuple[str, str], ...]
    preset: str = ""


@dataclass
class Found:
    """Tables of an upload, as cells by column, and what there is to say about them."""

    #: file → (line, cells by column)
    tables: dict[str, list[tuple[SheetLine, dict[str, str]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    #: file → columns that any of its sheets has
    columns: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    #: Days that were written as numbers: «…, строка 5: 03.03.2019».
    counted_days: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sheet:
    file_name: str
    name: str
    rows: list[tuple[int, list[str]]]
    merged: list[tuple[int, int, int, int]]

    @property
    def place(self) -> str:
        return f"{self.file_name}, лист «{self.name}»" if self.name else self.file_name


def read_upload(
    paths: Mapping[str, Path],
    *,
    answers: Mapping[str, str] = {},
    remembered: Mapping[str, Mapping[str, str]] = {},
) -> Found:
    """Read files (by the names their sender gave them). `answers` are given by question key,
    `remembered` are a school's own words: file → heading → column."""
    found = Found()
    number = 0
    for file_name, path in paths.items():
        for sheet in _read_sheets(file_name, path, found):
            number += 1
            _place_sheet(sheet, number, answers, remembered, found)
    if not found.tables and not found.problems and not found.questions:
        found.problems.append(Problem("", 0, "", "в файлах нет ни одной строки с данными."))
    return found


def _read_sheets(file_name: str, path: Path, found: Found) -> list[Sheet]:
    def refuse(message: str) -> list[Sheet]:
        found.problems.append(Problem(file_name, 0, "", message))
        return []

    head = path.read_bytes()[:8]
    if not head:
        return refuse("файл пуст.")
    if not head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return _read_text(file_name, path, refuse)
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "school.exchange.sheet_reader", str(path.resolve())],
            cwd=ROOT,
            capture_output=True,
            timeout=LONGEST_READING,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {}
    except (subprocess.TimeoutExpired, ValueError):
        answer = {}
    if "sheets" not in answer:
        return refuse(answer.get("problem", DAMAGED))
    sheets = []
    for data in answer["sheets"]:
        if data["hidden"]:
            found.remarks.append(
                f"{file_name}: лист «{data['name']}» скрыт и не загружен. Если он нужен, "
                "покажите его в таблице (правой кнопкой → «Показать») и загрузите ещё раз."
            )
        elif data["rows"] and data["name"] != OURS:
            merged = [tuple(area) for area in data["merged"]]
            rows_found = [(line, cells) for line, cells in data["rows"]]
            sheets.append(Sheet(file_name, data["name"], rows_found, merged))
        for line, cells in data["rows"]:
            if data["name"] == OURS and cells and fold(cells[0]) == "школа":
                found.tables[rows.OF_SCHOOL].append(
                    (SheetLine(0, line, f"{file_name}, лист «{OURS}»"), {"Школа": cells[1]})
                )
    return sheets


def decode(data: bytes) -> str:
    """The text of a CSV file: UTF-8 with or without BOM, UTF-16 with one, else Windows-1251.
    Raises ValueError where it is none of them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1251")
    if "\0" in text:
        raise ValueError("binary")
    return text


def choose_separator(text: str) -> str:
    """«;», «,» or tab: the one that parts the first lines most evenly."""
    lines = [line for line in text.splitlines() if line.strip()][:HEADING_WITHIN]
    return max(
        (";", "\t", ","), key=lambda sign: max((line.count(sign) for line in lines), default=0)
    )


def _read_text(file_name: str, path: Path, refuse: Any) -> list[Sheet]:
    try:
        text = decode(path.read_bytes())
    except (UnicodeError, ValueError):
        return list(refuse(DAMAGED))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=choose_separator(text))
    found: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            cleaned = [" ".join(cell.split()) for cell in cells]
            if any(cleaned):
                found.append((begins, cleaned))
            begins = reader.line_num + 1
            if len(found) > MOST_ROWS:
                return list(refuse(f"строк больше {MOST_ROWS}: удалите лишние или разделите файл."))
    except csv.Error:
        return list(refuse(f"строка {begins} не читается: проверьте кавычки, они парные."))
    return [Sheet(file_name, "", found, [])]


def _place_sheet(
    sheet: Sheet,
    number: int,
    answers: Mapping[str, str],
    remembered: Mapping[str, Mapping[str, str]],
    found: Found,
) -> None:
    table_key = f"table:{plain(sheet.file_name)}:{plain(sheet.name)}"
    names = (sheet.name, sheet.file_name)
    chosen = answers.get(table_key)
    if chosen == SKIP:
        return
    words = {
        file: {
            **remembered.get(file, {}),
            **{
                key.split(":", 2)[2]: ("" if value == SKIP else value)
                for key, value in answers.items()
                if key.startswith(f"column:{file}:")
            },
        }
        for file in WORDS
    }
    best = max(
        (_heading(sheet, file, words[file], names) for file in ([chosen] if chosen else WORDS)),
        key=lambda heading: heading.score,
    )
    if chosen is None and not best.fits:
        found.questions.append(
            Question(
                "table",
                table_key,
                sheet.place,
                "Непонятно, что это за таблица. Что в ней?",
                (*((file, name) for file, name in TABLE_NAMES.items()), (SKIP, "не загружать")),
                SKIP,
            )
        )
        return
    _take_rows(sheet, number, best, found)


@dataclass(frozen=True, slots=True)
class Heading:
    """The row of a sheet that names its columns, as one table would read it."""

    file: str
    #: Where the data begins, as an index of the sheet's rows.
    begins: int
    line: int
    titles: tuple[str, ...]
    columns: tuple[str | None, ...]
    score: float
    fits: bool


def _heading(sheet: Sheet, file: str, words: Mapping[str, str], names: tuple[str, str]) -> Heading:
    best: Heading | None = None
    for n, (line, cells) in enumerate(sheet.rows[:HEADING_WITHIN]):
        candidates = [(n + 1, tuple(cells), tuple(cells))]
        if n + 1 < len(sheet.rows):
            # Two rows of headings: «Представитель» over «Фамилия», «Имя».
            lower = sheet.rows[n + 1][1]
            both = _two_rows(cells, lower, line, sheet.merged)
            candidates.append((n + 2, both, (*lower, *both[len(lower) :])))
        for begins, titles, under in candidates:
            columns = tuple(
                _column_of(file, title, lower_title, words)
                for title, lower_title in zip(titles, under, strict=True)
            )
            known = [column for column in columns if column]
            has = set(known)
            if file == rows.PUPILS and "Класс" not in has and _class_of(sheet.name):
                has.add("Класс")
            needed = NEEDED[file]
            met = sum(any(column in has for column in either) for either in needed)
            named = any(named_after(file, [name]) for name in names)
            fits = met == len(needed) or (named and met * 2 >= len(needed) and met > 0)
            score = (
                len(has) - 0.6 * sum(column is None for column in columns)
                + 3 * (met == len(needed)) + 2.5 * named - 0.1 * (begins - n - 1)
                + 100 * fits - 0.01 * n
            )  # fmt: skip
            if len(known) > len(set(known)):
                score -= 5
            heading = Heading(file, begins, line, titles, columns, score, fits)
            if best is None or score > best.score:
                best = heading
    if best is None:
        return Heading(file, 0, 0, (), (), -1.0, False)
    return best


def _column_of(file: str, title: str, under: str, words: Mapping[str, str]) -> str | None:
    """The column of a title in two rows: «Ученик» over «Имя» is «Имя», but «Мать» over «Имя»
    is not."""
    found = find_column(file, title, words)
    if found is None and under and not plain(title).startswith(_OTHER_PEOPLE):
        found = find_column(file, under, words)
    if found is None and find_column(file, under) == "":
        return ""
    return found


def _two_rows(
    upper: list[str], lower: list[str], line: int, merged: list[tuple[int, int, int, int]]
) -> tuple[str, ...]:
    """Titles of two rows as one: a title over several columns stands before each of theirs."""
    over = list(upper) + [""] * (len(lower) - len(upper))
    for row_1, column_1, _, column_2 in merged:
        if row_1 == line:
            for n in range(column_1, min(column_2 + 1, len(over))):
                over[n] = over[column_1]
    if not any(row_1 == line for row_1, *_ in merged):
        last = ""
        for n, title in enumerate(over):
            last = title or last
            if not title and n < len(lower) and lower[n]:
                over[n] = last
    under = list(lower) + [""] * (len(over) - len(lower))
    return tuple(f"{a} {b}".strip() if a != b else a for a, b in zip(over, under, strict=True))


def _class_of(text: str) -> str:
    try:
        grade, letter = parse_class(text.removesuffix("класс").strip())
    except ValueError:
        return ""
    return f"{grade}{letter}"


def _name_columns(
    heading: Heading, place: str, line_of: Any, found: Found
) -> dict[str, str] | None:
    """Column → its title; None where something has to be asked first."""
    file = heading.file
    used: dict[str, str] = {}
    asked = False
    for title, column in zip(heading.titles, heading.columns, strict=True):
        if column is None:
            asked = True
            key = f"column:{file}:{plain(title)}"
            if all(question.key != key for question in found.questions):
                free = [c for c in WORDS[file] if c not in heading.columns]
                found.questions.append(
                    Question(
                        "column",
                        key,
                        f"{place}, строка {heading.line}",
                        f"Столбец «{title}»: что в нём?",
                        ((SKIP, "не загружать"), *((c, c) for c in free)),
                        SKIP,
                    )
                )
        elif column and column in used:
            found.problems.append(
                Problem(
                    file,
                    line_of(heading.line),
                    title,
                    f"столбец с этим же смыслом уже есть: «{used[column]}». Оставьте один.",
                )
            )
        elif column:
            used[column] = title
    return None if asked else used


def _take_rows(sheet: Sheet, number: int, heading: Heading, found: Found) -> None:
    file = heading.file
    place = sheet.place
    titles_of_columns: dict[str, str] = {}
    line_of = lambda row: SheetLine(number, row, place, titles_of_columns)  # noqa: E731
    used = _name_columns(heading, place, line_of, found)
    if used is None:
        return
    titles_of_columns |= used
    data = sheet.rows[heading.begins :]
    if not data:
        found.remarks.append(f"{place}: есть заголовки, но нет ни одной строки.")
    _fill_merged(sheet, heading, used, found, line_of)
    class_name = _class_of(sheet.name) if file == rows.PUPILS and "Класс" not in used else ""
    if class_name:
        used["Класс"] = sheet.name
    found.columns[file].update(used)
    titles = tuple(map(plain, heading.titles))
    for line, cells in data:
        if tuple(map(plain, cells)) == titles[: len(cells)]:
            continue  # the heading once more, on the next printed page
        again = [c for c in cells if c and find_column(file, c) not in (None, "")]
        if line <= heading.line + 3 and len(again) >= max(2, len(used) // 2):
            found.problems.append(
                Problem(
                    file, line_of(line), "",
                    "похоже на вторую строку заголовков. Оставьте одну строку с названиями.",
                )
            )  # fmt: skip
            continue
        by_column = {
            column: unneutral(cell)
            for column, cell in zip(heading.columns, cells, strict=False)
            if column and cell
        }
        if class_name:
            by_column["Класс"] = class_name
        if not by_column or (class_name and len(by_column) == 1):
            continue
        raw = dict(zip(heading.columns, cells, strict=False))
        _refuse_formulas(file, line_of(line), by_column, raw, found)
        found.tables[file].append((line_of(line), by_column))


def _refuse_formulas(
    file: str,
    line: SheetLine,
    cells: dict[str, str],
    raw: Mapping[str | None, str],
    found: Found,
) -> None:
    for column in list(cells):
        cell = raw.get(column, "")
        if cell == ERROR or cell.startswith(("#REF!", "#N/A", "#ССЫЛКА!", "#Н/Д", "#VALUE!")):
            message = "в ячейке ошибка формулы: впишите значение."
        elif cell.startswith("=") and len(cell) > 1:
            message = f"это формула «{cell[:30]}»: вставьте её значение («Вставить → Значения»)."
        else:
            continue
        del cells[column]
        found.problems.append(Problem(file, line, column, message))


def _fill_merged(
    sheet: Sheet, heading: Heading, used: Mapping[str, str], found: Found, line_of: Any
) -> None:
    """What is merged downwards holds for each of its rows, and is said; what is merged
    sideways has lost a value and is refused."""
    by_line = dict(sheet.rows)
    first = sheet.rows[heading.begins - 1][0] if heading.begins else 0
    for row_1, column_1, row_2, column_2 in sheet.merged:
        if row_1 <= first or column_1 >= len(heading.columns):
            continue
        column = heading.columns[column_1]
        if not column:
            continue
        if column_2 > column_1:
            if any(heading.columns[column_1 + 1 : column_2 + 1]):
                found.problems.append(
                    Problem(
                        heading.file, line_of(row_1), column,
                        "ячейки объединены по ширине: разъедините и заполните каждую.",
                    )
                )  # fmt: skip
            continue
        value = by_line.get(row_1, [])[column_1 : column_1 + 1]
        if not value or not value[0]:
            continue
        for row in range(row_1 + 1, row_2 + 1):
            cells = by_line.get(row)
            if cells is not None:
                cells.extend([""] * (column_1 + 1 - len(cells)))
                cells[column_1] = value[0]
        found.remarks.append(
            f"{sheet.place}, строки {row_1}–{row_2}, «{used.get(column, column)}»: "
            f"ячейки объединены, значение «{value[0]}» взято для каждой строки."
        )


def place_of(problem: Problem) -> str:
    """Where a problem is, as the sender of the files knows it."""
    line, column = problem.line, problem.column
    place = problem.file
    if isinstance(line, SheetLine):
        place = line.place
        column = line.title_of(column)
    elif place in TABLE_NAMES:
        place = f"таблица «{TABLE_NAMES[place]}»"
    if line:
        place += f", строка {line}"
    if column:
        place += f", «{column}»"
    return place


def sentences(problems: Iterable[Problem]) -> list[str]:
    """Problems as sentences for the sender of the files."""
    return [f"{place_of(p)}: {p.message}" if place_of(p) else p.message for p in problems]
