"""Real workers that print, are killed at any point, and leave the same files."""

import hashlib
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from school import clock, printing
from school.actions.history import Act
from school.actions.papers import NewPaper, put_paper
from school.database import database
from school.models import Paper
from tests.serving.running import ROOT, SECRET, load_town, wait_until

PAGE = """<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Проба</title>
<style>body{font-family:"Liberation Sans"} .s{page-break-after:always}</style></head>
<body>%s</body></html>"""
WORKER = """
import sys
from pathlib import Path
from school import printing
from school.database import ensure_connection, open_database
open_database(sys.argv[1])
ensure_connection()
print(printing.sweep(Path(sys.argv[2])))
"""


def fill(count, sheets=10):
    town = load_town()
    with database.atomic():
        for n in range(count):
            body = "".join(f'<p class="s">Лист {k} бумаги {n}</p>' * 20 for k in range(sheets))
            act = Act(at=clock.now(), actor_id=town.teacher.id)
            put_paper(NewPaper(f"k{n}", "strips", town.school.id, "П", PAGE % body, 12), act)


def work(database_url, folder):
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, database_url, str(folder)],
        cwd=ROOT,
        env={**os.environ, "SECRET_KEY": SECRET, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def files(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (folder / "papers").glob("*.pdf")
    }


def as_if_leases_were_over():
    now = clock.now()
    Paper.update(claimed_until=now, claimed_at=now, due_at=now).where(Paper.claim != "").execute()


@pytest.mark.parametrize("after", [0.05, 0.2, 0.35, 0.5, 0.65, 0.8])
def test_a_worker_killed_at_any_point_leaves_the_same_files(served_sqlite, tmp_path, after):
    fill(4, sheets=2)
    undisturbed = {
        f"{row.id}.pdf": hashlib.sha256(printing.make_pdf(row.source, row.asked_at)).hexdigest()
        for row in Paper.select()
    }
    worker = work(served_sqlite, tmp_path)
    wait_until(lambda: Paper.select().where(Paper.claim != "").count(), 30, "a claim")
    time.sleep(after)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    # Whatever has its own name is whole.
    for name, digest in files(tmp_path).items() if (tmp_path / "papers").exists() else ():
        assert undisturbed[name] == digest
    as_if_leases_were_over()
    said, _ = work(served_sqlite, tmp_path).communicate(timeout=60)
    assert files(tmp_path) == undisturbed, said
    for row in Paper.select():
        assert (row.state, row.checksum) == ("done", undisturbed[row.file_name])


def test_two_workers_make_each_paper_once_and_use_all_cores(served_database, tmp_path):
    fill(12)
    workers = [work(served_database, tmp_path) for _ in range(2)]
    at_once = 0
    while any(worker.poll() is None for worker in workers):
        running = 0
        for worker in workers:
            try:
                children = psutil.Process(worker.pid).children(recursive=True)
                running += sum(child.name() == "wkhtmltopdf" for child in children)
            except psutil.NoSuchProcess:
                pass
        at_once = max(at_once, running)
        time.sleep(0.01)
    said = [worker.communicate()[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    rows = list(Paper.select())
    assert {row.state for row in rows} == {"done"}, said
    assert {row.tries for row in rows} == {0}
    assert len(files(tmp_path)) == 12
    assert at_once >= min(2, os.cpu_count() or 1)


def test_a_hanging_program_does_not_outlive_its_worker_for_long(served_sqlite, tmp_path):
    """The limits are the program's own: nobody is left to end it."""
    argv = printing.command(seconds=1)
    assert argv[:3] == ["prlimit", f"--as={printing.MOST_MEMORY}", "--core=0"]
    began = time.monotonic()
    process = subprocess.Popen(
        [*argv[: argv.index("1") + 1], "sleep", "60"], start_new_session=True
    )
    assert process.wait(20) == 124
    assert time.monotonic() - began < 10
