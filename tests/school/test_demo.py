"""The demo municipality: what a visitor finds in it, and that it is the same every time."""

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from school.database import (
    as_date,
    database,
    ensure_connection,
    fetch_all,
    migrate,
    open_database,
)
from school.demo import DemoRefused, load_demo
from school.demo.curriculum import subjects_of
from school.demo.places import FIVE_SCHOOLS
from school.demo.texts import StepKind, kind_of, plan_steps
from school.demo.year import first_day, make_year
from school.models import ALL_MODELS, Account, Enrolment, FrozenYear, Lesson, School, SchoolClass
from school.models.fields import to_milliseconds
from school.queries.class_results import find_result_class, get_summary_sheet
from school.queries.paper_calls import list_owed_calls
from school.queries.printouts import list_owed_printouts
from school.rules.access import is_adult
from school.rules.marks import ATTENDANCE_BY_CODE, MARKS_OF

NOW = datetime(2026, 11, 19, 7, 0, tzinfo=UTC)
#: Fields of history that tell of the timetable: announced before the lesson, told in its changes.
TIMETABLE = "('teacher', 'place', 'room', 'cancelled', 'absence', 'day')"
#: What becomes of a request is no entry of a diary, but may shut or open it.
CASES = "('service_request', 'consent', 'paper_way', 'diary_limit', 'guardianship', 'person')"
SMALL: dict[str, Any] = {"pupils": 33, "weeks": 7, "now": NOW}


def fill(path: Path, **arguments: Any) -> None:
    open_fresh(path)
    try:
        load_demo(**{**SMALL, **arguments})
    finally:
        database.close()


def open_fresh(path: Path) -> None:
    open_database(f"sqlite:///{path}")
    ensure_connection()
    migrate(path.parent)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    fill(path)
    return path


@pytest.fixture
def demo(loaded: Path, tmp_path: Path) -> Iterator[None]:
    path = tmp_path / "demo.db"
    shutil.copyfile(loaded, path)
    open_database(f"sqlite:///{path}")
    ensure_connection()
    yield
    database.close()


def all_rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every table's rows, without what a salt changes."""
    rows = {}
    for model in ALL_MODELS:
        fields = [f for f in model._meta.sorted_fields if f is not Account.password_hash]
        rows[model.__name__] = list(model.select(*fields).order_by(*fields).tuples())
    return rows


def rows_of(path: Path, **arguments: Any) -> dict[str, list[tuple[Any, ...]]]:
    fill(path, **arguments)
    open_database(f"sqlite:///{path}")
    ensure_connection()
    try:
        return all_rows()
    finally:
        database.close()


# The same every time


def test_same_arguments_same_data(tmp_path: Path) -> None:
    first = rows_of(tmp_path / "1.db", schools=2)
    second = rows_of(tmp_path / "2.db", schools=2)
    assert first == second


def test_a_day_of_its_own_does_not_depend_on_the_clock(tmp_path: Path) -> None:
    day = date(2027, 2, 3)
    first = rows_of(tmp_path / "1.db", schools=1, today=day)
    later = rows_of(tmp_path / "2.db", schools=1, today=day, now=NOW.replace(day=25))
    assert first == later


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    first = rows_of(tmp_path / "1.db", schools=1, weeks=1)
    other = rows_of(tmp_path / "2.db", schools=1, weeks=1, seed=2)
    assert first["Person"] != other["Person"]


def test_more_schools_leave_the_first_ones_as_they_were(tmp_path: Path) -> None:
    few = rows_of(tmp_path / "1.db", schools=2, weeks=1)
    many = rows_of(tmp_path / "2.db", schools=7, weeks=1)
    names = [row[2] for row in many["School"]]
    assert names[5:] == ["school-101", "school-102"]
    first = few["School"][0][0]
    assert [row for row in few["Lesson"] if row[1] == first] == [
        row for row in many["Lesson"] if row[1] == first
    ]


def test_refuses_a_database_that_is_not_empty(demo: None) -> None:
    with pytest.raises(DemoRefused, match="not empty"):
        load_demo(**SMALL)


