"""H4: a register is filled in without a mouse; H3: each cell is saved when it is left, and what
is not saved yet can be seen. Without script the page is one form: tests/browser/test_road.py."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import esprima
import pytest
from playwright.sync_api import Route, expect

from school import clock
from school.database import database, ensure_connection, open_database
from school.models import (
    Attendance,
    Draft,
    GroupTeacher,
    History,
    Lesson,
    Mark,
    Session,
    TeachingGroup,
    Work,
    WorkKind,
)
from tests import town as towns
from tests.browser.conftest import Device
from tests.house.files import ROOT
from tests.serving.client import COOKIE, open_session
from tests.serving.proxy import Plan, proxy_in_a_thread
from tests.serving.running import Server
from tests.town import PASSWORD, Town

pytestmark = [pytest.mark.requirement("H3"), pytest.mark.requirement("H4")]

WIDE = 1024


class Register:
    """A teacher at a lesson's register."""

    def __init__(self, device: Device, town: Town) -> None:
        self.device = device
        self.page = device.page
        self.keys = device.page.keyboard
        self.path = f"/gradebook/lessons/{town.lesson.id}"
        self.pressed = 0

    def open(self) -> "Register":
        self.device.open(self.path)
        return self

    def cell(self, name: str):
        return self.page.locator(f'[id="{name}"]')

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keys.press(key)
            self.pressed += 1

    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.id"))

    def is_saved(self) -> None:
        expect(self.page.locator("#unsaved")).to_have_text("Всё сохранено")
        expect(self.page.locator(".dirty")).to_have_count(0)

    def waits(self, count: int) -> None:
        expect(self.page.locator("#unsaved")).to_have_text(f"Не сохранено клеток: {count}")
        expect(self.page.locator(".dirty")).to_have_count(count)

    def said_at(self, name: str):
        expect(self.cell(name)).to_have_attribute("aria-describedby", f"{name}-error")
        return self.page.locator(f'[id="{name}-error"]')

    def paste(self, name: str, text: str) -> bool:
        """Paste as from a spreadsheet; whether the browser would put the text in itself."""
        self.cell(name).focus()
        return bool(
            self.page.evaluate(
                """function (text) {
                  var data = new DataTransfer();
                  data.setData('text/plain', text);
                  return document.activeElement.dispatchEvent(new ClipboardEvent('paste',
                    {clipboardData: data, bubbles: true, cancelable: true}));
                }""",
                text,
            )
        )

    def forgive(self, *words: str) -> None:
        """Complaints of the browser that this test caused on purpose."""
        self.device.complaints[:] = [
            said for said in self.device.complaints if not any(word in said for word in words)
        ]


@pytest.fixture
def server(house) -> Server:
    return house[0]


@pytest.fixture
def town(house) -> Town:
    """A group and a lesson for this test alone, empty."""
    server, town = house
    open_database(server.environment["DATABASE_URL"])
    ensure_connection()
    with database.atomic():
        number = TeachingGroup.select().count()
        group = towns.make_group(
            town.school, town.year, None, "Алгебра", town.teacher, [], name=f"группа {number}"
        )
        lesson = towns.make_lesson(group, town.teacher, towns.today())
    Draft.delete().execute()
    return replace(town, group=group, lesson=lesson)


@pytest.fixture
def register(device, town, server) -> Callable[..., Register]:
    """`register()` is the open register of a teacher who is signed in, each in a new browser."""

    def sit_down(width: int = WIDE) -> Register:
        made = device(width, 768)
        value = open_session(town.teacher)
        made.context.add_cookies([{"name": COOKIE, "value": value, "url": server.url}])
        return Register(made, town).open()

    return sit_down


def make_class(town: Town, *surnames: str) -> list[int]:
    """Ids of pupils with these surnames."""
    with database.atomic():
        pupils = [towns.person(town.municipality, surname) for surname in surnames]
        for pupil in pupils:
            towns.member(town.group, pupil)
    return [pupil.id for pupil in pupils]


@pytest.fixture
def pupils(town) -> list[int]:
    """Ids of three, as they stand in the register."""
    return make_class(town, "Королёв", "Петров-Сосновский", "Яковлев")


