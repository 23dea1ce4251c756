"""Results after they were decided, in browsers: closing with some missing, a change on request that
the family reads, an exam, a retake, the council; statistics and the class teacher's report."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from school import clock
from school.actions.history import Act
from school.actions.results import save_results
from school.database import database, ensure_connection
from school.models import CouncilDecision, CurriculumLine, PeriodResult, Retake
from school.queries.results import find_result_group, list_columns
from tests.browser.conftest import Device
from tests.browser.test_road import sign_in
from tests.results import column_address, give_marks, make_quarter
from tests.town import today

both = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@pytest.fixture
def quarter(town):
    """A quarter that is over; the pupil's result is three days old, the classmate has none."""
    ensure_connection()
    found = make_quarter(town)
    give_marks(found.lessons, town.pupil, "5 4 4 4")
    give_marks(found.lessons, town.classmate, "2 2 2")
    group = find_result_group(town.group.id, clock.now())
    act = Act(clock.now() - timedelta(days=3), town.teacher.id)
    column = list_columns(group)[0]
    entries = {town.pupil.id: "4"}
    assert save_results(group, column, entries, {}, seen=0, today=today(), act=act).saved == 1
    database.close()
    return found


def enter(device: Device, field: str, value: str, *, script: bool) -> None:
    """Type a result, by keyboard or by the button."""
    cell = device.page.locator(f"#{field}")
    cell.fill(value)
    if script:
        cell.press("Enter")
    else:
        device.page.get_by_role("button", name="Сохранить").click()


def expect_saved(device: Device, *, script: bool) -> None:
    if script:
        expect(device.page.locator("#unsaved")).to_have_text("Всё сохранено")
    else:
        expect(device.page.locator("#said")).to_contain_text("охранено")


def close_quarter(device: Device, town) -> None:
    device.open(f"/oversight/classes/{town.school_class.id}/results")
    device.page.get_by_role("button", name="Закрыть: 1 четверть").click()


def day(n: int) -> str:
    return f"{today() + timedelta(days=n):%d.%m.%Y}"


@pytest.mark.requirement("E2")
@pytest.mark.requirement("H2")
@both
def test_closed_then_changed_on_request_and_read(town, device, quarter, script):
    deputy, teacher = device(320, script=script), device(320, script=script)
    page = teacher.page
    column = column_address(town.group, quarter.past)
    sign_in(deputy, "deputy_head")
    close_quarter(deputy, town)
    expect(deputy.page.locator("#errors")).to_contain_text("Алгебра — Петров-Сосновский")
    deputy.fits()

    sign_in(teacher, "teacher")
    teacher.open(column)
    enter(teacher, f"result-{town.classmate.id}", "2", script=script)
    expect_saved(teacher, script=script)
    teacher.open(column)
    page.get_by_role("link", name=re.compile("Пересдача.*Петров")).click()
    page.get_by_label("День пересдачи").fill(day(0))
    page.get_by_label("Что получилось").fill("3")
    teacher.fits()
    page.get_by_role("button", name="Записать пересдачу").click()
    expect(page.locator("main")).to_contain_text("было 2, стало 3")
    teacher.fits()
    close_quarter(deputy, town)
    expect(deputy.page.locator("main")).to_contain_text("Закрыто")

    # The teacher asks, the deputy head opens one result, the family reads what became of it.
    mine = f"result-{town.pupil.id}"
    teacher.open(column)
    enter(teacher, mine, "5", script=script)
    complaint = page.locator(f"#{mine}-error")
    expect(complaint).to_contain_text("Период закрыт")
    teacher.fits()
    complaint.get_by_role("link", name="Попросить завуча").click()
    expect(page.get_by_label("Как должно быть")).to_have_value("5")
    page.get_by_label("Почему нужно исправить").fill("Не учла контрольную")
    page.get_by_role("button", name="Попросить завуча").click()
    expect(page.locator("#said")).to_contain_text("Просьба у завуча")
    teacher.fits()
    deputy.open("/oversight/changes")
    expect(deputy.page.locator("main")).to_contain_text("Не учла контрольную")
    deputy.page.get_by_role("button", name=re.compile("Открыть клетку")).click()
    expect(deputy.page.locator("#said")).to_contain_text("ткрыт")
    teacher.open(column)
    enter(teacher, mine, "5", script=script)
    expect_saved(teacher, script=script)
    ensure_connection()
    assert {r.pupil_id: r.value for r in PeriodResult.select()} == {
        town.pupil.id: "5", town.classmate.id: "3",
    }  # fmt: skip
    assert Retake.get().was == "2"
    database.close()

    mother = device(320, script=script)
    sign_in(mother, "mother")
    mother.open(f"/diary/{town.pupil.id}/results")
    expect(mother.page.locator("main")).to_contain_text("было 4, стало 5")
    expect(mother.page.locator("main")).not_to_contain_text("контрольную")
    mother.fits()


