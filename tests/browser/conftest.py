"""Real browsers against the real program. What is missing fails with a sentence, never skips."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
)

from school.database import ensure_connection
from tests.serving.in_process import Here, serving
from tests.serving.running import Server, house, load_town, serve
from tests.town import Town

__all__ = ["house", "serve"]

#: Violations of the content security policy, as the page itself is told of them.
LISTEN_FOR_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', function (event) {
  console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI);
});
"""


def program(name: str) -> str:
    """The path of a program that the tests drive."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is not installed: apt-get install -y {name}", pytrace=False)
    return path


@dataclass
class Device:
    """Somebody's browser, and everything suspicious that it noticed."""

    context: BrowserContext
    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        answer = self.page.goto(self.url + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"

    def fits(self) -> None:
        """Nobody has to scroll sideways."""
        self.page.wait_for_load_state()
        wide, shown = self.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        if wide > shown:
            widest = self.page.evaluate(WIDEST, shown)
            raise AssertionError(
                f"{self.page.url}: {wide} px wide on a screen of {shown} px: {widest}"
            )

    def was_quiet(self) -> None:
        """No complaint in the console, no request to anybody else."""
        assert self.complaints == []
        strangers = [address for address in self.asked if not address.startswith(self.url + "/")]
        assert strangers == []


#: What sticks out to the right.
WIDEST = """
function (shown) {
  return Array.from(document.querySelectorAll('body *'))
    .filter(function (e) { return e.getBoundingClientRect().right > shown + 1; })
    .slice(0, 5)
    .map(function (e) { return e.tagName + '.' + e.className + ' ' + e.id; });
}
"""


@pytest.fixture
def town(served_sqlite: str) -> Town:
    return load_town()


@pytest.fixture
def server(town: Town, served_sqlite: str, tmp_path: Path) -> Iterator[Here]:
    """The program in this process; a test of a journey that needs its worker has a `server` of
    its own: `whole_program`."""
    with serving(served_sqlite, tmp_path / "data") as here:
        ensure_connection()
        yield here


@pytest.fixture
def whole_program(town: Town, served_sqlite: str, serve: Callable[..., Server]) -> Server:
    """Web server, worker and supervisor, as `flask serve` starts them."""
    return serve(served_sqlite)


@pytest.fixture
def device(chromium: Browser, server: Here | Server) -> Iterator[Callable[..., Device]]:
    """`device(width=320, script=False)` is a new browser without anybody's cookies; what it
    noticed is looked through in the end."""
    opened: list[Device] = []

    def open_device(width: int = 320, height: int = 640, *, script: bool = True) -> Device:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            locale="ru-RU",
            timezone_id="Asia/Yekaterinburg",
        )
        context.set_default_timeout(10_000)
        if script:
            context.add_init_script(LISTEN_FOR_VIOLATIONS)
        page = context.new_page()
        made = Device(context, page, server.url)
        page.on("console", lambda message: _note(made, message))
        page.on("pageerror", lambda error: made.complaints.append(f"script: {error}"))
        page.on("request", lambda request: _note_request(made, request.url))
        page.on("requestfailed", lambda request: _note_failure(made, request))
        opened.append(made)
        return made

    yield open_device
    for made in opened:
        made.context.close()
    for made in opened:
        made.was_quiet()


def _note(device: Device, message: ConsoleMessage) -> None:
    # Chromium writes a line for every 4xx; a form that comes back with 422 is one of ours.
    if message.type in ("error", "warning") and "status of 422" not in message.text:
        device.complaints.append(message.text)


def _note_failure(device: Device, request: Request) -> None:
    # Whoever goes to another page breaks off what the last one still asked for.
    if request.failure != "net::ERR_ABORTED":
        device.complaints.append(f"{request.failure}: {request.url}")


def _note_request(device: Device, address: str) -> None:
    if urlsplit(address).scheme != "data":
        device.asked.append(address)
