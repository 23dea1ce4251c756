"""The production calendar against the government's own lists, day by day."""

from datetime import date, timedelta

import pytest

from school.calendars import CONFIRMED, days_of_year, list_special_days, working_days

#: Days off on Monday to Friday, and worked Saturdays, as the acts named in CONFIRMED have them.
OFF = {
    2024: "01-01 01-02 01-03 01-04 01-05 01-08 02-23 03-08 04-29 04-30 05-01 05-09 05-10 06-12 "
    "11-04 12-30 12-31",
    2025: "01-01 01-02 01-03 01-06 01-07 01-08 05-01 05-02 05-08 05-09 06-12 06-13 11-03 11-04 "
    "12-31",
    2026: "01-01 01-02 01-05 01-06 01-07 01-08 01-09 02-23 03-09 05-01 05-11 06-12 11-04 12-31",
}
WORKED = {2024: "04-27 11-02 12-28", 2025: "11-01", 2026: ""}
#: Working days of the year at a five-day week, as the calendars of these years say.
COUNTS = {2024: 248, 2025: 247, 2026: 247}


def dates(year: int, words: str) -> set[date]:
    return {date.fromisoformat(f"{year}-{word}") for word in words.split()}


@pytest.mark.parametrize("year", OFF)
def test_the_calendar_is_the_governments(year):
    special = list_special_days(year)
    assert {line.day for line in special if not line.is_working} == dates(year, OFF[year])
    assert {line.day for line in special if line.is_working} == dates(year, WORKED[year])
    calendar = working_days(year, year)
    assert sum(calendar(day) for day in days_of_year(year)) == COUNTS[year]
    assert all(line.name for line in special)


def test_every_year_said_to_be_confirmed_is_compared_above():
    assert CONFIRMED.keys() == OFF.keys() == WORKED.keys() == COUNTS.keys()


def test_any_year_is_answered_and_only_confirmed_ones_without_a_warning():
    calendar = working_days(2025, 2031)
    assert calendar.warnings_between(date(2025, 1, 1), date(2026, 12, 31)) == ()
    assert calendar.warnings_between(date(2026, 12, 31), date(2028, 1, 1)) == (2027, 2028)
    confirmed = working_days(2025, 2031, frozenset({*CONFIRMED, 2027}))
    assert confirmed.warnings_between(date(2026, 12, 31), date(2028, 1, 1)) == (2028,)
    assert not calendar(date(2031, 1, 1))


def test_the_same_for_a_school_with_a_six_day_week():
    """«Рабочий день» is the calendar's: a Saturday is none, whatever the timetable says."""
    calendar = working_days(2026, 2026)
    saturdays = [day for day in days_of_year(2026) if day.weekday() == 5]
    assert not any(calendar(day) for day in saturdays)


def test_a_year_the_package_does_not_know_has_its_weekdays():
    calendar = working_days(2150, 2150)
    assert calendar.warnings_between(date(2150, 1, 1), date(2150, 1, 2)) == (2150,)
    week = [date(2150, 6, 1) + timedelta(days=n) for n in range(7)]
    assert sum(calendar(day) for day in week) == 5
