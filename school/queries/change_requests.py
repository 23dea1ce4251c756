"""Requests to change what is locked: of a lesson, of a teacher, of a school (H2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.lessons import full_name
from school.queries.register import Cell
from school.queries.results import KIND_NAMES
from school.rules.changes import RequestState, state_of
from school.rules.register import name_of_work


@dataclass(frozen=True, slots=True)
class ChangeRequestLine:
    """A request with all that is said of it."""

    change_request_id: int
    school_id: int
    school: str
    time_zone: str
    #: Empty of a request for a result.
    lesson_id: int | None
    held_on: date | None
    subject: str
    group_name: str
    cell: Cell
    pupil: str
    #: The work's name; empty for attendance.
    work: str
    was: str
    wanted: str
    reason: str
    asked_at: datetime
    asked_by_id: int
    asked_by: str
    decision: str
    decided_at: datetime | None
    decided_by_id: int | None
    decided_by: str
    word: str
    open_until: datetime | None
    changed_at: datetime | None
    group_id: int
    #: Of a result: its row, and its column as a heading and as an address name it.
    result_id: int | None = None
    column: str = ""
    column_key: str = ""

    def state(self, now: datetime) -> RequestState:
        """Where it stands at a moment."""
        return state_of(
            decision=self.decision,
            open_until=self.open_until,
            changed_at=self.changed_at,
            now=now,
        )


LINES = """
SELECT c.id, c.school_id, s.name, s.time_zone, c.lesson_id, l.held_on, j.name, g.name, c.field,
       c.pupil_id, c.work_id, p.surname, p.given_name, k.name, w.title, c.was, c.wanted, c.reason,
       c.asked_at, c.asked_by_id, a.surname, a.given_name, a.patronymic, c.decision, c.decided_at,
       c.decided_by_id, d.surname, d.given_name, d.patronymic, c.word, c.open_until, c.changed_at,
       g.id, c.result_id, r.kind, r.study_period_id, o.name
FROM change_request c
JOIN school s ON s.id = c.school_id
LEFT JOIN lesson l ON l.id = c.lesson_id
LEFT JOIN period_result r ON r.id = c.result_id
LEFT JOIN study_period o ON o.id = r.study_period_id
JOIN teaching_group g ON g.id = COALESCE(l.teaching_group_id, r.teaching_group_id)
JOIN subject j ON j.id = g.subject_id
JOIN person p ON p.id = c.pupil_id
JOIN person a ON a.id = c.asked_by_id
LEFT JOIN person d ON d.id = c.decided_by_id
LEFT JOIN work w ON w.id = c.work_id
LEFT JOIN work_kind k ON k.id = w.work_kind_id
WHERE {where} ORDER BY c.id {order}
"""


def find_change_request(change_request_id: int) -> ChangeRequestLine | None:
    """A request, or None."""
    rows = _read("c.id = ?", (change_request_id,))
    return rows[0] if rows else None


def list_requests_of_lesson(school_id: int, lesson_id: int) -> tuple[ChangeRequestLine, ...]:
    """All requests for cells of a lesson, newest first."""
    return _read("c.school_id = ? AND c.lesson_id = ?", (school_id, lesson_id), "DESC")


def list_requests_of_results(
    school_id: int, result_ids: Collection[int]
) -> tuple[ChangeRequestLine, ...]:
    """All requests for some results, newest first."""
    marks = ", ".join("?" * len(result_ids)) or "NULL"
    where = f"c.school_id = ? AND c.result_id IN ({marks})"
    return _read(where, (school_id, *result_ids), "DESC")


def list_waiting_requests(school_ids: Collection[int]) -> tuple[ChangeRequestLine, ...]:
    """The undecided requests of schools, oldest first."""
    return _read(f"{_in(school_ids)} AND c.decision = ''", tuple(school_ids))


def list_decided_requests(
    school_ids: Collection[int], *, before: int | None = None, most: int = 50
) -> tuple[ChangeRequestLine, ...]:
    """The decided requests of schools, newest first, at most so many of those that were asked
    before a request."""
    where, parameters = f"{_in(school_ids)} AND c.decision <> ''", tuple(school_ids)
    if before is not None:
        where, parameters = f"{where} AND c.id < ?", (*parameters, before)
    return _read(where, (*parameters, most), "DESC LIMIT ?")


def list_own_requests(
    person_id: int, school_ids: Collection[int], since: datetime
) -> tuple[ChangeRequestLine, ...]:
    """What a teacher asked for: all that is undecided, and what was asked since a moment."""
    return _read(
        f"{_in(school_ids)} AND c.asked_by_id = ? AND (c.decision = '' OR c.asked_at >= ?)",
        (*school_ids, person_id, to_milliseconds(since)),
        "DESC",
    )


def count_waiting_requests(school_ids: Collection[int]) -> dict[int, int]:
    """School → how many requests wait for a decision; schools without any are left out."""
    return dict(
        fetch_all(
            f"SELECT c.school_id, COUNT(*) FROM change_request c WHERE {_in(school_ids)} "
            "AND c.decision = '' GROUP BY c.school_id",
            tuple(school_ids),
        )
    )


def _in(school_ids: Collection[int]) -> str:
    # Without a school there is nothing to find.
    return f"c.school_id IN ({', '.join('?' * len(school_ids)) or 'NULL'})"


def _read(
    where: str, parameters: tuple[Any, ...], order: str = ""
) -> tuple[ChangeRequestLine, ...]:
    rows = fetch_all(LINES.format(where=where, order=order), parameters)
    return tuple(_line(*row) for row in rows)


def _line(
    id_: int, school_id: int, school: str, time_zone: str, lesson_id: int | None, held_on: Any,
    subject: str, group: str, field: str, pupil_id: int, work_id: int | None, surname: str,
    given_name: str, kind: str | None, title: str | None, was: str, wanted: str, reason: str,
    asked_at: int, asked_by_id: int, asker_surname: str, asker_given_name: str,
    asker_patronymic: str, decision: str, decided_at: int | None, decided_by_id: int | None,
    decider_surname: str | None, decider_given_name: str | None, decider_patronymic: str | None,
    word: str, open_until: int | None, changed_at: int | None, group_id: int,
    result_id: int | None, result_kind: str | None, period_id: int | None, period: str | None,
) -> ChangeRequestLine:  # fmt: skip
    return ChangeRequestLine(
        change_request_id=id_,
        school_id=school_id,
        school=school,
        time_zone=time_zone,
        lesson_id=lesson_id,
        held_on=as_date(held_on),
        subject=subject,
        group_name=group,
        cell=Cell(field, pupil_id, work_id),
        pupil=f"{surname} {given_name}",
        work=name_of_work(kind, title or "") if kind else "",
        was=was,
        wanted=wanted,
        reason=reason,
        asked_at=from_milliseconds(asked_at),
        asked_by_id=asked_by_id,
        asked_by=full_name(asker_surname, asker_given_name, asker_patronymic),
        decision=decision,
        decided_at=_moment(decided_at),
        decided_by_id=decided_by_id,
        decided_by=full_name(
            decider_surname or "", decider_given_name or "", decider_patronymic or ""
        ),
        word=word,
        open_until=_moment(open_until),
        changed_at=_moment(changed_at),
        group_id=group_id,
        result_id=result_id,
        column=period or KIND_NAMES.get(result_kind or "", ""),
        column_key=f"{result_kind}-{period_id}" if period_id else result_kind or "",
    )


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_milliseconds(milliseconds)
