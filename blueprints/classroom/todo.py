"""What waits for the class teacher: a line each on the first page of the class.

Whoever makes a page that a class teacher has to look at registers a line for it:

    @todo_line
    def forms_to_check(head: ClassHead, today: date) -> TodoLine | None:
        return TodoLine("Листы согласия проверить", url_for("classroom.forms", …), count)
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from school.queries.schools import ClassHead


@dataclass(frozen=True, slots=True)
class TodoLine:
    """A link with how many wait behind it; without a number it is only a way."""

    words: str
    address: str
    count: int | None = None
    #: Said where the number is 0.
    none: str = "нет"


Line = Callable[[ClassHead, date], TodoLine | None]
_LINES: list[Line] = []


def todo_line(line: Line) -> Line:
    """Put a line on the first page of every class; None leaves it out."""
    _LINES.append(line)
    return line


def list_todo(head: ClassHead, today: date) -> list[TodoLine]:
    """The lines of a class today, what waits before what does not."""
    lines = [found for line in _LINES if (found := line(head, today)) is not None]
    return sorted(lines, key=lambda line: (not line.count, line.count is None))
