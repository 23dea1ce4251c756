"""The deputy head's remarks: of a school, of a teacher, of a lesson; and their steps (E7)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school import clock, wording
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import LessonHead, full_name
from school.rules.remarks import is_overdue


@dataclass(frozen=True, slots=True)
class RemarkLine:
    """A remark with all that is said of it."""

    remark_id: int
    school_id: int
    time_zone: str
    group_id: int
    group_name: str
    subject: str
    lesson_id: int | None
    held_on: date | None
    lesson_number: int | None
    from_on: date | None
    until_on: date | None
    text: str
    due_on: date
    made_at: datetime
    made_by: str
    state: str
    fixed_at: datetime | None
    fixed_by: str
    #: The group's own teachers today: id and name; none where the page asked for none.
    teachers: tuple[tuple[int, str], ...]
    #: Who holds the lesson it is of.
    lesson_teacher_id: int | None

    @property
    def where(self) -> str:
        """«Алгебра, 7А, урок 16 ноября, 3-й», «…, 1–16 ноября 2026 года», «…, весь журнал»."""
        group = f"{self.subject}, {self.group_name}"
        if self.held_on is not None:
            day = wording.day_and_month(self.held_on)
            return f"{group}, урок {day}, {self.lesson_number}-й"
        if self.from_on is not None and self.until_on is not None:
            return f"{group}, {wording.excuse_span(self.from_on, self.until_on)}"
        return f"{group}, весь журнал"

    @property
    def teacher_names(self) -> str:
        return ", ".join(name for _, name in self.teachers) or "учителя нет"

    def is_overdue(self, today: date) -> bool:
        """Whether its term has passed and the teacher has not answered."""
        return is_overdue(self.state, self.due_on, today)

    def words(self, today: date) -> str:
        """Where it stands: «исправить до 25 ноября», «исправлено, ждёт проверки»."""
        return wording.remark_state(self.state, self.due_on, is_overdue=self.is_overdue(today))

    def is_for(self, person_id: int) -> bool:
        """Whether a teacher sees and answers it: the group's own do, a substitute that of the
        lesson they hold."""
        return person_id == self.lesson_teacher_id or any(t == person_id for t, _ in self.teachers)


LINES = """
SELECT r.id, r.school_id, s.time_zone, r.teaching_group_id, g.name, j.name, r.lesson_id,
       l.held_on, l.lesson_number, l.teacher_id, r.from_on, r.until_on, r.text, r.due_on,
       r.made_at, m.surname, m.given_name, m.patronymic, r.state, r.fixed_at,
       f.surname, f.given_name, f.patronymic
FROM remark r
JOIN school s ON s.id = r.school_id
JOIN teaching_group g ON g.id = r.teaching_group_id
JOIN subject j ON j.id = g.subject_id
JOIN person m ON m.id = r.made_by_id
LEFT JOIN person f ON f.id = r.fixed_by_id
LEFT JOIN lesson l ON l.id = r.lesson_id
WHERE {where}
ORDER BY r.id DESC
"""
TEACHERS = """
SELECT w.teaching_group_id, p.id, p.surname, p.given_name, p.patronymic
FROM group_teacher w JOIN person p ON p.id = w.teacher_id
WHERE w.teaching_group_id IN ({groups}) AND w.from_on <= ?
  AND (w.until_on IS NULL OR w.until_on >= ?)
ORDER BY p.surname, p.id
"""
_OPEN = "r.state IN ('open', 'fixed')"
_OWN = """
(EXISTS (SELECT 1 FROM group_teacher w WHERE w.teaching_group_id = r.teaching_group_id
         AND w.teacher_id = ? AND w.from_on <= ? AND (w.until_on IS NULL OR w.until_on >= ?))
 OR l.teacher_id = ?)
"""


def find_remark(remark_id: int, today: date) -> RemarkLine | None:
    """A remark, or None. `today` says who teaches the group."""
    found = _read("r.id = ?", (remark_id,), today)
    return found[0] if found else None


def list_remarks(school_id: int, today: date) -> tuple[RemarkLine, ...]:
    """All remarks of a school, the newest first."""
    return _read("r.school_id = ?", (school_id,), today)


def list_remarks_for(
    teacher_id: int, school_ids: Collection[int], today: date
) -> tuple[RemarkLine, ...]:
    """The remarks that a teacher sees, the newest first."""
    schools = ", ".join("?" * len(school_ids)) or "NULL"
    where = f"r.school_id IN ({schools}) AND {_OWN}"
    return _read(where, (*school_ids, teacher_id, today, today, teacher_id), today)


def count_open_remarks(teacher_id: int, school_ids: Collection[int], today: date) -> int:
    """How many a teacher has to answer."""
    schools = ", ".join("?" * len(school_ids)) or "NULL"
    sql = (
        "SELECT COUNT(*) FROM remark r LEFT JOIN lesson l ON l.id = r.lesson_id "
        f"WHERE r.school_id IN ({schools}) AND r.state = 'open' AND {_OWN}"
    )
    count: int = fetch_all(sql, (*school_ids, teacher_id, today, today, teacher_id))[0][0]
    return count


@dataclass(frozen=True, slots=True)
class RemarkCounts:
    """What a school's remarks wait for: the deputy head's look, and teachers past their day."""

    fixed: int
    overdue: int


def count_school_remarks(school_id: int, today: date) -> RemarkCounts:
    """What of a school's remarks waits on its own day `today` (E7)."""
    sql = (
        "SELECT COUNT(CASE WHEN r.state = 'fixed' THEN 1 END), "
        "COUNT(CASE WHEN r.state = 'open' AND r.due_on < ? THEN 1 END) "
        "FROM remark r WHERE r.school_id = ?"
    )
    return RemarkCounts(*fetch_all(sql, (today, school_id))[0])


