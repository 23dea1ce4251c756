"""H3: nothing typed is lost, nobody's entry is overwritten unseen, the same form twice is once."""

import threading
from datetime import timedelta

import pytest

from school import clock
from school.database import database, ensure_connection, open_database
from school.models import (
    Attendance,
    GroupTeacher,
    History,
    Lesson,
    Mark,
    Revision,
    Session,
    Work,
)
from tests.blueprints.helpers import (
    address_of,
    check_came_back,
    complaints,
    history_of,
    make_work,
    open_session,
    post_only,
    register_of,
    save,
    stand_in,
    value,
)
from tests.town import build_town, member, person, today, year_start

pytestmark = [pytest.mark.requirement("H3"), pytest.mark.requirement("E1")]


@pytest.fixture
def teacher(town, visit):
    return visit(town.teacher)


@pytest.fixture
def substitute(town, visit):
    """A colleague who holds the same lesson: both may write in it."""
    stand_in(town.lesson, town.colleague)
    return visit(town.colleague)


def revision(scope, subject_id):
    row = Revision.get_or_none(Revision.scope == scope, Revision.subject == subject_id)
    return 0 if row is None else row.n


# Conflicts


def test_two_teachers_in_one_cell_see_both_values(town, teacher, substitute):
    mark, other = f"mark-{town.pupil.id}", f"mark-{town.classmate.id}"
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {mark: "4"})
    answer = save(
        teacher, town.lesson, {mark: "5", other: "3", "topic": "Дроби"}, page=page, status=422
    )
    said = check_came_back(answer, mark, "5")
    assert "Соседкина Нина Ивановна" in said
    assert "«4»" in said
    assert "У вас: «5»" in said
    # The other cells are saved, and the conflicting one stands as it stood.
    assert Lesson.get_by_id(town.lesson.id).topic == "Дроби"
    assert {m.pupil_id: m.value for m in Mark.select()} == {
        town.pupil.id: "4",
        town.classmate.id: "3",
    }
    # The page that came back knows both values: what the teacher decides is saved.
    teacher.send(answer)
    assert value(register_of(teacher, town.lesson), mark) == "5"


@pytest.mark.parametrize("decision", ["4", "5", "", "2"])
def test_whatever_the_teacher_decides_on_the_conflict_page_stands(
    town, teacher, substitute, decision
):
    mark = f"mark-{town.pupil.id}"
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {mark: "4"})
    answer = save(teacher, town.lesson, {mark: "5"}, page=page, status=422)
    teacher.send(answer, **{mark: decision})
    assert value(register_of(teacher, town.lesson), mark) == decision


@pytest.mark.parametrize(
    ("name", "mine", "theirs"),
    [
        ("topic", "Моя тема", "Их тема"),
        ("material", "Мой", "Их"),
        ("homework", "№ 5", "№ 6"),
        ("attendance-{}", "б", "у"),
        ("comment-{}", "Моё слово", "Их слово"),
        ("homework-{}", "№ 5", "№ 6"),
        ("mark-{}", "5", "2/3"),
    ],
)
@pytest.mark.parametrize("before", [False, True], ids=["empty", "filled"])
def test_every_kind_of_cell_conflicts(town, teacher, substitute, name, mine, theirs, before):
    name = name.format(town.pupil.id)
    if before:
        first = {"mark": "4", "attendance": "н"}.get(name.split("-")[0], "Прежнее")
        save(teacher, town.lesson, {name: first})
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {name: theirs})
    answer = save(teacher, town.lesson, {name: mine}, page=page, status=422)
    said = check_came_back(answer, name, mine)
    assert theirs in said
    assert "Соседкина" in said
    assert value(register_of(teacher, town.lesson), name) == theirs


def test_a_cell_that_somebody_cleared_is_a_conflict_too(town, teacher, substitute):
    mark = f"mark-{town.pupil.id}"
    save(teacher, town.lesson, {mark: "4"})
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {mark: ""})
    answer = save(teacher, town.lesson, {mark: "5"}, page=page, status=422)
    assert "пусто" in check_came_back(answer, mark, "5")
    assert Mark.select().count() == 0


def test_clearing_what_somebody_changed_is_a_conflict(town, teacher, substitute):
    mark = f"mark-{town.pupil.id}"
    save(teacher, town.lesson, {mark: "4"})
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {mark: "5"})
    answer = save(teacher, town.lesson, {mark: ""}, page=page, status=422)
    assert "У вас: пусто" in check_came_back(answer, mark, "")
    assert Mark.get().value == "5"


