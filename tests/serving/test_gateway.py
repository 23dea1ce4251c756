"""What lies between granian and the application, without granian."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.utils import send_file

from blueprints.operations import gateway
from blueprints.operations.gateway import Gateway


class FakeHeaders(list):
    def get(self, name: str) -> str | None:
        return next((value for key, value in self if key == name), None)

    def items(self) -> list[tuple[str, str]]:
        return list(self)


@dataclass
class FakeScope:
    headers: FakeHeaders
    method: str = "POST"
    path: str = "/дневник"
    query_string: str = "a=%20"
    http_version: str = "1.1"
    scheme: str = "http"
    server: str = "127.0.0.1:8000"
    client: str = "10.0.0.7:5555"


@dataclass
class FakeProtocol:
    pieces: list[bytes] = field(default_factory=list)
    breaks: bool = False
    answer: tuple[int, list[tuple[str, str]], Any] | None = None

    async def __aiter__(self):
        for piece in self.pieces:
            yield piece
        if self.breaks:
            raise RuntimeError("gone")

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.answer = (status, headers, body)

    def response_file(self, status: int, headers: list[tuple[str, str]], path: str) -> None:
        self.answer = (status, headers, path)

    def response_file_range(
        self, status: int, headers: list[tuple[str, str]], path: str, start: int, end: int
    ) -> None:
        self.answer = (status, headers, (path, start, end))


class Application:
    """Keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.asked.append({**environ, "body": environ["wsgi.input"].read()})
        start_response("201 CREATED", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [b"da", b"!"]


def run(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: Playwright keeps a loop running in the main one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def ask(application: Any, headers: dict[str, str] | list[tuple[str, str]], *pieces: bytes, **how):
    protocol = FakeProtocol(list(pieces), **how)
    pairs = headers.items() if isinstance(headers, dict) else headers
    run(Gateway(application).__rsgi__(FakeScope(FakeHeaders(pairs)), protocol))
    assert protocol.answer is not None
    return protocol.answer


def test_a_whole_request_is_given_on():
    application = Application()
    answer = ask(application, {"content-length": "5", "content-type": "text/x"}, b"ab", b"cde")
    assert answer == (201, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], b"da!")
    (environ,) = application.asked
    assert environ["body"] == b"abcde"
    assert environ["CONTENT_LENGTH"] == "5"
    assert environ["CONTENT_TYPE"] == "text/x"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/дневник"
    assert environ["QUERY_STRING"] == "a=%20"
    assert environ["REMOTE_ADDR"] == "10.0.0.7"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", "8000")


def test_headers_that_come_twice_are_joined_and_look_alikes_are_dropped():
    application = Application()
    headers = [
        ("cookie", "a=1"), ("cookie", "b=2"), ("accept", "x"), ("accept", "y"),
        ("x-forwarded-for", "1.1.1.1"), ("x_forwarded_for", "6.6.6.6"),
    ]  # fmt: skip
    ask(application, headers)
    (environ,) = application.asked
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_ACCEPT"] == "x,y"
    assert environ["HTTP_X_FORWARDED_FOR"] == "1.1.1.1"


@pytest.mark.parametrize(
    ("headers", "pieces", "breaks"),
    [
        ({"content-length": "10"}, [b"abc"], False),  # ended too early
        ({"content-length": "10"}, [b"abc"], True),
        ({"transfer-encoding": "chunked"}, [b"abc"], True),
    ],
)
def test_half_a_body_is_never_given_on(headers, pieces, breaks):
    application = Application()
    assert ask(application, headers, *pieces, breaks=breaks)[0] == 400
    assert application.asked == []


def test_a_sender_who_falls_asleep_is_given_up(monkeypatch):
    monkeypatch.setattr(gateway, "LONGEST_BODY_SECONDS", 0.05)

    class Sleeper(FakeProtocol):
        async def __aiter__(self):
            yield b"abc"
            await asyncio.sleep(30)

    application, protocol = Application(), Sleeper()
    scope = FakeScope(FakeHeaders([("content-length", "10")]))
    run(Gateway(application).__rsgi__(scope, protocol))
    assert protocol.answer is not None
    assert protocol.answer[0] == 400
    assert application.asked == []


@pytest.mark.parametrize(
    "headers", [{"content-length": "2000001"}, {"transfer-encoding": "chunked"}]
)
def test_what_is_larger_than_any_form_is_not_read_to_its_end(headers):
    application = Application()
    assert ask(application, headers, *[b"x" * 500_000] * 5)[0] == 413
    assert application.asked == []


def test_an_application_that_fails_is_an_error_and_no_silence():
    def failing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise LookupError("secret")

    status, _, body = ask(failing, {})
    assert status == 500
    assert b"secret" not in body


def test_an_answer_is_closed():
    closed = []

    class Answer(list):
        def close(self) -> None:
            closed.append(True)

    def application(environ: dict[str, Any], start_response: Any) -> Answer:
        start_response("200 OK", [])
        return Answer([b"x"])

    assert ask(application, {})[2] == b"x"
    assert closed == [True]


@pytest.mark.parametrize(
    ("headers", "status", "sent"),
    [
        ({}, 200, "{path}"),
        ({"range": "bytes=2-4"}, 206, ("{path}", 2, 5)),
        ({"range": "bytes=90-"}, 416, None),
        ({"if-none-match": '"7"'}, 304, b""),
    ],
)
def test_a_file_is_sent_by_granian_and_closed_here(tmp_path, headers, status, sent):
    path = tmp_path / "kept.pdf"
    path.write_bytes(b"0123456789")
    opened = []

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        environ["REQUEST_METHOD"] = "GET"
        wrap = environ["wsgi.file_wrapper"]

        def wrap_and_keep(file: Any, size: int) -> Any:
            opened.append(file)
            return wrap(file, size)

        environ["wsgi.file_wrapper"] = wrap_and_keep
        try:
            answer = send_file(path, environ, etag="7")
        except RequestedRangeNotSatisfiable as error:
            return error.get_response(environ)(environ, start_response)
        return answer(environ, start_response)

    answered = ask(application, headers)
    if isinstance(sent, tuple):
        sent = (str(path), *sent[1:])
    elif sent == "{path}":
        sent = str(path)
    assert (answered[0], answered[2] if sent is not None else None) == (status, sent)
    assert [file.closed for file in opened] == [True]
