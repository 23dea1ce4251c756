"""Verdicts on entries, reminders, claims of sweeps, and indexes of what is still open. A frozen
copy of the models, on purpose independent of today's."""

from typing import Any

from peewee import CharField, Check, CompositeKey, DateField, ForeignKeyField, Model

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
    pass


class Person(BaseModel):
    pass


class Lesson(BaseModel):
    pass


class Work(BaseModel):
    pass


class RegulationVersion(BaseModel):
    pass


class Verdict(BaseModel):
    school = link(School)
    key = CharField(max_length=60)
    what = CharField(constraints=[Check("what IN ('mark', 'absence', 'attendance')")])
    lesson = link(Lesson)
    work = link(Work, null=True)
    pupil = link(Person, null=True)
    teacher = link(Person)
    event_on = DateField()
    lesson_ends_at = MomentField()
    entered_at = MomentField()
    due_at = MomentField()
    regulation_version = link(RegulationVersion)

    class Meta:
        indexes = ((("school", "key"), True), (("school", "event_on"), False))


class Reminder(BaseModel):
    school = link(School)
    key = CharField(max_length=60)
    stage = CharField(constraints=[Check("stage IN ('before', 'after')")])
    recipient = link(Person)
    lesson = link(Lesson)
    due_at = MomentField()
    made_at = MomentField()

    class Meta:
        indexes = (
            (("school", "key", "stage", "recipient"), True),
            (("recipient", "made_at"), False),
        )


class SweepClaim(BaseModel):
    sweep = CharField()
    school = link(School)
    claimed_by = CharField()
    claimed_until = MomentField()

    class Meta:
        primary_key = CompositeKey("sweep", "school")


INDEXES = (
    'CREATE INDEX "work_still_open" ON "work" ("school_id", "lesson_id") '
    "WHERE settled_at IS NULL AND marks_expected",
    'CREATE INDEX "mark_dots" ON "mark" ("school_id", "work_id") WHERE value = \'.\'',
    'CREATE INDEX "lesson_still_open" ON "lesson" ("school_id", "ends_at") '
    "WHERE attendance_taken_at IS NULL AND cancelled_at IS NULL",
)


def up(migrator: Any, db: Any) -> None:
    migrator.migrate(migrator.add_column("work", "settled_at", MomentField(null=True)))
    db.create_tables([Verdict, Reminder, SweepClaim], safe=False)
    for statement in INDEXES:
        db.execute_sql(statement)
