"""A real SMTP server that can be as awkward as real ones, and reading what it got."""

import asyncio
import email
import email.policy
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import html5lib
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from school.settings import Settings


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def written(body: bytes) -> tuple[EmailMessage, list[EmailMessage]]:
    """A message as a mail program reads it, and its parts."""
    message = email.message_from_bytes(body, policy=email.policy.default)
    return message, list(message.iter_parts())


def content_of_text(text: str) -> list[str]:
    """The words of a plain part; the dash of a list is its mark, not its content."""
    return " ".join(line.removeprefix("— ") for line in text.splitlines()).split()


def content_of_html(html: str) -> list[str]:
    """The words of an HTML part."""
    root = html5lib.parse(html, treebuilder="lxml", namespaceHTMLElements=False).getroot()
    parts = root.xpath("//body//p|//body//li")
    return " ".join("".join(part.itertext()) for part in parts).split()


@dataclass
class Post:
    """A letter that arrived."""

    to: str
    message: EmailMessage
    parts: list[EmailMessage]

    @property
    def text(self) -> str:
        return str(self.parts[0].get_content())

    @property
    def html(self) -> str:
        return str(self.parts[1].get_content())

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass
class Office:
    """What the server does with a letter; tests change it while it runs."""

    #: Letters that were taken, in order.
    posts: list[Post] = field(default_factory=list)
    #: Recipient → answer at RCPT.
    refuses: dict[str, str] = field(default_factory=dict)
    #: The answer to every RCPT the first time an address is seen.
    greylists: bool = False
    #: The answer to MAIL FROM.
    refuses_sender: str = ""
    #: The answer after DATA.
    refuses_data: str = ""
    #: Seconds before DATA is answered.
    delay: float = 0.0
    #: Seconds between taking a letter and answering.
    holds: float = 0.0
    #: Take the letter after DATA, then hang up instead of answering (so many times).
    dies_after_data: int = 0
    #: Hang up at RCPT (so many times).
    drops: int = 0
    #: Called when a letter has been taken and not been answered for yet.
    on_taken: Callable[[], Any] | None = None
    tried: Counter[str] = field(default_factory=Counter)
    connections: int = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tried[address] += 1
        if self.drops > 0:
            self.drops -= 1
            server.transport.abort()
            return "421 gone"
        if self.greylists and self.tried[address] == 1:
            return "451 4.7.1 Greylisted, try again later"
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuses_sender:
            return self.refuses_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.refuses_data:
            return self.refuses_data
        body = envelope.content
        assert isinstance(body, bytes)
        self.posts.append(Post(envelope.rcpt_tos[0], *written(body)))
        if self.on_taken is not None:
            self.on_taken()
        if self.holds:
            await asyncio.sleep(self.holds)
        if self.dies_after_data > 0:
            self.dies_after_data -= 1
            server.transport.abort()
            return "421 gone"
        return "250 taken"


@contextmanager
def post_office(office: Office | None = None, port: int = 0) -> Iterator[tuple[Office, str]]:
    """A server on this machine, and its SMTP_URL."""
    office = office or Office()
    port = port or free_port()
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield office, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


def settings_for(smtp_url: str | None, base_url: str = "http://127.0.0.1:8000") -> Settings:
    values = {"SECRET_KEY": "x" * 40, "BASE_URL": base_url}
    return Settings.from_environment(values | ({"SMTP_URL": smtp_url} if smtp_url else {}))


def wait_for(fact: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)
