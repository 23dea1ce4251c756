"""The main road in Chromium, on the narrowest phone, with script and without."""

import pytest
from playwright.sync_api import expect

from school.database import database, ensure_connection
from school.models import Attendance, Homework, Lesson, Mark
from tests.browser.conftest import Device
from tests.town import PASSWORD, Town, today


def sign_in(device: Device, login: str, *, own_device: bool = False) -> None:
    page = device.page
    device.open("/")
    device.fits()
    page.get_by_label("Логин").fill(login)
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    if own_device:
        page.get_by_label("Мой телефон").check()
    page.get_by_role("button", name="Войти").click()
    device.fits()


def sign_out(device: Device) -> None:
    device.page.get_by_role("link", name="Выйти").first.click()
    device.fits()
    device.page.get_by_role("button", name="Выйти").click()
    expect(device.page.get_by_text("Вы вышли")).to_be_visible()
    device.fits()


def open_lesson(device: Device) -> None:
    expect(device.page.get_by_role("heading", level=1)).to_contain_text("Мои уроки")
    device.page.get_by_role("link", name="Алгебра, 7А").first.click()
    expect(device.page.get_by_role("heading", level=1)).to_contain_text("Алгебра, 7А")
    device.fits()


def saved(town: Town) -> dict[str, object]:
    """What the database holds of today's lesson."""
    database.close()
    ensure_connection()
    lesson = Lesson.get_by_id(town.lesson.id)
    return {
        "topic": lesson.topic,
        "taken": lesson.attendance_taken_at is not None,
        "marks": {mark.pupil_id: mark.value for mark in Mark.select()},
        "attendance": {row.pupil_id: row.code for row in Attendance.select()},
        "homework": [row.text for row in Homework.select()],
    }


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_teacher_fills_in_a_lesson_and_a_mother_reads_it(town, device, script):
    teacher = device(script=script)
    page = teacher.page
    sign_in(teacher, "teacher")
    open_lesson(teacher)
    page.locator(f"#attendance-{town.classmate.id}").fill("б")
    page.locator(f"#mark-{town.pupil.id}").fill("5")
    page.get_by_label("Тема урока").fill("Дроби")
    page.get_by_label("Домашнее задание всем").fill("№ 5, 6")
    page.get_by_label("Посещаемость отмечена").check()
    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator("#said")).to_contain_text("охранено")
    teacher.fits()
    assert saved(town) == {
        "topic": "Дроби",
        "taken": True,
        "marks": {town.pupil.id: "5"},
        "attendance": {town.classmate.id: "б"},
        "homework": ["№ 5, 6"],
    }
    for name in ("История записей", "Добавить работу"):
        page.get_by_role("link", name=name).click()
        teacher.fits()
        page.go_back()
    sign_out(teacher)
    # What was on the screen is not behind «Назад».
    page.go_back()
    expect(page.get_by_label("Тема урока")).to_have_count(0)

    mother = device(script=script)
    sign_in(mother, "mother", own_device=True)
    page = mother.page
    mother.open(f"/diary/{town.pupil.id}/week/{today()}")
    mother.fits()
    for words in ("Алгебра", "Дроби", "№ 5, 6", "5 Ответ на уроке"):
        expect(page.locator("main")).to_contain_text(words)
    week = page.url
    for name in ("Прошлая неделя", "Следующая неделя"):
        page.get_by_role("link", name=name).click()
        # With script the address changes once the answer is there.
        page.wait_for_url(lambda url: url != week)
        mother.fits()
        page.go_back()
        page.wait_for_url(week)
        expect(page.locator("main")).to_contain_text("Дроби")
    page.set_viewport_size({"width": 240, "height": 320})
    page.goto(week)
    mother.fits()
    sign_out(mother)


@pytest.mark.parametrize("width", [320, 1024])
def test_no_page_of_staff_is_wider_than_its_screen(town, device, width):
    lesson = f"/gradebook/lessons/{town.lesson.id}"
    for login, paths in (
        ("teacher", ["/gradebook/", "/account/", "/account/password"]),
        ("class_teacher", [f"/class/{town.school_class.id}", lesson]),
        ("administrator", ["/office/"]),
        ("head", ["/oversight/"]),
        ("officer", ["/oversight/"]),
    ):  # fmt: skip
        staff = device(width=width)
        sign_in(staff, login)
        for path in paths:
            staff.open(path)
            expect(staff.page.get_by_role("heading", level=1)).to_be_visible()
            staff.fits()


