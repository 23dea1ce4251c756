"""H21: a line that drops in the middle of a form, then «Back», «Forward» and a reload. What
was typed is in the fields again, for its person alone; sent once more it is there once."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page, expect

from school import clock
from school.actions.history import Act
from school.actions.questions import NewQuestion, ask_question
from school.database import database, ensure_connection, open_database
from school.models import (
    Excuse,
    HelpMessage,
    HelpThread,
    Homework,
    Person,
    Remark,
    ServiceRequest,
    Visit,
    Work,
    WorkKind,
)
from school.rules.questions import BY_PAGE
from tests.browser.conftest import Device
from tests.serving.client import COOKIE, open_session
from tests.serving.proxy import GOOD, Fate, Plan, Proxy, proxy_in_a_thread
from tests.town import Town, today

pytestmark = pytest.mark.requirement("H21")

SOON = timedelta(days=1)


@dataclass
class Cuts(Plan):
    """Accidents that a test names, the next requests'."""

    fates: list[Fate] = field(default_factory=list)

    def next(self) -> Fate:
        return self.fates.pop(0) if self.fates else GOOD


@dataclass
class Line:
    """Somebody's browser behind a line that drops when it is told to."""

    device: Device
    proxy: Proxy
    cuts: Cuts

    @property
    def page(self) -> Page:
        return self.device.page

    def open(self, path: str) -> None:
        self.device.open(path)

    def sign_in(self, person: Person) -> None:
        cookie = {"name": COOKIE, "value": open_session(person), "url": self.device.url}
        self.device.context.add_cookies([cookie])

    def lose(self, press: str, *fates: Fate) -> None:
        """Press a button while the line drops; the browser tries the same again sometimes."""
        self.cuts.fates = list(fates)
        self.page.get_by_role("button", name=press, exact=True).first.click()
        self.page.wait_for_url("chrome-error://**")
        self.cuts.fates = []


@pytest.fixture
def on_a_line(device, server, town, served_sqlite) -> Iterator[Callable[..., Line]]:
    open_database(served_sqlite)
    ensure_connection()
    address = urlsplit(server.url)
    cuts = Cuts(1, 0)
    with proxy_in_a_thread(address.hostname, address.port, cuts) as proxy:

        def sit_down(person: Person | None = None, **options: bool) -> Line:
            made = device(360, **options)
            made.url = f"http://127.0.0.1:{proxy.port}"
            line = Line(made, proxy, cuts)
            lines.append(line)
            if person:
                line.sign_in(person)
            return line

        lines: list[Line] = []
        yield sit_down
        for line in lines:
            heard = line.device.complaints
            heard[:] = [said for said in heard if "net::ERR_" not in said]
    database.close()


def count(model: type) -> int:
    database.close()
    ensure_connection()
    return int(model.select().count())


#: (Cut in its body it is no request either: tests/serving/test_slow_clients.py.)
CUT = Fate("request is cut", sent=0.1)
LOST = Fate("answer is lost", answered=0.0)
HALF = Fate("answer is cut", answered=0.05)


@dataclass
class Form:
    """A form that somebody fills in: where, what, and what it makes."""

    who: str
    path: Callable[[Town], str]
    typed: dict[str, str]
    press: str
    model: type
    chosen: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Town], None] = lambda town: None

    #: The same page opened again is for another one.
    starts_empty: bool = True
    #: Untouched it can be sent, and says something: «болеет, сегодня».
    is_whole_untouched: bool = False

    @property
    def text(self) -> str:
        """The field of the longest text."""
        return max(self.typed, key=lambda name: len(self.typed[name]))


def asked(town: Town) -> None:
    new = NewQuestion(town.school.id, "Почему нет отметок?", BY_PAGE, person_id=town.mother.id)
    act = Act(clock.now(), town.mother.id, "r")
    ask_question(new, request_id="asked", throttle="asked", act=act)


def kind_of_work(town: Town) -> None:
    if not WorkKind.select().count():
        WorkKind.create(school=town.school, name="Диктант")


FORMS = {
    "request": Form(
        "mother", lambda town: "/account/requests/new", {"words": "Отметки за сентябрь"},
        "Отправить и зарегистрировать", ServiceRequest, {"kind": "written_information"},
    ),
    "excuse": Form(
        "mother", lambda town: f"/diary/{town.pupil.id}/attendance/excuse",
        {"from_on": f"{today() + SOON:%d.%m.%Y}", "words": "Температура"}, "Сообщить", Excuse,
        {"reason": "ill"}, is_whole_untouched=True,
    ),
    "question": Form(
        "mother", lambda town: "/help/ask", {"text": "Почему нет отметок?"}, "Отправить",
        HelpMessage,
    ),
    "remark": Form(
        "deputy_head", lambda town: f"/oversight/schools/{town.school.id}/remarks/new",
        {"text": "Нет тем с 3 ноября", "due_on": f"{today() + SOON:%d.%m.%Y}"},
        "Записать замечание", Remark, {"group": "1"},
    ),
    "one's own question": Form(
        "mother", lambda town: f"/help/questions/{HelpThread.get().id}",
        {"text": "И ещё: где расписание?"}, "Отправить", HelpMessage, prepare=asked,
    ),
    "work": Form(
        "teacher", lambda town: f"/gradebook/lessons/{town.lesson.id}/works",
        {"title": "Диктант № 2"}, "Добавить работу", Work, prepare=kind_of_work,
    ),
    "visit": Form(
        "administrator", lambda town: "/visits/", {"visitor": "Бабушка Королёва Фёдора"},
        "Пришёл, ждёт", Visit,
    ),
    "lesson": Form(
        "teacher", lambda town: f"/gradebook/lessons/{town.lesson.id}",
        {"topic": "Сложение дробей", "homework": "№ 5, 6"}, "Сохранить", Homework,
        starts_empty=False,
    ),
}  # fmt: skip


