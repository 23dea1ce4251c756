"""A pupil's marks by subject, with averages and the sums behind them (B1, H1)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from school import wording
from school.database import as_date, fetch_all
from school.queries.diary import LESSONS_OF_PUPIL
from school.queries.diary_corrections import Correction, find_corrections
from school.queries.diary_periods import Period
from school.queries.grading import get_grading_policy, get_policies
from school.rules.access import ATTENDANCE, COMMENTS
from school.rules.grading import GradedMark, find_average


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """A subject in the list of a period."""

    subject_id: int
    subject: str
    school_id: int
    school: str
    #: Cells in order of date: «5», «4/5», «.».
    marks: tuple[str, ...]
    #: As text, or empty.
    average: str
    #: The subject is taught without marks.
    unmarked: bool


@dataclass(frozen=True, slots=True)
class SubjectHead:
    subject_id: int
    subject: str
    school_id: int
    school: str
    unmarked: bool


@dataclass(frozen=True, slots=True)
class SubjectWork:
    """A work with what this pupil has for it."""

    held_on: date
    kind: str
    title: str
    weight: str
    #: «5», «4/5», «.», or empty: a work of all without this pupil's mark.
    marks: str
    worked_on: date | None
    due_on: date | None
    attendance: str
    #: The teacher's word on the lesson, at its first work.
    comment: str


@dataclass(frozen=True, slots=True)
class SubjectMarks:
    works: tuple[SubjectWork, ...]
    #: All as sentences, or empty while no mark counts.
    average: str
    average_sum: str
    average_result: str
    average_way: str
    #: Of marks and the days they were earned on, by lesson.
    corrections: tuple[Correction, ...]


def conceal(marks: SubjectMarks, hidden: Collection[str]) -> SubjectMarks:
    """A subject's works without the attendance or comments hidden from their reader (H10)."""
    if not {ATTENDANCE, COMMENTS} & set(hidden):
        return marks
    return replace(
        marks,
        works=tuple(
            replace(
                work,
                attendance="" if ATTENDANCE in hidden else work.attendance,
                comment="" if COMMENTS in hidden else work.comment,
            )
            for work in marks.works
        ),
    )


SUBJECTS = """
SELECT DISTINCT j.id, j.name, s.id, s.name, g.marking
FROM group_membership gm
JOIN teaching_group g ON g.id = gm.teaching_group_id AND NOT g.is_extracurricular
JOIN school_year y ON y.id = g.school_year_id AND y.from_on <= ? AND y.until_on >= ?
JOIN subject j ON j.id = g.subject_id
JOIN school s ON s.id = gm.school_id
WHERE gm.pupil_id = ? AND gm.from_on <= ? AND (gm.until_on IS NULL OR gm.until_on >= ?)
"""

MARKS = f"""
SELECT DISTINCT l.held_on, l.lesson_number, w.ordinal, w.id, m.position, g.subject_id, m.value,
       w.weight, COALESCE(w.is_important, k.is_important)
{LESSONS_OF_PUPIL}
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id AND m.pupil_id = gm.pupil_id
JOIN work_kind k ON k.id = w.work_kind_id
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ?
ORDER BY l.held_on, l.lesson_number, w.ordinal, w.id, m.position
"""

SUBJECT = """
SELECT DISTINCT j.id, j.name, s.id, s.name, g.marking
FROM group_membership gm
JOIN teaching_group g ON g.id = gm.teaching_group_id AND g.subject_id = ?
JOIN subject j ON j.id = g.subject_id
JOIN school s ON s.id = gm.school_id
WHERE gm.pupil_id = ?
"""

# One statement with what became of the marks, by which the page stays within its budget. The
# kinds of row share their columns.
WORKS = f"""
SELECT DISTINCT 'work' AS what, l.held_on AS held_on, l.lesson_number AS number,
       w.ordinal AS ordinal, w.id AS work_id, m.position AS position, l.id AS lesson_id, k.name,
       w.title, w.weight,
       COALESCE(w.is_important, k.is_important), w.due_on, m.value, m.worked_on, a.code,
       a.late_minutes, c.text
{LESSONS_OF_PUPIL}
JOIN teaching_group g ON g.id = l.teaching_group_id AND g.subject_id = ?
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
JOIN work_kind k ON k.id = w.work_kind_id
LEFT JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id AND m.pupil_id = gm.pupil_id
LEFT JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
     AND a.pupil_id = gm.pupil_id
LEFT JOIN lesson_comment c ON c.school_id = l.school_id AND c.lesson_id = l.id
     AND c.pupil_id = gm.pupil_id
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND (m.id IS NOT NULL OR w.marks_expected)
UNION
SELECT 'line', l.held_on, 0, 0, w.id, h.id, h.at, k.name, w.title, h.field, NULL, NULL, h.new, NULL,
       h.old, NULL, s.time_zone
{LESSONS_OF_PUPIL}
JOIN teaching_group g ON g.id = l.teaching_group_id AND g.subject_id = ?
JOIN history h ON h.school_id = l.school_id AND h.lesson_id = l.id AND h.pupil_id = gm.pupil_id
     AND h.table_name = 'work' AND h.field IN ('mark', 'worked_on')
JOIN work w ON w.id = h.row_id
JOIN work_kind k ON k.id = w.work_kind_id
JOIN school s ON s.id = l.school_id
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ?
ORDER BY what, held_on, number, ordinal, work_id, position
"""


