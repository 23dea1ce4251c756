"""The register of one lesson, as its page and its saving read it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from school.database import fetch_all
from school.models.fields import from_milliseconds
from school.queries.excuses import Hint
from school.queries.lessons import LessonHead, full_name
from school.rules.excuses import Absence, covers
from school.rules.names import alphabetical
from school.rules.register import name_of_work

TOPIC, MATERIAL, HOMEWORK = "topic", "material", "homework"
MARK, WORKED_ON = "mark", "worked_on"
ATTENDANCE, LATE, COMMENT = "attendance", "late_minutes", "comment"


class Cell(NamedTuple):
    """One thing that can be typed: a field of the lesson, of a pupil in it, or of a pupil's
    work. History rows name cells the same way."""

    field: str
    pupil_id: int | None = None
    work_id: int | None = None


@dataclass(frozen=True, slots=True)
class WorkColumn:
    work_id: int
    kind: str
    title: str
    weight: str
    marks_expected: bool
    #: By when a «точка» of this work becomes a mark.
    due_on: date | None = None

    @property
    def name(self) -> str:
        return name_of_work(self.kind, self.title)


@dataclass(frozen=True, slots=True)
class RegisterPupil:
    pupil_id: int
    surname: str
    given_name: str
    patronymic: str

    @property
    def name(self) -> str:
        return f"{self.surname} {self.given_name}"


@dataclass(frozen=True, slots=True)
class Register:
    lesson: LessonHead
    #: The newest history row when the cells below were read.
    seen: int
    works: tuple[WorkColumn, ...]
    #: Those who were asked for: all of the group on that day, or some of them.
    pupils: tuple[RegisterPupil, ...]
    #: Only cells with something in them.
    values: dict[Cell, str] = field(default_factory=dict)
    #: When the first of its cells was entered; None: nothing was yet.
    begun_at: datetime | None = None
    #: Pupil → what the school was told of an absence from this lesson, what was accepted first.
    hints: dict[int, tuple[Hint, ...]] = field(default_factory=dict)
    #: Cell, as page_save names it → the newest save of it by the page that was asked for.
    sent: dict[str, int] = field(default_factory=dict)

    def value(self, cell: Cell) -> str:
        return self.values.get(cell, "")

    def known(self, seen: int) -> int:
        """What a sender knew: a number this lesson never showed is none."""
        return seen if seen <= self.seen else 0


SEEN = "SELECT COALESCE(MAX(id), 0) FROM history WHERE school_id = ? AND lesson_id = ?"

# One statement, so that all of it is of one moment. The kinds of row share their columns. CROSS
# JOIN keeps SQLite from beginning with all marks of the school, where it has no statistics yet.
REGISTER = """
SELECT 'lesson' AS what, l.cancelled_at AS a, l.attendance_taken_at AS b, 0 AS ordinal,
       l.topic AS t1, l.material AS t2, h.text AS t3, '' AS t4, '' AS t5, '' AS t6
FROM lesson l
LEFT JOIN homework h ON h.school_id = l.school_id AND h.lesson_id = l.id AND h.pupil_id IS NULL
WHERE l.id = ?
UNION ALL
SELECT 'seen', COALESCE(MAX(id), 0),
       (SELECT f.at FROM history f WHERE f.school_id = ? AND f.lesson_id = ? ORDER BY f.id LIMIT 1),
       0, '', '', '', '', '', ''
FROM history WHERE school_id = ? AND lesson_id = ?
UNION ALL
SELECT 'work', w.id, CASE WHEN w.marks_expected THEN 1 ELSE 0 END, w.ordinal,
       k.name, w.title, w.weight, CAST(w.due_on AS TEXT), '', ''
FROM work w JOIN work_kind k ON k.id = w.work_kind_id
WHERE w.school_id = ? AND w.lesson_id = ?
UNION ALL
SELECT 'mark', w.id, m.pupil_id, m.position, m.value, CAST(m.worked_on AS TEXT), '', '', '', ''
FROM work w CROSS JOIN mark m
WHERE m.school_id = w.school_id AND m.work_id = w.id AND w.school_id = ? AND w.lesson_id = ? {only}
UNION ALL
SELECT 'pupil', p.id, a.late_minutes, 0, p.surname, p.given_name, p.patronymic, a.code, c.text,
       h.text
