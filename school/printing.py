"""HTML in, PDF out: the only place that knows pdfkit and wkhtmltopdf.

Debian's wkhtmltopdf is the unpatched Qt build: no headers or footers, no repeated table heads,
no outline. So pages are laid out whole (rules/sheets.py, templates/print/) and it only draws them.
One process makes one document however many sheets it has; several documents use all cores. It
runs no script, reads no file, reaches no network, and has limits on time and memory; a page that
would load anything is refused before it starts.
"""

import hashlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

import pdfkit

from school import clock
from school.database import (
    database,
    ensure_connection,
    execute,
    fetch_all,
    is_sqlite,
    transaction,
)
from school.models.fields import from_milliseconds, to_milliseconds
from school.rules.sheets import POINTS

PROGRAM = "wkhtmltopdf"
#: Seconds for one document; thirty classes of 25 sheets take less than one each.
LONGEST_PRINT = 60
#: Bytes of address space: 25 sheets take a tenth of it.
MOST_MEMORY = 1_500_000_000
LEASE = timedelta(minutes=3)
CLOCK_SKEW = timedelta(minutes=5)
TRIES = 3
RETRY_AFTER = timedelta(minutes=1)
LONGEST_SWEEP = 45.0
#: Files of workers that died while they wrote.
ORPHANS_AFTER = 3600.0

OPTIONS = {
    "page-size": "A4",
    "margin-top": "15mm",
    "margin-bottom": "15mm",
    "margin-left": "20mm",
    "margin-right": "10mm",
    "encoding": "utf-8",
    "disable-javascript": "",
    "disable-local-file-access": "",
    "disable-plugins": "",
    "no-outline": "",
    # Nobody listens there: what is not in the page is not fetched.
    "proxy": "http://127.0.0.1:1",
}
#: What `data-page` of a page's <html> may ask for, beside A4 upright.
PAGES = {
    "A4-across": {"page-size": "A4", "orientation": "Landscape"},
    "A3-across": {"page-size": "A3", "orientation": "Landscape"},
}
#: The engine draws a page at 0.768 of what its CSS says (measured: 100 mm come out as 76.8).
SCALE = 1.3021

ROUTE = "wkhtmltopdf"


class PrinterTrouble(Exception):
    """PDF cannot be made on this machine now; the message says why, in Russian."""


class PrintFailed(Exception):
    """This document could not be made; the message says why, in Russian."""


# One document


class _Loads(HTMLParser):
    """Finds what a page would load or run."""

    FORBIDDEN = frozenset(
        {
            *("script", "link", "iframe", "frame", "object", "embed", "applet", "base"),
            *("video", "audio", "source"),
        }
    )

    def __init__(self) -> None:
        super().__init__()
        self.found = ""
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag in self.FORBIDDEN:
            self.found = tag
        for name, value in attrs:
            address = (value or "").strip().lower()
            loads = name in ("src", "background", "data", "poster", "srcset", "xlink:href")
            if loads and not address.startswith("data:image/png;base64,"):
                self.found = f"{tag} {name}"
            if name.startswith("on") or name == "style" or "pdfkit" in address:
                self.found = f"{tag} {name}"
            if tag == "meta" and name == "http-equiv":
                self.found = "meta http-equiv"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style and re.search(r"url\s*\(|@import|@font-face|expression", data, re.I):
            self.found = "style"


def refuse_what_loads(source: str) -> None:
    """Raise ValueError where a page is not all by itself: our own templates never are such."""
    reader = _Loads()
    reader.feed(source)
    if reader.found:
        raise ValueError(f"a paper must not load anything: {reader.found}")


def make_pdf(source: str, dated: datetime, *, seconds: float = LONGEST_PRINT) -> bytes:
    """A page as PDF; the same page and date make the same bytes. Raises PrinterTrouble,
    PrintFailed, or ValueError for a page that would load something."""
    refuse_what_loads(source)
    if shutil.which(PROGRAM) is None:
        raise PrinterTrouble(f"на сервере нет программы {PROGRAM}")
    with tempfile.TemporaryDirectory(prefix="listok-print-") as folder:
        argv = command(seconds, page_of(source))
        status, out, said = _run(argv, source.encode(), folder, seconds)
    if status in (124, 137, -signal.SIGKILL):
        raise PrintFailed(f"печать не закончилась за {seconds:.0f} с")
    if status != 0 or not out.startswith(b"%PDF-") or b"%%EOF" not in out[-64:]:
        # With no font at all the program crashes.
        reason = "нет ни одного шрифта?" if status in (139, -signal.SIGSEGV) else said
        raise PrintFailed(f"{PROGRAM} закончил с кодом {status}{': ' + reason if reason else ''}")
    return _DATE.sub(f"/CreationDate (D:{dated:%Y%m%d%H%M%S}".encode(), out)


