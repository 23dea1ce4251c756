"""The room of who answers: deputy head, head, municipal officer."""

from blueprints.oversight import regulations  # noqa: F401 - its views join the blueprint
from blueprints.oversight.cli import due
from blueprints.oversight.views import blueprint

blueprint.cli.add_command(due)

__all__ = ["blueprint"]
