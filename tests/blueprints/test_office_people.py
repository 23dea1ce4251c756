"""The administrator does it in the browser, and it holds while the other person is signed in."""

import csv
import io
import threading
from datetime import timedelta

import pytest

from school import clock
from school.actions.history import Act
from school.actions.staff import RoleRefused, end_role
from school.models import (
    AccessLog,
    Account,
    DiaryLimit,
    Enrolment,
    Guardianship,
    History,
    LogTerm,
    Person,
    Role,
)
from tests.blueprints.crowd import guardian
from tests.blueprints.helpers import complaints, open_session
from tests.town import account, enrol, person, role, today

DAY = timedelta(days=1)
WORD = "приказ № 5"


def shown(day):
    return f"{day:%d.%m.%Y}"


@pytest.fixture
def admin(app, town):
    return open_session(app, town.administrator)


@pytest.fixture
def week(town):
    return f"/diary/{town.pupil.id}/week/{today()}"


def follow(visitor, page, words):
    """The page behind the link whose words begin so."""
    return visitor.get(next(href for text, href in page.links().items() if text.startswith(words)))


def card(visitor, somebody):
    return visitor.get(f"/office/people/{somebody.id}")


# Roles


@pytest.mark.requirement("A10")
def test_a_new_teacher_gets_a_role_a_password_and_their_lessons(app, town, admin, visit):
    page = follow(admin, admin.get("/office/people"), "Новый сотрудник")
    fields = {"surname": "Новикова", "given_name": "Дарья", "patronymic": "Олеговна"}
    wrong = admin.send(page, status=422, **fields, from_on="32.13.2026")
    assert complaints(wrong)["from_on"]
    assert wrong.fields()["surname"] == "Новикова"
    answer = admin.send(page, **fields)
    assert admin.send(page, **fields).headers["Location"] == answer.headers["Location"], "twice"
    assert Person.select().where(Person.surname == "Новикова").count() == 1
    page = follow(admin, admin.follow(answer), "Выдать временный пароль")
    page = admin.send(page, status=200, login="novikova")
    password = page.root.xpath("//dd/b")[0].text
    teacher = visit()
    answer = teacher.send(teacher.get("/sign-in"), login="novikova", password=password)
    assert teacher.get("/", status=303).headers["Location"] == "/account/password"
    assert AccessLog.get(AccessLog.event == "role_given").person_id == town.administrator.id
    assert AccessLog.get(AccessLog.event == "password_issued").detail == "novikova"


@pytest.mark.requirement("A11")
@pytest.mark.parametrize("at_once", [True, False])
def test_a_role_is_ended_while_its_holder_is_signed_in(app, town, admin, at_once):
    teacher = open_session(app, town.teacher)
    lesson = f"/gradebook/lessons/{town.lesson.id}"
    form = teacher.get(lesson)
    page = follow(admin, card(admin, town.teacher), "Прекратить")
    assert "reason" in complaints(admin.send(page, status=422))
    last_day = {"at_once": "y"} if at_once else {"last_day": shown(today())}
    admin.send(page, reason=WORD, **last_day)
    # With a last day it holds until the day is over, this minute it does not.
    teacher.get(lesson, status=403 if at_once else 200)
    teacher.send(form, topic="Прощальная", status=403 if at_once else 303)
    words = card(admin, town.teacher).words
    assert WORD in words
    assert (f", прекращена {shown(today())} в" in words) is at_once
    assert "Учителева" in open_session(app, town.head).get(lesson).words


