"""A report on sheets: paragraphs, headings and tables one after another, divided before they are
drawn. Pure arithmetic; the lengths are those of school/rules/sheets.py."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import ceil

from school.rules.sheets import (
    HEIGHT_MM,
    LINE_HEIGHT,
    POINTS,
    ROW,
    SPARE,
    WIDTH_MM,
    Ruler,
    count_lines,
    held,
    longest_part,
    softened,
    text_width,
    unbreakable,
)

#: A table with more columns is a list of sentences in large print: no column would hold a word.
MOST_COLUMNS_IN_LARGE_PRINT = 3
#: A row of more lines than this is read more easily in lines of its own, cell by cell.
MOST_LINES_OF_A_SENTENCE = 3
#: So many lines of a paragraph stand on a sheet at least, where it is divided.
FEWEST_LINES = 3
#: So many paragraphs stand on the last sheet of a form at least.
FEWEST_PARTS = 3
#: Between two paragraphs: their margins are one.
BETWEEN = 0.25
#: Columns are as wide as so many rows want them, taken from all over the table.
SAMPLE = 40
NARROWEST, WIDEST, STEP = 5, 70, 5
#: A signature of one line with its margins; the line to sign on, as wide as in static/print.css.
SIGNATURE = 2.2
LINE_TO_SIGN = "_" * ceil(9 / text_width("_"))
STAMP = "Последняя запись 20.11.2026 в 10:41. Напечатано 20.11.2026 в 10:41."


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    #: Of <h2>: the title of the paper is the first.
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Columns are titles with their shares of the width in percent, in steps of five; the first
    cell of a row names it."""

    caption: str
    columns: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        shares = [share for _, share in self.columns]
        if sum(shares) != 100 or any(share % 5 for share in shares):
            raise ValueError(f"the columns of «{self.caption}» do not fill the width: {shares}")
        if any(len(row) != len(shares) for row in self.rows):
            raise ValueError(f"a row of «{self.caption}» has not as many cells as columns")


Block = Heading | Paragraph | Table


@dataclass(frozen=True, slots=True)
class TablePart:
    """What stands of a table on one sheet."""

    caption: str
    columns: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, ...], ...]
    is_continued: bool


Part = Heading | Paragraph | TablePart


@dataclass(slots=True)
class _Sheets:
    """Sheets that fill up one after another."""

    height: float
    room: float
    sheets: list[list[Part]] = field(default_factory=lambda: [[]])
    #: How high the last part is.
    last: float = 0.0

    def turn(self) -> None:
        """Begin the next sheet."""
        self.sheets.append([])
        self.room = self.height

    def turn_with_last(self) -> None:
        """Begin the next sheet with what stood last: signatures never stand on a sheet alone."""
        whole = self.sheets[-1]
        last = whole[-1] if whole else None
        moved: list[Part] = []
        if isinstance(last, TablePart) and len(last.rows) > 1:
            whole[-1] = replace(last, rows=last.rows[:-1])
            moved = [replace(last, rows=last.rows[-1:], is_continued=True)]
        elif len(whole) > 1 and self.last < self.height / 2:
            moved = [whole.pop()]
            if len(whole) > 1 and isinstance(whole[-1], Heading):
                moved.insert(0, whole.pop())
        self.turn()
        self.sheets[-1].extend(moved)

    def put(self, part: Part, height: float) -> None:
        self.sheets[-1].append(part)
        self.room -= height
        self.last = height


def flow_sheets(
    blocks: Sequence[Block],
    heading: tuple[str, str],
    points: int,
    *,
    signs: Sequence[tuple[str, str]] = (),
    paper: tuple[int, int] = (WIDTH_MM, HEIGHT_MM),
) -> tuple[tuple[Part, ...], ...]:
    """Blocks on sheets for letters of `points`, below the school and the title. A heading stays
    with what follows it, a table's head with its first row and repeats on each sheet. Who signs
    (duty and name) and the day of printing stand below the last block. `paper` is the room within
    the margins, in mm."""
    ruler = Ruler(points, paper)
    usable = ruler.height - ruler.page_line()
    sheets = _Sheets(usable, usable - ruler.heading(*heading))
    fits = _fits(ruler, blocks)
    ordered = [part for block in blocks for part in _readable(ruler, block, points, fits)]
    for number, block in enumerate(ordered):
        if _begins(ruler, ordered, number, points) > sheets.room and (
            sheets.sheets[-1] or sheets.room < usable
        ):
            sheets.turn()
        if isinstance(block, Table):
            _put_table(ruler, sheets, block)
        elif isinstance(block, Paragraph) and _is_divisible(ruler, block, points):
            _put_paragraph(ruler, sheets, block)
        else:
            sheets.put(block, _least_height(ruler, block))
    tail = ruler.paragraph(STAMP) + _signatures(ruler, signs)
    if tail > sheets.room:
        sheets.turn_with_last()
    _fill_last(ruler, sheets.sheets, usable - tail)
    return tuple(tuple(sheet) for sheet in sheets.sheets)


