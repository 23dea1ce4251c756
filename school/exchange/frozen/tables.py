"""Which rows of the database a frozen year has, and how they stand in its CSV files.

Each table has a condition for its rows of a school year; whatever they refer to comes with them
(people first of all), so that the archive can be loaded into an empty installation. Ids are kept:
history, verdicts and revisions name rows by them.
"""

import csv
import heapq
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from peewee import (
    BooleanField,
    CompositeKey,
    DateField,
    ForeignKeyField,
    IntegerField,
    TimestampField,
)

from school import models
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds

#: Ids that one statement names at most: older SQLite takes 999 parameters.
CHUNK = 500
#: Rows that are in memory at a time.
ROWS = 5000


@dataclass(frozen=True, slots=True)
class FrozenTable:
    """A table of the archive: its rows `t` are those that the condition names. `{year}`,
    `{school}`, `{from_on}`, `{until_on}` stand for values of the year, `{of:table}` for the rows
    of another table of the archive."""

    model: Any
    #: What it is, for a person who reads the archive.
    title: str
    condition: str

    @property
    def name(self) -> str:
        return str(self.model._meta.table_name)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(f.column_name for f in self.model._meta.sorted_fields)

    @property
    def key(self) -> str:
        """The column that tells rows apart; empty where several do."""
        key = self.model._meta.primary_key
        return "" if isinstance(key, CompositeKey) else str(key.column_name)


_SCHOOL = "t.school_id = {school}"
_YEAR = "t.school_year_id = {year}"
_SPAN = (
    f"{_SCHOOL} AND t.from_on <= {{until_on}} AND (t.until_on IS NULL OR t.until_on >= {{from_on}})"
)
_LESSON = f"{_SCHOOL} AND t.lesson_id IN ({{of:lesson}})"
_GROUP = f"{_SCHOOL} AND t.teaching_group_id IN ({{of:teaching_group}})"
_CLASS = f"{_SCHOOL} AND t.school_class_id IN ({{of:school_class}})"
_PUPIL = "t.pupil_id IN (SELECT e.pupil_id FROM enrolment e WHERE e.id IN ({of:enrolment}))"
#: Only what others refer to.
_REFERRED = "1 = 0"

