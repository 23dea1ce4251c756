"""H2: a first entry is never blocked; changes lock, are asked for, opened, made and seen."""

from datetime import date, datetime, timedelta

import pytest

from school import clock
from school.actions.change_requests import AlreadyDecided, decline_change, open_cell
from school.actions.history import Act
from school.actions.register import save_register
from school.models import (
    Attendance,
    ChangeRequest,
    Draft,
    GroupMembership,
    History,
    Mark,
    RegulationVersion,
    School,
    Session,
    StudyPeriod,
)
from school.queries.change_requests import find_change_request
from school.queries.lessons import find_lesson
from school.queries.register import ATTENDANCE, HOMEWORK, LATE, MARK, WORKED_ON, Cell, get_register
from tests.blueprints.helpers import (
    address_of,
    arrive,
    check_came_back,
    complaints,
    make_work,
    open_session,
    register_of,
    save,
    stand_in,
    statements,
    value,
)
from tests.blueprints.test_cells import Tab
from tests.town import ZONE, make_lesson, today, year_start

pytestmark = pytest.mark.requirement("H2")

DAY = timedelta(days=1)
REASON = "ошиблась строкой: работа оценена на 4"


def change_of(lesson):
    return f"{address_of(lesson)}/change"


def enter(lesson, entries, *, days_ago, by=None):
    """What the teacher entered some days ago."""
    head = find_lesson(lesson.id)
    at = clock.now() - days_ago * DAY
    act = Act(at, (by or lesson.teacher).id)
    outcome = save_register(head, entries, seen=get_register(head).seen, today=today(), act=act)
    assert outcome.is_clean, outcome
    return at


@pytest.fixture
def lesson(town):
    """A lesson of three weeks ago, with a test for all."""
    made = make_lesson(town.group, town.teacher, today() - 21 * DAY)
    made.work = make_work(made)
    return made


@pytest.fixture
def mark(town):
    return f"mark-{town.pupil.id}"


@pytest.fixture
def locked(town, lesson):
    """The same with a 3 that was entered ten days ago."""
    enter(lesson, {Cell(MARK, town.pupil.id, lesson.work.id): "3"}, days_ago=10)
    return lesson


