"""The lessons of a school's day side by side: who is where, who is free, what changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school import wording
from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.diary import CHANGE_COLUMNS, CHANGE_PEOPLE, change_words
from school.queries.lessons import full_name
from school.rules.clashes import Candidate, Placed, by_fitness
from school.rules.names import alphabetical


@dataclass(frozen=True, slots=True)
class BoardLesson:
    """A lesson of a day as those who run the school see it."""

    placed: Placed
    held_on: date
    lesson_number: int
    time_zone: str
    subject_id: int
    class_id: int | None
    is_cancelled: bool
    is_taken: bool
    is_extracurricular: bool

    @property
    def lesson_id(self) -> int:
        return self.placed.lesson_id

    @property
    def name(self) -> str:
        return self.placed.name

    @property
    def starts(self) -> str:
        return f"{local(from_milliseconds(self.placed.starts_at), self.time_zone):%H:%M}"

    @property
    def ends(self) -> str:
        return f"{local(from_milliseconds(self.placed.ends_at), self.time_zone):%H:%M}"


BOARD = """
SELECT l.id, l.teaching_group_id, j.name, g.name, l.teacher_id, t.surname, t.given_name,
       t.patronymic, l.room, l.starts_at, l.ends_at, l.held_on, l.lesson_number, s.time_zone,
       g.subject_id, g.school_class_id, l.cancelled_at IS NOT NULL,
       l.attendance_taken_at IS NOT NULL, g.is_extracurricular
FROM lesson l
JOIN school s ON s.id = l.school_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
JOIN person t ON t.id = l.teacher_id
WHERE l.school_id = ? AND l.held_on BETWEEN ? AND ? {only}
ORDER BY l.starts_at, g.name, j.name, l.id
"""


def list_board(
    school_id: int,
    from_on: date,
    until_on: date,
    *,
    lesson_ids: Collection[int] | None = None,
    teacher_id: int | None = None,
) -> tuple[BoardLesson, ...]:
    """The lessons of a school's days, cancelled ones too, in order of time; of all, of some, or
    of one teacher."""
    only, values = "", []
    if lesson_ids is not None:
        if not lesson_ids:
            return ()
        only = f"AND l.id IN ({', '.join('?' * len(lesson_ids))})"
        values = list(lesson_ids)
    elif teacher_id is not None:
        only, values = "AND l.teacher_id = ?", [teacher_id]
    rows = fetch_all(BOARD.format(only=only), (school_id, from_on, until_on, *values))
    return tuple(_board_lesson(row) for row in rows)


def _board_lesson(row: tuple[Any, ...]) -> BoardLesson:
    return BoardLesson(
        placed=Placed(
            lesson_id=row[0],
            group_id=row[1],
            subject=row[2],
            group_name=row[3],
            teacher_id=row[4],
            teacher_name=full_name(*row[5:8]),
            room=row[8],
            starts_at=row[9],
            ends_at=row[10],
        ),
        held_on=as_date(row[11]),
        lesson_number=row[12],
        time_zone=row[13],
        subject_id=row[14],
        class_id=row[15],
        is_cancelled=bool(row[16]),
        is_taken=bool(row[17]),
        is_extracurricular=bool(row[18]),
    )


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change of one lesson."""

    change_id: int
    lesson_id: int
    kind: str
    announced_at: datetime
    announced_by: str
    #: As the family reads it.
    words: str
    is_undoing: bool
    is_replaced: bool
    is_joint: bool
    teacher_was_id: int | None
    teacher_is_id: int | None
    teacher_was: str
    teacher_is: str
    held_on_was: date | None
    number_was: int | None
    room_was: str
    room_is: str
    override: str
    day_change_id: int | None
    absence_id: int | None
    reason: str


CHANGES = f"""
SELECT h.id, h.lesson_id, h.announced_at, a.surname, a.given_name, a.patronymic,
       h.replaced_at IS NOT NULL, h.teacher_was_id, h.teacher_is_id, h.override,
       h.day_change_id, h.absence_id, {CHANGE_COLUMNS}
FROM lesson_change h
JOIN person a ON a.id = h.announced_by_id
{CHANGE_PEOPLE}
WHERE h.school_id = ? AND h.lesson_id IN ({{places}})
ORDER BY h.id
"""


def list_lesson_changes(
    school_id: int, lesson_ids: Collection[int]
) -> dict[int, tuple[ChangeLine, ...]]:
    """Lesson → all its changes, oldest first."""
    found: dict[int, list[ChangeLine]] = defaultdict(list)
    if lesson_ids:
        sql = CHANGES.format(places=", ".join("?" * len(lesson_ids)))
        for row in fetch_all(sql, (school_id, *lesson_ids)):
            found[row[1]].append(_change_line(row))
    return {lesson_id: tuple(lines) for lesson_id, lines in found.items()}


