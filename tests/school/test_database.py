"""The database: its settings, its migrations, and what nobody can rewrite; in both kinds."""

import fcntl
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from peewee import IntegrityError, PeeweeException
from playhouse.migrations import Runner
from playhouse.schema_diff import diff_models

from school import clock
from school.actions import traces
from school.database import (
    LOG_DAYS,
    MIGRATIONS,
    PROTECTED_TABLES,
    SQLITE_WAITING,
    SchemaError,
    bulk_insert,
    database,
    ensure_connection,
    is_sqlite,
    migrate,
    open_database,
    pending_migrations,
    protect_history,
    refuse_older_schema,
    release_connection,
    transaction,
)
from school.models import (
    ALL_MODELS,
    AccessLog,
    BellSchedule,
    DestructionAct,
    Enrolment,
    GroupMembership,
    GroupTeacher,
    Guardianship,
    HandOver,
    History,
    Homework,
    Invitation,
    IssuedHandOver,
    IssuedPaper,
    LogTerm,
    Mark,
    Municipality,
    Paper,
    Person,
    RegulationAct,
    RegulationVersion,
    RequestStep,
    Role,
    School,
    SchoolBreak,
    SchoolYear,
    ServiceRequest,
    Session,
    StudyPeriod,
    TimetableEntry,
    Visit,
    VisitStep,
    WorkerSeen,
    WorkKind,
)
from school.models.fields import from_milliseconds, to_milliseconds
from tests.databases import DATABASES

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = datetime(2026, 11, 16, 9, 5, 7, 123_000, tzinfo=UTC)
REFUSAL = "a written trace cannot be changed"


