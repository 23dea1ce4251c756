"""Requests to change what is locked (H2)."""

from peewee import SQL, CharField, Check, TextField

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School
from school.models.register import Work
from school.models.results import PeriodResult
from school.models.timetable import Lesson


class ChangeRequest(BaseModel):
    """A teacher asks to change a locked cell; the deputy head opens it until a moment, or
    declines with a word."""

    OPENED, DECLINED = "opened", "declined"

    school = link(School)
    #: The cell: a field of a pupil, in this lesson or for this work; or a result.
    lesson = link(Lesson, null=True)
    work = link(Work, null=True)
    result = link(PeriodResult, null=True)
    pupil = link(Person)
    field = CharField(max_length=16)
    #: What stood there, and what is to stand there.
    was = CharField(max_length=16, constraints=[Check("was <> ''")])
    wanted = CharField(max_length=16, default="")
    reason = TextField(constraints=[Check("reason <> ''")])
    asked_at = MomentField()
    asked_by = link(Person)
    request = CharField(max_length=40, unique=True, column_name="request_id")
    decision = CharField(
        max_length=8, default="", constraints=[Check("decision IN ('', 'opened', 'declined')")]
    )
    decided_at = MomentField(null=True)
    decided_by = link(Person, null=True)
    word = TextField(default="")
    #: The last moment in which the cell is open.
    open_until = MomentField(null=True)
    #: When it was first changed while open.
    changed_at = MomentField(null=True)

    class Meta:
        indexes = ((("school", "lesson"), False), (("school", "asked_at"), False))
        constraints = [
            Check("(decision = '') = (decided_at IS NULL)"),
            Check("(decision = 'opened') = (open_until IS NOT NULL)"),
            Check("(lesson_id IS NULL) = (result_id IS NOT NULL)"),
        ]


# At most one undecided request per cell. A unique index lets NULLs repeat: attendance has no work.
ChangeRequest.add_index(
    ChangeRequest.index(
        ChangeRequest.work,
        ChangeRequest.pupil,
        ChangeRequest.field,
        unique=True,
        where=SQL("decision = ''"),
        name="change_request_one_of_work",
    )
)
ChangeRequest.add_index(
    ChangeRequest.index(
        ChangeRequest.lesson,
        ChangeRequest.pupil,
        ChangeRequest.field,
        unique=True,
        where=SQL("decision = '' AND work_id IS NULL"),
        name="change_request_one_of_lesson",
    )
)
ChangeRequest.add_index(
    ChangeRequest.index(
        ChangeRequest.result,
        unique=True,
        where=SQL("decision = '' AND result_id IS NOT NULL"),
        name="change_request_one_of_result",
    )
)
