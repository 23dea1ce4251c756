"""Changes of whole days: a day taught by another day's timetable, the quarantine of a class (B6).

Each lesson it touches gets a change of its own that names the day's change; families are told of
the day once and not of forty lessons.
"""

from dataclasses import dataclass, replace
from datetime import date

from school import clock
from school import wording_timetable as words
from school.actions.history import Act, Fact, move_revisions, record
from school.actions.timetable_changes import (
    CANCELLATION,
    CLASH,
    EXTRA,
    FIELD,
    ROOM,
    UNDO,
    Changed,
    ChangesRefused,
    Problem,
    Wish,
    change_lessons,
)
from school.database import bulk_insert, fetch_all, reserve_ids, transaction
from school.models import (
    Bell,
    DayChange,
    Lesson,
    LessonChange,
    SchoolClass,
    TimetableEntry,
)
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.school_days import SchoolDays, week_parity
from school.queries.schools import SchoolLine
from school.queries.timetable_board import (
    BoardLesson,
    count_entries,
    list_board,
    list_lesson_changes,
)
from school.rules.clashes import REMOTE, Placed, find_clashes

#: A quarantine lasts days or weeks; a typing error in the year would empty a term.
LONGEST_QUARANTINE = 60
#: Of clashes of a whole day so many are named.
MOST_CLASHES = 10


