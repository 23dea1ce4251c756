"""Changes of the timetable in this week and the next: substitutions, moves, cancellations."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from school import clock
from school.demo.groups import COMMON_ROOMS, Teacher
from school.demo.lessons import LessonPlan, busy_teachers, last_numbers
from school.demo.people import ClassPlan
from school.demo.places import BELLS, Place
from school.demo.storage import insert_numbered, update_many
from school.models import LessonChange
from school.models.fields import to_milliseconds

#: No lesson is moved to a later one.
LAST_BELL = 7

REASONS = {
    "substitution": ("Учитель отсутствует", "Учитель на курсах повышения квалификации"),
    "cancellation": ("Учитель отсутствует", "Школьный концерт в актовом зале"),
    "move": ("Учитель сопровождает команду на олимпиаду", "По просьбе учителя"),
    "room": ("Ремонт кабинета", "Кабинет занят под пробный экзамен"),
}
#: What happens to the demo class in a week, and to another class.
IN_DEMO_CLASS = ("move", "cancellation", "substitution", "room")
ELSEWHERE = ("substitution", "cancellation", "room")

UPDATE_LESSON = """
UPDATE lesson SET teacher_id = ?, held_on = ?, lesson_number = ?, starts_at = ?, ends_at = ?,
       room = ?, cancelled_at = ?
