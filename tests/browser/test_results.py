"""Results in a browser: a class's 25 by keyboard in under a minute, closed by the deputy head, put
off by the class teacher, printed, read by the family (E2, E3, E4, B2, H4)."""

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from school.database import database, ensure_connection
from school.models import PeriodResult
from tests.browser.test_road import sign_in
from tests.results import column_address, give_marks, make_quarter
from tests.town import enrol, member, person, today

MINUTE = 60.0


@pytest.fixture
def quarter(town):
    """Twenty-five pupils with marks in a quarter that is over."""
    ensure_connection()
    found = make_quarter(town)
    for n in range(23):
        pupil = person(town.municipality, f"Ученик{n:02}")
        enrol(town.school_class, pupil)
        member(town.group, pupil)
        give_marks(found.lessons, pupil, "4 4 5")
    give_marks(found.lessons, town.pupil, "5 5 4")
    give_marks(found.lessons, town.classmate, "3 3 4")
    database.close()
    return found


def results() -> dict[int, str]:
    ensure_connection()
    found = {row.pupil_id: row.value for row in PeriodResult.select()}
    database.close()
    return found


@pytest.mark.requirement("E2")
@pytest.mark.requirement("H4")
def test_a_class_by_keyboard_then_closed_and_read(town, device, quarter):
    teacher = device(1024, 768)
    page, keys = teacher.page, teacher.page.keyboard
    sign_in(teacher, "teacher")
    teacher.open("/gradebook/results")
    page.get_by_role("link", name=re.compile("^Алгебра, 7А, 1 четверть")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 четверть")
    fields = page.locator("td > input[name^=result-]")
    expect(fields).to_have_count(25)
    values = [
        row.locator("td").first.inner_text().split()[0]
        for row in page.locator("table.stack tbody tr").all()
    ]
    fields.first.focus()
    begun, pressed = time.monotonic(), 0
    for value in values:
        keys.press(value)
        keys.press("Enter")
        pressed += 2
    expect(page.locator("#unsaved")).to_have_text("Всё сохранено", timeout=60_000)
    expect(page.locator(".dirty")).to_have_count(0)
    taken = time.monotonic() - begun
    assert pressed == 50
    assert taken < MINUTE
    assert len(results()) == 25

    # Outside the proposal asks why, beside the field; the reason goes with the result.
    first = fields.first
    name = first.get_attribute("name")
    first.focus()
    keys.press("Control+a")
    keys.press("2")
    keys.press("Enter")
    expect(page.locator(f"#{name}-error")).to_contain_text("Предложено")
    why = page.locator(f"#{name.replace('result', 'why')}")
    why.fill("Списанная контрольная")
    why.press("Enter")
    expect(page.locator("#unsaved")).to_have_text("Всё сохранено")
    expect(page.locator(f"#{name}-error")).to_have_count(0)
    assert results()[int(name.partition("-")[2])] == "2"
    page.reload()
    expect(first).to_have_value("2")
    # One key for «н/а» in any keyboard layout: «y» is the key of «н».
    first.focus()
    keys.press("Control+a")
    keys.press("y")
    keys.press("Enter")
    expect(first).to_have_value("н/а")
    teacher.fits()

    deputy = device(1024, 768)
    sign_in(deputy, "deputy_head")
    deputy.open("/oversight/")
    deputy.page.get_by_role("link", name=re.compile("Результаты и сводные ведомости")).click()
    deputy.page.get_by_role("link", name="7А: результаты").click()
    deputy.page.get_by_role("button", name="Закрыть: 1 четверть").click()
    expect(deputy.page.locator("#said")).to_contain_text("закрыто")
    deputy.page.get_by_role("link", name="Сводная ведомость").click()
    expect(deputy.page.locator("table.dense tbody tr").first).to_be_visible()
    deputy.fits()

    mother = device(320, script=False)
    sign_in(mother, "mother")
    mother.open(f"/diary/{town.pupil.id}/")
    mother.page.get_by_role("link", name="Результаты").click()
    expect(mother.page.locator("main")).to_contain_text("не аттестован(а)")
    mother.fits()
    mother.page.get_by_role("link", name="Ознакомлен(а): 1 четверть").click()
    mother.page.get_by_role("button", name="Ознакомлен(а)").click()
    expect(mother.page.locator("main")).to_contain_text("Королёва Мария")


@pytest.mark.requirement("E3")
@pytest.mark.requirement("E4")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_deferral_council_and_the_sheet(town, device, quarter, script):
    leader = device(320, script=script)
    page = leader.page
    sign_in(leader, "class_teacher")
    leader.open(f"/class/{town.school_class.id}")
    page.get_by_role("link", name="Сводная ведомость").click()
    leader.fits()
    page.get_by_role("link", name="Отсрочки").click()
    page.get_by_label("Ученик").select_option(str(town.pupil.id))
    page.get_by_label("До какого дня").fill(f"{today() + timedelta(days=9):%d.%m.%Y}")
    page.get_by_label("Номер приказа").fill("15-У")
    page.get_by_label("Дата приказа").fill(f"{today():%d.%m.%Y}")
    leader.fits()
    page.get_by_role("button", name="Записать отсрочку").click()
    expect(page.locator("main")).to_contain_text("приказ № 15-У")
    page.get_by_role("link", name="Сводная ведомость").click()
    page.get_by_role("link", name="По ученикам").click()
    expect(page.locator("main")).to_contain_text("1 четверть — отс.")
    page.get_by_role("link", name="По предметам").click()
    leader.fits()

    teacher = device(320, script=script)
    sign_in(teacher, "teacher")
    teacher.open(column_address(town.group, quarter.past))
    teacher.fits()
    teacher.page.get_by_role("button", name=re.compile("Принять все предложения: 24")).click()
    expect(teacher.page.locator("#said")).to_contain_text("Принято предложений: 24")
    assert len(results()) == 24

    deputy = device(320, script=script)
    sign_in(deputy, "deputy_head")
    deputy.open(f"/oversight/classes/{town.school_class.id}/results")
    deputy.page.get_by_role("button", name="Закрыть: 1 четверть").click()
    expect(deputy.page.locator("main")).to_contain_text("отложено приказом: 1")
    deputy.fits()
    deputy.page.get_by_role("link", name="Решение педсовета").click()
    deputy.page.get_by_label("Номер протокола").fill("7")
    deputy.page.get_by_label("Дата педсовета").fill(f"{today():%d.%m.%Y}")
    deputy.page.get_by_label(re.compile("Решение: Королёв")).select_option("promoted")
    deputy.fits()
    deputy.page.get_by_role("button", name="Сохранить").click()
    expect(deputy.page.locator("#said")).to_contain_text("Записано решений: 1")
