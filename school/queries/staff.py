"""The staff of a school whose passwords its administrator may renew."""

from dataclasses import dataclass
from datetime import date

from school import wording
from school.database import fetch_all
from school.queries.lessons import full_name
from school.rules.names import alphabetical


@dataclass(frozen=True, slots=True)
class StaffLine:
    person_id: int
    name: str
    duties: str
    login: str


# Nobody's who does something elsewhere too, or for the municipality, or reads a child's diary in
# another school: whoever renews a password could sign in there.
STAFF = """
SELECT p.id, p.surname, p.given_name, p.patronymic, r.kind, a.login
FROM role r
JOIN person p ON p.id = r.person_id
JOIN account a ON a.person_id = p.id
WHERE r.school_id = ? AND r.from_on <= ? AND (r.until_on IS NULL OR r.until_on >= ?)
  AND NOT EXISTS (
    SELECT 1 FROM role o WHERE o.person_id = p.id
    AND (o.until_on IS NULL OR o.until_on >= ?) AND (o.school_id IS NULL OR o.school_id <> ?))
  AND NOT EXISTS (
    SELECT 1 FROM guardianship g JOIN enrolment e ON e.pupil_id = g.pupil_id
    WHERE g.guardian_id = p.id AND (g.until_on IS NULL OR g.until_on >= ?)
    AND (e.until_on IS NULL OR e.until_on >= ?) AND e.school_id <> ?)
"""


def list_staff(school_id: int, today: date, *, but: int) -> tuple[StaffLine, ...]:
    """Staff of a school with accounts, in order of name; not the asker, who chooses a password."""
    found: dict[int, StaffLine] = {}
    values = (school_id, today, today, today, school_id, today, today, school_id)
    for person_id, surname, given_name, patronymic, kind, login in fetch_all(STAFF, values):
        if person_id == but:
            continue
        duty = wording.DUTIES[kind]
        before = found.get(person_id)
        duties = f"{before.duties}, {duty}" if before else duty
        name = full_name(surname, given_name, patronymic)
        found[person_id] = StaffLine(person_id, name, duties, login)
    return tuple(sorted(found.values(), key=lambda line: alphabetical(line.name)))
