"""The outbox against a real SMTP server that refuses, delays, drops, greylists and dies."""

from datetime import timedelta

import pytest
from peewee import fn

from school import clock, delivery
from school.actions.accounts import choose_password, issue_one_time_password
from school.actions.history import Act, Fact, record
from school.actions.letters import (
    DEADLINE,
    REGISTER_DAY,
    NewLetter,
    put_letter,
    put_test_letter,
    send_again,
)
from school.actions.register_letters import put_register_letters
from school.actions.sessions import SignIn, sign_in
from school.database import execute, transaction
from school.delivery import read_smtp_url, sweep
from school.letters import Text, bullets, button, paragraph
from school.models import (
    Account,
    Contact,
    Guardianship,
    History,
    Letter,
    Role,
    Route,
)
from school.queries.letters import list_letters
from school.rules.letters import BY_DIARY, BY_DUTY, RETRY_AFTER
from school.settings import SettingsError
from tests.blueprints.helpers import statements
from tests.mail import content_of_html, content_of_text, post_office, settings_for
from tests.town import PASSWORD, make_lesson, moment, today

TEXT = Text("Напоминание", (paragraph("Пора."), bullets(["раз", "два"]), button("Журнал", "/x")))


@pytest.fixture
def office():
    with post_office() as (office, url):
        office.settings = settings_for(url)
        yield office


def give_address(person, address=None, **values):
    return Contact.create(
        person=person,
        kind="email",
        address=address or f"p{person.id}@example.ru",
        entered_at=clock.now(),
        confirmed_at=values.pop("confirmed_at", clock.now()),
        **values,
    )


def write(town, to="teacher", key="k", now=None, **values):
    values = {"grounds": BY_DUTY, "school_id": town.school.id, **values}
    letter = NewLetter(key=key, kind=DEADLINE, person_id=getattr(town, to).id, text=TEXT, **values)
    return put_letter(letter, now or clock.now())


class Clock:
    """A clock that tests move."""

    def __init__(self, at=None):
        self.at = at or clock.now()

    def __call__(self):
        return self.at

    def forward(self, **span):
        self.at += timedelta(**span)


def go(office, at=None, **options):
    return sweep(office.settings, at or clock.now, connections=1, **options)


def state():
    row = Letter.get()
    return row.state, row.problem


def test_a_letter_goes_out_once_and_says_it(town, office):
    give_address(town.teacher, "teacher@example.ru")
    assert write(town)
    assert go(office).counts == {"sent": 1}
    assert go(office).counts == {}
    (post,) = office.posts
    assert post.to == "teacher@example.ru"
    assert post.subject == "Напоминание"
    assert "Здравствуйте, Вера Ивановна!" in post.text
    assert "Журнал: http://127.0.0.1:8000/x" in post.text
    assert "СОШ № 2" in post.text
    assert content_of_html(post.html) == content_of_text(post.text)
    assert post.message_id.startswith("<")
    row = Letter.get()
    assert (row.state, row.sent_to, row.tries) == ("sent", "teacher@example.ru", 1)


def test_the_same_notice_is_never_written_twice(town):
    assert write(town)
    assert not write(town)
    assert not write(town, to="colleague")
    assert Letter.select().count() == 1


def test_a_letter_is_undone_with_its_action(town, db):
    def act():
        with transaction():
            write(town)
            raise LookupError

    with pytest.raises(LookupError):
        act()
    assert Letter.select().count() == 0


def test_nonsense_is_refused_when_it_is_written(town):
    now = clock.now()
    good = {"key": "k", "kind": DEADLINE, "person_id": town.teacher.id, "text": TEXT}
    for wrong in ({"kind": "spam"}, {"grounds": BY_DIARY}, {"grounds": BY_DUTY}):
        with pytest.raises(ValueError):
            put_letter(NewLetter(**{**good, **wrong}), now)


