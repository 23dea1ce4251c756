"""The frozen years of a school: what was asked for, and how it stands."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name


@dataclass(frozen=True, slots=True)
class FrozenYearLine:
    """An archive of a school year; moments are UTC."""

    frozen_id: int
    school_id: int
    short_name: str
    time_zone: str
    school_year_id: int
    year_name: str
    year_from_on: date
    year_until_on: date
    state: str
    asked_at: datetime
    asked_by: str
    progress: str
    problem: str
    done_at: datetime | None
    file_name: str
    checksum: str
    #: Bytes.
    length: int

    @property
    def megabytes(self) -> str:
        """«3,4»; never «0,0»."""
        return f"{max(self.length / 1_000_000, 0.1):.1f}".replace(".", ",")


LINES = """
SELECT f.id, f.school_id, s.short_name, s.time_zone, y.id, y.name, y.from_on, y.until_on, f.state,
       f.asked_at, p.surname, p.given_name, p.patronymic, f.progress, f.problem, f.done_at,
       f.file_name, f.checksum, f.length
FROM frozen_year f
JOIN school s ON s.id = f.school_id
JOIN school_year y ON y.id = f.school_year_id
LEFT JOIN person p ON p.id = f.asked_by_id
"""


def list_frozen_years(school_id: int) -> tuple[FrozenYearLine, ...]:
    """The newest of each year of a school that was not replaced by a later one."""
    found: dict[tuple[int, str], FrozenYearLine] = {}
    for row in fetch_all(
        f"{LINES} WHERE f.school_id = ? AND f.state <> 'removed' ORDER BY f.id", (school_id,)
    ):
        line = _line(row)
        found[line.school_year_id, line.state] = line
    return tuple(found.values())


def find_frozen_year(frozen_id: int) -> FrozenYearLine | None:
    """An archive, or None."""
    rows = fetch_all(f"{LINES} WHERE f.id = ?", (frozen_id,))
    return _line(rows[0]) if rows else None


def _line(row: tuple[Any, ...]) -> FrozenYearLine:
    asked_by = full_name(*row[10:13]) if row[10] else ""
    done_at = from_milliseconds(row[15]) if row[15] is not None else None
    days = as_date(row[6]), as_date(row[7])
    values: list[Any] = [
        *row[:6], *days, row[8], from_milliseconds(row[9]), asked_by, *row[13:15], done_at,
        *row[16:19],
    ]  # fmt: skip
    return FrozenYearLine(*values)
