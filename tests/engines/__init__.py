"""Real old engines, and what everybody must be able to do in them."""

from collections.abc import Callable
from pathlib import Path

from tests.engines import hands, terminals
from tests.engines.hands import Hand

#: The rows of docs/engines.md.
ENGINES: dict[str, Callable[[str, Path], Hand]] = {
    "PhantomJS 2.1": hands.PhantomJS,
    "QtWebKit 602.1": hands.QtWebKit,
    "Chromium 56": hands.chromium_56,
    "Chromium 69": hands.chromium_69,
    "Chromium 109": hands.chromium_109,
    "Chromium of today": hands.of_today,
    "w3m": terminals.W3mHand,
    "Lynx": terminals.LynxHand,
}
