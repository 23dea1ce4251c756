"""Visits: who came to ask, since when they wait, who answered what (C6)."""

from peewee import CharField, Check, TextField

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School
from school.models.regulations import RegulationVersion
from school.models.requests import ServiceRequest


class Visit(BaseModel):
    """Somebody at the door (личный приём): arrived, begun, answered; or gone without an answer."""

    ENDINGS = ("", "answered", "left")

    school = link(School)
    #: As they said it: who they are, about whom.
    visitor = CharField(max_length=250, constraints=[Check("visitor <> ''")])
    pupil = link(Person, null=True)
    arrived_at = MomentField()
    logged_by = link(Person)
    #: What their waiting is judged by, and until when it may last.
    regulation_version = link(RegulationVersion)
    due_at = MomentField()
    #: Who is to see them; NULL: whoever is free.
    holder = link(Person, null=True)
    begun_at = MomentField(null=True)
    begun_by = link(Person, null=True)
    question = TextField(default="")
    answer = TextField(default="")
    ending = CharField(max_length=8, default="", constraints=[Check(f"ending IN {ENDINGS!r}")])
    ended_at = MomentField(null=True)
    ended_by = link(Person, null=True)
    #: A request that was made at the visit: what it gives is given at once.
    service_request = link(ServiceRequest, null=True)
    request = CharField(max_length=60, unique=True, column_name="request_id")

    class Meta:
        constraints = [
            Check("(ending <> '') = (ended_at IS NOT NULL)"),
            Check("ending <> 'answered' OR begun_at IS NOT NULL"),
            Check("begun_at IS NULL OR begun_at >= arrived_at"),
        ]
        indexes = (
            (("school", "arrived_at"), False),
            (("school", "ending"), False),
            (("holder",), False),
            (("service_request",), False),
        )


class VisitStep(BaseModel):
    """What happened at a visit, one line each. Written once, never altered (triggers)."""

    STEPS = ("arrived", "passed_on", "begun", "answered", "left")

    visit = link(Visit)
    at = MomentField()
    actor = link(Person)
    step = CharField(max_length=10, constraints=[Check(f"step IN {STEPS!r}")])
    #: To whom it was passed on.
    colleague = link(Person, null=True)
    note = TextField(default="")
    request = CharField(default="", column_name="request_id")

    class Meta:
        indexes = ((("visit",), False),)
