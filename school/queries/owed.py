"""What is owed and not entered yet, and by when: by teacher, by school, by child.

Only what is still open is looked at, however much was ever held (C1, C3, «What is owed»).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school import wording
from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.calendars import get_working_days
from school.queries.lessons import full_name
from school.queries.regulations import RegulationInForce, list_regulations
from school.queries.schools import get_time_zone
from school.rules import timeliness
from school.rules.marks import DOT, LATE
from school.rules.register import name_of_work
from school.rules.timeliness import ROW_OF

ATTENDANCE, MARKS, AWAITED = "attendance", "marks", "dot"
#: Which term of the regulation each is owed under.
TERM_OF = {
    ATTENDANCE: ROW_OF[timeliness.ATTENDANCE],
    MARKS: ROW_OF[timeliness.MARK],
    AWAITED: ROW_OF[timeliness.MARK],
}


@dataclass(frozen=True, slots=True)
class Owed:
    """Something a teacher has to enter: the attendance of a lesson, the missing marks of a work
    that is marked for all, or the mark that a «точка» awaits."""

    what: str
    key: str
    school_id: int
    lesson_id: int
    held_on: date
    lesson_number: int
    subject: str
    group_name: str
    teacher_id: int
    teacher_name: str
    due_at: datetime
    #: The regulation it is owed under, and the promise in its words.
    version_id: int
    promise: RegulationInForce
    time_zone: str
    work_id: int | None = None
    work_name: str = ""
    #: Whose marks are missing: id and name.
    pupils: tuple[tuple[int, str], ...] = ()
    #: The group's class; None for a stream.
    class_id: int | None = None

    @property
    def row(self) -> str:
        """The row of the requirements: C1 or C3."""
        return TERM_OF[self.what]

    @property
    def local_due(self) -> datetime:
        """The end of its term where the school is."""
        return local(self.due_at, self.time_zone)

    @property
    def words(self) -> str:
        """What has to be entered: «посещаемость»."""
        return wording.owed_what(self.what, self.work_name, len(self.pupils))

    @property
    def promised(self) -> str:
        """What the regulation promises of it: «не позже 3 дней»."""
        return wording.promise_words(self.promise.regulation.term(self.row))

    def is_overdue(self, now: datetime) -> bool:
        """Whether its term has passed."""
        return now > self.due_at


_HEAD = """
l.id, l.held_on, l.lesson_number, l.ends_at, j.name, g.name, l.teacher_id,
t.surname, t.given_name, t.patronymic
"""
_JOINS = """
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
JOIN person t ON t.id = l.teacher_id
"""
_MEMBER = """
m.school_id = l.school_id AND m.teaching_group_id = l.teaching_group_id
AND m.from_on <= l.held_on AND (m.until_on IS NULL OR m.until_on >= l.held_on)
"""
# One statement for all three, those that know all columns first: their types are the others', too.
# Who was not there owes nothing; a «точка» is counted by itself.
OPEN = f"""
SELECT 'dot', {_HEAD}, w.id, k.name, w.title, p.id, p.surname, p.given_name, w.due_on, m.worked_on,
       g.school_class_id
FROM mark m
JOIN work w ON w.id = m.work_id
JOIN lesson l ON l.id = w.lesson_id {_JOINS}
JOIN work_kind k ON k.id = w.work_kind_id
JOIN person p ON p.id = m.pupil_id
WHERE m.school_id = ? AND m.value = '{DOT}' AND l.ends_at <= ? AND l.cancelled_at IS NULL
  {{only}}
UNION ALL
SELECT 'marks', {_HEAD}, w.id, k.name, w.title, p.id, p.surname, p.given_name, NULL, NULL,
       g.school_class_id
FROM work w
JOIN lesson l ON l.id = w.lesson_id {_JOINS}
JOIN work_kind k ON k.id = w.work_kind_id
JOIN group_membership m ON {_MEMBER}
JOIN person p ON p.id = m.pupil_id
LEFT JOIN attendance a ON a.school_id = w.school_id AND a.lesson_id = l.id AND a.pupil_id = p.id
  AND a.code <> '{LATE}'
LEFT JOIN mark v ON v.school_id = w.school_id AND v.work_id = w.id AND v.pupil_id = p.id
WHERE w.school_id = ? AND w.settled_at IS NULL AND w.marks_expected
  AND l.ends_at <= ? AND l.cancelled_at IS NULL AND a.id IS NULL AND v.id IS NULL
  {{only}}
UNION ALL
SELECT 'attendance', {_HEAD}, NULL, '', '', NULL, '', '', NULL, NULL, g.school_class_id
FROM lesson l {_JOINS}
WHERE l.school_id = ? AND l.ends_at <= ?
  AND l.attendance_taken_at IS NULL AND l.cancelled_at IS NULL
  AND (NOT g.is_extracurricular
       OR EXISTS (SELECT 1 FROM school s WHERE s.id = l.school_id AND s.owes_extracurricular))
  AND NOT EXISTS (SELECT 1 FROM attendance a WHERE a.school_id = l.school_id
                  AND a.lesson_id = l.id AND a.code <> '{LATE}')
  {{of_lesson}}
