"""What all commands need: a connection, and a database that is ready for them."""

import click
from peewee import PeeweeException

from school.database import SchemaError, ensure_connection, refuse_older_schema


def connect() -> None:
    """Connect, or end the command with a sentence."""
    try:
        ensure_connection()
    except PeeweeException as error:
        raise click.ClickException(f"База не отвечает: {error}".strip()) from None


def connect_to_ready_database() -> None:
    """Connect to a database of today's schema, or end the command with a sentence."""
    connect()
    try:
        refuse_older_schema()
    except SchemaError as error:
        raise click.ClickException(str(error)) from None
