"""What an installation says of itself."""

from datetime import datetime

from peewee import fn

from school.models import WorkerSeen


def find_worker_silence(now: datetime) -> float | None:
    """Seconds since any worker was last seen, or None if none ever was."""
    seen = WorkerSeen.select(fn.MAX(WorkerSeen.seen_at)).scalar()
    return None if seen is None else (now - seen).total_seconds()