@dataclass(frozen=True, slots=True)
class MovedDay:
    """A day is taught by the timetable of another day of the week."""

    day: date
    weekday: int
    #: Empty, «odd» or «even»: whose week, where lessons alternate.
    week_parity: str
    from_grade: int
    until_grade: int
    reason: str
    request_id: str
    #: Teachers who would be in two places were named.
    accepts: bool = False


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A class stays at home: its lessons are cancelled or held at a distance."""

    class_id: int
    from_on: date
    until_on: date
    is_remote: bool
    reason: str
    request_id: str


def _refused(message: str, at: str) -> ChangesRefused:
    return ChangesRefused([Problem(0, FIELD, message, field=at)])


def announce_moved_day(school: SchoolLine, moved: MovedDay, *, today: date, act: Act) -> Changed:
    """Teach a day by another day's timetable: the lessons that this one has and that one does
    not are cancelled, those that it lacks are made. Raises ChangesRefused. The same request
    twice is one."""
    with transaction():
        if DayChange.get_or_none(DayChange.request == moved.request_id) is not None:
            return Changed()
        if moved.day < today:
            raise _refused("Этот день уже прошёл: назовите сегодня или позже.", "day")
        others = DayChange.select().where(
            DayChange.school == school.school_id,
            DayChange.kind == DayChange.MOVED_DAY,
            DayChange.from_on == moved.day,
            DayChange.undone_at.is_null(),
            DayChange.from_grade <= moved.until_grade,
            DayChange.until_grade >= moved.from_grade,
        )
        if others.exists():
            raise _refused("На этот день расписание уже заменено: сначала верните его.", "day")
        groups = _list_groups(school.school_id, moved)
        entries = _list_entries(school.school_id, moved, groups)
        if not entries:
            raise _refused(
                f"В расписании {words.WEEKDAYS_OF[moved.weekday - 1]} нет уроков этих классов.",
                "weekday",
            )
        days = SchoolDays(school.school_id)
        off = next(
            (
                said
                for entry in entries
                if (said := days.why_not(entry.teaching_group_id, moved.day))
            ),
            "",
        )
        if off:
            raise _refused(f"В этот день уроков нет: {off}. Выберите учебный день.", "day")
        board = list_board(school.school_id, moved.day, moved.day)
        own = [lesson for lesson in board if lesson.placed.group_id in groups]
        _refuse_held(own)
        wanted = {_slot(entry) for entry in entries}
        there = {(lesson.placed.group_id, lesson.lesson_number) for lesson in own}
        leaving = [
            lesson
            for lesson in own
            if not lesson.is_cancelled
            and (lesson.placed.group_id, lesson.lesson_number) not in wanted
        ]
        made = _plan_lessons(
            school, moved.day, [entry for entry in entries if _slot(entry) not in there]
        )
        leaving_ids = {lesson.lesson_id for lesson in leaving}
        staying = [x.placed for x in board if not x.is_cancelled and x.lesson_id not in leaving_ids]
        if not moved.accepts:
            _name_clashes(made, staying)
        row = DayChange.create(
            school=school.school_id,
            kind=DayChange.MOVED_DAY,
            from_on=moved.day,
            until_on=moved.day,
            from_grade=moved.from_grade,
            until_grade=moved.until_grade,
            weekday=moved.weekday,
            week_parity=moved.week_parity,
            reason=moved.reason,
            announced_at=act.at,
            announced_by=act.actor_id,
            request=moved.request_id,
        )
        said = words.moved_day(moved.weekday, moved.week_parity)
        record(
            act, school.school_id, [Fact("day_change", row.id, "day", "", f"{moved.day}: {said}")]
        )
        wishes = [Wish(lesson.lesson_id, 0, CANCELLATION, reason=said) for lesson in leaving]
        if wishes:
            _change_all(school, wishes, row.id, today, act)
        _make(school, moved.day, made, row.id, act)
        move_revisions(act, [("school", school.school_id)])
        return Changed(lessons=len(made) + len(leaving))


def _list_groups(school_id: int, moved: MovedDay) -> set[int]:
    """The groups of the grades that are moved; a stream moves with its lowest class."""
    sql = """
    SELECT g.id, MIN(c.grade) FROM teaching_group g
    JOIN school_year y ON y.id = g.school_year_id AND y.from_on <= ? AND y.until_on >= ?
    LEFT JOIN group_membership m ON m.teaching_group_id = g.id AND g.school_class_id IS NULL
    LEFT JOIN enrolment e ON e.pupil_id = m.pupil_id AND e.school_id = g.school_id
      AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
    JOIN school_class c ON c.id = COALESCE(g.school_class_id, e.school_class_id)
    WHERE g.school_id = ? GROUP BY g.id
    """
    day = moved.day
    return {
        group_id
        for group_id, grade in fetch_all(sql, (day, day, day, day, school_id))
        if moved.from_grade <= grade <= moved.until_grade
    }


def _list_entries(school_id: int, moved: MovedDay, groups: set[int]) -> list[TimetableEntry]:
    """The timetable of the other day, as it holds on this one."""
    parities = ("", moved.week_parity or week_parity(moved.day))
    found = TimetableEntry.select().where(
        TimetableEntry.school == school_id,
        TimetableEntry.weekday == moved.weekday,
        TimetableEntry.week_parity.in_(parities),
        TimetableEntry.from_on <= moved.day,
        TimetableEntry.until_on.is_null() | (TimetableEntry.until_on >= moved.day),
    )
    return [entry for entry in found if entry.teaching_group_id in groups]


def _refuse_held(lessons: list[BoardLesson]) -> None:
    """A lesson that was held cannot be undone by another timetable."""
    entries = count_entries([lesson.lesson_id for lesson in lessons])
    held = [lesson.name for lesson in lessons if entries[lesson.lesson_id].any]
    if held:
        names = "; ".join(held[:3]) + (f" и ещё {len(held) - 3}" if len(held) > 3 else "")
        raise _refused(f"В этот день уже есть записи в журнале: {names}.", "day")


def _slot(entry: TimetableEntry) -> tuple[int, int]:
    return entry.teaching_group_id, entry.lesson_number


def _plan_lessons(
    school: SchoolLine, day: date, entries: list[TimetableEntry]
) -> list[tuple[TimetableEntry, Placed]]:
    """The lessons to be made, at their times."""
    bells = {
        (bell.bell_schedule_id, bell.lesson_number): bell
        for bell in Bell.select().where(Bell.school == school.school_id)
    }
    planned = []
    for entry in entries:
        bell = bells[entry.bell_schedule_id, entry.lesson_number]
        begins, ends = (
            to_milliseconds(clock.moment_of(day, at, school.time_zone))
            for at in (bell.starts_at, bell.ends_at)
        )
        placed = Placed(
            0, entry.teaching_group_id, "", "", entry.teacher_id, "", entry.room, begins, ends
        )
        planned.append((entry, placed))
    return planned


def _name_clashes(made: list[tuple[TimetableEntry, Placed]], staying: list[Placed]) -> None:
    """Teachers who would have a made lesson and one of another grade at once."""
    found = {
        words.clash(clash)
        for _, placed in made
        for clash in find_clashes(placed, staying, looks_at_room=False)
    }
    if found:
        raise ChangesRefused(
            Problem(0, CLASH, said, is_final=False) for said in sorted(found)[:MOST_CLASHES]
        )


def _make(
    school: SchoolLine,
    day: date,
    made: list[tuple[TimetableEntry, Placed]],
    day_change_id: int,
    act: Act,
) -> None:
    """Lessons by another day's timetable. Each has a change: an import leaves it alone."""
    ids = reserve_ids(Lesson, len(made))
    bulk_insert(
        Lesson,
        [
            {
                "id": lesson_id,
                "school": school.school_id,
                "teaching_group": entry.teaching_group_id,
                "teacher": entry.teacher_id,
                "held_on": day,
                "lesson_number": entry.lesson_number,
                "starts_at": from_milliseconds(placed.starts_at),
                "ends_at": from_milliseconds(placed.ends_at),
                "room": entry.room,
            }
            for lesson_id, (entry, placed) in zip(ids, made, strict=True)
        ],
    )
    for lesson_id, (entry, _) in zip(ids, made, strict=True):
        LessonChange.create(
            school=school.school_id,
            lesson=lesson_id,
            kind=EXTRA,
            announced_at=act.at,
            announced_by=act.actor_id,
            teacher_is=entry.teacher_id,
            held_on_is=day,
            lesson_number_is=entry.lesson_number,
            room_is=entry.room,
            day_change=day_change_id,
        )


