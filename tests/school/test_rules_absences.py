"""B4, H25: how absences are counted, in lessons and in days, by reason."""

from datetime import date, timedelta

import pytest

from school.models import Attendance, Lesson
from school.queries.absences import count_absences_of
from school.rules.absences import AbsenceCount, Tally, add_up, count_absences
from tests.blueprints.helpers import statements
from tests.town import make_group, make_lesson, member, year_start

DAY = date(2026, 9, 14)
NEXT = DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("tallies", "lessons", "days", "late"),
    [
        ([], {}, {}, (0, 0)),
        ([Tally(DAY, "", 6)], {}, {}, (0, 0)),
        ([Tally(DAY, "б", 6)], {"б": 6}, {"б": 1}, (0, 0)),
        # One lesson attended, or not entered yet: the lessons count, the day does not.
        ([Tally(DAY, "б", 5), Tally(DAY, "", 1)], {"б": 5}, {}, (0, 0)),
        # Who came late was there.
        ([Tally(DAY, "н", 5), Tally(DAY, "о", 1, 10)], {"н": 5}, {}, (1, 10)),
        ([Tally(DAY, "о", 2, 15)], {}, {}, (2, 15)),
        # Two reasons: that of most lessons; of equal ones the one that says more.
        ([Tally(DAY, "у", 4), Tally(DAY, "б", 2)], {"б": 2, "у": 4}, {"у": 1}, (0, 0)),
        ([Tally(DAY, "н", 3), Tally(DAY, "б", 3)], {"н": 3, "б": 3}, {"б": 1}, (0, 0)),
        # Lists name reasons in one order, an unknown one last.
        (
            [Tally(DAY, "х", 1), Tally(NEXT, "нп", 1), Tally(NEXT, "н", 1)],
            {"н": 1, "нп": 1, "х": 1},
            {"нп": 1, "х": 1},
            (0, 0),
        ),
    ],
)
def test_lessons_and_days(tallies, lessons, days, late):
    found = count_absences(tallies)
    assert list(found.lessons.items()) == list(lessons.items())
    assert list(found.days.items()) == list(days.items())
    assert (found.late, found.late_minutes) == late
    assert found.missed_lessons == sum(lessons.values())
    assert found.missed_days == sum(days.values())


def test_a_class_is_the_sum_of_its_pupils():
    one = AbsenceCount({"б": 6}, {"б": 1}, 1, 5)
    two = AbsenceCount({"н": 1, "б": 2}, {}, 1, 0)
    assert add_up([one, two]) == AbsenceCount({"н": 1, "б": 8}, {"б": 1}, 2, 5)
    assert add_up([]) == AbsenceCount()


def test_out_of_the_register(town):
    """Two groups a day, a cancelled lesson, memberships that overlap, another school."""
    other = make_group(
        town.school, town.year, town.school_class, "Физика", town.colleague, town.pupils
    )
    member(other, town.pupil, from_on=year_start() + timedelta(days=9))  # overlapping
    day = town.yesterday.held_on
    second = make_lesson(other, town.colleague, day, 2)
    gone = make_lesson(other, town.colleague, day, 3)
    Lesson.update(cancelled_at=gone.ends_at).where(Lesson.id == gone.id).execute()
    for lesson in (town.yesterday, second):
        Attendance.create(school=town.school, lesson=lesson, pupil=town.pupil, code="б")
    Attendance.create(
        school=town.school, lesson=second, pupil=town.classmate, code="о", late_minutes=7
    )
    Attendance.create(school=town.school, lesson=town.lesson, pupil=town.pupil, code="н")
    club = make_group(
        town.school, town.year, None, "Шахматы", town.colleague, town.pupils, name="Шахматы",
        is_extracurricular=True,
    )  # fmt: skip
    evening = make_lesson(club, town.colleague, day, 8)  # attended, and no lesson
    Attendance.create(school=town.school, lesson=evening, pupil=town.classmate, code="н")
    with statements() as seen:
        found = count_absences_of([town.pupil.id, town.classmate.id], day, day)
    assert len(seen) == 1
    assert found == {
        town.pupil.id: AbsenceCount({"б": 2}, {"б": 1}),
        town.classmate.id: AbsenceCount(late=1, late_minutes=7),
    }
    span = (day, town.lesson.held_on)
    both = count_absences_of([town.pupil.id], *span, school_id=town.school.id)
    assert both[town.pupil.id].lessons == {"н": 1, "б": 2}
    assert both[town.pupil.id].days == {"н": 1, "б": 1}
    assert count_absences_of([town.pupil.id], *span, school_id=town.other_school.id) == {
        town.pupil.id: AbsenceCount()
    }
