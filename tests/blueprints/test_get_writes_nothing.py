"""GET writes nothing but its named traces, and asks the database equally often however much is
there."""

import hashlib
from datetime import timedelta

import pytest

from school import clock
from school.database import database
from school.models import AccessLog, Draft, Mark, Session, Work, WorkKind
from school.models.fields import to_milliseconds
from tests.blueprints.crowd import OTHERS, SOME, add_crowd, addresses
from tests.blueprints.helpers import (
    WRITES,
    address_of,
    make_work,
    open_session,
    register_of,
    save,
    statements,
    value,
)
from tests.databases import on_sqlite
from tests.town import make_group, make_lesson, member, person, today

#: design.md, 'Data that can be answered for', 6: who looked, last seen, session alive.
LOOKED = "access_log"
LAST_SEEN = {("session", "seen_at"), ("session", "visited_before_at")}


def contents():
    """Table → (how many rows, their checksum), without the named traces."""
    found = {}
    for table in database.get_tables():
        if table == LOOKED:
            continue
        cursor = database.execute_sql(f'SELECT * FROM "{table}"')
        names = [column[0] for column in cursor.description]
        kept = [n for n, name in enumerate(names) if (table, name) not in LAST_SEEN]
        rows = sorted(repr([row[n] for n in kept]) for row in cursor.fetchall())
        found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


@pytest.fixture
def crowd(app, town):
    """The town with something in every table that a page reads."""
    add_crowd(town)
    save(
        open_session(app, town.teacher),
        town.lesson,
        {f"mark-{town.pupil.id}": "5", "topic": "Дроби", "attendance-taken": "1"},
    )
    Draft.create(
        person=town.teacher,
        path=address_of(town.lesson),
        fields='[["topic", "Черновик"], ["seen", "0"]]',
        created_at=clock.now(),
    )
    return town


#: How a statement of a named trace begins; what else it might write, the checksum says.
TRACES = (f'INSERT INTO "{LOOKED}"', 'UPDATE "session" SET')
#: What is asked after the plain page; a refusal is decided before a view sees how it is asked.
OTHERWISE = (("GET", {"HX-Request": "true"}), ("HEAD", {}), ("HEAD", {"HX-Request": "true"}))


@pytest.mark.parametrize("who", SOME)
def test_get_writes_nothing(app, crowd, visit, who):
    check_that_get_writes_nothing(app, crowd, visit, who)


@on_sqlite
@pytest.mark.parametrize("who", OTHERS)
def test_nor_for_everybody_else(app, crowd, visit, who):
    # How it is asked is no matter of who asks: the few above ask in every way.
    check_that_get_writes_nothing(app, crowd, visit, who, otherwise=())


def check_that_get_writes_nothing(app, crowd, visit, who, otherwise=OTHERWISE):
    """No statement of any page writes, and nothing is another than before when all were read."""
    # A session that was last seen long ago: its trace is written too.
    old = clock.now() - timedelta(minutes=50)
    visitor = visit() if who == "nobody" else open_session(app, getattr(crowd, who), seen_at=old)
    routes = [(e, a) for e, methods, _, a in addresses(app, crowd) if "GET" in methods]
    before = contents()
    assert before["mark"][0] == 1
    looks = AccessLog.select().count()
    found = []
    for endpoint, address in routes:
        with statements() as seen:
            if visitor.client.get(address).status_code not in (403, 404):
                for method, headers in otherwise:
                    visitor.client.open(address, method=method, headers=headers)
        found += [
            f"GET {address} ({endpoint}): {sql}"
            for sql in seen
            if sql.lstrip().startswith(WRITES) and not sql.startswith(TRACES)
        ]
    assert not found, "\n".join(found)
    after = contents()
    assert [name for name in before | after if before.get(name) != after.get(name)] == []
    events = [row.event for row in AccessLog.select().order_by(AccessLog.id)]
    reads = {
        "diary_read",
        "lesson_read",
        "grid_read",
        "person_read",
        "strips_read",
        "hand_overs_read",
        "absences_read",
        "report_read",
        "request_read",
        "requests_read",
        "results_read",
        "summary_read",
        "issued_read",
        "visits_read",
        "paper_read",
        "printouts_read",
    }
    assert set(events[looks:]) <= {*reads, "export"}
    if who != "nobody":
        assert Session.get(Session.person == getattr(crowd, who).id, Session.seen_at > old)


