"""Who has access, who waits for a code and why, where the slips are (A5–A9, D5)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from school import clock
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.lessons import full_name
from school.queries.schools import ClassHead
from school.rules.access import holds
from school.rules.invitations import (
    GUARDIAN,
    OWED,
    PASSWORD,
    PUPIL,
    REGISTRATION,
    Step,
    last_step,
    state_of,
)
from school.rules.names import alphabetical


@dataclass(frozen=True, slots=True)
class CodeLine:
    """How somebody stands with access."""

    person_id: int
    name: str
    #: Of rules/invitations.py: GUARDIAN or PUPIL.
    kind: str
    #: Of a representative: a key of wording.GUARDIAN_KINDS.
    relation: str
    pupil_id: int
    pupil: str
    #: Of rules/invitations.py, STATES.
    state: str
    #: When that state came, where something tells it.
    at: datetime | None = None
    #: Of the code that is out.
    invitation_id: int = 0
    ends_at: datetime | None = None
    #: The hand-over that would be taken back.
    hand_over_id: int = 0
    #: Of another child of theirs: its class teacher hands it over, and takes that back.
    is_of_another: bool = False
    #: A code for a new password that is out, and its hand-over.
    password_code_id: int = 0
    password_code_ends_at: datetime | None = None
    #: Does something for a school: their password is renewed by the office, on their own page.
    has_duty: bool = False
    #: Reads a child's diary in another school too: no class teacher renews their password.
    is_elsewhere: bool = False


GUARDIANS = """
SELECT p.id, p.surname, p.given_name, p.patronymic, g.kind, g.pupil_id, g.from_on, g.until_on,
       g.ended_at
FROM guardianship g JOIN person p ON p.id = g.guardian_id WHERE g.pupil_id IN ({places})
ORDER BY g.from_on, g.id
"""
ACCOUNTS = """
SELECT person_id, must_change_password, created_at FROM account
WHERE person_id IN ({places}) AND disabled_at IS NULL
"""
#: The sheet of consent was given, the administrator accepted it, and nobody withdrew it (A2).
CONSENTS = """
SELECT whose, subject_id, signer_id, pupil_id FROM consent
WHERE pupil_id IN ({places}) AND purpose = 'ediary' AND decision = 'given'
  AND accepted_at IS NOT NULL AND withdrawn_at IS NULL
"""
CODES = """
SELECT id, person_id, purpose, made_at, ends_at, pupil_id FROM invitation
WHERE person_id IN ({places}) AND way = 'slip' AND used_at IS NULL AND replaced_at IS NULL
ORDER BY id
"""
STEPS = """
SELECT invitation_id, id, step, undoes_id, at FROM hand_over WHERE invitation_id IN ({places})
ORDER BY id
"""
DUTIES = """
SELECT person_id FROM role WHERE person_id IN ({places}) AND ended_at IS NULL
  AND (until_on IS NULL OR until_on >= ?)
"""

#: Asked child by child: joined, SQLite takes every enrolment of the municipality and tries each
#: of the guardians on it.
ELSEWHERE = """
SELECT g.guardian_id FROM guardianship g
WHERE g.guardian_id IN ({places}) AND (g.until_on IS NULL OR g.until_on >= ?)
  AND EXISTS (
    SELECT 1 FROM enrolment e WHERE e.pupil_id = g.pupil_id
      AND (e.until_on IS NULL OR e.until_on >= ?) AND e.school_id <> ?)
