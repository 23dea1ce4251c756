"""H20: a browser that sends Windows-1251 is understood; its words are kept, not their codes."""

from urllib.parse import parse_qsl, urlencode

import pytest

from blueprints.encodings import in_utf8
from school.models import Homework, Lesson
from tests.blueprints.helpers import address_of, register_of
from tests.databases import on_sqlite


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        (urlencode({"a": "Дроби ё №"}).encode(), {"a": "Дроби ё №"}),
        (b"a=%C4%F0%EE%E1%E8+%B8+%B9&b=", {"a": "Дроби ё №", "b": ""}),
        ("topic=Дроби".encode("cp1251"), {"topic": "Дроби"}),
        ("topic=Дроби".encode(), {"topic": "Дроби"}),
        (b"a=%", {"a": "%"}),
        (b"a=%98", {"a": "\ufffd"}),
        (b"", {}),
    ],
)  # fmt: skip
def test_a_body_in_either_encoding(body, meant):
    assert in_utf8(body).decode() == in_utf8(in_utf8(body)).decode()
    assert dict(parse_qsl(in_utf8(body).decode(), keep_blank_values=True)) == meant


@on_sqlite
@pytest.mark.requirement("H20")
def test_a_lesson_saved_by_a_browser_that_sends_windows_1251(town, visit):
    teacher = visit(town.teacher)
    fields = register_of(teacher, town.lesson).fields()
    fields |= {"topic": "Сложение дробей", "homework": "№ 5", f"attendance-{town.pupil.id}": "н"}
    answer = teacher.client.post(
        address_of(town.lesson),
        data=urlencode(fields, encoding="cp1251"),
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert Lesson.get_by_id(town.lesson.id).topic == "Сложение дробей"
    assert Homework.get(Homework.lesson == town.lesson).text == "№ 5"
    assert register_of(teacher, town.lesson).fields()[f"attendance-{town.pupil.id}"] == "н"
