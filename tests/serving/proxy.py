"""A bad line between a browser and the server, by a seeded plan: it cuts a connection at any
byte, delays either side, doubles a request, and lets requests overtake each other."""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

LARGEST = 1 << 20


@dataclass(frozen=True)
class Fate:
    """What happens to one request and its answer."""

    name: str
    #: Seconds before it goes on, and before its answer does.
    before: float = 0.0
    after: float = 0.0
    #: Shares of the request and of the answer that arrive.
    sent: float = 1.0
    answered: float = 1.0
    #: Seconds after which it arrives a second time.
    again: float | None = None


GOOD = Fate("passes")


@dataclass
class Plan:
    """Fates one after another, the same for the same seed."""

    seed: int
    #: The longest that something stays on the way: longer than the browser waits.
    longest: float
    #: How many of a hundred requests have an accident.
    accidents: int = 70
    is_good: bool = False
    #: What happened, by name, for whoever wants to know that it did.
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def next(self) -> Fate:
        fate = GOOD if self.is_good else self._accident()
        self.seen[fate.name] += 1
        return fate

    def _accident(self) -> Fate:
        chance = self.random
        if chance.randrange(100) >= self.accidents:
            return GOOD
        share, wait = chance.random(), chance.uniform(0, self.longest)
        return chance.choice(
            (
                Fate("request is cut", sent=share),
                Fate("answer is cut", answered=share),
                Fate("answer is lost", answered=0.0),
                Fate("request is late", before=wait),
                Fate("answer is late", after=wait),
                Fate("request is doubled", again=0.0),
                Fate("request comes again later", again=wait),
                Fate("answer is lost, request comes again", answered=0.0, again=wait),
            )
        )


class Proxy:
    """One request per connection, whatever the browser would like."""

    def __init__(self, host: str, port: int, plan: Plan) -> None:
        self.upstream = (host, port)
        self.plan = plan
        self.port = 0
        #: Statuses of everything that the server ever answered, asked for or not.
        self.statuses: Counter[int] = Counter()
        self._under_way: set[asyncio.Task[Any]] = set()

    async def open(self) -> "Proxy":
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0, limit=LARGEST)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def drain(self) -> None:
        """Until the last late copy has arrived."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def close(self) -> None:
        self._server.close()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read_message(reader)
        except (OSError, asyncio.IncompleteReadError):
            writer.close()  # a connection opened in advance and not used
            return
        # It goes on even when the browser hangs up.
        self._start(self._carry(_closing(request), writer, self.plan.next()))

    async def _carry(self, request: bytes, writer: asyncio.StreamWriter, fate: Fate) -> None:
        try:
            await asyncio.sleep(fate.before)
            answer = await self._ask(request, fate.sent)
            if fate.again is not None:
                self._start(self._repeat(request, fate.again))
            await asyncio.sleep(fate.after)
            writer.write(answer[: int(len(answer) * fate.answered)])
            await writer.drain()
        except OSError:
            pass  # the browser is gone
        finally:
            with suppress(OSError):
                writer.close()

    async def _repeat(self, request: bytes, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._ask(request, 1.0)

    async def _ask(self, request: bytes, share: float) -> bytes:
        """Send a request, or a part of it, and hang up where it is cut."""
        answer = b""
        try:
            reader, writer = await asyncio.open_connection(*self.upstream)
            writer.write(request[: int(len(request) * share)])
            await writer.drain()
            if share == 1.0:
                answer = await reader.read(-1)
                self.statuses[int(answer.split(b" ", 2)[1])] += 1
            writer.close()
        except (OSError, IndexError):
            pass  # no answer is one to whoever asked
        return answer


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return head + await reader.readexactly(_length_of(head))


def _length_of(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, text = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(text)
    return 0


def _closing(request: bytes) -> bytes:
    """The request as the only one of its connection."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body


@contextmanager
def proxy_in_a_thread(host: str, port: int, plan: Plan) -> Iterator[Proxy]:
    """The same for whoever has no event loop of one's own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        proxy = asyncio.run_coroutine_threadsafe(Proxy(host, port, plan).open(), loop).result(10)
        yield proxy
        asyncio.run_coroutine_threadsafe(proxy.drain(), loop).result(60)
        asyncio.run_coroutine_threadsafe(proxy.close(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
