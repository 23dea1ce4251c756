"""A school from a folder of CSV files, first form: from cells to plain values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from school.exchange import school_rows as rows
from school.exchange.problems import ImportRefused, Problem
from school.exchange.school_checks import check_school
from school.exchange.school_rows import SchoolFiles
from school.exchange.tables import NO_DAY, Layout, Row, read_table
from school.exchange.values import (
    HIGHEST_GRADE,
    LOWEST_GRADE,
    one_of,
    parse_amount,
    parse_class,
    parse_codes,
    parse_date,
    parse_grade,
    parse_grades,
    parse_lesson_number,
    parse_login,
    parse_name,
    parse_ordinal,
    parse_short_name,
    parse_time,
    parse_time_zone,
    several_of,
)
from school.regulations import NAMES

PERIOD_KINDS = {
    "четверть": "quarter",
    "триместр": "trimester",
    "полугодие": "half_year",
    "год": "year",
}
BREAK_KINDS = {
    "каникулы": "holidays",
    "карантин": "quarantine",
    "выходной": "day_off",
    "праздник": "day_off",
}
DUTIES = {
    "учитель": "teacher",
    "администратор": "administrator",
    "администратор системы": "administrator",
    "заместитель директора": "deputy_head",
    "заместитель директора по увр": "deputy_head",
    "завуч": "deputy_head",
    "директор": "head",
}
GUARDIAN_KINDS = {
    "мать": "mother",
    "отец": "father",
    "опекун": "guardian",
    "попечитель": "trustee",
    "другое": "other",
}
#: Parents' authority follows from the birth; that of all others from a paper that is named.
BASIS_OF_PARENTS = "свидетельство о рождении"
GROUP_KINDS = {
    "класс": "class",
    "часть": "part",
    "часть класса": "part",
    "поток": "stream",
    "индивидуальный": "individual",
    "индивидуальный план": "individual",
    "обучение на дому": "individual",
    "надомное обучение": "individual",
}
MARKINGS = {
    "пятибалльная": "five",
    "зачёт": "pass",
    "без отметок": "none",
    "внеурочная деятельность": "extracurricular",
    "внеурочная": "extracurricular",
    "кружок": "extracurricular",
}
WEEKDAYS = {
    spelling: number
    for number, spellings in enumerate(
        (
            ("понедельник", "пн", "1"),
            ("вторник", "вт", "2"),
            ("среда", "ср", "3"),
            ("четверг", "чт", "4"),
            ("пятница", "пт", "5"),
            ("суббота", "сб", "6"),
            ("воскресенье", "вс", "7"),
        ),
        start=1,
    )
    for spelling in spellings
}
PARITIES = {"чётная": "even", "нечётная": "odd"}
DEFAULT_SCHEDULE = "Основное"


def _of_guardian(number: int) -> tuple[str, ...]:
    """Headings of the first or second representative in a pupil's row."""
    return tuple(
        f"Представитель {number}: {what}"
        for what in ("фамилия", "имя", "отчество", "кем приходится", "основание", "код")
    )


GUARDIANS = tuple(_of_guardian(number) for number in (1, 2, 3, 4))
#: Tells namesakes apart; a file's phone is not a contact that somebody agreed to.
PHONES = tuple(f"Представитель {number}: телефон" for number in (1, 2, 3, 4))

