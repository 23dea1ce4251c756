"""A second installation on the same data."""

import pytest

from app import create_app
from school.database import database


@pytest.fixture
def other_app(db, database_url, data_dir):
    """`other_app(BASE_URL=…)`: another installation, inside the same transaction."""

    def make(**settings):
        made = create_app(
            DATABASE_URL=database_url, DATA_DIR=str(data_dir), TESTING=True, **settings
        )
        database.initialize(db)
        return made

    yield make
    database.initialize(db)