@pytest.mark.requirement("B3")
@pytest.mark.requirement("C4")
@both
def test_an_exam_and_what_the_council_decides(town, device, quarter, script):
    teacher = device(320, script=script)
    page = teacher.page
    sign_in(teacher, "teacher")
    teacher.open(column_address(town.group, quarter.past))
    page.get_by_role("link", name="Назначить экзамен").click()
    page.get_by_label("Что за экзамен").fill("Годовая контрольная")
    page.get_by_label("Когда проводится").fill(day(-3))
    teacher.fits()
    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator("main")).to_contain_text("Результаты ещё не пришли")
    expect(page.locator("#register")).to_have_count(0)
    page.get_by_role("link", name="Записать, когда пришли результаты").click()
    page.get_by_label("Когда пришли результаты: день").fill(day(-1))
    page.get_by_label("Во сколько пришли").fill("10:00")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator("main")).to_contain_text("Результаты пришли")
    enter(teacher, f"result-{town.pupil.id}", "5", script=script)
    expect_saved(teacher, script=script)
    teacher.fits()

    deputy = device(320, script=script)
    sign_in(deputy, "deputy_head")
    deputy.open(f"/oversight/classes/{town.school_class.id}/council")
    deputy.page.get_by_label("Номер протокола").fill("7")
    deputy.page.get_by_label("Дата педсовета").fill(day(0))
    deputy.page.get_by_label(re.compile("Решение: Королёв")).select_option("promoted")
    deputy.page.get_by_role("button", name="Сохранить").click()
    expect(deputy.page.locator("#said")).to_contain_text("Записано решений: 1")
    ensure_connection()
    assert CouncilDecision.get().pupil_id == town.pupil.id
    database.close()

    mother = device(320, script=script)
    sign_in(mother, "mother")
    mother.open(f"/diary/{town.pupil.id}/results")
    for said in ("Алгебра, годовая контрольная: 5", "протокол № 7"):
        expect(mother.page.locator("main")).to_contain_text(said)
    mother.fits()


def download(page: Page, name: str) -> Path:
    with page.expect_download() as taken:
        page.get_by_role("link", name=name).click()
    return Path(taken.value.path())


def sheet_names(file: Path) -> list[str]:
    with file.open("rb") as opened:
        return CalamineWorkbook.from_filelike(opened).sheet_names


@pytest.mark.requirement("E5")
@pytest.mark.requirement("H25")
def test_statistics_lists_the_plan_and_the_report_on_paper(town, device, quarter):
    ensure_connection()
    CurriculumLine.create(
        school=town.school, school_class=town.school_class, subject=town.group.subject_id,
        hours_in_week="2.5",
    )  # fmt: skip
    database.close()
    deputy = device(320)
    page, main = deputy.page, deputy.page.locator("main")
    sign_in(deputy, "deputy_head")
    deputy.open("/oversight/")
    page.get_by_role("link", name=re.compile("Статистика")).click()
    page.get_by_label("Отметки").select_option(str(quarter.past.id))
    page.get_by_role("button", name="Показать").click()
    expect(main).to_contain_text("100 %")
    deputy.fits()
    page.get_by_role("link", name="по предметам").click()
    expect(main).to_contain_text("Алгебра")
    deputy.fits()
    assert "По предметам" in sheet_names(download(page, "Скачать таблицей (XLSX)"))
    page.get_by_role("link", name="Отличники, неуспевающие, движение").click()
    expect(main).to_contain_text("Хорошисты: 1")
    deputy.fits()
    deputy.open("/oversight/")
    page.get_by_role("link", name=re.compile("Уроки по учебному плану")).click()
    expect(main).to_contain_text("85")
    deputy.fits()
    assert "Учебный план" in sheet_names(download(page, "Скачать таблицей (XLSX)"))

    leader = device(320)
    page = leader.page
    sign_in(leader, "class_teacher")
    leader.open(f"/class/{town.school_class.id}/report?of={quarter.past.id}")
    expect(page.locator("main")).to_contain_text("Хорошисты: 1")
    leader.fits()
    page.get_by_role("button", name="Сделать PDF для печати").click()
    ready = page.get_by_role("link", name="Скачать PDF")
    for _ in range(40):  # the worker makes it
        if ready.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    assert download(page, "Скачать PDF").read_bytes().startswith(b"%PDF")
