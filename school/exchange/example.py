"""A made-up school of any size as the CSV files of the import: for tests and for trying out."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import count
from pathlib import Path

from school.exchange import school_rows as rows
from school.exchange.school_files import LAYOUTS

LESSONS_A_DAY = 6
#: Six classes share seven teachers, each of a subject, and an eighth who takes the second half
#: of a class in English: turning by one each lesson, nobody is needed twice at once.
CLASSES_IN_BLOCK = 6
SUBJECTS = (
    "Русский язык", "Математика", "Литературное чтение", "Окружающий мир", "Технология",
    "Физическая культура", "Английский язык",
)  # fmt: skip
TEACHERS_IN_BLOCK = len(SUBJECTS) + 1
HALVES = "1-я подгруппа", "2-я подгруппа"

SURNAMES = (
    "Королёв", "Иванов", "Петров-Сосновский", "Щеглов", "Зуев", "Фёдоров", "Мамин", "Югов",
    "Чернышёв", "Гаврилов", "Лебедев", "Ершов", "Тарасов", "Быков", "Хохлов", "Ясенев", "Панов",
)  # fmt: skip
BOYS = "Артём", "Пётр", "Илья", "Максим", "Семён", "Юрий", "Захар"
GIRLS = "Алёна", "Софья", "Анна-Мария", "Ева", "Дарья", "Юлия", "Зоя"
FATHERS = "Петрович", "Семёнович", "Ильич", "Олегович", ""

BELLS = (
    ("08:30", "09:10"), ("09:20", "10:00"), ("10:20", "11:00"),
    ("11:20", "12:00"), ("12:10", "12:50"), ("13:00", "13:40"),
)  # fmt: skip


def write_example_school(
    folder: Path,
    *,
    classes: int = 30,
    pupils: int = 750,
    first_year: int = 2026,
    short_name: str = "school-5",
) -> None:
    """Write the nine files of a school: `classes` (up to 44), `pupils` spread evenly over them,
    eight teachers for each six classes (40 for 30) and three of the management. Same
    arguments, same files."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{grade}{letter}" for grade in range(1, 12) for letter in "АБВГ"][:classes]
    blocks = [names[n : n + CLASSES_IN_BLOCK] for n in range(0, classes, CLASSES_IN_BLOCK)]
    codes: dict[str, list[str]] = {name: [] for name in names}
    for number in range(pupils):
        codes[names[number % classes]].append(f"П-{number + 1:04}")

    def write(file: str, lines: Iterable[Sequence[object]]) -> None:
        layout = LAYOUTS[file]
        headings = layout.needed + (layout.optional if file == rows.PUPILS else ())
        with open(folder / file, "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=";")
            writer.writerow(headings)
            writer.writerows(lines)

    year_from, year_until = date(first_year, 9, 1), date(first_year + 1, 5, 31)
    write(
        rows.SCHOOL,
        [(short_name, "Школа № 5", "МБОУ «Средняя школа № 5»", "Asia/Yekaterinburg",
          "school-2", 5, year_from, year_until)],
    )  # fmt: skip
    write(rows.BELLS, [(n, *bell) for n, bell in enumerate(BELLS, start=1)])
    quarters = ((9, 1, 10, 25), (11, 2, 12, 30), (1, 11, 3, 21), (3, 29, 5, 31))
    write(
        rows.PERIODS,
        [
            ("четверть", f"{n}-я четверть", 1, 11, *_span(first_year, quarter))
            for n, quarter in enumerate(quarters, start=1)
        ],
    )
    breaks = (("Осенние", (10, 26, 11, 1)), ("Зимние", (12, 31, 1, 10)),
              ("Весенние", (3, 22, 3, 28)))  # fmt: skip
    write(
        rows.HOLIDAYS,
        [(f"{name} каникулы", "каникулы", *_span(first_year, span), "") for name, span in breaks],
    )
    write(rows.STAFF, _staff(len(blocks)))
    write(
        rows.CLASSES,
        [
            (name, _teacher(block, place))
            for block, members in enumerate(blocks)
            for place, name in enumerate(members)
        ],
    )
    write(rows.PUPILS, _pupils(codes, year_from))
    write(rows.GROUPS, _groups(blocks, codes))
    write(rows.TIMETABLE, _timetable(blocks))


def _span(first_year: int, span: tuple[int, int, int, int]) -> tuple[date, date]:
    """Two days of a school year by month and day."""
    month, day, last_month, last_day = span
    return (
        date(first_year + (month < 9), month, day),
        date(first_year + (last_month < 9), last_month, last_day),
    )


def _teacher(block: int, place: int) -> str:
    return f"У-{block * TEACHERS_IN_BLOCK + place + 1:03}"


def _names(number: int, *, is_girl: bool) -> tuple[str, str, str]:
    surname = SURNAMES[number % len(SURNAMES)]
    given_name = (GIRLS if is_girl else BOYS)[number % len(BOYS)]
    father = FATHERS[number % len(FATHERS)]
    if not is_girl:
        return surname, given_name, father
    surname = "-".join(
        f"{part.removesuffix('ий')}ая" if part.endswith("ий") else f"{part}а"
        for part in surname.split("-")
    )
    if father:
        father = "Ильинична" if father == "Ильич" else f"{father.removesuffix('ич')}на"
    return surname, given_name, father


def _staff(blocks: int) -> list[tuple[str, ...]]:
    duties = ["учитель"] * (blocks * TEACHERS_IN_BLOCK)
    duties += ["директор", "заместитель директора; учитель", "администратор"]
    return [
        (f"У-{n:03}", *_names(n, is_girl=n % 4 != 0), duty, "")
        for n, duty in enumerate(duties, start=1)
    ]


def _pupils(codes: dict[str, list[str]], year_from: date) -> list[tuple[object, ...]]:
    lines = []
    numbers = count()
    for name, pupils in codes.items():
        grade = int(name[:-1])
        for code in pupils:
            number = next(numbers)
            is_girl = number % 2 == 0
            # Every tenth pupil and the next are brother and sister.
            family = number - (number % 10 == 1)
            surname, given_name, father = _names(number, is_girl=is_girl)
            mother = (*_names(family, is_girl=True)[:2], "Викторовна", "мать", "")
            second: tuple[str, ...] = ("",) * 5
            if number % 3:
                second = (*_names(family, is_girl=False)[:2], "", "отец", "")
            lines.append(
                (code, surname, given_name, father,
                 date(year_from.year - 6 - grade, 1 + number % 12, 1 + number % 28),
                 name, year_from, "", "", *mother, *second, f"М-{family}",
                 f"О-{family}" if second[0] else "")
            )  # fmt: skip
    return lines


def _groups(blocks: list[list[str]], codes: dict[str, list[str]]) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    for block, names in enumerate(blocks):
        for name in names:
            marks = "без отметок" if int(name[:-1]) == 1 else "пятибалльная"
            for place, subject in enumerate(SUBJECTS[:-1]):
                lines.append(("", subject, "класс", name, _teacher(block, place), marks, ""))
            middle = (len(codes[name]) + 1) // 2
            for half, title in enumerate(HALVES):
                members = codes[name][middle:] if half else codes[name][:middle]
                teacher = _teacher(block, len(SUBJECTS) - 1 + half)
                lines.append(
                    (f"{name} {title}", SUBJECTS[-1], "часть", name, teacher, marks,
                     " ".join(members))
                )  # fmt: skip
    return lines


def _timetable(blocks: list[list[str]]) -> list[tuple[object, ...]]:
    lines: list[tuple[object, ...]] = []
    weekdays = "понедельник", "вторник", "среда", "четверг", "пятница"
    for block, names in enumerate(blocks):
        for slot in range(LESSONS_A_DAY * len(weekdays)):
            day, number = weekdays[slot // LESSONS_A_DAY], slot % LESSONS_A_DAY + 1
            for place, name in enumerate(names):
                subject = (place + slot) % len(SUBJECTS)
                room = 100 * (block + 1) + subject
                if subject < len(SUBJECTS) - 1:
                    lines.append((day, number, SUBJECTS[subject], name, "", room, "", "", ""))
                    continue
                for half, title in enumerate(HALVES):
                    group = f"{name} {title}"
                    lines.append((day, number, SUBJECTS[-1], group, "", room + half, "", "", ""))
    return lines
