"""By when something has to be in the diary, and whether it was: C1, C3 and C10.

A first entry is judged once, by its first saving (requirements, «What is owed»). Pure: the term
comes from the regulation, the moments from whoever asks.
"""

from datetime import date, datetime

from school.rules.marks import DOT, LATE
from school.rules.regulation import RegulatedTerm
from school.rules.terms import IsWorkingDay, due_at, end_of_day, zone_of

MARK, ABSENCE, ATTENDANCE = "mark", "absence", "attendance"
#: Which row of the requirements promises each.
ROW_OF = {MARK: "C1", ABSENCE: "C3", ATTENDANCE: "C3"}
#: How C3 may be read: from the lesson's end, in hours, or from its date.
FROM_LESSON_END = "lesson_end"


def is_missed(code: str) -> bool:
    """Whether an attendance code says that the pupil was not there; who came late was."""
    return code not in ("", LATE)


def is_given(marks: str) -> bool:
    """Whether a mark's cell («4», «4/.») holds a mark; a «точка» is one that is awaited."""
    return any(mark not in ("", DOT) for mark in marks.split("/"))


def mark_due_at(
    term: RegulatedTerm,
    zone: str,
    is_working_day: IsWorkingDay,
    *,
    held_on: date,
    worked_on: date | None = None,
    awaited_until: date | None = None,
) -> datetime:
    """The last moment (UTC) for a mark: the term counted from the day on which the pupil did the
    work (the lesson's, unless they made it up later); where a «точка» with a day of its own
    stood, not before that day ends. C1: Регламент СОШ № 2, п. 5.1; постановление Нижней Туры."""
    due = due_at(term.term, worked_on or held_on, zone, is_working_day)
    return due if awaited_until is None else max(due, end_of_day(awaited_until, zone_of(zone)))


def attendance_due_at(
    term: RegulatedTerm,
    zone: str,
    is_working_day: IsWorkingDay,
    *,
    held_on: date,
    ends_at: datetime,
) -> datetime:
    """The last moment (UTC) for the attendance of a lesson (C3), counted from the lesson's end
    or, where the regulation is read so, from its date."""
    event = ends_at if term.starts == FROM_LESSON_END else held_on
    return due_at(term.term, event, zone, is_working_day)


def mark_key(work_id: int, pupil_id: int) -> str:
    """What is entered once: a pupil's mark for a work."""
    return f"{MARK}:{work_id}:{pupil_id}"


def absence_key(lesson_id: int, pupil_id: int) -> str:
    """What is entered once: that a pupil missed a lesson."""
    return f"{ABSENCE}:{lesson_id}:{pupil_id}"


def attendance_key(lesson_id: int) -> str:
    """What is entered once: who was there, as an act of the teacher."""
    return f"{ATTENDANCE}:{lesson_id}"


def marks_key(work_id: int) -> str:
    """What is owed together: the missing marks of a work that is marked for all."""
    return f"marks:{work_id}"


#: Which row promises a result: of a period and the year, of exams and the final one.
RESULT_ROW = {"period": "C2", "year": "C2", "exam": "C4", "final": "C4"}


def result_due_at(
    term: RegulatedTerm,
    zone: str,
    is_working_day: IsWorkingDay,
    *,
    event: date | datetime,
    deferred_until: date | None = None,
) -> datetime:
    """The last moment (UTC) for a result: the term counted from the period's last day (C2:
    Регламент СОШ № 2, п. 5.2), or from when the results came in (C4: Регламент СШ № 11, п. 2.6);
    one that an order put off is not overdue before that day ends (E3)."""
    due = due_at(term.term, event, zone, is_working_day)
    if deferred_until is None:
        return due
    return max(due, end_of_day(deferred_until, zone_of(zone)))


def result_key(kind: str, period_id: int | None, year_id: int, subject_id: int, pupil: int) -> str:
    """What is entered once: a pupil's result of a kind in a subject."""
    of = period_id if period_id is not None else year_id
    return f"{kind}:{of}:{subject_id}:{pupil}"
