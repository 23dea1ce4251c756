"""A school, as a tired deputy head has it in spreadsheets, comes in
by the administrator's page, and its teachers open their first lessons (H22). `make soak` takes
one of 30 classes and 1,000 pupils."""

from datetime import UTC, datetime

import pytest

from school import clock
from school.models import Account, Lesson, Person
from tests.blueprints.helpers import address_of, open_session
from tests.blueprints.test_office_imports import sweep, upload
from tests.school.test_spreadsheets import make_school
from tests.tired_school import FAULTS, write_tired_school
from tests.town import account, person, role

FIRST_OF_SEPTEMBER = datetime(2026, 9, 1, 4, tzinfo=UTC)
#: So often a person answers questions and looks at what became of the files.
ROUNDS = 6


class Place:
    """What `upload` asks of a town."""

    def __init__(self, school):
        self.school = school


def bring(visitor, place, data_dir, paths):
    """Upload, answer every question as it is proposed, and come to the verdict."""
    files = [(path.name, path.read_bytes()) for path in paths]
    page = upload(visitor, place, *files)
    for _ in range(ROUNDS):
        sweep(data_dir)
        page = visitor.get(page.address)
        if "есть вопросы" not in page.title:
            return page
        page = visitor.follow(visitor.send(page, form=0))
    raise AssertionError(page.words[:2000])


@pytest.mark.requirement("H22")
def test_it_comes_in_by_the_page_and_its_teachers_open_their_first_lessons(
    app, db, data_dir, tmp_path, monkeypatch
):
    comes_in_by_the_page(app, data_dir, tmp_path, monkeypatch, classes=8, pupils=160)


def comes_in_by_the_page(app, data_dir, tmp_path, monkeypatch, *, classes, pupils):
    """With mistakes nothing is written; mended, everything is there for each teacher."""
    size = {"classes": classes, "pupils": pupils}
    monkeypatch.setattr(clock, "now", lambda: FIRST_OF_SEPTEMBER)
    school = make_school()
    administrator = person(school.municipality, "Кабинетова")
    account(administrator, login="office")
    role(administrator, "administrator", school)
    visitor = open_session(app, administrator)
    place = Place(school)

    page = bring(
        visitor, place, data_dir, write_tired_school(tmp_path / "wrong", faults=True, **size)
    )
    rows = visitor.client.get(f"{page.address}/rows.csv").get_data(as_text=True)
    for fault in FAULTS:
        assert fault.words in rows, fault
    assert not Lesson.select().exists()

    page = bring(
        visitor, place, data_dir, write_tired_school(tmp_path / "mended", faults=False, **size)
    )
    assert "ждёт подтверждения" in page.title or "проверена" in page.title, page.words[:2000]
    page = visitor.follow(visitor.send(page, form=0))
    sweep(data_dir)
    assert "записана" in visitor.get(page.address).title
    assert Person.select().count() > pupils

    first = {}
    for lesson in Lesson.select().order_by(Lesson.starts_at, Lesson.id):
        first.setdefault(lesson.teacher_id, lesson)
    assert len(first) > classes
    for teacher_id, lesson in first.items():
        # The one-time password of the list has been replaced.
        Account.update(must_change_password=False).where(Account.person == teacher_id).execute()
        teacher = open_session(app, Person.get_by_id(teacher_id))
        page = teacher.get(address_of(lesson))
        assert page.fields()["topic"] == ""
        assert any(name.startswith("mark-") for name in page.fields())
        day = teacher.get(f"/gradebook/days/{lesson.held_on}")
        assert address_of(lesson) in day.links().values()
