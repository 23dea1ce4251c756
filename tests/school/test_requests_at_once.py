"""Requests and extracts of the same second get numbers without gaps; in both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from school import clock
from school.actions.history import Act
from school.actions.issued import NewIssued, issue_paper
from school.actions.requests import NewRequest, register_request
from school.database import database, ensure_connection, migrate, open_database
from school.models import IssuedPaper, ServiceRequest
from school.rules.requests import Names
from tests.conftest import DATABASES
from tests.school.test_invitations_at_once import new_postgresql
from tests.town import build_town, today

AT_ONCE = 6


@pytest.fixture(params=DATABASES)
def own_url(request, tmp_path):
    """A database of this test alone: what threads write cannot be rolled back."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/once.db"
    return new_postgresql(request.getfixturevalue("postgresql_server"), "requests_at_once")


@pytest.mark.requirement("A1")
@pytest.mark.requirement("D2")
def test_numbers_have_no_gaps_and_one_form_is_one_request(own_url, tmp_path):
    open_database(own_url)
    ensure_connection()
    migrate(tmp_path)
    town = build_town()
    gate = threading.Barrier(AT_ONCE + 1)

    def run(n):
        ensure_connection()
        new = NewRequest(
            town.school.id, "extract", "visit", "guardian", Names("Королёва", "Анна" + "а" * n),
            f"form-{n}", pupil_id=town.pupil.id, relation="mother",
        )  # fmt: skip
        try:
            gate.wait(20)
            act = Act(clock.now(), town.administrator.id)
            registered = register_request(new, act)
            issue_paper(
                NewIssued(registered.service_request_id, today(), today(), f"paper-{n}"), act
            )
            return registered.ordinal
        finally:
            database.close()

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        # The last form comes twice.
        found = list(pool.map(run, [*range(AT_ONCE), AT_ONCE - 1]))
    ensure_connection()
    numbers = sorted(row.ordinal for row in ServiceRequest.select())
    papers = sorted(row.ordinal for row in IssuedPaper.select())
    database.close()
    assert numbers == list(range(1, AT_ONCE + 1))
    assert sorted(set(found)) == numbers
    assert papers == numbers