def new_database(request, tmp_path_factory) -> str:
    """The address of a new, empty database of the kind that is asked for."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('fresh')}/fresh.db"
    server = request.getfixturevalue("postgresql_server")
    name = f"fresh_{secrets.token_hex(6)}"
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture(params=DATABASES)
def empty_url(request, tmp_path_factory):
    """A database nobody has migrated yet, open."""
    url = new_database(request, tmp_path_factory)
    open_database(url)
    ensure_connection()
    yield url
    database.close()


@pytest.fixture(scope="module", params=DATABASES)
def written_url(request, tmp_path_factory):
    """A migrated database with one row in each protected table."""
    url = new_database(request, tmp_path_factory)
    open_database(url)
    ensure_connection()
    migrate(tmp_path_factory.mktemp("lock"))
    History.create(at=NOW, table_name="work", row=1, field="mark", old="", new="5")
    AccessLog.create(at=NOW, event="sign_in")
    town = Municipality.create(name="Город")
    act = RegulationAct.create(municipality=town, template="x")
    version = RegulationVersion.create(act=act, from_on=NOW.date(), text="x", at=NOW, request="1")
    write_case(town, version)
    database.close()
    return url


def write_case(town, version):
    """A request with its step, an act of destruction, a code that was handed over."""
    school = School.create(
        municipality=town, short_name="x", name="x", full_name="x", time_zone="UTC", regulation="x"
    )
    day = NOW.date()
    year = SchoolYear.create(school=school, name="x", from_on=day, until_on=day.replace(year=2027))
    person = Person.create(municipality=town, surname="Королёв", given_name="Пётр")
    case = ServiceRequest.create(
        school=school, school_year=year, ordinal=1, kind="extract", channel="visit",
        registered_on=day, registered_at=NOW, registered_by=person, regulation_version=version,
        pupil=person, surname="Королёв", given_name="Пётр", stage="preparing", stage_at=NOW,
        request="1",
    )  # fmt: skip
    RequestStep.create(service_request=case, at=NOW, stage="preparing", step="registered")
    DestructionAct.create(
        school=school, school_year=year, ordinal=1, made_on=day, at=NOW, person=person,
        purpose="ediary", ended="[]", destroyed="[]", kept="[]", log_extract="[]",
    )  # fmt: skip
    code = Invitation.create(
        school=school, person=person, kind="staff", purpose="registration", way="slip",
        code_hash="x", made_at=NOW, ends_at=NOW, request="1",
    )  # fmt: skip
    HandOver.create(
        school=school, invitation=code, at=NOW, step="to_person", giver=person, taker=person,
        in_person=True, request="1",
    )  # fmt: skip
    issued = IssuedPaper.create(
        school=school, school_year=year, kind="extract", ordinal=1, service_request=case,
        pupil=person, recipient="Королёва", from_on=day, until_on=day, made_on=day, at=NOW,
        made_by=person, content="[]", checksum="x", request="1",
    )  # fmt: skip
    paper = Paper.create(
        key="x", kind="extract", school=school, asked_by=person, title="x", source="x", points=12,
        asked_at=NOW, due_at=NOW,
    )  # fmt: skip
    IssuedHandOver.create(
        issued_paper=issued, school=school, at=NOW, giver=person, way="post", taker="Королёва",
        paper=paper, points=12, source_checksum="x", request="1",
    )  # fmt: skip
    visit = Visit.create(
        school=school, visitor="мама", arrived_at=NOW, logged_by=person,
        regulation_version=version, due_at=NOW, request="1",
    )  # fmt: skip
    VisitStep.create(visit=visit, at=NOW, actor=person, step="arrived")


@pytest.fixture
def written(written_url):
    """That database, open; its rows are the same before and after every test."""
    open_database(written_url)
    ensure_connection()
    before = rows_of_protected_tables()
    yield database.obj
    if database.is_closed():
        ensure_connection()
    assert rows_of_protected_tables() == before
    database.close()


def rows_of_protected_tables():
    return {
        table: database.execute_sql(f"SELECT * FROM {table} ORDER BY id").fetchall()
        for table in PROTECTED_TABLES
    }


MODELS = {
    "history": History,
    "access_log": AccessLog,
    "regulation_version": RegulationVersion,
    "request_step": RequestStep,
    "destruction_act": DestructionAct,
    "hand_over": HandOver,
    "issued_paper": IssuedPaper,
    "issued_hand_over": IssuedHandOver,
    "visit_step": VisitStep,
}


def columns_of(table):
    model = MODELS[table]
    return ", ".join(field.column_name for field in model._meta.sorted_fields if field.name != "id")


def run_program(*arguments, url, data_dir, **environment):
    return subprocess.Popen(
        [Path(sys.executable).parent / arguments[0], *arguments[1:]],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DATA_DIR": str(data_dir),
            "PYTHONPATH": str(ROOT),
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


# The schema


def test_migrations_make_exactly_the_models(empty_url, tmp_path):
    migrate(tmp_path)
    difference = diff_models(database.obj, ALL_MODELS)
    assert not difference, str(difference)


def test_a_difference_between_schema_and_models_is_seen(empty_url, tmp_path):
    """The test above proves something only if this one passes."""
    migrate(tmp_path)
    database.execute_sql("DROP INDEX history_school_id_at")
    assert "add index history (school_id, at)" in str(diff_models(database.obj, ALL_MODELS))


SQLITE_SHAPE = (
    "SELECT type, tbl_name, name, sql FROM sqlite_master WHERE type IN ('table', 'index')"
)
POSTGRES_SHAPE = """
SELECT table_name::text, column_name::text,
       data_type || COALESCE(character_maximum_length::text, ''),
       is_nullable || COALESCE(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT conrelid::regclass::text, conname::text, contype::text, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT tablename::text, indexname::text, 'index', indexdef FROM pg_indexes
WHERE schemaname = 'public'
"""


def shape() -> set:
    """Every column, constraint and index, in full."""
    rows = database.execute_sql(SQLITE_SHAPE if is_sqlite() else POSTGRES_SHAPE).fetchall()
    return {row for row in rows if not any("schema_migration" in str(value) for value in row)}


def test_the_schema_is_that_of_the_models_to_the_letter(empty_url, tmp_path):
    """diff_models compares names of columns and indexes; CHECKs, types and NOT NULL count too."""
    database.create_tables(ALL_MODELS)
    of_models = shape()
    database.drop_tables(list(reversed(ALL_MODELS)))
    migrate(tmp_path)
    assert shape() == of_models
    assert len(of_models) > 2 * len(ALL_MODELS)


def test_an_empty_database_is_refused_until_it_is_migrated(empty_url, tmp_path):
    with pytest.raises(SchemaError, match=r"0001_initial.*flask --app app migrate"):
        refuse_older_schema()
    assert migrate(tmp_path)[0] == "0001_initial"
    refuse_older_schema()
    assert pending_migrations() == []


def test_migrating_again_changes_nothing(empty_url, tmp_path):
    migrate(tmp_path)
    Municipality.create(name="Город")
    assert migrate(tmp_path) == []
    assert Municipality.select().count() == 1


def test_two_migrations_at_once_are_one(empty_url, tmp_path):
    """Both wait at the lock that this test holds, so they meet for certain."""
    url = empty_url
    if is_sqlite():
        holder = open(tmp_path / "migrate.lock", "w")  # noqa: SIM115 - let go below
        fcntl.flock(holder, fcntl.LOCK_EX)
        inode = f":{os.stat(holder.fileno()).st_ino} "
    else:
        database.execute_sql("SELECT pg_advisory_lock(7215001)")

    def waiting() -> int:
        if is_sqlite():
            locks = Path("/proc/locks").read_text().splitlines()
            return sum(inode in line and "->" in line for line in locks)
        sql = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return database.execute_sql(sql).fetchone()[0]

    both = [
        run_program("flask", "--app", "app", "migrate", url=url, data_dir=tmp_path)
        for _ in range(2)
    ]
    try:
        deadline = time.monotonic() + 60
        while waiting() < 2:
            ended = [process.poll() for process in both]
            assert ended == [None, None], [process.communicate()[0] for process in both]
            assert time.monotonic() < deadline
            time.sleep(0.02)
        if is_sqlite():
            holder.close()
        else:
            database.execute_sql("SELECT pg_advisory_unlock(7215001)")
        said = [process.communicate(timeout=60)[0] for process in both]
    finally:
        for process in both:
            process.kill()
            process.wait()
    assert [process.returncode for process in both] == [0, 0], said
    assert sorted("Применено: 0001_initial" in words for words in said) == [False, True]
    assert sum("База уже в порядке" in words for words in said) == 1
    refuse_older_schema()
    applied = database.execute_sql("SELECT COUNT(*) FROM schema_migration").fetchone()[0]
    assert applied == len(list((ROOT / "migrations").glob("[0-9]*.py")))


@pytest.mark.parametrize(
    "command",
    [
        ("flask", "--app", "app", "serve"),
        ("granian", "app:web", "--factory", "--interface", "wsgi", "--port", "0"),
        ("huey_consumer", "tasks.huey"),
    ],
    ids=["serve", "web", "worker"],
)
def test_nothing_starts_on_an_older_schema(empty_url, tmp_path, command):
    process = run_program(*command, url=empty_url, data_dir=tmp_path)
    try:
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode not in (0, -9)
    assert "Базе не хватает: 0001_initial" in said
    assert "flask --app app migrate" in said
    assert pending_migrations(), "web and worker never migrate"


# What nobody can rewrite


CHANGES = {
    "update": "UPDATE {table} SET at = 0",
    "update of nothing else": "UPDATE {table} SET id = id",
    "delete": "DELETE FROM {table} WHERE id = (SELECT MIN(id) FROM {table})",
    "delete of all": "DELETE FROM {table}",
    "upsert": "INSERT INTO {table} (id, {columns}) SELECT id, {columns} FROM {table} "
    "WHERE true ON CONFLICT (id) DO UPDATE SET at = 0",
}
SQLITE_CHANGES = {
    "replace": "INSERT OR REPLACE INTO {table} (id, {columns}) SELECT id, {columns} FROM {table}",
    "replace by rowid": "REPLACE INTO {table} (rowid, {columns}) "
    "SELECT rowid, {columns} FROM {table}",
    "update or replace": "UPDATE OR REPLACE {table} SET at = 0",
}
POSTGRES_CHANGES = {
    "truncate": "TRUNCATE {table} CASCADE",
    "truncate cascade": "TRUNCATE {table}, revision CASCADE",
}


def changes_of(table):
    texts = CHANGES | (SQLITE_CHANGES if is_sqlite() else POSTGRES_CHANGES)
    return [text.format(table=table, columns=columns_of(table)) for text in texts.values()]


@pytest.mark.parametrize("table", PROTECTED_TABLES)
def test_a_written_trace_cannot_be_changed(written, table):
    for sql in changes_of(table):
        with pytest.raises(PeeweeException, match=REFUSAL), database.atomic():
            database.execute_sql(sql)


@pytest.mark.parametrize("table", PROTECTED_TABLES)
def test_not_even_through_the_models(written, table):
    model = MODELS[table]
    row = model.get()
    with pytest.raises(PeeweeException, match=REFUSAL), database.atomic():
        row.delete_instance()
    with pytest.raises(PeeweeException, match=REFUSAL), database.atomic():
        row.save()


@pytest.mark.parametrize("table", PROTECTED_TABLES)
def test_protecting_twice_protects_still(written, table):
    protect_history()
    protect_history()
    for sql in changes_of(table):
        with pytest.raises(PeeweeException, match=REFUSAL), database.atomic():
            database.execute_sql(sql)


@pytest.mark.parametrize("recursive_triggers", [0, 1])
@pytest.mark.parametrize("table", PROTECTED_TABLES)
def test_nor_by_another_program_with_the_file_open(written, table, recursive_triggers):
    """SQLite's settings belong to a connection, so another program may lack ours. In PostgreSQL
    the same statements through the driver alone."""
    if is_sqlite():
        connection = sqlite3.connect(database.obj.database)
        connection.execute(f"PRAGMA recursive_triggers = {recursive_triggers}")
    else:
        connection = psycopg.connect(dbname=database.obj.database, **database.obj.connect_params)
    with closing(connection):
        for sql in changes_of(table):
            with pytest.raises((sqlite3.Error, psycopg.Error), match=REFUSAL):
                connection.execute(sql)
            connection.rollback()


def test_adding_a_trace_goes_on(empty_url, tmp_path):
    migrate(tmp_path)
    for n in range(2):
        History.create(at=NOW, table_name="work", row=n, field="mark")
    AccessLog.create(at=NOW, event="sign_in")
    assert [row.id for row in History.select().order_by(History.id)] == [1, 2]


def test_migrate_mends_a_lost_trigger(empty_url, tmp_path):
    """peewee rebuilds SQLite tables and drops triggers without a word."""
    migrate(tmp_path)
    History.create(at=NOW, table_name="work", row=1, field="mark", new="5")
    if is_sqlite():
        database.execute_sql("DROP TRIGGER history_refuses_update")
    else:
        database.execute_sql("DROP TRIGGER history_refuses_change ON history")
    History.update(new="2").execute()
    migrate(tmp_path)
    with pytest.raises(PeeweeException, match=REFUSAL), database.atomic():
        History.update(new="3").execute()


# SQLite's connections


@pytest.fixture
def sqlite_file(tmp_path):
    real = open_database(f"sqlite:///{tmp_path}/deep/er/file.db")
    yield real
    database.close()


PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
}


def pragmas(connection) -> dict:
    found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS}
    assert connection.execute("PRAGMA busy_timeout").fetchone()[0] >= 5_000
    return found


def test_every_connection_has_the_settings(sqlite_file):
    """Also one that another thread opens, and one that replaces a closed one."""
    ensure_connection()
    found = [pragmas(database.connection())]

    def look():
        ensure_connection()
        found.append(pragmas(database.connection()))
        database.close()

    other = threading.Thread(target=look)
    other.start()
    other.join()
    database.close()
    ensure_connection()
    found.append(pragmas(database.connection()))
    assert found == [PRAGMAS] * 3


def served(*while_it_is_open):
    """What one request on a thread of its own did its work on: (connection, its settings)."""
    found = []

    def request():
        ensure_connection()
        found.append((database.connection(), pragmas(database.connection())))
        for step in while_it_is_open:
            step()
        release_connection()

    thread = threading.Thread(target=request)
    thread.start()
    thread.join()
    return found[0]


@pytest.fixture
def waiting(sqlite_file):
    """The connections that wait for a request."""
    yield sqlite_file._waiting
    for connection, _ in sqlite_file._waiting:
        connection.close()


def test_requests_one_after_another_use_one_connection(waiting):
    first, second = served(), served()
    assert first[0] is second[0]
    assert second[1] == PRAGMAS
    assert len(waiting) == 1


def test_requests_at_once_use_one_each(waiting):
    inner = []
    outer = served(lambda: inner.append(served()))
    assert inner[0][0] is not outer[0]
    assert len(waiting) == 2
    assert served()[0] is outer[0], "the one that was used last"


def test_more_than_may_wait_are_closed(waiting):
    def nested(depth):
        return served(*([lambda: nested(depth - 1)] if depth else []))

    last = nested(SQLITE_WAITING)[0]
    assert len(waiting) == SQLITE_WAITING
    with pytest.raises(sqlite3.ProgrammingError):
        last.execute("SELECT 1")


def test_what_is_not_committed_goes_to_no_other_request(waiting):
    served(database.begin)
    assert waiting == []


def test_a_connection_that_waited_over_a_restore_is_not_used(sqlite_file, waiting, tmp_path):
    old = served()[0]
    copy = tmp_path / "restored.db"
    shutil.copyfile(sqlite_file.database, copy)
    copy.replace(sqlite_file.database)
    assert served()[0] is not old


def test_a_connection_that_lacks_a_setting_is_refused():
    """A database in memory cannot keep a write-ahead log."""
    open_database("sqlite:///:memory:")
    with pytest.raises(SchemaError, match="journal_mode"):
        ensure_connection()
    database.close()


@pytest.mark.parametrize("name", sorted(PRAGMAS))
def test_each_setting_is_looked_at(sqlite_file, name):
    with closing(sqlite3.connect(sqlite_file.database)) as connection:
        sqlite_file._add_conn_hooks(connection)
        other = {"journal_mode": "delete", "synchronous": 1}.get(name, 0)
        sqlite_file._pragmas = [(key, value) for key, value in PRAGMAS.items() if key != name]
        connection.execute(f"PRAGMA {name} = {other}")
        with pytest.raises(SchemaError, match=name):
            sqlite_file._add_conn_hooks(connection)


def test_a_writer_begins_at_once(sqlite_file):
    """BEGIN IMMEDIATE: two that read first and write then would otherwise refuse each other."""
    ensure_connection()
    with (
        closing(sqlite3.connect(sqlite_file.database, timeout=0)) as other,
        transaction(),
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")


def test_a_lost_connection_is_replaced(empty_url):
    """PostgreSQL was restarted, or a thread's SQLite connection was closed."""
    if is_sqlite():
        database.close()
    else:
        mine = database.execute_sql("SELECT pg_backend_pid()").fetchone()[0]
        server = database.obj
        with closing(
            psycopg.connect(dbname=server.database, autocommit=True, **server.connect_params)
        ) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (mine,))
        with pytest.raises(PeeweeException):
            database.execute_sql("SELECT 1")
    ensure_connection()
    assert database.execute_sql("SELECT 1").fetchone()[0] == 1


