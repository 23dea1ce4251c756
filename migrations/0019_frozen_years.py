"""Frozen years that were asked for. A frozen copy of the model, on purpose independent of
today's."""

from typing import Any

from peewee import (
    BigIntegerField,
    CharField,
    Check,
    DateField,
    ForeignKeyField,
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
    """What the new table refers to, as those below."""


class SchoolYear(BaseModel):
    pass


class Person(BaseModel):
    pass


class FrozenYear(BaseModel):
    school = link(School)
    school_year = link(SchoolYear)
    asked_at = MomentField()
    asked_by = link(Person, null=True)
    request = CharField(max_length=60, unique=True, column_name="request_id")
    state = CharField(
        max_length=8,
        default="waiting",
        constraints=[Check("state IN ('waiting', 'done', 'failed', 'removed')")],
    )
    due_at = MomentField()
    tries = SmallIntegerField(default=0)
    claim = CharField(max_length=32, default="")
    claimed_until = MomentField(null=True)
    progress = TextField(default="")
    problem = TextField(default="")
    done_at = MomentField(null=True)
    as_of_on = DateField(null=True)
    fingerprint = CharField(max_length=64, default="")
    file_name = CharField(default="")
    checksum = CharField(max_length=64, default="")
    length = BigIntegerField(default=0)

    class Meta:
        indexes = ((("school", "asked_at"), False), (("state", "due_at"), False))


def up(migrator: Any, db: Any) -> None:
    db.create_tables([FrozenYear], safe=False)
