"""The administrator's room."""

from blueprints.office import access_log, calendar, passwords, people
from blueprints.office.cli import import_files
from blueprints.office.views import blueprint

blueprint.cli.add_command(import_files)

__all__ = ["access_log", "blueprint", "calendar", "passwords", "people"]
