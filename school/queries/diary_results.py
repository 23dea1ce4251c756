"""A pupil's results of a school year, for the family: all kinds by subject, what was corrected,
what is put off, what the council decided (B2, B3)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from school import wording_results
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.queries.results import KIND_NAMES, ResultColumn
from school.rules.proposals import EXAM, KINDS, PERIOD, YEAR


@dataclass(frozen=True, slots=True)
class DiaryYear:
    """A school year of the pupil in a school; years of two schools are two."""

    year_id: int
    name: str
    from_on: date
    until_on: date
    school_id: int
    school: str
    class_name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class DiaryResult:
    """What stands for a subject in a column."""

    value: str
    decided_on: date | None
    deferred_until: date | None = None


@dataclass(frozen=True, slots=True)
class ReadBy:
    """Who has read the results of a column, and whether they changed since."""

    person_id: int
    name: str
    on: date
    is_stale: bool


@dataclass(frozen=True, slots=True)
class ExamLine:
    """An exam: few subjects have one, so it is a line of its own and no column for all."""

    subject: str
    #: What it was: «Годовая контрольная»; may be empty.
    title: str
    result: DiaryResult


@dataclass(frozen=True, slots=True)
class DiaryResults:
    year: DiaryYear
    years: tuple[DiaryYear, ...]
    columns: tuple[ResultColumn, ...]
    subjects: tuple[tuple[int, str], ...]
    #: (subject, column's key) → what stands there.
    results: dict[tuple[int, str], DiaryResult]
    corrections: tuple[str, ...]
    deferrals: tuple[str, ...]
    exams: tuple[ExamLine, ...]
    council: str
    #: Column's key → who has read it.
    read_by: dict[str, tuple[ReadBy, ...]]

    def result(self, subject_id: int, column: ResultColumn) -> DiaryResult | None:
        return self.results.get((subject_id, column.key))

    def column(self, key: str) -> ResultColumn | None:
        """A column whose reading can be said of: a study period or the year."""
        return next((c for c in self.columns if c.key == key and c.kind in (PERIOD, YEAR)), None)


YEARS = """
SELECT y.id, y.name, y.from_on, y.until_on, s.id, s.name, c.grade, c.letter, s.time_zone
FROM enrolment e
JOIN school_class c ON c.id = e.school_class_id
JOIN school_year y ON y.id = c.school_year_id
JOIN school s ON s.id = e.school_id
WHERE e.pupil_id = ? AND e.from_on <= ?
ORDER BY y.from_on, e.from_on, e.id
"""
RESULTS = """
SELECT r.id, r.subject_id, j.name, r.kind, p.id, p.name, p.from_on, p.until_on, r.value,
       r.decided_at, x.title
FROM period_result r
JOIN subject j ON j.id = r.subject_id
LEFT JOIN study_period p ON p.id = r.study_period_id
LEFT JOIN exam x ON x.school_id = r.school_id AND x.teaching_group_id = r.teaching_group_id
     AND x.kind = 'exam'
WHERE r.pupil_id = ? AND r.school_year_id = ?
ORDER BY p.until_on, p.id, r.id
"""
HISTORY = """
SELECT h.row_id, h.at, h.old, h.new, h.why
FROM period_result r JOIN history h ON h.table_name = 'period_result' AND h.row_id = r.id
WHERE r.pupil_id = ? AND r.school_year_id = ?
  AND h.field IN ('period_result', 'year_result', 'exam_result', 'final_result')
ORDER BY h.id
"""
# The rest in one statement; the kinds of row share their columns.
OTHERS = """
SELECT 'deferral', d.subject_id, d.kind, p.id, CAST(d.until_on AS TEXT), d.reason, d.order_name,
       CAST(d.order_on AS TEXT), COALESCE(j.name, ''), COALESCE(p.name, ''), '', 0,
       CAST(p.from_on AS TEXT), CAST(p.until_on AS TEXT)
FROM deferral d
LEFT JOIN study_period p ON p.id = d.study_period_id
LEFT JOIN subject j ON j.id = d.subject_id
WHERE d.pupil_id = ? AND d.school_year_id = ? AND d.ended_at IS NULL
UNION ALL
SELECT 'council', 0, '', 0, CAST(c.minutes_on AS TEXT), c.decision, c.minutes_name, '', '', '', '',
       0, '', ''
FROM council_decision c WHERE c.pupil_id = ? AND c.school_year_id = ?
UNION ALL
SELECT 'read', a.person_id, a.what, a.study_period_id, CAST(a.about_on AS TEXT), u.surname,
       u.given_name, u.patronymic, '', '', '', a.at, '', ''
