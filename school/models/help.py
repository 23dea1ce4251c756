"""Questions to a school's administrator, with or without an account (A13)."""

from peewee import BooleanField, CharField, Check, TextField

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School


class HelpThread(BaseModel):
    """What somebody asks a school: open until it is answered."""

    STATES = ("open", "answered", "closed")
    WAYS = ("page", "email", "phone", "visit")

    school = link(School)
    #: Who asks; without an account there is a name only, and a code that opens the thread.
    person = link(Person, null=True)
    name = CharField(default="")
    #: How they want to be answered, and where; emptied some time after the last word.
    way = CharField(max_length=5, constraints=[Check(f"way IN {WAYS!r}")])
    address = CharField(default="")
    code_hash = CharField(max_length=64, null=True, unique=True)
    state = CharField(max_length=8, constraints=[Check(f"state IN {STATES!r}")])
    #: Since when it waits for an answer.
    open_since = MomentField(null=True)
    #: Of the last word in it.
    changed_at = MomentField()

    class Meta:
        constraints = [
            Check("(state = 'open') = (open_since IS NOT NULL)"),
            Check("(person_id IS NULL) = (code_hash IS NOT NULL)"),
        ]
        indexes = ((("school", "state", "open_since"), False), (("person",), False))


class HelpMessage(BaseModel):
    """A question, an answer, or a word after it."""

    thread = link(HelpThread)
    #: Whether the school says it.
    is_answer = BooleanField(default=False)
    author = link(Person, null=True)
    at = MomentField()
    text = TextField(constraints=[Check("text <> ''")])
    request = CharField(max_length=64, unique=True, column_name="request_id")

    class Meta:
        indexes = ((("thread", "at"), False),)
