"""The three things a GET may write: who looked, last seen, session alive."""

from datetime import datetime, timedelta

from school.models import AccessLog, Session, WorkerSeen
from school.queries.ties import hash_token

#: A session's «last seen» is written at most this often.
SEEN_EVERY = timedelta(minutes=10)


def record_look(
    person_id: int, capacity: str, pupil_id: int, school_id: int, now: datetime, request_id: str
) -> None:
    """A member of staff opened a child's diary (H14)."""
    AccessLog.create(
        at=now,
        school=school_id,
        person=person_id,
        pupil=pupil_id,
        event="diary_read",
        detail=capacity,
        request=request_id,
    )


def session_seen(token: str, seen_at: datetime, now: datetime) -> None:
    """Note that a session is in use, where that was last noted long enough ago."""
    if now - seen_at >= SEEN_EVERY:
        Session.update(seen_at=now).where(Session.token_hash == hash_token(token)).execute()


def worker_seen(worker: str, now: datetime) -> None:
    """The worker is alive: /healthz reads it."""
    WorkerSeen.insert(worker=worker, seen_at=now).on_conflict(
        conflict_target=[WorkerSeen.worker], update={WorkerSeen.seen_at: now}
    ).execute()


def forget_old_workers(now: datetime) -> int:
    """Delete workers not seen for a day; returns how many."""
    count: int = WorkerSeen.delete().where(WorkerSeen.seen_at < now - timedelta(days=1)).execute()
    return count
