"""Requests to change what is locked: a frozen copy of what this step adds."""

from typing import Any

from peewee import SQL, CharField, Check, ForeignKeyField, Model, TextField

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
    """What the new table refers to, as the three below."""


class Lesson(BaseModel):
    pass


class Work(BaseModel):
    pass


class Person(BaseModel):
    pass


class ChangeRequest(BaseModel):
    school = link(School)
    lesson = link(Lesson)
    work = link(Work, null=True)
    pupil = link(Person)
    field = CharField(max_length=16)
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
    open_until = MomentField(null=True)
    changed_at = MomentField(null=True)

    class Meta:
        indexes = ((("school", "lesson"), False), (("school", "asked_at"), False))
        constraints = [
            Check("(decision = '') = (decided_at IS NULL)"),
            Check("(decision = 'opened') = (open_until IS NOT NULL)"),
        ]


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


def up(migrator: Any, db: Any) -> None:
    db.create_tables([ChangeRequest], safe=False)