"""


def _fetch_in(sql: str, ids: Iterable[int], *more: Any) -> list[tuple[Any, ...]]:
    values = sorted(set(ids))
    if not values:
        return []
    return fetch_all(sql.format(places=", ".join("?" * len(values))), (*values, *more))


def list_steps(invitation_id: int) -> tuple[Step, ...]:
    """The hand-overs of a code, oldest first."""
    return tuple(
        Step(step_id, step, undoes_id, from_milliseconds(at))
        for _, step_id, step, undoes_id, at in _fetch_in(STEPS, [invitation_id])
    )


@dataclass(frozen=True, slots=True)
class _Code:
    invitation_id: int
    made_at: datetime
    ends_at: datetime
    steps: tuple[Step, ...]
    pupil_id: int | None


def _codes(person_ids: Collection[int]) -> dict[tuple[int, str], _Code]:
    """The newest code that is out, of each person and purpose."""
    rows = _fetch_in(CODES, person_ids)
    steps: dict[int, list[Step]] = defaultdict(list)
    for invitation_id, step_id, step, undoes_id, at in _fetch_in(STEPS, (r[0] for r in rows)):
        steps[invitation_id].append(Step(step_id, step, undoes_id, from_milliseconds(at)))
    return {
        (person_id, purpose): _Code(
            code_id,
            from_milliseconds(made_at),
            from_milliseconds(ends_at),
            tuple(steps[code_id]),
            pupil_id,
        )
        for code_id, person_id, purpose, made_at, ends_at, pupil_id in rows
    }


def list_consented(pupil_ids: Collection[int]) -> frozenset[tuple[int, int]]:
    """(person, pupil) for whom consent opens the diary: a representative who gave it for their
    own data, a pupil for whose data the family gave it (A2; A9 asks for no further one)."""
    found = set()
    for whose, subject_id, signer_id, pupil_id in _fetch_in(CONSENTS, pupil_ids):
        if whose == PUPIL:
            found.add((pupil_id, pupil_id))
        else:
            found.add((subject_id or signer_id, pupil_id))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Someone:
    person_id: int
    name: str
    kind: str
    relation: str
    pupil_id: int
    pupil: str


def list_class_codes(
    head: ClassHead, pupils: Iterable[tuple[int, str]], now: datetime
) -> tuple[CodeLine, ...]:
    """How each of `pupils` (id and name, in order) of a class and their representatives stand:
    the pupil first, then the representatives. Six statements."""
    day = clock.local(now, head.time_zone).date()
    return _list_codes(list(pupils), head.school_id, day, now)


def _list_codes(
    listed: list[tuple[int, str]], school_id: int, day: date, now: datetime
) -> tuple[CodeLine, ...]:
    by_pupil: dict[int, list[_Someone]] = defaultdict(list)
    names = dict(listed)
    for row in _fetch_in(GUARDIANS, names):
        ended = row[8] is not None and row[8] <= to_milliseconds(now)
        if not ended and holds(as_date(row[6]), as_date(row[7]), day):
            name = full_name(*row[1:4])
            by_pupil[row[5]].append(_Someone(row[0], name, GUARDIAN, row[4], row[5], names[row[5]]))
    people = [
        someone
        for pupil_id, name in listed
        for someone in (_Someone(pupil_id, name, PUPIL, "", pupil_id, name), *by_pupil[pupil_id])
    ]
    return _lines(people, school_id, day, now)


def _lines(
    people: list[_Someone], school_id: int, day: date, now: datetime
) -> tuple[CodeLine, ...]:
    ids = {someone.person_id for someone in people}
    accounts = {row[0]: row for row in _fetch_in(ACCOUNTS, ids)}
    consented = list_consented({someone.pupil_id for someone in people})
    codes = _codes(ids)
    busy = {row[0] for row in _fetch_in(DUTIES, ids, day)}
    elsewhere = {row[0] for row in _fetch_in(ELSEWHERE, ids, day, day, school_id)}
    found = []
    for one in people:
        account = accounts.get(one.person_id)
        code = codes.get((one.person_id, REGISTRATION))
        renewal = codes.get((one.person_id, PASSWORD))
        state = state_of(
            has_account=account is not None,
            must_change=account is not None and bool(account[1]),
            may_be_invited=(one.person_id, one.pupil_id) in consented,
            ends_at=code.ends_at if code else None,
            steps=code.steps if code else (),
            now=now,
        )
        line = CodeLine(
            one.person_id, one.name, one.kind, one.relation, one.pupil_id, one.pupil, state,
            at=from_milliseconds(account[2]) if account else None,
            has_duty=one.person_id in busy, is_elsewhere=one.person_id in elsewhere,
        )  # fmt: skip
        if account is None and code is not None and state != OWED:
            last = last_step(code.steps)
            line = replace(
                line,
                at=last.at if last else code.made_at,
                invitation_id=code.invitation_id,
                ends_at=code.ends_at,
                hand_over_id=last.step_id if last else 0,
                is_of_another=code.pupil_id not in (None, one.pupil_id),
            )
        if account is not None and renewal is not None and renewal.ends_at > now:
            last = last_step(renewal.steps)
            line = replace(
                line,
                password_code_id=renewal.invitation_id,
                password_code_ends_at=renewal.ends_at,
                hand_over_id=last.step_id if last else 0,
                is_of_another=renewal.pupil_id not in (None, one.pupil_id),
            )
        found.append(line)
    return tuple(found)


def may_be_invited(person_id: int, pupil_id: int, now: datetime, day: date) -> bool:
    """Whether a person may get access to a pupil's diary: consent holds, the pupil is enrolled,
    and a representative's authority holds today."""
    if (person_id, pupil_id) not in list_consented([pupil_id]):
        return False
    if not fetch_all(
        "SELECT 1 FROM enrolment WHERE pupil_id = ? AND (until_on IS NULL OR until_on >= ?)",
        (pupil_id, day),
    ):
        return False
    if person_id == pupil_id:
        return True
    sql = """
    SELECT 1 FROM guardianship WHERE pupil_id = ? AND guardian_id = ? AND from_on <= ?
      AND (until_on IS NULL OR until_on >= ?) AND (ended_at IS NULL OR ended_at > ?)
    """
    return bool(fetch_all(sql, (pupil_id, person_id, day, day, to_milliseconds(now))))


