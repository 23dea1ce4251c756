"""What a school asks of its extracurricular lessons."""

from school.actions.history import Act, Fact, record
from school.database import transaction
from school.models import School


def choose_extracurricular(school_id: int, act: Act, *, owes: bool) -> bool:
    """Let attendance of extracurricular lessons be owed, or not. Returns whether that changed
    anything."""
    with transaction():
        school = School.get_by_id(school_id)
        if school.owes_extracurricular == owes:
            return False
        School.update(owes_extracurricular=owes).where(School.id == school_id).execute()
        old, new = ("1", "") if not owes else ("", "1")
        record(act, school_id, [Fact("school", school_id, "owes_extracurricular", old, new)])
    return True
