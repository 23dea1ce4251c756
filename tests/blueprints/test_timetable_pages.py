"""The deputy head's pages of changes: a morning without a teacher, one lesson, whole days, who is
where, the pay journal, the sheet for the notice board."""

import io
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook

from school.models import DayChange, Lesson, LessonChange, Paper, TeacherAbsence
from tests.blueprints.helpers import complaints, register_of, statements
from tests.databases import on_sqlite
from tests.school.test_timetable_changes import mark, school_days
from tests.town import make_group, make_lesson, today

pytestmark = [pytest.mark.requirement("B6"), on_sqlite]


@pytest.fixture
def at(town, visit):
    """The deputy head, at a school that has bells and periods."""
    school_days(town, days=[1])
    return visit(town.deputy_head)


def lesson_page(lesson):
    return f"/oversight/lessons/{lesson.id}/timetable"


def school_page(town, rest):
    return f"/oversight/schools/{town.school.id}/{rest}"


def test_a_morning_without_a_teacher(town, at, visit):
    """07:45: all lessons on one page, who is free first, one save, the sheet for the board."""
    second = make_lesson(town.group, town.teacher, today(), 2)
    at.get("/oversight/").links()
    day = at.get(school_page(town, "timetable"))
    assert "Изменений нет" in day.main
    page = at.get(
        school_page(town, f"absent?teacher={town.teacher.id}&from={today()}&until={today()}")
    )
    options = page.root.xpath(f"//select[@name='do-{town.lesson.id}']/option")
    assert [o.text for o in options][:2] == ["пока ничего", "отменить урок"]
    assert "Соседкина" in options[2].text
    done = at.send(
        page, cause="ill", reason="Учитель отсутствует",
        **{f"do-{town.lesson.id}": str(town.colleague.id), f"do-{second.id}": "cancel"},
    )  # fmt: skip
    shown = at.follow(done)
    assert "Отсутствие записано" in shown.words
    assert "Писем учителям: 2" in shown.words
    assert "ведёт Соседкина" in shown.main
    assert "больничный" not in shown.main
    # A second post of the same form does no harm.
    at.send(
        page, cause="ill", reason="Учитель отсутствует",
        **{f"do-{town.lesson.id}": str(town.colleague.id), f"do-{second.id}": "cancel"},
    )  # fmt: skip
    assert (TeacherAbsence.select().count(), LessonChange.select().count()) == (1, 2)
    board = at.get(school_page(town, f"changes-sheet/{today()}"))
    assert "обычно Учителева" in board.main
    assert "ольничный" not in board.main
    at.send(board)
    assert Paper.get().kind == "changes"
    mother = visit(town.mother).get(f"/diary/{town.pupil.id}/timetable/{today()}")
    assert "обычно Учителева Вера Ивановна (учитель отсутствует)" in mother.main
    assert "Урок отменён (учитель отсутствует)" in mother.main
    own = visit(town.colleague).get("/gradebook/")
    assert "Вы заменяете" in own.main
    assert "Изменения в ваших уроках" in own.main
    at.send(shown, form="/absences/")
    assert TeacherAbsence.get().ended_at is not None


def test_a_clash_comes_back_with_all_that_was_typed(town, at):
    other = make_group(
        town.school, town.year, town.school_class, "Физика", town.colleague, [], name="7Б"
    )
    make_lesson(other, town.colleague, today())
    address = school_page(town, f"absent?teacher={town.teacher.id}")
    field = f"do-{town.lesson.id}"
    page = at.send(
        at.get(address), status=422, **{field: str(town.colleague.id), "reason": "Курсы"}
    )
    assert "в это время идёт урок «Физика, 7Б»" in page.main
    assert page.fields()["reason"] == "Курсы"
    assert page.fields()[field] == str(town.colleague.id)
    assert field in complaints(page)
    assert not TeacherAbsence.select().exists()
    at.send(page, **{f"accepts-{town.lesson.id}": "1", f"why-{town.lesson.id}": "объединение"})
    assert LessonChange.get().is_joint


def test_one_lesson_each_way(town, at, visit):
    page = at.send(at.get(lesson_page(town.lesson)), status=422, kind="")
    assert "kind" in complaints(page)
    page = at.follow(at.send(page, kind="room", room="118"))
    assert "Другой кабинет: 118" in page.main
    page = at.follow(at.send(page, kind="cancellation", reason="Концерт"))
    assert "Урок отменён." in page.main
    assert "Урок отменён (концерт)" in visit(town.mother).get(f"/diary/{town.pupil.id}/news").main
    page = at.follow(at.send(page, form=-1))
    assert "Урок состоится, отмена снята" in page.main
    page = at.follow(at.send(page, form=0))
    assert "Снова обычный кабинет" in page.main
    holiday = at.send(page, status=422, kind="move", held_on="01.01.2190", number="3")
    assert "это не тот учебный год" in holiday.words
    wrong = at.send(page, status=422, kind="move", held_on="завтра", number="3")
    assert "held_on" in complaints(wrong)
    assert wrong.fields()["held_on"] == "завтра"


