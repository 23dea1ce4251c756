"""Changes of the timetable, lesson by lesson: substitution, move, cancellation, another room, an
extra lesson, and taking any of it back (B6).

What stands in the way is named before anything is saved, and of several changes sent together
all are saved or none. Each lesson is compare-and-set: whoever sends says which change of it they
saw last. The lesson's row says how it is, `lesson_change` how it was; nothing is deleted.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from school import clock, wording
from school import wording_timetable as words
from school.actions.history import Act, Fact, lock_lesson, move_revisions, record
from school.actions.letters import TIMETABLE, NewLetter, put_letter
from school.database import execute, fetch_all, transaction
from school.letters import timetable_changes as timetable_letter
from school.models import (
    GroupTeacher,
    Lesson,
    LessonChange,
    Role,
    TeacherAbsence,
    TeachingGroup,
    Work,
)
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.school_days import SchoolDays
from school.queries.schools import SchoolLine
from school.queries.timetable_board import (
    BoardLesson,
    ChangeLine,
    Entries,
    count_entries,
    count_shared_pupils,
    list_absences,
    list_board,
    list_lesson_changes,
)
from school.rules.clashes import (
    NO_BELL,
    NO_SCHOOL_DAY,
    NO_TEACHER,
    PUPILS_BUSY,
    QUARANTINE,
    SAME_PLACE,
    SUNDAY,
    TEACHER_AWAY,
    Clash,
    Placed,
    find_clashes,
)
from school.rules.letters import BY_DUTY
from school.rules.register import without_controls

SUBSTITUTION, MOVE, CANCELLATION, ROOM = "substitution", "move", "cancellation", "room"
EXTRA, UNDO = "extra", "undo"
#: What people may write to the families, and as a room.
LONGEST_REASON, LONGEST_ROOM = 200, 40
#: A letter about a lesson is of no use so long after it.
LETTER_GOOD_FOR = timedelta(days=7)
SUNDAY_NUMBER = 7

#: Where a complaint belongs on the page.
CLASH, CONFLICT, KEPT, FIELD = "clash", "conflict", "kept", "field"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of a lesson. `seen` is the newest change of it when the page was
    rendered, 0 for none."""

    lesson_id: int
    seen: int
    kind: str
    teacher_id: int | None = None
    held_on: date | None = None
    lesson_number: int | None = None
    room: str = ""
    #: What the families read.
    reason: str = ""
    #: Clashes were named and are meant, and why.
    accepts: bool = False
    why: str = ""
    #: That marks are there was said, and they stay.
    keeps_entries: bool = False
    #: Which change is taken back.
    undone_id: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a change was not saved. `what` is CLASH (accepted with a word, where it is not final),
    KEPT (the lesson holds entries: said, to be confirmed), CONFLICT or FIELD."""

    lesson_id: int
    what: str
    message: str
    is_final: bool = True
    #: The field that it is said beside, where there is one.
    field: str = ""


class ChangesRefused(Exception):
    """Nothing was saved; `problems` say why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


@dataclass(frozen=True, slots=True)
class NewAbsence:
    """That a teacher is away, to be noted with the changes it causes."""

    teacher_id: int
    from_on: date
    until_on: date
    reason: str = "other"


@dataclass(slots=True)
class Changed:
    """What was saved."""

    lessons: int = 0
    letters: int = 0
    lesson_id: int | None = None


def change_lessons(
    school: SchoolLine,
    wishes: Sequence[Wish],
    *,
    today: date,
    act: Act,
    absence: NewAbsence | None = None,
    day_change_id: int | None = None,
) -> Changed:
    """Save changes of lessons, all or none. Raises ChangesRefused. What already is as it was
    wished is left alone, so that a form sent twice does no harm. `today` is the school's."""
    with transaction():
        for lesson_id in sorted({wish.lesson_id for wish in wishes}):
            lock_lesson(lesson_id)
        absence_id = _note_absence(school, absence, act) if absence else None
        changing = _Changing(school, today, act, absence_id, day_change_id)
        changing.load([wish.lesson_id for wish in wishes])
        for wish in wishes:
            changing.plan(wish)
        if changing.problems:
            raise ChangesRefused(changing.problems)
        return changing.write()


