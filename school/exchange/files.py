"""Tables as files to download: a workbook with a sheet each, or CSV; with examples, empty."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence

from school.exchange import school_rows as rows
from school.exchange.school_files import LAYOUTS
from school.exchange.values import neutral
from school.exchange.workbook import OURS, TABLE_NAMES

Cells = Mapping[str, str]

#: What to write into a column: shown in the sheet of explanations.
EXPLAINED = {
    "Код": "Любой номер сотрудника; по нему его узнают в следующий раз. Можно не заводить.",
    "Личное дело": "Номер личного дела; по нему ученика узнают в следующий раз.",
    "Дата рождения": "15.09.2015",
    "Должности": "учитель, администратор, заместитель директора, директор; через запятую",
    "Логин": "Пусто — программа составит из фамилии.",
    "Класс": "5А",
    "Классный руководитель": "Фамилия Имя Отчество или код сотрудника.",
    "Учитель": "Фамилия Имя Отчество, Фамилия И. О. или код сотрудника.",
    "Вид": "Группа: класс, часть, поток, индивидуальный. Период: четверть, триместр, полугодие, "
    "год. Каникулы: каникулы, карантин, выходной.",
    "Состав": "Для части класса и потока: ученики через точку с запятой. Для класса пусто.",
    "Отметки": "пятибалльная, зачёт, без отметок",
    "День": "понедельник, пн или 1",
    "Урок": "Номер урока; нулевой бывает.",
    "Неделя": "Пусто — каждая; чётная или нечётная — по номеру недели в календаре.",
    "С": "С какого дня; пусто — весь год.",
    "По": "По какой день; пусто — до конца года.",
    "Звонки": "Название расписания звонков: смена, сокращённый день. Пусто — первое.",
    "Зачислен с": "Первый день в классе. При переводе — первый день в новом классе.",
    "Выбыл": "Последний день; пусто, пока учится.",
    "Представитель 1: кем приходится": "мать, отец, опекун, попечитель, другое",
    "Представитель 1: основание": "Документ; у матери и отца можно не заполнять.",
    "Представитель 1: код": "Один код у братьев и сестёр — один и тот же родитель.",
    "Представитель 1: телефон": "По нему различают однофамильцев; в дневнике не хранится.",
    "Вес": "1, 2 или 2,5",
    "Важная": "да или нет",
    "Часов в неделю": "2 или 0,5",
}
EXAMPLES: dict[str, list[dict[str, str]]] = {
    rows.BELLS: [
        {"Урок": "1", "Начало": "08:30", "Конец": "09:10", "Звонки": "Основное"},
        {"Урок": "2", "Начало": "09:20", "Конец": "10:00", "Звонки": "Основное"},
    ],
    rows.PERIODS: [
        {"Вид": "четверть", "Название": "1-я четверть", "С класса": "1", "По класс": "9",
         "Начало": "01.09.2026", "Конец": "25.10.2026"},
    ],
    rows.HOLIDAYS: [
        {"Название": "Осенние каникулы", "Вид": "каникулы", "Начало": "26.10.2026",
         "Конец": "01.11.2026", "Классы": "1-11"},
    ],
    rows.STAFF: [
        {"Код": "У-001", "Фамилия": "Соловьёва", "Имя": "Анна", "Отчество": "Юрьевна",
         "Должности": "учитель", "Логин": "", "Дата рождения": "12.03.1980"},
    ],
    rows.CLASSES: [{"Класс": "5А", "Классный руководитель": "Соловьёва Анна Юрьевна"}],
    rows.PUPILS: [
        {"Личное дело": "П-0001", "Фамилия": "Королёв", "Имя": "Артём", "Отчество": "Петрович",
         "Дата рождения": "03.02.2015", "Класс": "5А", "Зачислен с": "01.09.2026",
         "Представитель 1: фамилия": "Королёва", "Представитель 1: имя": "Мария",
         "Представитель 1: отчество": "Викторовна", "Представитель 1: кем приходится": "мать"},
    ],
    rows.GROUPS: [
        {"Название": "", "Предмет": "Математика", "Вид": "класс", "Класс": "5А",
         "Учитель": "Соловьёва А. Ю.", "Отметки": "пятибалльная", "Состав": ""},
        {"Название": "5А 1-я подгруппа", "Предмет": "Английский язык", "Вид": "часть",
         "Класс": "5А", "Учитель": "Соловьёва А. Ю.", "Отметки": "пятибалльная",
         "Состав": "Королёв Артём"},
    ],
    rows.TIMETABLE: [
        {"День": "понедельник", "Урок": "1", "Предмет": "Математика", "Группа": "5А",
         "Учитель": "", "Кабинет": "12", "Неделя": "", "С": "", "По": "", "Звонки": ""},
    ],
    rows.PLANS: [
        {"Предмет": "Математика", "Группа": "5А", "Номер": "1", "Тема": "Натуральные числа",
         "Материал": "§ 1", "Домашнее задание": "№ 5, 6"},
    ],
    rows.SUBJECTS: [{"Предмет": "Математика"}],
    rows.WORK_KINDS: [
        {"Вид работы": "Контрольная работа", "Вес": "3", "Важная": "да", "Отметка каждому": "да"}
    ],
    rows.CURRICULUM: [
        {"Класс": "5А", "Предмет": "Математика", "Часов в неделю": "5", "Часов в год": "170"}
    ],
}  # fmt: skip


def headings(file: str) -> tuple[str, ...]:
    """The columns of a table in the order of our files."""
    layout = LAYOUTS[file]
    return (*layout.needed, *layout.optional)


def write_csv(file: str, table: Sequence[Cells], columns: Sequence[str] = ()) -> str:
    """A table as CSV with «;»."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    names = columns or headings(file)
    writer.writerow(names)
    writer.writerows([neutral(cells.get(name, "")) for name in names] for cells in table)
    return stream.getvalue()


