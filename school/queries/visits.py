"""Visits as pages and registers read them: who waits, what was answered, what was late (C6)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.lessons import full_name
from school.queries.regulations import find_regulation
from school.rules.access import holds
from school.rules.names import alphabetical
from school.wording import DUTIES


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit; moments are local to its school."""

    visit_id: int
    school_id: int
    school: str
    time_zone: str
    visitor: str
    pupil_id: int | None
    pupil: str
    class_id: int | None
    class_name: str
    arrived_at: datetime
    due_at: datetime
    logged_by_id: int
    logged_by: str
    holder_id: int | None
    holder: str
    begun_at: datetime | None
    begun_by: str
    question: str
    answer: str
    ending: str
    ended_at: datetime | None
    ended_by: str
    service_request_id: int | None
    regulation_version_id: int

    @property
    def is_open(self) -> bool:
        return not self.ending

    @property
    def is_waiting(self) -> bool:
        return self.is_open and self.begun_at is None

    def is_late(self, now: datetime) -> bool:
        """Whether they waited longer than they had to, or do."""
        return (self.begun_at or self.ended_at or now) > self.due_at


LINES = """
SELECT v.id, v.school_id, s.name, s.time_zone, v.visitor, v.pupil_id, p.surname, p.given_name,
       p.patronymic, c.id, c.grade, c.letter, v.arrived_at, v.due_at, v.logged_by_id, l.surname,
       l.given_name, l.patronymic, v.holder_id, h.surname, h.given_name, h.patronymic, v.begun_at,
       b.surname, b.given_name, b.patronymic, v.question, v.answer, v.ending, v.ended_at,
       e.surname, e.given_name, e.patronymic, v.service_request_id, v.regulation_version_id
FROM visit v
JOIN school s ON s.id = v.school_id
JOIN person l ON l.id = v.logged_by_id
LEFT JOIN person p ON p.id = v.pupil_id
LEFT JOIN person h ON h.id = v.holder_id
LEFT JOIN person b ON b.id = v.begun_by_id
LEFT JOIN person e ON e.id = v.ended_by_id
LEFT JOIN school_class c ON c.id = (
  SELECT n.school_class_id FROM enrolment n
  WHERE n.pupil_id = v.pupil_id AND n.school_id = v.school_id
  ORDER BY n.from_on DESC, n.id DESC LIMIT 1)
"""


def _lines(where: str, parameters: Sequence[Any]) -> tuple[VisitLine, ...]:
    return tuple(_line(row) for row in fetch_all(f"{LINES} WHERE {where}", parameters))


def _line(row: tuple[Any, ...]) -> VisitLine:
    zone = row[3]

    def at(value: Any) -> datetime | None:
        return None if value is None else local(from_milliseconds(value), zone)

    def name(first: int) -> str:
        return full_name(*row[first : first + 3]) if row[first] else ""

    return VisitLine(
        visit_id=row[0],
        school_id=row[1],
        school=row[2],
        time_zone=zone,
        visitor=row[4],
        pupil_id=row[5],
        pupil=name(6),
        class_id=row[9],
        class_name=f"{row[10]}{row[11]}" if row[9] else "",
        arrived_at=local(from_milliseconds(row[12]), zone),
        due_at=local(from_milliseconds(row[13]), zone),
        logged_by_id=row[14],
        logged_by=name(15),
        holder_id=row[18],
        holder=name(19),
        begun_at=at(row[22]),
        begun_by=name(23),
        question=row[26],
        answer=row[27],
        ending=row[28],
        ended_at=at(row[29]),
        ended_by=name(30),
        service_request_id=row[33],
        regulation_version_id=row[34],
    )


@dataclass(frozen=True, slots=True)
class Seer:
    """Whose visits a person sees: all of some schools, those about pupils of some classes, and
    their own (logged by them, passed on to them)."""

    person_id: int
    school_ids: frozenset[int]
    class_ids: frozenset[int]

    def sees(self, line: VisitLine) -> bool:
        return (
            line.school_id in self.school_ids
            or line.class_id in self.class_ids
            or self.person_id in (line.logged_by_id, line.holder_id)
        )


OPEN_OR_TODAY = "(v.ending = '' OR v.ended_at >= ?)"


def list_present_visits(
    seer: Seer, places: Collection[int], since: datetime
) -> tuple[VisitLine, ...]:
    """The open visits of the schools `places`, and those ended since a moment (UTC), that a
    person sees: longest waiting first."""
    if not places:
        return ()
    where = f"v.school_id IN ({', '.join('?' * len(places))}) AND {OPEN_OR_TODAY}"
    found = _lines(
        f"{where} ORDER BY v.arrived_at, v.id", (*sorted(places), to_milliseconds(since))
    )
    return tuple(line for line in found if seer.sees(line))


