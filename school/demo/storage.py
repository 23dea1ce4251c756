"""Writing many rows and learning their ids."""

from collections.abc import Sequence
from typing import Any

from peewee import fn

from school.database import bulk_insert, database


def insert_numbered(model: Any, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows and return their ids, in the order of the rows.

    Both databases number the rows of a bulk load in their order, and the demo is alone in a
    database that was empty; the count is checked all the same.
    """
    newest = model.select(fn.MAX(model.id)).scalar() or 0
    bulk_insert(model, rows)
    ids = [
        row_id
        for (row_id,) in model.select(model.id).where(model.id > newest).order_by(model.id).tuples()
    ]
    if len(ids) != len(rows):
        raise RuntimeError(f"somebody else writes into {model._meta.table_name}")
    return ids


def update_many(sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run one UPDATE, written with `?`, for many tuples of parameters."""
    if rows:
        cursor = database.cursor()
        cursor.executemany(sql.replace("?", database.obj.param), rows)
