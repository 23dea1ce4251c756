"""Which results are missing (E2), by when each is owed (C2, C4), and which were put off (E3)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.calendars import get_working_days
from school.queries.lessons import full_name
from school.queries.regulations import RegulationInForce, list_regulations
from school.queries.results import CERTIFICATE_GRADES, KIND_NAMES
from school.queries.schools import get_time_zone
from school.rules.proposals import EXAM, FINAL, PERIOD, YEAR
from school.rules.regulation import RegulatedTerm
from school.rules.timeliness import RESULT_ROW, result_due_at


@dataclass(frozen=True, slots=True)
class MissingResult:
    """A pupil's result that nobody entered though its column is over."""

    kind: str
    period_id: int | None
    #: «1 четверть», «Год».
    column: str
    group_id: int
    group_name: str
    subject_id: int
    subject: str
    pupil_id: int
    pupil: str
    class_id: int
    class_name: str
    due_at: datetime
    time_zone: str
    #: By an order, while its day has not passed.
    deferred_until: date | None = None
    deferral_id: int | None = None
    teacher_ids: tuple[int, ...] = ()
    teachers: str = ""
    #: What the term is counted from: the column's last day, or when the results came in.
    event_on: date = date.min
    #: Under which version of the regulation it is owed, and what that promises.
    version_id: int = 0
    promise: RegulatedTerm | None = None

    @property
    def column_key(self) -> str:
        return f"{self.kind}-{self.period_id}" if self.period_id else self.kind

    @property
    def local_due(self) -> datetime:
        """The end of its term where the school is."""
        return local(self.due_at, self.time_zone)

    @property
    def row(self) -> str:
        """The row of the requirements: C2 or C4."""
        return RESULT_ROW[self.kind]

    def is_overdue(self, now: datetime) -> bool:
        return now > self.due_at


# Whose grade counts is the pupil's own; a period without a lesson of the group has no results.
_EXPECTED = """
FROM study_period p
JOIN teaching_group g ON g.school_id = p.school_id AND g.school_year_id = p.school_year_id
     AND g.marking <> 'none'
JOIN subject j ON j.id = g.subject_id
JOIN group_membership m ON m.school_id = g.school_id AND m.teaching_group_id = g.id
     AND m.from_on <= p.until_on AND (m.until_on IS NULL OR m.until_on >= p.until_on)
JOIN enrolment e ON e.pupil_id = m.pupil_id AND e.school_id = m.school_id
     AND e.from_on <= p.until_on AND (e.until_on IS NULL OR e.until_on >= p.until_on)
JOIN school_class c ON c.id = e.school_class_id AND c.school_year_id = p.school_year_id
     AND c.grade BETWEEN p.from_grade AND p.until_grade
JOIN person u ON u.id = m.pupil_id
WHERE p.school_id = ? AND p.kind <> 'year' AND p.until_on < ? AND EXISTS (
  SELECT 1 FROM lesson l WHERE l.school_id = p.school_id AND l.teaching_group_id = g.id
    AND l.held_on BETWEEN p.from_on AND p.until_on AND l.cancelled_at IS NULL)
"""
_COLUMNS = """
p.id, p.name, p.until_on, g.id, g.name, j.id, j.name, u.id, u.surname, u.given_name, u.patronymic,
c.id, c.grade, c.letter, p.school_year_id
"""
OF_PERIODS = f"""
SELECT DISTINCT {_COLUMNS} {_EXPECTED}
  AND NOT EXISTS (SELECT 1 FROM period_result r WHERE r.school_id = p.school_id
                  AND r.pupil_id = m.pupil_id AND r.subject_id = g.subject_id
                  AND r.study_period_id = p.id AND r.value <> '')
  {{only}}
ORDER BY p.until_on, j.name, g.name, u.surname, u.given_name, u.id
"""
# Of a year that is over: everybody who had a period in the subject and is still there.
OF_YEARS = f"""
SELECT DISTINCT {_COLUMNS} {_EXPECTED}
  AND EXISTS (SELECT 1 FROM school_year y WHERE y.id = p.school_year_id AND (
    y.until_on < ? OR EXISTS (SELECT 1 FROM exam x WHERE x.school_id = g.school_id
                              AND x.teaching_group_id = g.id AND x.came_in_at IS NOT NULL)))
  {{only}}
ORDER BY p.until_on, j.name, g.name, u.surname, u.given_name, u.id
"""
YEAR_ENDS = """
SELECT y.id, COALESCE((SELECT MAX(p.until_on) FROM study_period p WHERE p.school_id = y.school_id
                       AND p.school_year_id = y.id AND p.kind = 'year'), y.until_on)
FROM school_year y WHERE y.school_id = ?
"""
LEFT_BEFORE = """
SELECT e.pupil_id, e.school_class_id FROM enrolment e
JOIN school_class c ON c.id = e.school_class_id AND c.school_year_id = ?
WHERE e.school_id = ? AND (e.until_on IS NULL OR e.until_on >= ?)
"""
ENTERED = """
SELECT r.kind, r.school_year_id, r.subject_id, r.pupil_id FROM period_result r
WHERE r.school_id = ? AND r.kind <> 'period' AND r.value <> ''
"""
EXAMS = """
SELECT x.teaching_group_id, x.came_in_at FROM exam x
WHERE x.school_id = ? AND x.kind = 'exam' AND x.came_in_at IS NOT NULL
"""
DEFERRALS = """
SELECT pupil_id, subject_id, kind, COALESCE(study_period_id, 0), until_on, id FROM deferral
WHERE school_id = ? AND ended_at IS NULL ORDER BY until_on
"""
TEACHERS = """
SELECT w.teaching_group_id, p.id, p.surname, p.given_name, p.patronymic
FROM group_teacher w JOIN person p ON p.id = w.teacher_id
WHERE w.school_id = ? AND w.from_on <= ? AND (w.until_on IS NULL OR w.until_on >= ?)
ORDER BY p.surname, p.id
"""


