"""What goes out: contacts, letters in the outbox, papers."""

from peewee import (
    BooleanField,
    CharField,
    Check,
    CompositeKey,
    DateField,
    IntegerField,
    SmallIntegerField,
    TextField,
)

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School


class Contact(BaseModel):
    """Where a person can be reached. A new address holds once it is confirmed; until then the
    one before does."""

    KINDS = ("email", "phone")

    person = link(Person)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    address = CharField(constraints=[Check("address <> ''")])
    entered_at = MomentField()
    confirmed_at = MomentField(null=True)
    #: Of the code that was sent there; empty once it is confirmed.
    code_hash = CharField(default="")

    class Meta:
        indexes = ((("person", "kind", "address"), True),)


class Device(BaseModel):
    """A browser in which a person has signed in: another one is worth a letter."""

    person = link(Person)
    token_hash = CharField(max_length=64)
    first_seen_at = MomentField()
    seen_at = MomentField()

    class Meta:
        indexes = ((("person", "token_hash"), True),)


class Letter(BaseModel):
    """A letter in the outbox, written in the transaction of what it tells of."""

    STATES = ("waiting", "sent", "given_up", "withdrawn", "no_address")
    GROUNDS = ("account", "diary", "duty")

    #: What it tells of: the same is never written twice.
    key = CharField(max_length=200, unique=True)
    kind = CharField(max_length=40)
    school = link(School, null=True)
    person = link(Person)
    pupil = link(Person, null=True)
    grounds = CharField(max_length=10, constraints=[Check(f"grounds IN {GROUNDS!r}")])
    #: Where the letter says itself where it goes; else to the person's confirmed address.
    address = CharField(default="")
    subject = TextField()
    #: Paragraphs, lists and links (school/letters.py); emptied after sending where it is secret.
    body = TextField()
    is_secret = BooleanField(default=False)
    created_at = MomentField()
    due_at = MomentField()
    #: After this it says nothing that is still of use.
    good_until = MomentField(null=True)
    state = CharField(max_length=10, default="waiting", constraints=[Check(f"state IN {STATES!r}")])
    tries = SmallIntegerField(default=0)
    tried_at = MomentField(null=True)
    claim = CharField(max_length=32, default="")
    claimed_at = MomentField(null=True)
    claimed_until = MomentField(null=True)
    problem = TextField(default="")
    sent_to = CharField(default="")
    sent_at = MomentField(null=True)
    #: Whom it greets where that is nobody of ours; `person` then wrote it.
    to_name = CharField(null=True)

    class Meta:
        indexes = (
            (("state", "due_at"), False),
            (("school", "state"), False),
            (("person", "created_at"), False),
            (("claim",), False),
        )


class Route(BaseModel):
    """How a way out fares: since when the mail server cannot be used, and what it says."""

    name = CharField(primary_key=True)
    tried_at = MomentField()
    failing_since = MomentField(null=True)
    problem = TextField(default="")


class DayDone(BaseModel):
    """That a sweep has done a school's day: a missed night is made up, a doubled one skipped."""

    name = CharField(max_length=40)
    school = link(School)
    done_on = DateField()
    at = MomentField()

    class Meta:
        primary_key = CompositeKey("name", "school", "done_on")


class Paper(BaseModel):
    """A document for paper: the page it is made from, and the file once it is made."""

    STATES = ("waiting", "done", "failed", "removed")

    #: Of the request: the same one, sent twice, makes one paper.
    key = CharField(max_length=200, unique=True)
    kind = CharField(max_length=40)
    school = link(School)
    asked_by = link(Person)
    title = TextField()
    #: The whole page, CSS and all, as it was when it was asked for.
    source = TextField()
    #: Points of the text: 12, 18 or 24.
    points = SmallIntegerField(constraints=[Check("points IN (12, 18, 24)")])
    #: The page of the program that shows the same.
    path = TextField(default="")
    #: For the asker's eyes alone, and forgotten soon (one-time passwords).
    is_secret = BooleanField(default=False)
    asked_at = MomentField()
    due_at = MomentField()
    state = CharField(max_length=10, default="waiting", constraints=[Check(f"state IN {STATES!r}")])
    tries = SmallIntegerField(default=0)
    claim = CharField(max_length=32, default="")
    claimed_at = MomentField(null=True)
    claimed_until = MomentField(null=True)
    problem = TextField(default="")
    done_at = MomentField(null=True)
    file_name = CharField(default="")
    checksum = CharField(max_length=64, default="")
    length = IntegerField(default=0)
    pages = IntegerField(default=0)

    class Meta:
        indexes = (
            (("state", "due_at"), False),
            (("school", "asked_at"), False),
            (("asked_by", "asked_at"), False),
            (("claim",), False),
        )
