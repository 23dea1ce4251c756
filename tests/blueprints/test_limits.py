"""What ends or narrows access, walked while the other person is signed in (A10, A11, H10)."""

from datetime import timedelta

import pytest

from school import clock
from school.actions.adult_choices import decide_reading
from school.actions.enrolments import end_enrolments, enrol
from school.actions.history import Act
from school.actions.representatives import NewLimit, end_guardianship, lift_limit, set_limit
from school.models import (
    Account,
    Attendance,
    DiaryLimit,
    Enrolment,
    GroupMembership,
    Guardianship,
    History,
    LessonComment,
    Person,
    Role,
    Session,
)
from school.queries.diary_access import list_readers
from tests.blueprints.crowd import add_crowd, guardian, limit, own_group
from tests.blueprints.helpers import open_session, save
from tests.town import make_lesson, role, today

DAY = timedelta(days=1)
MARKS_PAGES = {"subjects"}
ATTENDANCE_PAGES = {"attendance"}
LESSON_PAGES = {"tomorrow", f"week/{today()}", f"day/{today()}", "timetable"}
PAGES = {"news"} | MARKS_PAGES | ATTENDANCE_PAGES | LESSON_PAGES


@pytest.fixture
def pupil(town):
    """A pupil with something of every area in the register of today's lesson."""
    save(
        open_session(_app(town), town.teacher),
        town.lesson,
        {
            f"mark-{town.pupil.id}": "2",
            "attendance-taken": "1",
            f"comment-{town.pupil.id}": "Приходите поговорить",
        },
    )
    make_lesson(town.group, town.teacher, today(), 5)
    Attendance.create(
        school=town.school, lesson=town.yesterday, pupil=town.pupil, code="нп", late_minutes=None
    )
    return town.pupil


_apps = {}


def _app(town):
    return _apps["app"]


@pytest.fixture(autouse=True)
def keep_app(app):
    _apps["app"] = app


def act(person=None):
    return Act(at=clock.now(), actor_id=person and person.id, request_id="r")


def seen(visitor, pupil):
    """Page → status, for every page of the diary."""
    return {
        page: visitor.client.get(f"/diary/{pupil.id}/{page}").status_code for page in sorted(PAGES)
    }


def hide(town, area, **values):
    new = NewLimit(
        town.pupil.id, town.father.id, area, "court_order", "решение суда от 01.11.2026",
        values.get("from_on", today()), values.get("until_on"),
    )  # fmt: skip
    return set_limit(new, town.school.id, act(town.administrator))


# A court's order


@pytest.mark.requirement("H10")
@pytest.mark.parametrize(
    ("area", "shut"),
    [
        ("marks", MARKS_PAGES),
        ("attendance", ATTENDANCE_PAGES),
        ("comments", set()),
        ("timetable", LESSON_PAGES),
        ("everything", PAGES),
    ],
)
def test_an_order_holds_from_the_next_request_on(app, town, pupil, area, shut):
    father, mother = (open_session(app, p, is_own_device=True) for p in (town.father, town.mother))
    assert set(seen(father, pupil).values()) == {200}
    tag = father.client.get(f"/diary/{pupil.id}/news").headers["ETag"]
    hide(town, area)
    closed = 403
    assert {page for page, status in seen(father, pupil).items() if status == closed} == shut
    # What the device keeps is asked for again, and is not what it was.
    kept = father.client.get(f"/diary/{pupil.id}/news", headers={"If-None-Match": tag})
    assert kept.status_code in (200, 403)
    # Nothing changed for the other representative, and for the child.
    assert set(seen(mother, pupil).values()) == {200}
    assert set(seen(open_session(app, pupil), pupil).values()) == {200}


@pytest.mark.requirement("H10")
@pytest.mark.parametrize(
    ("area", "words"),
    [
        ("marks", ("отметка 2", "Отметка 2")),
        ("attendance", ("без уважительной",)),
        ("comments", ("Приходите поговорить",)),
        ("timetable", ("Завтра", "Уроки и задания", "/day/")),
    ],
)
def test_what_is_hidden_is_on_no_page(app, town, pupil, area, words):
    father = open_session(app, town.father)
    pages = [f"/diary/{pupil.id}/{page}" for page in sorted(PAGES)]
    pages += [
        f"/diary/{pupil.id}/week/{today() - 7 * DAY}",
        f"/diary/{pupil.id}/day/{today() - DAY}",
        f"/diary/{pupil.id}/subjects/{town.group.subject_id}",
        "/account/data",
        "/account/data.json",
    ]

    def found():
        texts = [father.client.get(page).get_data(as_text=True) for page in pages]
        return [word for word in words if any(word in text for text in texts)]

    assert found(), "the test looks for words that are there without the order"
    hide(town, area)
    assert found() == []


