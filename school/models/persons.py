"""A person of the municipality: pupil, parent or staff, one row however many ties."""

from peewee import CharField, Check, DateField

from school.models.base import BaseModel, link
from school.models.places import Municipality


class Person(BaseModel):
    municipality = link(Municipality)
    surname = CharField(constraints=[Check("surname <> ''")])
    given_name = CharField(constraints=[Check("given_name <> ''")])
    #: Empty where a person has none.
    patronymic = CharField(default="")
    birth_on = DateField(null=True)

    class Meta:
        indexes = ((("municipality", "surname", "given_name"), False),)
