"""Reading what was printed: poppler's tools."""

import re
import subprocess
from pathlib import Path


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
