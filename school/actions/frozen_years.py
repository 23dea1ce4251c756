"""A frozen year from its asking to its file (H15): claimed by a worker with a lease, made anew
only when the data moved. The database says where it stands; the file lies in DATA_DIR/frozen."""

import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from school.actions.history import Act
from school.actions.traces import record_event
from school.database import transaction
from school.exchange.frozen.tables import FrozenYearHead
from school.models import FrozenYear

FOLDER = "frozen"
#: A worker says every few seconds that it lives; one that did not for so long has died.
LEASE = timedelta(minutes=2)
#: Later than a clock of another machine may be wrong by.
CLOCK_SKEW = timedelta(minutes=5)
TRIES = 3
RETRY_AFTER = timedelta(minutes=2)
WAITING, DONE, FAILED, REMOVED = "waiting", "done", "failed", "removed"


@dataclass(frozen=True, slots=True)
class Claimed:
    """An archive that this worker makes."""

    frozen_id: int
    school_year_id: int
    token: str


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it: the file under a name of its own in the folder, and what it is of."""

    path: Path
    checksum: str
    fingerprint: str
    as_of_on: date


def ask_for_frozen_year(head: FrozenYearHead, act: Act, *, request: str) -> int:
    """Have the archive of a school year made; returns its id. The same form twice, or while one
    waits, asks once. It is written into the log of who looked (H14)."""
    with transaction():
        found = FrozenYear.get_or_none(FrozenYear.request == request)
        if found is None:
            found = FrozenYear.get_or_none(
                FrozenYear.school_year == head.school_year_id, FrozenYear.state == WAITING
            )
        if found is not None:
            return int(found.id)
        row = FrozenYear.create(
            school=head.school_id,
            school_year=head.school_year_id,
            asked_at=act.at,
            asked_by=act.actor_id,
            request=request,
            due_at=act.at,
        )
        record_event(
            "frozen_year_asked",
            act.at,
            person_id=act.actor_id,
            school_id=head.school_id,
            detail=head.name,
            request_id=act.request_id,
        )
    return int(row.id)


def claim_frozen_year(now: datetime) -> Claimed | None:
    """Take the archive that waits longest, with a lease; None where none is due."""
    token = secrets.token_hex(16)
    free = FrozenYear.claimed_until.is_null() | (FrozenYear.claimed_until < now)
    free |= FrozenYear.claimed_until > now + LEASE + CLOCK_SKEW
    due = (FrozenYear.state == WAITING) & (FrozenYear.due_at <= now) & free
    found = FrozenYear.select().where(due).order_by(FrozenYear.due_at, FrozenYear.id).first()
    if found is None:
        return None
    taken = (
        FrozenYear.update(claim=token, claimed_until=now + LEASE)
        .where(FrozenYear.id == found.id, due)
        .execute()
    )
    return Claimed(found.id, found.school_year_id, token) if taken else None


def is_frozen_year_due(now: datetime) -> bool:
    """Whether an archive waits for a worker."""
    return bool(
        FrozenYear.select()
        .where(
            FrozenYear.state == WAITING,
            FrozenYear.due_at <= now,
            FrozenYear.claimed_until.is_null() | (FrozenYear.claimed_until < now),
        )
        .exists()
    )


def renew_claim(claimed: Claimed, progress: str, now: datetime) -> bool:
    """Say how far the work is and keep the claim; False where somebody else has it by now."""
    return bool(
        FrozenYear.update(claimed_until=now + LEASE, progress=progress)
        .where(FrozenYear.id == claimed.frozen_id, FrozenYear.claim == claimed.token)
        .execute()
    )


def find_same(claimed: Claimed, fingerprint: str, as_of_on: date, data_dir: Path) -> Any | None:
    """The archive of the year that was made last, if it is of the same data and its file is
    there."""
    row = _last_done(claimed)
    if row is None or (row.fingerprint, row.as_of_on) != (fingerprint, as_of_on):
        return None
    return row if path_of(row.file_name, data_dir).is_file() else None


def _last_done(claimed: Claimed) -> Any | None:
    return (
        FrozenYear.select()
        .where(
            FrozenYear.school_year == claimed.school_year_id,
            FrozenYear.state == DONE,
            FrozenYear.id != claimed.frozen_id,
        )
        .order_by(FrozenYear.id.desc())
        .first()
    )


def finish_frozen_year(claimed: Claimed, made: Made, data_dir: Path, now: datetime) -> bool:
    """Give the file its name and say that it is done; the archives of the year before it go.
    False where somebody else has the claim by now."""
    name = f"{claimed.frozen_id}.zip"
    with transaction():
        if not renew_claim(claimed, "", now):
            return False
        os.replace(made.path, folder_of(data_dir) / name)
        length = (folder_of(data_dir) / name).stat().st_size
        _done(claimed, made.checksum, made.fingerprint, made.as_of_on, name, length, now)
        before = list(
            FrozenYear.select().where(
                FrozenYear.school_year == claimed.school_year_id,
                FrozenYear.state == DONE,
                FrozenYear.id != claimed.frozen_id,
            )
        )
        FrozenYear.update(state=REMOVED).where(
            FrozenYear.id.in_([row.id for row in before] or [0])
        ).execute()
    for row in before:
        path_of(row.file_name, data_dir).unlink(missing_ok=True)
    return True


def keep_same(claimed: Claimed, data_dir: Path, now: datetime) -> None:
    """Nothing moved since the last archive: its file is this one's now."""
    with transaction():
        same = _last_done(claimed)
        if same is None:
            return
        name = f"{claimed.frozen_id}.zip"
        os.replace(path_of(same.file_name, data_dir), folder_of(data_dir) / name)
        _done(claimed, same.checksum, same.fingerprint, same.as_of_on, name, same.length, now)
        FrozenYear.update(state=REMOVED).where(FrozenYear.id == same.id).execute()


