"""People who wait to be seen (C6): owed by whom they were passed on to, else by the office."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from school import wording
from school.clock import local
from school.database import fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.lessons import full_name
from school.queries.obligations.school import SchoolDesk
from school.queries.obligations.wanted import Wanted
from school.rules.obligations import ADMINISTRATOR, Obligation

_LINES = """
SELECT v.id, v.arrived_at, v.due_at, v.begun_at, v.ended_at, h.id, h.surname, h.given_name,
       h.patronymic, v.visitor, (
         SELECT e.school_class_id FROM enrolment e
         WHERE e.pupil_id = v.pupil_id AND e.school_id = v.school_id
         ORDER BY e.from_on DESC, e.id DESC LIMIT 1), v.regulation_version_id
FROM visit v LEFT JOIN person h ON h.id = v.holder_id
"""
OPEN = f"""{_LINES} WHERE v.school_id = ? AND v.ending = '' AND v.begun_at IS NULL
ORDER BY v.arrived_at, v.id"""
# Who went before their minutes were over is owed no longer, and was not kept waiting.
DONE = f"""{_LINES} WHERE v.school_id = ? AND v.arrived_at BETWEEN ? AND ?
  AND (v.begun_at IS NOT NULL OR v.ended_at > v.due_at) ORDER BY v.arrived_at DESC, v.id DESC"""


def list_open(desk: SchoolDesk) -> Iterator[Obligation]:
    """Whom nobody sees yet."""
    for row in fetch_all(OPEN, (desk.school_id,)):
        yield _obligation(desk, row, None)


def list_done(desk: SchoolDesk, wanted: Wanted) -> Iterator[Obligation]:
    """Who arrived on days of a span and was seen, or went when the minutes were over."""
    if not wanted.takes_row("C6"):
        return
    zone = ZoneInfo(desk.time_zone)
    first = max(wanted.from_on, date(1990, 1, 1))
    last = min(wanted.until_on, desk.today + timedelta(days=1))
    span = (
        to_milliseconds(datetime.combine(first, time(), tzinfo=zone)),
        to_milliseconds(datetime.combine(last, time.max, tzinfo=zone)),
    )
    for row in fetch_all(DONE, (desk.school_id, *span)):
        yield _obligation(desk, row, from_milliseconds(row[3] if row[3] is not None else row[4]))


def _obligation(desk: SchoolDesk, row: tuple[Any, ...], met_at: datetime | None) -> Obligation:
    at = local(from_milliseconds(row[1]), desk.time_zone)
    return Obligation(
        row="C6",
        kind="visit",
        key=f"visit:{row[0]}",
        school_id=desk.school_id,
        time_zone=desk.time_zone,
        words=f"Личный приём {wording.day_and_month(at.date())} в {wording.clock_time(at)}",
        event_on=at.date(),
        due_at=from_milliseconds(row[2]),
        met_at=met_at,
        holder_role=ADMINISTRATOR,
        holders=((row[5], full_name(*row[6:9])),) if row[5] else (),
        subject_id=row[0],
        people=row[9],
        class_id=row[10],
        class_name=desk.class_names.get(row[10] or 0, ""),
        version_id=row[11],
    )
