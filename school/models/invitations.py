"""Invitation codes and their way from hand to hand (A5–A7, A9)."""

from peewee import BooleanField, CharField, Check, TextField

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School


class Invitation(BaseModel):
    """A code for one named person: to register, or to choose a new password. Only its keyed hash
    is kept; it works once and until its end."""

    KINDS = ("guardian", "pupil", "staff")
    PURPOSES = ("registration", "password")
    WAYS = ("slip", "letter")

    school = link(School)
    person = link(Person)
    #: As what the person is invited.
    kind = CharField(max_length=8, constraints=[Check(f"kind IN {KINDS!r}")])
    #: Whose diary: the child, the pupil; nobody's for staff.
    pupil = link(Person, null=True)
    purpose = CharField(max_length=12, constraints=[Check(f"purpose IN {PURPOSES!r}")])
    way = CharField(max_length=6, constraints=[Check(f"way IN {WAYS!r}")])
    code_hash = CharField(max_length=64, unique=True)
    made_at = MomentField()
    #: None: the person asked for it by letter.
    made_by = link(Person, null=True)
    #: It works up to this moment, the end of the day that the slip names.
    ends_at = MomentField()
    used_at = MomentField(null=True)
    #: A newer one took its place, or it was called back.
    replaced_at = MomentField(null=True)
    #: Of the form that made it: a form that comes twice makes it once.
    request = CharField(max_length=60, column_name="request_id")

    class Meta:
        constraints = [Check("used_at IS NULL OR replaced_at IS NULL")]
        indexes = (
            (("person", "made_at"), False),
            (("school", "made_at"), False),
            (("request", "person"), True),
        )


class HandOver(BaseModel):
    """A slip that went from hand to hand: from whom, to whom, when, personally. Written once,
    never altered (triggers); taken back by a further row alone."""

    STEPS = ("to_class_teacher", "to_person", "taken_back")

    school = link(School)
    invitation = link(Invitation)
    at = MomentField()
    step = CharField(max_length=16, constraints=[Check(f"step IN {STEPS!r}")])
    #: Who gave it, and wrote it down.
    giver = link(Person)
    taker = link(Person)
    in_person = BooleanField()
    #: The row that this one takes back, and why.
    undoes = link("self", null=True)
    why = TextField(default="")
    request = CharField(max_length=60, column_name="request_id")

    class Meta:
        constraints = [Check("(step = 'taken_back') = (undoes_id IS NOT NULL)")]
        indexes = (
            (("invitation", "request"), True),
            (("school", "at"), False),
        )
