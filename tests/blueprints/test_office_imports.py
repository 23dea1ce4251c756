"""An administrator brings in spreadsheets on the page: check, answer, confirm, take back."""

import io
from datetime import timedelta

import pytest
from werkzeug.datastructures import MultiDict

from school import clock
from school.actions.importing.uploads import sweep_imports
from school.models import ImportRun, ImportWord, Mark, Person, Work, WorkKind
from tests.blueprints.helpers import open_session

ONE_PUPIL = "ФИО;Дата рождения;Класс\nНовиков Илья;03.02.2014;7А\n"
PUPILS = """ФИО;Дата рожд.;Класс;Любимый цвет
Новиков Илья Петрович;03.02.2014;7А;красный
Королёв Фёдор Ивановна;;7А;синий
"""


def upload(visitor, town, *files, status=303):
    address = f"/office/schools/{town.school.id}/imports"
    page = visitor.get(address)
    fields = page.fields(0)
    data = MultiDict(list(fields.items()))
    for name, body in files:
        data.add("files", (io.BytesIO(body.encode() if isinstance(body, str) else body), name))
    answer = visitor.client.post(address, data=data, content_type="multipart/form-data")
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return visitor.get(answer.headers["Location"]) if status == 303 else answer


def sweep(data_dir):
    return sweep_imports(data_dir, "test", clock.now())


@pytest.mark.requirement("H22")
def test_an_upload_is_asked_about_confirmed_written_and_taken_back(app, town, data_dir):
    visitor = open_session(app, town.administrator)
    page = upload(visitor, town, ("Ученики.csv", PUPILS))
    assert "Ждёт очереди" in page.words
    assert sweep(data_dir) == 1
    page = visitor.get(page.address)
    assert "Столбец «Любимый цвет»" in page.words
    page = visitor.follow(visitor.send(page, form=0))
    assert ImportWord.get().heading == "любимый цвет"
    sweep(data_dir)
    page = visitor.get(page.address)
    # The pupil who is there has no birthday yet.
    assert "пусто — заполните" in page.words
    assert "загрузите их ещё раз" in page.links()
    page = upload(visitor, town, ("Ученики.csv", PUPILS.replace(";;7А", ";05.05.2013;7А")))
    sweep(data_dir)
    page = visitor.get(page.address)
    assert "Столбец" not in page.words, "the school's own word is remembered"
    assert page.title.startswith("Загрузка: проверена")
    before = Person.select().count()
    page = visitor.follow(visitor.send(page, form=0))
    assert "записывается" in page.title
    sweep(data_dir)
    page = visitor.get(page.address)
    assert "записана" in page.title
    assert "Ученики: новых 1" in page.words
    assert "изменено 0" not in page.words
    assert "Что получится" not in page.words, "what was written is said once"
    assert Person.select().count() == before + 1
    assert Person.get(Person.surname == "Новиков").birth_on.year == 2014
    rows = visitor.client.get(f"{page.address}/rows.csv").get_data(as_text=True)
    assert "Новиков Илья Петрович;новая" in rows
    page = visitor.follow(visitor.send(page, form=0))
    assert "отменена" in page.words
    assert Person.select().count() == before


def test_what_is_wrong_and_what_changes_is_said_in_words_of_a_school(app, town, data_dir):
    visitor = open_session(app, town.administrator)
    pupils = "ФИО;Дата рождения;Класс\nНовиков;31.02.2014;7А\n"
    page = upload(visitor, town, ("ученики.csv", pupils))
    sweep(data_dir)
    page = visitor.get(page.address)
    assert "Что исправить: 2" in page.words
    assert "Ученики: с ошибкой 1" in page.words, "one row, wrong twice"
    holidays = "Название;Вид;Начало;Конец;Классы\nВесенние каникулы;каникулы;{};{};1-{}\n"
    days = (town.year.until_on - timedelta(days=9), town.year.until_on - timedelta(days=2))
    days = [f"{day:%d.%m.%Y}" for day in days]
    page = upload(visitor, town, ("каникулы.csv", holidays.format(*days, 11)))
    sweep(data_dir)
    visitor.send(visitor.get(page.address), form=0)
    sweep(data_dir)
    page = upload(visitor, town, ("каникулы.csv", holidays.format(*days, 9)))
    sweep(data_dir)
    assert "по класс: 11 → 9" in visitor.get(page.address).words


def test_what_was_built_on_is_not_taken_back(app, town, data_dir):
    visitor = open_session(app, town.administrator)
    page = upload(
        visitor, town, ("ученики.csv", "ФИО;Дата рождения;Класс\nНовиков Илья;03.02.2014;7А\n")
    )
    sweep(data_dir)
    page = visitor.follow(visitor.send(visitor.get(page.address), form=0))
    sweep(data_dir)
    work = Work.create(
        school=town.school, lesson=town.lesson, ordinal=1,
        work_kind=WorkKind.select().where(WorkKind.school == town.school).first(),
    )  # fmt: skip
    Mark.create(
        school=town.school, work=work, position=1, value="5",
        pupil=Person.get(Person.surname == "Новиков"),
    )  # fmt: skip
    page = visitor.get(page.address)
    page = visitor.send(page, form=0, status=422)
    assert "уже есть отметки" in page.words
    assert ImportRun.get().state == "done"


def test_the_same_form_twice_is_one_import(app, town, data_dir):
    visitor = open_session(app, town.administrator)
    address = f"/office/schools/{town.school.id}/imports"
    fields = visitor.get(address).fields(0)
    for _ in range(2):
        data = {**fields, "files": (io.BytesIO(b"x;y\n1;2\n"), "x.csv")}
        assert visitor.client.post(address, data=data).status_code == 303
    assert ImportRun.select().count() == 1


def test_no_file_and_a_strange_one_are_refused_with_a_sentence(app, town):
    visitor = open_session(app, town.administrator)
    answer = upload(visitor, town, status=422)
    assert "Выберите хотя бы один файл" in answer.get_data(as_text=True)
    answer = upload(visitor, town, ("photo.jpg", "x"), status=422)
    assert "такие файлы не читаются" in answer.get_data(as_text=True)


def test_a_worker_that_died_frees_its_import(app, town, data_dir):
    visitor = open_session(app, town.administrator)
    page = upload(
        visitor, town, ("ученики.csv", "ФИО;Дата рождения;Класс\nНовиков Илья;03.02.2014;7А\n")
    )
    ImportRun.update(claimed_by="dead", claimed_until=clock.now()).execute()
    assert sweep_imports(data_dir, "next", clock.now() - timedelta(hours=1)) == 0
    assert sweep_imports(data_dir, "next", clock.now() + timedelta(seconds=1)) == 1
    assert "проверена" in visitor.get(page.address).title


def test_blank_files_and_exports_come_as_files(app, town):
    visitor = open_session(app, town.administrator)
    for name, start in (("blank.xlsx", b"PK"), ("export.xlsx", b"PK"), ("export.zip", b"PK")):
        answer = visitor.client.get(f"/office/schools/{town.school.id}/{name}")
        assert answer.status_code == 200
        assert answer.get_data().startswith(start)
        assert "attachment" in answer.headers["Content-Disposition"]
