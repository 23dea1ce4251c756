"""A year is frozen, verified, and loaded back into an empty installation: equal (H15)."""

import csv
import io
import re
from datetime import timedelta
from pathlib import PurePosixPath
from urllib.parse import urldefrag

import pytest

from app import create_app
from blueprints.papers.freezing import sweep_frozen_years
from blueprints.papers.frozen_year import freeze_year
from school import clock
from school.actions.frozen_loading import load_frozen_year
from school.actions.frozen_years import ask_for_frozen_year, path_of
from school.actions.history import Act
from school.database import database, ensure_connection
from school.exchange.frozen.archive import verify_archive
from school.exchange.frozen.tables import find_year
from school.models import AccessLog, Account, FrozenYear, History, Lesson, Mark, Person
from tests.frozen import TRICKY, files_of, fill_year
from tests.serving.running import load_town
from tests.town import account, enrol, person, role, today


def bind(url, folder):
    """An application on a database, in which the models are bound to it."""
    app = create_app(DATABASE_URL=url, DATA_DIR=str(folder), TESTING=True)
    ensure_connection()
    return app


def frozen(app, head, folder, **options):
    folder.mkdir(exist_ok=True)
    with app.app_context():
        return freeze_year(head, folder, today=options.pop("today", today()), **options)