def _note_absence(school: SchoolLine, absence: NewAbsence, act: Act) -> int:
    """The row of an absence; the same one sent twice is one."""
    if absence.reason not in TeacherAbsence.REASONS:
        raise ChangesRefused([Problem(0, FIELD, "Выберите причину из списка.", field="why")])
    row, is_new = TeacherAbsence.get_or_create(
        school=school.school_id,
        teacher=absence.teacher_id,
        from_on=absence.from_on,
        until_on=absence.until_on,
        ended_at=None,
        defaults={"reason": absence.reason, "noted_at": act.at, "noted_by": act.actor_id},
    )
    if is_new:
        record(act, school.school_id, [Fact("teacher_absence", row.id, "absence", "", "noted")])
    elif row.reason != absence.reason:
        TeacherAbsence.update(reason=absence.reason).where(TeacherAbsence.id == row.id).execute()
        fact = Fact("teacher_absence", row.id, "reason", row.reason, absence.reason)
        record(act, school.school_id, [fact])
    absence_id: int = row.id
    return absence_id


def end_absence(school_id: int, absence_id: int, act: Act) -> bool:
    """Take an absence back that was noted by mistake; the changes it caused stay until they are
    taken back themselves. Returns whether there was one."""
    with transaction():
        count: int = (
            TeacherAbsence.update(ended_at=act.at)
            .where(
                TeacherAbsence.id == absence_id,
                TeacherAbsence.school == school_id,
                TeacherAbsence.ended_at.is_null(),
            )
            .execute()
        )
        if count:
            record(
                act, school_id, [Fact("teacher_absence", absence_id, "absence", "noted", "ended")]
            )
    return bool(count)


@dataclass(slots=True)
class _Planned:
    """A change that can be written."""

    lesson: BoardLesson
    kind: str
    #: Columns of the lesson, and of the change.
    lesson_values: dict[str, Any]
    change_values: dict[str, Any]
    facts: list[Fact]
    #: Teacher → what they are told.
    told: dict[int, str] = field(default_factory=dict)


