"""What a school, or the municipality, says on its public page (A14)."""

from peewee import SQL, CharField, TextField

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import Municipality, School


class PublicPage(BaseModel):
    """Its own words and whom to ask. Without a school: the municipality's."""

    municipality = link(Municipality)
    school = link(School, null=True)
    #: Paragraphs, lists and addresses (rules/plain_text.py).
    text = TextField(default="")
    #: Who answers questions: a name or a duty, where, by which phone and when.
    whom = CharField(default="")
    phone = CharField(default="")
    hours = CharField(default="")
    changed_at = MomentField()
    changed_by = link(Person, null=True)

    class Meta:
        indexes = ((("school",), True),)


# A unique index lets NULLs repeat: a municipality has one page of its own.
PublicPage.add_index(
    PublicPage.index(
        PublicPage.municipality,
        unique=True,
        where=SQL("school_id IS NULL"),
        name="public_page_of_municipality",
    )
)
