"""What is owed by a moment, in words: lines of lists and letters, titles of rows, states."""

from datetime import date
from zoneinfo import ZoneInfo

from school.rules.obligations import DUE, IN_TIME, LATE, OVERDUE, PUT_OFF, Obligation
from school.wording import day_and_month, plural, term_end
from school.wording_terms import ROW_TITLES as TERM_TITLES

#: Rows as the pages of a school's heads name them.
ROW_TITLES = TERM_TITLES | {
    "A4": "Проверка листов согласия",
    "A8": "Коды доступа по заявлениям",
    "A9": "Обучающиеся без кода",
    "A13": "Вопросы администратору",
    "C2": "Отметки за учебный период и год",
    "C5": "Выписки из классного журнала",
    "C7": "Распечатки для семей на бумажном пути",
    "D3": "Письменные ответы",
}
STATE_TITLES = {
    OVERDUE: "Срок прошёл",
    DUE: "Ещё в срок",
    PUT_OFF: "Отложено или ждёт семью",
    LATE: "С опозданием",
    IN_TIME: "В срок",
}


def lesson_obligation(
    subject: str, group: str, held_on: date, lesson_number: int, what: str
) -> str:
    """«Алгебра, 7А, урок 20 ноября, 3-й: посещаемость»."""
    return f"{subject}, {group}, урок {day_and_month(held_on)}, {lesson_number}-й: {what}"


def results_obligation(subject: str, group: str, column: str, missing: int = 0) -> str:
    """«Алгебра, 7А, 1 четверть: нет отметок у 3 учеников»; without a number the column alone."""
    what = f"{subject}, {group}, {column}"
    if not missing:
        return what
    return f"{what}: нет отметок у {plural(missing, 'ученика', 'учеников', 'учеников')}"


def obligation_line(line: Obligation, *, with_holder: bool = False) -> str:
    """«Алгебра, 7А, урок 20 ноября, 3-й: посещаемость — до 10:05 21 ноября», and who has it. It
    names no child."""
    due = ""
    if line.due_at is not None:
        due = f" — {term_end(line.due_at.astimezone(ZoneInfo(line.time_zone)))}"
    return f"{line.words}{due}" + (f"; {line.holder}" if with_holder else "")
