"""Running the product: its health, and the commands of whoever runs it."""

from blueprints.operations.cli import commands
from blueprints.operations.views import blueprint

for command in commands:
    blueprint.cli.add_command(command)

__all__ = ["blueprint"]