# Codes as their pages name them


@dataclass(frozen=True, slots=True)
class InvitationHead:
    """A code as its pages name it."""

    invitation_id: int
    school_id: int
    school: str
    time_zone: str
    person_id: int
    surname: str
    given_name: str
    patronymic: str
    kind: str
    purpose: str
    way: str
    pupil_id: int | None
    #: «Королёв Фёдор».
    pupil: str
    #: «7А» of that pupil today or last, and its id.
    class_name: str
    class_id: int | None
    ends_at: datetime
    is_open: bool
    #: Of the person, where there is one; else empty.
    login: str

    @property
    def name(self) -> str:
        return full_name(self.surname, self.given_name, self.patronymic)


HEAD = """
SELECT i.id, i.school_id, s.name, s.time_zone, i.person_id, p.surname, p.given_name, p.patronymic,
       i.kind, i.purpose, i.way, i.pupil_id, c.surname, c.given_name,
       k.grade, k.letter, k.id, i.ends_at,
       i.used_at IS NULL AND i.replaced_at IS NULL AND i.ends_at > ?,
       COALESCE(a.login, '')
FROM invitation i JOIN school s ON s.id = i.school_id JOIN person p ON p.id = i.person_id
LEFT JOIN person c ON c.id = i.pupil_id
LEFT JOIN account a ON a.person_id = i.person_id AND a.disabled_at IS NULL
LEFT JOIN school_class k ON k.id = (
  SELECT e.school_class_id FROM enrolment e WHERE e.pupil_id = i.pupil_id
  ORDER BY e.from_on DESC, e.id DESC LIMIT 1)
WHERE i.id = ?
"""


def find_invitation(invitation_id: int, now: datetime) -> InvitationHead | None:
    """A code, or None."""
    rows = fetch_all(HEAD, (to_milliseconds(now), invitation_id))
    if not rows:
        return None
    row = rows[0]
    values = (
        *row[:12],
        " ".join(filter(None, (row[12], row[13]))),
        f"{row[14] or ''}{row[15] or ''}",
        row[16],
        from_milliseconds(row[17]),
        bool(row[18]),
        row[19],
    )
    return InvitationHead(*values)


# The register of hand-overs (D5)


@dataclass(frozen=True, slots=True)
class HandOverLine:
    hand_over_id: int
    #: Local to the school.
    at: datetime
    step: str
    giver: str
    taker: str
    in_person: bool
    why: str
    #: Taken back by a later row.
    is_undone: bool
    #: Whose code, as what, and of which class.
    name: str
    kind: str
    pupil: str
    class_name: str
    purpose: str


REGISTER = """
SELECT h.id, h.at, h.step, g.surname, g.given_name, g.patronymic,
       t.surname, t.given_name, t.patronymic, h.in_person, h.why,
       EXISTS (SELECT 1 FROM hand_over u
               WHERE u.invitation_id = h.invitation_id AND u.undoes_id = h.id),
       p.surname, p.given_name, p.patronymic, i.kind, c.surname, c.given_name, k.grade, k.letter,
       i.purpose
FROM hand_over h
JOIN invitation i ON i.id = h.invitation_id
JOIN person g ON g.id = h.giver_id JOIN person t ON t.id = h.taker_id
JOIN person p ON p.id = i.person_id
LEFT JOIN person c ON c.id = i.pupil_id
LEFT JOIN school_class k ON k.id = (
  SELECT e.school_class_id FROM enrolment e WHERE e.pupil_id = i.pupil_id AND e.school_id = ?
  ORDER BY e.from_on DESC, e.id DESC LIMIT 1)
WHERE h.school_id = ? AND h.at >= ? AND h.at < ? ORDER BY h.id
"""


def list_hand_overs(
    school_id: int, time_zone: str, from_on: date, until_on: date
) -> tuple[HandOverLine, ...]:
    """The hand-overs of a school from a day to a day, both inclusive, oldest first."""
    begin = clock.moment_of(from_on, "00:00", time_zone)
    end = clock.moment_of(date.fromordinal(until_on.toordinal() + 1), "00:00", time_zone)
    values = (school_id, school_id, to_milliseconds(begin), to_milliseconds(end))
    return tuple(
        HandOverLine(
            row[0],
            clock.local(from_milliseconds(row[1]), time_zone),
            row[2],
            full_name(*row[3:6]),
            full_name(*row[6:9]),
            bool(row[9]),
            row[10],
            bool(row[11]),
            full_name(*row[12:15]),
            row[15],
            " ".join(filter(None, row[16:18])),
            f"{row[18] or ''}{row[19] or ''}",
            row[20],
        )
        for row in fetch_all(REGISTER, values)
    )


