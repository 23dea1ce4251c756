"""Commands of whoever runs the product: serve, migrate, doctor, deliver, demo."""

import sys
from datetime import datetime
from typing import Any

import click
from flask import current_app

from blueprints.commands import connect, connect_to_ready_database
from blueprints.operations import serve as supervisor
from school import clock, delivery, doctor
from school.database import migrate
from school.queries.accounts import list_demo_sign_ins
from school.queries.schools import has_schools
from school.rules.letters import WAITING
from school.settings import Settings, SettingsError
from school.wording import LETTER_STATES

#: Seconds: whoever types the command waits for all of it.
ONE_SWEEP = 3600.0


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _prepare_queue() -> Any:
    # Imported here: the module opens the database by the environment, as the worker does.
    from tasks import huey

    huey.storage.initialize_schema()


@click.command("serve")
def serve_command() -> None:
    """Run web server and worker together until Ctrl-C."""
    connect_to_ready_database()
    _prepare_queue()
    click.echo(f"Листок: {_settings().base_url}/  (остановить: Ctrl-C)")
    if not has_schools():
        settings = _settings()
        click.echo(f"Школы ещё нет: {settings.base_url}/setup, код {settings.setup_code}")
    sys.exit(supervisor.serve(_settings()))


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database up to date, under a lock."""
    connect()
    applied = migrate(_settings().data_dir, also=_prepare_queue)
    click.echo("Применено: " + ", ".join(applied) if applied else "База уже в порядке.")


@click.command("doctor")
def doctor_command() -> None:
    """Say of each setting what it is, how it stands and how to mend it."""
    findings = doctor.examine(_settings(), clock.now())
    for finding in findings:
        click.echo(f"{finding.state.value:<9} {finding.name}: {finding.says}")
        if finding.mend:
            click.echo(f"{'':<9} → {finding.mend}")
    if any(finding.state is doctor.State.BAD for finding in findings):
        sys.exit(1)


@click.command("deliver")
def deliver_command() -> None:
    """Send what is due in the outbox: one sweep, until nothing is due."""
    connect_to_ready_database()
    try:
        swept = delivery.sweep(_settings(), seconds=ONE_SWEEP)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    if not swept.has_server:
        click.echo("SMTP_URL не задан: письма остаются в исходящих.")
        return
    for state, count in swept.counts.items():
        said = "отложено" if state == WAITING else LETTER_STATES[state]
        click.echo(f"{said}: {count}")
    if swept.trouble:
        raise click.ClickException(f"Почта: {swept.trouble}")
    if not swept.counts:
        click.echo("Отправлять нечего.")


@click.command("demo")
@click.option("--schools", type=click.IntRange(1, 200), default=5, show_default=True)
@click.option("--pupils", type=click.IntRange(10, 5000), help="Pupils per school.")
@click.option("--weeks", type=click.IntRange(1, 40), default=9, show_default=True)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day the data ends on.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--if-empty", is_flag=True, help="Do nothing where a school exists already.")
def demo_command(
    schools: int,
    pupils: int | None,
    weeks: int,
    today: datetime | None,
    seed: int,
    if_empty: bool,
) -> None:
    """Fill an empty database with the demo municipality. Same arguments, same data."""
    from school.demo import DemoRefused, load_demo  # its texts: only where they are asked for

    if not _settings().is_local:
        raise click.ClickException(
            "Демонстрационные данные грузят только там, где HOST и BASE_URL — этот компьютер."
        )
    connect_to_ready_database()
    try:
        report = load_demo(
            schools=schools,
            pupils=pupils,
            weeks=weeks,
            today=today.date() if today else None,
            seed=seed,
            now=clock.now(),
        )
    except DemoRefused as refusal:
        if not if_empty:
            raise click.ClickException(str(refusal)) from None
    else:
        rows = sum(report.counts.values())
        click.echo(f"{report.municipality}: {rows} строк, данные на {report.today}.")
    sign_ins = list_demo_sign_ins()
    if sign_ins:
        click.echo("Демонстрационные входы, пароль у всех: demo")
    for sign_in in sign_ins:
        click.echo(f"  {sign_in.login:<16} {sign_in.who}")


commands = (serve_command, migrate_command, doctor_command, deliver_command, demo_command)