LAYOUTS = {
    layout.file: layout
    for layout in (
        Layout(
            rows.SCHOOL,
            ("Короткое имя", "Название", "Полное название", "Часовой пояс", "Регламент",
             "Дней в неделе", "Учебный год с", "Учебный год по"),
        ),
        Layout(rows.BELLS, ("Урок", "Начало", "Конец"), ("Звонки",)),
        Layout(
            rows.PERIODS,
            ("Вид", "Название", "С класса", "По класс", "Начало", "Конец"),
        ),
        Layout(rows.HOLIDAYS, ("Название", "Вид", "Начало", "Конец", "Классы")),
        Layout(
            rows.STAFF,
            ("Код", "Фамилия", "Имя", "Отчество", "Должности", "Логин"),
            ("Дата рождения",),
        ),
        Layout(rows.CLASSES, ("Класс", "Классный руководитель")),
        Layout(
            rows.PUPILS,
            ("Личное дело", "Фамилия", "Имя", "Отчество", "Дата рождения", "Класс",
             "Зачислен с", "Выбыл", "Причина", *GUARDIANS[0][:5], *GUARDIANS[1][:5]),
            (GUARDIANS[0][5], GUARDIANS[1][5], *GUARDIANS[2], *GUARDIANS[3], *PHONES),
        ),
        Layout(
            rows.GROUPS,
            ("Название", "Предмет", "Вид", "Класс", "Учитель", "Отметки", "Состав"),
            lists=("Состав",),
        ),
        Layout(
            rows.TIMETABLE,
            ("День", "Урок", "Предмет", "Группа", "Учитель", "Кабинет", "Неделя", "С", "По"),
            ("Звонки",),
        ),
        Layout(
            rows.PLANS, ("Предмет", "Группа", "Номер", "Тема"), ("Материал", "Домашнее задание")
        ),
        Layout(rows.SUBJECTS, ("Предмет",)),
        Layout(rows.WORK_KINDS, ("Вид работы", "Вес", "Важная", "Отметка каждому")),
        Layout(rows.CURRICULUM, ("Класс", "Предмет", "Часов в неделю"), ("Часов в год",)),
    )
}  # fmt: skip
#: A school may begin without these.
OPTIONAL = (rows.PLANS, rows.SUBJECTS, rows.WORK_KINDS, rows.CURRICULUM)
YES_NO = {"да": True, "нет": False, "+": True, "-": False}


