"""What a school promised: its regulation in versions, and corrections of the calendar."""

from peewee import BooleanField, CharField, Check, DateField, SmallIntegerField, TextField

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import Municipality, School


class RegulationAct(BaseModel):
    """A regulation that versions are made of: a school's own, or (without a school) the
    municipality's, which holds for every school that started under its key."""

    municipality = link(Municipality)
    school = link(School, null=True)
    #: Which shipped template it began as.
    template = CharField()

    class Meta:
        indexes = ((("school",), True), (("municipality", "template"), False))


class RegulationVersion(BaseModel):
    """The whole text of an act from a day on. Written once, never altered (triggers): verdicts
    name the version they were judged by."""

    act = link(RegulationAct)
    from_on = DateField()
    text = TextField(constraints=[Check("text <> ''")])
    #: Of the order that made it; empty for the shipped text.
    order_name = CharField(default="")
    order_on = DateField(null=True)
    at = MomentField()
    made_by = link(Person, null=True)
    request = CharField(unique=True, column_name="request_id")

    class Meta:
        indexes = ((("act", "from_on"), True),)


class CalendarCorrection(BaseModel):
    """A day that the production calendar has otherwise than this school: the newest row of a
    day holds, and one without `is_working` takes the correction back."""

    school = link(School)
    corrected_on = DateField()
    is_working = BooleanField(null=True)
    reason = TextField(constraints=[Check("reason <> ''")])
    made_at = MomentField()
    made_by = link(Person, null=True)

    class Meta:
        indexes = ((("school", "corrected_on"), False),)


class CalendarYear(BaseModel):
    """An administrator compared a year of the calendar with the government's act."""

    school = link(School)
    year = SmallIntegerField()
    act = CharField(constraints=[Check("act <> ''")])
    made_at = MomentField()
    made_by = link(Person, null=True)

    class Meta:
        indexes = ((("school", "year"), True),)
