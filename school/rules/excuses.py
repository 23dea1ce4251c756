"""Telling the school of an absence: what can be told, and which lessons it covers. Pure (H9)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from school.rules.problems import FieldProblems
from school.rules.register import parse_day, without_controls

ILL, FAMILY, OTHER = "ill", "family", "other"
#: Reason → what an absence of it usually is in the register.
CODE_OF = {ILL: "б", FAMILY: "у", OTHER: "у"}
#: What the class teacher may make of an accepted excuse.
CODES = ("б", "у")

WAITING, ACCEPTED, DECLINED, WITHDRAWN = "", "accepted", "declined", "withdrawn"

#: Days of one excuse; a longer absence is told of in parts, so that somebody looks in between.
LONGEST_SPAN = 30
#: How long after it an absence can be told of, and how long ahead.
LATEST, EARLIEST = timedelta(days=30), timedelta(days=92)
LONGEST_WORDS = 500

_TIME = re.compile(r"([01]?\d|2[0-3])(?:[:.\- ]([0-5]\d))?")


class ExcuseError(FieldProblems):
    """What was typed cannot be told so."""


@dataclass(frozen=True, slots=True)
class Absence:
    """An absence that is told of."""

    #: Both inclusive.
    from_on: date
    until_on: date
    #: Local times «10:30» of a single day, or empty: from its beginning, to its end.
    starts: str = ""
    ends: str = ""
    reason: str = ILL
    words: str = ""

    @property
    def has_hours(self) -> bool:
        return bool(self.starts or self.ends)


def read_absence(
    from_on: str, until_on: str, starts: str, ends: str, reason: str, words: str, *, today: date
) -> Absence:
    """What a form says, with days as people write them (2026-09-15, 15.09.2026); an empty last
    day is the first one. `today` is the school's. Raises ExcuseError, naming every field."""
    problems: dict[str, str] = {}
    first = _day(from_on, "from_on", problems, missing="Напишите, с какого дня: 15.09.2026.")
    last = _day(until_on, "until_on", problems) if until_on.strip() else first
    times = [_time(starts, "starts", problems), _time(ends, "ends", problems)]
    if first and last:
        problems |= _wrong_span(first, last, today)
        if any(times) and first != last and "until_on" not in problems:
            problems["starts"] = (
                "Часы пишут для одного дня. Для нескольких дней оставьте их пустыми."
            )
    if all(times) and times[0] >= times[1] and "starts" not in problems:
        problems["ends"] = "Час, когда ребёнок вернётся, раньше часа ухода. Поменяйте их местами."
    if reason not in CODE_OF:
        problems["reason"] = "Выберите причину."
    text = clean_words(words)
    if reason == OTHER and not text:
        problems["words"] = "Напишите в двух словах, что случилось."
    elif len(text) > LONGEST_WORDS:
        problems["words"] = f"Слишком длинно: помещается {LONGEST_WORDS} букв. Сократите."
    if problems or first is None or last is None:
        raise ExcuseError(problems)
    return Absence(first, last, times[0], times[1], reason, text)


def read_span(from_on: str, until_on: str, *, longest: int) -> tuple[date, date]:
    """A first and a last day as people write them, at most so many days; an empty last day is the
    first one. Raises ExcuseError for `from_on`, `until_on`."""
    problems: dict[str, str] = {}
    first = _day(from_on, "from_on", problems, missing="Напишите, с какого дня: 15.09.2026.")
    last = _day(until_on, "until_on", problems) if until_on.strip() else first
    if first and last and last < first:
        problems["until_on"] = "Последний день раньше первого. Поменяйте их местами."
    elif first and last and (last - first).days >= longest:
        problems["until_on"] = f"За один раз — не больше {longest} дней. Разделите на части."
    if problems or first is None or last is None:
        raise ExcuseError(problems)
    return first, last


def clean_words(text: str) -> str:
    """Words as they are kept: without control characters, in one paragraph."""
    return " ".join(without_controls(text).split())


def _day(text: str, name: str, problems: dict[str, str], missing: str = "") -> date | None:
    if missing and not text.strip():
        problems[name] = missing
        return None
    try:
        return parse_day(text)
    except ValueError:
        problems[name] = "Такого дня нет. Напишите его так: 15.09.2026."
        return None


def _time(text: str, name: str, problems: dict[str, str]) -> str:
    if not text.strip():
        return ""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        problems[name] = "Напишите время так: 10:30."
        return ""
    return f"{int(match[1]):02d}:{match[2] or '00'}"


def _wrong_span(first: date, last: date, today: date) -> dict[str, str]:
    if last < first:
        return {"until_on": "Последний день раньше первого. Поменяйте их местами."}
    if (last - first).days >= LONGEST_SPAN:
        return {
            "until_on": f"Сразу можно сообщить не больше чем о {LONGEST_SPAN} днях. "
            "О следующих сообщите потом, отдельно."
        }
    if last < today - LATEST:
        return {
            "from_on": f"Это было больше {LATEST.days} дней назад. "
            "Скажите об этом классному руководителю сами."
        }
    if first > today + EARLIEST:
        return {"from_on": "До этого дня больше трёх месяцев. Сообщите о нём ближе к делу."}
    return {}


def covers(absence: Absence, held_on: date, lesson_starts: str, lesson_ends: str) -> bool:
    """Whether a lesson (its day and local times «08:30») lies in an absence, at least in part."""
    if not absence.from_on <= held_on <= absence.until_on:
        return False
    begins_in_time = not absence.ends or lesson_starts < absence.ends
    return begins_in_time and (not absence.starts or lesson_ends > absence.starts)


def has_begun(absence: Absence, now: datetime) -> bool:
    """Whether the absence has begun at a moment that is local to the school: it can be withdrawn
    until then."""
    if absence.from_on != now.date():
        return absence.from_on < now.date()
    return f"{now:%H:%M}" >= (absence.starts or "00:00")