@dataclass(frozen=True, slots=True)
class SlipFor:
    """For whom a slip is."""

    invitation_id: int
    name: str
    kind: str
    purpose: str
    pupil: str
    class_name: str
    class_id: int
    #: Order of the class.
    grade: int
    ends_at: datetime


SLIPS = """
SELECT i.id, p.surname, p.given_name, p.patronymic, i.kind, i.purpose, c.surname, c.given_name,
       k.grade, k.letter, k.id, i.code_hash, i.ends_at
FROM invitation i JOIN person p ON p.id = i.person_id
LEFT JOIN person c ON c.id = i.pupil_id
LEFT JOIN school_class k ON k.id = (
  SELECT e.school_class_id FROM enrolment e
  WHERE e.pupil_id = i.pupil_id AND e.school_id = i.school_id
  ORDER BY e.from_on DESC, e.id DESC LIMIT 1)
WHERE i.id IN ({places}) AND i.school_id = ? AND i.used_at IS NULL AND i.replaced_at IS NULL
"""


def has_codes_of(request: str) -> bool:
    """Whether a form with this token made codes."""
    return bool(fetch_all("SELECT 1 FROM invitation WHERE request_id = ? LIMIT 1", (request,)))


def list_slips(invitation_ids: Iterable[int], school_id: int) -> dict[int, tuple[SlipFor, str]]:
    """Codes of a school that are out, by id: for whom, and the code's hash."""
    return {
        row[0]: (
            SlipFor(
                row[0],
                full_name(*row[1:4]),
                row[4],
                row[5],
                " ".join(filter(None, row[6:8])),
                f"{row[8] or ''}{row[9] or ''}",
                row[10] or 0,
                row[8] or 0,
                from_milliseconds(row[12]),
            ),
            row[11],
        )
        for row in _fetch_in(SLIPS, invitation_ids, school_id)
    }


CLASS_TEACHERS = """
SELECT r.school_class_id, p.id, p.surname, p.given_name, p.patronymic
FROM role r JOIN person p ON p.id = r.person_id
WHERE r.school_id = ? AND r.kind = 'class_teacher' AND r.from_on <= ?
  AND (r.until_on IS NULL OR r.until_on >= ?) AND r.ended_at IS NULL ORDER BY r.from_on, r.id
"""


def list_class_teachers(school_id: int, day: date) -> dict[int, tuple[int, str]]:
    """Class id → its class teacher of a day: person id and name."""
    rows = fetch_all(CLASS_TEACHERS, (school_id, day, day))
    return {row[0]: (row[1], full_name(*row[2:5])) for row in rows}


ENROLLED = """
SELECT e.school_class_id, p.id, p.surname, p.given_name, p.patronymic
FROM enrolment e JOIN person p ON p.id = e.pupil_id
WHERE e.school_id = ? AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
"""


def list_school_codes(
    school_id: int, time_zone: str, now: datetime
) -> dict[int, tuple[CodeLine, ...]]:
    """Class id → how its pupils and their representatives stand; a whole school in as many
    statements as a class."""
    day = clock.local(now, time_zone).date()
    pupils = [
        (row[0], row[1], full_name(*row[2:5])) for row in fetch_all(ENROLLED, (school_id, day, day))
    ]
    pupils.sort(key=lambda pupil: alphabetical(pupil[2]))
    class_of = {pupil_id: class_id for class_id, pupil_id, _ in pupils}
    lines = _list_codes([(row[1], row[2]) for row in pupils], school_id, day, now)
    found: dict[int, list[CodeLine]] = defaultdict(list)
    for line in lines:
        found[class_of[line.pupil_id]].append(line)
    return {class_id: tuple(of_class) for class_id, of_class in found.items()}


@dataclass(frozen=True, slots=True)
class HandOverHead:
    """A hand-over that somebody wants to take back."""

    hand_over_id: int
    invitation_id: int
    at: datetime
    step: str
    taker: str


def find_hand_over(hand_over_id: int) -> HandOverHead | None:
    """A hand-over, or None."""
    sql = """
    SELECT h.id, h.invitation_id, h.at, h.step, p.surname, p.given_name, p.patronymic
    FROM hand_over h JOIN person p ON p.id = h.taker_id WHERE h.id = ?
    """
    rows = fetch_all(sql, (hand_over_id,))
    if not rows:
        return None
    row = rows[0]
    return HandOverHead(row[0], row[1], from_milliseconds(row[2]), row[3], full_name(*row[4:7]))