#: In the order in which rows can be loaded: what is referred to stands first.
FROZEN = (
    FrozenTable(models.Municipality, "муниципалитет", _REFERRED),
    FrozenTable(models.School, "школа", "t.id = {school}"),
    FrozenTable(models.SchoolYear, "учебный год", "t.id = {year}"),
    FrozenTable(models.StudyPeriod, "учебные периоды", _YEAR),
    FrozenTable(models.SchoolBreak, "каникулы и выходные", _SPAN),
    FrozenTable(models.BellSchedule, "расписания звонков", _SCHOOL),
    FrozenTable(models.Bell, "звонки", _SCHOOL),
    FrozenTable(models.Person, "люди: ученики, представители, сотрудники", _REFERRED),
    FrozenTable(models.ExternalId, "номера личных дел и коды из файлов школы", _SCHOOL),
    FrozenTable(models.SchoolClass, "классы", _YEAR),
    FrozenTable(models.Enrolment, "кто в каком классе и когда", _CLASS),
    FrozenTable(models.Subject, "предметы", _SCHOOL),
    FrozenTable(models.TeachingGroup, "учебные группы", _YEAR),
    FrozenTable(models.GroupMembership, "кто в какой группе и когда", _GROUP),
    FrozenTable(models.GroupTeacher, "кто ведёт группу и когда", _GROUP),
    FrozenTable(models.Role, "должности", _SPAN),
    FrozenTable(models.Guardianship, "законные представители", _PUPIL),
    FrozenTable(models.DiaryLimit, "ограничения доступа к дневнику", _PUPIL),
    FrozenTable(models.TimetableEntry, "расписание", _GROUP),
    FrozenTable(models.Lesson, "уроки", _GROUP),
    FrozenTable(models.TeacherAbsence, "отсутствия учителей", _SPAN),
    FrozenTable(models.DayChange, "перенос учебных дней, карантин", _SPAN),
    FrozenTable(models.LessonChange, "изменения расписания", _LESSON),
    FrozenTable(models.WorkKind, "виды работ", _SCHOOL),
    FrozenTable(models.SubjectWorkKind, "виды работ в предметах", _SCHOOL),
    FrozenTable(models.Work, "работы", _LESSON),
    FrozenTable(models.Mark, "отметки", f"{_SCHOOL} AND t.work_id IN ({{of:work}})"),
    FrozenTable(models.Attendance, "пропуски и опоздания", _LESSON),
    FrozenTable(models.Homework, "домашние задания", _LESSON),
    FrozenTable(models.LessonComment, "комментарии учителей", _LESSON),
    FrozenTable(models.LessonPlanTopic, "тематическое планирование", _GROUP),
    FrozenTable(models.CurriculumLine, "учебный план", _CLASS),
    FrozenTable(models.GradingPolicy, "порядок оценивания", _SCHOOL),
    FrozenTable(models.SubjectGradingPolicy, "порядок оценивания в предметах", _SCHOOL),
    FrozenTable(models.ResultPolicy, "порядок результатов", _SCHOOL),
    FrozenTable(
        models.RegulationAct,
        "регламент: чей",
        "t.school_id = {school} OR (t.school_id IS NULL AND EXISTS (SELECT 1 FROM school s "
        "WHERE s.id = {school} AND s.municipality_id = t.municipality_id "
        "AND s.regulation = t.template))",
    ),
    FrozenTable(
        models.RegulationVersion, "регламент: редакции", "t.act_id IN ({of:regulation_act})"
    ),
    FrozenTable(models.CalendarCorrection, "исправления календаря", _SCHOOL),
    FrozenTable(models.CalendarYear, "сверка календаря", _SCHOOL),
    FrozenTable(models.Exam, "экзамены и итоговые", _YEAR),
    FrozenTable(models.PeriodResult, "результаты", _YEAR),
    FrozenTable(
        models.Retake, "пересдачи", f"{_SCHOOL} AND t.result_id IN ({{of:period_result}})"
    ),
    FrozenTable(models.Deferral, "отсрочки", _YEAR),
    FrozenTable(models.Closing, "закрытия периодов", _YEAR),
    FrozenTable(models.CouncilDecision, "решения педсовета", _YEAR),
    FrozenTable(
        models.Acknowledgement,
        "«Ознакомлен(а)»",
        f"{_SCHOOL} AND t.about_on BETWEEN {{from_on}} AND {{until_on}}",
    ),
    FrozenTable(models.Verdict, "внесено в срок: отметки и пропуски", _LESSON),
    FrozenTable(models.ResultVerdict, "внесено в срок: результаты", _YEAR),
    # Without them the first sweep would tell everybody anew.
    FrozenTable(
        models.Reminder,
        "напоминания о невнесённом",
        f"{_SCHOOL} AND t.made_at BETWEEN {{from_at}} AND {{until_at}}",
    ),
    FrozenTable(models.Excuse, "отсутствия по запискам", _SPAN),
    FrozenTable(
        models.ChangeRequest,
        "просьбы исправить",
        f"{_SCHOOL} AND (t.lesson_id IN ({{of:lesson}}) OR t.result_id IN ({{of:period_result}}))",
    ),
    FrozenTable(models.Remark, "замечания к журналам", _GROUP),
    FrozenTable(
        models.History,
        "история: кто, что и когда изменил",
        f"{_SCHOOL} AND (t.lesson_id IN ({{of:lesson}}) OR (t.lesson_id IS NULL AND "
        "(t.at BETWEEN {from_at} AND {until_at} OR {about}))) AND t.table_name IN ({names})",
    ),
    FrozenTable(
        models.Revision,
        "номера изменений страниц",
        "(t.scope = 'school' AND t.subject_id = {school}) "
        "OR (t.scope = 'group' AND t.subject_id IN ({of:teaching_group})) "
        "OR (t.scope = 'pupil' AND t.subject_id IN (SELECT e.pupil_id FROM enrolment e "
        "WHERE e.id IN ({of:enrolment})))",
    ),
)  # fmt: skip

#: What no archive holds, and why: a frozen year is kept for decades and shown to others.
LEFT_OUT = {
    "входы, пароли, сеансы и настройки людей": (
        "account", "session", "throttle", "draft", "chosen_look", "contact", "device",
        "invitation", "hand_over",
    ),
    "заявления, согласия, бумажный путь: у них свои сроки хранения, и отозванное уничтожают": (
        "service_request", "request_step", "consent", "paper_way", "destruction_act", "form_text",
        "issued_paper", "issued_hand_over", "visit", "visit_step",
        "printout_schedule", "print_size", "printout", "printout_part", "printout_hand_over",
        "paper_call",
    ),
    "переписка и кто смотрел: свои сроки хранения": (
        "letter", "help_thread", "help_message", "access_log", "log_term",
    ),
    "служебное: очередь, бумаги, загрузки, страницы": (
        "worker_seen", "route", "day_done", "paper", "page_save", "import_run", "import_word",
        "person_merge", "year_start", "public_page", "sweep_claim", "frozen_year",
    ),
}  # fmt: skip

TABLES = {table.name: table for table in FROZEN}
#: Tables without an id of their own, whose rows cannot be referred to.
_KEYLESS = frozenset(table.name for table in FROZEN if not table.key)


