"""The outbox as pages read it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from school.database import fetch_all
from school.letters import Block, read_blocks
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name

PAGE = 50


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter in a list."""

    letter_id: int
    kind: str
    subject: str
    to_whom: str
    state: str
    created_at: datetime
    due_at: datetime
    tries: int
    problem: str
    sent_to: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class LetterPage:
    """A letter with its text."""

    line: LetterLine
    school_id: int
    person_id: int
    blocks: tuple[Block, ...]
    is_secret: bool


_LINE = """
l.id, l.kind, l.subject, p.surname, p.given_name, p.patronymic, l.state, l.created_at, l.due_at,
l.tries, l.problem, CASE WHEN l.sent_to <> '' THEN l.sent_to ELSE l.address END, l.sent_at,
l.to_name
"""


def _line(row: tuple[Any, ...]) -> LetterLine:
    return LetterLine(
        letter_id=row[0],
        kind=row[1],
        subject=row[2],
        to_whom=row[13] or full_name(*row[3:6]),
        state=row[6],
        created_at=from_milliseconds(row[7]),
        due_at=from_milliseconds(row[8]),
        tries=row[9],
        problem=row[10],
        sent_to=row[11],
        sent_at=None if row[12] is None else from_milliseconds(row[12]),
    )


def list_letters(
    school_ids: Collection[int], *, state: str = "", words: str = "", before: int = 0
) -> tuple[LetterLine, ...]:
    """Letters of some schools, newest first, PAGE and one more at most: of a state, with words in
    name, subject or address, with ids below `before`."""
    if not school_ids:
        return ()
    marks = ", ".join("?" * len(school_ids))
    sql = f"SELECT {_LINE} FROM letter l JOIN person p ON p.id = l.person_id"
    sql += f" WHERE l.school_id IN ({marks})"
    parameters: list[Any] = [*school_ids]
    if state:
        sql += " AND l.state = ?"
        parameters.append(state)
    if before:
        sql += " AND l.id < ?"
        parameters.append(before)
    for word in words.split()[:5]:
        # SQLite knows capitals of Latin letters alone.
        ways = sorted({word, word.lower(), word.capitalize(), word.upper()})
        sql += " AND (" + " OR ".join([f"{_HAY} LIKE ? ESCAPE '!'"] * len(ways)) + ")"
        parameters += [f"%{_escaped(way)}%" for way in ways]
    sql += f" ORDER BY l.id DESC LIMIT {PAGE + 1}"
    return tuple(_line(row) for row in fetch_all(sql, parameters))


_HAY = (
    "(p.surname || ' ' || p.given_name || ' ' || p.patronymic || ' ' || l.subject || ' ' || "
    "l.sent_to || ' ' || l.address)"
)


def _escaped(word: str) -> str:
    for letter in "!%_":
        word = word.replace(letter, f"!{letter}")
    return word


def count_letters(school_ids: Collection[int]) -> dict[str, int]:
    """State → how many letters of some schools."""
    if not school_ids:
        return {}
    marks = ", ".join("?" * len(school_ids))
    sql = f"SELECT state, COUNT(*) FROM letter WHERE school_id IN ({marks}) GROUP BY state"
    return dict(fetch_all(sql, tuple(school_ids)))  # type: ignore[arg-type]


LETTER = f"""
SELECT {_LINE}, l.school_id, l.person_id, l.body, l.is_secret
FROM letter l JOIN person p ON p.id = l.person_id WHERE l.id = ?
"""


def find_letter(letter_id: int) -> LetterPage | None:
    """A letter with its text, or None. A secret text is nobody's to read here."""
    rows = fetch_all(LETTER, (letter_id,))
    return _page(rows[0]) if rows else None


def _page(row: tuple[Any, ...]) -> LetterPage:
    is_secret = bool(row[17])
    return LetterPage(
        line=_line(row),
        school_id=row[14] or 0,
        person_id=row[15],
        blocks=() if is_secret else read_blocks(row[16]),
        is_secret=is_secret,
    )


OWN = f"""
SELECT {_LINE}, l.school_id, l.person_id, l.body, l.is_secret
FROM letter l JOIN person p ON p.id = l.person_id
WHERE l.person_id = ? AND l.to_name IS NULL AND l.state <> 'withdrawn' AND NOT l.is_secret
ORDER BY l.created_at DESC, l.id DESC LIMIT 30
"""


def list_own_letters(person_id: int) -> tuple[LetterPage, ...]:
    """What a person was written lately, whether it went out or not."""
    return tuple(_page(row) for row in fetch_all(OWN, (person_id,)))


@dataclass(frozen=True, slots=True)
class RouteState:
    tried_at: datetime
    failing_since: datetime | None
    problem: str


def find_route(name: str) -> RouteState | None:
    """How a way out fares, or None where it was never tried."""
    sql = "SELECT tried_at, failing_since, problem FROM route WHERE name = ?"
    rows = fetch_all(sql, (name,))
    if not rows:
        return None
    tried_at, since, problem = rows[0]
    return RouteState(
        from_milliseconds(tried_at), None if since is None else from_milliseconds(since), problem
    )


@dataclass(frozen=True, slots=True)
class EmailState:
    #: Where letters go, or "".
    confirmed: str
    #: What waits for its code, or "".
    waiting: str


def find_email(person_id: int) -> EmailState:
    """A person's address for letters."""
    sql = """
    SELECT address, confirmed_at IS NOT NULL FROM contact
    WHERE person_id = ? AND kind = 'email' ORDER BY id
    """
    rows = fetch_all(sql, (person_id,))
    return EmailState(
        next((address for address, confirmed in rows if confirmed), ""),
        next((address for address, confirmed in rows if not confirmed), ""),
    )


def find_phone(person_id: int) -> str:
    """A person's phone, or empty."""
    sql = "SELECT address FROM contact WHERE person_id = ? AND kind = 'phone'"
    rows = fetch_all(sql, (person_id,))
    return str(rows[0][0]) if rows else ""
