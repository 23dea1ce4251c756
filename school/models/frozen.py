"""Frozen years: archives that were asked for, and their files."""

from peewee import BigIntegerField, CharField, Check, DateField, SmallIntegerField, TextField

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School, SchoolYear


class FrozenYear(BaseModel):
    """An archive of a school year (H15): asked for, made by a worker, kept in DATA_DIR/frozen.
    `claimed_until` frees it from a worker that died."""

    STATES = ("waiting", "done", "failed", "removed")

    school = link(School)
    school_year = link(SchoolYear)
    asked_at = MomentField()
    asked_by = link(Person, null=True)
    #: Of the form that asked: a form that comes twice asks once.
    request = CharField(max_length=60, unique=True, column_name="request_id")
    state = CharField(max_length=8, default="waiting", constraints=[Check(f"state IN {STATES!r}")])
    due_at = MomentField()
    tries = SmallIntegerField(default=0)
    claim = CharField(max_length=32, default="")
    claimed_until = MomentField(null=True)
    #: What is being done just now.
    progress = TextField(default="")
    problem = TextField(default="")
    done_at = MomentField(null=True)
    #: The day that its pages are of.
    as_of_on = DateField(null=True)
    #: Of all its tables: what has the same needs no other archive.
    fingerprint = CharField(max_length=64, default="")
    file_name = CharField(default="")
    checksum = CharField(max_length=64, default="")
    length = BigIntegerField(default=0)

    class Meta:
        indexes = ((("school", "asked_at"), False), (("state", "due_at"), False))
