"""Many at once: forty teachers save, somebody sends half a request, nobody asks anything."""

import http.client
import re
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlencode

import psutil

from school.database import database
from school.models import History, Lesson, Mark, Work
from tests.benchmarks.house import KINDS, SQLITE, CpuClock, House, product
from tests.benchmarks.table import MET, NOT_MET, Row, at_most, beside
from tests.serving.client import COOKIE, Client, connect
from tests.serving.running import Server, load_town
from tests.serving.test_rush import PUPILS, TEACHERS, make_school, mark_of
from tests.serving.test_slow_clients import HELD, half_bodies, half_heads
from tests.town import make_lesson, today

IN_A_ROW = 8
IDLE_SECONDS = 8

#: A teacher and a lesson, by number.
Place = tuple[int, int]

_SEEN = re.compile(r'name="seen"[^>]*value="(\d*)"')


@dataclass
class Answer:
    """To one save."""

    status: int = 0
    seconds: float = 0.0
    problem: str = ""

    @property
    def is_done(self) -> bool:
        return self.status == 303


class Desk:
    """A teacher with a lesson for every save, all of them open on the screen."""

    def __init__(self, server: Server, number: int, teacher, lessons, pupils) -> None:
        self.server, self.lessons = server, lessons
        client = Client(server, teacher, timeout=60)
        token = client.get(self._path(lessons[0])).fields()["csrf_token"]
        # Flask-WTF's token is the session's: one does for all lessons.
        self.headers = {
            "Cookie": f"{COOKIE}={client.cookie}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        marks = {f"mark-{pupil.id}": mark_of(number, n) for n, pupil in enumerate(pupils)}
        self.bodies = [
            urlencode(
                {
                    **marks,
                    "csrf_token": token,
                    "seen": self._seen(lesson),
                    "topic": f"Тема {number}",
                    "attendance-taken": "1",
                }
            )
            for lesson in lessons
        ]

    def _seen(self, lesson: Lesson) -> str:
        page = self.server.get(self._path(lesson), Cookie=self.headers["Cookie"]).body
        match = _SEEN.search(page)
        if match is None:
            raise LookupError("the register's form has no «seen»")
        return match[1]

    @staticmethod
    def _path(lesson: Lesson) -> str:
        return f"/gradebook/lessons/{lesson.id}"

    def save(self, number: int) -> Answer:
        done = Answer()
        begun = time.monotonic()
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=60)
        try:
            connection.request(
                "POST", self._path(self.lessons[number]), self.bodies[number], self.headers
            )
            response = connection.getresponse()
            response.read()
            done.status = response.status
        except OSError as error:
            done.problem = str(error)
        finally:
            connection.close()
        done.seconds = time.monotonic() - begun
        return done


def measure(house: House) -> list[Row]:
    rows = []
    for kind in KINDS:
        rows += _rush(house, kind)
    return rows + _slow_and_idle(house)


