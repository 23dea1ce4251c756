"""E7: the deputy head's remarks on a journal, with a term and «исправлено»."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from school import clock
from school.actions.history import Act
from school.actions.remarks import Journal, make_remark
from school.models import GroupTeacher, History, Lesson, Letter, Remark
from school.rules.remarks import RemarkError, RemarkText, is_overdue, read_remark
from tests.blueprints.helpers import address_of, register_of, statements
from tests.town import today

pytestmark = pytest.mark.requirement("E7")
DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({}, RemarkText("нет тем", TODAY)),
        ({"due_on": "2026-12-01"}, RemarkText("нет тем", date(2026, 12, 1))),
        (
            {"from_on": "02.11.2026"},
            RemarkText("нет тем", TODAY, date(2026, 11, 2), date(2026, 11, 2)),
        ),
        ({"text": " "}, {"text"}),
        ({"text": "а" * 2001}, {"text"}),
        ({"due_on": ""}, {"due_on"}),
        ({"due_on": "22.11.2026"}, {"due_on"}),
        ({"due_on": "22.11.2062"}, {"due_on"}),
        ({"due_on": "30.02.2027"}, {"due_on"}),
        ({"until_on": "02.11.2026"}, {"from_on"}),
        ({"from_on": "x", "until_on": "02.11.2026"}, {"from_on"}),
        ({"from_on": "03.11.2026", "until_on": "02.11.2026"}, {"until_on"}),
    ],
)
def test_what_a_form_says(typed, found):
    typed = {"text": "нет тем", "due_on": "23.11.2026", **typed}
    if isinstance(found, RemarkText):
        assert read_remark(**typed, today=TODAY) == found
        return
    with pytest.raises(RemarkError) as refused:
        read_remark(**typed, today=TODAY)
    assert refused.value.problems.keys() == found


def test_only_what_waits_for_the_teacher_is_overdue():
    assert not is_overdue("open", TODAY, TODAY)
    assert is_overdue("open", TODAY - DAY, TODAY)
    assert not is_overdue("fixed", TODAY - DAY, TODAY)


def remarks_page(town):
    return f"/oversight/schools/{town.school.id}/remarks"


def write(town, deputy, *, lesson=None, status=303, **typed):
    """The deputy head fills in the form."""
    address = f"{remarks_page(town)}/new" + (f"?lesson={lesson.id}" if lesson else "")
    typed = {"text": "Нет тем уроков", "due_on": f"{today() + 3 * DAY:%d.%m.%Y}", **typed}
    return deputy.send(deputy.get(address), status=status, **typed)


def seen_by(visitor):
    return visitor.get("/gradebook/remarks").words


@pytest.fixture
def deputy(town, visit):
    return visit(town.deputy_head)


@pytest.fixture
def teacher(town, visit):
    return visit(town.teacher)


@pytest.mark.clause("S11 1.2", "S11 1.3")
def test_the_whole_way(town, visit, deputy, teacher):
    write(town, deputy, group=str(town.group.id))
    made = Remark.get()
    (letter,) = Letter.select().where(Letter.kind == "remark")
    assert letter.person_id == town.teacher.id
    assert "Нет тем" not in letter.body
    assert "Замечания к журналам, исправить: 1" in teacher.get("/gradebook/").words
    register = register_of(teacher, town.lesson)
    assert "Замечание завуча, исправить до" in register.words
    page = teacher.get(register.links()[f"Ответить на замечание № {made.id}"])
    assert "Напишите завучу" in teacher.send(page, status=422, word=" ").words
    teacher.send(page, word="внесла")
    teacher.send(page, word="внесла")  # twice
    assert "Ждут проверки завуча: 1" in seen_by(teacher)

    address = f"/oversight/remarks/{made.id}"
    page = deputy.get(address)
    assert "исправлено — «внесла»" in page.words
    back = deputy.send(page, decision="return", word="", status=422)
    assert "Напишите учителю" in back.words
    deputy.send(page, decision="return", word="нет 5 ноября")
    assert "возвращено — «нет 5 ноября»" in teacher.get(f"/gradebook/remarks/{made.id}").words
    clash = teacher.get(f"/gradebook/remarks/{made.id}")
    teacher.send(clash, word="теперь все")
    late = deputy.send(page, decision="return", word="нет 5 ноября")  # fixed once more by now
    assert late.status == 303
    teacher.send(clash, word="и пятое")
    deputy.send(deputy.get(address), decision="accept")
    gone = deputy.post(
        address, {**page.fields(), "decision": "withdraw", "word": "зря"}, status=422
    )
    assert "С тех пор изменилось: принято" in gone.words
    steps = History.select().where(History.table_name == "remark").order_by(History.id)
    assert [(s.old, s.new) for s in steps] == [
        ("", "open"), ("open", "fixed"), ("fixed", "open"), ("open", "fixed"), ("fixed", "open"),
        ("open", "fixed"), ("fixed", "accepted"),
    ]  # fmt: skip
    assert Letter.select().where(Letter.kind == "remark").count() == 1
    assert "Замечание завуча" not in register_of(teacher, town.lesson).words
    head = visit(town.head).get(address)
    assert not head.root.xpath("//button")


def test_of_a_lesson_a_span_and_a_whole_journal(town, visit, deputy, teacher):
    substitute = visit(town.colleague)
    Lesson.update(teacher=town.colleague).where(Lesson.id == town.yesterday.id).execute()
    write(town, deputy, lesson=town.yesterday, text="Урок не закрыт")
    lesson_remark = Remark.get()
    assert (lesson_remark.lesson_id, lesson_remark.from_on) == (town.yesterday.id, None)
    day = f"{today():%d.%m.%Y}"
    write(town, deputy, group=str(town.group.id), text="Дни", from_on=day)
    write(town, deputy, group=str(town.group.id), text="Весь журнал")
    to = {letter.person_id for letter in Letter.select().where(Letter.kind == "remark")}
    assert to == {town.teacher.id, town.colleague.id}
    # A substitute sees what is said of their lesson, and nothing else.
    said = seen_by(substitute)
    assert "Урок не закрыт" in said
    assert "Дни" not in said
    assert "Весь журнал" not in said
    own = register_of(substitute, town.yesterday).words
    assert "Урок не закрыт" in own
    assert "Весь журнал" not in own
    substitute.get(f"/gradebook/remarks/{lesson_remark.id}")
    substitute.get(f"/gradebook/remarks/{lesson_remark.id + 1}", status=404)
    of_today = register_of(teacher, town.lesson).words
    assert "Дни" in of_today
    assert "Весь журнал" in of_today
    assert "Урок не закрыт" not in of_today
    assert "Дни" not in register_of(teacher, town.tomorrow).words
    assert "Урок не закрыт" in deputy.get(address_of(town.yesterday)).words
    # At the whole journal all of them, with what each is of, in one statement.
    journal = f"/gradebook/groups/{town.group.id}"
    with statements() as asked:
        words = teacher.get(journal).words
    assert len(asked) <= 10, asked
    assert all(text in words for text in ("Урок не закрыт", "Дни", "Весь журнал"))
    assert "Замечание завуча (Алгебра, 7А, весь журнал), исправить до" in words
    deputy.get(deputy.get(journal).links()[f"Замечание № {lesson_remark.id}"])
    assert "Замечание завуча" not in visit(town.class_teacher).get(journal).words
    visit(town.class_teacher).get(address_of(town.lesson))


def test_a_new_teacher_of_the_group_answers(town, visit, deputy, teacher):
    write(town, deputy, group=str(town.group.id))
    GroupTeacher.update(until_on=today() - DAY).where(
        GroupTeacher.teaching_group == town.group
    ).execute()
    GroupTeacher.create(
        school=town.school, teaching_group=town.group, teacher=town.colleague, from_on=today()
    )
    assert "Нет тем" not in seen_by(teacher)
    assert "Нет тем" in seen_by(visit(town.colleague))


def test_what_is_wrong_comes_back_with_what_was_typed(town, deputy):
    page = write(
        town, deputy, status=422, group=str(town.group.id), text="", due_on="вчера", from_on="?"
    )
    assert page.title.startswith("Ошибка: ")
    assert page.fields()["due_on"] == "вчера"
    assert "Выберите журнал" in write(town, deputy, status=422, group="999").words
    deputy.get(f"{remarks_page(town)}/new?lesson={town.other_lesson.id}", status=404)
    page = deputy.get(f"{remarks_page(town)}/new")
    for _ in range(2):
        deputy.send(page, group=str(town.group.id), text="Раз", due_on=f"{today()}")
    assert Remark.select().count() == 1


def test_lists_counts_paper_and_spreadsheet(town, visit, deputy):
    act = Act(clock.now(), town.deputy_head.id)
    journal = Journal(town.school.id, town.group.id)
    for n, days in enumerate((-2, 2)):
        remark = RemarkText(f"Замечание {n}", today() + days * DAY)
        make_remark(journal, remark, request_id=f"r{n}", today=today(), act=act)
    page = deputy.get(remarks_page(town))
    rows = [
        ["".join(cell.itertext()) for cell in row.xpath("./*")]
        for row in page.root.xpath("//table")[1].xpath(".//tbody/tr")
    ]
    assert rows == [["Учителева Вера Ивановна", "2", "1", "2"]]
    overdue = deputy.get(f"{remarks_page(town)}?state=overdue")
    assert "Просрочено: исправить до" in overdue.words
    assert "Замечание 1" not in overdue.words
    assert "Таких замечаний нет" in deputy.get(f"{remarks_page(town)}?state=fixed").words
    by_teacher = f"{remarks_page(town)}?state=all&teacher={town.teacher.id}"
    assert "Замечание 0" in visit(town.head).get(by_teacher).words
    body = deputy.client.get(f"{remarks_page(town)}.xlsx").data
    sheet = CalamineWorkbook.from_filelike(BytesIO(body)).get_sheet_by_index(0)
    assert {"Замечание 0", "Замечание 1"} <= {str(row[5]) for row in sheet.to_python()[1:]}
    paper = deputy.get(f"{remarks_page(town)}/paper")
    assert "Замечание 0" in paper.words
