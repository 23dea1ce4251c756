"""A teaching group: its head, who teaches it when, and the study periods it lives through."""

from dataclasses import dataclass
from datetime import date, timedelta

from school.database import as_date, fetch_all
from school.queries.diary_periods import Period, choose_period
from school.rules.access import GroupPlace, TeacherSpan
from school.rules.names import alphabetical, by_number
from school.rules.register import name_of_work


@dataclass(frozen=True, slots=True)
class GroupHead:
    """A group as its pages name it, and what decides who may open them."""

    group_id: int
    school_id: int
    school_name: str
    time_zone: str
    subject_id: int
    subject: str
    name: str
    marking: str
    school_year_id: int
    year_from_on: date
    year_until_on: date
    #: The highest grade of its pupils; None while nobody ever belonged to it.
    grade: int | None
    place: GroupPlace


HEAD = """
SELECT g.id, g.school_id, s.name, s.time_zone, g.subject_id, j.name, g.name, g.marking, y.id,
       y.from_on, y.until_on,
       COALESCE(c.grade, (SELECT MAX(k.grade) FROM group_membership m
                          JOIN enrolment e ON e.pupil_id = m.pupil_id AND e.school_id = m.school_id
                          JOIN school_class k ON k.id = e.school_class_id
                               AND k.school_year_id = g.school_year_id
                          WHERE m.school_id = g.school_id AND m.teaching_group_id = g.id)),
       t.teacher_id, t.from_on, t.until_on
FROM teaching_group g
JOIN school s ON s.id = g.school_id
JOIN subject j ON j.id = g.subject_id
JOIN school_year y ON y.id = g.school_year_id
LEFT JOIN school_class c ON c.id = g.school_class_id
LEFT JOIN group_teacher t ON t.school_id = g.school_id AND t.teaching_group_id = g.id
WHERE g.id = ?
"""


def find_group(group_id: int) -> GroupHead | None:
    """The head of a group, or None; one statement."""
    rows = fetch_all(HEAD, (group_id,))
    if not rows:
        return None
    row = rows[0]
    spans = tuple(
        TeacherSpan(teacher_id, as_date(from_on), as_date(until_on))
        for *_, teacher_id, from_on, until_on in rows
        if teacher_id is not None
    )
    return GroupHead(
        group_id=row[0],
        school_id=row[1],
        school_name=row[2],
        time_zone=row[3],
        subject_id=row[4],
        subject=row[5],
        name=row[6],
        marking=row[7],
        school_year_id=row[8],
        year_from_on=as_date(row[9]),
        year_until_on=as_date(row[10]),
        grade=row[11],
        place=GroupPlace(school_id=row[1], teachers=spans),
    )


CLASSES = """
SELECT DISTINCT e.school_class_id
FROM group_membership m
JOIN enrolment e ON e.pupil_id = m.pupil_id AND e.school_id = m.school_id
JOIN school_class c ON c.id = e.school_class_id AND c.school_year_id = ?
WHERE m.school_id = ? AND m.teaching_group_id = ?
"""


def list_group_classes(group: GroupHead) -> frozenset[int]:
    """Ids of the classes of the group's year that its pupils were ever in."""
    rows = fetch_all(CLASSES, (group.school_year_id, group.school_id, group.group_id))
    return frozenset(class_id for (class_id,) in rows)


PERIODS = """
SELECT id, name, from_on, until_on FROM study_period
WHERE school_id = ? AND school_year_id = ? AND from_grade <= ? AND until_grade >= ?
ORDER BY until_on, from_on DESC, id
"""


def list_group_periods(group: GroupHead) -> tuple[Period, ...]:
    """The study periods of a group's year, in order, the whole year after its parts."""
    grade = group.grade or 0
    where = (group.school_id, group.school_year_id, grade, grade)
    return tuple(
        Period(row[0], row[1], as_date(row[2]), as_date(row[3]), group.school_id, "")
        for row in fetch_all(PERIODS, where)
    )