def back_to(line: Line, path: str) -> None:
    with suppress(Error):  # one error page after another is no navigation to it
        line.page.go_back()
    line.page.wait_for_timeout(200)
    if urlsplit(line.page.url).path != path:
        line.open(path)


def waiting(page: Page) -> list[str]:
    """What is kept of forms; not the numbers of those that were sent, which are no words."""
    names: list[str] = page.evaluate("Object.keys(sessionStorage)")
    return [name for name in names if not name.startswith("typed !")]


def fill(page: Page, form: Form) -> None:
    for name, value in form.chosen.items():
        found = page.locator(f"[name={name}]").first
        if found.evaluate("e => e.tagName") == "SELECT":
            found.select_option(value)
        else:
            page.locator(f"[name={name}][value={value}]").check()
    for name, text in form.typed.items():
        page.locator(f"[name={name}]").fill(text)


def assert_typed(page: Page, form: Form) -> None:
    for name, text in form.typed.items():
        expect(page.locator(f"[name={name}]")).to_have_value(text)
    for name, value in form.chosen.items():
        found = page.locator(f"[name={name}]").first
        if found.evaluate("e => e.tagName") == "SELECT":
            expect(found).to_have_value(value)
        else:
            expect(page.locator(f"[name={name}][value={value}]")).to_be_checked()


#: The others are in tests/soak/test_typed_soak.py.
@pytest.mark.parametrize("name", ["request", "lesson"])
def test_what_was_typed_is_there_after_the_line_dropped(on_a_line, town, name):
    check_typed(on_a_line, town, FORMS[name])


def check_typed(on_a_line: Callable[..., Line], town: Town, form: Form) -> None:
    form.prepare(town)
    before = count(form.model)
    line = on_a_line(town.people[form.who])
    page = line.page
    line.open("/account")
    line.open(form.path(town))
    fill(page, form)
    line.lose(form.press, *[CUT] * 6)
    assert count(form.model) == before
    # A browser's error page stands in the place of a form that is sent to its own address: «Back»
    # leads past it, and the form is opened anew.
    back_to(line, form.path(town))
    assert_typed(page, form)
    with suppress(Error):  # «Confirm the resubmission»: net::ERR_CACHE_MISS
        page.go_forward()
    back_to(line, form.path(town))
    assert_typed(page, form)
    expect(page.locator("main")).to_contain_text("ещё не отправлено")
    # It arrives, and nobody is told.
    line.lose(form.press, *([LOST, HALF] * 3))
    assert count(form.model) == before + 1
    back_to(line, form.path(town))
    assert_typed(page, form)
    with page.expect_navigation():
        page.get_by_role("button", name=form.press, exact=True).first.click()
    page.wait_for_load_state()
    assert waiting(page) == []
    assert count(form.model) == before + 1
    line.open(form.path(town))
    if form.starts_empty:
        expect(page.locator(f"[name={form.text}]")).to_have_value("")


def test_what_was_typed_is_its_persons_alone_and_ends_with_the_sign_out(on_a_line, town):
    line = on_a_line(town.mother)
    page, path = line.page, "/account/requests/new"
    words = page.locator("[name=words]")

    def type_something() -> None:
        line.open(path)
        words.fill("Отметки за сентябрь")
        words.blur()

    type_something()
    line.open("/account")
    line.open(path)
    expect(words).to_have_value("Отметки за сентябрь")
    # Thrown away by its person.
    page.get_by_role("button", name="Очистить").click()
    expect(words).to_have_value("")
    expect(page.get_by_role("button", name="Очистить")).to_have_count(0)
    # Somebody else at the same screen, the session having ended by itself.
    type_something()
    line.sign_in(town.father)
    line.open(path)
    expect(words).to_have_value("")
    assert waiting(page) == []
    line.sign_in(town.mother)
    line.open(path)
    expect(words).to_have_value("")
    # Signed out.
    type_something()
    line.open("/sign-out")
    page.get_by_role("button", name="Выйти").click()
    page.wait_for_url("**/sign-in")
    assert waiting(page) == []


def test_a_form_that_came_back_with_an_error_loses_nothing_either(on_a_line, town):
    line = on_a_line(town.mother)
    page = line.page
    line.open(f"/diary/{town.pupil.id}/attendance/excuse")
    page.locator("[name=words]").fill("Температура")
    page.locator("[name=from_on]").fill("вчера")
    page.get_by_role("button", name="Сообщить").click()
    page.wait_for_url("**/excuse")
    expect(page.locator("h1")).to_be_visible()
    assert page.title().startswith("Ошибка")
    page.locator("[name=from_on]").fill(f"{today() + SOON:%d.%m.%Y}")
    page.locator("[value=ill]").check()
    line.lose("Сообщить", *[CUT] * 6)
    back_to(line, f"/diary/{town.pupil.id}/attendance/excuse")
    expect(page.locator("[name=words]")).to_have_value("Температура")
    expect(page.locator("[name=from_on]")).to_have_value(f"{today() + SOON:%d.%m.%Y}")
    with page.expect_navigation():
        page.get_by_role("button", name="Сообщить").click()
    assert waiting(page) == []
    assert count(Excuse) == 1
