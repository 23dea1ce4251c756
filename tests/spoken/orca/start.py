"""Starts Debian's Orca with the voice of voice.py: `/usr/bin/python3 start.py`.

/usr/bin/orca itself refuses to start, or kills, where another one of the same user runs; tests run
side by side, each on a screen and a bus of its own.
"""

import sys

from orca import debug, orca, settings

debug.debugLevel = debug.LEVEL_ALL
debug.eventDebugLevel = debug.LEVEL_OFF
debug.debugFile = open(sys.argv[1], "w", encoding="utf-8", buffering=1)  # noqa: SIM115

CHOSEN = {
    "speechServerFactory": "voice",
    # What is typed is known; what is asserted is what the program says to it.
    "enableKeyEcho": False,
    # A page is read out when the test asks for it.
    "sayAllOnLoad": False,
    "enableBraille": False,
    "enableSound": False,
}
for name, value in CHOSEN.items():
    setattr(settings, name, value)
settings.speechFactoryModules = ["voice"]
orca.getSettingsManager().activate(None, dict(CHOSEN))
sys.exit(orca.main())