#: The moment of printing is the only thing that differs from one time to the next.
_DATE = re.compile(rb"/CreationDate \(D:[0-9]{14}")


def page_of(source: str) -> str:
    """Which paper a page is for: a key of PAGES, or "" for A4 upright."""
    found = re.search(r'<html[^>]*\bdata-page="([^"]*)"', source[:500])
    return found[1] if found and found[1] in PAGES else ""


def command(seconds: float = LONGEST_PRINT, paper: str = "") -> list[str]:
    """What is run: pdfkit's command line under limits that hold even if this worker dies; `paper`
    is a key of PAGES."""
    configuration = pdfkit.configuration(wkhtmltopdf=shutil.which(PROGRAM) or PROGRAM)
    options = {**OPTIONS, **PAGES.get(paper, {})}
    kit = pdfkit.PDFKit("-", "string", options=options, configuration=configuration)
    limits = ["prlimit", f"--as={MOST_MEMORY}", "--core=0"]
    return [*limits, "timeout", "--kill-after=2", f"{seconds:.0f}", *kit.command()]


def _run(argv: list[str], source: bytes, folder: str, seconds: float) -> tuple[int, bytes, str]:
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": folder,
        "XDG_RUNTIME_DIR": folder,
        "QT_QPA_PLATFORM": "offscreen",
        # Else a document with two fonts names them now in one order, now in the other.
        "QT_HASH_SEED": "0",
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(  # noqa: S603 - our own command line
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=folder,
        start_new_session=True,
    )
    try:
        out, said = process.communicate(source, timeout=seconds + 5)
    except subprocess.TimeoutExpired:
        _kill(process)
        return -signal.SIGKILL, b"", ""
    except BaseException:
        _kill(process)
        raise
    lines = said.decode("utf-8", "replace").splitlines()
    return process.returncode, out, (lines[-1] if lines else "")[:200]


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def count_pages(pdf: bytes) -> int:
    """How many pages a PDF of this engine has."""
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


@lru_cache(maxsize=1)
def paper_css() -> str:
    """The style of papers as the engine wants it: its sizes undo what it makes of them."""
    path = Path(__file__).resolve().parent.parent / "static" / "print.css"
    return path.read_text(encoding="utf-8") + letter_sizes()


def letter_sizes() -> str:
    """What stands in `paper_css` for the engine alone: a browser wants the sizes as they are."""
    sizes = "".join(f".p{points}{{font-size:{points * SCALE:.3f}pt}}" for points in POINTS)
    # The engine believes that pages end within a table where none does, and pushes lines of its
    # cells down; within what stands in a line it looks for no page's end.
    return sizes + ".sheet table{display:inline-table;vertical-align:top}"


# What is due


@dataclass(frozen=True, slots=True)
class Queue:
    """A table whose rows are pages to be made into files, and the folder of the files."""

    table: str
    folder: str


PAPERS = Queue("paper", "papers")
#: Classes' weekly printouts: they are nobody's own, and stay.
PRINTOUTS = Queue("printout", "printouts")

DUE = """
SELECT id FROM {table}
WHERE state = 'waiting' AND (due_at <= ? OR asked_at > ?)
  AND (claimed_until IS NULL OR claimed_until < ? OR claimed_at > ?)
"""

CLAIM = """
UPDATE {table} SET claim = ?, claimed_at = ?, claimed_until = ? WHERE id = ? AND state = 'waiting'
"""

CLAIMED = "SELECT id, source, asked_at, tries FROM {table} WHERE claim = ? AND state = 'waiting'"

DONE = """
UPDATE {table} SET state = 'done', done_at = ?, file_name = ?, checksum = ?, length = ?, pages = ?,
       problem = '', claim = '', claimed_until = NULL
WHERE id = ? AND claim = ?
"""

FAILED = """
UPDATE {table} SET state = ?, tries = tries + 1, due_at = ?, problem = ?, claim = '',
       claimed_until = NULL
WHERE id = ? AND claim = ?
"""

RELEASE = "UPDATE {table} SET claim = '', claimed_until = NULL WHERE claim = ?"


@dataclass(frozen=True, slots=True)
class DuePaper:
    paper_id: int
    source: str
    asked_at: datetime
    tries: int


def _claim(
    now: datetime, paper_id: int | None, queue: Queue = PAPERS
) -> tuple[str, DuePaper | None]:
    """Take a paper that is due, with a lease: this one, or the longest due."""
    token = secrets.token_hex(16)
    moment, late = to_milliseconds(now), to_milliseconds(now + CLOCK_SKEW)
    values = [moment, late, moment, late]
    which = " AND id = ?" if paper_id else ""
    values += [paper_id] if paper_id else []
    lock = "" if is_sqlite() else " FOR UPDATE SKIP LOCKED"
    with transaction():
        due = DUE.format(table=queue.table)
        rows = fetch_all(f"{due}{which} ORDER BY due_at, id LIMIT 1{lock}", values)
        if not rows:
            return token, None
        until = to_milliseconds(now + LEASE)
        execute(CLAIM.format(table=queue.table), (token, moment, until, rows[0][0]))
    row = fetch_all(CLAIMED.format(table=queue.table), (token,))[0]
    return token, DuePaper(row[0], row[1], from_milliseconds(row[2]), row[3])