@pytest.fixture
def at(monkeypatch):
    """`at(moment)`: requests come at that moment."""

    def go(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    return go


def ask(teacher, lesson, name, wanted="4", reason=REASON, status=303):
    page = teacher.get(f"{change_of(lesson)}?cell={name}&to={wanted}")
    return teacher.send(page, status=status, reason=reason)


def decide(deputy, request, decision, word="", status=303):
    fields = deputy.get("/sign-out").fields()
    return deputy.post(
        f"/oversight/changes/{request.id}",
        {"csrf_token": fields["csrf_token"], "decision": decision, "word": word},
        status=status,
    )


def marks():
    return [row.value for row in Mark.select().order_by(Mark.pupil, Mark.position)]


# What locks


def test_a_first_entry_is_never_blocked(town, lesson, mark, visit):
    lesson = make_lesson(town.group, town.teacher, year_start())
    save(visit(town.teacher), lesson, {mark: "5", f"attendance-{town.classmate.id}": "н"})
    assert marks() == ["5"]
    assert Attendance.get().code == "н"


def test_a_change_within_the_term_is_free_and_one_after_it_locked(town, lesson, mark, at, visit):
    entered = enter(lesson, {Cell(MARK, town.pupil.id): "3"}, days_ago=10)
    # Seven days after the day of the entry, to the last minute where the school is.
    last = clock.moment_of(clock.local(entered, ZONE).date() + 8 * DAY, "00:00", ZONE)
    teacher = visit(town.teacher)
    at(last - timedelta(milliseconds=1))
    save(teacher, lesson, {mark: "4"})
    at(last)
    said = check_came_back(save(teacher, lesson, {mark: "5"}, status=422), mark, "5")
    assert "Срок исправлений вышел" in said
    assert "23:59" in said
    assert marks() == ["4"]


@pytest.mark.parametrize(
    ("before", "cell", "typed", "free"),
    [
        ({MARK: "."}, "mark", "5", True),
        ({MARK: "4/."}, "mark", "4/5", True),
        ({MARK: "4"}, "mark", "4/5", True),
        ({MARK: "."}, "mark", "", True),
        ({MARK: "4"}, "mark", "", False),
        ({MARK: "4"}, "mark", "5", False),
        ({MARK: "4/5"}, "mark", "4", False),
        ({MARK: "4", WORKED_ON: "-2"}, "worked-on", "-1", False),
        ({MARK: "4", WORKED_ON: "-2"}, "worked-on", "", False),
        ({MARK: "4"}, "worked-on", "-1", True),
        ({ATTENDANCE: "н"}, "attendance", "б", False),
        ({ATTENDANCE: "н"}, "attendance", "", False),
        ({ATTENDANCE: "о", LATE: "5"}, "late", "7", False),
        ({ATTENDANCE: "о"}, "late", "7", True),
        ({HOMEWORK: "№ 5"}, "homework", "№ 6", True),
    ],
)
def test_what_locks_and_what_does_not(town, lesson, visit, before, cell, typed, free):
    def text(value):
        return (today() + int(value) * DAY).isoformat() if value.startswith("-") else value

    enter(lesson, {Cell(f, town.pupil.id): text(v) for f, v in before.items()}, days_ago=10)
    name = f"{cell}-{town.pupil.id}"
    answer = save(visit(town.teacher), lesson, {name: text(typed)}, status=303 if free else 422)
    if not free:
        assert "Срок исправлений вышел" in complaints(answer)[name]


def test_texts_never_lock(town, lesson, visit):
    teacher = visit(town.teacher)
    save(teacher, lesson, {"topic": "Дроби", "homework": "№ 1", "material": "§ 1"})
    enter(lesson, {Cell("topic"): "Дроби и доли", Cell("homework"): "№ 2"}, days_ago=-30)
    enter(lesson, {Cell("comment", town.pupil.id): "Молодец"}, days_ago=10)
    save(teacher, lesson, {f"comment-{town.pupil.id}": "Умница", "topic": "Дроби"})


def test_an_entry_of_unknown_age_is_free(town, lesson, mark, visit):
    Mark.create(school=town.school, work=lesson.work, pupil=town.pupil, position=1, value="3")
    save(visit(town.teacher), lesson, {mark: "4"})
    assert marks() == ["4"]


def test_what_was_typed_lately_can_be_taken_back_beside_an_older_entry(town, lesson, mark, visit):
    enter(lesson, {Cell(MARK, town.pupil.id): "3"}, days_ago=10)
    teacher = visit(town.teacher)
    save(teacher, lesson, {mark: "3/5"})
    save(teacher, lesson, {mark: "3/4"})
    save(teacher, lesson, {mark: "3"})
    save(teacher, lesson, {mark: "2"}, status=422)
    assert marks() == ["3"]


def test_undo_keeps_working_within_the_term(town, visit, mark):
    tab = Tab(visit(town.teacher), town.lesson)
    seen = tab.save({mark: "5"})["seen"]
    seen = tab.save({mark: "4"}, seen=seen)["seen"]
    assert tab.save({mark: "5"}, seen=seen)["cells"][mark] == {"value": "5"}
    assert marks() == ["5"]


def test_good_cells_are_saved_beside_a_locked_one(town, locked, mark, visit):
    other = f"mark-{town.classmate.id}"
    page = save(visit(town.teacher), locked, {mark: "4", other: "5", "topic": "Дроби"}, status=422)
    assert check_came_back(page, mark, "4")
    assert sorted(marks()) == ["3", "5"]
    assert value(page, "topic") == "Дроби"


def test_the_day_of_a_locked_mark_waits_for_it(town, locked, mark, visit):
    """Else the day of the new mark would stand at the old one."""
    day = f"worked-on-{town.pupil.id}"
    page = save(visit(town.teacher), locked, {mark: "4", day: today().isoformat()}, status=422)
    assert "дата — вместе с ней" in complaints(page)[day]
    assert Mark.get().worked_on is None


def test_the_term_is_the_schools(town, locked, mark, visit):
    text = RegulationVersion.get().text + "\n[own_terms]\nchanges_lock = { days = 30 }\n"
    RegulationVersion.create(
        act=RegulationVersion.get().act_id, from_on=today(), text=text, order_name="№ 1",
        order_on=today(), at=clock.now(), request="longer",
    )  # fmt: skip
    save(visit(town.teacher), locked, {mark: "4"})
    assert marks() == ["4"]


def test_working_days_follow_the_calendar(town, lesson, mark, at, visit):
    """Entered on Friday, 24 April 2026: five working days end on Monday, 4 May, since Friday,
    1 May, is off."""
    text = RegulationVersion.get().text + "\n[own_terms]\nchanges_lock = { working_days = 5 }\n"
    RegulationVersion.create(
        act=RegulationVersion.get().act_id, from_on=date(2026, 4, 1), text=text, order_name="№ 1",
        order_on=today(), at=clock.now(), request="working",
    )  # fmt: skip
    GroupMembership.update(from_on=date(2025, 9, 1)).execute()
    friday = datetime.fromisoformat("2026-04-24T12:00:00+05:00")
    lesson = make_lesson(town.group, town.teacher, friday.date())
    enter(lesson, {Cell(MARK, town.pupil.id): "3"}, days_ago=(clock.now() - friday) / DAY)
    head = find_lesson(lesson.id)
    for moment, clean in (("2026-05-04T23:59:59", True), ("2026-05-05T00:00:00", False)):
        when = datetime.fromisoformat(f"{moment}+05:00")
        outcome = save_register(
            head, {Cell(MARK, town.pupil.id): "4" if clean else "5"},
            seen=get_register(head).seen, today=when.date(), act=Act(when, town.teacher.id),
        )  # fmt: skip
        assert outcome.is_clean is clean


def test_the_last_day_ends_where_the_school_is(town, mark):
    School.update(time_zone="Europe/Kaliningrad").where(School.id == town.school.id).execute()
    entered = datetime.fromisoformat("2026-11-02T23:30:00+02:00")  # Monday there, Tuesday further
    lesson = make_lesson(town.group, town.teacher, entered.date())
    enter(lesson, {Cell(MARK, town.pupil.id): "3"}, days_ago=(clock.now() - entered) / DAY)
    head = find_lesson(lesson.id)
    for moment, clean in (("2026-11-09T23:59:59", True), ("2026-11-10T00:00:00", False)):
        when = datetime.fromisoformat(f"{moment}+02:00")
        outcome = save_register(
            head, {Cell(MARK, town.pupil.id): "4" if clean else "5"},
            seen=get_register(head).seen, today=when.date(), act=Act(when, town.teacher.id),
        )  # fmt: skip
        assert outcome.is_clean is clean


# What it costs


def test_a_first_entry_asks_nothing_more_and_a_change_a_few_statements(town, lesson, mark, visit):
    tab = Tab(visit(town.teacher), lesson)
    with statements() as first:
        seen = tab.save({mark: "5"})["seen"]
    assert not [sql for sql in first if "change_request" in sql]
    with statements() as change:
        tab.save({mark: "4"}, seen=seen)
    # All of this lesson is younger than the term: neither its history nor openings are read.
    assert not [sql for sql in change if "change_request" in sql]
    assert len(change) <= len(first) + 1


def test_many_changes_of_a_form_ask_once(town, lesson, visit):
    names = [f"{field}-{p.id}" for p in town.pupils for field in ("mark", "attendance")]
    teacher = visit(town.teacher)
    cells = [Cell(field, p.id) for p in town.pupils for field in (MARK, ATTENDANCE)]
    enter(lesson, dict(zip(cells, "5н4б", strict=True)), days_ago=10)
    page = register_of(teacher, lesson)
    with statements() as sent:
        save(teacher, lesson, dict(zip(names, "4б5н", strict=True)), page=page, status=422)
    assert len([sql for sql in sent if "SELECT c.id, 1, c.field" in sql]) == 1


# By the script


def test_the_script_is_told_where_to_ask(town, locked, mark, visit):
    teacher = visit(town.teacher)
    answer = Tab(teacher, locked).save({mark: " 4 "}, status=422)["cells"][mark]
    assert answer["value"] == "3"
    assert "Срок исправлений вышел" in answer["error"]
    page = teacher.get(answer["ask"])
    assert value(page, "wanted") == "4"
    assert value(page, "cell") == mark


def test_a_locked_save_that_comes_twice_is_refused_alike(town, locked, mark, visit):
    tab = Tab(visit(town.teacher), locked)
    first = tab.save({mark: "4"}, status=422)
    assert tab.save({mark: "4"}, sequence=1, status=422) == first
    assert marks() == ["3"]


# The whole way


def test_the_whole_way(town, locked, mark, visit):
    StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1 четверть",
        from_grade=5, until_grade=9, from_on=year_start(), until_on=today() + 30 * DAY,
    )  # fmt: skip
    teacher, deputy, mother = visit(town.teacher), visit(town.deputy_head), visit(town.mother)
    refused = save(teacher, locked, {mark: "4"}, status=422)
    link = refused.root.xpath(f"//*[@id='{mark}-error']/a/@href")[0]
    form = teacher.get(link)
    assert value(form, "wanted") == "4"
    assert "Сейчас в журнале: 3" in form.words
    asked = arrive(teacher, teacher.send(form, reason=REASON))
    assert "ждёт решения завуча" in asked.words
    assert REASON in asked.words
    assert "Ждёт решения завуча" in register_of(teacher, locked).words
    assert "ждёт решения завуча" in teacher.get("/gradebook/").words

    assert "ждут решения 1" in deputy.get("/oversight/").words
    waiting = deputy.get("/oversight/changes")
    assert REASON in waiting.words
    assert "стоит «3», просят «4»" in waiting.words
    request = ChangeRequest.get()
    decided = arrive(deputy, decide(deputy, request, "open"))
    assert "Ждут решения: 0" in decided.words
    assert "Открыто до" in decided.words
    assert "Открыта до" in register_of(teacher, locked).words

    save(teacher, locked, {mark: "4"})
    assert marks() == ["4"]
    line = History.select().where(History.field == "mark").order_by(History.id.desc()).get()
    assert (line.old, line.new, line.why) == ("3", "4", REASON)
    assert ChangeRequest.get().changed_at == line.at
    assert REASON in teacher.get(f"{address_of(locked)}/history").words
    assert "исправлено в" in teacher.get(change_of(locked)).words

    subject = mother.get(f"/diary/{town.pupil.id}/subjects/{town.group.subject_id}").words
    assert "исправлено" in subject
    assert "было 3, стало 4" in subject
    assert REASON not in subject
    news = mother.get(f"/diary/{town.pupil.id}/news").words
    assert "исправлено: было 3, стало 4" in news