def _change_line(row: tuple[Any, ...]) -> ChangeLine:
    change = row[12:]
    return ChangeLine(
        change_id=row[0],
        lesson_id=row[1],
        kind=change[0],
        announced_at=from_milliseconds(row[2]),
        announced_by=full_name(*row[3:6]),
        words=change_words(*change),
        is_undoing=bool(change[12]),
        is_replaced=bool(row[6]),
        is_joint=bool(change[13]),
        teacher_was_id=row[7],
        teacher_is_id=row[8],
        teacher_was=full_name(change[2] or "", change[3] or "", change[4] or ""),
        teacher_is=full_name(change[5] or "", change[6] or "", change[7] or ""),
        held_on_was=as_date(change[8]),
        number_was=change[9],
        room_was=change[10],
        room_is=change[11],
        override=row[9],
        day_change_id=row[10],
        absence_id=row[11],
        reason=change[1],
    )


CHANGED_ON = """
SELECT DISTINCT h.lesson_id
FROM lesson_change h JOIN lesson l ON l.id = h.lesson_id
WHERE h.school_id = ? AND (l.held_on BETWEEN ? AND ? OR h.held_on_was BETWEEN ? AND ?)
"""


def list_changed_lessons(school_id: int, from_on: date, until_on: date) -> tuple[int, ...]:
    """Ids of the lessons that were changed and are, or were to be, on some days."""
    span = (from_on, until_on)
    return tuple(row[0] for row in fetch_all(CHANGED_ON, (school_id, *span, *span)))


@dataclass(frozen=True, slots=True)
class Entries:
    """What a lesson's register already holds."""

    marks: int = 0
    absences: int = 0
    is_taken: bool = False

    @property
    def any(self) -> bool:
        return bool(self.marks or self.absences or self.is_taken)


ENTRIES = """
SELECT l.id, l.attendance_taken_at IS NOT NULL,
       (SELECT COUNT(*) FROM work w JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id
        WHERE w.school_id = l.school_id AND w.lesson_id = l.id),
       (SELECT COUNT(*) FROM attendance a
        WHERE a.school_id = l.school_id AND a.lesson_id = l.id AND a.code <> '')
FROM lesson l WHERE l.id IN ({places})
"""


def count_entries(lesson_ids: Collection[int]) -> dict[int, Entries]:
    """What lessons hold in their registers."""
    if not lesson_ids:
        return {}
    rows = fetch_all(ENTRIES.format(places=", ".join("?" * len(lesson_ids))), tuple(lesson_ids))
    return {row[0]: Entries(row[2], row[3], bool(row[1])) for row in rows}


@dataclass(frozen=True, slots=True)
class StaffTeacher:
    """A teacher of the school on a day."""

    teacher_id: int
    name: str
    subject_ids: frozenset[int]
    class_ids: frozenset[int]


TEACHERS = """
SELECT DISTINCT p.id, p.surname, p.given_name, p.patronymic
FROM role r JOIN person p ON p.id = r.person_id
WHERE r.school_id = ? AND r.kind = 'teacher' AND r.ended_at IS NULL
  AND r.from_on <= ? AND (r.until_on IS NULL OR r.until_on >= ?)
"""
TAUGHT = """
SELECT w.teacher_id, g.subject_id, g.school_class_id
FROM group_teacher w JOIN teaching_group g ON g.id = w.teaching_group_id
WHERE w.school_id = ? AND w.from_on <= ? AND (w.until_on IS NULL OR w.until_on >= ?)
"""


def list_teachers(school_id: int, day: date) -> tuple[StaffTeacher, ...]:
    """The teachers of a school on a day, in order of name, with what and whom they teach."""
    subjects: dict[int, set[int]] = defaultdict(set)
    classes: dict[int, set[int]] = defaultdict(set)
    for teacher_id, subject_id, class_id in fetch_all(TAUGHT, (school_id, day, day)):
        subjects[teacher_id].add(subject_id)
        classes[teacher_id].add(class_id)
    found = [
        StaffTeacher(
            row[0], full_name(*row[1:]), frozenset(subjects[row[0]]),
            frozenset(classes[row[0]] - {None}),
        )
        for row in fetch_all(TEACHERS, (school_id, day, day))
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: alphabetical(one.name)))


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """A teacher's absence, as those who run the school see it."""

    absence_id: int
    teacher_id: int
    teacher: str
    from_on: date
    until_on: date
    reason: str


ABSENCES = """
SELECT b.id, b.teacher_id, p.surname, p.given_name, p.patronymic, b.from_on, b.until_on, b.reason
FROM teacher_absence b JOIN person p ON p.id = b.teacher_id
WHERE b.school_id = ? AND b.ended_at IS NULL AND b.from_on <= ? AND b.until_on >= ?
ORDER BY p.surname, p.given_name, b.from_on, b.id
"""


