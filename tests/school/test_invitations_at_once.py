"""A code that two people use in the same second; really at once, in both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from school import clock
from school.actions.registration import Choice, CodeRefused, RegistrationRefused, register
from school.database import database, ensure_connection, migrate, open_database
from school.models import Account, Invitation
from school.passwords import is_correct
from tests.blueprints.invited import invite, new_family
from tests.conftest import DATABASES
from tests.town import build_town

PASSWORDS = ("кот и три сосны", "сорок два борща")


@pytest.fixture(params=DATABASES)
def own_url(request, tmp_path):
    """A database of this test alone: what two threads write cannot be rolled back."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/once.db"
        return
    base = request.getfixturevalue("postgresql_server")
    name = "codes_at_once"
    url = new_postgresql(base, name)
    yield url


def new_postgresql(base, name):
    import psycopg

    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    head, question, rest = base.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{question}{rest}"


def race(*calls):
    """Call all at the same moment, each in a thread with a connection of its own; returns what
    each came to."""
    gate = threading.Barrier(len(calls))

    def run(call):
        ensure_connection()
        try:
            gate.wait(10)
            return call()
        except (CodeRefused, RegistrationRefused) as refusal:
            return refusal
        finally:
            database.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(60) for future in [pool.submit(run, call) for call in calls]]


@pytest.mark.requirement("A7")
def test_of_two_in_the_same_second_one_wins(own_url, tmp_path):
    open_database(own_url)
    ensure_connection()
    migrate(tmp_path)
    town = build_town()
    for n in range(3):
        family = new_family(town)
        invite(town, family.mother, family.pupil)
        number = Invitation.get(Invitation.person == family.mother).id

        def use(who, number=number, n=n):
            choice = Choice(f"login-{n}-{who}", PASSWORDS[who])
            return register(number, choice, f"{n}-{who}", clock.now())

        came = race(lambda: use(0), lambda: use(1))
        assert sorted(type(one).__name__ for one in came) == ["CodeRefused", "int"]
        winner = next(who for who, one in enumerate(came) if one == family.mother.id)
        account = Account.get(Account.person == family.mother)
        assert account.login == f"login-{n}-{winner}"
        assert is_correct(PASSWORDS[winner], account.password_hash)
    # Two people who choose the same login in the same second: one is offered others.
    families = [new_family(town), new_family(town)]
    numbers = []
    for family in families:
        invite(town, family.mother, family.pupil)
        numbers.append(Invitation.get(Invitation.person == family.mother).id)
    came = race(
        *(
            lambda number=number: register(
                number, Choice("same-login", PASSWORDS[0]), "", clock.now()
            )
            for number in numbers
        )
    )
    assert sorted(type(one).__name__ for one in came) == ["RegistrationRefused", "int"]
    assert Invitation.select().where(Invitation.used_at.is_null()).count() == 1
    database.close()