def test_an_opening_is_for_one_cell_alone(town, locked, mark, visit):
    enter(locked, {Cell(MARK, town.classmate.id, locked.work.id): "3"}, days_ago=9)
    enter(locked, {Cell(ATTENDANCE, town.pupil.id): "о"}, days_ago=9)
    teacher = visit(town.teacher)
    ask(teacher, locked, mark)
    decide(visit(town.head), ChangeRequest.get(), "open")
    other, attendance = f"mark-{town.classmate.id}", f"attendance-{town.pupil.id}"
    page = save(teacher, locked, {mark: "4", other: "4", attendance: "н"}, status=422)
    assert complaints(page).keys() == {other, attendance}
    assert sorted(marks()) == ["3", "4"]


def test_an_open_cell_may_be_changed_more_than_once_and_also_otherwise(town, locked, mark, visit):
    teacher = visit(town.teacher)
    ask(teacher, locked, mark)
    decide(visit(town.head), ChangeRequest.get(), "open")
    for typed in ("4", "", "5"):
        save(teacher, locked, {mark: typed})
    assert marks() == ["5"]


def test_an_open_mark_takes_its_day_along(town, lesson, mark, visit):
    day = (today() - 15 * DAY).isoformat()
    pupil = town.pupil.id
    enter(lesson, {Cell(MARK, pupil): "3", Cell(WORKED_ON, pupil): day}, days_ago=10)
    teacher = visit(town.teacher)
    ask(teacher, lesson, mark, wanted="")
    decide(visit(town.head), ChangeRequest.get(), "open")
    save(teacher, lesson, {mark: "4", f"worked-on-{pupil}": today().isoformat()})
    assert Mark.get().worked_on == today()
    whys = {row.field: row.why for row in History.select().where(History.why != "")}
    assert whys == {"mark": REASON, "worked_on": REASON, "change_request": REASON}


