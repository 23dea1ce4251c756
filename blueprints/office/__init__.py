"""The administrator's room."""

from blueprints.office import (
    access_log,
    calendar,
    codes,
    consents,
    frozen_years,
    imports,
    passwords,
    people,
    questions,
    requests,
    school_page,
    years,
)
from blueprints.office.archive_cli import (
    export_group,
    frozen_years_command,
    import_group,
    verify_archive_command,
)
from blueprints.office.cli import export_files, import_files
from blueprints.office.views import blueprint

import_group.add_command(import_files)
export_group.add_command(export_files)
for command in (import_group, export_group, verify_archive_command, frozen_years_command):
    blueprint.cli.add_command(command)

__all__ = [
    "access_log",
    "blueprint",
    "calendar",
    "codes",
    "consents",
    "frozen_years",
    "imports",
    "passwords",
    "people",
    "questions",
    "requests",
    "school_page",
    "years",
]
