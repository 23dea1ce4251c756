"""Server CPU per request, as a multiple of an empty route.

CPU seconds of the server's processes (user and system), not wall time: others use the machine
too. Requests of all kinds follow one another in a drawn order, each when the server is done with
the one before, and the medians of the rounds count. What the same costs where four ask at once,
and a server's threads wait for each other, stands beside.
"""

import json
import socket
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import count
from random import Random
from urllib.parse import urlencode

import psutil

from school import clock
from school.demo import load_demo
from school.models import Account, Enrolment, Guardianship, Person, School
from tests.benchmarks.house import (
    KINDS,
    POSTGRESQL,
    SQLITE,
    CpuClock,
    House,
    granian,
    gunicorn,
    own_device_cookie,
)
from tests.benchmarks.table import NOT_MET, Row, at_most, beside
from tests.benchmarks.with_empty_route import EMPTY
from tests.blueprints.helpers import statements
from tests.fixed_week import build_fixed_week
from tests.full_grid import build_full_grid
from tests.serving.running import Server, load_town
from tests.town import make_lesson
from tests.wire import style_of

MONDAY = date(2026, 9, 14)
CROWD = 4
WORKERS = 2
MOST_TRIES = 200
#: Many short turns: what others do on the machine comes and goes, and hits all kinds alike.
ROUNDS = 21
REQUESTS = 40
#: Rounds that are not counted: code is read, bodies are kept.
WARMING = 4

MANY_SCHOOLS = 100

UNCHANGED, KEPT, ANEW = "unchanged page (304)", "week whose body is kept", "week rendered anew"
CELL = "one cell of a register saved"
GRID = "period grid, 30 × 60, all filled"
BUDGETS: dict[str, dict[str, float]] = {
    # What a cell may cost with PostgreSQL nobody has said.
    CELL: {SQLITE: 3},
    # A page of 1,800 cells, which a teacher opens a few times a day.
    GRID: {SQLITE: 100, POSTGRESQL: 120},
    UNCHANGED: {SQLITE: 1.5, POSTGRESQL: 2},
    KEPT: {SQLITE: 2, POSTGRESQL: 2.5},
    ANEW: {SQLITE: 5, POSTGRESQL: 6.5},
}
EMPTY_ROUTE, STATIC = "empty route", "static file"
CROWDED = "four at once"


