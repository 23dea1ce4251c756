"""A family that consented and has no account yet, and its codes."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from school import clock
from school.actions.history import Act
from school.actions.invitations import Wanted, make_codes
from school.models import Consent, Guardianship, Person
from tests.town import Town, enrol, person, today

SECRET = "for tests only, thirty-two letters or more"


@dataclass
class Family:
    mother: Person
    pupil: Person


def consent_for(town: Town, guardian: Person | None, pupil: Person, **values: Any) -> None:
    """Sheets that the administrator accepted: about the representative's data and the child's."""
    at = clock.now()
    for whose, subject in (("applicant", guardian), ("pupil", pupil)):
        if subject is not None:
            Consent.create(
                **{
                    "school": town.school,
                    "purpose": "ediary",
                    "whose": whose,
                    "subject": subject,
                    "signer": guardian or pupil,
                    "pupil": pupil,
                    "decision": "given",
                    "basis": "подписанный лист",
                    "signed_on": today(),
                    "entered_at": at,
                    "entered_by": town.people["administrator"],
                    "accepted_at": at,
                    "accepted_by": town.people["administrator"],
                    "request": secrets.token_hex(8),
                    **values,
                }
            )


def new_family(town: Town, *, consents: bool = True) -> Family:
    """Лисицына Анна and her son Глеб in the first class of the town, without accounts."""
    mother = person(town.municipality, "Лисицына", "Анна")
    pupil = person(town.municipality, "Лисицын", "Глеб")
    enrol(town.school_class, pupil)
    Guardianship.create(
        pupil=pupil, guardian=mother, kind="mother", basis="свидетельство о рождении",
        from_on=today() - timedelta(days=100),
    )  # fmt: skip
    if consents:
        consent_for(town, mother, pupil)
    return Family(mother, pupil)


def invite(town: Town, somebody: Person, pupil: Person, kind: str = "guardian") -> str:
    """A code as its slip shows it, without hyphens."""
    act = Act(clock.now(), town.people["administrator"].id, "r")
    made, _ = make_codes(
        [Wanted(somebody.id, kind, pupil.id)], town.school.id, act,
        secret=SECRET, request=secrets.token_hex(8),
    )  # fmt: skip
    return made[0].code