def test_a_hidden_page_says_so_and_is_in_no_menu(app, town, pupil):
    hide(town, "timetable")
    father = open_session(app, town.father)
    page = father.get(f"/diary/{pupil.id}/week/{today()}", status=403)
    assert "не показывается" in page.words
    links = father.get(f"/diary/{pupil.id}/news").links()
    assert "Предметы" in links
    assert not {"Неделя", "Завтра", "Расписание"} & links.keys()
    assert father.get(f"/diary/{pupil.id}/", status=303).headers["Location"].endswith("/news")


def test_limits_hold_from_day_to_day_and_until_they_are_lifted(app, town, pupil):
    father = open_session(app, town.father)
    subjects = f"/diary/{pupil.id}/subjects"
    hide(town, "marks", from_on=today() + DAY)
    father.get(subjects)
    hide(town, "marks", from_on=today() - 3 * DAY, until_on=today() - DAY)
    father.get(subjects)
    assert hide(town, "marks")
    assert not hide(town, "marks"), "pressed twice"
    father.get(subjects, status=403)
    newest = DiaryLimit.select().order_by(DiaryLimit.id.desc()).get()
    lift_limit(newest.id, town.school.id, "определение суда", act(town.administrator))
    father.get(subjects)
    # Why, and who, is kept.
    assert DiaryLimit.get_by_id(newest.id).end_reason == "определение суда"
    facts = {row.field: row.actor_id for row in History.select().where(
        History.table_name == "diary_limit", History.row == newest.id)}  # fmt: skip
    assert facts == {"area": town.administrator.id, "end_reason": town.administrator.id}


def test_an_order_shuts_the_diary_to_a_teacher_who_is_the_father_too(app, town, pupil):
    """The duty of a class teacher does not open what the court shut."""
    role(town.father, "class_teacher", town.school, school_class=town.school_class)
    father = open_session(app, town.father)
    assert set(seen(father, pupil).values()) == {200}
    hide(town, "everything")
    assert set(seen(father, pupil).values()) == {404}
    father.get(f"/diary/{town.classmate.id}/week/{today()}")


@pytest.mark.requirement("A11")
@pytest.mark.parametrize("at_once", [True, False])
def test_authority_ends_this_minute_or_with_its_last_day(app, town, pupil, at_once):
    father = open_session(app, town.father)
    week = f"/diary/{pupil.id}/week/{today()}"
    father.get(week)
    tie = Guardianship.get(Guardianship.guardian == town.father)
    end_guardianship(
        tie.id, town.school.id, last_day=today(), at_once=at_once, reason="лишён родительских прав",
        today=today(), act=act(town.administrator),
    )  # fmt: skip
    father.get(week, status=403 if at_once else 200)
    if not at_once:
        Guardianship.update(until_on=today() - DAY).where(Guardianship.id == tie.id).execute()
        father.get(week, status=403)
    assert "лишён родительских прав" in father.get("/account/").words


# The pupil goes, and comes back


def leave(town, pupil, last_day, ending="left", moves_to=None):
    enrolment = Enrolment.select().where(Enrolment.pupil == pupil).order_by(
        Enrolment.id.desc()).get()  # fmt: skip
    end_enrolments(
        [enrolment.id], last_day=last_day, ending=ending, reason="приказ № 7", act=act(),
        moves_to_id=moves_to,
    )  # fmt: skip


@pytest.mark.clause("NT сроки, окончание")
@pytest.mark.requirement("A11")
@pytest.mark.parametrize("ending", ["left", "graduated"])
def test_access_ends_with_the_last_day_by_itself_and_says_why(app, town, pupil, ending):
    mother, child = open_session(app, town.mother), open_session(app, pupil)
    week = f"/diary/{pupil.id}/week/{today()}"
    leave(town, pupil, today(), ending)
    mother.get(week)
    child.get(week)
    Enrolment.update(until_on=today() - DAY).where(Enrolment.pupil == pupil).execute()
    mother.get(week, status=403)
    child.get(week, status=403)
    words = mother.get("/account/").words
    assert "приказ № 7" in words
    assert {"left": "отчисление", "graduated": "выпуск"}[ending] in words


