"""The teacher's room: the day's lessons, the register of each, and what is still owed."""

from blueprints.gradebook import changes, owed, papers
from blueprints.gradebook.views import blueprint

__all__ = ["blueprint", "changes", "owed", "papers"]