@pytest.mark.parametrize("wrong", [{"schools": 0}, {"weeks": 0}, {"pupils": 5}])
def test_refuses_sizes_that_make_no_school(wrong: dict[str, int]) -> None:
    with pytest.raises(DemoRefused):
        load_demo(**{**SMALL, **wrong})


# People


def test_every_sign_in_is_there(demo: None) -> None:
    roles = ("parent", "pupil", "teacher", "classteacher", "admin", "deputy", "head")
    wanted = {f"{role}{plan.suffix}" for role in roles for plan in FIVE_SCHOOLS}
    accounts = {account.login: account for account in Account.select()}
    assert set(accounts) == wanted | {"parent2", "officer"}
    assert all(a.is_demo and not a.must_change_password for a in accounts.values())
    assert len({a.password_hash for a in accounts.values()}) == 1


def person_of(login: str) -> int:
    person_id: int = Account.get(Account.login == login).person_id
    return person_id


@pytest.mark.parametrize("suffix", ["", "-s19", "-v", "-s11", "-nt"])
def test_sign_ins_of_a_school_belong_together(demo: None, suffix: str) -> None:
    parent, pupil = person_of(f"parent{suffix}"), person_of(f"pupil{suffix}")
    teacher, leader = person_of(f"teacher{suffix}"), person_of(f"classteacher{suffix}")
    assert fetch_all("SELECT pupil_id FROM guardianship WHERE guardian_id = ?", (parent,)) == [
        (pupil,)
    ]
    class_id = Enrolment.get(Enrolment.pupil == pupil).school_class_id
    led = "SELECT school_class_id FROM role WHERE kind = 'class_teacher' AND person_id = ?"
    assert (class_id,) in fetch_all(led, (leader,))
    assert (class_id,) not in fetch_all(led, (teacher,))
    assert not fetch_all("SELECT 1 FROM guardianship WHERE guardian_id = ?", (teacher,))
    weekdays = fetch_all(
        "SELECT DISTINCT weekday FROM timetable_entry WHERE teacher_id = ?", (teacher,)
    )
    assert len(weekdays) >= 4
    taught = fetch_all(
        "SELECT 1 FROM group_membership m JOIN group_teacher t "
        "ON t.teaching_group_id = m.teaching_group_id WHERE m.pupil_id = ? AND t.teacher_id = ?",
        (pupil, teacher),
    )
    assert taught


@pytest.mark.parametrize(
    ("schools", "where"),
    [
        (5, ["nizhnyaya-tura", "school-2"]),
        (2, ["school-19", "school-2"]),
        (1, ["school-2", "school-2"]),
    ],
)
def test_parent2_has_two_children(tmp_path: Path, schools: int, where: list[str]) -> None:
    open_fresh(tmp_path / "demo.db")
    try:
        load_demo(**{**SMALL, "schools": schools, "weeks": 1})
        children = fetch_all(
            "SELECT s.short_name FROM guardianship g JOIN enrolment e ON e.pupil_id = g.pupil_id "
            "JOIN school s ON s.id = e.school_id WHERE g.guardian_id = ? ORDER BY 1",
            (person_of("parent2"),),
        )
        assert [name for (name,) in children] == where
    finally:
        database.close()


def test_volosovskaya_is_a_primary_school(demo: None) -> None:
    school = School.get(School.short_name == "volosovskaya")
    grades = {c.grade for c in SchoolClass.select().where(SchoolClass.school == school)}
    assert grades == {1, 2, 3, 4}


def test_the_last_entry_is_one_of_the_register_and_no_case(demo: None) -> None:
    cases = ("service_request", "consent")
    last = """
        SELECT COUNT(*) FROM revision r WHERE r.scope = 'pupil'
          AND EXISTS (SELECT 1 FROM history h WHERE h.pupil_id = r.subject_id
                      AND h.at = r.changed_at AND h.table_name IN (?, ?))
          AND EXISTS (SELECT 1 FROM history h WHERE h.pupil_id = r.subject_id
                      AND h.at < r.changed_at AND h.table_name IN ('work', 'lesson'))
          AND NOT EXISTS (SELECT 1 FROM history h WHERE h.pupil_id = r.subject_id
                          AND h.at = r.changed_at AND h.table_name NOT IN (?, ?))
    """
    assert fetch_all(last, (*cases, *cases)) == [(0,)]