def test_a_transaction_is_all_or_nothing(empty_url, tmp_path):
    migrate(tmp_path)

    def half_done():
        with transaction():
            Municipality.create(name="Город")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert Municipality.select().count() == 0


# Values


def stored(model, column):
    return database.execute_sql(f"SELECT {column} FROM {model._meta.table_name}").fetchone()[0]


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (datetime(2026, 11, 16, 9, 5, 7, 123_000, tzinfo=UTC), 1_794_819_907_123),
        (datetime(2026, 11, 16, 14, 5, 7, 123_000, tzinfo=timezone(timedelta(hours=5))),
         1_794_819_907_123),
        (datetime(2026, 11, 16, 9, 5, 7, 999_000, tzinfo=UTC), 1_794_819_907_999),
        (datetime(2099, 12, 31, 23, 59, 59, 1_000, tzinfo=UTC), 4_102_444_799_001),
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
    ],
)  # fmt: skip
def test_a_moment_is_one_number_in_both_databases(db, moment, number):
    WorkerSeen.create(worker="w", seen_at=moment)
    assert stored(WorkerSeen, "seen_at") == number
    read = WorkerSeen.get().seen_at
    assert read == moment
    assert read.tzinfo is UTC
    assert WorkerSeen.select().where(WorkerSeen.seen_at == moment).count() == 1
    later = moment + timedelta(milliseconds=1)
    assert WorkerSeen.select().where(WorkerSeen.seen_at < later).count() == 1
    assert WorkerSeen.select().where(WorkerSeen.seen_at >= later).count() == 0


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))
def test_milliseconds_lose_nothing(moment):
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert from_milliseconds(to_milliseconds(moment)) == moment.astimezone(UTC)


