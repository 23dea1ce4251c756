"""Who came and left: by class, by programme, in the whole school (движение, H25)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from school.database import as_date, fetch_all
from school.queries.lessons import full_name
from school.rules.statistics import PROGRAMMES, Movement, Stay, find_movement, programme_of


@dataclass(frozen=True, slots=True)
class MovementLine:
    """A class, a programme or the school over a span."""

    name: str
    movement: Movement
    class_id: int | None = None


@dataclass(frozen=True, slots=True)
class SchoolMovement:
    classes: tuple[MovementLine, ...]
    programmes: tuple[MovementLine, ...]
    school: MovementLine
    #: Names of those who came or left, by pupil.
    names: dict[int, str]


STAYS = """
SELECT e.pupil_id, e.from_on, e.until_on, e.ending, c.id, c.grade, c.letter,
       p.surname, p.given_name, p.patronymic
FROM enrolment e
JOIN school_class c ON c.id = e.school_class_id
JOIN person p ON p.id = e.pupil_id
WHERE e.school_id = ? AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
ORDER BY c.grade, c.letter, c.id, e.from_on, e.id
"""


def get_movement(school_id: int, from_on: date, until_on: date) -> SchoolMovement:
    """The movement of a school's pupils over a span of days, both included.

    A change of class moves the classes alone, one of programme (from grade 4 to 5) not the
    school.
    """
    # A day more on either side tells a change of class from an arrival.
    before, after = from_on.toordinal() - 1, until_on.toordinal() + 1
    rows = fetch_all(STAYS, (school_id, date.fromordinal(after), date.fromordinal(before)))
    by_class: dict[tuple[int, str], list[Stay]] = {}
    by_programme: dict[str, list[Stay]] = {}
    names = {}
    for pupil_id, first, last, ending, class_id, grade, letter, *name in rows:
        stay = Stay(pupil_id, as_date(first), as_date(last) if last else None, ending)
        by_class.setdefault((class_id, f"{grade}{letter}"), []).append(stay)
        by_programme.setdefault(programme_of(grade), []).append(stay)
        names[pupil_id] = full_name(*name)

    def line(name: str, stays: Iterable[Stay], class_id: int | None = None) -> MovementLine:
        return MovementLine(name, find_movement(stays, from_on, until_on), class_id)

    classes = tuple(line(name, stays, class_id) for (class_id, name), stays in by_class.items())
    return SchoolMovement(
        # A class of last year that ended the day before has nobody in the span.
        tuple(c for c in classes if c.movement.at_start or c.movement.arrived),
        tuple(line(name, by_programme[key]) for key, name, _ in PROGRAMMES if key in by_programme),
        line("Вся школа", [stay for stays in by_class.values() for stay in stays]),
        names,
    )
