"""Markup is the same on both databases: SQLite is enough."""

import pytest

from school.database import database, ensure_connection, migrate, open_database


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/test.db"
    open_database(url)
    ensure_connection()
    migrate(tmp_path_factory.mktemp("lock"))
    database.close()
    return url
