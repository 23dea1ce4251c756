"""How a person wants pages to look: a frozen copy of what this step adds."""

from typing import Any

from peewee import CharField, Check, ForeignKeyField, Model

from school.database import database


class BaseModel(Model):
    class Meta:
        database = database
        legacy_table_names = False


class Person(BaseModel):
    """What the new table refers to."""


class ChosenLook(BaseModel):
    person = ForeignKeyField(Person, backref="+", unique=True, index=False)
    look = CharField(constraints=[Check("look <> ''")])


def up(migrator: Any, db: Any) -> None:
    db.create_tables([ChosenLook], safe=False)
