"""How an invitation code stands, and on which way its slip goes: pure decisions (A5–A9)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

#: How many days a code works; the slip says the last one.
DAYS = 30
#: A code that was sent by letter, for a new password.
LETTER_HOLDS = timedelta(hours=1)

GUARDIAN, PUPIL, STAFF = "guardian", "pupil", "staff"
REGISTRATION, PASSWORD = "registration", "password"
SLIP, LETTER = "slip", "letter"
TO_CLASS_TEACHER, TO_PERSON, TAKEN_BACK = "to_class_teacher", "to_person", "taken_back"

# How somebody stands with access, in the order of the way there.
#: No consent: nothing may be opened yet (A2).
WAITING = "waiting"
#: Consent is there, a code is owed.
OWED = "owed"
#: The slip was printed and is in the office.
AT_OFFICE = "at_office"
AT_CLASS_TEACHER = "at_class_teacher"
#: The person has it and has not used it.
HANDED = "handed"
#: Its time ran out before it was used: a new one is owed.
EXPIRED = "expired"
#: There is an account, with a one-time password that was not replaced yet.
ONE_TIME = "one_time"
REGISTERED = "registered"
STATES = (WAITING, OWED, AT_OFFICE, AT_CLASS_TEACHER, HANDED, EXPIRED, ONE_TIME, REGISTERED)

#: A slip may be printed (again) for these.
PRINTABLE = frozenset({OWED, AT_OFFICE, AT_CLASS_TEACHER, HANDED, EXPIRED})
#: The slip lies at the school.
LIES_HERE = frozenset({AT_OFFICE, AT_CLASS_TEACHER})


@dataclass(frozen=True, slots=True)
class Step:
    """A hand-over: its id, what it was, and which earlier one it takes back."""

    step_id: int
    step: str
    undoes_id: int | None
    at: datetime


def last_step(steps: tuple[Step, ...]) -> Step | None:
    """The newest hand-over that was not taken back, or None: the slip is in the office."""
    undone = {step.undoes_id for step in steps if step.undoes_id}
    standing = [s for s in steps if s.step != TAKEN_BACK and s.step_id not in undone]
    return max(standing, key=lambda step: step.step_id, default=None)


def state_of(
    *,
    has_account: bool,
    must_change: bool,
    may_be_invited: bool,
    ends_at: datetime | None,
    steps: tuple[Step, ...],
    now: datetime,
) -> str:
    """How a person stands: one of STATES. `ends_at` is the end of their newest code that was
    neither used nor replaced, with the hand-overs `steps` of it; None: there is none."""
    if has_account:
        return ONE_TIME if must_change else REGISTERED
    if not may_be_invited:
        return WAITING
    if ends_at is None:
        return OWED
    if ends_at <= now:
        return EXPIRED
    last = last_step(steps)
    if last is None:
        return AT_OFFICE
    return HANDED if last.step == TO_PERSON else AT_CLASS_TEACHER


def last_day(today: date) -> date:
    """The last day of a code that is made today."""
    return today + timedelta(days=DAYS)
