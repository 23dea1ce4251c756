"""The register of a lesson: every field of interface.md, what is refused, and what comes back."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from school import clock
from school.models import (
    Attendance,
    Homework,
    Lesson,
    LessonComment,
    Mark,
    Person,
    Session,
    Work,
    WorkKind,
)
from tests.blueprints.helpers import (
    NOT_THERE,
    address_of,
    check_came_back,
    complaints,
    history_of,
    make_work,
    post_only,
    register_of,
    save,
    value,
)
from tests.town import enrol, make_lesson, member, person, today, year_start

pytestmark = pytest.mark.requirement("E1")


@pytest.fixture
def teacher(town, visit):
    return visit(town.teacher)


def marks_of(pupil):
    return [
        (mark.value, mark.position, mark.worked_on)
        for mark in Mark.select().where(Mark.pupil == pupil).order_by(Mark.position)
    ]


def ways(*pairs):
    """Parameters «typed → kept», each named by itself."""
    return [pytest.param(*pair, id="-".join(map(repr, pair))) for pair in pairs]


# Every cell is saved and shown again


@pytest.mark.requirement("B7")
@pytest.mark.parametrize("name", ["topic", "material", "homework"])
def test_a_text_of_the_lesson_is_kept_changed_and_cleared(town, teacher, name):
    for text in ("Сложение дробей", "Сложение дробей: № 5, «а» & «б»", ""):
        save(teacher, town.lesson, {name: text})
        assert value(register_of(teacher, town.lesson), name) == text
    assert Homework.select().count() == 0


@pytest.mark.requirement("B7")
@pytest.mark.parametrize("name", ["comment", "homework"])
def test_a_text_for_one_pupil_is_kept_changed_and_cleared(town, teacher, name):
    field, other = f"{name}-{town.pupil.id}", f"{name}-{town.classmate.id}"
    for text in ("Повторить правило", "Повторить правило и № 7\nи № 8", ""):
        save(teacher, town.lesson, {field: text})
        page = register_of(teacher, town.lesson)
        assert value(page, field) == text
        assert value(page, other) == ""
    assert Homework.select().count() == LessonComment.select().count() == 0


@pytest.mark.requirement("B4")
@pytest.mark.parametrize(
    ("typed", "kept"),
    ways(
        ("н", "н"), ("Н", "н"), (" н ", "н"), ("от", "н"), ("ОТ", "н"),
        ("б", "б"), ("Б", "б"), ("у", "у"), ("п", "у"), ("П", "у"), ("УП", "у"), ("уп", "у"),
        ("нп", "нп"), ("НП", "нп"), ("о", "о"), ("О", "о"), ("ОП", "о"), ("оп", "о"),
    ),
)  # fmt: skip
def test_attendance_is_written_in_every_spelling(town, teacher, typed, kept):
    field = f"attendance-{town.pupil.id}"
    save(teacher, town.lesson, {field: typed})
    assert value(register_of(teacher, town.lesson), field) == kept
    save(teacher, town.lesson, {field: ""})
    assert value(register_of(teacher, town.lesson), field) == ""
    assert Attendance.select().count() == 0


@pytest.mark.requirement("H1")
@pytest.mark.parametrize(
    ("typed", "kept"),
    ways(
        ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5"), (" 5 ", "5"),
        ("4/5", "4/5"), ("4 5", "4/5"), ("4, 5", "4/5"), ("5/5", "5/5"), ("4/.", "4/."),
        ("осв", "осв"), ("ОСВ", "осв"), ("освобождён", "осв"), ("освобождена", "осв"),
        ("зач", "зач"), ("Зач", "зач"), ("зачёт", "зач"), ("незач", "незач"), ("незачет", "незач"),
        (".", "."), ("•", "."), ("·", "."), ("зач/5", "зач/5"),
    ),
)  # fmt: skip
def test_a_mark_is_written_in_every_spelling(town, teacher, typed, kept):
    field = f"mark-{town.pupil.id}"
    save(teacher, town.lesson, {field: typed})
    assert value(register_of(teacher, town.lesson), field) == kept
    save(teacher, town.lesson, {field: ""})
    assert value(register_of(teacher, town.lesson), field) == ""
    assert marks_of(town.pupil) == []


@pytest.mark.requirement("H1")
def test_two_marks_in_one_cell_become_one_and_two_again(town, teacher):
    field = f"mark-{town.pupil.id}"
    for typed, rows in (
        ("4/5", [("4", 1, None), ("5", 2, None)]),
        ("3", [("3", 1, None)]),
        ("3/2", [("3", 1, None), ("2", 2, None)]),
    ):
        save(teacher, town.lesson, {field: typed})
        assert marks_of(town.pupil) == rows


@pytest.mark.parametrize(
    ("typed", "mark", "code"),
    ways(
        ("н", "", "н"), ("Н", "", "н"), ("н/5", "5", "н"), ("5/н", "5", "н"), ("5 н", "5", "н"),
        ("ОТ", "", "н"), ("УП", "", "у"), ("п", "", "у"), ("НП", "", "нп"), ("б", "", "б"),
        ("ОП", "", "о"), ("о/4", "4", "о"), ("4/5/н", "4/5", "н"),
    ),
)  # fmt: skip
def test_an_absence_typed_into_a_marks_field_goes_to_attendance(town, teacher, typed, mark, code):
    save(teacher, town.lesson, {f"mark-{town.pupil.id}": typed})
    page = register_of(teacher, town.lesson)
    assert value(page, f"mark-{town.pupil.id}") == mark
    assert value(page, f"attendance-{town.pupil.id}") == code
    assert Work.select().count() == (1 if mark else 0)


def test_an_absence_in_the_marks_field_that_contradicts_attendance_is_asked_about(town, teacher):
    mark, attendance = f"mark-{town.pupil.id}", f"attendance-{town.pupil.id}"
    page = save(teacher, town.lesson, {mark: "н", attendance: "б"}, status=422)
    assert "Оставьте одно из двух" in check_came_back(page, mark, "н")
    assert value(page, attendance) == "б"


def test_an_absence_in_the_marks_field_replaces_the_code_that_stood_there(town, teacher):
    save(teacher, town.lesson, {f"attendance-{town.pupil.id}": "б"})
    save(teacher, town.lesson, {f"mark-{town.pupil.id}": "н"})
    assert value(register_of(teacher, town.lesson), f"attendance-{town.pupil.id}") == "н"


def test_the_short_name_is_the_first_work_and_others_are_named(town, teacher):
    first, second = make_work(town.lesson), make_work(town.lesson, "Ответ на уроке", 2)
    short, long = f"mark-{town.pupil.id}", f"mark-{town.pupil.id}-{second.id}"
    save(teacher, town.lesson, {short: "5", long: "3/4"})
    page = register_of(teacher, town.lesson)
    assert (value(page, short), value(page, long)) == ("5", "3/4")
    assert [m.value for m in Mark.select().where(Mark.work == first)] == ["5"]
    # The first work may be named in full as well.
    post_only(teacher, town.lesson, {f"mark-{town.pupil.id}-{first.id}": "2"})
    page = register_of(teacher, town.lesson)
    assert (value(page, short), value(page, long)) == ("2", "3/4")


def test_a_mark_in_a_lesson_without_a_work_makes_an_answer_once(town, teacher):
    WorkKind.update(weight=Fraction(2), marks_expected=True).where(
        WorkKind.school == town.school, WorkKind.name == "Ответ на уроке"
    ).execute()
    fields = {f"mark-{town.pupil.id}": "5", f"mark-{town.classmate.id}": "4"}
    save(teacher, town.lesson, fields)
    save(teacher, town.lesson, {f"mark-{town.pupil.id}": "3"})
    work = Work.get()
    assert work.work_kind.name == "Ответ на уроке"
    assert (work.weight, work.marks_expected, work.ordinal) == (Fraction(1), False, 1)
    assert {mark.work_id for mark in Mark.select()} == {work.id}


def test_a_school_without_that_kind_of_work_gets_it(town, teacher):
    WorkKind.delete().execute()
    save(teacher, town.lesson, {f"mark-{town.pupil.id}": "5"})
    assert Work.get().work_kind.name == "Ответ на уроке"


# Lateness


@pytest.mark.requirement("B4")
def test_minutes_alone_make_a_late_arrival(town, teacher):
    late, attendance = f"late-{town.pupil.id}", f"attendance-{town.pupil.id}"
    save(teacher, town.lesson, {late: "10"})
    page = register_of(teacher, town.lesson)
    assert (value(page, late), value(page, attendance)) == ("10", "о")
    save(teacher, town.lesson, {late: "15"})
    assert value(register_of(teacher, town.lesson), late) == "15"
    save(teacher, town.lesson, {late: ""})
    page = register_of(teacher, town.lesson)
    assert (value(page, late), value(page, attendance)) == ("", "о")


@pytest.mark.parametrize("code", ["", "б", "н"])
def test_who_is_not_late_any_more_has_no_minutes(town, teacher, code):
    late, attendance = f"late-{town.pupil.id}", f"attendance-{town.pupil.id}"
    save(teacher, town.lesson, {attendance: "о", late: "10"})
    save(teacher, town.lesson, {attendance: code})
    page = register_of(teacher, town.lesson)
    assert (value(page, late), value(page, attendance)) == ("", code)
    assert ("late_minutes", town.pupil.id, "10", "") in history_of(town.lesson)


def test_a_form_without_the_minutes_field_clears_them_too(town, teacher):
    save(teacher, town.lesson, {f"late-{town.pupil.id}": "10"})
    post_only(teacher, town.lesson, {f"attendance-{town.pupil.id}": "б"})
    assert Attendance.get().late_minutes is None


def test_minutes_of_who_is_absent_come_back(town, teacher):
    fields = {f"attendance-{town.pupil.id}": "б", f"late-{town.pupil.id}": "10"}
    page = save(teacher, town.lesson, fields, status=422)
    check_came_back(page, f"late-{town.pupil.id}", "10")
    assert value(page, f"attendance-{town.pupil.id}") == "б"
    assert Attendance.get().late_minutes is None


@pytest.mark.parametrize(
    "typed", ["0", "241", "-5", "5,5", "много", "٣", "1" * 30, "0000019999", "00000199999"]
)
def test_minutes_that_cannot_be_come_back(town, teacher, typed):
    page = save(teacher, town.lesson, {f"late-{town.pupil.id}": typed}, status=422)
    check_came_back(page, f"late-{town.pupil.id}", typed)
    assert Attendance.select().count() == 0


# The day a work was done on


@pytest.mark.requirement("C1")
@pytest.mark.parametrize("pattern", ["%Y-%m-%d", "%d.%m.%Y"])
def test_the_day_of_a_work_is_written_both_ways(town, teacher, pattern):
    day = today() - timedelta(days=4)
    field = f"worked-on-{town.pupil.id}"
    save(teacher, town.lesson, {f"mark-{town.pupil.id}": "4/5", field: day.strftime(pattern)})
    assert date.fromisoformat(value(register_of(teacher, town.lesson), field)) == day
    assert marks_of(town.pupil) == [("4", 1, day), ("5", 2, day)]


def test_the_day_of_a_work_goes_with_its_mark(town, teacher):
    mark, worked_on = f"mark-{town.pupil.id}", f"worked-on-{town.pupil.id}"
    day = (today() - timedelta(days=4)).isoformat()
    save(teacher, town.lesson, {mark: "4", worked_on: day})
    save(teacher, town.lesson, {mark: "4/5"})
    assert [m[2] for m in marks_of(town.pupil)] == [date.fromisoformat(day)] * 2
    save(teacher, town.lesson, {mark: ""})
    page = register_of(teacher, town.lesson)
    assert (value(page, mark), value(page, worked_on)) == ("", "")
    assert ("worked_on", town.pupil.id, day, "") in history_of(town.lesson)


def test_the_lessons_own_day_is_the_same_as_an_empty_field(town, teacher):
    day = today().isoformat()
    save(teacher, town.lesson, {f"mark-{town.pupil.id}": "4", f"worked-on-{town.pupil.id}": day})
    assert marks_of(town.pupil) == [("4", 1, None)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("tomorrow", "ещё не наступила"),
        ("before the year", "раньше начала учебного года"),
        ("0001-01-01", "раньше начала учебного года"),
        ("вчера", "Напишите дату так"),
        ("31.02.2026", "Напишите дату так"),
        ("2026-13-40", "Напишите дату так"),
    ],
)
def test_a_day_that_cannot_be_comes_back(town, teacher, typed, said):
    # Today may be another day than when tests were collected.
    days = {
        "tomorrow": today() + timedelta(days=1),
        "before the year": year_start() - timedelta(days=1),
    }
    typed = str(days.get(typed, typed))
    fields = {f"mark-{town.pupil.id}": "4", f"worked-on-{town.pupil.id}": typed}
    page = save(teacher, town.lesson, fields, status=422)
    assert said in check_came_back(page, f"worked-on-{town.pupil.id}", typed)
    assert marks_of(town.pupil) == [("4", 1, None)]


def test_a_day_without_a_mark_comes_back(town, teacher):
    field, day = f"worked-on-{town.pupil.id}", (today() - timedelta(days=1)).isoformat()
    page = save(teacher, town.lesson, {field: day}, status=422)
    assert "Сначала поставьте отметку" in check_came_back(page, field, day)
    assert history_of(town.lesson) == []


def test_a_day_beside_a_bad_mark_comes_back_with_it(town, teacher):
    mark, field = f"mark-{town.pupil.id}", f"worked-on-{town.pupil.id}"
    day = (today() - timedelta(days=1)).isoformat()
    page = save(teacher, town.lesson, {mark: "6", field: day}, status=422)
    check_came_back(page, mark, "6")
    check_came_back(page, field, day)
    assert history_of(town.lesson) == []
    assert Work.select().count() == 0


def test_each_work_has_its_own_day(town, teacher):
    make_work(town.lesson)
    second = make_work(town.lesson, "Ответ на уроке", 2)
    day = today() - timedelta(days=2)
    mark, field = (f"{name}-{town.pupil.id}-{second.id}" for name in ("mark", "worked-on"))
    save(teacher, town.lesson, {mark: "4", field: day.isoformat()})
    assert marks_of(town.pupil) == [("4", 1, day)]
    page = save(teacher, town.lesson, {field: "вчера"}, status=422)
    check_came_back(page, field, "вчера")


# «Посещаемость отмечена»


@pytest.mark.requirement("C3")
@pytest.mark.requirement("C10")
def test_attendance_taken_is_an_act_and_is_undone_by_a_button(town, teacher):
    assert Lesson.get_by_id(town.lesson.id).attendance_taken_at is None
    save(teacher, town.lesson, {"attendance-taken": "1"})
    lesson = Lesson.get_by_id(town.lesson.id)
    assert lesson.attendance_taken_by_id == town.teacher.id
    first = lesson.attendance_taken_at
    page = register_of(teacher, town.lesson)
    assert "Посещаемость отмечена" in page.words
    assert "attendance-taken" not in page.fields()

    # Once more, from a page that did not know: the first act stands.
    post_only(teacher, town.lesson, {"attendance-taken": "1"})
    assert Lesson.get_by_id(town.lesson.id).attendance_taken_at == first
    assert history_of(town.lesson) == [("attendance_taken", None, "", "1")]

    for _ in range(2):  # undone; and twice does no harm
        teacher.post(
            f"{address_of(town.lesson)}/attendance-not-taken",
            {"csrf_token": page.fields()["csrf_token"]},
        )
        lesson = Lesson.get_by_id(town.lesson.id)
        assert lesson.attendance_taken_at is None
        assert lesson.attendance_taken_by_id is None
    assert history_of(town.lesson)[1:] == [("attendance_taken", None, "1", "")]


def test_the_button_on_the_page_undoes_the_act(town, teacher):
    save(teacher, town.lesson, {"attendance-taken": "1"})
    teacher.send(register_of(teacher, town.lesson), form="attendance-not-taken")
    assert Lesson.get_by_id(town.lesson.id).attendance_taken_at is None


def test_an_empty_checkbox_is_no_act_and_undoes_none(town, teacher):
    post_only(teacher, town.lesson, {"attendance-taken": ""})
    assert Lesson.get_by_id(town.lesson.id).attendance_taken_at is None
    save(teacher, town.lesson, {"attendance-taken": "1"})
    at = Lesson.get_by_id(town.lesson.id).attendance_taken_at
    post_only(teacher, town.lesson, {"attendance-taken": ""})
    assert Lesson.get_by_id(town.lesson.id).attendance_taken_at == at
    assert history_of(town.lesson) == [("attendance_taken", None, "", "1")]


def test_saving_an_absence_is_no_act(town, teacher):
    save(teacher, town.lesson, {f"attendance-{town.pupil.id}": "н"})
    assert Lesson.get_by_id(town.lesson.id).attendance_taken_at is None


# Absent and empty fields


@pytest.mark.requirement("H3")
def test_an_absent_field_is_unchanged_and_an_empty_one_cleared(town, teacher):
    pupil = town.pupil.id
    fields = {
        "topic": "Дроби", "material": "Сложение", "homework": "№ 5",
        f"mark-{pupil}": "5", f"worked-on-{pupil}": (today() - timedelta(days=1)).isoformat(),
        f"attendance-{pupil}": "о", f"late-{pupil}": "5",
        f"comment-{pupil}": "Молодец", f"homework-{pupil}": "№ 6",
    }  # fmt: skip
    save(teacher, town.lesson, fields)
    before = history_of(town.lesson)
    post_only(teacher, town.lesson, {})
    page = register_of(teacher, town.lesson)
    assert {name: value(page, name) for name in fields} == fields
    assert history_of(town.lesson) == before

    save(teacher, town.lesson, dict.fromkeys(fields, ""))
    page = register_of(teacher, town.lesson)
    assert {name: value(page, name) for name in fields} == dict.fromkeys(fields, "")
    for model in (Mark, Attendance, LessonComment, Homework):
        assert model.select().count() == 0
    cleared = {(row[0], row[1]) for row in history_of(town.lesson)[len(before) :] if row[3] == ""}
    assert len(cleared) == len(fields)


def test_fields_that_are_none_of_ours_are_passed_over(town, teacher):
    names = ("mark-", "mark-0", "mark-x", "comment-1-2", "mark-1-2-3", "MARK-1", "id", "school")
    post_only(teacher, town.lesson, dict.fromkeys(names, "5"))
    assert history_of(town.lesson) == []


# One bad cell


@pytest.mark.requirement("H3")
@pytest.mark.parametrize(
    "typed",
    [
        "6", "1", "0", "5+", "5-", "45", "H", "h", "B", "4.5", "5/4/3", "н/б", "отл", "+", "/",
        "<b>5</b>", '"><script>alert(1)</script>', "{{ 7 * 7 }}", "5" * 300, "５",
    ],
)  # fmt: skip
def test_a_bad_mark_comes_back_and_the_good_cells_are_saved(town, teacher, typed):
    make_work(town.lesson)
    bad, good = f"mark-{town.pupil.id}", f"mark-{town.classmate.id}"
    page = save(teacher, town.lesson, {bad: typed, good: "5", "topic": "Дроби"}, status=422)
    said = check_came_back(page, bad, typed)
    assert "Королёв Фёдор" in said
    assert "49" not in said
    assert list(complaints(page)) == [bad]
    assert "Остальное сохранено: 2" in page.words
    assert marks_of(town.pupil) == []
    assert marks_of(town.classmate) == [("5", 1, None)]
    assert Lesson.get_by_id(town.lesson.id).topic == "Дроби"

    # Mended on the page that came back, it is saved.
    teacher.send(page, **{bad: "4"})
    assert marks_of(town.pupil) == [("4", 1, None)]


@pytest.mark.requirement("H3")
def test_a_bad_mark_comes_back_where_the_same_form_made_the_first_work(town, teacher):
    bad, good = f"mark-{town.pupil.id}", f"mark-{town.classmate.id}"
    page = save(teacher, town.lesson, {bad: "6", good: "5"}, status=422)
    check_came_back(page, bad, "6")
    assert marks_of(town.classmate) == [("5", 1, None)]


@pytest.mark.parametrize("typed", ["H", "x", "5", "o", "нн", "да"])
def test_a_bad_code_comes_back(town, teacher, typed):
    field = f"attendance-{town.pupil.id}"
    page = save(teacher, town.lesson, {field: typed, "topic": "Дроби"}, status=422)
    assert "не пометка о посещаемости" in check_came_back(page, field, typed)
    assert Attendance.select().count() == 0
    assert Lesson.get_by_id(town.lesson.id).topic == "Дроби"


def test_latin_letters_are_named(town, teacher):
    page = save(teacher, town.lesson, {f"mark-{town.pupil.id}": "H"}, status=422)
    assert "латинскими" in complaints(page)[f"mark-{town.pupil.id}"]


# Whose cells


def refused(teacher, lesson, name, page_says):
    page = post_only(teacher, lesson, {name: "5", "topic": "Дроби"}, status=422)
    assert page.title.startswith("Ошибка: ")
    said = complaints(page)[""]
    assert page_says in said
    assert "«5»" in said, "what was typed is lost"
    assert Mark.select().count() == 0
    assert Lesson.get_by_id(lesson.id).topic == "Дроби"


@pytest.mark.requirement("A10")
def test_a_mark_for_a_pupil_who_left_the_day_before_is_refused(town, teacher):
    gone = person(town.municipality, "Ушедший")
    member(town.group, gone, until_on=today() - timedelta(days=1))
    assert f"mark-{gone.id}" not in register_of(teacher, town.lesson).fields()
    refused(teacher, town.lesson, f"mark-{gone.id}", "не состоял в группе")


@pytest.mark.requirement("A10")
def test_a_mark_for_a_pupil_who_comes_tomorrow_is_refused(town, teacher):
    new = person(town.municipality, "Новенький")
    member(town.group, new, from_on=today() + timedelta(days=1))
    refused(teacher, town.lesson, f"mark-{new.id}", "не состоял в группе")
    assert f"mark-{new.id}" in register_of(teacher, town.tomorrow).fields()


def test_the_last_and_the_first_day_count(town, teacher):
    last, first = person(town.municipality, "Последний"), person(town.municipality, "Первый")
    member(town.group, last, until_on=today())
    member(town.group, first, from_on=today())
    save(teacher, town.lesson, {f"mark-{last.id}": "5", f"mark-{first.id}": "4"})
    assert len(marks_of(last)) == len(marks_of(first)) == 1


@pytest.mark.requirement("A10")
@pytest.mark.parametrize("whose", ["other_pupil", "mother", None])
def test_a_mark_for_a_pupil_of_another_class_is_refused(town, teacher, whose):
    pupil_id = getattr(town, whose).id if whose else NOT_THERE
    refused(teacher, town.lesson, f"mark-{pupil_id}", "не состоял в группе")


@pytest.mark.requirement("A10")
def test_a_mark_for_a_work_of_another_lesson_is_refused(town, teacher):
    for work_id in (make_work(town.yesterday).id, make_work(town.other_lesson).id, NOT_THERE):
        refused(teacher, town.lesson, f"mark-{town.pupil.id}-{work_id}", "Этой работы в уроке нет")


@pytest.mark.requirement("A10")
@pytest.mark.parametrize("who", ["colleague", "other_teacher"])
def test_a_lesson_of_somebody_else_is_not_there(town, visit, who):
    visitor = visit(getattr(town, who))
    token = visitor.get("/sign-out").fields()["csrf_token"]
    for suffix in ("", "/history", "/works"):
        visitor.get(address_of(town.lesson) + suffix, status=404)
    for suffix in ("", "/works", "/attendance-not-taken", "/draft"):
        fields = {"csrf_token": token, "seen": "0", "topic": "Чужое", "kind": "1"}
        visitor.post(address_of(town.lesson) + suffix, fields, status=404)
    assert Lesson.get_by_id(town.lesson.id).topic == ""


@pytest.mark.parametrize("who", ["class_teacher", "deputy_head", "head"])
def test_who_only_reads_gets_no_form_and_writes_nothing(town, visit, teacher, who):
    save(teacher, town.lesson, {f"mark-{town.pupil.id}": "5", "topic": "Дроби"})
    visitor = visit(getattr(town, who))
    page = register_of(visitor, town.lesson)
    assert "Дроби" in page.main
    assert not page.root.xpath("//main//form")
    token = visitor.get("/sign-out").fields()["csrf_token"]
    visitor.post(address_of(town.lesson), {"csrf_token": token, "topic": "Нет"}, status=403)
    assert Lesson.get_by_id(town.lesson.id).topic == "Дроби"


# When


@pytest.mark.requirement("B6")
def test_a_lesson_cancelled_while_the_page_was_open_saves_nothing_and_gives_all_back(town, teacher):
    page = register_of(teacher, town.lesson)
    Lesson.update(cancelled_at=clock.now()).where(Lesson.id == town.lesson.id).execute()
    fields = {"topic": "Дроби", f"mark-{town.pupil.id}": "5", f"mark-{town.classmate.id}": "4"}
    answer = save(teacher, town.lesson, fields, page=page, status=422)
    assert answer.title.startswith("Ошибка: ")
    for words in ("Урок отменён", "Дроби", "Королёв Фёдор", "Петров-Сосновский Артём"):
        assert words in answer.main
    typed = [" ".join(li.itertext()) for li in answer.root.xpath("//main//li")]
    assert any("Королёв" in line and "5" in line for line in typed)
    assert history_of(town.lesson) == []
    assert Lesson.get_by_id(town.lesson.id).topic == ""
    page = register_of(teacher, town.lesson)
    assert "Урок отменён" in page.words
    assert not page.root.xpath("//main//form")
    teacher.get(f"{address_of(town.lesson)}/works", status=404)


def test_tomorrows_lesson_takes_texts_but_no_marks(town, teacher):
    pupil = town.pupil.id
    fields = {
        "topic": "Дроби", "homework": "№ 5", f"comment-{pupil}": "Принести циркуль",
        f"mark-{pupil}": "5", f"attendance-{town.classmate.id}": "б", "attendance-taken": "1",
    }  # fmt: skip
    page = save(teacher, town.tomorrow, fields, status=422)
    check_came_back(page, f"mark-{pupil}", "5")
    check_came_back(page, f"attendance-{town.classmate.id}", "б")
    assert "attendance-taken" in complaints(page)
    lesson = Lesson.get_by_id(town.tomorrow.id)
    assert (lesson.topic, lesson.attendance_taken_at) == ("Дроби", None)
    assert Mark.select().count() == Attendance.select().count() == Work.select().count() == 0
    assert LessonComment.get().text == "Принести циркуль"


def test_an_absence_typed_into_tomorrows_mark_comes_back(town, teacher):
    page = save(teacher, town.tomorrow, {f"mark-{town.pupil.id}": "н"}, status=422)
    assert "н" in (
        value(page, f"mark-{town.pupil.id}"),
        value(page, f"attendance-{town.pupil.id}"),
    )


def test_the_day_is_that_of_the_schools_time_zone(town, teacher, monkeypatch):
    # 20:30 UTC is already the next day in Yekaterinburg.
    evening = clock.moment_of(today() + timedelta(days=1), "01:30", "Asia/Yekaterinburg")
    Session.update(ends_at=evening + timedelta(hours=1), seen_at=evening).execute()
    monkeypatch.setattr(clock, "now", lambda: evening)
    assert clock.today("Asia/Yekaterinburg") == evening.date() + timedelta(days=1)
    save(teacher, town.tomorrow, {f"mark-{town.pupil.id}": "5"})
    assert len(marks_of(town.pupil)) == 1


# Texts

NASTY = "<script>alert(1)</script> & \"кавычки\" 'и' </textarea><b>жир</b> {{ 7*7 }} ${x}"


def test_html_in_texts_is_text_everywhere(town, teacher, visit):
    pupil = town.pupil.id
    fields = dict.fromkeys(
        ("topic", "material", "homework", f"comment-{pupil}", f"homework-{pupil}"), NASTY
    )
    save(teacher, town.lesson, fields)
    page = register_of(teacher, town.lesson)
    assert {name: value(page, name) for name in fields} == fields
    pages = [
        page,
        teacher.get(f"{address_of(town.lesson)}/history"),
        teacher.get("/gradebook/"),
        visit(town.mother).get(f"/diary/{pupil}/week/{today()}"),
        register_of(visit(town.head), town.lesson),
    ]
    for shown in pages:
        assert "<script>" not in shown.html
        assert "<b>жир</b>" not in shown.html
        assert not shown.root.xpath("//script[contains(., 'alert')]")
    for shown in pages[1:]:
        assert NASTY in shown.words


def test_html_in_names_is_text_everywhere(town, visit):
    Person.update(given_name="<i>Фёдор</i>", surname='Ко"ролёв').where(
        Person.id == town.pupil.id
    ).execute()
    for who, address in (
        ("teacher", address_of(town.lesson)),
        ("head", address_of(town.lesson)),
        ("class_teacher", f"/class/{town.school_class.id}"),
        ("mother", f"/diary/{town.pupil.id}/week/{today()}"),
    ):
        page = visit(getattr(town, who)).get(address)
        assert "<i>Фёдор" in page.words
        assert not page.root.xpath("//i")


@pytest.mark.parametrize(
    ("typed", "kept"),
    ways(
        ("один\r\nдва\rтри\nчетыре", "один\nдва\nтри\nчетыре"),
        ("но\x00ль", "ноль"),
        ("\x00", ""),
        ("звонок\x07 и \x1b[31mкрасный\x1b[0m", "звонок и [31mкрасный[0m"),
        ("  с краёв \n", "с краёв"),
        ("\nс новой строки", "с новой строки"),
        ("таб\tтаб", "таб\tтаб"),
        ("ёлка Ё № 5 ½ — 😀", "ёлка Ё № 5 ½ — 😀"),
        ("   ", ""),
    ),
)
def test_control_characters_and_line_ends(town, teacher, typed, kept):
    fields = ("topic", "homework", f"comment-{town.pupil.id}")
    save(teacher, town.lesson, dict.fromkeys(fields, typed))
    page = register_of(teacher, town.lesson)
    assert {name: value(page, name) for name in fields} == dict.fromkeys(fields, kept)


def test_line_ends_alone_are_no_change(town, teacher):
    save(teacher, town.lesson, {"homework": "№ 5\n№ 6"})
    before = history_of(town.lesson)
    save(teacher, town.lesson, {"homework": "№ 5\r\n№ 6\r\n"})
    assert history_of(town.lesson) == before


@pytest.mark.parametrize("name", ["mark", "attendance", "late", "worked-on"])
def test_control_characters_in_short_fields_break_nothing(town, teacher, name):
    field = f"{name}-{town.pupil.id}"
    page = save(teacher, town.lesson, {field: "\x00\x01zz\x1b"}, status=422)
    check_came_back(page, field, "zz")


@pytest.mark.parametrize(
    ("name", "longest"), [("homework", 20_000), ("topic", 1_000), ("material", 5_000)]
)
def test_a_text_fits_to_the_last_letter_and_one_more_comes_back(town, teacher, name, longest):
    save(teacher, town.lesson, {name: "ж" * longest})
    assert value(register_of(teacher, town.lesson), name) == "ж" * longest
    too_long = "щ" * (longest + 1)
    page = save(teacher, town.lesson, {name: too_long}, status=422)
    assert "Слишком длинно" in check_came_back(page, name, too_long)
    assert value(register_of(teacher, town.lesson), name) == "ж" * longest


def test_long_texts_for_one_pupil(town, teacher):
    homework, comment = f"homework-{town.pupil.id}", f"comment-{town.pupil.id}"
    save(teacher, town.lesson, {homework: "ж" * 20_000, comment: "ж" * 5_000})
    page = save(teacher, town.lesson, {homework: "ж" * 20_001, comment: "ж" * 5_001}, status=422)
    check_came_back(page, homework, "ж" * 20_001)
    check_came_back(page, comment, "ж" * 5_001)


# Names


def test_names_stand_in_russian_order_without_patronymics(town, teacher, visit):
    for surname, given_name in (
        ("Ёжиков", "Борис"), ("Ежов", "Лев"), ("Жуков", "Ян"), ("Дятлов", "Яков"),
        ("Абрамов-Яров", "Юрий"), ("Абрамов", "Ёсиф"), ("Абрамов", "Егор"), ("Абрамов", "Жан"),
        ("ван Дейк", "Ян"),
    ):  # fmt: skip
        pupil = person(town.municipality, surname, given_name)
        Person.update(patronymic="").where(Person.id == pupil.id).execute()
        member(town.group, pupil)
        enrol(town.school_class, pupil)
    wanted = [
        "Абрамов Егор", "Абрамов Ёсиф", "Абрамов Жан", "Абрамов-Яров Юрий", "ван Дейк Ян",
        "Дятлов Яков", "Ёжиков Борис", "Ежов Лев", "Жуков Ян", "Королёв Фёдор",
        "Петров-Сосновский Артём",
    ]  # fmt: skip
    rows = register_of(teacher, town.lesson).root.xpath("//tbody//th")
    shown = ["".join(row.itertext()).strip().split(". ", 1)[1] for row in rows]
    assert shown == wanted
    read = register_of(visit(town.head), town.lesson).root.xpath("//tbody//th")
    assert ["".join(row.itertext()).strip() for row in read] == wanted
    listed = visit(town.class_teacher).get(f"/class/{town.school_class.id}")
    names = ["".join(row.itertext()) for row in listed.root.xpath("//tbody//th")]
    assert [" ".join(name.split()).removesuffix(" Ивановна") for name in names] == wanted


def test_a_teacher_without_a_patronymic_is_named_without_a_gap(town, visit):
    Person.update(patronymic="").where(Person.id == town.teacher.id).execute()
    assert "Учитель: Учителева Вера." in register_of(visit(town.teacher), town.lesson).words


# Works


def test_a_work_is_added_and_the_same_twice_is_one(town, teacher):
    kind = WorkKind.get(WorkKind.school == town.school, WorkKind.name == "Контрольная работа")
    for _ in range(2):
        page = teacher.get(f"{address_of(town.lesson)}/works")
        teacher.send(page, kind=str(kind.id), title="Дроби")
    work = Work.get()
    assert (work.title, work.weight, work.marks_expected) == ("Дроби", Fraction(3), True)
    assert "Контрольная работа: Дроби, вес 3" in register_of(teacher, town.lesson).words
    assert history_of(town.lesson) == [("work", None, "", "Контрольная работа: Дроби")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": str(NOT_THERE)}, "kind"),
        ({"kind": "x"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"title": "ж" * 201}, "title"),
        ({"csrf_token": "stale"}, "title"),
    ],
    ids=str,
)
def test_a_bad_work_comes_back(town, teacher, changes, field):
    page = teacher.get(f"{address_of(town.lesson)}/works")
    answer = teacher.send(page, status=422, **{"title": "Дроби", **changes})
    assert answer.title.startswith("Ошибка: ")
    assert field in complaints(answer)
    assert value(answer, "title") == changes.get("title", "Дроби")
    assert Work.select().count() == 0


def test_a_kind_of_work_of_another_school_is_none_of_ours(town, teacher):
    kind = WorkKind.get(WorkKind.school == town.other_school)
    page = teacher.get(f"{address_of(town.lesson)}/works")
    assert f'value="{kind.id}"' not in page.html
    teacher.send(page, status=422, kind=str(kind.id))
    assert Work.select().count() == 0


# The day


def test_a_day_without_lessons_names_the_nearest_one(town, visit):
    page = visit(town.colleague).get("/gradebook/")
    assert "нет уроков" in page.main
    next_week = today() + timedelta(days=7)
    make_lesson(town.group, town.colleague, next_week, 2)
    page = visit(town.colleague).get("/gradebook/")
    assert f"/gradebook/days/{next_week}" in page.links().values()


def test_a_lesson_of_a_group_without_pupils_opens(town, teacher):
    old = make_lesson(town.group, town.teacher, year_start() - timedelta(days=7), 3)
    assert "нет ни одного ученика" in register_of(teacher, old).words
    save(teacher, old, {"topic": "Дроби"})


def test_in_a_group_without_marks_only_exemption_is_marked(town, teacher):
    type(town.group).update(marking="none").where(type(town.group).id == town.group.id).execute()
    page = save(teacher, town.lesson, {f"mark-{town.pupil.id}": "5"}, status=422)
    check_came_back(page, f"mark-{town.pupil.id}", "5")
    save(teacher, town.lesson, {f"mark-{town.pupil.id}": "осв"})
    type(town.group).update(marking="pass").where(type(town.group).id == town.group.id).execute()
    save(teacher, town.lesson, {f"mark-{town.classmate.id}": "5"}, status=422)
    save(teacher, town.lesson, {f"mark-{town.classmate.id}": "зач"})
    assert [m[0] for m in marks_of(town.classmate)] == ["зач"]


def test_attendance_is_not_declared_while_a_cell_of_it_is_wrong(town, visit):
    teacher = visit(town.teacher)
    page = teacher.get(f"/gradebook/lessons/{town.lesson.id}")
    wrong = {f"attendance-{town.pupil.id}": "щ", f"mark-{town.classmate.id}": "5"}
    answer = teacher.send(page, status=422, **wrong, **{"attendance-taken": "1"})
    assert "Сначала исправьте посещаемость" in answer.words
    assert Lesson.get_by_id(town.lesson.id).attendance_taken_at is None
    # The box is still ticked: mending the cell is enough.
    teacher.send(answer, **{f"attendance-{town.pupil.id}": "н"})
    assert Lesson.get_by_id(town.lesson.id).attendance_taken_at is not None


def test_marks_of_a_page_without_works_are_not_for_a_test_added_since(town, visit):
    teacher = visit(town.teacher)
    page = teacher.get(f"/gradebook/lessons/{town.lesson.id}")
    kind = WorkKind.get(WorkKind.school == town.school, WorkKind.name == "Контрольная работа")
    work = Work.create(school=town.school, lesson=town.lesson, work_kind=kind, ordinal=1)
    mark = {f"mark-{town.pupil.id}": "5"}
    answer = teacher.send(page, status=422, topic="Дроби", **mark)
    assert "добавили работу «Контрольная работа»" in answer.words
    assert not Mark.select().exists()
    assert Lesson.get_by_id(town.lesson.id).topic == "Дроби"
    # The page that came back knows the work: saving again is a decision.
    assert answer.fields()[f"mark-{town.pupil.id}"] == "5"
    teacher.send(answer)
    assert Mark.get().work_id == work.id


def test_an_answer_made_by_the_pages_own_first_mark_is_no_surprise(town, visit):
    teacher = visit(town.teacher)
    page = teacher.get(f"/gradebook/lessons/{town.lesson.id}")
    teacher.send(page, **{f"mark-{town.pupil.id}": "5"})
    teacher.send(page, **{f"mark-{town.pupil.id}": "5", f"mark-{town.classmate.id}": "4"})
    assert Mark.select().count() == 2