def test_the_clock_is_as_exact_as_the_database(db):
    now = clock.now()
    WorkerSeen.create(worker="w", seen_at=now)
    assert WorkerSeen.get().seen_at == now


@pytest.mark.parametrize(
    "value", [datetime(2026, 11, 16, 9, 5), date(2026, 11, 16), "2026-11-16 09:05", 1.5]
)
def test_a_moment_without_a_zone_is_refused(db, value):
    with pytest.raises(ValueError, match="aware"):
        WorkerSeen.create(worker="w", seen_at=value)
    with pytest.raises(ValueError, match="aware"):
        WorkerSeen.select().where(WorkerSeen.seen_at < value).execute()


@pytest.mark.parametrize(
    ("weight", "kept"),
    [
        ("1", "1"),
        ("1/3", "1/3"),
        ("2.5", "5/2"),
        ("0.1", "1/10"),
        (3, "3"),
        (Fraction(2, 6), "1/3"),
    ],
)
def test_a_weight_is_an_exact_fraction(town, weight, kept):
    kind = WorkKind.create(school=town.school, name="Диктант", weight=weight)
    sql = f"SELECT weight FROM work_kind WHERE id = {kind.id}"
    assert database.execute_sql(sql).fetchone()[0] == kept
    read = WorkKind.get_by_id(kind.id).weight
    assert isinstance(read, Fraction)
    assert read == Fraction(kept)


