"""Verdicts of one kind of entry, counted by the database where they are too many to be read."""

from collections.abc import Iterator, Mapping

from school.database import fetch_all
from school.queries.lessons import full_name
from school.queries.obligations.school import SchoolDesk
from school.queries.obligations.wanted import Wanted
from school.rules.obligations import TEACHER, Count


def count_verdicts(
    desk: SchoolDesk, sql: str, wanted: Wanted, row_of: Mapping[str, str]
) -> Iterator[Count]:
    """What was entered of that which began in a span, by teacher and class. `sql` gives what was
    judged, the teacher's id and names, the class, how many, and how many in time; `row_of` says
    of what was judged which row promises it."""
    for row in fetch_all(sql, (desk.school_id, *wanted.span)):
        what, teacher_id, surname, given_name, patronymic, class_id, entered, in_time = row
        yield Count(
            row_of[what], TEACHER, teacher_id, full_name(surname, given_name, patronymic),
            class_id, desk.class_names.get(class_id, ""), int(in_time), int(entered) - int(in_time),
        )  # fmt: skip