def write_csv_archive(tables: Mapping[str, Sequence[Cells]]) -> bytes:
    """All tables as CSV files (UTF-8 with BOM, as spreadsheets like it) in one archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, table in tables.items():
            archive.writestr(
                zipfile.ZipInfo(file, (2026, 1, 1, 0, 0, 0)),
                "\ufeff" + write_csv(file, table),
            )
    return stream.getvalue()


def write_workbook(
    tables: Mapping[str, Sequence[Cells]], *, school: str = "", blank: bool = False
) -> bytes:
    """All tables as an XLSX workbook, a sheet each, with a sheet of explanations that says
    whose file it is."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#e8eef5"})
    # All cells are text: a spreadsheet shall not round phones nor turn «1-5» into a day.
    text = book.add_format({"num_format": "@"})
    _explain(book, bold, school, blank=blank)
    for file, table in tables.items():
        sheet = book.add_worksheet(TABLE_NAMES[file].partition(" (")[0].capitalize()[:31])
        names = headings(file)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(names) - 1, 18, text)
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, bold)
        for line, cells in enumerate(table, start=1):
            for column, name in enumerate(names):
                value = cells.get(name, "")
                if value:
                    sheet.write_string(line, column, neutral(value), text)
    book.close()
    return stream.getvalue()


def _explain(book: object, bold: object, school: str, *, blank: bool) -> None:
    sheet = book.add_worksheet(OURS)  # type: ignore[attr-defined]
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    lines = [("Школа", school)] if school else []
    lines += [
        ("Как заполнять", "Строка — одна запись. Столбцы можно переставлять и удалять ненужные; "
         "чего в файле нет, то не меняется. Расписание берётся целиком."),
        ("Листы", "Ненужные листы удалите. Скрытые листы не загружаются."),
    ]  # fmt: skip
    if blank:
        lines.append(("Примеры", "Строки с примерами замените своими."))
    lines += list(EXPLAINED.items())
    for line, (what, how) in enumerate(lines):
        sheet.write_string(line, 0, what, bold)
        sheet.write_string(line, 1, how)


def blank_tables() -> dict[str, list[dict[str, str]]]:
    """What the blank files hold: an example or two in each table."""
    return {file: EXAMPLES[file] for file in LAYOUTS if file in EXAMPLES}
