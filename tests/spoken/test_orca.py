"""A sample of the journeys by ear; all of them are in tests/soak/test_orca_soak.py."""

import pytest

from tests.spoken.journeys import JOURNEYS
from tests.spoken.screen_reader import screen_reader
from tests.spoken.september import September, september

__all__ = ["september"]

SAMPLE = ("today's mark", "a week read out")


@pytest.mark.requirement("H20")
def test_orca_says_todays_mark_and_reads_a_week_in_sentences(september: September, chromium):
    with screen_reader(chromium, september.url) as reader:
        for name in SAMPLE:
            reader.context.clear_cookies()
            JOURNEYS[name](reader, september)
