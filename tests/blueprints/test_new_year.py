"""The new school year in one action, and two records of one person, on the office's pages."""

from datetime import date, timedelta

import pytest

from school import clock
from school.actions.history import Act
from school.actions.merging import MergeRefused, list_doubles, merge_persons, undo_merge
from school.actions.new_year import YearRefused, begin_year, preview_year, undo_year
from school.models import (
    ALL_MODELS,
    Account,
    Attendance,
    CouncilDecision,
    CurriculumLine,
    Enrolment,
    GroupMembership,
    GroupTeacher,
    History,
    Lesson,
    LessonPlanTopic,
    Mark,
    Person,
    PersonMerge,
    Role,
    SchoolClass,
    SchoolYear,
    Subject,
    TeachingGroup,
    Work,
    WorkKind,
)
from tests.blueprints.helpers import open_session
from tests.town import account, enrol, make_group, make_lesson, person, today

LAST_JUNE = date(2026, 6, 10)


def act(request="year"):
    return Act(clock.now(), Person.select().order_by(Person.id).first().id, request)


def state():
    return {
        model.__name__: sorted(model.select().tuples(), key=repr)
        for model in ALL_MODELS
        if model.__name__ not in ("History", "Revision", "YearStart", "PersonMerge", "Session")
    }


@pytest.fixture
def school(town):
    """The town's school with a year that ended in May, and classes of several grades."""
    SchoolYear.update(from_on=date(2025, 9, 1), until_on=date(2026, 5, 31)).where(
        SchoolYear.id == town.year
    ).execute()
    year = town.year
    fourth, ninth, last = (
        SchoolClass.create(school=town.school, school_year=year, grade=grade, letter="А")
        for grade in (4, 9, 11)
    )
    for place, surname in ((fourth, "Четвёртая"), (ninth, "Девятая"), (last, "Выпускная")):
        pupil = person(town.municipality, surname)
        enrol(place, pupil, from_on=date(2025, 9, 1))
        make_group(town.school, year, place, "Музыка", town.teacher, [pupil],
                   name=f"{place.grade}А")  # fmt: skip
    for n, topic in enumerate(("Дроби", "Степени"), start=1):
        LessonPlanTopic.create(
            school=town.school, teaching_group=town.group, ordinal=n, topic=topic
        )
    CurriculumLine.create(
        school=town.school, school_class=town.school_class, subject=Subject.get(), hours_in_week=5
    )
    Role.update(from_on=date(2025, 9, 1)).execute()
    Enrolment.update(from_on=date(2025, 9, 1)).execute()
    GroupMembership.update(from_on=date(2025, 9, 1)).execute()
    GroupTeacher.update(from_on=date(2025, 9, 1)).execute()
    Lesson.delete().where(Lesson.held_on > date(2026, 8, 31)).execute()
    return town


@pytest.mark.requirement("H22")
def test_classes_move_up_and_graduates_leave(school):
    plan = preview_year(school.school.id, LAST_JUNE)
    proposed = {move.name: move.proposed for move in plan.classes}
    assert proposed == {"4А": "up", "7А": "up", "9А": "leave", "11А": "leave"}
    begin_year(
        school.school.id,
        {},
        year_name="2026/27",
        carry_groups=True,
        carry_plans=True,
        today=LAST_JUNE,
        act=act(),
    )
    year = SchoolYear.get(
        SchoolYear.from_on == date(2026, 9, 1), SchoolYear.school == school.school
    )
    names = {
        f"{c.grade}{c.letter}" for c in SchoolClass.select().where(SchoolClass.school_year == year)
    }
    assert names == {"5А", "8А"}
    old, new = Enrolment.select().where(Enrolment.pupil == school.pupil).order_by(Enrolment.from_on)
    assert (old.until_on, new.from_on, new.until_on) == (date(2026, 8, 31), date(2026, 9, 1), None)
    gone = Enrolment.select().where(Enrolment.reason == "выпуск")
    assert {row.until_on for row in gone} == {date(2026, 6, 10)}
    groups = list(TeachingGroup.select().where(TeachingGroup.school_year == year))
    # Out of primary school one begins anew.
    assert [group.name for group in groups] == ["8А"]
    assert GroupTeacher.get(GroupTeacher.teaching_group == groups[0]).teacher == school.teacher
    assert GroupMembership.select().where(GroupMembership.teaching_group == groups[0]).count() == 2
    led = Role.select().where(Role.kind == "class_teacher").order_by(Role.from_on)
    assert [role.until_on for role in led] == [date(2026, 8, 31), None]
    assert preview_year(school.school.id, LAST_JUNE) is None


def test_a_begun_year_is_taken_back_to_the_last_row(school):
    before = state()
    start = begin_year(
        school.school.id,
        {},
        year_name="2026/27",
        carry_groups=True,
        carry_plans=True,
        today=LAST_JUNE,
        act=act(),
    )
    assert state() != before
    undo_year(start, act=act("back"))
    assert state() == before
    undo_year(start, act=act("again"))
    assert preview_year(school.school.id, LAST_JUNE) is not None


