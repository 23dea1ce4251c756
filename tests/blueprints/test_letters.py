"""The outbox's pages, and one's own address."""

import re

import pytest

from school import clock
from school.actions.letters import CONFIRM_ADDRESS, DEADLINE, NewLetter, put_letter
from school.delivery import sweep
from school.letters import Text, button, paragraph
from school.models import Contact, History, Letter, Route
from school.queries.letters import PAGE, find_email
from school.rules.letters import BY_DUTY
from tests.blueprints.helpers import check_came_back, open_session
from tests.mail import post_office, settings_for

TEXT = Text("Напоминание", (paragraph("Пора <b>отметить</b>."), button("Журнал", "/gradebook/")))


def write(town, key="k", to="teacher", **values):
    letter = NewLetter(
        key=key,
        kind=DEADLINE,
        person_id=getattr(town, to).id,
        text=TEXT,
        grounds=BY_DUTY,
        school_id=town.school.id,
    )
    put_letter(letter, clock.now())
    Letter.update(**{"problem": "", **values}).where(Letter.key == key).execute()
    return Letter.get(Letter.key == key)


# The administrator


def test_without_a_server_the_page_says_so_and_all_is_readable(town, visit):
    letter = write(town)
    admin = visit(town.administrator)
    page = admin.get("/office/letters")
    assert "Почта не настроена" in page.main
    assert "Ждёт отправки: 1" in page.main
    assert page.links()["Напоминание"] == f"/office/letters/{letter.id}"
    text = admin.get(f"/office/letters/{letter.id}")
    assert "Пора <b>отметить</b>." in text.main
    # What the link leads to is the receiver's: to the administrator it would answer 403.
    assert "Журнал (ссылка, откроется у адресата)" in text.main
    assert "/gradebook/" not in text.links().values()
    assert "Учителева Вера Ивановна" in text.main
    assert "Ждёт отправки: почта не настроена" in text.main


def test_a_server_that_fails_is_told_with_the_reason(other_app, town):
    app = other_app(SMTP_URL="smtp://127.0.0.1:9")
    write(town)
    now = clock.now()
    Route.create(name="smtp", tried_at=now, failing_since=now, problem="сервер не отвечает")
    page = open_session(app, town.administrator).get("/office/letters")
    assert "Почтовый сервер не работает с" in page.main
    assert "сервер не отвечает. Письма ждут и уйдут сами" in page.main


def test_a_letter_that_was_given_up_is_sent_again(town, visit):
    letter = write(town, state="given_up", problem="550 no such user", tries=1)
    write(town, key="k2", state="no_address")
    admin = visit(town.administrator)
    page = admin.get(f"/office/letters/{letter.id}")
    assert "Не доставлено: 550 no such user" in page.main
    admin.send(page, form="again")
    letter = Letter.get_by_id(letter.id)
    assert (letter.state, letter.tries, letter.problem) == ("waiting", 0, "")
    page = admin.follow(admin.send(admin.get("/office/letters"), form="letters/again"))
    assert "Снова ждут отправки: 1 письмо" in page.words
    assert {row.state for row in Letter.select()} == {"waiting"}
    again = admin.post(
        f"/office/letters/{letter.id}/again",
        {"csrf_token": admin.get("/sign-out").fields()["csrf_token"]},
    )
    assert "Снова отправлять нечего" in admin.follow(again).words


def test_many_letters_are_turned_over_and_searched(town, visit):
    for n in range(PAGE + 5):
        write(town, key=f"k{n}", to="teacher" if n else "colleague")
    admin = visit(town.administrator)
    page = admin.get("/office/letters")
    assert len(page.root.xpath("//tbody/tr")) == PAGE
    older = admin.get(page.links()["Более ранние письма"])
    assert len(older.root.xpath("//tbody/tr")) == 5
    found = admin.get("/office/letters?q=соседкина&state=waiting")
    assert len(found.root.xpath("//tbody/tr")) == 1
    assert found.root.xpath("//input[@name='q']/@value") == ["соседкина"]
    for address in ("?state=nonsense", "?before=-1", "?before=9999999999999999", "?q=%00%25"):
        admin.get("/office/letters" + address)


@pytest.mark.parametrize("typed", ["", "nobody", "a@b.ru, Bcc: c@d.ru", "x" * 400])
def test_a_test_letter_to_no_address_comes_back(town, visit, typed):
    admin = visit(town.administrator)
    page = admin.send(admin.get("/office/letters/test"), status=422, address=typed)
    check_came_back(page, "address", typed)
    assert Letter.select().count() == 0