"""
_PUPIL_OF_LESSON = (
    f"AND EXISTS (SELECT 1 FROM group_membership m WHERE {_MEMBER} AND m.pupil_id = ?)"
)


def list_owed(
    school_id: int,
    now: datetime,
    *,
    teacher_id: int | None = None,
    pupil_id: int | None = None,
    group_id: int | None = None,
    time_zone: str | None = None,
) -> tuple[Owed, ...]:
    """What was owed and not entered at a moment (UTC), most urgent first: of a school, or of one
    of its teachers, for one pupil, or of one teaching group. What lies before the school's first
    regulation is not owed. `time_zone` is the school's, where the caller knows it."""
    terms = _Terms(school_id, time_zone or get_time_zone(school_id))
    if not terms.versions:
        return ()
    only = of_lesson = ""
    whose: tuple[int, ...] = ()
    if teacher_id is not None:
        only, whose = "AND l.teacher_id = ?", (teacher_id,)
        of_lesson = only
    elif group_id is not None:
        only, whose = "AND l.teaching_group_id = ?", (group_id,)
        of_lesson = only
    elif pupil_id is not None:
        only, whose, of_lesson = "AND p.id = ?", (pupil_id,), _PUPIL_OF_LESSON
    span = (school_id, to_milliseconds(now), *whose)
    rows: dict[str, list[tuple[Any, ...]]] = {ATTENDANCE: [], MARKS: [], AWAITED: []}
    for what, *row in fetch_all(OPEN.format(only=only, of_lesson=of_lesson), span * 3):
        rows[what].append(tuple(row))
    # As lists name them: by work, within it by name.
    rows[MARKS].sort(key=lambda row: (row[10], row[14], row[15], row[13]))
    found = [
        *_attendance(rows[ATTENDANCE], terms),
        *_marks(rows[MARKS], terms),
        *_dots(rows[AWAITED], terms),
    ]
    return tuple(sorted(found, key=lambda owed: (owed.due_at, owed.lesson_id, owed.key)))


class _Terms:
    """A school's regulations, to be asked for many days."""

    def __init__(self, school_id: int, zone: str) -> None:
        self.school_id = school_id
        self.zone = zone
        self.versions = list_regulations(school_id)

    def on(self, day: date) -> RegulationInForce | None:
        """The version that holds on a day."""
        return next((v for v in reversed(self.versions) if v.from_on <= day), None)

    def is_working_day(self, day: date) -> bool:
        # Only a term in working days asks.
        return get_working_days(self.school_id, day)(day)


def _owed(
    row: tuple[Any, ...], what: str, key: str, terms: _Terms, due_at: datetime, **more: Any
) -> Owed:
    held_on = as_date(row[1])
    promise = terms.on(held_on)
    assert promise is not None  # noqa: S101 - lessons before the first one were left out
    return Owed(
        what=what,
        key=key,
        school_id=terms.school_id,
        lesson_id=row[0],
        held_on=held_on,
        lesson_number=row[2],
        subject=row[4],
        group_name=row[5],
        teacher_id=row[6],
        teacher_name=full_name(*row[7:10]),
        due_at=due_at,
        version_id=promise.version_id,
        promise=promise,
        time_zone=terms.zone,
        class_id=row[18],
        **more,
    )


def _attendance(rows: Iterable[tuple[Any, ...]], terms: _Terms) -> Iterable[Owed]:
    for row in rows:
        held_on = as_date(row[1])
        version = terms.on(held_on)
        if version is None:
            continue
        due_at = timeliness.attendance_due_at(
            version.regulation.term(TERM_OF[ATTENDANCE]), terms.zone, terms.is_working_day,
            held_on=held_on, ends_at=from_milliseconds(row[3]),
        )  # fmt: skip
        yield _owed(row, ATTENDANCE, timeliness.attendance_key(row[0]), terms, due_at)


def _marks(rows: Iterable[tuple[Any, ...]], terms: _Terms) -> Iterable[Owed]:
    works: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        works.setdefault(row[10], []).append(row)
    for work_id, lines in works.items():
        first = lines[0]
        version = terms.on(as_date(first[1]))
        if version is None:
            continue
        due_at = timeliness.mark_due_at(
            version.regulation.term(TERM_OF[MARKS]), terms.zone, terms.is_working_day,
            held_on=as_date(first[1]),
        )  # fmt: skip
        yield _owed(
            first, MARKS, timeliness.marks_key(work_id), terms, due_at,
            work_id=work_id, work_name=name_of_work(first[11], first[12]),
            pupils=tuple((line[13], f"{line[14]} {line[15]}") for line in lines),
        )  # fmt: skip


def _dots(rows: Iterable[tuple[Any, ...]], terms: _Terms) -> Iterable[Owed]:
    for row in rows:
        version = terms.on(as_date(row[1]))
        if version is None:
            continue
        due_at = timeliness.mark_due_at(
            version.regulation.term(TERM_OF[AWAITED]), terms.zone, terms.is_working_day,
            held_on=as_date(row[1]), worked_on=as_date(row[17]), awaited_until=as_date(row[16]),
        )  # fmt: skip
        yield _owed(
            row, AWAITED, timeliness.mark_key(row[10], row[13]), terms, due_at,
            work_id=row[10], work_name=name_of_work(row[11], row[12]),
            pupils=((row[13], f"{row[14]} {row[15]}"),),
        )  # fmt: skip
