"""H2: two who decide or ask at the same moment, on real connections of both databases."""

import threading
from datetime import timedelta

import pytest

from school import clock
from school.actions.change_requests import (
    AlreadyDecided,
    NotNeeded,
    decline_change,
    open_cell,
    request_change,
)
from school.actions.history import Act
from school.actions.register import save_register
from school.database import database, ensure_connection, migrate, open_database
from school.models import ChangeRequest, History
from school.queries.change_requests import find_change_request
from school.queries.lessons import find_lesson
from school.queries.register import MARK, Cell
from tests.databases import DATABASES
from tests.school.test_database import new_database
from tests.town import build_town, today

pytestmark = pytest.mark.requirement("H2")


@pytest.fixture(params=DATABASES)
def locked(request, tmp_path_factory, tmp_path):
    """The town in a database of its own, and the cell of a mark entered ten days ago."""
    open_database(new_database(request, tmp_path_factory))
    ensure_connection()
    migrate(tmp_path)
    town = build_town()
    head = find_lesson(town.yesterday.id)
    act = Act(clock.now() - timedelta(days=10), town.teacher.id)
    entries = {Cell(MARK, town.pupil.id): "3"}
    assert save_register(head, entries, seen=0, today=today(), act=act).is_clean
    work = History.get(History.field == "mark").row
    yield town, head, Cell(MARK, town.pupil.id, work)
    database.close()


def at_once(*works):
    """Run each in a thread of its own, started together; what each returned, or how it was
    refused."""
    gate = threading.Barrier(len(works))
    results = [None] * len(works)

    def run(n):
        ensure_connection()
        gate.wait()
        try:
            results[n] = works[n]()
        except (AlreadyDecided, NotNeeded) as refused:
            results[n] = refused
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def ask(town, head, cell, request_id):
    return request_change(
        head,
        cell,
        "4",
        "ошиблась строкой",
        request_id=request_id,
        today=today(),
        act=Act(clock.now(), town.teacher.id),
    )


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(locked):
    town, head, cell = locked
    line = find_change_request(ask(town, head, cell, "one"))
    results = at_once(
        lambda: open_cell(line, act=Act(clock.now(), town.head.id)),
        lambda: decline_change(line, "нет", act=Act(clock.now(), town.deputy_head.id)),
    )
    assert sorted(type(found).__name__ for found in results) == ["AlreadyDecided", "NoneType"]
    told = next(found for found in results if isinstance(found, AlreadyDecided))
    row = ChangeRequest.get()
    assert told.line.decided_by_id == row.decided_by_id
    assert (row.decision == "opened") is (row.decided_by_id == town.head.id)
    assert History.select().where(History.field == "change_request").count() == 2


def test_of_two_who_ask_at_once_one_request_is_made(locked):
    town, head, cell = locked
    results = at_once(*(lambda n=n: ask(town, head, cell, f"page {n}") for n in range(4)))
    assert len([found for found in results if isinstance(found, int)]) == 1
    assert len([found for found in results if isinstance(found, NotNeeded)]) == 3
    assert ChangeRequest.select().count() == 1


def test_one_form_sent_twice_at_once_is_one_request(locked):
    town, head, cell = locked
    results = at_once(*(lambda: ask(town, head, cell, "one page") for _ in range(4)))
    assert len(set(results)) == 1
    assert isinstance(results[0], int)
