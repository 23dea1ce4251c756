"""The deputy head's remarks on a journal (E7)."""

from peewee import CharField, Check, DateField, TextField

from school.models.base import BaseModel, link
from school.models.classes import TeachingGroup
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School
from school.models.timetable import Lesson


class Remark(BaseModel):
    """On a group's register: one lesson of it, a span of days, or the whole. The row says how it
    stands now; every step of it stands in `history`."""

    OPEN, FIXED, ACCEPTED, WITHDRAWN = "open", "fixed", "accepted", "withdrawn"
    STATES = (OPEN, FIXED, ACCEPTED, WITHDRAWN)

    school = link(School)
    teaching_group = link(TeachingGroup)
    lesson = link(Lesson, null=True)
    from_on = DateField(null=True)
    until_on = DateField(null=True)
    text = TextField(constraints=[Check("text <> ''")])
    #: The last day on which the fix is in time.
    due_on = DateField()
    made_at = MomentField()
    made_by = link(Person)
    request = CharField(max_length=40, unique=True, column_name="request_id")
    state = CharField(max_length=10, default=OPEN, constraints=[Check(f"state IN {STATES!r}")])
    #: When the teacher said that it is mended, last; stays when it is returned.
    fixed_at = MomentField(null=True)
    fixed_by = link(Person, null=True)
    #: Accepted or withdrawn.
    closed_at = MomentField(null=True)
    closed_by = link(Person, null=True)

    class Meta:
        indexes = (
            (("school", "state"), False),
            (("teaching_group", "state"), False),
            (("lesson",), False),
        )
        constraints = [
            Check("(from_on IS NULL) = (until_on IS NULL)"),
            Check("from_on IS NULL OR from_on <= until_on"),
            Check("lesson_id IS NULL OR from_on IS NULL"),
            Check("(fixed_at IS NULL) = (fixed_by_id IS NULL)"),
            Check("state <> 'fixed' OR fixed_at IS NOT NULL"),
            Check("(state IN ('accepted', 'withdrawn')) = (closed_at IS NOT NULL)"),
        ]
