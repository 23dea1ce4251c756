"""The first run: two pages from an empty installation to the first administrator."""

import pytest

from school.models import (
    Account,
    History,
    Municipality,
    Person,
    Role,
    School,
    SchoolBreak,
    StudyPeriod,
    WorkKind,
)
from school.passwords import is_correct
from tests.town import account, person

SCHOOL = {
    "kind": "many",
    "municipality": "Город Примерный",
    "name": "СОШ № 5",
    "short_name": "school-5",
    "time_zone": "Asia/Yekaterinburg",
    "days": "6",
}
PEOPLE = {
    "head": "Директорова Тамара Ильинична",
    "administrator": "Кабинетова Зоя",
    "login": "admin5",
    "password": "верный-конь-скрепка",
    "again": "верный-конь-скрепка",
}


def second_page(visitor, status=200, **changes):
    page = visitor.get("/setup")
    fields = {**page.fields(0), **SCHOOL, **changes}
    from urllib.parse import urlencode

    return visitor.get(f"/setup/people?{urlencode(fields)}", status=status)


@pytest.mark.requirement("H22")
def test_two_pages_make_a_school_and_its_administrator_signs_in(visit, db):
    visitor = visit()
    assert visitor.get("/sign-in").links()["Завести школу"] == "/setup"
    page = second_page(visitor)
    page = visitor.send(page, form=0, **PEOPLE)
    assert page.headers["Location"] == "/sign-in"
    school = School.get()
    assert (school.short_name, school.days_in_week, school.time_zone) == (
        "school-5", 6, "Asia/Yekaterinburg",
    )  # fmt: skip
    assert Municipality.get().name == "Город Примерный"
    assert {role.kind for role in Role.select()} == {"head", "administrator"}
    assert is_correct(PEOPLE["password"], Account.get().password_hash)
    assert StudyPeriod.select().count() == 6
    assert SchoolBreak.select().count() == 3
    assert WorkKind.select().count() > 3
    page = visitor.get("/sign-in")
    assert "Школа заведена" in page.words
    assert "Завести школу" not in page.links()
    page = visitor.send(page, form=0, login="admin5", password=PEOPLE["password"])
    assert "Загрузите таблицы" in visitor.get("/office/").links(), "what to do first"
    visitor.get("/setup", status=404)


def test_what_is_wrong_comes_back_with_what_was_typed(visit, db):
    visitor = visit()
    page = second_page(visitor, status=422, short_name="школа", municipality="")
    assert "нужны латинские буквы" in page.words
    assert "Назовите муниципалитет" in page.words
    assert 'value="СОШ № 5"' in page.html
    page = visitor.get("/setup/people?kind=one&name=Школа&short_name=school-5", status=422)
    assert "Такого выбора нет. Выберите из списка." in page.words
    assert "Not a valid" not in page.words
    page = second_page(visitor)
    wrong = {**PEOPLE, "head": "Директорова", "again": "другое", "from-1": "завтра"}
    page = visitor.send(page, form=0, status=422, **wrong)
    for words in ("Нужны фамилия и имя", "Пароли не совпали", "«завтра» — не дата"):
        assert words in page.words
    assert page.title.startswith("Ошибка")
    assert page.fields(0)["from-1"] == "завтра"
    page = visitor.send(page, form=0, status=422, **{**PEOPLE, "from-1": "02.11.2026",
                        "password": "12345678", "again": "12345678"})  # fmt: skip
    assert not School.select().exists()


def test_demo_people_are_gone_then(visit, town):
    Account.update(is_demo=True).execute()
    History.create(at=town.lesson.starts_at, table_name="x", row=1, field="y", pupil=town.pupil)
    visitor = visit()
    visitor.send(second_page(visitor), form=0, **PEOPLE)
    assert [p.surname for p in Person.select().order_by(Person.surname)] == [
        "Директорова", "Кабинетова",
    ]  # fmt: skip
    assert School.select().count() == 1


def test_a_school_with_people_is_never_set_up_anew(visit, town):
    account(person(town.municipality, "Настоящий"), login="real")
    visit().get("/setup", status=404)
    visit().post("/setup/people", {}, status=404)


def test_from_outside_the_wizard_asks_for_the_servers_code(db, other_app):
    from tests.page import Visitor

    app = other_app(BASE_URL="https://diary.example.org")
    visitor = Visitor(app.test_client())
    secure = {"base_url": "https://localhost"}
    from urllib.parse import urlencode

    fields = {**visitor.get("/setup", **secure).fields(0), **SCHOOL}
    page = visitor.get(f"/setup/people?{urlencode(fields)}", **secure)
    sent = {**page.fields(0), **PEOPLE}
    page = visitor.post(page.action(0), sent, status=422, **secure)
    assert "Код не подошёл" in page.words
    sent = {**page.fields(0), **PEOPLE, "code": app.extensions["settings"].setup_code}
    visitor.post(page.action(0), sent, **secure)
    assert School.select().count() == 1


def test_doctor_has_a_page(visit, town):
    page = visit(town.administrator).get("/office/doctor")
    assert "DATABASE_URL" in page.words
    assert "Защита истории" in page.words
    found = ["".join(cell.itertext()) for cell in page.root.xpath("//tbody//td")]
    assert found == sorted(found, key=lambda says: says.startswith("Хорошо")), "to mend: first"
    assert "Остальное хорошо." in page.words
