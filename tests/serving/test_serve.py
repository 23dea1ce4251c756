"""`flask serve`: web server and worker live and die together, and say how they are."""

import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import psutil
import psycopg
import pytest

from blueprints.operations.serve import SUPERVISOR
from blueprints.operations.serve import serve as serve_program
from blueprints.operations.supervisor import ASKING
from school import clock
from school.database import database, ensure_connection, open_database
from school.models import Session, WorkerSeen
from school.settings import Settings
from tests.databases import create_database
from tests.serving.running import (
    ROOT,
    SECRET,
    Server,
    free_port,
    is_running,
    load_town,
    wait_until,
)

LONGEST_GOODBYE = 15
PSS_BUDGET = 200_000_000


def port_is_free(server: Server) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((server.host, server.port)) != 0


def assert_nothing_is_left(server: Server) -> None:
    left = [(child.pid, child.cmdline()) for child in server.children()]
    assert not left, f"orphans: {left}"
    assert port_is_free(server)


def test_it_starts_is_healthy_and_ends_when_asked(served_database, serve):
    begun = time.monotonic()
    server = serve(served_database)
    print(f"\nhealthy after {time.monotonic() - begun:.1f} s")
    assert time.monotonic() - begun < 10
    answer = server.get("/healthz")
    assert (answer.status, answer.body) == (200, "database: ok\nworker: ok\n")
    assert f"Листок: {server.url}/" in server.said
    page = server.get("/sign-in")
    assert page.status == 200
    assert "<form" in page.body
    assert len(server.children()) >= 4  # granian and its two, and the worker

    server.ask_to_end(signal.SIGINT)
    assert server.wait_for_end(LONGEST_GOODBYE) == 0
    assert_nothing_is_left(server)
    assert "Traceback" not in server.said


@pytest.mark.parametrize("asking", [signal.SIGTERM, signal.SIGHUP])
def test_whoever_asks_it_to_end_is_obeyed(served_sqlite, serve, asking):
    server = serve(served_sqlite)
    server.ask_to_end(asking)
    assert server.wait_for_end(LONGEST_GOODBYE) == 0
    assert_nothing_is_left(server)


def test_asked_to_end_while_it_starts_it_leaves_nobody_behind(served_sqlite, serve):
    server = serve(served_sqlite, wait=False)
    wait_until(lambda: "Листок" in server.said, 20, "the first word")
    server.ask_to_end(signal.SIGINT)
    server.wait_for_end(LONGEST_GOODBYE)
    assert_nothing_is_left(server)


def test_who_asks_to_end_before_the_supervisor_is_there_is_heard_by_it(monkeypatch):
    """Held back by serve.py, a wish outlives the change of programs."""
    held: set[signal.Signals] = set()

    def look(*_: object) -> None:
        held.update(signal.pthread_sigmask(signal.SIG_BLOCK, ()))

    monkeypatch.setattr(os, "execve", look)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        serve_program(Settings.from_environment({"PORT": str(free_port()), "SECRET_KEY": SECRET}))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert held >= set(ASKING)
    code = (
        "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT});"
        "os.kill(os.getpid(), signal.SIGINT); os.execv(sys.executable, sys.argv[1:])"
    )
    program = [sys.executable, "-P", str(SUPERVISOR), json.dumps({"part": ["sleep", "60"]})]
    ended = subprocess.run(
        [sys.executable, "-c", code, *program], timeout=LONGEST_GOODBYE, check=False
    )
    assert ended.returncode == 0


def test_a_second_start_is_quick_and_loses_nothing(served_database, serve):
    first = serve(served_database)
    seen = WorkerSeen.select().count()
    first.stop()
    begun = time.monotonic()
    second = serve(served_database, port=first.port)
    print(f"\nsecond start: {time.monotonic() - begun:.1f} s")
    assert time.monotonic() - begun < 10
    assert second.get("/sign-in").status == 200
    assert WorkerSeen.select().count() == seen + 1


def test_a_worker_that_dies_ends_all_with_a_word(served_sqlite, serve):
    server = serve(served_sqlite)
    server.part("huey_consumer").kill()
    assert server.wait_for_end(LONGEST_GOODBYE) == 1
    assert "Часть «worker» завершилась сама" in server.said
    assert_nothing_is_left(server)


def test_a_web_server_that_dies_ends_all_with_a_word(served_sqlite, serve):
    server = serve(served_sqlite)
    server.part("granian").kill()
    assert server.wait_for_end(LONGEST_GOODBYE) == 1
    assert "Часть «web» завершилась сама" in server.said
    # Its two processes do not die with it: whoever stays would keep the port.
    assert_nothing_is_left(server)


def test_one_dead_web_process_is_replaced_and_the_server_answers(served_sqlite, serve):
    server = serve(served_sqlite)
    granian = server.part("granian")
    victim, *_ = [p for p in granian.children() if "granian" in " ".join(p.cmdline())]
    before = {process.pid for process in granian.children()}
    victim.kill()
    # The other one answers meanwhile: a connection the dead one had taken may be reset.
    wait_until(lambda: server.health() == 200, 10, "an answer after the death")
    wait_until(
        lambda: len({p.pid for p in granian.children() if is_running(p)} - before) == 1,
        20,
        "a new process",
    )
    for _ in range(20):
        assert server.get("/healthz").status == 200
    assert server.process.poll() is None