class Keyboard:
    """Somebody who has no mouse."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.keys = device.page.keyboard

    def focused(self) -> dict[str, str]:
        found: dict[str, str] = self.device.page.evaluate(
            "(function () { var e = document.activeElement; return {"
            "tag: e.tagName, id: e.id, text: (e.textContent || '').trim(),"
            "outline: getComputedStyle(e).outlineStyle}; })()"
        )
        return found

    def tab_to(self, *, on: str = "", text: str = "", tag: str = "") -> None:
        """Press Tab until something has the focus; it has to be visible that it has."""
        for _ in range(80):
            self.keys.press("Tab")
            found = self.focused()
            if (
                (not on or found["id"] == on)
                and (not text or text in found["text"])
                and (not tag or found["tag"] == tag)
            ):
                assert found["outline"] != "none", f"nobody sees where the focus is: {found}"
                return
        raise AssertionError(f"Tab does not lead to {on or text}")

    def press_enter_and_wait(self) -> None:
        with self.device.page.expect_navigation():
            self.keys.press("Enter")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_teacher_without_a_mouse_fills_in_a_lesson(town, device, script):
    teacher = device(script=script)
    teacher.open("/")
    keyboard = Keyboard(teacher)
    keyboard.tab_to(on="login")
    keyboard.keys.type("teacher")
    keyboard.keys.press("Tab")
    keyboard.keys.type(PASSWORD)
    keyboard.press_enter_and_wait()
    keyboard.tab_to(text="Алгебра, 7А", tag="A")
    keyboard.press_enter_and_wait()
    keyboard.tab_to(on="topic")
    keyboard.keys.type("Дроби")
    keyboard.tab_to(on="homework")
    keyboard.keys.type("№ 5")
    keyboard.tab_to(on="attendance-taken")
    keyboard.keys.press("Space")
    keyboard.tab_to(on=f"mark-{town.pupil.id}")
    keyboard.keys.type("4")
    keyboard.tab_to(on=f"attendance-{town.classmate.id}")
    keyboard.keys.type("н")
    keyboard.tab_to(text="Сохранить", tag="BUTTON")
    keyboard.press_enter_and_wait()
    expect(teacher.page.locator("#said")).to_contain_text("охранено")
    assert saved(town) == {
        "topic": "Дроби",
        "taken": True,
        "marks": {town.pupil.id: "4"},
        "attendance": {town.classmate.id: "н"},
        "homework": ["№ 5"],
    }
    keyboard.tab_to(text="Выйти", tag="A")
    keyboard.press_enter_and_wait()
    keyboard.tab_to(text="Выйти", tag="BUTTON")
    keyboard.press_enter_and_wait()
    expect(teacher.page.get_by_text("Вы вышли")).to_be_visible()


def page_has_inside(device: Device, part: str, text: str) -> bool:
    """Whether a part of the page has a link of this text."""
    return device.page.locator(part).get_by_role("link", name=text, exact=True).count() > 0


def test_the_first_tab_leads_to_the_content(town, device):
    mother = device()
    sign_in(mother, "mother")
    mother.open(f"/diary/{town.pupil.id}/week/{today()}")
    keyboard = Keyboard(mother)
    keyboard.tab_to(text="К содержанию", tag="A")
    mother.fits()
    keyboard.keys.press("Enter")
    keyboard.keys.press("Tab")
    assert page_has_inside(mother, "main", keyboard.focused()["text"])


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_two_who_wrote_into_one_cell_see_both_values(town, device, script):
    """The teacher at school and at home: who saves later is shown the other's value."""
    first, second = device(script=script), device(script=script)
    for teacher in (first, second):
        sign_in(teacher, "teacher")
        open_lesson(teacher)
    first.page.locator(f"#mark-{town.pupil.id}").fill("5")
    first.page.get_by_role("button", name="Сохранить").click()
    expect(first.page.locator("#said")).to_contain_text("охранено")

    page = second.page
    page.locator(f"#mark-{town.pupil.id}").fill("3")
    page.get_by_label("Тема урока").fill("Дроби")
    page.get_by_role("button", name="Сохранить").click()
    summary = page.locator("#errors")
    expect(summary).to_be_visible()
    second.fits()
    assert page.title().startswith("Ошибка: ")
    cell = page.locator(f"#mark-{town.pupil.id}")
    expect(cell).to_have_value("3")
    expect(cell).to_have_attribute("aria-invalid", "true")
    expect(summary).to_contain_text("«5»")
    expect(summary).to_contain_text("«3»")
    expect(summary).to_contain_text("Учителева")
    # The good cell beside it is saved; the wrong one is where the link leads.
    assert saved(town)["topic"] == "Дроби"
    assert saved(town)["marks"] == {town.pupil.id: "5"}
    summary.get_by_role("link").first.click()
    expect(cell).to_be_focused()
    # Once seen, the later one stands.
    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator("#said")).to_contain_text("охранено")
    assert saved(town)["marks"] == {town.pupil.id: "3"}


def test_a_mistyped_mark_comes_back_with_what_was_typed(town, device):
    teacher = device()
    sign_in(teacher, "teacher")
    open_lesson(teacher)
    page = teacher.page
    page.locator(f"#mark-{town.pupil.id}").fill("6")
    page.locator(f"#mark-{town.classmate.id}").fill("4")
    page.get_by_role("button", name="Сохранить").click()
    cell = page.locator(f"#mark-{town.pupil.id}")
    expect(cell).to_have_value("6")
    teacher.fits()
    assert saved(town)["marks"] == {town.classmate.id: "4"}
    described = cell.get_attribute("aria-describedby")
    assert described
    expect(page.locator(f"#{described}")).to_contain_text("Отметки «6» нет")
