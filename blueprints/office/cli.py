"""flask import: a school from a folder of files."""

import csv
import os
import secrets
import sys
from pathlib import Path

import click
from flask import current_app

from blueprints.commands import connect_to_ready_database
from school import clock
from school.actions.history import Act
from school.database import analyze


@click.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_files(folder: Path) -> None:
    """Load a school from the CSV files in FOLDER: all of it, or nothing.

    One-time passwords of new staff are written to a file in DATA_DIR, to be handed out.
    """
    # Only here: the web server never imports a school.
    from school.actions.importing import import_school
    from school.exchange.problems import ImportRefused
    from school.exchange.school_files import load_folder

    connect_to_ready_database()
    act = Act(at=clock.now(), actor_id=None, request_id=secrets.token_hex(8))
    try:
        report = import_school(load_folder(folder), act=act)
    except ImportRefused as refused:
        for problem in refused.problems:
            click.echo(str(problem), err=True)
        click.echo("Ничего не загружено: исправьте эти строки и повторите.", err=True)
        sys.exit(1)
    analyze()
    for line in report.lines():
        click.echo(line)
    if report.passwords:
        data_dir: Path = current_app.extensions["settings"].data_dir
        path = data_dir / f"one-time-passwords-{act.at:%Y%m%d-%H%M%S}.csv"
        _write_passwords(path, [(p.name, p.login, p.password) for p in report.passwords])
        click.echo(f"Временные пароли сотрудников: {path}. Раздайте их лично и удалите файл.")


def _write_passwords(path: Path, rows: list[tuple[str, str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("Сотрудник", "Логин", "Временный пароль"))
        writer.writerows(rows)
