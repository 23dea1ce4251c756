"""Clients of old and odd ones: HTTP/1.0, no Host, no or strange Accept-Encoding, long cookies."""

import pytest

from tests.page import look_at
from tests.serving.client import connect, read_all, status_of
from tests.serving.running import Server


@pytest.fixture
def server(house) -> Server:
    return house[0]


def ask(server: Server, lines: str) -> tuple[int | None, str, bytes]:
    """Status, head and body of a raw request."""
    with connect(server) as connection:
        connection.sendall(lines.encode("latin-1"))
        said = read_all(connection)
    head, _, body = said.partition(b"\r\n\r\n")
    return status_of(said), head.decode("latin-1").lower(), body


@pytest.mark.requirement("H20")
def test_http_1_0_gets_a_whole_page(server):
    for path in ("/view", "/sign-in"):
        for more in ("", "Host: 127.0.0.1\r\n", "Cookie: listok-look=z200.k2\r\n"):
            status, head, body = ask(server, f"GET {path} HTTP/1.0\r\n{more}\r\n")
            assert status == 200
            assert "content-encoding" not in head
            html = body.decode()
            assert look_at(html)[0] == []
            assert ('class="z200 big k k2"' in html) == ("look" in more)


ODD = (
    "*", "", "gzip;q=0", "identity", "compress, x-gzip", "br;q=1.0;q=0", "\xe9\xe8", ";;;,,=;q",
)  # fmt: skip


@pytest.mark.requirement("H20")
def test_an_odd_accept_encoding_gets_a_page_that_it_can_read(server):
    for accepts in ODD:
        status, head, body = ask(
            server,
            f"GET /view HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {accepts}\r\n"
            "Connection: close\r\n\r\n",
        )
        assert status == 200, accepts
        assert "content-encoding" not in head or "br" in accepts
        if "content-encoding" not in head:
            assert b"</html>" in body


@pytest.mark.requirement("H19")
def test_an_overlong_look_is_an_ordinary_page_or_a_plain_refusal(server):
    for length in (100, 4_000, 60_000):
        status, _, body = ask(
            server,
            "GET /view HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"Cookie: listok-look={'z200.' * (length // 5)}\r\n\r\n",
        )
        assert status in ((200,) if length < 10_000 else (200, 400, 413, 431))
        if status == 200:
            assert b'<html lang="ru">' in body
    assert server.get("/view").status == 200
