"""What is installed: pinned, the very versions, and all of it used."""

import re
from importlib.metadata import packages_distributions, version

import pytest

from tests.house.files import ROOT, list_files
from tests.house.test_rooms import imports, roots

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([0-9][0-9A-Za-z.]*)$")

#: Used by name, not by import: distribution → file and word.
NAMED = {
    "granian": ("blueprints/operations/serve.py", '"granian"'),
    "psycopg": ("school/database.py", "prefer_psycopg3"),
    "pytest-xdist": ("Makefile", "pytest -n"),
    "ruff": ("tests/house/test_code.py", '"ruff"'),
    "mypy": ("tests/house/test_code.py", '"mypy"'),
    "gunicorn": ("tests/benchmarks/cpu.py", "gunicorn"),
    "import-linter": ("tests/house/test_code.py", '"lint-imports"'),
}

#: Given with the house, used by an issue to come: once it is, this line has to go.
LATER: set[str] = set()

RUNS = ("app.py", "tasks.py", "blueprints", "school", "migrations")
FILES = {"requirements.txt": RUNS, "requirements-dev.txt": (*RUNS, "tests", "tools")}


def lines(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith(("#", "-r "))]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(name: str) -> dict[str, str]:
    found = {}
    for line in lines(name):
        match = _PINNED.match(line)
        assert match, f"{name}: «{line}» is not pinned by =="
        found[normal(match[1])] = match[2]
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_and_installed_so(name):
    for distribution, wanted in pinned(name).items():
        assert version(distribution) == wanted, distribution


def test_the_tests_install_what_runs_too():
    assert "-r requirements.txt" in (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    assert not pinned("requirements.txt").keys() & pinned("requirements-dev.txt").keys()


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_used(name):
    provides = packages_distributions()
    used = {
        normal(distribution)
        for path in list_files(*FILES[name])
        if path.suffix == ".py"
        for root in roots(imports(path.read_text(encoding="utf-8")))
        for distribution in provides.get(root, ())
    }
    for distribution, (file, word) in NAMED.items():
        assert word in (ROOT / file).read_text(encoding="utf-8"), f"{file}: {word}"
        used.add(distribution)
    unused = pinned(name).keys() - used
    assert unused == LATER & pinned(name).keys()


def test_what_runs_imports_nothing_that_is_not_required():
    """Not even what another requirement happens to bring along, but for Flask's own parts."""
    provides = packages_distributions()
    brought_by_flask = {"werkzeug", "click", "jinja2", "wtforms", "markupsafe"}
    required = pinned("requirements.txt").keys() | brought_by_flask
    for path in list_files(*RUNS):
        if path.suffix == ".py":
            for root in roots(imports(path.read_text(encoding="utf-8"))):
                foreign = {normal(distribution) for distribution in provides.get(root, ())}
                assert not foreign or foreign & required, f"{path.name} imports {root}"
