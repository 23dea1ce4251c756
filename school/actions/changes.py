"""Large changes that can be taken back as long as nothing was built on them: an import, a merge
of two persons, the beginning of a school year.

`Changes` is filled while the rows are written and kept as text beside the action; `take_back`
puts everything as it was, or says what stands in the way.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from typing import Any

from peewee import ForeignKeyField

from school.database import execute
from school.models import ALL_MODELS, History

_BY_TABLE = {model._meta.table_name: model for model in ALL_MODELS}
_AT_ONCE = 400
#: Where what was built stands → how a person calls it.
_WORDS = {
    "work": "в журнале уже есть работы",
    "mark": "в журнале уже есть отметки",
    "attendance": "в журнале уже отмечена посещаемость",
    "homework": "в журнале уже есть домашние задания",
    "lesson_comment": "в журнале уже есть комментарии",
    "lesson_change": "в расписании уже есть замены",
    "history": "эти записи с тех пор меняли",
    "session": "кто-то из этих людей уже входил в дневник",
    "access_log": "кто-то из этих людей уже входил в дневник",
    "lesson": "по этому расписанию уже есть другие уроки",
    "enrolment": "в эти классы уже зачислены другие ученики",
    "import_run": "эти люди уже загружали файлы",
}


class BuiltUpon(Exception):
    """The changes cannot be taken back; the message says why."""


def plain_value(value: Any) -> Any:
    """A value of a row as it is kept in JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction):
        return str(value)
    return value


