"""B6, B9, H25 in a browser, with and without script: a morning without a teacher, a lesson moved,
a club, who is where, who teaches, and the pay journal."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from school.database import database
from school.models import Lesson
from tests.browser.test_road import sign_in
from tests.school.test_timetable_changes import school_days
from tests.town import make_group, make_lesson, moment, today


@pytest.mark.requirement("B6")
@pytest.mark.requirement("B9")
@pytest.mark.requirement("H25")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_morning_without_a_teacher(town, device, script):
    school_days(town, days=[1])
    yesterday = today() - timedelta(days=1)
    # Over already, whatever the hour: yesterday's lesson is the one that is paid for.
    Lesson.update(starts_at=moment(yesterday, "08:30"), ends_at=moment(yesterday, "09:10")).where(
        Lesson.id == town.yesterday.id
    ).execute()
    club = make_group(
        town.school, town.year, None, "Шахматы", town.colleague, [town.pupil], name="7 классы",
        kind="stream", marking="none", is_extracurricular=True,
    )  # fmt: skip
    chess = make_lesson(club, town.colleague, yesterday, 7, room="Библиотека")
    school = town.school.id
    database.close()

    deputy = device(320, script=script)
    page = deputy.page
    sign_in(deputy, "deputy_head")
    deputy.open("/oversight/")
    page.get_by_role("link", name=re.compile("Замены и изменения расписания")).click()
    deputy.fits()
    page.locator("#absent-teacher").select_option(str(town.teacher.id))
    page.locator("#absent-from").fill(f"{yesterday:%d.%m.%Y}")
    page.get_by_role("button", name="Показать уроки и замены").click()
    deputy.fits()
    page.get_by_label("Причина для табеля").select_option("ill")
    page.locator(f"#do-{town.yesterday.id}").select_option(str(town.colleague.id))
    page.locator(f"#do-{town.lesson.id}").select_option("cancel")
    page.get_by_role("button", name="Записать отсутствие и сохранить замены").click()
    expect(page.locator("#said")).to_contain_text("Сохранено: 2 урока")
    deputy.fits()
    page.get_by_role("link", name="Лист изменений для доски").click()
    expect(page.locator("main")).to_contain_text("обычно Учителева")
    expect(page.locator("main")).not_to_contain_text("больнич")

    # A lesson moved onto a day that another lesson of the class has: named, then elsewhere.
    deputy.open(f"/oversight/lessons/{town.tomorrow.id}/timetable")
    page.get_by_label("перенос на другой день или урок").check()
    page.get_by_label("На какой день перенести").fill("31.08.2190")
    page.get_by_label("Каким уроком").fill("5")
    page.get_by_role("button", name="Сохранить изменение").click()
    expect(page.locator("main")).to_contain_text("это не тот учебный год")
    expect(page.get_by_label("Каким уроком")).to_have_value("5")
    deputy.fits()
    day = today() + timedelta(days=2)
    day += timedelta(days=day.isoweekday() == 7)
    page.get_by_label("На какой день перенести").fill(f"{day:%d.%m.%Y}")
    page.get_by_role("button", name="Сохранить изменение").click()
    expect(page.locator("#said")).to_contain_text("Сохранено: 1 урок")

    deputy.open(f"/oversight/schools/{school}/whereabouts?day={chess.held_on}&at=14:40")
    expect(page.locator("main")).to_contain_text("Библиотека")
    deputy.fits()
    deputy.open(f"/oversight/schools/{school}/substitutions?month={yesterday:%Y-%m}")
    expect(page.locator("main")).to_contain_text(re.compile("больничный — [12]"))
    deputy.fits()
    page.get_by_role("link", name="Напечатать").click()
    expect(page.locator("main")).to_contain_text("замена: Соседкина")

    substitute = device(320, script=script)
    sign_in(substitute, "colleague")
    substitute.open(f"/gradebook/days/{yesterday}")
    expect(substitute.page.locator("main")).to_contain_text("Вы заменяете")
    substitute.fits()
    substitute.open(f"/gradebook/lessons/{chess.id}")
    expect(substitute.page.locator("main")).to_contain_text("отметок в нём нет")
    substitute.page.locator(f"#attendance-{town.pupil.id}").fill("н")
    substitute.page.get_by_role("button", name="Сохранить").click()
    expect(substitute.page.locator("body")).to_contain_text(re.compile("Сохранено|Всё сохранено"))

    mother = device(320, script=script)
    sign_in(mother, "mother")
    mother.open(f"/diary/{town.pupil.id}/news")
    main = mother.page.locator("main")
    expect(main).to_contain_text("Урок отменён")
    expect(main).to_contain_text("Урок перенесён")
    mother.page.get_by_role("link", name="Кто учит").click()
    expect(main).to_contain_text("замещает Соседкина" if yesterday.isoweekday() < 7 else "Алгебра")
    expect(main).to_contain_text("кружок 7 классы")
    mother.fits()
    mother.open(f"/diary/{town.pupil.id}/timetable/{yesterday}")
    expect(main).to_contain_text("обычно Учителева")
    expect(main).to_contain_text("Кружок, без отметок")
    mother.fits()
