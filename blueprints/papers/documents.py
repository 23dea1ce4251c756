"""Documents as HTML: for the browser as a page of the program, for the printer all by itself."""

import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app, flash, render_template, request, url_for
from markupsafe import Markup

from blueprints.access import new_act, now
from blueprints.forms import Form
from blueprints.looks import present_look
from blueprints.responses import page, see_other
from school import clock, printing
from school.actions.papers import NewPaper, put_paper
from school.queries.schools import SchoolLine
from school.rules.flow import Block, Heading, Part, flow_sheets
from school.rules.looks import paper_points
from school.rules.sheets import (
    A3_ACROSS,
    A4_ACROSS,
    HEIGHT_MM,
    POINTS,
    WIDTH_MM,
    Ruler,
    text_width,
)
from school.settings import Settings

#: A person waits for a paper of a few sheets; longer ones, and those of many at once, are the
#: worker's.
SECONDS_AT_ONCE = 15.0
_at_once = threading.BoundedSemaphore(2)

#: The room within the margins, by Document.paper.
ROOMS = {"": (WIDTH_MM, HEIGHT_MM), "A4-across": A4_ACROSS, "A3-across": A3_ACROSS}
#: The size of letters in the line with a sheet's number, and what «Страница 100 из 100» takes.
PAGE_LINE, PAGE_NUMBER = 0.8, 13.0

#: A report of headings, paragraphs and tables, and so many of its sheets on one page.
FLOW = "print/flow.html"
SHEETS_SHOWN = 6

BODY_BEGINS, BODY_ENDS = "<!--body-->", "<!--/body-->"


@dataclass(frozen=True, slots=True)
class Document:
    """A paper before it is on paper. `template` draws the sheets from `sheets` and `context`."""

    kind: str
    school_id: int
    #: On top of it, the organisation's full name.
    school: str
    title: str
    template: str
    sheets: tuple[Any, ...]
    points: int
    time_zone: str
    last_entry_at: datetime | None = None
    context: dict[str, Any] = field(default_factory=dict)
    is_secret: bool = False
    #: A key of printing.PAGES; empty for A4 upright.
    paper: str = ""

    @property
    def running_title(self) -> str:
        """The title as it stands beside the number of each further sheet, cut to one line."""
        room = Ruler(self.points, ROOMS[self.paper]).width / PAGE_LINE - PAGE_NUMBER
        if text_width(self.title) <= room:
            return self.title
        words, short = self.title.split(" "), ""
        for word in words:
            if text_width(f"{short}{word}…") > room:
                break
            short += f"{word} "
        return f"{short.rstrip(' ,:;—')}…" if short else ""


def chosen_points() -> int:
    """The size of letters that was asked for by `points`; where it is none of ours, what goes
    with the look of who asks (H17)."""
    asked = request.values.get("points", 0, type=int)
    return asked if asked in POINTS else offered_points()


def offered_points() -> int:
    """In which size a paper is offered first to who asks."""
    return paper_points(present_look())


def sizes_offered() -> tuple[int, ...]:
    """All sizes of papers, that of the present look first."""
    return tuple(sorted(POINTS, key=lambda points: (points != offered_points(), points)))


def qr(text: str) -> str:
    """An address as a QR code, a PNG within the page."""
    import segno  # a megabyte in each process, for few papers

    return str(segno.make(text, error="m", micro=False).png_data_uri(scale=4, border=1))


def _context(document: Document) -> dict[str, Any]:
    zone = document.time_zone
    return {
        "document": document,
        "sheets": document.sheets,
        "printed_at": clock.local(now(), zone),
        "last_entry_at": document.last_entry_at and clock.local(document.last_entry_at, zone),
        **document.context,
    }


def paper_source(document: Document, **context: Any) -> str:
    """The whole page for the printer: CSS and all, nothing to load."""
    return render_template(
        "print/paper.html",
        css=Markup(printing.paper_css()),  # noqa: S704 - our own file and numbers
        **_context(document) | context,
    )


def archived_page(document: Document, home: str) -> tuple[str, str]:
    """A document for the archive, twice: for the printer, and for a browser, with the way back to
    the archive's first page. Neither says when it was printed: the same data makes the same."""
    source = paper_source(document, printed_at=None)
    way = f'<p class="controls"><a href="{home}">К оглавлению архива</a></p>'
    shown = source.replace(printing.letter_sizes(), "")
    return source, shown.replace(BODY_BEGINS, way + BODY_BEGINS, 1)


def body_of(source: str) -> Markup:
    """The sheets of a kept page, which our own templates wrote."""
    body = source.partition(BODY_BEGINS)[2].partition(BODY_ENDS)[0]
    return Markup(body)  # noqa: S704 - escaped when it was made


