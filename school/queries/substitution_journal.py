"""The journal of missed and substituted lessons by teacher, for pay (H25).

Who holds a lesson now and who was to hold it stand in the lesson and its changes; what is not over
yet is not counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from school.models.fields import to_milliseconds
from school.queries.timetable_board import (
    AbsenceLine,
    BoardLesson,
    ChangeLine,
    list_absences,
    list_board,
    list_changed_lessons,
    list_lesson_changes,
)
from school.rules.names import alphabetical

GIVEN, MISSED, SUBSTITUTED = "given", "missed", "substituted"
CANCELLED, EXTRA, MOVED, JOINT = "cancelled", "extra", "moved", "joint"
#: Of a missed lesson whose teacher has no noted absence.
NO_REASON = ""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A lesson that went otherwise than the timetable says."""

    lesson_id: int
    held_on: date
    lesson_number: int
    subject: str
    group_name: str
    what: str
    #: Who was to hold it, and who did; the same where only time or place changed.
    teacher_was: str
    teacher_is: str
    #: Code of the absence, for the pay sheet.
    cause: str
    is_joint: bool
    is_extracurricular: bool


@dataclass(slots=True)
class TeacherHours:
    """A teacher's lessons of a span."""

    teacher_id: int
    name: str
    counts: Counter[str] = field(default_factory=Counter)
    #: «Алгебра, 7А» → lessons given.
    by_group: Counter[str] = field(default_factory=Counter)
    #: Cause → lessons missed.
    missed: Counter[str] = field(default_factory=Counter)
    extracurricular: int = 0


@dataclass(frozen=True, slots=True)
class Journal:
    from_on: date
    until_on: date
    teachers: tuple[TeacherHours, ...]
    lines: tuple[JournalLine, ...]


def get_journal(school_id: int, from_on: date, until_on: date, now: datetime) -> Journal:
    """The lessons of a span of days that were over at a moment (UTC), by teacher, and each that
    was missed, substituted, cancelled, moved or extra."""
    board = [
        lesson
        for lesson in list_board(school_id, from_on, until_on)
        if lesson.placed.ends_at <= to_milliseconds(now)
    ]
    over = {lesson.lesson_id for lesson in board}
    changed = [x for x in list_changed_lessons(school_id, from_on, until_on) if x in over]
    changes = list_lesson_changes(school_id, changed)
    absences = list_absences(school_id, from_on, until_on)
    teachers: dict[int, TeacherHours] = {}
    lines: list[JournalLine] = []
    for lesson in board:
        active = {
            line.kind: line
            for line in changes.get(lesson.lesson_id, ())
            if not line.is_replaced and not line.is_undoing
        }
        _count(lesson, active, absences, teachers, lines)
    ordered = sorted(teachers.values(), key=lambda one: alphabetical(one.name))
    return Journal(from_on, until_on, tuple(ordered), tuple(lines))


def _count(
    lesson: BoardLesson,
    active: dict[str, ChangeLine],
    absences: Sequence[AbsenceLine],
    teachers: dict[int, TeacherHours],
    lines: list[JournalLine],
) -> None:
    def of(teacher_id: int, name: str) -> TeacherHours:
        return teachers.setdefault(teacher_id, TeacherHours(teacher_id, name))

    placed = lesson.placed
    substitution = active.get("substitution")
    own_id, own_name = placed.teacher_id, placed.teacher_name
    if substitution is not None and substitution.teacher_was_id is not None:
        own_id, own_name = substitution.teacher_was_id, substitution.teacher_was
    own, holder = of(own_id, own_name), of(placed.teacher_id, placed.teacher_name)
    cause = _cause(own_id, lesson.held_on, absences)
    whats: list[str] = []
    if lesson.is_cancelled:
        own.counts[CANCELLED] += 1
        whats.append(CANCELLED)
        if cause is not None:
            own.counts[MISSED] += 1
            own.missed[cause] += 1
    else:
        holder.counts[GIVEN] += 1
        holder.by_group[placed.name] += 1
        holder.extracurricular += lesson.is_extracurricular
        if own_id != placed.teacher_id and substitution is not None:
            own.counts[MISSED] += 1
            own.missed[cause or NO_REASON] += 1
            holder.counts[SUBSTITUTED] += 1
            holder.counts[JOINT] += substitution.is_joint
            whats.append(SUBSTITUTED)
        for kind, what in (("extra", EXTRA), ("move", MOVED)):
            if kind in active:
                holder.counts[what] += 1
                whats.append(what)
    lines += [
        JournalLine(
            lesson.lesson_id,
            lesson.held_on,
            lesson.lesson_number,
            placed.subject,
            placed.group_name,
            what,
            own_name,
            placed.teacher_name,
            cause or "",
            substitution is not None and substitution.is_joint,
            lesson.is_extracurricular,
        )
        for what in whats
    ]


def _cause(teacher_id: int, day: date, absences: Sequence[AbsenceLine]) -> str | None:
    """Why a teacher was away on a day, or None where no absence was noted."""
    return next(
        (
            line.reason
            for line in absences
            if line.teacher_id == teacher_id and line.from_on <= day <= line.until_on
        ),
        None,
    )


def count_total(teachers: Sequence[TeacherHours]) -> Counter[str]:
    """All of them together."""
    total: Counter[str] = Counter()
    for teacher in teachers:
        total.update(teacher.counts)
    return total