WHERE id = ?
"""


@dataclass(slots=True)
class ChangeMaker:
    """Changes lessons of a school, keeping its timetable free of clashes."""

    rng: random.Random
    place: Place
    lessons: list[LessonPlan]
    teachers: list[Teacher]
    announced_by: int
    #: The present moment; nothing is announced after it.
    moment: int
    #: Whose lessons are left alone, so that the demo teacher has an ordinary week.
    spared: Teacher
    rows: list[dict[str, Any]] = field(default_factory=list)
    updates: list[tuple[Any, ...]] = field(default_factory=list)
    newest_at: dict[int, int] = field(default_factory=dict)
    busy: Counter[tuple[int, date, int]] = field(init=False)
    last: dict[tuple[int, date], int] = field(init=False)
    #: How many groups of a class have lessons at a time: two where it is held in parts.
    groups_at: Counter[tuple[int, date, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.groups_at = Counter(
            (school_class.class_id, lesson.held_on, lesson.number)
            for lesson in self.lessons
            for school_class in lesson.course.classes
        )
        self.busy = busy_teachers(self.lessons)
        self.last = last_numbers(self.lessons)

    def make(self, weeks: list[date], demo_class: ClassPlan, classes: list[ClassPlan]) -> None:
        """Make the changes of some weeks, given by their Mondays, and write them down."""
        others = [c for c in classes if c is not demo_class] or classes
        for monday in weeks:
            for kind in IN_DEMO_CLASS:
                self._change(kind, monday, demo_class)
            other = self.rng.choice(others)
            for kind in ELSEWHERE:
                self._change(kind, monday, other)
        insert_numbered(LessonChange, self.rows)
        update_many(UPDATE_LESSON, self.updates)

    def _change(self, kind: str, monday: date, school_class: ClassPlan) -> None:
        """Do one change to the first lesson of a class's week that allows it."""
        act: Callable[[LessonPlan], dict[str, Any] | None] = {
            "substitution": self._substitute,
            "cancellation": self._cancel,
            "move": self._move,
            "room": self._change_room,
        }[kind]
        lessons = [
            lesson
            for lesson in self.lessons
            if monday <= lesson.held_on < monday + timedelta(days=7)
            and not lesson.is_changed
            and lesson.course.kind == "class"
            and lesson.course.classes == (school_class,)
            and lesson.course.teacher is not self.spared
        ]
        self.rng.shuffle(lessons)
        if kind == "substitution":
            lessons.sort(key=lambda lesson: not self._colleagues(lesson))
        for lesson in lessons:
            first_day = lesson.held_on
            change = act(lesson)
            if change is not None:
                self._note(lesson, kind, change, min(first_day, lesson.held_on))
                return

    def _substitute(self, lesson: LessonPlan) -> dict[str, Any] | None:
        free = self._colleagues(lesson) or self._free(lesson)
        if not free:
            return None
        substitute = self.rng.choice(free)
        time = lesson.held_on, lesson.number
        was, lesson.teacher_id = lesson.teacher_id, substitute.person_id
        self.busy[was, *time] -= 1
        self.busy[substitute.person_id, *time] += 1
        return {"teacher_was": was, "teacher_is": substitute.person_id}

    def _free(self, lesson: LessonPlan) -> list[Teacher]:
        """Who has no lesson at that time."""
        return [
            teacher
            for teacher in self.teachers
            if not self.busy[teacher.person_id, lesson.held_on, lesson.number]
            and teacher is not lesson.course.teacher
        ]

    def _colleagues(self, lesson: LessonPlan) -> list[Teacher]:
        """Those of them who teach the same subjects."""
        specialty = lesson.course.teacher.specialty
        return [teacher for teacher in self._free(lesson) if teacher.specialty == specialty]

    def _cancel(self, lesson: LessonPlan) -> dict[str, Any] | None:
        if not self._is_last(lesson):
            return None
        lesson.is_cancelled = True
        # Its place in the day stays taken: the lesson is still shown there.
        self.busy[lesson.teacher_id, lesson.held_on, lesson.number] -= 1
        return {}

    def _move(self, lesson: LessonPlan) -> dict[str, Any] | None:
        """To the end of another day of the week on which the teacher is free."""
        if not self._is_last(lesson):
            return None
        class_id = lesson.course.classes[0].class_id
        has_lesson = {(other.course.group_id, other.held_on) for other in self.lessons}
        for (day_class_id, day), last in self.last.items():
            number = last + 1
            fits = (
                day_class_id == class_id
                and (lesson.course.group_id, day) not in has_lesson
                and day.isocalendar()[:2] == lesson.held_on.isocalendar()[:2]
                and number <= LAST_BELL
                and not self.busy[lesson.teacher_id, day, number]
            )
            if fits:
                break
        else:
            return None
        self.busy[lesson.teacher_id, lesson.held_on, lesson.number] -= 1
        self.last[class_id, lesson.held_on] -= 1
        was = lesson.held_on, lesson.number
        lesson.held_on, lesson.number = day, number
        starts_at, ends_at = BELLS[number - 1]
        zone = self.place.plan.time_zone
        lesson.starts_at = to_milliseconds(clock.moment_of(day, starts_at, zone))
        lesson.ends_at = to_milliseconds(clock.moment_of(day, ends_at, zone))
        self.last[class_id, day] = number
        self.busy[lesson.teacher_id, day, number] += 1
        return {
            "held_on_was": was[0],
            "held_on_is": day,
            "lesson_number_was": was[1],
            "lesson_number_is": number,
        }

    def _change_room(self, lesson: LessonPlan) -> dict[str, Any] | None:
        if lesson.room in COMMON_ROOMS.values():
            return None
        busy_rooms = {
            other.room
            for other in self.lessons
            if (other.held_on, other.number) == (lesson.held_on, lesson.number)
        }
        free = [t.room for t in self.teachers if t.room not in busy_rooms]
        if not free:
            return None
        was, lesson.room = lesson.room, self.rng.choice(free)
        return {"room_was": was, "room_is": lesson.room}

    def _is_last(self, lesson: LessonPlan) -> bool:
        """Whether the class has nothing more that day, nor anything beside this lesson."""
        class_id = lesson.course.classes[0].class_id
        return (
            self.last[class_id, lesson.held_on] == lesson.number
            and self.groups_at[class_id, lesson.held_on, lesson.number] == 1
        )

    def _announced_at(self, first_day: date) -> int:
        """The afternoon of the last school day before, or of the last one that is over."""
        year, plan = self.place.year, self.place.plan
        clock_time = f"15:{self.rng.randrange(60):02}"
        day = first_day
        while True:
            day -= timedelta(days=1)
            at = to_milliseconds(clock.moment_of(day, clock_time, plan.time_zone))
            is_over = at < self.moment
            if is_over and (year.is_school_day(day, plan.days_in_week) or day < year.from_on):
                return at

    def _note(self, lesson: LessonPlan, kind: str, change: dict[str, Any], first_day: date) -> None:
        lesson.is_changed = True
        announced_at = self._announced_at(first_day)
        empty = dict.fromkeys(
            ("teacher_was", "teacher_is", "held_on_was", "held_on_is",
             "lesson_number_was", "lesson_number_is")
        )  # fmt: skip
        self.rows.append(
            {
                "school": self.place.school_id,
                "lesson": lesson.lesson_id,
                "kind": kind,
                "announced_at": announced_at,
                "announced_by": self.announced_by,
                "reason": self.rng.choice(REASONS[kind]),
                "room_was": "",
                "room_is": "",
                "is_undoing": False,
                "is_joint": False,
                "override": "",
                **empty,
                **change,
            }
        )
        self.updates.append(
            (
                lesson.teacher_id,
                lesson.held_on,
                lesson.number,
                lesson.starts_at,
                lesson.ends_at,
                lesson.room,
                announced_at if lesson.is_cancelled else None,
                lesson.lesson_id,
            )
        )
        group_id = lesson.course.group_id
        self.newest_at[group_id] = max(announced_at, self.newest_at.get(group_id, 0))
