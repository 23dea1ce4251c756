"""Who has read what: «Ознакомлен(а)» under results and weeks (B12)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school.database import fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.queries.results import ResultColumn
from school.rules.proposals import PERIOD

WEEK, YEAR = "week", "year"


@dataclass(frozen=True, slots=True)
class AcknowledgementLine:
    """A person who has read something, and when; since then it may have changed."""

    pupil_id: int
    person_id: int
    name: str
    at: datetime
    is_stale: bool = False


OF_COLUMN = """
SELECT a.pupil_id, a.person_id, p.surname, p.given_name, p.patronymic, MAX(a.at),
       COALESCE((SELECT MAX(r.decided_at) FROM period_result r
                 WHERE r.pupil_id = a.pupil_id AND r.school_year_id = ?
                   AND {results}), 0)
FROM acknowledgement a JOIN person p ON p.id = a.person_id
WHERE a.pupil_id IN ({pupils}) AND {column}
GROUP BY a.pupil_id, a.person_id, p.surname, p.given_name, p.patronymic
ORDER BY MAX(a.at)
"""
CLASS = """
SELECT e.pupil_id, c.school_year_id FROM enrolment e
JOIN school_class c ON c.id = e.school_class_id WHERE e.school_class_id = ?
"""


def list_column_acknowledgements(
    pupil_ids: Collection[int], year_id: int, column: ResultColumn
) -> dict[int, tuple[AcknowledgementLine, ...]]:
    """Pupil → who has read the results of a study period, or of the year (with its exams), in
    order of time."""
    pupils = ", ".join("?" * len(pupil_ids)) or "NULL"
    parameters: tuple[Any, ...]
    if column.kind == PERIOD:
        results, of = "r.study_period_id = ?", "a.study_period_id = ?"
        parameters = (year_id, column.period_id, *pupil_ids, column.period_id)
    else:
        results, of = "r.study_period_id IS NULL", "a.what = 'year' AND a.about_on = ?"
        parameters = (year_id, *pupil_ids, column.from_on)
    found: dict[int, list[AcknowledgementLine]] = defaultdict(list)
    sql = OF_COLUMN.format(results=results, pupils=pupils, column=of)
    for pupil_id, person_id, *name, at, changed_at in fetch_all(sql, parameters):
        found[pupil_id].append(
            AcknowledgementLine(
                pupil_id, person_id, full_name(*name), from_milliseconds(at), changed_at > at
            )
        )
    return {pupil_id: tuple(lines) for pupil_id, lines in found.items()}


def list_class_acknowledgements(
    class_id: int, column: ResultColumn
) -> dict[int, tuple[AcknowledgementLine, ...]]:
    """The same for the pupils of a class."""
    rows = fetch_all(CLASS, (class_id,))
    if not rows:
        return {}
    return list_column_acknowledgements({row[0] for row in rows}, rows[0][1], column)


OF_WEEK = """
SELECT a.pupil_id, a.person_id, p.surname, p.given_name, p.patronymic, MAX(a.at)
FROM acknowledgement a JOIN person p ON p.id = a.person_id
WHERE a.pupil_id IN ({pupils}) AND a.what = 'week' AND a.about_on = ?
GROUP BY a.pupil_id, a.person_id, p.surname, p.given_name, p.patronymic
ORDER BY MAX(a.at)
"""


def list_week_acknowledgements(
    pupil_ids: Collection[int], monday: date
) -> dict[int, tuple[AcknowledgementLine, ...]]:
    """Pupil → who has read a week, in order of time."""
    pupils = ", ".join("?" * len(pupil_ids)) or "NULL"
    found: dict[int, list[AcknowledgementLine]] = defaultdict(list)
    for pupil_id, person_id, *name, at in fetch_all(
        OF_WEEK.format(pupils=pupils), (*pupil_ids, monday)
    ):
        line = AcknowledgementLine(pupil_id, person_id, full_name(*name), from_milliseconds(at))
        found[pupil_id].append(line)
    return {pupil_id: tuple(lines) for pupil_id, lines in found.items()}
