"""The class teacher's room."""

from blueprints.classroom import (
    absences,
    calls,
    codes,
    excuses,
    paper,
    printouts,
    report,
    results,
    sheets,
)
from blueprints.classroom.cli import printouts as printouts_command
from blueprints.classroom.views import blueprint

blueprint.cli.add_command(printouts_command)

__all__ = [
    "absences", "blueprint", "calls", "codes", "excuses", "paper", "printouts", "report", "results",
    "sheets",
]  # fmt: skip
