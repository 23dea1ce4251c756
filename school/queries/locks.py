"""Which cells of a lesson can still be changed (H2)."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from school.clock import local
from school.database import fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.calendars import get_working_days
from school.queries.register import ATTENDANCE, LATE, MARK, WORKED_ON, Cell, Register
from school.queries.regulations import find_regulation
from school.rules.changes import changed_places, first_entered_at, is_locked
from school.rules.regulation import OWN_ROWS
from school.rules.terms import Term, Unit, due_at

#: What belongs to another cell of its pupil, and is opened with it.
RESTS_ON = {LATE: ATTENDANCE, WORKED_ON: MARK}

# One statement for both, and only where something filled would be changed. Lines before the
# first entry say nothing of its age, and an emptied cell keeps the age of its first entry.
LINES = """
SELECT h.id, 0, h.field, h.pupil_id, CASE WHEN h.table_name = 'work' THEN h.row_id END, h.at, h.new
FROM history h
WHERE h.school_id = ? AND h.lesson_id = ? AND h.new <> ''
  AND h.field IN ('mark', 'worked_on', 'attendance', 'late_minutes')
UNION ALL
SELECT c.id, 1, c.field, c.pupil_id, c.work_id, c.open_until, c.reason
FROM change_request c
WHERE c.school_id = ? AND c.lesson_id = ? AND c.open_until >= ?
ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Opening:
    """A cell that the deputy head opened, and still is."""

    change_request_id: int
    open_until: datetime
    #: Why the teacher asked.
    reason: str


@dataclass(frozen=True, slots=True)
class Locks:
    """What a lesson's cells may be changed by, at one moment."""

    now: datetime
    time_zone: str
    #: Moment and new text of every entry of a cell, oldest first.
    lines: dict[Cell, list[tuple[datetime, str]]]
    openings: dict[Cell, Opening]
    term: Term
    #: Asked only where the term is one in working days.
    school_id: int

    def over_since(self, cell: Cell, old: str, new: str) -> datetime | None:
        """The last moment in which another text could replace what stands in a cell, where that
        is past; None where it still can, is no change at all, or nobody knows since when the old
        one stands there."""
        entered_at = first_entered_at(self.lines.get(cell, ()), changed_places(old, new))
        if entered_at is None:
            return None
        free_until = term_end(self.term, entered_at, self.school_id, self.time_zone)
        return (
            free_until if is_locked(now=self.now, free_until=free_until, open_until=None) else None
        )

    def opening(self, cell: Cell) -> Opening | None:
        """By which a cell is open: its own, or that of the cell it belongs to."""
        ground = cell._replace(field=RESTS_ON.get(cell.field, cell.field))
        return self.openings.get(cell) or self.openings.get(ground)

    def is_locked(self, cell: Cell, old: str, new: str) -> bool:
        """Whether what stands in a cell may not be replaced by another text now."""
        opening = self.opening(cell)
        return is_locked(
            now=self.now,
            free_until=self.over_since(cell, old, new),
            open_until=opening.open_until if opening else None,
        )


def get_locks(register: Register, now: datetime) -> Locks:
    """What may still be changed in a lesson at a moment, by the regulation of that day."""
    lesson = register.lesson
    term = get_own_term(lesson.school_id, "changes_lock", lesson.time_zone, now)
    since = register.begun_at or now
    if now <= term_end(term, since, lesson.school_id, lesson.time_zone):
        # Nearly always: whatever stands there is young enough, and nothing has to be looked at.
        return Locks(now, lesson.time_zone, {}, {}, term, lesson.school_id)
    lines: dict[Cell, list[tuple[datetime, str]]] = {}
    openings: dict[Cell, Opening] = {}
    of_lesson = (lesson.school_id, lesson.lesson_id)
    parameters = (*of_lesson, *of_lesson, to_milliseconds(now))
    for row_id, is_opening, field, pupil_id, work_id, at, text in fetch_all(LINES, parameters):
        cell = Cell(field, pupil_id, work_id)
        if is_opening:
            openings[cell] = Opening(row_id, from_milliseconds(at), text)
        else:
            lines.setdefault(cell, []).append((from_milliseconds(at), text))
    return Locks(now, lesson.time_zone, lines, openings, term, lesson.school_id)


def get_own_term(school_id: int, name: str, time_zone: str, now: datetime) -> Term:
    """A term of the program's own in the regulation that a school is under at a moment; the
    default before its first regulation."""
    found = find_regulation(school_id, local(now, time_zone).date())
    return OWN_ROWS[name].default if found is None else found.regulation.own_term(name).term


def term_end(term: Term, event: datetime, school_id: int, time_zone: str) -> datetime:
    """The last moment of a term that began with an event, where the school is."""
    day = local(event, time_zone).date()
    is_working_day = (
        get_working_days(school_id, day)
        if term.unit is Unit.WORKING_DAYS
        else lambda _day: True  # nobody asks
    )
    return due_at(term, event, ZoneInfo(time_zone), is_working_day)
