"""The register of a period: by keys with script (H4, H5), as one form without, read by those who
answer for it; each cell saved as the lesson's own register saves it (H3)."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from school.database import database, ensure_connection, open_database
from school.models import Attendance, Mark, StudyPeriod
from tests.serving.client import COOKIE, open_session
from tests.town import PASSWORD, today, year_start

pytestmark = pytest.mark.requirement("E1")


@pytest.fixture
def period(town, served_sqlite):
    """A quarter that holds today; the database is open for looking at what was saved."""
    open_database(served_sqlite)
    ensure_connection()
    yield StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1 четверть",
        from_grade=5, until_grade=9, from_on=year_start(), until_on=today() + timedelta(days=30),
    )  # fmt: skip
    database.close()


def sit_down(device, town, person, *, width=1024, height=768, script=True):
    made = device(width, height, script=script)
    value = open_session(person)
    made.context.add_cookies([{"name": COOKIE, "value": value, "url": made.url}])
    made.open(f"/gradebook/groups/{town.group.id}")
    return made


def stored():
    return {(mark.pupil_id, mark.work.lesson_id): mark.value for mark in Mark.select()}


def is_saved(page):
    expect(page.locator("#unsaved")).to_have_text("Всё сохранено")
    expect(page.locator(".dirty")).to_have_count(0)


PASTE = """
function (text) {
  var data = new DataTransfer();
  data.setData('text/plain', text);
  document.activeElement.dispatchEvent(new ClipboardEvent('paste',
    {clipboardData: data, bubbles: true, cancelable: true}));
}
"""


@pytest.mark.requirement("H3")
@pytest.mark.requirement("H4")
@pytest.mark.requirement("H5")
def test_a_teacher_fills_a_period_by_keys(device, town, period):
    made = sit_down(device, town, town.teacher)
    page, keys = made.page, made.page.keyboard
    first, second = town.pupil.id, town.classmate.id
    now, before = town.lesson.id, town.yesterday.id

    def cell(pupil, lesson):
        return page.locator(f"#cell-{pupil}-{lesson}")

    made.fits()
    # The newest lesson's first pupil is where the Tab key leads; digit and Enter is the next one.
    cell(first, now).focus()
    expect(page.locator("#where")).to_contain_text("Королёв Фёдор")
    for key in ("5", "Enter"):
        keys.press(key)
    expect(cell(second, now)).to_be_focused()
    # «н» by its key in the Latin layout, then to the left and up: all four directions.
    for key in ("y", "ArrowLeft"):
        keys.press(key)
    expect(cell(second, before)).to_be_focused()
    keys.press("ArrowUp")
    expect(cell(first, before)).to_be_focused()
    is_saved(page)
    assert stored() == {(first, now): "5"}
    assert [(a.pupil_id, a.lesson_id, a.code) for a in Attendance.select()] == [(second, now, "н")]
    # The average is as new as the marks.
    expect(page.locator(f"tr:has(#p{first}) td").first).to_have_text("5,00")
    # A block out of a spreadsheet, tabs and all.
    page.evaluate(PASTE, "4\t 3 \n5\t2\n")
    is_saved(page)
    # What is proposed for the period is as new as the average.
    expect(page.locator(f"tr:has(#p{first}) td").nth(1)).to_have_text("предл. 4")
    assert stored() == {
        (first, before): "4", (first, now): "3", (second, before): "5", (second, now): "2",
    }  # fmt: skip
    # What is no mark is said so, below, beside whose it is; and taken back.
    cell(first, now).focus()
    cell(first, now).fill("6")
    keys.press("Enter")
    expect(page.locator(".told")).to_contain_text("Королёв Фёдор")
    expect(page.locator(".told")).to_contain_text("Отметки «6» нет")
    cell(first, now).fill("3")
    keys.press("Enter")
    expect(page.locator(".error")).to_have_count(0)
    # A lesson ahead takes none yet, and says so kindly.
    cell(first, now).focus()
    keys.press("ArrowRight")
    keys.type("5")
    keys.press("Enter")
    expect(page.locator(".told")).to_contain_text("Урок ещё не наступил")
    page.locator(f"#cell-{first}-{town.tomorrow.id}").fill("")
    keys.press("Enter")
    is_saved(page)
    # Taken back: the last change of this page.
    cell(second, before).focus()
    cell(second, before).fill("3")
    keys.press("Enter")
    is_saved(page)
    cell(second, before).focus()
    keys.press("Control+z")
    is_saved(page)
    assert stored()[second, before] == "5"
    # F8 hides names and marks from the projector; any key shows them again.
    keys.press("F8")
    expect(page.locator(".grid")).to_be_hidden()
    assert page.title() == "Листок"
    keys.press("x")
    expect(page.locator(".grid")).to_be_visible()
    assert stored()[second, before] == "5"
    # Two in one cell: both values are shown, and nothing is overwritten.
    Mark.update(value="2").where(Mark.pupil == second).execute()
    # F9 locks: what could not be saved waits behind the password.
    cell(first, before).focus()
    cell(first, before).fill("7")
    sent = []
    page.on("request", lambda asked: sent.append(asked.post_data or ""))
    keys.press("F9")
    page.wait_for_url("**/locked**")
    # What is hidden loses the focus: were the cell then saved by itself, it might come first.
    assert [("lock=1" in body) for body in sent if body] == [True]
    assert page.locator("text=Королёв").count() == 0
    page.goto(f"{made.url}/gradebook/")
    page.wait_for_url("**/locked**")
    page.goto(f"{made.url}/locked?next=/gradebook/groups/{town.group.id}")
    page.fill("#present", PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/gradebook/groups/**")
    expect(page.locator(f"#cell-{first}-{before}")).to_have_value("7")
    expect(page.locator("main")).to_contain_text("Введённое ждало вас")


@pytest.mark.requirement("H3")
def test_an_average_is_as_new_as_the_newest_answer_of_its_pupil(device, town, period):
    """Answers of two saves come in any order: another pupil's newer one makes none old."""
    made = sit_down(device, town, town.teacher)
    page = made.page
    first, second = town.pupil.id, town.classmate.id
    now, before = town.lesson.id, town.yesterday.id
    held = []

    def hold(route):
        answer = route.fetch()
        held.append(lambda: route.fulfill(response=answer))

    def save(pupil, lesson, value):
        page.locator(f"#cell-{pupil}-{lesson}").fill(value)
        page.keyboard.press("Enter")
        while not held:
            page.wait_for_timeout(20)
        return held.pop()

    page.route("**/gradebook/groups/*", hold)

    def average(pupil):
        return page.locator(f"tr:has(#p{pupil}) td").first

    first_is_answered = save(first, now, "5")
    save(second, now, "4")()
    expect(average(second)).to_have_text("4,00")
    expect(average(first)).to_have_text("—")
    first_is_answered()
    expect(average(first)).to_have_text("5,00")
    # Of one pupil, a newer average stays.
    page.locator(f"#cell-{first}-{now}").focus()
    page.keyboard.press("ArrowLeft")
    first_is_answered = save(first, before, "4")
    save(first, now, "3")()
    expect(average(first)).to_have_text("3,50")
    first_is_answered()
    is_saved(page)
    expect(average(first)).to_have_text("3,50")