def test_every_pupil_has_a_guardian(demo: None) -> None:
    assert not fetch_all(
        "SELECT pupil_id FROM enrolment WHERE pupil_id NOT IN (SELECT pupil_id FROM guardianship)"
    )


def test_who_left_and_who_came_have_marks_of_their_time_only(demo: None) -> None:
    comings = fetch_all(
        "SELECT e.pupil_id, e.from_on, e.until_on, e.reason FROM enrolment e "
        "JOIN school_year y ON y.school_id = e.school_id "
        "WHERE e.until_on IS NOT NULL OR e.from_on > y.from_on"
    )
    left = [row for row in comings if row[2] is not None]
    assert len(left) == 1
    assert left[0][3]
    assert len(comings) > 1
    for pupil, from_on, until_on, _ in comings:
        entered = fetch_all(
            "SELECT l.held_on FROM history h JOIN lesson l ON l.id = h.lesson_id "
            "WHERE h.pupil_id = ?",
            (pupil,),
        )
        days = [day for (day,) in entered]
        assert days
        assert min(days) >= from_on
        assert until_on is None or max(days) <= until_on


# Timetable


def test_nobody_is_in_two_places_at_once(demo: None) -> None:
    for who, source in (
        ("l.teacher_id", "lesson l"),
        (
            "m.pupil_id",
            "lesson l JOIN group_membership m ON m.teaching_group_id = l.teaching_group_id "
            "AND m.from_on <= l.held_on AND (m.until_on IS NULL OR l.held_on <= m.until_on)",
        ),
    ):
        clashes = fetch_all(
            f"SELECT {who}, l.held_on, l.lesson_number FROM {source} "
            "WHERE l.cancelled_at IS NULL AND l.id NOT IN "
            "(SELECT lesson_id FROM lesson_change WHERE is_joint) "
            "GROUP BY 1, 2, 3 HAVING count(*) > 1"
        )
        assert not clashes


def test_a_class_is_in_two_places_only_in_parts(demo: None) -> None:
    kinds: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for class_id, weekday, number, kind in fetch_all(
        "SELECT g.school_class_id, t.weekday, t.lesson_number, g.kind FROM timetable_entry t "
        "JOIN teaching_group g ON g.id = t.teaching_group_id WHERE g.kind <> 'stream'"
    ):
        kinds[class_id, weekday, number].append(kind)
    assert {tuple(sorted(found)) for found in kinds.values()} == {
        ("class",),
        ("part", "part"),
        ("class", "individual"),
    }


def test_a_pupils_day_has_no_gaps(demo: None) -> None:
    pupil = person_of("pupil")
    days: dict[int, set[int]] = defaultdict(set)
    for weekday, number in fetch_all(
        "SELECT t.weekday, t.lesson_number FROM timetable_entry t JOIN group_membership m "
        "ON m.teaching_group_id = t.teaching_group_id JOIN teaching_group g "
        "ON g.id = t.teaching_group_id WHERE m.pupil_id = ? AND NOT g.is_extracurricular",
        (pupil,),
    ):
        days[weekday].add(number)
    assert len(days) == 5
    assert all(numbers == set(range(1, len(numbers) + 1)) for numbers in days.values())


def test_changes_of_every_kind_in_every_school(demo: None) -> None:
    for school in School.select():
        kinds = {
            kind
            for (kind,) in fetch_all(
                "SELECT kind FROM lesson_change WHERE school_id = ?", (school.id,)
            )
        }
        assert kinds >= {"substitution", "cancellation", "room"}
    for sql in (
        "lesson_change WHERE kind = 'move'",
        "lesson_change WHERE kind = 'extra' AND day_change_id IS NULL",
        "lesson_change WHERE is_undoing",
        "lesson_change WHERE is_joint",
        "lesson_change WHERE absence_id IS NOT NULL",
        "day_change WHERE kind = 'moved_day'",
        "day_change WHERE kind = 'quarantine' AND is_remote",
        "day_change WHERE kind = 'quarantine' AND NOT is_remote",
        "teacher_absence WHERE reason = 'ill'",
        "lesson l JOIN teaching_group g ON g.id = l.teaching_group_id "
        "WHERE g.is_extracurricular AND l.attendance_taken_at IS NOT NULL",
        "letter WHERE kind = 'timetable'",
    ):
        assert fetch_all(f"SELECT 1 FROM {sql} LIMIT 1"), sql


