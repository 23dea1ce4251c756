"""H20: every engine of tests/engines does every task; a whole run writes docs/engines.md."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engines import ENGINES, hands
from tests.engines.table import FILE, LOOKS, is_whole, render
from tests.engines.tasks import Day, make_cast
from tests.serving.running import Server, load_town

pytestmark = pytest.mark.requirement("H20")

DONE: dict[str, dict[str, str]] = {}


@pytest.mark.parametrize("name", ENGINES)
def test_all_of_a_day(
    name: str, served_sqlite: str, serve: Callable[..., Server], tmp_path: Path
) -> None:
    cast = make_cast(load_town(), "old")
    server = serve(served_sqlite)
    hand = ENGINES[name](server.url, tmp_path)
    day = Day(hand, cast)
    try:
        day.do_all()
    finally:
        hand.close()
    print(f"\n{name}:", {task: round(seconds, 1) for task, seconds in day.took.items()})
    print(f"pictures: {tmp_path}")
    assert "Traceback" not in server.said
    DONE[name] = {**day.how, LOOKS: f"{len(hand.faults)} of {len(hand.faults)}"}


def test_a_whole_run_writes_the_table() -> None:
    assert is_whole(DONE), f"done so far: {list(DONE)}"
    FILE.write_text(render(DONE), encoding="utf-8")


@pytest.mark.requirement("H21")
def test_all_of_a_day_on_a_slow_line(
    served_sqlite: str, serve: Callable[..., Server], tmp_path: Path
) -> None:
    """50 kbit/s and a round trip of half a second: no task of a day takes longer than a minute."""
    cast = make_cast(load_town(), "slow")
    server = serve(served_sqlite)
    hand = hands.on_a_slow_line(server.url, tmp_path)
    day = Day(hand, cast)
    try:
        day.do_all()
    finally:
        hand.close()
    print({task: round(seconds, 1) for task, seconds in day.took.items()})
    assert max(day.took.values()) < 60
