"""People of a school as its office sees them: roles, pupils with their representatives."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.rules.names import alphabetical


@dataclass(frozen=True, slots=True)
class RoleLine:
    role_id: int
    person_id: int
    kind: str
    school_id: int | None
    school: str
    #: «7А» of a class teacher.
    class_name: str
    from_on: date
    until_on: date | None
    #: Ended this minute, local to the school.
    ended_at: datetime | None
    end_reason: str


@dataclass(frozen=True, slots=True)
class EnrolmentLine:
    enrolment_id: int
    school_id: int
    school: str
    class_name: str
    from_on: date
    until_on: date | None
    ending: str
    reason: str
    moves_to_id: int | None
    moves_to: str


@dataclass(frozen=True, slots=True)
class TieLine:
    """A representative and a pupil; named is the other one of the two."""

    guardianship_id: int
    pupil_id: int
    guardian_id: int
    name: str
    kind: str
    basis: str
    from_on: date
    until_on: date | None
    is_ended: bool
    end_reason: str
    adult_choice: str
    #: Where the pupil is or was last enrolled.
    school_id: int | None


@dataclass(frozen=True, slots=True)
class LimitLine:
    limit_id: int
    pupil_id: int
    person_id: int
    name: str
    area: str
    ground: str
    basis: str
    from_on: date
    until_on: date | None
    is_lifted: bool
    end_reason: str
    #: Where the pupil is or was last enrolled.
    school_id: int | None


@dataclass(frozen=True, slots=True)
class PersonCard:
    person_id: int
    municipality_id: int
    surname: str
    given_name: str
    patronymic: str
    birth_on: date | None
    #: Empty: no account.
    login: str
    roles: tuple[RoleLine, ...]
    #: Newest first.
    enrolments: tuple[EnrolmentLine, ...]
    #: Of this pupil; those whose representative this person is.
    representatives: tuple[TieLine, ...]
    children: tuple[TieLine, ...]
    limits: tuple[LimitLine, ...]

    @property
    def name(self) -> str:
        return full_name(self.surname, self.given_name, self.patronymic)

    @property
    def school_ids(self) -> frozenset[int]:
        """The schools whose office keeps this person: where they have or had a role, where they
        are or were last a pupil, and those of their children."""
        found = {role.school_id for role in self.roles if role.school_id is not None}
        found.update(enrolment.school_id for enrolment in self.enrolments[:1])
        found.update(tie.school_id for tie in self.children if tie.school_id is not None)
        return frozenset(found)

    @property
    def comes_to(self) -> int | None:
        """The school that is to take the pupil, whose transfer nobody accepted yet."""
        return self.enrolments[0].moves_to_id if self.enrolments else None


PERSON = """
SELECT p.municipality_id, p.surname, p.given_name, p.patronymic, p.birth_on,
       COALESCE(a.login, '')
FROM person p LEFT JOIN account a ON a.person_id = p.id WHERE p.id = ?
"""
_ROLE = """
SELECT r.id, r.person_id, r.kind, r.school_id, COALESCE(s.name, ''), c.grade, c.letter,
       r.from_on, r.until_on, r.ended_at, r.end_reason, COALESCE(s.time_zone, 'UTC')
FROM role r LEFT JOIN school s ON s.id = r.school_id
LEFT JOIN school_class c ON c.id = r.school_class_id
"""
ENROLMENTS = """
SELECT e.id, e.school_id, s.name, c.grade, c.letter, e.from_on, e.until_on, e.ending, e.reason,
       e.moves_to_id, COALESCE(t.name, '')
FROM enrolment e JOIN school s ON s.id = e.school_id
JOIN school_class c ON c.id = e.school_class_id
LEFT JOIN school t ON t.id = e.moves_to_id
WHERE e.pupil_id = ? ORDER BY e.from_on DESC, e.id DESC
"""
_TIE = """
SELECT g.id, g.pupil_id, g.guardian_id, p.surname, p.given_name, p.patronymic, g.kind, g.basis,
       g.from_on, g.until_on, g.ended_at, g.end_reason, g.adult_choice,
       (SELECT e.school_id FROM enrolment e WHERE e.pupil_id = g.pupil_id
        ORDER BY e.from_on DESC, e.id DESC LIMIT 1)
FROM guardianship g JOIN person p ON p.id = {other}
"""
_LIMIT = """
SELECT n.id, n.pupil_id, n.person_id, p.surname, p.given_name, p.patronymic, n.area, n.ground,
       n.basis, n.from_on, n.until_on, n.ended_at, n.end_reason,
       (SELECT e.school_id FROM enrolment e WHERE e.pupil_id = n.pupil_id
        ORDER BY e.from_on DESC, e.id DESC LIMIT 1)
