"""Choosing how pages look."""

from school.database import transaction
from school.models import ChosenLook
from school.rules.looks import NOTHING_CHOSEN, Look


def choose_look(person_id: int, look: Look) -> None:
    """Keep a look in a person's account, for devices to come; nothing chosen leaves no row.

    No history and no trace: that somebody needs large letters is nobody's business (H19).
    """
    with transaction():
        if look == NOTHING_CHOSEN:
            ChosenLook.delete().where(ChosenLook.person == person_id).execute()
        else:
            ChosenLook.insert(person=person_id, look=str(look)).on_conflict(
                conflict_target=[ChosenLook.person], update={ChosenLook.look: str(look)}
            ).execute()
