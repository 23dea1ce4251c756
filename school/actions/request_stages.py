"""Moving a request from stage to stage: the only way its stage changes.

Whoever prints and hands over codes calls the four functions `code_…` below.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from school import clock, letters
from school.actions.history import Act, Fact, record
from school.actions.letters import REQUEST, NewLetter, put_letter
from school.database import transaction
from school.models import Person, RegulationVersion, RequestStep, School, ServiceRequest
from school.queries.letters import find_email
from school.queries.locks import term_end
from school.rules import requests as rules
from school.rules.regulation import Regulation, parse_regulation
from school.wording_requests import KIND_TITLES, STAGE_WORDS


class RequestRefused(ValueError):
    """Cannot be done so; the message says why, in Russian, and `field` beside which field."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Case:
    """A request within a transaction, locked, with what decides about it."""

    row: ServiceRequest
    regulation: Regulation
    time_zone: str

    @property
    def class_teacher(self) -> bool:
        """Whether consent sheets and codes go through the class teacher."""
        return bool(self.regulation.flag("class_teacher_hands_codes").value)

    def due(self, row: str, event: datetime) -> datetime:
        """When a row («A4») is due that begins with an event, by the regulation of the day on
        which the request was registered."""
        term = self.regulation.term(row).term
        return term_end(term, event, self.row.school_id, self.time_zone)


def open_case(service_request_id: int) -> Case:
    """The request, so that two who move it wait for each other; to be called in a transaction.
    Raises LookupError."""
    query = ServiceRequest.select().where(ServiceRequest.id == service_request_id)
    if ServiceRequest._meta.database.for_update:
        query = query.for_update()
    row = query.first()
    if row is None:
        raise LookupError(f"no request {service_request_id}")
    text = RegulationVersion.get_by_id(row.regulation_version_id).text
    zone = School.get_by_id(row.school_id).time_zone
    return Case(row, parse_regulation(text), zone)


def move(case: Case, to: str, step: str, act: Act, *, note: str = "", **values: Any) -> bool:
    """Bring a request to a stage and write down the step; returns False where it is there
    already. `values` are further fields of the row. Raises RequestRefused where the way does not
    lead there (somebody else was quicker)."""
    row = case.row
    if row.stage == to:
        return False
    if not rules.may_move(row.stage, to):
        raise RequestRefused(
            f"Заявление уже дальше: {STAGE_WORDS[row.stage]}. Откройте страницу заново."
        )
    was = row.stage
    enter(case, to, act, **values)
    write_step(case, step, act, note)
    record(act, row.school_id, [Fact("service_request", row.id, "stage", was, to, row.pupil_id)])
    return True


def enter(case: Case, stage: str, act: Act, **values: Any) -> None:
    """Write a stage with its due moment; the whole way's term is met where what it promises is
    there (A8)."""
    row = case.row
    values |= {"stage": stage, "stage_at": act.at, "stage_due_at": _stage_due(case, stage, act)}
    if stage in rules.MEETING and row.met_at is None and row.due_at is not None:
        values["met_at"] = act.at
    values["closed_at"] = act.at if stage in rules.FINAL_STAGES else None
    ServiceRequest.update(**values).where(ServiceRequest.id == row.id).execute()
    for name, value in values.items():
        setattr(row, name, value)


def _stage_due(case: Case, stage: str, act: Act) -> datetime | None:
    if stage == rules.CHECKING:
        return case.due("A4", act.at)
    waits_for_us = stage in (rules.ACCEPTING, rules.PREPARING, rules.PREPARING_CODE)
    if waits_for_us and case.row.met_at is None:
        due: datetime | None = case.row.due_at
        return due
    return None


def write_step(case: Case, step: str, act: Act, note: str = "") -> None:
    """Add a line to the case's timeline, which nobody can change."""
    RequestStep.create(
        service_request=case.row,
        at=act.at,
        actor=act.actor_id,
        stage=case.row.stage,
        due_at=case.row.stage_due_at,
        step=step,
        note=note,
        request=act.request_id,
    )


def tell_applicant(case: Case, act: Act, said: str) -> None:
    """A letter to the applicant, where they have a confirmed address; `said` is one sentence."""
    row = case.row
    if row.applicant_id is None or not find_email(row.applicant_id).confirmed:
        return
    person = Person.get_by_id(row.applicant_id)
    text = letters.request_news(
        letters.greeting(person.given_name, person.patronymic),
        KIND_TITLES[row.kind],
        row.ordinal,
        row.registered_on,
        said,
    )
    key = f"request:{row.id}:{row.stage}:{int(act.at.timestamp())}"
    put_letter(NewLetter(key, REQUEST, person.id, text, school_id=row.school_id), act.at)


# Codes


def code_given_to_class_teacher(service_request_id: int, act: Act) -> bool:
    """The slip is with the class teacher: the term of A8 is met. Returns False where it was so
    already; raises RequestRefused, LookupError. Joins the caller's transaction, as all four."""
    return _move_code(
        service_request_id, rules.CODE_AT_CLASS_TEACHER, "code_given_to_class_teacher", act,
        "Код готов: его отдаст лично в руки классный руководитель.",
    )  # fmt: skip


def code_ready_at_office(service_request_id: int, act: Act) -> bool:
    """The slip is ready at the office, where the regulation knows no class teacher in this."""
    return _move_code(
        service_request_id, rules.CODE_AT_OFFICE, "code_at_office", act,
        "Код готов: его отдаст лично в руки администратор.",
    )  # fmt: skip


def code_handed_over(service_request_id: int, act: Act) -> bool:
    """The applicant has the code, or did not need one (the role came to the account they have):
    the case is closed."""
    return _move_code(service_request_id, rules.DONE, "code_handed_over", act, "")


def code_to_be_printed(service_request_id: int, act: Act) -> bool:
    """The code was lost or ran out before it was handed over: another one is to be printed. The
    term of A8 stays met where it was."""
    return _move_code(service_request_id, rules.PREPARING_CODE, "code_to_be_printed", act, "")


def _move_code(service_request_id: int, to: str, step: str, act: Act, said: str) -> bool:
    with transaction():
        case = open_case(service_request_id)
        if case.row.kind != rules.EDIARY:
            raise RequestRefused("По этому заявлению код не выдают.")
        is_new = move(case, to, step, act)
        if is_new and said:
            tell_applicant(case, act, said)
    return is_new


def local_day(case: Case, act: Act) -> str:
    """The day of an act where the school is, as 16.11.2026."""
    return f"{clock.local(act.at, case.time_zone):%d.%m.%Y}"
