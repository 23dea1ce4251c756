"""A browser without script over a real connection, and requests as raw bytes."""

import http.client
import secrets
import socket
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from school import clock
from school.actions.sessions import OTHER_DEVICE
from school.models import Person, Session
from school.queries.ties import hash_token
from tests.checkers.pages import keep_page
from tests.page import Page, look_at
from tests.serving.running import SECRET, Server

COOKIE = "listok"


def open_session(person: Person) -> str:
    """Sign a person in by the database; the cookie's value."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    Session.create(
        token_hash=hash_token(token),
        person=person,
        created_at=now,
        seen_at=now,
        ends_at=now + OTHER_DEVICE,
        address_hash="",
    )
    app = Flask("cookies")
    app.secret_key = SECRET
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    cookie = serializer.dumps({"_user_id": token, "_fresh": True})
    return cookie.decode() if isinstance(cookie, bytes) else cookie


class Client:
    """Keeps its cookie; one connection per request, as an old phone does."""

    def __init__(self, server: Server, person: Person | None = None, timeout: float = 30) -> None:
        self.server = server
        self.timeout = timeout
        self.cookie = open_session(person) if person else ""

    def get(self, path: str, status: int = 200) -> Page:
        return self._send("GET", path, None, status)

    def post(self, path: str, fields: dict[str, str], status: int = 303) -> Page:
        return self._send("POST", path, urlencode(fields).encode(), status)

    def send(self, page: Page, fields: dict[str, str], status: int = 303) -> Page:
        """The last form of a page with some fields typed over."""
        return self.post(page.action(), {**page.fields(), **fields}, status)

    def raw_post(self, path: str, body: bytes, **headers: str) -> tuple[bytes, bytes]:
        """Head and body of a POST as bytes, for sending them as one likes."""
        head = {
            "Host": f"{self.server.host}:{self.server.port}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
            "Cookie": f"{COOKIE}={self.cookie}",
            "Connection": "close",
            **headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode(), body

    def _send(self, method: str, path: str, body: bytes | None, status: int) -> Page:
        connection = http.client.HTTPConnection(
            self.server.host, self.server.port, timeout=self.timeout
        )
        headers = {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            html = response.read().decode()
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if name == COOKIE:
                    self.cookie = morsel.value
        assert response.status == status, f"{method} {path}: {response.status}\n{html[:2000]}"
        root = None
        if html and status not in (301, 302, 303, 308):
            problems, root = look_at(html)
            if response.headers.get_content_type() == "text/html":
                assert not problems, f"{path}: " + "; ".join(problems)
                keep_page(html, root, path)
        return Page(response.status, path, html, response.headers, root)


def connect(server: Server, timeout: float = 10) -> socket.socket:
    return socket.create_connection((server.host, server.port), timeout)


def read_all(connection: socket.socket) -> bytes:
    """What the server says until it closes; a reset ends it as well."""
    said = b""
    try:
        while piece := connection.recv(65536):
            said += piece
    except (ConnectionError, TimeoutError):
        pass
    return said


def status_of(said: bytes) -> int | None:
    """The status of a raw answer, or None where there was none."""
    words = said.split(b" ", 2)
    return int(words[1]) if said.startswith(b"HTTP/1.") and words[1].isdigit() else None
