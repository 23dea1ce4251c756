"""What a new version of a regulation would do, before it holds."""

import difflib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from school.rules.regulation import RegulatedTerm, Regulation
from school.rules.terms import IsWorkingDay, Unit, due_at

FRIDAY = 4
#: Terms in hours are shown from a lesson's usual end.
NOON = 12


@dataclass(frozen=True, slots=True)
class Example:
    """One event, and until when it would be due: local moments."""

    event: date | datetime
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row whose promise would be another one."""

    row: str
    before: RegulatedTerm
    after: RegulatedTerm
    examples: tuple[Example, ...]
    #: How many things still open would be judged anew; None: not counted for this row.
    open_items: int | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    rows: tuple[RowChange, ...]
    #: Lines of the text that change: «−» goes, «+» comes.
    lines: tuple[str, ...]


def count_open_items(act_id: int, row: str, from_on: date) -> int | None:
    """How many open things of a row have their event on or after the day and would get another
    due date; None where nobody counts them yet. (What is owed is counted by the sweeps.)"""
    return None


def preview_version(
    act_id: int,
    before: Regulation,
    after: Regulation,
    from_on: date,
    time_zone: str,
    is_working_day: IsWorkingDay,
) -> Preview:
    """Compare a regulation with the one that would hold from a day on: rows that change, each
    with examples (an event on that day and on the Friday after), and lines of the text."""
    old = {term.row: term for term in (*before.terms, *before.own_terms)}
    rows = tuple(
        RowChange(
            term.row,
            old[term.row],
            term,
            _examples(old[term.row], term, from_on, ZoneInfo(time_zone), is_working_day),
            count_open_items(act_id, term.row, from_on),
        )
        for term in (*after.terms, *after.own_terms)
        if term != old[term.row]
    )
    lines = difflib.unified_diff(
        before.text.splitlines(), after.text.splitlines(), lineterm="", n=0
    )
    changed = tuple(
        ("− " if line[0] == "-" else "+ ") + line[1:]
        for line in lines
        if line[:1] in ("-", "+") and line[:3] not in ("---", "+++") and line[1:].strip()
    )
    return Preview(rows, changed)


def _examples(
    before: RegulatedTerm,
    after: RegulatedTerm,
    from_on: date,
    zone: ZoneInfo,
    is_working_day: IsWorkingDay,
) -> tuple[Example, ...]:
    if before.term == after.term or before.row == "remind_before":
        return ()
    friday = from_on + timedelta(days=(FRIDAY - from_on.weekday()) % 7)
    found = []
    for day in dict.fromkeys((from_on, friday)):
        event: date | datetime = day
        if {before.term.unit, after.term.unit} & {Unit.HOURS, Unit.MINUTES}:
            event = datetime(day.year, day.month, day.day, NOON, tzinfo=zone)
        ends = [
            due_at(term.term, event, zone, is_working_day).astimezone(zone)
            for term in (before, after)
        ]
        found.append(Example(event, ends[0], ends[1]))
    return tuple(found)
