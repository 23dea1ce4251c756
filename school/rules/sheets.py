"""Dividing a document into sheets of A4: pure arithmetic.

The engine that makes PDF repeats no table heads, cuts rows in two and numbers no pages, so a
document is divided before it is laid out: how many lines a text takes is counted with the widths
of the font it is printed in (Liberation Sans, the metrics of Arial), with a little to spare.

All lengths are in em, the size of the letters: twice as large letters leave half as much room.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from math import ceil

#: Points of the text: ordinary and large print (H17).
POINTS = (12, 18, 24)
MM_PER_POINT = 25.4 / 72
#: A4 upright, without its margins: left 20 for binding, right 10, above and below 15.
WIDTH_MM, HEIGHT_MM = 180, 267
#: The same sheet across, and twice as large.
A4_ACROSS, A3_ACROSS = (267, 180), (390, 267)
LINE_HEIGHT = 1.25
#: What a row of a table takes beside its lines: white above and below, a line to the next.
ROW = 0.55
#: What is left over for rounding: a line breaks sooner than counted, never later.
SPARE = 0.96

_BY_WIDTH = {
    190: "'",
    220: "ijl",
    280: " \u00a0!,./:;I[]ft",
    330: "()-r",
    350: '"',
    390: "г*",
    460: "кзт",
    500: "Jcksvxyzсух",
    530: "эчьв",
    560: "Гпян#0123456789?L_abdeghnopqu«»–аеёийор",
    580: "бц+<=>Кдл",
    640: "ЗFTZТъУ",
    690: "БЛЬ&ABEKPSVXYАВЕЁРХЧжДм",
    760: "CDHNRUwИЙНПСЭЯыЦюФ",
    830: "GOQОЪшфщMmМ",
    940: "%ЫЖШWЩ",
    1020: "—…Ю@",
    1070: "№",
}
_WIDTHS = {letter: width / 1000 for width, letters in _BY_WIDTH.items() for letter in letters}
_AS_WIDE_BOLD = frozenset("0123456789., ")
#: Of a letter that is not listed: as wide as the widest.
_UNKNOWN = 1.0


def room(points: int) -> tuple[float, float]:
    """Width and height of a sheet for letters of that size."""
    em = points * MM_PER_POINT
    return WIDTH_MM / em, HEIGHT_MM / em


def text_width(text: str, *, bold: bool = False) -> float:
    """How wide a text is in one line; bold letters are a tenth wider, figures are not."""
    width = sum(_WIDTHS.get(letter, _UNKNOWN) for letter in text)
    if bold:
        width += 0.1 * sum(_WIDTHS.get(one, _UNKNOWN) for one in text if one not in _AS_WIDE_BOLD)
    return width


@lru_cache(maxsize=8192)
def held(text: str) -> str:
    """The text with blanks at which no line ends: «№ 5», «п. 5.1», «96,6 %», «22 ноября», «2026
    года», «А. Б. Петров», and none before a dash."""
    return _HELD.sub("\u00a0", text)


_MONTHS = "января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
_HELD = re.compile(
    r"(?<=[№§]) (?=\S)"
    r"|(?<=\bп\.) (?=\d)|(?<=\bпп\.) (?=\d)|(?<=\bч\.) (?=\d)|(?<=\bст\.) (?=\d)"
    r"|(?<=\bул\.) (?=\S)|(?<=\bг\.) (?=[А-ЯЁ])|(?<=\bд\.) (?=\d)"
    rf"|(?<=\d) (?=%|(?:{_MONTHS}|год|года|году|г\.)\b|г\.)"
    r"|(?<=\b[А-ЯЁ]\.) (?=[А-ЯЁ](?:\.|[а-яё]))"
    r"|(?<=[а-яё]) (?=[А-ЯЁ]\. ?[А-ЯЁ]\.)"
    r"|(?<=\S) (?=[—–] )"
)
#: Where a word may be broken: within it, between syllables of two letters and more.
_SYLLABLE = re.compile(
    r"(?<=\w\w)(?<=[аеёиоуыэюя])(?=[бвгджзклмнпрстфхцчшщ][аеёиоуыэюя]\w)"
    r"|(?<=\w\w)(?<=[аеёиоуыэюя][бвгджзйклмнпрстфхцчшщ])(?=[бвгджзклмнпрстфхцчшщ]{1,3}[аеёиоуыэюя]\w)"
)
SOFT_HYPHEN = "\u00ad"


def longest_part(text: str, *, bold: bool = False) -> float:
    """How wide the widest piece of a text is that no line breaks within."""
    pieces = (part for word in _BLANKS.split(held(text)) for part in _PARTS.findall(word))
    return max((text_width(piece, bold=bold) for piece in pieces), default=0.0)


def unbreakable(text: str) -> str:
    """The text with a hyphen wherever one may be put: each piece is as short as it gets. Words of
    twelve letters or less stay whole."""
    return _WORD.sub(
        lambda found: _SYLLABLE.sub("-", found[0]) if len(found[0]) > 12 else found[0], text
    )


def softened(text: str, width: float, *, bold: bool = False) -> str:
    """The text with soft hyphens in the words that a column has no room for."""

    def soft(found: re.Match[str]) -> str:
        fits = text_width(found[0], bold=bold) <= width * SPARE
        return found[0] if fits else _SYLLABLE.sub(SOFT_HYPHEN, found[0])

    return _WORD.sub(soft, text)


_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_WORD = re.compile(r"[^\s\u00a0-]+")


@lru_cache(maxsize=16384)
def count_lines(text: str, width: float, *, bold: bool = False) -> int:
    """How many lines a text takes in a column; a word longer than that is broken."""
    if SOFT_HYPHEN in text:
        # A syllable and its hyphen may be left over on each line.
        text, width = text.replace(SOFT_HYPHEN, ""), max(width - 1.5, width * 0.6)
    width *= SPARE
    lines, used = 1, 0.0
    for word in _BLANKS.split(held(text).strip()):
        # A line may break after a hyphen too.
        for number, part in enumerate(_PARTS.findall(word)):
            length = text_width(part, bold=bold)
            blank = _WIDTHS[" "] if used and number == 0 else 0.0
            if used + blank + length <= width:
                used += blank + length
                continue
            lines += 1 if used else 0
            broken = max(1, ceil(length / max(width, 1.0)))
            lines += broken - 1
            used = length - (broken - 1) * width
    return lines


_PARTS = re.compile(r"[^-–]*[-–]+|[^-–]+")


def text_height(text: str, width: float, *, bold: bool = False, size: float = 1.0) -> float:
    """The height of a paragraph in letters `size` times the text's."""
    return count_lines(text, width / size, bold=bold) * LINE_HEIGHT * size


