"""The timetable, and the lessons that follow it."""

from collections import defaultdict
from datetime import date, datetime
from itertools import chain
from typing import Any

from school import clock
from school.actions.importing.ledger import Running
from school.actions.timetable import make_lessons
from school.exchange.school_rows import TIMETABLE, GroupKey, TimetableRow
from school.exchange.values import fold
from school.models import (
    Attendance,
    Bell,
    History,
    Homework,
    Lesson,
    LessonChange,
    LessonComment,
    Person,
    TeachingGroup,
    TimetableEntry,
    Work,
)
from school.queries.school_days import SchoolDays, is_held

#: Ids in one statement.
AT_ONCE = 500

Slot = tuple[int, int, int, str]
#: Kinds of rows from which lessons follow.
SOURCES = ("bell", "study_period", "school_break", "timetable_entry", "teaching_group")


def put_timetable(
    run: Running,
    groups: dict[GroupKey, TeachingGroup],
    new_groups: set[int],
    staff: dict[str, Person],
    schedules: dict[str, int],
) -> None:
    """Bring the week's timetable up to date. The file is the whole timetable: an entry that is
    gone from it ends today, its lessons with it; one that is new holds from tomorrow, unless it
    says since when, or its group is new."""
    if not run.brings(TIMETABLE):
        return
    teachers = {row.key: row.teacher for row in run.files.groups}
    left: dict[Slot, list[TimetableEntry]] = defaultdict(list)
    for entry in (
        TimetableEntry.select()
        .join(TeachingGroup)
        .where(TimetableEntry.school == run.school, TeachingGroup.school_year == run.year)
        .order_by(TimetableEntry.from_on)
    ):
        left[_slot(entry)].append(entry)
    # Rows that say since when first: the others take what is left.
    for row in sorted(run.files.timetable, key=lambda row: row.from_on is None):
        run.now_at(TIMETABLE, row.line)
        group_id = groups[row.group].id
        until_on = row.until_on or run.year.until_on
        slot = (group_id, row.weekday, row.lesson_number, row.week_parity)
        found = _find(run, left[slot], row, until_on)
        if found is not None:
            left[slot].remove(found)
        is_new = run.is_new or group_id in new_groups or until_on <= run.today
        starts = run.year.from_on if is_new else max(run.year.from_on, run.tomorrow)
        if found is not None:
            starts = found.from_on
        values: dict[str, Any] = {
            "school": run.school.id,
            "teaching_group": group_id,
            "teacher": staff[row.teacher or teachers[row.group]].id,
            "bell_schedule": schedules[fold(row.schedule or run.files.first_schedule)],
            "weekday": row.weekday,
            "lesson_number": row.lesson_number,
            "room": row.room,
            "week_parity": row.week_parity,
            "from_on": row.from_on or starts,
            "until_on": until_on,
        }
        if found is None:
            run.add("timetable_entry", TimetableEntry, values)
        else:
            run.put("timetable_entry", TimetableEntry, found, values)
    run.now_at("", 0)
    for entry in chain(*left.values()):
        _end(run, entry)


def _end(run: Running, entry: TimetableEntry) -> None:
    if entry.from_on > run.today:
        run.drop("timetable_entry", entry)
    elif entry.until_on is None or entry.until_on > run.today:
        run.put("timetable_entry", TimetableEntry, entry, {"until_on": run.today})


def _slot(entry: TimetableEntry) -> Slot:
    return (
        entry.teaching_group_id, entry.weekday, entry.lesson_number, entry.week_parity,
    )  # fmt: skip


def _find(
    run: Running, entries: list[TimetableEntry], row: TimetableRow, until_on: date
) -> TimetableEntry | None:
    if row.from_on is not None:
        return next((entry for entry in entries if entry.from_on == row.from_on), None)
    return next(
        (
            entry
            for entry in reversed(entries)
            if entry.until_on is None or entry.until_on >= min(run.today, until_on)
        ),
        None,
    )


def put_lessons(run: Running) -> None:
    """Make the lessons of the whole school year; those of the days to come follow what the
    import changed."""
    if not run.is_new and any(
        run.report.counts[kind].new or run.report.counts[kind].changed for kind in SOURCES
    ):
        _follow_timetable(run)
    if run.rehearses:
        # No row of the files says anything of them, and they are half of the writing.
        return
    made = make_lessons(run.school, run.year.from_on, run.year.until_on)
    run.changes.made(Lesson, made)
    run.report.counts["lesson"].new += len(made)


def _follow_timetable(run: Running) -> None:
    """Lessons from tomorrow on get the teacher, room and time their entry has now; one that no
    entry makes any more is deleted while it is empty. What was changed by hand, or has begun,
    is nobody's but the register's."""
    entries: dict[tuple[int, int, int], list[TimetableEntry]] = defaultdict(list)
    for row in TimetableEntry.select().where(TimetableEntry.school == run.school):
        entries[row.teaching_group_id, row.weekday, row.lesson_number].append(row)
    bells = {
        (bell.bell_schedule_id, bell.lesson_number): bell
        for bell in Bell.select().where(Bell.school == run.school)
    }
    school_days = SchoolDays(run.school.id)
    changed_by_hand = LessonChange.select(LessonChange.lesson).where(
        LessonChange.school == run.school
    )
    gone = []
    counts = run.report.counts["lesson"]
    for lesson in Lesson.select().where(
        Lesson.school == run.school,
        Lesson.held_on > run.today,
        Lesson.held_on <= run.year.until_on,
        Lesson.cancelled_at.is_null(),
        Lesson.attendance_taken_at.is_null(),
        Lesson.id.not_in(changed_by_hand),
    ):
        day, number, group_id = lesson.held_on, lesson.lesson_number, lesson.teaching_group_id
        entry = next(
            (e for e in entries[group_id, day.isoweekday(), number] if is_held(e, day)), None
        )
        if entry is None or not school_days.include(group_id, day):
            gone.append(lesson)
            continue
        bell = bells[entry.bell_schedule_id, number]
        values = {
            "teacher": entry.teacher_id,
            "room": entry.room,
            "starts_at": _moment(run, day, bell.starts_at),
            "ends_at": _moment(run, day, bell.ends_at),
        }
        if run.differing(lesson, values):
            run.put("lesson", Lesson, lesson, values)
    filled = _filled_lessons(run)
    emptied = [x for x in gone if x.id not in filled and not x.topic and not x.material]
    for lesson in emptied:
        run.changes.dropped(lesson)
    empty = [lesson.id for lesson in emptied]
    for n in range(0, len(empty), AT_ONCE):
        counts.changed += Lesson.delete().where(Lesson.id.in_(empty[n : n + AT_ONCE])).execute()
    if len(gone) > len(empty):
        run.report.notes.append(
            f"Уроков, которых больше нет в расписании, но в журнале у них уже есть записи: "
            f"{len(gone) - len(empty)}. Они оставлены; отмените их в журнале, если нужно."
        )


def _moment(run: Running, day: date, clock_time: str) -> datetime:
    return clock.moment_of(day, clock_time, run.school.time_zone)


def _filled_lessons(run: Running) -> set[int]:
    """Ids of lessons that have something in the register."""
    filled: set[int] = set()
    models: tuple[Any, ...] = (Work, Attendance, Homework, LessonComment, History)
    for model in models:
        filled.update(
            row[0]
            for row in model.select(model.lesson)
            .where(model.school == run.school, model.lesson.is_null(False))
            .distinct()
            .tuples()
        )
    return filled