class Line:
    """One connection that stays open."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection((server.host, server.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waiting = b""

    def send(self, request: bytes) -> None:
        self.socket.sendall(request)

    def read(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        while b"\r\n\r\n" not in self.waiting:
            self._more()
        head, _, rest = self.waiting.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        status = int(first.split()[1])
        length = 0 if status == 304 else int(headers["content-length"])
        while len(rest) < length:
            self.waiting = b""
            self._more()
            rest += self.waiting
        self.waiting = rest[length:]
        return status, headers, rest[:length]

    def _more(self) -> None:
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the server hung up")
        self.waiting += piece


def _shared_lines(server: Server, pids: Sequence[int], wanted: int) -> list[Line]:
    """As many lines to each of the server's workers: who gets a new one is luck, and with all of
    them at one worker its threads waiting for each other is what would be measured."""
    lines: dict[int, list[Line]] = defaultdict(list)
    most = -(-wanted // WORKERS)
    for _ in range(MOST_TRIES):
        line = Line(server)
        line.send(f"GET {EMPTY} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        line.read()
        own = lines[_holder(line, pids)]
        if len(own) < most:
            own.append(line)
        else:
            line.socket.close()
        if sum(map(len, lines.values())) == wanted:
            return [line for share in zip(*lines.values(), strict=True) for line in share]
    raise RuntimeError(f"the workers share {MOST_TRIES} lines unevenly: {pids}")


def _holder(line: Line, pids: Sequence[int]) -> int:
    """The process that answers on a line."""
    address = line.socket.getsockname()
    for pid in pids:
        for connection in psutil.Process(pid).net_connections("tcp"):
            if connection.raddr == address:
                return pid
    raise LookupError(f"no worker holds {address}")


class Browsers:
    """Some that ask one server at the same time, each on a connection that stays open."""

    def __init__(self, server: Server, cookie: str, number: int) -> None:
        self.cookie = cookie
        self.clock = CpuClock(server)
        self.lines = _shared_lines(server, self.clock.pids, number)
        #: The newest history row that each line's page of a register was told of.
        self.seen = [0] * number

    def ask(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        self.lines[0].send(self.request(path, **headers))
        return self.lines[0].read()

    def request(self, path: str, **headers: str) -> bytes:
        head = {"Host": "bench", "Cookie": self.cookie, "Accept-Encoding": "gzip, br", **headers}
        said = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        return f"GET {path} HTTP/1.1\r\n{said}\r\n".encode()

    def cell_saver(self, lessons: Sequence[int], name: str, cookie: str) -> Callable[[], bytes]:
        """Makes requests as register.js does, of each line a lesson's page in turn: each saves
        another mark into the same cell."""
        addresses = [f"/gradebook/lessons/{lesson}" for lesson in lessons]
        identity = {"Accept-Encoding": "identity"}
        self.lines[0].send(self.request(addresses[0], Cookie=cookie, **identity))
        _, headers, body = self.lines[0].read()
        # The token belongs to the cookie that came with it.
        cookie = headers["set-cookie"].split(";")[0]
        page = body.decode()
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        numbers = count()

        def make() -> bytes:
            number, line = divmod(next(numbers), len(self.lines))
            body = urlencode(
                {
                    "csrf_token": token, "seen": self.seen[line],
                    "page": f"bench{line}{id(self):020d}"[:30],
                    "sequence": number + 1, name: "45"[number % 2],
                }
            ).encode()  # fmt: skip
            head = (
                f"POST {addresses[line]} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\n"
                "Accept: application/json\r\nHX-Request: true\r\nAccept-Encoding: gzip, br\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            return head.encode() + body

        return make

    def cost(self, make: Callable[[], bytes], status: int, requests: int) -> float:
        """CPU seconds of the server per request."""
        before = self.clock.settled()
        for _ in range(requests // len(self.lines)):
            for line in self.lines:
                line.send(make())
            for number, line in enumerate(self.lines):
                found, _, body = line.read()
                if body.startswith(b"{"):
                    self.seen[number] = json.loads(body).get("seen", 0)
                if found != status:
                    raise AssertionError(f"{make()[:80]!r} answers {found}, not {status}")
        return (self.clock.settled() - before) / requests


@dataclass(frozen=True)
class Kind:
    name: str
    make: Callable[[], bytes]
    status: int
    #: How many in a round; a large page takes long enough to be measured by fewer.
    requests: int = REQUESTS


def measure(house: House) -> list[Row]:
    """Both databases, both servers."""
    rows = []
    for kind in KINDS:
        rows += _times(house, kind)
    return rows


def _times(house: House, database: str) -> list[Row]:
    url = house.new_database(database)
    town = load_town()
    build_fixed_week(town, MONDAY)
    cookie = own_device_cookie(town.mother)
    teacher = own_device_cookie(town.teacher)
    # A cell for each line of each server: two pages in one cell would be a conflict.
    day = town.lesson.held_on
    lessons = iter(
        [make_lesson(town.group, town.teacher, day, number).id for number in range(2, 4 + CROWD)]
    )
    grid = f"/gradebook/groups/{build_full_grid(town).id}"
    house.unbind()
    week = f"/diary/{town.pupil.id}/week/{MONDAY}"

    def asked(server: Server, number: int) -> tuple[list[Kind], Browsers]:
        browsers = Browsers(server, cookie, number)
        own_lessons = [next(lessons) for _ in browsers.lines]
        save = browsers.cell_saver(own_lessons, f"mark-{town.pupils[-1].id}", teacher)
        # The first mark makes its work, which is news to the whole group: before tags are taken.
        browsers.cost(save, 200, REQUESTS)
        kinds = [
            *_kinds(browsers, week),
            Kind(CELL, save, 200),
            Kind(GRID, partial(browsers.request, grid, Cookie=teacher), 200, CROWD),
        ]
        return kinds, browsers

    # One server after the other: nobody serves with two at once.
    with house.server(url, gunicorn) as server:
        measured = _one_after_another(*asked(server, 1))
        kinds, browsers = asked(server, CROWD)
        crowd = _take_turns({CROWDED: kinds}, {CROWDED: browsers})
    with house.server(url, granian) as server:
        own = _one_after_another(*asked(server, 1))
    at_once = {kind: spent for (_, kind), spent in crowd.items()}
    return _rows(database, measured, at_once, own)


def _kinds(browsers: Browsers, week: str) -> list[Kind]:
    status, headers, _ = browsers.ask(week)
    if status != 200:
        raise AssertionError(f"the week answers {status}")
    style = style_of(browsers.ask(week, **{"Accept-Encoding": "identity"})[2].decode())
    numbers: Iterator[int] = count()
    fixed = {
        EMPTY_ROUTE: (browsers.request(EMPTY), 200),
        STATIC: (browsers.request(style), 200),
        UNCHANGED: (browsers.request(week, **{"If-None-Match": headers.get("etag", "")}), 304),
        KEPT: (browsers.request(week), 200),
    }
    again = browsers.ask(week, **{"If-None-Match": headers.get("etag", "")})[0]
    if again != 304:
        del fixed[UNCHANGED]
    kinds = [
        Kind(name, lambda request=request: request, status)  # type: ignore[misc]
        for name, (request, status) in fixed.items()
    ]
    # Another query string is another page to the ETag: nothing of it is kept.
    kinds.append(Kind(ANEW, lambda: browsers.request(f"{week}?n={next(numbers)}"), 200))
    return kinds


def _one_after_another(kinds: Sequence[Kind], browsers: Browsers) -> dict[str, list[float]]:
    """Kind → CPU seconds per request of each round.

    A round's requests come in a drawn order: whatever a kind leaves in the processor's caches,
    all others find equally often. In a fixed order the empty route would follow the same
    neighbour, or itself, and cost what that one left it.
    """
    spent: dict[str, list[float]] = defaultdict(list)
    order = Random(0)
    turns = [kind for kind in kinds for _ in range(kind.requests)]
    for number in range(-WARMING, ROUNDS):
        order.shuffle(turns)
        round_of: dict[str, float] = defaultdict(float)
        for kind in turns:
            round_of[kind.name] += browsers.cost(kind.make, kind.status, 1) / kind.requests
        if number >= 0:
            for name, seconds in round_of.items():
                spent[name].append(seconds)
    return spent


def _take_turns(
    kinds: dict[str, list[Kind]], servers: dict[str, Browsers]
) -> dict[tuple[str, str], list[float]]:
    """(server, kind) → CPU seconds per request of each round, a round of one kind after that of
    another."""
    spent: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(-WARMING, ROUNDS):
        turn = [(name, kind) for name in servers for kind in kinds[name]]
        if number % 2:
            turn.reverse()
        for name, kind in turn:
            cost = servers[name].cost(kind.make, kind.status, kind.requests)
            if number >= 0:
                spent[name, kind.name].append(cost)
    return spent


def _rows(
    database: str,
    measured: dict[str, list[float]],
    at_once: dict[str, list[float]],
    own: dict[str, list[float]],
) -> list[Row]:
    rows = []
    for kind in (EMPTY_ROUTE, STATIC, UNCHANGED, KEPT, ANEW, CELL, GRID):
        told = f"{database}: {kind}"
        most = BUDGETS.get(kind, {}).get(database)
        if kind not in measured:
            rows.append(Row(told, f"≤ {most:g} ×", "answers no 304", NOT_MET))
            continue
        times = _ratio(measured[kind], measured[EMPTY_ROUTE])
        crowded = _ratio(at_once[kind], at_once[EMPTY_ROUTE])
        more = (
            f"{CROWDED} {crowded:.2f} ×; gunicorn {_micro(measured[kind])} µs; "
            f"granian {_micro(own[kind])} µs, × {_ratio(own[kind], own[EMPTY_ROUTE]):.2f} of its "
            f"own, × {_ratio(own[kind], measured[EMPTY_ROUTE]):.2f} of gunicorn's"
        )
        if most is None:
            rows.append(beside(told, f"{times:.2f} ×  ({more})"))
        else:
            rows.append(at_most(told, times, most, "×", 2, more))
    return rows


def _ratio(some: list[float], other: list[float]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(some, other, strict=True))


def _micro(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1e6:,.0f}"


# Growth.


def measure_growth(house: House) -> list[Row]:
    """The same child's week in a municipality of one school and of many."""
    rows = []
    for database in KINDS:
        with ExitStack() as stack:
            servers, kinds, counts, loaded = {}, {}, {}, []
            for schools in (1, MANY_SCHOOLS):
                url = house.new_database(database)
                load_demo(schools=schools, now=clock.now())
                parent, pupil_id = _parent()
                week = f"/diary/{pupil_id}/week/{_last_week()}"
                cookie = own_device_cookie(parent)
                counts[schools] = _statements(url, house, cookie, week)
                loaded.append((str(schools), url, cookie, week))
            house.unbind()
            for name, url, cookie, week in loaded:
                servers[name] = Browsers(
                    stack.enter_context(house.server(url, granian)), cookie, CROWD
                )
                kinds[name] = [kind for kind in _kinds(servers[name], week) if kind.name == ANEW]
            spent = _take_turns(kinds, servers)
        few, many = spent["1", ANEW], spent[str(MANY_SCHOOLS), ANEW]
        told = f"{database}: diary week anew, {MANY_SCHOOLS} schools against 1"
        more = f"{_micro(few)} → {_micro(many)} µs"
        rows.append(at_most(told, _ratio(many, few), 1.2, "×", 2, more))
        rows.append(
            at_most(
                f"{database}: its statements, {MANY_SCHOOLS} schools",
                counts[MANY_SCHOOLS], counts[1],
            )
        )  # fmt: skip
    return rows


def _parent() -> tuple[Person, int]:
    """The demo's `parent` of the first school, and the child."""
    school = School.select().order_by(School.id).first()
    found = (
        Guardianship.select(Guardianship, Account.login)
        .join(Account, on=(Account.person == Guardianship.guardian))
        .switch(Guardianship)
        .join(Enrolment, on=(Enrolment.pupil == Guardianship.pupil))
        .where(Account.login.startswith("parent"), Enrolment.school == school)
        .order_by(Account.login)
        .first()
    )
    return found.guardian, found.pupil_id


def _last_week() -> date:
    """A Monday whose week is full of entries, whenever the bench runs."""
    today = clock.today("Asia/Yekaterinburg")
    return today - timedelta(days=today.weekday() + 7)


def _statements(url: str, house: House, cookie: str, week: str) -> int:
    from app import create_app
    from tests.serving.running import SECRET

    app = create_app(DATABASE_URL=url, SECRET_KEY=SECRET, DATA_DIR=str(house.folder), TESTING=True)
    house.bind(url)
    client = app.test_client()
    client.set_cookie(*cookie.split("=", 1))
    with statements() as seen:
        status = client.get(week).status_code
    if status != 200:
        raise AssertionError(f"the week answers {status}")
    return len(seen)