def test_the_same_without_script_as_one_form(device, town, period):
    made = sit_down(device, town, town.teacher, script=False)
    page = made.page
    first, now = town.pupil.id, town.lesson.id
    page.click("text=Править всё одной формой")
    page.fill(f"[name=cell-{first}-{now}]", "5")
    page.fill(f"[name=cell-{town.classmate.id}-{town.yesterday.id}]", "5+")
    page.click("text=Сохранить")
    expect(page.locator("#errors")).to_contain_text("Отметки «5+» нет")
    expect(page.locator("#errors")).to_contain_text("Остальное сохранено: 1")
    # The summary leads to the cell, and the whole sentence above it is in sight in large letters.
    made.context.add_cookies([{"name": "listok-look", "value": "z200", "url": made.url}])
    page.set_viewport_size({"width": 320, "height": 640})
    page.reload()
    page.locator("#errors li a").click()
    assert page.locator(".grid .error").evaluate(COVERED) == []
    page.set_viewport_size({"width": 1024, "height": 768})
    made.context.clear_cookies(name="listok-look")
    page.fill(f"[name=cell-{town.classmate.id}-{town.yesterday.id}]", "н")
    page.click("text=Сохранить")
    expect(page.locator("#said")).to_contain_text("Сохранено: 1 запись")
    assert stored() == {(first, now): "5"}
    # The linear twin, narrow: one pupil, all lessons; and on to the next pupil.
    page.set_viewport_size({"width": 320, "height": 640})
    page.click("text=Королёв Фёдор")
    made.fits()
    page.fill(f"#cell-{first}-{town.yesterday.id}", "4")
    page.click("text=Заблокировать экран")
    page.wait_for_url("**/locked**")
    page.fill("#present", PASSWORD)
    page.click("text=Продолжить")
    page.wait_for_url("**/pupils/**")
    expect(page.locator("main")).to_contain_text("4,50")
    made.fits()
    page.click("text=Следующий: Петров-Сосновский")
    expect(page.locator(f"#cell-{town.classmate.id}-{town.yesterday.id}")).to_have_value("н")
    # A column opened before its lesson.
    page.click("text=Запланировать работу")
    made.fits()
    page.select_option("#lesson", str(town.tomorrow.id))
    page.select_option("#kind", label="Контрольная работа, вес 3")
    page.fill("#title", "Дроби")
    page.click("text=Добавить работу")
    expect(page.locator(".grid")).to_contain_text("КР")
    expect(page.locator(".grid")).to_contain_text("впереди")
    made.fits()


