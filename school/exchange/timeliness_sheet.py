"""The report of timely entries as a spreadsheet."""

from datetime import datetime
from io import BytesIO

from school.clock import local
from school.queries.timeliness import ALL_KINDS, LateCase, Line, Timeliness

HEADS = {"mark": "Отметки", "absence": "Пропуски", "attendance": "Посещаемость уроков"}


def write_timeliness(
    school_name: str, found: Timeliness, cases: tuple[LateCase, ...], time_zone: str
) -> bytes:
    """An XLSX file: counts of the school, its teachers, classes and weeks; all late cases."""
    from xlsxwriter import Workbook  # only where a sheet is made

    file = BytesIO()
    # What people typed is text, also where it begins like a formula.
    book = Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False,
                           "in_memory": True})  # fmt: skip
    bold = book.add_format({"bold": True, "text_wrap": True})
    share = book.add_format({"num_format": "0.0%"})
    sheet = book.add_worksheet("Доли")
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 9, 13)
    span = f"{found.from_on:%d.%m.%Y} — {found.until_on:%d.%m.%Y}"
    sheet.write_string(0, 0, f"{school_name}: записи в срок, {span}", bold)
    row = 2
    weeks = tuple(Line(0, f"{monday:%d.%m.%Y}", line.counts) for monday, line in found.by_week)
    for title, lines in (
        ("Вся школа", (found.total,)),
        ("Учитель", found.by_teacher),
        ("Класс", found.by_class),
        ("Неделя с понедельника", weeks),
    ):
        heads = [title, "Отметки и пропуски, доля в срок"]
        for what in ALL_KINDS:
            heads += [f"{HEADS[what]}: всего", "в срок"]
        for column, head in enumerate(heads):
            sheet.write_string(row, column, head, bold)
        for line in lines:
            row += 1
            sheet.write_string(row, 0, line.name)
            if line.shared.share is not None:
                sheet.write_number(row, 1, float(line.shared.share), share)
            for number, what in enumerate(ALL_KINDS):
                count = line.count(what)
                sheet.write_number(row, 2 + 2 * number, count.entered)
                sheet.write_number(row, 3 + 2 * number, count.in_time)
        row += 2
    _write_cases(book, bold, cases, time_zone)
    book.close()
    return file.getvalue()


def _write_cases(book: object, bold: object, cases: tuple[LateCase, ...], time_zone: str) -> None:
    sheet = book.add_worksheet("С опозданием")  # type: ignore[attr-defined]
    sheet.set_column(0, 8, 22)
    heads = ("Урок", "Номер", "Предмет", "Класс", "Учитель", "Что", "Ученик", "Срок", "Внесено")
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
    for row, case in enumerate(cases, start=1):
        words = (
            f"{case.held_on:%d.%m.%Y}", str(case.lesson_number), case.subject, case.group_name,
            case.teacher_name, case.work_name or HEADS[case.what], case.pupil_name,
            _moment(case.due_at, time_zone), _moment(case.entered_at, time_zone),
        )  # fmt: skip
        for column, text in enumerate(words):
            sheet.write_string(row, column, text)


def _moment(at: datetime, time_zone: str) -> str:
    return f"{local(at, time_zone):%d.%m.%Y %H:%M}"
