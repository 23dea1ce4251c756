"""H3 over a line that cuts, delays, doubles and shuffles: what a page shows as saved is saved.

Forty seeded runs of a lesson's register per kind of database, two open pages of it in each; a
dozen of the grid and of a column of results; hundreds in tests/soak. The page is
tests/serving/typist.py, which does what static/register.js does; the script itself is on the same
line in tests/browser/test_register_keys.py.
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
from school.models import History, Lesson, PeriodResult, TeachingGroup
from school.rules.marks import MarkError, parse_attendance, parse_cell
from tests import town as towns
from tests.results import column_address, make_period, make_quarter
from tests.serving.client import COOKIE, Client
from tests.serving.proxy import Plan, Proxy
from tests.serving.running import Server, load_town
from tests.serving.typist import HEADERS, OpenPage, Send, Step, wrong_beliefs, wrong_steps

pytestmark = pytest.mark.requirement("H3")

RUNS = 40
FEW_RUNS = 12
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
        if name.startswith("cell") and text.strip().lower() in ("н", "б"):
            return parse_attendance(text)
        if name.startswith(("mark", "cell")):
            return parse_cell(text).text
        if name.startswith("attendance"):
            return parse_attendance(text)
    return text.strip()


class Typist:
    """Somebody who types into an open page, whatever the line does."""

    def __init__(self, runs: "Runs", page: OpenPage, path: str, port: int, chance: random.Random):
        self.think = runs.think
        self.page = page
        self.path = path
        self.cookie = runs.client.cookie
        self.port = port
        self.random = chance
        self.on_the_way: set[asyncio.Task] = set()
        self.retry: asyncio.Task | None = None

    def start(self, sends: list[Send]) -> None:
        for send in sends:
            task = asyncio.ensure_future(self._travel(send))
            self.on_the_way.add(task)
            task.add_done_callback(self.on_the_way.discard)

    async def type(self) -> None:
        for _ in range(TYPED):
            name, text = self.think(self.random, self.page)
            self.start(self.page.type(name, text))
            told = [name for name, cell in self.page.cells.items() if cell.told is not None]
            if told and self.random.random() < 0.3:
                self.start(self.page.insist(self.random.choice(told)))
            await asyncio.sleep(self.random.uniform(0, 0.06))

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
            self.third = towns.person(self.town.municipality, "Яковлев")
            towns.member(self.town.group, self.third)
        self.pupils = [self.town.pupil.id, self.town.classmate.id, self.third.id]
        self.client = Client(server, self.town.teacher, timeout=60)
        with database.atomic():
            self.paths = {seed: self.make(n) for n, seed in enumerate(seeds)}
        self.pages = {
            seed: [OpenPage(self.client.get(path)) for _ in range(2)]
            for seed, path in self.paths.items()
        }
        #: What happened on the line, and what the server answered.
        self.fates: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    # What the kinds of registers differ in

    def make(self, number: int) -> str:
        """The address of what one run fills in."""
        lesson = towns.make_lesson(
            self.town.group,
            self.town.teacher,
            towns.today() - timedelta(days=2 + number // 8),
            number=1 + number % 8,
        )
        return f"/gradebook/lessons/{lesson.id}"

    def think(self, chance: random.Random, page: OpenPage) -> tuple[str, str]:
        """Three pupils are marked; of the last it is noted in either field whether they are
        there (both fields of one pupil: test_cells.py)."""
        del page
        choose, pupils = chance.choice, self.pupils
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

    def steps(self, seed: int) -> dict[str, list[Step]]:
        """The history by the page's field names; each lesson has at most one work."""
        lesson_id = int(self.paths[seed].rpartition("/")[2])
        steps: dict[str, list[Step]] = defaultdict(list)
        for row in History.select().where(History.lesson == lesson_id).order_by(History.id):
            if row.field != "work":
                what = PAGE_NAMES.get(row.field, row.field)
                name = f"{what}-{row.pupil_id}" if row.pupil_id else what
                steps[name].append(Step(row.id, row.old, row.new, row.request))
        return dict(steps)

    # The runs

    def go(self) -> None:
        # In a thread of its own: Playwright keeps a loop running in the main one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self._go()).result()

    async def _go(self) -> None:
        gate = asyncio.Semaphore(TOGETHER)

        async def one(seed: int) -> None:
            async with gate:
                await self._run(seed)

        await asyncio.gather(*(one(seed) for seed in self.paths))

    async def _run(self, seed: int) -> None:
        plan = Plan(seed, LONGEST_ON_THE_WAY)
        proxy = await Proxy(self.server.host, self.server.port, plan).open()
        try:
            typists = [
                Typist(self, page, self.paths[seed], proxy.port, random.Random(f"{seed}-{n}"))
                for n, page in enumerate(self.pages[seed])
            ]
            await asyncio.gather(*(typist.type() for typist in typists))
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
        for seed, path in self.paths.items():
            steps = self.steps(seed)
            pages = self.pages[seed]
            wrong = wrong_steps(steps, pages, canonical) + wrong_beliefs(steps, pages)
            shown = OpenPage(self.client.get(path))
            wrong += [
                f"{name}: the register holds «{cell.saved}», its history {steps.get(name)}"
                for name, cell in shown.cells.items()
                if cell.saved != (steps[name][-1].new if name in steps else "")
            ]
            found += [f"seed {seed}: {line}" for line in wrong]
        return found


