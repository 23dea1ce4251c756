"""Invitation codes and hand-overs: a frozen copy of what this step adds."""

from typing import Any

from peewee import BooleanField, CharField, Check, ForeignKeyField, Model, TextField

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
    """What the new tables refer to, as the one below."""


class Person(BaseModel):
    pass


class Invitation(BaseModel):
    school = link(School)
    person = link(Person)
    kind = CharField(max_length=8, constraints=[Check("kind IN ('guardian', 'pupil', 'staff')")])
    pupil = link(Person, null=True)
    purpose = CharField(
        max_length=12, constraints=[Check("purpose IN ('registration', 'password')")]
    )
    way = CharField(max_length=6, constraints=[Check("way IN ('slip', 'letter')")])
    code_hash = CharField(max_length=64, unique=True)
    made_at = MomentField()
    made_by = link(Person, null=True)
    ends_at = MomentField()
    used_at = MomentField(null=True)
    replaced_at = MomentField(null=True)
    request = CharField(max_length=60, column_name="request_id")

    class Meta:
        constraints = [Check("used_at IS NULL OR replaced_at IS NULL")]
        indexes = (
            (("person", "made_at"), False),
            (("school", "made_at"), False),
            (("request", "person"), True),
        )


class HandOver(BaseModel):
    school = link(School)
    invitation = link(Invitation)
    at = MomentField()
    step = CharField(
        max_length=16,
        constraints=[Check("step IN ('to_class_teacher', 'to_person', 'taken_back')")],
    )
    giver = link(Person)
    taker = link(Person)
    in_person = BooleanField()
    undoes = link("self", null=True)
    why = TextField(default="")
    request = CharField(max_length=60, column_name="request_id")

    class Meta:
        constraints = [Check("(step = 'taken_back') = (undoes_id IS NOT NULL)")]
        indexes = (
            (("invitation", "request"), True),
            (("school", "at"), False),
        )


def up(migrator: Any, db: Any) -> None:
    db.create_tables([Invitation, HandOver], safe=False)