def test_both_wrote_the_same_and_there_is_nothing_to_decide(town, teacher, substitute):
    mark = f"mark-{town.pupil.id}"
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {mark: "5"})
    answer = save(teacher, town.lesson, {mark: "5"}, page=page)
    assert "Всё сохранено" in teacher.follow(answer).words
    assert len([row for row in history_of(town.lesson) if row[0] == "mark"]) == 1


def test_untouched_old_values_do_not_undo_what_others_changed(town, teacher, substitute):
    pupil = town.pupil.id
    old = {
        "topic": "Старая",
        f"mark-{pupil}": "3",
        f"attendance-{pupil}": "о",
        f"late-{pupil}": "5",
    }
    new = {
        "topic": "Новая",
        f"mark-{pupil}": "4/5",
        f"attendance-{pupil}": "о",
        f"late-{pupil}": "7",
    }
    save(teacher, town.lesson, old)
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, new)
    save(teacher, town.lesson, {f"comment-{pupil}": "Молодец"}, page=page)
    shown = register_of(teacher, town.lesson)
    assert {name: value(shown, name) for name in new} == new
    assert value(shown, f"comment-{pupil}") == "Молодец"


def test_there_and_back_is_no_conflict(town, teacher, substitute):
    mark = f"mark-{town.pupil.id}"
    save(teacher, town.lesson, {mark: "3"})
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {mark: "4"})
    save(substitute, town.lesson, {mark: "3"})
    save(teacher, town.lesson, {mark: "5"}, page=page)
    assert Mark.get().value == "5"


# What belongs together


def test_an_absence_typed_into_a_mark_is_not_lost_in_a_conflict(town, teacher, substitute):
    attendance = f"attendance-{town.pupil.id}"
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {attendance: "б"})
    answer = save(teacher, town.lesson, {f"mark-{town.pupil.id}": "н"}, page=page, status=422)
    assert "«б»" in check_came_back(answer, attendance, "н")
    assert Attendance.get().code == "б"
    # Pressing the button once more means what was typed, not that nobody was absent.
    teacher.send(answer)
    assert Attendance.get().code == "н"


def test_minutes_do_not_go_to_somebodys_other_code(town, teacher, substitute):
    late, attendance = f"late-{town.pupil.id}", f"attendance-{town.pupil.id}"
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {attendance: "б"})
    answer = save(teacher, town.lesson, {late: "10"}, page=page, status=422)
    assert value(answer, late) == "10"
    row = Attendance.get()
    assert (row.code, row.late_minutes) == ("б", None)


def test_a_day_does_not_go_to_somebodys_other_mark(town, teacher, substitute):
    mark, worked_on = f"mark-{town.pupil.id}", f"worked-on-{town.pupil.id}"
    day = (today() - timedelta(days=2)).isoformat()
    save(teacher, town.lesson, {mark: "3"})
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {mark: "4"})
    answer = save(teacher, town.lesson, {mark: "5", worked_on: day}, page=page, status=422)
    check_came_back(answer, mark, "5")
    check_came_back(answer, worked_on, day)
    assert (Mark.get().value, Mark.get().worked_on) == ("4", None)
    teacher.send(answer)
    assert (Mark.get().value, Mark.get().worked_on.isoformat()) == ("5", day)


def test_a_day_for_a_mark_that_somebody_cleared_leaves_no_trace(town, teacher, substitute):
    mark, worked_on = f"mark-{town.pupil.id}", f"worked-on-{town.pupil.id}"
    day = (today() - timedelta(days=2)).isoformat()
    save(teacher, town.lesson, {mark: "3"})
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {mark: ""})
    before = history_of(town.lesson)
    answer = save(teacher, town.lesson, {worked_on: day}, page=page, status=422)
    check_came_back(answer, worked_on, day)
    assert history_of(town.lesson) == before


@pytest.mark.parametrize(
    ("ground", "resting", "old", "theirs", "mine"),
    [
        ("attendance", "late", ("о", "5"), "10", "б"),
        ("attendance", "late", ("о", "5"), "10", ""),
        ("mark", "worked-on", ("4", ""), (today() - timedelta(days=1)).isoformat(), ""),
    ],
)
def test_what_somebody_added_to_a_cell_does_not_go_with_it_unseen(
    town, teacher, substitute, ground, resting, old, theirs, mine
):
    ground, resting = f"{ground}-{town.pupil.id}", f"{resting}-{town.pupil.id}"
    save(teacher, town.lesson, dict(zip((ground, resting), old, strict=True)))
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {resting: theirs})
    answer = save(teacher, town.lesson, {ground: mine}, page=page, status=422)
    assert theirs in check_came_back(answer, ground, mine)
    shown = register_of(teacher, town.lesson)
    assert (value(shown, ground), value(shown, resting)) == (old[0], theirs)


