"""Whose data, until when, and who looked: endings with a moment and a reason, limits of what
representatives see, kept terms of the log. A frozen copy of what this step makes.

Four tables are made anew with their rows, since a column added to an SQLite table would carry
no place among the others; nothing points to them.
"""

from typing import Any

from peewee import (
    BooleanField,
    CharField,
    Check,
    DateField,
    ForeignKeyField,
    IntegerField,
    Model,
    PostgresqlDatabase,
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


IN_ORDER = Check("until_on IS NULL OR from_on <= until_on")


class Dated(BaseModel):
    from_on = DateField()
    until_on = DateField(null=True)


class Municipality(BaseModel):
    """What the tables below refer to."""


class School(BaseModel):
    """What the tables below refer to."""


class Person(BaseModel):
    """What the tables below refer to."""


class SchoolClass(BaseModel):
    """What the tables below refer to."""


class Role(Dated):
    KINDS = (
        "teacher", "class_teacher", "administrator", "deputy_head", "head", "officer", "support",
    )  # fmt: skip

    person = link(Person, index=True)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    municipality = link(Municipality)
    school = link(School, null=True)
    school_class = link(SchoolClass, null=True)
    ended_at = MomentField(null=True)
    end_reason = TextField(default="")

    class Meta:
        constraints = [
            IN_ORDER,
            Check("(kind IN ('officer', 'support')) = (school_id IS NULL)"),
            Check("(kind = 'class_teacher') = (school_class_id IS NOT NULL)"),
        ]
        indexes = ((("school", "kind"), False),)


class Guardianship(Dated):
    KINDS = ("mother", "father", "guardian", "trustee", "other")
    CHOICES = ("", "asked", "allowed", "refused", "withdrawn")

    pupil = link(Person)
    guardian = link(Person)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    basis = TextField()
    ended_at = MomentField(null=True)
    end_reason = TextField(default="")
    adult_choice = CharField(default="", constraints=[Check(f"adult_choice IN {CHOICES!r}")])
    adult_choice_at = MomentField(null=True)

    class Meta:
        constraints = [IN_ORDER, Check("pupil_id <> guardian_id")]
        indexes = (
            (("guardian", "pupil", "from_on"), True),
            (("pupil", "guardian"), False),
        )


class Enrolment(Dated):
    ENDINGS = ("", "moved", "transfer", "left", "graduated")

    school = link(School)
    school_class = link(SchoolClass)
    pupil = link(Person, index=True)
    reason = CharField(default="")
    ending = CharField(default="", constraints=[Check(f"ending IN {ENDINGS!r}")])
    moves_to = link(School, null=True)

    class Meta:
        constraints = [IN_ORDER]
        indexes = ((("school", "school_class", "pupil", "from_on"), True),)


class Session(BaseModel):
    token_hash = CharField(max_length=64, primary_key=True)
    person = link(Person, index=True)
    created_at = MomentField()
    seen_at = MomentField()
    ends_at = MomentField()
    signed_out_at = MomentField(null=True)
    is_own_device = BooleanField(default=False)
    address_hash = CharField(max_length=64)
    device_name = CharField(default="")
    visited_before_at = MomentField(null=True)
    confirmed_at = MomentField(null=True)


class DiaryLimit(Dated):
    AREAS = ("everything", "marks", "attendance", "comments", "timetable")
    GROUNDS = ("court_order", "termination", "agreement", "other")

    pupil = link(Person)
    person = link(Person)
    area = CharField(constraints=[Check(f"area IN {AREAS!r}")])
    ground = CharField(constraints=[Check(f"ground IN {GROUNDS!r}")])
    basis = TextField()
    ended_at = MomentField(null=True)
    end_reason = TextField(default="")

    class Meta:
        constraints = [IN_ORDER]
        indexes = (
            (("person", "pupil"), False),
            (("pupil",), False),
        )


class LogTerm(BaseModel):
    school = link(School, unique=True)
    days = IntegerField(constraints=[Check("days BETWEEN 365 AND 36500")])


#: Columns that get a value in rows that were there before; the others are NULL.
FILLED = {
    Role: {"end_reason": "''"},
    Guardianship: {"end_reason": "''", "adult_choice": "''"},
    Enrolment: {"ending": "''"},
    Session: {"device_name": "''"},
}


def up(migrator: Any, db: Any) -> None:
    for model, filled in FILLED.items():
        make_anew(db, model, filled)
    db.create_tables([DiaryLimit, LogTerm], safe=False)


def make_anew(db: Any, model: Any, filled: dict[str, str]) -> None:
    """The same table with more columns, and its rows."""
    table = model._meta.table_name
    there = [column.name for column in db.get_columns(table)]
    kept = f"{table}_kept"
    db.execute_sql(f'CREATE TEMPORARY TABLE "{kept}" AS SELECT * FROM "{table}"')
    db.execute_sql(f'DROP TABLE "{table}"')
    db.create_tables([model], safe=False)
    columns = ", ".join(f'"{name}"' for name in (*there, *filled))
    values = ", ".join([*(f'"{name}"' for name in there), *filled.values()])
    db.execute_sql(f'INSERT INTO "{table}" ({columns}) SELECT {values} FROM "{kept}"')
    db.execute_sql(f'DROP TABLE "{kept}"')
    if "id" in there and isinstance(db, PostgresqlDatabase):
        # The numbers go on where they were.
        db.execute_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
            f'(SELECT MAX(id) FROM "{table}")) WHERE EXISTS (SELECT 1 FROM "{table}")'
        )