def test_without_a_server_all_stays(town):
    give_address(town.teacher)
    write(town)
    swept = sweep(settings_for(None))
    assert not swept.has_server
    assert state() == ("waiting", "")


def test_an_unconfirmed_address_gets_nothing(town, office):
    give_address(town.teacher, confirmed_at=None)
    write(town)
    assert go(office).counts == {"no_address": 1}
    assert office.posts == []
    give_address(town.teacher, "new@example.ru")
    act = Act(at=clock.now(), actor_id=town.administrator.id)
    assert send_again(frozenset({town.other_school.id}), act) == 0
    assert send_again(frozenset({town.school.id}), act) == 1
    assert go(office).counts == {"sent": 1}
    assert send_again(frozenset({town.school.id}), act) == 0


# Awkward servers


def test_a_refused_address_is_given_up_with_the_reason(town, office):
    give_address(town.teacher, "gone@example.ru")
    give_address(town.colleague, "here@example.ru")
    office.refuses["gone@example.ru"] = "550 5.1.1 no such user\tЖ"
    write(town)
    write(town, to="colleague", key="k2")
    assert go(office).counts == {"given_up": 1, "sent": 1}
    row = Letter.get(Letter.state == "given_up")
    assert row.problem.startswith("почта получателя отказала: 550 5.1.1 no such user")
    assert go(office).counts == {}


def test_greylisting_is_waited_for(town, office):
    give_address(town.teacher)
    write(town)
    office.greylists = True
    time = Clock()
    assert go(office, time).counts == {"waiting": 1}
    assert state()[0] == "waiting"
    assert "подождать: 451 4.7.1 Greylisted" in state()[1]
    assert go(office, time).counts == {}
    time.forward(minutes=1)
    assert go(office, time).counts == {"sent": 1}
    assert state() == ("sent", "")
    assert len(office.posts) == 1


def test_a_letter_that_is_put_off_for_days_is_given_up(town, office):
    give_address(town.teacher, "full@example.ru")
    office.refuses["full@example.ru"] = "452 4.2.2 mailbox full"
    time = Clock()
    write(town, now=time())
    sweeps = 0
    while state()[0] == "waiting":
        go(office, time)
        time.forward(minutes=1 if sweeps < 3 else 30)
        sweeps += 1
    row = Letter.get()
    assert row.state == "given_up"
    assert "mailbox full" in row.problem
    assert row.tries == len(RETRY_AFTER) + 1
    assert office.tried["full@example.ru"] == len(RETRY_AFTER) + 1


def test_a_server_that_drops_the_line_is_tried_again_under_the_same_name(town, office):
    give_address(town.teacher)
    write(town)
    office.dies_after_data = 1
    time = Clock()
    assert go(office, time).counts == {"waiting": 1}
    assert "прервалась" in state()[1]
    time.forward(minutes=1)
    assert go(office, time).counts == {"sent": 1}
    # It took the first one too: two letters, which a mail program shows as one.
    assert len(office.posts) == 2
    assert len({post.message_id for post in office.posts}) == 1


def test_a_dropped_line_does_not_hold_up_the_next_letter(town, office):
    give_address(town.teacher)
    give_address(town.colleague)
    write(town)
    write(town, to="colleague", key="k2")
    office.drops = 1
    assert go(office).counts == {"waiting": 1, "sent": 1}


@pytest.mark.parametrize("answer", ["550 5.7.1 who are you", "451 later"])
def test_a_server_that_does_not_know_us_is_not_held_against_letters(town, office, answer):
    give_address(town.teacher)
    write(town)
    office.refuses_sender = answer
    swept = go(office)
    assert "не принимает письма от listok@" in swept.trouble
    row = Letter.get()
    assert (row.state, row.tries, row.claim) == ("waiting", 0, "")
    assert Route.get().failing_since
    office.refuses_sender = ""
    assert go(office).counts == {"sent": 1}
    assert Route.get().failing_since is None


