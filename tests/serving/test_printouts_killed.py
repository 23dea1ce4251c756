"""Real `flask printouts`, killed while it prints: the next one goes on, and no file is half."""

import hashlib
import os
import signal
import subprocess
import sys
import time

import pytest

from school import clock, printing
from school.actions.history import Act
from school.actions.paper_ways import NewPaperWay, begin_paper_way
from school.database import database
from school.models import Printout, PrintoutPart, SchoolClass
from school.rules.printouts import WEEK, monday_of
from tests.serving.running import ROOT, SECRET, load_town, wait_until
from tests.town import enrol, person, today

CLASSES = 4


def fill():
    """Classes with two people on the paper way each."""
    town = load_town()
    monday = monday_of(today()) - WEEK
    with database.atomic():
        act = Act(at=clock.now(), actor_id=town.administrator.id)
        for n in range(CLASSES):
            school_class = SchoolClass.create(
                school=town.school, school_year=town.year, grade=5, letter="АБВГД"[n]
            )
            for k in range(2):
                pupil = person(town.municipality, f"Ученик{n}{k}")
                enrol(school_class, pupil)
                new = NewPaperWay(town.school.id, pupil.id, pupil.id, "Мама", "no_device", monday)
                begin_paper_way(new, act)
    return monday


def start(database_url, folder, monday):
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "printouts", "--week", monday.isoformat()],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder),
            "SECRET_KEY": SECRET,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_after(database_url, folder, monday, claims, seconds):
    """Kill it so many seconds after it began to write (0) or to print (1)."""
    worker = start(database_url, folder, monday)
    wait_until(
        lambda: (
            worker.poll() is not None
            or Printout.select().where(Printout.claim != "").exists()
            or (not claims and Printout.select().exists())
        ),
        60,
        "something to kill",
    )
    time.sleep(seconds)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    # Whatever has its own name is whole.
    for path in (folder / "printouts").glob("*.pdf"):
        row = Printout.get_by_id(int(path.stem))
        assert path.read_bytes() == printing.make_pdf(row.source, row.asked_at)
    now = clock.now()
    Printout.update(claimed_until=now, claimed_at=now, due_at=now).where(
        Printout.claim != ""
    ).execute()


def check(folder):
    """One version a class, each file as its page says, counted and summed."""
    rows = list(Printout.select())
    assert [(row.ordinal, row.state) for row in rows] == [(1, "done")] * CLASSES
    files = {path.name: path.read_bytes() for path in (folder / "printouts").glob("*.pdf")}
    assert {row.file_name for row in rows} == files.keys()
    for row in rows:
        assert hashlib.sha256(files[row.file_name]).hexdigest() == row.checksum
        assert printing.count_pages(files[row.file_name]) == row.pages == 2
    assert PrintoutPart.select().count() == 2 * CLASSES


@pytest.mark.requirement("C7")
def test_killed_while_printing_the_next_one_goes_on(served_sqlite, tmp_path):
    monday = fill()
    kill_after(served_sqlite, tmp_path, monday, claims=True, seconds=0.2)
    last = start(served_sqlite, tmp_path, monday)
    said, _ = last.communicate(timeout=120)
    assert last.returncode == 0, said
    assert "PDF: 1 из " in said
    check(tmp_path)
