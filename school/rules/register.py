"""What becomes of a cell that somebody sends: pure decisions.

H3: nothing typed is lost, and nobody's entry is overwritten unseen.
"""

import re
import unicodedata
from datetime import date, datetime
from enum import Enum

#: Longest texts, in letters. A homework of 20,000 letters is somebody's real worksheet.
LONGEST = {"topic": 1_000, "material": 5_000, "homework": 20_000, "comment": 5_000}
LONGEST_LATENESS = 240


_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Verdict(Enum):
    UNTOUCHED = "untouched"
    SAVE = "save"
    CONFLICT = "conflict"


class CellError(ValueError):
    """A value cannot stand in its cell; the message says why, in Russian."""


class DueOnError(CellError):
    """The day a mark is awaited by is no day, or before the lesson."""


def judge(submitted: str, at_seen: str, current: str) -> Verdict:
    """Compare-and-set: what was sent, what stood there when the page was rendered, what stands
    there now."""
    if submitted in (at_seen, current):
        # Not edited, or the same save once more.
        return Verdict.UNTOUCHED
    return Verdict.SAVE if current == at_seen else Verdict.CONFLICT


def without_controls(text: str) -> str:
    """A text without the characters that nobody types and no page can show."""
    return "".join(c for c in text if c in "\n\r\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def clean_text(text: str, field: str) -> str:
    """A text as it is kept: without blanks around, control characters and CR. Raises CellError
    where it is longer than the field holds."""
    kept = without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(kept) > LONGEST[field]:
        raise CellError(
            f"Слишком длинно: {len(kept)} букв, помещается {LONGEST[field]}. Сократите текст."
        )
    return kept


def clean_minutes(text: str) -> str:
    """Minutes of lateness, or "". Raises CellError."""
    text = text.strip()
    if not text:
        return ""
    is_number = text.isascii() and text.isdigit() and len(text) < 6
    if is_number and 0 < int(text) <= LONGEST_LATENESS:
        return str(int(text))
    raise CellError(f"Минуты опоздания — число от 1 до {LONGEST_LATENESS}.")


def parse_day(text: str) -> date:
    """A date written as 2026-09-15 or 15.09.2026. Raises ValueError."""
    text = text.strip()
    if _ISO_DAY.fullmatch(text):
        return date.fromisoformat(text)  # the usual case, and ten times as quick
    pattern = "%d.%m.%Y" if "." in text else "%Y-%m-%d"
    return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no time zone


def clean_worked_on(text: str, *, from_on: date, today: date) -> str:
    """The day a pupil did the work, as ISO text, or "". Raises CellError outside the school
    year up to today."""
    if not text.strip():
        return ""
    try:
        day = parse_day(text)
    except ValueError:
        raise CellError("Напишите дату так: 15.09.2026.") from None
    if day > today:
        raise CellError("Эта дата ещё не наступила. Напишите день, когда работа выполнена.")
    if day < from_on:
        raise CellError("Эта дата раньше начала учебного года.")
    return day.isoformat()


def clean_due_on(text: str, *, lesson_on: date) -> date | None:
    """By when a «точка» becomes a mark, or None. Raises DueOnError before the lesson."""
    if not text.strip():
        return None
    try:
        day = parse_day(text)
    except ValueError:
        raise DueOnError("Напишите дату так: 15.09.2026.") from None
    if day < lesson_on:
        raise DueOnError("Эта дата раньше урока. Отметку ждут после него.")
    return day


def name_of_work(kind: str, title: str) -> str:
    """A work as a column and a line of the diary name it: a title that says its kind by itself
    is enough."""
    if not title:
        return kind
    return title if title.casefold().startswith(kind.casefold()) else f"{kind}: {title}"