def stored(pupils: list[int]) -> dict[int, str]:
    """Marks of pupils as the database holds them."""
    found: dict[int, str] = {}
    for mark in Mark.select().where(Mark.pupil.in_(pupils)).order_by(Mark.position):
        before = found.get(mark.pupil_id)
        found[mark.pupil_id] = f"{before}/{mark.value}" if before else mark.value
    return found


def absent(pupils: list[int]) -> dict[int, str]:
    rows = Attendance.select().where(Attendance.pupil.in_(pupils))
    return {row.pupil_id: row.code for row in rows}


def history_of(field: str, town: Town) -> list[tuple[str, str]]:
    rows = History.select().where(History.lesson == town.lesson.id, History.field == field)
    return [(row.old, row.new) for row in rows.order_by(History.id)]


# Moving and typing


def test_a_digit_and_enter_is_a_mark_and_the_next_pupil(register, pupils):
    teacher = register()
    first, second, third = (f"mark-{pupil}" for pupil in pupils)
    teacher.cell(first).focus()
    teacher.press("5", "Enter")
    assert teacher.focused() == second
    teacher.press("4", "/", "5", "Enter")
    assert teacher.focused() == third
    # The last one is saved where it is.
    teacher.press("3", "Enter")
    assert teacher.focused() == third
    teacher.is_saved()
    assert stored(pupils) == dict(zip(pupils, ("5", "4/5", "3"), strict=True))
    teacher.press("Shift+Enter")
    assert teacher.focused() == second
    # The whole text is chosen: a digit takes its place.
    teacher.press("2", "Shift+Enter")
    assert teacher.focused() == first
    teacher.is_saved()
    assert stored(pupils)[pupils[1]] == "2"


def test_arrows_go_to_the_neighbours(register, pupils):
    teacher = register()
    teacher.cell(f"mark-{pupils[0]}").focus()
    teacher.press("ArrowDown")
    assert teacher.focused() == f"mark-{pupils[1]}"
    teacher.press("ArrowLeft")
    assert teacher.focused() == f"attendance-{pupils[1]}"
    teacher.press("ArrowUp")
    assert teacher.focused() == f"attendance-{pupils[0]}"
    teacher.press("ArrowUp", "ArrowLeft")
    assert teacher.focused() == f"attendance-{pupils[0]}"
    teacher.press("ArrowRight")
    assert teacher.focused() == f"mark-{pupils[0]}"
    # Within a text they go from letter to letter, and out of it at its end.
    teacher.press("4", "5", "ArrowLeft")
    assert teacher.focused() == f"mark-{pupils[0]}"
    teacher.press("/", "ArrowRight", "ArrowDown")
    assert teacher.focused() == f"mark-{pupils[1]}"
    teacher.is_saved()
    assert stored(pupils) == {pupils[0]: "4/5"}


def test_arrows_stay_within_a_long_text(register, pupils):
    teacher = register()
    teacher.cell("topic").focus()
    teacher.press("ArrowDown", "ArrowRight", "Enter")
    assert teacher.focused() == "topic"


LATIN_KEY_OF_N = """
function (key) {
  var event = new KeyboardEvent('keydown',
    {key: key, code: 'KeyY', bubbles: true, cancelable: true});
  if (document.activeElement.dispatchEvent(event)) {
    document.execCommand('insertText', false, key);
  }
}
"""


@pytest.mark.parametrize("key", ["y", "Y", "н", "Н"])
def test_one_key_is_n_in_either_layout(register, pupils, key):
    teacher = register()
    teacher.cell(f"attendance-{pupils[0]}").focus()
    teacher.page.evaluate(LATIN_KEY_OF_N, key)
    teacher.press("Enter")
    expect(teacher.cell(f"attendance-{pupils[0]}")).to_have_value("н")
    teacher.is_saved()
    assert absent(pupils) == {pupils[0]: "н"}


def test_the_real_key_of_a_latin_keyboard_is_n_too(register, pupils):
    teacher = register()
    teacher.cell(f"attendance-{pupils[0]}").focus()
    teacher.press("KeyY", "Enter", "Shift+KeyY", "Enter")
    teacher.is_saved()
    assert absent(pupils) == {pupils[0]: "н", pupils[1]: "н"}