# Constraints


def refused(write) -> None:
    with pytest.raises(IntegrityError), database.atomic():
        write()


@pytest.mark.parametrize(
    "model",
    [Enrolment, GroupMembership, GroupTeacher, Guardianship, Role],
    ids=lambda m: m.__name__,
)
def test_no_row_ends_before_it_begins(town, model):
    row = model.get()
    of_it = model.id == row.id
    model.update(until_on=row.from_on).where(of_it).execute()  # one day, both ends inclusive
    refused(lambda: model.update(until_on=row.from_on - timedelta(days=1)).where(of_it).execute())


def test_nor_does_a_break_a_timetable_a_year_or_a_period(town):
    day = date(2026, 11, 2)
    school, before = town.school, day - timedelta(days=1)
    holidays = {"school": school, "kind": "holidays", "name": "Осенние"}
    refused(lambda: SchoolBreak.create(from_on=day, until_on=before, **holidays))
    SchoolBreak.create(from_on=day, until_on=day, **holidays)
    entry = {
        "school": school,
        "teaching_group": town.group,
        "teacher": town.teacher,
        "bell_schedule": BellSchedule.create(school=school, name="Обычное"),
        "weekday": 1,
        "lesson_number": 1,
    }
    refused(lambda: TimetableEntry.create(from_on=day, until_on=before, **entry))
    TimetableEntry.create(from_on=day, until_on=None, **entry)
    refused(lambda: SchoolYear.create(school=school, name="Год", from_on=day, until_on=before))
    period = {
        "school": school, "school_year": town.year, "kind": "quarter", "ordinal": 2,
        "name": "2-я четверть", "from_grade": 1, "until_grade": 9,
    }  # fmt: skip
    refused(lambda: StudyPeriod.create(from_on=day, until_on=before, **period))


