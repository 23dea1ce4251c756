"""The supervisor behind `flask serve`: web server and worker live and die together."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click

from school.settings import Settings

HERE = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent

#: Patience with a part that was asked to end.
LONGEST_GOODBYE = 15.0


def commands(settings: Settings) -> dict[str, list[str]]:
    """How each part is started."""
    return {
        # granian buffers slow clients; without --respawn-failed-workers one dead worker ends all.
        "web": [
            str(BIN / "granian"),
            "app:web",
            "--factory",
            *("--interface", "wsgi", "--http", "1", "--no-ws"),
            *("--host", settings.host, "--port", str(settings.port)),
            *("--workers", "2", "--blocking-threads", "4", "--backlog", "256"),
            *("--respawn-failed-workers", "--workers-kill-timeout", "10", "--no-log-access"),
            *("--log-level", "warning"),
        ],
        "worker": [
            str(BIN / "huey_consumer"),
            "tasks.huey",
            *("--workers", "1", "--worker-type", "thread", "--quiet"),
        ],
    }


def serve(settings: Settings) -> int:
    """Start both parts and wait until one ends or somebody asks; then end the other. Returns
    the exit status: 0 when asked to end, 1 when a part died."""
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    # Parts run in groups of their own, so that Ctrl-C reaches this process alone, first.
    parts = {
        name: subprocess.Popen(  # noqa: S603 - our own command lines
            command, cwd=HERE, env=environment, start_new_session=True
        )
        for name, command in commands(settings).items()
    }
    asked = False

    def ask(*_: object) -> None:
        nonlocal asked
        asked = True

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    while not asked and all(part.poll() is None for part in parts.values()):
        time.sleep(0.2)
    for name, part in parts.items():
        if part.poll() is not None and not asked:
            click.echo(
                f"Часть «{name}» завершилась сама (код {part.returncode}). Останавливаю всё."
            )
    for part in parts.values():
        if part.poll() is None:
            part.terminate()
    deadline = time.monotonic() + LONGEST_GOODBYE
    for part in parts.values():
        try:
            part.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(part.pid, signal.SIGKILL)
            part.wait()
    return 0 if asked else 1
