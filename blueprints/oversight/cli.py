"""flask due: until when something would be in time, under a school's regulation; flask deadlines:
one sweep of what is owed."""

import os
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import click

from blueprints.commands import connect_to_ready_database
from school import clock
from school.actions.deadlines import sweep_deadlines
from school.queries.due import DueAnswer, DueRefused, answer_due

BAD_LINE = "нужны три слова: школа, строка и время, например school-2 A8 2026-04-30T12:00"


@click.command("due")
@click.argument("school")
@click.argument("row", required=False)
@click.argument("moment", required=False)
def due(school: str, row: str | None, moment: str | None) -> None:
    """When would ROW be due at SCHOOL, if its event happened at MOMENT (local date or
    date-time)? «due -» answers lines «SCHOOL ROW MOMENT» from standard input, one by one."""
    connect_to_ready_database()
    if school == "-" and row is None:
        lines = _lines()
    elif row is None or moment is None:
        raise click.UsageError("due SCHOOL ROW MOMENT, or due -")
    else:
        lines = iter([(school, row, moment)])
    unconfirmed: set[int] = set()
    wrong = False
    for words in lines:
        try:
            if len(words) != 3:
                raise DueRefused(BAD_LINE)
            answer = answer_due(*words)
        except DueRefused as refusal:
            wrong = True
            click.echo(f"error: {refusal}")
        else:
            click.echo(answer.text)
            _warn(answer, unconfirmed)
        sys.stdout.flush()
    if wrong:
        sys.exit(1)


def _lines() -> Iterator[tuple[str, ...]]:
    for line in sys.stdin.buffer:
        yield tuple(line.decode("utf-8-sig", errors="replace").split())


def _warn(answer: DueAnswer, said: set[int]) -> None:
    """Once for each year: it goes beside the answers, not among them."""
    for year in sorted(set(answer.unconfirmed) - said):
        said.add(year)
        click.echo(f"Внимание: переносы выходных дней на {year} год не подтверждены.", err=True)


@click.command("deadlines")
@click.option("--now", "at", help="Момент с часовым поясом, например 2026-09-15T12:00+05:00.")
def deadlines(at: str | None) -> None:
    """One sweep of the deadlines: what is due and overdue in each school, and who is told."""
    connect_to_ready_database()
    now = clock.now()
    for line in sweep_deadlines(
        now if at is None else _moment(at),
        worker=f"{socket.gethostname()}:{os.getpid()}",
        claimed_at=now,
    ):
        click.echo(
            f"{line.short_name}: в срок {line.due}, просрочено {line.overdue}, "
            f"новых напоминаний {line.reminded}"
        )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(
            "нужны дата, время и часовой пояс: 2026-09-15T12:00+05:00", param_hint="--now"
        )
    return moment.astimezone(UTC)