class _Changing:
    """Changes on their way into the database, inside the transaction."""

    def __init__(
        self,
        school: SchoolLine,
        today: date,
        act: Act,
        absence_id: int | None,
        day_change_id: int | None,
    ) -> None:
        self.school = school
        self.today = today
        self.act = act
        self.absence_id = absence_id
        self.day_change_id = day_change_id
        self.problems: list[Problem] = []
        self.planned: list[_Planned] = []
        self.lessons: dict[int, BoardLesson] = {}
        self.history: dict[int, tuple[ChangeLine, ...]] = {}
        self.entries: dict[int, Entries] = {}
        self.boards: dict[date, dict[int, Placed]] = {}

    def load(self, lesson_ids: Sequence[int]) -> None:
        far = (date(1900, 1, 1), date(2200, 1, 1))
        found = list_board(self.school.school_id, *far, lesson_ids=lesson_ids)
        self.lessons = {lesson.lesson_id: lesson for lesson in found}
        self.history = list_lesson_changes(self.school.school_id, lesson_ids)
        self.entries = count_entries(lesson_ids)

    # What may be done

    def plan(self, wish: Wish) -> None:
        lesson = self.lessons.get(wish.lesson_id)
        if lesson is None:
            self._refuse(wish, FIELD, "Такого урока в школе нет.")
            return
        if len(wish.reason) > LONGEST_REASON:
            self._refuse(wish, FIELD, f"Не больше {LONGEST_REASON} букв.", at="reason")
            return
        if len(wish.room) > LONGEST_ROOM:
            self._refuse(wish, FIELD, f"Не больше {LONGEST_ROOM} букв.", at="room")
            return
        lines = self.history.get(wish.lesson_id, ())
        if self._is_done(lesson, wish, lines):
            return
        newest = lines[-1] if lines else None
        if (newest.change_id if newest else 0) != wish.seen:
            said = newest.words if newest else "изменений нет"
            who = f" ({newest.announced_by})" if newest else ""
            self._refuse(
                wish,
                CONFLICT,
                f"Пока страница была открыта, урок изменили: {said}{who}. Проверьте и сохраните "
                "ещё раз.",
            )
            return
        if lesson.is_cancelled and wish.kind != UNDO:
            self._refuse(wish, FIELD, "Урок отменён: сначала верните его.", at="kind")
            return
        match wish.kind:
            case "substitution":
                self._plan_substitution(lesson, wish, lines)
            case "move":
                self._plan_move(lesson, wish, lines)
            case "cancellation":
                self._plan_cancellation(lesson, wish)
            case "room":
                self._plan_room(lesson, wish, lines)
            case "undo":
                self._plan_undoing(lesson, wish, lines)
            case _:
                self._refuse(wish, FIELD, "Выберите, что сделать с уроком.", at="kind")

    def _is_done(self, lesson: BoardLesson, wish: Wish, lines: Sequence[ChangeLine]) -> bool:
        """Whether the lesson is as it is wished because somebody made it so."""
        placed = lesson.placed
        active = {line.kind for line in lines if not line.is_replaced and not line.is_undoing}
        if wish.kind not in active:
            undone = next((line for line in lines if line.change_id == wish.undone_id), None)
            return wish.kind == UNDO and undone is not None and undone.is_replaced
        match wish.kind:
            case "substitution":
                return wish.teacher_id == placed.teacher_id
            case "move":
                return (wish.held_on, wish.lesson_number) == (
                    lesson.held_on, lesson.lesson_number,
                ) and wish.room in ("", placed.room)  # fmt: skip
            case "room":
                return wish.room == placed.room
            case _:
                return lesson.is_cancelled

    def _refuse(
        self, wish: Wish, what: str, message: str, *, at: str = "", is_final: bool = True
    ) -> None:
        self.problems.append(Problem(wish.lesson_id, what, message, is_final, at))

    def _clashes(self, wish: Wish, found: Iterable[Clash], at: str) -> bool:
        """Name what is in the way; returns whether the change may go on."""
        clashes = list(found)
        open_ones = [
            clash for clash in clashes if clash.is_final or not (wish.accepts and wish.why.strip())
        ]
        for clash in open_ones:
            self._refuse(wish, CLASH, words.clash(clash), at=at, is_final=clash.is_final)
        return not open_ones

    def _board(self, day: date) -> dict[int, Placed]:
        """The lessons of a day that are held, as far as this form has changed them."""
        if day not in self.boards:
            self.boards[day] = {
                lesson.lesson_id: lesson.placed
                for lesson in list_board(self.school.school_id, day, day)
                if not lesson.is_cancelled
            }
        return self.boards[day]

    def _place(self, lesson: BoardLesson, wanted: Placed, day: date) -> None:
        self._board(lesson.held_on).pop(lesson.lesson_id, None)
        self._board(day)[lesson.lesson_id] = wanted

    def _teacher_clashes(self, teacher_id: int, name: str, day: date) -> list[Clash]:
        away = list_absences(self.school.school_id, day, day)
        return [Clash(TEACHER_AWAY, detail=name) for line in away if line.teacher_id == teacher_id]

    def _is_teacher(self, teacher_id: int | None, day: date) -> bool:
        return bool(
            Role.select()
            .where(
                Role.school == self.school.school_id,
                Role.person == teacher_id,
                Role.kind == "teacher",
                Role.ended_at.is_null(),
                Role.from_on <= day,
                Role.until_on.is_null() | (Role.until_on >= day),
            )
            .exists()
        )

    def _plan_substitution(
        self, lesson: BoardLesson, wish: Wish, lines: Sequence[ChangeLine]
    ) -> None:
        before = _active(lines, SUBSTITUTION)
        if before is not None and before.teacher_was_id == wish.teacher_id:
            # The lesson's own teacher again.
            self._plan_undoing(lesson, replace(wish, undone_id=before.change_id), lines)
            return
        if wish.teacher_id == lesson.placed.teacher_id:
            self._refuse(wish, FIELD, "Этот учитель и так ведёт урок.", at="teacher")
            return
        if wish.teacher_id is None or not self._is_teacher(wish.teacher_id, lesson.held_on):
            self._clashes(wish, [Clash(NO_TEACHER)], "teacher")
            return
        name = _name_of(wish.teacher_id)
        room = wish.room or lesson.placed.room
        wanted = replace(lesson.placed, teacher_id=wish.teacher_id, teacher_name=name, room=room)
        found = find_clashes(
            wanted, self._board(lesson.held_on).values(), looks_at_room=room != lesson.placed.room
        )
        found = (*found, *self._teacher_clashes(wish.teacher_id, name, lesson.held_on))
        if not self._clashes(wish, found, "teacher"):
            return
        was = before.teacher_was_id if before else lesson.placed.teacher_id
        self._place(lesson, wanted, lesson.held_on)
        self._add(
            lesson,
            SUBSTITUTION,
            wish,
            {"teacher": wish.teacher_id},
            {
                "teacher_was": was,
                "teacher_is": wish.teacher_id,
                "is_joint": any(clash.kind == "teacher_busy" for clash in found),
                "override": wish.why.strip() if found else "",
            },
            [("teacher", lesson.placed.teacher_name, name)],
            {
                lesson.placed.teacher_id: f"вас заменяет {name}",
                wish.teacher_id: f"вы заменяете: {lesson.placed.teacher_name}",
            },
        )
        if wish.room and wish.room != lesson.placed.room:
            self._change_room(lesson, wish, lines)

    def _plan_room(self, lesson: BoardLesson, wish: Wish, lines: Sequence[ChangeLine]) -> None:
        if not wish.room:
            self._refuse(wish, FIELD, "Напишите кабинет.", at="room")
            return
        if wish.room == lesson.placed.room:
            self._refuse(wish, FIELD, "Урок и так в этом кабинете.", at="room")
            return
        wanted = replace(lesson.placed, room=wish.room, teacher_id=0)
        found = find_clashes(wanted, self._board(lesson.held_on).values())
        if self._clashes(wish, found, "room"):
            self._place(
                lesson, replace(wanted, teacher_id=lesson.placed.teacher_id), lesson.held_on
            )
            self._change_room(lesson, wish, lines, override=wish.why.strip() if found else "")

    def _change_room(
        self, lesson: BoardLesson, wish: Wish, lines: Sequence[ChangeLine], override: str = ""
    ) -> None:
        before = _active(lines, ROOM)
        self._add(
            lesson,
            ROOM,
            wish,
            {"room": wish.room},
            {
                "room_was": before.room_was if before else lesson.placed.room,
                "room_is": wish.room,
                "override": override,
            },
            [("room", lesson.placed.room, wish.room)],
            {lesson.placed.teacher_id: f"другой кабинет: {wish.room}"},
        )

    def _plan_move(self, lesson: BoardLesson, wish: Wish, lines: Sequence[ChangeLine]) -> None:
        if wish.held_on is None or wish.lesson_number is None:
            self._refuse(wish, FIELD, "Напишите день и номер урока.", at="held_on")
            return
        here = (lesson.held_on, lesson.lesson_number)
        if (wish.held_on, wish.lesson_number) == here:
            self._refuse(wish, FIELD, "Урок и так стоит на этом месте.", at="held_on")
            return
        times = find_times(self.school, lesson.placed.group_id, wish.held_on, wish.lesson_number)
        if times is None:
            self._clashes(wish, [Clash(NO_BELL, detail=str(wish.lesson_number))], "number")
            return
        entries = self.entries[lesson.lesson_id]
        if entries.any and wish.held_on > self.today:
            self._refuse(
                wish,
                FIELD,
                "В уроке уже есть записи, значит, он был: перенести его можно на прошедший день "
                "или на сегодня. Если урока не было, попросите учителя снять записи.",
                at="held_on",
            )
            return
        wanted = replace(
            lesson.placed,
            starts_at=to_milliseconds(times[0]),
            ends_at=to_milliseconds(times[1]),
            room=wish.room or lesson.placed.room,
        )
        found = self.day_clashes(wanted.group_id, wish.held_on)
        found += self._same_place(wanted.group_id, wish.held_on, wish.lesson_number, lesson)
        if not any(clash.is_final for clash in found):
            found += self.time_clashes(wanted, wish.held_on, times)
        if not self._clashes(wish, found, "held_on"):
            return
        if entries.any and not wish.keeps_entries:
            kept = words.kept_entries(entries.marks, entries.absences, is_taken=entries.is_taken)
            self._refuse(
                wish,
                KEPT,
                f"В уроке уже есть записи ({kept}). Они перейдут вместе с уроком на "
                f"{words.place(wish.held_on, wish.lesson_number)}; сроки, по которым их уже "
                "судили, не изменятся.",
                is_final=False,
            )
            return
        before = _active(lines, MOVE)
        self._place(lesson, wanted, wish.held_on)
        was_on, was_number = here
        if before is not None:
            was_on = before.held_on_was or was_on
            was_number = was_number if before.number_was is None else before.number_was
        self._add(
            lesson,
            MOVE,
            wish,
            {
                "held_on": wish.held_on,
                "lesson_number": wish.lesson_number,
                "starts_at": times[0],
                "ends_at": times[1],
            },
            {
                # A family reads only what became another.
                "held_on_was": was_on,
                "held_on_is": wish.held_on,
                "lesson_number_was": None if was_number == wish.lesson_number else was_number,
                "lesson_number_is": wish.lesson_number,
                "override": wish.why.strip() if found else "",
            },
            [("place", words.place(*here), words.place(wish.held_on, wish.lesson_number))],
            {
                lesson.placed.teacher_id: "урок перенесён на "
                + words.place(wish.held_on, wish.lesson_number)
            },
        )
        if wish.room and wish.room != lesson.placed.room:
            self._change_room(lesson, wish, lines)

    def day_clashes(self, group_id: int, day: date) -> list[Clash]:
        """What is in the way of any lesson of a group on a day."""
        reason = SchoolDays(self.school.school_id).why_not(group_id, day)
        found = [Clash(NO_SCHOOL_DAY, detail=reason)] if reason else []
        if day.isoweekday() == SUNDAY_NUMBER:
            found.append(Clash(SUNDAY))
        for (said,) in fetch_all(IN_QUARANTINE, (self.school.school_id, group_id, day, day)):
            found.append(Clash(QUARANTINE, detail=said or "уроки отменены"))
        return found

    def _same_place(
        self, group_id: int, day: date, number: int, lesson: BoardLesson | None
    ) -> list[Clash]:
        other = Lesson.get_or_none(
            Lesson.school == self.school.school_id,
            Lesson.teaching_group == group_id,
            Lesson.held_on == day,
            Lesson.lesson_number == number,
        )
        if other is None or (lesson is not None and other.id == lesson.lesson_id):
            return []
        is_cancelled = other.cancelled_at is not None
        return [Clash(SAME_PLACE, detail=" (отменён, его можно вернуть)" * is_cancelled)]

    def time_clashes(
        self, wanted: Placed, day: date, times: tuple[datetime, datetime]
    ) -> list[Clash]:
        """What is in the way of a lesson at a time."""
        shared = count_shared_pupils(self.school.school_id, wanted.group_id, day, *times)
        others = self._board(day)
        found = [
            replace(clash, detail=words.pupils(shared[clash.with_lesson.lesson_id]))
            if clash.kind == PUPILS_BUSY and clash.with_lesson
            else clash
            for clash in find_clashes(wanted, others.values(), shared_pupils=shared)
        ]
        return found + self._teacher_clashes(wanted.teacher_id, wanted.teacher_name, day)

    def _plan_cancellation(self, lesson: BoardLesson, wish: Wish) -> None:
        entries = self.entries[lesson.lesson_id]
        if entries.any and not wish.keeps_entries:
            kept = words.kept_entries(entries.marks, entries.absences, is_taken=entries.is_taken)
            self._refuse(
                wish,
                KEPT,
                f"В уроке уже есть записи ({kept}). Они останутся в журнале и закроются от "
                "исправлений; отметки по-прежнему считаются, пропуски — нет. Если урок был, "
                "отменять его не нужно.",
                is_final=False,
            )
            return
        self._board(lesson.held_on).pop(lesson.lesson_id, None)
        self._add(
            lesson,
            CANCELLATION,
            wish,
            {"cancelled_at": self.act.at},
            {},
            [("cancelled", "", "1")],
            {lesson.placed.teacher_id: "урок отменён"},
        )

    def _plan_undoing(self, lesson: BoardLesson, wish: Wish, lines: Sequence[ChangeLine]) -> None:
        line = next((one for one in lines if one.change_id == wish.undone_id), None)
        if line is None or line.is_replaced or line.is_undoing:
            self._refuse(wish, FIELD, "Этого изменения уже нет.", at="kind")
        elif line.kind == SUBSTITUTION and line.teacher_was_id is not None:
            name = line.teacher_was
            placed = replace(lesson.placed, teacher_id=line.teacher_was_id, teacher_name=name)
            found: list[Clash] = []
            if not lesson.is_cancelled:
                board = self._board(lesson.held_on).values()
                found = list(find_clashes(placed, board, looks_at_room=False))
                found += self._teacher_clashes(line.teacher_was_id, name, lesson.held_on)
            if self._clashes(wish, found, "undo"):
                self._undo(
                    lesson, line, wish, {"teacher": line.teacher_was_id},
                    {"teacher_was": lesson.placed.teacher_id, "teacher_is": line.teacher_was_id},
                    [("teacher", lesson.placed.teacher_name, name)],
                    {
                        lesson.placed.teacher_id: "замены нет, ведёт " + name,
                        line.teacher_was_id: "замены нет, урок ведёте вы",
                    },
                )  # fmt: skip
        elif line.kind == CANCELLATION:
            placed = lesson.placed
            times = (from_milliseconds(placed.starts_at), from_milliseconds(placed.ends_at))
            if self._clashes(wish, self.time_clashes(placed, lesson.held_on, times), "undo"):
                self._undo(
                    lesson, line, wish, {"cancelled_at": None}, {}, [("cancelled", "1", "")],
                    {placed.teacher_id: "урок состоится, отмена снята"},
                )  # fmt: skip
        elif line.kind == ROOM:
            wanted = replace(lesson.placed, room=line.room_was, teacher_id=0)
            found = list(find_clashes(wanted, self._board(lesson.held_on).values()))
            if self._clashes(wish, found, "undo"):
                self._undo(
                    lesson, line, wish, {"room": line.room_was},
                    {"room_was": lesson.placed.room, "room_is": line.room_was},
                    [("room", lesson.placed.room, line.room_was)],
                    {lesson.placed.teacher_id: f"снова кабинет {line.room_was or 'по расписанию'}"},
                )  # fmt: skip
        elif line.kind == MOVE:
            self._undo_move(lesson, line, wish)
        else:
            # An extra lesson is taken back by cancelling it.
            self._plan_cancellation(lesson, wish)

    def _undo_move(self, lesson: BoardLesson, line: ChangeLine, wish: Wish) -> None:
        day = line.held_on_was or lesson.held_on
        number = lesson.lesson_number if line.number_was is None else line.number_was
        times = find_times(self.school, lesson.placed.group_id, day, number)
        if times is None:
            self._clashes(wish, [Clash(NO_BELL, detail=str(number))], "undo")
            return
        entries = self.entries[lesson.lesson_id]
        if entries.any and day > self.today:
            self._refuse(
                wish, FIELD, "В уроке уже есть записи: на будущий день его не вернуть.", at="undo"
            )
            return
        wanted = replace(
            lesson.placed,
            starts_at=to_milliseconds(times[0]),
            ends_at=to_milliseconds(times[1]),
        )
        found = self._same_place(wanted.group_id, day, number, lesson)
        found = found or self.time_clashes(wanted, day, times)
        if not self._clashes(wish, found, "undo"):
            return
        self._place(lesson, wanted, day)
        here = (lesson.held_on, lesson.lesson_number)
        self._undo(
            lesson, line, wish,
            {
                "held_on": day, "lesson_number": number,
                "starts_at": times[0], "ends_at": times[1],
            },
            {
                "held_on_was": here[0], "held_on_is": day,
                "lesson_number_was": here[1], "lesson_number_is": number,
            },
            [("place", words.place(*here), words.place(day, number))],
            {lesson.placed.teacher_id: "перенос снят, урок снова " + words.place(day, number)},
        )  # fmt: skip

    def _undo(
        self,
        lesson: BoardLesson,
        line: ChangeLine,
        wish: Wish,
        lesson_values: dict[str, Any],
        change_values: dict[str, Any],
        facts: list[tuple[str, str, str]],
        told: dict[int, str],
    ) -> None:
        if not lesson.is_cancelled:
            board = self._board(lesson.held_on)
            if "teacher" in lesson_values:
                board[lesson.lesson_id] = replace(
                    lesson.placed, teacher_id=lesson_values["teacher"]
                )
        values = {
            **change_values, "is_undoing": True, "override": wish.why.strip() * wish.accepts
        }  # fmt: skip
        self._add(lesson, line.kind, wish, lesson_values, values, facts, told)

    def _add(
        self,
        lesson: BoardLesson,
        kind: str,
        wish: Wish,
        lesson_values: dict[str, Any],
        change_values: dict[str, Any],
        facts: list[tuple[str, str, str]],
        told: dict[int, str],
    ) -> None:
        values = {"reason": " ".join(without_controls(wish.reason).split()), **change_values}
        lesson_id = lesson.lesson_id
        written = [
            Fact("lesson", lesson_id, name, old, new, None, lesson_id) for name, old, new in facts
        ]
        self.planned.append(_Planned(lesson, kind, lesson_values, values, written, told))

    # What is written

    def write(self) -> Changed:
        first_id = 0
        for plan in self.planned:
            lesson_id = plan.lesson.lesson_id
            LessonChange.update(replaced_at=self.act.at).where(
                LessonChange.school == self.school.school_id,
                LessonChange.lesson == lesson_id,
                LessonChange.kind == plan.kind,
                LessonChange.replaced_at.is_null(),
            ).execute()
            row = LessonChange.create(
                school=self.school.school_id,
                lesson=lesson_id,
                kind=plan.kind,
                announced_at=self.act.at,
                announced_by=self.act.actor_id,
                absence=self.absence_id,
                day_change=self.day_change_id,
                **plan.change_values,
            )
            first_id = first_id or row.id
            Lesson.update(**plan.lesson_values).where(Lesson.id == lesson_id).execute()
            record(self.act, self.school.school_id, plan.facts)
            self._let_follow(plan)
        move_revisions(self.act, {("group", plan.lesson.placed.group_id) for plan in self.planned})
        return Changed(
            lessons=len({plan.lesson.lesson_id for plan in self.planned}),
            letters=self._write_letters(first_id),
        )

    def _let_follow(self, plan: _Planned) -> None:
        """What rests on the lesson: whose entries they are, by when a «точка» is awaited, which
        works lack nobody's mark."""
        lesson_id, school_id = plan.lesson.lesson_id, self.school.school_id
        if "teacher" in plan.lesson_values:
            # Who really held the lesson answers for what was entered in it, also where that was
            # found out after the day. By when it was due and came stays as it was judged.
            execute(WHOSE_ENTRIES, (plan.lesson_values["teacher"], school_id, lesson_id))
        if "held_on" in plan.lesson_values:
            day = plan.lesson_values["held_on"]
            of_lesson = (Work.school == school_id) & (Work.lesson == lesson_id)
            Work.update(due_on=day).where(of_lesson, Work.due_on < day).execute()
        if {"held_on", "cancelled_at"} & plan.lesson_values.keys():
            execute(OPEN_AGAIN, (school_id, lesson_id))

    def _write_letters(self, first_id: int) -> int:
        """One letter to each teacher concerned, however many of their lessons changed."""
        told: dict[int, list[str]] = defaultdict(list)
        last_end: dict[int, int] = {}
        for plan in self.planned:
            lesson = plan.lesson
            for teacher_id, said in plan.told.items():
                line = f"{wording.long_day(lesson.held_on)}, {lesson.lesson_number}-й урок"
                told[teacher_id].append(f"{line}, {lesson.name}: {said}")
                ends = max(last_end.get(teacher_id, 0), lesson.placed.ends_at)
                last_end[teacher_id] = max(ends, to_milliseconds(self.act.at))
        written = 0
        for teacher_id, lines in told.items():
            if teacher_id == self.act.actor_id:
                continue
            written += put_letter(
                NewLetter(
                    key=f"timetable:{first_id}:{teacher_id}",
                    kind=TIMETABLE,
                    person_id=teacher_id,
                    text=timetable_letter(lines),
                    grounds=BY_DUTY,
                    school_id=self.school.school_id,
                    good_until=from_milliseconds(last_end[teacher_id]) + LETTER_GOOD_FOR,
                ),
                self.act.at,
            )
        return written


