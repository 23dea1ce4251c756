"""Whether the files of a school fit together: what points where, and who is in two places.

A value that could not be read is empty here and was noted before, so it is passed over.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date
from itertools import combinations
from typing import Protocol, TypeVar

from school.exchange import school_rows as rows
from school.exchange.problems import Problem
from school.exchange.school_rows import GroupRow, SchoolFiles, TimetableRow
from school.exchange.tables import NO_DAY
from school.exchange.values import fold, shown

Refuse = Callable[[int, str, str], None]
ON_WEEKDAYS = (
    "", "в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу",
    "в воскресенье",
)  # fmt: skip


class HasLine(Protocol):
    @property
    def line(self) -> int: ...


AnyRow = TypeVar("AnyRow", bound=HasLine)


def check_school(files: SchoolFiles, problems: list[Problem]) -> None:
    """Append what is wrong between rows and between files. A row that has a problem already is
    not looked at for being in two places."""
    wrong = {(problem.file, problem.line) for problem in problems}

    def refuse_in(file: str) -> Refuse:
        return lambda line, column, message: problems.append(Problem(file, line, column, message))

    _check_bells(files, refuse_in(rows.BELLS))
    _check_periods(files, refuse_in(rows.PERIODS))
    _check_breaks(files, refuse_in(rows.HOLIDAYS))
    _check_staff(files, refuse_in(rows.STAFF))
    _check_classes(files, refuse_in(rows.CLASSES))
    _check_pupils(files, refuse_in(rows.PUPILS))
    _check_guardians(files, refuse_in(rows.PUPILS))
    _check_groups(files, refuse_in(rows.GROUPS))
    _check_timetable(files, refuse_in(rows.TIMETABLE))
    _check_clashes(files, refuse_in(rows.TIMETABLE), wrong)
    _check_plans(files, refuse_in(rows.PLANS))
    _check_lists(files, refuse_in)


def _repeated(
    found: Iterable[AnyRow], key: Callable[[AnyRow], Hashable]
) -> Iterator[tuple[AnyRow, AnyRow]]:
    """Rows whose key was there before, each with the first row of that key."""
    first: dict[Hashable, AnyRow] = {}
    for row in found:
        value = key(row)
        if value and first.setdefault(value, row) is not row:
            yield row, first[value]


def _check_bells(files: SchoolFiles, refuse: Refuse) -> None:
    if not files.bells:
        refuse(0, "", "нет ни одного звонка.")
    for bell, first in _repeated(files.bells, lambda b: (fold(b.schedule), b.lesson_number)):
        refuse(bell.line, "Урок", f"этот урок уже есть в строке {first.line}.")


def _check_periods(files: SchoolFiles, refuse: Refuse) -> None:
    year = files.school
    for period in files.periods:
        if NO_DAY in (period.from_on, period.until_on, year.year_from, year.year_until):
            continue
        if period.from_on < year.year_from or period.until_on > year.year_until:
            refuse(
                period.line,
                "Начало",
                f"период выходит за учебный год ({shown(year.year_from)} — "
                f"{shown(year.year_until)}).",
            )
    for first, second in combinations(files.periods, 2):
        if (
            first.kind == second.kind != ""
            and first.from_grade <= second.until_grade
            and second.from_grade <= first.until_grade
            and _overlap(first.from_on, first.until_on, second.from_on, second.until_on)
        ):
            refuse(second.line, "Начало", f"пересекается с периодом в строке {first.line}.")
    covered = {
        grade
        for period in files.periods
        if period.kind != "year"
        for grade in range(period.from_grade, period.until_grade + 1)
    }
    for grade in sorted({row.grade for row in files.classes if row.grade} - covered):
        refuse(0, "", f"для {grade}-х классов нет четвертей, триместров или полугодий — добавьте.")


def _check_breaks(files: SchoolFiles, refuse: Refuse) -> None:
    for row, first in _repeated(
        files.breaks, lambda b: (b.from_on, b.from_grade, fold(b.name)) if b.name else None
    ):
        refuse(row.line, "Название", f"это уже есть в строке {first.line}.")


def _check_staff(files: SchoolFiles, refuse: Refuse) -> None:
    if not files.staff:
        refuse(0, "", "нет ни одного сотрудника.")
    for row, first in _repeated(files.staff, lambda s: s.code):
        refuse(row.line, "Код", f"код {row.code} уже есть в строке {first.line}.")
    for row, first in _repeated(files.staff, lambda s: s.login):
        refuse(row.line, "Логин", f"логин «{row.login}» уже есть в строке {first.line}.")


def _check_classes(files: SchoolFiles, refuse: Refuse) -> None:
    staff = {row.code for row in files.staff}
    for row, first in _repeated(files.classes, lambda c: c.name if c.grade else ""):
        refuse(row.line, "Класс", f"класс {row.name} уже есть в строке {first.line}.")
    for row in files.classes:
        if row.teacher and row.teacher not in staff:
            refuse(row.line, "Классный руководитель", _no_staff(row.teacher))


def _no_staff(code: str) -> str:
    return f"сотрудника с кодом {code} нет в staff.csv — добавьте его или исправьте код."


def _no_class(name: str) -> str:
    return f"класса {name} нет в classes.csv — добавьте его или исправьте."


def _check_pupils(files: SchoolFiles, refuse: Refuse) -> None:
    classes = {row.name for row in files.classes}
    year = files.school
    for row, first in _repeated(files.pupils, lambda p: p.code):
        refuse(row.line, "Личное дело", f"номер {row.code} уже есть в строке {first.line}.")
    for row in files.pupils:
        if row.class_name and row.class_name not in classes:
            refuse(row.line, "Класс", _no_class(row.class_name))
        if NO_DAY not in (row.from_on, year.year_until) and row.from_on > year.year_until:
            refuse(
                row.line,
                "Зачислен с",
                f"зачисление после конца учебного года ({shown(year.year_until)}).",
            )
        if row.until_on and row.until_on < year.year_from:
            refuse(
                row.line,
                "Выбыл",
                f"ученик выбыл до начала учебного года ({shown(year.year_from)}) — уберите строку.",
            )


def _check_guardians(files: SchoolFiles, refuse: Refuse) -> None:
    first_of_code: dict[str, tuple[int, rows.Names]] = {}
    for pupil in files.pupils:
        for (_, one), (number, two) in combinations(enumerate(pupil.guardians, start=1), 2):
            if (one.code and one.code == two.code) or one.names.fold() == two.names.fold() != "":
                refuse(
                    pupil.line,
                    f"Представитель {number}: фамилия",
                    "это тот же человек, что и первый представитель, — оставьте одного.",
                )
        for number, guardian in enumerate(pupil.guardians, start=1):
            if not guardian.code:
                continue
            if guardian.code == pupil.code and guardian.names.fold() == pupil.names.fold():
                refuse(
                    pupil.line,
                    f"Представитель {number}: код",
                    "ученик не может быть своим представителем — уберите его отсюда.",
                )
            line, names = first_of_code.setdefault(guardian.code, (pupil.line, guardian.names))
            if names.fold() != guardian.names.fold():
                refuse(
                    pupil.line,
                    f"Представитель {number}: код",
                    f"код {guardian.code} в строке {line} стоит у другого человека "
                    f"({names}) — у каждого свой код.",
                )


def _check_groups(files: SchoolFiles, refuse: Refuse) -> None:
    staff = {row.code: row for row in files.staff}
    classes = {row.name for row in files.classes}
    pupils = {row.code: row for row in files.pupils}
    for row, first in _repeated(files.groups, lambda g: g.key if all(g.key) else None):
        refuse(
            row.line,
            "Название",
            f"группа «{row.name}» по предмету «{row.subject}» уже есть в строке {first.line}.",
        )
    for row in files.groups:
        if row.class_name and row.class_name not in classes:
            refuse(row.line, "Класс", _no_class(row.class_name))
        _check_teacher(row.line, row.teacher, staff, refuse)
        for code in row.pupils:
            pupil = pupils.get(code)
            if pupil is None:
                refuse(
                    row.line,
                    "Состав",
                    f"ученика с личным делом {code} нет в pupils.csv — "
                    "добавьте его или исправьте номер.",
                )
            elif row.class_name and pupil.class_name and pupil.class_name != row.class_name:
                refuse(
                    row.line,
                    "Состав",
                    f"{pupil.names} ({code}) учится в {pupil.class_name}, "
                    f"а группа из {row.class_name}.",
                )


def _check_teacher(line: int, code: str, staff: dict[str, rows.StaffRow], refuse: Refuse) -> None:
    if code and code not in staff:
        refuse(line, "Учитель", _no_staff(code))
    elif code and staff[code].duties and "teacher" not in staff[code].duties:
        # Without the duty the register would not open for them.
        refuse(
            line,
            "Учитель",
            f"у сотрудника {code} ({staff[code].names}) в staff.csv нет должности «учитель» — "
            "добавьте её.",
        )


def _check_timetable(files: SchoolFiles, refuse: Refuse) -> None:
    staff = {row.code: row for row in files.staff}
    groups = {row.key for row in files.groups}
    schedules = {fold(bell.schedule) for bell in files.bells}
    bells = {(fold(bell.schedule), bell.lesson_number) for bell in files.bells}
    year = files.school
    for row in files.timetable:
        schedule = row.schedule or files.first_schedule
        if all(row.group) and row.group not in groups:
            refuse(
                row.line,
                "Группа",
                "такой группы по этому предмету нет в groups.csv — добавьте её или исправьте.",
            )
        _check_teacher(row.line, row.teacher, staff, refuse)
        if fold(schedule) not in schedules:
            refuse(row.line, "Звонки", f"расписания звонков «{schedule}» нет в bells.csv.")
        elif row.lesson_number >= 0 and (fold(schedule), row.lesson_number) not in bells:
            refuse(row.line, "Урок", f"для урока {row.lesson_number} нет звонка в bells.csv.")
        if row.weekday > year.days_in_week:
            refuse(
                row.line,
                "День",
                f"урок {ON_WEEKDAYS[row.weekday]}, а в неделе {year.days_in_week} учебных дней "
                "(school.csv).",
            )
        for column, day in (("С", row.from_on), ("По", row.until_on)):
            if (
                day
                and NO_DAY not in (year.year_from, year.year_until)
                and not year.year_from <= day <= year.year_until
            ):
                refuse(row.line, column, f"{shown(day)} не входит в учебный год.")


def _overlap(
    from_on: date | None, until_on: date | None, from_2: date | None, until_2: date | None
) -> bool:
    """Whether two spans of days, both ends inclusive or open, have a day in common."""
    return max(from_on or date.min, from_2 or date.min) <= min(
        until_on or date.max, until_2 or date.max
    )


def _check_clashes(files: SchoolFiles, refuse: Refuse, wrong: set[tuple[str, int]]) -> None:
    """A teacher, a room or a pupil in two lessons at once."""
    bells = {(fold(bell.schedule), bell.lesson_number): bell for bell in files.bells}
    groups = {row.key: row for row in files.groups}
    pupils = {row.code: row for row in files.pupils}
    by_weekday: dict[int, list[tuple[str, str, TimetableRow]]] = defaultdict(list)
    for row in files.timetable:
        bell = bells.get((fold(row.schedule or files.first_schedule), row.lesson_number))
        if (rows.TIMETABLE, row.line) in wrong:
            continue
        group = groups.get(row.group)
        if group is None or (rows.GROUPS, group.line) in wrong:
            continue
        if bell and bell.starts_at and bell.ends_at and row.weekday:
            by_weekday[row.weekday].append((bell.starts_at, bell.ends_at, row))
    for slots in by_weekday.values():
        slots.sort(key=lambda slot: slot[0])
        for n, (_, ends_at, one) in enumerate(slots):
            for starts_at, _, two in slots[n + 1 :]:
                if starts_at >= ends_at:
                    break
                if one.week_parity != two.week_parity and one.week_parity and two.week_parity:
                    continue
                if not _overlap(one.from_on, one.until_on, two.from_on, two.until_on):
                    continue
                _check_pair(files, groups, pupils, (one, two), refuse)


def _check_pair(
    files: SchoolFiles,
    groups: dict[rows.GroupKey, GroupRow],
    pupils: dict[str, rows.PupilRow],
    pair: tuple[TimetableRow, TimetableRow],
    refuse: Refuse,
) -> None:
    """Two lessons at the same time: say of the lower row what it has in common with the
    upper one."""
    one, two = sorted(pair, key=lambda row: row.line)
    first, second = groups[one.group], groups[two.group]
    when = f"{ON_WEEKDAYS[two.weekday]} на уроке {two.lesson_number}"
    what = f"{first.subject}, {first.name}, строка {one.line}"
    if one.group == two.group:
        refuse(two.line, "Группа", f"у этой группы {when} уже есть урок (строка {one.line}).")
        return
    teacher = two.teacher or second.teacher
    if teacher and teacher == (one.teacher or first.teacher):
        refuse(two.line, "Учитель", f"учитель {teacher} {when} уже занят: {what}.")
    if two.room and fold(two.room) == fold(one.room):
        refuse(two.line, "Кабинет", f"кабинет {two.room} {when} уже занят: {what}.")
    if first.kind == second.kind == "class" and first.class_name == second.class_name:
        refuse(two.line, "Группа", f"у класса {second.class_name} {when} уже есть урок: {what}.")
        return
    if files.members[one.group].isdisjoint(files.members[two.group]):
        return
    shared = sorted(
        str(pupils[code].names)
        for code in files.members[one.group] & files.members[two.group]
        if code in pupils and _learns_while_both(pupils[code], one, two)
    )
    if shared:
        named = ", ".join(shared[:3]) + (f" и ещё {len(shared) - 3}" if shared[3:] else "")
        refuse(two.line, "Группа", f"{when} у этих учеников уже есть урок ({what}): {named}.")


def _learns_while_both(pupil: rows.PupilRow, one: TimetableRow, two: TimetableRow) -> bool:
    starts = max(one.from_on or date.min, two.from_on or date.min)
    ends = min(one.until_on or date.max, two.until_on or date.max)
    return _overlap(pupil.from_on, pupil.until_on, starts, ends)


def _check_plans(files: SchoolFiles, refuse: Refuse) -> None:
    groups = {row.key for row in files.groups}
    for row in files.plans:
        if all(row.group) and row.group not in groups:
            refuse(row.line, "Группа", "такой группы по этому предмету нет в groups.csv.")
    for row, first in _repeated(files.plans, lambda r: r.ordinal and (r.group, r.ordinal)):
        refuse(row.line, "Номер", f"номер {row.ordinal} уже есть в строке {first.line}.")


def _check_lists(files: SchoolFiles, refuse_in: Callable[[str], Refuse]) -> None:
    """Subjects, kinds of work and the curriculum plan."""
    classes = {row.name for row in files.classes}
    for subject, first in _repeated(files.subjects, lambda s: fold(s.name)):
        refuse_in(rows.SUBJECTS)(subject.line, "Предмет", f"уже есть в строке {first.line}.")
    for kind, first_kind in _repeated(files.work_kinds, lambda k: fold(k.name)):
        refuse_in(rows.WORK_KINDS)(kind.line, "Вид работы", f"уже есть в строке {first_kind.line}.")
    refuse = refuse_in(rows.CURRICULUM)
    for row in files.curriculum:
        if row.class_name and row.class_name not in classes:
            refuse(row.line, "Класс", _no_class(row.class_name))
    for row, same in _repeated(
        files.curriculum, lambda c: (c.class_name, fold(c.subject)) if c.class_name else None
    ):
        refuse(row.line, "Предмет", f"этот предмет класса уже есть в строке {same.line}.")
