"""How large a demo may be, and what it refuses."""

from dataclasses import dataclass

#: Pupils per class by default: what loads in seconds and still looks like a class.
USUAL_CLASS = 15
#: Above this a grade gets another letter.
LARGEST_CLASS = 26
#: The demo pupil and a newcomer sit in one class.
SMALLEST_CLASS = 2

LETTERS = "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЭЮЯ"


class DemoRefused(Exception):
    """The demo cannot be loaded; the message says why."""


@dataclass(frozen=True, slots=True)
class Sizes:
    schools: int
    #: Per school; None for the usual size.
    pupils: int | None
    weeks: int

    def __post_init__(self) -> None:
        if self.schools < 1:
            raise DemoRefused("The demo needs at least 1 school.")
        if self.weeks < 1:
            raise DemoRefused("The demo needs at least 1 week of past lessons.")
        smallest, largest = SMALLEST_CLASS * 11, LARGEST_CLASS * len(LETTERS) * 4
        if self.pupils is not None and not smallest <= self.pupils <= largest:
            raise DemoRefused(
                f"A school of the demo has between {smallest} and {largest} pupils, "
                f"not {self.pupils}."
            )

    def class_sizes(self, grades: range) -> list[tuple[int, str, int]]:
        """Grade, letter and number of pupils of each class of a school."""
        total = USUAL_CLASS * len(grades) if self.pupils is None else self.pupils
        found = []
        for place, grade in enumerate(grades):
            of_grade = _share(total, len(grades), place)
            letters = -(-of_grade // LARGEST_CLASS)
            found += [(grade, LETTERS[n], _share(of_grade, letters, n)) for n in range(letters)]
        return found


def _share(total: int, parts: int, place: int) -> int:
    """The size of one of nearly equal parts; the first ones take what is left over."""
    return total // parts + (place < total % parts)