def _done(
    claimed: Claimed,
    checksum: str,
    fingerprint: str,
    as_of_on: date,
    name: str,
    length: int,
    now: datetime,
) -> None:
    FrozenYear.update(
        state=DONE,
        done_at=now,
        file_name=name,
        checksum=checksum,
        fingerprint=fingerprint,
        as_of_on=as_of_on,
        length=length,
        problem="",
        progress="",
        claim="",
        claimed_until=None,
    ).where(FrozenYear.id == claimed.frozen_id, FrozenYear.claim == claimed.token).execute()


def fail_frozen_year(claimed: Claimed, problem: str, now: datetime) -> None:
    """Say why it could not be made; it is tried again a few times."""
    row = FrozenYear.get_by_id(claimed.frozen_id)
    state = FAILED if row.tries + 1 >= TRIES else WAITING
    FrozenYear.update(
        state=state,
        tries=row.tries + 1,
        due_at=now + RETRY_AFTER,
        problem=problem,
        progress="",
        claim="",
        claimed_until=None,
    ).where(FrozenYear.id == claimed.frozen_id, FrozenYear.claim == claimed.token).execute()


def release_claim(claimed: Claimed) -> None:
    """Leave an archive to the next worker."""
    FrozenYear.update(claim="", claimed_until=None, progress="").where(
        FrozenYear.id == claimed.frozen_id, FrozenYear.claim == claimed.token
    ).execute()


def folder_of(data_dir: Path) -> Path:
    """Where archives lie; nobody but the program's user looks in."""
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def work_folder(claimed: Claimed, data_dir: Path) -> Path:
    """Where the parts of an archive lie while it is made: the next worker goes on with them."""
    folder = folder_of(data_dir) / f".{claimed.school_year_id}.work"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def clear_work(claimed: Claimed, data_dir: Path) -> None:
    """Delete the parts."""
    shutil.rmtree(folder_of(data_dir) / f".{claimed.school_year_id}.work", ignore_errors=True)


def path_of(file_name: str, data_dir: Path) -> Path:
    """An archive's file."""
    return data_dir / FOLDER / (file_name or "none")