def divide(
    heights: Sequence[float], *, first: float, other: float, tail: float = 0.0
) -> tuple[range, ...]:
    """Which blocks stand on which sheet: `first` and `other` are the rooms of the first sheet
    and of those after it, `tail` is what follows the last block (signatures). There is always a
    sheet, also for nothing; the first one may stay empty where less fits there than elsewhere; a
    block higher than a sheet has one of its own."""
    sheets: list[range] = []
    begin, used, limit = 0, 0.0, first
    for n, height in enumerate(heights):
        is_empty = n == begin
        if used + height > limit and (not is_empty or (not sheets and first < other)):
            sheets.append(range(begin, n))
            begin, used, limit = n, 0.0, other
        used += height
    if used + tail > limit and len(heights) - begin > 1:
        # Signatures never stand on a sheet alone.
        sheets.append(range(begin, len(heights) - 1))
        begin = len(heights) - 1
    return (*sheets, range(begin, len(heights)))


class Ruler:
    """Measures what stands on a sheet, in the sizes that static/print.css gives it."""

    def __init__(self, points: int, paper: tuple[int, int] = (WIDTH_MM, HEIGHT_MM)) -> None:
        """`paper` is the room within the margins, in mm."""
        em = points * MM_PER_POINT
        self.width, height = paper[0] / em, paper[1] / em
        # The engine now and then pushes one line down, as if a page ended there.
        self.height = height - LINE_HEIGHT

    def paragraph(self, text: str, *, size: float = 1.0, bold: bool = False) -> float:
        """A paragraph with its margins."""
        return text_height(text, self.width, bold=bold, size=size) + 0.5

    def row(self, cells: Sequence[tuple[str, int]], *, bold: bool = False) -> float:
        """A row of a table: texts with their shares of the width in percent."""
        lines = max(count_lines(text, self.cell(share), bold=bold) for text, share in cells)
        return lines * LINE_HEIGHT + ROW

    def cell(self, share: int) -> float:
        """The room within a cell that takes so many percent of the width."""
        return self.width * share / 100 - 0.75

    def page_line(self) -> float:
        """«Страница 1 из 3»."""
        return 1.5

    def heading(self, school: str, title: str) -> float:
        """School and title on top of a document."""
        return (
            self.paragraph(school, size=0.9)
            + text_height(title, self.width, bold=True, size=1.35)
            + 1.0
        )
