"""The real program in real processes: `flask serve`, on a database of tests/databases.py.

The fixture is for tests/serving, tests/browser and tests/soak, whose conftest.py import it.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psutil
import pytest

from blueprints.operations import serve as supervisor
from school.database import database, ensure_connection, open_database
from school.settings import Settings
from tests.town import Town, build_town

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "for tests only, thirty-two letters or more"
#: Generous: a loaded machine starts slowly, and a test that waits here has failed anyway.
LONGEST_START = 30.0

_numbers = count(1)


def wait_until(fact: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for a fact; AssertionError saying `what` when it does not come."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)


def is_running(process: psutil.Process) -> bool:
    """A process that was killed and not yet waited for does not run."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@dataclass
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(repr=False, default_factory=dict)


@dataclass
class Server:
    """The program, or a part of it, as a process of its own."""

    command: list[str]
    environment: dict[str, str]
    log: Path
    host: str = "127.0.0.1"
    process: subprocess.Popen[bytes] = field(init=False)
    #: Everybody who was ever seen below the process: what must be gone in the end.
    seen: dict[int, psutil.Process] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.environment["PORT"])

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def get(self, path: str, *, timeout: float = 5, **headers: str) -> Answer:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            body = response.read().decode()
            return Answer(response.status, body, dict(response.getheaders()))
        finally:
            connection.close()

    def health(self) -> int | None:
        """The status of /healthz, or None while nobody listens."""
        try:
            return self.get("/healthz").status
        except (OSError, http.client.HTTPException):
            return None

    def wait_for_health(self, status: int = 200, seconds: float = LONGEST_START) -> None:
        def healthy() -> bool:
            assert self.process.poll() is None, f"ended by itself:\n{self.said}"
            return self.health() == status

        try:
            wait_until(healthy, seconds, f"/healthz {status}")
        except AssertionError as error:
            raise AssertionError(f"{error}; the program said:\n{self.said}") from None
        self.children()

    def children(self) -> list[psutil.Process]:
        """All processes below ours that run."""
        if self.process.poll() is None:
            for child in psutil.Process(self.process.pid).children(recursive=True):
                self.seen[child.pid] = child
        return [child for child in self.seen.values() if is_running(child)]

    def part(self, word: str) -> psutil.Process:
        """The main process of a part: `granian` or `huey_consumer`."""
        for child in psutil.Process(self.process.pid).children():
            if any(word in argument for argument in child.cmdline()):
                return child
        raise AssertionError(f"no {word} under the program")

    def ask_to_end(self, asking: signal.Signals) -> None:
        self.children()
        self.process.send_signal(asking)

    def wait_for_end(self, seconds: float) -> int:
        """The exit status; whoever is left afterwards is an orphan (`children()`)."""
        return self.process.wait(seconds)

    def stop(self) -> None:
        """End it in any case, and everybody that was ever below it."""
        if self.process.poll() is None:
            self.ask_to_end(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for orphan in self.children():
            orphan.kill()


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as free:
        free.bind((host, 0))
        port: int = free.getsockname()[1]
        return port


def load_town() -> Town:
    """The people of tests/town.py, committed, so that other processes see them."""
    with database.atomic():
        return build_town()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """`serve(url)` starts the program on a database and waits until it is healthy.

    `wait=False` does not wait; `part="web"` starts that part alone, as the supervisor would.
    """
    started: list[Server] = []

    def start(
        url: str,
        *,
        wait: bool = True,
        part: str | None = None,
        port: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> Server:
        number = next(_numbers)
        settings = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "HOST": "127.0.0.1",
            "PORT": str(port or free_port()),
            "DATABASE_URL": url,
            "DATA_DIR": str(tmp_path / "data"),
            "SECRET_KEY": SECRET,
            "PYTHONPATH": str(ROOT),
            **(environment or {}),
        }
        if part:
            command = supervisor.commands(Settings.from_environment(settings))[part]
        else:
            command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
        server = Server(command, settings, tmp_path / f"serve{number}.log")
        started.append(server)
        server.start()
        if wait:
            server.wait_for_health()
        return server

    yield start
    # Side by side: each takes a second or two to say goodbye.
    goodbyes = [threading.Thread(target=server.stop) for server in started]
    for goodbye in goodbyes:
        goodbye.start()
    for goodbye in goodbyes:
        goodbye.join()


def serve_alone(url: str, place: Path) -> Server:
    """The program on a database, for longer than one test."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "DATABASE_URL": url,
        "DATA_DIR": str(place / "data"),
        "SECRET_KEY": SECRET,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
    return Server(command, environment, place / "serve.log")


@pytest.fixture(scope="module")
def house(sqlite_template, tmp_path_factory) -> Iterator[tuple[Server, Town]]:
    """One server and its people for all tests of a module, which leave each other in peace."""
    place = tmp_path_factory.mktemp("house")
    shutil.copy(sqlite_template, place / "listok.db")
    url = f"sqlite:///{place}/listok.db"
    open_database(url)
    ensure_connection()
    town = load_town()
    server = serve_alone(url, place)
    try:
        server.start()
        server.wait_for_health()
        yield server, town
    finally:
        server.stop()
        database.close()
