"""The history of a frozen year for people: who changed what, when, from what to what, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from school import clock
from school.database import as_date, fetch_all
from school.exchange.frozen.tables import TABLES, FrozenTable, Selection, rows_of
from school.models.fields import from_milliseconds

HEADS = (
    "Когда", "Кто", "Замещая", "Журнал", "Урок", "Ученик", "Что", "Было", "Стало", "Почему",
    "Запись",
)  # fmt: skip

FIELDS = {
    "mark": "отметка",
    "attendance": "посещаемость",
    "attendance_taken": "посещаемость отмечена",
    "late_minutes": "минуты опоздания",
    "worked_on": "день выполнения",
    "topic": "тема",
    "material": "материал урока",
    "homework": "домашнее задание",
    "comment": "комментарий",
    "work": "работа",
    "room": "кабинет",
    "teacher": "учитель",
    "place": "день и номер урока",
    "cancelled": "урок отменён",
    "period_result": "отметка за период",
    "year_result": "отметка за год",
    "exam_result": "экзаменационная отметка",
    "final_result": "итоговая отметка",
    "change_request": "просьба исправить",
    "remark": "замечание",
    "excuse": "записка об отсутствии",
    "closing": "закрытие периода",
    "deferral": "отсрочка",
    "exam": "экзамен",
    "until_on": "по какой день",
    "from_on": "с какого дня",
}


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A changed fact in words; `at` is local."""

    history_id: int
    at: datetime
    who: str
    acting_for: str
    #: Of the lesson, or None.
    group_id: int | None
    group: str
    lesson: str
    pupil: str
    what: str
    old: str
    new: str
    why: str

    @property
    def cells(self) -> tuple[str, ...]:
        """As HEADS names them."""
        return (
            f"{self.at:%d.%m.%Y %H:%M:%S}", self.who, self.acting_for, self.group, self.lesson,
            self.pupil, self.what, self.old, self.new, self.why, str(self.history_id),
        )  # fmt: skip


LESSONS = """
SELECT l.id, l.teaching_group_id, l.held_on, l.lesson_number FROM lesson l
WHERE l.id IN ({ids})
"""
GROUPS = """
SELECT g.id, j.name, g.name FROM teaching_group g JOIN subject j ON j.id = g.subject_id
WHERE g.school_id = ?
"""


@dataclass(slots=True)
class HistoryWords:
    """Turns rows of history into words, with the names it has met."""

    selection: Selection
    _people: dict[int, str] = field(default_factory=dict)
    _groups: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._groups = {
            row[0]: f"{row[1]}, {row[2]}"
            for row in fetch_all(GROUPS, (self.selection.head.school_id,))
        }

    def rows(self, found: Iterable[tuple[Any, ...]]) -> Iterator[HistoryRow]:
        """Rows as `rows_of` gives them, in words; a few hundred looked up at a time."""
        names = TABLES["history"].columns
        batch: list[dict[str, Any]] = []
        for row in found:
            batch.append(dict(zip(names, row, strict=True)))
            if len(batch) == 500:
                yield from self._words(batch)
                batch = []
        yield from self._words(batch)

    def _words(self, batch: list[dict[str, Any]]) -> Iterator[HistoryRow]:
        self._learn(
            {
                row[key]
                for row in batch
                for key in ("actor_id", "acting_for_id", "pupil_id")
                if row[key] is not None
            }
        )
        ids = {row["lesson_id"] for row in batch if row["lesson_id"] is not None}
        lessons = {
            lesson_id: (group_id, f"{as_date(day):%d.%m.%Y}, {number}-й")
            for lesson_id, group_id, day, number in (
                fetch_all(LESSONS.format(ids=", ".join(map(str, sorted(ids))))) if ids else ()
            )
        }
        for row in batch:
            group_id, lesson = lessons.get(row["lesson_id"], (None, ""))
            yield HistoryRow(
                history_id=row["id"],
                at=clock.local(from_milliseconds(row["at"]), self.selection.head.time_zone),
                who=self._people.get(row["actor_id"], "программа"),
                acting_for=self._people.get(row["acting_for_id"], ""),
                group_id=group_id,
                group=self._groups.get(group_id or 0, ""),
                lesson=lesson,
                pupil=self._people.get(row["pupil_id"], ""),
                what=what_of(row["table_name"], row["field"], row["row_id"]),
                old=row["old"],
                new=row["new"],
                why=row["why"],
            )

    def _learn(self, ids: set[int]) -> None:
        unknown = sorted(ids - self._people.keys())
        for n in range(0, len(unknown), 500):
            some = ", ".join(map(str, unknown[n : n + 500]))
            for person_id, *name in fetch_all(
                f"SELECT id, surname, given_name, patronymic FROM person WHERE id IN ({some})"
            ):
                self._people[person_id] = " ".join(filter(None, name))


def what_of(table: str, name: str, row_id: int) -> str:
    """«отметка», or which column of which row."""
    if name in FIELDS:
        return FIELDS[name]
    title = TABLES[table].title if table in TABLES else table
    return f"{title} (№ {row_id}): {name}"


def all_history(selection: Selection) -> Iterator[HistoryRow]:
    """The history of the year in the order in which it was written."""
    return HistoryWords(selection).rows(rows_of(selection, _table()))


def other_history(selection: Selection) -> Iterator[HistoryRow]:
    """What belongs to no lesson: results, classes, settings."""
    place = _table().columns.index("lesson_id")
    rows = (row for row in rows_of(selection, _table()) if row[place] is None)
    return HistoryWords(selection).rows(rows)


def group_history(words: HistoryWords, group_id: int) -> Iterator[HistoryRow]:
    """The history of a group's lessons."""
    table = _table()
    columns = ", ".join(f'h."{name}"' for name in table.columns)
    names = ", ".join(f"'{name}'" for name in TABLES)
    sql = f"""
    SELECT {columns} FROM lesson l
    JOIN history h ON h.school_id = l.school_id AND h.lesson_id = l.id
    WHERE l.school_id = ? AND l.teaching_group_id = ? AND h.table_name IN ({names})
    ORDER BY h.id
    """
    return words.rows(fetch_all(sql, (words.selection.head.school_id, group_id)))


def _table() -> FrozenTable:
    return TABLES["history"]