WHOSE_ENTRIES = "UPDATE verdict SET teacher_id = ? WHERE school_id = ? AND lesson_id = ?"
OPEN_AGAIN = "UPDATE work SET settled_at = NULL WHERE school_id = ? AND lesson_id = ?"
IN_QUARANTINE = """
SELECT d.reason FROM day_change d
JOIN teaching_group g ON g.school_class_id = d.school_class_id
WHERE d.school_id = ? AND g.id = ? AND d.kind = 'quarantine' AND d.undone_at IS NULL
  AND d.from_on <= ? AND d.until_on >= ?
"""


def _active(lines: Sequence[ChangeLine], kind: str) -> ChangeLine | None:
    """The change of a kind that holds now."""
    return next(
        (
            line
            for line in reversed(lines)
            if line.kind == kind and not line.is_replaced and not line.is_undoing
        ),
        None,
    )


NAME = "SELECT surname, given_name, patronymic FROM person WHERE id = ?"


def _name_of(person_id: int) -> str:
    return " ".join(filter(None, fetch_all(NAME, (person_id,))[0]))


def find_times(
    school: SchoolLine, group_id: int, day: date, number: int
) -> tuple[datetime, datetime] | None:
    """When a lesson of a number begins and ends on a day, by the bells of the group's timetable
    (else the school's first); None where there is no such bell."""
    rows = fetch_all(BELL_OF_GROUP, (group_id, school.school_id, number))
    if not rows:
        return None
    begins, ends = (clock.moment_of(day, at, school.time_zone) for at in rows[0])
    return begins, ends