def _fill_last(ruler: Ruler, sheets: list[list[Part]], room: float) -> None:
    """The line of a form that is signed takes some of its words along to another sheet."""
    while len(sheets) > 1 and len(sheets[-1]) < FEWEST_PARTS < len(sheets[-2]):
        moved = [sheets[-2][-1], *sheets[-1]]
        is_form = all(isinstance(part, Paragraph) for part in moved)
        heads = isinstance(sheets[-2][-2], Heading)
        if not is_form or heads or sum(part_height(ruler, part) for part in moved) > room:
            break
        sheets[-1] = moved
        sheets[-2].pop()


def _signatures(ruler: Ruler, signs: Sequence[tuple[str, str]]) -> float:
    """Those who sign, and the date below them."""
    height = SIGNATURE if signs else 0.0
    for duty, name in signs:
        lines = count_lines(f"{duty} {LINE_TO_SIGN} {name}", ruler.width)
        height += SIGNATURE + (lines - 1) * LINE_HEIGHT
    return height


#: Titles of columns with their shares → the shares that suit all tables of a paper which have
#: these columns, and how many percent are lacking all the same, so that words break.
Columns = tuple[tuple[str, int], ...]
#: Percent lacking for what cannot be broken, for long words, and the lines of the rows.
Cost = tuple[int, int, int]
Fits = dict[Columns, tuple[tuple[int, ...], int]]


def _fits(ruler: Ruler, blocks: Sequence[Block]) -> Fits:
    """How wide columns are to be; alike in tables that are alike."""
    rows: dict[Columns, list[tuple[str, ...]]] = {}
    for block in blocks:
        if isinstance(block, Table):
            rows.setdefault(block.columns, []).extend(block.rows)
    return {columns: _fit(ruler, columns, found) for columns, found in rows.items()}


def _readable(ruler: Ruler, block: Block, points: int, fits: Fits) -> list[Block]:
    """The block as letters of that size can be read: columns wide enough for their words, and
    sentences where there are too many."""
    if not isinstance(block, Table):
        return [block]
    shares, lacking = fits[block.columns]
    titles = (title for title, _ in block.columns)
    table = replace(block, columns=tuple(zip(titles, shares, strict=True)))
    if points == POINTS[0] or (len(block.columns) <= MOST_COLUMNS_IN_LARGE_PRINT and not lacking):
        return [_softened(ruler, table) if lacking else table]
    blocks: list[Block] = [Heading(block.caption)]
    for row in block.rows:
        blocks += _sentences(ruler, block, row)
    return blocks


def _sentences(ruler: Ruler, block: Table, row: tuple[str, ...]) -> list[Block]:
    """A row as a sentence; a long one as a heading with a line for each cell."""
    said = [
        f"{title}: {cell}"
        for (title, _), cell in zip(block.columns[1:], row[1:], strict=True)
        if cell
    ]
    sentence = f"{row[0]}. {'; '.join(said)}"
    if count_lines(sentence, ruler.width) <= MOST_LINES_OF_A_SENTENCE:
        return [Paragraph(sentence)]
    return [Heading(row[0], level=3), *map(Paragraph, said)]