def test_lesson_rows_say_what_their_changes_say(demo: None) -> None:
    assert not fetch_all(
        "SELECT c.id FROM lesson_change c JOIN lesson l ON l.id = c.lesson_id "
        "WHERE c.replaced_at IS NULL AND (c.announced_at > (SELECT max(at) FROM history) "
        "OR l.teacher_id <> coalesce(c.teacher_is_id, l.teacher_id) "
        "OR l.held_on <> coalesce(c.held_on_is, l.held_on) "
        "OR l.lesson_number <> coalesce(c.lesson_number_is, l.lesson_number) "
        "OR (c.room_is <> '' AND l.room <> c.room_is) "
        "OR (c.kind = 'cancellation' AND l.cancelled_at IS NULL))"
    )


@pytest.mark.parametrize(
    "today",
    [
        date(2026, 9, 1),
        date(2026, 10, 28),
        date(2027, 1, 4),
        date(2027, 5, 31),
        date(2027, 7, 15),
    ],
)
def test_any_day_of_the_year_will_do(tmp_path: Path, today: date) -> None:
    open_fresh(tmp_path / "demo.db")
    try:
        load_demo(**{**SMALL, "schools": 1, "weeks": 2, "today": today})
        days = sorted({lesson.held_on for lesson in Lesson.select(Lesson.held_on)})
        year = make_year(first_day(today), grades=(1, 11), trimesters=False)
        school_days = year.school_days(year.from_on, year.until_on, 5)
        # The nearest school day ahead has lessons, or the year's last one has.
        assert next((day for day in school_days if day >= today), school_days[-1]) in days
    finally:
        database.close()


# Registers


def test_in_spring_whose_child_is_of_age_asks_for_no_paper(tmp_path: Path) -> None:
    """The eldest turn 18 in the school year; their parents are refused (H10)."""
    may = datetime(2027, 5, 27, 7, 0, tzinfo=UTC)
    path = tmp_path / "demo.db"
    fill(path, schools=1, pupils=120, weeks=2, now=may)
    open_fresh(path)
    try:
        born = [
            as_date(row[0])
            for row in fetch_all(
                "SELECT p.birth_on FROM service_request r JOIN person p ON p.id = r.pupil_id"
                " WHERE r.applicant_is = 'guardian'"
            )
        ]
    finally:
        database.close()
    assert len(born) > 20
    assert not [day for day in born if is_adult(day, may.date())]


def test_every_past_lesson_but_one_a_school_is_filled_in(demo: None) -> None:
    held = Lesson.select().where(Lesson.ends_at <= NOW)
    empty = defaultdict(list)
    for lesson in held.where(Lesson.cancelled_at.is_null()):
        if lesson.topic == "" or lesson.attendance_taken_at is None:
            empty[lesson.school_id].append(lesson)
    assert {len(lessons) for lessons in empty.values()} == {1}
    assert len(empty) == 5


def test_nothing_is_entered_before_the_lesson_or_after_now(demo: None) -> None:
    milliseconds = int(NOW.timestamp()) * 1000
    assert not fetch_all(
        "SELECT h.id FROM history h JOIN lesson l ON l.id = h.lesson_id "
        # But a work may be planned for a lesson ahead, and the timetable changed.
        "WHERE (h.at < l.ends_at AND NOT (h.table_name = 'work' AND h.field = 'work') "
        f"AND h.field NOT IN {TIMETABLE}) OR h.at > ?",
        (milliseconds,),
    )


