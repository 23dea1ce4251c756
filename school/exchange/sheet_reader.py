"""Reads one spreadsheet, in a process of its own: `python -m school.exchange.sheet_reader FILE`.

What somebody uploads may be damaged, or made to exhaust the machine (a cell in the last row of
the last column, an archive that unpacks to gigabytes). So it is read where memory and time are
bounded, and only plain cells come back, as JSON. Nothing of the house is imported here.
"""

import datetime
import json
import re
import resource
import sys
import zipfile
from pathlib import Path
from typing import Any

MOST_MEMORY = 1_200_000_000
MOST_SECONDS = 40
#: A school of 2,000 has not as many rows in one list as this.
MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_SHEETS = 60
#: What an archive may unpack to, all parts together.
MOST_UNPACKED = 150_000_000

DAMAGED = (
    "файл повреждён или это не таблица: откройте его в Excel или LibreOffice и сохраните заново."
)
LOCKED = (
    "файл закрыт паролем: откройте его, снимите пароль («Файл → Сведения → Защита книги») "
    "и сохраните."
)
BOMB = "файл распаковывается в слишком большой: скопируйте только нужные строки в новую таблицу."
#: Stands for the error of a formula.
ERROR = "#ОШИБКА"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class Unreadable(Exception):
    """The file cannot be read; the message is for the person who sent it."""


def main(path: str) -> None:
    """Print {"problem": …} or {"sheets": […]}."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    try:
        answer: dict[str, Any] = {"sheets": read_sheets(Path(path))}
    except Unreadable as refusal:
        answer = {"problem": str(refusal)}
    except MemoryError:
        answer = {"problem": BOMB}
    print(json.dumps(answer))


def read_sheets(path: Path) -> list[dict[str, Any]]:
    """All sheets: name, whether it is hidden, rows as texts, merged ranges."""
    check_archive(path)
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        if len(book.sheets_metadata) > MOST_SHEETS:
            raise Unreadable(f"листов больше {MOST_SHEETS}: разделите файл на несколько.")
        sheets = [_read_sheet(python_calamine, book, data) for data in book.sheets_metadata]
        _mark_errors(path, sheets)
        return sheets
    except python_calamine.PasswordError:
        raise Unreadable(LOCKED) from None
    except (Unreadable, MemoryError):
        raise
    except Exception:
        raise Unreadable(DAMAGED) from None
    except BaseException as error:
        # What Rust's panics become: neither a MemoryError nor an Exception.
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise Unreadable(DAMAGED) from None


def check_archive(path: Path) -> None:
    """Raise Unreadable for what is locked, or unpacks to more than a table holds. The parts are
    unpacked and counted: what an archive says of its own sizes may be a lie."""
    with open(path, "rb") as file:
        start = file.read(8)
        if start.startswith(_OLE):
            file.seek(0)
            if _ENCRYPTED in file.read():
                raise Unreadable(LOCKED)
            return
    if not zipfile.is_zipfile(path):
        return
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                if part.flag_bits & 1:
                    raise Unreadable(LOCKED)
                manifest = part.filename == "META-INF/manifest.xml"
                with archive.open(part) as stream:
                    while chunk := stream.read(1 << 20):
                        total += len(chunk)
                        if total > MOST_UNPACKED:
                            raise Unreadable(BOMB)
                        if manifest and b"encryption-data" in chunk:
                            raise Unreadable(LOCKED)
    except Unreadable:
        raise
    except Exception:  # zipfile and zlib fail in a dozen ways that all say the same of the file
        raise Unreadable(DAMAGED) from None


def _read_sheet(calamine: Any, book: Any, data: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": data.name,
        "hidden": data.visible != calamine.SheetVisibleEnum.Visible,
        "rows": [],
        "merged": [],
    }
    if found["hidden"] or data.typ != calamine.SheetTypeEnum.WorkSheet:
        found["hidden"] = True
        return found
    sheet = book.get_sheet_by_name(data.name)
    top, left = sheet.start or (0, 0)
    if sheet.height > MOST_ROWS:
        raise Unreadable(
            f"на листе «{data.name}» строк {sheet.height}, больше {MOST_ROWS}: удалите лишние "
            "(выделите пустые строки под таблицей и удалите их) или разделите файл."
        )
    for n, row in enumerate(sheet.iter_rows()):
        cells = [" ".join(as_text(cell).split()) for cell in row[:MOST_COLUMNS]]
        if any(cells):
            found["rows"].append((top + n + 1, [""] * left + cells))
    for (row_1, column_1), (row_2, column_2) in (sheet.merged_cell_ranges or [])[:MOST_ROWS]:
        found["merged"].append((row_1 + 1, column_1, row_2 + 1, column_2))
    return found


_ERROR_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*\bt="e"')


def _mark_errors(path: Path, sheets: list[dict[str, Any]]) -> None:
    """Say «#ОШИБКА» where a formula of an XLSX file has no value: calamine leaves it empty."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        for n, sheet in enumerate(sheets, start=1):
            part = f"xl/worksheets/sheet{n}.xml"
            if part not in names or sheet["hidden"]:
                continue
            rows = dict(sheet["rows"])
            for letters, line in _ERROR_CELL.findall(archive.read(part)):
                column = 0
                for letter in letters:
                    column = column * 26 + letter - 64
                cells = rows.get(int(line))
                if cells is not None and column <= len(cells) and not cells[column - 1]:
                    cells[column - 1] = ERROR


def as_text(value: Any) -> str:  # noqa: PLR0911
    """A cell as a person would type it: dates as 2015-03-15, times as 08:30, whole numbers
    without a point. A number that is meant as a day stays a number."""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, datetime.datetime):
        # A clock time alone is kept as a moment of the first day of Excel's calendar.
        if value.year < 1901:
            return f"{value:%H:%M}"
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    if isinstance(value, datetime.timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


if __name__ == "__main__":
    main(sys.argv[1])
