"""The main road: a teacher enters, a parent reads."""

import pytest

from tests.town import PASSWORD, today


@pytest.mark.clause("S2 1.2", "S2 1.3-1", "S2 1.3-7", "S19 3", "NT результат-2")
@pytest.mark.clause("V 2-1", "S11 1.5", "S11 1.6", "S11 2.2-1")
@pytest.mark.requirement("B1")
@pytest.mark.requirement("B5")
@pytest.mark.requirement("B7")
@pytest.mark.requirement("E1")
def test_what_a_teacher_saves_is_in_the_diary_on_the_next_load(town, visit):
    teacher = visit(town.teacher)
    day = teacher.get("/gradebook/")
    assert "Алгебра, 7А" in day.words
    page = teacher.get(f"/gradebook/lessons/{town.lesson.id}")
    answer = teacher.send(
        page,
        topic="Дроби",
        material="Сложение дробей",
        homework="№ 5, 6",
        **{
            f"mark-{town.pupil.id}": "5",
            f"attendance-{town.classmate.id}": "б",
            f"homework-{town.pupil.id}": "Повторить правило",
            f"comment-{town.pupil.id}": "Активно работает",
            "attendance-taken": "1",
        },
    )
    assert "Сохранено: 8 записей" in teacher.follow(answer).words

    diary = visit(town.mother).get(f"/diary/{town.pupil.id}/week/{today()}")
    for words in (
        "Алгебра", "Дроби", "Сложение дробей", "№ 5, 6", "Повторить правило",
        "Активно работает", "5 Ответ на уроке", "8:30–09:10",
    ):  # fmt: skip
        assert words in diary.words


def test_signing_in_returns_to_where_one_was(town, visit):
    stranger = visit()
    address = f"/diary/{town.pupil.id}/week/{today()}"
    asked = stranger.get(address, status=303)
    page = stranger.follow(asked)
    answer = stranger.send(page, login="mother", password=PASSWORD)
    assert answer.headers["Location"] == address
    assert "Королёв Фёдор" in stranger.follow(answer).heading