def list_missing_results(
    school_id: int,
    today: date,
    *,
    teacher_id: int | None = None,
    class_id: int | None = None,
    pupil_id: int | None = None,
) -> tuple[MissingResult, ...]:
    """The results that are missing in columns that are over, oldest first: of a school, of the
    groups of a teacher, of the pupils of a class, or of one. Who left before a column's last day
    owes none. `today` is the date where the school is."""
    only = ""
    whose: tuple[Any, ...] = ()
    if teacher_id is not None:
        only, whose = (
            "AND g.id IN (SELECT w.teaching_group_id FROM group_teacher w WHERE w.school_id = "
            "p.school_id AND w.teacher_id = ? AND w.from_on <= ? "
            "AND (w.until_on IS NULL OR w.until_on >= ?))",
            (teacher_id, today, today),
        )
    elif class_id is not None:
        only, whose = "AND c.id = ?", (class_id,)
    elif pupil_id is not None:
        only, whose = "AND m.pupil_id = ?", (pupil_id,)
    finder = _Finder(school_id, today)
    found = [
        *finder.of_periods(fetch_all(OF_PERIODS.format(only=only), (school_id, today, *whose))),
        *finder.of_years(fetch_all(OF_YEARS.format(only=only), (school_id, today, today, *whose))),
    ]
    return tuple(found)