def test_history_tells_how_every_fact_came_to_be(demo: None) -> None:
    told: dict[tuple[Any, ...], str] = {}
    for table, row, pupil, field, old, new in fetch_all(
        "SELECT table_name, row_id, pupil_id, field, old, new FROM history "
        f"WHERE field NOT IN {TIMETABLE} AND table_name <> 'consent' ORDER BY id"
    ):
        key = table, row, pupil, field
        assert told.get(key, "") == old
        assert old != new
        told[key] = new
    stands: dict[tuple[Any, ...], str] = {}
    for lesson, topic, material, taken_at in fetch_all(
        "SELECT id, topic, material, attendance_taken_at FROM lesson WHERE topic <> ''"
    ):
        assert taken_at
        stands["lesson", lesson, None, "topic"] = topic
        stands["lesson", lesson, None, "attendance_taken"] = "1"
        if material:
            stands["lesson", lesson, None, "material"] = material
    for lesson, pupil, text in fetch_all("SELECT lesson_id, pupil_id, text FROM homework"):
        stands["lesson", lesson, pupil, "homework"] = text
    for lesson, pupil, text in fetch_all("SELECT lesson_id, pupil_id, text FROM lesson_comment"):
        stands["lesson", lesson, pupil, "comment"] = text
    for lesson, pupil, code, late in fetch_all(
        "SELECT lesson_id, pupil_id, code, late_minutes FROM attendance"
    ):
        stands["lesson", lesson, pupil, "attendance"] = code
        if late:
            stands["lesson", lesson, pupil, "late_minutes"] = str(late)
    for work, pupil, value, worked_on in fetch_all(
        "SELECT work_id, pupil_id, value, worked_on FROM mark ORDER BY work_id, position"
    ):
        key = "work", work, pupil, "mark"
        stands[key] = f"{stands[key]}/{value}" if key in stands else value
        if worked_on:
            stands["work", work, pupil, "worked_on"] = worked_on
    for excuse, pupil, decision in fetch_all("SELECT id, pupil_id, decision FROM excuse"):
        stands["excuse", excuse, pupil, "excuse"] = decision or "asked"
    for remark, state in fetch_all("SELECT id, state FROM remark"):
        stands["remark", remark, None, "remark"] = state
    for thread, state in fetch_all("SELECT id, state FROM help_thread"):
        stands["help_thread", thread, None, "state"] = state
    for page, *words in fetch_all("SELECT id, text, whom, phone, hours FROM public_page"):
        for name, said in zip(("text", "whom", "phone", "hours"), words, strict=True):
            stands["public_page", page, None, name] = said
    for kind, name, weight in fetch_all(
        "SELECT s.id, k.name, s.weight FROM subject_work_kind s "
        "JOIN work_kind k ON k.id = s.work_kind_id"
    ):
        stands["subject_work_kind", kind, None, name] = f"вес {weight}, отметки у всех"
    for policy, average, threshold in fetch_all(
        "SELECT id, average, threshold FROM subject_grading_policy"
    ):
        stands["subject_grading_policy", policy, None, "policy"] = f"{average} {threshold}"
    for paper, pupil, ordinal in fetch_all("SELECT id, pupil_id, ordinal FROM issued_paper"):
        stands["issued_paper", paper, pupil, "made"] = str(ordinal)
    for paper, pupil, way, taker in fetch_all(
        "SELECT i.id, i.pupil_id, h.way, h.taker FROM issued_hand_over h "
        "JOIN issued_paper i ON i.id = h.issued_paper_id"
    ):
        stands["issued_paper", paper, pupil, way] = taker
    for visit, pupil in fetch_all("SELECT id, pupil_id FROM visit WHERE pupil_id IS NOT NULL"):
        stands["visit", visit, pupil, "pupil"] = "named"
    for case, pupil, stage in fetch_all("SELECT id, pupil_id, stage FROM service_request"):
        stands["service_request", case, pupil, "stage"] = stage
    for row, pupil, kind, value in fetch_all("SELECT id, pupil_id, kind, value FROM period_result"):
        stands["period_result", row, pupil, f"{kind}_result"] = value
    for row, pupil, monday in fetch_all(
        "SELECT h.id, w.pupil_id, h.monday FROM printout_hand_over h "
        "JOIN paper_way w ON w.id = h.paper_way_id"
    ):
        stands["printout_hand_over", row, pupil, "handed"] = str(monday)
    for row, pupil, what, about in fetch_all(
        "SELECT c.id, w.pupil_id, c.what, c.about FROM paper_call c "
        "JOIN paper_way w ON w.id = c.paper_way_id"
    ):
        stands["paper_call", row, pupil, "call"] = f"{what}:{about}"
    # Of these history says that and who, or not what stands there in the end.
    people = ("consent", "paper_way", "diary_limit", "guardianship", "person", "account")
    orders = ("work_kind", "closing", "deferral", "exam")
    told = {
        key: new
        for key, new in told.items()
        if key[0] not in (*people, *orders) and key[3] not in ("work", "change_request")
    }
    assert told == stands


