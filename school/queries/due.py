"""Until when something would be in time: the answer of `flask due`."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from school.database import fetch_all
from school.queries.calendars import get_working_days
from school.queries.regulations import NoRegulation, get_regulation
from school.rules.terms import Unit, due_at, local_date

#: What people may type for a Latin letter: Russian А and С look the same.
LATIN = str.maketrans("АСас", "ACac")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?", re.ASCII)


class DueRefused(Exception):
    """No answer, and why, in Russian."""


@dataclass(frozen=True, slots=True)
class DueAnswer:
    """Local date and time «2026-05-06T23:59»: the last minute that is in time."""

    text: str
    #: Years whose production calendar counted and is not confirmed.
    unconfirmed: tuple[int, ...] = ()


def parse_moment(words: str, zone: ZoneInfo) -> date | datetime:
    """A local date, or an aware moment of a local date-time. Raises ValueError."""
    if not MOMENT.fullmatch(words):
        raise ValueError(words)
    if "T" not in words:
        return date.fromisoformat(words)
    local = datetime.fromisoformat(words).replace(tzinfo=zone)
    if local.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != local.replace(
        tzinfo=None
    ):
        raise ValueError("clocks were put forward over this time")
    return local


def answer_due(short_name: str, row: str, moment: str) -> DueAnswer:
    """When a row («A8») would be due at a school if its event happened at a local date or
    date-time. Raises DueRefused for an unknown school, row or moment, and for a day before the
    school's first regulation."""
    schools = fetch_all("SELECT id, time_zone FROM school WHERE short_name = ?", (short_name,))
    if not schools:
        raise DueRefused(f"нет школы «{short_name}»")
    school_id, time_zone = schools[0]
    zone = ZoneInfo(time_zone)
    try:
        event = parse_moment(moment, zone)
    except (ValueError, OverflowError):
        raise DueRefused(
            f"«{moment}» — не дата и не время: пишите 2026-04-30 или 2026-04-30T12:00, по "
            "местному времени"
        ) from None
    day = local_date(event, zone)
    try:
        promise = get_regulation(school_id, day).regulation.term(row.translate(LATIN).upper())
    except NoRegulation as refusal:
        raise DueRefused(str(refusal)) from None
    except LookupError:
        raise DueRefused(f"нет срока у строки «{row}»") from None
    try:
        calendar = get_working_days(school_id, day)
        last = due_at(promise.term, event, zone, calendar).astimezone(zone)
    except (ValueError, OverflowError):
        raise DueRefused(f"«{moment}» — слишком далёкий день") from None
    counted = promise.term.unit is Unit.WORKING_DAYS
    unconfirmed = calendar.warnings_between(day, last.date()) if counted else ()
    return DueAnswer(f"{last:%Y-%m-%dT%H:%M}", unconfirmed)