def test_a_lesson_has_one_homework_for_all_and_one_for_each_child(town):
    common = {"school": town.school, "lesson": town.lesson}
    Homework.create(text="№ 5", **common)
    refused(lambda: Homework.create(text="№ 6", **common))
    refused(lambda: Homework.create(text="№ 6", pupil=None, **common))
    for pupil in town.pupils:
        Homework.create(text="Своё", pupil=pupil, **common)
    refused(lambda: Homework.create(text="Ещё", pupil=town.pupil, **common))
    Homework.create(text="№ 7", school=town.school, lesson=town.tomorrow)


def test_what_others_point_to_stays(town):
    refused(lambda: Person.delete().where(Person.id == town.pupil.id).execute())
    refused(lambda: School.delete().where(School.id == town.school.id).execute())


def test_a_mark_without_its_work_is_refused(town):
    """PostgreSQL looks at the statement, SQLite only with `foreign_keys`."""
    refused(
        lambda: Mark.create(
            school=town.school, work=999_999, pupil=town.pupil, position=1, value="5"
        )
    )


# Many rows at once

AWKWARD = ["Обычное", "таб\tуляция", "две\nстроки", "обратная \\ черта", "\\N", "", "«»'\"", "%s ?"]


def test_many_rows_are_what_single_ones_are(town):
    day = town.lesson.held_on
    first = town.lesson
    bulk_insert(
        type(first),
        [
            {
                "school": town.school.id,
                "teaching_group": town.group.id,
                "teacher": town.teacher.id,
                "held_on": day,
                "lesson_number": 5 + n,
                "starts_at": first.starts_at,
                "ends_at": first.ends_at,
                "topic": text,
                "cancelled_at": NOW if n == 0 else None,
            }
            for n, text in enumerate(AWKWARD)
        ],
    )
    lesson = type(first)
    rows = list(lesson.select().where(lesson.lesson_number >= 5).order_by(lesson.lesson_number))
    assert [row.topic for row in rows] == AWKWARD
    assert [row.cancelled_at for row in rows] == [NOW] + [None] * (len(AWKWARD) - 1)
    for row in rows:
        assert (row.room, row.material) == ("", "")  # defaults of what was left out
        assert row.attendance_taken_at is None
        assert (row.held_on, row.starts_at) == (day, first.starts_at)
        assert row.teacher_id == town.teacher.id


