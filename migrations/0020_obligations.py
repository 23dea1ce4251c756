"""Reminders of any obligation, not of lessons alone; steps of requests keep their stage's term. A
frozen copy of the models, on purpose independent of today's."""

from typing import Any

from peewee import CharField, Check, ForeignKeyField, Model, PostgresqlDatabase

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
    """What the table refers to, as the next."""


class Person(BaseModel):
    pass


class Reminder(BaseModel):
    school = link(School)
    key = CharField(max_length=60)
    stage = CharField(constraints=[Check("stage IN ('before', 'after')")])
    recipient = link(Person)
    due_at = MomentField(null=True)
    made_at = MomentField()

    class Meta:
        indexes = (
            (("school", "key", "stage", "recipient"), True),
            (("recipient", "made_at"), False),
        )


COLUMNS = '"id", "school_id", "key", "stage", "recipient_id", "due_at", "made_at"'


def up(migrator: Any, db: Any) -> None:
    migrator.migrate(migrator.add_column("request_step", "due_at", MomentField(null=True)))
    # The same table anew, and its rows: nothing points to them.
    db.execute_sql('CREATE TEMPORARY TABLE "reminders_kept" AS SELECT * FROM "reminder"')
    db.execute_sql('DROP TABLE "reminder"')
    db.create_tables([Reminder], safe=False)
    db.execute_sql(
        f'INSERT INTO "reminder" ({COLUMNS}) SELECT {COLUMNS} FROM "reminders_kept"'
    )
    db.execute_sql('DROP TABLE "reminders_kept"')
    if isinstance(db, PostgresqlDatabase):
        # The numbers go on where they were.
        db.execute_sql(
            "SELECT setval(pg_get_serial_sequence('reminder', 'id'), "
            '(SELECT MAX(id) FROM "reminder")) WHERE EXISTS (SELECT 1 FROM "reminder")'
        )
