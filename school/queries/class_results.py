"""All results of a class: its summary sheet (сводная ведомость), and what is closed (E2, E4)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.absences import count_absences_of
from school.queries.lessons import full_name
from school.queries.missing_results import MissingResult, list_missing_results
from school.queries.results import (
    CERTIFICATE_GRADES,
    KIND_NAMES,
    ResultColumn,
    list_deferrals,
    marks_of,
)
from school.rules.absences import AbsenceCount
from school.rules.names import alphabetical
from school.rules.proposals import EXAM, FINAL, PERIOD, YEAR


@dataclass(frozen=True, slots=True)
class ResultClass:
    """A class as the heading of its results names it."""

    class_id: int
    school_id: int
    school_name: str
    school_full_name: str
    short_name: str
    time_zone: str
    name: str
    grade: int
    school_year_id: int
    year_name: str
    year_from_on: date
    year_until_on: date


CLASS = """
SELECT c.id, c.school_id, s.name, s.full_name, s.short_name, s.time_zone, c.grade, c.letter, y.id,
       y.name, y.from_on, y.until_on
FROM school_class c JOIN school s ON s.id = c.school_id
JOIN school_year y ON y.id = c.school_year_id
WHERE c.id = ?
"""


def find_result_class(class_id: int) -> ResultClass | None:
    """A class with its year, or None."""
    rows = fetch_all(CLASS, (class_id,))
    if not rows:
        return None
    row = rows[0]
    days = as_date(row[10]), as_date(row[11])
    values: list[Any] = [*row[:6], f"{row[6]}{row[7]}", row[6], *row[8:10], *days]
    return ResultClass(*values)


PERIODS = """
SELECT p.id, p.kind, p.name, p.from_on, p.until_on, p.from_grade, p.until_grade
FROM study_period p
WHERE p.school_id = ? AND p.school_year_id = ? AND ? BETWEEN p.from_grade AND p.until_grade
ORDER BY p.until_on, p.from_on, p.id
"""
HAS_EXAMS = """
SELECT COUNT(*) FROM exam x
WHERE x.school_id = ? AND x.school_year_id = ? AND EXISTS (
  SELECT 1 FROM group_membership m
  JOIN enrolment e ON e.pupil_id = m.pupil_id AND e.school_class_id = ?
  WHERE m.school_id = x.school_id AND m.teaching_group_id = x.teaching_group_id)
"""


def list_class_columns(head: ResultClass) -> tuple[ResultColumn, ...]:
    """The columns of a class in order: the study periods of its grade, the year, exams where there
    are any, final results where a certificate or an exam asks for them."""
    periods, years = [], []
    for row in fetch_all(PERIODS, (head.school_id, head.school_year_id, head.grade)):
        days = as_date(row[3]), as_date(row[4])
        if row[1] == "year":
            years.append(days)
        else:
            periods.append(ResultColumn(PERIOD, row[0], row[2], *days, (row[5], row[6])))
    span = years[-1] if years else (head.year_from_on, head.year_until_on)
    kinds = [YEAR]
    has_exams = fetch_all(HAS_EXAMS, (head.school_id, head.school_year_id, head.class_id))[0][0] > 0
    if has_exams:
        kinds.append(EXAM)
    if has_exams or head.grade in CERTIFICATE_GRADES:
        kinds.append(FINAL)
    return (*periods, *(ResultColumn(kind, None, KIND_NAMES[kind], *span) for kind in kinds))


@dataclass(frozen=True, slots=True)
class ClosingLine:
    """Who closed a column of a class, and when."""

    closed_at: datetime
    closed_by: str


CLOSINGS = """
SELECT c.kind, c.study_period_id, c.closed_at, p.surname, p.given_name, p.patronymic
FROM closing c JOIN person p ON p.id = c.closed_by_id
WHERE c.school_id = ? AND c.school_class_id = ?
"""


def list_closings(head: ResultClass) -> dict[str, ClosingLine]:
    """Column's key → who closed it."""
    return {
        f"{kind}-{period_id}" if period_id else kind: ClosingLine(
            from_milliseconds(at), full_name(*name)
        )
        for kind, period_id, at, *name in fetch_all(CLOSINGS, (head.school_id, head.class_id))
    }


@dataclass(frozen=True, slots=True)
class SheetPupil:
    """A pupil of the class; who came or left within the year says when."""

    pupil_id: int
    name: str
    came_on: date | None
    left_on: date | None


@dataclass(frozen=True, slots=True)
class SheetCell:
    """What stands in the sheet for a pupil, a subject and a column."""

    value: str = ""
    group_id: int | None = None
    #: How often it was retaken.
    retakes: int = 0
    deferred_until: date | None = None
    #: It should be there.
    is_missing: bool = False

    @property
    def text(self) -> str:
        """As the sheet shows it; a retake is marked by an asterisk."""
        if self.value:
            return self.value + "*" * bool(self.retakes)
        if self.deferred_until:
            return "отс."
        return "нет" if self.is_missing else "—"


NOTHING = SheetCell()