@pytest.mark.requirement("A10")
def test_roles_begin_and_hold_for_one_class(app, town, admin):
    colleague = open_session(app, town.colleague)
    own_class = f"/class/{town.school_class.id}"
    colleague.get(own_class, status=403)
    page = follow(admin, card(admin, town.colleague), "Назначить должность")
    fields = {"kind": "class_teacher", "school_class": str(town.school_class.id)}
    page_without = admin.send(page, status=422, kind="class_teacher")
    assert "класс" in str(complaints(page_without)).lower()
    admin.send(page, **fields, from_on=shown(today() + DAY))
    colleague.get(own_class, status=403)
    admin.send(page, **fields, until_on=shown(today()))
    colleague.get(own_class)
    # A class of another school cannot be given.
    refused = admin.send(
        page, status=422, kind="class_teacher", school_class=str(town.other_class.id)
    )
    assert "school_class" in complaints(refused)
    # Nor a role of the municipality, nor one in another school.
    admin.send(page, status=422, kind="officer")
    admin.send(page, status=422, kind="teacher", school=str(town.other_school.id))
    assert Role.select().where(Role.school == town.other_school).count() == 1


def end_page(admin, town):
    own = Role.get(Role.person == town.administrator)
    return admin.get(f"/office/roles/{own.id}")


@pytest.mark.requirement("A10")
def test_the_last_administrator_cannot_lock_the_school_out(app, town, admin):
    for fields in ({"at_once": "y"}, {"last_day": shown(today())}, {"last_day": "31.12.2030"}):
        page = admin.send(end_page(admin, town), status=422, reason=WORD, **fields)
        assert "последний администратор" in page.words
    # Somebody with a one-time password, a disabled account or another last day is nobody yet.
    second = person(town.municipality, "Вторая")
    login = account(second, must_change_password=True)
    own = role(second, "administrator", town.school)
    admin.send(end_page(admin, town), status=422, reason=WORD, at_once="y")
    Account.update(must_change_password=False, disabled_at=clock.now()).where(
        Account.id == login
    ).execute()
    admin.send(end_page(admin, town), status=422, reason=WORD, at_once="y")
    Account.update(disabled_at=None).where(Account.id == login).execute()
    Role.update(until_on=today()).where(Role.id == own).execute()
    admin.send(end_page(admin, town), status=422, reason=WORD, last_day=shown(today()))
    Role.update(until_on=None).where(Role.id == own).execute()
    admin.send(end_page(admin, town), reason=WORD, at_once="y")
    admin.get("/office/", status=403)
    open_session(app, second).get("/office/")


def test_an_administrator_gives_no_password_where_other_data_are_open(app, town, admin):
    """Whoever hands out a password could come in with it."""
    role(town.teacher, "head", town.other_school)
    admin.get(f"/office/people/{town.teacher.id}/password", status=403)
    admin.get(f"/office/people/{town.officer.id}/password", status=404)
    admin.get(f"/office/people/{town.other_teacher.id}", status=404)


# Representatives and limits


@pytest.mark.requirement("H10")
def test_a_representative_is_written_down_with_kind_basis_and_days(app, town, admin):
    page = follow(admin, card(admin, town.pupil), "Записать представителя")
    fields = {
        "surname": "Опекунова", "given_name": "Вера", "patronymic": "", "kind": "trustee",
        "basis": "акт органа опеки № 12", "until_on": shown(today() + 30 * DAY),
    }  # fmt: skip
    assert "basis" in complaints(admin.send(page, status=422, **{**fields, "basis": ""}))
    admin.send(page, **fields)
    admin.send(page, **fields)
    tie = Guardianship.get(Guardianship.basis == "акт органа опеки № 12")
    assert (tie.kind, tie.until_on) == ("trustee", today() + 30 * DAY)
    assert Guardianship.select().where(Guardianship.pupil == town.pupil).count() == 3
    words = card(admin, town.pupil).words
    assert "Опекунова Вера, попечитель. Основание: акт органа опеки № 12" in words
    account(tie.guardian)
    open_session(app, tie.guardian).get(f"/diary/{town.pupil.id}/news")