def test_a_taken_port_ends_all_with_a_word(served_sqlite, serve):
    first = serve(served_sqlite)
    second = serve(served_sqlite, wait=False, port=first.port)
    assert second.wait_for_end(30) == 1
    assert f"Порт {first.port} занят" in second.said
    assert not second.children()
    assert first.get("/healthz").status == 200


class TestHealth:
    def test_a_worker_that_was_never_seen_is_503(self, served_database, serve):
        server = serve(served_database, part="web", wait=False)
        server.wait_for_health(503)
        answer = server.get("/healthz")
        assert "worker: not seen" in answer.body
        assert "database: ok" in answer.body

    def test_a_worker_silent_for_four_minutes_is_503(self, served_database, serve):
        seen = WorkerSeen.create(worker="here:1", seen_at=clock.now())
        server = serve(served_database, part="web")
        for minutes, status in ((4, 503), (2, 200)):
            seen.seen_at = clock.now() - timedelta(minutes=minutes)
            seen.save()
            assert server.get("/healthz").status == status
        # One of several that lives is enough.
        seen.seen_at = clock.now() - timedelta(minutes=4)
        seen.save()
        WorkerSeen.create(worker="there:1", seen_at=clock.now())
        assert server.get("/healthz").status == 200

    def test_a_postgresql_that_is_gone_is_503_and_back_again_is_200(
        self, new_database, postgresql_server, serve
    ):
        url = new_database("postgresql")
        name = url.split("?")[0].rsplit("/", 1)[1]
        server = serve(url)
        with psycopg.connect(postgresql_server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            answers = [server.get("/healthz") for _ in range(8)]
            assert {answer.status for answer in answers} == {503}
            assert {answer.body for answer in answers} == {"database: no answer\n"}
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        server.wait_for_health(200)
        assert {server.get("/healthz").status for _ in range(8)} == {200}

    def test_a_sqlite_file_that_was_moved_away_is_503(self, served_sqlite, serve):
        server = serve(served_sqlite)
        assert {server.get("/healthz").status for _ in range(8)} == {200}
        database.close()
        path = Path(served_sqlite.removeprefix("sqlite:///"))
        path.rename(path.with_suffix(".away"))
        assert {server.get("/healthz").status for _ in range(8)} == {503}


class TestOlderSchema:
    @pytest.fixture
    def empty(self, tmp_path, request):
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path}/empty.db"
        server = request.getfixturevalue("postgresql_server")
        return create_database(server, f"empty_{secrets.token_hex(6)}")

    @pytest.mark.parametrize("empty", ["sqlite", "postgresql"], indirect=True)
    @pytest.mark.parametrize("part", [None, "web", "worker"])
    def test_nobody_starts_on_it(self, empty, serve, part):
        server = serve(empty, part=part, wait=False)
        # granian alone tries a few times.
        assert server.wait_for_end(90) != 0
        assert "flask --app app migrate" in server.said
        assert_nothing_is_left(server)
        if empty.startswith("sqlite"):
            with sqlite3.connect(empty.removeprefix("sqlite:///")) as file:
                tables = {row[0] for row in file.execute("SELECT name FROM sqlite_master")}
            assert "lesson" not in tables

    @pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
    def test_it_is_said_in_one_sentence(self, empty, serve):
        server = serve(empty, wait=False)
        assert server.wait_for_end(30) != 0
        assert "Traceback" not in server.said


class TestQueue:
    def test_it_is_beside_the_data_with_sqlite(self, served_sqlite, serve):
        server = serve(served_sqlite)
        queue = Path(server.environment["DATA_DIR"]) / "queue.db"
        with sqlite3.connect(queue) as file:
            tables = {row[0] for row in file.execute("SELECT name FROM sqlite_master")}
        assert {"task", "schedule", "kv"} <= tables
        assert not set(database.get_tables()) & {"task", "schedule", "kv"}

    def test_it_is_in_postgresql_with_postgresql(self, new_database, serve):
        url = new_database("postgresql")
        server = serve(url)
        open_database(url)
        ensure_connection()
        assert {"huey_task", "huey_schedule", "huey_kv"} <= set(database.get_tables())
        assert not (Path(server.environment["DATA_DIR"]) / "queue.db").exists()

    def test_the_worker_runs_what_is_in_it(self, served_database, serve):
        town = load_town()
        long_ago = clock.now() - timedelta(days=90)
        Session.create(
            token_hash="0" * 64,
            person=town.mother,
            created_at=long_ago,
            seen_at=long_ago,
            ends_at=long_ago,
            address_hash="",
        )
        server = serve(served_database)
        # As any process of the program puts a task into the queue.
        subprocess.run(
            [sys.executable, "-c", "import tasks; tasks.forget_what_ended()"],
            cwd=ROOT,
            env=server.environment,
            check=True,
            timeout=30,
        )
        wait_until(lambda: Session.select().count() == 0, 30, "the task")


def test_at_rest_it_is_small(served_database, serve):
    server = serve(served_database)
    for _ in range(4):  # both web processes have answered
        server.get("/sign-in")
    time.sleep(3)
    processes = [psutil.Process(server.process.pid), *server.children()]
    sizes = [process.memory_full_info().pss for process in processes]
    each = ", ".join(f"{size / 1e6:.0f}" for size in sizes)
    print(f"\nidle PSS: {sum(sizes) / 1e6:.0f} MB (supervisor first: {each})")
    assert sum(sizes) <= PSS_BUDGET
