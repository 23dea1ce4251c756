"""Real workers that freeze a year, are killed, and leave the same file."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import timedelta

from blueprints.papers.freezing import sweep_frozen_years
from school import clock
from school.actions.frozen_years import ask_for_frozen_year, is_frozen_year_due
from school.actions.history import Act
from school.database import database
from school.exchange.frozen.archive import verify_archive
from school.exchange.frozen.tables import find_year
from school.models import FrozenYear
from tests.frozen import fill_year
from tests.serving.running import ROOT, SECRET, load_town, wait_until


def ask(request="one"):
    town = load_town()
    with database.atomic():
        fill_year(town)
    head = find_year(town.year.id)
    return ask_for_frozen_year(head, Act(clock.now(), town.head.id), request=request)


#: The real engine, one sheet after the other, with time to be killed between two.
SLOW_ENGINE = """#!/bin/sh
exec 9>"$0.lock"
flock 9
{engine} "$@"
status=$?
sleep 1
exit $status
"""


def slow_engine(folder):
    """A folder to be looked through first for programs."""
    engine = shutil.which("wkhtmltopdf")
    assert engine, "apt-get install -y wkhtmltopdf"
    slow = folder / "slow" / "wkhtmltopdf"
    slow.parent.mkdir()
    slow.write_text(SLOW_ENGINE.format(engine=engine))
    slow.chmod(0o755)
    return slow.parent


def work(database_url, folder, programs):
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "frozen-years"],
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder),
            "SECRET_KEY": SECRET,
            "PYTHONPATH": str(ROOT),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def parts(folder):
    """What lies in the folders of work: pages, PDFs, the archive that grows."""
    return [path.suffix for path in (folder / "frozen").glob(".*.work/*")]


def test_a_killed_worker_leaves_no_half_file_and_the_next_one_goes_on(served_sqlite, tmp_path):
    """Killed among the tables, then among the PDFs; what was printed is not printed twice."""
    frozen_id = ask()
    programs = slow_engine(tmp_path)
    for until in (".part", ".pdf"):
        worker = work(served_sqlite, tmp_path, programs)
        wait_until(lambda until=until: until in parts(tmp_path), 90, until)
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        assert not list((tmp_path / "frozen").glob("*.zip"))
        assert FrozenYear.get_by_id(frozen_id).state == "waiting"
        # While the claim holds nobody else takes it; then it is taken up again.
        assert not is_frozen_year_due(clock.now())
        FrozenYear.update(claimed_until=clock.now() - timedelta(seconds=1)).execute()
    assert ".pdf" in parts(tmp_path)
    said, _ = work(served_sqlite, tmp_path, programs).communicate(timeout=120)
    row = FrozenYear.get_by_id(frozen_id)
    assert row.state == "done", said
    path = tmp_path / "frozen" / row.file_name
    assert verify_archive(path).checksum == row.checksum
    assert [p.name for p in (tmp_path / "frozen").iterdir()] == [row.file_name]


def test_nobody_works_on_after_the_worker_that_started_it(served_sqlite, tmp_path):
    frozen_id = ask()
    assert list(sweep_frozen_years(tmp_path, parent=1)) == []
    row = FrozenYear.get_by_id(frozen_id)
    assert (row.state, row.claim) == ("waiting", "")