def test_n_in_a_marks_field_goes_to_attendance_before_ones_eyes(register, pupils):
    teacher = register()
    teacher.cell(f"mark-{pupils[0]}").focus()
    teacher.press("y", "Enter")
    expect(teacher.cell(f"attendance-{pupils[0]}")).to_have_value("н")
    expect(teacher.cell(f"mark-{pupils[0]}")).to_have_value("")
    teacher.is_saved()
    assert (absent(pupils), stored(pupils)) == ({pupils[0]: "н"}, {})


def test_a_letter_that_looks_like_n_is_refused_in_words(register, pupils):
    """The key «h» is «р» on a Russian keyboard: its look says nothing."""
    teacher = register()
    name = f"mark-{pupils[0]}"
    teacher.cell(name).focus()
    teacher.press("h", "Enter")
    expect(teacher.cell(name)).to_have_value("р")
    expect(teacher.cell(name)).to_have_attribute("aria-invalid", "true")
    expect(teacher.said_at(name)).to_contain_text("Отметки «р» нет")
    teacher.waits(1)
    assert (absent(pupils), stored(pupils)) == ({}, {})
    # Put in by other means than a key it is refused as well.
    teacher.cell(f"attendance-{pupils[1]}").fill("H")
    teacher.press("Enter")
    expect(teacher.said_at(f"attendance-{pupils[1]}")).to_contain_text("не пометка")
    teacher.waits(2)
    assert absent(pupils) == {}
    # Mended, it is saved and nothing is said any more.
    teacher.cell(name).focus()
    teacher.cell(name).select_text()
    teacher.press("y", "Enter")
    expect(teacher.cell(name)).not_to_have_attribute("aria-invalid", "true")
    teacher.waits(1)
    teacher.cell(f"attendance-{pupils[1]}").fill("")
    teacher.press("Enter")
    expect(teacher.page.locator(".error")).to_have_count(0)
    teacher.is_saved()
    assert absent(pupils) == {pupils[0]: "н"}


def test_f2_says_once_that_all_are_present(register, town, pupils):
    teacher = register()
    # From wherever one is.
    teacher.press("F2")
    expect(teacher.page.locator("#unsaved")).to_have_text("Посещаемость отмечена")
    expect(teacher.cell("attendance-taken")).to_be_checked()
    teacher.cell(f"mark-{pupils[0]}").focus()
    teacher.press("F2", "F2", "5", "Enter")
    teacher.is_saved()
    teacher.page.reload()
    expect(teacher.page.get_by_text("Посещаемость отмечена")).to_be_visible()
    assert Lesson.get_by_id(town.lesson.id).attendance_taken_by_id == town.teacher.id
    assert history_of("attendance_taken", town) == [("", "1")]


def test_ctrl_z_takes_the_last_saved_change_back(register, town, pupils):
    teacher = register()
    first, second = f"mark-{pupils[0]}", f"mark-{pupils[1]}"
    teacher.cell(first).focus()
    teacher.press("5", "Enter", "4", "Enter")
    teacher.is_saved()
    teacher.press("Control+z")
    assert teacher.focused() == second
    expect(teacher.cell(second)).to_have_value("")
    teacher.is_saved()
    assert stored(pupils) == {pupils[0]: "5"}
    teacher.press("Control+z")
    expect(teacher.cell(first)).to_have_value("")
    teacher.is_saved()
    assert stored(pupils) == {}
    teacher.press("Control+z")
    teacher.is_saved()
    assert history_of("mark", town) == [("", "5"), ("", "4"), ("4", ""), ("5", "")]


def test_ctrl_z_while_typing_is_the_browsers_own(register, pupils):
    teacher = register()
    first, second = f"mark-{pupils[0]}", f"mark-{pupils[1]}"
    teacher.cell(first).focus()
    teacher.press("5", "Enter")
    teacher.is_saved()
    teacher.press("4", "Control+z")
    expect(teacher.cell(second)).to_have_value("")
    assert teacher.focused() == second
    expect(teacher.cell(first)).to_have_value("5")
    assert stored(pupils) == {pupils[0]: "5"}


