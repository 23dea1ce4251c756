"""Every row of design.md, 'Budgets', with what is measured today: `make bench`.

Prints tables. The exit status is 0 when everything could be measured, whether met or not.
"""

import os
import sys
import time
import traceback
from collections.abc import Callable

os.environ.setdefault("SECRET_KEY", "for tests only, thirty-two letters or more")

from tests.benchmarks import cpu, paint, printouts, rush, sweep, weight
from tests.benchmarks.house import House, open_house
from tests.benchmarks.table import NOT_MET, Row, print_table

#: Title, and what measures it; by the first word of the title a part is run alone.
PARTS: tuple[tuple[str, Callable[[House], list[Row]]], ...] = (
    ("Bytes and statements, on the fixed text", weight.measure),
    ("Paint: 50 kbit/s, 500 ms round trip, by Chromium's throttling", paint.measure),
    ("Time: server CPU per request, × of an empty route (gunicorn gthread 2 × 4)", cpu.measure),
    ("Growth: the demo with more schools (granian)", cpu.measure_growth),
    ("Sweep: the deadlines of a school year, 750 pupils", sweep.measure),
    ("Printouts: papers by the sweep, all cores", printouts.measure),
    ("Rush: many at once, and idle (the program as it is served)", rush.measure),
)


def main(chosen: list[str]) -> int:
    begun = time.monotonic()
    not_met: list[str] = []
    broken = 0
    with open_house() as house:
        for title, measure in PARTS:
            if chosen and title.split()[0].strip(":").lower() not in chosen:
                continue
            try:
                rows = measure(house)
            except Exception:
                broken += 1
                print(f"\n{title}: COULD NOT BE MEASURED", flush=True)
                traceback.print_exc(limit=-3, file=sys.stdout)
                continue
            print_table(title, rows)
            not_met += [row.what for row in rows if row.verdict == NOT_MET]
    print(f"\nNot met: {'; '.join(not_met) or 'nothing'}.")
    print(f"{time.monotonic() - begun:.0f} s in all.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main([word.lower() for word in sys.argv[1:]]))
