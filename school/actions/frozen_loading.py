"""A frozen year back into an empty installation (H15)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from peewee import DataError, IntegrityError

from school.actions.history import Act
from school.actions.traces import record_event
from school.database import analyze, database, execute, fetch_all, is_sqlite, transaction
from school.exchange.frozen.archive import (
    ArchiveReader,
    ArchiveRefused,
    Verified,
    table_file,
    verify_archive,
)
from school.exchange.frozen.tables import CHUNK, FROZEN, FrozenTable, decode, fields_of
from school.models import Account, Municipality, Person, School

NOT_EMPTY = (
    "В этой установке уже есть школа или люди. Архив загружают только в пустую: сделайте новую "
    "базу (DATABASE_URL) и выполните в ней migrate."
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded."""

    verified: Verified
    rows: int
    #: Short name of the school.
    short_name: str


def load_frozen_year(path: Path, act: Act) -> Loaded:
    """Verify an archive and load its tables into an empty installation, all or nothing. Raises
    ArchiveRefused, also where the installation is not empty."""
    refuse_where_people_are()
    verified = verify_archive(path)
    with transaction():
        refuse_where_people_are()
        with ArchiveReader(path) as archive:
            rows = sum(_load_table(archive, table) for table in FROZEN)
        short_name = str(verified.manifest.get("short_name", ""))
        found = School.get_or_none(School.short_name == short_name)
        if found is None:
            raise ArchiveRefused(["В архиве нет самой школы: загружать нечего."])
        _check_references()
        _log(found.id, verified, act.at, act.request_id)
    analyze()
    return Loaded(verified, rows, short_name)


def refuse_where_people_are() -> None:
    """Raise ArchiveRefused unless the installation is empty."""
    if any(model.select().exists() for model in (Municipality, School, Person, Account)):
        raise ArchiveRefused([NOT_EMPTY])


def _log(school_id: int, verified: Verified, at: datetime, request_id: str) -> None:
    # Not in history: that is equal to the one that was frozen.
    record_event(
        "frozen_year_loaded",
        at,
        person_id=None,
        school_id=school_id,
        detail=f"{verified.year}, {verified.checksum[:16]}",
        request_id=request_id,
    )


def _load_table(archive: ArchiveReader, table: FrozenTable) -> int:
    """Write the rows of a table as they are, ids and all; returns how many."""
    file = table_file(table.name)
    rows = archive.rows(file)
    heads = next(rows, [])
    columns = {f.column_name: f for f in fields_of(table)}
    unknown = [head for head in heads if head not in columns]
    if unknown:
        raise ArchiveRefused(
            [f"В таблице {file} столбец «{unknown[0][:60]}», которого эта программа не знает."]
        )
    if len(set(heads)) != len(heads):
        raise ArchiveRefused([f"В таблице {file} один столбец дважды."])
    count = 0
    try:
        values = _values(file, rows, [columns[head] for head in heads])
        while some := list(islice(values, CHUNK)):
            _insert(table.name, heads, some)
            count += len(some)
    except (IntegrityError, DataError, OverflowError) as error:
        raise ArchiveRefused(
            [f"Таблица {file} противоречит другим таблицам архива: {_first_line(error)}."]
        ) from None
    if table.key and count:
        _move_sequence(table.name)
    return count


def _values(file: str, rows: Iterator[list[str]], columns: list[Any]) -> Iterator[tuple[Any, ...]]:
    for number, cells in enumerate(rows, 2):
        if len(cells) != len(columns):
            raise ArchiveRefused(
                [f"Таблица {file}, строка {number}: столбцов {len(cells)}, а не {len(columns)}."]
            )
        values = []
        for column, cell in zip(columns, cells, strict=True):
            try:
                values.append(decode(column, cell))
            except ValueError:
                raise ArchiveRefused(
                    [
                        f"Таблица {file}, строка {number}: в столбце {column.column_name} "
                        f"не может стоять «{cell[:40]}»."
                    ]
                ) from None
        yield tuple(values)


def _insert(table: str, heads: list[str], rows: list[tuple[Any, ...]]) -> None:
    columns = ", ".join(f'"{head}"' for head in heads)
    cursor = database.cursor()
    if is_sqlite():
        places = ", ".join("?" * len(heads))
        with database.atomic():
            _run(cursor, f'INSERT INTO "{table}" ({columns}) VALUES ({places})', rows)
    else:
        _copy(cursor, f'COPY "{table}" ({columns}) FROM STDIN', rows)


def _run(cursor: Any, sql: str, rows: list[tuple[Any, ...]]) -> None:
    import sqlite3

    try:
        cursor.executemany(sql, rows)
    except sqlite3.IntegrityError as error:
        raise IntegrityError(str(error)) from None


def _copy(cursor: Any, sql: str, rows: list[tuple[Any, ...]]) -> None:
    import psycopg

    try:
        with cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        raise IntegrityError(str(error)) from None


def _move_sequence(table: str) -> None:
    if not is_sqlite():
        execute(
            f"SELECT setval(pg_get_serial_sequence(?, 'id'), (SELECT MAX(id) FROM \"{table}\"))",
            (f'"{table}"',),
        )


def _check_references() -> None:
    """SQLite's rows point to rows that are there (PostgreSQL says so by itself)."""
    if is_sqlite() and (found := fetch_all("PRAGMA foreign_key_check")):
        table, _, other, _ = found[0]
        raise ArchiveRefused(
            [f"В таблице tables/{table}.csv строки ссылаются на {other}, которых в архиве нет."]
        )


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0].rstrip(".")[:150] if str(error) else type(error).__name__
