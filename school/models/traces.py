"""What happened: history, who looked, and the revision numbers pages are kept by."""

from peewee import CharField, Check, CompositeKey, IntegerField, TextField

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School
from school.models.timetable import Lesson


class History(BaseModel):
    """One changed fact. Written in the transaction of the change, never altered (triggers).

    Register facts carry old and new; for contacts, logins and consents only that and who.
    """

    at = MomentField()
    school = link(School, null=True)
    actor = link(Person, null=True)
    #: Whom a substitute stood in for.
    acting_for = link(Person, null=True)
    table_name = CharField()
    row = IntegerField(column_name="row_id")
    pupil = link(Person, null=True)
    lesson = link(Lesson, null=True)
    field = CharField()
    old = TextField(default="")
    new = TextField(default="")
    why = TextField(default="")
    request = CharField(default="", column_name="request_id")

    class Meta:
        indexes = (
            (("school", "lesson", "id"), False),
            (("school", "at"), False),
            (("table_name", "row"), False),
        )


class AccessLog(BaseModel):
    """Who looked at whose data, and who signed in; never altered (triggers)."""

    at = MomentField()
    school = link(School, null=True)
    person = link(Person, null=True)
    pupil = link(Person, null=True)
    event = CharField()
    detail = CharField(default="")
    request = CharField(default="", column_name="request_id")

    class Meta:
        indexes = (
            (("school", "at"), False),
            (("pupil", "at"), False),
            (("person", "at"), False),
        )


class LogTerm(BaseModel):
    """How many days a school keeps the rows of `access_log` (the triggers read it)."""

    school = link(School, unique=True)
    days = IntegerField(constraints=[Check("days BETWEEN 365 AND 36500")])


class Revision(BaseModel):
    """How often the data behind a page changed: one number per pupil, group and school."""

    SCOPES = ("pupil", "group", "school")

    scope = CharField(max_length=8)
    subject = IntegerField(column_name="subject_id")
    n = IntegerField(default=0)
    changed_at = MomentField()

    class Meta:
        primary_key = CompositeKey("scope", "subject")
