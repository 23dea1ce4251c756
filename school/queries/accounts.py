"""Accounts as pages list them."""

from dataclasses import dataclass

from school import wording
from school.database import fetch_all


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    login: str
    #: «учитель, СОШ № 2»
    who: str


DEMO = """
SELECT a.login,
       (SELECT MIN(r.kind) FROM role r
        WHERE r.person_id = a.person_id AND r.kind <> 'class_teacher'),
       (SELECT MIN(CAST(c.grade AS TEXT) || c.letter)
        FROM role r JOIN school_class c ON c.id = r.school_class_id
        WHERE r.person_id = a.person_id),
       (SELECT COUNT(DISTINCT g.pupil_id) FROM guardianship g WHERE g.guardian_id = a.person_id),
       COALESCE(
         (SELECT MIN(s.name) FROM role r JOIN school s ON s.id = r.school_id
          WHERE r.person_id = a.person_id),
         (SELECT MIN(s.name) FROM enrolment e JOIN school s ON s.id = e.school_id
          WHERE e.pupil_id = a.person_id),
         (SELECT MIN(s.name) FROM guardianship g JOIN enrolment e ON e.pupil_id = g.pupil_id
          JOIN school s ON s.id = e.school_id WHERE g.guardian_id = a.person_id),
         (SELECT m.name FROM person p JOIN municipality m ON m.id = p.municipality_id
          WHERE p.id = a.person_id))
FROM account a WHERE a.is_demo ORDER BY a.id
"""


def list_demo_sign_ins() -> tuple[DemoSignIn, ...]:
    """The demo accounts, in the order they were made."""
    found = []
    for login, duty, led_class, children, place in fetch_all(DEMO):
        if led_class:
            part = f"учитель, классный руководитель {led_class}"
        elif duty:
            part = wording.DUTIES[duty]
        elif children:
            part = wording.plural(children, "ребёнок", "ребёнка", "детей")
            part = f"родитель ({part})"
        else:
            part = "ученик"
        found.append(DemoSignIn(login, f"{part}, {place}"))
    return tuple(found)
