"""H9, B4, H2 and E7 in a browser, with and without script: a family tells of an absence, the
teacher sees the hint, the class teacher accepts and gives reasons; the deputy head's remark is
mended."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from school.database import database, ensure_connection
from school.models import Attendance, History, Letter
from tests.browser.test_road import sign_in
from tests.town import today

DAY = timedelta(days=1)


def fresh():
    database.close()
    ensure_connection()


@pytest.mark.requirement("B4")
@pytest.mark.requirement("H2")
@pytest.mark.requirement("H9")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_an_absence_from_the_family_s_word_to_its_reason(town, device, script):
    pupil, mate = town.pupil.id, town.classmate.id
    lesson = f"/gradebook/lessons/{town.lesson.id}"

    mother = device(320, script=script)
    page = mother.page
    sign_in(mother, "mother")
    mother.open(f"/diary/{pupil}/attendance")
    page.get_by_role("link", name="Сообщить об отсутствии").click()
    page.get_by_label("По какой день").fill("вчера")
    page.get_by_role("button", name="Сообщить").click()
    expect(page).to_have_title(re.compile("^Ошибка: "))
    expect(page.get_by_label("По какой день")).to_have_value("вчера")
    mother.fits()
    page.get_by_label("По какой день").fill(f"{today() + 2 * DAY:%d.%m.%Y}")
    page.get_by_role("button", name="Сообщить").click()
    expect(page.locator("#said")).to_contain_text("Сообщение у классного руководителя")
    expect(page.locator("main")).to_contain_text("Ждёт ответа классного руководителя")
    mother.fits()

    teacher = device(1024, script=script)
    sign_in(teacher, "teacher")
    teacher.open(lesson)
    hint = teacher.page.locator(f"#attendance-{pupil}-note")
    expect(hint).to_contain_text(f"Предупредили: болеет до {today() + 2 * DAY:%d.%m} (ещё")

    leader = device(320, script=script)
    sign_in(leader, "class_teacher")
    leader.open("/class/")
    leader.fits()
    leader.page.get_by_role("link", name=re.compile("Сообщения об отсутствии ждут ответа")).click()
    leader.fits()
    leader.page.get_by_label("Слово семье").fill("поправляйтесь")
    leader.page.get_by_role("button", name=re.compile("^Принять")).click()
    expect(leader.page.locator("#said")).to_contain_text("Принято: Королёв Фёдор")

    # The teacher types «н», and the register says why at once.
    teacher.open(lesson)
    expect(hint).not_to_contain_text("ещё")
    for who in (pupil, mate):
        cell = teacher.page.locator(f"#attendance-{who}")
        cell.fill("н")
        if script:
            cell.press("Enter")
    if script:
        expect(teacher.page.locator("#unsaved")).to_have_text("Всё сохранено")
    else:
        teacher.page.get_by_role("button", name="Сохранить").click()
        expect(teacher.page.locator("#said")).to_contain_text("Сохранено")
    expect(teacher.page.locator(f"#attendance-{pupil}")).to_have_value("б")
    expect(teacher.page.locator(f"#attendance-{mate}")).to_have_value("н")

    # The morning: one came late, the other's reason is for several days.
    leader.open("/class/")
    leader.page.get_by_role("link", name=re.compile("Кого нет сегодня: 2")).click()
    expect(leader.page.locator("main")).to_contain_text("из них причина не названа: 1")
    leader.fits()
    leader.page.get_by_label("Петров-Сосновский Артём Ивановна", exact=True).check()
    leader.page.get_by_label("Причина", exact=True).select_option("у")
    leader.page.get_by_label("По какой день").fill(f"{today() + DAY}")
    leader.page.get_by_role("button", name="Сохранить").click()
    expect(leader.page.locator("#said")).to_contain_text("Уважительная причина: 1 урок.")
    leader.page.locator(f"#code-{mate}-{town.lesson.id}").fill("о 15")
    leader.page.get_by_role("button", name="Сохранить").click()
    expect(leader.page.locator("#said")).to_contain_text("Сохранено: 1 урок.")

    fresh()
    rows = {row.pupil_id: (row.code, row.late_minutes) for row in Attendance.select()}
    assert rows == {pupil: ("б", None), mate: ("о", 15)}
    first = History.get(History.field == "attendance", History.pupil == pupil)
    assert (first.old, first.new, first.actor_id) == ("", "б", town.teacher.id)
    assert "по сообщению № 1" in first.why

    mother.open(f"/diary/{pupil}/attendance")
    expect(page.locator("main")).to_contain_text("Принято: «поправляйтесь»")
    expect(page.locator("main")).to_contain_text("Пропущен 1 урок: болезнь — 1.")
    mother.fits()


@pytest.mark.requirement("E7")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_remark_until_it_is_mended(town, device, script):
    deputy = device(320, script=script)
    page = deputy.page
    sign_in(deputy, "deputy_head")
    deputy.open(f"/gradebook/lessons/{town.lesson.id}")
    page.get_by_role("link", name="сделать замечание").click()
    page.get_by_label("Что исправить").fill("Нет темы урока")
    page.get_by_role("button", name="Записать замечание").click()
    expect(page).to_have_title(re.compile("^Ошибка: "))
    expect(page.get_by_label("Что исправить")).to_have_value("Нет темы урока")
    page.get_by_label("Исправить до").fill(f"{today() + DAY:%d.%m.%Y}")
    page.get_by_role("button", name="Записать замечание").click()
    expect(page.locator("#said")).to_contain_text("Замечание записано")
    deputy.fits()
    fresh()
    assert Letter.select().where(Letter.kind == "remark").count() == 1

    teacher = device(320, script=script)
    sign_in(teacher, "teacher")
    teacher.open("/gradebook/")
    teacher.page.get_by_role("link", name="Замечания к журналам, исправить: 1").click()
    teacher.fits()
    teacher.page.get_by_role("link", name=re.compile("№ 1$")).click()
    teacher.page.get_by_label("Что исправлено").fill("внесла")
    teacher.page.get_by_role("button", name="Исправлено").click()
    expect(teacher.page.locator("main")).to_contain_text("Ждут проверки завуча: 1")
    teacher.fits()

    page.get_by_role("link", name=re.compile("^№ 1")).click()
    expect(page.locator("main")).to_contain_text("исправлено — «внесла»")
    page.get_by_role("button", name="Принять").click()
    expect(page.locator("#said")).to_contain_text("Принято.")
    page.get_by_role("link", name="Все", exact=True).click()
    expect(page.locator("main")).to_contain_text("Принято")
    deputy.fits()