def test_many_rows_get_the_defaults_and_types_of_the_model(db):
    municipality = Municipality.create(name="Город")
    bulk_insert(
        School,
        [
            {
                "municipality": municipality.id,
                "short_name": f"s{n}",
                "name": "СОШ",
                "full_name": "Школа",
                "time_zone": "Europe/Moscow",
                "regulation": "school-2",
            }
            for n in range(300)
        ],
    )
    assert School.select().count() == 300
    school = School.get()
    assert (school.days_in_week, school.address) == (5, "")
    bulk_insert(WorkKind, [{"school": school.id, "name": "Тест", "weight": Fraction(1, 3)}])
    kind = WorkKind.get()
    assert (kind.weight, kind.is_important) == (Fraction(1, 3), False)


def test_many_rows_of_none_are_nothing(db):
    bulk_insert(Municipality, [])
    assert Municipality.select().count() == 0


def test_rows_with_different_keys_are_refused(db):
    with pytest.raises(ValueError, match="zip"):
        bulk_insert(Municipality, [{"name": "Один"}, {"name": "Два", "phone": "1"}])
    assert Municipality.select().count() == 0


# What is long over may go, and nothing else (H14)

YEAR = timedelta(days=365)


@pytest.fixture
def log(empty_url, tmp_path):
    """`log(days ago, school)` writes a row of the log, `log.left()` says which are there."""
    migrate(tmp_path)
    town = Municipality.create(name="Город")
    school = School.create(
        municipality=town, short_name="s", name="Ш", full_name="Школа", time_zone="UTC",
        regulation="school-2",
    )  # fmt: skip
    now = datetime.now(UTC)

    def write(days, of=None):
        return AccessLog.create(
            at=now - timedelta(days=days), event="sign_in", detail=str(days), school=of
        )

    write.school = school
    rows = AccessLog.select().where(AccessLog.event == "sign_in")
    write.left = lambda: sorted(int(row.detail) for row in rows.clone())
    return write


def refuses_to_delete(**which):
    query = AccessLog.delete().where(AccessLog.id > 0)
    query = query.where(*(getattr(AccessLog, name) == value for name, value in which.items()))
    with pytest.raises(PeeweeException, match=REFUSAL), database.atomic():
        query.execute()


