"""The next topic of the lesson plan, and texts copied to a parallel class."""

from datetime import timedelta

import pytest

from school.models import History, Homework, Lesson, LessonPlanTopic, SchoolClass
from tests.town import make_group, make_lesson, today


@pytest.fixture
def plan(town):
    for ordinal, topic in enumerate(("Дроби", "Проценты", "Пропорции"), start=1):
        LessonPlanTopic.create(
            school=town.school, teaching_group=town.group, ordinal=ordinal, topic=topic,
            homework=f"§ {ordinal}",
        )  # fmt: skip


def address(lesson, what=""):
    return f"/gradebook/lessons/{lesson.id}{what}"


@pytest.mark.requirement("H4")
def test_the_next_topic_is_taken_in_one_action(town, plan, visit):
    Lesson.update(topic="Дроби").where(Lesson.id == town.yesterday.id).execute()
    teacher = visit(town.teacher)
    page = teacher.get(address(town.lesson))
    assert "По плану, 2-й урок: «Проценты»" in page.words
    teacher.send(page, form="planned-topic")
    lesson = Lesson.get_by_id(town.lesson.id)
    assert lesson.topic == "Проценты"
    assert Homework.get(Homework.lesson == lesson).text == "§ 2"
    assert {h.field for h in History.select().where(History.lesson == lesson)} == {
        "topic",
        "homework",
    }
    # A second press, or an old page, takes nothing more.
    teacher.send(page, form="planned-topic")
    assert Lesson.get_by_id(town.lesson.id).topic == "Проценты"


def test_what_the_teacher_wrote_is_not_replaced(town, plan, visit):
    Homework.create(school=town.school, lesson=town.lesson, text="своё")
    teacher = visit(town.teacher)
    teacher.send(teacher.get(address(town.lesson)), form="planned-topic")
    assert Homework.get(Homework.lesson == town.lesson).text == "своё"
    assert Lesson.get_by_id(town.lesson.id).topic == "Дроби"


def test_after_the_end_of_the_plan_nothing_is_offered(town, plan, visit):
    Lesson.update(topic="Пропорции").where(Lesson.id == town.yesterday.id).execute()
    assert "По плану" not in visit(town.teacher).get(address(town.lesson)).words


def test_a_later_lesson_does_not_move_the_plan_on(town, plan, visit):
    Lesson.update(topic="Проценты").where(Lesson.id == town.tomorrow.id).execute()
    assert "«Дроби»" in visit(town.teacher).get(address(town.lesson)).words


@pytest.fixture
def parallel(town):
    """A lesson of 7Б, same teacher and subject, tomorrow."""
    school_class = SchoolClass.create(
        school=town.school, school_year=town.year, grade=7, letter="Б"
    )
    group = make_group(town.school, town.year, school_class, "Алгебра", town.teacher, [], name="7Б")
    return make_lesson(group, town.teacher, today() + timedelta(days=1), number=3)


@pytest.mark.requirement("H4")
def test_topic_and_homework_are_copied_to_the_parallel_class(town, parallel, visit):
    Lesson.update(topic="Дроби", material="Устный счёт").where(
        Lesson.id == town.lesson.id
    ).execute()
    Homework.create(school=town.school, lesson=town.lesson, text="№ 5")
    teacher = visit(town.teacher)
    page = teacher.get(address(town.lesson, "/copy"))
    assert "7Б" in page.words
    teacher.send(page, to=str(parallel.id))
    copied = Lesson.get_by_id(parallel.id)
    assert (copied.topic, copied.material) == ("Дроби", "Устный счёт")
    assert Homework.get(Homework.lesson == parallel).text == "№ 5"


def test_nobody_elses_lesson_is_copied_to(town, parallel, visit):
    teacher = visit(town.teacher)
    page = teacher.get(address(town.lesson, "/copy"))
    teacher.send(page, status=422, to=str(town.other_lesson.id))
    assert Lesson.get_by_id(town.other_lesson.id).topic == ""
    visit(town.colleague).get(address(town.lesson, "/copy"), status=404)


def test_without_a_choice_the_form_says_so(town, parallel, visit):
    teacher = visit(town.teacher)
    page = teacher.get(address(town.lesson, "/copy"))
    answer = teacher.send(page, status=422, to=None)
    assert "Отметьте хотя бы один урок" in answer.words
