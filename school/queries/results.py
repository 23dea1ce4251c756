"""Results of a group in one column (a study period, the year, the exam, the final result), as
their page and their saving read them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.grading import get_grading_policy
from school.queries.lessons import full_name
from school.queries.locks import Opening, get_own_term, term_end
from school.rules.access import holds
from school.rules.grading import GradedMark, GradingPolicy
from school.rules.marks import FIVE, LATE
from school.rules.names import alphabetical
from school.rules.proposals import (
    EXAM,
    FINAL,
    PERIOD,
    YEAR,
    Part,
    Presence,
    Proposal,
    ResultPolicy,
    is_offered_again,
    propose_final,
    propose_period,
    propose_year,
)

ILL = "б"
#: Grades with a certificate at their end: a final result in every subject.
CERTIFICATE_GRADES = (9, 11)
KIND_NAMES = {YEAR: "Год", EXAM: "Экзамен", FINAL: "Итог"}


@dataclass(frozen=True, slots=True)
class ResultGroup:
    """A teaching group as the heading of its results names it, and who may open them."""

    group_id: int
    school_id: int
    school_name: str
    time_zone: str
    name: str
    subject_id: int
    subject: str
    marking: str
    school_year_id: int
    year_name: str
    year_from_on: date
    year_until_on: date
    teacher_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of results: what they are of."""

    kind: str
    period_id: int | None
    name: str
    from_on: date
    until_on: date
    grades: tuple[int, int] = (1, 12)

    @property
    def key(self) -> str:
        """As addresses name it: «period-17», «year»."""
        return f"{self.kind}-{self.period_id}" if self.period_id else self.kind

    @property
    def field(self) -> str:
        """As history and requests to change name a cell of it: «period_result»."""
        return f"{self.kind}_result"

    def last_day(self, today: date) -> date:
        """The day whose members the column is for: its last one, or today before that."""
        return min(self.until_on, max(today, self.from_on))


@dataclass(frozen=True, slots=True)
class ExamHead:
    """An exam of a group."""

    exam_id: int
    title: str
    held_on: date
    came_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeferralLine:
    """A result put off to a day by an order."""

    deferral_id: int
    pupil_id: int
    subject_id: int | None
    kind: str
    period_id: int | None
    until_on: date
    reason: str
    order_name: str
    order_on: date

    def covers(self, subject_id: int, kind: str, period_id: int | None) -> bool:
        return self.subject_id in (None, subject_id) and (self.kind, self.period_id) == (
            kind,
            period_id,
        )


@dataclass(frozen=True, slots=True)
class RetakeLine:
    ordinal: int
    held_on: date
    was: str
    value: str


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A pupil in a column."""

    pupil_id: int
    name: str
    class_id: int | None
    class_name: str
    #: Came into the group after the column's first day; left it before its last.
    came_on: date | None
    left_on: date | None
    proposal: Proposal
    result_id: int | None = None
    value: str = ""
    proposed: str = ""
    why: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    is_closed: bool = False
    deferral: DeferralLine | None = None
    retakes: tuple[RetakeLine, ...] = ()

    @property
    def is_offered_again(self) -> bool:
        """The proposal became another one since the result was decided."""
        return is_offered_again(self.value, self.proposed, self.proposal)


@dataclass(frozen=True, slots=True)
class ResultSheet:
    """The results of a group in a column."""

    group: ResultGroup
    column: ResultColumn
    columns: tuple[ResultColumn, ...]
    lines: tuple[ResultLine, ...]
    #: The newest history row of these results.
    seen: int
    policy: GradingPolicy
    rules: ResultPolicy
    exam: ExamHead | None
    today: date
    #: Thresholds or the way of averaging changed on these days within the column's span.
    policy_changed_on: tuple[date, ...] = ()

    def line(self, pupil_id: int) -> ResultLine | None:
        return next((line for line in self.lines if line.pupil_id == pupil_id), None)

    def known(self, seen: int) -> int:
        """What a sender knew: a number these results never showed is none."""
        return seen if seen <= self.seen else 0

    @property
    def is_over(self) -> bool:
        """Whether the column's last day has passed."""
        return self.today > self.column.until_on

    def lacks(self, line: ResultLine) -> bool:
        """Whether a pupil's result is missing: to be entered, and not put off."""
        return (
            not line.value
            and line.left_on is None
            and not (line.deferral and line.deferral.until_on >= self.today)
        )


