"""The lessons of the weeks around today, as the register and the changes work on them."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from school.actions.timetable import make_lessons
from school.database import as_date, fetch_all
from school.demo.groups import Course
from school.demo.places import Place

WEEKS_AHEAD = 4

# Fixed SQL gives the moments as the whole numbers that all others are counted from.
LESSONS = """
SELECT id, teaching_group_id, teacher_id, held_on, lesson_number, starts_at, ends_at, room
FROM lesson
WHERE school_id = ?
ORDER BY held_on, lesson_number, id
"""


@dataclass(slots=True)
class LessonPlan:
    """A lesson as it stands in the database; moments in milliseconds."""

    lesson_id: int
    course: Course
    teacher_id: int
    held_on: date
    number: int
    starts_at: int
    ends_at: int
    room: str
    is_cancelled: bool = False
    is_changed: bool = False

    @property
    def substituted_id(self) -> int | None:
        """Whom the teacher stands in for."""
        usual = self.course.teacher.person_id
        return None if self.teacher_id == usual else usual


def lesson_span(place: Place, today: date, weeks: int) -> tuple[date, date]:
    """The days that get lessons: whole weeks before today's, and four weeks ahead."""
    monday = today - timedelta(weeks=weeks, days=today.weekday())
    return (
        max(place.year.from_on, monday),
        min(place.year.until_on, today + timedelta(weeks=WEEKS_AHEAD)),
    )


def make_school_lessons(
    place: Place, courses: list[Course], from_on: date, until_on: date
) -> list[LessonPlan]:
    """Make the lessons of a span of days and read them back, in the order they are held."""
    make_lessons(place.school, from_on, until_on)
    by_group = {course.group_id: course for course in courses}
    return [
        LessonPlan(lesson_id, by_group[group_id], teacher_id, as_date(held_on), *rest)
        for lesson_id, group_id, teacher_id, held_on, *rest in fetch_all(
            LESSONS, (place.school_id,)
        )
    ]


def last_numbers(lessons: list[LessonPlan]) -> dict[tuple[int, date], int]:
    """The number of the last lesson of each class's day."""
    found: dict[tuple[int, date], int] = defaultdict(int)
    for lesson in lessons:
        if not lesson.is_cancelled:
            for school_class in lesson.course.classes:
                key = school_class.class_id, lesson.held_on
                found[key] = max(found[key], lesson.number)
    return found


def busy_teachers(lessons: list[LessonPlan]) -> Counter[tuple[int, date, int]]:
    """How many lessons a teacher has at a time: never more than one."""
    return Counter(
        (lesson.teacher_id, lesson.held_on, lesson.number)
        for lesson in lessons
        if not lesson.is_cancelled
    )
