"""Imports, merged persons, begun school years, the curriculum plan. A frozen copy of the models;
tables of earlier migrations stand here by name and key alone."""

from typing import Any

from peewee import CharField, Check, ForeignKeyField, Model, TextField

from school.database import database
from school.models.fields import MomentField, WeightField


class BaseModel(Model):
    class Meta:
        database = database
        legacy_table_names = False


def link(model: Any, **options: Any) -> ForeignKeyField:
    options.setdefault("index", False)
    return ForeignKeyField(model, backref="+", **options)


class Person(BaseModel):
    pass


class School(BaseModel):
    pass


class SchoolYear(BaseModel):
    pass


class SchoolClass(BaseModel):
    pass


class Subject(BaseModel):
    pass


class ImportRun(BaseModel):
    STATES = (
        "waiting", "asking", "wrong", "checked", "confirmed", "done", "undone", "dropped",
    )

    school = link(School)
    uploaded_by = link(Person)
    created_at = MomentField()
    state = CharField(default="waiting", constraints=[Check(f"state IN {STATES!r}")])
    claimed_by = CharField(default="")
    claimed_until = MomentField(null=True)
    folder = CharField(unique=True)
    file_names = TextField(default="[]")
    answers = TextField(default="{}")
    report = TextField(default="{}")
    changes = TextField(default="")
    request = CharField(unique=True, column_name="request_id")
    finished_at = MomentField(null=True)

    class Meta:
        indexes = ((("school", "created_at"), False), (("state", "claimed_until"), False))


class ImportWord(BaseModel):
    school = link(School)
    table_name = CharField()
    heading = CharField()
    meaning = CharField(default="")

    class Meta:
        indexes = ((("school", "table_name", "heading"), True),)


class PersonMerge(BaseModel):
    kept = link(Person)
    merged = link(Person)
    school = link(School)
    at = MomentField()
    by = link(Person)
    why = TextField(default="")
    changes = TextField()
    undone_at = MomentField(null=True)

    class Meta:
        indexes = ((("school", "at"), False), (("merged",), False))


class YearStart(BaseModel):
    school = link(School)
    school_year = link(SchoolYear)
    at = MomentField()
    by = link(Person)
    changes = TextField()
    undone_at = MomentField(null=True)

    class Meta:
        indexes = ((("school", "at"), False),)


class CurriculumLine(BaseModel):
    school = link(School)
    school_class = link(SchoolClass)
    subject = link(Subject)
    hours_in_week = WeightField()
    hours_in_year = WeightField(null=True)

    class Meta:
        indexes = ((("school", "school_class", "subject"), True),)


def up(migrator: Any, db: Any) -> None:
    db.create_tables([ImportRun, ImportWord, PersonMerge, YearStart, CurriculumLine], safe=False)
