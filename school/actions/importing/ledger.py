"""A running import: what it writes, counts, and has to say."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from school.actions.history import Act, Fact
from school.actions.importing.report import ImportReport
from school.database import bulk_insert
from school.exchange.problems import Problem
from school.exchange.school_rows import SchoolFiles
from school.models import School, SchoolYear

#: How many absent rows a note names.
NAMED = 5


@dataclass
class Running:
    """The state of one import, handed from step to step."""

    files: SchoolFiles
    act: Act
    #: The school was not there before: everything holds from the first day of the year.
    is_new: bool
    today: date
    #: Set once they are found or made.
    school: School = field(init=False)
    year: SchoolYear = field(init=False)
    report: ImportReport = field(default_factory=ImportReport)
    problems: list[Problem] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    _queued: dict[Any, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)

    @property
    def tomorrow(self) -> date:
        return self.today + timedelta(days=1)

    def put(self, kind: str, model: Any, row: Any | None, values: dict[str, Any]) -> Any:
        """Make a row, or bring `row` to `values`; foreign keys are given as ids. Returns it.

        An equal row is not written at all.
        """
        counts = self.report.counts[kind]
        if row is None:
            counts.new += 1
            return model.create(**values)
        if self.differing(row, values):
            counts.changed += 1
            for name, value in values.items():
                setattr(row, name, value)
            row.save(only=[model._meta.fields[name] for name in values])
        else:
            counts.same += 1
        return row

    @staticmethod
    def differing(
        row: Any, values: dict[str, Any], names: Iterable[str] | None = None
    ) -> list[str]:
        """The fields (all, or those named) in which a row is not as it should be."""
        return [name for name in names or values if row.__data__[name] != values[name]]

    def add(self, kind: str | None, model: Any, values: dict[str, Any]) -> None:
        """Make a row whose id nobody needs: written in bulk by `flush`."""
        if kind:
            self.report.counts[kind].new += 1
        self._queued[model].append(values)

    def keep(self, kind: str) -> None:
        """Count a row that is as it should be."""
        self.report.counts[kind].same += 1

    def drop(self, kind: str, row: Any) -> None:
        """Delete a row that never held and that nothing points to."""
        self.report.counts[kind].changed += 1
        row.delete_instance()

    def flush(self) -> None:
        """Write the queued rows."""
        for model, rows in self._queued.items():
            bulk_insert(model, rows)
        self._queued.clear()

    def note_left(self, what: str, names: Iterable[str]) -> None:
        """Say which rows the files do not name, so that they were left as they are."""
        found = sorted(names)
        if found:
            more = f" и ещё {len(found) - NAMED}" if len(found) > NAMED else ""
            self.report.notes.append(
                f"Нет в файлах, оставлены как есть: {what} — {', '.join(found[:NAMED])}{more}."
            )