def _rush(house: House, kind: str) -> list[Row]:
    url = house.new_database(kind)
    people = make_school(load_town())
    with database.atomic():
        lessons = [
            [lesson]
            + [
                make_lesson(lesson.teaching_group, teacher, today(), number=2 + n)
                for n in range(IN_A_ROW)
            ]
            for teacher, lesson, _ in people
        ]
    with house.server(url, product) as server:
        desks = [
            Desk(server, number, teacher, lessons[number], pupils)
            for number, (teacher, _, pupils) in enumerate(people)
        ]
        once = _at_once(desks, [0], over_seconds=1)
        clock = CpuClock(server)
        before = clock.seconds()
        row = _at_once(desks, range(1, 1 + IN_A_ROW), over_seconds=0)
        spent = (clock.seconds() - before) / len(row) * 1000
    house.bind(url)
    answers = once | row
    refused = Counter(save.problem or save.status for save in answers.values() if not save.is_done)
    done = {place for place, save in answers.items() if save.is_done}
    lost = _lost(lessons, [pupils for _, _, pupils in people], done)
    times = sorted(save.seconds * 1000 for save in once.values())
    p95 = times[int(TEACHERS * 0.95) - 1]
    longest = max(save.seconds for save in row.values())
    saves = f"{len(once) + len(row)} saves of {PUPILS} marks"
    told = f"{kind}: {TEACHERS} teachers save within a second"
    shown = f"median {times[TEACHERS // 2]:.0f}, longest {times[-1]:.0f} ms"
    rows = [
        Row(
            f"{kind}: lost or refused", "none",
            f"{lost} marks lost, {refused.total()} saves refused {dict(refused) or ''}  ({saves})",
            MET if not lost and not refused else NOT_MET,
        )
    ]  # fmt: skip
    if kind == SQLITE:  # the budget is SQLite's
        rows.append(at_most(f"{told}: p95", p95, 300, "ms", more=shown))
        rows.append(at_most(f"{kind}: {IN_A_ROW} in a row each: longest", longest, 3, "s", 2))
    else:
        rows.append(beside(f"{told}: p95", f"{p95:.0f} ms  ({shown})"))
        rows.append(beside(f"{kind}: {IN_A_ROW} in a row each: longest", f"{longest:.2f} s"))
    rows.append(beside(f"{kind}: server CPU per save of {PUPILS} marks", f"{spent:.1f} ms"))
    return rows


def _at_once(desks: list[Desk], numbers, over_seconds: float) -> dict[Place, Answer]:
    """What became of every save, by teacher and lesson."""
    together = threading.Barrier(len(desks))
    answers: dict[Place, Answer] = {}

    def work(desk: int) -> None:
        together.wait()
        time.sleep(desk / len(desks) * over_seconds)
        for number in numbers:
            answers[desk, number] = desks[desk].save(number)

    threads = [threading.Thread(target=work, args=(desk,)) for desk in range(len(desks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _lost(lessons: list[list[Lesson]], pupils: list[list], done: set[Place]) -> int:
    """Marks of saves that were said to be done and are not there as sent, or not in history."""
    found = {
        (lesson_id, pupil_id): value
        for lesson_id, pupil_id, value in Mark.select(Work.lesson, Mark.pupil, Mark.value)
        .join(Work, on=(Mark.work == Work.id))
        .tuples()
    }
    recorded = set(
        History.select(History.lesson, History.pupil, History.new)
        .where(History.field == "mark")
        .tuples()
    )
    wanted = {
        (lessons[desk][number].id, pupil.id): mark_of(desk, n)
        for desk, number in done
        for n, pupil in enumerate(pupils[desk])
    }
    return sum(
        found.get(place) != value or (*place, value) not in recorded
        for place, value in wanted.items()
    )


def _slow_and_idle(house: House) -> list[Row]:
    url = house.new_database(SQLITE)
    rows = []
    with house.server(url, product) as server:
        for told, half in (("heads", half_heads), ("bodies", half_bodies)):
            with ExitStack() as stack:
                for _ in range(HELD):
                    stack.enter_context(connect(server)).sendall(half(server))
                time.sleep(0.3)
                begun = time.monotonic()
                if server.get("/sign-in", timeout=30).status != 200:
                    raise AssertionError("the good request was refused")
                passed = (time.monotonic() - begun) * 1000
            rows.append(
                at_most(f"{HELD} half-sent {told} held, one good beside", passed, 1000, "ms")
            )
        time.sleep(IDLE_SECONDS)
        processes = [psutil.Process(server.process.pid), *server.children()]
        sizes = [process.memory_full_info().pss / 1e6 for process in processes]
        each = ", ".join(f"{size:.0f}" for size in sizes)
        told = f"each, supervisor first: {each}"
        rows.append(at_most("web and worker, idle (PSS)", sum(sizes), 200, "MB", more=told))
    return rows
