"""A school with its classes, as its office and its heads see it first."""

from collections.abc import Iterable
from dataclasses import dataclass

from school import clock
from school.database import fetch_all
from school.queries.schools import ClassLine, SchoolLine, list_classes


@dataclass(frozen=True, slots=True)
class SchoolClasses:
    school: SchoolLine
    classes: tuple[ClassLine, ...]


def list_school_classes(school_ids: Iterable[int]) -> tuple[SchoolClasses, ...]:
    """Schools, by id, each with the classes of its present year."""
    sql = "SELECT id, short_name, name, full_name, time_zone FROM school WHERE id = ?"
    found = []
    for school_id in sorted(school_ids):
        school = SchoolLine(*fetch_all(sql, (school_id,))[0])
        classes = list_classes(school_id, clock.today(school.time_zone))
        found.append(SchoolClasses(school, classes))
    return tuple(found)
