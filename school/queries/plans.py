"""Lesson plans, and lessons that a topic can be copied to."""

from dataclasses import dataclass
from datetime import date, timedelta

from school.database import as_date, fetch_all
from school.queries.lessons import LessonHead

#: A parallel class has the same lesson this near.
NEAR = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class PlanTopic:
    ordinal: int
    topic: str
    material: str
    homework: str


# The plan goes on after the last of its topics that a lesson up to this one has.
NEXT_TOPIC = """
SELECT p.ordinal, p.topic, p.material, p.homework
FROM lesson_plan_topic p
WHERE p.school_id = ? AND p.teaching_group_id = ? AND p.ordinal > COALESCE((
    SELECT MAX(q.ordinal) FROM lesson_plan_topic q
    JOIN lesson l ON l.school_id = q.school_id AND l.teaching_group_id = q.teaching_group_id
         AND l.topic = q.topic
    WHERE q.school_id = ? AND q.teaching_group_id = ?
      AND (l.held_on < ? OR (l.held_on = ? AND l.lesson_number <= ?))), 0)
ORDER BY p.ordinal LIMIT 1
"""


def find_next_topic(lesson: LessonHead) -> PlanTopic | None:
    """What the group's plan has for a lesson, or None: no plan, or its end."""
    group = (lesson.school_id, lesson.group_id)
    day = lesson.held_on
    rows = fetch_all(NEXT_TOPIC, (*group, *group, day, day, lesson.lesson_number))
    return PlanTopic(*rows[0]) if rows else None


@dataclass(frozen=True, slots=True)
class ParallelLesson:
    """A lesson of the same subject and grade in another class."""

    lesson_id: int
    group_name: str
    held_on: date
    lesson_number: int
    topic: str


PARALLEL = """
SELECT l.id, g.name, l.held_on, l.lesson_number, l.topic
FROM lesson l
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN teaching_group own ON own.id = ?
LEFT JOIN school_class c ON c.id = g.school_class_id
LEFT JOIN school_class oc ON oc.id = own.school_class_id
WHERE l.school_id = ? AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL
  AND g.id <> own.id AND g.subject_id = own.subject_id
  AND (c.grade = oc.grade OR (c.grade IS NULL AND oc.grade IS NULL))
  AND (l.teacher_id = ? OR EXISTS (
      SELECT 1 FROM group_teacher w WHERE w.school_id = l.school_id
        AND w.teaching_group_id = g.id AND w.teacher_id = ? AND w.from_on <= l.held_on
        AND (w.until_on IS NULL OR w.until_on >= l.held_on)))
ORDER BY l.held_on, l.lesson_number, g.name
"""


def list_parallel_lessons(lesson: LessonHead, teacher_id: int) -> tuple[ParallelLesson, ...]:
    """The teacher's lessons in parallel classes around this one."""
    span = (lesson.held_on - NEAR, lesson.held_on + NEAR)
    rows = fetch_all(PARALLEL, (lesson.group_id, lesson.school_id, *span, teacher_id, teacher_id))
    return tuple(ParallelLesson(r[0], r[1], as_date(r[2]), r[3], r[4]) for r in rows)
