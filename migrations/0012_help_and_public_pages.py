"""Questions to a school and public pages: a frozen copy of what this step adds."""

from typing import Any

from peewee import SQL, BooleanField, CharField, Check, ForeignKeyField, Model, TextField

from school.database import database
from school.models.fields import MomentField


class BaseModel(Model):
    class Meta:
        database = database
        legacy_table_names = False


def link(model: Any, **options: Any) -> ForeignKeyField:
    options.setdefault("index", False)
    return ForeignKeyField(model, backref="+", **options)


class Municipality(BaseModel):
    """What the new tables refer to, as the two below."""


class School(BaseModel):
    pass


class Person(BaseModel):
    pass


class HelpThread(BaseModel):
    STATES = ("open", "answered", "closed")
    WAYS = ("page", "email", "phone", "visit")

    school = link(School)
    person = link(Person, null=True)
    name = CharField(default="")
    way = CharField(max_length=5, constraints=[Check(f"way IN {WAYS!r}")])
    address = CharField(default="")
    code_hash = CharField(max_length=64, null=True, unique=True)
    state = CharField(max_length=8, constraints=[Check(f"state IN {STATES!r}")])
    open_since = MomentField(null=True)
    changed_at = MomentField()

    class Meta:
        constraints = [
            Check("(state = 'open') = (open_since IS NOT NULL)"),
            Check("(person_id IS NULL) = (code_hash IS NOT NULL)"),
        ]
        indexes = ((("school", "state", "open_since"), False), (("person",), False))


class HelpMessage(BaseModel):
    thread = link(HelpThread)
    is_answer = BooleanField(default=False)
    author = link(Person, null=True)
    at = MomentField()
    text = TextField(constraints=[Check("text <> ''")])
    request = CharField(max_length=64, unique=True, column_name="request_id")

    class Meta:
        indexes = ((("thread", "at"), False),)


class PublicPage(BaseModel):
    municipality = link(Municipality)
    school = link(School, null=True)
    text = TextField(default="")
    whom = CharField(default="")
    phone = CharField(default="")
    hours = CharField(default="")
    changed_at = MomentField()
    changed_by = link(Person, null=True)

    class Meta:
        indexes = ((("school",), True),)


PublicPage.add_index(
    PublicPage.index(
        PublicPage.municipality,
        unique=True,
        where=SQL("school_id IS NULL"),
        name="public_page_of_municipality",
    )
)


def up(migrator: Any, db: Any) -> None:
    migrator.migrate(migrator.add_column("letter", "to_name", CharField(null=True)))
    db.create_tables([HelpThread, HelpMessage, PublicPage], safe=False)
