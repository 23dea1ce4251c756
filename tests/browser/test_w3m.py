"""The main road in w3m, a browser of text: real sessions in tmux, typed key by key.

Needs Debian's w3m and tmux: apt-get install -y w3m tmux
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from school.database import database, ensure_connection
from school.models import Homework, Lesson, Mark, Work, WorkKind
from tests.browser.conftest import program
from tests.engines.terminals import W3m
from tests.serving.client import COOKIE, open_session
from tests.serving.in_process import Here
from tests.town import PASSWORD, Town, today

_numbers = count(1)


@pytest.fixture
def w3m(server: Here, tmp_path: Path) -> Iterator[Callable[..., W3m]]:
    """`w3m(path)` opens a page of the program in a new w3m that has no cookies. What it opens
    in an editor (texts of several lines) becomes `editor_writes`."""
    opened: list[W3m] = []

    def open_terminal(path: str = "/", *, editor_writes: str = "") -> W3m:
        home = tmp_path / f"w3m{next(_numbers)}"
        home.mkdir()
        terminal = W3m(home, f"{server.url}{path}", editor_writes)
        opened.append(terminal)
        return terminal

    yield open_terminal
    for terminal in opened:
        terminal.end()


def sign_in(terminal: W3m, login: str) -> None:
    terminal.wait_for("Вход в дневник")
    terminal.find("Логин")
    terminal.keys("Tab")
    terminal.fill(login)
    terminal.keys("Tab")
    terminal.fill(PASSWORD)
    terminal.follow("Войти")


def sign_out(terminal: W3m) -> None:
    terminal.follow("Выйти")
    terminal.wait_for("После выхода")
    terminal.find("После выхода")
    terminal.keys("Tab")
    terminal.keys("Enter")
    terminal.wait_for("Вы вышли")


@pytest.mark.clause("S19 3", "NT особенности-1", "NT особенности-4")
@pytest.mark.requirement("E1")
def test_a_teacher_fills_in_a_lesson_and_a_mother_reads_it(town: Town, w3m):
    teacher = w3m(editor_writes="№ 5, 6")
    sign_in(teacher, "teacher")
    teacher.wait_for("Мои уроки")
    teacher.follow("Алгебра, 7А")
    teacher.wait_for("Тема урока")
    teacher.find("Домашнее задание всем")
    teacher.keys("Tab")
    teacher.keys("Enter")  # the editor writes and ends at once
    teacher.wait_for("№ 5, 6")
    teacher.find("1. Королёв")
    teacher.keys("Tab")  # was he there?
    teacher.keys("Tab")
    teacher.fill("5")
    teacher.find("Сохранить")
    teacher.keys("Enter")
    teacher.wait_for("Сохранено: 2 записи")
    sign_out(teacher)

    database.close()
    ensure_connection()
    assert [(mark.pupil_id, mark.value) for mark in Mark.select()] == [(town.pupil.id, "5")]
    assert [row.text for row in Homework.select()] == ["№ 5, 6"]
    assert not Lesson.get_by_id(town.lesson.id).topic

    mother = w3m()
    sign_in(mother, "mother")
    mother.wait_for("Королёв Фёдор")
    if "неделя" not in mother.screen:
        mother.follow("Неделя")
        mother.wait_for("неделя")
    mother.find("№ 5")
    shown = mother.wait_for("Задано: № 5, 6")
    assert "Алгебра" in shown
    assert "5 Ответ на уроке" in " ".join(shown.split())
    mother.keys("g")
    sign_out(mother)


def test_signing_in_leads_back_to_where_one_was(town: Town, w3m):
    mother = w3m(f"/diary/{town.pupil.id}/week/2026-09-01")
    sign_in(mother, "mother")
    mother.wait_for("Королёв Фёдор")
    assert "31 августа" in mother.screen


@pytest.mark.requirement("B1")
def test_a_dump_of_the_week_reads_in_order(town: Town, server: Here):
    """Subject, then what was done, then what is to be done, then the mark: on each lesson."""
    with database.atomic():
        Lesson.update(topic="Дроби").where(Lesson.id == town.lesson.id).execute()
        Homework.create(school=town.school, lesson=town.lesson, text="№ 5, 6")
        kind = WorkKind.get(WorkKind.school == town.school, WorkKind.name == "Контрольная работа")
        work = Work.create(
            school=town.school, lesson=town.lesson, work_kind=kind, weight=3, ordinal=1
        )
        Mark.create(school=town.school, work=work, pupil=town.pupil, position=1, value="4")
    cookie = f"Cookie: {COOKIE}={open_session(town.mother)}"
    for columns in (40, 80):
        dumped = subprocess.run(
            [
                program("w3m"), "-dump", "-cols", str(columns), "-header", cookie,
                "-o", "display_charset=UTF-8",
                f"{server.url}/diary/{town.pupil.id}/week/{today()}",
            ],
            capture_output=True, text=True, timeout=30, check=True,
            env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"),
                 "LC_ALL": "C.UTF-8"},
        ).stdout  # fmt: skip
        print(f"\n{dumped}")
        assert "Королёв Фёдор" in dumped
        lines = dumped.split("(сегодня)")[1].splitlines()
        places = [
            next(number for number, line in enumerate(lines) if word in line)
            for word in ("Алгебра", "Дроби", "Задано", "4 Контрольная")
        ]
        # Line by line, as a screen reader or a braille display goes through a terminal. In a
        # row of a table the mark may stand beside the topic.
        assert places[0] <= min(places[1:]), (columns, lines)
        assert places[1] <= places[2], (columns, lines)
