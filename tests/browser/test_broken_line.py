"""H21: a line that drops in the middle of a form that is sent whole. What was typed is still there
one step back; what was saved is said, and is not there twice. (Registers, the grid and results save
by themselves: tests/serving/test_bad_line.py; they are on such a line in test_register_keys.py.)"""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from school.database import database, ensure_connection, open_database
from school.models import Excuse, Mark, ServiceRequest
from tests.serving.client import COOKIE, open_session
from tests.town import today

pytestmark = pytest.mark.requirement("H21")


def lose(page: Page, press: str, *, arrives: bool) -> None:
    """Press a button while the line drops: before the form arrives, or before its answer does."""

    def drop(route: Route) -> None:
        if route.request.method == "POST":
            if arrives:
                route.fetch(max_redirects=0)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/*", drop)
    page.get_by_role("button", name=press, exact=True).click()
    page.wait_for_url("chrome-error://**")
    page.unroute("**/*")


def count(model: type) -> int:
    database.close()
    ensure_connection()
    return int(model.select().count())


@pytest.fixture
def mother(device, town, served_sqlite):
    open_database(served_sqlite)
    ensure_connection()
    made = device(360)
    value = open_session(town.mother)
    made.context.add_cookies([{"name": COOKIE, "value": value, "url": made.url}])
    yield made
    made.complaints[:] = [said for said in made.complaints if "ERR_CONNECTION_RESET" not in said]
    database.close()


def test_forms_on_a_line_that_drops(mother, town):
    """The browser's own «try again» sends the very same form, whether it had arrived or not."""
    page = mother.page
    mother.open("/account/requests/new")
    page.get_by_label("Что вам нужно").select_option("written_information")
    page.get_by_label("Своими словами").fill("Отметки за сентябрь")
    lose(page, "Отправить и зарегистрировать", arrives=False)
    assert count(ServiceRequest) == 0
    page.reload()
    expect(page.locator("h1")).to_contain_text("Заявление № 1")
    expect(page.locator("main")).to_contain_text("Отметки за сентябрь")

    mother.open(f"/diary/{town.pupil.id}/attendance/excuse")
    page.get_by_label("болеет").check()
    page.get_by_label("С какого дня").fill(f"{today() + timedelta(days=1):%d.%m.%Y}")
    page.get_by_label("Что передать").fill("Температура")
    lose(page, "Сообщить", arrives=True)
    assert count(Excuse) == 1
    page.reload()
    expect(page.locator("main")).to_contain_text("Температура")
    assert count(Excuse) == count(ServiceRequest) == 1


def cut(page: Page, part: str, share: float) -> None:
    """Whatever address ends so comes as its first share only."""

    def halve(route: Route) -> None:
        answer = route.fetch()
        body = answer.body()
        route.fulfill(
            status=answer.status,
            headers={"content-type": answer.headers["content-type"]},
            body=body[: int(len(body) * share)],
        )

    page.unroute("**/*")
    page.route(re.compile(part), halve)


def test_a_register_of_which_a_part_came(device, town, served_sqlite):
    """It is plainer, and works; or it has no button, and says of nothing that it is saved."""
    open_database(served_sqlite)
    ensure_connection()
    path = f"/gradebook/lessons/{town.lesson.id}"
    mark, second = f"mark-{town.pupil.id}", f"mark-{town.classmate.id}"
    made = device(320)
    value = open_session(town.teacher)
    made.context.add_cookies([{"name": COOKIE, "value": value, "url": made.url}])
    page = made.page

    cut(page, r"\.(css|js)$", 0.5)
    made.open(path)
    made.fits()
    expect(page.locator("#unsaved")).to_be_empty()
    page.locator(f"#{mark}").fill("4")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator("#said")).to_contain_text("Сохранено: 1 запись")
    assert count(Mark) == 1

    for share in (0.5, 0.9):
        cut(page, path, share)
        made.open(path)
        made.fits()
        if page.locator(f"#{second}").count():
            page.locator(f"#{second}").fill("5")
            page.keyboard.press("Enter")
        assert "сохранено" not in page.locator("body").inner_text().lower()
    page.unroute("**/*")
    page.unroute(re.compile(path))
    made.open(path)
    expect(page.locator(f"#{mark}")).to_have_value("4")
    expect(page.locator(f"#{second}")).to_have_value("")
    assert count(Mark) == 1
    made.complaints.clear()  # of scripts that end in the middle
    database.close()
