"""Until when something is in time: dated tables with weekdays named, and laws that always hold."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.calendars import working_days
from school.rules.terms import Term, Unit, add_working_days, due_at, end_of_day
from school.rules.working_days import WorkingDays

URAL, MOSCOW, KAMCHATKA = "Asia/Yekaterinburg", "Europe/Moscow", "Asia/Kamchatka"
KALININGRAD = "Europe/Kaliningrad"
ZONES = (URAL, MOSCOW, KAMCHATKA)
CALENDAR = working_days(2024, 2028)
WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
DAYS, WORKING, HOURS = Unit.DAYS, Unit.WORKING_DAYS, Unit.HOURS


def day(words: str) -> date:
    """«чт 2026-04-30»: the weekday is part of the table, so that nobody miscounts."""
    weekday, iso = words.split()
    found = date.fromisoformat(iso)
    assert WEEKDAYS[found.weekday()] == weekday, f"{iso} is {WEEKDAYS[found.weekday()]}"
    return found


def local(words: str, zone: str) -> datetime:
    weekday_and_date, time = words.split("T")
    hours, minutes = time.split(":")
    found = day(weekday_and_date)
    return datetime(
        found.year, found.month, found.day, int(hours), int(minutes), tzinfo=ZoneInfo(zone)
    )


def shown(moment: datetime, zone: str) -> str:
    there = moment.astimezone(ZoneInfo(zone))
    return f"{WEEKDAYS[there.weekday()]} {there:%Y-%m-%dT%H:%M}"


# --- dated tables ------------------------------------------------------------------------

#: By hand from the government's transfers: постановления от 04.10.2024 № 1335 (2025) and от
#: 24.09.2025 № 1466 (2026).
IN_WORKING_DAYS = [
    # May 2026: Fri 1 is a holiday, Mon 11 is off for Sat 9.
    ("чт 2026-04-30", 1, "пн 2026-05-04"),
    ("чт 2026-04-30", 3, "ср 2026-05-06"),
    ("чт 2026-04-30", 5, "пт 2026-05-08"),
    ("чт 2026-04-30", 6, "вт 2026-05-12"),
    ("чт 2026-04-30", 7, "ср 2026-05-13"),
    ("чт 2026-04-30", 10, "пн 2026-05-18"),
    # May 2025: Thu 1, Fri 2 (for Sat 4 January), Thu 8 (for Sun 23 February), Fri 9.
    ("ср 2025-04-30", 1, "пн 2025-05-05"),
    ("ср 2025-04-30", 3, "ср 2025-05-07"),
    ("ср 2025-04-30", 4, "пн 2025-05-12"),
    # New Year 2026: off from Wed 31 December 2025 to Fri 9 January (for Sat 3).
    ("вт 2025-12-30", 1, "пн 2026-01-12"),
    ("пн 2025-12-29", 1, "вт 2025-12-30"),
    ("пн 2025-12-29", 3, "вт 2026-01-13"),
    ("чт 2025-12-25", 10, "вт 2026-01-20"),
    ("вс 2026-01-04", 1, "пн 2026-01-12"),
    # New Year 2025: Mon 30 and Tue 31 December 2024 are off (for Sat 28, worked, and Sun 7
    # January), then until Wed 8.
    ("пт 2024-12-27", 1, "сб 2024-12-28"),
    ("пт 2024-12-27", 2, "чт 2025-01-09"),
    # A working Saturday: 1 November 2025, for which Mon 3 is off; Tue 4 is a holiday.
    ("пт 2025-10-31", 1, "сб 2025-11-01"),
    ("пт 2025-10-31", 2, "ср 2025-11-05"),
    ("чт 2025-10-30", 3, "ср 2025-11-05"),
    ("сб 2025-11-01", 1, "ср 2025-11-05"),
    # Working Saturdays of 2024: 27 April (for Mon 29) and 2 November (for Tue 30 April).
    ("пт 2024-04-26", 1, "сб 2024-04-27"),
    ("сб 2024-04-27", 1, "чт 2024-05-02"),
    ("пт 2024-11-01", 2, "вт 2024-11-05"),
    # 29 February 2024, and a February without one.
    ("ср 2024-02-28", 1, "чт 2024-02-29"),
    ("чт 2024-02-29", 1, "пт 2024-03-01"),
    ("пт 2026-02-27", 1, "пн 2026-03-02"),
    # 23 February 2026 is a Monday; Mon 9 March is off for Sun 8.
    ("пт 2026-02-20", 1, "вт 2026-02-24"),
    ("пт 2026-03-06", 1, "вт 2026-03-10"),
    # 12 June: a Friday in 2026, a Thursday in 2025 with Fri 13 (for Sat 8 March).
    ("чт 2026-06-11", 1, "пн 2026-06-15"),
    ("ср 2025-06-11", 1, "пн 2025-06-16"),
    # A day off as the event: nothing is counted twice.
    ("вс 2026-09-06", 1, "пн 2026-09-07"),
    ("сб 2026-09-05", 1, "пн 2026-09-07"),
    ("пт 2026-09-04", 1, "пн 2026-09-07"),
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("event", "amount", "last"), IN_WORKING_DAYS)
def test_working_days_follow_the_production_calendar(event, amount, last, zone):
    due = due_at(Term(amount, WORKING), day(event), zone, CALENDAR)
    assert shown(due, zone) == f"{last}T23:59"
    day(last)


IN_DAYS = [
    # Not moved when they end on a day off, and days off count.
    ("чт 2026-04-30", 3, "вс 2026-05-03"),
    ("вт 2025-12-30", 3, "пт 2026-01-02"),
    ("пт 2026-05-08", 2, "вс 2026-05-10"),
    ("сб 2026-09-05", 2, "пн 2026-09-07"),
    # The end of February and of the year.
    ("ср 2024-02-28", 1, "чт 2024-02-29"),
    ("ср 2024-02-28", 3, "сб 2024-03-02"),
    ("сб 2026-02-28", 1, "вс 2026-03-01"),
    ("чт 2026-12-31", 2, "сб 2027-01-02"),
    # A Sunday's lesson.
    ("вс 2026-11-22", 3, "ср 2026-11-25"),
    # Nothing at all: the day itself.
    ("вс 2026-11-22", 0, "вс 2026-11-22"),
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("event", "amount", "last"), IN_DAYS)
def test_days_are_calendar_days_and_are_not_moved(event, amount, last, zone):
    due = due_at(Term(amount, DAYS), day(event), zone, CALENDAR)
    assert shown(due, zone) == f"{last}T23:59"
    day(last)


LAST_MINUTES = [
    # An event in the last or first minutes of a local day: the local day counts, not UTC's.
    ("чт 2026-04-30T23:59", DAYS, 1, "пт 2026-05-01T23:59"),
    ("чт 2026-04-30T00:00", DAYS, 1, "пт 2026-05-01T23:59"),
    ("пт 2026-05-01T00:00", DAYS, 1, "сб 2026-05-02T23:59"),
    ("чт 2026-04-30T23:59", WORKING, 3, "ср 2026-05-06T23:59"),
    ("чт 2026-12-31T23:58", DAYS, 3, "вс 2027-01-03T23:59"),
    # Hours at that minute.
    ("чт 2026-04-30T23:59", HOURS, 24, "пт 2026-05-01T23:59"),
    ("сб 2026-02-28T15:05", HOURS, 24, "вс 2026-03-01T15:05"),
    ("ср 2024-02-28T15:05", HOURS, 24, "чт 2024-02-29T15:05"),
    ("чт 2026-12-31T09:15", HOURS, 24, "пт 2027-01-01T09:15"),
]


@pytest.mark.parametrize("zone", [*ZONES, KALININGRAD])
@pytest.mark.parametrize(("event", "unit", "amount", "last"), LAST_MINUTES)
def test_a_lesson_in_the_last_minutes_of_a_day(event, unit, amount, last, zone):
    due = due_at(Term(amount, unit), local(event, zone), zone, CALENDAR)
    assert shown(due, zone) == last


def test_one_moment_is_two_days_in_two_zones():
    """20:30 in Moscow on Wednesday is half past five on Thursday in Kamchatka."""
    moment = local("ср 2026-09-09T20:30", MOSCOW)
    assert shown(due_at(Term(1, DAYS), moment, MOSCOW, CALENDAR), MOSCOW) == "чт 2026-09-10T23:59"
    assert (
        shown(due_at(Term(1, DAYS), moment, KAMCHATKA, CALENDAR), KAMCHATKA)
        == "пт 2026-09-11T23:59"
    )


def test_a_bare_date_counts_hours_from_its_last_minute():
    due = due_at(Term(24, HOURS), day("чт 2026-04-30"), URAL, CALENDAR)
    assert shown(due, URAL) == "пт 2026-05-01T23:59"
    at_last_minute = due_at(Term(24, HOURS), local("чт 2026-04-30T23:59", URAL), URAL, CALENDAR)
    assert due == at_last_minute


@pytest.mark.parametrize(
    ("event", "amount", "last"),
    [
        ("пн 2026-11-16", 1, "вс 2026-11-22"),
        ("вс 2026-11-22", 1, "вс 2026-11-22"),
        ("пн 2026-11-23", 1, "вс 2026-11-29"),
        ("вт 2025-12-30", 1, "вс 2026-01-04"),
        ("пн 2026-11-16", 2, "вс 2026-11-29"),
    ],
)
def test_a_week_ends_with_its_sunday(event, amount, last):
    due = due_at(Term(amount, Unit.WEEKS), day(event), URAL, CALENDAR)
    assert shown(due, URAL) == f"{last}T23:59"


def test_the_last_minute_counts_whole():
    """«23:59, inclusive»: 23:59:59 is in time, midnight is not. The same for hours."""
    due = due_at(Term(3, DAYS), day("пт 2026-09-04"), URAL, CALENDAR)
    last = datetime(2026, 9, 7, 23, 59, 59, 999_000, tzinfo=ZoneInfo(URAL))
    assert last <= due < last + timedelta(milliseconds=1)
    lesson_end = datetime(2026, 9, 4, 9, 15, 20, tzinfo=ZoneInfo(URAL))
    due = due_at(Term(24, HOURS), lesson_end, URAL, CALENDAR)
    assert datetime(2026, 9, 5, 9, 15, 59, tzinfo=ZoneInfo(URAL)) <= due
    assert datetime(2026, 9, 5, 9, 16, tzinfo=ZoneInfo(URAL)) > due


def test_nights_when_clocks_are_changed():
    """Not in Russia since 2014, but schools abroad: a day ends with its last minute, and 24
    hours are 24 hours."""
    berlin, beirut = "Europe/Berlin", "Asia/Beirut"
    event = local("сб 2026-10-24T12:00", berlin)
    assert shown(due_at(Term(24, HOURS), event, berlin, CALENDAR), berlin) == "вс 2026-10-25T11:00"
    assert shown(due_at(Term(1, DAYS), event, berlin, CALENDAR), berlin) == "вс 2026-10-25T23:59"
    # In Beirut the last hour of 24 October 2026 comes twice; the second is in time.
    end = end_of_day(date(2026, 10, 24), ZoneInfo(beirut))
    assert end == datetime(2026, 10, 24, 21, 59, 59, 999_000, tzinfo=UTC)


def test_what_is_no_term_or_no_moment_is_refused():
    for amount in (-1, 1.5, True, "3", 10_000):
        with pytest.raises(ValueError, match="срок"):
            Term(amount, DAYS)
    for term in (Term(1, HOURS), Term(1, DAYS), Term(1, WORKING)):
        with pytest.raises(ValueError, match="aware"):
            due_at(term, datetime(2026, 9, 1, 12), URAL, CALENDAR)
    with pytest.raises(LookupError):
        add_working_days(date(2026, 1, 1), 1, lambda day: False)


def test_the_administrators_corrections_come_before_the_calendar():
    sabantuy = date(2026, 6, 16)
    corrected = CALENDAR.corrected({sabantuy: False, date(2026, 6, 20): True})
    assert not corrected(sabantuy)
    assert corrected(date(2026, 6, 20))
    assert CALENDAR(sabantuy)
    event = day("пн 2026-06-15")
    assert shown(due_at(Term(1, WORKING), event, URAL, corrected), URAL) == "ср 2026-06-17T23:59"
    back = corrected.corrected({sabantuy: True, date(2026, 6, 20): False})
    assert {d for d in (sabantuy, date(2026, 6, 20)) if back(d)} == {sabantuy}


def test_a_year_that_is_not_confirmed_is_warned_of():
    calendar = WorkingDays(years=frozenset({2026, 2027}), unconfirmed=frozenset({2027}))
    assert calendar.warnings_between(date(2026, 1, 1), date(2026, 12, 31)) == ()
    assert calendar.warnings_between(date(2026, 12, 31), date(2027, 1, 11)) == (2027,)
    assert calendar.warnings_between(date(2028, 1, 1), date(2028, 1, 1)) == (2028,)


# --- what always holds -------------------------------------------------------------------

DATES = st.dates(date(2024, 1, 1), date(2027, 6, 1))
EVENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))
AMOUNTS = st.integers(0, 60)
SOME_ZONES = st.sampled_from([*ZONES, KALININGRAD, "Europe/Berlin", "Pacific/Chatham"])


@given(EVENTS, AMOUNTS, SOME_ZONES, st.sampled_from([DAYS, WORKING]))
def test_a_term_in_days_ends_at_2359_there(event, amount, zone, unit):
    due = due_at(Term(amount, unit), event, zone, CALENDAR)
    there = due.astimezone(ZoneInfo(zone))
    assert (there.hour, there.minute) == (23, 59)
    assert due >= event
    assert (due + timedelta(milliseconds=1)).astimezone(ZoneInfo(zone)).date() > there.date()


@given(DATES, AMOUNTS)
def test_the_days_in_between_are_counted_once_each(event, amount):
    last = add_working_days(event, amount, CALENDAR)
    between = [event + timedelta(days=n) for n in range(1, (last - event).days + 1)]
    assert sum(CALENDAR(each) for each in between) == amount
    assert amount == 0 or CALENDAR(last)


@given(DATES, st.integers(0, 30), st.integers(0, 30))
def test_terms_add_up(event, first, then):
    half = add_working_days(event, first, CALENDAR)
    assert add_working_days(half, then, CALENDAR) == add_working_days(event, first + then, CALENDAR)


@given(DATES, st.integers(1, 60), SOME_ZONES)
def test_more_time_is_never_less(event, amount, zone):
    for unit in (DAYS, WORKING, HOURS):
        shorter = due_at(Term(amount - 1, unit), event, zone, CALENDAR)
        assert shorter < due_at(Term(amount, unit), event, zone, CALENDAR)
    in_days = due_at(Term(amount, DAYS), event, zone, CALENDAR)
    assert in_days <= due_at(Term(amount, WORKING), event, zone, CALENDAR)


@given(EVENTS, st.integers(0, 700), SOME_ZONES)
def test_hours_are_elapsed_hours_of_a_whole_minute(event, hours, zone):
    due = due_at(Term(hours, HOURS), event, zone, CALENDAR)
    assert timedelta(0) <= due - (event + timedelta(hours=hours)) < timedelta(minutes=1)
    assert due.replace(microsecond=due.microsecond // 1000 * 1000) == due
    assert (due + timedelta(milliseconds=1)).second == 0


@given(DATES, st.integers(0, 20))
def test_an_extra_day_off_never_makes_a_term_shorter(event, amount):
    rest = CALENDAR.corrected({event + timedelta(days=1): False})
    assert add_working_days(event, amount, rest) >= add_working_days(event, amount, CALENDAR)
