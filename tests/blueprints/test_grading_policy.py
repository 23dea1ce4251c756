"""How a school marks: chosen by its heads, from a day on."""

from datetime import timedelta
from fractions import Fraction

import pytest

from school.models import (
    GradingPolicy,
    History,
    Mark,
    ResultPolicy,
    StudyPeriod,
    SubjectGradingPolicy,
    Work,
    WorkKind,
)
from tests.blueprints.helpers import check_came_back
from tests.results import column_address
from tests.town import make_lesson, today, year_start


def address(town):
    return f"/oversight/schools/{town.school.id}/grading"


def choose(visitor, address, **changes):
    """Fill in the form, look at what would change, confirm it; returns what was shown."""
    shown = visitor.send(visitor.get(address), status=200, **changes)
    visitor.send(shown, confirm="1")
    return shown


@pytest.fixture
def marks(town):
    """A 5 for a test of weight 3 and a 2 for an answer, in a period of today."""
    StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1 четверть",
        from_grade=5, until_grade=9, from_on=year_start(), until_on=today() + timedelta(days=30),
    )  # fmt: skip
    for ordinal, (name, value) in enumerate(
        (("Контрольная работа", "5"), ("Ответ на уроке", "2")), start=1
    ):
        kind = WorkKind.get(WorkKind.school == town.school, WorkKind.name == name)
        if value == "5":
            WorkKind.update(is_important=True).where(WorkKind.id == kind.id).execute()
        work = Work.create(
            school=town.school, lesson=town.lesson, work_kind=kind, weight=kind.weight,
            ordinal=ordinal,
        )  # fmt: skip
        Mark.create(school=town.school, work=work, pupil=town.pupil, position=1, value=value)


@pytest.mark.requirement("H1")
@pytest.mark.parametrize(
    ("average", "shown"), [("weighted", "4,25"), ("plain", "3,50"), ("important", "5,00")]
)
def test_the_average_follows_the_schools_choice(town, marks, visit, average, shown):
    deputy = visit(town.deputy_head)
    if average == "weighted":  # as it is already
        deputy.send(deputy.get(address(town)), average=average)
    else:
        choose(deputy, address(town), average=average)
    assert shown in visit(town.mother).get(f"/diary/{town.pupil.id}/subjects").words


@pytest.mark.requirement("H1")
def test_ones_only_where_the_school_gives_them(town, visit):
    teacher = visit(town.teacher)
    page = teacher.get(f"/gradebook/lessons/{town.lesson.id}")
    one = {f"mark-{town.pupil.id}": "1"}
    assert "Отметки «1» нет" in teacher.send(page, status=422, **one).words
    deputy = visit(town.head)
    choose(deputy, address(town), ones_allowed="y")
    teacher.send(teacher.get(f"/gradebook/lessons/{town.lesson.id}"), **one)
    assert Mark.get(Mark.pupil == town.pupil).value == "1"


def test_what_was_before_stays_with_its_days(town, visit):
    GradingPolicy.create(
        school=town.school, average="plain", threshold=Fraction(1, 2), from_on=year_start()
    )
    deputy = visit(town.deputy_head)
    choose(deputy, address(town), average="important", threshold="13/20")
    old, new = GradingPolicy.select().order_by(GradingPolicy.from_on)
    assert (old.average, old.until_on) == ("plain", today() - timedelta(days=1))
    assert (new.average, new.threshold, new.from_on) == ("important", Fraction(13, 20), today())
    history = History.get(History.table_name == "grading_policy")
    assert (history.actor_id, history.old) == (town.deputy_head.id, "plain 1/2 2–5")
    # Sent twice, and once more the same day: one row of today.
    deputy.send(deputy.get(address(town)))
    choose(deputy, address(town), average="weighted")
    assert GradingPolicy.select().count() == 2