HEAD = """
SELECT g.id, g.school_id, s.name, s.time_zone, g.name, g.subject_id, j.name, g.marking,
       y.id, y.name, y.from_on, y.until_on
FROM teaching_group g
JOIN school s ON s.id = g.school_id
JOIN subject j ON j.id = g.subject_id
JOIN school_year y ON y.id = g.school_year_id
WHERE g.id = ?
"""
TEACHERS = """
SELECT teacher_id FROM group_teacher
WHERE school_id = ? AND teaching_group_id = ? AND from_on <= ?
  AND (until_on IS NULL OR until_on >= ?)
"""


def find_result_group(group_id: int, now: datetime) -> ResultGroup | None:
    """A group with its teachers of the day of a moment where the school is (of its year's last,
    once that is past), or None."""
    rows = fetch_all(HEAD, (group_id,))
    if not rows:
        return None
    head = rows[0]
    from_on, until_on = as_date(head[10]), as_date(head[11])
    day = min(local(now, head[3]).date(), until_on)
    teachers = fetch_all(TEACHERS, (head[1], group_id, day, day))
    ids = frozenset(teacher_id for (teacher_id,) in teachers)
    values = [*head[:10], from_on, until_on, ids]
    return ResultGroup(*values)


CLASSES = """
SELECT DISTINCT e.school_class_id FROM group_membership m
JOIN enrolment e ON e.pupil_id = m.pupil_id AND e.school_id = m.school_id
WHERE m.school_id = ? AND m.teaching_group_id = ?
"""


def list_result_classes(group: ResultGroup) -> frozenset[int]:
    """Ids of the classes that the pupils of a group are or were in."""
    rows = fetch_all(CLASSES, (group.school_id, group.group_id))
    return frozenset(class_id for (class_id,) in rows)


OF_TEACHER = """
SELECT g.id FROM group_teacher w JOIN teaching_group g ON g.id = w.teaching_group_id
JOIN subject j ON j.id = g.subject_id JOIN school_year y ON y.id = g.school_year_id
WHERE w.school_id = ? AND w.teacher_id = ? AND w.from_on <= ?
  AND (w.until_on IS NULL OR w.until_on >= ?) AND g.marking <> 'none' AND y.until_on >= ?
ORDER BY j.name, g.name, g.id
"""


def list_result_groups(
    school_id: int, teacher_id: int, now: datetime, today: date
) -> tuple[ResultGroup, ...]:
    """The groups of a teacher that get results, by subject."""
    rows = fetch_all(OF_TEACHER, (school_id, teacher_id, today, today, today))
    groups = (find_result_group(group_id, now) for group_id in dict.fromkeys(r[0] for r in rows))
    return tuple(group for group in groups if group is not None)


# Whose grade counts is the pupil's own: a stream may hold several, an individual plan names no
# class. A period without a lesson of the group has no results in it.
COLUMNS = """
SELECT p.id, p.kind, p.name, p.from_on, p.until_on, p.from_grade, p.until_grade,
       EXISTS (SELECT 1 FROM lesson l WHERE l.school_id = p.school_id AND l.teaching_group_id = ?
               AND l.held_on BETWEEN p.from_on AND p.until_on AND l.cancelled_at IS NULL)
FROM study_period p
WHERE p.school_id = ? AND p.school_year_id = ? AND EXISTS (
  SELECT 1 FROM group_membership m
  JOIN enrolment e ON e.pupil_id = m.pupil_id AND e.school_id = m.school_id
  JOIN school_class c ON c.id = e.school_class_id AND c.school_year_id = p.school_year_id
  WHERE m.school_id = p.school_id AND m.teaching_group_id = ?
    AND c.grade BETWEEN p.from_grade AND p.until_grade)
ORDER BY p.until_on, p.from_on, p.id
"""
GRADES = """
SELECT MIN(c.grade), MAX(c.grade)
FROM group_membership m
JOIN enrolment e ON e.pupil_id = m.pupil_id AND e.school_id = m.school_id
JOIN school_class c ON c.id = e.school_class_id
WHERE m.school_id = ? AND m.teaching_group_id = ? AND c.school_year_id = ?
"""
EXAMS = """
SELECT id, title, held_on, came_in_at FROM exam
WHERE school_id = ? AND teaching_group_id = ? AND kind = 'exam'
"""


