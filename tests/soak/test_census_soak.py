"""The census of tests/blueprints on PostgreSQL for everybody, and all junk in all addresses;
`make test` tries it for some, and some of it."""

import pytest

from tests.blueprints.crowd import OTHERS
from tests.blueprints.test_bad_addresses import check_junk
from tests.blueprints.test_census import check_refused_writes, check_what_everybody_gets
from tests.blueprints.test_census import crowd as people
from tests.blueprints.test_get_writes_nothing import check_that_get_writes_nothing
from tests.blueprints.test_get_writes_nothing import crowd as filled

pytestmark = pytest.mark.requirement("A10")
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
for_others = pytest.mark.parametrize("who", OTHERS)

__all__ = ["filled", "people"]


@on_postgresql
@for_others
def test_whoever_comes_gets_what_is_theirs(app, people, visit, who):
    check_what_everybody_gets(app, people, visit, who)


@on_postgresql
@for_others
def test_a_refused_write_writes_nothing(app, people, visit, who):
    check_refused_writes(app, people, visit, who)


@on_postgresql
@for_others
def test_get_writes_nothing(app, filled, visit, who):
    check_that_get_writes_nothing(app, filled, visit, who)


@pytest.mark.parametrize("who", ["teacher", "mother"])
def test_junk_in_any_part_of_any_address_is_not_there(app, town, who):
    check_junk(app, town, who, 1)
