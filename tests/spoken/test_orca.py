"""A sample of the journeys by ear; all of them are in tests/soak/test_orca_soak.py."""

import pytest

from tests.spoken.journeys import JOURNEYS
from tests.spoken.screen_reader import screen_reader
from tests.spoken.september import September, september

__all__ = ["september"]


@pytest.mark.requirement("H20")
def test_orca_says_todays_mark(september: September, chromium):
    """Signed in by keys alone, then down the day to its newest mark."""
    with screen_reader(chromium, september.url) as reader:
        JOURNEYS["today's mark"](reader, september)