# Twice


def test_the_same_form_twice_is_saved_once(town, teacher):
    pupil = town.pupil.id
    page = register_of(teacher, town.lesson)
    fields = {
        **page.fields(),
        "topic": "Дроби", "material": "Сложение", "homework": "№ 5", "attendance-taken": "1",
        f"mark-{pupil}": "4/5", f"worked-on-{pupil}": (today() - timedelta(days=1)).isoformat(),
        f"late-{pupil}": "5", f"comment-{pupil}": "Молодец", f"homework-{pupil}": "№ 6",
        f"mark-{town.classmate.id}": "н",
    }  # fmt: skip
    teacher.post(address_of(town.lesson), fields)
    rows, revisions = history_of(town.lesson), list(Revision.select().tuples())
    assert len(rows) == 12  # eleven facts and the work that the mark made
    teacher.post(address_of(town.lesson), fields)
    assert history_of(town.lesson) == rows
    assert list(Revision.select().tuples()) == revisions
    assert Work.select().count() == 1
    assert Mark.select().count() == 2


def test_the_same_form_twice_with_a_bad_cell(town, teacher):
    page = register_of(teacher, town.lesson)
    fields = {
        **page.fields(), f"mark-{town.pupil.id}": "6", f"mark-{town.classmate.id}": "5",
    }  # fmt: skip
    for _ in range(2):
        answer = teacher.post(address_of(town.lesson), fields, status=422)
        check_came_back(answer, f"mark-{town.pupil.id}", "6")
    assert len(history_of(town.lesson)) == 2


# `seen`


@pytest.mark.parametrize("seen", ["", "x", "-1", "1e5", "٣", "999999999", "9" * 30, "1.0", None])
def test_whoever_knew_nothing_overwrites_nothing(town, teacher, seen):
    mark, other = f"mark-{town.pupil.id}", f"mark-{town.classmate.id}"
    save(teacher, town.lesson, {mark: "4"})
    fields = {**register_of(teacher, town.lesson).fields(), mark: "5", other: "3"}
    fields["seen"] = seen
    if seen is None:
        del fields["seen"]
    answer = teacher.post(address_of(town.lesson), fields, status=422)
    assert "«4»" in check_came_back(answer, mark, "5")
    assert {m.pupil_id: m.value for m in Mark.select()} == {
        town.pupil.id: "4",
        town.classmate.id: "3",
    }


def test_seen_of_another_lesson_knows_nothing_of_this_one(town, teacher):
    mark = f"mark-{town.pupil.id}"
    save(teacher, town.lesson, {mark: "4"})
    save(teacher, town.yesterday, {"topic": "Вчера"})
    theirs = register_of(teacher, town.yesterday).fields()["seen"]
    fields = {**register_of(teacher, town.lesson).fields(), mark: "5", "seen": theirs}
    teacher.post(address_of(town.lesson), fields, status=422)
    assert Mark.get().value == "4"


def test_a_form_that_is_three_days_old(town, teacher, substitute, monkeypatch):
    mark, other = f"mark-{town.pupil.id}", f"mark-{town.classmate.id}"
    page = register_of(teacher, town.lesson)
    save(substitute, town.lesson, {mark: "4"})
    later = clock.now() + timedelta(days=3)
    Session.update(ends_at=later + timedelta(hours=1), seen_at=later).execute()
    monkeypatch.setattr(clock, "now", lambda: later)
    answer = save(teacher, town.lesson, {mark: "5", other: "3"}, page=page, status=422)
    check_came_back(answer, mark, "5")
    assert list(complaints(answer)) == [mark]
    assert value(register_of(teacher, town.lesson), other) == "3"
    row = History.select().order_by(History.id.desc()).get()
    assert (row.pupil_id, row.new, row.at) == (town.classmate.id, "3", later)


# History and revisions