def test_opened_and_expired_in_the_middle(town, locked, mark, at, visit):
    teacher = visit(town.teacher)
    ask(teacher, locked, mark)
    decide(visit(town.head), ChangeRequest.get(), "open")
    page = register_of(teacher, locked)
    until = ChangeRequest.get().open_until
    # 24 hours, the whole last minute included.
    assert timedelta(hours=24) <= until - ChangeRequest.get().decided_at <= timedelta(minutes=1441)
    Session.update(ends_at=until + DAY, seen_at=until).execute()
    at(until + timedelta(milliseconds=1))
    check_came_back(save(teacher, locked, {mark: "4"}, page=page, status=422), mark, "4")
    assert "не исправлена" in teacher.get(change_of(locked)).words
    assert "Открыта до" not in register_of(teacher, locked).words
    # It can be asked for anew.
    ask(teacher, locked, mark)
    assert [row.decision for row in ChangeRequest.select().order_by(ChangeRequest.id)] == [
        "opened", "",
    ]  # fmt: skip


def test_a_declined_request_says_why_and_leaves_the_cell_shut(town, locked, mark, visit):
    teacher, deputy = visit(town.teacher), visit(town.deputy_head)
    ask(teacher, locked, mark)
    decide(deputy, ChangeRequest.get(), "decline", word="Семья уже подписала итог")
    said = teacher.get(change_of(locked)).words
    assert "завуч не открыл(а)" in said
    assert "Семья уже подписала итог" in said
    assert "Семья уже подписала итог" in teacher.get("/gradebook/").words
    save(teacher, locked, {mark: "4"}, status=422)
    assert "Семья уже подписала итог" in deputy.get("/oversight/changes").words


