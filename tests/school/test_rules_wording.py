"""One voice for page, letter, SMS and paper (school/wording.py)."""

from datetime import date, datetime

import pytest

from school import wording
from school.models import Role
from school.rules.marks import ATTENDANCE_CODES


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "0 отметок"), (1, "1 отметка"), (2, "2 отметки"), (4, "4 отметки"), (5, "5 отметок"),
        (11, "11 отметок"), (12, "12 отметок"), (14, "14 отметок"), (21, "21 отметка"),
        (22, "22 отметки"), (25, "25 отметок"), (100, "100 отметок"), (101, "101 отметка"),
        (111, "111 отметок"), (112, "112 отметок"), (121, "121 отметка"), (1011, "1011 отметок"),
    ],
)  # fmt: skip
def test_plurals(n, words):
    assert wording.plural(n, "отметка", "отметки", "отметок") == words


def test_days():
    day = date(2026, 11, 6)
    assert wording.long_day(day) == "пятница, 6 ноября"
    assert wording.day_and_month(day) == "6 ноября"
    assert wording.full_day(day) == "6 ноября 2026 года"
    assert wording.short_day(day) == "06.11.2026"
    assert wording.full_day(date(2027, 5, 1)) == "1 мая 2027 года"


@pytest.mark.parametrize(
    ("from_on", "until_on", "words"),
    [
        ("2026-11-16", "2026-11-22", "16–22 ноября 2026 года"),
        ("2026-11-30", "2026-12-06", "30 ноября — 6 декабря 2026 года"),
        ("2026-12-28", "2027-01-03", "28 декабря 2026 года — 3 января 2027 года"),
        ("2025-11-16", "2026-11-22", "16 ноября 2025 года — 22 ноября 2026 года"),
    ],
)
def test_spans(from_on, until_on, words):
    assert wording.span(date.fromisoformat(from_on), date.fromisoformat(until_on)) == words


def test_a_clock_time_has_two_digits_each():
    assert wording.clock_time(datetime(2026, 11, 16, 8, 5)) == "08:05"


def test_a_dot_is_said_as_a_mark_still_awaited():
    assert wording.mark(".") == "отметка ожидается"
    assert wording.mark("4/5") == "4/5"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "опоздание на 1 минуту"), (3, "опоздание на 3 минуты"), (15, "опоздание на 15 минут"),
     (None, "опоздание"), (0, "опоздание")],
)  # fmt: skip
def test_late_arrivals(minutes, words):
    assert wording.attendance("о", minutes) == words


def test_every_absence_is_said_in_words_of_its_own():
    said = [wording.attendance(code.code) for code in ATTENDANCE_CODES]
    assert len(set(said)) == len(ATTENDANCE_CODES)
    assert "болезнь" in wording.attendance("б")
    assert not any(
        code.code in words.split() for code, words in zip(ATTENDANCE_CODES, said, strict=True)
    )


def test_every_duty_has_a_name():
    assert wording.DUTIES.keys() == set(Role.KINDS)


def test_capitals():
    assert wording.capital("ёлка Вани") == "Ёлка Вани"
    assert wording.capital("") == ""
