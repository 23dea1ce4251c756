"""H2: what is a change, since when an entry stands, when it locks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.rules.changes import (
    RequestState,
    changed_places,
    first_entered_at,
    is_locked,
    state_of,
)

pytestmark = pytest.mark.requirement("H2")

#: Sunday, 1 November 2026, noon UTC.
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ("", "5", ()),
        ("", "", ()),
        ("5", "5", ()),
        # A «точка» is awaited: what comes in its place is a first entry.
        (".", "5", ()),
        (".", "", ()),
        ("4/.", "4/5", ()),
        # So is a second mark beside the first.
        ("4", "4/5", ()),
        ("4", "4/.", ()),
        ("5", "4", (0,)),
        ("5", "", (0,)),
        ("5", ".", (0,)),
        ("4/5", "4", (1,)),
        ("4/5", "4/3", (1,)),
        ("4/5", "5", (0, 1)),
        ("4/5", "", (0, 1)),
        ("4/.", "5/5", (0,)),
        ("./5", "3/5", ()),
        ("н", "б", (0,)),
        ("2026-09-15", "2026-09-16", (0,)),
    ],
)
def test_what_is_a_change(old, new, places):
    assert changed_places(old, new) == places


def test_an_entry_is_as_old_as_its_first_writing():
    lines = [
        (NOON, "."),
        (NOON + DAY, "4"),
        (NOON + 2 * DAY, "5"),
        (NOON + 3 * DAY, "5/3"),
        (NOON + 4 * DAY, "2/3"),
    ]
    assert first_entered_at(lines, (0,)) == NOON + DAY
    assert first_entered_at(lines, (1,)) == NOON + 3 * DAY
    assert first_entered_at(lines, (0, 1)) == NOON + DAY
    assert first_entered_at(lines, ()) is None
    assert first_entered_at([], (0,)) is None


def test_an_emptied_and_refilled_entry_keeps_its_age():
    lines = [(NOON, "4"), (NOON + 20 * DAY, "3")]
    assert first_entered_at(lines, (0,)) == NOON


@pytest.mark.parametrize(
    ("free_until", "open_until", "locked"),
    [
        (None, None, False),
        (NOON, None, False),
        (NOON - MILLISECOND, None, True),
        (NOON + DAY, None, False),
        (NOON - DAY, NOON, False),
        (NOON - DAY, NOON - MILLISECOND, True),
        (NOON - DAY, NOON + DAY, False),
    ],
)
def test_both_ends_are_inclusive(free_until, open_until, locked):
    assert is_locked(now=NOON, free_until=free_until, open_until=open_until) is locked


@pytest.mark.parametrize(
    ("decision", "open_until", "changed_at", "state"),
    [
        ("", None, None, RequestState.WAITING),
        ("declined", None, None, RequestState.DECLINED),
        ("opened", NOON, None, RequestState.OPEN),
        ("opened", NOON - MILLISECOND, None, RequestState.EXPIRED),
        ("opened", NOON + DAY, NOON - DAY, RequestState.CHANGED),
        ("opened", NOON - DAY, NOON - DAY, RequestState.CHANGED),
    ],
)
def test_the_states_of_a_request(decision, open_until, changed_at, state):
    found = state_of(decision=decision, open_until=open_until, changed_at=changed_at, now=NOON)
    assert found is state


CELLS = st.lists(st.sampled_from(["2", "3", "5", ".", "зач"]), max_size=2).map("/".join)


@given(CELLS, CELLS)
def test_first_entries_never_change_anything(old, new):
    if not old.replace(".", "").replace("/", ""):
        assert changed_places(old, new) == ()
    assert changed_places(old, old) == ()
    if old and new == "":
        assert changed_places(old, new) == tuple(
            place for place, mark in enumerate(old.split("/")) if mark != "."
        )
