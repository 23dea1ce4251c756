"""All that a school owes by a moment, and what it kept, over all rows: one registry of sources.

A row is added by a source: what is open now, what was done over a span, and (where that is much)
its counts. Everybody who asks about terms reads from here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from school.queries.obligations import (
    calls,
    codes,
    lessons,
    printouts,
    questions,
    requests,
    results,
    visits,
)
from school.queries.obligations.school import SchoolDesk
from school.queries.obligations.wanted import Wanted
from school.rules.obligations import Count, Obligation, Standing
from school.rules.obligations import count_done as count_lines

__all__ = [
    "KNOWN_ROWS", "Source", "Wanted", "by_term", "get_standing", "get_standing_at",
    "list_done_at", "list_obligations", "list_open_at", "list_open_obligations",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Where the obligations of some rows come from."""

    rows: frozenset[str]
    #: What is not done at the desk's moment.
    list_open: Callable[[SchoolDesk], Iterable[Obligation]]
    #: What was done of that which began in the span, as it was judged then.
    list_done: Callable[[SchoolDesk, Wanted], Iterable[Obligation]] | None = None
    #: The same counted by the database, where it is too much to be read line by line.
    count_done: Callable[[SchoolDesk, Wanted], Iterable[Count]] | None = None


SOURCES: tuple[Source, ...] = (
    Source(frozenset({"C1", "C3"}), lessons.list_open, lessons.list_done, lessons.count_done),
    Source(frozenset({"C2", "C4"}), results.list_open, results.list_done, results.count_done),
    Source(frozenset({"A4", "A8", "C5", "D3"}), requests.list_open, requests.list_done),
    Source(frozenset({"C2", "C3"}), calls.list_open, calls.list_done),
    Source(frozenset({"C7"}), printouts.list_open, printouts.list_done),
    Source(frozenset({"A9"}), codes.list_open),
    Source(frozenset({"C6"}), visits.list_open, visits.list_done),
    Source(frozenset({"A13"}), questions.list_open, questions.list_done),
)
#: Rows that something is known of; pages leave the others out.
KNOWN_ROWS = frozenset(row for source in SOURCES for row in source.rows)


def list_open_obligations(
    school_id: int, now: datetime, *, wanted: Wanted | None = None, time_zone: str = ""
) -> tuple[Obligation, ...]:
    """What a school owes at a moment (UTC) and has not done, the most urgent first; of a span
    only what began in it."""
    return list_open_at(SchoolDesk(school_id, now, time_zone), wanted or Wanted())


def list_open_at(desk: SchoolDesk, wanted: Wanted | None = None) -> tuple[Obligation, ...]:
    """The same of a school whose terms and people were read already."""
    wanted = wanted or Wanted()
    found = [
        line
        for source in SOURCES
        if any(wanted.takes_row(row) for row in source.rows)
        for line in source.list_open(desk)
        if wanted.takes(line)
    ]
    return tuple(sorted(found, key=by_term))


def by_term(line: Obligation) -> tuple[bool, float, str]:
    """The order of urgency: the earliest end first, what has no term last."""
    return line.due_at is None, line.due_at.timestamp() if line.due_at else 0, line.key


def list_obligations(school_id: int, now: datetime, wanted: Wanted) -> tuple[Obligation, ...]:
    """The obligations that stand behind a number: those of a span and a state, open ones first,
    then what was done, the newest first."""
    desk = SchoolDesk(school_id, now)
    found: tuple[Obligation, ...] = ()
    if wanted.takes_open:
        found = list_open_at(desk, wanted)
        found = tuple(line for line in found if wanted.state in ("", line.state(now)))
    return (*found, *list_done_at(desk, wanted)) if wanted.takes_done else found


def list_done_at(desk: SchoolDesk, wanted: Wanted) -> tuple[Obligation, ...]:
    """What was done of that which began in a span, the newest first within its rows."""
    return tuple(
        line
        for source in SOURCES
        if source.list_done is not None and any(map(wanted.takes_row, source.rows))
        for line in source.list_done(desk, wanted)
        if wanted.takes(line) and wanted.state in ("", line.state(desk.now))
    )


def get_standing(
    school_id: int, now: datetime, from_on: date = date.min, until_on: date = date.max
) -> Standing:
    """How a school stands with what it promised on the days of a span, at a moment (UTC): what
    was done as it was judged then, and what is still open. No child's data."""
    return get_standing_at(SchoolDesk(school_id, now), Wanted(from_on, until_on))[0]


def get_standing_at(desk: SchoolDesk, wanted: Wanted) -> tuple[Standing, tuple[Obligation, ...]]:
    """The same of a school whose terms and people were read already, and what is open in it."""
    standing = Standing()
    lines = list_open_at(desk, wanted)
    standing.add_open(lines, desk.now)
    for source in SOURCES:
        if source.count_done is not None:
            standing.add_done(source.count_done(desk, wanted))
        elif source.list_done is not None:
            standing.add_done(count_lines(source.list_done(desk, wanted), desk.now))
    return standing, lines