@pytest.mark.clause("S11 1.3")
@pytest.mark.requirement("E7")
def test_history_rows_are_exact(town, teacher, monkeypatch):
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    mark, day = f"mark-{town.pupil.id}", today() - timedelta(days=1)
    work = make_work(town.lesson)
    save(teacher, town.lesson, {mark: "4", f"worked-on-{town.pupil.id}": day.isoformat()})
    save(teacher, town.lesson, {mark: "4/5", "topic": "Дроби"})
    save(teacher, town.lesson, {mark: ""})
    rows = list(History.select().where(History.lesson == town.lesson).order_by(History.id))
    facts = [(r.table_name, r.row, r.field, r.pupil_id, r.old, r.new) for r in rows]
    pupil, first = town.pupil.id, ("work", work.id)
    assert facts[:2] == [
        (*first, "mark", pupil, "", "4"),
        (*first, "worked_on", pupil, "", day.isoformat()),
    ]
    assert sorted(facts[2:4], key=str) == sorted(
        [
            ("lesson", town.lesson.id, "topic", None, "", "Дроби"),
            (*first, "mark", pupil, "4", "4/5"),
        ],
        key=str,
    )
    assert sorted(facts[4:]) == [
        (*first, "mark", pupil, "4/5", ""),
        (*first, "worked_on", pupil, day.isoformat(), ""),
    ]
    assert {(r.at, r.actor_id, r.acting_for_id, r.school_id, r.why) for r in rows} == {
        (moment, town.teacher.id, None, town.school.id, "")
    }
    # One request, one id; another request, another.
    assert [r.request == rows[0].request for r in rows] == [True] * 2 + [False] * 4
    assert len({r.request for r in rows}) == 3
    assert all(r.request for r in rows)


@pytest.mark.requirement("E7")
def test_a_substitute_acts_for_the_groups_teacher(town, substitute):
    save(substitute, town.lesson, {f"mark-{town.pupil.id}": "4", "attendance-taken": "1"})
    page = register_of(substitute, town.lesson)
    substitute.send(page, form="attendance-not-taken")
    rows = list(History.select().where(History.lesson == town.lesson))
    assert len(rows) == 4
    assert {(r.actor_id, r.acting_for_id) for r in rows} == {(town.colleague.id, town.teacher.id)}


@pytest.mark.requirement("E7")
def test_the_groups_own_second_teacher_acts_for_nobody(town, visit):
    GroupTeacher.create(
        school=town.school, teaching_group=town.group, teacher=town.colleague, from_on=year_start()
    )
    save(visit(town.colleague), town.lesson, {"topic": "Дроби"})
    assert History.get().acting_for_id is None


def test_revisions_move_for_whom_it_concerns(town, teacher):
    pupil, classmate, group = town.pupil.id, town.classmate.id, town.group.id

    def moved(fields):
        before = [revision("pupil", pupil), revision("pupil", classmate), revision("group", group)]
        post_only(teacher, town.lesson, fields)
        after = [revision("pupil", pupil), revision("pupil", classmate), revision("group", group)]
        return [now - then for then, now in zip(before, after, strict=True)]

    make_work(town.lesson)
    assert moved({}) == [0, 0, 0]
    assert moved({"homework": "№ 5", "topic": "Дроби"}) == [0, 0, 1]
    for name, text in (("mark", "5"), ("comment", "Да"), ("homework", "№ 6"), ("late", "5")):
        assert moved({f"{name}-{pupil}": text}) == [1, 0, 0]
        assert moved({f"{name}-{pupil}": text}) == [0, 0, 0]
    assert moved({f"mark-{pupil}": "4", f"mark-{classmate}": "4"}) == [1, 1, 0]
    assert moved({"attendance-taken": "1"}) == [0, 0, 1]
    assert Revision.select().where(Revision.scope == "school").count() == 0


# Really at once: a database of its own, committed, a connection per thread

PUPILS = 12


@pytest.fixture
def own_database(app, database_kind, new_database):
    """A migrated database of its own, not inside the rolled-back transaction."""
    url = new_database(database_kind)
    open_database(url)
    ensure_connection()
    yield url
    database.close()


@pytest.fixture
def busy_lesson(app, own_database):
    """A committed town whose lesson has many pupils, and two people who may write in it."""
    town = build_town()
    pupils = [person(town.municipality, f"Ученик{n}") for n in range(PUPILS)]
    for pupil in pupils:
        member(town.group, pupil)
    stand_in(town.lesson, town.colleague)
    return town, pupils


