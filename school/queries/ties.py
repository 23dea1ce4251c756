"""Who is signed in, and what ties them to schools and children."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from school import clock
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.rules.access import ALLOWED, EVERYTHING, TERMINATION, Child, Duty, Ties, holds, is_adult


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a session that has not ended."""

    person_id: int
    surname: str
    given_name: str
    patronymic: str
    login: str
    must_change_password: bool
    is_demo: bool
    is_own_device: bool
    seen_at: datetime
    #: The look that was chosen for the account, as school/rules/looks.py writes it.
    look: str
    #: When the person was last here before this visit, where that is known.
    visited_before_at: datetime | None
    #: When the password was last given in this session.
    confirmed_at: datetime
    ties: Ties


def hash_token(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


# A person has few ties, so dates are compared here, each in its school's own time zone. The
# children come first: their columns say to PostgreSQL what the others' NULLs are.
# The last day at any school is NULL while an enrolment is open.
_PUPIL = """
p.birth_on, p.surname, p.given_name,
(SELECT s.time_zone FROM enrolment e JOIN school s ON s.id = e.school_id
 WHERE e.pupil_id = p.id ORDER BY e.from_on DESC, e.id DESC LIMIT 1),
(SELECT CASE WHEN COUNT(*) = COUNT(e.until_on) THEN MAX(e.until_on) END
 FROM enrolment e WHERE e.pupil_id = p.id),
n.area, n.from_on, n.until_on, n.ground
"""
_LIMITS = (
    "LEFT JOIN diary_limit n"
    " ON n.person_id = me.person_id AND n.pupil_id = p.id AND n.ended_at IS NULL"
)
# Every line ends with what is known of `me`. CROSS JOIN: SQLite begins with that one row. What is
# asked of the pupil's own line is asked of `me`, else it reads all persons into a filter before.
_TIES = f"""
SELECT 'child', g.adult_choice, p.municipality_id, p.id, CAST(NULL AS INTEGER),
       g.from_on, g.until_on, g.ended_at,
       {_PUPIL}, me.*
FROM me CROSS JOIN guardianship g JOIN person p ON p.id = g.pupil_id {_LIMITS}
WHERE g.guardian_id = me.person_id
UNION ALL
SELECT 'self', '', p.municipality_id, p.id, CAST(NULL AS INTEGER), NULL, NULL, NULL,
       {_PUPIL}, me.*
FROM me CROSS JOIN person p {_LIMITS}
WHERE p.id = me.person_id
  AND EXISTS (SELECT 1 FROM enrolment e WHERE e.pupil_id = me.person_id)
UNION ALL
SELECT 'duty', r.kind, r.municipality_id, r.school_id, r.school_class_id,
       r.from_on, r.until_on, r.ended_at, NULL, '', '',
       COALESCE(s.time_zone, (SELECT z.time_zone FROM school z
                              WHERE z.municipality_id = r.municipality_id ORDER BY z.id LIMIT 1)),
       NULL, NULL, NULL, NULL, NULL, me.*
FROM me CROSS JOIN role r LEFT JOIN school s ON s.id = r.school_id
WHERE r.person_id = me.person_id
"""
_TIES_WIDTH = 17
TIES = f"WITH me(person_id) AS (SELECT CAST(? AS INTEGER)) {_TIES}"

# Nearly every page asks for both, so they are one statement. The last line is for a person whom
# nothing ties.
_SESSION = f"""
WITH me AS MATERIALIZED (
  SELECT p.id AS person_id, p.surname, p.given_name, p.patronymic, a.login,
         a.must_change_password, a.is_demo, s.is_own_device, s.seen_at, COALESCE(l.look, ''),
         s.visited_before_at, COALESCE(s.confirmed_at, s.created_at),
         EXISTS (SELECT 1 FROM role r WHERE r.person_id = s.person_id AND r.ended_at IS NULL
                 AND (r.until_on IS NULL OR r.until_on >= ?))
  FROM session s
  JOIN person p ON p.id = s.person_id
  JOIN account a ON a.person_id = s.person_id
  LEFT JOIN chosen_look l ON l.person_id = s.person_id
  WHERE s.token_hash = ? AND s.ends_at > ? AND s.signed_out_at IS NULL AND a.disabled_at IS NULL
    AND s.locked_at IS {{locked}}
)
{_TIES}
UNION ALL
SELECT '', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', '', NULL, NULL, NULL, NULL, NULL,
       NULL, me.*
FROM me
"""
OPEN_SESSION = _SESSION.format(locked="NULL")
LOCKED_SESSION = _SESSION.format(locked="NOT NULL")

#: A session of staff that nobody used for so long is over; what is sent then becomes a draft.
STAFF_IDLE = timedelta(minutes=60)
STAFF_IDLE_OWN_DEVICE = timedelta(hours=12)


def find_signed_in(token: str, now: datetime) -> SignedIn | None:
    """Whose session a token opens at a moment (UTC), with what ties them to schools and children,
    in one statement; or None: it ended, is locked, or staff left it idle."""
    return _find(OPEN_SESSION, token, now)


def find_locked(token: str, now: datetime) -> SignedIn | None:
    """Whose locked session a token names at a moment (UTC): it opens nothing before the password
    is given again (H5)."""
    return _find(LOCKED_SESSION, token, now)


def _find(sql: str, token: str, now: datetime) -> SignedIn | None:
    # Yesterday by UTC is in no zone later than the last day of a role that holds.
    last_day = now.date() - timedelta(days=1)
    rows = fetch_all(sql, (last_day, hash_token(token), to_milliseconds(now)))
    if not rows:
        return None
    (
        person_id, surname, given_name, patronymic, login, must_change, is_demo, own, seen_at,
        look, visited_before_at, confirmed_at, is_staff,
    ) = rows[0][_TIES_WIDTH:]  # fmt: skip
    seen_at = from_milliseconds(seen_at)
    idle = now - seen_at
    if is_staff and idle >= (STAFF_IDLE_OWN_DEVICE if own else STAFF_IDLE):
        return None
    return SignedIn(
        person_id=person_id,
        surname=surname,
        given_name=given_name,
        patronymic=patronymic,
        login=login,
        must_change_password=bool(must_change),
        is_demo=bool(is_demo),
        is_own_device=bool(own),
        seen_at=seen_at,
        look=look,
        visited_before_at=visited_before_at and from_milliseconds(visited_before_at),
        confirmed_at=from_milliseconds(confirmed_at),
        ties=_ties(person_id, rows, now),
    )


def get_ties(person_id: int, now: datetime | None = None) -> Ties:
    """What ties a person to schools and children at a moment (UTC; the present one by default),
    in one statement.

    A diary is open while its pupil is enrolled somewhere (A11); to a representative while the
    authority holds, and once the pupil is of age only where the pupil allows it (H10); without
    the areas that an order or an agreement hides.
    """
    return _ties(person_id, fetch_all(TIES, (person_id,)), now or clock.now())


def _ties(person_id: int, rows: Iterable[tuple[Any, ...]], now: datetime) -> Ties:
    moment = to_milliseconds(now)
    today = _Today(now)
    duties: list[Duty] = []
    children: dict[int, Child] = {}
    hidden: dict[int, set[str]] = {}
    barred: set[int] = set()
    for row in rows:
        (
            what, kind, municipality_id, place_id, class_id, from_on, until_on, ended_at, birth_on,
            surname, given_name, zone, last_on, area, limit_from_on, limit_until_on, ground,
        ) = row[:_TIES_WIDTH]  # fmt: skip
        if not what:
            continue
        day = today.at(zone or "UTC")
        if area and holds(as_date(limit_from_on), as_date(limit_until_on), day):
            hidden.setdefault(place_id, set()).add(area)
            # Whoever gave up the diary as a parent is no stranger to the duties they have.
            if area == EVERYTHING and ground != TERMINATION:
                barred.add(place_id)
        # An end that is a moment and not a day: «с этой минуты».
        if ended_at is not None and ended_at <= moment:
            continue
        if what != "self" and not holds(as_date(from_on), as_date(until_on), day):
            continue
        if what == "duty":
            duties.append(Duty(kind, municipality_id, place_id, class_id))
            continue
        if last_on is not None and as_date(last_on) < day:
            continue
        born = as_date(birth_on)
        if what == "child" and is_adult(born, day) and kind != ALLOWED:
            continue
        children[place_id] = Child(
            place_id, given_name, what == "self", zone or "UTC", (), surname, born
        )
    if hidden:
        children = {
            pupil_id: replace(child, hidden=tuple(sorted(hidden.get(pupil_id, ()))))
            for pupil_id, child in children.items()
            if EVERYTHING not in hidden.get(pupil_id, ())
        }
    ordered = sorted(children.values(), key=lambda child: (child.given_name, child.pupil_id))
    return Ties(person_id, tuple(duties), tuple(ordered), tuple(sorted(barred)))


class _Today:
    """The day of a moment in each time zone, reckoned once."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._days: dict[str, date] = {}

    def at(self, zone: str) -> date:
        day = self._days.get(zone)
        if day is None:
            day = self._days[zone] = clock.local(self._now, zone).date()
        return day
