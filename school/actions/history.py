"""Writing what happened: history rows and revision numbers, in the transaction of the change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from school.database import bulk_insert, database, execute, fetch_all
from school.models import History
from school.models.fields import to_milliseconds


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when and within which request."""

    at: datetime
    actor_id: int | None
    request_id: str = ""
    acting_for_id: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A field of a row that becomes another."""

    table_name: str
    row_id: int
    field: str
    old: str
    new: str
    pupil_id: int | None = None
    lesson_id: int | None = None
    #: Why this one, where it is not the act's reason.
    why: str = ""


def lock_lesson(lesson_id: int) -> None:
    """Wait for whoever writes history of the same lesson, so that its ids grow in the order
    they become visible (SQLite has one writer anyway)."""
    if database.obj.for_update:
        execute("SELECT id FROM lesson WHERE id = ? FOR UPDATE", (lesson_id,))


NEW_LINE = """
INSERT INTO history (at, school_id, actor_id, acting_for_id, table_name, row_id, pupil_id,
                     lesson_id, field, old, new, why, request_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
RETURNING id
"""


def record(act: Act, school_id: int | None, facts: Iterable[Fact]) -> int | None:
    """Add history rows (E7: who changed what, when, from what to what, and why). Returns the id
    of the row where it is one, as a cell that somebody left makes it."""
    facts = list(facts)
    if len(facts) == 1:
        # A cell that somebody left: the statement takes less than preparing a load of many.
        (fact,) = facts
        values = (
            to_milliseconds(act.at), school_id, act.actor_id, act.acting_for_id, fact.table_name,
            fact.row_id, fact.pupil_id, fact.lesson_id, fact.field, fact.old, fact.new,
            fact.why or act.why, act.request_id,
        )  # fmt: skip
        line_id: int = fetch_all(NEW_LINE, values)[0][0]
        return line_id
    rows = [
        {
            "at": act.at,
            "school": school_id,
            "actor": act.actor_id,
            "acting_for": act.acting_for_id,
            "table_name": fact.table_name,
            "row": fact.row_id,
            "pupil": fact.pupil_id,
            "lesson": fact.lesson_id,
            "field": fact.field,
            "old": fact.old,
            "new": fact.new,
            "why": fact.why or act.why,
            "request": act.request_id,
        }
        for fact in facts
    ]
    bulk_insert(History, rows)
    return None


MOVE_REVISION = """
INSERT INTO revision (scope, subject_id, n, changed_at) VALUES {places}
ON CONFLICT (scope, subject_id) DO UPDATE SET n = revision.n + 1, changed_at =
  CASE WHEN excluded.changed_at > revision.changed_at THEN excluded.changed_at
       ELSE revision.changed_at END
"""


def move_revisions(act: Act, scopes: Iterable[tuple[str, int]]) -> None:
    """Say that the data behind a pupil's, a group's or a school's pages changed; «последняя
    запись» never goes back, also where a clock does."""
    # In one order everywhere, so that two savers never wait for each other.
    ordered = sorted(set(scopes))
    if not ordered:
        return
    mark = database.obj.param
    place = f"({mark}, {mark}, 1, {mark})"
    sql = MOVE_REVISION.format(places=", ".join([place] * len(ordered)))
    moment = to_milliseconds(act.at)
    parameters = [value for scope, subject in ordered for value in (scope, subject, moment)]
    database.execute_sql(sql, parameters)
