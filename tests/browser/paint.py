"""When a page is first painted on a bad line, by Chromium's own throttling."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.chromium import FLAGS, WHOLE_CHROMIUM

#: Budgets, seconds (design.md, 'Budgets'), at 50 kbit/s and 500 ms round trip.
COLD, WARM = 3.0, 1.0
REQUESTS = 2

BYTES_PER_SECOND = 50_000 / 8
ROUND_TRIP_MS = 500
LONGEST = 60_000

PAINTED = "performance.getEntriesByName('first-contentful-paint').length > 0"
#: When, and what the page could not be painted without: the page and what blocks its rendering.
LOOK = """
(function () {
  return {
    seconds: performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000,
    blocking: performance.getEntriesByType('navigation')
      .concat(performance.getEntriesByType('resource')
        .filter(function (entry) { return entry.renderBlockingStatus === 'blocking'; }))
      .map(function (entry) { return entry.name; }),
    known: 'renderBlockingStatus' in PerformanceResourceTiming.prototype
  };
})()
"""


@dataclass(frozen=True, slots=True)
class Paint:
    seconds: float
    #: Addresses that the first paint waited for.
    blocking: list[str]


@contextmanager
def start_chromium() -> Iterator[Browser]:
    """Debian's Chromium without pytest."""
    if not WHOLE_CHROMIUM.exists():
        raise FileNotFoundError(f"{WHOLE_CHROMIUM} is missing: apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(WHOLE_CHROMIUM), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def measure_paints(
    browser: Browser, url: str, path: str, cookies: dict[str, str]
) -> tuple[Paint, Paint]:
    """A page's first paint with an empty cache, and when it is visited again."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, locale="ru-RU")
    try:
        context.add_cookies(
            [{"name": name, "value": value, "url": url} for name, value in cookies.items()]
        )
        page = context.new_page()
        _throttle(context, page)
        cold = _visit(page, url + path)
        # What is deferred comes in too, before somebody goes away and returns.
        page.wait_for_load_state("load", timeout=LONGEST)
        page.goto("about:blank")
        return cold, _visit(page, url + path)
    finally:
        context.close()


def _throttle(context: BrowserContext, page: Page) -> None:
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": BYTES_PER_SECOND,
            "uploadThroughput": BYTES_PER_SECOND,
            "connectionType": "cellular2g",
        },
    )


def _visit(page: Page, address: str) -> Paint:
    answer = page.goto(address, wait_until="commit", timeout=LONGEST)
    assert answer is not None
    assert answer.status in (200, 304), address
    assert page.url == address, f"{address} leads to {page.url}"
    # Playwright's own waiting evaluates text, which the page's policy forbids.
    deadline = time.monotonic() + LONGEST / 1000
    while not page.evaluate(PAINTED):
        assert time.monotonic() < deadline, f"{address} is never painted"
        page.wait_for_timeout(50)
    seen = page.evaluate(LOOK)
    assert seen["known"], "this Chromium does not say what blocks rendering"
    return Paint(seen["seconds"], seen["blocking"])
