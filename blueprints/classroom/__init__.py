"""The class teacher's room."""

from blueprints.classroom import absences, codes, excuses, report, results, sheets
from blueprints.classroom.views import blueprint

__all__ = ["absences", "blueprint", "codes", "excuses", "report", "results", "sheets"]
