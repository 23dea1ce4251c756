"""The clock: the Huey object and its periodic tasks. All work is done in school/.

Tasks are sweeps that ask the database what is due, so a missed or doubled minute is harmless.
Run by `flask serve`, or alone: huey_consumer tasks.huey
"""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from huey import Huey, PostgresHuey, SqliteHuey, crontab

from school import clock, delivery, printing
from school.actions import (
    deadlines,
    frozen_years,
    papers,
    printouts,
    questions,
    register,
    register_letters,
    sessions,
    throttles,
    traces,
)
from school.actions.importing import uploads
from school.database import SchemaError, ensure_connection, open_database, refuse_older_schema
from school.settings import Settings


def make_huey(settings: Settings) -> Huey:
    """The queue: beside the data in SQLite's case, in the same PostgreSQL otherwise."""
    if settings.database_url.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return SqliteHuey(
            "listok",
            filename=str(settings.data_dir / "queue.db"),
            create_tables=False,  # else it connects when this module is imported
            utc=False,
        )
    return PostgresHuey("listok", dsn=settings.database_url, create_tables=False, utc=False)


settings = Settings.from_environment()
open_database(settings.database_url)
huey = make_huey(settings)
#: A register may stay open over a weekend and be saved on Monday.
PAGES_STAY_OPEN = timedelta(days=14)
#: Seconds between two looks for uploads.
IMPORTS_EVERY = 4
HERE = Path(__file__).resolve().parent
WORKER = f"{socket.gethostname()}:{os.getpid()}"


@huey.on_startup()
def start() -> None:
    """Refuse an older schema, and be seen at once."""
    ensure_connection()
    try:
        refuse_older_schema()
    except SchemaError as refusal:
        # Huey only logs what a startup hook raises, and would work on.
        print(refusal, file=sys.stderr, flush=True)
        os._exit(1)
    traces.worker_seen(WORKER, clock.now())


@huey.periodic_task(crontab(minute="*"))
def sign_of_life() -> None:
    ensure_connection()
    traces.worker_seen(WORKER, clock.now())


@huey.periodic_task(crontab(minute="*"))
def send_letters() -> None:
    """What is due in the outbox; nothing without SMTP_URL."""
    ensure_connection()
    delivery.sweep(settings)


@huey.periodic_task(crontab(minute="*"))
def print_papers() -> None:
    """Papers that were not made while their people waited; old ones are erased."""
    ensure_connection()
    papers.forget_old_papers(settings.data_dir, clock.now())
    printed = printing.sweep(settings.data_dir)
    weekly = printing.sweep(settings.data_dir, queue=printing.PRINTOUTS)
    delivery.note_route(printed.trouble or weekly.trouble, clock.now(), printing.ROUTE)


@huey.periodic_task(crontab(minute="*/5"))
def write_printouts() -> None:
    """The weekly printouts whose school's hour has come, or whose data moved since."""
    ensure_connection()
    printouts.sweep_printouts(clock.now(), css=printing.paper_css(), worker=WORKER)


@huey.periodic_task(crontab(minute="*"))
def freeze_years() -> None:
    """Archives of school years that were asked for. They take minutes and need templates: a
    process of the program makes them, and gives its memory back."""
    ensure_connection()
    if frozen_years.is_frozen_year_due(clock.now()):
        command = [sys.executable, "-m", "flask", "--app", "app", "frozen-years"]
        own = ["--parent", str(os.getpid())]
        subprocess.run([*command, *own], cwd=HERE, check=False)  # noqa: S603 - our own


@huey.periodic_task(crontab(minute="*/15"))
def write_register_letters() -> None:
    """To each teacher what was entered in their registers, once their school's day is over."""
    ensure_connection()
    register_letters.put_register_letters(clock.now())


@huey.periodic_task(crontab(minute="*/5"))
def sweep_deadlines() -> None:
    """What is due and overdue: teachers and deputy heads are told, once."""
    ensure_connection()
    now = clock.now()
    deadlines.sweep_deadlines(now, worker=WORKER, claimed_at=now)


@huey.task()
def look_through_imports() -> None:
    """What was uploaded is read, and what was confirmed is written."""
    ensure_connection()
    uploads.sweep_imports(settings.data_dir, WORKER, clock.now())


@huey.periodic_task(crontab(minute="*"))
def imports_due() -> None:
    """Nobody likes to wait a minute for an answer: a look every few seconds. A look that is
    lost is made up by the next minute's."""
    for seconds in range(0, 60, IMPORTS_EVERY):
        look_through_imports.schedule(delay=seconds)


@huey.periodic_task(crontab(minute="17"))
def forget_what_ended() -> None:
    """Sessions, drafts, devices, open pages, throttles and workers that are long over."""
    ensure_connection()
    now = clock.now()
    sessions.end_old_sessions(now)
    sessions.forget_old_drafts(now)
    sessions.forget_old_devices(now)
    register.forget_page_saves(now - PAGES_STAY_OPEN)
    throttles.forget_full(sessions.LONGEST_REFILL, now)
    traces.forget_old_workers(now)
    traces.forget_past_term(now)
    questions.forget_strangers(now)
    uploads.forget_old_files(settings.data_dir, now)