def test_ctrl_z_takes_nobody_elses_change_back(register, pupils):
    here, there = register(), register()
    name = f"mark-{pupils[0]}"
    here.cell(name).focus()
    here.press("5", "Enter")
    here.is_saved()
    there.open()
    there.press("Control+z")
    there.cell(name).fill("4")
    there.press("Enter")
    there.is_saved()
    here.press("Control+z")
    expect(here.said_at(name)).to_contain_text("Сейчас в журнале: 4")
    assert stored(pupils) == {pupils[0]: "4"}


# A spreadsheet


def test_a_column_of_a_spreadsheet_goes_down(register, pupils):
    teacher = register()
    assert not teacher.paste(f"mark-{pupils[0]}", "5\r\n\r\n4/5\r\n")
    teacher.is_saved()
    assert stored(pupils) == {pupils[0]: "5", pupils[2]: "4/5"}


def test_two_columns_go_into_two(register, pupils):
    teacher = register()
    teacher.paste(f"attendance-{pupils[0]}", "\t5\nн\t\n о \tзачёт\n")
    teacher.is_saved()
    expect(teacher.cell(f"mark-{pupils[2]}")).to_have_value("зач")
    assert stored(pupils) == {pupils[0]: "5", pupils[2]: "зач"}
    assert absent(pupils) == {pupils[1]: "н", pupils[2]: "о"}


def test_one_value_is_pasted_by_the_browser(register, pupils):
    assert register().paste(f"mark-{pupils[0]}", "5\n")


def test_of_a_column_with_a_wrong_mark_the_others_are_saved(register, pupils):
    teacher = register()
    teacher.paste(f"mark-{pupils[0]}", "5\n6\n4")
    expect(teacher.said_at(f"mark-{pupils[1]}")).to_contain_text("Отметки «6» нет")
    teacher.waits(1)
    assert stored(pupils) == {pupils[0]: "5", pupils[2]: "4"}


def test_more_values_than_pupils_paste_nothing(register, town):
    pupils = make_class(town, *(f"Ученик{n:02d}" for n in range(40)))
    teacher = register()
    name, second = f"mark-{pupils[0]}", f"mark-{pupils[1]}"
    teacher.paste(name, "\n".join(["5"] * 41))
    expect(teacher.said_at(name)).to_contain_text("Ничего не вставлено")
    teacher.is_saved()
    assert stored(pupils) == {}
    # From the second pupil on forty are too many as well; from the first they fit.
    teacher.paste(second, "\n".join(["5"] * 40))
    expect(teacher.said_at(second)).to_contain_text("Ничего не вставлено")
    teacher.paste(name, "\n".join(["5"] * 40) + "\n")
    teacher.is_saved()
    assert len(stored(pupils)) == 40
    # A table that is wider than the register pastes nothing either.
    teacher.paste(name, "4\t4\n4\t4")
    expect(teacher.said_at(name)).to_contain_text("Ничего не вставлено")
    assert set(stored(pupils).values()) == {"5"}


# What is not saved yet


class Line:
    """It stands still: what is sent is neither answered nor refused until it is let go."""

    def __init__(self, teacher: Register) -> None:
        self.page = teacher.page
        self.is_free = False
        self.held: list[Route] = []
        self.page.route("**/gradebook/lessons/*", self._take)

    def _take(self, route: Route) -> None:
        if self.is_free:
            route.continue_()
        else:
            self.held.append(route)

    def wait_for(self, count: int) -> list[Route]:
        for _ in range(200):
            if len(self.held) >= count:
                return self.held
            self.page.wait_for_timeout(20)
        raise AssertionError(f"{len(self.held)} saves instead of {count}")


def test_what_is_not_saved_can_be_seen(register, pupils):
    teacher = register()
    teacher.is_saved()
    line = Line(teacher)
    teacher.cell(f"mark-{pupils[0]}").focus()
    teacher.press("5")
    teacher.waits(1)
    teacher.press("Enter", "4", "Enter")
    teacher.waits(2)
    expect(teacher.page.locator("#unsaved")).to_have_class("save-state waiting")
    first, second = line.wait_for(2)
    first.continue_()
    teacher.waits(1)
    second.continue_()
    teacher.is_saved()
    expect(teacher.page.locator("#unsaved")).to_have_class("save-state")