class GridRuns(Runs):
    """The grid: each run a group of its own, with three lessons side by side."""

    def make(self, number: int) -> str:
        if not number:
            make_period(
                self.town.school, self.town.year, 1,
                towns.year_start(), towns.today() + timedelta(days=30),
            )  # fmt: skip
        group = self.new_group(number)
        for days in (3, 2, 1):
            towns.make_lesson(group, self.town.teacher, towns.today() - timedelta(days=days))
        return f"/gradebook/groups/{group.id}?edit=1"

    def new_group(self, number: int) -> TeachingGroup:
        town = self.town
        return towns.make_group(
            town.school, town.year, town.school_class, f"Предмет {number}", town.teacher,
            [town.pupil, town.classmate, self.third],
        )  # fmt: skip

    def think(self, chance: random.Random, page: OpenPage) -> tuple[str, str]:
        """A cell holds marks and absence; of two pupils the one, of the third the other, so that
        its history is one row of values."""
        name = chance.choice(list(page.cells))
        is_absence = name.startswith(f"cell-{self.pupils[2]}-")
        return name, chance.choice(("н", "б", "Н", "") if is_absence else MARKS[:-1])

    def steps(self, seed: int) -> dict[str, list[Step]]:
        group_id = int(self.paths[seed].rpartition("/")[2].partition("?")[0])
        steps: dict[str, list[Step]] = defaultdict(list)
        rows = History.select().join(Lesson).where(Lesson.teaching_group == group_id)
        for row in rows.order_by(History.id):
            if row.field in ("mark", "attendance"):
                name = f"cell-{row.pupil_id}-{row.lesson_id}"
                steps[name].append(Step(row.id, row.old, row.new, row.request))
        return dict(steps)


class ResultRuns(GridRuns):
    """A column of results: each run a group of its own."""

    def make(self, number: int) -> str:
        if not number:
            self.quarter = make_quarter(self.town)
        group = self.new_group(number)
        towns.make_lesson(group, self.town.teacher, self.quarter.past.until_on)
        return column_address(group, self.quarter.past)

    def think(self, chance: random.Random, page: OpenPage) -> tuple[str, str]:
        return chance.choice(list(page.cells)), chance.choice(("2", "3", "4", "5", "", "6"))

    def steps(self, seed: int) -> dict[str, list[Step]]:
        group_id = int(self.paths[seed].split("/")[3])
        results = PeriodResult.select(PeriodResult.id).where(
            PeriodResult.teaching_group == group_id
        )
        steps: dict[str, list[Step]] = defaultdict(list)
        rows = History.select().where(
            History.table_name == "period_result",
            History.row.in_(results),
            History.field != "why",
        )
        for row in rows.order_by(History.id):
            name = f"result-{row.pupil_id}"
            steps[name].append(Step(row.id, row.old, row.new, row.request))
        return dict(steps)


def check(runs: Runs) -> None:
    runs.go()
    print(f"\n{len(runs.paths)} runs: {dict(runs.fates)}; answers: {dict(runs.statuses)}")
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


@pytest.mark.parametrize("kind", [GridRuns, ResultRuns])
def test_the_grid_and_results_hold_on_it_too(kind, served_sqlite, serve):
    check(kind(serve(served_sqlite), range(FEW_RUNS)))
