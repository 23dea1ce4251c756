"""The shipped texts of blank forms."""

from pathlib import Path

from school.rules.forms import TITLES


def read_form(form: str) -> str:
    """The shipped text of a form, a key of rules.forms.TITLES. Raises KeyError."""
    if form not in TITLES:
        raise KeyError(form)
    return (Path(__file__).parent / f"{form}.txt").read_text(encoding="utf-8")