@pytest.mark.requirement("A11")
def test_who_comes_back_gets_the_history_back(app, town, pupil):
    mother = open_session(app, town.mother)
    leave(town, pupil, today() - 10 * DAY)
    mother.get(f"/diary/{pupil.id}/week/{today()}", status=403)
    assert enrol(pupil.id, town.school_class.id, today(), reason="вернулся", act=act())
    assert not enrol(pupil.id, town.school_class.id, today(), reason="вернулся", act=act())
    mother.get(f"/diary/{pupil.id}/week/{today()}")
    page = mother.get(f"/diary/{pupil.id}/day/{today()}")
    assert "Отметка 2" in page.words
    # And the lessons of the class go on.
    assert GroupMembership.select().where(
        GroupMembership.pupil == pupil, GroupMembership.until_on.is_null()
    ).count() == 1  # fmt: skip


@pytest.mark.requirement("A11")
def test_a_transfer_moves_the_record_and_the_old_school_keeps_its_register(app, town, pupil):
    mother, teacher = open_session(app, town.mother), open_session(app, town.teacher)
    week = f"/diary/{pupil.id}/week/{today()}"
    register = f"/gradebook/lessons/{town.yesterday.id}"
    leave(town, pupil, today() - DAY, "transfer", town.other_school.id)
    enrol(pupil.id, town.other_class.id, today(), reason="перевод", act=act())
    mother.get(week)
    # The old register still has the pupil on the days they were there, and can be mended.
    assert "Королёв Фёдор" in teacher.get(register).words
    assert "Королёв Фёдор" not in teacher.get(f"/gradebook/lessons/{town.tomorrow.id}").words
    # Its heads read the diary no more; nothing was taken out of it.
    open_session(app, town.head).get(week, status=404)
    assert Attendance.select().where(Attendance.pupil == pupil).count() == 1
    assert LessonComment.select().where(LessonComment.pupil == pupil).count() == 1


# At 18


def come_of_age(pupil, days=0):
    born = today() - days * DAY
    Person.update(birth_on=born.replace(year=born.year - 18)).where(Person.id == pupil).execute()


@pytest.mark.requirement("H10")
def test_at_18_the_pupil_decides(app, town, pupil):
    mother, father, child = (open_session(app, p) for p in (town.mother, town.father, pupil))
    week = f"/diary/{pupil.id}/week/{today()}"
    born = today() + DAY
    Person.update(birth_on=born.replace(year=born.year - 18)).where(Person.id == pupil).execute()
    mother.get(week)
    child.get("/account/readers", status=404)
    come_of_age(pupil)
    mother.get(week, status=403)
    father.get(week, status=403)
    child.get(week)
    # The mother asks.
    account = mother.get("/account/")
    ask = next(href for words, href in account.links().items() if words.startswith("Попросить"))
    mother.send(mother.get(ask))
    mother.get(week, status=403)
    mother.get(ask, status=404)
    # The child refuses, then lets her, then takes it back: each time from the next request on.
    page = child.get("/account/readers")
    assert "Просит открыть дневник" in page.words
    tie = Guardianship.get(Guardianship.guardian == town.mother)
    decide = f"/account/readers/{tie.id}"
    for allow, status in (("no", 403), ("yes", 200), ("no", 403)):
        child.send(page, form=decide, allow=allow)
        mother.get(week, status=status)
        father.get(week, status=403)
    states = [row.new for row in History.select().where(
        History.table_name == "guardianship", History.field == "adult_choice"
    ).order_by(History.id)]  # fmt: skip
    assert states == ["asked", "refused", "allowed", "withdrawn"]


def test_nobody_decides_for_somebody_else(app, town, pupil):
    add_crowd(town)
    come_of_age(pupil)
    tie = Guardianship.get(Guardianship.guardian == town.mother)
    for who in (town.adult, town.classmate):
        visitor = open_session(app, who)
        token = visitor.get("/sign-out").fields()["csrf_token"]
        fields = {"csrf_token": token, "allow": "yes"}
        visitor.post(f"/account/readers/{tie.id}", fields, status=404)
    for who in (town.mother, town.adult_mother):
        visitor = open_session(app, who)
        token = visitor.get("/sign-out").fields()["csrf_token"]
        fields = {"csrf_token": token, "allow": "yes"}
        visitor.post(f"/account/readers/{tie.id}", fields, status=403)
    assert Guardianship.get_by_id(tie.id).adult_choice == ""


def test_an_order_outlives_the_18th_birthday(app, town, pupil):
    hide(town, "everything")
    come_of_age(pupil)
    tie = Guardianship.get(Guardianship.guardian == town.father)
    decide_reading(tie.id, pupil.id, allow=True, act=act(pupil))
    open_session(app, town.father).get(f"/diary/{pupil.id}/week/{today()}", status=403)


# Staff