def test_nobody_at_the_other_end(town):
    give_address(town.teacher)
    write(town)
    with post_office() as (_, url):
        pass
    swept = sweep(settings_for(url), connections=1)
    assert "не отвечает (соединение отклонено)" in swept.trouble
    since = Route.get().failing_since
    sweep(settings_for(url), lambda: clock.now() + timedelta(hours=1), connections=1)
    assert Route.get().failing_since == since
    assert Letter.get().tries == 0


def test_a_wrong_password_is_said(town):
    give_address(town.teacher)
    write(town)
    with post_office() as (_, url):
        swept = sweep(settings_for(url.replace("//", "//me:secret@")), connections=1)
    assert swept.trouble
    assert "secret" not in swept.trouble


def test_a_refusal_after_the_text(town, office):
    give_address(town.teacher)
    write(town)
    office.refuses_data = "554 5.7.1 looks like spam"
    assert go(office).counts == {"given_up": 1}
    assert "looks like spam" in state()[1]


@pytest.mark.parametrize(
    "address", ["nobody", "a@b", "a@example.ru\nBcc: all@example.ru", "я@я.рф"]
)
def test_an_address_that_is_none_holds_nobody_up(town, office, address):
    give_address(town.teacher, address)
    give_address(town.colleague)
    write(town)
    write(town, to="colleague", key="k2")
    assert go(office).counts == {"given_up": 1, "sent": 1}
    assert "адрес" in Letter.get(Letter.state == "given_up").problem


def test_a_letter_that_is_broken_holds_nobody_up(town, office):
    give_address(town.teacher)
    give_address(town.colleague)
    write(town)
    Letter.update(body='[["ul"').execute()
    write(town, to="colleague", key="k2")
    assert go(office).counts == {"given_up": 1, "sent": 1}


# Clocks and leases


def test_a_clock_set_back_keeps_nothing_waiting(town, office):
    """The letter was written, tried and claimed by a clock that was a day ahead."""
    give_address(town.teacher)
    ahead = Clock()
    ahead.forward(days=1)
    office.greylists = True
    write(town, now=ahead())
    assert go(office, ahead).counts == {"waiting": 1}
    delivery.claim(ahead() + timedelta(minutes=2), "example.org")
    assert go(office).counts == {"sent": 1}


def test_a_claimed_letter_is_left_alone_until_its_lease_is_over(town, office):
    give_address(town.teacher)
    time = Clock()
    write(town, now=time())
    token, letters = delivery.claim(time(), "example.org")
    assert len(letters) == 1
    assert go(office, time).counts == {}
    time.forward(minutes=11)
    assert go(office, time).counts == {"sent": 1}
    # The one that held it wakes up and marks what is not its own any more.
    execute(delivery.END, ("given_up", 1, 0, "", "", None, letters[0].letter_id, token))
    assert state()[0] == "sent"


def test_letters_wait_for_their_hour_and_go_stale(town, office):
    give_address(town.teacher)
    time = Clock()
    write(town, key="later", not_before=time() + timedelta(hours=8), now=time())
    write(town, key="stale", good_until=time() + timedelta(hours=1), now=time())
    time.forward(hours=2)
    assert go(office, time).counts == {"withdrawn": 1}
    time.forward(hours=7)
    assert go(office, time).counts == {"sent": 1}


# Rights


@pytest.mark.requirement("A10")
def test_rights_are_asked_when_it_is_sent(town, office):
    give_address(town.mother)
    for n in range(2):
        write(town, to="mother", key=f"k{n}", grounds=BY_DIARY, pupil_id=town.pupil.id)
        assert go(office).counts == ({"withdrawn": 1} if n else {"sent": 1})
        Guardianship.update(until_on=today() - timedelta(days=1)).execute()
    assert len(office.posts) == 1


