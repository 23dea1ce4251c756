"""Lessons made ahead: where they are made, and where not."""

from datetime import date, timedelta

import pytest

from school.actions.timetable import make_lessons
from school.clock import moment_of
from school.models import (
    Bell,
    BellSchedule,
    Lesson,
    LessonChange,
    SchoolBreak,
    StudyPeriod,
    TimetableEntry,
)
from tests.town import ZONE, year_start

MONDAY = year_start() + timedelta(days=(7 - year_start().weekday()) % 7)


@pytest.fixture
def timetable(town):
    """The town's group has lesson 2 each Monday, in a period of three weeks."""
    StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1 четверть",
        from_grade=5, until_grade=9, from_on=MONDAY, until_on=MONDAY + timedelta(days=20),
    )  # fmt: skip
    schedule = BellSchedule.create(school=town.school, name="Обычный день")
    Bell.create(
        school=town.school, bell_schedule=schedule, lesson_number=2,
        starts_at="09:20", ends_at="10:00",
    )  # fmt: skip
    return TimetableEntry.create(
        school=town.school, teaching_group=town.group, teacher=town.teacher,
        bell_schedule=schedule, weekday=1, lesson_number=2, room="12",
        from_on=year_start(), until_on=None,
    )  # fmt: skip


def made_days(town):
    return [
        lesson.held_on
        for lesson in Lesson.select()
        .where(Lesson.teaching_group == town.group, Lesson.lesson_number == 2)
        .order_by(Lesson.held_on)
    ]


def make(town, days=60):
    return len(make_lessons(town.school, year_start(), MONDAY + timedelta(days=days)))


@pytest.mark.requirement("B5")
def test_lessons_lie_inside_the_period_and_outside_holidays(town, timetable):
    SchoolBreak.create(
        school=town.school, kind="day_off", name="Выходной", from_on=MONDAY + timedelta(days=7),
        until_on=MONDAY + timedelta(days=7),
    )  # fmt: skip
    assert make(town) == 2
    assert made_days(town) == [MONDAY, MONDAY + timedelta(days=14)]
    lesson = Lesson.get(Lesson.held_on == MONDAY, Lesson.lesson_number == 2)
    assert lesson.starts_at == moment_of(MONDAY, "09:20", ZONE)
    assert (lesson.room, lesson.teacher_id) == ("12", town.teacher.id)


def test_holidays_of_other_grades_do_not_count(town, timetable):
    SchoolBreak.create(
        school=town.school, kind="holidays", name="Каникулы первоклассников", from_on=MONDAY,
        until_on=MONDAY + timedelta(days=7), from_grade=1, until_grade=1,
    )  # fmt: skip
    assert make(town) == 3


def test_a_second_time_makes_nothing(town, timetable):
    assert (make(town), make(town)) == (3, 0)


def test_odd_and_even_weeks(town, timetable):
    parity = "even" if date.isocalendar(MONDAY).week % 2 == 0 else "odd"
    TimetableEntry.update(week_parity=parity).execute()
    assert make(town) == 2
    assert made_days(town) == [MONDAY, MONDAY + timedelta(days=14)]


@pytest.mark.parametrize("number_was", [2, None])
def test_a_lesson_moved_away_is_not_made_again(town, timetable, number_was):
    make(town)
    lesson = Lesson.get(Lesson.held_on == MONDAY, Lesson.lesson_number == 2)
    tuesday = MONDAY + timedelta(days=1)
    Lesson.update(held_on=tuesday).where(Lesson.id == lesson.id).execute()
    LessonChange.create(
        school=town.school, lesson=lesson, kind="move", announced_at=lesson.starts_at,
        announced_by=town.deputy_head, held_on_was=MONDAY, held_on_is=tuesday,
        lesson_number_was=number_was,
    )  # fmt: skip
    assert make(town) == 0


def test_last_years_groups_get_no_lessons_of_the_next(town, timetable):
    type(town.year).update(until_on=MONDAY + timedelta(days=6)).where(
        type(town.year).id == town.year.id
    ).execute()
    assert make(town) == 1
