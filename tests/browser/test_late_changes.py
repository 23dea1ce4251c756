"""H2 in a browser: a locked mark is asked for, opened and changed, with and without script."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from school import clock
from school.actions.history import Act
from school.actions.register import save_register
from school.database import database, ensure_connection
from school.models import History, Mark
from school.queries.lessons import find_lesson
from school.queries.register import MARK, Cell
from tests.browser.test_road import sign_in
from tests.town import today

pytestmark = pytest.mark.requirement("H2")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_whole_way(town, device, script):
    head = find_lesson(town.yesterday.id)
    act = Act(clock.now() - timedelta(days=10), town.teacher.id)
    entries = {Cell(MARK, town.pupil.id): "3"}
    assert save_register(head, entries, seen=0, today=today(), act=act).is_clean
    database.close()
    lesson, mark = f"/gradebook/lessons/{town.yesterday.id}", f"mark-{town.pupil.id}"

    teacher = device(320, script=script)
    page = teacher.page
    sign_in(teacher, "teacher")
    teacher.open(lesson)
    cell = page.locator(f"#{mark}")
    cell.fill("4")
    if script:
        cell.press("Enter")
    else:
        page.get_by_role("button", name="Сохранить").click()
    complaint = page.locator(f"#{mark}-error")
    expect(complaint).to_contain_text("Срок исправлений вышел")
    expect(cell).to_have_value("4")
    teacher.fits()
    complaint.get_by_role("link", name="Попросить завуча").click()
    expect(page.get_by_label("Как должно быть")).to_have_value("4")
    teacher.fits()
    page.get_by_label("Почему нужно исправить").fill("ошиблась строкой")
    page.get_by_role("button", name="Попросить завуча").click()
    expect(page.locator("#said")).to_contain_text("Просьба у завуча")
    expect(page.locator("main")).to_contain_text("ждёт решения завуча")
    teacher.fits()

    deputy = device(320, script=script)
    sign_in(deputy, "deputy_head")
    deputy.open("/oversight/")
    deputy.page.get_by_role("link", name="Просьбы исправить записи").click()
    expect(deputy.page.locator("main")).to_contain_text("ошиблась строкой")
    deputy.fits()
    deputy.page.get_by_role("button", name=re.compile("Открыть клетку")).click()
    expect(deputy.page.locator("#said")).to_contain_text("Клетка открыта")
    deputy.fits()

    teacher.open(lesson)
    expect(page.locator(f"#{mark}-note")).to_contain_text("Открыта до")
    teacher.fits()
    cell.fill("4")
    if script:
        cell.press("Enter")
        expect(page.locator("#unsaved")).to_have_text("Всё сохранено")
    else:
        page.get_by_role("button", name="Сохранить").click()
        expect(page.locator("#said")).to_contain_text("охранено")
    database.close()
    ensure_connection()
    assert Mark.get().value == "4"
    line = History.select().where(History.field == "mark").order_by(History.id.desc()).get()
    assert (line.old, line.new, line.why) == ("3", "4", "ошиблась строкой")

    mother = device(320, script=script)
    sign_in(mother, "mother")
    mother.open(f"/diary/{town.pupil.id}/news")
    expect(mother.page.locator("main")).to_contain_text("исправлено: было 3, стало 4")
    mother.fits()
