"""A municipality, its schools, and what divides their time."""

from peewee import (
    SQL,
    BooleanField,
    CharField,
    Check,
    DateField,
    IntegerField,
    SmallIntegerField,
    TextField,
)

from school.models.base import BaseModel, Dated, link


class Municipality(BaseModel):
    name = TextField()
    address = TextField(default="")
    phone = TextField(default="")


class School(BaseModel):
    municipality = link(Municipality, index=True)
    short_name = CharField(unique=True, constraints=[Check("short_name <> ''")])
    name = TextField()
    full_name = TextField()
    time_zone = CharField()
    #: The regulation the school starts under: a key of the shipped templates.
    regulation = CharField()
    days_in_week = SmallIntegerField(default=5, constraints=[Check("days_in_week IN (5, 6)")])
    address = TextField(default="")
    phone = TextField(default="")
    #: Whether attendance of extracurricular lessons is owed like that of all others.
    owes_extracurricular = BooleanField(default=True, constraints=[SQL("DEFAULT TRUE")])


class SchoolYear(BaseModel):
    school = link(School)
    name = CharField()
    from_on = DateField()
    until_on = DateField()

    class Meta:
        constraints = [Check("from_on < until_on")]
        indexes = ((("school", "from_on"), True),)


class StudyPeriod(BaseModel):
    """A quarter, trimester or half-year; its last day is its calendar end for those grades."""

    school = link(School)
    school_year = link(SchoolYear)
    kind = CharField(constraints=[Check("kind IN ('quarter', 'trimester', 'half_year', 'year')")])
    ordinal = SmallIntegerField()
    name = CharField()
    from_grade = SmallIntegerField()
    until_grade = SmallIntegerField()
    from_on = DateField()
    until_on = DateField()

    class Meta:
        constraints = [Check("from_on < until_on"), Check("from_grade <= until_grade")]
        indexes = (
            (("school", "school_year", "kind", "ordinal", "from_grade"), True),
            (("school", "from_on", "until_on"), False),
        )


class SchoolBreak(Dated):
    """Days without lessons: holidays, a quarantine, a day off; for all or for some grades."""

    school = link(School)
    kind = CharField(constraints=[Check("kind IN ('holidays', 'quarantine', 'day_off')")])
    name = CharField()
    from_grade = SmallIntegerField(default=1)
    until_grade = SmallIntegerField(default=11)

    class Meta:
        indexes = ((("school", "from_on", "from_grade"), True),)


class BellSchedule(BaseModel):
    school = link(School)
    name = CharField()

    class Meta:
        indexes = ((("school", "name"), True),)


class Bell(BaseModel):
    """Begin and end of a lesson of the day, local time «08:30»; lesson 0 exists."""

    school = link(School)
    bell_schedule = link(BellSchedule)
    lesson_number = SmallIntegerField(constraints=[Check("lesson_number BETWEEN 0 AND 15")])
    starts_at = CharField(max_length=5)
    ends_at = CharField(max_length=5)

    class Meta:
        constraints = [Check("starts_at < ends_at")]
        indexes = ((("school", "bell_schedule", "lesson_number"), True),)


class ExternalId(BaseModel):
    """The name another system or file has for one of our rows (a personal file number, an
    OneRoster sourcedId), so that the same file again finds the same rows."""

    school = link(School)
    source = CharField()
    table_name = CharField()
    value = CharField()
    row = IntegerField(column_name="row_id")

    class Meta:
        indexes = ((("school", "source", "table_name", "value"), True),)
