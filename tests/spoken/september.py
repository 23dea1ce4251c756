"""What the journeys by ear are about: a school on Friday, 18 September 2026, after lessons.

Королёв Фёдор, 7А, has the fixed week of tests/fixed_week.py, three algebra works, an illness, and
a mother who asked for written information.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from school.database import database
from school.models import Account, Mark, Work, WorkKind
from school.passwords import hash_password
from tests.blueprints.invited import Family, invite, new_family
from tests.browser.walking import build_school, set_clock
from tests.fixed_week import build_fixed_week
from tests.serving.in_process import serving
from tests.town import ZONE, Town, make_lesson

MONDAY = date(2026, 9, 14)
FRIDAY = date(2026, 9, 18)
#: On the keys of any keyboard.
PASSWORD = "kon-i-skrepka-7"


@dataclass
class September:
    """The school, and where the program answers."""

    town: Town
    url: str
    lesson_id: int
    family: Family
    code: str

    @property
    def diary(self) -> str:
        return f"/diary/{self.town.pupil.id}"


@pytest.fixture
def september(
    served_sqlite: str, monkeypatch: pytest.MonkeyPatch, data_dir, tmp_path
) -> Iterator[September]:
    set_clock(monkeypatch, "2026-09-18T18:00", ZONE)
    town = build_school("school-2", ZONE)
    with database.atomic():
        build_fixed_week(town, MONDAY)
        kind = WorkKind.get(WorkKind.school == town.school, WorkKind.name == "Контрольная работа")
        for day, number, value in ((15, 8, "5"), (16, 8, "4"), (18, 8, "3")):
            lesson = make_lesson(
                town.group, town.teacher, date(2026, 9, day), number, topic="Дроби"
            )
            work = Work.create(
                school=town.school, lesson=lesson, work_kind=kind, weight=1 + (day == 16), ordinal=1
            )
            Mark.create(school=town.school, work=work, pupil=town.pupil, position=1, value=value)
        Account.update(password_hash=hash_password(PASSWORD)).execute()
        family = new_family(town)
        code = invite(town, family.mother, family.pupil)
    with serving(served_sqlite, tmp_path / "data") as here:
        yield September(town, here.url, lesson.id, family, code)
