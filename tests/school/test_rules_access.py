"""Who may see and write what (rules/access.py), and the dates of what ties people."""

from datetime import date, datetime, timedelta

import pytest

from school import clock
from school.models import Enrolment, Guardianship, Role
from school.queries.ties import get_ties
from school.rules.access import (
    ADMINISTRATOR,
    CLASS_TEACHER,
    DEPUTY_HEAD,
    GUARDIAN,
    HEAD,
    OFFICER,
    PUPIL,
    TEACHER,
    Child,
    Duty,
    LessonPlace,
    Place,
    Ties,
    diary_reader,
    holds,
    may_read_lesson,
    may_write_lesson,
)
from tests.town import today

CITY, SCHOOL, OTHER_SCHOOL, CLASS, OTHER_CLASS = 1, 20, 21, 300, 301
ME, CHILD, STRANGER = 1000, 2000, 2001
HERE = Place(SCHOOL, CLASS)


def ties(*duties: Duty, children: tuple[Child, ...] = ()) -> Ties:
    return Ties(ME, duties, children)


def duty(kind: str, school: int | None = SCHOOL, school_class: int | None = None) -> Duty:
    return Duty(kind, CITY, school, school_class)


CLASS_DUTY = duty(CLASS_TEACHER, school_class=CLASS)


@pytest.mark.parametrize(
    ("whose", "places", "capacity"),
    [
        (ties(children=(Child(CHILD, "Фёдор", is_self=False),)), [HERE], GUARDIAN),
        (ties(children=(Child(CHILD, "Фёдор", is_self=True),)), [HERE], PUPIL),
        # A graduate and a graduate's mother, while the tie holds.
        (ties(children=(Child(CHILD, "Фёдор", is_self=False),)), [], GUARDIAN),
        (ties(children=(Child(STRANGER, "Тимур", is_self=False),)), [HERE], None),
        (ties(CLASS_DUTY), [HERE], CLASS_TEACHER),
        (ties(duty(CLASS_TEACHER, school_class=OTHER_CLASS)), [HERE], None),
        (ties(duty(ADMINISTRATOR)), [HERE], ADMINISTRATOR),
        (ties(duty(DEPUTY_HEAD)), [HERE], DEPUTY_HEAD),
        (ties(duty(HEAD)), [HERE], HEAD),
        (ties(duty(HEAD, OTHER_SCHOOL)), [HERE], None),
        (ties(duty(HEAD)), [], None),  # the pupil has left
        (ties(duty(HEAD)), [Place(OTHER_SCHOOL, OTHER_CLASS), HERE], HEAD),
        (ties(duty(TEACHER)), [HERE], None),
        (ties(duty(OFFICER, None)), [HERE], None),
        (ties(), [HERE], None),
        # A teacher whose own child goes to the school reads as a parent.
        (ties(CLASS_DUTY, children=(Child(CHILD, "Фёдор", is_self=False),)), [HERE], GUARDIAN),
    ],
)
def test_who_reads_a_diary(whose, places, capacity):
    assert diary_reader(whose, CHILD, places) == capacity


def lesson(teacher: int = STRANGER, group_teachers: tuple[int, ...] = (STRANGER,)) -> LessonPlace:
    return LessonPlace(SCHOOL, teacher, frozenset(group_teachers))


@pytest.mark.parametrize(
    ("whose", "place", "writes", "reads"),
    [
        (ties(duty(TEACHER)), lesson(teacher=ME, group_teachers=(ME,)), True, True),
        (ties(duty(TEACHER)), lesson(teacher=ME), True, True),  # stands in
        (ties(duty(TEACHER)), lesson(group_teachers=(ME,)), True, True),  # is stood in for
        (ties(duty(TEACHER)), lesson(), False, False),  # a colleague
        (ties(), lesson(teacher=ME, group_teachers=(ME,)), False, False),  # has left the school
        (ties(duty(TEACHER, OTHER_SCHOOL)), lesson(teacher=ME), False, False),
        (ties(CLASS_DUTY), lesson(), False, True),
        (ties(CLASS_DUTY), lesson(teacher=ME), False, True),
        (ties(duty(CLASS_TEACHER, school_class=OTHER_CLASS)), lesson(), False, False),
        (ties(duty(DEPUTY_HEAD)), lesson(), False, True),
        (ties(duty(HEAD)), lesson(), False, True),
        (ties(duty(HEAD, OTHER_SCHOOL)), lesson(), False, False),
        (ties(duty(ADMINISTRATOR)), lesson(), False, False),
        (ties(duty(OFFICER, None)), lesson(), False, False),
        (ties(children=(Child(CHILD, "Фёдор", is_self=True),)), lesson(), False, False),
    ],
)
def test_who_opens_a_lesson(whose, place, writes, reads):
    assert may_write_lesson(whose, place) is writes
    assert may_read_lesson(whose, place, {CLASS}) is reads


