"""HTML in, PDF out, by the real wkhtmltopdf: what it may not do, and what it says when it fails."""

import hashlib
import http.server
import os
import shutil
import threading
from datetime import timedelta

import pytest

from school import clock, printing
from school.actions.history import Act
from school.actions.papers import NewPaper, forget_old_papers, put_paper, try_again
from school.models import AccessLog, Paper
from school.printing import PrinterTrouble, PrintFailed, make_one, make_pdf, sweep
from tests.paper import fonts_of, info_of, margins_of, text_of

PAGE = """<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Проба</title>
<style>body{font-family:"Liberation Sans"} .s{page-break-after:always}</style></head>
<body>%s</body></html>"""
NOW = clock.now()


def paper(town, key="k", source=PAGE % "Текст", **values):
    act = Act(at=values.pop("at", clock.now()), actor_id=town.teacher.id)
    new = NewPaper(
        key=key, kind="strips", school_id=town.school.id, title="Проба", source=source, points=12,
        **values,
    )  # fmt: skip
    return Paper.get_by_id(put_paper(new, act))


@pytest.fixture
def program(tmp_path, monkeypatch):
    """`program("exit 3")` is a wkhtmltopdf of the test's own."""

    def make(script):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        file = folder / "wkhtmltopdf"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    return make


def test_russian_letters_come_out_as_letters(tmp_path):
    alphabet = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ абвгдеёжзийклмнопрстуфхцчшщъыьэюя №«»—…"
    pdf = make_pdf(PAGE % f"<p>{alphabet}</p>", NOW)
    assert alphabet in text_of(pdf)[0]
    fonts = fonts_of(pdf, tmp_path)
    assert all("LiberationSans" in line for line in fonts), fonts
    assert "595" in info_of(pdf, tmp_path)  # A4


def test_a_millimetre_is_a_millimetre(tmp_path):
    """SCALE undoes what the engine does to sizes."""
    box = (
        f'<div id="b"></div><style>#b{{width:{100 * printing.SCALE}mm;height:20mm;background:#000}}'
    )
    left, top, right, _ = margins_of(
        make_pdf(PAGE % (box + "body{margin:0}</style>"), NOW), tmp_path
    )
    assert (left, top) == (pytest.approx(20, abs=1), pytest.approx(15, abs=1))
    assert 210 - left - right == pytest.approx(100, abs=1)


def test_the_same_page_makes_the_same_bytes():
    one, two = (make_pdf(PAGE % "<p>Текст</p>", NOW) for _ in range(2))
    assert one == two
    assert make_pdf(PAGE % "<p>Текст</p>", NOW + timedelta(days=1)) != one


def test_pages_are_counted():
    pdf = make_pdf(PAGE % ('<p class="s">лист</p>' * 7 + "последний"), NOW)
    assert printing.count_pages(pdf) == len(text_of(pdf)) == 8


@pytest.mark.parametrize(
    "evil",
    [
        "<script>document.write('x')</script>",
        '<img src="file:///etc/passwd">',
        '<img src="http://127.0.0.1:1/x.png">',
        '<iframe src="/etc/passwd"></iframe>',
        '<link rel="stylesheet" href="http://127.0.0.1/x.css">',
        '<object data="file:///etc/passwd"></object>',
        '<meta http-equiv="refresh" content="0;url=http://127.0.0.1/">',
        '<meta name="pdfkit-allow" content="/etc">',
        "<p onclick=\"x()\">a</p>",
        "<p style=\"background:url(file:///etc/passwd)\">a</p>",
        "<style>body{background:url(file:///etc/passwd)}</style>",
        "<style>@import 'http://127.0.0.1/x.css';</style>",
        '<base href="file:///">',
        '<svg><image xlink:href="file:///etc/passwd"/></svg>',
        '<img src="data:image/svg+xml;base64,AAAA">',
    ],
)  # fmt: skip
def test_a_page_that_would_load_something_is_refused(evil):
    with pytest.raises(ValueError, match="must not load"):
        make_pdf(PAGE % evil, NOW)


def test_even_a_page_that_slips_through_reaches_nothing(tmp_path, monkeypatch):
    """The second wall: no script runs, no file is read, no address is asked."""
    asked = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    secret = tmp_path / "secret.html"
    secret.write_text("SECRET")
    address = f"http://127.0.0.1:{server.server_port}/x"
    monkeypatch.setattr(printing, "refuse_what_loads", lambda source: None)
    try:
        for evil in (
            f'<iframe src="file://{secret}"></iframe>',
            f'<img src="{address}">',
            f'<iframe src="{address}"></iframe>',
        ):
            with pytest.raises(PrintFailed):
                make_pdf(PAGE % f"Текст{evil}", NOW)
        pdf = make_pdf(PAGE % "Текст<script>document.write('SCRIPTED')</script>", NOW)
        assert text_of(pdf) == ["Текст"]
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


