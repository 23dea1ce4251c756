"""Judging first entries: written once, in the transaction of the entry (C10)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school import clock
from school.actions.history import Fact
from school.database import as_date, bulk_insert, execute, fetch_all
from school.models import Verdict
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.calendars import get_working_days
from school.queries.lessons import LessonHead
from school.queries.regulations import RegulationInForce, list_regulations
from school.queries.schools import get_time_zone
from school.rules import timeliness
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


# Fixed SQL, its columns in the order of _Judge.row(): every first mark comes by here.
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


@dataclass(frozen=True, slots=True)
class JudgedLesson:
    """What a lesson's entries are judged by."""

    lesson_id: int
    school_id: int
    time_zone: str
    held_on: date
    ends_at: datetime
    teacher_id: int


def judge_entries(lesson: LessonHead, entries: Sequence[FirstEntry], at: datetime) -> None:
    """Write by when each entry was owed under the regulation of its day. An entry that was
    judged before keeps its verdict: corrections do not change it. Lessons from before the
    school's first regulation are not judged. `at` is the moment of the entry (UTC)."""
    if not entries:
        return
    judge = _Judge(lesson.school_id, lesson.time_zone)
    judged = JudgedLesson(
        lesson.lesson_id, lesson.school_id, lesson.time_zone, lesson.held_on, lesson.ends_at,
        lesson.teacher_id,
    )  # fmt: skip
    rows: list[dict[str, Any]] = []
    for entry in entries:
        row = judge.row(judged, entry, at)
        if row is None:
            continue
        if entry.is_day_only:
            since = to_milliseconds(judge.start_of_day(at))
            due_at = to_milliseconds(row["due_at"])
            by = (row["event_on"], due_at, row["regulation_version"])
            execute(OTHER_DAY, (*by, lesson.school_id, entry.key, since))
        else:
            rows.append(row)
    if rows:
        places = ", ".join([PLACE] * len(rows))
        execute(
            NEW_VERDICTS.format(places=places), [_kept(v) for row in rows for v in row.values()]
        )


def _kept(value: Any) -> Any:
    return to_milliseconds(value) if isinstance(value, datetime) else value


class _Judge:
    """The terms of a school, each day's read once."""

    def __init__(self, school_id: int, zone: str) -> None:
        self.school_id = school_id
        self.zone = zone
        self.versions: tuple[RegulationInForce, ...] | None = None

    def regulation(self, on: date) -> RegulationInForce | None:
        if self.versions is None:
            self.versions = list_regulations(self.school_id)
        return next((v for v in reversed(self.versions) if v.from_on <= on), None)

    def row(self, lesson: JudgedLesson, entry: FirstEntry, at: datetime) -> dict[str, Any] | None:
        """The verdict on an entry made at a moment; None before the school's first regulation."""
        event_on = entry.worked_on or lesson.held_on
        found = self.regulation(event_on)
        if found is None:
            return None
        term = found.regulation.term(ROW_OF[entry.what])
        if entry.what == MARK:
            due_at = timeliness.mark_due_at(
                term, self.zone, self.is_working_day, held_on=lesson.held_on,
                worked_on=entry.worked_on, awaited_until=entry.awaited_until,
            )  # fmt: skip
        else:
            due_at = timeliness.attendance_due_at(
                term, self.zone, self.is_working_day, held_on=lesson.held_on,
                ends_at=lesson.ends_at,
            )  # fmt: skip
        return {
            "school": lesson.school_id, "key": entry.key, "what": entry.what,
            "lesson": lesson.lesson_id, "work": entry.work_id, "pupil": entry.pupil_id,
            "teacher": lesson.teacher_id, "event_on": event_on,
            "lesson_ends_at": lesson.ends_at, "entered_at": at, "due_at": due_at,
            "regulation_version": found.version_id,
        }  # fmt: skip

    def start_of_day(self, at: datetime) -> datetime:
        """The beginning of the local day of a moment."""
        return clock.moment_of(clock.local(at, self.zone).date(), "00:00", self.zone)

    def is_working_day(self, day: date) -> bool:
        # Only a term in working days asks.
        return get_working_days(self.school_id, day)(day)


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


ENTERED = """
SELECT h.at, h.table_name, h.row_id, h.field, h.old, h.new, h.pupil_id, h.lesson_id
FROM history h
WHERE h.school_id = ? AND h.lesson_id IS NOT NULL
  AND h.field IN ('mark', 'worked_on', 'attendance', 'attendance_taken')
ORDER BY h.id
"""
AWAITED = "SELECT id, due_on FROM work WHERE school_id = ? AND due_on IS NOT NULL"
LESSONS = """
SELECT id, teacher_id, held_on, ends_at FROM lesson WHERE school_id = ?
"""


def judge_history(school_id: int) -> int:
    """Judge what a school entered before there were verdicts (an older release, a load of many
    rows at once) out of its history; returns how many. A school that has verdicts has all."""
    if fetch_all("SELECT 1 FROM verdict WHERE school_id = ? LIMIT 1", (school_id,)):
        return 0
    rows = list(_judge_again(school_id))
    bulk_insert(Verdict, rows)
    return len(rows)


def _judge_again(school_id: int) -> Iterator[dict[str, Any]]:
    """The verdict of every first entry in a school's history, by today's timetable."""
    judge = _Judge(school_id, get_time_zone(school_id))
    lessons = {
        lesson_id: JudgedLesson(
            lesson_id, school_id, judge.zone, as_date(held_on), from_milliseconds(ends_at), teacher
        )
        for lesson_id, teacher, held_on, ends_at in fetch_all(LESSONS, (school_id,))
    }
    due_on = {work_id: as_date(day) for work_id, day in fetch_all(AWAITED, (school_id,))}
    days: dict[tuple[int, int], date] = {}
    judged: dict[str, dict[str, Any]] = {}

    def worked_on(work_id: int, pupil_id: int) -> date | None:
        return days.get((work_id, pupil_id))

    for at, *fact in fetch_all(ENTERED, (school_id,)):
        line = Fact(*fact)
        entered_at = from_milliseconds(at)
        if line.field == "worked_on" and line.new:
            days[line.row_id, line.pupil_id or 0] = date.fromisoformat(line.new)
        lesson = lessons[line.lesson_id or 0]
        for entry in list_first_entries([line], worked_on, due_on.get):
            before = judged.get(entry.key)
            if entry.is_day_only:
                if before is None or before["entered_at"] < judge.start_of_day(entered_at):
                    continue
                entered_at = before["entered_at"]
            elif before is not None:
                continue
            row = judge.row(lesson, entry, entered_at)
            if row is not None:
                judged[entry.key] = row
    yield from judged.values()
