"""Calls to people on the paper way, within the terms of missed lessons (C3) and results (C2)."""

from collections.abc import Iterator
from datetime import timedelta

from school.queries.obligations.school import SchoolDesk
from school.queries.obligations.wanted import Wanted
from school.queries.paper_calls import ABSENCE, OwedCall, list_owed_calls
from school.rules.obligations import CLASS_TEACHER, Obligation

KIND = "call"
#: What nobody told for so long was told by the printouts, and is found by its span.
LONGEST_OWED = timedelta(days=56)


def list_open(desk: SchoolDesk) -> Iterator[Obligation]:
    """What nobody has told yet."""
    if desk.versions:
        first = max(desk.today - LONGEST_OWED, desk.versions[0].from_on)
        for call in list_owed_calls(desk.school_id, first, desk.today, desk.now):
            if call.met_at is None:
                yield _obligation(desk, call)


def list_done(desk: SchoolDesk, wanted: Wanted) -> Iterator[Obligation]:
    """What was told of that which happened in a span."""
    if not (wanted.takes_row("C2") or wanted.takes_row("C3")) or not desk.versions:
        return
    first = max(wanted.from_on, desk.versions[0].from_on)
    last = min(wanted.until_on, desk.today)
    if first <= last:
        for call in list_owed_calls(desk.school_id, first, last, desk.now):
            if call.met_at is not None:
                yield _obligation(desk, call)


def _obligation(desk: SchoolDesk, call: OwedCall) -> Obligation:
    to = call.recipient
    what = "пропуски" if call.what == ABSENCE else "результаты"
    return Obligation(
        row=call.row,
        kind=KIND,
        key=f"call:{call.key}",
        school_id=desk.school_id,
        time_zone=desk.time_zone,
        words=f"{to.class_name}, звонок тем, кто на бумаге: {what}, {call.title}",
        event_on=call.event_on,
        due_at=call.due_at,
        met_at=call.met_at,
        holder_role=CLASS_TEACHER,
        holders=desk.class_teacher(
            to.class_id, call.event_on if call.met_at is not None else desk.today
        ),
        subject_id=to.class_id,
        people=to.recipient,
        class_id=to.class_id,
        class_name=to.class_name,
        version_id=call.version_id,
    )