def test_ties_say_what_a_person_is():
    both = ties(
        CLASS_DUTY,
        duty(TEACHER),
        duty(TEACHER, OTHER_SCHOOL),
        duty(OFFICER, None),
        children=(Child(CHILD, "Фёдор", is_self=False), Child(ME, "Анна", is_self=True)),
    )
    assert both.kinds == {CLASS_TEACHER, TEACHER, OFFICER, GUARDIAN, PUPIL}
    assert both.schools([TEACHER]) == {SCHOOL, OTHER_SCHOOL}
    assert both.schools([OFFICER]) == frozenset()
    assert both.led_classes() == {CLASS}
    assert ties().kinds == frozenset()


@pytest.mark.parametrize(
    ("from_on", "until_on", "day", "held"),
    [
        ("2026-09-01", "2027-05-31", "2026-09-01", True),
        ("2026-09-01", "2027-05-31", "2027-05-31", True),
        ("2026-09-01", "2027-05-31", "2026-08-31", False),
        ("2026-09-01", "2027-05-31", "2027-06-01", False),
        ("2026-09-01", None, "2099-01-01", True),
        ("2026-09-01", None, "2026-08-31", False),
        ("2026-09-01", "2026-09-01", "2026-09-01", True),
    ],
)
def test_both_ends_of_a_tie_are_inclusive(from_on, until_on, day, held):
    last = until_on and date.fromisoformat(until_on)
    assert holds(date.fromisoformat(from_on), last, date.fromisoformat(day)) is held


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("from_days", "until_days", "held"),
    [(-30, None, True), (-30, 0, True), (0, 0, True), (0, None, True), (-30, -1, False),
     (1, None, False)],
)  # fmt: skip
def test_ties_hold_from_day_to_day(town, from_days, until_days, held):
    """In both databases, by the date in the school's time zone."""
    from_on = today() + from_days * DAY
    until_on = None if until_days is None else today() + until_days * DAY
    dates = {"from_on": from_on, "until_on": until_on}
    Role.update(**dates).where(Role.person == town.class_teacher).execute()
    Guardianship.update(**dates).where(Guardianship.guardian == town.mother).execute()
    assert get_ties(town.class_teacher.id).kinds == ({CLASS_TEACHER} if held else set())
    assert [child.pupil_id for child in get_ties(town.mother.id).children] == (
        [town.pupil.id] if held else []
    )
    # The father's tie is his own.
    assert [child.pupil_id for child in get_ties(town.father.id).children] == [town.pupil.id]


def test_a_tie_ends_at_midnight_of_its_school(town, monkeypatch):
    """18:59 UTC is 23:59 in Yekaterinburg, 19:00 is the next day."""
    last_day = date(2026, 11, 16)
    Role.update(from_on=last_day - DAY, until_on=last_day).where(
        Role.person == town.teacher
    ).execute()
    for minute, kinds in ((datetime(2026, 11, 16, 18, 59, tzinfo=clock.UTC), {TEACHER}),
                          (datetime(2026, 11, 16, 19, 0, tzinfo=clock.UTC), set())):  # fmt: skip
        monkeypatch.setattr(clock, "now", lambda minute=minute: minute)
        assert get_ties(town.teacher.id).kinds == kinds


def test_a_person_of_many_parts_has_them_all(town):
    Guardianship.create(
        pupil=town.other_pupil, guardian=town.teacher, kind="mother", basis="свидетельство",
        from_on=today(),
    )  # fmt: skip
    found = get_ties(town.teacher.id)
    assert found.kinds == {TEACHER, GUARDIAN}
    assert found.schools([TEACHER]) == {town.school.id}
    assert [child.pupil_id for child in found.children] == [town.other_pupil.id]


def test_a_pupil_is_tied_to_the_own_diary_alone(town):
    found = get_ties(town.pupil.id)
    assert found.kinds == {PUPIL}
    assert [(child.pupil_id, child.is_self) for child in found.children] == [(town.pupil.id, True)]
    Enrolment.delete().where(Enrolment.pupil == town.pupil).execute()
    assert get_ties(town.pupil.id).kinds == frozenset()
