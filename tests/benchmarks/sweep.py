"""The sweep of deadlines over a school year of one school, what it costs once all is told, and the
same of ten schools."""

import time
from datetime import date, datetime

from school.actions.deadlines import sweep_deadlines
from school.database import database
from school.demo import load_demo
from school.models import Lesson, Verdict
from tests.benchmarks.house import KINDS, House
from tests.benchmarks.table import Row, at_most, beside
from tests.blueprints.helpers import statements

#: The last day of a school year, so that all of it has been held.
LAST_DAY = date(2026, 5, 29)
NOW = datetime.fromisoformat("2026-05-29T20:00:00+00:00")
PUPILS, WEEKS = 750, 38
ONE_SCHOOL, MANY = 5, 10
#: What a sweep costs is what is open, not what was ever held; a year of ten schools loads for half
#: an hour.
WEEKS_OF_MANY = 6


def measure(house: House) -> list[Row]:
    """The first sweep settles a whole year; the next looks at what is open."""
    rows = []
    for kind in KINDS:
        house.bind(house.new_database(kind))
        load_demo(schools=1, pupils=PUPILS, weeks=WEEKS, today=LAST_DAY, now=NOW)
        first, _ = _sweep()
        again, count = _sweep()
        held = Lesson.select().where(Lesson.ends_at < NOW).count()
        told = f"{held:,} lessons held, {Verdict.select().count():,} entries judged"
        rows += [
            at_most(f"{kind}: sweep of a school year anew", first, ONE_SCHOOL, "s", 2, told),
            beside(f"{kind}: the next sweep", f"{again * 1000:,.0f} ms, {count} statements"),
        ]
        database.close()
        house.unbind()
    return [*rows, *_measure_many(house)]


def _measure_many(house: House) -> list[Row]:
    """Ten schools may take ten times what one may. SQLite alone: loading them takes minutes."""
    house.bind(house.new_database(KINDS[0]))
    load_demo(schools=MANY, pupils=PUPILS, weeks=WEEKS_OF_MANY, today=LAST_DAY, now=NOW)
    first, _ = _sweep()
    again, count = _sweep()
    database.close()
    house.unbind()
    what = f"{KINDS[0]}: sweep of {MANY} schools × {PUPILS} pupils"
    return [
        at_most(f"{what} anew", first, MANY * ONE_SCHOOL, "s", 2),
        beside(f"{what}, the next", f"{again * 1000:,.0f} ms, {count} statements"),
    ]


def _sweep() -> tuple[float, int]:
    begun = time.monotonic()
    with statements() as seen:
        sweep_deadlines(NOW, worker="bench", claimed_at=NOW)
    return time.monotonic() - begun, len(seen)