@pytest.mark.requirement("E4")
def test_every_summary_sheet_is_what_a_slow_retelling_of_the_history_gives(demo: None) -> None:
    values: dict[int, str] = {}
    absent: dict[tuple[int, int], str] = {}
    for table, row, pupil, field, new in fetch_all(
        "SELECT table_name, row_id, pupil_id, field, new FROM history ORDER BY id"
    ):
        if table == "period_result":
            values[row] = new
        elif (table, field) == ("lesson", "attendance"):
            absent[row, pupil] = new
    results = fetch_all("SELECT id, pupil_id, subject_id, kind, study_period_id FROM period_result")
    shown = 0
    for (class_id,) in fetch_all("SELECT id FROM school_class ORDER BY id"):
        head = find_result_class(class_id)
        assert head is not None
        sheet = get_summary_sheet(head, NOW.date())
        enrolled = {
            pupil: (as_date(first), as_date(last) if last else date.max)
            for pupil, first, last in fetch_all(
                "SELECT pupil_id, from_on, until_on FROM enrolment WHERE school_class_id = ?",
                (class_id,),
            )
        }
        assert {pupil.pupil_id for pupil in sheet.pupils} == enrolled.keys()
        ends = {column.key: column.until_on for column in sheet.columns}
        slow = {}
        for row, pupil, subject, kind, period in results:
            key = f"{kind}-{period}" if period else kind
            if pupil in enrolled and key in ends and ends[key] <= enrolled[pupil][1]:
                slow[pupil, subject, key] = values[row]
        assert {place: cell.value for place, cell in sheet.cells.items() if cell.value} == slow
        shown += len(slow)
        for column in sheet.columns:
            if column.kind != "period":
                continue
            for pupil in enrolled:
                if (pupil, column.key) not in sheet.absences:
                    continue
                lessons = {
                    lesson
                    for (lesson,) in fetch_all(
                        "SELECT l.id FROM lesson l JOIN group_membership m "
                        "ON m.teaching_group_id = l.teaching_group_id AND m.pupil_id = ? "
                        "AND m.from_on <= l.held_on "
                        "AND (m.until_on IS NULL OR m.until_on >= l.held_on) "
                        "JOIN teaching_group g ON g.id = l.teaching_group_id "
                        "AND NOT g.is_extracurricular "
                        "WHERE l.cancelled_at IS NULL AND l.held_on BETWEEN ? AND ?",
                        (pupil, column.from_on, min(column.until_on, NOW.date())),
                    )
                }
                missed = sum(absent.get((n, pupil), "") not in ("", "о") for n in lessons)
                assert sheet.absence(pupil, column).missed_lessons == missed
    assert shown > 500


def test_marks_are_such_as_a_teacher_can_type(demo: None) -> None:
    for marking, value in fetch_all(
        "SELECT DISTINCT g.marking, m.value FROM mark m JOIN work w ON w.id = m.work_id "
        "JOIN lesson l ON l.id = w.lesson_id JOIN teaching_group g ON g.id = l.teaching_group_id"
    ):
        assert value in MARKS_OF[marking]
    codes = {code for (code,) in fetch_all("SELECT DISTINCT code FROM attendance")}
    assert codes <= set(ATTENDANCE_BY_CODE)


