"""E7: who entered or changed what, when, from what to what, is on a page and never lost."""

from datetime import timedelta

import pytest

from school import clock
from school.models import GroupMembership
from tests.blueprints.helpers import address_of, make_work, register_of, save, stand_in
from tests.town import moment, today

pytestmark = pytest.mark.requirement("E7")


def rows_of(page):
    return [
        [" ".join("".join(cell.itertext()).split()) for cell in row.xpath("./td|./th")]
        for row in page.root.xpath("//main//tbody/tr")
    ]


def history(visitor, lesson, status=200):
    return visitor.get(f"{address_of(lesson)}/history", status=status)


@pytest.fixture
def two_days(town, visit, monkeypatch):
    """Entries of a teacher yesterday and of a substitute today, by the server's clock."""
    make_work(town.yesterday)
    day = today()

    def it_is(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    it_is(moment(day - timedelta(days=1), "14:05"))
    save(visit(town.teacher), town.yesterday, {f"mark-{town.pupil.id}": "4", "topic": "Дроби"})
    it_is(moment(day, "08:50"))
    colleague = visit(town.colleague)
    stand_in(town.yesterday, town.colleague)
    save(colleague, town.yesterday, {f"mark-{town.pupil.id}": "5"})
    it_is(moment(day, "09:15"))
    save(colleague, town.yesterday, {f"mark-{town.pupil.id}": "", "attendance-taken": "1"})
    colleague.send(register_of(colleague, town.yesterday), form="attendance-not-taken")
    return town


@pytest.mark.parametrize("who", ["teacher", "colleague", "class_teacher", "deputy_head", "head"])
def test_it_shows_who_when_was_and_became_newest_first(two_days, visit, who):
    shown = rows_of(history(visit(getattr(two_days, who)), two_days.yesterday))
    then, now = f"{today() - timedelta(days=1):%d.%m.%Y}", f"{today():%d.%m.%Y}"
    mark = "Отметка (Контрольная работа): Королёв Фёдор"
    substitute = "Соседкина Нина Ивановна, заменяя: Учителева Вера Ивановна"
    assert [row[0] for row in shown] == [f"{now} в 09:15"] * 3 + [f"{now} в 08:50"] + [
        f"{then} в 14:05"
    ] * 2
    facts = [row[1:] for row in shown]
    assert facts[0] == [substitute, "Посещаемость отмечена", "да", "нет"]
    assert sorted(facts[1:3]) == sorted(
        [
            [substitute, "Посещаемость отмечена", "нет", "да"],
            [substitute, mark, "5", "пусто"],
        ]
    )
    assert facts[3] == [substitute, mark, "4", "5"]
    assert sorted(facts[4:]) == sorted(
        [
            ["Учителева Вера Ивановна", mark, "пусто", "4"],
            ["Учителева Вера Ивановна", "Тема урока", "пусто", "Дроби"],
        ]
    )


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("other_teacher", 404),
        ("administrator", 403),
        ("officer", 403),
        ("mother", 403),
        ("pupil", 403),
    ],
)
def test_nobody_else_sees_it(two_days, visit, who, status):
    history(visit(getattr(two_days, who)), two_days.yesterday, status)
    for whose in (two_days.teacher, two_days.head, two_days.class_teacher):
        history(visit(whose), two_days.other_lesson, 404)


def test_a_colleague_who_has_no_part_in_the_lesson(town, visit):
    history(visit(town.colleague), town.lesson, 404)


def test_before_the_first_entry_it_says_so(town, visit):
    page = history(visit(town.teacher), town.lesson)
    assert "Записей ещё не было" in page.main


def test_the_register_leads_to_it_and_it_leads_back(town, visit):
    teacher = visit(town.teacher)
    page = register_of(teacher, town.lesson)
    back = teacher.get(page.links()["История записей"])
    assert address_of(town.lesson) in back.links().values()


def test_entries_about_a_pupil_who_left_the_group_stay(town, visit):
    teacher = visit(town.teacher)
    save(teacher, town.lesson, {f"mark-{town.pupil.id}": "5"})
    GroupMembership.update(until_on=today() - timedelta(days=1)).where(
        GroupMembership.pupil == town.pupil
    ).execute()
    shown = rows_of(history(teacher, town.lesson))
    assert any("Отметка" in row[2] and "выбыл" in row[2] and row[4] == "5" for row in shown)


def test_long_texts_are_shown_whole(town, visit):
    teacher = visit(town.teacher)
    save(teacher, town.lesson, {"homework": "ж" * 20_000})
    assert "ж" * 20_000 in history(teacher, town.lesson).main
