"""The supervisor behind `flask serve`: web server and worker live and die together.

A program of its own that imports nothing of ours, so that it is small beside what it watches:
python supervisor.py '{"web": ["granian", …], "worker": [ … ]}'
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import suppress

#: Ctrl-C, a service manager, a closed terminal.
ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Patience with a part that was asked to end.
LONGEST_GOODBYE = 12.0


def supervise(commands: dict[str, list[str]]) -> int:
    """Start the parts and wait until one ends or somebody asks; then end the others. Returns the
    exit status: 0 when asked to end, 1 when a part died."""
    asked = False

    def ask(*_: object) -> None:
        nonlocal asked
        asked = True

    # Before the parts start, so that none is left behind; a closed terminal asks too.
    for asking in ASKING:
        signal.signal(asking, ask)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKING)  # serve.py held them back
    parts: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            # In groups of their own, so that Ctrl-C reaches this process alone, first; and
            # where we are, so that relative addresses mean the same to all.
            parts[name] = subprocess.Popen(  # noqa: S603 - our own command lines
                command, start_new_session=True
            )
        while not asked and all(part.poll() is None for part in parts.values()):
            time.sleep(0.2)
        for name, part in parts.items():
            if part.poll() is not None and not asked:
                print(
                    f"Часть «{name}» завершилась сама (код {part.returncode}). Останавливаю всё.",
                    flush=True,
                )
    finally:
        _end(parts.values())
    return 0 if asked else 1


def _end(parts: Collection[subprocess.Popen[bytes]]) -> None:
    """Ask every part to end, wait, and leave nobody of it behind."""
    deadline = time.monotonic() + LONGEST_GOODBYE
    while time.monotonic() < deadline and any(part.poll() is None for part in parts):
        # More than once, and each of them: granian's processes do not hear it while they start.
        for part in parts:
            _signal_all(part, signal.SIGTERM)
        for part in parts:
            with suppress(subprocess.TimeoutExpired):
                part.wait(0.5)
    for part in parts:
        # A part that was killed leaves its group behind, and that would keep the port.
        _signal_all(part, signal.SIGKILL)
        part.wait()


def _signal_all(part: subprocess.Popen[bytes], asking: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(part.pid, asking)


if __name__ == "__main__":
    sys.exit(supervise(json.loads(sys.argv[1])))
