"""The class teacher's room."""

from blueprints.classroom import absences, excuses, report
from blueprints.classroom.views import blueprint

__all__ = ["absences", "blueprint", "excuses", "report"]
