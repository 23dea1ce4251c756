"""`flask serve`: how web server and worker are started, under their supervisor."""

import errno
import json
import os
import signal
import socket
import sys
from pathlib import Path

import click

from blueprints.operations.supervisor import ASKING
from school.settings import Settings

HERE = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent

#: For glibc: one heap for all threads, which take turns anyway, and what is free goes back. Each
#: part is several megabytes smaller at rest.
MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "65536"}
SUPERVISOR = Path(__file__).with_name("supervisor.py")


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
    """Become the supervisor of both parts (supervisor.py), which never returns; 1 where the port
    is taken."""
    # Who asks to end from now on is heard by the supervisor: Python may lose a Ctrl-C in between.
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
    if _is_taken(settings.host, settings.port):
        click.echo(
            f"Порт {settings.port} занят другой программой (или этой же, запущенной раньше). "
            "Остановите её или выберите другой: PORT=8001."
        )
        return 1
    sys.stdout.flush()
    environment = {**MEMORY, **os.environ, "PYTHONPATH": str(HERE)}
    program = [sys.executable, "-P", str(SUPERVISOR), json.dumps(commands(settings))]
    # In this process's place: all that was imported to get here would lie idle beside the parts.
    os.execve(sys.executable, program, environment)  # noqa: S606 - our own program
    return 1


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
