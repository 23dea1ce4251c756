"""What stays in a browser and what does not: own devices, shared ones, signing out, htmx."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from school import clock
from school.models import Session
from tests.browser.conftest import Device
from tests.browser.wire import Listener
from tests.chromium import FLAGS, WHOLE_CHROMIUM
from tests.town import PASSWORD, Town, make_lesson, today

WEEK = timedelta(days=7)
TOPIC, NEXT_TOPIC = "Признаки делимости", "Теорема Пифагора"
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@pytest.fixture
def week(town: Town, server: Any) -> str:
    """The address of this week; a lesson in it and one in the next have topics."""
    monday = today() - timedelta(days=today().weekday())
    for held_on, topic in ((monday, TOPIC), (monday + WEEK, NEXT_TOPIC)):
        make_lesson(town.group, town.teacher, held_on, 7, topic=topic)
    return f"/diary/{town.pupil.id}/week/{monday}"


def sign_in(page: Page, url: str, *, own_device: bool) -> None:
    page.goto(url + "/sign-in")
    fill_in_sign_in(page, own_device=own_device)
    expect(page.get_by_role("link", name="Выйти")).to_be_visible()


def fill_in_sign_in(page: Page, *, own_device: bool) -> None:
    page.get_by_label("Логин").fill("mother")
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    if own_device:
        page.get_by_label("Мой телефон").check()
    page.get_by_role("button", name="Войти").click()


def sign_out(page: Page) -> None:
    page.get_by_role("link", name="Выйти").first.click()
    page.get_by_role("button", name="Выйти").click()
    expect(page.get_by_text("Вы вышли")).to_be_visible()


def open_week(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_text(TOPIC)).to_be_visible()


def in_cache(page: Page, address: str) -> bool:
    """Whether this browser could show an address without asking anybody."""
    found = page.evaluate(
        """(address) => fetch(address, {cache: 'only-if-cached', mode: 'same-origin'})
        .then((answer) => answer.ok, () => false)""",
        address,
    )
    return bool(found)


@pytest.fixture
def mother(device: Callable[..., Device]) -> Callable[..., Device]:
    """A browser in which the mother is signed in."""

    def open_device(*, own_device: bool, script: bool = True) -> Device:
        made = device(script=script)
        sign_in(made.page, made.url, own_device=own_device)
        return made

    return open_device


# On one's own device.


@SCRIPT
def test_on_an_own_device_an_unchanged_week_is_304(mother, week, script):
    phone = mother(own_device=True, script=script)
    wire = Listener(phone.page)
    open_week(phone.page, phone.url + week)
    [first] = wire.asked(week)
    assert first.status == 200
    assert "if-none-match" not in first.headers
    assert first.answered["cache-control"] == "private, no-cache"

    phone.page.goto("about:blank")
    wire.forget()
    open_week(phone.page, phone.url + week)
    [second] = wire.asked(week)
    assert second.headers.get("if-none-match") == first.answered["etag"]
    assert second.status == 304


def test_on_an_own_device_a_new_entry_is_shown(mother, week, town):
    """The other half of 304: what changed is not taken from the cache."""
    phone = mother(own_device=True)
    open_week(phone.page, phone.url + week)
    teacher = phone.context.browser.new_context(java_script_enabled=False)
    try:
        page = teacher.new_page()
        page.goto(phone.url + "/sign-in")
        page.get_by_label("Логин").fill("teacher")
        page.get_by_label("Пароль", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Войти").click()
        page.goto(f"{phone.url}/gradebook/lessons/{town.lesson.id}")
        page.get_by_label("Тема урока").fill("Новая тема")
        page.get_by_role("button", name="Сохранить").click()
        expect(page.get_by_text("Сохранено:")).to_be_visible()
    finally:
        teacher.close()
    wire = Listener(phone.page)
    open_week(phone.page, phone.url + week)
    [asked] = wire.asked(week)
    assert asked.status == 200
    expect(phone.page.get_by_text("Новая тема")).to_be_visible()


# The back button after sign-out.


@pytest.fixture(params=[False, True], ids=["HTTP cache", "back cache"])
def browser(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Chromium without and with its back cache, which keeps whole pages for the back button.
    People have it; Playwright switches it off unless it is told not to."""
    if not request.param:
        yield chromium
        return
    made = chromium.browser_type.launch(
        executable_path=str(WHOLE_CHROMIUM),
        args=FLAGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield made
    made.close()


def come_back_after_sign_out(
    browser: Browser, url: str, week: str, *, own_device: bool, script: bool
) -> Page:
    """Sign in, read the week, sign out, press «Назад» twice: past the sign-out page."""
    page = browser.new_context(java_script_enabled=script).new_page()
    sign_in(page, url, own_device=own_device)
    open_week(page, url + week)
    if script:
        assert in_cache(page, week) == own_device
    sign_out(page)
    for _ in range(2):
        # Of a page that comes out of the back cache Playwright does not see that it is loaded.
        with suppress(Error):
            page.go_back(wait_until="commit", timeout=2000)
        page.wait_for_timeout(300)
    return page


def assert_the_sign_in_page_is_shown(page: Page) -> None:
    expect(page.get_by_label("Пароль", exact=True)).to_be_visible()
    expect(page.get_by_text(TOPIC)).to_have_count(0)
    assert TOPIC not in page.content()


def test_on_an_own_device_the_back_button_shows_no_diary_after_sign_out(browser, server, week):
    page = come_back_after_sign_out(browser, server.url, week, own_device=True, script=True)
    assert_the_sign_in_page_is_shown(page)
    page.context.close()


@SCRIPT
def test_on_a_shared_device_the_back_button_shows_no_diary_after_sign_out(
    browser, server, week, script
):
    page = come_back_after_sign_out(browser, server.url, week, own_device=False, script=script)
    assert_the_sign_in_page_is_shown(page)
    page.context.close()


# On a shared device.


@SCRIPT
def test_on_a_shared_device_nothing_is_kept(mother, week, script):
    desk = mother(own_device=False, script=script)
    wire = Listener(desk.page)
    for _ in range(2):
        wire.forget()
        open_week(desk.page, desk.url + week)
        [asked] = wire.asked(week)
        assert asked.status == 200
        assert asked.answered["cache-control"] == "no-store, no-cache"
        assert "etag" not in asked.answered
        assert "if-none-match" not in asked.headers
    if script:
        assert not in_cache(desk.page, week)
        # The browser says so itself, in red.
        assert all("ERR_CACHE_MISS" in said or week in said for said in desk.complaints)
        desk.complaints.clear()


# Anywhere.


def test_static_files_are_fetched_once(device, week):
    desk = device()
    wire = Listener(desk.page)
    sign_in(desk.page, desk.url, own_device=False)
    first = wire.asked("/static/")
    assert len(first) >= 3, "style and scripts"
    assert len({asked.url for asked in first}) == len(first)
    assert {asked.status for asked in first} == {200}
    wire.forget()
    open_week(desk.page, desk.url + week)
    assert wire.asked("/static/") == []
    assert [asked.status for asked in wire.asked(week)] == [200]


# htmx.


def next_week(page: Page) -> None:
    page.get_by_role("link", name="Следующая неделя").click()


def following(week: str) -> str:
    """The address of the week after."""
    start, _, monday = week.rpartition("/")
    return f"{start}/{date.fromisoformat(monday) + WEEK}"


def test_htmx_brings_the_next_week_in_one_request(mother, week):
    phone = mother(own_device=True)
    page = phone.page
    open_week(page, phone.url + week)
    before = page.title()
    page.evaluate("document.getElementById('said').wasHere = true")
    wire = Listener(page)

    next_week(page)
    expect(page.get_by_text(NEXT_TOPIC)).to_be_visible()

    [asked] = wire.asked()
    assert asked.headers.get("hx-request") == "true"
    assert asked.url == phone.url + following(week)
    assert asked.status == 200
    expect(page).to_have_url(phone.url + following(week))
    heading = page.locator("main h1")
    expect(heading).to_be_focused()
    assert page.title() == f"{heading.inner_text()} — Листок" != before
    said = page.locator("#said")
    expect(said).to_contain_text(heading.inner_text())
    # A live region speaks only where it was on the page before.
    assert said.evaluate("(region) => region.wasHere === true && region.ariaLive === 'polite'")
    expect(page.get_by_text(TOPIC)).to_have_count(0)


def test_back_shows_the_week_before_and_nothing_lies_in_storage(mother, week):
    phone = mother(own_device=True)
    page = phone.page
    open_week(page, phone.url + week)
    title = page.title()
    next_week(page)
    expect(page.get_by_text(NEXT_TOPIC)).to_be_visible()
    stored = "[localStorage.length, sessionStorage.length]"
    assert page.evaluate(stored) == [0, 0]

    page.go_back()
    expect(page.get_by_text(TOPIC)).to_be_visible()
    expect(page.get_by_text(NEXT_TOPIC)).to_have_count(0)
    expect(page).to_have_url(phone.url + week)
    expect(page).to_have_title(title)
    expect(page.get_by_role("link", name="Выйти")).to_be_visible()  # the whole page
    assert page.evaluate(stored) == [0, 0]

    page.go_forward()
    expect(page.get_by_text(NEXT_TOPIC)).to_be_visible()
    assert page.evaluate(stored) == [0, 0]


def test_a_click_after_the_session_ended_leads_over_the_sign_in_to_the_page(mother, week):
    phone = mother(own_device=True)
    page = phone.page
    open_week(page, phone.url + week)
    assert Session.update(ends_at=clock.now() - timedelta(minutes=1)).execute()
    wire = Listener(page)

    next_week(page)
    expect(page.get_by_label("Пароль", exact=True)).to_be_visible()
    first = wire.asked()[0]
    assert (first.headers.get("hx-request"), first.status) == ("true", 401)
    # Chromium notes every 401 in its console.
    assert all("401" in said for said in phone.complaints), phone.complaints
    phone.complaints.clear()

    fill_in_sign_in(page, own_device=True)
    expect(page.get_by_text(NEXT_TOPIC)).to_be_visible()
    expect(page).to_have_url(phone.url + following(week))
