"""Token buckets in both databases (school/actions/throttles.py)."""

import secrets
import threading
from datetime import UTC, datetime, timedelta

import pytest

from school.actions.throttles import Bucket, forget_full, give_back, take
from school.database import database, ensure_connection, open_database
from school.models import Throttle

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
THREE = Bucket(size=3, seconds_per_token=10)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def empty(key: str = "k") -> None:
    for _ in range(3):
        assert take(key, THREE, NOW) == 0


def test_a_bucket_holds_its_size_and_no_more(db):
    empty()
    assert take("k", THREE, NOW) == 10


def test_the_wait_is_what_is_left_of_it(db):
    empty()
    assert take("k", THREE, after(4)) == pytest.approx(6)
    assert take("k", THREE, after(9.5)) == pytest.approx(0.5)


def test_a_token_comes_back_after_its_time(db):
    empty()
    assert take("k", THREE, after(10)) == 0
    assert take("k", THREE, after(10)) == 10
    assert take("k", THREE, after(30)) == 0
    assert take("k", THREE, after(30)) == 0
    assert take("k", THREE, after(30)) > 0


def test_asking_in_vain_costs_nothing(db):
    empty()
    for second in range(1, 10):
        assert take("k", THREE, after(second)) > 0
    assert take("k", THREE, after(10)) == 0


def test_a_bucket_never_overflows(db):
    take("k", THREE, NOW)
    for _ in range(3):
        assert take("k", THREE, after(100_000)) == 0
    assert take("k", THREE, after(100_000)) > 0


def test_keys_do_not_share(db):
    empty("one")
    assert take("two", THREE, NOW) == 0


def test_a_token_given_back_can_be_taken_again(db):
    empty()
    give_back("k", THREE, NOW)
    assert take("k", THREE, NOW) == 0
    assert take("k", THREE, NOW) > 0


def test_giving_back_does_not_overflow(db):
    for _ in range(5):
        give_back("k", THREE, NOW)
    empty()
    assert take("k", THREE, NOW) > 0


def test_a_clock_that_went_back_gives_nothing(db):
    empty()
    assert take("k", THREE, after(-3600)) == 10
    assert take("k", THREE, NOW) == 10


def test_forgetting_full_buckets_changes_no_answer(db):
    empty("old")
    for _ in range(3):
        take("new", THREE, after(95))
    assert forget_full(timedelta(seconds=30), after(100)) == 1
    assert [row.key for row in Throttle.select()] == ["new"]
    assert take("new", THREE, after(100)) > 0
    assert take("old", THREE, after(100)) == 0


def test_who_come_at_once_are_counted_one_by_one(database_url):
    """Twelve tries in twelve threads, each with a connection of its own: five get through."""
    key = secrets.token_hex(8)
    five = Bucket(size=5, seconds_per_token=3600)
    start = threading.Barrier(12)
    waits: list[float] = []

    def try_once() -> None:
        ensure_connection()
        start.wait()
        try:
            waits.append(take(key, five, NOW))
        finally:
            database.close()

    open_database(database_url)
    threads = [threading.Thread(target=try_once) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ensure_connection()
    Throttle.delete().where(Throttle.key == key).execute()
    database.close()
    assert len(waits) == 12
    assert sum(wait == 0 for wait in waits) == 5