def _change_all(
    school: SchoolLine, wishes: list[Wish], day_change_id: int | None, today: date, act: Act
) -> int:
    """Change lessons as a day's change does: nobody asks of single ones."""
    changes = list_lesson_changes(school.school_id, [wish.lesson_id for wish in wishes])
    seen = {lesson_id: lines[-1].change_id for lesson_id, lines in changes.items()}
    now_seen = [replace(wish, seen=seen.get(wish.lesson_id, 0)) for wish in wishes]
    return change_lessons(
        school, now_seen, today=today, act=act, day_change_id=day_change_id
    ).lessons


def announce_quarantine(
    school: SchoolLine, wanted: Quarantine, *, today: date, act: Act
) -> Changed:
    """Cancel the lessons of a class for a span of days, or let them be held at a distance.
    Lessons of groups out of several classes go on: the others are at school. What was held
    already stays. Raises ChangesRefused. The same request twice is one."""
    with transaction():
        if DayChange.get_or_none(DayChange.request == wanted.request_id) is not None:
            return Changed()
        _check_quarantine(school, wanted, today)
        lessons = [
            lesson
            for lesson in list_board(school.school_id, wanted.from_on, wanted.until_on)
            if lesson.class_id == wanted.class_id and not lesson.is_cancelled
        ]
        entries = count_entries([lesson.lesson_id for lesson in lessons])
        touched = [lesson for lesson in lessons if not entries[lesson.lesson_id].any]
        row = DayChange.create(
            school=school.school_id,
            kind=DayChange.QUARANTINE,
            school_class=wanted.class_id,
            from_on=wanted.from_on,
            until_on=wanted.until_on,
            is_remote=wanted.is_remote,
            reason=wanted.reason,
            announced_at=act.at,
            announced_by=act.actor_id,
            request=wanted.request_id,
        )
        said = words.quarantine(is_remote=wanted.is_remote)
        span = f"{wanted.from_on} — {wanted.until_on}: {said}"
        record(act, school.school_id, [Fact("day_change", row.id, "day", "", span)])
        kind, room = (ROOM, REMOTE) if wanted.is_remote else (CANCELLATION, "")
        wishes = [
            Wish(
                lesson.lesson_id, 0, kind, room=room, reason="Карантин",
                accepts=True, why="карантин",
            )
            for lesson in touched
            if not room or lesson.placed.room != REMOTE
        ]  # fmt: skip
        if wishes:
            _change_all(school, wishes, row.id, today, act)
        move_revisions(act, [("school", school.school_id)])
        return Changed(lessons=len(wishes))


