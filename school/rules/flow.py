"""A report on sheets: paragraphs, headings and tables one after another, divided before they are
drawn. Pure arithmetic; the lengths are those of school/rules/sheets.py."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from school.rules.sheets import HEIGHT_MM, POINTS, WIDTH_MM, Ruler

#: A table with more columns is a list of sentences in large print: no column would hold a word.
MOST_COLUMNS_IN_LARGE_PRINT = 3
SIGNATURE = 2.2
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
    signatures: int = 0,
    paper: tuple[int, int] = (WIDTH_MM, HEIGHT_MM),
) -> tuple[tuple[Part, ...], ...]:
    """Blocks on sheets for letters of `points`, below the school and the title. A heading stays
    with what follows it, a table's head with its first row and repeats on each sheet; so many
    `signatures` and the day of printing stand below the last block. `paper` is the room within
    the margins, in mm."""
    ruler = Ruler(points, paper)
    usable = ruler.height - ruler.page_line()
    sheets = _Sheets(usable, usable - ruler.heading(*heading))
    ordered = [part for block in blocks for part in _readable(block, points)]
    for number, block in enumerate(ordered):
        following = ordered[number + 1] if number + 1 < len(ordered) else None
        needed = _least_height(ruler, block)
        if isinstance(block, Heading) and following is not None:
            needed += _least_height(ruler, following)
        if needed > sheets.room and (sheets.sheets[-1] or sheets.room < usable):
            sheets.turn()
        if isinstance(block, Table):
            _put_table(ruler, sheets, block)
        else:
            sheets.put(block, _least_height(ruler, block))
    tail = ruler.paragraph(STAMP) + (SIGNATURE * (signatures + 1) if signatures else 0.0)
    if tail > sheets.room:
        sheets.turn_with_last()
    return tuple(tuple(sheet) for sheet in sheets.sheets)


def _readable(block: Block, points: int) -> list[Block]:
    """The block as letters of that size can be read."""
    if (
        not isinstance(block, Table)
        or points == POINTS[0]
        or len(block.columns) <= MOST_COLUMNS_IN_LARGE_PRINT
    ):
        return [block]
    titles = [title for title, _ in block.columns[1:]]
    sentences = [
        Paragraph(
            f"{row[0]}. "
            + "; ".join(
                f"{title}: {cell}" for title, cell in zip(titles, row[1:], strict=True) if cell
            )
        )
        for row in block.rows
    ]
    return [Heading(block.caption), *sentences]


def _head_height(ruler: Ruler, block: Table) -> float:
    caption = ruler.paragraph(f"{block.caption}, продолжение")
    return caption + ruler.row(block.columns, bold=True)


def _row_height(ruler: Ruler, block: Table, row: Sequence[str]) -> float:
    cells = [(text, share) for text, (_, share) in zip(row, block.columns, strict=True)]
    return ruler.row(cells, bold=True)


def _least_height(ruler: Ruler, block: Block) -> float:
    """The room without which a block does not begin on a sheet."""
    if isinstance(block, Heading):
        return ruler.paragraph(block.text, bold=True) + 0.5
    if isinstance(block, Paragraph):
        return ruler.paragraph(block.text)
    first = _row_height(ruler, block, block.rows[0]) if block.rows else 0.0
    return _head_height(ruler, block) + first


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