def test_marks_are_named_before_a_lesson_is_cancelled(town, at):
    mark(town, town.lesson, town.teacher)
    page = at.get(lesson_page(town.lesson))
    assert "уже есть записи (отметок: 1" in page.main
    page = at.send(page, status=422, kind="cancellation")
    assert "Они останутся в журнале" in page.main
    at.send(page, keeps="1")
    assert Lesson.get_by_id(town.lesson.id).cancelled_at is not None


@pytest.mark.requirement("H3")
def test_what_a_teacher_typed_into_a_lesson_cancelled_meanwhile_is_given_back(town, at, visit):
    teacher = visit(town.teacher)
    open_page = register_of(teacher, town.lesson)
    at.send(at.get(lesson_page(town.lesson)), kind="cancellation")
    back = teacher.send(open_page, status=422, **{f"mark-{town.pupil.id}": "5", "topic": "Дроби"})
    assert "Урок отменён" in back.main
    assert "Королёв Фёдор, отметка: 5" in back.main
    assert "Дроби" in back.main


def test_an_old_page_is_told_what_happened_since(town, at):
    page = at.get(lesson_page(town.lesson))
    at.send(page, kind="substitution", teacher=str(town.colleague.id))
    late = at.send(page, status=422, kind="cancellation")
    assert "Пока страница была открыта, урок изменили" in late.main


def test_a_form_of_an_ended_session_comes_back(town, at):
    page = at.get(lesson_page(town.lesson))
    back = at.send(page, status=422, csrf_token="old", kind="room", room="9")
    assert "Вы входили заново" in back.main
    assert back.fields()["room"] == "9"


def test_an_extra_lesson_and_whole_days(town, at):
    page = at.get(school_page(town, "extra-lesson"))
    back = at.send(page, status=422, group=str(town.group.id), held_on="", number="x")
    assert {"held_on", "number"} <= set(complaints(back))
    day = today() + timedelta(days=3)
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    made = at.send(back, held_on=f"{day:%d.%m.%Y}", number="6")
    assert "Дополнительный урок" in at.follow(made).main
    saturday = day + timedelta(days=6 - day.isoweekday())
    page = at.get(school_page(town, "moved-day"))
    back = at.send(page, status=422, day="суббота", weekday="1")
    assert "day" in complaints(back)
    shown = at.follow(at.send(back, day=f"{saturday}", weekday="1"))
    assert "Учимся по расписанию понедельника" in shown.main
    shown = at.follow(at.send(shown, form="/day-changes/"))
    assert "Снято" in shown.words
    page = at.get(school_page(town, "quarantine"))
    back = at.send(page, status=422, from_on=f"{day}", until_on="2030")
    at.send(back, class_id=str(town.school_class.id), until_on=f"{day}", way="remote")
    assert DayChange.select().count() == 2


def test_who_is_where(town, at):
    make_lesson(town.group, town.teacher, today() + timedelta(days=4), 3, room="118")
    day = today() + timedelta(days=4)
    with statements() as asked:
        page = at.get(school_page(town, f"whereabouts?day={day}&at=10.40&by=teacher"))
    assert len(asked) <= 10, asked
    assert "118" in page.main
    assert "Учителева" in page.main
    assert "перемена" in at.get(school_page(town, f"whereabouts?day={day}&at=07:00")).main
    assert "кончились" in at.get(school_page(town, f"whereabouts?day={day}&at=23:00")).main
    at.get(school_page(town, "whereabouts?at=полдень"), status=422)


@pytest.mark.requirement("H25")
def test_the_pay_journal_on_page_paper_and_sheet(town, at, visit):
    yesterday = town.yesterday.held_on
    address = school_page(
        town, f"absent?teacher={town.teacher.id}&from={yesterday}&until={yesterday}"
    )
    at.send(at.get(address), cause="trip", **{f"do-{town.yesterday.id}": str(town.colleague.id)})
    month = f"month={yesterday:%Y-%m}"
    for who in (town.deputy_head, town.head, town.administrator):
        page = visit(who).get(school_page(town, f"substitutions?{month}"))
        assert "командировка, сопровождение — 1" in page.main
    at.get(school_page(town, f"substitutions?{month}&teacher={town.colleague.id}"))
    paper = at.get(school_page(town, f"substitutions/paper?{month}"))
    assert "Соседкина" in paper.main
    at.get(school_page(town, f"substitutions/paper?{month}&points=24"))
    answer = at.client.get(school_page(town, f"substitutions.xlsx?{month}"))
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert book.sheet_names == ["По учителям", "Уроки", "Часы по группам"]
    rows = book.get_sheet_by_name("Уроки").to_python()
    assert ["Учителева Вера Ивановна", f"{yesterday:%d.%m.%Y}", 1.0, "Алгебра", "7А", "замена",
            "Соседкина Нина Ивановна", "командировка, сопровождение"] in rows  # fmt: skip
    sheet = at.client.get(school_page(town, f"changes-sheet/{yesterday}.xlsx"))
    assert sheet.status_code == 200
    visit(town.teacher).get(school_page(town, "substitutions"), status=403)


def test_another_schools_lessons_are_nobodys_here(town, at, visit):
    at.get(lesson_page(town.other_lesson), status=404)
    at.get(f"/oversight/schools/{town.other_school.id}/timetable", status=404)
    visit(town.administrator).get(lesson_page(town.lesson), status=403)
