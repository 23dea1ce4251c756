"""Who is on the paper way, and the acts of destruction that a withdrawal leaves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.rules.requests import folded


@dataclass(frozen=True, slots=True)
class PaperWayLine:
    paper_way_id: int
    school_id: int
    pupil_id: int
    pupil: str
    class_name: str
    class_id: int | None
    person_id: int | None
    recipient: str
    why: str
    from_on: date
    until_on: date | None
    is_ended: bool
    end_reason: str


PAPER_WAYS = """
SELECT w.id, w.school_id, w.pupil_id, p.surname, p.given_name, p.patronymic, c.grade, c.letter,
       c.id, w.person_id, w.recipient, w.why, w.from_on, w.until_on, w.ended_at IS NOT NULL,
       w.end_reason
FROM paper_way w JOIN person p ON p.id = w.pupil_id
LEFT JOIN school_class c ON c.id = (
  SELECT e.school_class_id FROM enrolment e
  WHERE e.pupil_id = w.pupil_id AND e.school_id = w.school_id
  ORDER BY e.from_on DESC, e.id DESC LIMIT 1)
"""


def _paper_ways(where: str, parameters: Sequence[Any]) -> tuple[PaperWayLine, ...]:
    return tuple(
        PaperWayLine(
            row[0], row[1], row[2], full_name(*row[3:6]), f"{row[6]}{row[7]}" if row[6] else "",
            row[8], row[9], row[10], row[11], as_date(row[12]), as_date(row[13]), bool(row[14]),
            row[15],
        )
        for row in fetch_all(f"{PAPER_WAYS} WHERE {where}", parameters)
    )  # fmt: skip


def list_paper_ways(school_ids: Collection[int], on: date) -> tuple[PaperWayLine, ...]:
    """Who is on the paper way on a day, by class and name: issue of weekly printouts asks here
    for whom to print."""
    found = [
        line
        for school_id in sorted(school_ids)
        for line in _paper_ways(
            "w.school_id = ? AND w.from_on <= ? AND w.ended_at IS NULL"
            " AND (w.until_on IS NULL OR w.until_on >= ?)",
            (school_id, on, on),
        )
    ]
    return tuple(sorted(found, key=lambda line: (line.class_name, folded(line.pupil))))


def find_paper_way(paper_way_id: int) -> PaperWayLine | None:
    """A row of the paper way, or None."""
    found = _paper_ways("w.id = ?", (paper_way_id,))
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class PaperPerson:
    """Somebody who may be put on the paper way: a representative, or the pupil."""

    pupil_id: int
    pupil: str
    person_id: int
    person: str
    #: A key of wording.GUARDIAN_KINDS; empty: the pupil.
    kind: str

    @property
    def key(self) -> str:
        """Of a form's choice."""
        return f"{self.pupil_id}-{self.person_id}"


PAPER_PEOPLE = """
SELECT p.id, p.surname, p.given_name, p.patronymic, g.guardian_id, a.surname, a.given_name,
       a.patronymic, g.kind
FROM enrolment e JOIN person p ON p.id = e.pupil_id
LEFT JOIN guardianship g ON g.pupil_id = p.id AND g.ended_at IS NULL AND g.from_on <= ?
     AND (g.until_on IS NULL OR g.until_on >= ?)
LEFT JOIN person a ON a.id = g.guardian_id
WHERE e.school_id = ? AND e.school_class_id = ? AND e.from_on <= ?
  AND (e.until_on IS NULL OR e.until_on >= ?)
"""


def list_paper_people(school_id: int, class_id: int, today: date) -> tuple[PaperPerson, ...]:
    """The representatives of a class's pupils, and the pupils themselves, by name."""
    days = (today, today)
    found: dict[str, PaperPerson] = {}
    for row in fetch_all(PAPER_PEOPLE, (*days, school_id, class_id, *days)):
        pupil = full_name(*row[1:4])
        lines = [PaperPerson(row[0], pupil, row[0], pupil, "")]
        if row[4] is not None:
            lines.append(PaperPerson(row[0], pupil, row[4], full_name(*row[5:8]), row[8]))
        found.update({line.key: line for line in lines})
    return tuple(
        sorted(found.values(), key=lambda line: (folded(line.pupil), not line.kind, line.person))
    )


@dataclass(frozen=True, slots=True)
class ActOfDestruction:
    act_id: int
    school_id: int
    school: str
    school_full_name: str
    school_address: str
    time_zone: str
    ordinal: int
    year: str
    made_on: date
    at: datetime
    made_by: str
    person: str
    person_id: int
    pupil: str
    purpose: str
    ended: str
    destroyed: str
    kept: str
    log_extract: str


ACTS = """
SELECT a.id, a.school_id, s.name, s.full_name, s.address, s.time_zone, a.ordinal, y.name,
       a.made_on, a.at, m.surname, m.given_name, m.patronymic, p.surname, p.given_name,
       p.patronymic, a.person_id, c.surname, c.given_name, c.patronymic, a.purpose, a.ended,
       a.destroyed, a.kept, a.log_extract
FROM destruction_act a JOIN school s ON s.id = a.school_id
JOIN school_year y ON y.id = a.school_year_id JOIN person p ON p.id = a.person_id
LEFT JOIN person m ON m.id = a.made_by_id LEFT JOIN person c ON c.id = a.pupil_id
"""


def _acts(where: str, parameters: Sequence[Any]) -> tuple[ActOfDestruction, ...]:
    found = []
    for row in fetch_all(f"{ACTS} WHERE {where}", parameters):
        at = local(from_milliseconds(row[9]), row[5])
        made_by = full_name(*row[10:13]) if row[10] else ""
        pupil = full_name(*row[17:20]) if row[17] else ""
        values = [*row[:8], as_date(row[8]), at, made_by, full_name(*row[13:16]), row[16], pupil]
        found.append(ActOfDestruction(*values, *row[20:]))
    return tuple(found)


def list_acts(school_ids: Collection[int]) -> tuple[ActOfDestruction, ...]:
    """The acts of destruction of some schools, newest first."""
    found = [
        act
        for school_id in sorted(school_ids)
        for act in _acts("a.school_id = ? ORDER BY a.id DESC LIMIT 200", (school_id,))
    ]
    return tuple(sorted(found, key=lambda act: act.at, reverse=True))


def find_act_of_destruction(act_id: int) -> ActOfDestruction | None:
    """An act of destruction, or None."""
    found = _acts("a.id = ?", (act_id,))
    return found[0] if found else None
