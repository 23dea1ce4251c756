"""The room of who answers: deputy head, head, municipal officer."""

from blueprints.oversight.views import blueprint

__all__ = ["blueprint"]