def test_states_that_a_visitor_looks_for(demo: None) -> None:
    for what in (
        "mark WHERE position = 2",
        "mark WHERE value = 'осв'",
        "mark WHERE value = 'зач'",
        "mark WHERE value = '.'",
        "mark WHERE worked_on IS NOT NULL",
        "work WHERE due_on IS NOT NULL",
        "attendance WHERE late_minutes IS NOT NULL",
        "homework WHERE pupil_id IS NOT NULL",
        "history WHERE field = 'mark' AND old <> ''",
        "history h JOIN work w ON w.id = h.row_id JOIN lesson l ON l.id = w.lesson_id "
        "WHERE h.table_name = 'work' AND h.field = 'work' AND h.at > l.ends_at + 3 * 86400000",
        "subject_grading_policy WHERE average = 'plain'",
        "subject_work_kind s JOIN work_kind k ON k.id = s.work_kind_id "
        "WHERE s.is_offered AND k.retired_on IS NOT NULL",
        f"work w JOIN lesson l ON l.id = w.lesson_id WHERE l.starts_at > {to_milliseconds(NOW)}",
        "change_request WHERE decision = ''",
        "change_request WHERE decision = 'declined'",
        "change_request WHERE changed_at IS NOT NULL",
        f"change_request WHERE changed_at IS NULL AND open_until >= {to_milliseconds(NOW)}",
        f"change_request WHERE changed_at IS NULL AND open_until < {to_milliseconds(NOW)}",
        *(f"excuse WHERE decision = '{d}'" for d in ("", "accepted", "declined", "withdrawn")),
        f"excuse WHERE decision = 'accepted' AND from_on > '{NOW:%Y-%m-%d}'",
        *(f"remark WHERE state = '{s}'" for s in ("open", "fixed", "accepted", "withdrawn")),
        f"remark WHERE state = 'open' AND due_on < '{NOW:%Y-%m-%d}'",
        "letter WHERE kind = 'remark'",
        "teaching_group WHERE kind = 'part'",
        "teaching_group WHERE kind = 'stream'",
        "teaching_group WHERE kind = 'individual'",
        "guardianship WHERE kind IN ('guardian', 'trustee')",
    ):
        assert fetch_all(f"SELECT 1 FROM {what} LIMIT 1"), what


def test_the_paper_way_stands_in_every_state(demo: None) -> None:
    why, called = set(), 0
    for school in School.select():
        today = NOW.date()
        owed = list_owed_printouts(school.id, today - timedelta(days=21), today, NOW)
        why |= {line.recipient.why for line in owed}
        assert {line.recipient.points for line in owed} == {12, 18, 24}
        assert any(line.met_at and not line.was_late for line in owed)
        assert any(line.is_overdue(NOW) for line in owed)
        assert any(line.met_at is None and not line.is_overdue(NOW) for line in owed)
        calls = list_owed_calls(school.id, today - timedelta(days=21), today, NOW)
        called += sum(call.met_at is not None for call in calls)
    assert called
    assert why >= {"refused", "withdrew", "no_consent", "no_device", "terminated"}


def test_one_school_waits_for_its_archive(demo: None) -> None:
    (row,) = FrozenYear.select()
    assert (row.school.short_name, row.state) == ("volosovskaya", "waiting")
    assert row.due_at < NOW


def test_an_absent_pupil_has_no_mark_of_that_day(demo: None) -> None:
    assert not fetch_all(
        "SELECT m.id FROM mark m JOIN work w ON w.id = m.work_id "
        "JOIN attendance a ON a.lesson_id = w.lesson_id AND a.pupil_id = m.pupil_id "
        "WHERE a.code <> 'о' AND m.worked_on IS NULL"
    )