def test_a_letter_of_work_ends_with_the_duty(town, office):
    give_address(town.teacher)
    write(town)
    Role.update(until_on=today() - timedelta(days=1)).where(Role.person == town.teacher).execute()
    assert go(office).counts == {"withdrawn": 1}
    assert "права" in state()[1]


def test_a_closed_account_gets_nothing(town, office):
    give_address(town.teacher)
    write(town)
    Account.update(disabled_at=clock.now()).where(Account.person == town.teacher).execute()
    assert go(office).counts == {"withdrawn": 1}


# The first letters


def test_a_changed_password_is_told(town, office):
    give_address(town.teacher)
    act = Act(at=clock.now(), actor_id=town.teacher.id)
    choose_password(
        town.teacher.id, PASSWORD, "совсем-другая-фраза", keep_token_hash="", names=(), act=act
    )
    issue_one_time_password(town.teacher.id, "teacher", act)
    assert go(office).counts == {"sent": 2}
    assert {post.subject for post in office.posts} == {
        "Ваш пароль изменён", "Вам выдали временный пароль",
    }  # fmt: skip
    assert Letter.select(fn.MIN(Letter.school)).scalar() == town.school.id
    assert "совсем" not in office.posts[0].text


def test_a_new_device_is_told_and_a_known_one_is_not(town, office):
    give_address(town.teacher)

    def enter(device, address, hours):
        entry = SignIn("teacher", PASSWORD, False, address, demo_allowed=True, device=device)
        sign_in(entry, "secret", clock.now() + timedelta(hours=hours))
        return Letter.select().count()

    assert enter("phone", "10.0.0.1", 0) == 0  # the first ever
    assert enter("phone", "10.0.0.2", 1) == 0  # the same phone elsewhere
    assert enter("laptop", "10.0.0.2", 2) == 0  # another device at a known address
    assert enter("stranger", "10.9.9.9", 3) == 1
    assert enter("stranger", "10.9.9.9", 4) == 1
    assert enter("", "10.9.9.8", 5) == 2
    time = Clock()
    time.forward(hours=6)
    assert go(office, time).counts == {"sent": 2}
    assert office.posts[0].subject == "Вход с нового устройства"
    assert "10.9" not in office.posts[0].text


@pytest.mark.requirement("H12")
def test_the_nightly_letter_tells_each_teacher_of_their_registers(town, office):
    give_address(town.teacher)
    lesson = town.yesterday
    day = lesson.held_on

    def enter(who, fields, clock_time, old="", lesson=lesson):
        facts = [
            Fact("mark", 1, name, old, "5", pupil_id=town.pupil.id, lesson_id=lesson.id)
            for name in fields
        ]
        record(Act(at=moment(day, clock_time), actor_id=who.id), town.school.id, facts)

    enter(town.teacher, ["mark"] * 3, "10:05")
    enter(town.teacher, ["topic"], "10:40")
    enter(town.colleague, ["mark"] * 2, "23:59", old="3")
    late_at_night = moment(day, "23:59") + timedelta(minutes=2)
    assert put_register_letters(late_at_night - timedelta(minutes=3)) == 0
    assert put_register_letters(late_at_night) == 1
    assert put_register_letters(late_at_night) == 0
    row = Letter.get()
    assert (row.person_id, row.kind) == (town.teacher.id, REGISTER_DAY)
    go(office, lambda: late_at_night)
    (post,) = office.posts
    assert "отметки — 3, тема — 1; с 10:05 до 10:40" in post.text
    assert "отметки — 2; из них исправлений 2; в 23:59" in post.text
    assert "другой человек: Соседкина Нина Ивановна" in post.text
    assert post.text.index("Соседкина") < post.text.index("10:05")
    assert "Фёдор" not in post.text
    assert "Королёв" not in post.text


