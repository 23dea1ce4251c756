"""What was in the diary in time, of all that was entered: for any span, as it was judged then
(C10; постановление Нижней Туры № 174: 100 %)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.rules.names import by_number
from school.rules.register import name_of_work
from school.rules.timeliness import ABSENCE, ATTENDANCE, MARK

#: What C10 counts; that attendance was taken at all stands beside it.
SHARED = (MARK, ABSENCE)
ALL_KINDS = (MARK, ABSENCE, ATTENDANCE)


@dataclass(frozen=True, slots=True)
class Count:
    """How many were entered, and how many of them in time."""

    entered: int = 0
    in_time: int = 0

    @property
    def late(self) -> int:
        return self.entered - self.in_time

    @property
    def share(self) -> Fraction | None:
        """In time of all; None where nothing was entered."""
        return Fraction(self.in_time, self.entered) if self.entered else None

    def __add__(self, other: "Count") -> "Count":
        return Count(self.entered + other.entered, self.in_time + other.in_time)


@dataclass(frozen=True, slots=True)
class Line:
    """A teacher or a class with their counts, by what was entered."""

    line_id: int
    name: str
    counts: dict[str, Count]

    def count(self, what: str) -> Count:
        return self.counts.get(what, Count())

    @property
    def shared(self) -> Count:
        """What C10 counts: marks and absences together."""
        return sum((self.count(what) for what in SHARED), Count())


@dataclass(frozen=True, slots=True)
class Timeliness:
    """The shares of a school over a span of days, both included."""

    from_on: date
    until_on: date
    total: Line
    by_teacher: tuple[Line, ...]
    by_class: tuple[Line, ...]
    #: By weeks, each by its Monday.
    by_week: tuple[tuple[date, Line], ...]


COUNTS = """
SELECT v.what, v.event_on, v.teacher_id, t.surname, t.given_name, t.patronymic,
       COALESCE(c.id, 0), COALESCE(c.grade, 0), COALESCE(c.letter, ''),
       COUNT(*), SUM(CASE WHEN v.entered_at <= v.due_at THEN 1 ELSE 0 END)
FROM verdict v
JOIN person t ON t.id = v.teacher_id
JOIN lesson l ON l.id = v.lesson_id
JOIN teaching_group g ON g.id = l.teaching_group_id
LEFT JOIN school_class c ON c.id = g.school_class_id
WHERE v.school_id = ? AND v.event_on >= ? AND v.event_on <= ?
GROUP BY v.what, v.event_on, v.teacher_id, t.surname, t.given_name, t.patronymic, c.id, c.grade,
         c.letter
"""
#: Lessons of streams and of groups out of several classes.
NO_CLASS = "Группы из нескольких классов"


def get_timeliness(school_id: int, from_on: date, until_on: date) -> Timeliness:
    """The shares of timely marks and absences by teacher, class and week. Days are those that
    the terms were counted from."""
    teachers: dict[int, Line] = {}
    classes: dict[int, Line] = {}
    weeks: dict[date, Line] = {}
    total = Line(0, "Вся школа", {})
    for row in fetch_all(COUNTS, (school_id, from_on, until_on)):
        what, day, teacher_id, *names, class_id, grade, letter, entered, in_time = row
        class_name = f"{grade}{letter}" if class_id else NO_CLASS
        event_on = as_date(day)
        monday = event_on - timedelta(days=event_on.weekday())
        teacher = teachers.setdefault(teacher_id, Line(teacher_id, full_name(*names), {}))
        school_class = classes.setdefault(class_id, Line(class_id, class_name, {}))
        week = weeks.setdefault(monday, Line(0, "", {}))
        for line in (total, teacher, school_class, week):
            line.counts[what] = line.count(what) + Count(int(entered), int(in_time))
    return Timeliness(
        from_on,
        until_on,
        total,
        tuple(sorted(teachers.values(), key=lambda line: line.name)),
        tuple(sorted(classes.values(), key=_by_class)),
        tuple(sorted(weeks.items())),
    )


def _by_class(line: Line) -> tuple[bool, int, str]:
    """«7А» before «10А», groups out of several classes last."""
    return line.line_id == 0, *by_number(line.name)


@dataclass(frozen=True, slots=True)
class LateCase:
    """An entry that came after its term."""

    what: str
    lesson_id: int
    held_on: date
    event_on: date
    lesson_number: int
    subject: str
    group_name: str
    teacher_name: str
    pupil_name: str
    work_name: str
    due_at: datetime
    entered_at: datetime
    #: Under which version of the regulation it was judged.
    version_from_on: date


LATE_CASES = """
SELECT v.what, v.lesson_id, l.held_on, v.event_on, l.lesson_number, j.name, g.name,
       t.surname, t.given_name, t.patronymic, p.surname, p.given_name, k.name, w.title,
       v.due_at, v.entered_at, r.from_on
FROM verdict v
JOIN lesson l ON l.id = v.lesson_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
JOIN person t ON t.id = v.teacher_id
JOIN regulation_version r ON r.id = v.regulation_version_id
LEFT JOIN person p ON p.id = v.pupil_id
LEFT JOIN work w ON w.id = v.work_id
LEFT JOIN work_kind k ON k.id = w.work_kind_id
WHERE v.school_id = ? AND v.event_on >= ? AND v.event_on <= ? AND v.entered_at > v.due_at {only}
ORDER BY v.event_on DESC, v.lesson_id, v.id
"""


def list_late_cases(
    school_id: int,
    from_on: date,
    until_on: date,
    *,
    whats: Iterable[str] = ALL_KINDS,
    teacher_id: int | None = None,
    class_id: int | None = None,
) -> tuple[LateCase, ...]:
    """The late entries behind a number, newest first; `class_id` 0 is the groups out of several
    classes."""
    kinds = tuple(whats)
    only = [f"AND v.what IN ({', '.join('?' * len(kinds))})"]
    values: list[Any] = [school_id, from_on, until_on, *kinds]
    if teacher_id is not None:
        only.append("AND v.teacher_id = ?")
        values.append(teacher_id)
    if class_id is not None:
        only.append("AND COALESCE(g.school_class_id, 0) = ?")
        values.append(class_id)
    return tuple(
        LateCase(
            what=row[0],
            lesson_id=row[1],
            held_on=as_date(row[2]),
            event_on=as_date(row[3]),
            lesson_number=row[4],
            subject=row[5],
            group_name=row[6],
            teacher_name=full_name(*row[7:10]),
            pupil_name=f"{row[10]} {row[11]}" if row[10] else "",
            work_name=name_of_work(row[12], row[13]) if row[12] else "",
            due_at=from_milliseconds(row[14]),
            entered_at=from_milliseconds(row[15]),
            version_from_on=as_date(row[16]),
        )
        for row in fetch_all(LATE_CASES.format(only=" ".join(only)), values)
    )
