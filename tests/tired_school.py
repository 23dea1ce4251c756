"""A school's spreadsheets as a tired deputy head makes them in September: the same data as the
made-up school of the import, in five kinds of files, with and without the usual faults."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import odswriter
import xlsxwriter
import xlwt

from school.exchange.example import write_example_school

CLASSES, PUPILS = 30, 1000


@dataclass(frozen=True)
class Fault:
    """A mistake in the files, and words that the answer to it has to hold."""

    name: str
    place: str
    words: str


#: What is wrong in `write_tired_school(faults=True)`.
FAULTS = (
    Fault("born in 1926", "лист «2А», строка 6, «Дата рожд.»", "100 лет"),
    Fault("31 June in words", "лист «2А», строка 7, «Дата рожд.»", "такого дня нет"),
    Fault("a rounded phone", "лист «2Б», строка 5", "округлила телефон"),
    Fault("an unknown teacher", "нагрузка.ods", "нет среди сотрудников"),
    Fault("a class that is none", "руководители.csv", "не класс"),
)


def _read(folder: Path, name: str) -> list[dict[str, str]]:
    with open(folder / name, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


def _ru(day: str) -> str:
    return ".".join(reversed(day.split("-")))


def write_tired_school(
    folder: Path, *, faults: bool, classes: int = CLASSES, pupils: int = PUPILS
) -> list[Path]:
    """Write the files and return their paths."""
    source = folder / "source"
    write_example_school(source, classes=classes, pupils=pupils)
    folder.mkdir(exist_ok=True)
    staff = {row["Код"]: row for row in _read(source, "staff.csv")}
    # Namesakes on the staff have codes in their own lists too; here each is told by initials.
    seen: set[str] = set()
    for number, row in enumerate(staff.values()):
        name = f"{row['Фамилия']} {row['Имя'][:1]}{row['Отчество'][:1]}"
        if name in seen:
            row["Фамилия"] += "".join("абвгдежз"[int(n) % 8] for n in str(number))
        seen.add(f"{row['Фамилия']} {row['Имя'][:1]}{row['Отчество'][:1]}")
    return [
        _write_staff(folder / "Кадры сентябрь.xls", staff),
        _write_class_teachers(folder / "Классные руководители.csv", source, staff, faults=faults),
        _write_pupils(folder / "Контингент 2026.xlsx", source, faults=faults),
        _write_load(folder / "нагрузка.ods", source, staff, faults=faults),
        _write_bells(folder / "Звонки.csv"),
        _write_year(folder / "Четверти и каникулы.xlsx", source),
        _write_timetable(folder / "Расписание.csv", source, staff),
    ]


def _full(row: dict[str, str]) -> str:
    return " ".join(filter(None, (row["Фамилия"], row["Имя"], row["Отчество"])))


def _short(row: dict[str, str]) -> str:
    initials = "".join(f"{row[part][0]}." for part in ("Имя", "Отчество") if row[part])
    return f"{row['Фамилия']} {initials}"


def _write_staff(path: Path, staff: dict[str, dict[str, str]]) -> Path:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Лист1")
    sheet.write(0, 0, "Педагогические кадры МБОУ «Средняя школа № 5»")
    for n, title in enumerate(("№ п/п", "Ф.И.О.", "Должность")):
        sheet.write(2, n, title)
    for n, row in enumerate(staff.values()):
        sheet.write(3 + n, 0, n + 1)
        sheet.write(3 + n, 1, _full(row))
        sheet.write(3 + n, 2, row["Должности"].replace("; ", ", "))
    book.save(str(path))
    return path


def _write_class_teachers(
    path: Path, source: Path, staff: dict[str, dict[str, str]], *, faults: bool
) -> Path:
    lines = [("Класс", "Кл. руководитель")]
    for row in _read(source, "classes.csv"):
        # «5a» by Latin keyboard, «5 А», «5А»: one class.
        name = (
            row["Класс"].lower().replace("а", "a") if row["Класс"].startswith("5") else row["Класс"]
        )
        lines.append((name, _full(staff[row["Классный руководитель"]])))
    if faults:
        lines.append(("пятый", ""))
    path = path.with_name("руководители.csv")
    with open(path, "w", encoding="cp1251", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(lines)
    return path


def _write_pupils(path: Path, source: Path, *, faults: bool) -> Path:
    """A sheet for each class: a title, two rows of headings with merged cells, the list."""
    by_class = defaultdict(list)
    for row in _read(source, "pupils.csv"):
        by_class[row["Класс"]].append(row)
    book = xlsxwriter.Workbook(str(path))
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    for name, rows in by_class.items():
        sheet = book.add_worksheet(name)
        sheet.merge_range(0, 0, 0, 6, f"Список {name} класса на 1 сентября 2026 г.")
        for n, title in enumerate(("№", "Фамилия, имя, отчество", "Дата рожд.", "№ личного дела")):
            sheet.merge_range(1, n, 2, n, title)
        sheet.merge_range(1, 4, 1, 6, "Мать")
        for n, title in enumerate(("ФИО", "телефон"), start=4):
            sheet.write(2, n, title)
        sheet.write(2, 6, "примечание")
        for n, row in enumerate(rows):
            line = 3 + n
            sheet.write(line, 0, n + 1)
            full = _full(row)
            if n == 1 and name == "6А":
                full = full.replace("а", "a", 1)  # the Latin letter
            sheet.write(line, 1, full)
            year, month, date_day = map(int, row["Дата рождения"].split("-"))
            if n % 3 == 0:
                import datetime

                sheet.write_datetime(line, 2, datetime.datetime(year, month, date_day), day)
            elif n % 3 == 1:
                sheet.write(line, 2, _ru(row["Дата рождения"]))
            else:
                import datetime

                serial = (datetime.date(year, month, date_day) - datetime.date(1899, 12, 30)).days
                sheet.write(line, 2, serial)
            if faults and name == "2А" and n in (2, 3):
                sheet.write(line, 2, "15.03.1926" if n == 2 else "31 июня 2014")
            sheet.write(line, 3, row["Личное дело"])
            mother = {
                k: row[f"Представитель 1: {k.lower()}"] for k in ("Фамилия", "Имя", "Отчество")
            }
            sheet.write(line, 4, _full(mother))
            family = int(row["Представитель 1: код"].removeprefix("М-"))
            sheet.write_number(line, 5, 89_000_000_000 + family)
            if faults and name == "2Б" and n == 1:
                sheet.write(line, 5, "8.9E+10")
    hidden = book.add_worksheet("Черновик")
    hidden.write(0, 0, "не показывать")
    hidden.hide()
    book.close()
    return path


def _write_load(
    path: Path, source: Path, staff: dict[str, dict[str, str]], *, faults: bool
) -> Path:
    with odswriter.writer(open(path, "wb")) as book:
        sheet = book.new_sheet("Нагрузка")
        sheet.writerow(["Преподаватель", "Учебный предмет", "Класс", "Подгруппа", "Состав группы"])
        for row in _read(source, "groups.csv"):
            members = "; ".join(row["Состав"].split())
            sheet.writerow(
                [
                    _short(staff[row["Учитель"]]),
                    row["Предмет"],
                    row["Класс"],
                    row["Название"],
                    members,
                ]
            )
        if faults:
            sheet.writerow(["Несуществующая В.В.", "Музыка", "2А", "", ""])
    return path


def _write_bells(path: Path) -> Path:
    from school.exchange.example import BELLS

    lines = ["№ урока\tНачало урока\tОкончание урока"]
    lines += [f"{n}\t{one}\t{two}" for n, (one, two) in enumerate(BELLS, start=1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def _write_year(path: Path, source: Path) -> Path:
    book = xlsxwriter.Workbook(str(path))
    for name, file in (("Четверти", "periods.csv"), ("Каникулы", "holidays.csv")):
        sheet = book.add_worksheet(name)
        table = _read(source, file)
        for column, title in enumerate(table[0]):
            sheet.write(0, column, title)
            for line, row in enumerate(table, start=1):
                sheet.write(line, column, row[title])
    book.close()
    return path


def _write_timetable(path: Path, source: Path, staff: dict[str, dict[str, str]]) -> Path:
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=",")
        writer.writerow(("Кабинет", "Класс", "Предмет", "№ урока", "День недели"))
        for row in _read(source, "timetable.csv"):
            writer.writerow(
                (
                    row["Кабинет"],
                    row["Группа"],
                    row["Предмет"],
                    row["Урок"],
                    row["День"][:3].rstrip("."),
                )
                if False
                else (row["Кабинет"], row["Группа"], row["Предмет"], row["Урок"], row["День"])
            )
    return path