@pytest.mark.parametrize(("first", "second"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_a_year_comes_back_equal_also_into_the_other_kind_of_database(
    new_database, tmp_path, first, second
):
    """The whole archive of what was loaded is the same file: tables, history, summary sheets."""
    app = bind(new_database(first), tmp_path)
    town = load_town()
    with database.atomic():
        fill_year(town)
        # Of another year, another school, and of nobody's journal.
        stranger = person(town.municipality, "Посторонняя")
        account(stranger, login="stranger")
    head = find_year(town.year.id)
    made = frozen(app, head, tmp_path / "first")
    files = files_of(made.path)
    verified = verify_archive(made.path)
    assert verified.checksum == made.checksum
    assert verified.rows > 50
    assert made.path.stat().st_mode & 0o777 == 0o600

    everything = b"".join(files.values()).decode("utf-8", "replace")
    for secret in ("Посторонняя", "stranger", "тайна согласия", "argon2", "Чужаков"):
        assert secret not in everything
    for text in TRICKY:
        assert text.splitlines()[0].replace('"', '""') in everything
    history = list(csv.reader(io.StringIO(files["history/history-001.csv"].decode("utf-8-sig")),
                              delimiter=";"))  # fmt: skip
    assert {row[6] for row in history} >= {"отметка", "отметка за период"}
    assert not [cell for row in history for cell in row if cell.startswith(("=", "@"))]
    assert files[f"summary/class-{town.school_class.id}.pdf"].startswith(b"%PDF")
    assert "4*" in files[f"summary/class-{town.school_class.id}.csv"].decode()

    again = bind(new_database(second), tmp_path)
    loaded = load_frozen_year(made.path, Act(clock.now(), None))
    assert loaded.rows == verified.rows
    assert not Account.select().exists()
    assert AccessLog.get().event == "frozen_year_loaded"
    back = frozen(again, find_year(town.year.id), tmp_path / "second")
    assert back.fingerprint == made.fingerprint
    ours = files_of(back.path)
    assert [name for name in files if files[name] != ours.get(name)] == []
    assert back.path.read_bytes() == made.path.read_bytes()
    # And life goes on there: new rows get new numbers.
    with database.atomic():
        newcomer = person(Person.get().municipality, "Новенькая")
        enrol(town.school_class, newcomer)
        assert newcomer.id > town.people["pupil"].id
    with pytest.raises(Exception, match="written trace"), database.atomic():
        History.update(old="другое").execute()


@pytest.fixture
def year(served_sqlite, tmp_path):
    """A town on a database of its own, filled, with an application."""
    app = bind(served_sqlite, tmp_path)
    town = load_town()
    with database.atomic():
        fill_year(town)
    return app, town, find_year(town.year.id)


def test_each_page_of_the_archive_leads_to_files_that_are_there(year, tmp_path):
    app, _, head = year
    files = files_of(frozen(app, head, tmp_path / "work").path)
    links = 0
    for name, body in files.items():
        if not name.endswith(".html"):
            continue
        text = body.decode()
        assert "<script" not in text
        assert not re.search(r'(src|href)="(https?:)?//', text)
        for link in re.findall(r'href="([^"]*)"', text):
            parts: list[str] = []
            for part in (PurePosixPath(name).parent / urldefrag(link)[0]).parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            assert "/".join(parts) in files, (name, link)
            links += 1
        assert body.startswith(b"<!doctype html>")
        assert b'<html lang="ru"' in body
    assert links > 60
    readme = files["README.txt"].decode("utf-8-sig")
    assert "sha256sum -c SHA256SUMS" in readme
    assert "согласия" in readme


def ask(head, who, request):
    return ask_for_frozen_year(head, Act(clock.now(), who.id), request=request)


def test_what_did_not_move_is_not_made_again(year, tmp_path):
    app, town, head = year
    first = ask(head, town.deputy_head, "one")
    assert ask(head, town.administrator, "two") == first
    with app.app_context():
        assert "готово" in " ".join(sweep_frozen_years(tmp_path))
        made = FrozenYear.get_by_id(first)
        body = path_of(made.file_name, tmp_path).read_bytes()
        assert made.state == "done"
        second = ask(head, town.administrator, "three")
        assert "ничего не изменилось" in " ".join(sweep_frozen_years(tmp_path))
        same = FrozenYear.get_by_id(second)
        assert (same.checksum, same.state) == (made.checksum, "done")
        assert path_of(same.file_name, tmp_path).read_bytes() == body
        assert FrozenYear.get_by_id(first).state == "removed"
        Mark.update(value="3").execute()
        third = ask(head, town.administrator, "four")
        assert "готово" in " ".join(sweep_frozen_years(tmp_path))
    assert FrozenYear.get_by_id(third).checksum != made.checksum
    # The newest alone stays, and no part of it.
    assert [path.name for path in (tmp_path / "frozen").iterdir()] == [f"{third}.zip"]
    assert [row.event for row in AccessLog.select()].count("frozen_year_asked") == 3


def test_a_printer_that_is_not_there_is_told_and_tried_again(year, tmp_path, monkeypatch):
    app, town, head = year
    monkeypatch.setenv("PATH", "/nowhere")
    frozen_id = ask(head, town.deputy_head, "one")
    with app.app_context():
        assert "wkhtmltopdf" in " ".join(sweep_frozen_years(tmp_path))
    row = FrozenYear.get_by_id(frozen_id)
    assert (row.state, row.tries) == ("waiting", 1)
    assert row.due_at > clock.now()
    assert not list((tmp_path / "frozen").glob("*.zip"))


def test_the_days_of_a_year_that_is_over_are_all_in_it(year, tmp_path):
    """Of the year's tables all, whatever day it is; of its pages the day after its end."""
    app, town, head = year
    later = frozen(app, head, tmp_path / "later", today=head.until_on + timedelta(days=400))
    assert later.as_of_on == head.until_on + timedelta(days=1)
    lessons = files_of(later.path)["tables/lesson.csv"].decode()
    own = Lesson.select().where(Lesson.teaching_group == town.group).count()
    assert lessons.count("\r\n") == own + 1


@pytest.mark.requirement("H15")
def test_a_deputy_head_asks_for_the_year_and_takes_it_away(visit, town, app, data_dir):
    deputy = visit(town.deputy_head)
    page = deputy.get(deputy.get("/oversight/").links()["Архив учебных лет"])
    page = deputy.follow(deputy.send(page, form=-1))
    assert "Ждёт очереди" in page.main
    assert "Сделать архив" not in page.main
    with app.app_context():
        assert "готово" in " ".join(sweep_frozen_years(data_dir))
    page = deputy.get(f"/office/schools/{town.school.id}/frozen-years")
    row = FrozenYear.get()
    assert row.checksum[:8] in page.main
    response = deputy.client.get(page.links()["Скачать архив Год"])
    assert response.mimetype == "application/zip"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.data == path_of(row.file_name, data_dir).read_bytes()
    assert (path_of(row.file_name, data_dir).stat().st_mode & 0o777) == 0o600
    told = [(log.event, log.person_id) for log in AccessLog.select().order_by(AccessLog.id)]
    assert told == [("frozen_year_asked", town.deputy_head.id), ("export", town.deputy_head.id)]
    head = role(town.colleague, "head", town.other_school).person
    stranger = visit(head)
    assert stranger.client.get(f"/office/frozen-years/{row.id}/file").status_code == 404
    path_of(row.file_name, data_dir).unlink()
    gone = deputy.follow(deputy.client.get(f"/office/frozen-years/{row.id}/file"))
    assert "Закажите архив ещё раз" in gone.html


def test_commands_freeze_verify_and_load(year, tmp_path, new_database):
    app, _, _ = year
    path = tmp_path / "year.zip"

    def run(*args):
        with app.app_context():
            return app.test_cli_runner().invoke(args=list(map(str, args)))

    said = run("export", "year", "school-2", "Год", path)
    assert said.exit_code == 0, said.output
    assert path.stat().st_mode & 0o777 == 0o600
    assert "Есть: Год" in run("export", "year", "school-2", "1999", path).output
    assert "Архив в порядке" in run("verify-archive", path).output
    refused = run("import", "archive", path)
    assert (refused.exit_code, "только в пустую" in refused.output) == (1, True)
    # The old spellings go on: a school into a folder.
    assert run("export", "school-2", tmp_path / "csv").exit_code == 0
    app = bind(new_database("sqlite"), tmp_path)
    loaded = run("import", "archive", path)
    assert loaded.exit_code == 0, loaded.output
    assert "flask --app app account" in loaded.output
    path.write_bytes(path.read_bytes()[:-100])
    damaged = run("verify-archive", path)
    assert damaged.exit_code == 1
    assert "не открывается" in damaged.output