@pytest.mark.requirement("H1")
def test_what_would_change_is_shown_first_and_a_subject_may_do_otherwise(town, marks, visit):
    deputy = visit(town.deputy_head)
    algebra = f"{address(town)}?subject={town.group.subject_id}"
    shown = deputy.send(deputy.get(algebra), status=200, average="important")
    # 4,25 → 5,00: another average, another mark; nothing is written yet.
    assert "изменится средних баллов: 1 из 1" in shown.words
    assert "станет другой у стольких: 1" in shown.words
    assert "7ААлгебра11" in shown.words
    assert not SubjectGradingPolicy.select().exists()
    deputy.send(shown, confirm="1")
    mother = f"/diary/{town.pupil.id}/subjects"
    assert "5,00" in visit(town.mother).get(mother).words
    assert "5,00" in visit(town.teacher).get(f"/gradebook/groups/{town.group.id}").words
    # The school's own choice does not touch it; taken back, the subject follows the school.
    choose(deputy, address(town), average="plain")
    assert "5,00" in visit(town.mother).get(mother).words
    deputy.send(deputy.send(deputy.get(algebra), status=200, **{"as-school": "1"}), confirm="1")
    assert "3,50" in visit(town.mother).get(mother).words
    fields = [row.new for row in History.select().where(
        History.table_name == "subject_grading_policy")]  # fmt: skip
    assert fields == ["important 1/2", ""]


@pytest.mark.requirement("H1")
def test_kinds_of_work_are_the_schools(town, marks, visit):
    deputy = visit(town.deputy_head)
    page = deputy.get(f"/oversight/schools/{town.school.id}/marking")
    assert "Контрольная работа" in page.words
    test = page.links()["Контрольная работа"]
    # For new works only: the average of the period stays as it was.
    deputy.send(deputy.get(test), weight="1", status=303)
    works = {w.work_kind.name: w for w in Work.select()}
    assert works["Контрольная работа"].weight == 3
    # For the current period too: what changes is shown first.
    shown = deputy.send(deputy.get(test), weight="1", of_period="y", status=200)
    assert "изменится средних баллов: 1 из 1" in shown.words
    deputy.send(shown, confirm="1")
    assert Work.get_by_id(works["Контрольная работа"].id).weight == 1
    assert "3,50" in visit(town.mother).get(f"/diary/{town.pupil.id}/subjects").words
    # A name that is another's, a weight that is none.
    answer = deputy.send(deputy.get(test), name="Ответ на уроке", status=422)
    assert "это название не меняется" in answer.words
    assert "Вес — число" in deputy.send(deputy.get(test), weight="много", status=422).words
    # Added, retired in the school, offered in one subject.
    new = f"/oversight/schools/{town.school.id}/work-kinds/new"
    deputy.send(deputy.get(new), name="Аудирование", weight="1,5")
    kind = WorkKind.get(WorkKind.name == "Аудирование")
    own = f"/oversight/schools/{town.school.id}/work-kinds/{kind.id}"
    deputy.send(deputy.get(own), is_offered=None)
    teacher = visit(town.teacher)
    works_page = f"/gradebook/lessons/{town.lesson.id}/works"
    assert "Аудирование" not in teacher.get(works_page).main
    algebra = f"{own}?subject={town.group.subject_id}"
    deputy.send(deputy.get(algebra), is_offered="y", weight="2,5", is_important="y")
    added = teacher.get(works_page)
    assert "Аудирование, вес 2,5" in added.words
    teacher.send(added, kind=str(kind.id))
    work = Work.get(Work.work_kind == kind)
    assert (work.weight, work.is_important) == (Fraction(5, 2), True)
    assert "5/2" not in visit(town.teacher).get(f"/gradebook/groups/{town.group.id}").words


