"""Lessons of a teacher's day, and the head of one lesson."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.rules.access import LessonPlace
from school.rules.marks import EXTRACURRICULAR


@dataclass(frozen=True, slots=True)
class LessonHead:
    """A lesson as its page's heading names it, and what decides who may open it."""

    lesson_id: int
    school_id: int
    school_name: str
    time_zone: str
    group_id: int
    group_name: str
    subject: str
    marking: str
    grade: int | None
    held_on: date
    lesson_number: int
    starts_at: datetime
    ends_at: datetime
    room: str
    topic: str
    material: str
    is_cancelled: bool
    teacher_id: int
    teacher_name: str
    attendance_taken_at: datetime | None
    attendance_taken_by: str
    year_from_on: date
    place: LessonPlace
    subject_id: int
    #: Whom a substitute stands in for.
    acting_for_id: int | None = None
    #: Внеурочная деятельность: attendance and no marks.
    is_extracurricular: bool = False

    @property
    def starts(self) -> str:
        return f"{local(self.starts_at, self.time_zone):%H:%M}"

    @property
    def ends(self) -> str:
        return f"{local(self.ends_at, self.time_zone):%H:%M}"

    def stands_in(self, person_id: int) -> bool:
        """Whether the person holds this lesson instead of the group's own teachers."""
        return (
            person_id == self.teacher_id
            and bool(self.place.group_teacher_ids)
            and person_id not in self.place.group_teacher_ids
        )


# A line for each of the group's own teachers of that day.
HEAD = """
SELECT l.id, l.school_id, s.name, s.time_zone, l.teaching_group_id, g.name, j.name, g.marking,
       c.grade, l.held_on, l.lesson_number, l.starts_at, l.ends_at, l.room, l.topic, l.material,
       l.cancelled_at, l.teacher_id, t.surname, t.given_name, t.patronymic,
       l.attendance_taken_at, a.surname, a.given_name, a.patronymic, y.from_on,
       g.subject_id,
       (SELECT MAX(h.teacher_was_id) FROM lesson_change h
        WHERE h.school_id = l.school_id AND h.lesson_id = l.id AND h.kind = 'substitution'
          AND h.replaced_at IS NULL AND h.teacher_is_id = l.teacher_id),
       g.is_extracurricular, x.teacher_id
FROM lesson l
JOIN school s ON s.id = l.school_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN school_year y ON y.id = g.school_year_id
JOIN subject j ON j.id = g.subject_id
JOIN person t ON t.id = l.teacher_id
LEFT JOIN school_class c ON c.id = g.school_class_id
LEFT JOIN person a ON a.id = l.attendance_taken_by_id
LEFT JOIN group_teacher x ON x.school_id = l.school_id AND x.teaching_group_id = g.id
  AND x.from_on <= l.held_on AND (x.until_on IS NULL OR x.until_on >= l.held_on)
WHERE l.id = ?
"""

CLASSES = """
SELECT DISTINCT e.school_class_id
FROM group_membership m
JOIN enrolment e ON e.pupil_id = m.pupil_id AND e.school_id = m.school_id
WHERE m.school_id = ? AND m.teaching_group_id = ?
  AND m.from_on <= ? AND (m.until_on IS NULL OR m.until_on >= ?)
  AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
"""


def list_lesson_classes(lesson: LessonHead) -> frozenset[int]:
    """Ids of the classes that the pupils of a lesson were in on its day."""
    days = (lesson.held_on,) * 4
    rows = fetch_all(CLASSES, (lesson.school_id, lesson.group_id, *days))
    return frozenset(class_id for (class_id,) in rows)


