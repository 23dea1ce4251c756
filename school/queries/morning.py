"""The class teacher's morning: who is not there, who was announced, who has no reason yet (H9)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from school.database import as_date, fetch_all
from school.queries.absences import AbsenceCell, list_absence_cells
from school.queries.excuses import ExcuseLine, count_waiting_excuses, list_day_excuses
from school.queries.schools import ClassHead, PupilLine, list_pupils
from school.rules.marks import LATE, NO_REASON


@dataclass(frozen=True, slots=True)
class MorningLesson:
    """A lesson of the day that pupils of the class have."""

    lesson_id: int
    lesson_number: int
    subject: str
    group_name: str
    is_taken: bool


@dataclass(frozen=True, slots=True)
class MorningPupil:
    """What is known of a pupil on a day."""

    pupil: PupilLine
    #: Absences and late arrivals as they were entered, in order of the lessons.
    cells: tuple[AbsenceCell, ...]
    #: What the school was told; both where two told.
    excuses: tuple[ExcuseLine, ...]

    @property
    def missed(self) -> tuple[AbsenceCell, ...]:
        return tuple(cell for cell in self.cells if cell.code != LATE)

    @property
    def lacks_reason(self) -> bool:
        return any(cell.code == NO_REASON for cell in self.cells)

    @property
    def is_only_announced(self) -> bool:
        return bool(self.excuses) and not self.missed


@dataclass(frozen=True, slots=True)
class Morning:
    """A class on a day."""

    day: date
    lessons: tuple[MorningLesson, ...]
    #: All of the class, in order of name.
    pupils: tuple[MorningPupil, ...]
    #: Excuses that nobody decided on, of any day.
    waiting: int

    @property
    def absent(self) -> tuple[MorningPupil, ...]:
        return tuple(line for line in self.pupils if line.missed)

    @property
    def without_reason(self) -> tuple[MorningPupil, ...]:
        return tuple(line for line in self.pupils if line.lacks_reason)

    @property
    def announced(self) -> tuple[MorningPupil, ...]:
        return tuple(line for line in self.pupils if line.is_only_announced)

    @property
    def late(self) -> tuple[MorningPupil, ...]:
        return tuple(line for line in self.pupils if len(line.missed) < len(line.cells))

    @property
    def taken(self) -> int:
        """In how many lessons the attendance was taken."""
        return sum(lesson.is_taken for lesson in self.lessons)


LESSONS = """
SELECT DISTINCT l.id, l.lesson_number, j.name, g.name, l.attendance_taken_at IS NOT NULL
FROM group_membership gm
JOIN lesson l ON l.school_id = gm.school_id AND l.teaching_group_id = gm.teaching_group_id
     AND l.held_on >= gm.from_on AND (gm.until_on IS NULL OR l.held_on <= gm.until_on)
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
WHERE gm.school_id = ? AND gm.pupil_id IN ({pupils}) AND l.held_on = ? AND l.cancelled_at IS NULL
ORDER BY 2, 1
"""


def get_morning(head: ClassHead, day: date) -> Morning:
    """The class on a day: five statements, however many pupils and absences."""
    pupils = list_pupils(head, day)
    ids = [pupil.pupil_id for pupil in pupils]
    cells: dict[int, list[AbsenceCell]] = defaultdict(list)
    for cell in list_absence_cells(head.school_id, ids, day, day, head.time_zone):
        cells[cell.pupil_id].append(cell)
    excuses: dict[int, list[ExcuseLine]] = defaultdict(list)
    for line in list_day_excuses(head.school_id, ids, day):
        excuses[line.pupil_id].append(line)
    return Morning(
        day=day,
        lessons=tuple(_lessons(head, ids, day)),
        pupils=tuple(
            MorningPupil(
                pupil, tuple(cells[pupil.pupil_id]), tuple(reversed(excuses[pupil.pupil_id]))
            )
            for pupil in pupils
        ),
        waiting=count_waiting_excuses(head, day),
    )


def _lessons(head: ClassHead, pupil_ids: list[int], day: date) -> list[MorningLesson]:
    if not pupil_ids:
        return []
    sql = LESSONS.format(pupils=", ".join("?" * len(pupil_ids)))
    rows: list[tuple[Any, ...]] = fetch_all(sql, (head.school_id, *pupil_ids, day))
    return [MorningLesson(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]


WITHOUT_REASON = f"""
SELECT l.held_on, COUNT(DISTINCT a.id)
FROM enrolment e
JOIN group_membership gm ON gm.school_id = e.school_id AND gm.pupil_id = e.pupil_id
JOIN lesson l ON l.school_id = gm.school_id AND l.teaching_group_id = gm.teaching_group_id
     AND l.held_on >= gm.from_on AND (gm.until_on IS NULL OR l.held_on <= gm.until_on)
JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
     AND a.pupil_id = gm.pupil_id
WHERE e.school_id = ? AND e.school_class_id = ? AND e.from_on <= ?
  AND (e.until_on IS NULL OR e.until_on >= ?)
  AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL AND a.code = '{NO_REASON}'
GROUP BY l.held_on ORDER BY l.held_on
"""
#: So far back the first page of a class looks for absences without a reason.
WITHOUT_REASON_FOR = timedelta(days=14)


def list_days_without_reason(head: ClassHead, today: date) -> tuple[tuple[date, int], ...]:
    """Days before today on which pupils of the class missed lessons for a reason that nobody
    named yet, oldest first, with how many lessons."""
    first, last = today - WITHOUT_REASON_FOR, today - timedelta(days=1)
    rows = fetch_all(WITHOUT_REASON, (head.school_id, head.class_id, today, today, first, last))
    return tuple((as_date(day), lessons) for day, lessons in rows)


NEAR = """
SELECT MAX(CASE WHEN l.held_on < ? THEN l.held_on END),
       MIN(CASE WHEN l.held_on > ? THEN l.held_on END)
FROM teaching_group g JOIN lesson l ON l.school_id = g.school_id AND l.teaching_group_id = g.id
WHERE g.school_id = ? AND g.school_class_id = ?
"""


def find_near_days(head: ClassHead, day: date) -> tuple[date | None, date | None]:
    """The last day with lessons of the class before a day, and the next one after it."""
    before, after = fetch_all(NEAR, (day, day, head.school_id, head.class_id))[0]
    return (before and as_date(before)), (after and as_date(after))
