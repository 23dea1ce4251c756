"""One database behind one URL: SQLite for a school, PostgreSQL for many nodes.

`database` is what all models are bound to; `open_database(url)` gives it a real one.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from peewee import Database, DatabaseProxy, PostgresqlDatabase, SqliteDatabase
from playhouse.db_url import connect as connect_by_url
from playhouse.db_url import parse as parse_url
from playhouse.migrations import Runner

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"

database = DatabaseProxy()

# FULL, not NORMAL: NORMAL loses acknowledged marks in a power cut. Without recursive triggers
# INSERT OR REPLACE walks past the triggers that protect history.
SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "cache_size": -32_000,
}
SQLITE_BUSY_SECONDS = 10
#: Connections of one process that wait for the next request.
SQLITE_WAITING = 8

# Rows of these tables are written once and never changed.
PROTECTED_TABLES = (
    "history", "access_log", "regulation_version", "request_step", "destruction_act",
    "hand_over", "issued_paper", "issued_hand_over", "visit_step",
)  # fmt: skip
# Of these, rows past the term that the school keeps them for may be deleted.
FORGETTING_TABLES = ("access_log",)


class SchemaError(Exception):
    """The database is older than the program, or not there; the message says what to do."""


class CheckedSqliteDatabase(SqliteDatabase):
    """SQLite whose every connection proves that its settings took hold.

    Between requests connections wait on a stack, and the last one used is the next one. A
    connection forgets its pages when another one commits: with one to each thread of a server,
    which take turns, nearly every request read them anew.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._opened = threading.local()
        self._waiting: list[tuple[Any, tuple[int, int] | None]] = []
        super().__init__(*args, check_same_thread=False, **options)

    def take_waiting(self) -> None:
        """Give this thread a connection that waits, where it has none and one does."""
        if not self.is_closed():
            return
        with suppress(IndexError):  # none waits, or another thread was faster
            connection, self._opened.file = self._waiting.pop()
            self._state.set_connection(connection)

    def let_wait(self) -> None:
        """Leave this thread's connection to the next request, whoever serves it."""
        if self.is_closed() or self._state.conn.in_transaction:
            return
        if len(self._waiting) < SQLITE_WAITING:
            self._waiting.append((self._state.conn, self._opened.file))
            self._state.reset()
        else:
            self.close()

    def is_same_file(self) -> bool:
        """Whether this thread's connection still leads to the file of that name."""
        return bool(self._opened.file == _identity(self.database))

    def _add_conn_hooks(self, conn: Any) -> None:
        super()._add_conn_hooks(conn)
        self._opened.file = _identity(self.database)
        for name, wanted in SQLITE_PRAGMAS.items():
            found = conn.execute(f"PRAGMA {name}").fetchone()[0]
            if found != wanted:
                raise SchemaError(f"SQLite не принял «{name} = {wanted}» (отвечает {found}).")


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_database(url: str) -> Database:
    """Make the database for a URL and bind the models to it. Does not connect yet."""
    if urlsplit(url).scheme == "sqlite":
        path = parse_url(url)["database"]
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        real: Database = CheckedSqliteDatabase(
            path, pragmas=SQLITE_PRAGMAS, lock_type="IMMEDIATE", timeout=SQLITE_BUSY_SECONDS
        )
    else:
        real = connect_by_url(url, unquote_password=True, unquote_user=True, prefer_psycopg3=True)
    database.initialize(real)
    return real


def ensure_connection() -> None:
    """One connection per thread, kept until release_connection(); one that is broken, or whose
    file is another by now (a restored backup), is replaced."""
    if isinstance(database.obj, CheckedSqliteDatabase):
        database.obj.take_waiting()
    if not database.is_closed() and not _is_usable():
        database.close()
    database.connect(reuse_if_open=True)


def release_connection() -> None:
    """At the end of a request: SQLite's connection serves the next one, on any thread. That of
    PostgreSQL stays with its thread."""
    if isinstance(database.obj, CheckedSqliteDatabase):
        database.obj.let_wait()


def _is_usable() -> bool:
    if isinstance(database.obj, CheckedSqliteDatabase):
        return database.obj.is_same_file() or database.in_transaction()
    return bool(database.is_connection_usable())


def is_sqlite() -> bool:
    return isinstance(database.obj, SqliteDatabase)


@lru_cache(maxsize=256)
def _with_percent(sql: str) -> str:
    return sql.replace("?", "%s")