def flow_document(
    kind: str,
    school: SchoolLine,
    title: str,
    blocks: Sequence[Block],
    signs: Sequence[tuple[str, str]] = (),
    *,
    is_wide: bool = False,
) -> Document:
    """A report of headings, paragraphs and tables on sheets, in the size that was asked for, with
    those who sign it. One `is_wide` lies across, but for large letters, which make sentences of
    its tables."""
    points = chosen_points()
    paper = "A4-across" if is_wide and points == POINTS[0] else ""
    heading = (school.full_name, title)
    return Document(
        kind=kind,
        school_id=school.school_id,
        school=school.full_name,
        title=title,
        template=FLOW,
        sheets=flow_sheets(blocks, heading, points, signs=signs, paper=ROOMS[paper]),
        points=points,
        time_zone=school.time_zone,
        context={"signs": signs},
        paper=paper,
    )


def document_page(document: Document, **context: Any) -> Any:
    """The document as a page of the program, with the way to its PDF; of a long report a few
    sheets at a time (`sheet` says from which on)."""
    shown = _shown(document)
    return page(
        "print/page.html",
        shown=shown,
        continued=continued_section(document.sheets, shown) if _is_long(document) else "",
        parts=_parts(document),
        form=Form(),
        token=secrets.token_hex(8),
        all_points=sizes_offered(),
        **_context(document),
        **context,
    )


def _is_long(document: Document) -> bool:
    return document.template == FLOW and len(document.sheets) > SHEETS_SHOWN


def _shown(document: Document) -> range:
    """Which of the sheets a page shows."""
    count = len(document.sheets)
    if not _is_long(document):
        return range(count)
    asked = min(max(request.args.get("sheet", 1, type=int), 1), count)
    first = (asked - 1) // SHEETS_SHOWN * SHEETS_SHOWN
    return range(first, min(first + SHEETS_SHOWN, count))


def continued_section(sheets: Sequence[Sequence[Part]], shown: range) -> str:
    """The section in the middle of which some sheets begin, or empty: a page of its own has its
    heading too."""
    heads = [
        (number, part.text)
        for number, sheet in enumerate(sheets[: shown.start + 1])
        for at, part in enumerate(sheet)
        if isinstance(part, Heading) and part.level == 2 and (number < shown.start or at == 0)
    ]
    return heads[-1][1] if heads and heads[-1][0] < shown.start else ""


def _parts(document: Document) -> list[tuple[range, str]]:
    """The parts of a long report, with their addresses."""
    if not _is_long(document):
        return []
    count, asked = len(document.sheets), request.args.to_dict(flat=False)
    return [
        (
            range(first, min(first + SHEETS_SHOWN, count)),
            url_for(
                str(request.endpoint), **{**asked, **(request.view_args or {}), "sheet": first + 1}
            ),
        )
        for first in range(0, count, SHEETS_SHOWN)
    ]


def ask_for_paper(document: Document) -> Any:
    """Keep the document, try to make its PDF at once, and show the paper's page."""
    token = request.form.get("request", "")[:40] or secrets.token_hex(8)
    act = new_act()
    key = f"{document.kind}:{act.actor_id}:{document.points}:{document.title}"[:150] + f":{token}"
    paper_id = put_paper(new_paper(document, key), act)
    make_soon(paper_id)
    return see_other(url_for("papers.paper", paper_id=paper_id))


def make_now(document: Document) -> bytes:
    """A document's PDF at once, kept nowhere: for what is secret. Raises PrinterTrouble or
    PrintFailed."""
    if not _at_once.acquire(timeout=SECONDS_AT_ONCE):
        raise printing.PrinterTrouble("сейчас печатают другие, попробуйте через минуту")
    source, begun = paper_source(document), time.monotonic()
    try:
        try:
            return printing.make_pdf(source, now(), seconds=SECONDS_AT_ONCE)
        except printing.PrintFailed:
            # The queue tries again by itself; here a person waits, and the engine is old.
            left = SECONDS_AT_ONCE - (time.monotonic() - begun)
            if left < SECONDS_AT_ONCE / 2:
                raise
            return printing.make_pdf(source, now(), seconds=left)
    finally:
        _at_once.release()


def new_paper(document: Document, key: str) -> NewPaper:
    return NewPaper(
        key=key,
        kind=document.kind,
        school_id=document.school_id,
        title=document.title,
        source=paper_source(document),
        points=document.points,
        path="" if document.is_secret else request.full_path.rstrip("?"),
        is_secret=document.is_secret,
    )


def make_printout_soon(printout_id: int) -> None:
    """Make a class's weekly printouts while somebody waits, unless others wait already."""
    make_soon(printout_id, printing.PRINTOUTS)


def make_soon(paper_id: int, queue: printing.Queue = printing.PAPERS) -> None:
    """Make a paper while its person waits, unless others wait already."""
    settings: Settings = current_app.extensions["settings"]
    if not _at_once.acquire(blocking=False):
        return
    try:
        printing.make_one(
            settings.data_dir, paper_id=paper_id, seconds=SECONDS_AT_ONCE, queue=queue
        )
    except printing.PrinterTrouble as trouble:
        flash(f"PDF сейчас не сделать: {trouble}. Страницу можно напечатать из браузера.")
    finally:
        _at_once.release()
