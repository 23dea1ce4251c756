"""Who teaches a pupil: class, groups, streams, individual plan, the class teacher (B9; Регламент
Волосовской школы, п. 2; Регламент СШ № 11, п. 2.2)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from school.database import as_date, fetch_all
from school.queries.lessons import full_name

#: How a group is called to a family, by its kind.
KINDS = {
    "class": "класс",
    "part": "группа",
    "stream": "поток",
    "individual": "индивидуальный план",
}


@dataclass(slots=True)
class TaughtSubject:
    """A subject that somebody teaches the pupil."""

    subject_id: int
    subject: str
    #: «класс 7А», «поток 10–11, профильная группа».
    group: str
    school_id: int
    school: str
    is_extracurricular: bool
    #: Name and since when, where that is not the beginning of the year.
    teachers: list[tuple[str, date | None]] = field(default_factory=list)
    #: Who stands in this week, with the days.
    substitutes: dict[str, list[date]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassTeacher:
    name: str
    class_name: str
    school_id: int
    school: str
    from_on: date | None


@dataclass(frozen=True, slots=True)
class PupilTeachers:
    class_teachers: tuple[ClassTeacher, ...]
    subjects: tuple[TaughtSubject, ...]


GROUPS = """
SELECT DISTINCT g.id, j.id, j.name, g.kind, g.name, s.id, s.name, g.is_extracurricular,
       y.from_on, w.from_on, p.surname, p.given_name, p.patronymic
FROM group_membership m
JOIN teaching_group g ON g.id = m.teaching_group_id
JOIN school_year y ON y.id = g.school_year_id
JOIN subject j ON j.id = g.subject_id
JOIN school s ON s.id = m.school_id
LEFT JOIN group_teacher w ON w.school_id = m.school_id AND w.teaching_group_id = g.id
  AND w.from_on <= ? AND (w.until_on IS NULL OR w.until_on >= ?)
LEFT JOIN person p ON p.id = w.teacher_id
WHERE m.pupil_id = ? AND m.from_on <= ? AND (m.until_on IS NULL OR m.until_on >= ?)
  AND y.until_on >= ?
ORDER BY s.id, g.is_extracurricular, j.name, g.name, g.id, w.from_on, p.surname
"""
SUBSTITUTES = """
SELECT DISTINCT l.teaching_group_id, l.held_on, p.surname, p.given_name, p.patronymic
FROM group_membership m
JOIN lesson l ON l.school_id = m.school_id AND l.teaching_group_id = m.teaching_group_id
  AND l.held_on >= m.from_on AND (m.until_on IS NULL OR l.held_on <= m.until_on)
JOIN lesson_change h ON h.school_id = l.school_id AND h.lesson_id = l.id
  AND h.kind = 'substitution' AND h.teacher_is_id = l.teacher_id AND h.replaced_at IS NULL
  AND NOT h.is_undoing
JOIN person p ON p.id = l.teacher_id
WHERE m.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL
ORDER BY l.held_on
"""
CLASS_TEACHERS = """
SELECT DISTINCT p.surname, p.given_name, p.patronymic, c.grade, c.letter, s.id, s.name, r.from_on,
       y.from_on
FROM enrolment e
JOIN school_class c ON c.id = e.school_class_id
JOIN school_year y ON y.id = c.school_year_id
JOIN school s ON s.id = e.school_id
JOIN role r ON r.school_id = e.school_id AND r.school_class_id = c.id AND r.ended_at IS NULL
  AND r.from_on <= ? AND (r.until_on IS NULL OR r.until_on >= ?)
JOIN person p ON p.id = r.person_id
WHERE e.pupil_id = ? AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
ORDER BY s.id, r.from_on
"""


def get_teachers(pupil_id: int, today: date, monday: date, sunday: date) -> PupilTeachers:
    """The teachers of a pupil on a day, with who stands in during a week, in three statements."""
    days = (today, today)
    subjects: dict[int, TaughtSubject] = {}
    for row in fetch_all(GROUPS, (*days, pupil_id, *days, today)):
        _add(subjects, row)
    substitutes: dict[int, dict[str, list[date]]] = defaultdict(lambda: defaultdict(list))
    for group_id, held_on, *names in fetch_all(SUBSTITUTES, (pupil_id, monday, sunday)):
        substitutes[group_id][full_name(*names)].append(as_date(held_on))
    for group_id, found in substitutes.items():
        if group_id in subjects:
            subjects[group_id].substitutes = dict(found)
    class_teachers = [
        ClassTeacher(
            full_name(*row[:3]), f"{row[3]}{row[4]}", row[5], row[6],
            _since(as_date(row[7]), as_date(row[8])),
        )
        for row in fetch_all(CLASS_TEACHERS, (*days, pupil_id, *days))
    ]  # fmt: skip
    return PupilTeachers(tuple(class_teachers), tuple(subjects.values()))


def without_substitutes(teachers: PupilTeachers) -> PupilTeachers:
    """The same for a reader from whom the timetable is hidden (H10)."""
    for line in teachers.subjects:
        line.substitutes = {}
    return teachers


def _since(from_on: date, year_from_on: date) -> date | None:
    """Since when, where it is said at all: later than the year's first day."""
    return from_on if from_on > year_from_on else None


def _called(kind: str, name: str) -> str:
    """«класс 7А», «7А, 2 группа»: a name that says what it is needs no word before it."""
    return name if kind in name.lower() else f"{kind} {name}"


def _add(subjects: dict[int, TaughtSubject], row: tuple[Any, ...]) -> None:
    (
        group_id, subject_id, subject, kind, group, school_id, school, is_extracurricular,
        year_from_on, from_on, *names,
    ) = row  # fmt: skip
    line = subjects.setdefault(
        group_id,
        TaughtSubject(
            subject_id,
            subject,
            _called("кружок" if is_extracurricular else KINDS[kind], group),
            school_id,
            school,
            bool(is_extracurricular),
        ),
    )
    if from_on is not None:
        line.teachers.append((full_name(*names), _since(as_date(from_on), as_date(year_from_on))))
