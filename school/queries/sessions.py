"""A person's sign-ins, as their own page lists them."""

from dataclasses import dataclass
from datetime import datetime

from school.database import fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.ties import hash_token


@dataclass(frozen=True, slots=True)
class SessionLine:
    """An open session."""

    key: str
    device: str
    created_at: datetime
    seen_at: datetime
    is_own_device: bool
    is_present: bool


def session_key(token_hash: str) -> str:
    """What names a session in its person's list: opens nothing, even in a stranger's hands."""
    return token_hash[:16]


OPEN = """
SELECT token_hash, device_name, created_at, seen_at, is_own_device FROM session
WHERE person_id = ? AND ends_at > ? AND signed_out_at IS NULL ORDER BY seen_at DESC, created_at
"""


def list_sessions(person_id: int, present_token: str, now: datetime) -> tuple[SessionLine, ...]:
    """The open sessions of a person at a moment (UTC), the one used last first."""
    present = hash_token(present_token)
    return tuple(
        SessionLine(
            session_key(token_hash),
            device,
            from_milliseconds(created_at),
            from_milliseconds(seen_at),
            bool(is_own_device),
            token_hash == present,
        )
        for token_hash, device, created_at, seen_at, is_own_device in fetch_all(
            OPEN, (person_id, to_milliseconds(now))
        )
    )
