"""Archives of a year as files: what is wrong with one is said in words, and nothing is loaded."""

import io
import zipfile
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peewee import ForeignKeyField

from school import clock
from school.actions.frozen_loading import load_frozen_year
from school.actions.history import Act
from school.exchange.frozen import archive as archives
from school.exchange.frozen.archive import (
    MANIFEST,
    SUMS,
    ArchiveRefused,
    table_file,
    verify_archive,
)
from school.exchange.frozen.tables import FROZEN, LEFT_OUT, TABLES, decode, encode
from school.models import (
    ALL_MODELS,
    Letter,
    Municipality,
    Person,
    RegulationAct,
    RegulationVersion,
    School,
    Work,
)
from school.models.fields import to_milliseconds
from tests.databases import on_sqlite
from tests.frozen import empty_archive, files_of, rewrite, with_manifest

ZONE = ZoneInfo("Asia/Yekaterinburg")


@pytest.fixture
def whole(tmp_path):
    return empty_archive(tmp_path / "year.zip")


def faults_of(path):
    with pytest.raises(ArchiveRefused) as refused:
        verify_archive(path)
    return " ".join(refused.value.faults)


def test_every_table_is_frozen_or_left_out_with_a_reason():
    left_out = [name for names in LEFT_OUT.values() for name in names]
    known = [*TABLES, *left_out]
    assert len(known) == len(set(known))
    assert {model._meta.table_name for model in ALL_MODELS} <= set(known)


def test_what_is_frozen_refers_to_what_is_frozen_before_it():
    seen = set()
    for table in FROZEN:
        for field in table.model._meta.sorted_fields:
            if isinstance(field, ForeignKeyField):
                assert field.rel_model._meta.table_name in seen, (table.name, field.name)
        seen.add(table.name)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_comes_back_from_its_cell(text):
    """Also out of a column that may be empty, and no spreadsheet takes it for a formula."""
    for column in (Person.patronymic, Letter.to_name):
        cell = encode(column, text, ZONE)
        assert decode(column, cell) == text
        assert not cell.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    ("column", "value", "cell"),
    [
        (Letter.to_name, None, ""),
        (Letter.to_name, "", "'"),
        (Work.due_on, "2026-09-15", "2026-09-15"),
        (Work.due_on, None, ""),
        (Work.is_important, 1, "да"),
        (Work.is_important, None, ""),
        (Work.ordinal, 3, "3"),
        (
            Letter.created_at,
            to_milliseconds(datetime(2026, 9, 15, 3, 30, 0, 7000, tzinfo=UTC)),
            "2026-09-15 08:30:00.007+05:00",
        ),
    ],
)
def test_a_value_stands_readable_in_its_cell_and_comes_back(column, value, cell):
    assert encode(column, value, ZONE) == cell
    assert decode(column, cell) == value
    if isinstance(value, str) and value:
        assert encode(column, date.fromisoformat(value), ZONE) == cell


def test_the_same_files_make_the_same_bytes_and_are_found_in_order(whole, tmp_path):
    assert verify_archive(whole).rows == 0
    assert empty_archive(tmp_path / "again.zip").read_bytes() == whole.read_bytes()
    assert whole.read_bytes() != b""


def change_a_byte(files):
    return files | {"tables/mark.csv": files["tables/mark.csv"] + b" "}


def without_a_table(files):
    return {name: body for name, body in files.items() if name != "tables/mark.csv"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (change_a_byte, "tables/mark.csv изменён: контрольная сумма не сходится"),
        (without_a_table, "tables/mark.csv' : из архива его удалили"),
        (lambda files: files | {"note.txt": b"x"}, "note.txt лишний"),
        (lambda files: {n: b for n, b in files.items() if n != SUMS}, "Нет файла SHA256SUMS"),
        (lambda files: files | {SUMS: b"nonsense\n"}, "непонятная строка"),
    ],
)
def test_what_was_changed_since_is_named(whole, change, says):
    rewrite(whole, change(files_of(whole)), sums=False)
    assert says.replace("' :", "':") in faults_of(whole)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_a_table, "Нет таблицы tables/mark.csv (отметки)"),
        (lambda files: with_manifest(files, version=99), "более новой версией"),
        (lambda files: with_manifest(files, version="1"), "не указан формат"),
        (lambda files: with_manifest(files, format="zip"), "не архив «Листка»"),
        (lambda files: with_manifest(files, tables=[]), "нет числа строк"),
        (lambda files: files | {MANIFEST: b"{" * 100_000}, "не читается"),
        (lambda files: {n: b for n, b in files.items() if n != MANIFEST}, "нет файла manifest"),
        (lambda files: files | {"../../etc/cron.d/x": b"x"}, "недопустимо"),
        (lambda files: files | {"/etc/passwd": b"x"}, "недопустимо"),
        (lambda files: files | {"a\\..\\b": b"x"}, "недопустимо"),
        (lambda files: files | {"tables/spy.csv": b"x"}, "не известна"),
        (lambda files: files | {"index.html": b"\0" * 30_000_000}, "только подделки"),
        (lambda files: files | {"tables/mark.csv": b"\xff\xfe\x00"}, "не таблица CSV"),
    ],
)
def test_a_forged_archive_with_fitting_checksums_is_refused_in_words(whole, change, says):
    rewrite(whole, change(files_of(whole)))
    assert says in faults_of(whole)