def test_revisions_say_when_the_newest_entry_was_made(demo: None) -> None:
    found = {
        (scope, subject): at
        for scope, subject, at in fetch_all("SELECT scope, subject_id, changed_at FROM revision")
    }
    for pupil, newest in fetch_all(
        "SELECT pupil_id, max(at) FROM history WHERE pupil_id IS NOT NULL "
        f"AND table_name NOT IN {CASES} GROUP BY 1"
    ):
        assert found["pupil", pupil] >= newest
    for pupil, newest in fetch_all(
        "SELECT pupil_id, max(at) FROM history h WHERE pupil_id IS NOT NULL AND NOT EXISTS "
        f"(SELECT 1 FROM history c WHERE c.pupil_id = h.pupil_id AND c.table_name IN {CASES}) "
        "GROUP BY 1"
    ):
        assert found["pupil", pupil] == newest
    for group, newest in fetch_all(
        "SELECT l.teaching_group_id, max(h.at) FROM history h JOIN lesson l ON l.id = h.lesson_id "
        "WHERE h.pupil_id IS NULL GROUP BY 1"
    ):
        assert found["group", group] >= newest
    assert {scope for scope, _ in found} == {"pupil", "group", "school"}


# Texts


def test_no_text_is_a_placeholder(demo: None) -> None:
    texts = [
        text
        for column, table in (
            ("topic", "lesson"),
            ("material", "lesson"),
            ("text", "homework"),
            ("text", "lesson_comment"),
            ("title", "work"),
        )
        for (text,) in fetch_all(f"SELECT DISTINCT {column} FROM {table}")
    ]
    assert len(texts) > 500
    assert not [text for text in texts if re.search(r"Тема \d|\{|\}|\t|lorem", text)]


@pytest.mark.parametrize("grade", range(1, 12))
def test_every_subject_has_a_plan(grade: int) -> None:
    for subject, hours in subjects_of(grade):
        steps = plan_steps(subject, grade, hours)
        assert len(steps) >= hours * 17
        assert all(step.topic for step in steps)
        if grade == 1:
            assert not any(step.homework for step in steps)


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("Контрольный диктант «Предложение» с заданием", StepKind.DICTATION),
        ("Входная контрольная работа", StepKind.TEST),
        ("Проверочная работа «План и карта»", StepKind.CHECK),
        ("Практическая работа «Реакции ионного обмена»", StepKind.PRACTICE),
        ("Классное сочинение по драме «Гроза»", StepKind.ESSAY),
        ("Защита творческого проекта", StepKind.PROJECT),
        ("Проектная деятельность: этапы творческого проекта", StepKind.ORDINARY),
        ("Работа над ошибками. Слово и его лексическое значение", StepKind.ORDINARY),
        ("Повторение изученной лексики. Подготовка к тесту", StepKind.ORDINARY),
        ("Квадратный трёхчлен. Разложение на множители", StepKind.ORDINARY),
    ],
)
def test_what_a_lesson_is_for(topic: str, kind: StepKind) -> None:
    assert kind_of(topic) is kind


@pytest.mark.parametrize("year", range(2024, 2036))
@pytest.mark.parametrize("trimesters", [False, True])
def test_every_school_day_lies_in_one_period(year: int, trimesters: bool) -> None:
    made = make_year(date(year, 9, 1), grades=(1, 11), trimesters=trimesters)
    for day in made.school_days(made.from_on, made.until_on, 6):
        for grade in (1, 9, 10):
            covering = [
                period
                for period in made.periods
                if period.kind != "year"
                and period.grades[0] <= grade <= period.grades[1]
                and period.from_on <= day <= period.until_on
            ]
            assert len(covering) == 1


@pytest.mark.requirement("C6")
def test_papers_are_made_and_people_wait_in_every_state(demo: None) -> None:
    def found(sql: str) -> set[Any]:
        return {row[0] for row in fetch_all(sql)}

    schools = fetch_all("SELECT COUNT(*) FROM school")[0][0]
    for ending in ("", "answered", "left"):
        sql = f"SELECT DISTINCT school_id FROM visit WHERE ending = '{ending}'"
        assert len(fetch_all(sql)) == schools, ending
    assert found("SELECT DISTINCT way FROM issued_hand_over") == {"in_person", "post"}
    assert found("SELECT DISTINCT kind FROM issued_paper") == {"extract", "written_information"}
    assert fetch_all("SELECT 1 FROM visit WHERE begun_at > due_at")
    assert fetch_all("SELECT 1 FROM visit_step WHERE step = 'passed_on'")