@pytest.mark.requirement("H12")
def test_a_substitute_and_who_is_substituted_both_hear_of_it(town):
    lesson = make_lesson(town.group, town.colleague, town.yesterday.held_on, 5)
    act = Act(
        at=moment(lesson.held_on, "12:00"),
        actor_id=town.colleague.id,
        acting_for_id=town.teacher.id,
    )
    record(act, town.school.id, [Fact("mark", 1, "mark", "", "5", lesson_id=lesson.id)])
    put_register_letters(moment(today(), "00:30"))
    assert {row.person_id for row in Letter.select()} == {town.teacher.id, town.colleague.id}


def test_nights_that_nobody_worked_are_made_up_but_not_old_ones(town):
    for days in (2, 5, 9):
        day = today() - timedelta(days=days)
        lesson = make_lesson(town.group, town.teacher, day, 9)
        act = Act(at=moment(day, "12:00"), actor_id=town.teacher.id)
        record(act, town.school.id, [Fact("mark", 1, "mark", "", "5", lesson_id=lesson.id)])
    assert put_register_letters(clock.now()) == 2
    History.select().count()
    assert put_register_letters(clock.now()) == 0


def test_a_test_letter_pressed_twice_is_one(town, office):
    act = Act(at=clock.now(), actor_id=town.administrator.id)
    assert put_test_letter("try@example.ru", town.school.id, "token", act)
    assert not put_test_letter("try@example.ru", town.school.id, "token", act)
    assert go(office).counts == {"sent": 1}
    assert office.posts[0].to == "try@example.ru"


def test_the_outbox_is_searched_by_name_subject_and_address(town, office):
    give_address(town.teacher, "find_me@example.ru")
    write(town)
    go(office)
    write(town, to="mother", key="k2", grounds=BY_DIARY, pupil_id=town.pupil.id)
    schools = [town.school.id]
    for words, count in (
        ("учителева", 1), ("УЧИТЕЛЕВА вера", 1), ("напоминание", 2), ("find_me", 1), ("find%me", 0),
        ("королёва", 1), ("", 2), ("нету", 0), ("%", 0), ("' OR 1=1 --", 0),
    ):  # fmt: skip
        assert len(list_letters(schools, words=words)) == count, words
    assert len(list_letters(schools, state="sent")) == 1
    assert list_letters([town.other_school.id]) == ()
    assert list_letters([]) == ()


# The price


def test_a_letter_costs_the_same_statements_however_many_there_are(town, office):
    give_address(town.teacher)
    counts = []
    for number in (20, 200):
        for n in range(number):
            write(town, key=f"{number}:{n}")
        with statements() as seen:
            assert go(office).counts == {"sent": number}
        counts.append(len(seen) / number)
    assert counts[1] <= counts[0] <= 3, counts


def test_writing_one_costs_one_statement(town):
    with statements() as seen:
        write(town)
    assert len(seen) == 1


# SMTP_URL


def test_an_smtp_url_is_read():
    server = read_smtp_url(
        "smtp://me%40example.ru:p%40ss@mail.example.ru:2525", "https://d.example"
    )
    assert (server.host, server.port, server.user, server.password) == (
        "mail.example.ru", 2525, "me@example.ru", "p@ss",
    )  # fmt: skip
    assert server.sender == "me@example.ru"
    assert server.must_be_encrypted
    assert read_smtp_url("smtps://mail.example.ru", "https://d.example").port == 465
    assert read_smtp_url("smtp://h.example", "https://d.example").sender == "listok@d.example"
    named = read_smtp_url("smtp://h.example?from=school@x.example&tls=off", "https://d.example")
    assert (named.sender, named.must_be_encrypted) == ("school@x.example", False)
    assert not read_smtp_url("smtp://127.0.0.1:25", "http://127.0.0.1:8000").must_be_encrypted


@pytest.mark.parametrize(
    "url", ["mail.example.ru", "http://x", "smtp://", "smtp://h:99999", "smtp://h?from=nobody"]
)
def test_a_wrong_smtp_url_is_said(url):
    with pytest.raises(SettingsError, match="SMTP_URL"):
        read_smtp_url(url, "https://d.example")