FROM diary_limit n JOIN person p ON p.id = n.person_id
"""


def find_person(person_id: int) -> PersonCard | None:
    """Everything the office keeps of a person, or None."""
    rows = fetch_all(PERSON, (person_id,))
    if not rows:
        return None
    municipality_id, surname, given_name, patronymic, birth_on, login = rows[0]
    own = (person_id,)
    by_pupil = _TIE.format(other="g.guardian_id") + "WHERE g.pupil_id = ? ORDER BY g.from_on, g.id"
    by_guardian = (
        _TIE.format(other="g.pupil_id") + "WHERE g.guardian_id = ? ORDER BY g.from_on, g.id"
    )
    limits = _LIMIT + "WHERE n.pupil_id = ? ORDER BY n.id DESC"
    return PersonCard(
        person_id,
        municipality_id,
        surname,
        given_name,
        patronymic,
        as_date(birth_on),
        login,
        tuple(
            map(_role, fetch_all(f"{_ROLE} WHERE r.person_id = ? ORDER BY r.from_on, r.id", own))
        ),
        tuple(map(_enrolment, fetch_all(ENROLMENTS, own))),
        tuple(map(_tie, fetch_all(by_pupil, own))),
        tuple(map(_tie, fetch_all(by_guardian, own))),
        tuple(map(_limit, fetch_all(limits, own))),
    )


def find_role(role_id: int) -> RoleLine | None:
    """A role, or None."""
    rows = fetch_all(f"{_ROLE} WHERE r.id = ?", (role_id,))
    return _role(rows[0]) if rows else None


def find_guardianship(guardianship_id: int) -> TieLine | None:
    """A representative of a pupil, named, or None."""
    rows = fetch_all(_TIE.format(other="g.guardian_id") + "WHERE g.id = ?", (guardianship_id,))
    return _tie(rows[0]) if rows else None


def find_limit(limit_id: int) -> LimitLine | None:
    """A limit of somebody, named, or None."""
    rows = fetch_all(_LIMIT + "WHERE n.id = ?", (limit_id,))
    return _limit(rows[0]) if rows else None


def _role(row: tuple[Any, ...]) -> RoleLine:
    ended_at = None if row[9] is None else local(from_milliseconds(row[9]), row[11])
    name = f"{row[5]}{row[6]}" if row[5] else ""
    values = [*row[:5], name, as_date(row[7]), as_date(row[8]), ended_at, row[10]]
    return RoleLine(*values)


def _enrolment(row: tuple[Any, ...]) -> EnrolmentLine:
    values = [*row[:3], f"{row[3]}{row[4]}", as_date(row[5]), as_date(row[6]), *row[7:]]
    return EnrolmentLine(*values)


def _tie(row: tuple[Any, ...]) -> TieLine:
    days = as_date(row[8]), as_date(row[9])
    values = [*row[:3], full_name(*row[3:6]), *row[6:8], *days, row[10] is not None, *row[11:]]
    return TieLine(*values)


def _limit(row: tuple[Any, ...]) -> LimitLine:
    days = as_date(row[9]), as_date(row[10])
    values = [*row[:3], full_name(*row[3:6]), *row[6:9], *days, row[11] is not None, *row[12:]]
    return LimitLine(*values)


@dataclass(frozen=True, slots=True)
class PersonLine:
    person_id: int
    name: str
    #: «учитель, классный руководитель 7А», «7А», «мать: Королёв Фёдор».
    what: str


STAFF = """
SELECT p.id, p.surname, p.given_name, p.patronymic, r.kind, c.grade, c.letter, r.from_on,
       r.until_on, r.ended_at
