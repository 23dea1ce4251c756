"""At 18 the pupil decides who sees the diary: asked, allowed, refused, withdrawn (H10)."""

from datetime import datetime

from school.actions.history import Act, Fact, record
from school.actions.traces import record_event
from school.database import transaction
from school.models import Guardianship


class ChoiceRefused(Exception):
    """The tie is not one the person may decide about."""


def decide_reading(guardianship_id: int, pupil_id: int, *, allow: bool, act: Act) -> str:
    """Let a former representative read the diary of a pupil who is of age, or not; returns the
    new state. Holds from the next request on. Raises ChoiceRefused for somebody else's tie.

    The caller has made sure that the pupil is of age: before, nothing here opens or shuts.
    """
    with transaction():
        tie = _locked(guardianship_id)
        if tie is None or tie.pupil_id != pupil_id:
            raise ChoiceRefused
        state = "allowed" if allow else "withdrawn" if tie.adult_choice == "allowed" else "refused"
        _put(tie, state, act)
    return state


def ask_to_read(guardianship_id: int, guardian_id: int, act: Act) -> None:
    """A former representative asks for the diary; twice is once. Raises ChoiceRefused."""
    with transaction():
        tie = _locked(guardianship_id)
        if tie is None or tie.guardian_id != guardian_id:
            raise ChoiceRefused
        if tie.adult_choice != "allowed":
            _put(tie, "asked", act)


def _locked(guardianship_id: int) -> Guardianship | None:
    query = Guardianship.select().where(Guardianship.id == guardianship_id)
    if Guardianship._meta.database.for_update:
        query = query.for_update()
    found: Guardianship | None = query.first()
    return found


def _put(tie: Guardianship, state: str, act: Act) -> None:
    if tie.adult_choice == state:
        return
    at: datetime = act.at
    Guardianship.update(adult_choice=state, adult_choice_at=at).where(
        Guardianship.id == tie.id
    ).execute()
    fact = Fact(
        "guardianship", tie.id, "adult_choice", tie.adult_choice, state, pupil_id=tie.pupil_id
    )
    record(act, None, [fact])
    record_event(
        "adult_choice",
        at,
        person_id=act.actor_id,
        pupil_id=tie.pupil_id,
        detail=state,
        request_id=act.request_id,
    )
