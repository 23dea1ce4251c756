"""Questions to schools: a thread, one's own, those of a school (A13)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from school.database import fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.rules.questions import OPEN

PAGE = 50


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A thread with what lists say of it."""

    thread_id: int
    school_id: int
    school: str
    time_zone: str
    #: Who asks: None without an account.
    person_id: int | None
    asker: str
    way: str
    address: str
    state: str
    open_since: datetime | None
    changed_at: datetime
    #: The first words that were said in it.
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A word in a thread."""

    is_answer: bool
    author: str
    at: datetime
    text: str


_LINE = """
SELECT t.id, t.school_id, s.name, s.time_zone, t.person_id, p.surname, p.given_name, p.patronymic,
       t.name, t.way, t.address, t.state, t.open_since, t.changed_at,
       (SELECT m.text FROM help_message m WHERE m.thread_id = t.id ORDER BY m.id LIMIT 1)
FROM help_thread t JOIN school s ON s.id = t.school_id
LEFT JOIN person p ON p.id = t.person_id
"""


def _line(row: tuple[Any, ...]) -> QuestionLine:
    return QuestionLine(
        thread_id=row[0],
        school_id=row[1],
        school=row[2],
        time_zone=row[3],
        person_id=row[4],
        asker=full_name(*row[5:8]) if row[4] else row[8],
        way=row[9],
        address=row[10],
        state=row[11],
        open_since=None if row[12] is None else from_milliseconds(row[12]),
        changed_at=from_milliseconds(row[13]),
        text=row[14] or "",
    )


def find_question(thread_id: int) -> QuestionLine | None:
    """A thread, or None."""
    rows = fetch_all(f"{_LINE} WHERE t.id = ?", (thread_id,))
    return _line(rows[0]) if rows else None


def list_words(thread_id: int) -> tuple[Said, ...]:
    """All that was said in a thread, oldest first."""
    sql = """
    SELECT m.is_answer, p.surname, p.given_name, p.patronymic, m.at, m.text
    FROM help_message m LEFT JOIN person p ON p.id = m.author_id
    WHERE m.thread_id = ? ORDER BY m.id
    """
    return tuple(
        Said(
            bool(row[0]), full_name(*row[1:4]) if row[1] else "", from_milliseconds(row[4]), row[5]
        )
        for row in fetch_all(sql, (thread_id,))
    )


def list_own_questions(person_id: int) -> tuple[QuestionLine, ...]:
    """What a person asked, the newest word first."""
    rows = fetch_all(
        f"{_LINE} WHERE t.person_id = ? ORDER BY t.changed_at DESC, t.id DESC LIMIT {PAGE}",
        (person_id,),
    )
    return tuple(map(_line, rows))


def list_open_questions(school_ids: Collection[int]) -> tuple[QuestionLine, ...]:
    """What waits for an answer of some schools, the longest wait first."""
    if not school_ids:
        return ()
    rows = fetch_all(
        f"{_LINE} WHERE t.school_id IN ({_marks(school_ids)}) AND t.state = 'open' "
        "ORDER BY t.open_since, t.id",
        tuple(school_ids),
    )
    return tuple(map(_line, rows))


def list_past_questions(
    school_ids: Collection[int], *, before: int = 0
) -> tuple[QuestionLine, ...]:
    """Answered and closed ones, newest first, PAGE and one more at most; `before` is the last
    id of the page before."""
    if not school_ids:
        return ()
    sql = f"{_LINE} WHERE t.school_id IN ({_marks(school_ids)}) AND t.state <> 'open'"
    parameters: tuple[int, ...] = tuple(school_ids)
    if before:
        sql, parameters = f"{sql} AND t.id < ?", (*parameters, before)
    return tuple(map(_line, fetch_all(f"{sql} ORDER BY t.id DESC LIMIT {PAGE + 1}", parameters)))


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many questions of a school wait, and since when the first of them does."""

    count: int
    since: datetime


def count_open_questions(school_ids: Collection[int]) -> dict[int, Waiting]:
    """School → what waits for its answer; schools that owe none are left out."""
    if not school_ids:
        return {}
    sql = f"""
    SELECT school_id, COUNT(*), MIN(open_since) FROM help_thread
    WHERE school_id IN ({_marks(school_ids)}) AND state = 'open' GROUP BY school_id
    """
    return {
        row[0]: Waiting(row[1], from_milliseconds(row[2]))
        for row in fetch_all(sql, tuple(school_ids))
    }


@dataclass(frozen=True, slots=True)
class SchoolToAsk:
    school_id: int
    short_name: str
    name: str


def list_schools_to_ask(person_id: int | None) -> tuple[SchoolToAsk, ...]:
    """The schools that a person has or had to do with; all of them for a stranger, and for who
    has none."""
    own = fetch_all(OWN_SCHOOLS, (person_id,) * 3) if person_id else []
    rows = own or fetch_all("SELECT id, short_name, name FROM school ORDER BY id")
    return tuple(SchoolToAsk(*row) for row in rows)


OWN_SCHOOLS = """
SELECT id, short_name, name FROM school WHERE id IN (
  SELECT e.school_id FROM enrolment e JOIN guardianship g ON g.pupil_id = e.pupil_id
  WHERE g.guardian_id = ?
  UNION SELECT school_id FROM enrolment WHERE pupil_id = ?
  UNION SELECT school_id FROM role WHERE person_id = ? AND school_id IS NOT NULL
) ORDER BY id
"""


def _marks(ids: Collection[int]) -> str:
    return ", ".join("?" * len(ids))


def find_waiting(request_id: str) -> bool | None:
    """Whether what was asked under this request id still waits for an answer; None where nothing
    was."""
    rows = fetch_all(
        "SELECT t.state FROM help_message m JOIN help_thread t ON t.id = m.thread_id"
        " WHERE m.request_id = ?",
        (request_id,),
    )
    return rows[0][0] == OPEN if rows else None