class Changes:
    """Rows made, changed and deleted by one action."""

    def __init__(self, request_id: str = "") -> None:
        #: Of the act that made them: its own history is nobody else's work.
        self.request_id = request_id
        self._made: dict[str, set[int]] = defaultdict(set)
        #: (table, id) → field → (old, new)
        self._changed: dict[tuple[str, int], dict[str, list[Any]]] = {}
        self._dropped: list[tuple[str, dict[str, Any]]] = []

    @property
    def is_empty(self) -> bool:
        return not (any(self._made.values()) or self._changed or self._dropped)

    def made(self, model: Any, ids: Iterable[int]) -> None:
        self._made[model._meta.table_name].update(ids)

    def is_made(self, model: Any, row_id: int) -> bool:
        return row_id in self._made.get(model._meta.table_name, ())

    def changed(self, row: Any, values: dict[str, Any]) -> None:
        """Note what a row is about to become; to be called before it is set."""
        table = type(row)._meta.table_name
        if row.id in self._made.get(table, ()):
            return
        fields = self._changed.setdefault((table, row.id), {})
        for name, value in values.items():
            old = row.__data__[name]
            if old != value:
                entry = fields.setdefault(name, [plain_value(old), None])
                entry[1] = plain_value(value)

    def changed_many(self, model: Any, field: str, ids: Iterable[int], old: Any, new: Any) -> None:
        """Note that a field of many rows becomes another."""
        for row_id in ids:
            entry = self._changed.setdefault((model._meta.table_name, row_id), {})
            entry.setdefault(field, [plain_value(old), None])[1] = plain_value(new)

    def dropped(self, row: Any) -> None:
        """Note a row that is about to be deleted."""
        table = type(row)._meta.table_name
        if row.id in self._made.get(table, ()):
            self._made[table].discard(row.id)
            return
        values = {name: plain_value(value) for name, value in row.__data__.items()}
        for name, (old, _) in self._changed.pop((table, row.id), {}).items():
            values[name] = old
        self._dropped.append((table, values))

    def as_text(self) -> str:
        return json.dumps(
            {
                "request": self.request_id,
                "made": {table: list(_spans(ids)) for table, ids in self._made.items() if ids},
                "changed": [
                    [table, row_id, fields] for (table, row_id), fields in self._changed.items()
                ],
                "dropped": self._dropped,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_text(cls, text: str) -> "Changes":
        data = json.loads(text)
        changes = cls(data["request"])
        for table, spans in data["made"].items():
            for first, last in spans:
                changes._made[table].update(range(first, last + 1))
        for table, row_id, fields in data["changed"]:
            changes._changed[table, row_id] = fields
        changes._dropped = [(table, values) for table, values in data["dropped"]]
        return changes

    # Taking back

    def find_built(self) -> str:
        """What was built on these changes by other requests, as a sentence; "" for nothing."""
        for table in self._made:
            for found in self._pointing_at(table):
                return _WORDS.get(found, f"с загруженным уже работали ({found})")
        for table, row_id in self._rows_in_history():
            return f"{_WORDS['history']} ({table} {row_id})"
        return self.find_gone()

    def find_gone(self) -> str:
        """What was changed and is no longer as it was left, as a sentence; "" for nothing."""
        for (table, row_id), fields in self._changed.items():
            row = _BY_TABLE[table].get_or_none(_BY_TABLE[table].id == row_id)
            if row is None:
                return "часть записей с тех пор удалена"
            for name, (_, new) in fields.items():
                if plain_value(row.__data__[name]) != new:
                    return "часть записей с тех пор изменилась"
        return ""

    def _pointing_at(self, table: str) -> Iterator[str]:
        spans = list(_spans(self._made[table]))
        if not spans:
            return
        for model in ALL_MODELS:
            own = self._made.get(model._meta.table_name, set())
            has_id = "id" in model._meta.fields
            for field in model._meta.sorted_fields:
                if (
                    not isinstance(field, ForeignKeyField)
                    or field.rel_model._meta.table_name != table
                ):
                    continue
                for first, last in spans:
                    where = field.between(first, last)
                    if not own or not has_id:
                        if model.select().where(where).exists():
                            yield model._meta.table_name
                        continue
                    for (row_id,) in model.select(model.id).where(where).tuples():
                        if row_id not in own:
                            yield model._meta.table_name

    def _rows_in_history(self) -> Iterator[tuple[str, int]]:
        rows: dict[str, set[int]] = defaultdict(set)
        for table, ids in self._made.items():
            rows[table] |= ids
        for table, row_id in self._changed:
            rows[table].add(row_id)
        first = (
            History.select(History.id)
            .where(History.request == self.request_id)
            .order_by(History.id)
            .limit(1)
            .scalar()
        )
        if first is None:
            return
        for table, row_id in (
            History.select(History.table_name, History.row)
            .where(History.id > first, History.request != self.request_id)
            .tuples()
        ):
            if row_id in rows.get(table, ()):
                yield table, row_id

    def take_back(self) -> int:
        """Put all rows as they were; returns how many. Inside a transaction."""
        count = 0
        for model in reversed(ALL_MODELS):
            ids = sorted(self._made.get(model._meta.table_name, ()))
            for n in range(0, len(ids), _AT_ONCE):
                count += model.delete().where(model.id.in_(ids[n : n + _AT_ONCE])).execute()
        by_table = defaultdict(list)
        for table, values in self._dropped:
            by_table[table].append(values)
        for model in ALL_MODELS:
            for values in by_table[model._meta.table_name]:
                model.insert(**_as_python(model, values)).execute()
                count += 1
        for (table, row_id), fields in self._changed.items():
            model = _BY_TABLE[table]
            old = _as_python(model, {name: pair[0] for name, pair in fields.items()})
            count += model.update(**old).where(model.id == row_id).execute()
        return count


def _as_python(model: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Values from JSON as peewee takes them."""
    found = {}
    for name, value in values.items():
        if type(model._meta.fields[name]).__name__ == "MomentField" and isinstance(value, str):
            found[name] = datetime.fromisoformat(value)
        else:
            found[name] = value
    return found


def _spans(ids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ids as spans of consecutive ones."""
    ordered = sorted(ids)
    if not ordered:
        return
    breaks = [n + 1 for n, (one, two) in enumerate(pairwise(ordered)) if two != one + 1]
    for begin, end in pairwise([0, *breaks, len(ordered)]):
        yield ordered[begin], ordered[end - 1]


def lock_school(school_id: int) -> None:
    """Make others who change this school wait for the end of the transaction."""
    execute("UPDATE school SET short_name = short_name WHERE id = ?", (school_id,))
