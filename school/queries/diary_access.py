"""Who may read a pupil's diary, and why somebody may not any more (A10, A11, H10)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school import clock, wording
from school.database import as_date, fetch_all
from school.models.fields import to_milliseconds
from school.queries.lessons import full_name
from school.queries.ties import get_ties
from school.rules.access import ALLOWED, EVERYTHING, holds, is_adult


@dataclass(frozen=True, slots=True)
class ClosedDiary:
    """A diary that a person could read, or that a child of theirs has, and may not now."""

    pupil_id: int
    guardianship_id: int | None
    given_name: str
    #: «Открыт до 31 мая 2026 года: выпуск.»
    why: str
    #: The pupil is of age and can be asked.
    may_ask: bool


_LAST = """
(SELECT e.until_on FROM enrolment e WHERE e.pupil_id = p.id ORDER BY e.from_on DESC, e.id DESC
 LIMIT 1),
(SELECT e.ending FROM enrolment e WHERE e.pupil_id = p.id ORDER BY e.from_on DESC, e.id DESC
 LIMIT 1),
(SELECT e.reason FROM enrolment e WHERE e.pupil_id = p.id ORDER BY e.from_on DESC, e.id DESC
 LIMIT 1),
(SELECT s.time_zone FROM enrolment e JOIN school s ON s.id = e.school_id
 WHERE e.pupil_id = p.id ORDER BY e.from_on DESC, e.id DESC LIMIT 1)
"""

CLOSED = f"""
SELECT g.id, p.id, p.given_name, p.birth_on, g.adult_choice, g.from_on, g.until_on, g.ended_at,
       g.end_reason, {_LAST}
FROM guardianship g JOIN person p ON p.id = g.pupil_id
WHERE g.guardian_id = ?
UNION ALL
SELECT NULL, p.id, p.given_name, p.birth_on, '', NULL, NULL, NULL, '', {_LAST}
FROM person p
WHERE p.id = ? AND EXISTS (SELECT 1 FROM enrolment e WHERE e.pupil_id = p.id)
"""


def list_closed_diaries(person_id: int, now: datetime) -> tuple[ClosedDiary, ...]:
    """The diaries that are shut to a person at a moment (UTC), with the reason; those that they
    may read are not among them."""
    ties = get_ties(person_id, now)
    found = {}
    for row in fetch_all(CLOSED, (person_id, person_id)):
        guardianship_id, pupil_id, given_name, birth_on, choice, from_on = row[:6]
        if ties.child(pupil_id) is not None:
            continue
        today = clock.local(now, row[12] or "UTC").date()
        # A tie that is still to begin is no end.
        if from_on is not None and as_date(from_on) > today:
            continue
        why = _why(row, today, now, pupil_id in ties.barred)
        ended = _has_ended(row, today, now)
        may_ask = (
            guardianship_id is not None
            and not ended
            and pupil_id not in ties.barred
            and is_adult(as_date(birth_on), today)
            and choice not in ("asked", ALLOWED)
            and _is_enrolled(row, today)
        )
        found[pupil_id] = ClosedDiary(pupil_id, guardianship_id, given_name, why, may_ask)
    return tuple(sorted(found.values(), key=lambda closed: (closed.given_name, closed.pupil_id)))


def _has_ended(row: tuple[Any, ...], today: date, now: datetime) -> bool:
    until_on, ended_at = as_date(row[6]), row[7]
    return (ended_at is not None and ended_at <= to_milliseconds(now)) or (
        until_on is not None and until_on < today
    )


def _is_enrolled(row: tuple[Any, ...], today: date) -> bool:
    last_on = as_date(row[9])
    return last_on is None or last_on >= today


def _why(row: tuple[Any, ...], today: date, now: datetime, is_barred: bool) -> str:
    birth_on, choice, end_reason = as_date(row[3]), row[4], row[8]
    if _has_ended(row, today, now):
        return f"Представительство прекращено: {end_reason or 'срок закончился'}."
    if is_barred:
        return "Доступ закрыт. На каком основании, скажет администратор школы."
    if not _is_enrolled(row, today):
        reason = ": ".join(filter(None, (wording.ENDINGS.get(row[10], ""), row[11])))
        until = wording.full_day(as_date(row[9]))
        return f"Открыт был до {until}{f'. Причина: {reason}' if reason else ''}."
    if is_adult(birth_on, today):
        return {
            "asked": "С 18 лет решает сам обучающийся. Вы попросили, ответа ещё нет.",
            "refused": "С 18 лет решает сам обучающийся. На вашу просьбу он ответил отказом.",
            "withdrawn": "С 18 лет решает сам обучающийся. Доступ он закрыл.",
        }.get(choice, "С 18 лет кто видит дневник, решает сам обучающийся.")
    return "Доступ закрыт. Почему, скажет администратор школы."


@dataclass(frozen=True, slots=True)
class AdultChoice:
    """A representative of before, and what the pupil, of age by now, says to them."""

    guardianship_id: int
    name: str
    kind: str
    #: A key of wording.ADULT_CHOICES.
    choice: str


CHOICES = """
SELECT g.id, p.surname, p.given_name, p.patronymic, g.kind, g.adult_choice, g.from_on, g.until_on,
       g.ended_at
FROM guardianship g JOIN person p ON p.id = g.guardian_id
WHERE g.pupil_id = ? ORDER BY g.id
"""


def list_adult_choices(pupil_id: int, today: date, now: datetime) -> tuple[AdultChoice, ...]:
    """The representatives whom a pupil of age may let read the diary."""
    return tuple(
        AdultChoice(row[0], full_name(*row[1:4]), row[4], row[5])
        for row in fetch_all(CHOICES, (pupil_id,))
        if holds(as_date(row[6]), as_date(row[7]), today)
        and not (row[8] is not None and row[8] <= to_milliseconds(now))
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may read a pupil's diary now: themselves or as a representative."""

    person_id: int
    pupil_id: int
    is_self: bool
    #: AREAS (rules/access.py) that must not be told to them, by letter or on paper either.
    hidden: tuple[str, ...]


def list_readers(pupil_ids: Iterable[int], now: datetime) -> tuple[Reader, ...]:
    """The pupil and the representatives to whom each diary is open at a moment (UTC): whoever
    sends or prints anything about a child asks here to whom, and what to leave out."""
    found = []
    for pupil_id in sorted(set(pupil_ids)):
        people = fetch_all(
            "SELECT DISTINCT guardian_id FROM guardianship WHERE pupil_id = ?", (pupil_id,)
        )
        for person_id in sorted({pupil_id, *(row[0] for row in people)}):
            child = get_ties(person_id, now).child(pupil_id)
            if child is not None and EVERYTHING not in child.hidden:
                found.append(Reader(person_id, pupil_id, child.is_self, child.hidden))
    return tuple(found)