# Asking


def test_a_reason_is_needed_and_what_was_typed_stays(town, locked, mark, visit):
    teacher = visit(town.teacher)
    page = ask(teacher, locked, mark, reason="  ", status=422)
    assert "Напишите, почему" in check_came_back(page, "reason", "  ")
    assert value(page, "wanted") == "4"
    assert ChangeRequest.select().count() == 0


@pytest.mark.parametrize("wanted", ["р", "4/5/3", "3", "н"])
def test_what_cannot_stand_there_cannot_be_asked_for(town, locked, mark, visit, wanted):
    page = ask(visit(town.teacher), locked, mark, wanted=wanted, status=422)
    assert check_came_back(page, "wanted", wanted)
    assert value(page, "reason") == REASON


def test_what_is_not_locked_needs_no_asking(town, lesson, mark, visit):
    teacher = visit(town.teacher)
    assert "Просить не нужно" in teacher.get(f"{change_of(lesson)}?cell={mark}").words
    save(teacher, lesson, {mark: "3"})
    page = teacher.get(f"{change_of(lesson)}?cell={mark}&to=4")
    assert "Просить не нужно" in page.words
    token = register_of(teacher, lesson).fields()["csrf_token"]
    fields = {"csrf_token": token, "cell": mark, "wanted": "4", "reason": "r", "request_id": "a"}
    assert "Просить не нужно" in teacher.post(change_of(lesson), fields, status=422).words


def test_the_same_form_twice_is_one_request_and_another_one_waits(town, locked, mark, visit):
    teacher = visit(town.teacher)
    page = teacher.get(f"{change_of(locked)}?cell={mark}&to=4")
    stale = teacher.get(f"{change_of(locked)}?cell={mark}&to=5")
    teacher.send(page, reason=REASON)
    teacher.send(page, reason=REASON)
    assert ChangeRequest.select().count() == 1
    refused = teacher.send(stale, status=422, reason="ещё раз")
    assert "уже попросили" in refused.words
    assert value(refused, "reason") == "ещё раз"
    assert "уже ждёт решения" in teacher.get(f"{change_of(locked)}?cell={mark}").words


@pytest.mark.parametrize(
    "name", ["topic", "comment-{}", "mark-2000000000", "mark-{}-2000000000", "nothing"]
)
def test_a_cell_that_is_none_is_not_found(town, locked, visit, name):
    visit(town.teacher).get(f"{change_of(locked)}?cell={name.format(town.pupil.id)}", status=404)


