"""Papers as pages read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from school.database import fetch_all
from school.models.fields import from_milliseconds


@dataclass(frozen=True, slots=True)
class PaperLine:
    paper_id: int
    school_id: int
    asked_by_id: int
    kind: str
    title: str
    points: int
    path: str
    is_secret: bool
    state: str
    problem: str
    asked_at: datetime
    file_name: str
    checksum: str
    length: int
    pages: int
    has_source: bool


_COLUMNS = """
id, school_id, asked_by_id, kind, title, points, path, is_secret, state, problem, asked_at,
file_name, checksum, length, pages, source <> ''
"""


def _line(row: tuple[Any, ...]) -> PaperLine:
    return PaperLine(
        paper_id=row[0],
        school_id=row[1],
        asked_by_id=row[2],
        kind=row[3],
        title=row[4],
        points=row[5],
        path=row[6],
        is_secret=bool(row[7]),
        state=row[8],
        problem=row[9],
        asked_at=from_milliseconds(row[10]),
        file_name=row[11],
        checksum=row[12],
        length=row[13],
        pages=row[14],
        has_source=bool(row[15]),
    )


def find_paper(paper_id: int) -> PaperLine | None:
    """A paper, or None."""
    rows = fetch_all(f"SELECT {_COLUMNS} FROM paper WHERE id = ?", (paper_id,))
    return _line(rows[0]) if rows else None


def get_source(paper_id: int) -> str:
    """The page a paper is made from; empty once it was erased."""
    return str(fetch_all("SELECT source FROM paper WHERE id = ?", (paper_id,))[0][0])


def list_own_papers(person_id: int) -> tuple[PaperLine, ...]:
    """What a person had printed lately, newest first."""
    sql = f"""
    SELECT {_COLUMNS} FROM paper WHERE asked_by_id = ? AND state <> 'removed'
    ORDER BY asked_at DESC, id DESC LIMIT 50
    """
    return tuple(_line(row) for row in fetch_all(sql, (person_id,)))
