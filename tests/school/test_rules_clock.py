"""The clock and the time zones of schools (school/clock.py)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school import clock

ZONES = ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Kamchatka")


@pytest.mark.parametrize(
    ("zone", "clock_time", "moment"),
    [
        ("Europe/Moscow", "08:30", datetime(2026, 11, 16, 5, 30, tzinfo=UTC)),
        ("Asia/Yekaterinburg", "08:30", datetime(2026, 11, 16, 3, 30, tzinfo=UTC)),
        ("Asia/Kamchatka", "08:30", datetime(2026, 11, 15, 20, 30, tzinfo=UTC)),
        ("Europe/Moscow", "00:00", datetime(2026, 11, 15, 21, 0, tzinfo=UTC)),
        ("Asia/Yekaterinburg", "23:59", datetime(2026, 11, 16, 18, 59, tzinfo=UTC)),
        ("Europe/Kaliningrad", "8:05", datetime(2026, 11, 16, 6, 5, tzinfo=UTC)),
    ],
)
def test_a_local_clock_time_is_a_moment(zone, clock_time, moment):
    found = clock.moment_of(date(2026, 11, 16), clock_time, zone)
    assert found == moment
    assert found.tzinfo is UTC


@given(
    st.dates(date(2015, 1, 1), date(2060, 1, 1)),
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(ZONES),
)
def test_there_and_back(day, hours, minutes, zone):
    moment = clock.moment_of(day, f"{hours:02d}:{minutes:02d}", zone)
    local = clock.local(moment, zone)
    assert (local.date(), local.hour, local.minute) == (day, hours, minutes)


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (datetime(2026, 11, 16, 11, 59, tzinfo=UTC), (16, 16, 16)),
        (datetime(2026, 11, 16, 12, 0, tzinfo=UTC), (16, 16, 17)),
        (datetime(2026, 11, 16, 19, 0, tzinfo=UTC), (16, 17, 17)),
        (datetime(2026, 11, 16, 20, 59, tzinfo=UTC), (16, 17, 17)),
        (datetime(2026, 11, 16, 21, 0, tzinfo=UTC), (17, 17, 17)),
    ],
)
def test_today_is_the_schools_today(monkeypatch, moment, days):
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert tuple(clock.today(zone).day for zone in ZONES) == days


def test_now_is_aware_and_cut_to_milliseconds():
    before = datetime.now(UTC)
    now = clock.now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert abs((now - before).total_seconds()) < 5


@pytest.mark.parametrize("clock_time", ["24:00", "8", "08:60", "8.30", "утром"])
def test_what_is_no_clock_time_is_refused(clock_time):
    with pytest.raises(ValueError):
        clock.moment_of(date(2026, 11, 16), clock_time, "Europe/Moscow")
