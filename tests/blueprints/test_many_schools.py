"""What the pages of each day read is found by an index, however many schools there are (H24)."""

import re

import pytest

from app import create_app
from school import clock
from school.actions.deadlines import sweep_deadlines
from school.database import analyze, database, ensure_connection
from tests.blueprints.helpers import open_session, statements
from tests.databases import bind, unbind
from tests.fixed_week import build_fixed_week
from tests.full_grid import build_full_grid
from tests.town import build_town, year_start

#: So many times longer than the town's a table is said to be.
LARGER = 10_000
#: How SQLite says that it reads all rows of a table, for what it asks or to know beforehand which
#: of another's rows are worth a search.
READS_ALL = re.compile(
    r"(?:SCAN (?!.*CONSTANT ROW)|BLOOM FILTER ON |SEARCH (?=\w+ USING AUTOMATIC))(\w+)"
)
#: Rows of one statement, and tables that are short in any municipality.
SHORT = {"me", "school", "school_year", "study_period"}


@pytest.fixture
def large(copy_template, data_dir):
    """The program and a town in a database of its own, planned for as one of very many."""
    url = copy_template("sqlite")
    bind(url)
    town = build_town()
    build_fixed_week(town, year_start())
    grid = build_full_grid(town)
    analyze()
    for row, stat in database.execute_sql("SELECT rowid, stat FROM sqlite_stat1").fetchall():
        rows, *of_one_value = stat.split()
        larger = " ".join([str(int(rows) * LARGER), *of_one_value])
        database.execute_sql("UPDATE sqlite_stat1 SET stat = ? WHERE rowid = ?", (larger, row))
    database.close()  # read by whoever connects next
    yield create_app(DATABASE_URL=url, DATA_DIR=str(data_dir), TESTING=True), town, grid
    unbind()


def whole_reads(sql):
    """What a statement's plan says of tables that it reads from end to end."""
    words = " ".join(sql.replace('"', "").split())
    for row in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", sql.values).fetchall():
        found = READS_ALL.search(row[3])
        if found is None:
            continue
        alias = found[1]
        if f") {alias} " in words or f") AS {alias} " in words:
            continue  # made for this statement
        tables = set(re.findall(rf"(?:FROM|JOIN) (\w+) (?:AS )?{alias}\b", words)) or {alias}
        if tables - SHORT:
            yield f"{row[3]}: {words}"


def check(seen):
    ensure_connection()
    assert len(set(seen)) > 5
    assert [read for sql in seen for read in whole_reads(sql)] == []


@pytest.mark.requirement("H24")
def test_families_and_teachers_pages_search_and_never_read_a_table_through(large):
    app, town, grid = large
    mother, teacher = open_session(app, town.mother), open_session(app, town.teacher)
    diary = f"/diary/{town.pupil.id}"
    with statements() as seen:
        for page in (
            "news", "tomorrow", f"week/{year_start()}", "subjects", "results", "attendance",
            f"subjects/{town.group.subject_id}", "timetable", "teachers",
        ):  # fmt: skip
            mother.get(f"{diary}/{page}")
        teacher.get("/gradebook/")
        teacher.get(f"/gradebook/groups/{grid.id}")
        page = teacher.get(f"/gradebook/lessons/{town.lesson.id}")
        teacher.send(page, **{f"mark-{town.pupil.id}": "5"})
    check(seen)


@pytest.mark.requirement("H24")
def test_the_schools_pages_and_the_sweep_read_their_own_schools_rows(large):
    app, town, _ = large
    of_class, school = f"/class/{town.school_class.id}", f"schools/{town.school.id}"
    pages = {
        town.administrator: [
            "/office/", "/office/codes", f"/office/{school}/hand-overs", "/office/people",
            "/office/access-log", "/office/requests", "/office/letters", "/visits/", "/papers/",
        ],
        town.class_teacher: [
            "/class/", of_class, f"{of_class}/codes", f"{of_class}/summary",
            f"{of_class}/absences", f"{of_class}/excuses", "/class/requests", f"{of_class}/calls",
        ],
        town.deputy_head: [
            "/oversight/",
            *(
                f"/oversight/{school}/{page}"
                for page in (
                    "today", "remarks", "timetable", "whereabouts", "printouts", "results",
                    "timeliness", "terms",
                )
            ),
        ],
    }  # fmt: skip
    with statements() as seen:
        for person, addresses in pages.items():
            browser = open_session(app, person)
            for address in addresses:
                browser.get(address)
        ensure_connection()
        sweep_deadlines(clock.now(), worker="test", claimed_at=clock.now())
    check(seen)
