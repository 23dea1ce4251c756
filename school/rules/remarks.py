"""Remarks on a journal: what one can say, and when it is overdue. Pure (E7)."""

from dataclasses import dataclass
from datetime import date, timedelta

from school.rules.problems import FieldProblems
from school.rules.register import parse_day, without_controls

OPEN, FIXED, ACCEPTED, WITHDRAWN = "open", "fixed", "accepted", "withdrawn"
LONGEST_TEXT, LONGEST_WORD = 2_000, 1_000
#: A term further off is a slip of the pen.
LATEST_TERM = timedelta(days=366)


class RemarkError(FieldProblems):
    """What was typed is no remark."""


@dataclass(frozen=True, slots=True)
class RemarkText:
    """A remark as it is made; without days it is of the whole journal, or of one lesson."""

    text: str
    due_on: date
    from_on: date | None = None
    until_on: date | None = None


def read_remark(
    text: str, due_on: str, from_on: str = "", until_on: str = "", *, today: date
) -> RemarkText:
    """What a form says, with days as people write them; an empty last day is the first one.
    `today` is the school's. Raises RemarkError, naming every field."""
    problems: dict[str, str] = {}
    kept = clean_word(text, LONGEST_TEXT, "text", problems, "Напишите, что исправить.")
    due = _day(due_on, "due_on", problems, "Напишите, до какого дня исправить: 15.09.2026.")
    if due and due < today:
        problems["due_on"] = "Этот день уже прошёл. Напишите сегодняшний или следующий."
    elif due and due > today + LATEST_TERM:
        problems["due_on"] = "До этого дня больше года. Проверьте год."
    first = _day(from_on, "from_on", problems)
    last = _day(until_on, "until_on", problems) or first
    if last and not first and "from_on" not in problems:
        problems["from_on"] = "Напишите и первый день, или оставьте оба пустыми."
    elif first and last and last < first:
        problems["until_on"] = "Последний день раньше первого. Поменяйте их местами."
    if problems or due is None:
        raise RemarkError(problems)
    return RemarkText(kept, due, first, last)


def _day(text: str, name: str, problems: dict[str, str], missing: str = "") -> date | None:
    if not text.strip():
        if missing:
            problems[name] = missing
        return None
    try:
        return parse_day(text)
    except ValueError:
        problems[name] = "Такого дня нет. Напишите его так: 15.09.2026."
        return None


def clean_word(
    text: str, longest: int, name: str, problems: dict[str, str], missing: str = ""
) -> str:
    """A text as it is kept; what is wrong with it goes into `problems`."""
    kept = without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if missing and not kept:
        problems[name] = missing
    elif len(kept) > longest:
        problems[name] = f"Слишком длинно: помещается {longest} букв. Сократите текст."
    return kept


def is_overdue(state: str, due_on: date, today: date) -> bool:
    """Whether its term has passed and the teacher has not answered."""
    return state == OPEN and due_on < today
