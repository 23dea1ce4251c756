"""Regulations in versions, and corrections of the production calendar. A frozen copy of the
models, on purpose independent of today's."""

from typing import Any

from peewee import (
    BooleanField,
    CharField,
    Check,
    DateField,
    ForeignKeyField,
    Model,
    SmallIntegerField,
    TextField,
)

from school import clock
from school.database import database
from school.models.fields import MomentField
from school.regulations import HOLD_FROM_ON, NAMES, read_template


class BaseModel(Model):
    class Meta:
        database = database
        legacy_table_names = False


def link(model: Any, **options: Any) -> ForeignKeyField:
    options.setdefault("index", False)
    return ForeignKeyField(model, backref="+", **options)


class Municipality(BaseModel):
    pass


class School(BaseModel):
    municipality = link(Municipality)
    regulation = CharField()


class Person(BaseModel):
    pass


class RegulationAct(BaseModel):
    municipality = link(Municipality)
    school = link(School, null=True)
    template = CharField()

    class Meta:
        indexes = ((("school",), True), (("municipality", "template"), False))


class RegulationVersion(BaseModel):
    act = link(RegulationAct)
    from_on = DateField()
    text = TextField(constraints=[Check("text <> ''")])
    order_name = CharField(default="")
    order_on = DateField(null=True)
    at = MomentField()
    made_by = link(Person, null=True)
    request = CharField(unique=True, column_name="request_id")

    class Meta:
        indexes = ((("act", "from_on"), True),)


class CalendarCorrection(BaseModel):
    school = link(School)
    corrected_on = DateField()
    is_working = BooleanField(null=True)
    reason = TextField(constraints=[Check("reason <> ''")])
    made_at = MomentField()
    made_by = link(Person, null=True)

    class Meta:
        indexes = ((("school", "corrected_on"), False),)


class CalendarYear(BaseModel):
    school = link(School)
    year = SmallIntegerField()
    act = CharField(constraints=[Check("act <> ''")])
    made_at = MomentField()
    made_by = link(Person, null=True)

    class Meta:
        indexes = ((("school", "year"), True),)


TABLES = [RegulationAct, RegulationVersion, CalendarCorrection, CalendarYear]

#: The municipal act of the shipped five; the others are acts of schools.
MUNICIPAL = "nizhnyaya-tura"


def up(migrator: Any, db: Any) -> None:
    db.create_tables(TABLES, safe=False)
    municipal: set[int] = set()
    for school in School.select().order_by(School.id):
        shared = school.regulation == MUNICIPAL
        if school.regulation not in NAMES or (shared and school.municipality_id in municipal):
            continue
        if shared:
            municipal.add(school.municipality_id)
        act = RegulationAct.create(
            municipality=school.municipality_id,
            school=None if shared else school.id,
            template=school.regulation,
        )
        RegulationVersion.create(
            act=act,
            from_on=HOLD_FROM_ON,
            text=read_template(school.regulation),
            at=clock.now(),
            request=f"template:{act.id}",
        )