def list_absences(school_id: int, from_on: date, until_on: date) -> tuple[AbsenceLine, ...]:
    """The absences of teachers that touch a span of days."""
    return tuple(
        AbsenceLine(
            row[0], row[1], full_name(*row[2:5]), as_date(row[5]), as_date(row[6]), row[7]
        )
        for row in fetch_all(ABSENCES, (school_id, until_on, from_on))
    )  # fmt: skip


def rank_candidates(
    lesson: BoardLesson,
    board: Iterable[BoardLesson],
    teachers: Iterable[StaffTeacher],
    absences: Iterable[AbsenceLine],
) -> tuple[Candidate, ...]:
    """Who might take a lesson over, the fittest first; its present teacher is left out. `board`
    are the lessons of its day."""
    busy: dict[int, str] = {}
    there = set()
    for other in board:
        if other.is_cancelled or other.lesson_id == lesson.lesson_id:
            continue
        there.add(other.placed.teacher_id)
        if (
            other.placed.starts_at < lesson.placed.ends_at
            and lesson.placed.starts_at < other.placed.ends_at
        ):
            busy[other.placed.teacher_id] = other.name
    away = {line.teacher_id for line in absences if line.from_on <= lesson.held_on <= line.until_on}
    return by_fitness(
        Candidate(
            teacher_id=teacher.teacher_id,
            name=teacher.name,
            busy_with=busy.get(teacher.teacher_id, ""),
            is_away=teacher.teacher_id in away,
            teaches_subject=lesson.subject_id in teacher.subject_ids,
            teaches_class=lesson.class_id in teacher.class_ids,
            is_there=teacher.teacher_id in there,
        )
        for teacher in teachers
        if teacher.teacher_id != lesson.placed.teacher_id
    )


SHARED = """
SELECT l.id, COUNT(DISTINCT m.pupil_id)
FROM group_membership m
JOIN group_membership n ON n.pupil_id = m.pupil_id AND n.school_id = m.school_id
  AND n.teaching_group_id <> m.teaching_group_id
  AND n.from_on <= ? AND (n.until_on IS NULL OR n.until_on >= ?)
JOIN lesson l ON l.school_id = n.school_id AND l.teaching_group_id = n.teaching_group_id
  AND l.held_on = ? AND l.cancelled_at IS NULL AND l.starts_at < ? AND l.ends_at > ?
WHERE m.school_id = ? AND m.teaching_group_id = ?
  AND m.from_on <= ? AND (m.until_on IS NULL OR m.until_on >= ?)
GROUP BY l.id
"""


def count_shared_pupils(
    school_id: int, group_id: int, day: date, starts_at: datetime, ends_at: datetime
) -> dict[int, int]:
    """How many pupils of a group have another lesson in a span of time, by that lesson."""
    span = (to_milliseconds(ends_at), to_milliseconds(starts_at))
    rows = fetch_all(SHARED, (day, day, day, *span, school_id, group_id, day, day))
    return dict(rows)


def line_words(lesson: BoardLesson) -> str:
    """«3-й урок, алгебра, 7А, каб. 118»."""
    where = f", {wording.room(lesson.placed.room)}" if lesson.placed.room else ""
    return f"{lesson.lesson_number}-й урок, {lesson.name}{where}"


GROUPS = """
SELECT g.id, j.name, g.name
FROM teaching_group g
JOIN subject j ON j.id = g.subject_id
JOIN school_year y ON y.id = g.school_year_id AND y.from_on <= ? AND y.until_on >= ?
LEFT JOIN school_class c ON c.id = g.school_class_id
WHERE g.school_id = ?
ORDER BY COALESCE(c.grade, 99), COALESCE(c.letter, ''), g.name, j.name, g.id
"""


def list_groups(school_id: int, day: date) -> list[tuple[int, str]]:
    """The groups of a day's school year: id and «7А: алгебра», by class."""
    return [
        (group_id, f"{name}: {subject}")
        for group_id, subject, name in fetch_all(GROUPS, (day, day, school_id))
    ]


ROOMS = """
SELECT DISTINCT t.room FROM timetable_entry t
WHERE t.school_id = ? AND t.from_on <= ? AND (t.until_on IS NULL OR t.until_on >= ?)
  AND t.room <> ''
"""


def list_rooms(school_id: int, day: date) -> tuple[str, ...]:
    """The rooms of the school's timetable on a day, «9» before «10»."""
    rooms = [row[0] for row in fetch_all(ROOMS, (school_id, day, day))]
    return tuple(sorted(rooms, key=room_order))


def room_order(room: str) -> tuple[int, str]:
    """Numbered rooms in order of their numbers, then the named ones."""
    digits = "".join(letter for letter in room if letter.isdigit())
    return int(digits[:9]) if room[:1].isdigit() else 10**9, room