def list_remarks_of_lesson(lesson: LessonHead, today: date) -> tuple[RemarkLine, ...]:
    """The unanswered and unchecked remarks that a lesson is meant by: of itself, of days that
    hold it, of the whole journal. One statement without any."""
    return _read(
        f"r.teaching_group_id = ? AND {_OPEN} AND (r.lesson_id = ? OR (r.lesson_id IS NULL AND "
        "(r.from_on IS NULL OR (r.from_on <= ? AND r.until_on >= ?))))",
        (lesson.group_id, lesson.lesson_id, lesson.held_on, lesson.held_on),
        today,
    )


def list_remarks_of_group(group_id: int, today: date) -> tuple[RemarkLine, ...]:
    """The unanswered and unchecked remarks on a journal: for its grid, which knows who teaches,
    so they come without teachers. One statement."""
    where = f"r.teaching_group_id = ? AND {_OPEN}"
    return _read(where, (group_id,), today, with_teachers=False)


def _read(
    where: str, parameters: tuple[Any, ...], today: date, *, with_teachers: bool = True
) -> tuple[RemarkLine, ...]:
    rows = fetch_all(LINES.format(where=where), parameters)
    groups = sorted({row[3] for row in rows})
    teachers: dict[int, list[tuple[int, str]]] = {group_id: [] for group_id in groups}
    if groups and with_teachers:
        sql = TEACHERS.format(groups=", ".join("?" * len(groups)))
        for group_id, person_id, *name in fetch_all(sql, (*groups, today, today)):
            teachers[group_id].append((person_id, full_name(*name)))
    return tuple(
        RemarkLine(
            remark_id=row[0],
            school_id=row[1],
            time_zone=row[2],
            group_id=row[3],
            group_name=row[4],
            subject=row[5],
            lesson_id=row[6],
            held_on=row[7] and as_date(row[7]),
            lesson_number=row[8],
            lesson_teacher_id=row[9],
            from_on=row[10] and as_date(row[10]),
            until_on=row[11] and as_date(row[11]),
            text=row[12],
            due_on=as_date(row[13]),
            made_at=from_milliseconds(row[14]),
            made_by=full_name(*row[15:18]),
            state=row[18],
            fixed_at=None if row[19] is None else from_milliseconds(row[19]),
            fixed_by=full_name(*row[20:23]) if row[20] else "",
            teachers=tuple(teachers[row[3]]),
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class RemarkStep:
    """What somebody did to a remark."""

    at: datetime
    who: str
    #: A state, or `returned`: open once more.
    step: str
    word: str


STEPS = """
SELECT h.at, p.surname, p.given_name, p.patronymic, h.old, h.new, h.why
FROM history h LEFT JOIN person p ON p.id = h.actor_id
WHERE h.table_name = 'remark' AND h.row_id = ? ORDER BY h.id
"""


def list_steps(line: RemarkLine) -> tuple[RemarkStep, ...]:
    """Every step of a remark out of history, oldest first; moments are local."""
    return tuple(
        RemarkStep(
            clock.local(from_milliseconds(at), line.time_zone),
            full_name(*name) if name[0] else "",
            "returned" if (old, new) == ("fixed", "open") else new,
            why,
        )
        for at, *name, old, new, why in fetch_all(STEPS, (line.remark_id,))
    )


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """A journal to choose."""

    group_id: int
    label: str


GROUPS = """
SELECT g.id, g.name, j.name, c.grade, c.letter
FROM teaching_group g
JOIN school_year y ON y.id = g.school_year_id
JOIN subject j ON j.id = g.subject_id
LEFT JOIN school_class c ON c.id = g.school_class_id
WHERE g.school_id = ? AND y.from_on <= ? AND y.until_on >= ?
ORDER BY c.grade, c.letter, g.name, j.name, g.id
"""


def list_group_choices(school_id: int, today: date) -> tuple[GroupChoice, ...]:
    """The journals of a school's present year, by class."""
    return tuple(
        GroupChoice(row[0], f"{row[1]}: {row[2]}")
        for row in fetch_all(GROUPS, (school_id, today, today))
    )
