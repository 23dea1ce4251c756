"""The room of who answers: deputy head, head, municipal officer."""

from blueprints.oversight import (  # noqa: F401 - their views join
    changes,
    extracurricular,
    marking,
    municipal_page,
    municipality,
    obligations,
    printouts,
    regulations,
    remarks,
    result_policy,
    results,
    statistics,
    statistics_paper,
    substitutions,
    timeliness,
    timetable,
    timetable_days,
    whereabouts,
)
from blueprints.oversight.cli import deadlines, due
from blueprints.oversight.views import blueprint

blueprint.cli.add_command(due)
blueprint.cli.add_command(deadlines)

__all__ = ["blueprint"]
