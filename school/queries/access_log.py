"""The log of who looked, as the administrator reads it (H14)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from school import clock, wording
from school.database import fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.lessons import full_name
from school.rules.names import alphabetical

LINES_ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines are asked for: days of the school, both included."""

    school_id: int
    time_zone: str
    from_on: date
    until_on: date
    #: Keys of wording.EVENTS; empty: all.
    events: Collection[str] = ()
    #: The beginning of the surname of who did it, and of whose data it was.
    who: str = ""
    whose: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    log_id: int
    #: Local to the school.
    at: datetime
    who: str
    event: str
    whose: str
    detail: str


_LINES = """
SELECT l.id, l.at, p.surname, p.given_name, p.patronymic, l.event, c.surname, c.given_name,
       c.patronymic, l.detail
FROM access_log l
LEFT JOIN person p ON p.id = l.person_id
LEFT JOIN person c ON c.id = l.pupil_id
"""
_SPAN = "l.at >= ? AND l.at <= ? AND (l.at < ? OR l.id < ?)"
# Sign-ins are of no school: shown are those of the people of this one, and failed ones with a
# login that nobody has. Each half walks the index (school, at).
LOG = f"""
{_LINES} WHERE l.school_id = ? AND {_SPAN}
UNION ALL
{_LINES} WHERE l.school_id IS NULL AND {_SPAN}
  AND (l.person_id IS NULL
       OR EXISTS (SELECT 1 FROM role r WHERE r.person_id = l.person_id AND r.school_id = ?)
       OR EXISTS (SELECT 1 FROM enrolment e WHERE e.pupil_id = l.person_id AND e.school_id = ?)
       OR EXISTS (SELECT 1 FROM guardianship g JOIN enrolment e ON e.pupil_id = g.pupil_id
                  WHERE g.guardian_id = l.person_id AND e.school_id = ?))
ORDER BY 2 DESC, 1 DESC
LIMIT ?
"""


def list_log(
    wanted: LogFilter, *, before_id: int | None = None, limit: int = LINES_ON_A_PAGE
) -> tuple[LogLine, ...]:
    """Lines of the log, newest first, those before an id (the next page)."""
    found = []
    for line in iterate_log(wanted, before_id=before_id):
        found.append(line)
        if len(found) == limit:
            break
    return tuple(found)


def iterate_log(wanted: LogFilter, *, before_id: int | None = None) -> Iterator[LogLine]:
    """All lines of the log that a filter lets through, newest first, read piece by piece."""
    zone, school_id, piece = wanted.time_zone, wanted.school_id, 500
    from_at = to_milliseconds(clock.moment_of(wanted.from_on, "00:00", zone))
    tomorrow = wanted.until_on + timedelta(days=1)
    at, last = to_milliseconds(clock.moment_of(tomorrow, "00:00", zone)), 0
    if before_id is not None:
        for (found,) in fetch_all("SELECT at FROM access_log WHERE id = ?", (before_id,)):
            at, last = min(at, found), before_id
    while True:
        span = (from_at, at, at, last)
        rows = fetch_all(LOG, (school_id, *span, *span, *(school_id,) * 3, piece))
        for row in rows:
            line = _line(row, zone)
            if (
                (not wanted.events or row[5] in wanted.events)
                and _begins(line.who, wanted.who)
                and _begins(line.whose, wanted.whose)
            ):
                yield line
        if len(rows) < piece:
            return
        last, at = rows[-1][:2]


def _line(row: tuple[Any, ...], time_zone: str) -> LogLine:
    log_id, at = row[:2]
    return LogLine(
        log_id,
        clock.local(from_milliseconds(at), time_zone),
        full_name(*row[2:5]) if row[2] else "",
        row[5],
        full_name(*row[6:9]) if row[6] else "",
        wording.log_detail(row[5], row[9]),
    )


def _begins(name: str, text: str) -> bool:
    def plain(words: str) -> str:
        return alphabetical(words.strip())

    return plain(name).startswith(plain(text))
