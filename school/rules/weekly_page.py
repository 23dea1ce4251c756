"""The weekly printout as a page for the printer: a class's recipients one after another, each on
sheets of their own. Pure: words in, HTML out.

The engine cuts and numbers nothing, so what stands on which sheet is reckoned before
(rules/sheets.py) with the sizes of static/print.css.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from school.rules.sheets import LINE_HEIGHT, POINTS, Ruler, count_lines, divide, held, text_width

BODY_BEGINS, BODY_ENDS = "<!--body-->", "<!--/body-->"
#: «Получено: дата …, подпись …».
SIGNATURE = 2.6
#: Margins of a paragraph and above a heading (print.css).
MARGIN, ABOVE = 0.12, 0.25


def _joined(bold: str, rest: str) -> str:
    """Both with a blank between, but before a colon."""
    return f"{bold}{rest}" if rest.startswith(":") else f"{bold} {rest}".strip()


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph: words in bold type with what follows them, one after another."""

    runs: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        return " ".join(_joined(bold, rest) for bold, rest in self.runs)


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class WeeklyPage:
    """What one recipient gets."""

    paper_way_id: int
    #: «Дневник за неделю 16–22 ноября 2026 года».
    title: str
    #: «Кому: …», «Ученик: …».
    about: tuple[str, ...]
    sections: tuple[Section, ...]
    points: int
    #: «Последняя запись 20.11.2026 в 10:41.», or empty.
    last_entry: str = ""


def line(text: str, bold: str = "") -> Line:
    """A paragraph with its first words in bold type."""
    return Line(((bold, text),))


def lay_out(school: str, page: WeeklyPage, printed: str) -> tuple[str, ...]:
    """The sheets of one recipient as HTML; `printed` is «Напечатано …»."""
    ruler = Ruler(page.points)
    stamp = f"{page.last_entry} {printed}".strip()
    first = ruler.heading(school, page.title) + sum(ruler.paragraph(text) for text in page.about)
    usable = ruler.height - ruler.page_line()
    units = list(_units(ruler, page.sections))
    sheets = divide(
        [height for height, _ in units],
        first=usable - first,
        other=usable,
        tail=SIGNATURE + (LINE_HEIGHT if page.points > POINTS[0] else 0) + ruler.paragraph(stamp),
    )
    return tuple(
        _sheet(school, page, number, len(sheets), [units[n][1] for n in sheet], stamp)
        for number, sheet in enumerate(sheets, 1)
    )


def _units(ruler: Ruler, sections: Sequence[Section]) -> Iterator[tuple[float, str]]:
    """What stays together, with its height: a paragraph; a heading with the first one."""
    for section in sections:
        head = ABOVE + ruler.paragraph(section.title, bold=True)
        html = f"<h3>{escape(section.title)}</h3>\n"
        for found in section.lines:
            yield head + _height(ruler, found), html + _html(found)
            head, html = 0.0, ""


def _height(ruler: Ruler, found: Line) -> float:
    text = found.text
    width = text_width(text)
    bold = sum(text_width(words) for words, _ in found.runs)
    # Bold letters are a tenth wider.
    share = 1 + 0.1 * bold / width if width else 1.0
    return count_lines(text, ruler.width / share) * LINE_HEIGHT + MARGIN


def _html(found: Line) -> str:
    runs = " ".join(
        _joined(f"<b>{escape(held(bold))}</b>" if bold else "", escape(held(rest)))
        for bold, rest in found.runs
    )
    return f'<p class="tight">{runs}</p>\n'


def _sheet(
    school: str, page: WeeklyPage, number: int, of: int, blocks: Sequence[str], stamp: str
) -> str:
    head = ""
    if number == 1:
        about = "".join(f"<p>{escape(held(text))}</p>\n" for text in page.about)
        head = (
            f'<p class="school">{escape(school)}</p>\n'
            f'<h2 class="title">{escape(held(page.title))}</h2>\n{about}'
        )
    tail = ""
    if number == of:
        tail = (
            '<p class="got">Получено: дата <span class="line"></span> '
            '<span class="whole">подпись <span class="line"></span></span></p>\n'
            f"<p>{escape(held(stamp))}</p>\n"
        )
    label = escape(f"{page.about[0]}, страница {number} из {of}")
    return (
        f'<section class="sheet p{page.points}" aria-label="{label}">\n'
        f'<p class="page-of">Страница {number} из {of}</p>\n'
        f"{head}{''.join(blocks)}{tail}</section>\n"
    )


def document(title: str, css: str, sheets: Sequence[str]) -> str:
    """The whole page for the printer: nothing in it is loaded."""
    *before, last = sheets
    # After the last sheet there is no empty page.
    body = "".join([*before, last.replace('class="sheet ', 'class="sheet last ', 1)])
    return (
        '<!doctype html>\n<html lang="ru">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<style>{css}</style>\n</head>\n"
        f'<body class="paper p12">\n{BODY_BEGINS}\n{body}{BODY_ENDS}\n</body>\n</html>\n'
    )