def test_an_ended_session_keeps_the_request_as_a_draft(app, town, locked, mark):
    teacher = open_session(app, town.teacher)
    page = teacher.get(f"{change_of(locked)}?cell={mark}&to=4")
    Session.update(ends_at=clock.now() - DAY).where(Session.person == town.teacher).execute()
    teacher.send(page, status=303, reason=REASON)
    assert ChangeRequest.select().count() == 0
    again = open_session(app, town.teacher)
    back = again.get(change_of(locked))
    assert (value(back, "wanted"), value(back, "reason")) == ("4", REASON)
    again.send(back)
    assert ChangeRequest.get().reason == REASON
    assert Draft.select().count() == 0


def test_an_ended_session_keeps_a_locked_cell_as_a_draft(app, town, locked, mark):
    teacher = open_session(app, town.teacher)
    page = register_of(teacher, locked)
    Session.update(ends_at=clock.now() - DAY).where(Session.person == town.teacher).execute()
    save(teacher, locked, {mark: "4"}, page=page)
    again = open_session(app, town.teacher)
    back = register_of(again, locked)
    assert value(back, mark) == "4"
    check_came_back(again.send(back, status=422), mark, "4")


def test_a_stale_token_gives_back_what_was_typed(town, locked, mark, visit):
    teacher = visit(town.teacher)
    fields = teacher.get(f"{change_of(locked)}?cell={mark}&to=4").fields()
    page = teacher.post(
        change_of(locked), {**fields, "reason": REASON, "csrf_token": "old"}, status=422
    )
    assert value(page, "reason") == REASON
    assert "ещё не отправлена" in page.words


# Deciding


def test_a_word_is_needed_to_decline(town, locked, mark, visit):
    ask(visit(town.teacher), locked, mark)
    page = decide(visit(town.deputy_head), ChangeRequest.get(), "decline", word=" ", status=422)
    name = f"word-{ChangeRequest.get().id}"
    assert page.title.startswith("Ошибка: ")
    assert "Напишите учителю" in complaints(page)[name]
    assert page.root.xpath(f"//*[@id='{name}' and @aria-invalid='true']")
    assert ChangeRequest.get().decision == ""


def test_decided_twice_one_wins_and_the_other_is_told(town, locked, mark, visit):
    ask(visit(town.teacher), locked, mark)
    deputy, head = visit(town.deputy_head), visit(town.head)
    request = ChangeRequest.get()
    decide(deputy, request, "open")
    told = decide(head, request, "decline", word="Не надо", status=422)
    assert "Уже решено раньше" in told.words
    assert "Завучева" in told.words
    assert "Не надо" in told.words
    row = ChangeRequest.get()
    assert (row.decision, row.decided_by_id) == ("opened", town.deputy_head.id)
    # Her own button twice does no harm.
    decide(deputy, request, "open")
    assert ChangeRequest.get().decided_at == row.decided_at
    assert History.select().where(History.field == "change_request").count() == 2


def test_the_same_person_otherwise_is_told_too(town, locked, mark, visit):
    ask(visit(town.teacher), locked, mark)
    line = find_change_request(ChangeRequest.get().id)
    open_cell(line, act=Act(clock.now(), town.head.id))
    open_cell(line, act=Act(clock.now(), town.head.id))
    with pytest.raises(AlreadyDecided):
        decline_change(line, "нет", act=Act(clock.now(), town.head.id))


def test_decided_requests_go_on_for_pages(town, locked, visit):
    for number in range(120):
        ChangeRequest.create(
            school=town.school, lesson=locked, work=locked.work, pupil=town.pupil, field="mark",
            was="3", wanted="4", reason=f"причина {number}", asked_at=clock.now(),
            asked_by=town.teacher, request=f"r{number}", decision="declined", word="нет",
            decided_at=clock.now(), decided_by=town.head,
        )  # fmt: skip
    deputy = visit(town.deputy_head)
    seen = set()
    page = deputy.get("/oversight/changes")
    for _ in range(3):
        seen |= {word.strip("«»") for word in page.words.split() if word.rstrip("»").isdigit()}
        links = page.root.xpath("//a[.='Более ранние просьбы']/@href")
        if links:
            page = deputy.get(links[0])
    assert {str(number) for number in range(120)} <= seen
    deputy.get("/oversight/changes?before=x", status=404)


