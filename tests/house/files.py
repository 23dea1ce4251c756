"""The project's own files, as the house rules read them."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

#: Made on this machine, not part of the project.
_MADE_HERE = {
    ".git", ".venv", "var", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache",
    ".hypothesis", ".import_linter_cache",
}  # fmt: skip


def list_files(*places: str) -> Iterator[Path]:
    """Every file of the project, or of these folders and files of it."""
    for place in places or (".",):
        yield from _walk(ROOT / place)


def _walk(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for child in sorted(path.iterdir()):
        if child.name not in _MADE_HERE:
            yield from _walk(child)


def find_text(path: Path) -> str | None:
    """What a file says, or None where it is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
