"""What a school gives out in writing: extracts and written information (C5, D2, D3)."""

from peewee import CharField, Check, DateField, IntegerField, SmallIntegerField, TextField

from school.models.base import IN_ORDER, BaseModel, link
from school.models.delivery import Paper
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School, SchoolYear
from school.models.requests import ServiceRequest


class IssuedPaper(BaseModel):
    """An extract or a written information, numbered without gaps per school, year and kind, with
    all that stood in it. Written once, never altered (triggers)."""

    KINDS = ("extract", "written_information")

    school = link(School)
    school_year = link(SchoolYear)
    kind = CharField(max_length=32, constraints=[Check(f"kind IN {KINDS!r}")])
    ordinal = IntegerField(constraints=[Check("ordinal > 0")])
    service_request = link(ServiceRequest)
    pupil = link(Person)
    #: For whom it was made, as the request names them.
    recipient = CharField(max_length=250, constraints=[Check("recipient <> ''")])
    from_on = DateField()
    until_on = DateField()
    made_on = DateField()
    at = MomentField()
    made_by = link(Person)
    #: Who signs it: the head of that day; empty where the school has none.
    head = CharField(max_length=250, default="")
    #: JSON: its headings, paragraphs and tables (rules/issued.py), and the SHA-256 of that text.
    content = TextField()
    checksum = CharField(max_length=64)
    #: When the newest entry was made that it could hold.
    last_entry_at = MomentField(null=True)
    request = CharField(max_length=60, unique=True, column_name="request_id")

    class Meta:
        constraints = [IN_ORDER]
        indexes = (
            (("school", "school_year", "kind", "ordinal"), True),
            (("service_request",), False),
            (("school", "at"), False),
        )


class IssuedHandOver(BaseModel):
    """That an issued paper left the school: given in person or sent, by whom, to whom, and which
    sheets these were. Written once, never altered (triggers)."""

    WAYS = ("in_person", "post")

    issued_paper = link(IssuedPaper, unique=True)
    school = link(School)
    at = MomentField()
    giver = link(Person)
    way = CharField(max_length=10, constraints=[Check(f"way IN {WAYS!r}")])
    taker = CharField(max_length=250, constraints=[Check("taker <> ''")])
    #: A postal number, or a word of who gave it.
    note = CharField(max_length=250, default="")
    #: The page it was printed from, kept for good, its size of letters and its SHA-256.
    paper = link(Paper)
    points = SmallIntegerField()
    source_checksum = CharField(max_length=64)
    request = CharField(max_length=60, unique=True, column_name="request_id")

    class Meta:
        indexes = ((("school", "at"), False),)