@dataclass(frozen=True, slots=True)
class FrozenYearHead:
    """Which year of which school."""

    school_id: int
    short_name: str
    school: str
    time_zone: str
    school_year_id: int
    name: str
    from_on: date
    until_on: date


YEARS = """
SELECT s.id, s.short_name, s.full_name, s.time_zone, y.id, y.name, y.from_on, y.until_on
FROM school_year y JOIN school s ON s.id = y.school_id
"""


def find_year(school_year_id: int) -> FrozenYearHead | None:
    """A school year, or None."""
    rows = fetch_all(f"{YEARS} WHERE y.id = ?", (school_year_id,))
    return _head(rows[0]) if rows else None


def list_years(school_id: int) -> tuple[FrozenYearHead, ...]:
    """The years of a school, the newest first."""
    rows = fetch_all(f"{YEARS} WHERE s.id = ? ORDER BY y.from_on DESC, y.id DESC", (school_id,))
    return tuple(_head(row) for row in rows)


def _head(row: tuple[Any, ...]) -> FrozenYearHead:
    values: list[Any] = [*row[:6], as_date(row[6]), as_date(row[7])]
    return FrozenYearHead(*values)


@dataclass(slots=True)
class Selection:
    """The rows of a year: of each table those of its condition, and those referred to besides."""

    head: FrozenYearHead
    #: Table → ids beyond its condition.
    referred: dict[str, set[int]] = field(default_factory=dict)

    def condition(self, table: FrozenTable) -> str:
        """The condition of a table with all values put in; they are numbers and days of ours."""
        head = self.head
        zone = ZoneInfo(head.time_zone)
        first = datetime(head.from_on.year, head.from_on.month, head.from_on.day, tzinfo=zone)
        # Past the last day: the first that is no longer of it.
        until = datetime(
            head.until_on.year, head.until_on.month, head.until_on.day, 23, 59, 59, tzinfo=zone
        )
        text = table.condition
        for name, value in (
            ("school", str(head.school_id)),
            ("year", str(head.school_year_id)),
            ("from_on", f"'{head.from_on.isoformat()}'"),
            ("until_on", f"'{head.until_on.isoformat()}'"),
            ("from_at", str(to_milliseconds(first.astimezone(UTC)))),
            ("until_at", str(to_milliseconds(until.astimezone(UTC)) + 999)),
        ):
            text = text.replace(f"{{{name}}}", value)
        if table.model is models.History:
            # Of case files and letters the archive has nothing, so neither their history.
            names = ", ".join(f"'{other.name}'" for other in FROZEN)
            text = text.replace("{about}", self._about()).replace("{names}", names)
        for other in FROZEN:
            if (place := f"{{of:{other.name}}}") in text:
                # Within its own SELECT `t` is the inner table: nothing there names the outer one.
                inner = f"SELECT t.id FROM {other.name} t WHERE {self.condition(other)}"
                text = text.replace(place, inner)
        return text

    def _about(self) -> str:
        """History of rows of the archive, whenever it was written: of what belongs to the year
        alone, not of the school's lists."""
        names = (
            "school_class", "enrolment", "teaching_group", "group_membership", "period_result",
            "exam", "deferral", "closing", "council_decision", "remark", "change_request",
        )  # fmt: skip
        return "(" + " OR ".join(
            f"(t.table_name = '{name}' AND t.row_id IN ({{of:{name}}}))" for name in names
        ) + ")"  # fmt: skip


def select_year(head: FrozenYearHead) -> Selection:
    """Find the rows of a year, and what they refer to until nothing is missing."""
    found = Selection(head, {table.name: set() for table in FROZEN})
    own: dict[str, set[int]] = {}
    waiting: dict[str, set[int]] = {table.name: set() for table in FROZEN}
    for table in FROZEN:
        where = found.condition(table)
        if table.name not in _KEYLESS:
            own[table.name] = {
                row[0] for row in fetch_all(f'SELECT t.id FROM "{table.name}" t WHERE {where}')
            }
        for column, target in _references(table):
            waiting[target] |= {
                row[0]
                for row in fetch_all(
                    f'SELECT DISTINCT t.{column} FROM "{table.name}" t '
                    f"WHERE ({where}) AND t.{column} IS NOT NULL"
                )
            }
    while any(waiting.values()):
        name = next(name for name, ids in waiting.items() if ids)
        new = waiting[name] - own[name] - found.referred[name]
        waiting[name] = set()
        found.referred[name] |= new
        for column, target in _references(TABLES[name]):
            waiting[target] |= {
                row[0]
                for ids in _chunks(sorted(new))
                for row in fetch_all(
                    f'SELECT DISTINCT t.{column} FROM "{name}" t WHERE t.id IN '
                    f"({', '.join(map(str, ids))}) AND t.{column} IS NOT NULL"
                )
            }
    return found


