"""What all tables share."""

from typing import Any

from peewee import Check, DateField, ForeignKeyField, Model

from school.database import database


class BaseModel(Model):
    class Meta:
        database = database
        legacy_table_names = False


#: peewee lets a subclass's constraints replace the inherited ones: name it there again.
IN_ORDER = Check("until_on IS NULL OR from_on <= until_on")


class Dated(BaseModel):
    """A row that holds from a day to a day, both inclusive; an open end is NULL."""

    from_on = DateField()
    until_on = DateField(null=True)

    class Meta:
        constraints = [IN_ORDER]


def link(model: Any, **options: Any) -> ForeignKeyField:
    """A foreign key without an index of its own: tables name the indexes they need, with the
    school first, and nothing that others point to is ever deleted."""
    options.setdefault("index", False)
    return ForeignKeyField(model, backref="+", **options)
