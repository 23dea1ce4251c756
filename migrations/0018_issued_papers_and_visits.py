"""What is given out in writing, and visits: a frozen copy of what this step adds."""

from typing import Any

from peewee import (
    CharField,
    Check,
    DateField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from school.database import database
from school.models.fields import MomentField


class BaseModel(Model):
    class Meta:
        database = database
        legacy_table_names = False


def link(model: Any, **options: Any) -> ForeignKeyField:
    options.setdefault("index", False)
    return ForeignKeyField(model, backref="+", **options)


class School(BaseModel):
    """What the new tables refer to, as those below."""


class SchoolYear(BaseModel):
    pass


class Person(BaseModel):
    pass


class Paper(BaseModel):
    pass


class ServiceRequest(BaseModel):
    pass


class RegulationVersion(BaseModel):
    pass


class IssuedPaper(BaseModel):
    school = link(School)
    school_year = link(SchoolYear)
    kind = CharField(
        max_length=32, constraints=[Check("kind IN ('extract', 'written_information')")]
    )
    ordinal = IntegerField(constraints=[Check("ordinal > 0")])
    service_request = link(ServiceRequest)
    pupil = link(Person)
    recipient = CharField(max_length=250, constraints=[Check("recipient <> ''")])
    from_on = DateField()
    until_on = DateField()
    made_on = DateField()
    at = MomentField()
    made_by = link(Person)
    head = CharField(max_length=250, default="")
    content = TextField()
    checksum = CharField(max_length=64)
    last_entry_at = MomentField(null=True)
    request = CharField(max_length=60, unique=True, column_name="request_id")

    class Meta:
        constraints = [Check("until_on IS NULL OR from_on <= until_on")]
        indexes = (
            (("school", "school_year", "kind", "ordinal"), True),
            (("service_request",), False),
            (("school", "at"), False),
        )


class IssuedHandOver(BaseModel):
    issued_paper = link(IssuedPaper, unique=True)
    school = link(School)
    at = MomentField()
    giver = link(Person)
    way = CharField(max_length=10, constraints=[Check("way IN ('in_person', 'post')")])
    taker = CharField(max_length=250, constraints=[Check("taker <> ''")])
    note = CharField(max_length=250, default="")
    paper = link(Paper)
    points = SmallIntegerField()
    source_checksum = CharField(max_length=64)
    request = CharField(max_length=60, unique=True, column_name="request_id")

    class Meta:
        indexes = ((("school", "at"), False),)


class Visit(BaseModel):
    school = link(School)
    visitor = CharField(max_length=250, constraints=[Check("visitor <> ''")])
    pupil = link(Person, null=True)
    arrived_at = MomentField()
    logged_by = link(Person)
    regulation_version = link(RegulationVersion)
    due_at = MomentField()
    holder = link(Person, null=True)
    begun_at = MomentField(null=True)
    begun_by = link(Person, null=True)
    question = TextField(default="")
    answer = TextField(default="")
    ending = CharField(
        max_length=8, default="", constraints=[Check("ending IN ('', 'answered', 'left')")]
    )
    ended_at = MomentField(null=True)
    ended_by = link(Person, null=True)
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
    visit = link(Visit)
    at = MomentField()
    actor = link(Person)
    step = CharField(
        max_length=10,
        constraints=[Check("step IN ('arrived', 'passed_on', 'begun', 'answered', 'left')")],
    )
    colleague = link(Person, null=True)
    note = TextField(default="")
    request = CharField(default="", column_name="request_id")

    class Meta:
        indexes = ((("visit",), False),)


def up(migrator: Any, db: Any) -> None:
    db.create_tables([IssuedPaper, IssuedHandOver, Visit, VisitStep], safe=False)
