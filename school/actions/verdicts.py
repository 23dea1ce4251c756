"""Judging first entries: written once, in the transaction of the entry (C10)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from school import clock
from school.actions.history import Fact
from school.database import execute
from school.models.fields import to_milliseconds
from school.queries.calendars import get_working_days
from school.queries.lessons import LessonHead
from school.queries.regulations import RegulationInForce, find_regulation
from school.rules import timeliness
from school.rules.regulation import Regulation
from school.rules.timeliness import ABSENCE, ATTENDANCE, MARK, ROW_OF, is_given, is_missed


@dataclass(frozen=True, slots=True)
class FirstEntry:
    """A mark, an absence or a lesson's attendance that was empty before."""

    what: str
    key: str
    pupil_id: int | None = None
    work_id: int | None = None
    #: The day this pupil did the work, where it was not the lesson's.
    worked_on: date | None = None
    #: The day by which a «точка» that stood there was to become a mark.
    awaited_until: date | None = None
    #: Only the day of the work is new: the mark itself keeps the moment of its first saving.
    is_day_only: bool = False


NEW_VERDICTS = """
INSERT INTO verdict (school_id, key, what, lesson_id, work_id, pupil_id, teacher_id, event_on,
                     lesson_ends_at, entered_at, due_at, regulation_version_id)
VALUES {places}
ON CONFLICT (school_id, key) DO NOTHING
"""
PLACE = f"({', '.join('?' * 12)})"
# A day added to a mark on the day of its first entry belongs to that entry: it says what the mark
# is judged by. Later it would be a correction, and those change no verdict.
OTHER_DAY = """
UPDATE verdict SET event_on = ?, due_at = ?, regulation_version_id = ?
WHERE school_id = ? AND key = ? AND entered_at >= ?
"""


def judge_entries(lesson: LessonHead, entries: Iterable[FirstEntry], at: datetime) -> None:
    """Write by when each entry was owed under the regulation of its day. An entry that was
    judged before keeps its verdict: corrections do not change it. Lessons from before the
    school's first regulation are not judged. `at` is the moment of the entry (UTC)."""
    judge = _Judge(lesson)
    rows: list[tuple[Any, ...]] = []
    for entry in entries:
        event_on = entry.worked_on or lesson.held_on
        found = judge.regulation(event_on)
        if found is None:
            continue
        due_at = to_milliseconds(judge.due(found.regulation, entry))
        if entry.is_day_only:
            today = clock.moment_of(
                at.astimezone(ZoneInfo(lesson.time_zone)).date(), "00:00", lesson.time_zone
            )
            execute(
                OTHER_DAY,
                (event_on, due_at, found.version_id, lesson.school_id, entry.key,
                 to_milliseconds(today)),
            )  # fmt: skip
        else:
            rows.append(
                (
                    lesson.school_id, entry.key, entry.what, lesson.lesson_id, entry.work_id,
                    entry.pupil_id, lesson.teacher_id, event_on,
                    to_milliseconds(lesson.ends_at), to_milliseconds(at), due_at,
                    found.version_id,
                )
            )  # fmt: skip
    if rows:
        places = ", ".join([PLACE] * len(rows))
        execute(NEW_VERDICTS.format(places=places), [value for row in rows for value in row])


class _Judge:
    """The terms of a school, each day's read once."""

    def __init__(self, lesson: LessonHead) -> None:
        self.lesson = lesson
        self.regulations: dict[date, RegulationInForce | None] = {}

    def regulation(self, on: date) -> RegulationInForce | None:
        if on not in self.regulations:
            self.regulations[on] = find_regulation(self.lesson.school_id, on)
        return self.regulations[on]

    def due(self, regulation: Regulation, entry: FirstEntry) -> datetime:
        lesson = self.lesson
        term = regulation.term(ROW_OF[entry.what])
        if entry.what == MARK:
            return timeliness.mark_due_at(
                term, lesson.time_zone, self.is_working_day, held_on=lesson.held_on,
                worked_on=entry.worked_on, awaited_until=entry.awaited_until,
            )  # fmt: skip
        return timeliness.attendance_due_at(
            term, lesson.time_zone, self.is_working_day, held_on=lesson.held_on,
            ends_at=lesson.ends_at,
        )  # fmt: skip

    def is_working_day(self, day: date) -> bool:
        # Only a term in working days asks.
        return get_working_days(self.lesson.school_id, self.lesson.held_on, day)(day)


def attendance_taken(lesson_id: int) -> FirstEntry:
    """The act: «все присутствуют», or who was absent."""
    return FirstEntry(ATTENDANCE, timeliness.attendance_key(lesson_id))


def list_first_entries(
    facts: Iterable[Fact],
    worked_on: Callable[[int, int], date | None],
    awaited_until: Callable[[int], date | None],
) -> list[FirstEntry]:
    """What of a save's facts is a first entry. `worked_on(work, pupil)` is the day a mark says it
    was earned on, `awaited_until(work)` the day by which its «точка» was to become a mark."""
    found: dict[str, FirstEntry] = {}
    for fact in facts:
        lesson_id, pupil_id = fact.lesson_id or 0, fact.pupil_id or 0
        if fact.field == "mark" and is_given(fact.new) and not is_given(fact.old):
            key = timeliness.mark_key(fact.row_id, pupil_id)
            until = awaited_until(fact.row_id) if fact.old else None
            day = worked_on(fact.row_id, pupil_id)
            found[key] = FirstEntry(MARK, key, pupil_id, fact.row_id, day, until)
        elif fact.field == "worked_on" and fact.new and not fact.old:
            key = timeliness.mark_key(fact.row_id, pupil_id)
            day = date.fromisoformat(fact.new)
            found.setdefault(
                key, FirstEntry(MARK, key, pupil_id, fact.row_id, day, is_day_only=True)
            )
        elif fact.field == "attendance" and is_missed(fact.new) and not is_missed(fact.old):
            key = timeliness.absence_key(lesson_id, pupil_id)
            found[key] = FirstEntry(ABSENCE, key, pupil_id)
            found.setdefault(timeliness.attendance_key(lesson_id), attendance_taken(lesson_id))
        elif fact.field == "attendance_taken" and fact.new:
            found.setdefault(timeliness.attendance_key(lesson_id), attendance_taken(lesson_id))
    return list(found.values())