def test_what_is_no_archive_at_all_is_refused_in_words(whole, tmp_path, monkeypatch):
    body = whole.read_bytes()
    for damaged in (b"", b"PK\x03\x04", body[: len(body) // 2], b"x" * 5000):
        (tmp_path / "damaged.zip").write_bytes(damaged)
        assert "не открывается как архив" in faults_of(tmp_path / "damaged.zip")
    stream = io.BytesIO(body)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("manifest.json", "{}")
    whole.write_bytes(stream.getvalue())
    assert "дважды" in faults_of(whole)
    whole.write_bytes(body)
    # A byte within the packed data: the zip itself finds it, or the checksum does.
    place = body.index(b"tables/mark.csv") + 40
    whole.write_bytes(body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :])
    assert "tables/mark.csv" in faults_of(whole)
    whole.write_bytes(body)
    monkeypatch.setattr(archives, "MOST_FILES", 10)
    assert "столько не бывает" in faults_of(whole)


def act():
    return Act(clock.now(), None)


def row(table, **values):
    """A line of a table's file; other columns stay empty."""
    return ";".join(values.get(column, "") for column in TABLES[table].columns)


TOWN = row("municipality", id="1", name="Город")
PLACE = row(
    "school", id="1", municipality_id="1", short_name="school-2", name="Ш", full_name="Ш",
    time_zone="Europe/Moscow", regulation="school-2", days_in_week="5", owes_extracurricular="да",
)  # fmt: skip
SOMEBODY = {"id": "1", "municipality_id": "1", "surname": "Я", "given_name": "Я"}


@on_sqlite
@pytest.mark.parametrize(
    ("table", "line", "says"),
    [
        ("person", row("person", **SOMEBODY | {"birth_on": "вчера"}), "не может стоять «вчера»"),
        ("person", row("person", **SOMEBODY | {"id": "1e9"}), "не может стоять «1e9»"),
        ("person", row("person", **SOMEBODY) + ";лишнее", "столбцов"),
        ("person", row("person", **SOMEBODY | {"municipality_id": "77"}), "противоречит"),
        ("person", row("person", **SOMEBODY | {"surname": ""}), "противоречит"),
        ("school_year", row("school_year", id="1", school_id="1", name="Г"), "не может стоять"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_nothing_is_loaded(db, whole, table, line, says):
    files = files_of(whole)
    lines = {"municipality": TOWN, "school": PLACE, table: line}
    for name, text in lines.items():
        files[table_file(name)] += f"{text}\r\n".encode()
    counts = {t.name: int(t.name in lines) for t in FROZEN}
    rewrite(whole, with_manifest(files, tables=counts))
    with pytest.raises(ArchiveRefused) as refused:
        load_frozen_year(whole, act())
    assert says in str(refused.value)
    assert not Municipality.select().exists()


@on_sqlite
def test_an_archive_without_its_school_and_an_unknown_column_are_refused(db, whole):
    with pytest.raises(ArchiveRefused, match="нет самой школы"):
        load_frozen_year(whole, act())
    files = files_of(whole)
    files["tables/mark.csv"] = files["tables/mark.csv"].replace(b"value", b"worth")
    rewrite(whole, files)
    with pytest.raises(ArchiveRefused, match="столбец «worth»"):
        load_frozen_year(whole, act())


@on_sqlite
def test_it_is_loaded_into_an_empty_installation_alone(town, whole):
    before = School.select().count(), RegulationAct.select().count()
    with pytest.raises(ArchiveRefused, match="только в пустую"):
        load_frozen_year(whole, act())
    assert (School.select().count(), RegulationAct.select().count()) == before
    assert RegulationVersion.select().exists()