def _fit(
    ruler: Ruler, columns: Columns, rows: Sequence[tuple[str, ...]]
) -> tuple[tuple[int, ...], int]:
    """Shares with which no word breaks, or few, and then the rows are lowest, beginning from the
    shares that were given."""
    sample = rows[:: max(1, len(rows) // SAMPLE)]
    needs = [
        _needed(ruler, [row[n] for row in rows], title, is_head=n == 0)
        for n, (title, _) in enumerate(columns)
    ]

    @cache
    def lines_of(column: int, share: int) -> tuple[int, ...]:
        room = ruler.cell(share)
        return tuple(count_lines(row[column], room, bold=column == 0) for row in sample)

    def cost(shares: tuple[int, ...]) -> Cost:
        short, long = (
            sum(max(0, need[which] - share) for need, share in zip(needs, shares, strict=True))
            for which in (0, 1)
        )
        lines = zip(*(lines_of(n, share) for n, share in enumerate(shares)), strict=True)
        return short, long, sum(map(max, lines))

    shares = tuple(share for _, share in columns)
    best = cost(shares)
    while (found := _best_step(shares, cost)) and found[0] < best:
        best, shares = found
    return shares, best[0] + best[1]


def _needed(ruler: Ruler, cells: Sequence[str], title: str, *, is_head: bool) -> tuple[int, int]:
    """Percent of the width for the longest piece of a column that no hyphen can break, and for
    the longest word."""
    words = {word for cell in cells for word in held(cell).split(" ")}
    wide = [longest_part(title, bold=True)]
    firm = [longest_part(unbreakable(title), bold=True)]
    for word in words:
        wide.append(longest_part(word, bold=is_head))
        firm.append(longest_part(unbreakable(word), bold=is_head))
    return _share_for(ruler, max(firm)), _share_for(ruler, max(wide))


def _share_for(ruler: Ruler, wide: float) -> int:
    shares = range(NARROWEST, WIDEST + 1, STEP)
    return next((share for share in shares if ruler.cell(share) * SPARE >= wide), WIDEST + STEP)


def _best_step(
    shares: tuple[int, ...], cost: Callable[[tuple[int, ...]], Cost]
) -> tuple[Cost, tuple[int, ...]] | None:
    """The cheapest shares that differ in one step given from one column to another."""
    tried = []
    for giver in range(len(shares)):
        for taker in range(len(shares)):
            if giver != taker and shares[giver] > NARROWEST and shares[taker] < WIDEST:
                moved = list(shares)
                moved[giver] -= STEP
                moved[taker] += STEP
                tried.append((cost(tuple(moved)), tuple(moved)))
    return min(tried, default=None)


def _softened(ruler: Ruler, table: Table) -> Table:
    """The table with soft hyphens in the words for which a column is too narrow."""
    rooms = [ruler.cell(share) for _, share in table.columns]
    rows = tuple(
        tuple(
            softened(cell, room, bold=n == 0)
            for n, (cell, room) in enumerate(zip(row, rooms, strict=True))
        )
        for row in table.rows
    )
    titles = (
        (softened(title, room, bold=True), share)
        for (title, share), room in zip(table.columns, rooms, strict=True)
    )
    return replace(table, columns=tuple(titles), rows=rows)


def _begins(ruler: Ruler, ordered: Sequence[Block], number: int, points: int) -> float:
    """The room without which a block does not begin on a sheet: headings take along what follows
    them."""
    needed = 0.0
    for block in ordered[number:]:
        if isinstance(block, Paragraph) and _is_divisible(ruler, block, points):
            return needed + FEWEST_LINES * LINE_HEIGHT + BETWEEN
        needed += _least_height(ruler, block)
        if not isinstance(block, Heading):
            break
    return needed


def _is_divisible(ruler: Ruler, block: Paragraph, points: int) -> bool:
    """Whether a paragraph may go on on the next sheet: a long one in large letters, which would
    leave half a sheet empty."""
    lines = count_lines(block.text, ruler.width)
    return points > POINTS[0] and lines >= 2 * FEWEST_LINES


def _put_paragraph(ruler: Ruler, sheets: "_Sheets", block: Paragraph) -> None:
    """So many lines as there is room for, the others on the next sheets."""
    words = held(block.text).split(" ")
    while (height := _paragraph(ruler, " ".join(words))) > sheets.room:
        lines = int((sheets.room - BETWEEN) / LINE_HEIGHT)
        begin = 1
        while count_lines(" ".join(words[: begin + 1]), ruler.width) <= lines:
            begin += 1
        while begin > 1 and count_lines(" ".join(words[begin:]), ruler.width) < FEWEST_LINES:
            begin -= 1
        part = Paragraph(" ".join(words[:begin]))
        sheets.put(part, _paragraph(ruler, part.text))
        sheets.turn()
        words = words[begin:]
    sheets.put(Paragraph(" ".join(words)), height)


def _head_height(ruler: Ruler, block: Table) -> float:
    caption = ruler.paragraph(f"{block.caption}, продолжение", bold=True)
    return caption + ruler.row(block.columns, bold=True) + BETWEEN


def _row_height(ruler: Ruler, block: Table, row: Sequence[str]) -> float:
    lines = max(
        count_lines(text, ruler.cell(share), bold=n == 0)
        for n, (text, (_, share)) in enumerate(zip(row, block.columns, strict=True))
    )
    return lines * LINE_HEIGHT + ROW


def _paragraph(ruler: Ruler, text: str) -> float:
    return ruler.paragraph(text) - 0.5 + BETWEEN


def _least_height(ruler: Ruler, block: Block) -> float:
    """The room without which a block does not begin on a sheet."""
    if isinstance(block, Heading):
        return ruler.paragraph(block.text, bold=True) + (BETWEEN if block.level > 2 else 0.0)
    if isinstance(block, Paragraph):
        return _paragraph(ruler, block.text)
    first = _row_height(ruler, block, block.rows[0]) if block.rows else 0.0
    return _head_height(ruler, block) + first


def part_height(ruler: Ruler, part: Part) -> float:
    """How high a part stands on its sheet, in letters of the text."""
    if not isinstance(part, TablePart):
        return _least_height(ruler, part)
    whole = Table(part.caption, part.columns, part.rows)
    return _head_height(ruler, whole) + sum(_row_height(ruler, whole, row) for row in part.rows)


def _put_table(ruler: Ruler, sheets: _Sheets, block: Table) -> None:
    head = _head_height(ruler, block)
    begin, used, is_continued = 0, head, False

    def put(end: int) -> None:
        part = TablePart(block.caption, block.columns, block.rows[begin:end], is_continued)
        sheets.put(part, used)

    for number, row in enumerate(block.rows):
        height = _row_height(ruler, block, row)
        if used + height > sheets.room and number > begin:
            put(number)
            sheets.turn()
            begin, used, is_continued = number, head, True
        used += height
    put(len(block.rows))
