"""Locked sessions; kinds of work and averages by subject. A frozen copy of what this step adds."""

from typing import Any

from peewee import BooleanField, CharField, Check, DateField, ForeignKeyField, Model

from school.database import database
from school.models.fields import MomentField, WeightField


class BaseModel(Model):
    class Meta:
        database = database
        legacy_table_names = False


def link(model: Any, **options: Any) -> ForeignKeyField:
    options.setdefault("index", False)
    return ForeignKeyField(model, backref="+", **options)


class School(BaseModel):
    """What the new tables refer to, as the two below."""


class Subject(BaseModel):
    pass


class WorkKind(BaseModel):
    pass


class SubjectGradingPolicy(BaseModel):
    AVERAGES = ("plain", "weighted", "important")

    from_on = DateField()
    until_on = DateField(null=True)
    school = link(School)
    subject = link(Subject)
    average = CharField(constraints=[Check(f"average IN {AVERAGES!r}")])
    threshold = WeightField()

    class Meta:
        constraints = [Check("until_on IS NULL OR from_on <= until_on")]
        indexes = ((("school", "subject", "from_on"), True),)


class SubjectWorkKind(BaseModel):
    school = link(School)
    subject = link(Subject)
    work_kind = link(WorkKind)
    weight = WeightField(default="1")
    is_important = BooleanField(default=False)
    marks_expected = BooleanField(default=False)
    is_offered = BooleanField(default=True)

    class Meta:
        indexes = ((("school", "subject", "work_kind"), True),)


def up(migrator: Any, db: Any) -> None:
    migrator.migrate(
        migrator.add_column("session", "locked_at", MomentField(null=True)),
        migrator.add_column("work", "is_important", BooleanField(null=True)),
        migrator.add_column("work_kind", "retired_on", DateField(null=True)),
    )
    db.create_tables([SubjectGradingPolicy, SubjectWorkKind], safe=False)
