"""H3 over a line that cuts, delays, doubles and shuffles: what a page shows as saved is saved.

Sixty seeded runs per kind of database, two open pages of one register in each; hundreds in
tests/soak. The page is tests/serving/typist.py, which does what static/register.js does; the
script itself is on the same line in tests/browser/test_register_keys.py.
"""

import asyncio
import json
import random
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from school.database import database, ensure_connection
from school.models import History, Lesson
from school.rules.marks import MarkError, parse_attendance, parse_cell
from tests import town as towns
from tests.page import Page
from tests.serving.client import COOKIE, Client
from tests.serving.proxy import Plan, Proxy
from tests.serving.running import Server, load_town
from tests.serving.typist import HEADERS, OpenPage, Send, Step, wrong_beliefs, wrong_steps

pytestmark = pytest.mark.requirement("H3")

RUNS = 60
#: Runs that go on at the same time.
TOGETHER = 6
TYPED = 14

#: Shorter than in register.js, in proportion: a save, then the time until it is sent again.
TIMEOUT = 0.5
RETRY_AFTER = 0.05
LONGEST_ON_THE_WAY = 0.9

MARKS = ("2", "3", "4", "5", "4/5", "зачёт", "", "6", "р")
ABSENCES = ("н", "б", "Н", "", "о")
MINUTES = ("5", "10", "", "x")
PAGE_NAMES = {"worked_on": "worked-on", "late_minutes": "late"}


def canonical(name: str, text: str) -> str:
    with suppress(MarkError):
        if name.startswith("mark"):
            return parse_cell(text).text
        if name.startswith("attendance"):
            return parse_attendance(text)
    return text.strip()


