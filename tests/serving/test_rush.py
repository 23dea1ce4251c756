"""Forty teachers save at the same time: nothing is lost, nobody is refused.

A sample; the long one is in tests/benchmarks and tests/soak.
"""

import threading
import time
from dataclasses import dataclass

from school.database import database, ensure_connection
from school.models import History, Lesson, Mark, Person, Revision, Work
from tests import town as towns
from tests.serving.client import Client
from tests.serving.running import load_town

TEACHERS = 40
PUPILS = 30


@dataclass
class Save:
    status: int = 0
    seconds: float = 0.0
    problem: str = ""


def make_school(town) -> list[tuple[Person, Lesson, list[Person]]]:
    """Forty teachers with a class of thirty each, and a lesson today."""
    rows = []
    with database.atomic():
        for number in range(TEACHERS):
            teacher = towns.person(town.municipality, f"Учитель{number}")
            towns.account(teacher)
            towns.role(teacher, "teacher", town.school)
            pupils = [
                towns.person(town.municipality, f"Ученик{number}", f"Имя{n}") for n in range(PUPILS)
            ]
            group = towns.make_group(
                town.school, town.year, None, f"Предмет {number}", teacher, pupils,
                name=f"группа {number}",
            )  # fmt: skip
            rows.append((teacher, towns.make_lesson(group, teacher, towns.today()), pupils))
    return rows


def mark_of(teacher_number: int, pupil_number: int) -> str:
    return str(2 + (teacher_number + pupil_number) % 4)


def test_forty_teachers_save_thirty_marks_each_at_once(served_database, serve):
    rows = make_school(load_town())
    server = serve(served_database)
    clients = [Client(server, teacher, timeout=60) for teacher, _, _ in rows]
    pages = [
        client.get(f"/gradebook/lessons/{lesson.id}")
        for client, (_, lesson, _) in zip(clients, rows, strict=True)
    ]
    saves = [Save() for _ in rows]
    together = threading.Barrier(TEACHERS)

    def save(number: int) -> None:
        pupils = rows[number][2]
        fields = {f"mark-{pupil.id}": mark_of(number, n) for n, pupil in enumerate(pupils)}
        fields |= {"topic": f"Тема {number}", "attendance-taken": "1"}
        together.wait()
        time.sleep(number / TEACHERS)  # within a second, as after a bell
        begun = time.monotonic()
        try:
            saves[number].status = clients[number].send(pages[number], fields).status
        except Exception as error:
            saves[number].problem = f"{type(error).__name__}: {str(error)[:300]}"
        saves[number].seconds = time.monotonic() - begun

    threads = [threading.Thread(target=save, args=(number,)) for number in range(TEACHERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    times = sorted(save.seconds for save in saves)
    print(
        f"\n{TEACHERS} saves of {PUPILS} marks: median {times[TEACHERS // 2] * 1000:.0f} ms, "
        f"p95 {times[int(TEACHERS * 0.95) - 1] * 1000:.0f} ms, longest {times[-1] * 1000:.0f} ms"
    )
    assert [save.problem for save in saves if save.status != 303] == []

    database.close()
    ensure_connection()
    for number, (_, lesson, pupils) in enumerate(rows):
        work = Work.get(Work.lesson == lesson)
        found = {mark.pupil_id: mark.value for mark in Mark.select().where(Mark.work == work)}
        assert found == {pupil.id: mark_of(number, n) for n, pupil in enumerate(pupils)}
        kept = Lesson.get_by_id(lesson.id)
        assert kept.topic == f"Тема {number}"
        assert kept.attendance_taken_at is not None
    marks = TEACHERS * PUPILS
    assert Mark.select().count() == marks
    assert History.select().where(History.field == "mark").count() == marks
    assert Revision.select().where(Revision.scope == "pupil").count() == marks


def test_two_who_save_the_same_lesson_at_once_lose_nothing(served_database, serve):
    """A teacher at two computers, other pupils at each: both halves are there, and one work."""
    town = load_town()
    server = serve(served_database)
    for round_number in range(5):
        with database.atomic():
            lesson = towns.make_lesson(
                town.group, town.teacher, towns.today(), number=2 + round_number
            )
        clients = [Client(server, town.teacher) for _ in range(2)]
        pages = [client.get(f"/gradebook/lessons/{lesson.id}") for client in clients]
        together = threading.Barrier(2)
        statuses: list[int] = []

        def save(client: Client, page, pupil: Person, together=together, statuses=statuses) -> None:
            together.wait()
            statuses.append(client.send(page, {f"mark-{pupil.id}": "5"}).status)

        threads = [
            threading.Thread(target=save, args=parts)
            for parts in zip(clients, pages, town.pupils, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert statuses == [303, 303]
        work = Work.get(Work.lesson == lesson)  # one, though both had to make it
        assert Work.select().where(Work.lesson == lesson).count() == 1
        assert Mark.select().where(Mark.work == work).count() == 2
