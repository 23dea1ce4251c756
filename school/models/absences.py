"""Excuses: absences that somebody told the class teacher of (H9)."""

from peewee import CharField, Check, DateField, TextField

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School


class Excuse(BaseModel):
    """A representative (an adult pupil, the class teacher who was called) tells of an absence,
    before or after it; the class teacher accepts or declines."""

    REASONS = ("ill", "family", "other")
    ACCEPTED, DECLINED, WITHDRAWN = "accepted", "declined", "withdrawn"
    DECISIONS = ("", ACCEPTED, DECLINED, WITHDRAWN)

    school = link(School)
    pupil = link(Person)
    #: Both inclusive.
    from_on = DateField()
    until_on = DateField()
    #: Of a single day a part: from a local time «10:30» on, until one; empty: from its beginning,
    #: to its end.
    starts = CharField(max_length=5, default="")
    ends = CharField(max_length=5, default="")
    reason = CharField(max_length=8, constraints=[Check(f"reason IN {REASONS!r}")])
    words = TextField(default="")
    asked_at = MomentField()
    asked_by = link(Person)
    request = CharField(max_length=40, unique=True, column_name="request_id")
    decision = CharField(
        max_length=10, default="", constraints=[Check(f"decision IN {DECISIONS!r}")]
    )
    decided_at = MomentField(null=True)
    decided_by = link(Person, null=True)
    word = TextField(default="")
    #: What an absence of its span is for, once it is accepted: a code of attendance.
    code = CharField(max_length=4, default="")

    class Meta:
        indexes = ((("school", "pupil", "until_on"), False), (("pupil", "until_on"), False))
        constraints = [
            Check("from_on <= until_on"),
            Check("(starts = '' AND ends = '') OR from_on = until_on"),
            Check("starts = '' OR ends = '' OR starts < ends"),
            Check("(decision = '') = (decided_at IS NULL)"),
            Check("(decision = 'accepted') = (code <> '')"),
        ]