@pytest.mark.requirement("A11")
def test_a_teacher_who_leaves_loses_access_and_the_register_keeps_the_name(app, town, pupil):
    teacher = open_session(app, town.teacher)
    address = f"/gradebook/lessons/{town.lesson.id}"
    form = teacher.get(address).fields()
    Role.update(until_on=today() - DAY).where(Role.person == town.teacher).execute()
    teacher.get(address, status=403)
    teacher.post(address, {**form, "topic": "После увольнения"}, status=403)
    words = open_session(app, town.head).get(address).words
    assert "Учителева" in words
    assert "После увольнения" not in words
    assert "Учителева" in open_session(app, town.head).get(f"{address}/history").words


@pytest.mark.requirement("A10")
def test_a_substitute_writes_in_that_lesson_alone_and_no_longer_than_it(app, town, pupil):
    from tests.blueprints.helpers import stand_in

    colleague = open_session(app, town.colleague)
    address = f"/gradebook/lessons/{town.lesson.id}"
    stand_in(town.lesson, town.colleague)
    form = colleague.get(address)
    other = f"/gradebook/lessons/{town.yesterday.id}"
    colleague.post(other, form.fields(), status=404)
    stand_in(town.lesson, town.teacher)
    colleague.send(form, status=404, topic="После замены")


@pytest.mark.requirement("A10")
def test_a_teacher_whose_child_is_in_the_class_sees_in_which_role(app, town, pupil):
    guardian(town.teacher, pupil)
    own_group(town, town.teacher, other=True)
    teacher = open_session(app, town.teacher)
    assert "Вы здесь как учитель" in teacher.get(f"/gradebook/lessons/{town.lesson.id}").words
    assert "Вы здесь как учитель" in teacher.get("/gradebook/").words
    diary = teacher.get(f"/diary/{pupil.id}/week/{today()}")
    assert "Вы здесь как законный представитель" in diary.words
    # Whoever has one role only is told nothing.
    mother = open_session(app, town.mother).get(f"/diary/{pupil.id}/week/{today()}")
    assert "Вы здесь как" not in mother.words


def test_who_supports_the_installation_sees_no_child(app, town, pupil):
    add_crowd(town)
    support = open_session(app, town.support)
    words = support.get("/support").words
    for name in ("Королёв", "Чужаков", "Петров"):
        assert name not in words
    support.get(f"/diary/{pupil.id}/week/{today()}", status=403)
    support.get(f"/class/{town.school_class.id}", status=403)


# An account


def test_a_disabled_account_is_out_on_the_next_request(app, town):
    mother = open_session(app, town.mother)
    mother.get("/account/")
    Account.update(disabled_at=clock.now()).where(Account.person == town.mother).execute()
    mother.get("/account/", status=303)


# Whoever writes to families asks here


def test_readers_of_a_diary_are_those_who_may_open_it(app, town, pupil):
    assert [(r.person_id, r.is_self, r.hidden) for r in list_readers([pupil.id], clock.now())] == [
        (town.mother.id, False, ()), (town.father.id, False, ()), (pupil.id, True, ()),
    ]  # fmt: skip
    limit(town.father, pupil, "marks")
    limit(town.mother, pupil, "everything")
    assert [(r.person_id, r.hidden) for r in list_readers([pupil.id], clock.now())] == [
        (town.father.id, ("marks",)), (pupil.id, ()),
    ]  # fmt: skip


# Two children of one name


def test_two_children_of_one_name_have_links_of_their_own(app, town):
    Person.update(given_name="Фёдор").where(Person.id == town.other_pupil).execute()
    guardian(town.mother, town.other_pupil)
    links = open_session(app, town.mother).get("/account/").links()
    assert {"Дневник: Фёдор Королёв", "Дневник: Фёдор Чужаков"} <= links.keys()
    Person.update(surname="Королёв", birth_on=today().replace(year=2015)).where(
        Person.id == town.other_pupil
    ).execute()
    links = open_session(app, town.mother).get("/account/").links()
    assert len([words for words in links if words.startswith("Дневник: Фёдор")]) == 2


# Parents of one child


@pytest.mark.requirement("H10")
def test_parents_do_not_learn_of_each_other(app, town, pupil):
    save(open_session(app, town.teacher), town.lesson, {"topic": "Дроби"})
    pages = [f"/diary/{pupil.id}/{page}" for page in sorted(PAGES)]
    for who, other in ((town.mother, town.father), (town.father, town.mother)):
        visitor = open_session(app, who)
        for page in (*pages, "/account/", "/account/data", "/account/data.json"):
            text = visitor.client.get(page).get_data(as_text=True)
            login = Account.get(Account.person == other).login
            assert other.given_name not in text, page
            assert f"{login}@" not in text
    assert Session.select().count() > 0
