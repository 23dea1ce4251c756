"""First paint of the diary week on a bad line."""

from datetime import date

from tests.benchmarks.house import SQLITE, House, granian, own_device_cookie
from tests.benchmarks.table import Row, at_most
from tests.browser.paint import COLD, REQUESTS, WARM, measure_paints, start_chromium
from tests.fixed_week import build_fixed_week
from tests.serving.running import load_town

MONDAY = date(2026, 9, 14)
VISITS = 3


def measure(house: House) -> list[Row]:
    url = house.new_database(SQLITE)
    town = load_town()
    build_fixed_week(town, MONDAY)
    name, _, value = own_device_cookie(town.mother).partition("=")
    house.unbind()
    week = f"/diary/{town.pupil.id}/week/{MONDAY}"
    with house.server(url, granian) as server, start_chromium() as browser:
        visits = [
            measure_paints(browser, server.url, week, {name: value}) for _ in range(VISITS)
        ]  # fmt: skip
    rows = []
    for told, most, paints in zip(
        ("cold", "warm"), (COLD, WARM), zip(*visits, strict=True), strict=True
    ):
        seconds = sorted(paint.seconds for paint in paints)
        each = ", ".join(f"{second:.2f}" for second in seconds)
        middle = seconds[len(seconds) // 2]
        rows.append(at_most(f"first paint, {told}", middle, most, "s", 2, f"median of {each}"))
    waits = max(len(paint.blocking) for visit in visits for paint in visit)
    return [*rows, at_most("requests that the first paint waits for", waits, REQUESTS)]