def find_exam(group: ResultGroup) -> ExamHead | None:
    """The exam of a group, or None."""
    for exam_id, title, held_on, came_in_at in fetch_all(EXAMS, (group.school_id, group.group_id)):
        moment = None if came_in_at is None else from_milliseconds(came_in_at)
        return ExamHead(exam_id, title, as_date(held_on), moment)
    return None


def list_columns(group: ResultGroup) -> tuple[ResultColumn, ...]:
    """The columns of a group in order: its study periods with lessons, the year, the exam where
    there is one, the final result where a grade ends with a certificate or an exam was held. A
    group without marks has none."""
    if group.marking == "none":
        return ()
    rows = fetch_all(
        COLUMNS, (group.group_id, group.school_id, group.school_year_id, group.group_id)
    )
    periods = [
        ResultColumn(PERIOD, row[0], row[2], as_date(row[3]), as_date(row[4]), (row[5], row[6]))
        for row in rows
        if row[1] != "year" and row[7]
    ]
    if not periods:
        return ()
    years = [(as_date(row[3]), as_date(row[4])) for row in rows if row[1] == "year"]
    of_year = years[-1] if years else (group.year_from_on, group.year_until_on)

    def column(kind: str) -> ResultColumn:
        return ResultColumn(kind, None, KIND_NAMES[kind], *of_year)

    found = [*periods, column(YEAR)]
    exam = find_exam(group)
    if exam:
        found.append(column(EXAM))
    lowest, highest = fetch_all(GRADES, (group.school_id, group.group_id, group.school_year_id))[0]
    if exam or any(lowest <= grade <= highest for grade in CERTIFICATE_GRADES):
        found.append(column(FINAL))
    return tuple(found)


def choose_column(columns: Iterable[ResultColumn], today: date) -> ResultColumn | None:
    """The column that is due: the newest whose last day is past, while it is young, else the one
    of today; None without any."""
    columns = tuple(columns)
    past = [c for c in columns if c.kind == PERIOD and c.until_on < today]
    now = [c for c in columns if c.kind == PERIOD and holds(c.from_on, c.until_on, today)]
    year = [c for c in columns if c.kind == YEAR and c.until_on < today]
    for found in (year, past[-1:] if past and (today - past[-1].until_on).days <= 28 else now):
        if found:
            return found[-1]
    return (past or list(columns))[-1] if columns else None


