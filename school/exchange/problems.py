"""What is wrong with files somebody wants to bring in."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong thing, said so that the person who made the file can mend it.

    `line` is the line of the file as a spreadsheet counts it, 0 for the file as a whole;
    `column` is the heading, empty for the row as a whole.
    """

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f", строка {self.line}"
        if self.column:
            place += f", «{self.column}»"
        return f"{place}: {self.message}"


class ImportRefused(Exception):
    """The files cannot be brought in; nothing was written. `problems` holds all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
