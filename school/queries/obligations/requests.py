"""Requests on their way, and sheets of consent in a class teacher's hands (A4, A8, C5, D3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school import wording_requests as words
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.lessons import full_name
from school.queries.obligations.school import SchoolDesk
from school.queries.obligations.wanted import Wanted
from school.queries.requests import get_regulation_texts
from school.rules import requests as rules
from school.rules.obligations import ADMINISTRATOR, CLASS_TEACHER, FAMILY, Obligation
from school.rules.regulation import Regulation
from school.rules.terms import end_of_day, zone_of

# The class of a pupil is the newest one.
_LINES = """
SELECT r.id, r.ordinal, y.name, r.kind, r.registered_on, r.stage, r.stage_at, r.stage_due_at,
       r.due_at, r.met_at, r.closed_at, p.surname, p.given_name, r.pupil_id,
       (SELECT e.school_class_id FROM enrolment e
        WHERE e.pupil_id = r.pupil_id AND e.school_id = r.school_id
        ORDER BY e.from_on DESC, e.id DESC LIMIT 1),
       r.regulation_version_id,
       EXISTS (SELECT 1 FROM consent n WHERE n.service_request_id = r.id)
FROM service_request r
JOIN school_year y ON y.id = r.school_year_id
LEFT JOIN person p ON p.id = r.pupil_id
"""
OPEN = f"""{_LINES} WHERE r.school_id = ? AND r.closed_at IS NULL AND r.met_at IS NULL
  AND r.due_at IS NOT NULL ORDER BY r.id"""
# What the applicant took back is owed no longer, and was not kept late or in time.
DONE = f"""{_LINES} WHERE r.school_id = ? AND r.registered_on >= ? AND r.registered_on <= ?
  AND r.due_at IS NOT NULL AND (r.met_at IS NOT NULL OR r.closed_at IS NOT NULL)
  AND (r.met_at IS NOT NULL OR r.stage <> '{rules.TAKEN_BACK}') ORDER BY r.id DESC"""
# Whole timelines of the requests that were checked in a span.
CHECKED = f"""
SELECT t.service_request_id, t.stage, t.at, t.due_at FROM request_step t
WHERE t.service_request_id IN (
  SELECT c.service_request_id FROM request_step c
  JOIN service_request q ON q.id = c.service_request_id
  WHERE q.school_id = ? AND c.stage = '{rules.CHECKING}' AND c.at >= ? AND c.at <= ?)
ORDER BY t.service_request_id, t.id
"""
OF_STEPS = f"""{_LINES} WHERE r.id IN (
  SELECT c.service_request_id FROM request_step c
  JOIN service_request q ON q.id = c.service_request_id
  WHERE q.school_id = ? AND c.stage = '{rules.CHECKING}' AND c.at >= ? AND c.at <= ?)
"""


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of _LINES."""

    request_id: int
    ordinal: int
    year: str
    kind: str
    registered_on: date
    stage: str
    stage_at: datetime
    stage_due_at: datetime | None
    due_at: datetime | None
    met_at: datetime | None
    closed_at: datetime | None
    pupil: str
    pupil_id: int | None
    class_id: int | None
    version_id: int
    has_sheets: bool

    @property
    def title(self) -> str:
        """«Заявление № 5 (2026/27): доступ к электронному дневнику»."""
        return (
            f"Заявление № {words.request_number(self.ordinal, self.year)}: "
            f"{words.KIND_CHOICES[self.kind]}"
        )


def _read(row: tuple[Any, ...]) -> _Line:
    def at(value: Any) -> datetime | None:
        return None if value is None else from_milliseconds(value)

    return _Line(
        row[0], row[1], row[2], row[3], as_date(row[4]), row[5], from_milliseconds(row[6]),
        at(row[7]), at(row[8]), at(row[9]), at(row[10]),
        full_name(row[11], row[12], "") if row[11] else "", row[13], row[14], row[15],
        bool(row[16]),
    )  # fmt: skip


def list_open(desk: SchoolDesk) -> Iterator[Obligation]:
    """The requests that are on their way, each in the hands of who has it; the class teacher's
    check beside, with its own term."""
    lines = [_read(row) for row in fetch_all(OPEN, (desk.school_id,))]
    texts = get_regulation_texts({line.version_id for line in lines})
    for line in lines:
        role = _holder(line, texts[line.version_id])
        yield _obligation(
            desk, line, rules.TERM_ROWS[line.kind], "request", f"request:{line.request_id}", role,
            line.registered_on, line.due_at, None,
        )  # fmt: skip
        if line.stage == rules.CHECKING and line.stage_due_at is not None:
            yield _obligation(
                desk, line, "A4", "check", _check_key(line.request_id, line.stage_at),
                CLASS_TEACHER, desk.local_day(line.stage_at), line.stage_due_at, None,
            )  # fmt: skip


