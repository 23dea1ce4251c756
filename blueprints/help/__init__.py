"""Guides for everybody, and questions to a school."""

from blueprints.help import questions  # noqa: F401 - its views join the blueprint
from blueprints.help.views import blueprint

__all__ = ["blueprint"]