BELL_OF_GROUP = """
SELECT b.starts_at, b.ends_at FROM bell b
LEFT JOIN timetable_entry t ON t.bell_schedule_id = b.bell_schedule_id
  AND t.teaching_group_id = ?
WHERE b.school_id = ? AND b.lesson_number = ?
ORDER BY CASE WHEN t.id IS NULL THEN 1 ELSE 0 END, t.from_on DESC, b.id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class NewLesson:
    """An extra lesson. Without a teacher it is the group's own."""

    group_id: int
    held_on: date
    lesson_number: int
    teacher_id: int | None
    room: str
    reason: str
    request_id: str
    accepts: bool = False
    why: str = ""


def add_extra_lesson(school: SchoolLine, new: NewLesson, *, today: date, act: Act) -> Changed:
    """Make a lesson that the timetable does not have. Raises ChangesRefused. The same request a
    second time is the same lesson."""
    with transaction():
        same = LessonChange.get_or_none(
            LessonChange.school == school.school_id, LessonChange.request == new.request_id
        )
        if same is not None:
            return Changed(lesson_id=same.lesson_id)
        wish = Wish(0, 0, EXTRA, reason=new.reason, room=new.room, accepts=new.accepts, why=new.why)
        changing = _Changing(school, today, act, None, None)
        group = TeachingGroup.get_or_none(
            TeachingGroup.id == new.group_id, TeachingGroup.school == school.school_id
        )
        if group is None:
            raise ChangesRefused([Problem(0, FIELD, "Выберите группу из списка.", field="group")])
        teacher_id = new.teacher_id or _own_teacher(group.id, new.held_on)
        times = find_times(school, group.id, new.held_on, new.lesson_number)
        found = changing.day_clashes(group.id, new.held_on)
        found += changing._same_place(group.id, new.held_on, new.lesson_number, None)
        if times is None:
            found.append(Clash(NO_BELL, detail=str(new.lesson_number)))
        if teacher_id is None or not changing._is_teacher(teacher_id, new.held_on):
            found.append(Clash(NO_TEACHER))
        if times is not None and teacher_id is not None and not any(c.is_final for c in found):
            placed = Placed(
                0, group.id, "", "", teacher_id, _name_of(teacher_id), new.room,
                to_milliseconds(times[0]), to_milliseconds(times[1]),
            )  # fmt: skip
            found += changing.time_clashes(placed, new.held_on, times)
        if len(new.reason) > LONGEST_REASON or len(new.room) > LONGEST_ROOM:
            changing._refuse(wish, FIELD, "Слишком длинно.", at="reason")
        changing._clashes(wish, found, "held_on")
        if changing.problems or times is None or teacher_id is None:
            raise ChangesRefused(changing.problems)
        lesson = Lesson.create(
            school=school.school_id,
            teaching_group=group,
            teacher=teacher_id,
            held_on=new.held_on,
            lesson_number=new.lesson_number,
            starts_at=times[0],
            ends_at=times[1],
            room=new.room,
        )
        change = LessonChange.create(
            school=school.school_id,
            lesson=lesson,
            kind=EXTRA,
            announced_at=act.at,
            announced_by=act.actor_id,
            reason=" ".join(without_controls(new.reason).split()),
            teacher_is=teacher_id,
            held_on_is=new.held_on,
            lesson_number_is=new.lesson_number,
            room_is=new.room,
            override=new.why.strip() if found else "",
            request=new.request_id,
        )
        place = words.place(new.held_on, new.lesson_number)
        fact = Fact("lesson", lesson.id, "place", "", place, None, lesson.id)
        record(act, school.school_id, [fact])
        move_revisions(act, [("group", group.id)])
        letters = 0
        if teacher_id != act.actor_id:
            letters = put_letter(
                NewLetter(
                    key=f"timetable:{change.id}:{teacher_id}",
                    kind=TIMETABLE,
                    person_id=teacher_id,
                    text=timetable_letter(
                        [f"{group.subject.name}, {group.name}: дополнительный урок {place}"]
                    ),
                    grounds=BY_DUTY,
                    school_id=school.school_id,
                    good_until=times[1] + LETTER_GOOD_FOR,
                ),
                act.at,
            )
        return Changed(lessons=1, letters=int(letters), lesson_id=lesson.id)


def _own_teacher(group_id: int, day: date) -> int | None:
    row = (
        GroupTeacher.select(GroupTeacher.teacher)
        .where(
            GroupTeacher.teaching_group == group_id,
            GroupTeacher.from_on <= day,
            GroupTeacher.until_on.is_null() | (GroupTeacher.until_on >= day),
        )
        .order_by(GroupTeacher.id)
        .first()
    )
    return None if row is None else int(row.teacher_id)
