"""The register of a group over a period: the grid, its form, its twin (E1, H3, H4)."""

from datetime import timedelta

import pytest

from school.models import (
    Attendance,
    History,
    Mark,
    StudyPeriod,
)
from tests.town import today, year_start


def address(town):
    return f"/gradebook/groups/{town.group.id}"


@pytest.fixture
def period(town):
    """A quarter that holds today."""
    return StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1 четверть",
        from_grade=5, until_grade=9, from_on=year_start(), until_on=today() + timedelta(days=30),
    )  # fmt: skip


def cell(pupil, lesson):
    return f"cell-{pupil.id}-{lesson.id}"


def marks(town):
    return {(m.pupil_id, m.work.lesson_id): m.value for m in Mark.select()}


@pytest.mark.requirement("E1")
def test_a_whole_period_is_one_form(town, period, visit):
    """Without script: marks and absences of several lessons, in one go."""
    teacher = visit(town.teacher)
    page = teacher.get(f"{address(town)}?edit=1")
    assert "1 четверть" in page.words
    back = teacher.send(
        page,
        **{
            cell(town.pupil, town.lesson): "5",
            cell(town.classmate, town.lesson): "Н",
            cell(town.pupil, town.yesterday): "о 4/5",
        },
    )
    assert marks(town) == {
        (town.pupil.id, town.lesson.id): "5",
        (town.pupil.id, town.yesterday.id): "5",
    }
    assert {(a.pupil_id, a.lesson_id): a.code for a in Attendance.select()} == {
        (town.classmate.id, town.lesson.id): "н",
        (town.pupil.id, town.yesterday.id): "о",
    }
    page = teacher.follow(back)
    assert "о 4/5" in page.words
    assert "4,67" in page.words  # 5, 4, 5
    # Once more, untouched: nothing is written.
    count = History.select().count()
    page = teacher.get(f"{address(town)}?edit=1")
    teacher.send(page)
    assert History.select().count() == count
    # The lesson's own register shows the same.
    register = teacher.get(f"/gradebook/lessons/{town.lesson.id}").fields()
    assert register[f"mark-{town.pupil.id}"] == "5"
    assert register[f"attendance-{town.classmate.id}"] == "н"
    # «н» becomes a mark.
    page = teacher.get(f"{address(town)}?edit=1")
    assert page.fields()[cell(town.classmate, town.lesson)] == "н"
    teacher.send(page, **{cell(town.classmate, town.lesson): "3"})
    assert not Attendance.select().where(Attendance.lesson == town.lesson).exists()
    assert marks(town)[town.classmate.id, town.lesson.id] == "3"
