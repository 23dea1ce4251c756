"""Weekly printouts and calls: a frozen copy of what this step adds."""

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
    """What the new tables refer to, as the three below."""


class Person(BaseModel):
    pass


class SchoolClass(BaseModel):
    pass


class PaperWay(BaseModel):
    pass


class PrintoutSchedule(BaseModel):
    school = link(School, unique=True)
    weekday = SmallIntegerField(constraints=[Check("weekday BETWEEN 0 AND 6")])
    hour = SmallIntegerField(constraints=[Check("hour BETWEEN 0 AND 23")])
    changed_at = MomentField()
    changed_by = link(Person)


class PrintSize(BaseModel):
    paper_way = link(PaperWay, unique=True)
    points = SmallIntegerField(constraints=[Check("points IN (12, 18, 24)")])


class Printout(BaseModel):
    STATES = ("waiting", "done", "failed")

    school = link(School)
    school_class = link(SchoolClass)
    monday = DateField()
    ordinal = SmallIntegerField(constraints=[Check("ordinal > 0")])
    title = TextField()
    source = TextField()
    digest = CharField(max_length=64)
    vector = CharField(max_length=64)
    asked_at = MomentField()
    due_at = MomentField()
    state = CharField(max_length=10, default="waiting", constraints=[Check(f"state IN {STATES!r}")])
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
            (("school", "school_class", "monday", "ordinal"), True),
            (("school", "monday"), False),
            (("state", "due_at"), False),
            (("claim",), False),
        )


class PrintoutPart(BaseModel):
    printout = link(Printout)
    paper_way = link(PaperWay)
    first_page = SmallIntegerField(constraints=[Check("first_page > 0")])
    pages = SmallIntegerField(constraints=[Check("pages > 0")])

    class Meta:
        indexes = (
            (("printout", "paper_way"), True),
            (("paper_way",), False),
        )


class PrintoutHandOver(BaseModel):
    school = link(School)
    paper_way = link(PaperWay)
    monday = DateField()
    printout = link(Printout)
    at = MomentField()
    by = link(Person)
    undone_at = MomentField(null=True)
    undone_by = link(Person, null=True)
    word = TextField(default="")

    class Meta:
        constraints = [
            Check("(undone_at IS NULL) = (undone_by_id IS NULL)"),
            Check("undone_at IS NULL OR word <> ''"),
        ]
        indexes = (
            (("school", "monday"), False),
            (("paper_way", "monday"), False),
        )


class PaperCall(BaseModel):
    WHATS = ("absence", "results")

    school = link(School)
    paper_way = link(PaperWay)
    what = CharField(max_length=8, constraints=[Check(f"what IN {WHATS!r}")])
    about = CharField(max_length=20, constraints=[Check("about <> ''")])
    at = MomentField()
    by = link(Person)
    spoke_with = CharField(max_length=250, constraints=[Check("spoke_with <> ''")])
    word = TextField(default="")
    undone_at = MomentField(null=True)
    undone_by = link(Person, null=True)
    why_undone = TextField(default="")
    request = CharField(max_length=80, unique=True, column_name="request_id")

    class Meta:
        constraints = [
            Check("(undone_at IS NULL) = (undone_by_id IS NULL)"),
            Check("undone_at IS NULL OR why_undone <> ''"),
        ]
        indexes = (
            (("school", "at"), False),
            (("paper_way", "what"), False),
        )


TABLES = [
    PrintoutSchedule, PrintSize, Printout, PrintoutPart, PrintoutHandOver, PaperCall,
]  # fmt: skip


def up(migrator: Any, db: Any) -> None:
    db.create_tables(TABLES, safe=False)
