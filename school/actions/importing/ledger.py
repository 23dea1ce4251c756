"""A running import: what it writes, counts, and has to say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from school.actions.changes import Changes
from school.actions.history import Act, Fact
from school.actions.importing.report import Event, ImportReport
from school.database import bulk_insert, reserve_ids
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
    changes: Changes = field(default_factory=Changes)
    _queued: dict[Any, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    _place: tuple[str, int] | None = None
    #: Nothing is to stay: what only people see afterwards, passwords, is left out.
    rehearses: bool = False
    #: Who somebody of the files is, as a person decided: «pupil:<code>» → id of a person.
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)

    @property
    def tomorrow(self) -> date:
        return self.today + timedelta(days=1)

    def brings(self, file: str) -> bool:
        """Whether the sender brought this table."""
        return file in self.files.given

    def now_at(self, file: str, line: int) -> None:
        """What is written from here on is because of this row of the files."""
        self._place = (file, line) if line else None

    def _tell(self, kind: str, what: str, detail: str = "") -> None:
        if self._place:
            self.report.events.setdefault(self._place, []).append(Event(kind, what, detail))

    def put(self, kind: str, model: Any, row: Any | None, values: dict[str, Any]) -> Any:
        """Make a row, or bring `row` to `values`; foreign keys are given as ids. Returns it.

        An equal row is not written at all.
        """
        counts = self.report.counts[kind]
        if row is None:
            counts.new += 1
            self._tell(kind, "new")
            return self.make(model, values)
        different = self.differing(row, values)
        if different:
            counts.changed += 1
            for name in different:
                self._tell(kind, "changed", _said(name, row.__data__[name], values[name]))
            self.changes.changed(row, values)
            for name, value in values.items():
                setattr(row, name, value)
            row.save(only=[model._meta.fields[name] for name in values])
        else:
            counts.same += 1
        return row

    def make(self, model: Any, values: dict[str, Any]) -> Any:
        """Make a row that no count is kept of."""
        made = model.create(**values)
        self.changes.made(model, [made.id])
        return made

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
            self._tell(kind, "new")
        self._queued[model].append(values)

    def keep(self, kind: str) -> None:
        """Count a row that is as it should be."""
        self.report.counts[kind].same += 1

    def drop(self, kind: str, row: Any) -> None:
        """Delete a row that never held and that nothing points to."""
        self.report.counts[kind].changed += 1
        self._tell(kind, "changed", "")
        self.changes.dropped(row)
        row.delete_instance()

    def flush(self) -> None:
        """Write the queued rows."""
        for model, rows in self._queued.items():
            ids = reserve_ids(model, len(rows))
            self.changes.made(model, ids)
            bulk_insert(model, [{"id": made, **row} for made, row in zip(ids, rows, strict=True)])
        self._queued.clear()

    def note_left(self, what: str, names: Iterable[str]) -> None:
        """Say which rows the files do not name, so that they were left as they are."""
        found = sorted(names)
        if found:
            more = f" и ещё {len(found) - NAMED}" if len(found) > NAMED else ""
            self.report.notes.append(
                f"Нет в файлах, оставлены как есть: {what} — {', '.join(found[:NAMED])}{more}."
            )


#: Fields whose change is told with what they were and become.
_TOLD = {
    "surname": "фамилия",
    "given_name": "имя",
    "patronymic": "отчество",
    "room": "кабинет",
    "starts_at": "начало",
    "ends_at": "конец",
    "name": "название",
    "full_name": "полное название",
    "from_on": "первый день",
    "until_on": "последний день",
    "from_grade": "с класса",
    "until_grade": "по класс",
    "time_zone": "часовой пояс",
    "reason": "причина",
    "topic": "тема",
    "days_in_week": "дней в неделе",
    "weight": "вес",
    "hours_in_week": "часов в неделю",
}
_ONLY_NAMED = {
    "birth_on": "дата рождения",
    "school_class": "класс",
    "teacher": "учитель",
    "kind": "вид",
    "basis": "основание",
    "marking": "отметки",
    "is_extracurricular": "внеурочная деятельность",
    "bell_schedule": "звонки",
    "material": "материал",
    "homework": "домашнее задание",
    "is_important": "важная",
    "marks_expected": "отметка каждому",
    "hours_in_year": "часов в год",
}


def _said(name: str, old: Any, new: Any) -> str:
    if name not in _TOLD:
        # A name of ours is no word for anybody: then it is only said that the row changes.
        return _ONLY_NAMED.get(name, "")
    return f"{_TOLD[name]}: {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return str(value) if value not in (None, "") else "пусто"
