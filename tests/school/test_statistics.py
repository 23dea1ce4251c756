"""Statistics read from the database: lessons against the plan, movement, second looks."""

from datetime import timedelta
from fractions import Fraction

import pytest

from school import clock
from school.models import (
    CurriculumLine,
    Enrolment,
    LessonChange,
    Mark,
    Subject,
    Work,
    WorkKind,
)
from school.queries.lesson_counts import get_year_lessons
from school.queries.movement import get_movement
from school.queries.second_looks import get_group_marks
from tests.town import ZONE, enrol, make_lesson, member, person, today, year_start


def _work(lesson, *, expected=False, title=""):
    kind, _ = WorkKind.get_or_create(
        school=lesson.school_id, name="Контрольная работа" if expected else "Ответ на уроке"
    )
    return Work.create(
        school=lesson.school_id, lesson=lesson, work_kind=kind, title=title, ordinal=1,
        marks_expected=expected,
    )  # fmt: skip


def _mark(work, pupil, value, position=1):
    Mark.create(school=work.school_id, work=work, pupil=pupil, position=position, value=value)


@pytest.mark.requirement("E5")
def test_lessons_against_the_plan(town):
    CurriculumLine.create(
        school=town.school, school_class=town.school_class,
        subject=Subject.get_by_id(town.group.subject_id), hours_in_week=Fraction(2),
    )  # fmt: skip
    before = get_year_lessons(town.school.id, today(), clock.now())
    counts = {line.group_id: line for line in before.groups}[town.group.id].counts
    long_ago = today() - timedelta(days=30)
    held = make_lesson(town.group, town.teacher, long_ago)
    _work(held, expected=True)
    cancelled = make_lesson(town.group, town.teacher, long_ago, number=2, cancelled_at=clock.now())
    substituted = make_lesson(town.group, town.colleague, long_ago, number=3)
    extra = make_lesson(town.group, town.teacher, long_ago, number=4)
    for lesson, kind in (
        (substituted, "substitution"),
        (extra, "extra"),
        (cancelled, "cancellation"),
    ):
        LessonChange.create(
            school=town.school, lesson=lesson, kind=kind, announced_at=clock.now(),
            announced_by=town.deputy_head,
        )  # fmt: skip
    make_lesson(town.group, town.teacher, today() + timedelta(days=3), number=5)

    lines = get_year_lessons(town.school.id, today(), clock.now()).groups
    line = next(line for line in lines if line.group_id == town.group.id)
    assert line.counts.planned == 68
    assert line.counts.given == counts.given + 3
    assert line.counts.ahead == counts.ahead + 1
    assert (line.counts.substituted, line.counts.extra, line.counts.cancelled) == (1, 1, 1)
    assert line.counts.with_works["Контрольная работа"] == 1
    assert line.counts.lacking == 68 - line.counts.given - line.counts.ahead
    assert line.is_short
    assert "Учителева" in line.teachers


@pytest.mark.requirement("H25")
def test_movement_by_class_and_school(town):
    from_on, until_on = year_start(), today()
    before = get_movement(town.school.id, from_on, until_on).school.movement
    left, moved = person(town.municipality, "Ушедший"), person(town.municipality, "Перешедший")
    middle = from_on + timedelta(days=40)
    enrol(town.school_class, left, until_on=middle, ending="left")
    second = town.school_class.__class__.create(
        school=town.school, school_year=town.year, grade=7, letter="Я"
    )
    enrol(town.school_class, moved, until_on=middle, ending="moved")
    Enrolment.create(
        school=town.school, school_class=second, pupil=moved, from_on=middle + timedelta(days=1)
    )
    found = get_movement(town.school.id, from_on, until_on)
    school = found.school.movement
    assert school.at_start == before.at_start + 2
    assert [stay.pupil_id for stay in school.left] == [left.id]
    assert school.arrived == ()
    by_name = {line.name: line.movement for line in found.classes}
    assert [stay.pupil_id for stay in by_name["7Я"].arrived] == [moved.id]
    assert moved.id in {stay.pupil_id for stay in by_name["7А"].left}
    assert found.names[left.id].startswith("Ушедший")


@pytest.mark.requirement("E5")
def test_second_looks_are_of_members_and_in_order(town):
    days = [today() - timedelta(days=n) for n in (20, 18, 16, 14, 12)]
    works = [_work(make_lesson(town.group, town.teacher, day, number=6)) for day in days]
    for work, value in zip(works, ("5", "5", "5", "5", "2"), strict=True):
        _mark(work, town.pupil, value)
    classmates = [person(town.municipality, f"Соклассник{n}") for n in range(5)]
    gone = person(town.municipality, "Выбывший")
    for classmate in classmates:
        member(town.group, classmate)
        _mark(works[0], classmate, "5")
    member(town.group, gone, until_on=days[2])
    _mark(works[1], gone, "2")
    found = get_group_marks(town.school.id, town.group.id, days[0], today())
    assert [(odd.value, odd.others) for odd in found.odd] == [("2", "5 5 5 5")]
    assert found.odd[0].pupil_id == town.pupil.id
    assert [(work.value, work.pupils) for work in found.uniform] == [("5", 6)]
    assert gone.id not in {pupil.pupil_id for pupil in found.pupils}
    assert found.density == Fraction(10, len(found.pupils))
    assert clock.today(ZONE) == today()
