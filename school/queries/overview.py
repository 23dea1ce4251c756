"""A school with its classes, as its office and its heads see it first."""

from collections.abc import Iterable
from dataclasses import dataclass

from school import clock
from school.queries.schools import ClassLine, SchoolLine, find_school, list_classes


@dataclass(frozen=True, slots=True)
class SchoolClasses:
    school: SchoolLine
    classes: tuple[ClassLine, ...]


def list_school_classes(school_ids: Iterable[int]) -> tuple[SchoolClasses, ...]:
    """Schools, by id, each with the classes of its present year."""
    schools = (find_school(school_id) for school_id in sorted(school_ids))
    return tuple(
        SchoolClasses(school, list_classes(school.school_id, clock.today(school.time_zone)))
        for school in schools
        if school is not None
    )