MEMBERS = """
SELECT m.pupil_id, p.surname, p.given_name, p.patronymic, m.from_on, m.until_on,
       e.school_class_id, c.grade, c.letter, e.from_on, e.until_on
FROM group_membership m
JOIN person p ON p.id = m.pupil_id
JOIN enrolment e ON e.pupil_id = m.pupil_id AND e.school_id = m.school_id
JOIN school_class c ON c.id = e.school_class_id AND c.school_year_id = ?
WHERE m.school_id = ? AND m.teaching_group_id = ? AND m.from_on <= ?
  AND (m.until_on IS NULL OR m.until_on >= ?) AND e.from_on <= ?
ORDER BY e.from_on, m.from_on
"""
RESULTS = """
SELECT r.pupil_id, r.id, r.value, r.proposed, r.why, r.decided_at, d.surname, d.given_name,
       d.patronymic
FROM period_result r JOIN person d ON d.id = r.decided_by_id
WHERE r.school_id = ? AND r.school_year_id = ? AND r.subject_id = ? AND r.kind = ?
  AND COALESCE(r.study_period_id, 0) = ? AND r.pupil_id IN ({pupils})
"""
SEEN = """
SELECT COALESCE(MAX(h.id), 0) FROM history h
WHERE h.table_name = 'period_result' AND h.row_id IN ({results})
  AND h.field IN ('period_result', 'year_result', 'exam_result', 'final_result')
"""
CLOSINGS = """
SELECT school_class_id FROM closing
WHERE school_id = ? AND school_year_id = ? AND kind = ? AND COALESCE(study_period_id, 0) = ?
"""
DEFERRALS = """
SELECT id, pupil_id, subject_id, kind, study_period_id, until_on, reason, order_name, order_on
FROM deferral
WHERE school_id = ? AND school_year_id = ? AND ended_at IS NULL AND pupil_id IN ({pupils})
ORDER BY until_on, id
"""
RETAKES = """
SELECT r.pupil_id, t.ordinal, t.held_on, t.was, t.value
FROM period_result r JOIN retake t ON t.school_id = r.school_id AND t.result_id = r.id
WHERE r.id IN ({results}) ORDER BY t.ordinal
"""
POLICY_CHANGES = """
SELECT from_on FROM grading_policy WHERE school_id = ? AND from_on > ? AND from_on <= ?
UNION
SELECT from_on FROM subject_grading_policy
WHERE school_id = ? AND subject_id = ? AND from_on > ? AND from_on <= ?
ORDER BY from_on
"""
RULES = """
SELECT least_marks, most_missed, year_threshold, exam_in_year FROM result_policy
WHERE school_id = ? AND from_on <= ? AND (until_on IS NULL OR until_on >= ?)
ORDER BY from_on DESC LIMIT 1
"""


def get_result_policy(school_id: int, day: date) -> ResultPolicy:
    """By what a school proposes results on a day; the usual where it set nothing."""
    rows = fetch_all(RULES, (school_id, day, day))
    if not rows:
        return ResultPolicy()
    least_marks, most_missed, threshold, exam_in_year = rows[0]
    return ResultPolicy(least_marks, most_missed, Fraction(threshold), bool(exam_in_year))


POLICIES = """
SELECT r.from_on, r.until_on, r.least_marks, r.most_missed, r.year_threshold, r.exam_in_year,
       a.surname, a.given_name, a.patronymic
FROM result_policy r
LEFT JOIN history h ON h.id = (SELECT MAX(n.id) FROM history n
                               WHERE n.table_name = 'result_policy' AND n.row_id = r.id)
LEFT JOIN person a ON a.id = h.actor_id
WHERE r.school_id = ? ORDER BY r.from_on DESC
"""


@dataclass(frozen=True, slots=True)
class DatedPolicy:
    """By what a school proposes results from a day to a day, and who said so last."""

    from_on: date
    until_on: date | None
    policy: ResultPolicy
    who: str


def list_result_policies(school_id: int) -> tuple[DatedPolicy, ...]:
    """By what a school proposed results over time, the newest first."""
    return tuple(
        DatedPolicy(
            as_date(from_on),
            None if until_on is None else as_date(until_on),
            ResultPolicy(least_marks, most_missed, Fraction(threshold), bool(exam_in_year)),
            full_name(*who) if who[0] else "",
        )
        for from_on, until_on, least_marks, most_missed, threshold, exam_in_year, *who in fetch_all(
            POLICIES, (school_id,)
        )
    )


def marks_of(values: Collection[Any]) -> str:
    """Question marks for an IN (…); without values it finds nothing."""
    return ", ".join("?" * len(values)) or "NULL"


