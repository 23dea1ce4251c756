"""Between granian and the application: a request is given on once all of it is there.

granian's own WSGI gives it on with its head, so that a dozen half-sent forms would hold all
threads, and ends a body that was cut off as if it were whole: half a register would be saved.
Here bodies are read without a thread (RSGI), counted, and only then worked on in one.

A page goes out in one piece. A file of the disk is sent by granian, which reads it no faster than
the line takes it (its stream of pieces, response_stream, holds whatever is given to it).
"""

import asyncio
import io
import logging
import re
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any

from werkzeug.wsgi import FileWrapper

Headers = list[tuple[str, str]]

#: Each keeps a connection to the database.
THREADS = 4
#: Above what the application takes, which answers that in words.
LARGEST_BODY = 2_000_000
#: A school's spreadsheets, which come by the office's pages.
LARGEST_UPLOAD = 10_000_000
UPLOADS = "/office/"
#: A form of a megabyte over 50 kbit/s takes this long.
LONGEST_BODY_SECONDS = 180.0
#: Of a file that is read here: what granian cannot send by itself.
PIECE = 131_072
RANGE = re.compile(r"bytes (\d+)-(\d+)/\d+")


class TooLarge(Exception):
    """A body is larger than any form."""


class CutOff(Exception):
    """The sender went away or fell asleep in the middle of a body."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file of the disk that granian sends: whole, or from one byte to before another."""

    path: str
    piece: tuple[int, int] | None


class Gateway:
    """An RSGI application that runs a WSGI one in a few threads."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="web")

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        try:
            body = await _whole_body(scope, protocol)
        except TooLarge:
            _refuse(protocol, 413, "Too large.\n")
            return
        except CutOff:
            _refuse(protocol, 400, "The request was cut off.\n")
            return
        environ = _environ(scope, body)
        loop = asyncio.get_running_loop()
        status, headers, answer = await loop.run_in_executor(self.threads, self._run, environ)
        match answer:
            case Sent(path, None):
                protocol.response_file(status, headers, path)
            case Sent(path, (start, end)):
                protocol.response_file_range(status, headers, path, start, end)
            case bytes():
                protocol.response_bytes(status, headers, answer)

    def _run(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes | Sent]:
        started: list[tuple[int, Headers]] = []
        files: list[FileWrapper] = []

        def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
            started.append((int(status.split(" ", 1)[0]), headers))

        def wrap(file: Any, block_size: int = PIECE) -> FileWrapper:
            files.append(FileWrapper(file, block_size))
            return files[-1]

        environ["wsgi.file_wrapper"] = wrap
        try:
            answer: Iterable[bytes] = self.application(environ, start_response)
            try:
                body = _sent(environ, *started[-1], files) or b"".join(answer)
            finally:
                close = getattr(answer, "close", None)
                if close is not None:
                    close()
                for file in files:
                    file.close()
        except Exception:
            logging.getLogger(__name__).exception("the application failed")
            return 500, [("Content-Type", "text/plain")], b"Internal error.\n"
        return *started[-1], body


def _sent(
    environ: dict[str, Any], status: int, headers: Headers, files: list[FileWrapper]
) -> Sent | None:
    """The file that the application answers with; None for a page, and what has no body."""
    path = getattr(files[-1].file, "name", None) if files else None
    if not isinstance(path, str | PathLike) or environ["REQUEST_METHOD"] == "HEAD":
        return None
    if status == 200:
        return Sent(fspath(path), None)
    found = RANGE.fullmatch(dict(headers).get("Content-Range", ""))
    if status != 206 or found is None:
        return None
    return Sent(fspath(path), (int(found[1]), int(found[2]) + 1))


async def _whole_body(scope: Any, protocol: Any) -> bytes:
    """The body, as long as its sender said it would be. Raises TooLarge or CutOff."""
    length = scope.headers.get("content-length")
    if length is None and scope.headers.get("transfer-encoding") is None:
        return b""
    largest = LARGEST_UPLOAD if scope.path.startswith(UPLOADS) else LARGEST_BODY
    if length is not None and int(length) > largest:
        raise TooLarge
    try:
        async with asyncio.timeout(LONGEST_BODY_SECONDS):
            body = await _read(protocol, largest)
    except TooLarge:
        raise
    except Exception as error:  # however granian says that nobody is there any more
        raise CutOff from error
    if length is not None and len(body) != int(length):
        raise CutOff
    return body


async def _read(protocol: Any, largest: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in protocol:
        size += len(piece)
        if size > largest:
            raise TooLarge
        pieces.append(piece)
    return b"".join(pieces)


def _refuse(protocol: Any, status: int, words: str) -> None:
    headers = [("Content-Type", "text/plain"), ("Connection", "close")]
    protocol.response_bytes(status, headers, words.encode())


def _environ(scope: Any, body: bytes) -> dict[str, Any]:
    """The request as PEP 3333 has it."""
    server, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # Decoded already; PEP 3333 wants its bytes as if they were latin-1.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        match name:
            case "content-length" | "transfer-encoding":
                continue
            case "content-type":
                environ["CONTENT_TYPE"] = value
            case _ if "_" not in name:  # else it could pass for one with a hyphen
                key = "HTTP_" + name.upper().replace("-", "_")
                joint = "; " if name == "cookie" else ","
                environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    return environ