def load_folder(path: Path) -> SchoolFiles:
    """Read and check the nine files of a school, and its lesson plans where it has them.

    Raises ImportRefused with every problem of every row, in the order of files and lines.
    """
    problems: list[Problem] = []
    tables = {
        file: read_table(path, layout, problems)
        for file, layout in LAYOUTS.items()
        if file not in OPTIONAL or (path / file).exists()
    }
    unreadable = bool(problems)
    if not tables[rows.SCHOOL] and not any(p.file == rows.SCHOOL for p in problems):
        problems.append(Problem(rows.SCHOOL, 0, "", "нет строки со школой."))
    for extra in tables[rows.SCHOOL][1:]:
        extra.refuse("", "в этом файле должна быть одна школа, одна строка.")
    files = read_rows(tables, given=frozenset(tables))
    # Where a whole file is missing, each row that points into it would be a problem too.
    if files is not None and not unreadable:
        check_school(files, problems)
        if not problems:
            return files
    raise ImportRefused(in_order(problems))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in the order of files and lines."""
    order = [*LAYOUTS, ""]
    return sorted(problems, key=lambda p: (order.index(p.file) if p.file in order else -1, p.line))


def read_rows(tables: Mapping[str, Sequence[Row]], *, given: frozenset[str]) -> SchoolFiles | None:
    """The rows of all tables as plain values; None where there is no school. What is wrong with
    a cell is noted by its row. `given` are the tables that the sender brought."""
    school = next(map(_school, tables[rows.SCHOOL]), None)
    made = {
        "bells": tuple(map(_bell, tables[rows.BELLS])),
        "periods": _periods(tables[rows.PERIODS]),
        "breaks": tuple(map(_break, tables[rows.HOLIDAYS])),
        "staff": tuple(map(_staff, tables[rows.STAFF])),
        "classes": tuple(map(_class, tables[rows.CLASSES])),
        "pupils": tuple(map(_pupil, tables[rows.PUPILS])),
        "groups": tuple(map(_group, tables[rows.GROUPS])),
        "timetable": tuple(map(_timetable, tables[rows.TIMETABLE])),
        "plans": tuple(map(_plan, tables.get(rows.PLANS, ()))),
        "subjects": tuple(map(_subject, tables.get(rows.SUBJECTS, ()))),
        "work_kinds": tuple(map(_work_kind, tables.get(rows.WORK_KINDS, ()))),
        "curriculum": tuple(map(_curriculum_line, tables.get(rows.CURRICULUM, ()))),
    }
    return None if school is None else SchoolFiles(school=school, given=given, **made)  # type: ignore[arg-type]


def _school(row: Row) -> rows.SchoolRow:
    year_from, year_until = row.day("Учебный год с"), row.day("Учебный год по")
    row.check_span("Учебный год по", year_from, year_until)
    if NO_DAY not in (year_from, year_until) and (year_until - year_from).days > 366:
        row.refuse("Учебный год по", "учебный год длиннее года — проверьте даты.")
    return rows.SchoolRow(
        line=row.line,
        short_name=row.value("Короткое имя", parse_short_name, ""),
        name=row.text("Название"),
        full_name=row.text("Полное название", needed=False) or row.text("Название"),
        time_zone=row.value("Часовой пояс", parse_time_zone, ""),
        regulation=row.value("Регламент", one_of({name: name for name in NAMES}), ""),
        days_in_week=row.value("Дней в неделе", one_of({"5": 5, "6": 6}), 6),
        year_from=year_from,
        year_until=year_until,
    )


def _bell(row: Row) -> rows.BellRow:
    starts_at = row.value("Начало", parse_time, "")
    ends_at = row.value("Конец", parse_time, "")
    if starts_at and ends_at and ends_at <= starts_at:
        row.refuse("Конец", f"урок кончается в {ends_at}, а начинается в {starts_at}.")
    return rows.BellRow(
        line=row.line,
        schedule=row.text("Звонки", needed=False) or DEFAULT_SCHEDULE,
        lesson_number=row.value("Урок", parse_lesson_number, -1),
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _periods(table: Sequence[Row]) -> tuple[rows.PeriodRow, ...]:
    periods = []
    ordinals: dict[tuple[str, int], int] = defaultdict(int)
    # Sorted by the day, or as they stand where it cannot be read.
    by_day: list[tuple[date, Row]] = [(row.day("Начало"), row) for row in table]
    for from_on, row in sorted(by_day, key=lambda pair: pair[0]):
        kind = row.value("Вид", one_of(PERIOD_KINDS), "")
        from_grade = row.value("С класса", parse_grade, LOWEST_GRADE)
        until_grade = row.value("По класс", parse_grade, HIGHEST_GRADE)
        if until_grade < from_grade:
            row.refuse("По класс", f"{until_grade} меньше, чем {from_grade}.")
        until_on = row.day("Конец")
        row.check_span("Конец", from_on, until_on)
        ordinals[kind, from_grade] += 1
        periods.append(
            rows.PeriodRow(
                line=row.line,
                kind=kind,
                ordinal=ordinals[kind, from_grade],
                name=row.text("Название"),
                from_grade=from_grade,
                until_grade=until_grade,
                from_on=from_on,
                until_on=until_on,
            )
        )
    return tuple(periods)


def _break(row: Row) -> rows.BreakRow:
    from_on, until_on = row.day("Начало"), row.day("Конец")
    row.check_span("Конец", from_on, until_on)
    first, last = row.value("Классы", parse_grades, (LOWEST_GRADE, HIGHEST_GRADE), needed=False)
    return rows.BreakRow(
        line=row.line,
        kind=row.value("Вид", one_of(BREAK_KINDS), ""),
        name=row.text("Название"),
        from_grade=first,
        until_grade=last,
        from_on=from_on,
        until_on=until_on,
    )


def _names(row: Row, surname: str, given_name: str, patronymic: str) -> rows.Names:
    return rows.Names(
        row.value(surname, parse_name, ""),
        row.value(given_name, parse_name, ""),
        row.value(patronymic, parse_name, "", needed=False),
    )


def _staff(row: Row) -> rows.StaffRow:
    return rows.StaffRow(
        line=row.line,
        code=row.text("Код"),
        names=_names(row, "Фамилия", "Имя", "Отчество"),
        birth_on=row.find_day("Дата рождения"),
        duties=row.value("Должности", several_of(DUTIES), ()),
        login=row.value("Логин", parse_login, "", needed=False),
    )


def _class_name(row: Row, *, needed: bool = True) -> str:
    grade, letter = row.value("Класс", parse_class, (0, ""), needed=needed)
    return f"{grade}{letter}" if grade else ""


def _class(row: Row) -> rows.ClassRow:
    grade, letter = row.value("Класс", parse_class, (0, ""))
    return rows.ClassRow(
        line=row.line,
        grade=grade,
        letter=letter,
        teacher=row.text("Классный руководитель", needed=False),
    )


def _pupil(row: Row) -> rows.PupilRow:
    birth_on = row.day("Дата рождения")
    from_on, until_on = row.day("Зачислен с"), row.find_day("Выбыл")
    row.check_span("Зачислен с", birth_on, from_on)
    row.check_span("Выбыл", from_on, until_on)
    reason = row.text("Причина", needed=False)
    if reason and not row.has("Выбыл"):
        row.refuse("Выбыл", "причина указана, а даты нет — заполните или уберите причину.")
    return rows.PupilRow(
        line=row.line,
        code=row.text("Личное дело"),
        names=_names(row, "Фамилия", "Имя", "Отчество"),
        birth_on=birth_on,
        class_name=_class_name(row),
        from_on=from_on,
        until_on=until_on,
        reason=reason,
        guardians=tuple(
            _guardian(row, headings, phone)
            for headings, phone in zip(GUARDIANS, PHONES, strict=True)
            if any(map(row.has, headings))
        ),
    )


def _guardian(row: Row, headings: tuple[str, ...], phone: str) -> rows.GuardianCells:
    surname, given_name, patronymic, who, basis, code = headings
    kind = row.value(who, one_of(GUARDIAN_KINDS), "")
    is_parent = kind in ("mother", "father", "")
    paper = row.text(basis, needed=not is_parent) or BASIS_OF_PARENTS
    return rows.GuardianCells(
        code=row.text(code, needed=False),
        names=_names(row, surname, given_name, patronymic),
        kind=kind,
        basis=paper,
        phone=row.text(phone, needed=False),
    )


def _group(row: Row) -> rows.GroupRow:
    kind = row.value("Вид", one_of(GROUP_KINDS), "")
    class_name = _class_name(row, needed=kind in ("class", "part"))
    name = row.text("Название", needed=kind != "class") or class_name
    nobody: tuple[str, ...] = ()
    pupils = row.value("Состав", parse_codes, nobody, needed=kind not in ("class", ""))
    if kind == "class" and pupils:
        row.refuse("Состав", "в классе учатся все: для списка поставьте вид «часть».")
    if kind == "stream" and class_name:
        row.refuse("Класс", "поток собран из нескольких классов: оставьте пустым.")
    if kind == "individual" and len(pupils) > 1:
        row.refuse("Состав", "на индивидуальном плане учится один ученик.")
    return rows.GroupRow(
        line=row.line,
        name=name,
        subject=row.text("Предмет"),
        kind=kind,
        class_name=class_name,
        teacher=row.text("Учитель"),
        marking=row.value("Отметки", one_of(MARKINGS), ""),
        pupils=pupils,
    )


def _timetable(row: Row) -> rows.TimetableRow:
    from_on = row.value("С", parse_date, None, needed=False)
    until_on = row.value("По", parse_date, None, needed=False)
    row.check_span("По", from_on, until_on)
    return rows.TimetableRow(
        line=row.line,
        weekday=row.value("День", one_of(WEEKDAYS), 0),
        lesson_number=row.value("Урок", parse_lesson_number, -1),
        schedule=row.text("Звонки", needed=False),
        group=rows.group_key(row.text("Предмет"), row.text("Группа")),
        teacher=row.text("Учитель", needed=False),
        room=row.text("Кабинет", needed=False),
        week_parity=row.value("Неделя", one_of(PARITIES), "", needed=False),
        from_on=from_on,
        until_on=until_on,
    )


def _plan(row: Row) -> rows.PlanRow:
    return rows.PlanRow(
        line=row.line,
        group=rows.group_key(row.text("Предмет"), row.text("Группа")),
        ordinal=row.value("Номер", parse_ordinal, 0),
        topic=row.text("Тема"),
        material=row.text("Материал", needed=False),
        homework=row.text("Домашнее задание", needed=False),
    )


def _subject(row: Row) -> rows.SubjectRow:
    return rows.SubjectRow(line=row.line, name=row.text("Предмет"))


def _work_kind(row: Row) -> rows.WorkKindRow:
    return rows.WorkKindRow(
        line=row.line,
        name=row.text("Вид работы"),
        weight=row.value("Вес", parse_amount, "1", needed=False),
        is_important=row.value("Важная", one_of(YES_NO), False, needed=False),
        marks_expected=row.value("Отметка каждому", one_of(YES_NO), False, needed=False),
    )


def _curriculum_line(row: Row) -> rows.CurriculumRow:
    return rows.CurriculumRow(
        line=row.line,
        class_name=_class_name(row),
        subject=row.text("Предмет"),
        hours_in_week=row.value("Часов в неделю", parse_amount, ""),
        hours_in_year=row.value("Часов в год", parse_amount, "", needed=False),
    )