@pytest.mark.requirement("H10")
def test_a_courts_order_is_entered_and_holds_that_minute(app, town, admin, week):
    father = open_session(app, town.father)
    father.get(week)
    page = follow(admin, card(admin, town.pupil), "Ограничить доступ")
    fields = {"person": str(town.father.id), "area": "everything", "ground": "court_order"}
    assert "basis" in complaints(admin.send(page, status=422, **fields))
    admin.send(page, **fields, basis="решение суда от 01.11.2026, дело 2-114")
    father.get(week, status=403)
    assert "скажет администратор" in father.get("/account/").words
    # The document is the office's, not a family page's.
    assert "2-114" not in father.get("/account/").words
    page = follow(admin, card(admin, town.pupil), "Снять ограничение")
    assert "reason" in complaints(admin.send(page, status=422))
    admin.send(page, reason="определение суда")
    father.get(week)
    events = [row.event for row in AccessLog.select().order_by(AccessLog.id)]
    assert events.count("limit_set") == events.count("limit_lifted") == 1


@pytest.mark.clause("NT прекращение-1")
@pytest.mark.requirement("A11")
def test_termination_on_request_shuts_a_parents_access_on_its_date(app, town, admin, week):
    mother = open_session(app, town.mother)
    page = follow(admin, card(admin, town.pupil), "Ограничить доступ")
    fields = {
        "person": str(town.mother.id), "area": "everything", "ground": "termination",
        "basis": "заявление № 14 от 20.11.2026",
    }  # fmt: skip
    admin.send(page, **fields, from_on=shown(today() + DAY))
    mother.get(week)
    DiaryLimit.update(from_on=today()).execute()
    mother.get(week, status=403)
    # She stays the child's mother, and the reason stays.
    assert "заявление № 14" in card(admin, town.pupil).words
    tie = Guardianship.get(Guardianship.guardian == town.mother)
    assert (tie.until_on, tie.ended_at) == (None, None)


@pytest.mark.requirement("H10")
def test_authority_is_ended_in_the_office(app, town, admin, week):
    father = open_session(app, town.father)
    page = follow(admin, card(admin, town.pupil), "Прекратить: Королёв Пётр")
    admin.send(page, at_once="y", reason="решение суда")
    father.get(week, status=403)
    assert "Прекращено: решение суда" in card(admin, town.pupil).words
    # It can be given back, from the next day on.
    page = follow(admin, card(admin, town.pupil), "Записать представителя")
    fields = {
        "surname": "Королёв", "given_name": "Пётр", "patronymic": "Ивановна", "kind": "father",
        "basis": "решение суда о восстановлении",
    }  # fmt: skip
    admin.send(page, **fields)
    father.get(week)


# Coming and going


@pytest.mark.clause("NT прекращение-3")
@pytest.mark.requirement("A11")
def test_a_transfer_goes_from_office_to_office(app, town, admin, week):
    other = person(town.municipality, "Приёмная")
    account(other)
    role(other, "administrator", town.other_school)
    there = open_session(app, other)
    mother = open_session(app, town.mother)
    there.get(f"/office/people/{town.pupil.id}/enrolment", status=404)
    page = follow(admin, card(admin, town.pupil), "Выбытие")
    fields = {"ending": "transfer", "reason": WORD, "last_day": shown(today() - DAY)}
    assert complaints(admin.send(page, status=422, **fields)), "which school?"
    admin.send(page, **fields, moves_to=str(town.other_school.id))
    mother.get(week, status=403)
    page = follow(there, there.get("/office/arrivals"), "Зачислить: Королёв Фёдор")
    there.send(page, reason=WORD, school_class=str(town.other_class.id))
    mother.get(week)
    there.get(f"/office/people/{town.pupil.id}")
    # The record is theirs now; the old school's office keeps its register, not the pupil.
    admin.get(f"/office/people/{town.pupil.id}", status=404)
    assert "Королёв Фёдор" not in there.get("/office/arrivals").words
    lesson = f"/gradebook/lessons/{town.yesterday.id}"
    assert "Королёв Фёдор" in open_session(app, town.teacher).get(lesson).words