def at_once(*jobs):
    """Run jobs in threads that start together; returns what they return, raises what they raise."""
    results: list = [None] * len(jobs)
    start = threading.Barrier(len(jobs))

    def run(index, job):
        ensure_connection()
        try:
            start.wait(10)
            results[index] = job()
        except BaseException as error:
            results[index] = error
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def test_two_teachers_saving_one_lesson_at_once_lose_nothing(app, busy_lesson):
    town, pupils = busy_lesson
    people = (town.teacher, town.colleague)
    for lesson in (town.lesson, town.lesson, town.lesson):
        browsers = [open_session(app, somebody) for somebody in people]
        pages = [register_of(browser, lesson).fields() for browser in browsers]
        mark = {"": "5", "5": "4/5", "4/5": "3"}[pages[0][f"mark-{pupils[0].id}"]]
        jobs = []
        for half, (browser, page) in enumerate(zip(browsers, pages, strict=True)):
            own = {f"mark-{pupil.id}": mark for pupil in pupils[half::2]}
            own |= {f"comment-{pupil.id}": f"Слово {mark}" for pupil in pupils[half::2]}
            fields = {**page, **own}
            jobs.append(lambda b=browser, f=fields: b.post(address_of(town.lesson), f))
        answers = at_once(*jobs)
        assert [answer.status for answer in answers] == [303, 303]
        shown = register_of(browsers[0], lesson).fields()
        assert {shown[f"mark-{pupil.id}"] for pupil in pupils} == {mark}
        assert {shown[f"comment-{pupil.id}"] for pupil in pupils} == {f"Слово {mark}"}
    assert Work.select().count() == 1
    rows = [row[0] for row in history_of(town.lesson)]
    assert (rows.count("mark"), rows.count("comment"), rows.count("work")) == (36, 36, 1)
    assert {revision("pupil", pupil.id) for pupil in pupils} == {3}


def test_two_teachers_in_one_cell_at_once_one_is_saved_and_one_is_told(app, busy_lesson):
    town, pupils = busy_lesson
    field = f"mark-{pupils[0].id}"
    browsers = [open_session(app, somebody) for somebody in (town.teacher, town.colleague)]
    for mine in (("5", "4"), ("3", "2"), ("4/5", "5/4")):
        pages = [register_of(browser, town.lesson).fields() for browser in browsers]
        answers = at_once(
            *(
                lambda b=browser, f={**page, field: text}: b.client.post(
                    address_of(town.lesson), data=f
                )
                for browser, page, text in zip(browsers, pages, mine, strict=True)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [303, 422]
        won = next(text for a, text in zip(answers, mine, strict=True) if a.status_code == 303)
        lost = next(a for a in answers if a.status_code == 422).get_data(as_text=True)
        assert value(register_of(browsers[0], town.lesson), field) == won
        assert f"«{won}»" in lost


def test_one_form_pressed_twice_at_once_is_saved_once(app, busy_lesson):
    town, pupils = busy_lesson
    browsers = [open_session(app, town.teacher) for _ in range(3)]
    pages = [register_of(browser, town.lesson).fields() for browser in browsers]
    own = {f"mark-{pupil.id}": "5" for pupil in pupils} | {"attendance-taken": "1"}
    answers = at_once(
        *(
            lambda b=browser, f={**page, **own}: b.post(address_of(town.lesson), f)
            for browser, page in zip(browsers, pages, strict=True)
        )
    )
    assert [answer.status for answer in answers] == [303] * 3
    rows = [row[0] for row in history_of(town.lesson)]
    assert sorted(rows) == ["attendance_taken", *["mark"] * PUPILS, "work"]


def test_two_lessons_of_the_same_pupils_at_once(app, busy_lesson):
    """Both move the same revisions and make the same kind of work: neither waits for ever."""
    town, pupils = busy_lesson
    lessons = (town.lesson, town.yesterday, town.lesson, town.yesterday)
    browsers = [open_session(app, town.teacher) for _ in lessons]
    pages = [register_of(b, lesson).fields() for b, lesson in zip(browsers, lessons, strict=True)]
    order = (pupils, pupils[::-1], pupils[::-1], pupils)
    answers = at_once(
        *(
            lambda b=b, n=lesson, f={**page, **{f"mark-{p.id}": "5" for p in whose}}: b.post(
                address_of(n), f
            )
            for b, lesson, page, whose in zip(browsers, lessons, pages, order, strict=True)
        )
    )
    assert [answer.status for answer in answers] == [303] * 4
    assert Mark.select().count() == 2 * PUPILS
    assert {revision("pupil", pupil.id) for pupil in pupils} == {2}
