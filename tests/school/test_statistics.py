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
    PeriodResult,
    SchoolClass,
    StudyPeriod,
    Subject,
    Work,
    WorkKind,
)
from school.queries.lesson_counts import get_year_lessons
from school.queries.movement import get_movement
from school.queries.second_looks import get_group_marks
from school.queries.statistics import (
    SLICES,
    find_reported,
    get_statistics,
    group_standings,
    list_standings,
)
from school.rules.statistics import ResultCounts
from tests.town import (
    ZONE,
    enrol,
    make_group,
    make_lesson,
    member,
    person,
    today,
    year_start,
)


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
    second = SchoolClass.create(school=town.school, school_year=town.year, grade=7, letter="Я")
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


def _period(town, ordinal, from_on, until_on):
    return StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=ordinal,
        name=f"{ordinal}-я четверть", from_grade=1, until_grade=9,
        from_on=from_on, until_on=until_on,
    )  # fmt: skip


def _result(town, pupil, value, *, period=None, kind="period", group=None):
    group = group or town.group
    return PeriodResult.create(
        school=town.school, school_year=town.year, pupil=pupil, subject=group.subject_id,
        teaching_group=group, study_period=period, kind=kind, value=value,
        decided_at=clock.now(), decided_by=town.teacher,
    )  # fmt: skip


@pytest.fixture
def reported(town):
    """Two quarters of a class of 27, counted by hand in test_rules_statistics.py; in the first
    one all had a «3»; one pupil with a «2» left before the second one's end."""
    start = year_start()
    first = _period(town, 1, start, start + timedelta(days=50))
    second = _period(town, 2, start + timedelta(days=60), start + timedelta(days=110))
    values = ["5"] * 6 + ["4"] * 11 + ["3"] * 7 + ["2", "н/а", "осв"]
    for n, value in enumerate(values):
        pupil = person(town.municipality, f"Ученик{n:02}")
        enrol(town.school_class, pupil)
        member(town.group, pupil)
        _result(town, pupil, "3", period=first)
        _result(town, pupil, value, period=second)
    gone = person(town.municipality, "Выбывший")
    enrol(town.school_class, gone, until_on=second.until_on - timedelta(days=1))
    _result(town, gone, "2", period=second)
    _result(town, town.pupil, "", period=second)  # taken back
    return first, second


@pytest.mark.requirement("E5")
def test_statistics_of_a_period_equal_the_table_made_by_hand(town, reported):
    first, second = reported
    choice = find_reported(town.school.id, today())
    assert choice.shown.period_id == second.id
    assert choice.before.period_id == first.id
    found = get_statistics(town.school.id, choice.shown, choice.before)
    lines = [found.total, *(found.slices[by][0] for by in SLICES)]
    for line in lines:
        assert line.counts.counted == 26
        assert line.counts.pass_rate == Fraction(24, 26)
        assert line.counts.quality_rate == Fraction(17, 26)
        assert line.counts.attainment == Fraction(1579, 2600)
        assert line.counts.mean == Fraction(97, 25)
        assert line.before.counted == 27
        assert line.before.quality_rate == 0
    assert [line.name for line in found.slices["class"]] == ["7А"]
    assert [line.name for line in found.slices["programme"]] == ["ООО (5–9 классы)"]
    assert found.slices["teacher"][0].name.startswith("Учителева")
    assert found.slices["group"][0].name == "Класс целиком"
    assert found.compared == ()


@pytest.mark.requirement("E6")
def test_each_slice_adds_up_to_the_school(town, reported):
    part = make_group(
        town.school, town.year, town.school_class, "Английский язык", town.colleague,
        [town.pupil], name="7А, 1 группа", kind="part",
    )  # fmt: skip
    _result(town, town.pupil, "5", period=reported[1], group=part)
    found = get_statistics(town.school.id, find_reported(town.school.id, today()).shown)
    for by in SLICES:
        assert (
            sum((line.counts for line in found.slices[by]), ResultCounts()) == found.total.counts
        ), by
    assert len(found.slices["subject"]) == len(found.slices["group"]) == 2


@pytest.mark.requirement("E5")
def test_the_lists_of_a_school(town, reported):
    chosen = find_reported(town.school.id, today()).shown
    lists = group_standings(list_standings(town.school.id, chosen))
    assert {key: len(of) for key, of in lists.items()} == {
        "excellent": 6, "good": 11, "one_four": 11, "one_three": 7, "failing": 2,
    }  # fmt: skip
    failing = lists["failing"]
    assert {tuple(one.subjects) for one in failing} == {("2",), ("н/а",)}


@pytest.mark.requirement("E5")
def test_the_year_stands_beside_the_exam(town):
    pupils = [person(town.municipality, f"Выпускник{n}") for n in range(4)]
    for pupil, year, exam in zip(pupils, "4453", "5442", strict=True):
        enrol(town.school_class, pupil)
        _result(town, pupil, year, kind="year")
        _result(town, pupil, exam, kind="exam")
    choice = find_reported(town.school.id, today(), f"exam-{town.year.id}")
    ((subject, compared),) = get_statistics(town.school.id, choice.shown, choice.before).compared
    assert subject == Subject.get_by_id(town.group.subject_id).name
    assert (compared.higher, compared.same, compared.lower) == (1, 1, 2)


def test_what_is_reported_on_is_the_schools_own(town, reported):
    assert find_reported(town.other_school.id, today(), str(reported[0].id)) is None
    assert find_reported(town.school.id, today(), "nonsense") is None
    assert find_reported(town.school.id, today(), f"year-{town.year.id}").shown.kind == "year"
