"""When an entry of the register may still be changed: pure decisions.

H2: a first entry is never blocked; changes lock after a term of their own, and a cell that the
deputy head opened can be changed until a moment.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from school.rules.marks import DOT

#: What locks: marks and the day they were earned on, attendance and the minutes of a lateness.
#: Texts (topic, homework, comment) never do.
LOCKING = frozenset({"mark", "worked_on", "attendance", "late_minutes"})


class RequestState(Enum):
    """Where a request to change a locked cell stands."""

    WAITING = "waiting"
    #: The deputy head opened the cell, and it has not been changed yet.
    OPEN = "open"
    #: Opened, and nobody changed the cell in time.
    EXPIRED = "expired"
    CHANGED = "changed"
    DECLINED = "declined"


def changed_places(old: str, new: str) -> tuple[int, ...]:
    """Which entries of a cell another text would change or clear, by their place in it («4/5»
    has two). A «точка» is a mark still awaited: what comes in its place is a first entry, and so
    is a second mark beside the first. Empty: nothing is changed, only entered."""
    before, after = _entries(old), _entries(new)
    return tuple(
        place
        for place, entry in enumerate(before)
        if entry and (place >= len(after) or after[place] != entry)
    )


def first_entered_at(
    lines: Iterable[tuple[datetime, str]], places: Iterable[int]
) -> datetime | None:
    """When the earliest of some entries of a cell was made for the first time; None where the
    history knows of none. `lines` are moment and new text of the cell's history, oldest first."""
    found: dict[int, datetime] = {}
    for at, text in lines:
        for place, entry in enumerate(_entries(text)):
            if entry:
                found.setdefault(place, at)
    return min((found[place] for place in places if place in found), default=None)


def is_locked(*, now: datetime, free_until: datetime | None, open_until: datetime | None) -> bool:
    """Whether a change comes too late. Both moments are the last that are still in time;
    `free_until` is when the term of changes ends (None: the entry is of unknown age, and free),
    `open_until` until when the deputy head opened the cell (None: not at all)."""
    if free_until is None or now <= free_until:
        return False
    return open_until is None or now > open_until


def state_of(
    *, decision: str, open_until: datetime | None, changed_at: datetime | None, now: datetime
) -> RequestState:
    """The state of a request at a moment."""
    if not decision:
        return RequestState.WAITING
    if open_until is None:
        return RequestState.DECLINED
    if changed_at is not None:
        return RequestState.CHANGED
    return RequestState.OPEN if now <= open_until else RequestState.EXPIRED


def _entries(text: str) -> list[str]:
    return ["" if entry == DOT else entry for entry in text.split("/")]
