"""How people write dates, times, classes and words of a fixed list into a cell.

Every `parse_…` takes the text of a cell that is not empty and returns its value, or raises
ValueError with a sentence for the person who filled it in.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar
from zoneinfo import available_timezones

from school.rules.names import alphabetical

Value = TypeVar("Value")

LOWEST_GRADE, HIGHEST_GRADE = 1, 12
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
#: More lessons than a year of daily ones.
HIGHEST_ORDINAL = 400
HIGHEST_LESSON = 15

#: What a spreadsheet would take for a formula when it begins a cell.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_LOCAL_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_IN_WORDS = re.compile(r"(\d{1,2}) ([а-я]+) (\d{4})")
_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
    "октября", "ноября", "декабря",
)  # fmt: skip
_NO_YEAR_SIGN = re.compile(r"\s*(г\.?|года)$")
_AMOUNT = re.compile(r"(\d{1,4})(?:[.,](\d{1,2}))?")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?::00)?")
_CLASS = re.compile(r"(\d{1,2})[\s\-]*[«\"']?([A-ZА-ЯЁ]{0,3})[»\"']?")
_GRADES = re.compile(r"(\d{1,2})(?:\s*[-–—]\s*(\d{1,2}))?")
_BETWEEN_ITEMS = re.compile(r"[;,]")
_BETWEEN_CODES = re.compile(r"[\s;,]+")
# «5A» typed with a Latin letter looks the same on screen and paper.
_LOOK_ALIKE = str.maketrans("ABCEHKMOPTX", "АВСЕНКМОРТХ")
_NO_NAME = re.compile(r"[^\w\s.'’()\-]|[\d_]")


def fold(text: str) -> str:
    """A text as it is compared: «ё» is «е», capitals and blanks make no difference."""
    return alphabetical(" ".join(text.split()))


def neutral(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; `unneutral` gives back the text."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def unneutral(text: str) -> str:
    """A cell as it was before `neutral`."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_SIGNS) else text


def shown(day: date) -> str:
    """A day as messages name it."""
    return day.strftime("%d.%m.%Y")


def parse_date(text: str) -> date:
    """«2026-09-15», «15.09.2026», «15/09/2026», «15 сентября 2026 г.»."""
    given, text = text, _NO_YEAR_SIGN.sub("", text).removesuffix(" 00:00:00").replace("/", ".")
    words = _IN_WORDS.fullmatch(text.casefold())
    if words and words[2] in _MONTHS:
        text = f"{words[1]}.{_MONTHS.index(words[2]) + 1}.{words[3]}"
    if match := _ISO_DATE.fullmatch(text):
        year, month, day = map(int, match.groups())
    elif match := _LOCAL_DATE.fullmatch(text):
        day, month, year = map(int, match.groups())
    else:
        raise ValueError(f"«{given}» — не дата. Пишите 15.09.2026 или 2026-09-15.")
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise ValueError(f"«{given}» — год {year} не подходит, проверьте дату.")
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"«{given}» — такого дня нет в календаре.") from None


def parse_time(text: str) -> str:
    """«8:30», «08.30» or «08:30:00» (what a spreadsheet makes of it), as «08:30»."""
    match = _TIME.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"«{text}» — не время. Пишите 08:30.")
    return f"{int(match[1]):02}:{match[2]}"


def parse_class(text: str) -> tuple[int, str]:
    """Grade and letter of «5А», «5 а», «5-А», «10»."""
    match = _CLASS.fullmatch(text.upper())
    if match is None or not LOWEST_GRADE <= int(match[1]) <= HIGHEST_GRADE:
        raise ValueError(f"«{text}» — не класс. Пишите номер и букву: 5А.")
    return int(match[1]), match[2].translate(_LOOK_ALIKE)


def parse_grade(text: str) -> int:
    if not text.isdecimal() or not LOWEST_GRADE <= int(text) <= HIGHEST_GRADE:
        raise ValueError(
            f"«{text}» — не номер класса. Нужно число от {LOWEST_GRADE} до {HIGHEST_GRADE}."
        )
    return int(text)


def parse_grades(text: str) -> tuple[int, int]:
    """First and last grade of «1», «5-9»."""
    match = _GRADES.fullmatch(text)
    if match is None:
        raise ValueError(f"«{text}» — не классы. Пишите 1 или 5-9; пусто — все классы.")
    first, last = parse_grade(match[1]), parse_grade(match[2] or match[1])
    if last < first:
        raise ValueError(f"«{text}»: первый класс больше последнего.")
    return first, last


def parse_lesson_number(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_LESSON:
        raise ValueError(f"«{text}» — не номер урока. Нужно число от 0 до {HIGHEST_LESSON}.")
    return int(text)


def parse_ordinal(text: str) -> int:
    """The number of a lesson in a plan."""
    if not text.isdecimal() or not 1 <= int(text) <= HIGHEST_ORDINAL:
        raise ValueError(f"«{text}» — не номер. Нужно число от 1 до {HIGHEST_ORDINAL}.")
    return int(text)


def parse_amount(text: str) -> str:
    """A weight or a number of hours, exactly: «2», «2,5» as «2.5»."""
    match = _AMOUNT.fullmatch(text)
    if match is None or not int(match[1] + (match[2] or "")):
        raise ValueError(f"«{text}» — не число. Пишите 2 или 2,5.")
    fraction = (match[2] or "").rstrip("0")
    return f"{int(match[1])}.{fraction}" if fraction else str(int(match[1]))


def parse_time_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(f"Часового пояса «{text}» нет. Пишите, например, Asia/Yekaterinburg.")
    return text


def parse_short_name(text: str) -> str:
    """The name of a school in addresses: /schools/<short-name>/."""
    if not all(part.isascii() and part.isalnum() for part in text.lower().split("-")):
        raise ValueError(f"«{text}»: нужны латинские буквы, цифры и дефисы, например school-5.")
    return text.lower()


def parse_name(text: str) -> str:
    """A part of a person's name: letters, hyphens, apostrophes; «ё» stays."""
    if _NO_NAME.search(text) or not any(letter.isalpha() for letter in text):
        raise ValueError(f"«{text}» не похоже на имя: уберите цифры и лишние знаки.")
    return text


def parse_login(text: str) -> str:
    login = text.lower()
    if any(letter.isspace() for letter in login) or len(login) > 100:
        raise ValueError(f"«{text}»: в логине не должно быть пробелов, не больше 100 знаков.")
    return login


def parse_codes(text: str) -> tuple[str, ...]:
    """Codes of people, separated by blanks, «;» or «,»."""
    return tuple(filter(None, _BETWEEN_CODES.split(text)))


def one_of(words: Mapping[str, Value]) -> Callable[[str], Value]:
    """A parser for a word of a fixed list; other spellings may stand for the same value, the
    first spelling of each value is the one a message names."""
    folded = {fold(word): value for word, value in words.items()}
    names: dict[Value, str] = {}
    for word, value in words.items():
        names.setdefault(value, word)

    def parse(text: str) -> Value:
        found = folded.get(fold(text))
        if found is not None:
            return found
        allowed = ", ".join(names.values())
        raise ValueError(f"«{text}» не подходит. Можно: {allowed}.")

    return parse


def several_of(words: Mapping[str, Value]) -> Callable[[str], tuple[Value, ...]]:
    """A parser for words of a fixed list, separated by «,» or «;»."""
    parse_one = one_of(words)

    def parse(text: str) -> tuple[Value, ...]:
        found = [parse_one(item.strip()) for item in _BETWEEN_ITEMS.split(text) if item.strip()]
        return tuple(dict.fromkeys(found))

    return parse
