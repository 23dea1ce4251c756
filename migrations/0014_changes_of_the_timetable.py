"""Changes of the timetable: whole days, absent teachers, what undoes what; extracurricular
groups. A frozen copy of the models, on purpose independent of today's."""

from typing import Any

from peewee import (
    BooleanField,
    CharField,
    Check,
    DateField,
    ForeignKeyField,
    Model,
    PostgresqlDatabase,
    SmallIntegerField,
    TextField,
)

from school.database import database
from school.models.fields import MomentField

REASONS = ("ill", "training", "trip", "leave", "other")
KINDS = ("substitution", "move", "cancellation", "extra", "room")
IN_ORDER = Check("until_on IS NULL OR from_on <= until_on")


class BaseModel(Model):
    class Meta:
        database = database
        legacy_table_names = False


def link(model: Any, **options: Any) -> ForeignKeyField:
    options.setdefault("index", False)
    return ForeignKeyField(model, backref="+", **options)


class School(BaseModel):
    """What the new tables refer to, as the three below."""


class SchoolClass(BaseModel):
    pass


class Person(BaseModel):
    pass


class Lesson(BaseModel):
    pass


class TeacherAbsence(BaseModel):
    from_on = DateField()
    until_on = DateField(null=True)
    school = link(School)
    teacher = link(Person)
    reason = CharField(constraints=[Check(f"reason IN {REASONS!r}")])
    noted_at = MomentField()
    noted_by = link(Person)
    ended_at = MomentField(null=True)

    class Meta:
        constraints = [IN_ORDER]
        indexes = ((("school", "teacher", "from_on"), False),)


class DayChange(BaseModel):
    from_on = DateField()
    until_on = DateField(null=True)
    school = link(School)
    kind = CharField(constraints=[Check("kind IN ('moved_day', 'quarantine')")])
    school_class = link(SchoolClass, null=True)
    from_grade = SmallIntegerField()
    until_grade = SmallIntegerField()
    weekday = SmallIntegerField(null=True, constraints=[Check("weekday BETWEEN 1 AND 7")])
    week_parity = CharField(constraints=[Check("week_parity IN ('', 'odd', 'even')")])
    is_remote = BooleanField()
    reason = TextField()
    announced_at = MomentField()
    announced_by = link(Person)
    request = CharField(max_length=40, unique=True, column_name="request_id")
    undone_at = MomentField(null=True)
    undone_by = link(Person, null=True)

    class Meta:
        constraints = [
            IN_ORDER,
            Check("(kind = 'quarantine') = (school_class_id IS NOT NULL)"),
            Check("(kind = 'moved_day') = (weekday IS NOT NULL)"),
        ]
        indexes = ((("school", "from_on"), False),)


class LessonChange(BaseModel):
    school = link(School)
    lesson = link(Lesson)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    announced_at = MomentField()
    announced_by = link(Person)
    reason = TextField()
    teacher_was = link(Person, null=True)
    teacher_is = link(Person, null=True)
    held_on_was = DateField(null=True)
    held_on_is = DateField(null=True)
    lesson_number_was = SmallIntegerField(null=True)
    lesson_number_is = SmallIntegerField(null=True)
    room_was = CharField()
    room_is = CharField()
    is_undoing = BooleanField()
    is_joint = BooleanField()
    replaced_at = MomentField(null=True)
    override = TextField()
    day_change = link(DayChange, null=True)
    absence = link(TeacherAbsence, null=True)
    request = CharField(max_length=40, null=True, unique=True, column_name="request_id")

    class Meta:
        indexes = (
            (("school", "lesson"), False),
            (("school", "held_on_was"), False),
        )


#: Columns of the changes that are not NULL in rows that were there before.
FILLED = {"is_undoing": "{false}", "is_joint": "{false}", "override": "''"}


def up(migrator: Any, db: Any) -> None:
    is_postgres = isinstance(db, PostgresqlDatabase)
    boolean = "BOOLEAN" if is_postgres else "INTEGER"
    for table, column, value in (
        ("teaching_group", "is_extracurricular", "FALSE"),
        ("school", "owes_extracurricular", "TRUE"),
    ):
        db.execute_sql(
            f'ALTER TABLE "{table}" ADD COLUMN "{column}" {boolean} NOT NULL DEFAULT {value}'
        )
    db.create_tables([TeacherAbsence, DayChange], safe=False)
    make_changes_anew(db, "FALSE" if is_postgres else "0")


def make_changes_anew(db: Any, false: str) -> None:
    """The same table with more columns, and its rows: nothing points to them."""
    there = [column.name for column in db.get_columns("lesson_change")]
    db.execute_sql('CREATE TEMPORARY TABLE "changes_kept" AS SELECT * FROM "lesson_change"')
    db.execute_sql('DROP TABLE "lesson_change"')
    db.create_tables([LessonChange], safe=False)
    columns = ", ".join(f'"{name}"' for name in (*there, *FILLED))
    values = ", ".join(
        [*(f'"{name}"' for name in there), *(text.format(false=false) for text in FILLED.values())]
    )
    db.execute_sql(f'INSERT INTO "lesson_change" ({columns}) SELECT {values} FROM "changes_kept"')
    db.execute_sql('DROP TABLE "changes_kept"')
    if isinstance(db, PostgresqlDatabase):
        # The numbers go on where they were.
        db.execute_sql(
            "SELECT setval(pg_get_serial_sequence('lesson_change', 'id'), "
            '(SELECT MAX(id) FROM "lesson_change")) '
            'WHERE EXISTS (SELECT 1 FROM "lesson_change")'
        )