def test_those_who_answer_read_it(device, town, period):
    for person in (town.deputy_head, town.class_teacher):
        made = sit_down(device, town, person)
        expect(made.page.locator("h1")).to_contain_text("Алгебра")
        expect(made.page.locator("form")).to_have_count(0)
        made.page.click("text=Петров-Сосновский")
        expect(made.page.locator("input")).to_have_count(0)


def test_at_four_hundred_percent_the_cell_that_is_typed_into_is_seen(device, town, period):
    """1280 × 1024 magnified four times is 320 × 256: only the grid itself scrolls sideways."""
    made = sit_down(device, town, town.teacher, width=320, height=256)
    page = made.page
    made.fits()
    for pupil, lesson in (
        (town.pupil, town.lesson), (town.classmate, town.yesterday), (town.pupil, town.yesterday),
    ):  # fmt: skip
        name = f"cell-{pupil.id}-{lesson.id}"
        page.goto(f"{made.url}/gradebook/groups/{town.group.id}#{name}")
        page.reload()
        cell = page.locator(f"#{name}")
        expect(cell).to_be_focused()
        page.keyboard.press("4")
        assert cell.evaluate(IN_SIGHT) == "", name
        made.fits()
    page.keyboard.press("Enter")
    is_saved(page)


@pytest.mark.parametrize(
    ("width", "height", "look"), [(1024, 768, ""), (320, 640, ""), (320, 640, "z200")]
)
def test_what_is_wrong_with_a_cell_is_in_sight_with_it(device, town, period, width, height, look):
    made = sit_down(device, town, town.teacher, width=width, height=height)
    if look:
        made.context.add_cookies([{"name": "listok-look", "value": look, "url": made.url}])
    page, keys = made.page, made.page.keyboard
    first, second = town.pupil.id, town.classmate.id
    grid = f"{made.url}/gradebook/groups/{town.group.id}"
    for address, name, below in (
        (grid, f"cell-{first}-{town.yesterday.id}", f"cell-{second}-{town.yesterday.id}"),
        (grid, f"cell-{second}-{town.lesson.id}", ""),
        (f"{made.url}/gradebook/lessons/{town.lesson.id}", f"mark-{first}", f"mark-{second}"),
    ):
        page.goto(f"{address}#{name}")
        page.reload()
        cell = page.locator(f"#{name}")
        cell.fill("6")
        # Where the cell comes to lie by itself, and at both ends of the window.
        for place in ("nearest", "start", "end"):
            keys.press("Enter")
            expect(cell).to_have_attribute("aria-describedby", f"{name}-error")
            expect(page.locator(f"#{below or name}")).to_be_focused()
            assert page.locator("*:focus").evaluate(IN_SIGHT) == ""
            page.evaluate("document.activeElement.blur()")
            cell.evaluate(f"cell => cell.scrollIntoView({{block: '{place}', inline: 'nearest'}})")
            cell.focus()
            page.evaluate(PAINTED)  # the sentence follows the grid's own scrolling by an event
            assert page.locator(f"#{name}-error").evaluate(COVERED) == [], (name, place)
            assert cell.evaluate(IN_SIGHT) == "", (name, place)
        assert page.locator(".error").count() == 1
        made.fits()
        cell.fill("")
        keys.press("Enter")
        expect(page.locator(".error")).to_have_count(0)


#: Until the next picture has been painted.
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
#: Which corners of an element are covered or outside the window.
COVERED = """
function (place) {
  var box = place.getBoundingClientRect();
  return [[box.left + 2, box.top + 2], [box.right - 2, box.top + 2],
          [box.left + 2, box.bottom - 2], [box.right - 2, box.bottom - 2]].filter(function (at) {
    return document.elementFromPoint(at[0], at[1]) !== place;
  });
}
"""
#: What covers the middle of an element, or where it is when nothing shows it.
IN_SIGHT = """
function (cell) {
  var box = cell.getBoundingClientRect();
  var hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return hit === cell ? '' : (hit ? hit.outerHTML.slice(0, 80) : 'outside') +
    ' at ' + [box.left, box.top, box.right, box.bottom].join(' ');
}
"""
