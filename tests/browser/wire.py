"""What a page really asked the server for, as DevTools' network panel knows it."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page


@dataclass
class Asked:
    """A request that left the browser; what comes from its cache is none."""

    url: str = ""
    #: In small letters.
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    answered: dict[str, str] = field(default_factory=dict)


class Listener:
    """Hears a page's requests from now on.

    DevTools reports the headers that were sent and received in events of their own, and only
    for what went over the line; the status there is the server's, 304 too.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._heard: dict[tuple[str, int], Asked] = {}
        self._urls: dict[str, list[str]] = {}
        self._sent: dict[str, int] = {}
        self._received: dict[str, int] = {}
        devtools = page.context.new_cdp_session(page)
        devtools.on("Network.requestWillBeSent", self._named)
        devtools.on("Network.requestWillBeSentExtraInfo", self._went)
        devtools.on("Network.responseReceivedExtraInfo", self._came)
        devtools.send("Network.enable")

    def _named(self, event: dict[str, Any]) -> None:
        # A redirect is told under the same id once more.
        self._urls.setdefault(event["requestId"], []).append(event["request"]["url"])

    def _went(self, event: dict[str, Any]) -> None:
        name = event["requestId"]
        number = self._sent.get(name, 0)
        self._sent[name] = number + 1
        self._of(name, number).headers = _small(event["headers"])

    def _came(self, event: dict[str, Any]) -> None:
        name = event["requestId"]
        number = self._received.get(name, 0)
        self._received[name] = number + 1
        asked = self._of(name, number)
        asked.status = event["statusCode"]
        asked.answered = _small(event["headers"])

    def _of(self, name: str, number: int) -> Asked:
        return self._heard.setdefault((name, number), Asked())

    def forget(self) -> None:
        self._page.wait_for_timeout(200)
        for heard in (self._heard, self._urls, self._sent, self._received):
            heard.clear()

    def asked(self, part: str = "") -> list[Asked]:
        """The requests so far, whose address holds a part."""
        self._page.wait_for_timeout(300)  # the events come a moment after the page
        for (name, number), asked in self._heard.items():
            urls = self._urls.get(name, [])
            asked.url = urls[number] if number < len(urls) else ""
        return [asked for asked in self._heard.values() if part in asked.url]


def _small(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
