"""How a person wants pages to look."""

from peewee import CharField, Check

from school.models.base import BaseModel, link
from school.models.persons import Person


class ChosenLook(BaseModel):
    """The look that a new sign-in gets. It may say that somebody sees badly, so it is written
    into no history and no log, and nobody but the person reads it; no row: nothing chosen."""

    person = link(Person, unique=True)
    #: As school/rules/looks.py writes it.
    look = CharField(constraints=[Check("look <> ''")])
