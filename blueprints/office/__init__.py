"""The administrator's room."""

from blueprints.office import (
    access_log,
    calendar,
    codes,
    consents,
    imports,
    passwords,
    people,
    questions,
    requests,
    school_page,
    years,
)
from blueprints.office.cli import export_files, import_files
from blueprints.office.views import blueprint

blueprint.cli.add_command(import_files)
blueprint.cli.add_command(export_files)

__all__ = [
    "access_log",
    "blueprint",
    "calendar",
    "codes",
    "consents",
    "imports",
    "passwords",
    "people",
    "questions",
    "requests",
    "school_page",
    "years",
]
