"""The class teacher's room."""

from blueprints.classroom.views import blueprint

__all__ = ["blueprint"]
