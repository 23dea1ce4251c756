"""Excuses, and remarks on a journal: a frozen copy of what this step adds."""

from typing import Any

from peewee import CharField, Check, DateField, ForeignKeyField, Model, TextField

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
    """What the new tables refer to, as the three below."""


class Person(BaseModel):
    pass


class TeachingGroup(BaseModel):
    pass


class Lesson(BaseModel):
    pass


class Excuse(BaseModel):
    school = link(School)
    pupil = link(Person)
    from_on = DateField()
    until_on = DateField()
    starts = CharField(max_length=5, default="")
    ends = CharField(max_length=5, default="")
    reason = CharField(max_length=8, constraints=[Check("reason IN ('ill', 'family', 'other')")])
    words = TextField(default="")
    asked_at = MomentField()
    asked_by = link(Person)
    request = CharField(max_length=40, unique=True, column_name="request_id")
    decision = CharField(
        max_length=10,
        default="",
        constraints=[Check("decision IN ('', 'accepted', 'declined', 'withdrawn')")],
    )
    decided_at = MomentField(null=True)
    decided_by = link(Person, null=True)
    word = TextField(default="")
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


class Remark(BaseModel):
    school = link(School)
    teaching_group = link(TeachingGroup)
    lesson = link(Lesson, null=True)
    from_on = DateField(null=True)
    until_on = DateField(null=True)
    text = TextField(constraints=[Check("text <> ''")])
    due_on = DateField()
    made_at = MomentField()
    made_by = link(Person)
    request = CharField(max_length=40, unique=True, column_name="request_id")
    state = CharField(
        max_length=10,
        default="open",
        constraints=[Check("state IN ('open', 'fixed', 'accepted', 'withdrawn')")],
    )
    fixed_at = MomentField(null=True)
    fixed_by = link(Person, null=True)
    closed_at = MomentField(null=True)
    closed_by = link(Person, null=True)

    class Meta:
        indexes = (
            (("school", "state"), False),
            (("teaching_group", "state"), False),
            (("lesson",), False),
        )
        constraints = [
            Check("(from_on IS NULL) = (until_on IS NULL)"),
            Check("from_on IS NULL OR from_on <= until_on"),
            Check("lesson_id IS NULL OR from_on IS NULL"),
            Check("(fixed_at IS NULL) = (fixed_by_id IS NULL)"),
            Check("state <> 'fixed' OR fixed_at IS NOT NULL"),
            Check("(state IN ('accepted', 'withdrawn')) = (closed_at IS NOT NULL)"),
        ]


def up(migrator: Any, db: Any) -> None:
    db.create_tables([Excuse, Remark], safe=False)