def choose_group_period(
    group: GroupHead, periods: tuple[Period, ...], today: date, period_id: int | None
) -> Period | None:
    """The asked-for period, None where it is not this group's; else the one of today. A school
    without periods has its whole year."""
    if period_id is not None:
        return next((period for period in periods if period.period_id == period_id), None)
    if periods:
        return choose_period(list(periods), today)
    return Period(None, "Учебный год", group.year_from_on, group.year_until_on, group.school_id, "")


OWN = """
SELECT DISTINCT g.id, j.name, g.name
FROM group_teacher t
JOIN teaching_group g ON g.id = t.teaching_group_id
JOIN subject j ON j.id = g.subject_id
JOIN school_year y ON y.id = g.school_year_id
WHERE t.teacher_id = ? AND y.from_on <= ? AND y.until_on >= ?
  AND t.from_on <= ? AND (t.until_on IS NULL OR t.until_on >= ?)
"""


@dataclass(frozen=True, slots=True)
class GroupLine:
    group_id: int
    subject: str
    name: str


def _by_subject(line: GroupLine) -> tuple[str, int, str]:
    return alphabetical(line.subject), *by_number(line.name)


def list_own_groups(teacher_id: int, today: date) -> tuple[GroupLine, ...]:
    """The groups that a teacher teaches on a day, by subject and name."""
    rows = fetch_all(OWN, (teacher_id, *(today,) * 4))
    lines = [GroupLine(*row) for row in rows]
    return tuple(sorted(lines, key=_by_subject))


OF_CLASS = """
SELECT DISTINCT g.id, j.name, g.name
FROM enrolment e
JOIN group_membership m ON m.school_id = e.school_id AND m.pupil_id = e.pupil_id
JOIN teaching_group g ON g.id = m.teaching_group_id
JOIN subject j ON j.id = g.subject_id
WHERE e.school_id = ? AND e.school_class_id = ?
  AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
  AND m.from_on <= ? AND (m.until_on IS NULL OR m.until_on >= ?)
"""


def list_class_groups(school_id: int, class_id: int, today: date) -> tuple[GroupLine, ...]:
    """The groups in which the pupils of a class are on a day, by subject and name."""
    rows = fetch_all(OF_CLASS, (school_id, class_id, *(today,) * 4))
    lines = [GroupLine(*row) for row in rows]
    return tuple(sorted(lines, key=_by_subject))


LESSONS = """
SELECT l.id, l.held_on, l.lesson_number, k.name, w.title
FROM lesson l
LEFT JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
LEFT JOIN work_kind k ON k.id = w.work_kind_id
WHERE l.school_id = ? AND l.teaching_group_id = ? AND l.held_on BETWEEN ? AND ?
  AND l.cancelled_at IS NULL
ORDER BY l.held_on, l.lesson_number, l.id, w.ordinal
"""
#: Lessons for which a work can be planned from the group's page.
PLANNED_AHEAD, PLANNED_BEHIND = timedelta(days=60), timedelta(days=14)


@dataclass(frozen=True, slots=True)
class GroupLesson:
    """A lesson to open a column in; `works` names what it has."""

    lesson_id: int
    held_on: date
    lesson_number: int
    works: str


def list_group_lessons(group: GroupHead, today: date) -> tuple[GroupLesson, ...]:
    """The lessons of a group around a day: those ahead first, then those lately held."""
    span = (today - PLANNED_BEHIND, today + PLANNED_AHEAD)
    found: dict[int, GroupLesson] = {}
    for lesson_id, held_on, number, kind, title in fetch_all(
        LESSONS, (group.school_id, group.group_id, *span)
    ):
        before = found.get(lesson_id)
        works = [before.works] if before and before.works else []
        works += [name_of_work(kind, title)] if kind else []
        found[lesson_id] = GroupLesson(lesson_id, as_date(held_on), number, ", ".join(works))
    return tuple(
        sorted(
            found.values(),
            key=lambda line: (
                line.held_on < today,
                abs((line.held_on - today).days),
                line.lesson_number,
            ),
        )
    )
