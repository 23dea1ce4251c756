"""Real workers and a real mail server: a thousand letters, two workers, and kills."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

from school import clock
from school.actions.letters import DEADLINE, NewLetter, put_letter
from school.database import database
from school.letters import Text, bullets, paragraph
from school.models import Contact, Letter
from school.rules.letters import BY_DUTY
from tests.mail import post_office, wait_for
from tests.serving.running import ROOT, SECRET, load_town

#: design.md: a thousand letters within a minute on two cores.
LETTERS = 1000
A_MINUTE = 60
#: The subject of the letters that wait; every fifth minute a worker writes reminders beside them.
OURS = "Напоминание"


def fill(count):
    """A town whose teacher has letters waiting."""
    town = load_town()
    text = Text(OURS, (paragraph("Пора отметить."), bullets(["7А, алгебра"] * 5)))
    now = clock.now()
    with database.atomic():
        Contact.create(
            person=town.teacher,
            kind="email",
            address="teacher@example.ru",
            entered_at=now,
            confirmed_at=now,
        )
        for n in range(count):
            put_letter(
                NewLetter(
                    key=f"k{n}",
                    kind=DEADLINE,
                    person_id=town.teacher.id,
                    text=text,
                    grounds=BY_DUTY,
                    school_id=town.school.id,
                ),
                now,
            )


def deliver(database_url, smtp_url, folder):
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder),
        "SMTP_URL": smtp_url,
        "SECRET_KEY": SECRET,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "deliver"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def states():
    """Of the letters that were filled in: a real worker writes reminders of its own beside them."""
    ours = Letter.key.startswith("k")
    return Counter(row.state for row in Letter.select(Letter.state).where(ours))


def times_sent(office):
    return Counter(Counter(post.message_id for post in office.posts).values())


def test_a_thousand_letters_within_a_minute_by_two_workers(served_database, tmp_path):
    fill(LETTERS)
    with post_office() as (office, url):
        began = time.monotonic()
        workers = [deliver(served_database, url, tmp_path) for _ in range(2)]
        said = [worker.communicate(timeout=2 * A_MINUTE)[0] for worker in workers]
        took = time.monotonic() - began
    assert [worker.returncode for worker in workers] == [0, 0], said
    assert states() == {"sent": LETTERS}
    assert times_sent(office) == {1: LETTERS}
    assert took < A_MINUTE, f"{took:.1f} s"
    print(f"{LETTERS} letters in {took:.1f} s")


@pytest.mark.parametrize("kills", [6])
def test_workers_that_are_killed_lose_nothing_and_double_what_they_held(
    served_database, tmp_path, kills
):
    """Each kill falls while the server has a letter whose answer the worker has not seen: that
    one goes out twice, under one Message-ID, and no other does."""
    count = 60
    fill(count)
    stop = threading.Event()
    with post_office() as (office, url):
        for n in range(kills):
            office.holds = 0.0
            stop.clear()
            before = len(office.posts)

            def hold(wanted=before + 5):
                if len(office.posts) >= wanted:
                    office.holds = 60.0
                    stop.set()

            office.on_taken = hold
            worker = deliver(served_database, url, tmp_path)
            assert stop.wait(30), f"worker {n} sent nothing"
            time.sleep(0.2)
            worker.send_signal(signal.SIGKILL)
            worker.communicate()
            # As if the lease were over: ten minutes are too long for a test.
            Letter.update(claimed_until=clock.now(), claimed_at=clock.now()).where(
                Letter.claim != ""
            ).execute()
        office.on_taken, office.holds = None, 0.0
        last = deliver(served_database, url, tmp_path)
        said, _ = last.communicate(timeout=60)
    assert last.returncode == 0, said
    assert states() == {"sent": count}
    sent = times_sent(office)
    assert sum(sent.values()) == count
    # Each of the four connections may have had one in flight at each kill, and surely one had.
    doubled = sum(n - 1 for n in sent.elements())
    assert kills <= doubled <= kills * 4, sent
    print(f"{doubled} letters twice after {kills} kills")


def a_week_without_a_server(database_url, folder, count):
    """Letters wait for a server that does not answer; not one is held responsible for that."""
    fill(count)
    with post_office() as (_, url):
        pass
    for _ in range(2):
        worker = deliver(database_url, url, folder)
        said, _ = worker.communicate(timeout=60)
        assert worker.returncode == 1
        assert "не отвечает" in said
    assert Letter.select().where(Letter.tries > 0).count() == 0
    with post_office() as (office, url):
        began = time.monotonic()
        worker = deliver(database_url, url, folder)
        said, _ = worker.communicate(timeout=600)
        took = time.monotonic() - began
    assert worker.returncode == 0, said
    assert states() == {"sent": count}
    assert times_sent(office) == {1: count}
    print(f"{count} letters in {took:.1f} s")


def test_a_week_without_a_server_loses_nothing(served_sqlite, tmp_path):
    """`make soak` has ten thousand."""
    a_week_without_a_server(served_sqlite, tmp_path, 1500)


def test_the_worker_of_the_program_sends_by_itself(served_sqlite, serve):
    """`flask serve` with SMTP_URL: a letter written by a page leaves within a minute or so."""
    fill(3)
    with post_office() as (office, url):
        program = serve(served_sqlite, wait=False, environment={"SMTP_URL": url})
        program.wait_for_health()
        wait_for(lambda: states() == {"sent": 3}, 90)
    assert [post.subject for post in office.posts].count(OURS) == 3
