"""H20: a browser that sends Windows-1251 is understood; its words are kept, not their codes."""

from urllib.parse import parse_qsl, urlencode

import pytest

from blueprints.encodings import in_utf8, multipart_in_utf8
from school import clock
from school.actions.importing.uploads import sweep_imports
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
        ("q=Дроби&b".encode("cp1251"), {"q": "Дроби", "b": ""}),
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


def part(head, content, encoding):
    lines = f"--xYz\r\nContent-Disposition: form-data; {head}\r\n\r\n"
    return lines.encode(encoding) + content + b"\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_a_form_with_files_in_either_encoding(encoding):
    """Names and fields are recoded, what a file holds is not."""
    held = "ФИО;Класс\r\n\r\nЛисицын;7А".encode("cp1251")
    body = (
        part('name="words"', "Дроби ё №".encode(encoding), encoding)
        + part('name="files"; filename="классы.csv"', held, encoding)
        + b"--xYz--\r\n"
    )
    expected = body if encoding == "utf-8" else (
        part('name="words"', "Дроби ё №".encode(), "utf-8")
        + part('name="files"; filename="классы.csv"', held, "utf-8")
        + b"--xYz--\r\n"
    )  # fmt: skip
    assert multipart_in_utf8(body, b"--xYz") == expected
    assert multipart_in_utf8(b"", b"--xYz") == b""


@on_sqlite
@pytest.mark.requirement("H20")
@pytest.mark.requirement("H22")
def test_a_search_and_an_upload_by_a_browser_that_sends_windows_1251(town, visit, data_dir):
    office = visit(town.administrator)
    found = office.client.get("/office/people?q=%CA%EE%F0%EE%EB").get_data(as_text=True)
    assert "Королёв Фёдор" in found

    address = f"/office/schools/{town.school.id}/imports"
    fields = office.get(address).fields(0)
    rows = "ФИО;Дата рождения;Класс\nНовиков Илья;03.02.2014;7А\n".encode("cp1251")
    body = b"".join(
        part(f'name="{name}"', text.encode(), "cp1251") for name, text in fields.items()
    )
    body += part('name="files"; filename="Ученики.csv"', rows, "cp1251") + b"--xYz--\r\n"
    answer = office.client.post(
        address, data=body, content_type="multipart/form-data; boundary=xYz"
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    sweep_imports(data_dir, "test", clock.now())
    page = office.get(answer.headers["Location"])
    assert "Ученики.csv" in page.words
    assert "новых 1" in page.words
