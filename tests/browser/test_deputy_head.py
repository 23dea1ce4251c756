"""What a deputy head decides for a whole school or class, in a browser with and without script:
how it marks (H1), an extra lesson, another day's timetable, a quarantine, an undo (B6); and how
the teacher and the family read it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from school.database import database
from school.models import Mark, Work, WorkKind
from tests.browser.test_road import sign_in
from tests.school.test_timetable_changes import school_days
from tests.town import today

both_ways = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@pytest.mark.requirement("H1")
@both_ways
def test_how_a_school_marks(town, device, script):
    school_days(town)
    for ordinal, (name, value) in enumerate(
        (("Контрольная работа", "5"), ("Ответ на уроке", "2")), start=1
    ):
        kind = WorkKind.get(WorkKind.school == town.school, WorkKind.name == name)
        work = Work.create(
            school=town.school, lesson=town.lesson, work_kind=kind, weight=kind.weight,
            ordinal=ordinal,
        )  # fmt: skip
        Mark.create(school=town.school, work=work, pupil=town.pupil, position=1, value=value)
    database.close()

    deputy = device(320, script=script)
    page, main = deputy.page, deputy.page.locator("main")
    sign_in(deputy, "deputy_head")
    deputy.open("/oversight/")
    page.get_by_role("link", name=re.compile("Отметки, средний балл и виды работ")).click()
    deputy.fits()
    page.get_by_role("link", name="Контрольная работа", exact=True).click()
    page.get_by_label("Вес").fill("много")
    page.get_by_label(re.compile("Изменить и работы нынешнего")).check()
    page.get_by_role("button", name="Сохранить").click()
    expect(main).to_contain_text("Вес — число")
    expect(page.get_by_label("Вес")).to_have_value("много")
    page.get_by_label("Вес").fill("1")
    page.get_by_role("button", name="Сохранить").click()
    # 4,25 → 3,50: another average, the same mark. Nothing is changed yet.
    expect(main).to_contain_text("изменится средних баллов: 1 из 1")
    expect(main).to_contain_text("станет другой у стольких: 0")
    deputy.fits()
    page.get_by_role("button", name="Утвердить с сегодняшнего дня").click()
    expect(page.locator("#said")).to_contain_text("Сохранено")
    # Thresholds: looked at, left alone, then confirmed.
    page.get_by_role("link", name="Изменить для школы").click()
    for confirmed in (False, True):
        page.get_by_label("С какого среднего — следующая отметка").select_option("13/20")
        page.get_by_role("button", name="Показать, что изменится").click()
        expect(main).to_contain_text("станет другой у стольких: 1")
        deputy.fits()
        if not confirmed:
            page.get_by_role("link", name="Вернуться и поправить").click()
            expect(page.get_by_label("С какого среднего — следующая отметка")).to_have_value("1/2")
    page.get_by_role("button", name="Утвердить с сегодняшнего дня").click()
    expect(page.locator("#said")).to_contain_text("Сохранено: действует с сегодняшнего дня")
    expect(main).to_contain_text("3,65")

    teacher = device(1024, script=script)
    sign_in(teacher, "teacher")
    teacher.open(f"/gradebook/groups/{town.group.id}")
    row = teacher.page.locator(f"tr:has(#p{town.pupil.id}) td")
    expect(row.first).to_have_text("3,50")
    expect(row.nth(1)).to_have_text("предл. 3")
    teacher.page.get_by_role("link", name="результаты за период").click()
    expect(teacher.page.locator("main")).to_contain_text("= 3,50, порог 2,65")
    mother = device(320, script=script)
    sign_in(mother, "mother")
    mother.open(f"/diary/{town.pupil.id}/subjects")
    expect(mother.page.locator("main")).to_contain_text("3,50")
    mother.fits()


@pytest.mark.requirement("B6")
@both_ways
def test_whole_days_are_changed_and_changed_back(town, device, script):
    school_days(town, days=[1])
    school = town.school.id
    day = today() + timedelta(days=3)
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    saturday = day + timedelta(days=6 - day.isoweekday())
    database.close()

    deputy = device(320, script=script)
    page = deputy.page
    said = page.locator("#said")
    sign_in(deputy, "deputy_head")

    def start(link):
        deputy.open(f"/oversight/schools/{school}/timetable")
        page.get_by_role("link", name=link).click()
        deputy.fits()

    mother = device(320, script=script)
    sign_in(mother, "mother")

    def reads(when):
        mother.open(f"/diary/{town.pupil.id}/timetable/{when}")
        mother.fits()
        return expect(mother.page.locator("main"))

    start("Дополнительный урок")
    page.get_by_label("Класс и предмет").select_option(str(town.group.id))
    page.get_by_label("День").fill("когда-нибудь")
    page.get_by_label("Каким уроком").fill("6")
    page.get_by_label("Что прочитают семьи").fill("Готовимся к олимпиаде")
    page.get_by_role("button", name="Добавить урок").click()
    expect(page.locator("#held_on-error")).to_be_visible()
    expect(page.get_by_label("Что прочитают семьи")).to_have_value("Готовимся к олимпиаде")
    deputy.fits()
    page.get_by_label("День").fill(f"{day:%d.%m.%Y}")
    page.get_by_role("button", name="Добавить урок").click()
    expect(said).to_contain_text("Урок добавлен")
    reads(day).to_contain_text("Дополнительный урок (готовимся к олимпиаде)")

    start("День по расписанию другого дня")
    page.get_by_label("Какой день").fill(f"{saturday:%d.%m.%Y}")
    page.get_by_label("По расписанию").select_option("1")
    page.get_by_role("button", name="Заменить день").click()
    expect(said).to_contain_text("День заменён")
    deputy.fits()
    reads(saturday).to_contain_text("Учимся по расписанию понедельника")

    start("Карантин класса")
    page.get_by_label("Класс", exact=True).select_option(str(town.school_class.id))
    page.get_by_label("С какого дня").fill(f"{day:%d.%m.%Y}")
    page.get_by_label("По какой день").fill(f"{day:%d.%m.%Y}")
    page.get_by_role("button", name="Объявить карантин").click()
    expect(said).to_contain_text("Карантин объявлен")
    deputy.fits()
    reads(day).to_contain_text("Карантин: уроки отменены")

    # Both are taken back; the extra lesson stands again.
    for when in (day, saturday):
        deputy.open(f"/oversight/schools/{school}/timetable/{when}")
        page.get_by_role("button", name=re.compile("Вернуть обычное расписание")).click()
        expect(said).to_contain_text("Снято")
    reads(day).not_to_contain_text("Карантин")
    reads(day).to_contain_text("Дополнительный урок")
    reads(saturday).not_to_contain_text("Учимся по расписанию")
    mother.open(f"/diary/{town.pupil.id}/news")
    expect(mother.page.locator("main")).to_contain_text("Дополнительный урок")
