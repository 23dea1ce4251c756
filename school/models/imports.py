"""Files that a school brings in, and actions that can be taken back."""

from peewee import CharField, Check, TextField

from school.models.base import BaseModel, link
from school.models.classes import SchoolClass, Subject
from school.models.fields import MomentField, WeightField
from school.models.persons import Person
from school.models.places import School, SchoolYear


class ImportRun(BaseModel):
    """An upload: its files lie in DATA_DIR/imports/<folder>. A sweep reads it, rehearses it and,
    once confirmed, writes it; `claimed_until` frees it from a worker that died."""

    STATES = (
        "waiting", "asking", "wrong", "checked", "confirmed", "done", "undone", "dropped",
    )  # fmt: skip

    school = link(School)
    uploaded_by = link(Person)
    created_at = MomentField()
    state = CharField(default="waiting", constraints=[Check(f"state IN {STATES!r}")])
    claimed_by = CharField(default="")
    claimed_until = MomentField(null=True)
    folder = CharField(unique=True)
    #: Names of the files as their sender gave them, a JSON list.
    file_names = TextField(default="[]")
    #: What the person answered: JSON, question → answer.
    answers = TextField(default="{}")
    #: What came of it, JSON: counts, remarks, questions.
    report = TextField(default="{}")
    #: What would have to be taken back: JSON of `school/actions/changes.py`.
    changes = TextField(default="")
    #: Of the form that sent it: a form that comes twice makes one.
    request = CharField(unique=True, column_name="request_id")
    finished_at = MomentField(null=True)

    class Meta:
        indexes = ((("school", "created_at"), False), (("state", "claimed_until"), False))


class ImportWord(BaseModel):
    """What a school calls a column; empty: a column that it does not want kept."""

    school = link(School)
    table_name = CharField()
    heading = CharField()
    meaning = CharField(default="")

    class Meta:
        indexes = ((("school", "table_name", "heading"), True),)


class PersonMerge(BaseModel):
    """Two records that turned out to be one person: what `merged` had is `kept`'s since."""

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
    """A new school year begun from the one before, in one action."""

    school = link(School)
    school_year = link(SchoolYear)
    at = MomentField()
    by = link(Person)
    changes = TextField()
    undone_at = MomentField(null=True)

    class Meta:
        indexes = ((("school", "at"), False),)


class CurriculumLine(BaseModel):
    """Hours of a subject in a class by the curriculum plan (учебный план)."""

    school = link(School)
    school_class = link(SchoolClass)
    subject = link(Subject)
    hours_in_week = WeightField()
    hours_in_year = WeightField(null=True)

    class Meta:
        indexes = ((("school", "school_class", "subject"), True),)
