"""Every journey by ear: what Orca says in Russian, sentence by sentence (half a minute each)."""

import pytest

from tests.spoken.journeys import JOURNEYS
from tests.spoken.screen_reader import screen_reader
from tests.spoken.september import September, september

__all__ = ["september"]


@pytest.mark.requirement("H20")
@pytest.mark.parametrize("name", JOURNEYS)
def test_a_journey_is_heard(name: str, september: September, chromium):
    with screen_reader(chromium, september.url) as reader:
        JOURNEYS[name](reader, september)
