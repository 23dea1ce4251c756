"""One voice for page, letter, SMS and paper: dates, plurals, marks as sentences."""

from datetime import date, datetime

from babel import Locale
from babel.dates import format_date

from school.rules.marks import ATTENDANCE_BY_CODE, DOT, LATE

RUSSIAN = Locale.parse("ru")


def long_day(day: date) -> str:
    """«понедельник, 16 ноября»."""
    return format_date(day, "EEEE, d MMMM", RUSSIAN)


def day_and_month(day: date) -> str:
    """«16 ноября»."""
    return format_date(day, "d MMMM", RUSSIAN)


def full_day(day: date) -> str:
    """«16 ноября 2026 года»."""
    return format_date(day, "d MMMM y 'года'", RUSSIAN)


def span(from_on: date, until_on: date) -> str:
    """«16–22 ноября 2026 года», «30 ноября — 6 декабря 2026 года»."""
    if (from_on.year, from_on.month) == (until_on.year, until_on.month):
        return f"{from_on.day}–{full_day(until_on)}"
    if from_on.year == until_on.year:
        return f"{day_and_month(from_on)} — {full_day(until_on)}"
    return f"{full_day(from_on)} — {full_day(until_on)}"


def short_day(day: date) -> str:
    """«16.11.2026», as it is typed."""
    return f"{day:%d.%m.%Y}"


def clock_time(moment: datetime) -> str:
    """«14:05» of a local moment."""
    return f"{moment:%H:%M}"


def plural(n: int, one: str, few: str, many: str) -> str:
    """«1 отметка», «2 отметки», «5 отметок»."""
    word = {"one": one, "few": few}.get(RUSSIAN.plural_form(n), many)
    return f"{n} {word}"


def capital(text: str) -> str:
    """The first letter upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def mark(value: str) -> str:
    """A mark as it is shown to a family: a «точка» is no mark yet."""
    return "отметка ожидается" if value == DOT else value


def attendance(code: str, late_minutes: int | None = None) -> str:
    """An absence or a late arrival as words."""
    if code == LATE and late_minutes:
        return f"опоздание на {plural(late_minutes, 'минуту', 'минуты', 'минут')}"
    return ATTENDANCE_BY_CODE[code].spoken


FILTERS = {
    "long_day": long_day,
    "full_day": full_day,
    "day_and_month": day_and_month,
    "short_day": short_day,
    "clock_time": clock_time,
    "capital": capital,
    "mark_words": mark,
    "attendance_words": attendance,
}
