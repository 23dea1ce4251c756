"""Reports as spreadsheets: titled sheets of plain rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO

#: A share is shown as a percentage.
Cell = str | int | Fraction | None


@dataclass(frozen=True, slots=True)
class ReportSheet:
    """A sheet: its name, a line above the table, the heads of its columns, and its rows."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


def write_report(sheets: Sequence[ReportSheet]) -> bytes:
    """An XLSX file. What people typed is text, also where it begins like a formula."""
    from xlsxwriter import Workbook  # only where a sheet is made

    file = BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = Workbook(file, options)
    bold = book.add_format({"bold": True, "text_wrap": True})
    percent = book.add_format({"num_format": "0.0%"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.set_column(0, 0, 34)
        page.set_column(1, max(1, len(sheet.heads)), 16)
        page.write_string(0, 0, sheet.title, bold)
        for column, head in enumerate(sheet.heads):
            page.write_string(2, column, head, bold)
        for number, row in enumerate(sheet.rows, start=3):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(number, column, value)
                elif isinstance(value, Fraction):
                    page.write_number(number, column, float(value), percent)
                elif value is not None:
                    page.write_number(number, column, value)
    book.close()
    return file.getvalue()
