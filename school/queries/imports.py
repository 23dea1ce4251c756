"""Imports as their page shows them."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from school.database import fetch_all
from school.models.fields import from_milliseconds

STATES = {
    "waiting": "проверяется",
    "asking": "есть вопросы",
    "wrong": "есть ошибки",
    "checked": "проверена, ждёт подтверждения",
    "confirmed": "записывается",
    "done": "записана",
    "undone": "отменена",
    "dropped": "отброшена",
}


@dataclass(frozen=True, slots=True)
class ImportLine:
    """An import in a list."""

    run_id: int
    created_at: datetime
    files: tuple[str, ...]
    state: str
    by: str

    @property
    def state_words(self) -> str:
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class ImportCard:
    """An import on its page."""

    run_id: int
    school_id: int
    school_name: str
    time_zone: str
    created_at: datetime
    files: tuple[str, ...]
    state: str
    folder: str
    report: dict[str, Any]

    @property
    def state_words(self) -> str:
        return STATES[self.state]


def list_imports(school_id: int, limit: int = 20) -> tuple[ImportLine, ...]:
    """The newest imports of a school."""
    sql = """
    SELECT r.id, r.created_at, r.file_names, r.state, p.surname, p.given_name
    FROM import_run r JOIN person p ON p.id = r.uploaded_by_id
    WHERE r.school_id = ? AND r.state <> 'dropped' ORDER BY r.created_at DESC, r.id DESC LIMIT ?
    """
    return tuple(
        ImportLine(
            row[0], from_milliseconds(row[1]), tuple(json.loads(row[2])), row[3],
            f"{row[4]} {row[5]}",
        )
        for row in fetch_all(sql, (school_id, limit))
    )  # fmt: skip


def find_import(run_id: int) -> ImportCard | None:
    """An import, or None."""
    sql = """
    SELECT r.id, r.school_id, s.name, s.time_zone, r.created_at, r.file_names, r.state, r.folder,
           r.report
    FROM import_run r JOIN school s ON s.id = r.school_id WHERE r.id = ?
    """
    rows = fetch_all(sql, (run_id,))
    if not rows:
        return None
    row = rows[0]
    return ImportCard(
        row[0], row[1], row[2], row[3], from_milliseconds(row[4]), tuple(json.loads(row[5])),
        row[6], row[7], json.loads(row[8]),
    )  # fmt: skip
