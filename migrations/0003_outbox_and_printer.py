"""The outbox and the printer: contacts, letters, papers. A frozen copy of what it adds."""

from typing import Any

from peewee import (
    BooleanField,
    CharField,
    Check,
    CompositeKey,
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


class Person(BaseModel):
    """There since 0001; named here to be pointed at."""


class School(BaseModel):
    """There since 0001; named here to be pointed at."""


class Contact(BaseModel):
    KINDS = ("email", "phone")

    person = link(Person)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    address = CharField(constraints=[Check("address <> ''")])
    entered_at = MomentField()
    confirmed_at = MomentField(null=True)
    code_hash = CharField(default="")

    class Meta:
        indexes = ((("person", "kind", "address"), True),)


class Device(BaseModel):
    person = link(Person)
    token_hash = CharField(max_length=64)
    first_seen_at = MomentField()
    seen_at = MomentField()

    class Meta:
        indexes = ((("person", "token_hash"), True),)


class Letter(BaseModel):
    STATES = ("waiting", "sent", "given_up", "withdrawn", "no_address")
    GROUNDS = ("account", "diary", "duty")

    key = CharField(max_length=200, unique=True)
    kind = CharField(max_length=40)
    school = link(School, null=True)
    person = link(Person)
    pupil = link(Person, null=True)
    grounds = CharField(max_length=10, constraints=[Check(f"grounds IN {GROUNDS!r}")])
    address = CharField(default="")
    subject = TextField()
    body = TextField()
    is_secret = BooleanField(default=False)
    created_at = MomentField()
    due_at = MomentField()
    good_until = MomentField(null=True)
    state = CharField(
        max_length=10, default="waiting", constraints=[Check(f"state IN {STATES!r}")]
    )
    tries = SmallIntegerField(default=0)
    tried_at = MomentField(null=True)
    claim = CharField(max_length=32, default="")
    claimed_at = MomentField(null=True)
    claimed_until = MomentField(null=True)
    problem = TextField(default="")
    sent_to = CharField(default="")
    sent_at = MomentField(null=True)

    class Meta:
        indexes = (
            (("state", "due_at"), False),
            (("school", "state"), False),
            (("person", "created_at"), False),
            (("claim",), False),
        )


class Route(BaseModel):
    name = CharField(primary_key=True)
    tried_at = MomentField()
    failing_since = MomentField(null=True)
    problem = TextField(default="")


class DayDone(BaseModel):
    name = CharField(max_length=40)
    school = link(School)
    done_on = DateField()
    at = MomentField()

    class Meta:
        primary_key = CompositeKey("name", "school", "done_on")


class Paper(BaseModel):
    STATES = ("waiting", "done", "failed", "removed")

    key = CharField(max_length=200, unique=True)
    kind = CharField(max_length=40)
    school = link(School)
    asked_by = link(Person)
    title = TextField()
    source = TextField()
    points = SmallIntegerField(constraints=[Check("points IN (12, 18, 24)")])
    path = TextField(default="")
    is_secret = BooleanField(default=False)
    asked_at = MomentField()
    due_at = MomentField()
    state = CharField(
        max_length=10, default="waiting", constraints=[Check(f"state IN {STATES!r}")]
    )
    tries = SmallIntegerField(default=0)
    claim = CharField(max_length=32, default="")
    claimed_at = MomentField(null=True)
    claimed_until = MomentField(null=True)
    problem = TextField(default="")
    done_at = MomentField(null=True)
    file_name = CharField(default="")
    checksum = CharField(max_length=64, default="")
    length = IntegerField(default=0)
    pages = IntegerField(default=0)

    class Meta:
        indexes = (
            (("state", "due_at"), False),
            (("school", "asked_at"), False),
            (("asked_by", "asked_at"), False),
            (("claim",), False),
        )


TABLES = [Contact, Device, Letter, Route, DayDone, Paper]


def up(migrator: Any, db: Any) -> None:
    db.create_tables(TABLES, safe=False)