def test_a_test_letter_is_written_once_and_arrives(town, visit):
    admin = visit(town.administrator)
    page = admin.get("/office/letters/test")
    admin.send(page, address="  Try@Example.RU ")
    listed = admin.follow(admin.send(page, address="Try@Example.RU"))
    assert "уйдёт в течение минуты" in listed.words
    assert Letter.select().count() == 1
    with post_office() as (office, url):
        sweep(settings_for(url), connections=1)
    assert [post.to for post in office.posts] == ["Try@example.ru"]
    assert "Отправлено" in admin.get("/office/letters").main


# One's own


def code_of(person):
    letter = (
        Letter.select()
        .where(Letter.person == person, Letter.kind == CONFIRM_ADDRESS)
        .order_by(Letter.id.desc())
        .get()
    )
    return re.search(r"Код: (\d{6})", letter.body)[1]


@pytest.mark.clause("V 7", "S11 2.7")
def test_an_address_is_entered_confirmed_and_used(town, visit):
    mother = visit(town.mother)
    page = mother.send(mother.get("/account/email"), form=-1, address="Mama@Example.RU")
    page = mother.follow(page)
    assert "На Mama@example.ru отправлен код" in page.main
    assert find_email(town.mother.id).confirmed == ""
    wrong = mother.send(page, form="confirmation", status=422, code="000000x")
    assert "Код не подошёл" in wrong.main
    assert wrong.root.xpath("//input[@name='code']/@value") == ["000000x"]
    done = mother.follow(mother.send(page, form="confirmation", code=f" {code_of(town.mother)} "))
    assert "Письма приходят на Mama@example.ru" in done.main
    assert [f.new for f in History.select().where(History.table_name == "contact")] == [
        "entered", "confirmed",
    ]  # fmt: skip


def test_the_code_is_nobodys_to_read_and_is_erased(town, visit):
    teacher = visit(town.teacher)
    teacher.send(teacher.get("/account/email"), address="teacher@example.ru")
    letter = Letter.get()
    code = code_of(town.teacher)
    page = visit(town.administrator).get(f"/office/letters/{letter.id}")
    assert code not in page.html
    assert "одноразовый код" in page.main
    assert code not in teacher.get("/account/letters").html
    with post_office() as (office, url):
        sweep(settings_for(url), connections=1)
    assert code in office.posts[0].text
    assert Letter.get().body == ""


def test_the_address_before_holds_until_the_new_one_is_confirmed_and_is_told(town, visit):
    now = clock.now()
    Contact.create(
        person=town.mother, kind="email", address="old@example.ru", entered_at=now, confirmed_at=now
    )
    mother = visit(town.mother)
    page = mother.follow(mother.send(mother.get("/account/email"), address="new@example.ru"))
    assert find_email(town.mother.id).confirmed == "old@example.ru"
    mother.send(page, form="confirmation", code=code_of(town.mother))
    assert find_email(town.mother.id).confirmed == "new@example.ru"
    told = Letter.get(Letter.kind == "address_changed")
    assert told.address == "old@example.ru"
    page = mother.follow(mother.send(mother.get("/account/email"), form="removal"))
    assert "Адреса пока нет" in page.main
    assert Contact.select().count() == 0


def test_codes_and_guesses_are_counted(town, visit):
    mother = visit(town.mother)
    for _ in range(5):
        mother.send(mother.get("/account/email"), address="a@example.ru")
    page = mother.send(mother.get("/account/email"), address="a@example.ru", status=422)
    assert "Слишком много кодов" in check_came_back(page, "address", "a@example.ru")
    for _ in range(10):
        page = mother.get("/account/email")
        mother.send(page, form="confirmation", code="nope", status=422)
    page = mother.send(page, form="confirmation", code=code_of(town.mother), status=422)
    assert "Слишком много попыток" in page.main
    assert find_email(town.mother.id).confirmed == ""


@pytest.mark.parametrize("typed", ["", "мама", "mama@", "мама@mail.ru", "a@b.ru, c@d.ru"])
def test_a_wrong_address_comes_back(town, visit, typed):
    mother = visit(town.mother)
    page = mother.send(mother.get("/account/email"), status=422, address=typed)
    check_came_back(page, "address", typed)
    assert Contact.select().count() == 0


def test_ones_letters_are_read_on_ones_page(town, visit):
    write(town)
    page = visit(town.teacher).get("/account/letters")
    assert "Напоминание" in page.main
    assert "Пора <b>отметить</b>." in page.main
    assert "Ждёт отправки" in page.main
    assert "Напоминание" not in visit(town.colleague).get("/account/letters").main
