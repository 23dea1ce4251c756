"""Rows of the budgets, met or not."""

from collections.abc import Iterable
from dataclasses import dataclass

MET, NOT_MET, BESIDE = "met", "NOT MET", ""


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    budget: str = ""
    figure: str = ""
    verdict: str = BESIDE


def at_most(
    what: str, found: float, most: float, unit: str = "", digits: int = 0, more: str = ""
) -> Row:
    """A figure against its budget; `more` is said beside it."""
    figure = f"{found:,.{digits}f} {unit}".rstrip() + (f"  ({more})" if more else "")
    return Row(what, f"≤ {most:,g} {unit}".rstrip(), figure, MET if found <= most else NOT_MET)


def beside(what: str, figure: str) -> Row:
    """Something worth knowing that has no budget."""
    return Row(what, figure=figure)


def print_table(title: str, rows: Iterable[Row]) -> None:
    lines = [("", "budget", "figure", "")]
    lines += [(row.what, row.budget, row.figure, row.verdict) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    print(f"\n{title}")
    for line in lines:
        cells = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        print(("  " + "   ".join(cells)).rstrip(), flush=True)
