"""The five shipped regulations: templates that a school's versions start from."""

from datetime import date
from functools import lru_cache
from pathlib import Path

#: The order of the demo: S2, S19, V, S11, NT.
NAMES = ("school-2", "school-19", "volosovskaya", "school-11", "nizhnyaya-tura")
#: From when the shipped texts hold for a school that starts under them.
HOLD_FROM_ON = date(2025, 9, 1)

_FOLDER = Path(__file__).resolve().parent


@lru_cache(maxsize=len(NAMES))
def read_template(name: str) -> str:
    """The text of a shipped regulation. Raises LookupError for a name that is none."""
    if name not in NAMES:
        raise LookupError(f"нет регламента «{name}»")
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
