"""What the tests of pages share: a teacher at a lesson, and looking at a form's fields."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from school import clock
from school.actions.sessions import OTHER_DEVICE
from school.models import History, Lesson, Person, Session, Work, WorkKind
from school.queries.ties import hash_token
from tests.page import Page, Visitor

NOT_THERE = 2_000_000_000
#: How statements begin that write.
WRITES = ("INSERT", "UPDATE", "DELETE")


def address_of(lesson: Lesson) -> str:
    return f"/gradebook/lessons/{lesson.id}"


def register_of(visitor: Visitor, lesson: Lesson) -> Page:
    return visitor.get(address_of(lesson))


def save(
    visitor: Visitor,
    lesson: Lesson,
    changes: dict[str, str | None],
    *,
    page: Page | None = None,
    status: int = 303,
) -> Page:
    """Open the lesson (or take a page opened before), type, press the button."""
    return visitor.send(page or register_of(visitor, lesson), status=status, **changes)


def post_only(
    visitor: Visitor, lesson: Lesson, fields: dict[str, str], *, status: int = 303
) -> Page:
    """Send some fields of the form alone, with token and `seen`."""
    page = register_of(visitor, lesson).fields()
    kept = {name: page[name] for name in ("csrf_token", "seen")}
    return visitor.post(address_of(lesson), {**kept, **fields}, status=status)


def arrive(visitor: Visitor, answer: Page) -> Page:
    """The page at the end of a row of redirects."""
    for _ in range(5):
        response = visitor.client.get(answer.headers["Location"])
        if response.status_code == 200:
            return visitor.get(answer.headers["Location"])
        answer = visitor.get(answer.headers["Location"], status=response.status_code)
    raise AssertionError("redirected in circles")


def value(page: Page, name: str) -> str:
    return page.fields()[name]


def make_work(lesson: Lesson, kind: str = "Контрольная работа", ordinal: int = 1) -> Work:
    found = WorkKind.get(WorkKind.school == lesson.school_id, WorkKind.name == kind)
    return Work.create(
        school=lesson.school_id,
        lesson=lesson,
        work_kind=found,
        weight=found.weight,
        ordinal=ordinal,
        marks_expected=found.marks_expected,
    )


def stand_in(lesson: Lesson, person: Person) -> None:
    """A substitute holds the lesson."""
    Lesson.update(teacher=person).where(Lesson.id == lesson.id).execute()


def history_of(lesson: Lesson) -> list[tuple[Any, ...]]:
    """(field, pupil, old, new) of every history row of a lesson, oldest first."""
    rows = History.select().where(History.lesson == lesson.id).order_by(History.id)
    return [(row.field, row.pupil_id, row.old, row.new) for row in rows]


def complaints(page: Page) -> dict[str, str]:
    """The error summary: field → what is said there."""
    found = {}
    for line in page.root.xpath("//section[@id='errors']//li"):
        link = line.xpath("./a/@href")
        found[link[0].removeprefix("#") if link else ""] = " ".join(
            "".join(line.itertext()).split()
        )
    return found


def check_came_back(page: Page, name: str, typed: str) -> str:
    """A wrong field stands on the page with what was typed, marked and explained; returns what
    the summary says of it."""
    assert page.title.startswith("Ошибка: ")
    element = page.root.xpath(f"//*[@name='{name}']")[0]
    assert element.get("aria-invalid") == "true", name
    described = element.get("aria-describedby").split()
    assert any(page.root.xpath(f"//*[@id='{one}' and @class='error']") for one in described)
    assert value(page, name) == typed
    said = complaints(page)
    assert name in said, said
    folded = element.xpath("ancestor::details")
    assert not folded or folded[0].get("open") is not None, "the error is folded away"
    return said[name]


def open_session(app: Flask, person: Person, **values: Any) -> Visitor:
    """A browser in which a person is signed in, with a session row of one's choice."""
    client = app.test_client()
    token = secrets.token_urlsafe(32)
    now = clock.now()
    Session.create(
        **{
            "token_hash": hash_token(token),
            "person": person,
            "created_at": now,
            "seen_at": now,
            "ends_at": now + OTHER_DEVICE,
            "address_hash": "",
            **values,
        }
    )
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return Visitor(client)


class Statement(str):
    """SQL as it was run, with its values."""

    values: Any = ()


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """The SELECTs and writes that are run inside."""
    seen: list[Statement] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            sql = Statement(record.msg[0] if isinstance(record.msg, tuple) else record.getMessage())
            if isinstance(record.msg, tuple):
                sql.values = record.msg[1]
            if sql.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
                seen.append(sql)

    logger, ear = logging.getLogger("peewee"), Ear()
    level = logger.level
    logger.addHandler(ear)
    logger.setLevel(logging.DEBUG)
    try:
        yield seen
    finally:
        logger.removeHandler(ear)
        logger.setLevel(level)
