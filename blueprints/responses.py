"""How answers are given: page or fragment, 303, 422, compression. The only room that knows
htmx-flask, beside app.py."""

import gzip
from functools import lru_cache
from typing import Any

import brotli
from flask import Response, redirect, render_template, request, url_for
from werkzeug.http import parse_accept_header

#: Below this a page grows by being compressed, or hardly shrinks.
SMALLEST_COMPRESSED = 300
#: Brotli 6 takes about 0.5 ms for a week; 9 takes 8.
BROTLI_QUALITY = 6
#: 64 KB, more than a page has. With Brotli's usual 4 MB each page takes memory from the system
#: anew and gives it back: 700 page faults, 1.5 ms of the kernel's time.
BROTLI_WINDOW = 16
GZIP_LEVEL = 6


def page(template: str, status: int = 200, **context: Any) -> tuple[str, int]:
    """A page, or for htmx the part of it that changes (layouts/page.html decides)."""
    return render_template(template, fragment=asks_for_fragment(), **context), status


def see_other(location: str) -> Any:
    """303: what was posted is done, look there."""
    return redirect(location, code=303)


def asks_for_fragment() -> bool:
    """Whether htmx asks, which swaps a part of a page. When it restores history it wants the
    whole page."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.history_restore_request


def to_sign_in() -> Any:
    """Nobody is signed in: the sign-in page, and back here afterwards; 401 to htmx."""
    if asks_for_fragment():
        return Response(status=401)
    target = request.full_path.rstrip("?") if request.method != "POST" else request.path
    if target == "/":
        return see_other(url_for("auth.sign_in"))
    return see_other(url_for("auth.sign_in", next=target))


def to_confirm() -> Any:
    """The password is asked for again: its page, and back here afterwards; 401 to htmx."""
    if asks_for_fragment():
        return Response(status=401)
    target = request.full_path.rstrip("?") if request.method != "POST" else request.path
    return see_other(url_for("auth.confirm", next=target))


def error_page(status: int, title: str, message: str, **context: Any) -> tuple[str, int]:
    """A page that says what went wrong and what to do next."""
    return page("error.html", status, title=title, message=message, **context)


def choose_encoding() -> str:
    """«br», «gzip» or "": the best that the asker says by name it can read. A bare «*» or no
    header at all promises nothing."""
    return _best_encoding(request.headers.get("Accept-Encoding", ""))


@lru_cache(maxsize=256)  # all browsers of the world say the same few things
def _best_encoding(header: str) -> str:
    accepted = {value for value, quality in parse_accept_header(header) if quality > 0}
    return next((name for name in ("br", "gzip") if name in accepted), "")


def compress(body: bytes, encoding: str) -> bytes:
    """A body in an encoding; "" leaves it as it is."""
    if encoding == "br":
        compressed: bytes = brotli.compress(
            body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY, lgwin=BROTLI_WINDOW
        )
        return compressed
    if encoding == "gzip":
        return gzip.compress(body, GZIP_LEVEL, mtime=0)
    return body


def encoded(response: Response, encoding: str) -> Response:
    """Say that a response's body is in an encoding."""
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response


def compress_page(response: Response) -> Response:
    """Compress a page that is not compressed yet."""
    if "Content-Encoding" in response.headers or response.direct_passthrough:
        return response
    body = response.get_data()
    encoding = choose_encoding() if len(body) >= SMALLEST_COMPRESSED else ""
    response.set_data(compress(body, encoding))
    return encoded(response, encoding)