def test_after_the_first_lesson_it_stays(school):
    start = begin_year(
        school.school.id,
        {},
        year_name="2026/27",
        carry_groups=True,
        carry_plans=False,
        today=LAST_JUNE,
        act=act(),
    )
    group = TeachingGroup.select().order_by(TeachingGroup.id.desc()).first()
    make_lesson(group, school.teacher, today() - timedelta(days=1))
    with pytest.raises(YearRefused, match="Первый урок"):
        undo_year(start, act=act("back"))


def test_the_page_previews_begins_and_takes_back(app, school):
    visitor = open_session(app, school.administrator)
    address = f"/office/schools/{school.school.id}/new-year"
    # Whom the council left for a second year: the new year does not do it by itself, and says so.
    CouncilDecision.create(
        school=school.school, school_year=school.year, school_class=school.school_class,
        pupil=school.pupil, decision="repeats", minutes_name="7", minutes_on=LAST_JUNE,
        made_at=clock.now(), made_by=school.deputy_head,
    )  # fmt: skip
    page = visitor.get(address)
    assert "на второй год остаются, 1: 7А, Королёв Фёдор (протокол № 7)" in page.words
    assert "станет 8А" in page.words
    first = page
    page = visitor.follow(visitor.send(page, form=0))
    assert "Новый учебный год начат" in page.words
    assert "уже заведён" in visitor.send(first, form=0, status=422).words
    page = visitor.follow(visitor.send(page, form=-1))
    assert "всё как было" in page.words
    assert SchoolYear.select().where(SchoolYear.school == school.school).count() == 1


# Two records of one person


@pytest.fixture
def twice(town):
    """The pupil is in a second time, with an account and a mark of their own."""
    double = person(town.municipality, "Королёв", "Фёдор")
    account(double, login="pupil2")
    enrol(town.school_class, double, from_on=today())
    work = Work.create(
        school=town.school, lesson=town.lesson, ordinal=1,
        work_kind=WorkKind.get(WorkKind.school == town.school),
    )  # fmt: skip
    Mark.create(school=town.school, work=work, position=1, value="5", pupil=double)
    return double


@pytest.mark.requirement("H22")
def test_two_records_become_one_and_are_parted_again(town, twice):
    before = state()
    (found,) = list_doubles(town.school.id)
    assert {found.first.person_id, found.second.person_id} == {town.pupil.id, twice.id}
    merge = merge_persons(town.pupil.id, twice.id, school_id=town.school.id, act=act("m"))
    assert Mark.get().pupil == town.pupil
    assert not Enrolment.select().where(Enrolment.pupil == twice).exists()
    assert Account.get(Account.login == "pupil2").disabled_at is not None
    assert Account.get(Account.login == "pupil").disabled_at is None
    assert list_doubles(town.school.id) == ()
    fact = History.get(History.field == "merged")
    assert (fact.pupil_id, fact.new) == (town.pupil.id, str(twice.id))
    undo_merge(merge, act=act("u"))
    assert state() == before
    assert History.select().where(History.field == "merged").count() == 2


def test_two_marks_of_one_place_are_nobodys_guess(town, twice):
    Mark.create(school=town.school, work=Mark.get().work, position=1, value="3", pupil=town.pupil)
    before = state()
    with pytest.raises(MergeRefused, match="какая верна"):
        merge_persons(town.pupil.id, twice.id, school_id=town.school.id, act=act())
    assert state() == before


def test_a_mother_and_her_child_are_two(town):
    with pytest.raises(MergeRefused, match="представитель другого"):
        merge_persons(town.pupil.id, town.mother.id, school_id=town.school.id, act=act())


def test_what_was_entered_since_stays_with_the_kept_record(town, twice):
    merge = merge_persons(town.pupil.id, twice.id, school_id=town.school.id, act=act("m"))
    Attendance.create(school=town.school, lesson=town.yesterday, pupil=town.pupil, code="н")
    undo_merge(merge, act=act("u"))
    assert Attendance.get().pupil == town.pupil
    assert Mark.get().pupil == twice


def test_the_page_merges_and_parts(app, town, twice):
    visitor = open_session(app, town.administrator)
    address = f"/office/schools/{town.school.id}/doubles"
    page = visitor.follow(visitor.send(visitor.get(address), form=0))
    assert "Записи объединены" in page.words
    page = visitor.follow(visitor.send(page, form=0))
    assert "снова разделены" in page.words
    assert PersonMerge.get().undone_at is not None
    # Two who are no pair of this school's list are not merged by a made-up form.
    fields = page.fields(0) | {"keep": str(town.pupil.id), "merge": str(town.other_pupil.id)}
    visitor.post(address, fields, status=404)


def test_of_another_school_no_more_than_its_name_is_shown(app, town):
    double = person(town.municipality, "Королёв", "Фёдор")
    enrol(town.other_class, double)
    page = open_session(app, town.administrator).get(f"/office/schools/{town.school.id}/doubles")
    assert "ученик: СОШ № 19" in page.words
