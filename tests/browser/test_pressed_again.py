"""Double clicks, and «Back» after a form was sent, then the button again: with script and without.
One effect, a sentence, nothing lost. (Each form of each person twice, without a browser:
tests/soak/test_double_press_soak.py.)"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from school.database import database, open_database
from tests.browser.test_typed import FORMS, Form, count, fill
from tests.serving.client import COOKIE, open_session
from tests.serving.running import wait_until
from tests.town import Town

pytestmark = pytest.mark.requirement("H20")


@pytest.fixture
def sit_down(device, town, served_sqlite) -> Iterator[Callable[..., Page]]:
    """The page of a person's browser."""
    open_database(served_sqlite)

    def of(name: str, *, script: bool) -> Page:
        made = device(360, script=script)
        made.page.goto(made.url + "/help/")
        value = open_session(town.people[name])
        made.context.add_cookies([{"name": COOKIE, "value": value, "url": made.url}])
        page: Page = made.page
        return page

    yield of
    database.close()


def settle(page: Page) -> None:
    """Until what was pressed has been answered: of two presses the first answer is thrown away."""
    page.wait_for_timeout(500)
    page.wait_for_load_state("networkidle")


def press_twice(page: Page, town: Town, form: Form) -> None:
    """A double click, then «Back» and the button again as the form stands."""
    form.prepare(town)
    before = count(form.model)
    url = page.url.split("/help")[0]
    page.goto(url + form.path(town))
    fill(page, form)
    button = page.get_by_role("button", name=form.press, exact=True).first
    button.dblclick()
    wait_until(lambda: count(form.model) > before, 10, form.press)
    settle(page)
    assert count(form.model) == before + 1, f"{form.press}: a double click"
    page.go_back()
    settle(page)
    again = page.get_by_role("button", name=form.press, exact=True).first
    if again.count() and page.url != url + "/help/":
        is_fresh = page.locator(f"[name={form.text}]").input_value() == ""
        if is_fresh and form.is_whole_untouched:
            return
        again.click()
        settle(page)
        assert count(form.model) == before + 1, f"{form.press}: «Back» and again"
        said = page.locator("#errors, #said p, main .error, main h1")
        assert said.count(), page.content()


#: The others are in tests/soak/test_pressed_again_soak.py.
@pytest.mark.parametrize(("name", "script"), [("lesson", True), ("request", False)])
def test_a_button_pressed_twice_and_after_back(sit_down, town, name, script):
    press_twice(sit_down(FORMS[name].who, script=script), town, FORMS[name])
