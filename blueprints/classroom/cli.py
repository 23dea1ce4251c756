"""flask printouts: the weekly printouts of all schools, made and printed now, with progress."""

import threading
from datetime import date

import click
from flask import current_app

from blueprints.commands import connect_to_ready_database
from school import clock, printing
from school.actions.printouts import HANDED, MADE, ClassPrintout, make_week
from school.database import fetch_all
from school.queries.schools import find_school
from school.rules.printouts import monday_of
from school.rules.register import parse_day
from school.settings import Settings
from school.wording import plural, span

#: Seconds: whoever types the command waits for all of it.
ONE_SWEEP = 3600.0
OUTCOMES = {"same": "без изменений", HANDED: "все получили"}


@click.command("printouts")
@click.option("--week", help="Любой день недели, например 2026-11-20; без него — эта неделя.")
def printouts(week: str | None) -> None:
    """Make the printouts of a week for everybody on the paper way: pages first, then PDF by all
    cores. What did not move is not made again."""
    connect_to_ready_database()
    asked = None if week is None else _day(week)
    made = 0
    for (school_id,) in fetch_all("SELECT id FROM school ORDER BY id"):
        made += _of_school(school_id, asked)
    _print(made)


def _of_school(school_id: int, asked: date | None) -> int:
    school = find_school(school_id)
    if school is None:
        return 0
    today = clock.today(school.time_zone)
    monday = monday_of(asked or today)
    if monday > today:
        raise click.ClickException(f"Неделя {monday:%d.%m.%Y} ещё не началась.")

    def tell(line: ClassPrintout) -> None:
        what = OUTCOMES.get(line.outcome) or plural(line.pages, "лист", "листа", "листов")
        people = plural(line.recipients, "получатель", "получателя", "получателей")
        click.echo(f"{line.short_name}, {line.class_name}: {people}, {what}")

    found = make_week(school, monday, clock.now(), css=printing.paper_css(), tell=tell)
    if not found:
        days = span(monday, monday.fromordinal(monday.toordinal() + 6))
        click.echo(f"{school.short_name}: за {days} печатать некому")
    return sum(line.outcome == MADE for line in found)


def _print(made: int) -> None:
    settings: Settings = current_app.extensions["settings"]
    waiting = fetch_all("SELECT COUNT(*) FROM printout WHERE state = 'waiting'")[0][0]
    done, lock = 0, threading.Lock()

    def tell(state: str) -> None:
        nonlocal done
        with lock:
            done += state == "done"
            click.echo(f"PDF: {done} из {waiting}")

    printed = printing.sweep(
        settings.data_dir, seconds=ONE_SWEEP, queue=printing.PRINTOUTS, tell=tell
    )
    failed = printed.counts.get("failed", 0)
    click.echo(f"Новых распечаток: {made}, готовых PDF: {done}, не вышло: {failed}")
    if printed.trouble:
        raise click.ClickException(f"PDF сейчас не сделать: {printed.trouble}")


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError:
        raise click.BadParameter("нужна дата: 2026-11-20", param_hint="--week") from None
