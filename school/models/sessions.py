"""Sign-ins, throttles, drafts and the worker's sign of life: rows, so that all nodes agree."""

from peewee import BooleanField, CharField, Check, FloatField, TextField

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person


class Session(BaseModel):
    """A sign-in. Only the hash of the token is kept; signing out ends the row."""

    token_hash = CharField(max_length=64, primary_key=True)
    person = link(Person, index=True)
    created_at = MomentField()
    seen_at = MomentField()
    ends_at = MomentField()
    signed_out_at = MomentField(null=True)
    is_own_device = BooleanField(default=False)
    #: Keyed hash of the address: tells the family's own line from a stranger's.
    address_hash = CharField(max_length=64)
    #: «Chrome, Android»: so that a person tells their sign-ins apart.
    device_name = CharField(default="")
    #: When the person was last here before the present visit.
    visited_before_at = MomentField(null=True)
    #: When the password was last given in this session.
    confirmed_at = MomentField(null=True)
    #: Since when nobody but who knows the password goes on here.
    locked_at = MomentField(null=True)


class Throttle(BaseModel):
    """A token bucket: what is left of it, and when that was counted."""

    key = CharField(primary_key=True)
    tokens = FloatField()
    counted_at = MomentField()


class Draft(BaseModel):
    """A form that arrived after its session had ended: shown to its person alone."""

    person = link(Person, index=True)
    path = TextField()
    fields = TextField(constraints=[Check("fields <> ''")])
    created_at = MomentField()


class WorkerSeen(BaseModel):
    """When the worker was last alive, for /healthz."""

    worker = CharField(primary_key=True)
    seen_at = MomentField()
