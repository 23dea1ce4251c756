"""flask export year, flask import archive, flask verify-archive, flask frozen-years (H15)."""

import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import click
from flask import current_app

from blueprints.commands import connect_to_ready_database
from school import clock
from school.actions import traces
from school.actions.frozen_years import folder_of
from school.actions.history import Act
from school.exchange.frozen.archive import ArchiveRefused, verify_archive
from school.exchange.frozen.tables import FrozenYearHead, list_years
from school.printing import PrinterTrouble, PrintFailed
from school.queries.schools import find_school_by_name
from school.wording import plural


class WithDefault(click.Group):
    """A group of commands whose first one needs no name: what was one command stays one."""

    default = ""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default's name before arguments that name no command."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [self.default, *args]
        return super().parse_args(ctx, args)


class _Export(WithDefault):
    default = "school"


class _Import(WithDefault):
    default = "files"


@click.group("export", cls=_Export)
def export_group() -> None:
    """Write a school, or one of its years, into files."""


@click.group("import", cls=_Import)
def import_group() -> None:
    """Load a school from files, or a frozen year."""


def _data_dir() -> Path:
    folder: Path = current_app.extensions["settings"].data_dir
    return folder


@export_group.command("year")
@click.argument("school")
@click.argument("year")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def export_year(school: str, year: str, path: Path) -> None:
    """Freeze the YEAR (2026 or 2026/27) of SCHOOL (its short name) into PATH, an archive that
    opens without the program."""
    from blueprints.papers.frozen_year import freeze_year

    connect_to_ready_database()
    head = _find_year(school, year)
    now = clock.now()
    if not path.resolve().parent.is_dir():
        raise click.ClickException(f"Папки {path.parent} нет.")
    with tempfile.TemporaryDirectory(dir=folder_of(_data_dir()), prefix=".") as work:
        try:
            made = freeze_year(head, Path(work), today=clock.local(now, head.time_zone).date())
        except (PrinterTrouble, PrintFailed) as trouble:
            raise click.ClickException(f"Архив не сделать: {trouble}.") from None
        if made is None:
            raise click.ClickException("Архив не сделан.")
        shutil.move(made.path, path)
        os.chmod(path, 0o600)
    traces.record_event(
        "export", now, person_id=None, school_id=head.school_id,
        detail=f"архив учебного года {head.name}", request_id=secrets.token_hex(8),
    )  # fmt: skip
    click.echo(f"Записано: {path}, {path.stat().st_size / 1_000_000:.1f} МБ")
    click.echo(f"Контрольная сумма (SHA-256): {made.checksum}")


def _find_year(school: str, year: str) -> FrozenYearHead:
    found = find_school_by_name(school)
    if found is None:
        raise click.ClickException(f"Школы «{school}» нет.")
    years = list_years(found.school_id)
    for head in years:
        if year in (head.name, str(head.from_on.year)):
            return head
    names = ", ".join(head.name for head in years) or "ни одного"
    raise click.ClickException(f"Учебного года «{year}» нет. Есть: {names}.")


@import_group.command("archive")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_archive(path: Path) -> None:
    """Load a frozen year into an empty installation: all of it, or nothing."""
    from school.actions.frozen_loading import load_frozen_year

    connect_to_ready_database()
    act = Act(at=clock.now(), actor_id=None, request_id=secrets.token_hex(8))
    try:
        loaded = load_frozen_year(path, act)
    except ArchiveRefused as refused:
        _say_faults(refused)
    rows = plural(loaded.rows, "строка", "строки", "строк")
    click.echo(f"Загружено: {loaded.verified.school}, {loaded.verified.year}, {rows}.")
    click.echo(
        "Входов в архиве нет. Заведите себе: flask --app app account ЛОГИН "
        f"--school {loaded.short_name} --role administrator"
    )


@click.command("verify-archive")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_archive_command(path: Path) -> None:
    """Compare every file of a frozen year with its checksum; exit status 1 where one differs."""
    try:
        verified = verify_archive(path)
    except ArchiveRefused as refused:
        _say_faults(refused)
    files = plural(verified.files, "файл", "файла", "файлов")
    rows = plural(verified.rows, "строка", "строки", "строк")
    click.echo(f"Архив в порядке: {verified.school}, {verified.year}; {files}, {rows} в таблицах.")
    click.echo(f"Контрольная сумма (SHA-256): {verified.checksum}")


def _say_faults(refused: ArchiveRefused) -> NoReturn:
    for fault in refused.faults:
        click.echo(fault, err=True)
    sys.exit(1)


@click.command("frozen-years")
@click.option("--parent", type=int, help="End when the process of this number is not ours above.")
def frozen_years_command(parent: int | None) -> None:
    """Make the archives that were asked for: one sweep. The worker starts it."""
    from blueprints.papers.freezing import sweep_frozen_years

    connect_to_ready_database()
    for line in sweep_frozen_years(_data_dir(), parent=parent):
        click.echo(line)
