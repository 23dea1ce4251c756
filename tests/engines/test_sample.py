"""H20: a sample of engines × tasks (w3m: tests/browser/test_w3m.py); all of them in
tests/soak/test_engines_soak.py."""

from pathlib import Path

import pytest

from tests.engines import ENGINES
from tests.engines.table import FILE, is_whole, parse, render
from tests.engines.tasks import Day, make_cast
from tests.house.files import ROOT
from tests.serving.in_process import serving
from tests.serving.running import load_town


@pytest.mark.requirement("H20")
def test_all_of_a_day_in_the_oldest_engine(served_sqlite: str, tmp_path: Path) -> None:
    cast = make_cast(load_town(), "old")
    with serving(served_sqlite, tmp_path / "data") as server:
        hand = ENGINES["PhantomJS 2.1"](server.url, tmp_path)
        day = Day(hand, cast)
        try:
            day.do_all()
        finally:
            hand.close()
    print({task: round(seconds, 1) for task, seconds in day.took.items()})


def test_the_table_is_what_a_whole_run_wrote() -> None:
    text = FILE.read_text(encoding="utf-8")
    cells = parse(text)
    assert is_whole(cells)
    assert render(cells) == text


def test_the_accessibility_statement_names_every_engine_of_the_table() -> None:
    statement = ROOT / "templates" / "help" / "guides" / "accessibility.html"
    said = statement.read_text(encoding="utf-8")
    today = {"Chromium of today"}  # Orca's, with the other checks
    assert [name for name in ENGINES.keys() - today if name not in said] == []
