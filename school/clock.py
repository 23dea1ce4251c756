"""The clock of the server: the only place that asks what time it is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present moment, aware, UTC, cut to milliseconds as the database keeps it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def today(time_zone: str) -> date:
    """Today's date in a school's time zone (an IANA name such as Asia/Yekaterinburg)."""
    return now().astimezone(ZoneInfo(time_zone)).date()


def local(moment: datetime, time_zone: str) -> datetime:
    """A UTC moment as local date and time of a school."""
    return moment.astimezone(ZoneInfo(time_zone))


def moment_of(day: date, clock_time: str, time_zone: str) -> datetime:
    """The UTC moment of a local clock time «08:30» on a day in a school's time zone."""
    hours, minutes = clock_time.split(":")
    zone = ZoneInfo(time_zone)
    local_moment = datetime(day.year, day.month, day.day, int(hours), int(minutes), tzinfo=zone)
    return local_moment.astimezone(UTC)
