"""`flask import` and `flask export` with spreadsheets."""

import pytest

from app import create_app
from school.models import Person
from tests.school.test_spreadsheets import HEAD, db, school, text_file

__all__ = ["db", "school"]


@pytest.fixture
def command(tmp_path, school):
    """`command("import", …)`: a flask command on the test's own database."""
    app = create_app(
        DATABASE_URL=f"sqlite:///{tmp_path}/x.db", DATA_DIR=str(tmp_path / "data"), TESTING=True
    )
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=[str(word) for word in words])


@pytest.mark.requirement("H22")
def test_a_dry_run_says_what_would_be_and_writes_nothing(command, tmp_path):
    path = text_file(tmp_path, HEAD + "Иванов Иван;03.02.2015;5А\n")
    done = command("import", "--school", "school-5", "--dry-run", path)
    assert done.exit_code == 0, done.output
    assert "новая: 1" in done.output
    assert "классы: новых 1" in done.output
    assert "ничего не записано" in done.output
    assert Person.select().count() == 0
    done = command("import", "--school", "school-5", path)
    assert done.exit_code == 0, done.output
    assert Person.select().count() == 1


def test_questions_are_printed_with_the_way_to_answer_them(command, tmp_path):
    path = text_file(tmp_path, HEAD + "Пeтров Пётр;03.02.2015;5А\n")
    done = command("import", "--school", "school-5", path)
    assert done.exit_code == 1
    assert "--answer 'latin:пeтров=…'" in done.output
    done = command("import", "--school", "school-5", "--answer", "latin:пeтров=fix", path)
    assert done.exit_code == 0, done.output
    assert Person.get().surname == "Петров"


def test_what_is_wrong_is_said_and_nothing_is_written(command, tmp_path):
    path = text_file(tmp_path, HEAD + "Иванов Иван;03.02.1926;5А\nПетров Пётр;03.02.2015;5А\n")
    done = command("import", "--school", "school-5", path)
    assert done.exit_code == 1
    assert "строка 2, «Дата рождения»" in done.output
    assert Person.select().count() == 0
    assert command("import", "--school", "none", path).exit_code == 1
    assert command("import", path).exit_code == 1


def test_the_exported_folder_comes_in_again(command, tmp_path):
    path = text_file(tmp_path, HEAD + "Иванов Иван;03.02.2015;5А\n")
    command("import", "--school", "school-5", path)
    book = tmp_path / "all.xlsx"
    assert command("export", "school-5", book).exit_code == 0
    done = command("import", "--school", "school-5", "--dry-run", book)
    assert done.exit_code == 0, done.output
    assert "новая: 0; изменится: 0" in done.output
