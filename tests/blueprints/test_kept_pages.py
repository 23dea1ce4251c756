"""Pages that a family's own device keeps: when they are the same, and when not."""

from datetime import timedelta

import pytest

from school.models import Guardianship, Homework, Person
from tests.town import today


@pytest.fixture
def week(town):
    return f"/diary/{town.pupil.id}/week/{today()}"


def get(visitor, address, tag=None, **headers):
    if tag:
        headers["If-None-Match"] = tag
    return visitor.client.get(address, headers={"Accept-Encoding": "br", **headers})


@pytest.mark.requirement("H21")
def test_an_unchanged_page_is_304_in_500_bytes_and_three_statements(town, visit, week, caplog):
    mother = visit(town.mother, own_device=True)
    tag = get(mother, week).headers["ETag"]
    with caplog.at_level("DEBUG", "peewee"):
        caplog.clear()
        answer = get(mother, week, tag)
        statements = [r for r in caplog.records if r.name == "peewee"]
    assert answer.status_code == 304
    assert len(statements) <= 3
    head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    assert len(head.encode()) <= 450
    assert not answer.get_data()
    assert "Set-Cookie" not in answer.headers
    assert "Content-Security-Policy" not in answer.headers


def test_what_a_teacher_saves_makes_another_page(town, visit, week):
    mother = visit(town.mother, own_device=True)
    tag = get(mother, week).headers["ETag"]
    teacher = visit(town.teacher)
    page = teacher.get(f"/gradebook/lessons/{town.lesson.id}")
    teacher.send(page, homework="№ 77")
    answer = get(mother, week, tag)
    assert answer.status_code == 200
    assert answer.headers["ETag"] != tag
    assert "№ 77" in mother.get(week).words


def test_what_goes_behind_the_actions_back_is_not_seen(town, visit, week):
    """The tag is made of revisions, never of the body: this is what makes it cheap."""
    mother = visit(town.mother, own_device=True)
    tag = get(mother, week).headers["ETag"]
    Homework.create(school=town.school, lesson=town.lesson, text="мимо")
    assert get(mother, week, tag).status_code == 304


def test_two_parents_and_two_devices_have_pages_of_their_own(town, visit, week):
    tags = [
        get(visit(person, own_device=True), week).headers["ETag"]
        for person in (town.mother, town.father, town.mother)
    ]
    assert len(set(tags)) == 3


def test_page_and_part_are_two(town, visit, week):
    mother = visit(town.mother, own_device=True)
    page, part = get(mother, week), get(mother, week, **{"HX-Request": "true"})
    assert page.headers["ETag"] != part.headers["ETag"]
    assert "HX-Request" in page.headers["Vary"]
    assert get(mother, week, page.headers["ETag"], **{"HX-Request": "true"}).status_code == 200


def test_who_lost_access_gets_no_304(town, visit, week):
    mother = visit(town.mother, own_device=True)
    tag = get(mother, week).headers["ETag"]
    Guardianship.update(until_on=today() - timedelta(days=1)).execute()
    assert get(mother, week, tag).status_code in (403, 404)


def test_another_name_is_another_page(town, visit, week):
    mother = visit(town.mother, own_device=True)
    tag = get(mother, week).headers["ETag"]
    Person.update(given_name="Марина").where(Person.id == town.mother.id).execute()
    assert get(mother, week, tag).status_code == 200


def test_on_a_shared_device_nothing_is_kept(town, visit, week):
    answer = get(visit(town.mother), week)
    assert answer.headers["Cache-Control"] == "no-store, no-cache"
    assert "ETag" not in answer.headers


def test_staff_leave_a_trace_each_time_and_keep_nothing(town, visit, week):
    answer = get(visit(town.class_teacher, own_device=True), week)
    assert answer.headers["Cache-Control"] == "no-store, no-cache"
    assert "ETag" not in answer.headers


@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        ("br", "br"),
        ("gzip, deflate, br;q=0.5", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", None),
        ("identity", None),
        ("", None),
        ("чушь;;q=x", None),
    ],
)
def test_encodings(town, visit, week, accepted, given):
    answer = visit(town.mother, own_device=True).client.get(
        week, headers={"Accept-Encoding": accepted.encode().decode("latin-1")}
    )
    assert answer.status_code == 200
    assert answer.headers.get("Content-Encoding") == given
    assert "Accept-Encoding" in answer.headers["Vary"]
