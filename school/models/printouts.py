"""Weekly printouts and calls: how people on the paper way get the same facts (C2, C3, C7, D1)."""

from peewee import CharField, Check, DateField, IntegerField, SmallIntegerField, TextField

from school.models.base import BaseModel, link
from school.models.classes import SchoolClass
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School
from school.models.requests import PaperWay


class PrintoutSchedule(BaseModel):
    """On which day of the week and from which hour a school's printouts are made; no row: the
    default of rules/printouts.py."""

    school = link(School, unique=True)
    #: 0 is Monday.
    weekday = SmallIntegerField(constraints=[Check("weekday BETWEEN 0 AND 6")])
    hour = SmallIntegerField(constraints=[Check("hour BETWEEN 0 AND 23")])
    changed_at = MomentField()
    changed_by = link(Person)


class PrintSize(BaseModel):
    """The size of letters a person on the paper way wishes. It may say that somebody sees badly,
    so it is written into no history and no log; no row: 12 points."""

    paper_way = link(PaperWay, unique=True)
    points = SmallIntegerField(constraints=[Check("points IN (12, 18, 24)")])


class Printout(BaseModel):
    """A version of a class's printouts of a week: the page it is made from, and the file once it
    is made. Made anew only where the data moved; versions that were made stay."""

    STATES = ("waiting", "done", "failed")

    school = link(School)
    school_class = link(SchoolClass)
    #: The week, by its Monday.
    monday = DateField()
    ordinal = SmallIntegerField(constraints=[Check("ordinal > 0")])
    title = TextField()
    #: The whole page, CSS and all, as it was when it was made.
    source = TextField()
    #: Of what it says, without the moment of printing.
    digest = CharField(max_length=64)
    #: Of the data behind it, when that was last compared.
    vector = CharField(max_length=64)
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
            (("school", "school_class", "monday", "ordinal"), True),
            (("school", "monday"), False),
            (("state", "due_at"), False),
            (("claim",), False),
        )


class PrintoutPart(BaseModel):
    """The pages of one recipient within a version."""

    printout = link(Printout)
    paper_way = link(PaperWay)
    first_page = SmallIntegerField(constraints=[Check("first_page > 0")])
    pages = SmallIntegerField(constraints=[Check("pages > 0")])

    class Meta:
        indexes = (
            (("printout", "paper_way"), True),
            (("paper_way",), False),
        )


class PrintoutHandOver(BaseModel):
    """That a recipient got the printout of a week: the class teacher's tick (C7)."""

    school = link(School)
    paper_way = link(PaperWay)
    monday = DateField()
    #: Which version was handed over.
    printout = link(Printout)
    at = MomentField()
    by = link(Person)
    undone_at = MomentField(null=True)
    undone_by = link(Person, null=True)
    word = TextField(default="")

    class Meta:
        constraints = [
            Check("(undone_at IS NULL) = (undone_by_id IS NULL)"),
            Check("undone_at IS NULL OR word <> ''"),
        ]
        indexes = (
            (("school", "monday"), False),
            (("paper_way", "monday"), False),
        )


class PaperCall(BaseModel):
    """A logged call to somebody on the paper way: missed lessons of a day (C3), or the results of
    a column (C2)."""

    WHATS = ("absence", "results")

    school = link(School)
    paper_way = link(PaperWay)
    what = CharField(max_length=8, constraints=[Check(f"what IN {WHATS!r}")])
    #: «2026-11-18»: the day that was missed; «period-7», «year-3»: a column of results.
    about = CharField(max_length=20, constraints=[Check("about <> ''")])
    at = MomentField()
    by = link(Person)
    #: Who was spoken to.
    spoke_with = CharField(max_length=250, constraints=[Check("spoke_with <> ''")])
    word = TextField(default="")
    undone_at = MomentField(null=True)
    undone_by = link(Person, null=True)
    why_undone = TextField(default="")
    #: Of the form that sent it, with what it is about: a form that comes twice logs once.
    request = CharField(max_length=80, unique=True, column_name="request_id")

    class Meta:
        constraints = [
            Check("(undone_at IS NULL) = (undone_by_id IS NULL)"),
            Check("undone_at IS NULL OR why_undone <> ''"),
        ]
        indexes = (
            (("school", "at"), False),
            (("paper_way", "what"), False),
        )