@pytest.mark.requirement("H14")
def test_only_rows_past_the_kept_term_can_go(log):
    for of in (None, log.school):
        log(LOG_DAYS - 1, of)
        log(LOG_DAYS + 1, of)
    young = AccessLog.select().where(AccessLog.detail == str(LOG_DAYS - 1))
    for row in young:
        refuses_to_delete(id=row.id)
    # All or nothing: one young row among them and none goes.
    refuses_to_delete()
    assert len(log.left()) == 4
    assert traces.forget_past_term(NOW) == 2
    assert log.left() == [LOG_DAYS - 1] * 2
    assert AccessLog.select().where(AccessLog.event == "log_forgotten").get().detail == "строк: 2"
    assert traces.forget_past_term(NOW) == 0


@pytest.mark.requirement("H14")
def test_the_term_is_the_schools_and_never_less_than_a_year(log):
    log(366, log.school)
    log(364, log.school)
    log(366)
    assert traces.forget_past_term(NOW) == 0
    LogTerm.create(school=log.school, days=365)
    # Of the rows of no school the longest term of any decides; there is one school.
    assert traces.forget_past_term(NOW) == 2
    assert log.left() == [364]
    for days in (0, 30, 364):
        with pytest.raises(PeeweeException), database.atomic():
            LogTerm.update(days=days).execute()
    LogTerm.delete().execute()
    other = School.create(
        municipality=log.school.municipality, short_name="t", name="Т", full_name="Т",
        time_zone="UTC", regulation="school-2",
    )  # fmt: skip
    LogTerm.create(school=other, days=2000)
    log(1500)
    log(1500, log.school)
    log(1500, other)
    assert traces.forget_past_term(NOW) == 1
    assert log.left() == [364, 1500, 1500]


@pytest.mark.requirement("H14")
def test_what_is_past_its_term_can_go_and_still_not_be_changed(log):
    log(4000)
    for sql in changes_of("access_log"):
        if sql.startswith("DELETE"):
            continue
        with pytest.raises(PeeweeException, match=REFUSAL), database.atomic():
            database.execute_sql(sql)
    assert log.left() == [4000]
    AccessLog.delete().execute()
    assert log.left() == []


@pytest.mark.requirement("H14")
def test_of_history_nothing_ever_goes(empty_url, tmp_path):
    migrate(tmp_path)
    History.create(at=NOW - 40 * YEAR, table_name="work", row=1, field="mark")
    with pytest.raises(PeeweeException, match=REFUSAL), database.atomic():
        History.delete().execute()
    assert traces.forget_past_term(NOW) == 0
    assert History.select().count() == 1


def test_tables_made_anew_keep_their_rows(empty_url, tmp_path):
    """0006 makes four tables anew: on a database that was in use, nothing is lost."""
    runner = Runner(database.obj, str(MIGRATIONS))
    names = [m.name for m in runner.status()]
    before = names[names.index("0006_whose_data") - 1]
    runner.up(before)
    sql = (
        "INSERT INTO municipality (id, name, address, phone) VALUES (1, 'Город', '', '')",
        "INSERT INTO school (id, municipality_id, short_name, name, full_name, time_zone, "
        "regulation, days_in_week, address, phone) "
        "VALUES (1, 1, 's', 'Ш', 'Школа', 'UTC', 'school-2', 5, '', '')",
        "INSERT INTO person (id, municipality_id, surname, given_name, patronymic) "
        "VALUES (1, 1, 'А', 'Б', ''), (2, 1, 'В', 'Г', '')",
        "INSERT INTO role (person_id, kind, municipality_id, school_id, from_on) "
        "VALUES (1, 'head', 1, 1, '2026-09-01')",
        "INSERT INTO guardianship (pupil_id, guardian_id, kind, basis, from_on) "
        "VALUES (2, 1, 'mother', 'свидетельство', '2026-09-01')",
        "INSERT INTO session (token_hash, person_id, created_at, seen_at, ends_at, "
        "is_own_device, address_hash) "
        f"VALUES ('x', 1, 1, 1, 2, {'1' if is_sqlite() else 'true'}, '')",
    )
    for statement in sql:
        database.execute_sql(statement)
    migrate(tmp_path)
    role = Role.get()
    assert (role.person_id, role.kind, role.end_reason, role.ended_at) == (1, "head", "", None)
    assert Guardianship.get().adult_choice == ""
    assert Session.get().is_own_device is True
    # Numbers go on.
    new = Role.create(person=2, kind="teacher", municipality=1, school=1, from_on="2026-09-01")
    assert new.id == role.id + 1