@dataclass(frozen=True, slots=True)
class SummarySheet:
    """Pupils × subjects × kinds of results, with absences."""

    head: ResultClass
    columns: tuple[ResultColumn, ...]
    pupils: tuple[SheetPupil, ...]
    #: Id and name, in order of name.
    subjects: tuple[tuple[int, str], ...]
    #: (pupil, subject, column's key) → what stands there.
    cells: dict[tuple[int, int, str], SheetCell]
    #: (pupil, column's key) → what was missed in the column's span, up to today.
    absences: dict[tuple[int, str], AbsenceCount]
    missing: tuple[MissingResult, ...]
    closings: dict[str, ClosingLine]
    #: The newest decision, UTC.
    last_entry_at: datetime | None = None
    #: Pupil → what the council decided.
    council: dict[int, str] = field(default_factory=dict)

    def cell(self, pupil_id: int, subject_id: int, column: ResultColumn) -> SheetCell:
        return self.cells.get((pupil_id, subject_id, column.key), NOTHING)

    def absence(self, pupil_id: int, column: ResultColumn) -> AbsenceCount:
        return self.absences.get((pupil_id, column.key), AbsenceCount())


PUPILS = """
SELECT p.id, p.surname, p.given_name, p.patronymic, e.from_on, e.until_on
FROM enrolment e JOIN person p ON p.id = e.pupil_id
WHERE e.school_id = ? AND e.school_class_id = ? ORDER BY e.from_on
"""
SUBJECTS = """
SELECT DISTINCT j.id, j.name
FROM enrolment e
JOIN group_membership m ON m.pupil_id = e.pupil_id AND m.school_id = e.school_id
JOIN teaching_group g ON g.id = m.teaching_group_id AND g.marking <> 'none'
     AND g.school_year_id = ?
JOIN subject j ON j.id = g.subject_id
WHERE e.school_id = ? AND e.school_class_id = ?
"""
RESULTS = """
SELECT r.pupil_id, r.subject_id, r.kind, r.study_period_id, r.value, r.teaching_group_id,
       r.decided_at, (SELECT COUNT(*) FROM retake t WHERE t.school_id = r.school_id
                      AND t.result_id = r.id AND t.value <> ''), j.name
FROM period_result r JOIN subject j ON j.id = r.subject_id
WHERE r.school_id = ? AND r.school_year_id = ? AND r.pupil_id IN ({pupils})
"""
COUNCIL = """
SELECT pupil_id, decision FROM council_decision WHERE school_id = ? AND school_class_id = ?
"""


def list_sheet_pupils(head: ResultClass) -> tuple[SheetPupil, ...]:
    """Everybody who was in a class within its year, in order of name."""
    found: dict[int, SheetPupil] = {}
    first = head.year_from_on
    for pupil_id, *name, from_on, until_on in fetch_all(PUPILS, (head.school_id, head.class_id)):
        came_on, left_on = as_date(from_on), as_date(until_on) if until_on else None
        before = found.get(pupil_id)
        if before is not None:
            came_on = before.came_on or first
        if left_on is not None and left_on >= head.year_until_on:
            left_on = None
        found[pupil_id] = SheetPupil(
            pupil_id, full_name(*name), came_on if came_on > first else None, left_on
        )
    return tuple(sorted(found.values(), key=lambda p: alphabetical(p.name)))


def get_summary_sheet(
    head: ResultClass, today: date, *, columns: Iterable[ResultColumn] | None = None
) -> SummarySheet:
    """The summary sheet of a class as it stands on a day where the school is, of all its columns
    that have begun, or of some. Who left keeps what was decided until then (E4)."""
    shown = tuple(list_class_columns(head) if columns is None else columns)
    pupils = list_sheet_pupils(head)
    ids = tuple(pupil.pupil_id for pupil in pupils)
    left = {pupil.pupil_id: pupil.left_on for pupil in pupils}
    until = {column.key: column.until_on for column in shown}
    subjects = dict(fetch_all(SUBJECTS, (head.school_year_id, head.school_id, head.class_id)))
    cells: dict[tuple[int, int, str], SheetCell] = {}
    newest = 0
    for pupil_id, subject_id, kind, period_id, value, group_id, at, retakes, name in fetch_all(
        RESULTS.format(pupils=marks_of(ids)), (head.school_id, head.school_year_id, *ids)
    ):
        key = f"{kind}-{period_id}" if period_id else kind
        gone_on = left[pupil_id]
        if key not in until or not value or (gone_on and until[key] > gone_on):
            continue
        newest = max(newest, at)
        subjects.setdefault(subject_id, name)
        cells[pupil_id, subject_id, key] = SheetCell(value, group_id, retakes)
    missing = tuple(
        line
        for line in list_missing_results(head.school_id, today, class_id=head.class_id)
        if line.column_key in until and line.pupil_id in left
    )
    for line in missing:
        cells[line.pupil_id, line.subject_id, line.column_key] = SheetCell(
            "", line.group_id, 0, line.deferred_until, is_missing=True
        )
    for deferral in list_deferrals(head.school_id, head.school_year_id, ids):
        # Also before the column is over: the family and the class teacher know of it.
        key = f"{deferral.kind}-{deferral.period_id}" if deferral.period_id else deferral.kind
        if key not in until or deferral.until_on < today:
            continue
        for subject_id in subjects if deferral.subject_id is None else (deferral.subject_id,):
            place = (deferral.pupil_id, subject_id, key)
            if not cells.get(place, NOTHING).value:
                cells[place] = SheetCell(deferred_until=deferral.until_on)
    return SummarySheet(
        head,
        _with_something(shown, cells, today),
        pupils,
        tuple(sorted(subjects.items(), key=lambda subject: subject[1].casefold())),
        cells,
        _absences(head, shown, pupils, today),
        missing,
        list_closings(head),
        from_milliseconds(newest) if newest else None,
        dict(fetch_all(COUNCIL, (head.school_id, head.class_id))),
    )