def test_leaving_the_page_warns_while_something_is_not_saved(register, pupils):
    teacher = register()
    asked: list[str] = []

    def stay(dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    teacher.page.on("dialog", stay)
    teacher.cell(f"mark-{pupils[0]}").focus()
    teacher.press("5", "Enter")
    teacher.is_saved()
    teacher.page.reload()
    assert asked == []
    teacher.cell(f"mark-{pupils[1]}").focus()
    teacher.press("4")
    teacher.page.reload()
    assert asked == ["beforeunload"]


def test_typed_without_a_line_it_waits_and_is_saved_with_one(register, pupils):
    teacher = register()
    teacher.device.context.set_offline(True)
    teacher.cell(f"mark-{pupils[0]}").focus()
    teacher.press("5", "Enter", "4", "Enter", "y", "Enter")
    teacher.waits(3)
    assert stored(pupils) == {}
    teacher.device.context.set_offline(False)
    teacher.is_saved()
    expect(teacher.cell(f"attendance-{pupils[2]}")).to_have_value("н")
    assert stored(pupils) == {pupils[0]: "5", pupils[1]: "4"}
    assert absent(pupils) == {pupils[2]: "н"}
    teacher.forgive("ERR_INTERNET_DISCONNECTED", "failed: ")


def test_what_was_changed_back_without_an_answer_is_changed_back(register, pupils):
    """The server had the 5, the page never knew; the cell is emptied again."""
    teacher = register()
    name = f"mark-{pupils[0]}"
    line = Line(teacher)
    teacher.cell(name).focus()
    teacher.press("5", "ArrowDown")
    save = line.wait_for(1)[0]
    save.fetch()  # it arrives
    teacher.press("ArrowUp", "Delete")
    teacher.waits(1)  # nobody knows whether it is empty
    line.is_free = True
    save.abort()  # its answer does not
    teacher.press("ArrowDown")
    teacher.is_saved()
    assert stored(pupils) == {}
    teacher.forgive("ERR_FAILED", "failed: ")


def test_a_correction_of_a_wrong_mark_made_before_its_answer_is_saved(register, pupils):
    teacher = register()
    name = f"mark-{pupils[0]}"
    line = Line(teacher)
    teacher.cell(name).focus()
    teacher.press("6", "ArrowDown")
    save = line.wait_for(1)[0]
    teacher.press("ArrowUp", "5", "ArrowDown")
    line.is_free = True
    save.continue_()
    teacher.is_saved()
    expect(teacher.page.locator(".error")).to_have_count(0)
    assert stored(pupils) == {pupils[0]: "5"}


def test_an_answer_leaves_chosen_what_is_to_be_typed_over(register, pupils):
    """Back in a cell, all of it is chosen, so that the next key replaces it: in its usual spelling
    too, which came meanwhile."""
    teacher = register()
    name = f"mark-{pupils[0]}"
    line = Line(teacher)
    teacher.cell(name).focus()
    teacher.press("5", "Space", "4", "ArrowDown")
    save = line.wait_for(1)[0]
    teacher.press("ArrowUp")
    line.is_free = True
    save.continue_()
    expect(teacher.cell(name)).to_have_value("5/4")
    teacher.press("3", "ArrowDown")
    teacher.is_saved()
    assert stored(pupils) == {pupils[0]: "3"}


def test_the_button_after_the_cells_is_no_conflict_with_oneself(register, pupils):
    teacher = register()
    name = f"mark-{pupils[0]}"
    teacher.cell(name).focus()
    teacher.press("4", "Enter")
    teacher.is_saved()
    line = Line(teacher)
    teacher.press("Shift+Enter", "5")
    teacher.page.locator("#register").evaluate("form => form.requestSubmit()")
    forms = line.wait_for(1)
    line.is_free = True
    with teacher.page.expect_navigation():
        for route in forms:
            route.continue_()
    expect(teacher.page.get_by_text("Сохранено: 1 запись")).to_be_visible()
    expect(teacher.page.locator("#errors")).to_have_count(0)
    assert stored(pupils) == {pupils[0]: "5"}
    teacher.forgive("failed: ")


# The session


def end_session() -> None:
    Session.update(ends_at=clock.now() - timedelta(seconds=1)).execute()


def test_a_session_that_ended_leads_back_to_the_cell(register, town, pupils):
    teacher = register()
    names = [f"mark-{pupil}" for pupil in pupils]
    end_session()
    teacher.cell(names[0]).focus()
    teacher.press("5", "Enter")
    link = teacher.page.get_by_role("link", name="Войти и вернуться к этой клетке")
    expect(link).to_be_visible()
    expect(teacher.page.locator("#unsaved")).to_contain_text("Сеанс закончился")
    # Whoever did not look up goes on typing: nothing of it is lost.
    teacher.press("4", "Enter", "3")
    assert stored(pupils) == {}
    expect(link).to_have_attribute(
        "href", f"/sign-in?next=%2Fgradebook%2Flessons%2F{town.lesson.id}%23{names[2]}"
    )
    with teacher.page.expect_navigation():
        link.click()
    assert Draft.select().count() == 1
    teacher.page.get_by_label("Логин").fill("teacher")
    teacher.page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    teacher.page.get_by_role("button", name="Войти").click()
    expect(teacher.page.get_by_role("heading", name="Введённое ждало вас")).to_be_visible()
    expect(teacher.cell(names[2])).to_be_focused()
    for name, typed in zip(names, "543", strict=True):
        expect(teacher.cell(name)).to_have_value(typed)
    teacher.waits(3)
    teacher.press("Enter")
    teacher.waits(2)
    teacher.page.get_by_role("button", name="Сохранить").click()
    expect(teacher.page.get_by_text("Сохранено: 2 записи")).to_be_visible()
    assert stored(pupils) == dict(zip(pupils, "543", strict=True))
    teacher.forgive("status of 401")


def test_signed_in_again_in_another_tab_the_page_goes_on(register, town, server, pupils):
    teacher = register()
    end_session()
    teacher.cell(f"mark-{pupils[0]}").focus()
    teacher.press("5", "Enter")
    expect(teacher.page.locator("#unsaved")).to_contain_text("Сеанс закончился")
    teacher.device.context.add_cookies(
        [{"name": COOKIE, "value": open_session(town.teacher), "url": server.url}]
    )
    teacher.page.evaluate("window.dispatchEvent(new Event('focus'))")
    teacher.is_saved()
    expect(teacher.page.locator("#unsaved a")).to_have_count(0)
    assert stored(pupils) == {pupils[0]: "5"}
    teacher.forgive("status of 401")


def test_a_register_that_is_theirs_no_more_says_so(register, town, pupils):
    teacher = register()
    with database.atomic():
        GroupTeacher.delete().where(GroupTeacher.teaching_group == town.group).execute()
        Lesson.update(teacher=town.colleague).where(Lesson.id == town.lesson.id).execute()
    teacher.cell(f"mark-{pupils[0]}").focus()
    teacher.press("5", "Enter")
    expect(teacher.page.locator("#unsaved")).to_contain_text("больше не открыт")
    expect(teacher.cell(f"mark-{pupils[0]}")).to_have_value("5")
    expect(teacher.cell(f"mark-{pupils[0]}")).to_have_class("dirty")
    assert stored(pupils) == {}
    teacher.forgive("status of 404")


# Two people


def test_two_in_one_cell_see_both_values(register, pupils):
    here, there = register(), register()
    name = f"mark-{pupils[0]}"
    here.cell(name).focus()
    here.press("5", "Enter")
    here.is_saved()
    there.cell(name).focus()
    there.press("3", "Enter")
    expect(there.said_at(name)).to_contain_text("Сейчас в журнале: 5")
    expect(there.said_at(name)).to_contain_text("Учителева")
    expect(there.cell(name)).to_have_value("3")
    there.waits(1)
    assert stored(pupils) == {pupils[0]: "5"}
    # Neither going past the cell nor a line that comes back is a decision.
    there.press("ArrowUp", "ArrowDown")
    there.page.evaluate("window.dispatchEvent(new Event('online'))")
    there.page.wait_for_timeout(300)
    assert stored(pupils) == {pupils[0]: "5"}
    there.press("ArrowUp", "Enter")
    there.is_saved()
    expect(there.cell(name)).not_to_have_attribute("aria-invalid", "true")
    assert stored(pupils) == {pupils[0]: "3"}
    # Whoever types the other's value agrees.
    here.cell(name).fill("4")
    here.press("Enter")
    expect(here.said_at(name)).to_contain_text("Сейчас в журнале: 3")
    here.cell(name).fill("3")
    here.press("Enter")
    here.is_saved()
    expect(here.page.locator(".error")).to_have_count(0)
    assert stored(pupils) == {pupils[0]: "3"}


def test_n_that_conflicts_in_attendance_is_shown_there(register, pupils):
    here, there = register(), register()
    mark, attendance = f"mark-{pupils[0]}", f"attendance-{pupils[0]}"
    here.cell(attendance).fill("б")
    here.press("Enter")
    here.is_saved()
    there.cell(mark).focus()
    there.press("y", "Enter")
    expect(there.said_at(attendance)).to_contain_text("Сейчас в журнале: б")
    expect(there.cell(attendance)).to_have_value("н")
    there.waits(1)
    there.cell(attendance).focus()
    there.press("Enter")
    there.is_saved()
    assert absent(pupils) == {pupils[0]: "н"}


def test_a_wrong_mark_does_not_hide_that_somebody_else_wrote(register, pupils):
    here, there = register(), register()
    name = f"mark-{pupils[0]}"
    here.cell(name).focus()
    here.press("4", "Enter")
    here.is_saved()
    there.cell(name).focus()
    there.press("6", "Enter")
    expect(there.said_at(name)).to_contain_text("Отметки «6» нет")
    there.cell(name).fill("5")
    there.press("Enter")
    expect(there.said_at(name)).to_contain_text("Сейчас в журнале: 4")
    assert stored(pupils) == {pupils[0]: "4"}


def test_a_work_that_was_added_meanwhile_takes_no_marks_unasked(register, town, pupils):
    teacher = register()
    kind = WorkKind.get(WorkKind.school == town.school, WorkKind.name == "Контрольная работа")
    with database.atomic():
        Work.create(school=town.school, lesson=town.lesson, work_kind=kind, ordinal=1)
    name = f"mark-{pupils[0]}"
    teacher.cell(name).focus()
    teacher.press("5", "Enter")
    expect(teacher.said_at(name)).to_contain_text("добавили работу «Контрольная работа»")
    teacher.waits(1)
    assert stored(pupils) == {}
    teacher.press("ArrowUp", "ArrowDown")
    teacher.waits(1)
    teacher.press("ArrowUp", "Enter")
    teacher.is_saved()
    assert stored(pupils) == {pupils[0]: "5"}


# A bad line


def test_what_the_script_shows_as_saved_is_saved_whatever_the_line_does(
    device, town, server, pupils
):
    """Many such lines, with a page that is not in a browser: tests/serving/test_bad_line.py."""
    plan = Plan(seed=11, longest=1.5, is_good=True)
    wanted = {f"mark-{pupil}": text for pupil, text in zip(pupils, "534", strict=True)}
    with proxy_in_a_thread(server.host, server.port, plan) as line:
        made = device(WIDE, 768)
        made.url = f"http://127.0.0.1:{line.port}"
        made.context.add_cookies(
            [{"name": COOKIE, "value": open_session(town.teacher), "url": made.url}]
        )
        teacher = Register(made, town).open()
        plan.is_good = False
        for _ in range(4):
            for name, text in wanted.items():
                for typed in ("2", "", text):
                    teacher.cell(name).fill(typed)
                    teacher.press("Enter")
                    teacher.page.wait_for_timeout(100)
            teacher.cell("topic").fill("Дроби")
        plan.is_good = True
        # In a minute at the latest it tries again by itself; a line that comes back is told.
        teacher.page.wait_for_timeout(1000)
        teacher.page.evaluate("window.dispatchEvent(new Event('online'))")
        teacher.cell(f"mark-{pupils[0]}").focus()
        expect(teacher.page.locator("#unsaved")).to_have_text("Всё сохранено", timeout=60_000)
        shown = {name: teacher.cell(name).input_value() for name in wanted}
    print(f"\n{dict(plan.seen)}")
    assert len(plan.seen) >= 5
    assert shown == wanted
    assert stored(pupils) == dict(zip(pupils, "534", strict=True))
    assert Lesson.get_by_id(town.lesson.id).topic == "Дроби"
    assert set(line.statuses) <= {200, 304, 422}
    for pupil in pupils:
        rows = History.select().where(History.pupil == pupil).order_by(History.id)
        sequences = [int(row.request.partition(":")[2]) for row in rows]
        assert sequences == sorted(set(sequences))
        assert [row.old for row in rows] == ["", *(row.new for row in rows)][:-1]
    teacher.device.complaints.clear()  # of a bad line there is much to complain


# The whole lesson


def test_a_lesson_of_25_marks_needs_40_keys_beside_the_marks_and_no_mouse(register, town):
    pupils = make_class(town, *(f"Ученик{n:02d}" for n in range(25)))
    teacher = register()
    fields = teacher.page.locator("td > input[id^=mark-]")
    expect(fields).to_have_count(25)
    marks = ["5", "4", "3", "2", "4/5"] * 5
    # From where the page begins: all present, and on to the first mark.
    teacher.press("F2")
    for mark in marks:
        teacher.keys.type(mark)
        teacher.press("Enter")
    teacher.is_saved()
    assert stored(pupils) == dict(zip(pupils, marks, strict=True))
    assert Lesson.get_by_id(town.lesson.id).attendance_taken_at is not None
    print(f"\n{teacher.pressed} keys beside the marks")
    assert teacher.pressed <= 40


# The engines of old


OLD = {
    "Program", "ExpressionStatement", "BlockStatement", "IfStatement", "ReturnStatement",
    "VariableDeclaration", "VariableDeclarator", "FunctionDeclaration", "FunctionExpression",
    "CallExpression", "NewExpression", "MemberExpression", "Identifier", "Literal",
    "AssignmentExpression", "BinaryExpression", "LogicalExpression", "UnaryExpression",
    "UpdateExpression", "ConditionalExpression", "ObjectExpression", "Property",
    "ArrayExpression", "ThisExpression", "ForStatement", "ForInStatement", "WhileStatement",
    "DoWhileStatement", "SwitchStatement", "SwitchCase", "BreakStatement", "ContinueStatement",
    "TryStatement", "CatchClause", "ThrowStatement", "SequenceExpression", "EmptyStatement",
    "Directive", "LabeledStatement",
}  # fmt: skip


def newer_than_es5(source: str) -> list[str]:
    """What an engine of 2009 does not read, as sentences."""
    found: list[str] = []

    def look(node, metadata) -> None:
        line = metadata.start.line
        if node.type not in OLD:
            found.append(f"line {line}: {node.type}")
        elif node.type == "VariableDeclaration" and node.kind != "var":
            found.append(f"line {line}: {node.kind}")
        elif node.type == "Property" and (node.shorthand or node.computed or node.method):
            found.append(f"line {line}: a short property")
        elif getattr(node, "generator", False) or getattr(node, "isAsync", False):
            found.append(f"line {line}: a generator or async function")
        elif node.type == "Literal" and getattr(node, "regex", None):
            if set(node.regex.flags) - set("gim"):
                found.append(f"line {line}: flags of an expression")
        elif node.type == "Literal" and str(node.raw)[:2].lower() in ("0b", "0o"):
            found.append(f"line {line}: {node.raw}")

    esprima.parseScript(source, {}, look)
    return found


@pytest.mark.parametrize("name", ["app.js", "register.js"])
def test_our_scripts_are_of_es5(name):
    assert newer_than_es5((ROOT / "static" / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    ["let x = 1;", "const x = 1;", "f(() => 1);", "var x = `a`;", "var x = {a};",
     "var x = {[a]: 1};", "var x = {f() { return 1; }};", "f(...x);", "var [a] = b;",
     "function f(a = 1) { return a; }", "class A {}", "for (var x of y) { f(x); }",
     "async function f() { return 1; }", "function* f() { yield 1; }", "var x = /a/u;",
     "var x = 0b11;"],
)  # fmt: skip
def test_newer_script_is_seen(source):
    assert newer_than_es5(source)
