"""What a teacher enters: works and marks, attendance, homework, comments."""

from peewee import (
    SQL,
    BooleanField,
    CharField,
    Check,
    CompositeKey,
    DateField,
    IntegerField,
    SmallIntegerField,
    TextField,
)

from school.models.base import BaseModel, link
from school.models.classes import Subject
from school.models.fields import MomentField, WeightField
from school.models.persons import Person
from school.models.places import School
from school.models.timetable import Lesson


class WorkKind(BaseModel):
    """A kind of work with the weight it usually has in this school."""

    school = link(School)
    name = CharField(constraints=[Check("name <> ''")])
    weight = WeightField(default="1")
    #: Counts for an average «by important works».
    is_important = BooleanField(default=False)
    #: Every present pupil gets a mark for it.
    marks_expected = BooleanField(default=False)
    #: Since when no new work is of this kind, but in subjects that say otherwise.
    retired_on = DateField(null=True)

    class Meta:
        indexes = ((("school", "name"), True),)


class SubjectWorkKind(BaseModel):
    """What one subject has otherwise than the school: a kind of work's weight and the rest."""

    school = link(School)
    subject = link(Subject)
    work_kind = link(WorkKind)
    weight = WeightField(default="1")
    is_important = BooleanField(default=False)
    marks_expected = BooleanField(default=False)
    #: Whether new works of the subject can be of this kind.
    is_offered = BooleanField(default=True)

    class Meta:
        indexes = ((("school", "subject", "work_kind"), True),)


class Work(BaseModel):
    """A column of the register: something marked in a lesson."""

    school = link(School)
    lesson = link(Lesson)
    work_kind = link(WorkKind)
    title = TextField(default="")
    weight = WeightField(default="1")
    ordinal = SmallIntegerField()
    marks_expected = BooleanField(default=False)
    #: By when a «точка» of this work becomes a mark.
    due_on = DateField(null=True)
    #: Since when nobody's mark is missing; empty until a sweep finds it so, and again when a mark
    #: or an attendance of the lesson goes.
    settled_at = MomentField(null=True)
    #: Whether it counts for an average «by important works»; empty: as its kind says.
    is_important = BooleanField(null=True)

    class Meta:
        indexes = ((("school", "lesson", "ordinal"), True),)


# What is owed is found among what is open, however much was ever held.
Work.add_index(
    Work.index(
        Work.school,
        Work.lesson,
        where=SQL("settled_at IS NULL AND marks_expected"),
        name="work_still_open",
    )
)


class Mark(BaseModel):
    """A mark of a pupil for a work; `position` 1 and 2 are two marks in one cell."""

    school = link(School)
    work = link(Work)
    pupil = link(Person)
    position = SmallIntegerField(constraints=[Check("position IN (1, 2)")])
    value = CharField(max_length=8, constraints=[Check("value <> ''")])
    #: The day this pupil did the work, where it was not the lesson's.
    worked_on = DateField(null=True)

    class Meta:
        indexes = ((("school", "work", "pupil", "position"), True),)


Mark.add_index(Mark.index(Mark.school, Mark.work, where=SQL("value = '.'"), name="mark_dots"))


class Attendance(BaseModel):
    """That a pupil missed a lesson or came late; a present pupil has no row."""

    school = link(School)
    lesson = link(Lesson)
    pupil = link(Person)
    code = CharField(max_length=4, constraints=[Check("code <> ''")])
    late_minutes = SmallIntegerField(null=True, constraints=[Check("late_minutes > 0")])

    class Meta:
        indexes = ((("school", "lesson", "pupil"), True),)


class Homework(BaseModel):
    """Homework given in a lesson, for all (`pupil` empty) or for one child alone."""

    school = link(School)
    lesson = link(Lesson)
    pupil = link(Person, null=True)
    text = TextField(constraints=[Check("text <> ''")])

    class Meta:
        indexes = ((("school", "lesson", "pupil"), True),)


# A unique index lets NULLs repeat, and homework for all has no pupil.
Homework.add_index(
    Homework.index(
        Homework.school,
        Homework.lesson,
        unique=True,
        where=SQL("pupil_id IS NULL"),
        name="homework_one_for_all",
    )
)


class LessonComment(BaseModel):
    """A teacher's word on one pupil's lesson, for the family."""

    school = link(School)
    lesson = link(Lesson)
    pupil = link(Person)
    text = TextField(constraints=[Check("text <> ''")])

    class Meta:
        indexes = ((("school", "lesson", "pupil"), True),)


class PageSave(BaseModel):
    """The newest save of a cell that an open page sent and that changed nothing there (history
    knows the others): an older one that arrives later, or the same one doubled, changes nothing."""

    page = CharField(max_length=40)
    cell = CharField(max_length=60)
    sequence = IntegerField()
    at = MomentField()

    class Meta:
        primary_key = CompositeKey("page", "cell")
