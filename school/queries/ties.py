"""Who is signed in, and what ties them to schools and children."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from school import clock
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.rules.access import Child, Duty, Ties, holds


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


def hash_token(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


SESSION = """
SELECT p.id, p.surname, p.given_name, p.patronymic, a.login, a.must_change_password, a.is_demo,
       s.is_own_device, s.seen_at, COALESCE(l.look, '')
FROM session s
JOIN person p ON p.id = s.person_id
JOIN account a ON a.person_id = s.person_id
LEFT JOIN chosen_look l ON l.person_id = s.person_id
WHERE s.token_hash = ? AND s.ends_at > ? AND s.signed_out_at IS NULL AND a.disabled_at IS NULL
"""


def find_signed_in(token: str, now: datetime) -> SignedIn | None:
    """Whose session a token opens at a moment (UTC), or None."""
    rows = fetch_all(SESSION, (hash_token(token), to_milliseconds(now)))
    if not rows:
        return None
    (
        person_id, surname, given_name, patronymic, login, must_change, is_demo, own, seen_at, look,
    ) = rows[0]  # fmt: skip
    return SignedIn(
        person_id=person_id,
        surname=surname,
        given_name=given_name,
        patronymic=patronymic,
        login=login,
        must_change_password=bool(must_change),
        is_demo=bool(is_demo),
        is_own_device=bool(own),
        seen_at=from_milliseconds(seen_at),
        look=look,
    )


# A person has few ties, so dates are compared here, each in its school's own time zone.
TIES = """
SELECT 'duty', r.kind, r.municipality_id, r.school_id, r.school_class_id,
       r.from_on, r.until_on, '',
       COALESCE(s.time_zone, (SELECT z.time_zone FROM school z
                              WHERE z.municipality_id = r.municipality_id ORDER BY z.id LIMIT 1))
FROM role r LEFT JOIN school s ON s.id = r.school_id
WHERE r.person_id = ?
UNION ALL
SELECT 'child', '', p.municipality_id, p.id, NULL, g.from_on, g.until_on, p.given_name,
       (SELECT s.time_zone FROM enrolment e JOIN school s ON s.id = e.school_id
        WHERE e.pupil_id = p.id ORDER BY e.from_on DESC LIMIT 1)
FROM guardianship g JOIN person p ON p.id = g.pupil_id
WHERE g.guardian_id = ?
UNION ALL
SELECT 'self', '', p.municipality_id, p.id, NULL, p.birth_on, NULL, p.given_name,
       (SELECT s.time_zone FROM enrolment e JOIN school s ON s.id = e.school_id
        WHERE e.pupil_id = p.id ORDER BY e.from_on DESC LIMIT 1)
FROM person p WHERE p.id = ? AND EXISTS (SELECT 1 FROM enrolment e WHERE e.pupil_id = p.id)
"""


def get_ties(person_id: int) -> Ties:
    """What ties a person to schools and children today, in one statement."""
    duties: list[Duty] = []
    children: dict[int, Child] = {}
    for what, kind, municipality_id, place_id, class_id, from_on, until_on, name, zone in fetch_all(
        TIES, (person_id,) * 3
    ):
        if what == "self":
            children[place_id] = Child(place_id, name, is_self=True, time_zone=zone)
            continue
        today = clock.today(zone or "UTC")
        if not holds(as_date(from_on), as_date(until_on), today):
            continue
        if what == "duty":
            duties.append(Duty(kind, municipality_id, place_id, class_id))
        else:
            children[place_id] = Child(place_id, name, is_self=False, time_zone=zone or "UTC")
    ordered = sorted(children.values(), key=lambda child: (child.given_name, child.pupil_id))
    return Ties(person_id, tuple(duties), tuple(ordered))