def list_subjects(pupil_id: int, period: Period) -> tuple[SubjectLine, ...]:
    """The subjects of a period with their marks and averages, those of all schools."""
    span = (period.from_on, period.until_on)
    cells: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    graded: dict[int, list[GradedMark]] = defaultdict(list)
    for *_, work_id, _, subject_id, value, weight, is_important in fetch_all(
        MARKS, (pupil_id, *span)
    ):
        cells[subject_id][work_id].append(value)
        graded[subject_id].append(GradedMark(value, Fraction(weight), bool(is_important)))
    heads = _heads(
        fetch_all(SUBJECTS, (period.until_on, period.from_on, pupil_id, *reversed(span)))
    )
    # One school, but for a pupil who changed it within the period.
    policies = {
        school_id: get_policies(school_id, period.until_on)
        for school_id in {head.school_id for head in heads}
    }
    lines = []
    for head in heads:
        policy = policies[head.school_id].of(head.subject_id)
        average = find_average(graded[head.subject_id], policy)
        lines.append(
            SubjectLine(
                subject_id=head.subject_id,
                subject=head.subject,
                school_id=head.school_id,
                school=head.school,
                marks=tuple("/".join(values) for values in cells[head.subject_id].values()),
                average=wording.average_value(average, policy) if average else "",
                unmarked=head.unmarked,
            )
        )
    return tuple(lines)


def find_subject(pupil_id: int, subject_id: int) -> SubjectHead | None:
    """A subject that the pupil is or was taught, or None."""
    heads = _heads(fetch_all(SUBJECT, (subject_id, pupil_id)))
    return heads[0] if heads else None


def _heads(rows: list[tuple[Any, ...]]) -> list[SubjectHead]:
    """Subjects in order of name; one taught in two groups is one, marked if either is."""
    marked = {row[0] for row in rows if row[4] != "none"}
    found = {
        subject_id: SubjectHead(subject_id, subject, school_id, school, subject_id not in marked)
        for subject_id, subject, school_id, school, _ in rows
    }
    return sorted(found.values(), key=lambda head: (head.subject.casefold(), head.subject_id))


def get_subject_marks(pupil_id: int, subject: SubjectHead, period: Period) -> SubjectMarks:
    """The works of a subject in a period, oldest first, and the average they make."""
    rows: dict[int, list[list[Any]]] = defaultdict(list)
    span = (period.from_on, period.until_on)
    lines = []
    for what, *row in fetch_all(WORKS, (subject.subject_id, pupil_id, *span) * 2):
        if what == "work":
            rows[row[3]].append(row)
        else:
            (
                held_on, _, _, work_id, line_id, at, kind, title, field, _, _, new, _, old, _, zone,
            ) = row  # fmt: skip
            where = held_on, subject.subject, kind, title, zone
            lines.append((line_id, at, field, work_id, old, new, *where))
    works = []
    graded = []
    commented: set[int] = set()
    for cell in rows.values():
        (
            held_on, _, _, _, _, lesson_id, kind, title, weight, is_important, due_on, _, worked_on,
            code, minutes, comment,
        ) = cell[0]  # fmt: skip
        values = [row[11] for row in cell if row[11] is not None]
        graded += [GradedMark(value, Fraction(weight), bool(is_important)) for value in values]
        works.append(
            SubjectWork(
                held_on=as_date(held_on),
                kind=kind,
                title=title,
                weight=weight,
                marks="/".join(values),
                worked_on=as_date(worked_on),
                due_on=as_date(due_on),
                attendance=wording.attendance(code, minutes) if code else "",
                comment="" if lesson_id in commented else comment or "",
            )
        )
        commented.add(lesson_id)
    policy = get_grading_policy(subject.school_id, period.until_on, subject.subject_id)
    average = find_average(graded, policy)
    return SubjectMarks(
        works=tuple(works),
        average=wording.average_value(average, policy) if average else "",
        average_sum=wording.average_sum(average, policy) if average else "",
        average_result=wording.average_result(average, policy) if average else "",
        average_way=wording.average_way(policy),
        corrections=find_corrections(lines),
    )