def fetch_all(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Rows of a fixed SELECT written with `?`: for the few hot pages, where peewee's building
    of a query costs more than the query (see docs/decisions/0003)."""
    rows: list[tuple[Any, ...]] = execute(sql, parameters).fetchall()
    return rows


def execute(sql: str, parameters: Sequence[Any] = ()) -> Any:
    """Carry out a fixed statement written with `?`; returns the cursor."""
    real = database.obj  # each attribute of the proxy is a detour
    if isinstance(real, PostgresqlDatabase):
        sql = _with_percent(sql)
    return real.execute_sql(sql, parameters)


def as_date(value: Any) -> date:
    """A date column read by fixed SQL: text in SQLite, a date in PostgreSQL."""
    return date.fromisoformat(value) if isinstance(value, str) else value


# SQLite has one writer at a time. Whoever waits in BEGIN IMMEDIATE sleeps and asks again, and may
# be passed over for seconds; the threads of one process queue here instead.
_sqlite_writer = threading.Lock()


@contextmanager
def transaction() -> Iterator[None]:
    """One action, one transaction (SQLite: BEGIN IMMEDIATE)."""
    real = database.obj
    queues = is_sqlite() and not real.in_transaction()
    # Without a turn for too long BEGIN IMMEDIATE says what is wrong.
    has_turn = queues and _sqlite_writer.acquire(timeout=SQLITE_BUSY_SECONDS)
    try:
        with real.atomic():
            yield
    finally:
        if has_turn:
            _sqlite_writer.release()


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is read within is of one moment, and nobody who writes waits for it."""
    if database.in_transaction():
        yield
    elif is_sqlite():
        with database.atomic("DEFERRED"):
            yield
    else:
        with database.atomic():
            database.execute_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


def migrate(lock_directory: Path, also: Callable[[], Any] = lambda: None) -> list[str]:
    """Bring the schema up to date under a lock; returns the names of what was applied. `also`
    runs under the same lock: what else must not be made twice at once."""
    with _migration_lock(lock_directory):
        applied: list[str] = Runner(database.obj, str(MIGRATIONS)).up()
        protect_history()
        also()
    return applied


def pending_migrations() -> list[str]:
    """Names of migrations that this database lacks."""
    return [m.name for m in Runner(database.obj, str(MIGRATIONS)).status() if not m.applied]


def refuse_older_schema() -> None:
    """Raise SchemaError where `migrate` has to run first: web and worker never migrate."""
    pending = pending_migrations()
    if pending:
        raise SchemaError(
            f"Базе не хватает: {', '.join(pending)}. Выполните: flask --app app migrate"
        )


@contextmanager
def _migration_lock(lock_directory: Path) -> Iterator[None]:
    if is_sqlite():
        lock_directory.mkdir(parents=True, exist_ok=True)
        with open(lock_directory / "migrate.lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    else:
        database.execute_sql("SELECT pg_advisory_lock(7215001)")
        try:
            yield
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(7215001)")


def protect_history(tables: Iterable[str] = PROTECTED_TABLES) -> None:
    """(Re)make the triggers that let nobody change a written trace.

    Runs at the end of every `migrate`, since peewee rebuilds SQLite tables and drops triggers
    without a word. Regulation of school 11, 1.2: the head answers for the records.
    """
    with database.atomic():
        for table in tables:
            for statement in _sqlite_triggers(table) if is_sqlite() else _postgres_triggers(table):
                database.execute_sql(statement)


#: Days that rows of the log are kept where a school sets nothing: three years, as long as the
#: extract of the log that an act of destruction needs. Below a year no school can go.
LOG_DAYS, LEAST_LOG_DAYS = 1096, 365

#: The days for which a row of access_log is kept, {row} being OLD or an alias: what its school
#: set; for rows of no school (sign-ins) the longest that any school set.
LOG_TERM = (
    "CASE WHEN {row}.school_id IS NULL"
    f" THEN COALESCE((SELECT MAX(COALESCE(t.days, {LOG_DAYS})) FROM school s"
    f" LEFT JOIN log_term t ON t.school_id = s.id), {LOG_DAYS})"
    f" ELSE COALESCE((SELECT t.days FROM log_term t WHERE t.school_id = {{row}}.school_id),"
    f" {LOG_DAYS}) END"
)


_DAY = "CAST(86400000 AS BIGINT)"
SQLITE_NOW = "CAST(strftime('%s', 'now') AS INTEGER) * 1000"
POSTGRES_NOW = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


def _past_term(now: str, row: str = "OLD") -> str:
    """SQL: whether a row of access_log is older than its kept term. `now` is SQL for the
    database's own clock in milliseconds: no program says what time it is."""
    return (
        f"{row}.at < {now} - {_DAY} * {LEAST_LOG_DAYS} "
        f"AND {row}.at < {now} - {_DAY} * ({LOG_TERM.format(row=row)})"
    )


def forget_past_term() -> int:
    """Delete the rows of access_log that are older than their kept term, by the database's own
    clock; returns how many. Anything else the triggers refuse."""
    now = SQLITE_NOW if is_sqlite() else POSTGRES_NOW
    sql = f"DELETE FROM access_log WHERE {_past_term(now, 'access_log')}"
    count: int = database.execute_sql(sql).rowcount
    return count


def unprotect_history(tables: Iterable[str] = PROTECTED_TABLES) -> None:
    """Take the triggers away, to clear a database that holds nothing but the demo; to be followed
    by `protect_history` in the same transaction."""
    for table in tables:
        names = (
            [f"{table}_refuses_{event}" for event in ("update", "delete", "insert")]
            if is_sqlite()
            else [f"{table}_refuses_change", f"{table}_refuses_truncate"]
        )
        for name in names:
            where = "" if is_sqlite() else f" ON {table}"
            database.execute_sql(f"DROP TRIGGER IF EXISTS {name}{where}")


def _sqlite_triggers(table: str) -> list[str]:
    refuse = f"SELECT RAISE(ABORT, '{table}: a written trace cannot be changed')"
    statements = []
    # What is long over may go, and nothing else (H14).
    kept = f"WHEN NOT ({_past_term(SQLITE_NOW)})" if table in FORGETTING_TABLES else ""
    for event, when in (
        ("UPDATE", ""),
        ("DELETE", kept),
        # REPLACE on a connection that forgot recursive_triggers.
        ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"),
    ):
        name = f"{table}_refuses_{event.lower()}"
        statements.append(f"DROP TRIGGER IF EXISTS {name}")
        statements.append(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"BEGIN {refuse}; END"
        )
    return statements


def _postgres_triggers(table: str) -> list[str]:
    kept, function = "", "refuse_change"
    if table in FORGETTING_TABLES:
        past = _past_term(POSTGRES_NOW)
        kept = f"IF TG_OP = 'DELETE' THEN IF {past} THEN RETURN OLD; END IF; END IF; "
        function = f"refuse_change_of_{table}"
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {kept}"
        "RAISE EXCEPTION '%%: a written trace cannot be changed', TG_TABLE_NAME; END $$",
        f"DROP TRIGGER IF EXISTS {table}_refuses_change ON {table}",
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER IF EXISTS {table}_refuses_truncate ON {table}",
        f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
    ]


def bulk_insert(model: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Insert many rows at once, keyed by field names; all rows have the same keys, and fields
    left out get their defaults.

    For imports and the demo: executemany in SQLite, COPY in PostgreSQL, a tenth of the time
    that `insert_many` takes to build its statement.
    """
    if not rows:
        return
    defaults = {
        field.name: value
        for field, value in model._meta.defaults.items()
        if field.name not in rows[0] and not callable(value)
    }
    fields = [model._meta.combined[name] for name in (*rows[0], *defaults)]
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    table = model._meta.table_name
    values = [
        tuple(
            field.db_value(value)
            for field, value in zip(fields, (*row.values(), *defaults.values()), strict=True)
        )
        for row in rows
    ]
    cursor = database.cursor()
    if is_sqlite():
        marks = ", ".join("?" * len(fields))
        cursor.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', values)
    else:
        with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
            for row_values in values:
                copy.write_row(row_values)


def reserve_ids(model: Any, count: int) -> list[int]:
    """Ids for rows that are to be inserted in this transaction by `bulk_insert`, so that it is
    known afterwards which they were."""
    if not count:
        return []
    table = model._meta.table_name
    if is_sqlite():
        # The transaction holds the only write lock.
        last = fetch_all(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')[0][0]
        return list(range(last + 1, last + 1 + count))
    rows = fetch_all(
        "SELECT nextval(pg_get_serial_sequence(?, 'id')) FROM generate_series(1, ?)",
        (f'"{table}"', count),
    )
    return [int(row[0]) for row in rows]


def analyze() -> None:
    """Refresh what the planner knows: after bulk loads a wrong index cost tenfold."""
    database.execute_sql("ANALYZE")
