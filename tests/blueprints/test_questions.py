"""A13: a school is asked, with an account and without, and answers; both see the thread."""

from datetime import timedelta

import pytest

from school import clock
from school.actions.questions import STRANGERS_KEPT, forget_strangers
from school.delivery import claim
from school.letters import read_blocks
from school.models import (
    AccessLog,
    Contact,
    HelpMessage,
    HelpThread,
    History,
    Letter,
    Session,
    Throttle,
)
from school.queries.letters import find_letter, list_own_letters
from school.queries.questions import count_open_questions
from tests.blueprints.helpers import arrive, check_came_back, complaints, open_session

pytestmark = pytest.mark.requirement("A13")

WORDS = "Во вторник стоит «н», а ребёнок был на олимпиаде."
STRANGER = {"name": "Мария Петровна", "way": "email", "address": "maria@example.ru"}


def ask(visitor, status=303, **fields):
    page = visitor.get("/help/ask")
    return visitor.send(page, form="/help/ask", status=status, **{"text": WORDS, **fields})


def answer(admin, text="Скажите классному руководителю.", status=303):
    page = admin.get(f"/office/help/{HelpThread.get().id}")
    return admin.send(page, form=0, status=status, text=text)


@pytest.mark.clause("S2 2.5")
def test_a_mother_asks_and_the_administrator_answers(app, town, visit):
    mother, admin = visit(town.mother), visit(town.administrator)
    thread = arrive(mother, ask(mother))
    assert "Ждёт ответа с" in thread.words
    assert WORDS in thread.words
    row = HelpThread.get()
    assert (row.school_id, row.person_id, row.state) == (town.school.id, town.mother.id, "open")

    # Counted and dated, on the first page and in the menu of every other.
    start = admin.get("/office/")
    assert "Вопросы к школе: ждут ответа 1" in start.words
    assert f"ждёт с {clock.local(row.open_since, 'Asia/Yekaterinburg'):%d.%m.%Y}" in start.words
    assert "Кабинет, вопросов: 1" in admin.get("/account/").words
    assert "Кабинет, вопросов" not in visit(town.deputy_head).get("/account/").words
    inbox = admin.get("/office/help")
    assert "Ждут ответа: 1" in inbox.words
    assert "Королёва" in inbox.words
    done = arrive(admin, answer(admin))
    assert "Есть ответ" in done.words
    assert "Ждут ответа: 0" in admin.get("/office/help").words
    assert "Кабинет, вопросов" not in admin.get("/account/").words

    read = mother.get(f"/help/questions/{row.id}")
    assert "Скажите классному руководителю." in read.words
    assert "Кабинетова" in read.words
    assert "есть ответ" in mother.get("/help/questions").words
    assert "Скажите классному" in mother.get("/account/data").words
    letter = Letter.get(Letter.kind == "help_answer")
    assert (letter.person_id, letter.school_id, letter.address) == (
        town.mother.id,
        town.school.id,
        "",
    )
    assert "Скажите классному" in letter.body

    # A further word opens it again; an administrator closes and opens it.
    mother.send(read, form="/help/questions", text="А когда исправят?")
    assert count_open_questions([town.school.id])[town.school.id].count == 1
    page = admin.get(f"/office/help/{row.id}")
    admin.send(page, form="/state", state="closed")
    assert HelpThread.get().state == "closed"
    admin.send(admin.get(f"/office/help/{row.id}"), form="/state", state="open")
    assert HelpThread.get().state == "open"
    states = [h.new for h in History.select().where(History.table_name == "help_thread")]
    assert states == ["open", "answered", "open", "closed", "open"]
    # What was said is in its rows only.
    assert not History.select().where(History.new.contains("олимпиад")).exists()
    assert not AccessLog.select().where(AccessLog.detail.contains("олимпиад")).exists()


