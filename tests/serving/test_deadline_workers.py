"""Two real workers sweep the deadlines, and one is killed half-way: nobody is told twice, and
nothing is left out."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest

from school import clock
from school.actions.deadlines import DEADLINES
from school.actions.history import Act
from school.actions.questions import NewQuestion, ask_question
from school.actions.requests import NewRequest, register_request
from school.database import database
from school.models import Letter, Reminder, SweepClaim, Work, WorkKind
from school.rules.requests import Names
from tests.results import make_period
from tests.serving.running import ROOT, SECRET, load_town
from tests.town import make_lesson, today

pytestmark = [
    pytest.mark.requirement("C1"), pytest.mark.requirement("C2"), pytest.mark.requirement("C3"),
    pytest.mark.requirement("A13"),
]  # fmt: skip

DAYS, LESSONS_A_DAY = 40, 5


def fill():
    """A town whose teacher entered nothing for weeks."""
    town = load_town()
    kind = WorkKind.get(WorkKind.school == town.school, WorkKind.marks_expected)
    with database.atomic():
        for n in range(2, 2 + DAYS):
            for number in range(1, 1 + LESSONS_A_DAY):
                day = today() - timedelta(days=n)
                lesson = make_lesson(town.group, town.teacher, day, number)
                Work.create(
                    school=town.school,
                    lesson=lesson,
                    work_kind=kind,
                    ordinal=1,
                    marks_expected=True,
                )
        make_period(
            town.school, town.year, 1, today() - timedelta(days=30), today() - timedelta(days=9)
        )
    long_ago = clock.moment_of(today() - timedelta(days=30), "12:00", town.school.time_zone)
    ask_question(
        NewQuestion(town.school.id, "Как войти?", "page", town.mother.id),
        request_id="q", throttle="q", act=Act(long_ago, town.mother.id, "q"),
    )  # fmt: skip
    register_request(
        NewRequest(
            school_id=town.school.id, kind="extract", channel="post", applicant_is="guardian",
            names=Names("Королёва", "Мария"), request_id="r", pupil_id=town.pupil.id,
            relation="mother", basis="свидетельство",
        ),
        Act(long_ago, town.administrator.id, "r"),
    )  # fmt: skip
    return town


def sweep(database_url, folder, now):
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder),
        "SECRET_KEY": SECRET,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "deadlines", "--now", now.isoformat()],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def told_lines():
    """How many lines all letters hold together, those that are only counted included."""
    count = 0
    for letter in Letter.select():
        (lines,) = [block[1] for block in json.loads(letter.body) if block[0] == "ul"]
        *shown, last = lines
        more = last.startswith("и ещё ")
        count += len(shown) + (int(last.split()[2]) if more else 1)
    return count


def reminders():
    return Counter((row.key, row.stage, row.recipient_id) for row in Reminder.select())


def check(found, town, now):
    assert set(found.values()) == {1}
    late = {key for key, stage, who in found if (stage, who) == ("after", town.deputy_head.id)}
    # Attendance of all but nothing entered, and marks whose three days are over.
    assert sum(key.startswith("attendance") for key in late) == DAYS * LESSONS_A_DAY
    assert sum(key.startswith("marks") for key in late) == (DAYS - 2) * LESSONS_A_DAY
    # Of every other row what its term has passed, too (C2, C5, A13).
    others = Counter(key.split(":")[0] for key in late)
    assert {kind: others[kind] for kind in ("results", "request", "question")} == {
        "results": 1, "request": 1, "question": 1,
    }  # fmt: skip
    assert told_lines() == len(found)


def test_two_workers_at_once_tell_everybody_once(served_database, tmp_path):
    town = fill()
    now = clock.moment_of(today(), "04:00", town.school.time_zone)
    workers = [sweep(served_database, tmp_path, now) for _ in range(2)]
    said = [worker.communicate(timeout=120)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    check(reminders(), town, now)


def test_a_worker_that_is_killed_half_way_leaves_it_to_the_next(served_database, tmp_path):
    town = fill()
    now = clock.moment_of(today(), "04:00", town.school.time_zone)
    killed_inside = 0

    def claimed():
        return SweepClaim.select().where(SweepClaim.claimed_until > clock.now()).exists()

    for _ in range(3):
        worker = sweep(served_database, tmp_path, now)
        deadline = time.monotonic() + 180
        while not claimed() and worker.poll() is None:  # without a pause: it takes no second
            assert time.monotonic() < deadline
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        killed_inside += claimed()
        if claimed():
            # The claim of the dead still holds: the next worker leaves its school alone.
            left = sweep(served_database, tmp_path, now)
            said, _ = left.communicate(timeout=120)
            assert f"{town.school.short_name}:" not in said or Reminder.select().exists()
        # As if its two minutes were over.
        SweepClaim.update(claimed_until=now - timedelta(days=1)).where(
            SweepClaim.sweep == DEADLINES
        ).execute()
    assert killed_inside
    last = sweep(served_database, tmp_path, now)
    said, _ = last.communicate(timeout=120)
    assert last.returncode == 0, said
    check(reminders(), town, now)
