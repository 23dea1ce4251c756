"""Questions to the administrator, which the school counts and dates (A13)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from school.database import fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.obligations.school import SchoolDesk
from school.queries.obligations.wanted import Wanted
from school.rules.obligations import ADMINISTRATOR, Obligation
from school.rules.regulation import OWN_ROWS

TERM = "answer_question"

OPEN = """
SELECT t.id, t.open_since FROM help_thread t
WHERE t.school_id = ? AND t.state = 'open' ORDER BY t.open_since, t.id
"""
SAID = """
SELECT m.thread_id, m.is_answer, m.at, t.state, t.changed_at
FROM help_message m JOIN help_thread t ON t.id = m.thread_id
WHERE t.school_id = ? ORDER BY m.thread_id, m.id
"""


def list_open(desk: SchoolDesk) -> Iterator[Obligation]:
    """What waits for an answer."""
    for thread_id, since in fetch_all(OPEN, (desk.school_id,)):
        yield _obligation(desk, thread_id, from_milliseconds(since), None)


def list_done(desk: SchoolDesk, wanted: Wanted) -> Iterator[Obligation]:
    """What was asked on days of a span and was answered, or closed: each time that a thread
    waited is one."""
    if not wanted.takes_row("A13"):
        return
    since: datetime | None = None
    thread: tuple[Any, ...] = ()
    for row in [*fetch_all(SAID, (desk.school_id,)), ()]:
        if thread and (not row or row[0] != thread[0]):
            if since is not None and thread[3] != "open":
                yield from _asked(desk, wanted, thread[0], since, from_milliseconds(thread[4]))
            since = None
        thread = row
        if not row:
            continue
        at = from_milliseconds(row[2])
        if not row[1]:
            since = since or at
        elif since is not None:
            yield from _asked(desk, wanted, row[0], since, at)
            since = None


def _asked(
    desk: SchoolDesk, wanted: Wanted, thread_id: int, since: datetime, met_at: datetime
) -> Iterator[Obligation]:
    if wanted.from_on <= desk.local_day(since) <= wanted.until_on:
        yield _obligation(desk, thread_id, since, met_at)


def _obligation(
    desk: SchoolDesk, thread_id: int, since: datetime, met_at: datetime | None
) -> Obligation:
    day = desk.local_day(since)
    version = desk.version_on(day)
    own = version.regulation.own_term(TERM).term if version else OWN_ROWS[TERM].default
    return Obligation(
        row="A13",
        kind="question",
        key=f"question:{thread_id}:{to_milliseconds(since)}",
        school_id=desk.school_id,
        time_zone=desk.time_zone,
        words=f"Вопрос № {thread_id} администратору",
        event_on=day,
        due_at=desk.due_at(own, since),
        met_at=met_at,
        holder_role=ADMINISTRATOR,
        subject_id=thread_id,
        version_id=version.version_id if version else 0,
    )