class Typist:
    """Somebody who types into an open page, whatever the line does."""

    def __init__(self, page: OpenPage, path: str, cookie: str, port: int, chance: random.Random):
        self.page = page
        self.path = path
        self.cookie = cookie
        self.port = port
        self.random = chance
        self.on_the_way: set[asyncio.Task] = set()
        self.retry: asyncio.Task | None = None

    def start(self, sends: list[Send]) -> None:
        for send in sends:
            task = asyncio.ensure_future(self._travel(send))
            self.on_the_way.add(task)
            task.add_done_callback(self.on_the_way.discard)

    async def type(self, pupils: list[int]) -> None:
        for _ in range(TYPED):
            name, text = self._think(pupils)
            self.start(self.page.type(name, text))
            told = [name for name, cell in self.page.cells.items() if cell.told is not None]
            if told and self.random.random() < 0.3:
                self.start(self.page.insist(self.random.choice(told)))
            await asyncio.sleep(self.random.uniform(0, 0.06))

    def _think(self, pupils: list[int]) -> tuple[str, str]:
        """Three pupils are marked; of the last it is noted in either field whether they are
        there (both fields of one pupil: test_cells.py)."""
        choose = self.random.choice
        pupil = choose(pupils)
        kinds = {
            pupils[0]: (("mark", MARKS),),
            pupils[1]: (("mark", (*MARKS, "н", "н", "б")),),
            pupils[2]: (("attendance", ABSENCES), ("late", MINUTES)),
        }
        if choose((True, *[False] * 5)):
            return "topic", choose(("Дроби", "Сложение дробей ", ""))
        what, texts = choose(kinds[pupil])
        return f"{what}-{pupil}", choose(texts)

    async def settle(self) -> None:
        async with asyncio.timeout(60):
            while self.page.waits:
                self.start(self.page.again())
                await asyncio.sleep(RETRY_AFTER)

    async def _travel(self, send: Send) -> None:
        status, body = 0, None
        with suppress(OSError, TimeoutError, ValueError, IndexError):
            async with asyncio.timeout(TIMEOUT):
                status, body = await self._post(self.page.form(send))
        self.start(self.page.answer(send, status, body))
        if status == 0 and self.retry is None:
            self.retry = asyncio.ensure_future(self._again())

    async def _again(self) -> None:
        await asyncio.sleep(RETRY_AFTER)
        self.retry = None
        self.start(self.page.again())

    async def _post(self, fields: dict[str, str]) -> tuple[int, object]:
        body = urlencode(fields).encode()
        head = {
            "Host": "127.0.0.1", "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)), "Cookie": f"{COOKIE}={self.cookie}", **HEADERS,
        }  # fmt: skip
        lines = "".join(f"{name}: {text}\r\n" for name, text in head.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(f"POST {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
            await writer.drain()
            said, _, rest = (await reader.read(-1)).partition(b"\r\n\r\n")
        finally:
            writer.close()
        lengths = [
            int(line.partition(b":")[2])
            for line in said.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ]
        if lengths != [len(rest)]:
            raise ValueError("cut")
        return int(said.split(b" ", 2)[1]), json.loads(rest)


class Runs:
    """Many seeded runs against one server, each at a lesson of its own."""

    def __init__(self, server: Server, seeds: range) -> None:
        self.server = server
        self.town = load_town()
        with database.atomic():
            third = towns.person(self.town.municipality, "Яковлев")
            towns.member(self.town.group, third)
            lessons = [
                towns.make_lesson(
                    self.town.group,
                    self.town.teacher,
                    towns.today() - timedelta(days=2 + n // 8),
                    number=1 + n % 8,
                )
                for n in range(len(seeds))
            ]
        self.pupils = [self.town.pupil.id, self.town.classmate.id, third.id]
        self.client = Client(server, self.town.teacher, timeout=60)
        self.lessons = dict(zip(seeds, lessons, strict=True))
        self.pages = {
            seed: [OpenPage(self._open(lesson)) for _ in range(2)]
            for seed, lesson in self.lessons.items()
        }
        #: What happened on the line, and what the server answered.
        self.fates: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    def _open(self, lesson: Lesson) -> Page:
        return self.client.get(_path(lesson))

    def go(self) -> None:
        # In a thread of its own: Playwright keeps a loop running in the main one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self._go()).result()

    async def _go(self) -> None:
        gate = asyncio.Semaphore(TOGETHER)

        async def one(seed: int) -> None:
            async with gate:
                await self._run(seed)

        await asyncio.gather(*(one(seed) for seed in self.lessons))

    async def _run(self, seed: int) -> None:
        plan = Plan(seed, LONGEST_ON_THE_WAY)
        proxy = await Proxy(self.server.host, self.server.port, plan).open()
        try:
            typists = [
                Typist(
                    page, _path(self.lessons[seed]), self.client.cookie, proxy.port,
                    random.Random(f"{seed}-{n}"),
                )
                for n, page in enumerate(self.pages[seed])
            ]  # fmt: skip
            await asyncio.gather(*(typist.type(self.pupils) for typist in typists))
            plan.is_good = True
            await asyncio.gather(*(typist.settle() for typist in typists))
            # Copies that are still on the way must change nothing.
            await proxy.drain()
        finally:
            await proxy.close()
        self.fates += plan.seen
        self.statuses += proxy.statuses

    def problems(self) -> list[str]:
        """What went wrong, by seed."""
        database.close()
        ensure_connection()
        found = []
        for seed, lesson in self.lessons.items():
            steps = steps_of(lesson)
            pages = self.pages[seed]
            wrong = wrong_steps(steps, pages, canonical) + wrong_beliefs(steps, pages)
            shown = OpenPage(self._open(lesson))
            wrong += [
                f"{name}: the register holds «{cell.saved}», its history {steps.get(name)}"
                for name, cell in shown.cells.items()
                if cell.saved != (steps[name][-1].new if name in steps else "")
            ]
            found += [f"seed {seed}: {line}" for line in wrong]
        return found


def _path(lesson: Lesson) -> str:
    return f"/gradebook/lessons/{lesson.id}"


def steps_of(lesson: Lesson) -> dict[str, list[Step]]:
    """A lesson's history by the page's field names; each lesson has at most one work."""
    steps: dict[str, list[Step]] = defaultdict(list)
    for row in History.select().where(History.lesson == lesson.id).order_by(History.id):
        if row.field != "work":
            what = PAGE_NAMES.get(row.field, row.field)
            name = f"{what}-{row.pupil_id}" if row.pupil_id else what
            steps[name].append(Step(row.id, row.old, row.new, row.request))
    return dict(steps)


def check(runs: Runs) -> None:
    runs.go()
    print(f"\n{len(runs.lessons)} runs: {dict(runs.fates)}; answers: {dict(runs.statuses)}")
    problems = runs.problems()
    assert not problems, "\n".join(problems)
    assert set(runs.statuses) <= {200, 422}
    assert "Traceback" not in runs.server.said


def test_what_a_page_shows_as_saved_is_saved_whatever_the_line_does(served_database, serve):
    runs = Runs(serve(served_database), range(RUNS))
    check(runs)
    # Every kind of accident happened, or nothing was tried.
    assert len(runs.fates) == 9
    assert all(count >= 5 for count in runs.fates.values()), runs.fates