def get_result_sheet(
    group: ResultGroup,
    column: ResultColumn,
    today: date,
    *,
    columns: tuple[ResultColumn, ...] | None = None,
    pupil_ids: Collection[int] | None = None,
) -> ResultSheet:
    """The results of a group in a column with what is proposed, in as many statements however
    many pupils there are; with `pupil_ids` of those alone. `today` is the date where the school
    is. Thresholds are those of the column's last day (of today, before it)."""
    columns = list_columns(group) if columns is None else columns
    day = column.last_day(today)
    members = _members(group, column, day, pupil_ids)
    where = (group.school_id, group.school_year_id)
    of_column = (column.kind, column.period_id or 0)
    pupils = tuple(members)
    results = {
        row[0]: row[1:]
        for row in fetch_all(
            RESULTS.format(pupils=marks_of(pupils)),
            (*where, group.subject_id, *of_column, *pupils),
        )
    }
    ids = tuple(row[0] for row in results.values())
    seen = fetch_all(SEEN.format(results=marks_of(ids)), ids)[0][0]
    closed = {class_id for (class_id,) in fetch_all(CLOSINGS, (*where, *of_column))}
    deferrals: dict[int, DeferralLine] = {}
    for line in list_deferrals(group.school_id, group.school_year_id, pupils):
        if line.covers(group.subject_id, column.kind, column.period_id):
            deferrals[line.pupil_id] = line
    retakes: dict[int, list[RetakeLine]] = defaultdict(list)
    for pupil_id, ordinal, held_on, was, value in fetch_all(
        RETAKES.format(results=marks_of(ids)), ids
    ):
        retakes[pupil_id].append(RetakeLine(ordinal, as_date(held_on), was, value))
    policy = get_grading_policy(group.school_id, day, group.subject_id)
    rules = get_result_policy(group.school_id, day)
    exam = find_exam(group)
    proposals = propose(group, column, columns, pupils, policy, rules, today, exam)
    lines = []
    for pupil_id, member in members.items():
        result_id, value, proposed, why, decided_at, *decider = results.get(
            pupil_id, (None, "", "", "", None, "", "", "")
        )
        if member.left_on and not value and not proposals[pupil_id].counted:
            continue  # was there, and nothing says so
        lines.append(
            ResultLine(
                pupil_id,
                member.name,
                member.class_id,
                member.class_name,
                member.came_on,
                member.left_on,
                proposals[pupil_id],
                result_id,
                value,
                proposed,
                why,
                full_name(*decider) if decided_at else "",
                None if decided_at is None else from_milliseconds(decided_at),
                member.class_id in closed,
                deferrals.get(pupil_id),
                tuple(retakes.get(pupil_id, ())),
            )
        )
    span = (column.from_on, day)
    changes = fetch_all(
        POLICY_CHANGES, (group.school_id, *span, group.school_id, group.subject_id, *span)
    )
    return ResultSheet(
        group,
        column,
        columns,
        tuple(sorted(lines, key=lambda line: alphabetical(line.name))),
        seen,
        policy,
        rules,
        exam,
        today,
        tuple(as_date(changed) for (changed,) in changes) if column.kind == PERIOD else (),
    )


@dataclass(slots=True)
class _Member:
    name: str
    class_id: int
    class_name: str
    came_on: date | None
    left_on: date | None


def _members(
    group: ResultGroup, column: ResultColumn, day: date, pupil_ids: Collection[int] | None
) -> dict[int, _Member]:
    """Who was in the group within the column, with the class they are in on its last day."""
    found: dict[int, _Member] = {}
    rows = fetch_all(
        MEMBERS, (group.school_year_id, group.school_id, group.group_id, day, column.from_on, day)
    )
    for pupil_id, *name, came, left, class_id, grade, letter, enrolled, ended in rows:
        if pupil_ids is not None and pupil_id not in pupil_ids:
            continue
        if not column.grades[0] <= grade <= column.grades[1]:
            continue
        came_on, left_on = as_date(came), as_date(left) if left else None
        enrolled_on, ended_on = as_date(enrolled), as_date(ended) if ended else None
        gone_on = min(filter(None, (left_on, ended_on)), default=None)
        before = found.get(pupil_id)
        since = max(came_on, enrolled_on)
        if before and before.came_on is None:
            since = column.from_on
        elif before and before.came_on:
            since = min(since, before.came_on)
        found[pupil_id] = _Member(
            full_name(*name),
            class_id,
            f"{grade}{letter}",
            since if since > column.from_on else None,
            gone_on if gone_on is not None and gone_on < day else None,
        )
    return found