def _holder(line: _Line, regulation: Regulation) -> str:
    # A child whom the applicant named is looked for by the office first.
    if line.pupil_id is None:
        return ADMINISTRATOR
    by_teacher = bool(regulation.flag("class_teacher_hands_codes").value)
    # For a sheet that the family has not brought the school can do nothing but wait.
    if line.stage == rules.SENT_BACK or (
        line.stage == rules.CONSENT_AWAITED and not line.has_sheets
    ):
        return FAMILY
    return rules.holder(line.stage, class_teacher=by_teacher)


def _obligation(
    desk: SchoolDesk,
    line: _Line,
    row: str,
    kind: str,
    key: str,
    role: str,
    event_on: date,
    due_at: datetime | None,
    met_at: datetime | None,
) -> Obligation:
    leads = role == CLASS_TEACHER
    day = event_on if met_at else desk.today
    said = f"{line.title}: проверка листа согласия" if kind == "check" else line.title
    return Obligation(
        row=row,
        kind=kind,
        key=key,
        school_id=desk.school_id,
        time_zone=desk.time_zone,
        words=said,
        event_on=event_on,
        due_at=due_at,
        met_at=met_at,
        holder_role=role,
        holders=desk.class_teacher(line.class_id, day) if leads else (),
        subject_id=line.request_id,
        people=line.pupil,
        class_id=line.class_id,
        class_name=desk.class_names.get(line.class_id or 0, ""),
        version_id=line.version_id,
    )


def _check_key(request_id: int, at: datetime) -> str:
    """A sheet may come back and be checked again: each time is a term of its own."""
    return f"check:{request_id}:{to_milliseconds(at)}"


def list_done(desk: SchoolDesk, wanted: Wanted) -> Iterator[Obligation]:
    """Requests registered in a span that were answered, and sheets received in it that were
    passed on. A refusal is an answer."""
    if any(wanted.takes_row(row) for row in rules.TERM_ROWS.values()):
        for row in fetch_all(DONE, (desk.school_id, *wanted.span)):
            line = _read(row)
            yield _obligation(
                desk, line, rules.TERM_ROWS[line.kind], "request", f"request:{line.request_id}",
                ADMINISTRATOR, line.registered_on, line.due_at, line.met_at or line.closed_at,
            )  # fmt: skip
    if wanted.takes_row("A4"):
        yield from _checks(desk, wanted)


def _checks(desk: SchoolDesk, wanted: Wanted) -> Iterator[Obligation]:
    zone = zone_of(desk.time_zone)
    begin = end_of_day(date.fromordinal(max(wanted.from_on.toordinal() - 1, 1)), zone)
    last = date.fromordinal(min(wanted.until_on.toordinal(), date.max.toordinal() - 1))
    span = (desk.school_id, to_milliseconds(begin) + 1, to_milliseconds(end_of_day(last, zone)))
    steps = fetch_all(CHECKED, span)
    if not steps:
        return
    lines = {row[0]: _read(row) for row in fetch_all(OF_STEPS, span)}
    texts = get_regulation_texts({line.version_id for line in lines.values()})
    begun: datetime | None = None
    due_ms: int | None = None
    before = 0
    for request_id, stage, at_ms, stage_due_ms in steps:
        at = from_milliseconds(at_ms)
        if request_id != before:
            begun, before = None, request_id
        if stage == rules.CHECKING:
            if begun is None:
                begun, due_ms = at, stage_due_ms
        elif begun is not None:
            line = lines[request_id]
            day = desk.local_day(begun)
            if wanted.from_on <= day <= wanted.until_on and stage != rules.TAKEN_BACK:
                due = _check_due(desk, texts[line.version_id], begun, due_ms)
                yield _obligation(
                    desk, line, "A4", "check", _check_key(request_id, begun), CLASS_TEACHER, day,
                    due, at,
                )  # fmt: skip
            begun = None


def _check_due(
    desk: SchoolDesk, regulation: Regulation, begun: datetime, kept: int | None
) -> datetime:
    """As it was counted then; steps of older releases kept no term."""
    if kept is not None:
        return from_milliseconds(kept)
    return desk.due_at(regulation.term("A4").term, begun)