FROM acknowledgement a JOIN person u ON u.id = a.person_id
WHERE a.pupil_id = ? AND a.what <> 'week'
"""


def find_diary_results(
    pupil_id: int, today: date, year_id: int | None = None
) -> DiaryResults | None:
    """The results of a pupil in the asked-for year (None where it is not theirs), else in the
    newest one; in four statements however many there are."""
    years = _years(fetch_all(YEARS, (pupil_id, today)))
    if not years:
        return None
    year = next((y for y in years if year_id in (None, y.year_id)), None)
    if year_id is None:
        year = years[-1]
    if year is None:
        return None
    zone = ZoneInfo(year.time_zone)
    columns: dict[str, ResultColumn] = {}
    subjects: dict[int, str] = {}
    results: dict[tuple[int, str], DiaryResult] = {}
    names: dict[int, str] = {}
    changed_at: dict[str, int] = {}
    exams: dict[int, str] = {}
    for row in fetch_all(RESULTS, (pupil_id, year.year_id)):
        result_id, subject_id, subject, kind, *period, value, at, exam = row
        column = _column(kind, period, year)
        names[result_id] = f"{subject}, {column.name.lower()}"
        changed_at[column.key] = max(at, changed_at.get(column.key, 0))
        if not value:
            continue
        columns[column.key] = column
        subjects[subject_id] = subject
        results[subject_id, column.key] = DiaryResult(value, _day(at, zone))
        if kind == EXAM and exam:
            exams[subject_id] = exam
    deferrals, council = [], ""
    read: dict[str, dict[int, ReadBy]] = defaultdict(dict)
    for what, *fields in fetch_all(OTHERS, (pupil_id, year.year_id) * 2 + (pupil_id,)):
        if what == "council":
            on = date.fromisoformat(fields[3])
            council = (
                f"{wording_results.council(fields[4])}, протокол № {fields[5]} от {on:%d.%m.%Y}"
            )
        elif what == "deferral":
            deferrals.append(_deferral(fields, year, today, columns, results))
        else:
            key = f"period-{fields[2]}" if fields[2] else YEAR
            if fields[2] is None and date.fromisoformat(fields[3]) != year.from_on:
                continue
            at = fields[10]
            read[key][fields[0]] = ReadBy(
                fields[0], full_name(*fields[4:7]), _day(at, zone), changed_at.get(key, 0) > at
            )
    shown = tuple(sorted((c for c in columns.values() if c.kind != EXAM), key=_order))
    named = sorted(subjects.items(), key=lambda subject: subject[1].casefold())
    return DiaryResults(
        year,
        tuple(reversed(years)),
        shown,
        tuple(line for line in named if any((line[0], c.key) in results for c in shown)),
        results,
        _corrections(fetch_all(HISTORY, (pupil_id, year.year_id)), names, zone),
        tuple(text for text in deferrals if text),
        tuple(
            ExamLine(name, exams.get(subject_id, ""), results[subject_id, EXAM])
            for subject_id, name in named
            if (subject_id, EXAM) in results
        ),
        council,
        {key: tuple(lines.values()) for key, lines in read.items()},
    )


def _years(rows: list[tuple[Any, ...]]) -> list[DiaryYear]:
    found = {}
    for year_id, name, from_on, until_on, school_id, school, grade, letter, zone in rows:
        found[year_id] = DiaryYear(
            year_id, name, as_date(from_on), as_date(until_on), school_id, school,
            f"{grade}{letter}", zone,
        )  # fmt: skip
    return list(found.values())


def _column(kind: str, period: list[Any], year: DiaryYear) -> ResultColumn:
    if kind == PERIOD:
        return ResultColumn(kind, period[0], period[1], as_date(period[2]), as_date(period[3]))
    return ResultColumn(kind, None, KIND_NAMES[kind], year.from_on, year.until_on)


def _order(column: ResultColumn) -> tuple[int, date, int]:
    return KINDS.index(column.kind), column.until_on, column.period_id or 0


def _deferral(
    fields: list[Any],
    year: DiaryYear,
    today: date,
    columns: dict[str, ResultColumn],
    results: dict[tuple[int, str], DiaryResult],
) -> str:
    """A deferral as a sentence, while its result is not there."""
    subject_id, kind, period_id, until, reason, order_name, order_on, subject, period, *_ = fields
    until_on = date.fromisoformat(until)
    key = f"{kind}-{period_id}" if period_id else kind
    if until_on < today or (subject_id and (subject_id, key) in results):
        return ""
    what = period or KIND_NAMES.get(kind, "")
    if subject_id is None:
        subject = "Все предметы, где результата ещё нет"
    elif key in columns:
        results[subject_id, key] = DiaryResult("", None, until_on)
    return (
        f"{subject}, {what.lower()}: {wording_results.deferral(until_on, reason)}, "
        f"{wording_results.order(order_name, date.fromisoformat(order_on))}"
    )


def _corrections(
    rows: list[tuple[Any, ...]], names: dict[int, str], zone: ZoneInfo
) -> tuple[str, ...]:
    """What was replaced on a later day than it was first entered."""
    first: dict[int, datetime] = {}
    found = []
    for row_id, at, old, new, why in rows:
        moment = from_milliseconds(at)
        if row_id in first and old and old != new:
            day = moment.astimezone(zone).date()
            if first[row_id].astimezone(zone).date() != day and row_id in names:
                words = wording_results.result_corrected(old, new, day)
                retake = " (пересдача)" if why.startswith("Пересдача") else ""
                found.append(f"{names[row_id]}: {words}{retake}")
        if new:
            first.setdefault(row_id, moment)
    return tuple(found)


def _day(milliseconds: int, zone: ZoneInfo) -> date:
    return from_milliseconds(milliseconds).astimezone(zone).date()
