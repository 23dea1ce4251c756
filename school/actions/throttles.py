"""Token buckets as rows, so that all nodes count together."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from school.database import transaction
from school.models import Throttle


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many tries there are at once, and how many seconds bring one back."""

    size: int
    seconds_per_token: float


def take(key: str, bucket: Bucket, now: datetime) -> float:
    """Take a token. Returns 0, or how many seconds to wait if there is none."""
    with transaction():
        tokens = _tokens_left(key, bucket, now)
        if tokens < 1:
            return (1 - tokens) * bucket.seconds_per_token
        _keep(key, tokens - 1, now)
    return 0


def give_back(key: str, bucket: Bucket, now: datetime) -> None:
    """Return a token that turned out not to be needed."""
    with transaction():
        _keep(key, min(bucket.size, _tokens_left(key, bucket, now) + 1), now)


def forget_full(longest: timedelta, now: datetime) -> int:
    """Delete buckets that have surely filled up again; returns how many."""
    count: int = Throttle.delete().where(Throttle.counted_at < now - longest).execute()
    return count


def _tokens_left(key: str, bucket: Bucket, now: datetime) -> float:
    Throttle.insert(key=key, tokens=bucket.size, counted_at=now).on_conflict_ignore().execute()
    query = Throttle.select().where(Throttle.key == key)
    row = (query.for_update() if Throttle._meta.database.for_update else query).get()
    # A clock that went back gives nothing.
    passed = max(0.0, (now - row.counted_at).total_seconds())
    tokens: float = row.tokens + passed / bucket.seconds_per_token
    return min(float(bucket.size), tokens)


def _keep(key: str, tokens: float, now: datetime) -> None:
    Throttle.update(tokens=tokens, counted_at=now).where(Throttle.key == key).execute()
