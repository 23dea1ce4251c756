"""A school begins in Chromium: the wizard, its spreadsheets, the new year; with script and
without, on the narrowest phone."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from school.database import database, ensure_connection
from school.models import Enrolment, Lesson, School, SchoolYear
from tests.browser.conftest import Device
from tests.browser.test_road import PASSWORD
from tests.serving.running import Server
from tests.tired_school import write_tired_school

#: The files are of this school year.
YEAR = 2026


@pytest.fixture
def server(served_sqlite: str, serve: Callable[..., Server]) -> Iterator[Server]:
    """The program on an empty database: nobody's town."""
    database.close()
    yield serve(served_sqlite)
    database.close()


@pytest.fixture
def town() -> None:
    """Nobody lives here yet."""


@pytest.mark.requirement("H22")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_wizard_spreadsheets_and_new_year(device, tmp_path, script):
    admin: Device = device(script=script)
    page = admin.page
    page.set_default_timeout(30_000)
    walk_the_wizard(admin)
    bring_the_school_in(admin, tmp_path, script=script)
    begin_a_year(admin)


def walk_the_wizard(admin: Device) -> None:
    page = admin.page
    admin.open("/setup")
    admin.fits()
    page.get_by_label("Название школы").fill("СОШ № 5")
    page.get_by_label("Короткое имя для адреса").fill("школа пять")
    page.get_by_label("Часовой пояс").select_option("Asia/Yekaterinburg")
    page.get_by_role("button", name="Дальше").click()
    expect(page.get_by_text("нужны латинские буквы").first).to_be_visible()
    page.get_by_label("Короткое имя для адреса").fill("school-5")
    page.get_by_role("button", name="Дальше").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("периоды и люди")
    admin.fits()
    page.get_by_label("Директор").fill("Директорова Тамара Ильинична")
    page.get_by_label("Администратор: фамилия").fill("Кабинетова Зоя Львовна")
    page.get_by_label("Логин администратора").fill("admin5")
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    page.get_by_label("Пароль ещё раз").fill(PASSWORD)
    page.get_by_role("button", name="Завести школу").click()
    expect(page.get_by_text("Школа заведена")).to_be_visible()
    page.get_by_label("Логин").fill("admin5")
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Кабинет администратора")
    admin.fits()


def bring_the_school_in(admin: Device, folder: Path, *, script: bool) -> None:
    page = admin.page
    page.get_by_role("link", name="Таблицы: загрузить и скачать").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Таблицы школы")
    admin.fits()
    files = write_tired_school(folder / "files", faults=False, classes=6, pupils=60)
    page.get_by_label("Файлы", exact=True).set_input_files([str(path) for path in files])
    page.get_by_role("button", name="Проверить").click()
    expect(page.get_by_text("Страницу можно закрыть")).to_be_visible()
    admin.fits()
    # Left and come back to; without script by a link, with it by itself.
    wait_for_state(admin, "есть вопросы|ждёт подтверждения", script=script)
    for _ in range(4):
        heading = page.get_by_role("heading", level=1).inner_text()
        if "есть вопросы" not in heading:
            break
        admin.fits()
        page.get_by_role("button", name="Ответить и проверить дальше").click()
        wait_for_state(admin, "есть вопросы|ждёт подтверждения", script=script)
    admin.fits()
    page.get_by_role("button", name="Записать в дневник").click()
    wait_for_state(admin, "записана", script=script)
    admin.fits()
    expect(page.get_by_role("link", name=re.compile("Скачать список паролей"))).to_be_visible()
    ensure_connection()
    assert Lesson.select().count() > 3000
    database.close()


def wait_for_state(admin: Device, words: str, *, script: bool) -> None:
    """Wait until the import's heading says one of the words; not «проверяется» any more."""
    page = admin.page
    for _ in range(60):
        heading = page.get_by_role("heading", level=1).inner_text()
        if re.search(words, heading):
            return
        page.wait_for_timeout(1000)
        again = page.get_by_role("link", name="Обновить")
        if not script and again.count():
            again.click()
    raise AssertionError(page.get_by_role("main").inner_text())


def begin_a_year(admin: Device) -> None:
    page = admin.page
    # A year is begun when the one before nears its end: let it have ended.
    ensure_connection()
    SchoolYear.update(from_on=date(YEAR - 1, 9, 1), until_on=date(YEAR, 6, 30)).execute()
    Enrolment.update(from_on=date(YEAR - 1, 9, 1)).execute()
    school_id = School.get().id
    database.close()
    admin.open(f"/office/schools/{school_id}/new-year")
    admin.fits()
    expect(page.get_by_text("станет 2А").first).to_be_attached()
    page.get_by_role("button", name="Начать новый год").click()
    expect(page.get_by_text("Новый учебный год начат")).to_be_visible()
    admin.fits()
    page.get_by_role("button", name="Отменить новый год").click()
    expect(page.get_by_text("всё как было")).to_be_visible()
