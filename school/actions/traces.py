"""The three things a GET may write: who looked, last seen, session alive."""

from datetime import datetime, timedelta

from school import database
from school.database import transaction
from school.models import AccessLog, Session, WorkerSeen
from school.queries.ties import hash_token

#: A session's «last seen» is written at most this often.
SEEN_EVERY = timedelta(minutes=10)
#: Who was away for so long comes anew: «с прошлого раза» then means the time before.
NEW_VISIT = timedelta(minutes=30)


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


def record_event(
    event: str,
    now: datetime,
    *,
    person_id: int | None,
    school_id: int | None = None,
    pupil_id: int | None = None,
    detail: str = "",
    request_id: str = "",
) -> None:
    """Write who did something that has to be known later (H14): `event` is a key of
    wording.EVENTS; `detail` says what, without contents."""
    AccessLog.create(
        at=now,
        school=school_id,
        person=person_id,
        pupil=pupil_id,
        event=event,
        detail=detail[:255],
        request=request_id,
    )


def session_seen(token: str, seen_at: datetime, now: datetime) -> bool:
    """Note that a session is in use, where that was last noted long enough ago; after a pause,
    also when its person was last here, on whatever device: then the answer is True."""
    away = now - seen_at
    if away < SEEN_EVERY:
        return False
    session = Session.get_or_none(Session.token_hash == hash_token(token))
    if session is None:
        return False
    values: dict[str, datetime] = {"seen_at": now}
    if away >= NEW_VISIT:
        last = last_seen(session.person_id)
        if last is not None:
            values["visited_before_at"] = last
    Session.update(**values).where(Session.token_hash == session.token_hash).execute()
    return "visited_before_at" in values


def last_seen(person_id: int) -> datetime | None:
    """When a person was last here, by any of their sessions that are still kept."""
    newest = (
        Session.select(Session.seen_at)
        .where(Session.person == person_id)
        .order_by(Session.seen_at.desc())
        .first()
    )
    return None if newest is None else newest.seen_at


def forget_past_term(now: datetime) -> int:
    """Delete what the log kept for as long as the schools set, and say so in it; returns how
    many rows (H14)."""
    with transaction():
        count = database.forget_past_term()
        if count:
            record_event("log_forgotten", now, person_id=None, detail=f"строк: {count}")
    return count


def worker_seen(worker: str, now: datetime) -> None:
    """The worker is alive: /healthz reads it."""
    WorkerSeen.insert(worker=worker, seen_at=now).on_conflict(
        conflict_target=[WorkerSeen.worker], update={WorkerSeen.seen_at: now}
    ).execute()


def forget_old_workers(now: datetime) -> int:
    """Delete workers not seen for a day; returns how many."""
    count: int = WorkerSeen.delete().where(WorkerSeen.seen_at < now - timedelta(days=1)).execute()
    return count
