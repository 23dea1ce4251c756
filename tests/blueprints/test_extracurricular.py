"""Extracurricular lessons (внеурочная деятельность): attendance and no marks (H25); and who
teaches a child (B9)."""

from datetime import timedelta

import pytest

from school import clock
from school.actions.register import add_work
from school.models import Attendance, GroupTeacher, LessonChange, Mark, School, TeachingGroup
from school.queries.lessons import find_lesson
from school.queries.owed import list_owed
from school.rules.register import CellError
from tests.blueprints.helpers import address_of, register_of, statements
from tests.databases import on_sqlite
from tests.town import make_group, make_lesson, member, today, year_start

pytestmark = on_sqlite


@pytest.fixture
def club(town):
    group = make_group(
        town.school, town.year, None, "Шахматы", town.colleague, [town.pupil], name="7 классы",
        kind="stream", marking="none", is_extracurricular=True,
    )  # fmt: skip
    return make_lesson(group, town.colleague, today() - timedelta(days=1), 7)


@pytest.mark.requirement("H25")
def test_a_club_has_attendance_and_no_marks(town, visit, club):
    teacher = visit(town.colleague)
    page = register_of(teacher, club)
    assert "отметок в нём нет" in page.main
    assert f"mark-{town.pupil.id}" not in page.fields()
    assert "Добавить работу" not in page.links()
    token = {k: page.fields()[k] for k in ("csrf_token", "seen")}
    back = teacher.post(address_of(club), {**token, f"mark-{town.pupil.id}": "5"}, status=422)
    assert "На внеурочных занятиях отметок не ставят" in back.main
    assert not Mark.select().exists()
    with pytest.raises(CellError, match="внеурочных"):
        add_work(find_lesson(club.id), 1, "", None)
    teacher.send(page, **{f"attendance-{town.pupil.id}": "н", "attendance-taken": "1"})
    assert Attendance.get().code == "н"
    mother = visit(town.mother)
    timetable = mother.get(f"/diary/{town.pupil.id}/timetable/{club.held_on}")
    assert "Кружок, без отметок" in timetable.main
    assert "Шахматы" not in mother.get(f"/diary/{town.pupil.id}/subjects").main
    assert "Шахматы" in mother.get(f"/diary/{town.pupil.id}/week/{club.held_on}").main
    deputy = visit(town.deputy_head)
    shown = deputy.get(
        f"/oversight/schools/{town.school.id}/extracurricular?month={club.held_on:%Y-%m}"
    )
    row = shown.root.xpath("//tbody/tr")[0]
    assert [cell.text for cell in row][1:] == ["1", "1", "1", "1", "0\u00a0%"]


@pytest.mark.requirement("H25")
def test_the_school_says_whether_its_attendance_is_owed(town, visit, club):
    def owed():
        found = list_owed(town.school.id, clock.now(), teacher_id=town.colleague.id)
        return club.id in {line.lesson_id for line in found}

    assert owed()
    deputy = visit(town.deputy_head)
    address = f"/oversight/schools/{town.school.id}/extracurricular"
    deputy.send(deputy.get(address), owes=None)
    assert not School.get_by_id(town.school.id).owes_extracurricular
    assert not owed()
    deputy.send(deputy.get(address), owes="1")
    assert owed()


@pytest.mark.clause("V 2-2, педагоги", "S11 2.2-2, педагоги")
@pytest.mark.requirement("B9")
def test_who_teaches_my_child(town, visit, club):
    new_one = GroupTeacher.create(
        school=town.school, teaching_group=town.group, teacher=town.class_teacher,
        from_on=today() - timedelta(days=3),
    )  # fmt: skip
    own_plan = make_group(
        town.school, town.year, town.school_class, "Химия", town.colleague, [town.pupil],
        name="7А, индивидуальный план", kind="individual",
    )  # fmt: skip
    foreign = make_group(
        town.school, town.year, town.school_class, "Танцы", town.colleague, [town.classmate]
    )
    LessonChange.create(
        school=town.school, lesson=town.lesson, kind="substitution", announced_at=clock.now(),
        announced_by=town.deputy_head, teacher_was=town.teacher, teacher_is=town.colleague,
    )  # fmt: skip
    town.lesson.teacher = town.colleague
    town.lesson.save()
    mother = visit(town.mother)
    with statements() as asked:
        page = mother.get(f"/diary/{town.pupil.id}/teachers")
    assert len(asked) <= 8, asked
    assert "Классный руководитель 7А: Классная Ирина Ивановна" in page.main
    assert "Алгебра, класс 7А" in page.main
    assert f"Классная Ирина Ивановна, с {new_one.from_on.day} " in page.main
    assert "7А, индивидуальный план" in page.main
    assert "Шахматы, кружок 7 классы" in page.main
    assert f"На этой неделе замещает Соседкина Нина Ивановна: {today().day} " in page.main
    assert "Танцы" not in page.main
    assert own_plan.id != foreign.id
    visit(town.other_mother).get(f"/diary/{town.pupil.id}/teachers", status=404)
    assert "Кто учит" in mother.get(f"/diary/{town.pupil.id}/timetable").links()


@pytest.mark.requirement("B9")
def test_substitutes_are_left_out_where_the_timetable_is_hidden(town, visit, club):
    from tests.blueprints.crowd import limit

    limit(town.mother, town.pupil, "timetable")
    LessonChange.create(
        school=town.school, lesson=town.lesson, kind="substitution", announced_at=clock.now(),
        announced_by=town.deputy_head, teacher_was=town.teacher, teacher_is=town.colleague,
    )  # fmt: skip
    town.lesson.teacher = town.colleague
    town.lesson.save()
    page = visit(town.mother).get(f"/diary/{town.pupil.id}/teachers")
    assert "Учителева" in page.main
    assert "замещает" not in page.main


def test_a_stream_that_the_pupil_joins_later_is_not_theirs_yet(town, visit, club):
    late = make_group(
        town.school, town.year, None, "Экономика", town.colleague, [], kind="stream", name="10–11"
    )
    member(late, town.pupil, from_on=today() + timedelta(days=30))
    assert TeachingGroup.get_by_id(late.id).kind == "stream"
    assert year_start() < today()
    assert "Экономика" not in visit(town.mother).get(f"/diary/{town.pupil.id}/teachers").main