def test_a_second_question_goes_to_the_thread_that_waits(town, visit):
    mother = visit(town.mother)
    first = ask(mother).headers["Location"]
    assert ask(mother, text="И ещё: где пароль?").headers["Location"] == first
    assert HelpMessage.select().count() == 2
    answer(visit(town.administrator))
    assert ask(mother, text="Другое дело").headers["Location"] != first


def test_the_same_form_twice_asks_once(town, visit):
    for visitor, fields in ((visit(town.mother), {}), (visit(), STRANGER)):
        page = visitor.get("/help/ask?school=school-2")
        sent = [visitor.send(page, form="/help/ask", text=WORDS, **fields) for _ in range(2)]
        assert sent[0].headers["Location"] == sent[1].headers["Location"]
    # «Back», and the same words from a form made anew, as long as nobody has answered.
    mother = visit(town.mother)
    thread = ask(mother).headers["Location"]
    assert ask(mother).headers["Location"] == thread
    mother.send(mother.get(thread), text=WORDS)
    assert (HelpThread.select().count(), HelpMessage.select().count()) == (2, 2)
    admin = visit(town.administrator)
    page = admin.get(f"/office/help/{HelpThread.select().order_by(HelpThread.id).get().id}")
    for _ in range(2):
        admin.send(page, form=0, text="Ответ")
    assert HelpMessage.select().where(HelpMessage.is_answer).count() == 1
    assert Letter.select().where(Letter.kind == "help_answer").count() == 1


def test_the_same_words_without_an_account_are_one_thread_until_they_are_answered(town, visit):
    """«Back», a form made anew, the button once more: the same page with the same code."""

    def ask_again(visitor, **fields):
        page = visitor.get("/help/ask?school=school-2")
        thread = arrive(visitor, visitor.send(page, **{"text": WORDS, **STRANGER, **fields}))
        return thread.address, thread.root.xpath("//strong")[0].text

    stranger, other = visit(), visit()
    asked = ask_again(stranger)
    assert ask_again(stranger) == asked == ask_again(stranger, text=f" {WORDS}\r\n")
    assert (HelpThread.select().count(), HelpMessage.select().count()) == (1, 1)
    assert HelpThread.get().name == STRANGER["name"]
    # Not for whoever happens to ask the same, nor where something else was written.
    seen = {asked, ask_again(other), ask_again(stranger, address="m@example.ru")}
    assert len(seen) == HelpThread.select().count() == 3
    answer(visit(town.administrator))
    assert ask_again(stranger) not in seen
    assert HelpThread.select().count() == 4


def test_without_an_account_a_code_opens_the_thread(town, visit):
    stranger = visit()
    page = stranger.get("/help/ask?school=school-2")
    thread = arrive(stranger, stranger.send(page, text=WORDS, **STRANGER))
    code = thread.root.xpath("//strong")[0].text
    assert code not in "".join(row.code_hash for row in HelpThread.select())
    answer(visit(town.administrator))
    assert "Скажите классному" in stranger.get(thread.address).words

    letter = Letter.get(Letter.kind == "help_answer")
    assert (letter.address, letter.to_name) == (STRANGER["address"], STRANGER["name"])
    assert "Скажите классному" in str(read_blocks(letter.body))
    # It is the stranger's, and not among the administrator's own.
    assert find_letter(letter.id).line.to_whom == STRANGER["name"]
    assert not [x for x in list_own_letters(town.administrator.id) if x.line.kind == "help_answer"]

    other = visit()
    other.get(thread.address, status=404)
    wrong = other.send(other.get("/help/questions"), status=422, code="K7MX-4PHT-92C6")
    assert "Такого вопроса нет" in check_came_back(wrong, "code", "K7MX-4PHT-92C6")
    opened = arrive(other, other.send(wrong, code=code.lower().replace("-", " ")))
    assert "Скажите классному" in opened.words
    # The code itself was shown once, where it was made.
    assert code not in opened.words
    other.send(opened, form="/help/questions", text="Спасибо")
    assert HelpMessage.select().count() == 3


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"school": ""}, "school", "Выберите школу"),
        ({"school": "999"}, "school", "Выберите школу"),
        ({"name": " "}, "name", "как к вам обращаться"),
        ({"name": "я" * 151}, "name", "150 букв"),
        ({"address": "maria"}, "address", "имя@example.ru"),
        ({"way": "phone", "address": "позвоните"}, "address", "номер цифрами"),
        ({"text": ""}, "text", "несколько слов"),
        ({"text": "я" * 4001}, "text", "4001 букв"),
        ({"csrf_token": "old"}, "text", "устарела"),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(town, visit, fields, field, said):
    stranger = visit()
    typed = {"school": str(town.school.id), "text": WORDS, **STRANGER, **fields}
    page = stranger.send(stranger.get("/help/ask"), status=422, **typed)
    assert said in complaints(page)[field]
    sent, choices = page.fields(), ("school", "csrf_token")
    assert {k: sent[k] for k in typed if k not in choices} == {
        k: v for k, v in typed.items() if k not in choices
    }
    assert HelpThread.select().count() == 0


