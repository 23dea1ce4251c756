"""The code as the checkers see it: style, form, types, and imports one way only."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.files import ROOT

BIN = Path(sys.executable).parent


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_ruff_finds_nothing():
    result = run("ruff", "check", "--output-format", "concise", ".")
    assert result.returncode == 0, result.stdout


def test_everything_is_formatted():
    result = run("ruff", "format", "--check", ".")
    assert result.returncode == 0, result.stdout


def test_types_hold():
    result = run("mypy")
    assert result.returncode == 0, result.stdout


def test_imports_go_one_way():
    result = run("lint-imports", "--no-cache")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("school/queries/lessons.py", "import blueprints.access"),
        ("school/queries/lessons.py", "import school.actions.register"),
        ("school/queries/lessons.py", "import flask"),
        ("school/models/base.py", "import school.queries.lessons"),
        ("school/rules/marks.py", "import school.wording"),
        ("school/actions/register.py", "import tasks"),
        ("school/actions/register.py", "import pdfkit"),
        ("blueprints/menu.py", "import app"),
        ("blueprints/menu.py", "import htmx_flask"),
    ],
)
def test_an_import_the_wrong_way_is_found(tmp_path, module, line):
    for name in ("blueprints", "school"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "tasks.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    path = tmp_path / module
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    result = run("lint-imports", "--no-cache", cwd=tmp_path)
    assert result.returncode != 0
    assert "BROKEN" in result.stdout, result.stdout + result.stderr