@pytest.mark.clause("NT прекращение-2")
@pytest.mark.requirement("A11")
def test_a_class_graduates_in_one_action(app, town, admin, week):
    mother, child = open_session(app, town.mother), open_session(app, town.pupil)
    page = follow(admin, admin.get(f"/class/{town.school_class.id}"), "Выпуск класса")
    admin.send(page, last_day=shown(today()), reason="приказ о выпуске")
    mother.get(week)
    Enrolment.update(until_on=today() - DAY).execute()
    mother.get(week, status=403)
    child.get(week, status=403)
    assert "выпуск: приказ о выпуске" in child.get("/account/").words
    assert {row.ending for row in Enrolment.select().where(
        Enrolment.school_class == town.school_class)} == {"graduated"}  # fmt: skip


@pytest.mark.requirement("A11")
def test_who_comes_back_is_enrolled_again(app, town, admin, week):
    mother = open_session(app, town.mother)
    page = follow(admin, card(admin, town.pupil), "Выбытие")
    admin.send(page, ending="left", reason="переезд", last_day=shown(today() - DAY))
    mother.get(week, status=403)
    page = follow(admin, card(admin, town.pupil), "Зачислить в класс")
    wrong = admin.send(page, status=422, reason="вернулся", from_on=shown(today() - 9 * DAY))
    assert complaints(wrong)
    admin.send(page, reason="вернулся")
    mother.get(week)


# Who looked


def rows_of(visitor, query=""):
    page = visitor.get(f"/office/access-log{query}")
    return [
        [" ".join("".join(cell.itertext()).split()) for cell in row]
        for row in page.root.xpath("//tbody/tr")
    ]


@pytest.mark.clause("S11 1.7", "NT особенности-3")
@pytest.mark.requirement("H14")
def test_the_log_says_who_looked_and_is_filtered(app, town, admin):
    open_session(app, town.head).get(f"/diary/{town.pupil.id}/week/{today()}")
    open_session(app, town.deputy_head).get(f"/gradebook/lessons/{town.lesson.id}")
    card(admin, town.pupil)
    looks = [row[1:] for row in rows_of(admin)]
    assert ["Директорова Тамара Ивановна", "открыт дневник: директор",
            "Королёв Фёдор Ивановна"] in looks  # fmt: skip
    assert any("открыт журнал урока: 7А, Алгебра" in row[1] for row in looks)
    assert any(row[1] == "открыта карточка" for row in looks)
    assert {row[1] for row in rows_of(admin, "?who=директор")} == {"Директорова Тамара Ивановна"}
    assert len(rows_of(admin, "?event=person_read")) == 1
    assert len(rows_of(admin, "?whose=КОРОЛЕВ")) == 2
    assert rows_of(admin, f"?until={shown(today() - DAY)}") == []
    page = admin.get("/office/access-log?from=завтра")
    assert "Напишите дату так" in page.words


@pytest.mark.requirement("H14")
def test_sign_ins_are_in_it_and_those_of_other_schools_are_not(app, town, admin, visit):
    for login in ("mother", "other_mother"):
        visitor = visit()
        visitor.send(visitor.get("/sign-in"), login=login, password="неверный", status=422)
    whose = [row[1] for row in rows_of(admin, "?event=sign_in_failed")]
    assert whose == ["Королёва Мария Ивановна"]
    visitor.send(visitor.get("/sign-in"), login="никто", password="неверный", status=422)
    assert rows_of(admin, "?event=sign_in_failed")[0][1] == "неизвестно"


@pytest.mark.requirement("H14")
def test_the_log_is_turned_over_page_by_page(app, town, admin):
    for n in range(250):
        AccessLog.create(
            at=clock.now(), school=town.school, person=town.head, event="diary_read", detail=str(n)
        )
    AccessLog.create(
        at=clock.now(), school=town.other_school, person=town.head, event="diary_read", detail="x"
    )
    seen, address = [], "/office/access-log?event=diary_read"
    while address:
        page = admin.get(address)
        seen += [row.xpath("./td[2]")[0].text for row in page.root.xpath("//tbody/tr")]
        address = page.links().get("Более старые строки")
    assert seen == [f"открыт дневник: {n}" for n in range(249, -1, -1)]