def _check_quarantine(school: SchoolLine, wanted: Quarantine, today: date) -> None:
    known = SchoolClass.get_or_none(
        SchoolClass.id == wanted.class_id, SchoolClass.school == school.school_id
    )
    if known is None:
        raise _refused("Выберите класс из списка.", "class_id")
    if wanted.until_on < wanted.from_on:
        raise _refused("Последний день раньше первого.", "until_on")
    if (wanted.until_on - wanted.from_on).days >= LONGEST_QUARANTINE:
        raise _refused(f"Не больше {LONGEST_QUARANTINE} дней.", "until_on")
    if wanted.until_on < today:
        raise _refused("Эти дни уже прошли.", "until_on")
    overlapping = DayChange.select().where(
        DayChange.school_class == wanted.class_id,
        DayChange.undone_at.is_null(),
        DayChange.from_on <= wanted.until_on,
        DayChange.until_on >= wanted.from_on,
    )
    if overlapping.exists():
        raise _refused("На эти дни карантин уже объявлен: сначала снимите его.", "from_on")


def undo_day_change(school: SchoolLine, day_change_id: int, *, today: date, act: Act) -> int:
    """Take a moved day or a quarantine back: its lessons are as they were, the ones it made are
    cancelled. What was held, or changed otherwise since, stays. Returns how many lessons came
    back. Raises LookupError for one of another school. Twice does no harm."""
    with transaction():
        row = DayChange.get_or_none(
            DayChange.id == day_change_id, DayChange.school == school.school_id
        )
        if row is None:
            raise LookupError(day_change_id)
        count = (
            DayChange.update(undone_at=act.at, undone_by=act.actor_id)
            .where(DayChange.id == day_change_id, DayChange.undone_at.is_null())
            .execute()
        )
        if not count:
            return 0
        changes = list(
            LessonChange.select(LessonChange, Lesson)
            .join(Lesson)
            .where(
                LessonChange.school == school.school_id,
                LessonChange.day_change == day_change_id,
                LessonChange.replaced_at.is_null(),
                LessonChange.is_undoing == False,  # noqa: E712 - SQL
                Lesson.held_on >= today,
            )
            .order_by(LessonChange.id)
        )
        entries = count_entries([change.lesson_id for change in changes])
        open_ones = [change for change in changes if not entries[change.lesson_id].any]
        wishes = [
            Wish(change.lesson_id, 0, CANCELLATION, reason="Расписание дня возвращено")
            for change in open_ones
            if change.kind == EXTRA and change.lesson.cancelled_at is None
        ]
        wishes += [
            Wish(change.lesson_id, 0, UNDO, undone_id=change.id, accepts=True, why="день возвращён")
            for change in open_ones
            if change.kind != EXTRA
        ]
        record(act, school.school_id, [Fact("day_change", row.id, "day", str(row.from_on), "")])
        if wishes:
            _change_all(school, wishes, day_change_id, today, act)
        move_revisions(act, [("school", school.school_id)])
        return len(wishes)