def make_one(
    data_dir: Path,
    now: Callable[[], datetime] = clock.now,
    *,
    paper_id: int | None = None,
    seconds: float = LONGEST_PRINT,
    queue: Queue = PAPERS,
) -> str:
    """Make one due paper: `paper_id`, or the longest due. Returns its new state, or "" where
    none is due. Raises PrinterTrouble, which is not held against the paper."""
    token, paper = _claim(now(), paper_id, queue)
    if paper is None:
        return ""

    def write(sql: str, *values: object) -> None:
        execute(sql.format(table=queue.table), values)

    try:
        pdf = make_pdf(paper.source, paper.asked_at, seconds=seconds)
        name = _store(data_dir / queue.folder, paper.paper_id, pdf, token)
    except PrinterTrouble:
        write(RELEASE, token)
        raise
    except OSError as error:
        write(RELEASE, token)
        raise PrinterTrouble(f"файл не записать ({error.strerror})") from None
    except (PrintFailed, ValueError) as error:
        state = "failed" if paper.tries + 1 >= TRIES or isinstance(error, ValueError) else "waiting"
        due = to_milliseconds(now() + RETRY_AFTER)
        write(FAILED, state, due, str(error), paper.paper_id, token)
        return state
    except BaseException:
        write(RELEASE, token)
        raise
    digest = hashlib.sha256(pdf).hexdigest()
    made = (to_milliseconds(now()), name, digest, len(pdf), count_pages(pdf))
    write(DONE, *made, paper.paper_id, token)
    return "done"


def _store(folder: Path, paper_id: int, pdf: bytes, token: str) -> str:
    """Write a file under a temporary name and give it its own: whoever looks sees all of it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{paper_id}.pdf"
    draft = folder / f".{paper_id}.{token}.part"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pdf)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, folder / name)
    return name


@dataclass(frozen=True, slots=True)
class Printed:
    """What a sweep did: state → papers, and why nothing can be made, or ""."""

    counts: dict[str, int]
    trouble: str = ""


def sweep(
    data_dir: Path,
    now: Callable[[], datetime] = clock.now,
    *,
    at_once: int = 0,
    seconds: float = LONGEST_SWEEP,
    queue: Queue = PAPERS,
    tell: Callable[[str], None] = lambda _: None,
) -> Printed:
    """Make all papers of a queue that are due, as many at once as there are cores. `tell` hears
    the state of each as it is done, from any thread."""
    _remove_orphans(data_dir / queue.folder)
    moment, late = to_milliseconds(now()), to_milliseconds(now() + CLOCK_SKEW)
    sql = f"{DUE.format(table=queue.table)} LIMIT 64"
    due = len(fetch_all(sql, (moment, late, moment, late)))
    if not due:
        return Printed({})
    deadline = time.monotonic() + seconds
    at_once = min(due, at_once or os.cpu_count() or 1)

    def work() -> tuple[Counter[str], str]:
        counts: Counter[str] = Counter()
        try:
            while time.monotonic() < deadline:
                state = make_one(data_dir, now, queue=queue)
                if not state:
                    break
                counts[state] += 1
                tell(state)
        except PrinterTrouble as trouble:
            return counts, str(trouble)
        return counts, ""

    def work_in_thread(_: int) -> tuple[Counter[str], str]:
        ensure_connection()
        try:
            return work()
        finally:
            database.close()

    if at_once == 1:
        results = [work()]
    else:
        with ThreadPoolExecutor(at_once) as pool:
            results = list(pool.map(work_in_thread, range(at_once)))
    trouble = next((said for _, said in results if said), "")
    return Printed(dict(sum((counts for counts, _ in results), Counter[str]())), trouble)


def _remove_orphans(folder: Path) -> None:
    now = clock.now().timestamp()
    for draft in folder.glob(".*.part"):
        with suppress(FileNotFoundError):
            if now - draft.stat().st_mtime > ORPHANS_AFTER:
                draft.unlink()


def examine() -> Iterator[str]:
    """Print a word: yields what is wrong (for `doctor`)."""
    page = '<!doctype html><html lang="ru"><meta charset="utf-8"><title>Проба</title>Проба'
    try:
        make_pdf(page, clock.now(), seconds=20)
    except (PrinterTrouble, PrintFailed) as error:
        yield str(error)