class _Finder:
    """What a school knows of its terms, deferrals and teachers, each read once, and only where
    something is missing at all."""

    def __init__(self, school_id: int, today: date) -> None:
        self.school_id = school_id
        self.today = today

    @cached_property
    def zone(self) -> str:
        return get_time_zone(self.school_id)

    @cached_property
    def versions(self) -> tuple[RegulationInForce, ...]:
        return list_regulations(self.school_id)

    @cached_property
    def deferrals(self) -> dict[tuple[int, str, int], list[tuple[int | None, date, int]]]:
        found = defaultdict(list)
        for pupil_id, subject_id, kind, period_id, until_on, deferral_id in fetch_all(
            DEFERRALS, (self.school_id,)
        ):
            line = (subject_id, as_date(until_on), deferral_id)
            found[pupil_id, kind, period_id].append(line)
        return found

    @cached_property
    def teachers(self) -> dict[int, list[tuple[int, str]]]:
        found = defaultdict(list)
        for group_id, person_id, *name in fetch_all(
            TEACHERS, (self.school_id, self.today, self.today)
        ):
            found[group_id].append((person_id, full_name(*name)))
        return found

    def of_periods(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[MissingResult]:
        for row in rows:
            found = self._missing(PERIOD, row, as_date(row[2]))
            if found:
                yield found

    def of_years(self, rows: list[tuple[Any, ...]]) -> Iterator[MissingResult]:
        if not rows:
            return
        ends = {
            year_id: as_date(until_on)
            for year_id, until_on in fetch_all(YEAR_ENDS, (self.school_id,))
        }
        entered = set(fetch_all(ENTERED, (self.school_id,)))
        exams = {
            group_id: from_milliseconds(at) for group_id, at in fetch_all(EXAMS, (self.school_id,))
        }
        # The last period in which a pupil was taught the subject says in which group.
        last = {(row[14], row[5], row[7]): row for row in rows}
        present = {
            year_id: {
                pupil_id
                for pupil_id, _ in fetch_all(LEFT_BEFORE, (year_id, self.school_id, ends[year_id]))
            }
            for year_id in {row[14] for row in rows}
        }
        for (year_id, subject_id, pupil_id), row in last.items():
            if pupil_id not in present[year_id]:
                continue
            is_over = ends[year_id] < self.today
            exam_at = exams.get(row[3])
            due: list[tuple[str, date | datetime]] = []
            if is_over:
                due.append((YEAR, ends[year_id]))
            if exam_at:
                due.append((EXAM, exam_at))
            if (is_over and row[12] in CERTIFICATE_GRADES) or (exam_at and is_over):
                due.append((FINAL, exam_at or ends[year_id]))
            for kind, event in due:
                if (kind, year_id, subject_id, pupil_id) not in entered:
                    found = self._missing(kind, row, event)
                    if found:
                        yield found

    def _missing(
        self, kind: str, row: tuple[Any, ...], event: date | datetime
    ) -> MissingResult | None:
        """One missing result; None before the school's first regulation, when nothing was
        promised."""
        event_on = local(event, self.zone).date() if isinstance(event, datetime) else event
        version = next((v for v in reversed(self.versions) if v.from_on <= event_on), None)
        if version is None:
            return None
        term = version.regulation.term(RESULT_ROW[kind])
        period_id, name = (row[0], row[1]) if kind == PERIOD else (None, KIND_NAMES[kind])
        deferral = self._deferral(row[7], row[5], kind, period_id or 0)
        teachers = self.teachers.get(row[3], [])
        due_at = result_due_at(
            term, self.zone, self._is_working_day, event=event,
            deferred_until=deferral[0] if deferral else None,
        )  # fmt: skip
        is_deferred = deferral is not None and deferral[0] >= self.today
        return MissingResult(
            kind, period_id, name, row[3], row[4], row[5], row[6], row[7], full_name(*row[8:11]),
            row[11], f"{row[12]}{row[13]}", due_at, self.zone,
            deferral[0] if deferral and is_deferred else None,
            deferral[1] if deferral else None,
            tuple(person_id for person_id, _ in teachers),
            ", ".join(teacher for _, teacher in teachers),
            event_on, version.version_id, term,
        )  # fmt: skip

    def _deferral(
        self, pupil_id: int, subject_id: int, kind: str, period_id: int
    ) -> tuple[date, int] | None:
        """The longest deferral of a result: its last day and its id."""
        lines = self.deferrals.get((pupil_id, kind, period_id), ())
        days = [(day, id_) for subject, day, id_ in lines if subject in (None, subject_id)]
        return max(days, default=None)

    def _is_working_day(self, day: date) -> bool:
        return get_working_days(self.school_id, day)(day)


GroupKey = tuple[str, str, str, str, int, str, datetime]


def gather_missing(
    lines: Iterable[MissingResult],
) -> list[tuple[GroupKey, tuple[MissingResult, ...]]]:
    """Missing results by column and group, in their order; what was put off to different days
    stands apart. The key: column, subject, group, column's key, group's id, teachers, local end of
    the term."""
    found: dict[GroupKey, list[MissingResult]] = {}
    for line in lines:
        key = (
            line.column, line.subject, line.group_name, line.column_key, line.group_id,
            line.teachers, line.local_due,
        )  # fmt: skip
        found.setdefault(key, []).append(line)
    return [(key, tuple(of_key)) for key, of_key in found.items()]