def list_deferrals(
    school_id: int, school_year_id: int, pupil_ids: Collection[int]
) -> Iterator[DeferralLine]:
    """The deferrals of pupils in a year that were not taken back, also those whose day is past."""
    sql = DEFERRALS.format(pupils=marks_of(pupil_ids))
    for row in fetch_all(sql, (school_id, school_year_id, *pupil_ids)):
        values = [*row[:5], as_date(row[5]), *row[6:8], as_date(row[8])]
        yield DeferralLine(*values)


# --- what is proposed ---------------------------------------------------------------------

# By subject and not by group: who changed the group within the period brings the marks along.
# As the diary counts them: of the lessons of days on which the pupil was in the group.
_LESSONS = """
FROM group_membership gm
JOIN teaching_group g ON g.id = gm.teaching_group_id AND g.subject_id = ?
JOIN lesson l ON l.school_id = gm.school_id AND l.teaching_group_id = gm.teaching_group_id
     AND l.held_on >= gm.from_on AND (gm.until_on IS NULL OR l.held_on <= gm.until_on)
"""
MARKS = f"""
SELECT DISTINCT gm.pupil_id, m.id, l.held_on, m.value, w.weight, k.is_important, w.title, k.name
{_LESSONS}
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id AND m.pupil_id = gm.pupil_id
JOIN work_kind k ON k.id = w.work_kind_id
WHERE gm.pupil_id IN ({{pupils}}) AND l.held_on BETWEEN ? AND ?
ORDER BY gm.pupil_id, l.held_on, m.id
"""
PRESENCE = f"""
SELECT pupil_id, code, COUNT(*) FROM (
  SELECT DISTINCT gm.pupil_id, l.id, COALESCE(a.code, '') AS code
  {_LESSONS}
  LEFT JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
       AND a.pupil_id = gm.pupil_id
  WHERE gm.pupil_id IN ({{pupils}}) AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL
) t GROUP BY pupil_id, code
"""
# Which periods a pupil was taught the subject in, up to their last day, and what came of them.
PARTS = """
SELECT DISTINCT gm.pupil_id, p.id, p.name, p.until_on, r.value
FROM group_membership gm
JOIN teaching_group g ON g.id = gm.teaching_group_id AND g.subject_id = ?
     AND g.school_year_id = ? AND g.marking <> 'none'
JOIN enrolment e ON e.pupil_id = gm.pupil_id AND e.school_id = gm.school_id
JOIN school_class c ON c.id = e.school_class_id AND c.school_year_id = g.school_year_id
JOIN study_period p ON p.school_id = gm.school_id AND p.school_year_id = g.school_year_id
     AND p.kind <> 'year' AND c.grade BETWEEN p.from_grade AND p.until_grade
     AND e.from_on <= p.until_on AND (e.until_on IS NULL OR e.until_on >= p.until_on)
     AND gm.from_on <= p.until_on AND (gm.until_on IS NULL OR gm.until_on >= p.until_on)
LEFT JOIN period_result r ON r.school_id = gm.school_id AND r.pupil_id = gm.pupil_id
     AND r.subject_id = g.subject_id AND r.study_period_id = p.id
WHERE gm.pupil_id IN ({pupils}) AND EXISTS (
  SELECT 1 FROM lesson l WHERE l.school_id = gm.school_id AND l.teaching_group_id = g.id
    AND l.held_on BETWEEN p.from_on AND p.until_on AND l.cancelled_at IS NULL)
ORDER BY p.until_on, p.id
"""
# Of grades 10 and 11 the certificate counts the half-years and years of both.
BEFORE = """
SELECT r.pupil_id, r.kind, COALESCE(p.name, ''), y.name, r.value
FROM period_result r
JOIN school_year y ON y.id = r.school_year_id
JOIN enrolment e ON e.pupil_id = r.pupil_id AND e.school_id = r.school_id
JOIN school_class c ON c.id = e.school_class_id AND c.school_year_id = r.school_year_id
LEFT JOIN study_period p ON p.id = r.study_period_id
WHERE r.subject_id = ? AND r.pupil_id IN ({pupils}) AND c.grade = 10 AND r.value <> ''
  AND r.kind IN ('period', 'year') AND y.from_on < ?
ORDER BY y.from_on, p.until_on
"""
YEAR_RESULTS = """
SELECT r.pupil_id, r.kind, r.value FROM period_result r
WHERE r.school_id = ? AND r.school_year_id = ? AND r.subject_id = ?
  AND r.kind IN ('year', 'exam') AND r.pupil_id IN ({pupils})
"""


