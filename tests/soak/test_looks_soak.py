"""Every page of every person in six looks, with script and without, and as devices ask for it.

The pages are those that the tests of pages fetch, with the census among them (every address, by
everybody), and those of the demo municipality, where they are full (tests/soak/crawl.py). Which
pages nobody fetched fails too, so that a new one is not forgotten.

    LISTOK_GATHERED=folder  keeps the pages there, and takes what is there already
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask, template_rendered
from werkzeug.exceptions import HTTPException

from app import ERRORS, HIDDEN, create_app
from school import clock
from school.database import database, migrate
from school.demo import load_demo
from school.models import Person
from tests.blueprints.test_census import TABLE
from tests.checkers import nu
from tests.checkers.browser import LOOKS, ORDINARY, WISHES, View
from tests.checkers.pages import (
    FOLDER,
    KeptPage,
    choose_pages,
    note_template,
    read_pages,
    read_templates,
)
from tests.checkers.plugin import BROWSERS, look_through
from tests.databases import bind, on_sqlite
from tests.house.files import ROOT
from tests.soak.crawl import Crawl

pytestmark = pytest.mark.requirement("H19")

SIX = (ORDINARY, *LOOKS[:5])
VIEWS = [
    replace(view, script=script, name=f"{view.name}, {'with' if script else 'without'} script")
    for view in SIX
    for script in (True, False)
]
#: A Thursday in the middle of lessons.
DEMO_NOW = datetime(2026, 11, 19, 7, 0, tzinfo=UTC)

#: What GET answers no page of its own: files, parts for htmx, ways to another address.
NO_PAGES = {
    "static", "operations.healthz", "public.robots",
    "auth.own_data_file", "classroom.printout_file", "classroom.summary_file",
    "office.access_log_export", "office.blank_files", "office.export_csv",
    "office.export_workbook", "office.frozen_year_file", "office.hand_overs_sheet",
    "office.import_passwords", "office.import_rows", "office.request_register_sheet",
    "oversight.changes_table", "oversight.curriculum_sheet", "oversight.municipality_sheet",
    "oversight.remarks_sheet", "oversight.statistics_sheet", "oversight.substitutions_table",
    "oversight.terms_sheet", "oversight.timeliness_sheet", "papers.file", "papers.issued_file",
    "visits.issued_sheet", "visits.journal_sheet",
    "office.frozen_year_progress", "office.import_progress",
    "diary.first", "public.school_regulation",
}  # fmt: skip
#: Other templates extend them; nobody renders them alone.
FRAMES = {"layouts/page.html", "diary/frame.html", "help/guide.html"}
#: Pages of a file that is taken away whole, judged in tests/school.
OF_ARCHIVES = "frozen/"


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("LISTOK_GATHERED") or tmp_path_factory.mktemp("gathered"))
    before = os.environ.get(FOLDER)
    os.environ[FOLDER] = str(folder)
    try:
        if not any(folder.glob("*.json")):
            _fetch_by_tests()
            _crawl_the_demo(tmp_path_factory.mktemp("demo"))
    finally:
        os.environ.pop(FOLDER)
        if before is not None:
            os.environ[FOLDER] = before
    return folder


def _fetch_by_tests() -> None:
    """All tests of pages, once more, for their pages alone."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-checkers",
         "-n", "2", "-k", "sqlite or not postgresql", "tests/blueprints"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


def _crawl_the_demo(folder: Path) -> None:
    url = f"sqlite:///{folder}/demo.db"
    app = create_app(DATABASE_URL=url, DATA_DIR=str(folder), TESTING=True)
    real, began = clock.now, clock.now()
    clock.now = lambda: DEMO_NOW + (real() - began)
    template_rendered.connect(note_template)
    try:
        bind(url)
        migrate(folder)
        report = load_demo(schools=2, pupils=33, weeks=7, now=DEMO_NOW)
        people: dict[str, Person | None] = {
            found.login: Person.get_by_id(found.person_id)
            for found in report.sign_ins
            if "-" not in found.login  # the other school's people see the same pages
        }
        crawl = Crawl(app, {"nobody": None, **people})
        crawl.run()
    finally:
        clock.now = real
        template_rendered.disconnect(note_template)
        database.close()
    assert crawl.wrong == []
    assert crawl.pages > 1000


@pytest.fixture(scope="module")
def pages(gathered: Path) -> list[KeptPage]:
    return choose_pages(read_pages(gathered))


@on_sqlite
def test_no_page_is_forgotten(gathered: Path, app: Flask) -> None:
    """Each address that answers pages has shown one, each form that can be refused was refused,
    and each template of a page was rendered."""
    addresses = app.url_map.bind("")
    refusals = {title for title, _ in ERRORS.values()} | {HIDDEN[0], "Страница устарела"}
    shown, refused = set(), set()
    for page in read_pages(gathered):
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", page.html, re.DOTALL)
        if heading is None or heading[1].strip() in refusals:
            continue
        for method in ("GET", "POST"):
            try:
                endpoint, _ = addresses.match(page.address, method=method)
            except HTTPException:
                continue
            shown.add((endpoint, method))
            if "<title>Ошибка: " in page.html:
                refused.add((endpoint, method))
    gets = {endpoint for endpoint, method in TABLE if method == "GET"}
    unseen = {endpoint for endpoint in gets if (endpoint, "GET") not in shown}
    assert unseen - NO_PAGES == set(), "no test fetches their page"
    assert NO_PAGES - unseen == set(), "they do answer pages"
    owed = {door for door, answer in TABLE.items() if door[1] == "POST" and answer.status == 422}
    assert owed - refused == set(), "no test sends them something wrong"
    templates = {
        str(path.relative_to(ROOT / "templates"))
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"{% extends|<!doctype", path.read_text(encoding="utf-8"))
    }
    left = templates - read_templates(gathered)
    assert {name for name in left if not name.startswith(OF_ARCHIVES)} == FRAMES


def test_the_markup_of_every_page_is_valid(gathered: Path, tmp_path: Path) -> None:
    kept = {page.shape: page for page in read_pages(gathered)}
    found = nu.check_pages(kept.values(), tmp_path / "html")
    assert {str(kept[shape]): said for shape, said in found.items()} == {}


@pytest.mark.parametrize("view", [*VIEWS, LOOKS[5], *WISHES], ids=lambda view: view.name)
def test_every_page_is_good_in_every_look(pages: list[KeptPage], view: View) -> None:
    seen = [(page, view) for page in pages]
    with ThreadPoolExecutor(BROWSERS) as pool:
        parts = pool.map(look_through, [seen[n::BROWSERS] for n in range(BROWSERS)])
        wrong = {str(page): found for part in parts for page, _, found in part if found}
    assert len(pages) > 300
    assert wrong == {}