FROM role r JOIN person p ON p.id = r.person_id
LEFT JOIN school_class c ON c.id = r.school_class_id
WHERE r.school_id = ? ORDER BY p.surname, p.given_name, p.id, r.id
"""


def list_staff(school_id: int, words: dict[str, str], today: date) -> tuple[PersonLine, ...]:
    """Everybody who has or had a role in a school, in order of name. `words` names the kinds."""
    names: dict[int, str] = {}
    held: dict[int, list[str]] = {}
    for row in fetch_all(STAFF, (school_id,)):
        names[row[0]] = full_name(*row[1:4])
        until_on = as_date(row[8])
        what = words[row[4]] + (f" {row[5]}{row[6]}" if row[5] else "")
        if row[9] is not None or (until_on is not None and until_on < today):
            what += f" (до {until_on:%d.%m.%Y})"
        elif as_date(row[7]) > today:
            what += f" (с {as_date(row[7]):%d.%m.%Y})"
        held.setdefault(row[0], []).append(what)
    return tuple(
        PersonLine(person_id, name, ", ".join(held[person_id])) for person_id, name in names.items()
    )


PUPILS = """
SELECT p.id, p.surname, p.given_name, p.patronymic, c.grade, c.letter, e.until_on
FROM enrolment e JOIN person p ON p.id = e.pupil_id
JOIN school_class c ON c.id = e.school_class_id
WHERE e.school_id = ? AND e.id = (SELECT l.id FROM enrolment l WHERE l.pupil_id = e.pupil_id
                                  ORDER BY l.from_on DESC, l.id DESC LIMIT 1)
"""
GUARDIANS = """
SELECT p.id, p.surname, p.given_name, p.patronymic, c.surname, c.given_name
FROM guardianship g JOIN person p ON p.id = g.guardian_id JOIN person c ON c.id = g.pupil_id
WHERE EXISTS (SELECT 1 FROM enrolment e WHERE e.pupil_id = g.pupil_id AND e.school_id = ?)
"""
MOST_FOUND = 50


def search_people(school_ids: Collection[int], text: str) -> tuple[PersonLine, ...]:
    """Pupils and representatives of schools whose surname begins with a text, in order of name;
    at most MOST_FOUND. Letters «е» and «ё», small and capital, are alike."""
    wanted = _plain(text)
    found: dict[int, PersonLine] = {}
    for school_id in sorted(school_ids):
        for row in fetch_all(PUPILS, (school_id,)):
            if _plain(row[1]).startswith(wanted):
                left = f", выбыл(а) {as_date(row[6]):%d.%m.%Y}" if row[6] else ""
                found[row[0]] = PersonLine(row[0], full_name(*row[1:4]), f"{row[4]}{row[5]}{left}")
        for row in fetch_all(GUARDIANS, (school_id,)):
            if _plain(row[1]).startswith(wanted) and row[0] not in found:
                found[row[0]] = PersonLine(
                    row[0], full_name(*row[1:4]), f"представитель: {row[4]} {row[5]}"
                )
    ordered = sorted(found.values(), key=lambda line: _plain(line.name))
    return tuple(ordered[:MOST_FOUND])


def _plain(text: str) -> str:
    return alphabetical(text.strip())


@dataclass(frozen=True, slots=True)
class Arrival:
    """A pupil who is to come from another school of the municipality."""

    pupil_id: int
    name: str
    school: str
    class_name: str
    last_day: date


ARRIVALS = """
SELECT p.id, p.surname, p.given_name, p.patronymic, s.name, c.grade, c.letter, e.until_on
FROM enrolment e JOIN person p ON p.id = e.pupil_id JOIN school s ON s.id = e.school_id
JOIN school_class c ON c.id = e.school_class_id
WHERE e.moves_to_id = ? AND e.id = (SELECT l.id FROM enrolment l WHERE l.pupil_id = e.pupil_id
                                    ORDER BY l.from_on DESC, l.id DESC LIMIT 1)
ORDER BY e.until_on, p.surname, p.given_name
"""


def list_arrivals(school_ids: Collection[int]) -> tuple[Arrival, ...]:
    """The pupils whom other schools let go to these, and who are not enrolled here yet."""
    return tuple(
        Arrival(row[0], full_name(*row[1:4]), row[4], f"{row[5]}{row[6]}", as_date(row[7]))
        for school_id in sorted(school_ids)
        for row in fetch_all(ARRIVALS, (school_id,))
    )


@dataclass(frozen=True, slots=True)
class Leaver:
    enrolment_id: int
    pupil_id: int
    name: str


LEAVERS = """
SELECT e.id, p.id, p.surname, p.given_name, p.patronymic
FROM enrolment e JOIN person p ON p.id = e.pupil_id
WHERE e.school_class_id = ? AND (e.until_on IS NULL OR e.until_on >= ?)
"""


def list_leavers(class_id: int, today: date) -> tuple[Leaver, ...]:
    """The pupils of a class whose enrolment has not ended, in order of name."""
    rows = fetch_all(LEAVERS, (class_id, today))
    return tuple(
        sorted(
            (Leaver(row[0], row[1], full_name(*row[2:5])) for row in rows),
            key=lambda leaver: _plain(leaver.name),
        )
    )