def find_lesson(lesson_id: int) -> LessonHead | None:
    """The head of a lesson, or None."""
    rows = fetch_all(HEAD, (lesson_id,))
    if not rows:
        return None
    row = rows[0]
    lesson_id, school_id, school_name, time_zone, group_id, group_name, subject = row[:7]
    marking, grade, day = row[7:10]
    return LessonHead(
        lesson_id=lesson_id,
        school_id=school_id,
        school_name=school_name,
        time_zone=time_zone,
        group_id=group_id,
        group_name=group_name,
        subject=subject,
        marking=EXTRACURRICULAR if row[28] else marking,
        grade=grade,
        held_on=as_date(day),
        lesson_number=row[10],
        starts_at=from_milliseconds(row[11]),
        ends_at=from_milliseconds(row[12]),
        room=row[13],
        topic=row[14],
        material=row[15],
        is_cancelled=row[16] is not None,
        teacher_id=row[17],
        teacher_name=full_name(*row[18:21]),
        attendance_taken_at=None if row[21] is None else from_milliseconds(row[21]),
        attendance_taken_by=full_name(*row[22:25]) if row[22] else "",
        year_from_on=as_date(row[25]),
        place=LessonPlace(
            school_id=school_id,
            teacher_id=row[17],
            group_teacher_ids=frozenset(line[29] for line in rows if line[29] is not None),
        ),
        subject_id=row[26],
        acting_for_id=row[27],
        is_extracurricular=bool(row[28]),
    )


def full_name(surname: str, given_name: str, patronymic: str) -> str:
    """«Иванова Мария Петровна», also without a patronymic."""
    return " ".join(filter(None, (surname, given_name, patronymic)))


@dataclass(frozen=True, slots=True)
class DayLesson:
    """A line of a teacher's day."""

    lesson_id: int
    lesson_number: int
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    school_name: str
    subject: str
    group_name: str
    room: str
    topic: str
    is_taken: bool
    is_cancelled: bool
    #: The teacher stands in for somebody; somebody stands in for the teacher.
    stands_in: bool
    is_replaced: bool

    @property
    def starts(self) -> str:
        return f"{local(self.starts_at, self.time_zone):%H:%M}"

    @property
    def ends(self) -> str:
        return f"{local(self.ends_at, self.time_zone):%H:%M}"


# A lesson is in a teacher's day as its teacher (also a substitute) or as one of its group's own
# teachers (also where somebody stands in for them).
_DAY_COLUMNS = """
l.id, l.lesson_number, l.starts_at, l.ends_at, s.time_zone, s.name, j.name, g.name, l.room,
l.topic, l.attendance_taken_at IS NOT NULL, l.cancelled_at IS NOT NULL, l.teacher_id
"""
_DAY_JOINS = """
JOIN school s ON s.id = l.school_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
"""
DAY = f"""
SELECT 'teacher', {_DAY_COLUMNS}
FROM lesson l {_DAY_JOINS}
WHERE l.held_on = ? AND l.teacher_id = ?
UNION ALL
SELECT 'group', {_DAY_COLUMNS}
FROM group_teacher w
JOIN lesson l ON l.school_id = w.school_id AND l.teaching_group_id = w.teaching_group_id
{_DAY_JOINS}
WHERE l.held_on = ? AND w.teacher_id = ? AND w.from_on <= ?
  AND (w.until_on IS NULL OR w.until_on >= ?)
"""


def list_day(teacher_id: int, day: date) -> tuple[DayLesson, ...]:
    """The lessons a teacher has on a day, in order of time, with substitutions both ways."""
    ways: dict[int, set[str]] = {}
    found: dict[int, tuple[Any, ...]] = {}
    for way, *row in fetch_all(DAY, (day, teacher_id, day, teacher_id, day, day)):
        ways.setdefault(row[0], set()).add(way)
        found[row[0]] = tuple(row)
    lessons = [
        DayLesson(
            lesson_id=row[0],
            lesson_number=row[1],
            starts_at=from_milliseconds(row[2]),
            ends_at=from_milliseconds(row[3]),
            time_zone=row[4],
            school_name=row[5],
            subject=row[6],
            group_name=row[7],
            room=row[8],
            topic=row[9],
            is_taken=bool(row[10]),
            is_cancelled=bool(row[11]),
            stands_in="group" not in ways[row[0]],
            is_replaced="teacher" not in ways[row[0]],
        )
        for row in found.values()
    ]
    return tuple(sorted(lessons, key=lambda lesson: (lesson.starts_at, lesson.lesson_id)))


NEAREST = """
SELECT MIN(CASE WHEN l.held_on >= ? THEN l.held_on END),
       MAX(CASE WHEN l.held_on < ? THEN l.held_on END)
FROM lesson l WHERE l.teacher_id = ?
"""


def find_nearest_day(teacher_id: int, day: date) -> date | None:
    """The next day with lessons of a teacher, else the last one before, else None."""
    ahead, behind = fetch_all(NEAREST, (day, day, teacher_id))[0]
    return as_date(ahead) or as_date(behind)
