"""The register of one lesson, as its page and its saving read it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import LessonHead, full_name
from school.rules.register import name_of_work

TOPIC, MATERIAL, HOMEWORK = "topic", "material", "homework"
MARK, WORKED_ON = "mark", "worked_on"
ATTENDANCE, LATE, COMMENT = "attendance", "late_minutes", "comment"


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that can be typed: a field of the lesson, of a pupil in it, or of a pupil's
    work. History rows name cells the same way."""

    field: str
    pupil_id: int | None = None
    work_id: int | None = None


@dataclass(frozen=True, slots=True)
class WorkColumn:
    work_id: int
    kind: str
    title: str
    weight: str
    marks_expected: bool

    @property
    def name(self) -> str:
        return name_of_work(self.kind, self.title)


@dataclass(frozen=True, slots=True)
class RegisterPupil:
    pupil_id: int
    surname: str
    given_name: str
    patronymic: str

    @property
    def name(self) -> str:
        return f"{self.surname} {self.given_name}"


@dataclass(frozen=True, slots=True)
class Register:
    lesson: LessonHead
    #: The newest history row when the cells below were read.
    seen: int
    works: tuple[WorkColumn, ...]
    pupils: tuple[RegisterPupil, ...]
    #: Only cells with something in them.
    values: dict[Cell, str] = field(default_factory=dict)

    def value(self, cell: Cell) -> str:
        return self.values.get(cell, "")

    def known(self, seen: int) -> int:
        """What a sender knew: a number this lesson never showed is none."""
        return seen if seen <= self.seen else 0


SEEN = "SELECT COALESCE(MAX(id), 0) FROM history WHERE school_id = ? AND lesson_id = ?"

WORKS = """
SELECT w.id, k.name, w.title, w.weight, w.marks_expected
FROM work w JOIN work_kind k ON k.id = w.work_kind_id
WHERE w.school_id = ? AND w.lesson_id = ? ORDER BY w.ordinal, w.id
"""

PUPILS = """
SELECT p.id, p.surname, p.given_name, p.patronymic, a.code, a.late_minutes, c.text, h.text
FROM group_membership m
JOIN person p ON p.id = m.pupil_id
LEFT JOIN attendance a ON a.school_id = m.school_id AND a.lesson_id = ? AND a.pupil_id = p.id
LEFT JOIN lesson_comment c ON c.school_id = m.school_id AND c.lesson_id = ? AND c.pupil_id = p.id
LEFT JOIN homework h ON h.school_id = m.school_id AND h.lesson_id = ? AND h.pupil_id = p.id
WHERE m.school_id = ? AND m.teaching_group_id = ? AND m.from_on <= ?
  AND (m.until_on IS NULL OR m.until_on >= ?)
"""

MARKS = """
SELECT w.id, m.pupil_id, m.value, m.worked_on
FROM work w JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id
WHERE w.school_id = ? AND w.lesson_id = ? ORDER BY m.position
"""

LESSON_TEXTS = """
SELECT l.topic, l.material, h.text
FROM lesson l
LEFT JOIN homework h ON h.school_id = l.school_id AND h.lesson_id = l.id AND h.pupil_id IS NULL
WHERE l.id = ?
"""


def get_register(lesson: LessonHead) -> Register:
    """The register of a lesson: works, the pupils of that day in order of name, and cells."""
    school_id, lesson_id = lesson.school_id, lesson.lesson_id
    # First: a cell changed between the statements is then newer than `seen`, never older.
    seen = fetch_all(SEEN, (school_id, lesson_id))[0][0]
    works = tuple(
        WorkColumn(work_id, kind, title, weight, bool(marks_expected))
        for work_id, kind, title, weight, marks_expected in fetch_all(WORKS, (school_id, lesson_id))
    )
    values: dict[Cell, str] = {}
    pupils: dict[int, RegisterPupil] = {}
    day = lesson.held_on
    for row in fetch_all(PUPILS, (*(lesson_id,) * 3, school_id, lesson.group_id, day, day)):
        pupil_id = row[0]
        pupils[pupil_id] = RegisterPupil(*row[:4])
        values[Cell(ATTENDANCE, pupil_id)] = row[4] or ""
        values[Cell(LATE, pupil_id)] = str(row[5] or "")
        values[Cell(COMMENT, pupil_id)] = row[6] or ""
        values[Cell(HOMEWORK, pupil_id)] = row[7] or ""
    for work_id, pupil_id, value, worked_on in fetch_all(MARKS, (school_id, lesson_id)):
        cell = Cell(MARK, pupil_id, work_id)
        values[cell] = f"{values[cell]}/{value}" if cell in values else value
        if worked_on:
            values[Cell(WORKED_ON, pupil_id, work_id)] = as_date(worked_on).isoformat()
    topic, material, homework = fetch_all(LESSON_TEXTS, (lesson_id,))[0]
    values[Cell(TOPIC)] = topic
    values[Cell(MATERIAL)] = material
    values[Cell(HOMEWORK)] = homework or ""
    return Register(
        lesson=lesson,
        seen=seen,
        works=works,
        pupils=tuple(sorted(pupils.values(), key=_by_name)),
        values={cell: value for cell, value in values.items() if value},
    )


def _by_name(pupil: RegisterPupil) -> tuple[str, ...]:
    # «Ё» stands beside «Е» in a Russian list, not before «А».
    name = (pupil.surname, pupil.given_name, pupil.patronymic)
    return tuple(part.casefold().replace("ё", "е") for part in name)


@dataclass(frozen=True, slots=True)
class Change:
    """A line of a lesson's history."""

    history_id: int
    at: datetime
    who: str
    acting_for: str
    cell: Cell
    old: str
    new: str
    why: str
    request_id: str


HISTORY = """
SELECT h.id, h.at, a.surname, a.given_name, a.patronymic, f.surname, f.given_name, f.patronymic,
       h.table_name, h.row_id, h.pupil_id, h.field, h.old, h.new, h.why,
       h.request_id
FROM history h
LEFT JOIN person a ON a.id = h.actor_id
LEFT JOIN person f ON f.id = h.acting_for_id
WHERE h.school_id = ? AND h.lesson_id = ? AND h.id > ? ORDER BY h.id
"""


def list_changes(lesson: LessonHead, since: int = 0) -> tuple[Change, ...]:
    """What was written into a lesson's register after a history id, oldest first (E7)."""
    return tuple(_changes(lesson, since))


def _changes(lesson: LessonHead, since: int) -> Iterator[Change]:
    for row in fetch_all(HISTORY, (lesson.school_id, lesson.lesson_id, since)):
        work_id = row[9] if row[8] == "work" else None
        yield Change(
            history_id=row[0],
            at=from_milliseconds(row[1]),
            who=full_name(*row[2:5]) if row[2] else "",
            acting_for=full_name(*row[5:8]) if row[5] else "",
            cell=Cell(row[11], row[10], work_id),
            old=row[12],
            new=row[13],
            why=row[14],
            request_id=row[15],
        )
