"""The teacher's room: the day's lessons and the register of each."""

from blueprints.gradebook.views import blueprint

__all__ = ["blueprint"]
