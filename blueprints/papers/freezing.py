"""A sweep over the archives that were asked for: each claimed, made, and given its name."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from blueprints.papers.frozen_year import freeze_year
from school import clock
from school.actions import frozen_years as jobs
from school.actions.frozen_years import Claimed
from school.database import database, ensure_connection
from school.exchange.frozen.tables import find_year
from school.printing import PrinterTrouble, PrintFailed

#: Seconds between two signs of life.
HEARTBEAT = 4.0


class Superseded(Exception):
    """Who started this is gone, or somebody else makes this archive by now."""


@dataclass(slots=True)
class _Progress:
    """How far the work is: told by who works, written down by the heartbeat."""

    is_wanted: Callable[[], bool]
    words: str = ""
    #: The claim is somebody else's.
    is_lost: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    def say(self, words: str) -> None:
        if self.is_lost or not self.is_wanted():
            raise Superseded
        self.words = words


def sweep_frozen_years(data_dir: Path, *, parent: int | None = None) -> Iterator[str]:
    """Make every archive that is due; yields a line for each. With `parent` it ends when that
    process is no longer the one above: nobody works on after a worker that died."""

    def is_wanted() -> bool:
        return parent is None or os.getppid() == parent

    while is_wanted() and (claimed := jobs.claim_frozen_year(clock.now())) is not None:
        yield _make(claimed, data_dir, is_wanted)


def _make(claimed: Claimed, data_dir: Path, is_wanted: Callable[[], bool]) -> str:
    head = find_year(claimed.school_year_id)
    if head is None:
        raise ValueError(f"school year {claimed.school_year_id} is not there")
    work = jobs.work_folder(claimed, data_dir)
    progress = _Progress(is_wanted)

    def is_known(fingerprint: str, day: date) -> bool:
        return jobs.find_same(claimed, fingerprint, day, data_dir) is not None

    try:
        with _heartbeat(claimed, progress):
            made = freeze_year(
                head,
                work,
                today=clock.today(head.time_zone),
                say=progress.say,
                is_known=is_known,
            )
    except Superseded:
        jobs.release_claim(claimed)
        return f"{head.short_name}, {head.name}: оставлено другому"
    except (PrinterTrouble, PrintFailed, OSError) as trouble:
        jobs.fail_frozen_year(claimed, str(trouble), clock.now())
        return f"{head.short_name}, {head.name}: не получилось, {trouble}"
    except Exception:
        jobs.fail_frozen_year(claimed, "внутренняя ошибка программы", clock.now())
        raise
    except BaseException:
        jobs.release_claim(claimed)
        raise
    if made is None:
        jobs.keep_same(claimed, data_dir, clock.now())
        jobs.clear_work(claimed, data_dir)
        return f"{head.short_name}, {head.name}: с прошлого раза ничего не изменилось"
    if not jobs.finish_frozen_year(claimed, made, data_dir, clock.now()):
        return f"{head.short_name}, {head.name}: оставлено другому"
    jobs.clear_work(claimed, data_dir)
    return f"{head.short_name}, {head.name}: готово, {made.checksum}"


@contextmanager
def _heartbeat(claimed: Claimed, progress: _Progress) -> Iterator[None]:
    """Every few seconds, on a connection of its own: that the worker lives, and how far it is."""

    def beat() -> None:
        try:
            while not progress.over.wait(HEARTBEAT):
                ensure_connection()
                if not jobs.renew_claim(claimed, progress.words, clock.now()):
                    progress.is_lost = True
                    return
        finally:
            database.close()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        progress.over.set()
        thread.join()
