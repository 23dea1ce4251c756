"""The administrator's room."""

from blueprints.office import calendar  # noqa: F401 - its views join the blueprint
from blueprints.office.cli import import_files
from blueprints.office.views import blueprint

blueprint.cli.add_command(import_files)

__all__ = ["blueprint"]
