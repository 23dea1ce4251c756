"""How changes of the timetable and clashes are said, on pages, in letters and on paper."""

from datetime import date

from school.rules import clashes
from school.rules.clashes import Candidate, Clash
from school.wording import capital, day_and_month, plural, room

#: Why a teacher is away, for the pay sheet: no more is kept.
ABSENCE_REASONS = {
    "ill": "больничный",
    "training": "курсы, учёба",
    "trip": "командировка, сопровождение",
    "leave": "отпуск",
    "other": "другое",
}

KINDS = {
    "substitution": "замена",
    "move": "перенос",
    "cancellation": "отмена",
    "extra": "дополнительный урок",
    "room": "другой кабинет",
}

WEEKDAYS_OF = (
    "понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья",
)  # fmt: skip
WEEKDAYS = (
    "понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье",
)  # fmt: skip
PARITIES = {"": "", "odd": " нечётной недели", "even": " чётной недели"}


#: What is in the way; `who` is a teacher's name, `name` the other lesson, `detail` what it is.
_CLASHES = {
    clashes.TEACHER_BUSY: "{who}: в это время идёт урок «{name}».",
    clashes.TEACHER_AWAY: "{detail}: записано отсутствие в этот день.",
    clashes.NO_TEACHER: "Выберите из списка учителя, который в этот день работает в школе.",
    clashes.ROOM_TAKEN: "{room}: в это время там урок «{name}».",
    clashes.PUPILS_BUSY: "У {detail} в это время урок «{name}».",
    clashes.NO_BELL: "Урока с таким номером нет в расписании звонков: {detail}.",
    clashes.NO_SCHOOL_DAY: "В этот день уроков нет: {detail}. Выберите учебный день.",
    clashes.SUNDAY: "Это воскресенье.",
    clashes.QUARANTINE: "В этот день у класса карантин: {detail}.",
    clashes.SAME_PLACE: "На этом месте у группы уже есть урок{detail}.",
}


def clash(found: Clash) -> str:
    """What is in the way, as a sentence."""
    other = found.with_lesson
    return _CLASHES[found.kind].format(
        who=other.teacher_name if other else "",
        name=other.name if other else "",
        room=capital(room(other.room)) if other else "",
        detail=found.detail,
    )


def pupils(n: int) -> str:
    """«3 учеников группы», in the genitive."""
    return plural(n, "ученика группы", "учеников группы", "учеников группы")


def candidate(one: Candidate) -> str:
    """A teacher in the list of those who might come in."""
    hints = []
    if one.is_away:
        hints.append("отсутствует")
    elif one.busy_with:
        hints.append(f"занят урок: {one.busy_with}")
    hints += ["тот же предмет"] if one.teaches_subject else []
    hints += ["учит этот класс"] if one.teaches_class else []
    hints += ["в этот день в школе"] if one.is_there and one.is_free else []
    return f"{one.name} — {', '.join(hints)}" if hints else one.name


def place(held_on: date, number: int) -> str:
    """«24 ноября, 3-й урок»."""
    return f"{day_and_month(held_on)}, {number}-й урок"


def kept_entries(marks: int, absences: int, *, is_taken: bool) -> str:
    """What a lesson already holds: «отметок: 5, пропусков и опозданий: 2, посещаемость»."""
    words = [f"отметок: {marks}"] if marks else []
    words += [f"пропусков и опозданий: {absences}"] if absences else []
    words += ["посещаемость отмечена"] if is_taken else []
    return ", ".join(words)


def moved_day(weekday: int, parity: str, reason: str = "") -> str:
    """«Учимся по расписанию понедельника»."""
    text = f"Учимся по расписанию {WEEKDAYS_OF[weekday - 1]}{PARITIES[parity]}"
    return f"{text} ({reason[:1].lower()}{reason[1:]})" if reason else text


def quarantine(*, is_remote: bool, reason: str = "") -> str:
    """«Карантин: уроки дистанционно»."""
    text = f"Карантин: {'уроки дистанционно' if is_remote else 'уроки отменены'}"
    return f"{text} ({reason[:1].lower()}{reason[1:]})" if reason else text


def day_change(kind: str, weekday: int | None, parity: str, reason: str, *, is_remote: bool) -> str:
    """A change of whole days as the family reads it on each of them."""
    if kind == "quarantine":
        return quarantine(is_remote=is_remote, reason=reason)
    return moved_day(weekday or 1, parity, reason)


def day_change_news(words: str, from_on: date, until_on: date) -> str:
    """«28 ноября: учимся по расписанию понедельника», «23 ноября — 6 декабря: карантин…»."""
    span = day_and_month(from_on)
    if until_on != from_on:
        span += f" — {day_and_month(until_on)}"
    return f"{span}: {words[:1].lower()}{words[1:]}"
