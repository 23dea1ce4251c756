"""The base timetable, the lessons made ahead from it, and the changes of them."""

from peewee import SQL, BooleanField, CharField, Check, DateField, SmallIntegerField, TextField

from school.models.base import IN_ORDER, BaseModel, Dated, link
from school.models.classes import SchoolClass, TeachingGroup
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


class TeacherAbsence(Dated):
    """A teacher is not at school, from a day to a day. Why is one of a few words, for the pay
    sheet alone: no diagnosis, no document."""

    REASONS = ("ill", "training", "trip", "leave", "other")

    school = link(School)
    teacher = link(Person)
    reason = CharField(default="other", constraints=[Check(f"reason IN {REASONS!r}")])
    noted_at = MomentField()
    noted_by = link(Person)
    ended_at = MomentField(null=True)

    class Meta:
        constraints = [IN_ORDER]
        indexes = ((("school", "teacher", "from_on"), False),)


class DayChange(Dated):
    """What changes whole days: a day taught by another day's timetable, or the quarantine of a
    class. The lessons it touched have changes of their own that name it."""

    MOVED_DAY, QUARANTINE = "moved_day", "quarantine"

    school = link(School)
    kind = CharField(constraints=[Check(f"kind IN {(MOVED_DAY, QUARANTINE)!r}")])
    #: In quarantine.
    school_class = link(SchoolClass, null=True)
    #: Whose day is moved.
    from_grade = SmallIntegerField(default=1)
    until_grade = SmallIntegerField(default=11)
    #: By the timetable of this day of the week, in an odd or even week.
    weekday = SmallIntegerField(null=True, constraints=[Check("weekday BETWEEN 1 AND 7")])
    week_parity = CharField(default="", constraints=[Check("week_parity IN ('', 'odd', 'even')")])
    #: The class learns at a distance; else its lessons are cancelled.
    is_remote = BooleanField(default=False)
    reason = TextField(default="")
    announced_at = MomentField()
    announced_by = link(Person)
    request = CharField(max_length=40, unique=True, column_name="request_id")
    undone_at = MomentField(null=True)
    undone_by = link(Person, null=True)

    class Meta:
        constraints = [
            IN_ORDER,
            Check("(kind = 'quarantine') = (school_class_id IS NOT NULL)"),
            Check("(kind = 'moved_day') = (weekday IS NOT NULL)"),
        ]
        indexes = ((("school", "from_on"), False),)


class LessonChange(BaseModel):
    """A change of the timetable for one lesson: was, is, announced when and by whom. «Was» is
    what the timetable said before anything was changed, so that a family reads who usually
    teaches. A change is undone by a further one and never deleted."""

    KINDS = ("substitution", "move", "cancellation", "extra", "room")

    school = link(School)
    lesson = link(Lesson)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    announced_at = MomentField()
    announced_by = link(Person)
    #: What the family reads.
    reason = TextField(default="")
    teacher_was = link(Person, null=True)
    teacher_is = link(Person, null=True)
    held_on_was = DateField(null=True)
    held_on_is = DateField(null=True)
    lesson_number_was = SmallIntegerField(null=True)
    lesson_number_is = SmallIntegerField(null=True)
    room_was = CharField(default="")
    room_is = CharField(default="")
    #: It takes back what was changed: the lesson is as the timetable says.
    is_undoing = BooleanField(default=False)
    #: Объединение групп: one teacher has two groups at once.
    is_joint = BooleanField(default=False)
    #: When a later change of this kind took its place.
    replaced_at = MomentField(null=True)
    #: Why a clash that was named was accepted.
    override = TextField(default="")
    day_change = link(DayChange, null=True)
    absence = link(TeacherAbsence, null=True)
    #: Of the form that made an extra lesson: sent twice it is one lesson.
    request = CharField(max_length=40, null=True, unique=True, column_name="request_id")

    class Meta:
        indexes = (
            (("school", "lesson"), False),
            (("school", "held_on_was"), False),
        )