def find_visit(visit_id: int) -> VisitLine | None:
    """A visit, or None."""
    found = _lines("v.id = ?", (visit_id,))
    return found[0] if found else None


def find_visit_of_request(service_request_id: int) -> VisitLine | None:
    """The visit at which a request was made, or None."""
    found = _lines("v.service_request_id = ? ORDER BY v.id LIMIT 1", (service_request_id,))
    return found[0] if found else None


def list_visits(
    school_ids: Collection[int], from_at: datetime, until_at: datetime
) -> tuple[VisitLine, ...]:
    """The visits of some schools that began to wait within a span (UTC), in order: the register,
    and what row C6 is judged by. Each owed somebody to begin by its `due_at`; `begun_at` met it
    (or `ended_at`, where the visitor went)."""
    if not school_ids:
        return ()
    return _lines(
        f"v.school_id IN ({', '.join('?' * len(school_ids))}) AND v.arrived_at BETWEEN ? AND ? "
        "ORDER BY v.arrived_at, v.id",
        (*sorted(school_ids), to_milliseconds(from_at), to_milliseconds(until_at)),
    )


@dataclass(frozen=True, slots=True)
class WaitingCount:
    """How many wait at some schools, and how many of them too long."""

    waiting: int
    late: int


def count_waiting(
    school_ids: Collection[int], now: datetime, *, holder_id: int | None = None
) -> WaitingCount:
    """Whom nobody sees yet; of one person, those who were passed on to them."""
    if not school_ids and holder_id is None:
        return WaitingCount(0, 0)
    where, values = "holder_id = ?", [holder_id or 0]
    if school_ids:
        where = f"school_id IN ({', '.join('?' * len(school_ids))})"
        values = sorted(school_ids)
    sql = (
        "SELECT COUNT(*), COUNT(CASE WHEN due_at < ? THEN 1 END) FROM visit "
        f"WHERE ending = '' AND begun_at IS NULL AND {where}"
    )
    row = fetch_all(sql, (to_milliseconds(now), *values))[0]
    return WaitingCount(row[0], row[1])


@dataclass(frozen=True, slots=True)
class VisitStepLine:
    at: datetime
    step: str
    who: str
    colleague: str
    note: str


STEPS = """
SELECT t.at, t.step, p.surname, p.given_name, p.patronymic, c.surname, c.given_name, c.patronymic,
       t.note
FROM visit_step t JOIN person p ON p.id = t.actor_id LEFT JOIN person c ON c.id = t.colleague_id
WHERE t.visit_id = ? ORDER BY t.id
"""


def list_steps(line: VisitLine) -> tuple[VisitStepLine, ...]:
    """What happened at a visit, in order."""
    return tuple(
        VisitStepLine(
            local(from_milliseconds(row[0]), line.time_zone),
            row[1],
            full_name(*row[2:5]),
            full_name(*row[5:8]) if row[5] else "",
            row[8],
        )
        for row in fetch_all(STEPS, (line.visit_id,))
    )


STAFF = """
SELECT p.id, p.surname, p.given_name, p.patronymic, r.kind, c.grade, c.letter, r.from_on, r.until_on
FROM role r JOIN person p ON p.id = r.person_id
LEFT JOIN school_class c ON c.id = r.school_class_id
WHERE r.school_id = ? AND r.ended_at IS NULL ORDER BY r.id
"""


def list_colleagues(school_id: int, today: date) -> tuple[tuple[int, str], ...]:
    """(person, «Классная Ирина Ивановна, классный руководитель 7А») of a school's staff today, in
    order of name."""
    names: dict[int, str] = {}
    duties: dict[int, list[str]] = {}
    for person_id, *name, kind, grade, letter, from_on, until_on in fetch_all(STAFF, (school_id,)):
        if holds(as_date(from_on), as_date(until_on), today):
            names[person_id] = full_name(*name)
            duty = DUTIES.get(kind, kind)
            duties.setdefault(person_id, []).append(f"{duty} {grade}{letter}" if grade else duty)
    found = [
        (person_id, f"{name}, {', '.join(dict.fromkeys(duties[person_id]))}")
        for person_id, name in names.items()
    ]
    return tuple(sorted(found, key=lambda one: alphabetical(one[1])))


def list_informing_roles(school_id: int, now: datetime) -> tuple[str, ...]:
    """The roles that inform by word of mouth by the regulation of a school (Регламент СОШ № 2,
    п. 3.3); where it has none, nobody's."""
    rows = fetch_all("SELECT time_zone FROM school WHERE id = ?", (school_id,))
    found = find_regulation(school_id, local(now, rows[0][0]).date()) if rows else None
    return found.regulation.informants.roles if found else ()