# Who


def test_strangers_and_wrong_roles(town, locked, mark, visit):
    address = f"{change_of(locked)}?cell={mark}"
    for who, status in (
        ("colleague", 404), ("other_teacher", 404), ("class_teacher", 403), ("deputy_head", 403),
        ("mother", 403), ("pupil", 403), ("officer", 403),
    ):  # fmt: skip
        visit(getattr(town, who)).get(address, status=status)
    ask(visit(town.teacher), locked, mark)
    request = ChangeRequest.get()
    for who in ("teacher", "class_teacher", "administrator", "mother", "officer"):
        visitor = visit(getattr(town, who))
        visitor.get("/oversight/changes", status=403)
        token = visitor.get("/sign-out").fields()["csrf_token"]
        fields = {"csrf_token": token, "decision": "open"}
        visitor.post(f"/oversight/changes/{request.id}", fields, status=403)
    assert ChangeRequest.get().decision == ""


def test_a_deputy_sees_and_decides_the_own_schools_requests_alone(town, locked, mark, visit):
    ask(visit(town.teacher), locked, mark)
    ChangeRequest.update(school=town.other_school).execute()
    deputy = visit(town.deputy_head)
    assert REASON not in deputy.get("/oversight/changes").words
    decide(deputy, ChangeRequest.get(), "open", status=404)
    assert "ждут решения" not in deputy.get("/oversight/").words


def test_a_substitute_asks_for_the_own_lesson(town, locked, mark, visit):
    stand_in(locked, town.colleague)
    ask(visit(town.colleague), locked, mark)
    row = History.select().where(History.field == "change_request").get()
    assert (row.actor_id, row.acting_for_id) == (town.colleague.id, town.teacher.id)
    assert REASON in visit(town.teacher).get(change_of(locked)).words


# What the family sees


def test_the_family_sees_corrections_of_later_days_alone(town, lesson, mark, visit):
    pupil, work = town.pupil.id, lesson.work.id
    StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1 четверть",
        from_grade=5, until_grade=9, from_on=year_start(), until_on=today() + 30 * DAY,
    )  # fmt: skip
    head_day = clock.now().replace(hour=5, minute=0)  # 10:00 there
    minutes = (clock.now() - head_day) / DAY
    enter(lesson, {Cell(MARK, pupil, work): "5"}, days_ago=10 + minutes)
    enter(lesson, {Cell(MARK, pupil, work): "3"}, days_ago=10 + minutes)
    enter(lesson, {Cell(ATTENDANCE, pupil): "н"}, days_ago=10)
    mother = visit(town.mother)
    subject = f"/diary/{pupil}/subjects/{town.group.subject_id}"
    assert "Исправления" not in mother.get(subject).words
    enter(lesson, {Cell(MARK, pupil, work): "4"}, days_ago=8)
    enter(lesson, {Cell(ATTENDANCE, pupil): "б"}, days_ago=7)
    words = mother.get(subject).words
    assert "было 3, стало 4" in words
    assert "было 5" not in words
    absences = mother.get(f"/diary/{pupil}/attendance").words
    assert "было отсутствие, причина не названа, стало отсутствие, болезнь" in absences


def test_news_of_a_corrected_day_and_of_one_taken_back(town, lesson, visit):
    pupil, work = town.pupil.id, lesson.work.id
    first, second = (today() - 15 * DAY).isoformat(), (today() - 14 * DAY).isoformat()
    enter(lesson, {Cell(MARK, pupil): "3", Cell(WORKED_ON, pupil): first}, days_ago=9)
    enter(lesson, {Cell(WORKED_ON, pupil, work): second}, days_ago=2)
    enter(lesson, {Cell(ATTENDANCE, pupil): "б"}, days_ago=9)
    enter(lesson, {Cell(ATTENDANCE, pupil): ""}, days_ago=3)
    words = visit(town.mother).get(f"/diary/{pupil}/news").words
    assert "день выполнения: исправлено" in words
    assert "снята (было «болезнь»)" in words
