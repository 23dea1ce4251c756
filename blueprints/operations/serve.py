"""The supervisor behind `flask serve`: web server and worker live and die together."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import click

from school.settings import Settings

HERE = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent

#: Patience with a part that was asked to end.
LONGEST_GOODBYE = 12.0


def commands(settings: Settings) -> dict[str, list[str]]:
    """How each part is started."""
    return {
        # Without --respawn-failed-workers one dead process ends all.
        "web": [
            str(BIN / "granian"),
            "app:web",
            "--factory",
            *("--interface", "rsgi", "--http", "1", "--no-ws"),
            *("--host", settings.host, "--port", str(settings.port)),
            *("--workers", "2", "--backlog", "1024"),
            *("--respawn-failed-workers", "--workers-kill-timeout", "5", "--no-access-log"),
            *("--log-level", "warning"),
        ],
        "worker": [
            str(BIN / "huey_consumer"),
            "tasks.huey",
            # Letters, papers and the sign of life do not wait for one another.
            *("--workers", "3", "--worker-type", "thread", "--quiet"),
        ],
    }


def serve(settings: Settings) -> int:
    """Start both parts and wait until one ends or somebody asks; then end the other. Returns
    the exit status: 0 when asked to end, 1 when a part died."""
    if _is_taken(settings.host, settings.port):
        click.echo(
            f"Порт {settings.port} занят другой программой (или этой же, запущенной раньше). "
            "Остановите её или выберите другой: PORT=8001."
        )
        return 1
    asked = False

    def ask(*_: object) -> None:
        nonlocal asked
        asked = True

    # Before the parts start, so that none is left behind; a closed terminal asks too.
    for asking in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asking, ask)
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    parts: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands(settings).items():
            # In groups of their own, so that Ctrl-C reaches this process alone, first; and
            # where we are, so that relative addresses mean the same to all.
            parts[name] = subprocess.Popen(  # noqa: S603 - our own command lines
                command, env=environment, start_new_session=True
            )
        while not asked and all(part.poll() is None for part in parts.values()):
            time.sleep(0.2)
        for name, part in parts.items():
            if part.poll() is not None and not asked:
                click.echo(
                    f"Часть «{name}» завершилась сама (код {part.returncode}). Останавливаю всё."
                )
    finally:
        _end(parts.values())
    return 0 if asked else 1


def _is_taken(host: str, port: int) -> bool:
    """Whether somebody listens there. granian would not notice: it shares a port, so that two
    installations would answer in turn."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def _end(parts: Collection["subprocess.Popen[bytes]"]) -> None:
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


def _signal_all(part: "subprocess.Popen[bytes]", asking: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(part.pid, asking)