FROM group_membership m
JOIN person p ON p.id = m.pupil_id
LEFT JOIN attendance a ON a.school_id = m.school_id AND a.lesson_id = ? AND a.pupil_id = p.id
LEFT JOIN lesson_comment c ON c.school_id = m.school_id AND c.lesson_id = ? AND c.pupil_id = p.id
LEFT JOIN homework h ON h.school_id = m.school_id AND h.lesson_id = ? AND h.pupil_id = p.id
WHERE m.school_id = ? AND m.teaching_group_id = ? AND m.from_on <= ?
  AND (m.until_on IS NULL OR m.until_on >= ?) {only}
UNION ALL
SELECT 'excuse', e.id, m.pupil_id, 0, e.code, e.reason, CAST(e.from_on AS TEXT),
       CAST(e.until_on AS TEXT), e.starts, e.ends
FROM group_membership m CROSS JOIN excuse e
WHERE e.school_id = m.school_id AND e.pupil_id = m.pupil_id AND e.until_on >= ?
  AND e.from_on <= ? AND e.decision IN ('', 'accepted')
  AND m.school_id = ? AND m.teaching_group_id = ? AND m.from_on <= ?
  AND (m.until_on IS NULL OR m.until_on >= ?) {only}
UNION ALL
SELECT 'sent', s.sequence, NULL, 0, s.cell, '', '', '', '', '' FROM page_save s WHERE s.page = ?
"""


def get_register(
    lesson: LessonHead, pupil_ids: Collection[int] | None = None, *, page: str = ""
) -> Register:
    """The register of a lesson: works, the pupils of that day in order of name, and cells; with
    `pupil_ids` only those pupils and theirs; with the name of an open page what it sent. Whether
    the lesson is cancelled and its attendance taken is read anew. Raises LookupError where the
    lesson is gone."""
    seen = 0
    head: LessonHead | None = None
    begun_at: datetime | None = None
    works: list[tuple[int, WorkColumn]] = []
    pupils: dict[int, RegisterPupil] = {}
    marks: list[tuple[Any, ...]] = []
    values: dict[Cell, str] = {}
    hints: dict[int, dict[int, Hint]] = {}
    rows = _read(lesson, pupil_ids, page)
    for what, a, b, ordinal, *texts in rows:
        if what == "pupil":
            pupils[a] = RegisterPupil(a, *texts[:3])
            values[Cell(ATTENDANCE, a)] = texts[3]
            values[Cell(LATE, a)] = str(b or "")
            values[Cell(COMMENT, a)] = texts[4]
            values[Cell(HOMEWORK, a)] = texts[5]
        elif what == "mark":
            marks.append((ordinal, Cell(MARK, b, a), *texts[:2]))
        elif what == "work":
            kind, title, weight, due_on = texts[:4]
            works.append((ordinal, WorkColumn(a, kind, title, weight, bool(b), _day(due_on))))
        elif what == "excuse":
            hint = _hint(lesson, a, *texts)
            if hint is not None:
                hints.setdefault(b, {})[a] = hint
        elif what == "seen":
            seen, begun_at = a, None if b is None else from_milliseconds(b)
        elif what == "lesson":
            taken_at = None if b is None else from_milliseconds(b)
            head = lesson
            if (lesson.is_cancelled, lesson.attendance_taken_at) != (a is not None, taken_at):
                head = replace(lesson, is_cancelled=a is not None, attendance_taken_at=taken_at)
            values |= zip((Cell(TOPIC), Cell(MATERIAL), Cell(HOMEWORK)), texts[:3], strict=True)
    if head is None:
        raise LookupError(f"no lesson {lesson.lesson_id}")
    for _, cell, value, worked_on in sorted(marks, key=lambda mark: mark[0]):
        values[cell] = f"{values[cell]}/{value}" if cell in values else value
        if worked_on:
            values[cell._replace(field=WORKED_ON)] = worked_on
    works.sort(key=lambda work: (work[0], work[1].work_id))
    return Register(
        lesson=head,
        seen=seen,
        works=tuple(work for _, work in works),
        pupils=tuple(sorted(pupils.values(), key=_by_name)),
        values={cell: value for cell, value in values.items() if value},
        begun_at=begun_at,
        hints={
            pupil_id: tuple(sorted(of_pupil.values(), key=lambda h: (not h.code, h.excuse_id)))
            for pupil_id, of_pupil in hints.items()
        },
        sent={cell: sequence for what, sequence, _, _, cell, *_ in rows if what == "sent"},
    )


def _hint(
    lesson: LessonHead,
    excuse_id: int,
    code: str,
    reason: str,
    from_on: str,
    until_on: str,
    starts: str,
    ends: str,
) -> Hint | None:
    """An excuse of this day, where it is of this lesson's hours too."""
    absence = Absence(
        date.fromisoformat(from_on), date.fromisoformat(until_on), starts, ends, reason
    )
    if absence.has_hours and not covers(absence, lesson.held_on, lesson.starts, lesson.ends):
        return None
    return Hint(excuse_id, absence, code)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@lru_cache(maxsize=64)
