"""Lessons given against the curriculum plan (учебный план), by group (E5)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from school.database import as_date, fetch_all
from school.models.fields import to_milliseconds
from school.queries.lessons import full_name
from school.queries.school_days import count_slots
from school.rules.statistics import LessonCounts, hours_of_year


@dataclass(frozen=True, slots=True)
class GroupLessons:
    """A teaching group of a class with its lessons; streams have no class and no plan."""

    group_id: int
    class_id: int | None
    class_name: str
    group_name: str
    subject: str
    #: Who teaches it today.
    teachers: str
    counts: LessonCounts

    @property
    def is_short(self) -> bool:
        """The timetable will not bring all lessons of the plan."""
        return self.counts.lacking is not None and self.counts.lacking > 0


@dataclass(frozen=True, slots=True)
class YearLessons:
    """The groups of a school year; what was given counts up to a moment."""

    year_from_on: date
    year_until_on: date
    groups: tuple[GroupLessons, ...]


YEAR = """
SELECT id, from_on, until_on FROM school_year WHERE school_id = ? AND from_on <= ?
ORDER BY from_on DESC LIMIT 1
"""
GROUPS = """
SELECT g.id, c.id, c.grade, c.letter, g.name, j.name, p.hours_in_week, p.hours_in_year
FROM teaching_group g
JOIN subject j ON j.id = g.subject_id
LEFT JOIN school_class c ON c.id = g.school_class_id
LEFT JOIN curriculum_line p ON p.school_id = g.school_id AND p.school_class_id = c.id
     AND p.subject_id = g.subject_id
WHERE g.school_id = ? AND g.school_year_id = ?
ORDER BY c.grade, c.letter, c.id, j.name, g.name, g.id
"""
TEACHERS = """
SELECT t.teaching_group_id, p.surname, p.given_name, p.patronymic
FROM group_teacher t JOIN person p ON p.id = t.teacher_id
WHERE t.school_id = ? AND t.from_on <= ? AND (t.until_on IS NULL OR t.until_on >= ?)
ORDER BY p.surname, p.given_name, p.id
"""
#: One row per group: whole numbers of lessons that were given, given by somebody else, given
#: beside the timetable, cancelled, and are to come.
LESSONS = """
SELECT l.teaching_group_id,
       SUM(CASE WHEN l.cancelled_at IS NULL AND l.ends_at <= ? THEN 1 ELSE 0 END),
       SUM(CASE WHEN l.cancelled_at IS NULL AND l.ends_at <= ? AND EXISTS (
           SELECT 1 FROM lesson_change x WHERE x.school_id = l.school_id AND x.lesson_id = l.id
             AND x.kind = 'substitution') THEN 1 ELSE 0 END),
       SUM(CASE WHEN l.cancelled_at IS NULL AND l.ends_at <= ? AND EXISTS (
           SELECT 1 FROM lesson_change x WHERE x.school_id = l.school_id AND x.lesson_id = l.id
             AND x.kind = 'extra') THEN 1 ELSE 0 END),
       SUM(CASE WHEN l.cancelled_at IS NOT NULL THEN 1 ELSE 0 END),
       SUM(CASE WHEN l.cancelled_at IS NULL AND l.ends_at > ? THEN 1 ELSE 0 END)
FROM lesson l
WHERE l.school_id = ? AND l.held_on BETWEEN ? AND ?
GROUP BY l.teaching_group_id
"""
#: Beyond this day lessons are in the timetable only, and not made yet.
MADE_UNTIL = "SELECT MAX(held_on) FROM lesson WHERE school_id = ? AND held_on BETWEEN ? AND ?"
#: What everyday answers are called is no kind of a lesson: kinds that are marked for all are.
WORKS = """
SELECT l.teaching_group_id, k.name, COUNT(DISTINCT l.id)
FROM lesson l
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id AND w.marks_expected
JOIN work_kind k ON k.id = w.work_kind_id
WHERE l.school_id = ? AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL AND l.ends_at <= ?
GROUP BY l.teaching_group_id, k.name
ORDER BY k.name
"""


def get_year_lessons(school_id: int, today: date, now: datetime) -> YearLessons | None:
    """Lessons of the school year that a local day belongs to (the last one in summer), given up
    to a moment; None for a school without years."""
    years = fetch_all(YEAR, (school_id, today))
    if not years:
        return None
    year_id, from_on, until_on = years[0][0], as_date(years[0][1]), as_date(years[0][2])
    moment = to_milliseconds(now)
    span = (school_id, from_on, until_on)
    lessons = {row[0]: row[1:] for row in fetch_all(LESSONS, (*(moment,) * 4, *span))}
    slots = _slots_ahead(school_id, from_on, until_on)
    works: dict[int, Counter[str]] = {}
    for group_id, kind, count in fetch_all(WORKS, (*span, moment)):
        works.setdefault(group_id, Counter())[kind] = count
    teachers: dict[int, list[str]] = {}
    for group_id, *name in fetch_all(TEACHERS, (school_id, today, today)):
        teachers.setdefault(group_id, []).append(full_name(*name))
    groups = []
    for group_id, class_id, grade, letter, name, subject, in_week, in_year in fetch_all(
        GROUPS, (school_id, year_id)
    ):
        planned = None
        if in_week is not None:
            planned = hours_of_year(
                Fraction(in_week), None if in_year is None else Fraction(in_year), grade
            )
        given, substituted, extra, cancelled, ahead = map(int, lessons.get(group_id, (0,) * 5))
        groups.append(
            GroupLessons(
                group_id,
                class_id,
                f"{grade}{letter}" if class_id else "",
                name,
                subject,
                ", ".join(teachers.get(group_id, [])),
                LessonCounts(
                    planned,
                    given,
                    substituted,
                    extra,
                    cancelled,
                    ahead + slots[group_id],
                    works.get(group_id, {}),
                ),
            )
        )
    return YearLessons(from_on, until_on, tuple(groups))


def _slots_ahead(school_id: int, from_on: date, until_on: date) -> Counter[int]:
    """Lessons of the timetable that are yet to be made, by group."""
    ((made_until,),) = fetch_all(MADE_UNTIL, (school_id, from_on, until_on))
    first = as_date(made_until) + timedelta(days=1) if made_until else from_on
    return count_slots(school_id, first, until_on)
