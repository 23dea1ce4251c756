"""A keyboard without a pointer, a pointer without a keyboard, and 400 % in the grid.

Letters of an on-screen keyboard come as input, without any key: `insert_text`.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from school.database import database, ensure_connection, open_database
from school.models import Attendance, Excuse, Mark, StudyPeriod
from tests.serving.client import COOKIE, open_session
from tests.town import PASSWORD, today, year_start

pytestmark = pytest.mark.requirement("H20")

MOST_TABS = 60


@pytest.fixture
def database_open(served_sqlite):
    open_database(served_sqlite)
    ensure_connection()
    yield
    database.close()


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on what is called so, as a person without a pointer does."""
    wanted = """
    function (words) {
      var e = document.activeElement;
      var names = [e.textContent, e.getAttribute('aria-label'), e.value];
      (e.labels ? Array.from(e.labels) : []).forEach(function (l) { names.push(l.textContent); });
      return names.some(function (n) { return n && n.trim().indexOf(words) === 0; });
    }"""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(wanted, words) and page.evaluate("document.activeElement.tabIndex >= 0"):
            return
    raise AssertionError(f"«{words}» was not reached by {MOST_TABS} times Tab on {page.url}")


def click_on(page: Page, words: str, role: str = "link") -> None:
    """Press at the place on the screen where it is, as a finger does."""
    found = page.get_by_role(role, name=words).first
    found.scroll_into_view_if_needed()
    box = found.bounding_box()
    assert box is not None, words
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_family_needs_no_pointer(town, device, database_open):
    """Sign in, change the look, read the week and the next, report an absence: by keys alone."""
    made = device(1024, 768)
    page, keys = made.page, made.page.keyboard
    made.open("/sign-in")
    tab_to(page, "Логин")
    keys.insert_text("mother")
    tab_to(page, "Пароль")
    keys.insert_text(PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/news")
    tab_to(page, "Неделя")
    keys.press("Enter")
    page.wait_for_url("**/week/*")
    week = page.url
    tab_to(page, "Следующая неделя")
    keys.press("Enter")
    page.wait_for_url(lambda url: "/week/" in url and url != week)
    # With htmx the focus is on the new heading; from there Tab goes on in the new page.
    expect(page.locator("main h1")).to_be_focused()
    tab_to(page, "Посещаемость")
    keys.press("Enter")
    page.wait_for_url("**/attendance")
    tab_to(page, "Сообщить об отсутствии")
    keys.press("Enter")
    page.wait_for_url("**/excuse")
    keys.press("Tab")
    tab_to(page, "С какого дня")
    keys.press("Control+a")
    keys.insert_text(f"{today() + timedelta(days=1):%d.%m.%Y}")
    tab_to(page, "Сообщить")
    keys.press("Enter")
    expect(page.locator("#said")).to_contain_text("Сообщение у классного руководителя")
    assert Excuse.select().count() == 1


def test_a_teacher_needs_no_keyboard(town, device, database_open):
    """A mark, an absence, «посещаемость отмечена», hiding and locking the screen: by a pointer
    and an on-screen keyboard, in a lesson's register."""
    made = device(1024, 768)
    value = open_session(town.teacher)
    made.context.add_cookies([{"name": COOKIE, "value": value, "url": made.url}])
    page = made.page
    made.open("/gradebook/")
    click_on(page, "Алгебра, 7А")
    page.wait_for_url("**/lessons/*")
    saved = page.locator("#unsaved")
    for name, text in ((f"mark-{town.pupil.id}", "5"), (f"attendance-{town.classmate.id}", "н")):
        page.locator(f"#{name}").scroll_into_view_if_needed()
        page.locator(f"#{name}").click()
        page.keyboard.insert_text(text)
        page.locator("h1").click()
        expect(saved).to_have_text("Всё сохранено")
    click_on(page, "Посещаемость отмечена", "checkbox")
    click_on(page, "Сохранить", "button")
    expect(page.locator("#said")).to_contain_text("охранено")
    assert [mark.value for mark in Mark.select()] == ["5"]
    assert [row.code for row in Attendance.select()] == ["н"]
    click_on(page, "Скрыть с экрана", "button")
    expect(page.locator("main")).to_be_hidden()
    page.mouse.click(200, 200)
    expect(page.locator("main")).to_be_visible()
    click_on(page, "Заблокировать экран", "button")
    page.wait_for_url("**/locked**")


def test_the_grid_at_four_hundred_per_cent(town, device, database_open):
    """1280 × 1024 at 400 % is a screen of 320 × 256: the page does not scroll sideways, the grid
    does within itself; the cell that is typed in is seen, and every pupil has a list instead."""
    StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1 четверть",
        from_grade=5, until_grade=9, from_on=year_start(), until_on=today() + timedelta(days=30),
    )  # fmt: skip
    made = device(320, 256)
    value = open_session(town.teacher)
    made.context.add_cookies([{"name": COOKIE, "value": value, "url": made.url}])
    page = made.page
    made.open(f"/gradebook/groups/{town.group.id}")
    made.fits()
    for lesson in (town.yesterday, town.lesson, town.tomorrow):
        cell = page.locator(f"#cell-{town.classmate.id}-{lesson.id}")
        if not cell.count():
            continue
        cell.focus()
        hidden = page.evaluate(COVERED)
        assert hidden == "", f"{lesson.held_on}: {hidden}"
    page.keyboard.insert_text("4")
    page.keyboard.press("Enter")
    expect(page.locator("#unsaved")).to_have_text("Всё сохранено")
    click_on(page, "Королёв Фёдор")
    page.wait_for_url("**/pupils/*")
    made.fits()


#: What lies over the middle of the focused cell, or keeps it off the screen.
COVERED = """
(function () {
  var e = document.activeElement, box = e.getBoundingClientRect();
  var x = box.left + box.width / 2, y = box.top + box.height / 2;
  if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) {
    return 'off the screen: ' + x + ', ' + y;
  }
  var top = document.elementFromPoint(x, y);
  return top === e ? '' : 'under ' + top.tagName + ' ' + top.className;
})()
"""