def _of_pupils(count: int | None) -> str:
    """The statement for so many pupils of the lesson; for all of them without a count."""
    only = "" if count is None else "AND 1 = 0"
    if count:
        only = f"AND m.pupil_id IN ({', '.join('?' * count)})"
    return REGISTER.format(only=only)


def _read(
    lesson: LessonHead, pupil_ids: Collection[int] | None, page: str
) -> list[tuple[Any, ...]]:
    some = () if pupil_ids is None else tuple(pupil_ids)
    lesson_id = lesson.lesson_id
    of_lesson = (lesson.school_id, lesson_id)
    members = (lesson.school_id, lesson.group_id, lesson.held_on, lesson.held_on)
    return fetch_all(
        _of_pupils(None if pupil_ids is None else len(some)),
        (
            lesson_id, *of_lesson * 4, *some, *(lesson_id,) * 3, *members, *some,
            lesson.held_on, lesson.held_on, *members, *some, page,
        ),
    )  # fmt: skip


def get_seen(lesson: LessonHead) -> int:
    """The newest history row of a lesson, 0 without any."""
    newest: int = fetch_all(SEEN, (lesson.school_id, lesson.lesson_id))[0][0]
    return newest


def _by_name(pupil: RegisterPupil) -> tuple[str, ...]:
    # «Ё» stands beside «Е» in a Russian list, not before «А».
    name = (pupil.surname, pupil.given_name, pupil.patronymic)
    return tuple(alphabetical(part) for part in name)


@dataclass(frozen=True, slots=True)
class Change:
    """A line of a lesson's history."""

    history_id: int
    at: datetime
    who: str
    acting_for: str
    cell: Cell
    old: str
    new: str
    why: str
    request_id: str


HISTORY = """
SELECT h.id, h.at, a.surname, a.given_name, a.patronymic, f.surname, f.given_name, f.patronymic,
       h.table_name, h.row_id, h.pupil_id, h.field, h.old, h.new, h.why,
       h.request_id
FROM history h
LEFT JOIN person a ON a.id = h.actor_id
LEFT JOIN person f ON f.id = h.acting_for_id
WHERE h.school_id = ? AND h.lesson_id = ? AND h.id > ? ORDER BY h.id
"""


def list_changes(lesson: LessonHead, since: int = 0) -> tuple[Change, ...]:
    """What was written into a lesson's register after a history id, oldest first (E7)."""
    return tuple(_changes(lesson, since))


def _changes(lesson: LessonHead, since: int) -> Iterator[Change]:
    for row in fetch_all(HISTORY, (lesson.school_id, lesson.lesson_id, since)):
        work_id = row[9] if row[8] == "work" else None
        yield Change(
            history_id=row[0],
            at=from_milliseconds(row[1]),
            who=full_name(*row[2:5]) if row[2] else "",
            acting_for=full_name(*row[5:8]) if row[5] else "",
            cell=Cell(row[11], row[10], work_id),
            old=row[12],
            new=row[13],
            why=row[14],
            request_id=row[15],
        )