def test_without_the_program_it_is_said_and_waits(town, tmp_path, monkeypatch):
    row = paper(town)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(PrinterTrouble, match="нет программы wkhtmltopdf"):
        make_one(tmp_path)
    assert sweep(tmp_path, at_once=1).trouble == "на сервере нет программы wkhtmltopdf"
    row = Paper.get_by_id(row.id)
    assert (row.state, row.tries, row.claim) == ("waiting", 0, "")
    assert list(printing.examine()) == ["на сервере нет программы wkhtmltopdf"]


def test_a_program_that_hangs_is_ended(program):
    program("sleep 60")
    with pytest.raises(PrintFailed, match="не закончилась за 1 с"):
        make_pdf(PAGE % "Текст", NOW, seconds=1)


def test_a_program_that_wants_all_memory_is_ended(program):
    program("exec python3 -c 'x = bytearray(3_000_000_000)'")
    with pytest.raises(PrintFailed, match="закончил с кодом"):
        make_pdf(PAGE % "Текст", NOW, seconds=20)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo 'Error: no luck' >&2; exit 3", "с кодом 3: Error: no luck"),
        ("echo no pdf", "с кодом 0"),
        ("kill -SEGV $$", "нет ни одного шрифта"),
        ("printf %%PDF-1.4", "с кодом 0"),
    ],
)
def test_a_program_that_fails_is_told_in_words(town, tmp_path, program, script, says):
    program(script)
    row = paper(town)
    time = clock.now()
    for n in range(printing.TRIES):
        assert make_one(tmp_path, lambda at=time + timedelta(minutes=2 * n): at)
    row = Paper.get_by_id(row.id)
    assert (row.state, row.tries) == ("failed", printing.TRIES)
    assert says in row.problem
    assert not list((tmp_path / "papers").glob("*")) if (tmp_path / "papers").exists() else True
    assert try_again(row.id, Act(at=clock.now(), actor_id=town.teacher.id))
    assert Paper.get_by_id(row.id).state == "waiting"


def test_a_paper_is_made_once_with_its_checksum(town, tmp_path):
    row = paper(town)
    again = paper(town)
    assert row.id == again.id
    assert AccessLog.select().where(AccessLog.event == "print").count() == 1
    assert make_one(tmp_path) == "done"
    assert make_one(tmp_path) == ""
    row = Paper.get_by_id(row.id)
    body = (tmp_path / "papers" / row.file_name).read_bytes()
    assert hashlib.sha256(body).hexdigest() == row.checksum
    assert (row.length, row.pages, row.state) == (len(body), 1, "done")
    assert os.stat(tmp_path / "papers" / row.file_name).st_mode & 0o077 == 0
    assert [file.name for file in (tmp_path / "papers").iterdir()] == [row.file_name]


def test_a_claimed_paper_waits_for_its_lease_and_a_clock_set_back_for_nothing(town, tmp_path):
    now = clock.now()
    paper(town, at=now)
    printing._claim(now, None)
    assert make_one(tmp_path, lambda: now) == ""
    assert make_one(tmp_path, lambda: now + printing.LEASE + timedelta(seconds=1)) == "done"
    ahead = now + timedelta(days=1)
    paper(town, key="k2", at=ahead)
    printing._claim(ahead, None)
    assert make_one(tmp_path, lambda: now) == "done"


def test_a_disk_that_takes_nothing_is_not_held_against_the_paper(town, tmp_path):
    paper(town)
    (tmp_path / "papers").write_text("a file where the folder should be")
    with pytest.raises(PrinterTrouble, match="файл не записать"):
        make_one(tmp_path)
    assert Paper.get().state == "waiting"


def test_old_papers_are_erased_and_passwords_soon(town, tmp_path):
    now = clock.now()
    paper(town, key="old", at=now - timedelta(days=31))
    paper(town, key="new", at=now - timedelta(days=29))
    paper(town, key="secret", at=now - timedelta(hours=3), is_secret=True)
    paper(town, key="fresh secret", at=now - timedelta(hours=1), is_secret=True)
    while make_one(tmp_path):
        pass
    assert forget_old_papers(tmp_path, now) == 2
    assert forget_old_papers(tmp_path, now) == 0
    left = {row.key for row in Paper.select().where(Paper.source != "")}
    assert left == {"new", "fresh secret"}
    assert len(list((tmp_path / "papers").iterdir())) == 2
    assert forget_old_papers(tmp_path, now - timedelta(days=2)) == 1  # the clock went back


def test_files_of_dead_workers_are_swept_away(town, tmp_path):
    (tmp_path / "papers").mkdir()
    old, new = (tmp_path / "papers" / name for name in (".1.a.part", ".2.b.part"))
    for draft in (old, new):
        draft.write_text("half")
    os.utime(old, (1, 1))
    sweep(tmp_path, at_once=1)
    assert [new] == list((tmp_path / "papers").iterdir())
