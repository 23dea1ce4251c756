"""Results of periods, of the year and of exams, entered and missing (C2, C4)."""

from collections.abc import Iterator
from typing import Any

from school import wording
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.queries.missing_results import gather_missing, list_missing_results
from school.queries.obligations.lessons import NAMED
from school.queries.obligations.school import SchoolDesk
from school.queries.obligations.verdicts import count_verdicts
from school.queries.obligations.wanted import Wanted
from school.queries.results import KIND_NAMES
from school.rules.obligations import IN_TIME, LATE, TEACHER, Count, Obligation
from school.rules.timeliness import RESULT_ROW
from school.wording_obligations import results_obligation


def list_open(desk: SchoolDesk) -> Iterator[Obligation]:
    """What is not entered of results, and which exams' results nobody said came in."""
    yield from _list_missing(desk)
    yield from _list_not_came_in(desk)


def _list_missing(desk: SchoolDesk) -> Iterator[Obligation]:
    """The missing results of columns that are over: a line for each group, column and term; what
    an order put off stands apart and is nobody's fault until its day."""
    for _, lines in gather_missing(list_missing_results(desk.school_id, desk.today)):
        first = lines[0]
        names = [line.pupil for line in lines]
        classes = {line.class_id for line in lines}
        yield Obligation(
            row=first.row,
            kind="results",
            key=f"results:{first.column_key}:{first.group_id}:{first.local_due:%y%m%d%H%M}",
            school_id=desk.school_id,
            time_zone=desk.time_zone,
            words=results_obligation(first.subject, first.group_name, first.column, len(lines)),
            event_on=first.event_on,
            due_at=first.due_at,
            deferred_until=first.deferred_until,
            holder_role=TEACHER,
            holders=tuple(zip(first.teacher_ids, first.teachers.split(", "), strict=True))
            if first.teacher_ids
            else (),
            subject_id=first.group_id,
            detail=first.column_key,
            people=", ".join(names) if len(names) <= NAMED else "",
            class_id=first.class_id if len(classes) == 1 else None,
            class_name=first.class_name if len(classes) == 1 else "",
            version_id=first.version_id,
        )


# C4 counts from when results came in: until somebody records that, nothing begins.
NOT_CAME_IN = """
SELECT x.id, x.held_on, g.id, g.name, j.name, g.school_class_id, p.id, p.surname, p.given_name,
       p.patronymic
FROM exam x
JOIN teaching_group g ON g.id = x.teaching_group_id
JOIN subject j ON j.id = g.subject_id
LEFT JOIN group_teacher w ON w.school_id = x.school_id AND w.teaching_group_id = g.id
  AND w.from_on <= ? AND (w.until_on IS NULL OR w.until_on >= ?)
LEFT JOIN person p ON p.id = w.teacher_id
WHERE x.school_id = ? AND x.came_in_at IS NULL AND x.held_on < ? AND x.kind = 'exam'
ORDER BY x.held_on, x.id, p.surname, p.id
"""


def _list_not_came_in(desk: SchoolDesk) -> Iterator[Obligation]:
    exams: dict[int, list[tuple[Any, ...]]] = {}
    for row in fetch_all(NOT_CAME_IN, (desk.today, desk.today, desk.school_id, desk.today)):
        exams.setdefault(row[0], []).append(row)
    for exam_id, rows in exams.items():
        _, held_on, group_id, group, subject, class_id, *_ = rows[0]
        version = desk.version_on(as_date(held_on))
        if version is None:
            continue
        yield Obligation(
            row="C4",
            kind="exam",
            key=f"exam:{exam_id}",
            school_id=desk.school_id,
            time_zone=desk.time_zone,
            words=f"{subject}, {group}, экзамен {wording.day_and_month(as_date(held_on))}: "
            "когда пришли результаты",
            event_on=as_date(held_on),
            due_at=None,
            holders=tuple((row[6], full_name(*row[7:10])) for row in rows if row[6]),
            subject_id=group_id,
            detail="exam",
            class_id=class_id,
            class_name=desk.class_names.get(class_id, ""),
            version_id=version.version_id,
        )


DONE = """
SELECT v.kind, v.key, s.name, j.name, g.id, g.name, v.teacher_id, t.surname, t.given_name,
       t.patronymic, p.surname, p.given_name, v.event_on, v.due_at, v.entered_at,
       v.regulation_version_id, g.school_class_id, v.study_period_id
FROM result_verdict v
JOIN teaching_group g ON g.id = v.teaching_group_id
JOIN subject j ON j.id = v.subject_id
JOIN person t ON t.id = v.teacher_id
JOIN person p ON p.id = v.pupil_id
LEFT JOIN study_period s ON s.id = v.study_period_id
WHERE v.school_id = ? AND v.event_on >= ? AND v.event_on <= ? {only}
ORDER BY v.event_on DESC, v.teaching_group_id, v.id {limit}
"""
STATE = {IN_TIME: "AND v.entered_at <= v.due_at", LATE: "AND v.entered_at > v.due_at"}


def list_done(desk: SchoolDesk, wanted: Wanted) -> Iterator[Obligation]:
    """Results that were entered for columns ending in a span, as they were judged then."""
    kinds = [kind for kind, row in RESULT_ROW.items() if wanted.takes_row(row)]
    if not kinds:
        return
    only, values = wanted.narrow(STATE, "v.teacher_id", "g.school_class_id", TEACHER)
    only = f"AND v.kind IN ({', '.join('?' * len(kinds))}) {only}"
    sql = DONE.format(only=only, limit=wanted.limit)
    for row in fetch_all(sql, (desk.school_id, *wanted.span, *kinds, *values)):
        yield _done(desk, row)


def _done(desk: SchoolDesk, row: tuple[Any, ...]) -> Obligation:
    column = row[2] if row[2] else KIND_NAMES[row[0]]
    return Obligation(
        row=RESULT_ROW[row[0]],
        kind="results",
        key=row[1],
        school_id=desk.school_id,
        time_zone=desk.time_zone,
        words=results_obligation(row[3], row[5], column),
        event_on=as_date(row[12]),
        due_at=from_milliseconds(row[13]),
        met_at=from_milliseconds(row[14]),
        holder_role=TEACHER,
        holders=((row[6], full_name(*row[7:10])),),
        subject_id=row[4],
        detail=f"{row[0]}-{row[17]}" if row[17] else row[0],
        people=f"{row[10]} {row[11]}",
        class_id=row[16],
        class_name=desk.class_names.get(row[16], ""),
        version_id=row[15],
    )


COUNTS = """
SELECT v.kind, v.teacher_id, t.surname, t.given_name, t.patronymic, g.school_class_id, COUNT(*),
       SUM(CASE WHEN v.entered_at <= v.due_at THEN 1 ELSE 0 END)
FROM result_verdict v
JOIN person t ON t.id = v.teacher_id
JOIN teaching_group g ON g.id = v.teaching_group_id
WHERE v.school_id = ? AND v.event_on >= ? AND v.event_on <= ?
GROUP BY v.kind, v.teacher_id, t.surname, t.given_name, t.patronymic, g.school_class_id
"""


def count_done(desk: SchoolDesk, wanted: Wanted) -> Iterator[Count]:
    """The same, counted by the database."""
    return count_verdicts(desk, COUNTS, wanted, RESULT_ROW)