def _with_something(
    columns: tuple[ResultColumn, ...], cells: dict[tuple[int, int, str], SheetCell], today: date
) -> tuple[ResultColumn, ...]:
    """The periods that have begun, and of the year what has begun to be filled."""
    filled = {key for _, _, key in cells}
    return tuple(
        column
        for column in columns
        if column.key in filled or (column.kind == PERIOD and column.from_on <= today)
        or (column.kind == YEAR and column.until_on < today)
    )  # fmt: skip


def _absences(
    head: ResultClass,
    columns: tuple[ResultColumn, ...],
    pupils: tuple[SheetPupil, ...],
    today: date,
) -> dict[tuple[int, str], AbsenceCount]:
    """What each pupil missed in each study period that has begun, and in the year; nothing of a
    time in which they were not in the class."""
    found: dict[tuple[int, str], AbsenceCount] = {}
    for column in columns:
        if column.kind not in (PERIOD, YEAR) or column.from_on > today:
            continue
        there = [
            pupil.pupil_id
            for pupil in pupils
            if not (pupil.came_on and pupil.came_on > column.until_on)
            and not (pupil.left_on and pupil.left_on < column.from_on)
        ]
        counts = count_absences_of(
            there, column.from_on, min(column.until_on, today), school_id=head.school_id
        )
        for pupil_id, count in counts.items():
            found[pupil_id, column.key] = count
    return found


@dataclass(frozen=True, slots=True)
class ColumnState:
    """How far a class is in a column."""

    column: ResultColumn
    entered: int
    missing: int
    deferred: int
    closing: ClosingLine | None


@dataclass(frozen=True, slots=True)
class ClassState:
    """A class with its columns."""

    head: ResultClass
    columns: tuple[ColumnState, ...]


YEARS_CLASSES = """
SELECT c.id FROM school_class c JOIN school_year y ON y.id = c.school_year_id
WHERE c.school_id = ? AND y.from_on = (
  SELECT MAX(z.from_on) FROM school_year z WHERE z.school_id = c.school_id AND z.from_on <= ?)
ORDER BY c.grade, c.letter, c.id
"""
COUNTS = """
SELECT e.school_class_id, r.kind, r.study_period_id, COUNT(*)
FROM period_result r
JOIN enrolment e ON e.pupil_id = r.pupil_id AND e.school_id = r.school_id
     AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
WHERE r.school_id = ? AND r.school_year_id = ? AND r.value <> ''
GROUP BY e.school_class_id, r.kind, r.study_period_id
"""


def list_class_states(school_id: int, today: date) -> tuple[ClassState, ...]:
    """How far each class of a school's present year is with its results."""
    heads = [
        head
        for (class_id,) in fetch_all(YEARS_CLASSES, (school_id, today))
        if (head := find_result_class(class_id)) is not None
    ]
    if not heads:
        return ()
    counts: dict[tuple[int, str], int] = {}
    for class_id, kind, period_id, n in fetch_all(
        COUNTS, (today, today, school_id, heads[0].school_year_id)
    ):
        counts[class_id, f"{kind}-{period_id}" if period_id else kind] = n
    missing: dict[tuple[int, str], list[MissingResult]] = defaultdict(list)
    for line in list_missing_results(school_id, today):
        missing[line.class_id, line.column_key].append(line)
    states = []
    for head in heads:
        closings = list_closings(head)
        columns = []
        for column in list_class_columns(head):
            lacking = missing.get((head.class_id, column.key), [])
            entered = counts.get((head.class_id, column.key), 0)
            if column.from_on > today or (column.kind != PERIOD and not entered and not lacking):
                continue
            deferred = sum(line.deferred_until is not None for line in lacking)
            columns.append(
                ColumnState(
                    column, entered, len(lacking) - deferred, deferred, closings.get(column.key)
                )
            )
        states.append(ClassState(head, tuple(columns)))
    return tuple(states)


MINUTES = """
SELECT minutes_name, minutes_on FROM council_decision
WHERE school_id = ? AND school_class_id = ? ORDER BY made_at DESC, id DESC LIMIT 1
"""


def find_council(head: ResultClass) -> tuple[str, date] | None:
    """Number and date of the newest minutes on a class, or None."""
    for name, on in fetch_all(MINUTES, (head.school_id, head.class_id)):
        return name, as_date(on)
    return None
