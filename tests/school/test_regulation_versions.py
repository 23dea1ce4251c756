"""Versions as rows: made by the migration for schools that are there, one a day whoever comes
first, and never altered."""

import threading
from datetime import UTC, date, datetime

import pytest
from peewee import PeeweeException
from playhouse.migrations import Runner

from school.actions.history import Act
from school.actions.regulations import (
    NewVersion,
    RegulationError,
    add_version,
    start_regulation,
)
from school.database import (
    MIGRATIONS,
    database,
    ensure_connection,
    execute,
    migrate,
    open_database,
)
from school.models import Municipality, RegulationAct, RegulationVersion, School
from school.queries.regulations import (
    find_regulation,
    get_regulation,
    list_regulations,
)
from school.regulations import HOLD_FROM_ON, NAMES, read_template
from tests.databases import DATABASES
from tests.school.test_database import new_database

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TODAY = date(2026, 11, 20)


@pytest.fixture(params=DATABASES)
def fresh(request, tmp_path_factory):
    """A new, empty database of each kind, open."""
    open_database(new_database(request, tmp_path_factory))
    ensure_connection()
    yield
    database.close()


def test_schools_that_were_there_get_their_first_version(fresh, tmp_path):
    Runner(database.obj, str(MIGRATIONS)).up("0001_initial")
    execute("INSERT INTO municipality (name, address, phone) VALUES ('Город', '', '')")
    for n, name in enumerate([*NAMES, "nizhnyaya-tura", "unheard-of"]):
        execute(
            "INSERT INTO school (municipality_id, short_name, name, full_name, time_zone, "
            "regulation, days_in_week, address, phone) VALUES (1, ?, 'Ш', 'Ш', "
            "'Europe/Moscow', ?, 5, '', '')",
            (f"s{n}", name),
        )
    migrate(tmp_path)
    found = {
        school.short_name: find_regulation(school.id, HOLD_FROM_ON) for school in School.select()
    }
    for n, name in enumerate(NAMES):
        assert found[f"s{n}"].regulation.text == read_template(name)
        assert found[f"s{n}"].from_on == date(2025, 9, 1)
    # One municipal act for both of its schools; a key nobody shipped has none.
    assert found["s5"].version_id == found["s4"].version_id
    assert found["s6"] is None
    assert RegulationAct.select().count() == len(NAMES)
    assert migrate(tmp_path) == []


def version(text, from_on):
    return NewVersion(text, from_on, "№ 1", TODAY)


def at_once(*works):
    """Run each in a thread of its own, started together; what each returned or raised."""
    gate = threading.Barrier(len(works))
    results = [None] * len(works)

    def run(n):
        ensure_connection()
        gate.wait()
        try:
            results[n] = works[n]()
        except RegulationError as refused:
            results[n] = refused
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_who_come_at_once_one_is_first(fresh, tmp_path):
    migrate(tmp_path)
    municipality = Municipality.create(name="Город")
    school = School.create(
        municipality=municipality, short_name="s", name="Ш", full_name="Ш",
        time_zone="Europe/Moscow", regulation="school-2",
    )  # fmt: skip
    act_id = start_regulation(school, act=Act(NOW, None))
    shipped = read_template("school-2")
    # Two orders for one day: one is refused with a word, the other holds.
    texts = [shipped.replace("C1 = { days = 3", f"C1 = {{ days = {n}") for n in (4, 5)]
    results = at_once(
        *(
            lambda n=n: add_version(
                act_id, version(texts[n], TODAY), today=TODAY, act=Act(NOW, None, f"r{n}")
            )
            for n in (0, 1)
        )
    )
    refused = [r for r in results if isinstance(r, RegulationError)]
    assert len(refused) == 1
    assert "уже действует другая редакция" in str(refused[0])
    assert RegulationVersion.select().count() == 2
    # One order sent twice: one version, both times the same.
    later = date(2026, 12, 1)
    results = at_once(
        *(
            lambda: add_version(
                act_id, version(texts[0], later), today=TODAY, act=Act(NOW, None, "same")
            )
            for _ in range(2)
        )
    )
    assert results[0] == results[1]
    assert RegulationVersion.select().count() == 3
    assert [line.from_on for line in list_regulations(school.id)] == [HOLD_FROM_ON, TODAY, later]
    # Two schools made at once share one municipal act.
    schools = [
        School.create(
            municipality=municipality, short_name=f"n{n}", name="Ш", full_name="Ш",
            time_zone="Europe/Moscow", regulation="nizhnyaya-tura",
        )
        for n in range(2)
    ]  # fmt: skip
    ids = at_once(*(lambda s=s: start_regulation(s, act=Act(NOW, None)) for s in schools))
    assert ids[0] == ids[1]


def test_what_was_judged_stays_judged(town):
    """Yesterday's promise is the same before and after today's change, and nobody can alter it."""
    before = get_regulation(town.school.id, date(2026, 3, 2))
    today = date(2026, 3, 3)
    text = read_template("school-2").replace("C1 = { days = 3", "C1 = { days = 1")
    add_version(town.act.id, version(text, date(2026, 12, 1)), today=today, act=Act(NOW, None, "r"))
    assert get_regulation(town.school.id, date(2026, 3, 2)) == before
    assert get_regulation(town.school.id, date(2026, 12, 1)).version_id != before.version_id
    with pytest.raises(PeeweeException, match="cannot be changed"), database.atomic():
        RegulationVersion.update(text="x").execute()
    with pytest.raises(PeeweeException, match="cannot be changed"), database.atomic():
        RegulationVersion.delete().execute()


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (version(read_template("school-2") + "\n[termz]\n", TODAY), "незнакомый раздел"),
        (version(read_template("school-2"), date(2026, 11, 19)), "прошлых дней"),
        (version(read_template("school-2"), HOLD_FROM_ON), "прошлых дней"),
        (version(read_template("nizhnyaya-tura"), TODAY), "здесь не меняют"),
        (NewVersion(read_template("school-2"), TODAY, "  ", TODAY), "номер приказа"),
        (NewVersion(read_template("school-2"), TODAY, "1", date(2027, 1, 1)), "позже дня"),
    ],
)
def test_what_cannot_hold_is_refused_and_the_old_one_stays(town, new, reason):
    with pytest.raises(RegulationError, match=reason):
        add_version(town.act.id, new, today=TODAY, act=Act(NOW, None, "r"))
    assert list(list_regulations(town.school.id))[-1].from_on == HOLD_FROM_ON


def test_a_school_of_an_unknown_regulation_is_refused(town):
    town.school.regulation = "unheard-of"
    with pytest.raises(LookupError, match="unheard-of"):
        start_regulation(town.school, act=Act(NOW, None))
