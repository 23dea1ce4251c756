"""What teachers owe of lessons and what they entered: current marks and absences (C1, C3)."""

from collections.abc import Iterator
from typing import Any

from school import wording
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.queries.obligations.school import SchoolDesk
from school.queries.obligations.verdicts import count_verdicts
from school.queries.obligations.wanted import Wanted
from school.queries.owed import list_owed
from school.rules.obligations import IN_TIME, LATE, TEACHER, Count, Obligation
from school.rules.register import name_of_work
from school.rules.timeliness import ROW_OF
from school.wording_obligations import lesson_obligation

#: A line that names more children than this counts them instead.
NAMED = 5
_WHATS = {"mark": "отметка", "absence": "пропуск", "attendance": "посещаемость"}


def list_open(desk: SchoolDesk) -> Iterator[Obligation]:
    """What is not entered yet; «точка» and works that are marked for all, too."""
    for line in list_owed(desk.school_id, desk.now, time_zone=desk.time_zone):
        names = [name for _, name in line.pupils]
        yield Obligation(
            row=line.row,
            kind=line.what,
            key=line.key,
            school_id=desk.school_id,
            time_zone=desk.time_zone,
            words=lesson_obligation(
                line.subject, line.group_name, line.held_on, line.lesson_number, line.words
            ),
            event_on=line.held_on,
            due_at=line.due_at,
            holder_role=TEACHER,
            holders=((line.teacher_id, line.teacher_name),),
            subject_id=line.lesson_id,
            people=", ".join(names) if len(names) <= NAMED else "",
            class_id=line.class_id,
            class_name=desk.class_names.get(line.class_id or 0, ""),
            version_id=line.version_id,
        )


DONE = """
SELECT v.what, v.key, v.lesson_id, l.held_on, v.event_on, l.lesson_number, j.name, g.name,
       v.teacher_id, t.surname, t.given_name, t.patronymic, p.surname, p.given_name, k.name,
       w.title, v.due_at, v.entered_at, v.regulation_version_id, g.school_class_id
FROM verdict v
JOIN lesson l ON l.id = v.lesson_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
JOIN person t ON t.id = v.teacher_id
LEFT JOIN person p ON p.id = v.pupil_id
LEFT JOIN work w ON w.id = v.work_id
LEFT JOIN work_kind k ON k.id = w.work_kind_id
WHERE v.school_id = ? AND v.event_on >= ? AND v.event_on <= ? {only}
ORDER BY v.event_on DESC, v.lesson_id, v.id {limit}
"""
STATE = {IN_TIME: "AND v.entered_at <= v.due_at", LATE: "AND v.entered_at > v.due_at"}


def list_done(desk: SchoolDesk, wanted: Wanted) -> Iterator[Obligation]:
    """What was entered for days of a span, as it was judged then; newest first."""
    whats = [what for what, row in ROW_OF.items() if wanted.takes_row(row)]
    if not whats:
        return
    only, values = wanted.narrow(STATE, "v.teacher_id", "g.school_class_id", TEACHER)
    only = f"AND v.what IN ({', '.join('?' * len(whats))}) {only}"
    sql = DONE.format(only=only, limit=wanted.limit)
    for row in fetch_all(sql, (desk.school_id, *wanted.span, *whats, *values)):
        yield _done(desk, row)


def _done(desk: SchoolDesk, row: tuple[Any, ...]) -> Obligation:
    held_on, event_on = as_date(row[3]), as_date(row[4])
    what = name_of_work(row[14], row[15]) if row[14] else _WHATS[row[0]]
    if event_on != held_on:
        what += f", выполнено {wording.day_and_month(event_on)}"
    return Obligation(
        row=ROW_OF[row[0]],
        kind=row[0],
        key=row[1],
        school_id=desk.school_id,
        time_zone=desk.time_zone,
        words=lesson_obligation(row[6], row[7], held_on, row[5], what),
        event_on=event_on,
        due_at=from_milliseconds(row[16]),
        met_at=from_milliseconds(row[17]),
        holder_role=TEACHER,
        holders=((row[8], full_name(*row[9:12])),),
        subject_id=row[2],
        people=f"{row[12]} {row[13]}" if row[12] else "",
        class_id=row[19],
        class_name=desk.class_names.get(row[19], ""),
        version_id=row[18],
    )


COUNTS = """
SELECT v.what, v.teacher_id, t.surname, t.given_name, t.patronymic, g.school_class_id, COUNT(*),
       SUM(CASE WHEN v.entered_at <= v.due_at THEN 1 ELSE 0 END)
FROM verdict v
JOIN person t ON t.id = v.teacher_id
JOIN lesson l ON l.id = v.lesson_id
JOIN teaching_group g ON g.id = l.teaching_group_id
WHERE v.school_id = ? AND v.event_on >= ? AND v.event_on <= ?
GROUP BY v.what, v.teacher_id, t.surname, t.given_name, t.patronymic, g.school_class_id
"""


def count_done(desk: SchoolDesk, wanted: Wanted) -> Iterator[Count]:
    """The same, counted by the database."""
    return count_verdicts(desk, COUNTS, wanted, ROW_OF)
