"""How many marks a group gives, and what in them is worth a second look by its teacher: never
shown to parents (E5)."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from school.database import as_date, fetch_all
from school.queries.lessons import full_name
from school.rules.names import alphabetical
from school.rules.register import name_of_work
from school.rules.statistics import find_odd_marks, is_uniform


@dataclass(frozen=True, slots=True)
class OddMark:
    """A mark two or more away from the mean of the pupil's others in this span."""

    pupil_id: int
    pupil_name: str
    value: str
    others: str
    lesson_id: int
    held_on: date
    work_name: str


@dataclass(frozen=True, slots=True)
class UniformWork:
    """A work with one and the same mark for everybody who has one."""

    lesson_id: int
    held_on: date
    work_name: str
    value: str
    pupils: int


@dataclass(frozen=True, slots=True)
class PupilMarks:
    pupil_id: int
    name: str
    #: In order of date.
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupMarks:
    """The marks of a group over a span."""

    pupils: tuple[PupilMarks, ...]
    odd: tuple[OddMark, ...]
    uniform: tuple[UniformWork, ...]

    @property
    def density(self) -> Fraction | None:
        """Накопляемость: marks per pupil; None for an empty group."""
        if not self.pupils:
            return None
        return Fraction(sum(len(pupil.marks) for pupil in self.pupils), len(self.pupils))


MEMBERS = """
SELECT DISTINCT p.id, p.surname, p.given_name, p.patronymic
FROM group_membership m JOIN person p ON p.id = m.pupil_id
WHERE m.school_id = ? AND m.teaching_group_id = ? AND m.from_on <= ?
  AND (m.until_on IS NULL OR m.until_on >= ?)
"""
MARKS = """
SELECT m.pupil_id, m.value, l.id, l.held_on, w.id, k.name, w.title
FROM lesson l
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id AND m.value <> '.'
JOIN work_kind k ON k.id = w.work_kind_id
WHERE l.school_id = ? AND l.teaching_group_id = ? AND l.held_on BETWEEN ? AND ?
ORDER BY l.held_on, l.lesson_number, w.ordinal, w.id, m.position
"""


def get_group_marks(school_id: int, group_id: int, from_on: date, until_on: date) -> GroupMarks:
    """The marks of a group over a span of days, both included, of those who are members on its
    last day."""
    found = fetch_all(MARKS, (school_id, group_id, from_on, until_on))
    members = {
        row[0]: full_name(*row[1:])
        for row in fetch_all(MEMBERS, (school_id, group_id, until_on, until_on))
    }
    rows = [row for row in found if row[0] in members]
    pupils, odd = [], []
    for pupil_id, name in sorted(members.items(), key=lambda item: alphabetical(item[1])):
        own = [row for row in rows if row[0] == pupil_id]
        marks = tuple(row[1] for row in own)
        pupils.append(PupilMarks(pupil_id, name, marks))
        for place in find_odd_marks(marks):
            _, value, lesson_id, held_on, _, kind, title = own[place]
            others = " ".join(marks[:place] + marks[place + 1 :])
            work = name_of_work(kind, title)
            odd.append(OddMark(pupil_id, name, value, others, lesson_id, as_date(held_on), work))
    works: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        works.setdefault(row[4], []).append(row)
    uniform = tuple(_uniform_work(of) for of in works.values() if is_uniform(r[1] for r in of))
    return GroupMarks(tuple(pupils), tuple(odd), uniform)


def _uniform_work(rows: list[tuple[Any, ...]]) -> UniformWork:
    _, value, lesson_id, held_on, _, kind, title = rows[0]
    return UniformWork(lesson_id, as_date(held_on), name_of_work(kind, title), value, len(rows))
