"""All forms of tests/browser/test_typed.py on a line that drops, pressed twice, after «Back»."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

from school import clock
from school.actions.importing.uploads import sweep_imports
from school.models import Account, ImportRun, Person
from tests.blueprints.invited import invite, new_family
from tests.browser.conftest import device, server, town
from tests.browser.test_pressed_again import press_twice, settle, sit_down
from tests.browser.test_typed import CUT, FORMS, back_to, check_typed, count, on_a_line
from tests.serving.running import wait_until

__all__ = ["device", "on_a_line", "server", "sit_down", "town"]

pytestmark = pytest.mark.requirement("H21")


@pytest.mark.parametrize("name", FORMS)
def test_what_was_typed_is_there_after_the_line_dropped(on_a_line, town, name):
    check_typed(on_a_line, town, FORMS[name])


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("script", [True, False])
def test_a_button_pressed_twice_and_after_back(sit_down, town, name, script):
    press_twice(sit_down(FORMS[name].who, script=script), town, FORMS[name])


def test_back_in_the_middle_of_a_registration(on_a_line, town):
    """The code is there after the line dropped; one account, whatever is pressed again."""
    family = new_family(town)
    code = invite(town, family.mother, family.pupil)
    line = on_a_line()
    page = line.page
    line.open("/sign-in")
    line.open("/invitation")
    page.locator("[name=code]").fill(code)
    line.lose("Дальше", *[CUT] * 6)
    back_to(line, "/invitation")
    expect(page.locator("[name=code]")).to_have_value(code)
    page.get_by_role("button", name="Дальше").click()
    page.wait_for_url("**/registration")
    login = page.locator("[name=login]").input_value()
    page.go_back()
    page.go_forward()
    for name in ("password", "again"):
        page.locator(f"[name={name}]").fill("тихий самовар у окна")
    assert "самовар" not in page.evaluate("JSON.stringify(sessionStorage)")
    before = count(Account)
    page.get_by_role("button", name="Зарегистрироваться").dblclick()
    wait_until(lambda: count(Account) > before, 20, "an account")
    settle(page)
    assert count(Account) == before + 1
    expect(page.locator("header")).to_contain_text("Выйти")
    with suppress(Error):
        page.go_back()
    settle(page)
    again = page.get_by_role("button", name="Зарегистрироваться")
    if again.count():
        again.click()
        settle(page)
    expect(page.locator("#said, #errors, main h1").first).to_be_visible()
    assert count(Account) == before + 1
    assert Account.get(Account.person == family.mother).login == login
    assert code not in page.evaluate("JSON.stringify(sessionStorage)")


def test_back_in_the_middle_of_an_import(sit_down, town, tmp_path):
    page = sit_down("administrator", script=True)
    url = page.url.split("/help")[0]
    rows = "ФИО;Дата рождения;Класс\nНовиков Илья;03.02.2014;7А\n"
    file = {"name": "Ученики.csv", "mimeType": "text/csv", "buffer": rows.encode("cp1251")}
    before = count(Person)

    def sweep() -> None:
        sweep_imports(tmp_path / "data", "test", clock.now())

    page.goto(f"{url}/office/schools/{town.school.id}/imports")
    page.locator("#files").set_input_files([file])
    page.get_by_role("button", name="Проверить").dblclick()
    wait_until(lambda: count(ImportRun) > 0, 20, "an import")
    settle(page)
    assert count(ImportRun) == 1
    page.go_back()
    settle(page)
    page.get_by_role("button", name="Проверить").click()
    settle(page)
    # The browser has forgotten the file, and says so; or it is the same form.
    assert count(ImportRun) == 1
    sweep()
    page.goto(f"{url}/office/imports/{ImportRun.get().id}")
    page.get_by_role("button", name="Записать в дневник").dblclick()
    settle(page)
    sweep()
    page.go_back()
    settle(page)
    again = page.get_by_role("button", name="Записать в дневник")
    if again.count():
        again.click()
        settle(page)
        sweep()
    assert count(Person) == before + 1
    assert ImportRun.get().state == "done"