@pytest.mark.requirement("H1")
def test_how_results_are_proposed_is_the_schools(town, marks, visit):
    deputy = visit(town.deputy_head)
    policy = f"/oversight/schools/{town.school.id}/result-policy"
    page = deputy.get(deputy.get(f"/oversight/schools/{town.school.id}/marking").links()[
        "Изменить, как предлагать результаты"])  # fmt: skip
    assert page.fields()["least_marks"] == "3"
    for name, wrong in (("least_marks", "много"), ("least_marks", "21"), ("most_missed", "0")):
        answer = deputy.send(page, status=422, **{name: wrong})
        assert "Напишите число" in check_came_back(answer, name, wrong)
    deputy.send(page, status=422, year_threshold="1/3")
    shown = deputy.send(page, status=200, most_missed="60 %", year_threshold="3/5")
    assert "ни одно предложение за период не изменится (всего их 1)" in shown.words
    assert "Годовые и итоговые отметки с сегодняшнего дня предлагаются по-новому" in shown.words
    again = deputy.send(shown, status=200, back="1", confirm=None)
    assert again.fields()["most_missed"] == "60"
    # Two marks, and more lessons than that: too few of three, enough of two.
    for n in (1, 2):
        make_lesson(town.group, town.teacher, today() - timedelta(days=n), number=5)
    column = column_address(town.group, StudyPeriod.get())
    assert "н/а" in visit(town.teacher).get(column).main
    shown = deputy.send(page, status=200, least_marks="2")
    assert "станет другим предложений: 1 из 1" in shown.words
    assert "7ААлгебра1" in shown.words
    assert not ResultPolicy.select().exists()
    deputy.send(shown, confirm="1")
    row = ResultPolicy.get()
    assert (row.least_marks, row.from_on, row.until_on) == (2, today(), None)
    assert "= 4,25, порог 3,5" in visit(town.teacher).get(column).main
    # What held stays with its days; nothing changed, nothing written.
    ResultPolicy.update(from_on=year_start()).execute()
    head = visit(town.head)
    head.send(head.get(policy))
    shown = head.send(head.get(policy), status=200, exam_in_year="y")
    assert "экзамен входит в годовую" in shown.words
    head.send(shown, confirm="1")
    old, new = ResultPolicy.select().order_by(ResultPolicy.from_on)
    assert (old.until_on, new.from_on) == (today() - timedelta(days=1), today())
    lines = [
        (line.actor_id, line.old, line.new)
        for line in History.select().where(History.table_name == "result_policy")
    ]
    assert lines == [
        (town.deputy_head.id, "", "2 75 % 1/2 exam apart"),
        (town.head.id, "2 75 % 1/2 exam apart", "2 75 % 1/2 exam in year"),
    ]
    page = head.get(policy)
    assert f"С {new.from_on:%-d}" in page.words
    assert town.head.surname in page.words


@pytest.mark.parametrize("changes", [{"average": "best"}, {"threshold": "0.1"}])
def test_what_no_school_may_choose_is_refused(town, visit, changes):
    deputy = visit(town.deputy_head)
    deputy.send(deputy.get(address(town)), status=422, **changes)
    assert not GradingPolicy.select().exists()


def test_a_dot_has_its_day(town, visit):
    teacher = visit(town.teacher)
    page = teacher.get(f"/gradebook/lessons/{town.lesson.id}/works")
    due = today() + timedelta(days=5)
    early = today() - timedelta(days=1)
    answer = teacher.send(page, status=422, title="Зачёт", due_on=f"{early:%d.%m.%Y}")
    assert "раньше урока" in answer.words
    assert answer.fields()["title"] == "Зачёт"
    teacher.send(answer, due_on=f"{due:%d.%m.%Y}")
    assert Work.get(Work.lesson == town.lesson).due_on == due


def test_the_history_of_one_pupil_is_two_clicks_away(town, visit):
    teacher = visit(town.teacher)
    page = teacher.get(f"/gradebook/lessons/{town.lesson.id}")
    teacher.send(
        page,
        topic="Дроби",
        **{f"mark-{town.pupil.id}": "5", f"mark-{town.classmate.id}": "4"},
    )
    page = teacher.get(f"/gradebook/lessons/{town.lesson.id}")
    link = page.links()[f"История записей: {town.pupil.surname} {town.pupil.given_name}"]
    history = teacher.get(link)
    assert "Отметка" in history.main
    assert town.pupil.surname in history.main
    assert town.classmate.surname not in history.main
    assert "Тема урока" not in history.main
