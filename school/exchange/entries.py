"""What people write into cells → what the strict reading takes: full names taken apart, teachers
by name, days as numbers, Latin letters among Russian ones, columns that are not there."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches

from school.exchange import school_rows as rows
from school.exchange.headings import FATHER, FULL_NAME, MOTHER, guardian_column
from school.exchange.problems import Problem
from school.exchange.school_files import LAYOUTS
from school.exchange.tables import Row
from school.exchange.values import fold, parse_class, parse_date, shown
from school.exchange.workbook import Found, Question, SheetLine

Cells = dict[str, str]

_DATES = {
    rows.SCHOOL: ("Учебный год с", "Учебный год по"),
    rows.PERIODS: ("Начало", "Конец"),
    rows.HOLIDAYS: ("Начало", "Конец"),
    rows.STAFF: ("Дата рождения",),
    rows.PUPILS: ("Дата рождения", "Зачислен с", "Выбыл"),
    rows.TIMETABLE: ("С", "По"),
}
#: As many representatives a pupil's row has room for.
SLOTS = (1, 2, 3, 4)
_NAMES = ("Фамилия", "Имя", "Отчество")
_NAME_COLUMNS = (
    *_NAMES,
    *(guardian_column(n, part.casefold()) for n in SLOTS for part in _NAMES),
)
_WORDS_IN_RUSSIAN = {
    rows.STAFF: _NAMES,
    rows.PUPILS: _NAME_COLUMNS,
    rows.GROUPS: ("Предмет", "Учитель"),
    rows.TIMETABLE: ("Предмет", "Учитель"),
    rows.CLASSES: ("Классный руководитель",),
    rows.PLANS: ("Предмет",),
    rows.SUBJECTS: ("Предмет",),
    rows.CURRICULUM: ("Предмет",),
}
_SERIAL = re.compile(r"[2-6]\d{4}")
_ROUNDED_PHONE = re.compile(r"\d[.,]?\d*[eе]\+?\d+", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"\s*[;,]\s*")
_LATIN, _CYRILLIC = re.compile(r"[A-Za-z]"), re.compile(r"[А-Яа-яЁё]")
_LOOK_ALIKE = str.maketrans("ABCEHKMOPTXYaceopxykm", "АВСЕНКМОРТХУасеорхукм")
#: How many places a remark names.
NAMED = 5
FIX, KEEP = "fix", "keep"
#: The earliest birthdays that are believed, in years before the day of the import.
OLDEST_PUPIL, YOUNGEST_PUPIL, OLDEST_STAFF, YOUNGEST_STAFF = 25, 4, 90, 15


@dataclass
class Base:
    """The school as it is: its rows as cells (`school/exchange/export.py`), for what an upload
    points to and for the columns that it does not have."""

    short_name: str
    name: str
    year_from: date
    today: date
    tables: Mapping[str, list[Cells]] = field(default_factory=dict)


#: Tables of which an upload may bring a few rows: the others are there for it to point to.
_KEPT = (rows.BELLS, rows.STAFF, rows.CLASSES, rows.PUPILS, rows.GROUPS)


def complete(found: Found, base: Base, answers: Mapping[str, str]) -> dict[str, list[Row]]:
    """All rows of the school's tables after the upload, ready for the strict reading; rows that
    were there and are not in the upload have line 0. Problems, remarks and questions go to
    `found`."""
    work = _Work(found, base, answers)
    return work.complete()


class _Work:
    def __init__(self, found: Found, base: Base, answers: Mapping[str, str]) -> None:
        self.found = found
        self.base = base
        self.answers = answers
        self.tables = {
            file: [(line, dict(cells)) for line, cells in lines]
            for file, lines in found.tables.items()
            if file in LAYOUTS
        }
        self.guessed_kin = 0
        #: Problems of rows that were there before: not this upload's.
        self.unheard: list[Problem] = []

    def refuse(self, file: str, line: int, column: str, message: str) -> None:
        self.found.problems.append(Problem(file, line, column, message))

    def complete(self) -> dict[str, list[Row]]:
        self._refuse_another_school()
        for file, lines in self.tables.items():
            for line, cells in lines:
                self._split_names(file, line, cells)
                self._spell(file, line, cells)
                self._read_days(file, line, cells)
        self._code_people(rows.STAFF, "Код", self._staff_code)
        self._code_people(rows.PUPILS, "Личное дело", self._pupil_code)
        self._fill_staff()
        self._fill_pupils()
        self._add_classes()
        self._fill_groups()
        self._point_to_teachers()
        days = self.found.counted_days
        if days:
            more = f"; и ещё {len(days) - NAMED}" if len(days) > NAMED else ""
            self.found.remarks.append(
                f"Дни записаны числами и прочитаны так: {'; '.join(days[:NAMED])}{more}. "
                "Проверьте несколько."
            )
        if self.guessed_kin:
            self.found.remarks.append(
                f"У {self.guessed_kin} представителей не сказано, кем они приходятся: мать или "
                "отец решено по отчеству. Если это опекун, впишите столбец «кем приходится»."
            )
        return {file: self._rows(file) for file in LAYOUTS}

    def _refuse_another_school(self) -> None:
        for line, cells in self.found.tables.get(rows.OF_SCHOOL, []):
            if fold(cells["Школа"]) != fold(self.base.short_name):
                self.refuse(
                    "", line, "Школа",
                    f"это файл другой школы ({cells['Школа']}), а вы загружаете в "
                    f"«{self.base.name}». Возьмите свой файл.",
                )  # fmt: skip
        for line, cells in self.tables.get(rows.SCHOOL, []):
            short = cells.get("Короткое имя", "")
            if fold(short) != fold(self.base.short_name):
                self.refuse(
                    rows.SCHOOL, line, "Короткое имя",
                    f"это файл другой школы ({short}), а вы загружаете в «{self.base.name}».",
                )  # fmt: skip

    # Cells

    def _split_names(self, file: str, line: SheetLine, cells: Cells) -> None:
        if file in (rows.STAFF, rows.PUPILS) and FULL_NAME in cells:
            self._split(file, line, cells, FULL_NAME, _NAMES)
        if file != rows.PUPILS:
            return
        for number in SLOTS:
            whole = guardian_column(number, FULL_NAME)
            parts = tuple(guardian_column(number, part.casefold()) for part in _NAMES)
            if whole in cells:
                self._split(file, line, cells, whole, parts)
        for word, kin in ((MOTHER, "мать"), (FATHER, "отец")):
            whole = f"{word}: ФИО"
            if whole not in cells:
                continue
            free = next((n for n in SLOTS if not _has_guardian(cells, n)), None)
            if free is None:
                self.refuse(file, line, word, "представителей больше четырёх: оставьте четырёх.")
                del cells[whole]
                continue
            parts = tuple(guardian_column(free, part.casefold()) for part in _NAMES)
            self._split(file, line, cells, whole, parts)
            cells[guardian_column(free, "кем приходится")] = kin
            if phone := cells.pop(f"{word}: телефон", ""):
                column = guardian_column(free, "телефон")
                cells[column] = phone
                line.titles[column] = line.title_of(f"{word}: телефон")
        for number in SLOTS:
            self._read_phone(line, cells, guardian_column(number, "телефон"))
            self._guess_kin(cells, number)

    def _split(
        self, file: str, line: SheetLine, cells: Cells, whole: str, parts: Iterable[str]
    ) -> None:
        words = cells.pop(whole).split(maxsplit=2)
        line.titles |= dict.fromkeys(parts, line.title_of(whole))
        if len(words) < 2:
            self.refuse(file, line, whole, f"«{' '.join(words)}»: нужны фамилия и имя целиком.")
            words.append("—" if not words else words[0])
        cells.update(zip(parts, (*words, "")[:3], strict=True))

    def _read_phone(self, line: SheetLine, cells: Cells, column: str) -> None:
        text = cells.get(column, "")
        if not text:
            return
        digits = re.sub(r"\D", "", text)
        if _ROUNDED_PHONE.fullmatch(text.replace(" ", "")):
            cells[column] = ""
            self.refuse(
                rows.PUPILS, line, column,
                f"«{text}»: таблица округлила телефон, его цифр больше нет. Задайте столбцу "
                "формат «Текстовый» и впишите номер заново.",
            )  # fmt: skip
        elif not 10 <= len(digits) <= 15:
            cells[column] = ""
            self.refuse(rows.PUPILS, line, column, f"«{text}» — не телефон: в нём 11 цифр.")
        else:
            cells[column] = digits[-10:]

    def _guess_kin(self, cells: Cells, number: int) -> None:
        column = guardian_column(number, "кем приходится")
        if not _has_guardian(cells, number) or cells.get(column):
            return
        patronymic = fold(cells.get(guardian_column(number, "отчество"), ""))
        if patronymic.endswith(("на", "кызы")):
            cells[column] = "мать"
        elif patronymic.endswith(("ич", "оглы")):
            cells[column] = "отец"
        else:
            return
        self.guessed_kin += 1

    def _spell(self, file: str, line: SheetLine, cells: Cells) -> None:
        """Ask about Latin letters inside Russian words: «Пeтров» is another name than «Петров»."""
        for column in _WORDS_IN_RUSSIAN.get(file, ()):
            text = cells.get(column, "")
            if not (_LATIN.search(text) and _CYRILLIC.search(text)):
                continue
            fixed = text.translate(_LOOK_ALIKE)
            if _LATIN.search(fixed):
                self.refuse(
                    file, line, column,
                    f"«{text}»: латинские буквы среди русских. Наберите слово заново.",
                )  # fmt: skip
                continue
            key = f"latin:{fold(text)}"
            answer = self.answers.get(key)
            if answer == FIX:
                cells[column] = fixed
            elif answer is None and all(q.key != key for q in self.found.questions):
                letters = ", ".join(dict.fromkeys(_LATIN.findall(text)))
                self.found.questions.append(
                    Question(
                        "latin", key, f"{line.place}, строка {line}, «{line.title_of(column)}»",
                        f"В «{text}» среди русских букв латинские: {letters}. "
                        f"Исправить на «{fixed}»?",
                        ((FIX, f"исправить: {fixed}"), (KEEP, "оставить как есть")), FIX,
                    )
                )  # fmt: skip

    def _read_days(self, file: str, line: SheetLine, cells: Cells) -> None:
        for column in _DATES.get(file, ()):
            text = cells.get(column, "")
            if _SERIAL.fullmatch(text):
                day = date(1899, 12, 30) + timedelta(days=int(text))
                cells[column] = day.isoformat()
                self.found.counted_days.append(
                    f"{line.place}, строка {line}, «{line.title_of(column)}»: {text} — {shown(day)}"
                )
        if file in (rows.PUPILS, rows.STAFF) and cells.get("Дата рождения"):
            self._believe_birthday(file, line, cells)

    def _believe_birthday(self, file: str, line: SheetLine, cells: Cells) -> None:
        try:
            day = parse_date(cells["Дата рождения"])
        except ValueError:
            return  # the strict reading says it
        age = self.base.today.year - day.year
        oldest, youngest = (
            (OLDEST_PUPIL, YOUNGEST_PUPIL) if file == rows.PUPILS
            else (OLDEST_STAFF, YOUNGEST_STAFF)
        )  # fmt: skip
        if youngest <= age <= oldest:
            return
        century = day.year + 100
        hint = f" Может быть, {century}?" if age > oldest and century < self.base.today.year else ""
        self.refuse(
            file, line, "Дата рождения",
            f"{shown(day)} — выходит {age} лет. Исправьте год.{hint}",
        )  # fmt: skip

    # People

    def _known_people(self, file: str, code: str) -> dict[str, list[Cells]]:
        known: dict[str, list[Cells]] = defaultdict(list)
        for cells in self.base.tables.get(file, []):
            known[_full(cells)].append(cells)
        return known

    def _code_people(self, file: str, column: str, make: Callable[[Cells], str]) -> None:
        """A code for each row without one: that of the same person in the school, by name and
        birthday, else one made of these."""
        known = self._known_people(file, column)
        seen: dict[str, SheetLine] = {}
        for line, cells in self.tables.get(file, []):
            if cells.get(column):
                continue
            same = [c for c in known.get(_full(cells), []) if _same_birthday(c, cells)]
            if len(same) > 1:
                self.refuse(
                    file, line, "",
                    f"{_shown(cells)}: в школе таких несколько. Впишите столбец «{column}».",
                )  # fmt: skip
            code = same[0][column] if same else make(cells)
            if code in seen:
                self.refuse(
                    file, line, "",
                    f"{_shown(cells)} уже есть в строке {seen[code]}. Если это разные люди, "
                    f"заполните у обоих столбец «{column}»; если один — уберите строку.",
                )  # fmt: skip
                code = f"{code}/{line}"
            seen[code] = line
            cells[column] = code

    @staticmethod
    def _staff_code(cells: Cells) -> str:
        return "_".join(filter(None, (cells.get(part, "") for part in _NAMES))).replace(" ", "_")

    @staticmethod
    def _pupil_code(cells: Cells) -> str:
        try:
            born = parse_date(cells.get("Дата рождения", "")).isoformat()
        except ValueError:
            born = ""
        parts = (*(cells.get(part, "") for part in _NAMES), born)
        return "_".join(filter(None, parts)).replace(" ", "_")

    def _fill_staff(self) -> None:
        for _, cells in self._merged(rows.STAFF, "Код"):
            if not cells.get("Должности"):
                cells["Должности"] = "учитель"

    def _fill_pupils(self) -> None:
        for _, cells in self._merged(rows.PUPILS, "Личное дело"):
            if not cells.get("Зачислен с"):
                cells["Зачислен с"] = self.base.year_from.isoformat()

    def _merged(self, file: str, key: str) -> list[tuple[SheetLine, Cells]]:
        """The rows of an upload; a column that its sheet does not have is as it was."""
        has = self.found.columns.get(file, set())
        if FULL_NAME in has:
            has = has | set(_NAMES)
        guardians = any(column.startswith(("Представитель", MOTHER, FATHER)) for column in has)
        known = {cells[key]: cells for cells in self.base.tables.get(file, [])}
        lines = self.tables.get(file, [])
        for _, cells in lines:
            for column, value in known.get(cells.get(key, ""), {}).items():
                is_guardian = column.startswith("Представитель")
                if column not in cells and (not guardians if is_guardian else column not in has):
                    cells[column] = value
        return lines

    # What points to others

    def _add_classes(self) -> None:
        """Classes that the pupils name and no list of classes has."""
        named = {
            _class_name(cells.get("Класс", "")): (line, cells)
            for line, cells in reversed(self.tables.get(rows.PUPILS, []))
        }
        named.pop("", None)
        there = {
            _class_name(cells.get("Класс", ""))
            for cells in (
                *(cells for _, cells in self.tables.get(rows.CLASSES, [])),
                *self.base.tables.get(rows.CLASSES, []),
            )
        }
        new = sorted(named.keys() - there, key=lambda name: (len(name), name))
        if new and (there or len(new) > 60):
            shown_new = ", ".join(new[:10])
            self.found.remarks.append(
                f"Новые классы, их нет в списке классов: {shown_new}. Проверьте, нет ли опечатки."
            )
        for name in new:
            self.tables.setdefault(rows.CLASSES, []).append((named[name][0], {"Класс": name}))

    def _fill_groups(self) -> None:
        pupils = self._pupils_by_name()
        for line, cells in self.tables.get(rows.GROUPS, []):
            class_name = _class_name(cells.get("Класс", ""))
            if cells.get("Состав"):
                cells["Состав"] = self._members(line, cells["Состав"], class_name, pupils)
            if not cells.get("Вид"):
                cells["Вид"] = (
                    "класс" if not cells.get("Состав") else "часть" if class_name else "поток"
                )
            if not cells.get("Отметки"):
                cells["Отметки"] = "без отметок" if class_name[:-1] == "1" else "пятибалльная"

    def _pupils_by_name(self) -> dict[str, list[tuple[str, str]]]:
        """Full name, and surname with given name → (code, class)."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        uploaded = [cells for _, cells in self.tables.get(rows.PUPILS, [])]
        codes = {cells["Личное дело"] for cells in uploaded if cells.get("Личное дело")}
        for cells in (
            *uploaded,
            *(c for c in self.base.tables.get(rows.PUPILS, []) if c["Личное дело"] not in codes),
        ):
            entry = (cells.get("Личное дело", ""), _class_name(cells.get("Класс", "")))
            short = fold(f"{cells.get('Фамилия', '')} {cells.get('Имя', '')}")
            for name in {_full(cells), short, fold(entry[0])}:
                found[name].append(entry)
        return found

    def _members(
        self, line: SheetLine, text: str, class_name: str, pupils: dict[str, list[tuple[str, str]]]
    ) -> str:
        codes = []
        items = [item for item in _BETWEEN_NAMES.split(text) if item]
        if len(items) == 1 and fold(items[0]) not in pupils:
            items = text.split()
        for item in items:
            same = pupils.get(fold(item), [])
            here = [entry for entry in same if entry[1] == class_name] or same
            if len(here) == 1:
                codes.append(here[0][0])
            elif here:
                self.refuse(
                    rows.GROUPS, line, "Состав",
                    f"«{item}» — таких учеников несколько, впишите номер личного дела.",
                )  # fmt: skip
            elif " " in item or not any(letter.isdigit() for letter in item):
                near = get_close_matches(fold(item), pupils, 1)
                hint = f" Похожий: {near[0].title()}." if near else ""
                self.refuse(
                    rows.GROUPS, line, "Состав", f"ученика «{item}» нет в школе.{hint}"
                )  # fmt: skip
            else:
                codes.append(item)
        return " ".join(codes)

    def _point_to_teachers(self) -> None:
        staff: dict[str, set[str]] = defaultdict(set)
        names: dict[str, str] = {}
        uploaded = [cells for _, cells in self.tables.get(rows.STAFF, [])]
        for cells in (*uploaded, *self.base.tables.get(rows.STAFF, [])):
            code = cells.get("Код", "")
            surname, given, patronymic = (cells.get(part, "") for part in _NAMES)
            initials = f"{given[:1]}{patronymic[:1]}"
            names[fold(_shown(cells))] = _shown(cells)
            for name in (
                code, _shown(cells), f"{surname} {given}", f"{surname} {initials}",
                f"{surname} {given[:1]}", surname,
            ):  # fmt: skip
                staff[_teacher_key(name)].add(code)
        for file, column in (
            (rows.CLASSES, "Классный руководитель"),
            (rows.GROUPS, "Учитель"),
            (rows.TIMETABLE, "Учитель"),
        ):
            for line, cells in self.tables.get(file, []):
                text = cells.get(column, "")
                found = staff.get(_teacher_key(text), set())
                if not text:
                    continue
                if len(found) == 1:
                    cells[column] = next(iter(found))
                elif found:
                    self.refuse(
                        file, line, column,
                        f"«{text}»: таких сотрудников несколько, напишите имя и отчество целиком "
                        "или код.",
                    )  # fmt: skip
                    # Said once: as a code the name would be refused a second time.
                    cells[column] = min(found)
                else:
                    near = get_close_matches(fold(text), names, 1)
                    hint = f" Похоже на: {names[near[0]]}." if near else ""
                    self.refuse(
                        file, line, column,
                        f"учителя «{text}» нет среди сотрудников — добавьте его в их список или "
                        f"исправьте.{hint}",
                    )  # fmt: skip
                    cells[column] = next(iter(sorted(next(iter(staff.values()), {""}))))

    # Rows

    def _rows(self, file: str) -> list[Row]:
        layout = LAYOUTS[file]
        lines = self.tables.get(file, [])
        made = [Row(layout, line, cells, self.found.problems) for line, cells in lines]
        if (file == rows.SCHOOL and not lines) or file in _KEPT:
            keys = {_key(file, cells) for _, cells in lines}
            made += [
                Row(layout, 0, cells, self.unheard)
                for cells in self.base.tables.get(file, [])
                if _key(file, cells) not in keys
            ]
        return made