def _references(table: FrozenTable) -> list[tuple[str, str]]:
    """Columns that name a row of another table, and which."""
    return [
        (f.column_name, f.rel_model._meta.table_name)
        for f in table.model._meta.sorted_fields
        if isinstance(f, ForeignKeyField)
    ]


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for n in range(0, len(ids), CHUNK):
        yield ids[n : n + CHUNK]


def rows_of(selection: Selection, table: FrozenTable) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in the order of their ids, as the database has them; some thousands in
    memory at a time."""
    columns = ", ".join(f't."{name}"' for name in table.columns)
    where = selection.condition(table)
    if not table.key:
        keys = ", ".join(f't."{name}"' for name in _composite(table))
        yield from fetch_all(
            f'SELECT {columns} FROM "{table.name}" t WHERE {where} ORDER BY {keys}'
        )
        return
    place = table.columns.index(table.key)
    yield from heapq.merge(
        _own_rows(table, columns, where, place),
        _referred_rows(table, columns, sorted(selection.referred[table.name])),
        key=lambda row: row[place],
    )


def _composite(table: FrozenTable) -> list[str]:
    model = table.model
    return [model._meta.fields[name].column_name for name in model._meta.primary_key.field_names]


def _own_rows(
    table: FrozenTable, columns: str, where: str, place: int
) -> Iterator[tuple[Any, ...]]:
    last = 0
    while True:
        rows = fetch_all(
            f'SELECT {columns} FROM "{table.name}" t WHERE ({where}) AND t.id > ? '
            f"ORDER BY t.id LIMIT {ROWS}",
            (last,),
        )
        yield from rows
        if len(rows) < ROWS:
            return
        last = rows[-1][place]


def _referred_rows(table: FrozenTable, columns: str, ids: list[int]) -> Iterator[tuple[Any, ...]]:
    for some in _chunks(ids):
        yield from fetch_all(
            f'SELECT {columns} FROM "{table.name}" t WHERE t.id IN '
            f"({', '.join(map(str, some))}) ORDER BY t.id"
        )


@dataclass(slots=True)
class TableFile:
    """A table as a CSV file; `count` is known when it is written."""

    selection: Selection
    table: FrozenTable
    count: int = 0

    def chunks(self) -> Iterator[bytes]:
        """The file, piece by piece."""
        yield from csv_chunks(self.table.columns, self._cells())

    def _cells(self) -> Iterator[list[str]]:
        zone = ZoneInfo(self.selection.head.time_zone)
        columns = fields_of(self.table)
        for row in rows_of(self.selection, self.table):
            self.count += 1
            yield [encode(column, value, zone) for column, value in zip(columns, row, strict=True)]


def fields_of(table: FrozenTable) -> list[Any]:
    """The columns with their types, in order."""
    return list(table.model._meta.sorted_fields)


def csv_chunks(
    heads: Iterable[str], rows: Iterable[Iterable[str]], *, separator: str = ";"
) -> Iterator[bytes]:
    """A CSV file for people and spreadsheets (UTF-8 with BOM, «;»), piece by piece."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator)
    stream.write("\ufeff")
    writer.writerow(list(heads))
    for number, row in enumerate(rows):
        writer.writerow(list(row))
        if number % CHUNK == CHUNK - 1:
            yield stream.getvalue().encode()
            stream.seek(0)
            stream.truncate()
    yield stream.getvalue().encode()


#: What a spreadsheet would take for a formula, and our own sign for it.
_SIGNS = ("=", "+", "-", "@", "\t", "\r", "'")
YES, NO = "да", "нет"


def encode(column: Any, value: Any, zone: ZoneInfo) -> str:
    """A value as its cell; `decode` gives it back. Moments are in the school's time, with their
    distance from UTC; an empty cell is an empty text, or nothing where a column may have none."""
    if value is None:
        text = ""
    elif isinstance(column, TimestampField):
        text = from_milliseconds(value).astimezone(zone).isoformat(" ", "milliseconds")
    elif isinstance(column, BooleanField):
        text = YES if value else NO
    elif isinstance(column, DateField):
        text = as_date(value).isoformat()
    else:
        text = str(value)
        if text.startswith(_SIGNS) or (not text and column.null):
            text = f"'{text}"
    return text


def decode(column: Any, text: str) -> Any:
    """A cell as the value that the database has; raises ValueError."""
    if text == "" and column.null:
        return None
    if isinstance(column, TimestampField):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return to_milliseconds(moment.astimezone(UTC))
    if isinstance(column, BooleanField):
        if text not in (YES, NO):
            raise ValueError(text)
        return text == YES
    if isinstance(column, DateField):
        return date.fromisoformat(text).isoformat()
    if isinstance(column, (IntegerField, ForeignKeyField)) or column.primary_key:
        if len(text) > 18:
            raise ValueError(text)
        return int(text)
    return text.removeprefix("'")
