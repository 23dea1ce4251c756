"""Reading what was printed: poppler's tools."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lxml import etree


def text_of(pdf: bytes) -> list[str]:
    """The words of each page."""
    out = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    return [" ".join(page.split()) for page in out.split("\f")[:-1]]


def numbers_of(pdf: bytes) -> list[str]:
    """«1 из 3» of each page; a page without is a page too many."""
    found = []
    for page in text_of(pdf):
        numbers = re.findall(r"Страница (\d+ из \d+)", page)
        found.append(numbers[0] if len(numbers) == 1 else f"{len(numbers)} numbers")
    return found


def wanted_numbers(count: int) -> list[str]:
    return [f"{n} из {count}" for n in range(1, count + 1)]


def info_of(pdf: bytes, folder: Path) -> str:
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdfinfo", path], capture_output=True, check=True, text=True).stdout


def fonts_of(pdf: bytes, folder: Path) -> list[str]:
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    out = subprocess.run(["pdffonts", path], capture_output=True, check=True, text=True).stdout
    return out.splitlines()[2:]


def picture_of(pdf: bytes, folder: Path, page: int = 1) -> tuple[int, int, bytes]:
    """A page as a grey picture: width, height, a byte for each dot."""
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    root = folder / "picture"
    subprocess.run(
        ["pdftoppm", "-gray", "-r", "50", "-f", str(page), "-l", str(page), "-singlefile",
         path, root],
        check=True,
    )  # fmt: skip
    body = root.with_suffix(".pgm").read_bytes()
    magic, size, _, dots = body.split(b"\n", 3)
    assert magic == b"P5"
    width, height = map(int, size.split())
    return width, height, dots


def margins_of(pdf: bytes, folder: Path, page: int = 1) -> tuple[float, float, float, float]:
    """White at left, top, right and bottom in millimetres."""
    width, height, dots = picture_of(pdf, folder, page)
    rows = [y for y in range(height) if min(dots[y * width : (y + 1) * width]) < 200]
    columns = [x for x in range(width) if min(dots[x::width]) < 200]
    mm = 25.4 / 50
    return (
        columns[0] * mm,
        rows[0] * mm,
        (width - 1 - columns[-1]) * mm,
        (height - 1 - rows[-1]) * mm,
    )


@dataclass(frozen=True)
class Word:
    """A word where it stands on its page, in millimetres from the left and upper edge."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def words_of(pdf: bytes) -> list[list[Word]]:
    """The words of each page with their places: what is broken in two is two words."""
    out = subprocess.run(
        ["pdftotext", "-bbox", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True,
        check=True,
    ).stdout  # fmt: skip
    root = etree.fromstring(out, etree.XMLParser(recover=True))
    mm = 25.4 / 72
    return [
        [
            Word(
                word.text or "",
                *(float(word.get(side)) * mm for side in ("xMin", "yMin", "xMax", "yMax")),
            )
            for word in page.iter("{*}word")
        ]
        for page in root.iter("{*}page")
    ]


def draw(pdf: bytes, root: Path, count: int, dots: int = 60) -> None:
    """The PDF, and of its `count` pages the first and the last ones as PNG beside it, for a
    person to look at."""
    path = root.with_suffix(".pdf")
    path.write_bytes(pdf)
    ends = {(1, min(count, 8)), (max(1, count - 1), count)}
    for first, last in ends:
        subprocess.run(
            ["pdftoppm", "-png", "-gray", "-r", str(dots), "-f", str(first), "-l", str(last),
             path, root],
            check=True,
        )  # fmt: skip


def margins_of_all(pdf: bytes, folder: Path) -> list[tuple[float, float, float, float]]:
    """White at left, top, right and bottom of each page in millimetres."""
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-gray", "-r", "50", path, folder / "page"], check=True)
    return [_white(picture.read_bytes()) for picture in sorted(folder.glob("page-*.pgm"))]


def _white(picture: bytes) -> tuple[float, float, float, float]:
    _, size, _, dots = picture.split(b"\n", 3)
    width, height = map(int, size.split())
    rows = [y for y in range(height) if min(dots[y * width : (y + 1) * width]) < 200]
    columns = [x for x in range(width) if min(dots[x::width]) < 200]
    mm = 25.4 / 50
    return (
        columns[0] * mm, rows[0] * mm, (width - 1 - columns[-1]) * mm,
        (height - 1 - rows[-1]) * mm,
    )  # fmt: skip