def test_the_checksum_sees_a_change(crowd):
    before = contents()
    Mark.update(value="4").execute()
    assert contents()["mark"] != before["mark"]
    Session.update(seen_at=clock.now()).execute()
    assert contents()["session"] == before["session"]
    Session.update(ends_at=clock.now()).execute()
    assert contents()["session"] != before["session"]


def test_last_seen_is_written_once_in_ten_minutes(app, town, db):
    seen = clock.now() - timedelta(minutes=9)
    visitor = open_session(app, town.mother, seen_at=seen)
    visitor.get("/account/")
    row = Session.get()
    assert to_milliseconds(row.seen_at) == to_milliseconds(seen)
    Session.update(seen_at=seen - timedelta(minutes=2)).execute()
    visitor.get("/account/")
    assert Session.get().seen_at > seen


def test_a_draft_is_still_there_after_it_was_shown(app, crowd):
    visitor = open_session(app, crowd.teacher)
    for _ in range(2):
        assert value(register_of(visitor, crowd.lesson), "topic") == "Черновик"


# How often the database is asked


def make_week(town):
    """Last week of `town.pupil`: seven lessons a day, each of a group of its own."""
    monday = today() - timedelta(days=today().weekday() + 7)
    lessons = []
    for n in range(7):
        group = make_group(
            town.school, town.year, town.school_class, f"Предмет {n}", town.teacher,
            [town.pupil], name=f"7А-{n}",
        )  # fmt: skip
        lessons += [
            make_lesson(group, town.teacher, monday + timedelta(days=d), n + 1) for d in range(5)
        ]
    return monday, lessons


def give_marks(town, lessons, numbers):
    kind = WorkKind.get(WorkKind.school == town.school)
    for n in numbers:
        work = Work.create(
            school=town.school, lesson=lessons[n % 35], work_kind=kind, ordinal=n // 35,
            title=f"Упражнение{n}",
        )  # fmt: skip
        Mark.create(school=town.school, work=work, pupil=town.pupil, position=1, value="5")


@pytest.mark.requirement("H24")
@pytest.mark.parametrize("who", ["mother", "pupil", "head"])
def test_a_week_takes_eight_statements_with_five_marks_and_with_five_hundred(app, town, who):
    monday, lessons = make_week(town)
    counts = []
    for numbers in (range(5), range(5, 500)):
        give_marks(town, lessons, numbers)
        visitor = open_session(app, getattr(town, who))  # nothing kept from before
        with statements() as seen:
            page = visitor.get(f"/diary/{town.pupil.id}/week/{monday}")
        assert page.main.count("Упражнение") == numbers.stop
        counts.append(len([sql for sql in seen if not sql.startswith('INSERT INTO "access_log"')]))
    assert counts[0] == counts[1]
    assert counts[0] <= 8, counts


@pytest.mark.requirement("H24")
def test_a_register_takes_as_many_statements_for_two_pupils_as_for_forty(app, town):
    make_work(town.lesson)
    visitor = open_session(app, town.teacher)

    def count():
        with statements() as seen:
            page = register_of(visitor, town.lesson)
        return len(seen), len(page.root.xpath("//tbody/tr"))

    few, rows = count()
    assert rows == 2
    for n in range(38):
        member(town.group, person(town.municipality, f"Ученик{n}"))
    page = register_of(visitor, town.lesson).fields()
    pupils = [name for name in page if name.startswith("mark-")]
    visitor.post(address_of(town.lesson), {**page, **dict.fromkeys(pupils, "4/5")})
    visitor.get("/gradebook/")  # reads the message
    many, rows = count()
    assert rows == 40
    assert many == few <= 12


@pytest.mark.requirement("H24")
@pytest.mark.parametrize("address", ["/gradebook/", "/gradebook/lessons/{lesson}/history"])
def test_other_pages_of_a_teacher_ask_equally_often(app, town, address):
    address = address.format(lesson=town.lesson.id)
    visitor = open_session(app, town.teacher)

    def count():
        with statements() as seen:
            visitor.get(address)
        return len(seen)

    few = count()
    for n in range(2, 8):
        make_lesson(town.group, town.teacher, today(), n)
    page = register_of(visitor, town.lesson).fields()
    texts = {name: "Текст" for name in page if name.startswith(("comment-", "homework-"))}
    visitor.post(address_of(town.lesson), {**page, **texts})
    visitor.get("/account/")
    assert count() == few