@dataclass(slots=True)
class _Facts:
    """What proposals are made from."""

    marks: dict[int, list[GradedMark]] = field(default_factory=lambda: defaultdict(list))
    codes: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))


def propose(
    group: ResultGroup,
    column: ResultColumn,
    columns: Iterable[ResultColumn],
    pupils: Collection[int],
    policy: GradingPolicy,
    rules: ResultPolicy,
    today: date,
    exam: ExamHead | None,
) -> dict[int, Proposal]:
    """What is proposed for each pupil of a group in a column."""
    if column.kind == PERIOD:
        return _of_period(group, column, pupils, policy, rules, today)
    if column.kind == EXAM:
        return {pupil_id: Proposal(policy=policy) for pupil_id in pupils}
    of_year: dict[tuple[int, str], str] = {
        (pupil_id, kind): value
        for pupil_id, kind, value in fetch_all(
            YEAR_RESULTS.format(pupils=marks_of(pupils)),
            (group.school_id, group.school_year_id, group.subject_id, *pupils),
        )
    }

    def exam_of(pupil_id: int) -> Part | None:
        return Part(exam.title, of_year.get((pupil_id, EXAM), "")) if exam else None

    parts: dict[int, list[Part]] = defaultdict(list)
    if column.kind == YEAR:
        sql = PARTS.format(pupils=marks_of(pupils))
        for pupil_id, _, name, _, value in fetch_all(
            sql, (group.subject_id, group.school_year_id, *pupils)
        ):
            parts[pupil_id].append(Part(name, value or ""))
        return {p: propose_year(parts[p], rules, exam=exam_of(p)) for p in pupils}
    sql = BEFORE.format(pupils=marks_of(pupils))
    for pupil_id, kind, name, year, value in fetch_all(
        sql, (group.subject_id, *pupils, group.year_from_on)
    ):
        parts[pupil_id].append(Part(f"{name if kind == PERIOD else 'год'} {year}", value))
    if any(parts.values()):
        sql = PARTS.format(pupils=marks_of(pupils))
        for pupil_id, _, name, _, value in fetch_all(
            sql, (group.subject_id, group.school_year_id, *pupils)
        ):
            if pupil_id in parts:
                parts[pupil_id].append(Part(name, value or ""))
    return {
        p: propose_final(
            Part("год", of_year.get((p, YEAR), "")), exam_of(p), rules, parts.get(p, ())
        )
        for p in pupils
    }