def test_a_machine_is_held_up_and_loses_nothing(town, visit):
    stranger = visit()
    fields = {"school": str(town.school.id), **STRANGER}
    for number in range(6):
        ask(stranger, **fields, text=f"Вопрос {number}")
    page = ask(stranger, status=429, **fields)
    assert int(page.headers["Retry-After"]) > 0
    assert page.fields()["text"] == WORDS
    # Somebody who is signed in is counted for themselves.
    ask(visit(town.mother))
    # The address is nobody's to read back.
    assert not any("127.0.0.1" in row.key for row in Throttle.select())


def test_only_that_school_sees_it(app, town, visit):
    mother = visit(town.mother)
    thread_id = ask(mother).headers["Location"].rsplit("/", 1)[1]
    for who in (town.father, town.teacher, town.other_mother, town.administrator):
        visit(who).get(f"/help/questions/{thread_id}", status=404)
    visit().get(f"/help/questions/{thread_id}", status=404)
    # A mother has no other school to ask.
    page = mother.get("/help/ask")
    assert [o.text for o in page.root.xpath("//select/option")] == ["СОШ № 2"]
    page = mother.send(page, status=422, school=str(town.other_school.id), text=WORDS)
    assert "school" in complaints(page)


def test_an_answer_outlives_the_session(app, town, visit):
    ask(visit(town.mother))
    thread_id = HelpThread.get().id
    admin = open_session(app, town.administrator, ends_at=clock.now() + timedelta(hours=1))
    page = admin.get(f"/office/help/{thread_id}")
    Session.update(ends_at=clock.now()).execute()
    admin.send(page, form=0, text="Длинный ответ")
    assert HelpMessage.select().count() == 1
    again = open_session(app, town.administrator).get(f"/office/help/{thread_id}")
    assert again.fields(0)["text"] == "Длинный ответ"


def test_a_strangers_question_is_forgotten_after_a_year(town, visit):
    ask(visit(), school=str(town.school.id), **STRANGER)
    ask(visit(town.mother))
    later = clock.now() + STRANGERS_KEPT + timedelta(days=1)
    # What nobody answered stays.
    assert forget_strangers(later) == 0
    HelpThread.update(state="closed", open_since=None).execute()
    assert forget_strangers(later - timedelta(days=2)) == 0
    assert forget_strangers(later) == 1
    assert [t.person_id for t in HelpThread.select()] == [town.mother.id]
    assert HelpMessage.select().count() == 1


def test_the_letter_goes_where_it_was_asked_for(town, visit):
    """Sent by the outbox's own sweep: greeting and address are the stranger's."""
    ask(visit(), school=str(town.school.id), **STRANGER)
    answer(visit(town.administrator))
    Contact.create(
        person=town.administrator, kind="email", address="admin@example.ru",
        entered_at=clock.now(), confirmed_at=clock.now(),
    )  # fmt: skip
    _, (due,) = claim(clock.now() + timedelta(seconds=1), "example.ru")
    assert (due.to, due.to_name) == (STRANGER["address"], STRANGER["name"])
