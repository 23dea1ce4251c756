"""flask import, flask export: a school from files, and into files."""

import csv
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from flask import current_app

from blueprints.commands import connect_to_ready_database
from school import clock
from school.actions.history import Act
from school.database import analyze

if TYPE_CHECKING:
    from school.actions.importing import ImportReport


@click.command("files")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--school", help="Short name of the school that spreadsheets are for.")
@click.option(
    "--answer", "given", multiple=True, help="QUESTION=ANSWER, as an earlier run asked it."
)
@click.option("--accept-presets", is_flag=True, help="Answer all questions as is proposed.")
def import_files(
    paths: tuple[Path, ...],
    dry_run: bool,
    school: str | None,
    given: tuple[str, ...],
    accept_presets: bool,
) -> None:
    """Load a school: all of it, or nothing.

    PATHS is a folder with the nine CSV files of a school, or with --school spreadsheets as
    people make them (XLSX, XLS, ODS, CSV) or a folder of them. One-time passwords of new staff
    are written to a file in DATA_DIR, to be handed out.
    """
    connect_to_ready_database()
    act = Act(at=clock.now(), actor_id=None, request_id=secrets.token_hex(8))
    if school is None:
        if len(paths) != 1 or not paths[0].is_dir():
            raise click.ClickException("Для отдельных таблиц назовите школу: --school school-5")
        report = _load_folder(paths[0], act, dry_run=dry_run)
    else:
        answers = dict(item.partition("=")[::2] for item in given)
        report = _load_spreadsheets(
            school, paths, answers, act, dry_run=dry_run, accept_presets=accept_presets
        )
    for line in report.lines():
        click.echo(line)
    if dry_run:
        click.echo("Это была проверка: ничего не записано.")
        return
    if report.passwords:
        data_dir: Path = current_app.extensions["settings"].data_dir
        path = data_dir / f"one-time-passwords-{act.at:%Y%m%d-%H%M%S}.csv"
        _write_passwords(path, [(p.name, p.login, p.password) for p in report.passwords])
        click.echo(f"Временные пароли сотрудников: {path}. Раздайте их лично и удалите файл.")


def _load_folder(folder: Path, act: Act, *, dry_run: bool) -> "ImportReport":
    # Only here: the web server never imports a school by itself.
    from school.actions.importing import import_school, rehearse_import
    from school.exchange.problems import ImportRefused
    from school.exchange.school_files import load_folder

    try:
        files = load_folder(folder)
        if not dry_run:
            report = import_school(files, act=act)
            analyze()
            return report
        report, problems = rehearse_import(files, act=act)
        if problems:
            raise ImportRefused(problems)
    except ImportRefused as refused:
        for problem in refused.problems:
            click.echo(str(problem), err=True)
        _end_refused()
    return report


def _end_refused() -> NoReturn:
    click.echo("Ничего не загружено: исправьте эти строки и повторите.", err=True)
    sys.exit(1)


def _load_spreadsheets(
    short_name: str,
    paths: tuple[Path, ...],
    answers: dict[str, str],
    act: Act,
    *,
    dry_run: bool,
    accept_presets: bool,
) -> "ImportReport":
    from school.actions.importing import import_school
    from school.actions.importing.checking import CHANGED, NEW, SAME, VERDICTS, check_upload
    from school.queries.schools import find_school_by_name

    found = find_school_by_name(short_name)
    if found is None:
        raise click.ClickException(f"Школы «{short_name}» нет: заведите её мастером на /setup.")
    files = [
        file
        for path in paths
        for file in (sorted(path.iterdir()) if path.is_dir() else [path])
        if file.is_file()
    ]
    today = clock.local(act.at, found.time_zone).date()
    while True:
        checked = check_upload(
            found.school_id, {f.name: f for f in files}, answers=answers, today=today, act=act
        )
        fresh = {q.key: q.preset for q in checked.questions if q.key not in answers}
        if not accept_presets or not fresh:
            break
        answers |= fresh
    for question in checked.questions:
        options = ", ".join(f"{value} ({words})" for value, words in question.options)
        click.echo(f"{question.place}: {question.text}\n  --answer '{question.key}=…': {options}")
    for remark in checked.remarks:
        click.echo(remark)
    for row in checked.rows:
        if row.verdict not in (NEW, SAME, CHANGED):
            click.echo(f"{row.place}: {row.who} {row.says}".rstrip(), err=True)
        elif row.verdict == CHANGED:
            click.echo(f"{row.place}, строка {row.line}: {row.who}: {row.says}")
    click.echo("; ".join(f"{words}: {checked.count(v)}" for v, words in VERDICTS.items()))
    if checked.files is None or not checked.may_be_written:
        _end_refused()
    if dry_run:
        return checked.report
    return import_school(checked.files, act=act, chosen=checked.chosen)


@click.command("school")
@click.argument("school")
@click.argument("path", type=click.Path(path_type=Path))
def export_files(school: str, path: Path) -> None:
    """Write everything of SCHOOL (its short name) that comes in by files to PATH: a workbook
    where it ends in .xlsx, else a folder of CSV files that `flask import` takes."""
    from school.exchange.export import export_school
    from school.exchange.files import write_csv, write_workbook
    from school.queries.schools import find_school_by_name

    connect_to_ready_database()
    found = find_school_by_name(school)
    if found is None:
        raise click.ClickException(f"Школы «{school}» нет.")
    tables = export_school(found.school_id, clock.today(found.time_zone))
    if path.suffix == ".xlsx":
        path.write_bytes(write_workbook(tables, school=found.short_name))
    else:
        path.mkdir(parents=True, exist_ok=True)
        for file, table in tables.items():
            (path / file).write_text(write_csv(file, table), encoding="utf-8", newline="")
    click.echo(f"Записано: {path}")


def _write_passwords(path: Path, rows: list[tuple[str, str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("Сотрудник", "Логин", "Временный пароль"))
        writer.writerows(rows)