def _of_period(
    group: ResultGroup,
    column: ResultColumn,
    pupils: Collection[int],
    policy: GradingPolicy,
    rules: ResultPolicy,
    today: date,
) -> dict[int, Proposal]:
    facts = _Facts()
    whose = marks_of(pupils)
    span = (column.from_on, min(column.until_on, today))
    for pupil_id, _, _, value, weight, important, *_ in fetch_all(
        MARKS.format(pupils=whose), (group.subject_id, *pupils, column.from_on, column.until_on)
    ):
        facts.marks[pupil_id].append(GradedMark(value, Fraction(weight), bool(important)))
    for pupil_id, code, count in fetch_all(
        PRESENCE.format(pupils=whose), (group.subject_id, *pupils, *span)
    ):
        facts.codes[pupil_id][code] = count
    return {
        p: propose_period(
            facts.marks.get(p, ()), policy, rules, presence_of(facts.codes.get(p, {})),
            group.marking if group.marking != "none" else FIVE,
        )
        for p in pupils
    }  # fmt: skip


def presence_of(codes: dict[str, int]) -> Presence:
    """Lessons by their attendance code («» present) as the proposal counts them."""
    missed = sum(count for code, count in codes.items() if code not in ("", LATE))
    return Presence(sum(codes.values()), missed, codes.get(ILL, 0))


# --- history ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ResultChange:
    """A line of a result's history."""

    history_id: int
    at: datetime
    who: str
    pupil_id: int
    old: str
    new: str
    why: str
    request_id: str


HISTORY = """
SELECT h.id, h.at, a.surname, a.given_name, a.patronymic, h.pupil_id, h.old, h.new, h.why,
       h.request_id
FROM history h LEFT JOIN person a ON a.id = h.actor_id
WHERE h.table_name = 'period_result' AND h.row_id IN ({results}) AND h.id > ?
  AND h.field IN ('period_result', 'year_result', 'exam_result', 'final_result')
ORDER BY h.id
"""


def list_result_changes(result_ids: Collection[int], since: int = 0) -> tuple[ResultChange, ...]:
    """What was written into results after a history id, oldest first (E7)."""
    return tuple(
        ResultChange(
            row[0],
            from_milliseconds(row[1]),
            full_name(*row[2:5]) if row[2] else "",
            *row[5:],
        )
        for row in fetch_all(HISTORY.format(results=marks_of(result_ids)), (*result_ids, since))
    )


FIRST_ENTERED = """
SELECT h.row_id, MIN(h.at) FROM history h
WHERE h.table_name = 'period_result' AND h.row_id IN ({results}) AND h.new <> ''
GROUP BY h.row_id
"""
OPENINGS = """
SELECT result_id, id, open_until, reason FROM change_request
WHERE result_id IN ({results}) AND open_until >= ?
"""


@dataclass(frozen=True, slots=True)
class ResultLocks:
    """Which results may still be changed, at a moment (H2)."""

    #: Result → the last moment in which it could be changed freely.
    free_until: dict[int, datetime]
    openings: dict[int, Opening]
    now: datetime

    def over_since(self, line: ResultLine) -> datetime | None:
        """Since when a result cannot be changed any more: the end of its term."""
        until = self.free_until.get(line.result_id or 0)
        return until if until is not None and until < self.now else None

    def is_locked(self, line: ResultLine) -> bool:
        """Whether a change needs the deputy head first. An empty result never locks."""
        if not line.value or line.result_id in self.openings:
            return False
        return line.is_closed or self.over_since(line) is not None

    def opening(self, line: ResultLine) -> Opening | None:
        return self.openings.get(line.result_id or 0)


def get_result_locks(sheet: ResultSheet, now: datetime) -> ResultLocks:
    """What may still be changed among results at a moment, by the regulation of that day."""
    group = sheet.group
    ids = tuple(line.result_id for line in sheet.lines if line.value and line.result_id)
    term = get_own_term(group.school_id, "changes_lock", group.time_zone, now)
    free_until = {
        result_id: term_end(term, from_milliseconds(at), group.school_id, group.time_zone)
        for result_id, at in fetch_all(FIRST_ENTERED.format(results=marks_of(ids)), ids)
    }
    openings = {
        result_id: Opening(request_id, from_milliseconds(until), reason)
        for result_id, request_id, until, reason in fetch_all(
            OPENINGS.format(results=marks_of(ids)), (*ids, to_milliseconds(now))
        )
    }
    return ResultLocks(free_until, openings, now)
