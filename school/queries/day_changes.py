"""Changes of whole days, as those who run the school see them."""

from dataclasses import dataclass
from datetime import date, datetime

from school import wording_timetable
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name


@dataclass(frozen=True, slots=True)
class DayChangeLine:
    """A moved day or the quarantine of a class."""

    day_change_id: int
    kind: str
    from_on: date
    until_on: date
    #: Whose days: «7А», «1–11 классы».
    whose: str
    words: str
    announced_at: datetime
    announced_by: str


DAY_CHANGES = """
SELECT d.id, d.kind, d.from_on, d.until_on, d.from_grade, d.until_grade, d.weekday,
       d.week_parity, d.is_remote, d.reason, d.announced_at, c.grade, c.letter,
       p.surname, p.given_name, p.patronymic
FROM day_change d
JOIN person p ON p.id = d.announced_by_id
LEFT JOIN school_class c ON c.id = d.school_class_id
WHERE d.school_id = ? AND d.undone_at IS NULL AND d.from_on <= ? AND d.until_on >= ?
ORDER BY d.from_on, d.id
"""


def list_day_changes(
    school_id: int, from_on: date, until_on: date | None = None
) -> tuple[DayChangeLine, ...]:
    """What changes whole days of a span and was not taken back."""
    found = []
    for row in fetch_all(DAY_CHANGES, (school_id, until_on or from_on, from_on)):
        (
            change_id, kind, begins, ends, low, high, weekday, parity, is_remote, reason, at,
            grade, letter, *names,
        ) = row  # fmt: skip
        day = as_date(begins)
        found.append(
            DayChangeLine(
                day_change_id=change_id,
                kind=kind,
                from_on=day,
                until_on=as_date(ends),
                whose=f"{grade}{letter}" if grade else f"{low}–{high} классы",
                words=wording_timetable.day_change(
                    kind, weekday, parity, reason, is_remote=bool(is_remote)
                ),
                announced_at=from_milliseconds(at),
                announced_by=full_name(*names),
            )
        )
    return tuple(found)
