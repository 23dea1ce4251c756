"""Pages of what is owed and of what came in time: teacher, deputy head, family (C1, C3, C10)."""

import re
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest

from school import clock
from school.actions.history import Act
from school.actions.register import save_register
from school.models import AccessLog, Work, WorkKind
from school.queries.lessons import find_lesson
from school.queries.register import Cell, get_register
from school.wording import day_and_month
from tests.blueprints.helpers import stand_in, statements
from tests.town import ZONE, make_lesson, today

LONG_AGO = timedelta(days=8)


@pytest.fixture
def test_work(town):
    """A work for all, eight days ago, with nothing entered."""
    lesson = make_lesson(town.group, town.teacher, today() - LONG_AGO)
    kind = WorkKind.get(WorkKind.school == town.school, WorkKind.marks_expected)
    return Work.create(
        school=town.school, lesson=lesson, work_kind=kind, ordinal=1, marks_expected=True
    )


def enter(town, lesson_id, cells, at):
    head = find_lesson(lesson_id)
    save_register(
        head,
        {Cell(field, pupil): text for (field, pupil), text in cells.items()},
        seen=get_register(head).seen,
        today=today(),
        act=Act(at, town.teacher.id, f"r{at.timestamp()}"),
    )


def local(days_ago, clock_time="12:00"):
    return clock.moment_of(today() - timedelta(days=days_ago), clock_time, ZONE)


@pytest.mark.requirement("C1")
def test_a_teacher_sees_what_is_owed_and_gets_to_the_cell(town, visit, test_work):
    teacher = visit(town.teacher)
    page = teacher.get("/gradebook/owed")
    assert "Срок прошёл" in page.words
    assert "Контрольная работа: нет отметок у 2 учеников" in page.words
    assert "Королёв Фёдор" in page.words
    first = next(link for link in page.links().values() if "#mark-" in link)
    address, field = first.split("#")
    assert f'id="{field}"' in teacher.get(address).html
    attendance = next(link for link in page.links().values() if "#attendance-taken" in link)
    assert 'id="attendance-taken"' in teacher.get(attendance.split("#")[0]).html
    assert f"/gradebook/lessons/{test_work.lesson_id}" in address
    at = local(0, "00:30")
    for pupil in town.pupils:
        enter(town, test_work.lesson_id, {("mark", pupil.id): "5"}, at)
    assert "Контрольная работа" not in teacher.get("/gradebook/owed").words


def test_a_substitute_owes_what_they_substitute(town, visit, test_work):
    stand_in(find_row(test_work), town.colleague)
    assert "Контрольная работа" in visit(town.colleague).get("/gradebook/owed").words
    assert "Контрольная работа" not in visit(town.teacher).get("/gradebook/owed").words


def find_row(work):
    return type(work).lesson.rel_model.get_by_id(work.lesson_id)


def test_whoever_owes_nothing_reads_so(town, visit):
    assert "Всё внесено" in visit(town.colleague).get("/gradebook/owed").words


@pytest.mark.clause("NT сроки, доля")
@pytest.mark.requirement("C10")
def test_the_shares_of_a_span_with_the_cases_behind_them(town, visit, test_work):
    lesson_id = test_work.lesson_id
    pupil, classmate = town.pupils
    enter(town, lesson_id, {("mark", pupil.id): "5"}, local(7))
    enter(town, lesson_id, {("mark", classmate.id): "4"}, local(1))
    deputy = visit(town.deputy_head)
    address = f"/oversight/schools/{town.school.id}/timeliness"
    page = deputy.get(address)
    assert "50 % (1 из 2)" in page.words
    assert "Внесено с опозданием: 1" in page.words
    assert "Петров-Сосновский Артём" in page.words
    assert "(п. 5.1)" in page.words
    for name in ("teacher=", "class="):
        link = next(link for link in page.links().values() if name in link)
        narrowed = deputy.get(link.split("#")[0])
        assert "Внесено с опозданием: 1. Только: " in narrowed.words
    day = today() - LONG_AGO
    one_day = deputy.get(f"{address}?from={day:%d.%m.%Y}&until={day}")
    assert "50 % (1 из 2)" in one_day.words
    before = deputy.get(f"{address}?from={day - LONG_AGO}&until={day - timedelta(days=1)}")
    assert "За эти дни записей нет." in before.words
    exports = AccessLog.select().where(AccessLog.event == "export")
    assert not exports.exists()
    with ZipFile(BytesIO(deputy.client.get(f"{address}.xlsx").data)) as sheet:
        shown = sheet.read("xl/sharedStrings.xml").decode()
    assert "Петров-Сосновский Артём" in shown
    assert "Учителева Вера" in shown
    assert [row.person_id for row in exports] == [town.deputy_head.id]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("from=x&until=01.09.2026", "Напишите обе даты так"),
        ("from=&until=01.09.2026", "Напишите обе даты так"),
        ("from=02.09.2026&until=01.09.2026", "поменяйте их местами"),
        ("from=31.02.2026&until=01.09.2026", "Напишите обе даты так"),
    ],
)
def test_a_wrong_span_is_answered_beside_its_fields(town, visit, asked, sentence):
    address = f"/oversight/schools/{town.school.id}/timeliness?{asked}"
    page = visit(town.deputy_head).get(address, status=422)
    assert sentence in page.words
    assert 'value="01.09.2026"' in page.html
    assert page.html.count('aria-invalid="true"') == 2


@pytest.mark.requirement("C3")
def test_a_family_reads_what_was_promised_beside_what_is_overdue(town, visit, test_work):
    news = f"/diary/{town.pupil.id}/news"
    mother = visit(town.mother)
    words = mother.get(news).words
    ends = day_and_month(today() - LONG_AGO + timedelta(days=1))
    promised = rf"Школа обещает посещаемость не позже 24 часов: до \d\d:\d\d {ends}\. Вносит"
    assert re.search(promised, words)
    assert "отметка, Контрольная работа. Школа обещает отметки не позже 3 дней: до" in words
    at = local(0, "00:30")
    enter(town, test_work.lesson_id, {("mark", town.pupil.id): "5"}, at)
    enter(town, test_work.lesson_id, {("attendance_taken", None): "1"}, at + timedelta(minutes=1))
    words = mother.get(news).words
    assert "Контрольная работа. Школа обещает" not in words
    # The classmate's family still waits, and each reads of its own child alone.
    assert "Петров" not in words


def test_statements_do_not_grow_with_what_is_owed(town, visit, test_work):
    def count(address, visitor):
        visitor.get(address)
        with statements() as seen:
            visitor.get(address)
        return len(seen)

    deputy, mother = visit(town.deputy_head), visit(town.mother)
    pages = [
        (f"/oversight/schools/{town.school.id}/timeliness", deputy),
    ]
    few = [count(*page) for page in pages]
    for n in range(9, 20):
        make_lesson(town.group, town.teacher, today() - timedelta(days=n))
    assert [count(*page) for page in pages] == few
    assert max(few) <= 14
    assert count(f"/diary/{town.pupil.id}/news", mother) <= 14
