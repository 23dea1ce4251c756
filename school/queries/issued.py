"""Extracts and written information that were made: one, a register, what is owed (C5, D3, D5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.lessons import full_name
from school.rules.flow import Block
from school.rules.issued import checksum, unpack


@dataclass(frozen=True, slots=True)
class IssuedHead:
    """An issued paper as its own page and the registers show it; moments are local."""

    issued_paper_id: int
    kind: str
    ordinal: int
    year: str
    school_id: int
    school_full_name: str
    time_zone: str
    service_request_id: int
    request_ordinal: int
    request_on: date
    request_channel: str
    applicant: str
    pupil_id: int
    pupil: str
    class_id: int | None
    class_name: str
    from_on: date
    until_on: date
    made_on: date
    made_at: datetime
    made_by: str
    head: str
    last_entry_at: datetime | None
    checksum: str
    #: How it left the school; empty: not yet.
    way: str
    taker: str
    note: str
    left_at: datetime | None
    giver: str
    paper_id: int | None
    points: int | None
    source_checksum: str
    #: Of the same request, made after this one.
    newer_ordinal: int | None


HEADS = """
SELECT i.id, i.kind, i.ordinal, y.name, i.school_id, s.full_name, s.time_zone,
       i.service_request_id, r.ordinal, r.registered_on, r.channel, i.recipient, i.pupil_id,
       p.surname, p.given_name, p.patronymic, c.id, c.grade, c.letter, i.from_on, i.until_on,
       i.made_on, i.at, m.surname, m.given_name, m.patronymic, i.head, i.last_entry_at,
       i.checksum, COALESCE(h.way, ''), COALESCE(h.taker, ''), COALESCE(h.note, ''), h.at,
       g.surname, g.given_name, g.patronymic, h.paper_id, h.points, COALESCE(h.source_checksum, ''),
       (SELECT MAX(n.ordinal) FROM issued_paper n
        WHERE n.service_request_id = i.service_request_id AND n.id > i.id)
FROM issued_paper i
JOIN school s ON s.id = i.school_id
JOIN school_year y ON y.id = i.school_year_id
JOIN service_request r ON r.id = i.service_request_id
JOIN person p ON p.id = i.pupil_id
JOIN person m ON m.id = i.made_by_id
LEFT JOIN issued_hand_over h ON h.issued_paper_id = i.id
LEFT JOIN person g ON g.id = h.giver_id
LEFT JOIN school_class c ON c.id = (
  SELECT e.school_class_id FROM enrolment e
  WHERE e.pupil_id = i.pupil_id AND e.school_id = i.school_id AND e.from_on <= i.until_on
  ORDER BY e.from_on DESC, e.id DESC LIMIT 1)
"""


def _heads(where: str, parameters: Sequence[Any]) -> tuple[IssuedHead, ...]:
    return tuple(_head(row) for row in fetch_all(f"{HEADS} WHERE {where}", parameters))


def _head(row: tuple[Any, ...]) -> IssuedHead:
    zone = row[6]

    def at(value: Any) -> datetime | None:
        return None if value is None else local(from_milliseconds(value), zone)

    return IssuedHead(
        issued_paper_id=row[0],
        kind=row[1],
        ordinal=row[2],
        year=row[3],
        school_id=row[4],
        school_full_name=row[5],
        time_zone=zone,
        service_request_id=row[7],
        request_ordinal=row[8],
        request_on=as_date(row[9]),
        request_channel=row[10],
        applicant=row[11],
        pupil_id=row[12],
        pupil=full_name(*row[13:16]),
        class_id=row[16],
        class_name=f"{row[17]}{row[18]}" if row[16] else "",
        from_on=as_date(row[19]),
        until_on=as_date(row[20]),
        made_on=as_date(row[21]),
        made_at=local(from_milliseconds(row[22]), zone),
        made_by=full_name(*row[23:26]),
        head=row[26],
        last_entry_at=at(row[27]),
        checksum=row[28],
        way=row[29],
        taker=row[30],
        note=row[31],
        left_at=at(row[32]),
        giver=full_name(*row[33:36]) if row[33] else "",
        paper_id=row[36],
        points=row[37],
        source_checksum=row[38],
        newer_ordinal=row[39],
    )


def find_issued(issued_paper_id: int) -> IssuedHead | None:
    """An issued paper, or None."""
    found = _heads("i.id = ?", (issued_paper_id,))
    return found[0] if found else None


def list_issued_of_request(service_request_id: int) -> tuple[IssuedHead, ...]:
    """The papers that were made for a request, oldest first."""
    return _heads("i.service_request_id = ? ORDER BY i.id", (service_request_id,))


def list_issued(school_id: int, from_on: date, until_on: date) -> tuple[IssuedHead, ...]:
    """What a school made within some days, in the order of kinds and numbers (D5)."""
    return _heads(
        "i.school_id = ? AND i.made_on BETWEEN ? AND ? ORDER BY i.kind, y.from_on, i.ordinal",
        (school_id, from_on, until_on),
    )


def get_content(issued_paper_id: int) -> tuple[tuple[Block, ...], bool]:
    """The kept content of an issued paper, and whether it is what its checksum says."""
    sql = "SELECT content, checksum FROM issued_paper WHERE id = ?"
    text, kept = fetch_all(sql, (issued_paper_id,))[0]
    return unpack(text), checksum(text) == kept


def find_kept_page(issued_paper_id: int, points: int) -> tuple[int, str] | None:
    """(paper, its page) that is kept of an issued paper in a size of letters, or None."""
    sql = "SELECT id, source FROM paper WHERE key = ? AND source <> ''"
    rows = fetch_all(sql, (page_key(issued_paper_id, points),))
    return (rows[0][0], rows[0][1]) if rows else None


def page_key(issued_paper_id: int, points: int) -> str:
    """The key under which such a page is kept."""
    return f"issued:{issued_paper_id}:{points}"


HEAD_OF_SCHOOL = """
SELECT p.surname, p.given_name, p.patronymic FROM role r JOIN person p ON p.id = r.person_id
WHERE r.school_id = ? AND r.kind = 'head' AND r.ended_at IS NULL AND r.from_on <= ?
  AND (r.until_on IS NULL OR r.until_on >= ?) ORDER BY r.id LIMIT 1
"""


def find_head(school_id: int, today: date) -> str:
    """The head of a school on a day by name; empty where there is none."""
    rows = fetch_all(HEAD_OF_SCHOOL, (school_id, today, today))
    return full_name(*rows[0]) if rows else ""


MOVED = """
SELECT COUNT(*) FROM history h LEFT JOIN lesson l ON l.id = h.lesson_id
WHERE h.school_id = ? AND h.pupil_id = ? AND h.at > ?
  AND (h.table_name = 'period_result'
       OR (h.field IN ('mark', 'worked_on', 'attendance', 'late_minutes')
           AND l.held_on BETWEEN ? AND ?))
"""


def has_journal_moved(head: IssuedHead) -> bool:
    """Whether something was entered or corrected about the pupil, in the days of an issued paper,
    after it was made: its copy says what was handed over, the journal what holds now."""
    values = (
        head.school_id, head.pupil_id, to_milliseconds(head.made_at), head.from_on, head.until_on,
    )  # fmt: skip
    return bool(fetch_all(MOVED, values)[0][0])