def _has_guardian(cells: Cells, number: int) -> bool:
    return any(cells.get(guardian_column(number, part.casefold())) for part in _NAMES)


def _shown(cells: Cells) -> str:
    return " ".join(filter(None, (cells.get(part, "") for part in _NAMES)))


def _full(cells: Cells) -> str:
    return fold(_shown(cells))


def _same_birthday(one: Cells, two: Cells) -> bool:
    """Whether two rows do not contradict each other in the birthday."""
    try:
        days = {
            parse_date(cells["Дата рождения"]) for cells in (one, two) if cells.get("Дата рождения")
        }
    except ValueError:
        return False
    return len(days) < 2


def _class_name(text: str) -> str:
    try:
        grade, letter = parse_class(text)
    except ValueError:
        return ""
    return f"{grade}{letter}"


def _teacher_key(name: str) -> str:
    """«Щеглова А. Ю.» and «Щеглова А.Ю.» are one."""
    words = name.replace(".", ". ").split()
    initials = "".join(word.rstrip(".") for word in words[1:] if word.endswith("."))
    whole = [word for word in words if not word.endswith(".")]
    return fold(" ".join(filter(None, (*whole, initials))))


def _key(file: str, cells: Cells) -> object:
    if file == rows.STAFF:
        return cells.get("Код")
    if file == rows.PUPILS:
        return cells.get("Личное дело")
    if file == rows.CLASSES:
        return _class_name(cells.get("Класс", ""))
    if file == rows.GROUPS:
        name = cells.get("Название") or cells.get("Класс", "")
        return rows.group_key(cells.get("Предмет", ""), name)
    if file == rows.BELLS:
        return fold(cells.get("Звонки", "") or "Основное"), cells.get("Урок")
    return None
