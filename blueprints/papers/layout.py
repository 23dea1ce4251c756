"""Dividing the papers into sheets: what stands where, before it is drawn.

The sizes here are those of static/print.css.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from school.actions.password_lists import Issued
from school.queries.register import ATTENDANCE, COMMENT, LATE, MARK, Cell, Register
from school.queries.strips import Strip
from school.rules.flow import Block, Paragraph, Table
from school.rules.sheets import POINTS, Ruler, count_lines, divide
from school.wording import attendance


@dataclass(frozen=True, slots=True)
class StripPart:
    """A strip, or what stands of it on this sheet."""

    name: str
    lines: tuple[str, ...]
    is_continued: bool
    is_last: bool


STAMP = "Напечатано 20.11.2026, последняя запись 20.11.2026 в 10:41."


def strip_sheets(
    strips: Sequence[Strip], heading: tuple[str, str], what: str, points: int
) -> tuple[tuple[StripPart, ...], ...]:
    """Strips on sheets; one that is higher than a sheet goes on on the next."""
    ruler = Ruler(points)
    frame = 2.2 + ruler.page_line()
    parts: list[StripPart] = []
    heights: list[float] = []
    limit = ruler.height - frame - ruler.heading(*heading)
    for strip in strips:
        lines = [f"{subject}: {marks}" for subject, marks in strip.marks]
        lines = [*(lines or ["Отметок за эти дни нет."]), strip.attendance]
        title = ruler.paragraph(f"{strip.name}, {what}, продолжение", bold=True)
        tall = [ruler.paragraph(line) - 0.3 for line in lines]
        sign = 1.6 + ruler.paragraph(STAMP, size=0.8)
        for chunk in divide(tall, first=limit - title - sign, other=limit - title - sign):
            is_last = chunk.stop == len(lines)
            parts.append(
                StripPart(
                    strip.name, tuple(lines[chunk.start : chunk.stop]), chunk.start > 0, is_last
                )
            )
            heights.append(title + sum(tall[n] for n in chunk) + (sign if is_last else 0) + 1.6)
    usable = ruler.height - ruler.page_line()
    sheets = divide(heights, first=usable - ruler.heading(*heading), other=usable)
    return tuple(tuple(parts[n] for n in sheet) for sheet in sheets)


@dataclass(frozen=True, slots=True)
class RegisterLine:
    number: int
    name: str
    attendance: str
    marks: str


def register_lines(register: Register, *, is_taken: bool) -> tuple[RegisterLine, ...]:
    """The pupils of a lesson as a paper lists them."""
    several = len(register.works) > 1
    lines = []
    for number, pupil in enumerate(register.pupils, 1):
        code = register.value(Cell(ATTENDANCE, pupil.pupil_id))
        minutes = register.value(Cell(LATE, pupil.pupil_id))
        marks = [
            (f"{n}) " if several else "") + value
            for n, work in enumerate(register.works, 1)
            if (value := register.value(Cell(MARK, pupil.pupil_id, work.work_id)))
        ]
        comment = register.value(Cell(COMMENT, pupil.pupil_id))
        said = [", ".join(marks), comment]
        present = "на уроке" if is_taken else "не отмечено"
        lines.append(
            RegisterLine(
                number,
                pupil.name,
                attendance(code, int(minutes or 0) or None) if code else present,
                ". ".join(filter(None, said)),
            )
        )
    return tuple(lines)


def register_blocks(lines: Sequence[RegisterLine], facts: Sequence[str]) -> list[Block]:
    """What stands in the register of a lesson: facts, then its pupils."""
    said: list[Block] = [Paragraph(fact) for fact in facts]
    if not lines:
        return [*said, Paragraph("В группе в день урока нет ни одного ученика.")]
    columns = (("Ученик", 45), ("Посещаемость", 25), ("Отметки и комментарии", 30))
    rows = tuple((f"{line.number}. {line.name}", line.attendance, line.marks) for line in lines)
    return [*said, Table(f"Ученики: {len(lines)}", columns, rows)]


def slip_sheets(
    issued: Sequence[Issued], heading: tuple[str, str], note: str, points: int
) -> tuple[tuple[Issued, ...], ...]:
    """Slips with passwords, to be cut apart."""
    ruler = Ruler(points)
    beside = Ruler(points)
    # The QR code stands at the right.
    qr = PASSWORD_QR[points]
    beside.width = ruler.width - qr - 1.2
    heights = [
        max(
            beside.paragraph(slip.name, bold=True)
            + beside.paragraph(slip.duties)
            + beside.paragraph(f"Логин: {slip.login}", size=1.1)
            + beside.paragraph(f"Временный пароль: {slip.password}", size=1.1)
            + beside.paragraph(note),
            qr + 1.0,
        )
        + 1.6
        for slip in issued
    ]
    usable = ruler.height - ruler.page_line()
    sheets = divide(heights, first=usable - ruler.heading(*heading), other=usable)
    return tuple(tuple(issued[n] for n in sheet) for sheet in sheets)


@dataclass(frozen=True, slots=True)
class CodeSlip:
    """A slip with an invitation code, as it is printed."""

    name: str
    about: str
    #: «T249-43P8-922T».
    code: str
    until: str
    #: The QR code with the address and the code.
    image: str


#: How wide a QR code is, by the size of letters (print.css): about four centimetres on paper.
PASSWORD_QR = {12: 7, 18: 7, 24: 5}
CODE_QR = {12: 9, 18: 7, 24: 5}
#: Small slips: three side by side in rows of one height, so that a class is on one sheet; long
#: names make their row higher (print.css knows these).
SMALL_IN_A_ROW = 3
SMALL_HEIGHTS = (6, 7, 8, 9)
#: The size of the words on them, their height, and what stands around them.
SMALL, SMALL_LINE, SMALL_QR, SMALL_FRAME = 0.58, 1.15, 4.1, 0.6


def code_slip_sheets(
    slips: Sequence[CodeSlip], heading: tuple[str, str], words: Sequence[str], points: int
) -> tuple[tuple[CodeSlip, ...], ...]:
    """Slips with codes, to be cut apart; `words` stand on each: the address first, in large type,
    then what to do."""
    ruler = Ruler(points)
    beside = Ruler(points)
    # The QR code stands at the right of the first lines.
    qr = CODE_QR[points]
    beside.width = ruler.width - qr - 1.2
    address, *rest = words
    heights = [
        max(
            beside.paragraph(slip.name, bold=True)
            + beside.paragraph(slip.about)
            + beside.paragraph(f"Код: {slip.code}", size=1.5, bold=True)
            + beside.paragraph(address, size=1.35, bold=True)
            + beside.paragraph(slip.until),
            qr + 0.3,
        )
        + sum(ruler.paragraph(line) for line in rest)
        + 1.4
        for slip in slips
    ]
    usable = ruler.height - ruler.page_line()
    sheets = divide(heights, first=usable - ruler.heading(*heading), other=usable)
    return tuple(tuple(slips[n] for n in sheet) for sheet in sheets)


@dataclass(frozen=True, slots=True)
class SmallRow:
    """Small slips side by side, and how high they are: one of SMALL_HEIGHTS."""

    slips: tuple[CodeSlip, ...]
    height: int


def small_slip_sheets(
    slips: Sequence[CodeSlip], heading: tuple[str, str]
) -> tuple[tuple[SmallRow, ...], ...]:
    """Small slips in rows, rows on sheets."""
    ruler = Ruler(POINTS[0])
    rows = []
    for n in range(0, len(slips), SMALL_IN_A_ROW):
        row = tuple(slips[n : n + SMALL_IN_A_ROW])
        wanted = max(_small_height(ruler, slip) for slip in row)
        fitting = (height for height in SMALL_HEIGHTS if height >= wanted)
        rows.append(SmallRow(row, next(fitting, SMALL_HEIGHTS[-1])))
    usable = ruler.height - ruler.page_line()
    heights = [float(row.height) for row in rows]
    sheets = divide(heights, first=usable - ruler.heading(*heading), other=usable)
    return tuple(tuple(rows[n] for n in sheet) for sheet in sheets)


def _small_height(ruler: Ruler, slip: CodeSlip) -> float:
    """The name, about whom and the code beside the QR code; the address and the day below."""
    width = (ruler.width / SMALL_IN_A_ROW - SMALL_FRAME) / SMALL
    beside = width - SMALL_QR / SMALL
    lines = count_lines(slip.name, beside, bold=True) + count_lines(slip.about, beside)
    high = lines * SMALL * SMALL_LINE + 1.4
    below = count_lines(f"{slip.until} Храните в тайне.", width) * SMALL * SMALL_LINE + 0.95
    # The margin below the last line may be cut.
    return max(high, 4.0) + below + 0.2
