"""The census of tests/blueprints on PostgreSQL for everybody; `make test` tries it for some."""

import pytest

from tests.blueprints.crowd import OTHERS
from tests.blueprints.test_census import check_refused_writes, check_what_everybody_gets
from tests.blueprints.test_census import crowd as people
from tests.blueprints.test_get_writes_nothing import check_that_get_writes_nothing
from tests.blueprints.test_get_writes_nothing import crowd as filled

pytestmark = [
    pytest.mark.requirement("A10"),
    pytest.mark.parametrize("who", OTHERS),
    pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True),
]

__all__ = ["filled", "people"]


def test_whoever_comes_gets_what_is_theirs(app, people, visit, who):
    check_what_everybody_gets(app, people, visit, who)


def test_a_refused_write_writes_nothing(app, people, visit, who):
    check_refused_writes(app, people, visit, who)


def test_get_writes_nothing(app, filled, visit, who):
    check_that_get_writes_nothing(app, filled, visit, who)
