"""The class teacher's room."""

from blueprints.classroom import report  # noqa: F401 - its view joins
from blueprints.classroom.views import blueprint

__all__ = ["blueprint"]
