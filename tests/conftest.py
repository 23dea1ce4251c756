"""Both databases, one rolled-back transaction per test, and people who are signed in."""

import os
import pickle
import secrets
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

os.environ.setdefault("SECRET_KEY", "for tests only, thirty-two letters or more")

from app import create_app
from school import clock, passwords
from school.actions.sessions import OTHER_DEVICE
from school.database import database
from school.models import Person, Session
from school.queries.ties import hash_token
from tests.checkers import plugin
from tests.chromium import chromium
from tests.databases import (
    DATABASES,
    bind,
    copy_template,
    new_database,
    postgresql_server,
    postgresql_template,
    served_database,
    served_sqlite,
    sqlite_template,
)
from tests.page import Visitor
from tests.town import Town, build_town, today

__all__ = [
    "chromium",
    "copy_template",
    "new_database",
    "postgresql_server",
    "postgresql_template",
    "served_database",
    "served_sqlite",
    "sqlite_template",
]


#: What it costs to guess; tests/school/test_rules_passwords.py says that it is enough.
PRODUCTS_HASHER = passwords._hasher
# Tests sign in and hand out passwords by the hundred: at a hundredth of that.
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
passwords._NOBODY = passwords.hash_password("nobody")


def pytest_addoption(parser: pytest.Parser) -> None:
    plugin.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    plugin.configure(config)


@pytest.fixture(scope="session", params=DATABASES)
def database_kind(request: pytest.FixtureRequest) -> str:
    """A test that asks for a database runs on both kinds."""
    kind: str = request.param
    return kind


@pytest.fixture(scope="session")
def database_url(database_kind: str, copy_template: Callable[[str], str]) -> str:
    """A migrated, empty database of each kind."""
    return copy_template(database_kind)


@pytest.fixture(scope="session")
def town_of(
    database_kind: str, copy_template: Callable[[str], str]
) -> Callable[[date], tuple[str, bytes]]:
    """`town_of(today())` is the address of a database in which a town stands, and the town
    itself, pickled. It is built once for all tests of a day: each changes it in a transaction
    that is rolled back."""

    @cache
    def build(_: date) -> tuple[str, bytes]:
        url = copy_template(database_kind)
        bind(url)
        with database.atomic():
            built = build_town()
        return url, pickle.dumps(built)

    return build


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def app(database_url: str, data_dir: Path) -> Flask:
    return create_app(DATABASE_URL=database_url, DATA_DIR=str(data_dir), TESTING=True)


@pytest.fixture
def db(
    request: pytest.FixtureRequest,
    app: Flask,
    database_url: str,
    town_of: Callable[[date], tuple[str, bytes]],
) -> Iterator[Any]:
    """The database in a transaction that is rolled back; empty, unless the test has a town."""
    bind(town_of(today())[0] if "town" in request.fixturenames else database_url)
    with database.atomic() as outermost:
        yield database.obj
        outermost.rollback()


@pytest.fixture
def town(db: Any, town_of: Callable[[date], tuple[str, bytes]]) -> Town:
    """A small municipality with a person for every part (tests/town.py)."""
    found: Town = pickle.loads(town_of(today())[1])
    return found


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
