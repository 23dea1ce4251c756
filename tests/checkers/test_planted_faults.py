"""A fault of each kind, planted in a good page, is found: by whom, is told in faults.py."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.checkers import nu
from tests.checkers.browser import LOOKS, ORDINARY, Checker, View
from tests.checkers.faults import AXE, FAULTS, HTMLCS, NU, PAGE, style
from tests.checkers.pages import KeptPage, choose_pages, features_of
from tests.databases import on_sqlite
from tests.house.files import ROOT
from tests.page import look_at

pytestmark = [pytest.mark.requirement("H19"), on_sqlite]


@pytest.fixture
def good(town, visit):
    """A page with a bit of everything: links, a table, a form."""
    return visit(town.teacher).get(f"/gradebook/lessons/{town.lesson.id}").html


@pytest.fixture(scope="module")
def checker(chromium) -> Iterator[Checker]:
    made = Checker(chromium, ORDINARY)
    yield made
    made.close()


def kept(html: str, shape: str = "page") -> KeptPage:
    return KeptPage(shape, "/x", "/x", "this test", html, features_of(look_at(html)[1]))


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_planted_fault_is_found(good, fault, checker, tmp_path):
    html = fault.plant(good)
    if fault.seen_by == PAGE:
        found = look_at(html)[0]
    elif fault.seen_by == NU:
        found = nu.check_pages([kept(html)], tmp_path / "html").get("page", [])
    else:
        found = checker.problems(kept(html))
        known = {AXE: "axe ", HTMLCS: "HTML_CodeSniffer "}
        if fault.seen_by in known:
            found = [one for one in found if one.startswith(known[fault.seen_by])]
    assert any(fault.word in one for one in found), found


def test_the_page_itself_is_good(good, checker, tmp_path):
    assert look_at(good)[0] == []
    assert checker.problems(kept(good)) == []
    assert nu.check_pages([kept(good)], tmp_path / "html") == {}


def test_a_fault_of_one_look_alone_is_found(good, chromium):
    """A colour that somebody wrote past the scheme."""
    html = style("main p { color: #555 !important }")(good)
    dark = Checker(chromium, LOOKS[1])
    try:
        assert any("contrast below 7" in one for one in dark.problems(kept(html)))
    finally:
        dark.close()
    device = Checker(chromium, View("dark", device=(("color_scheme", "dark"),)))
    try:
        assert any("contrast" in one for one in device.problems(kept(html)))
    finally:
        device.close()


def test_a_page_is_checked_for_everything_it_alone_shows(good):
    """Pages of one shape are one page; whatever only one of them has is looked at there."""
    same = kept(good.replace("Алгебра", "Геометрия"), "same")
    more = kept(good.replace("</main>", "<p class='new'>Новое</p></main>"), "more")
    chosen = choose_pages([kept(good), same, more])
    assert [page.shape for page in chosen] == ["more"]


A_ROLE = "<p role='lesson'>Урок</p>"
A_CHOICE = "<fieldset><label><input type='radio' name='r'> да</label></fieldset>"
PLANTED = """
from tests.checkers.pages import keep_page
from tests.page import look_at

GOOD = {good!r}

def test_nothing_here_is_wrong():
    html = GOOD.replace("</main>", {fault!r} + "</main>")
    keep_page(html, look_at(html)[1], "/planted")

def test_another():
    keep_page(GOOD, look_at(GOOD)[1], "/good")
"""
CONFTEST = """
from tests.checkers import plugin
pytest_addoption = plugin.add_options
pytest_configure = plugin.configure
"""


@pytest.mark.parametrize(
    ("fault", "words", "more"),
    [
        # A run in which nothing is wrong ends well: below.
        pytest.param(
            A_ROLE + A_CHOICE + "<p align='center'>Текст</p>",
            ("axe aria-roles", "HTML_CodeSniffer", "Nu checker"),
            ("-n", "2"),
            id="all judges, two workers",
        ),
        pytest.param(A_ROLE, ("axe aria-roles",), ("-k", "wrong"), id="axe, one test of many"),
    ],
)
def test_a_run_whose_tests_fetched_a_faulty_page_fails(good, tmp_path, fault, words, more):
    (tmp_path / "test_planted.py").write_text(PLANTED.format(good=good, fault=fault))
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *more, str(tmp_path)]
    done = subprocess.run(
        run, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "failed" in done.stdout.strip().splitlines()[-1]
    for word in words:
        assert word in done.stdout
    assert "/planted (fetched by test_planted.py::test_nothing_here_is_wrong" in done.stdout
    assert "/good" not in done.stdout


def test_what_was_good_is_not_looked_at_again(good, tmp_path):
    (tmp_path / "test_planted.py").write_text(PLANTED.format(good=good, fault=""))
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    said = [
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *options, str(tmp_path)],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
            text=True, check=True, timeout=300,
        ).stdout
        for options in ((), (), ("--no-checkers",))
    ]  # fmt: skip
    assert ["\n2 fetched pages looked at" in text for text in said] == [True, False, False]
    assert ["\n0 fetched pages looked at" in text for text in said] == [False, True, False]
    assert all("2 passed" in text for text in said)
