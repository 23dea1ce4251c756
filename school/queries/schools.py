"""Schools and classes as lists name them."""

from dataclasses import dataclass
from datetime import date

from school.database import as_date, fetch_all
from school.queries.lessons import full_name
from school.rules.names import alphabetical


def get_time_zone(school_id: int) -> str:
    """The time zone of a school. Raises LookupError."""
    rows = fetch_all("SELECT time_zone FROM school WHERE id = ?", (school_id,))
    if not rows:
        raise LookupError(f"no school {school_id}")
    return str(rows[0][0])


@dataclass(frozen=True, slots=True)
class SchoolLine:
    school_id: int
    short_name: str
    name: str
    full_name: str
    time_zone: str


def find_school(school_id: int) -> SchoolLine | None:
    """A school as a page's heading names it, or None."""
    sql = "SELECT id, short_name, name, full_name, time_zone FROM school WHERE id = ?"
    rows = fetch_all(sql, (school_id,))
    return SchoolLine(*rows[0]) if rows else None


def find_school_by_name(short_name: str) -> SchoolLine | None:
    """A school by its short name, or None."""
    sql = "SELECT id, short_name, name, full_name, time_zone FROM school WHERE short_name = ?"
    rows = fetch_all(sql, (short_name,))
    return SchoolLine(*rows[0]) if rows else None


def has_schools() -> bool:
    """Whether anything was set up here yet."""
    return bool(fetch_all("SELECT 1 FROM school LIMIT 1"))


def list_schools(municipality_id: int) -> tuple[SchoolLine, ...]:
    """The schools of a municipality."""
    sql = """
    SELECT id, short_name, name, full_name, time_zone FROM school
    WHERE municipality_id = ? ORDER BY id
    """
    return tuple(SchoolLine(*row) for row in fetch_all(sql, (municipality_id,)))


def find_year_start(school_id: int, today: date) -> date | None:
    """The first day of a school's present year (the last one in summer), or None."""
    sql = "SELECT MAX(from_on) FROM school_year WHERE school_id = ? AND from_on <= ?"
    return as_date(fetch_all(sql, (school_id, today))[0][0])


@dataclass(frozen=True, slots=True)
class SchoolContact:
    """Where a school is to be found; what is not known is empty."""

    name: str
    address: str
    phone: str


def list_school_contacts() -> tuple[SchoolContact, ...]:
    """All schools, for people who are not signed in."""
    rows = fetch_all("SELECT name, address, phone FROM school ORDER BY id")
    return tuple(SchoolContact(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class ClassLine:
    class_id: int
    name: str
    class_teacher: str
    pupils: int


CLASSES = """
SELECT c.id, c.grade, c.letter,
       (SELECT COUNT(*) FROM enrolment e
        WHERE e.school_id = c.school_id AND e.school_class_id = c.id
          AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)),
       p.surname, p.given_name, p.patronymic
FROM school_class c
JOIN school_year y ON y.id = c.school_year_id
LEFT JOIN role r ON r.school_id = c.school_id AND r.school_class_id = c.id
     AND r.from_on <= ? AND (r.until_on IS NULL OR r.until_on >= ?)
LEFT JOIN person p ON p.id = r.person_id
WHERE c.school_id = ? AND y.from_on <= ?
  AND y.from_on = (SELECT MAX(z.from_on) FROM school_year z
                   WHERE z.school_id = c.school_id AND z.from_on <= ?)
ORDER BY c.grade, c.letter, c.id
"""


def list_classes(school_id: int, today: date) -> tuple[ClassLine, ...]:
    """The classes of a school's present year (the last one in summer)."""
    lines: dict[int, ClassLine] = {}
    for row in fetch_all(CLASSES, (*(today,) * 4, school_id, today, today)):
        teacher = full_name(*row[4:7]) if row[4] else ""
        lines.setdefault(row[0], ClassLine(row[0], f"{row[1]}{row[2]}", teacher, row[3]))
    return tuple(lines.values())


@dataclass(frozen=True, slots=True)
class ClassHead:
    class_id: int
    school_id: int
    name: str
    school_name: str
    time_zone: str
    grade: int


def find_class(class_id: int) -> ClassHead | None:
    """A class as its page's heading names it, or None."""
    sql = """
    SELECT c.id, c.school_id, c.grade, c.letter, s.name, s.time_zone
    FROM school_class c JOIN school s ON s.id = c.school_id WHERE c.id = ?
    """
    rows = fetch_all(sql, (class_id,))
    if not rows:
        return None
    row = rows[0]
    return ClassHead(row[0], row[1], f"{row[2]}{row[3]}", row[4], row[5], row[2])


@dataclass(frozen=True, slots=True)
class PupilLine:
    pupil_id: int
    surname: str
    given_name: str
    patronymic: str
    from_on: date

    @property
    def name(self) -> str:
        return full_name(self.surname, self.given_name, self.patronymic)


PUPILS = """
SELECT p.id, p.surname, p.given_name, p.patronymic, e.from_on
FROM enrolment e JOIN person p ON p.id = e.pupil_id
WHERE e.school_id = ? AND e.school_class_id = ? AND e.from_on <= ?
  AND (e.until_on IS NULL OR e.until_on >= ?)
"""


def list_pupils(head: ClassHead, today: date) -> tuple[PupilLine, ...]:
    """The pupils of a class today, in order of name."""
    lines = [
        PupilLine(row[0], row[1], row[2], row[3], as_date(row[4]))
        for row in fetch_all(PUPILS, (head.school_id, head.class_id, today, today))
    ]
    return tuple(sorted(lines, key=lambda line: alphabetical(line.name)))