@pytest.mark.requirement("H14")
def test_the_export_is_the_filter_as_a_table_and_is_logged(app, town, admin):
    Person.update(surname="=СУММ(1;2)").where(Person.id == town.head).execute()
    open_session(app, town.head).get(f"/diary/{town.pupil.id}/week/{today()}")
    answer = admin.client.get("/office/access-log.csv?event=diary_read")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Когда", "Кто", "Что", "Чьи данные", "Подробности"]
    assert rows[1][1:] == [
        "'=СУММ(1;2) Тамара Ивановна", "открыт дневник", "Королёв Фёдор Ивановна", "директор",
    ]  # fmt: skip
    assert len(rows) == 2
    assert AccessLog.get(AccessLog.event == "export").person_id == town.administrator.id


@pytest.mark.requirement("H14")
def test_the_school_sets_how_long_the_log_is_kept(app, town, admin):
    head = open_session(app, town.head)
    page = follow(head, head.get("/oversight/"), "Срок хранения")
    for wrong in ("364", "0", "-5", "много", "36501", ""):
        assert "days" in complaints(head.send(page, status=422, days=wrong))
    head.send(page, days="730")
    assert LogTerm.get().days == 730
    assert "хранятся 730 дней" in admin.get("/office/access-log").words
    assert [row[2] for row in rows_of(admin, "?event=log_term")] == [
        "изменён срок хранения этого журнала: 1096 → 730"
    ]


@pytest.mark.requirement("G2")
def test_the_office_prints_what_is_kept_on_request(app, town, admin):
    page = follow(admin, card(admin, town.mother), "Всё, что хранится")
    assert "свидетельство о рождении" in page.words
    # Of somebody who is of another school too, the person's own page is the way.
    guardian(town.mother, town.other_pupil)
    admin.get(f"/office/people/{town.mother.id}/data", status=403)


# Looking for people


def test_people_are_found_by_the_beginning_of_a_surname(app, town, admin):
    for typed in ("Корол", "КОРОЛЕВ", "королё"):
        words = admin.get(f"/office/people?q={typed}").words
        assert "Королёв Фёдор Ивановна, 7А" in words
        assert "представитель: Королёв Фёдор" in words
    assert "Никого с такой фамилией" in admin.get("/office/people?q=Чужак").words
    enrol(town.school_class, town.other_pupil, from_on=today() + DAY)
    assert "Чужаков Тимур" in admin.get("/office/people?q=чужак").words


# Two administrators end each other at the same moment


def test_two_administrators_cannot_end_each_other_at_once(tmp_path, request):
    """Whoever comes second finds the other gone. In PostgreSQL the rows are locked, in SQLite
    writers queue."""
    from school.database import database, ensure_connection, migrate, open_database
    from tests.town import build_town

    url = f"sqlite:///{tmp_path}/two.db"
    open_database(url)
    ensure_connection()
    migrate(tmp_path)
    town = build_town()
    second = person(town.municipality, "Вторая")
    account(second)
    role(second, "administrator", town.school)
    roles = list(Role.select().where(Role.kind == "administrator"))
    database.close()
    refused, gate = [], threading.Barrier(2)

    def end(one):
        ensure_connection()
        gate.wait()
        try:
            end_role(
                one.id, last_day=today(), at_once=True, reason=WORD, today=today(),
                act=Act(at=clock.now(), actor_id=None),
            )  # fmt: skip
        except RoleRefused as refusal:
            refused.append(str(refusal))
        finally:
            database.close()

    threads = [threading.Thread(target=end, args=(one,)) for one in roles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ensure_connection()
    assert len(refused) == 1
    assert Role.select().where(Role.kind == "administrator", Role.ended_at.is_null()).count() == 1
    assert History.select().where(History.field == "ended_at").count() == 1
    database.close()
