"""The base timetable, the lessons made ahead from it, and the changes of them."""

from peewee import SQL, CharField, Check, DateField, SmallIntegerField, TextField

from school.models.base import BaseModel, Dated, link
from school.models.classes import TeachingGroup
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import BellSchedule, School


class TimetableEntry(Dated):
    """A lesson of the week; `week_parity` is empty, «odd» or «even»."""

    school = link(School)
    teaching_group = link(TeachingGroup)
    teacher = link(Person)
    bell_schedule = link(BellSchedule)
    weekday = SmallIntegerField(constraints=[Check("weekday BETWEEN 1 AND 7")])
    lesson_number = SmallIntegerField(constraints=[Check("lesson_number BETWEEN 0 AND 15")])
    room = CharField(default="")
    week_parity = CharField(default="", constraints=[Check("week_parity IN ('', 'odd', 'even')")])

    class Meta:
        indexes = (
            (
                ("school", "teaching_group", "weekday", "lesson_number", "week_parity", "from_on"),
                True,
            ),
        )


class Lesson(BaseModel):
    """A lesson of a day, made ahead, with a stable id. The row says how it is now; what it was
    before stands in `lesson_change`. A cancelled lesson stays."""

    school = link(School)
    teaching_group = link(TeachingGroup)
    teacher = link(Person)
    held_on = DateField()
    lesson_number = SmallIntegerField(constraints=[Check("lesson_number BETWEEN 0 AND 15")])
    starts_at = MomentField()
    ends_at = MomentField()
    room = CharField(default="")
    topic = TextField(default="")
    material = TextField(default="")
    #: «Посещаемость отмечена» is an act of a teacher, not an empty field.
    attendance_taken_at = MomentField(null=True)
    attendance_taken_by = link(Person, null=True)
    cancelled_at = MomentField(null=True)

    class Meta:
        constraints = [
            Check("starts_at < ends_at"),
            Check("(attendance_taken_at IS NULL) = (attendance_taken_by_id IS NULL)"),
        ]
        indexes = (
            (("school", "teaching_group", "held_on", "lesson_number"), True),
            (("school", "held_on"), False),
            (("teacher", "held_on"), False),
        )


Lesson.add_index(
    Lesson.index(
        Lesson.school,
        Lesson.ends_at,
        where=SQL("attendance_taken_at IS NULL AND cancelled_at IS NULL"),
        name="lesson_still_open",
    )
)


class LessonChange(BaseModel):
    """A change of the timetable for one lesson: was, is, announced when and by whom."""

    KINDS = ("substitution", "move", "cancellation", "extra", "room")

    school = link(School)
    lesson = link(Lesson)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    announced_at = MomentField()
    announced_by = link(Person)
    reason = TextField(default="")
    teacher_was = link(Person, null=True)
    teacher_is = link(Person, null=True)
    held_on_was = DateField(null=True)
    held_on_is = DateField(null=True)
    lesson_number_was = SmallIntegerField(null=True)
    lesson_number_is = SmallIntegerField(null=True)
    room_was = CharField(default="")
    room_is = CharField(default="")

    class Meta:
        indexes = (
            (("school", "lesson"), False),
            (("school", "held_on_was"), False),
        )
