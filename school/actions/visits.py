"""Visits: logged when somebody arrives, begun, passed on, answered (C6).

«Время ожидания … не может превышать 15 минут» (Регламент СОШ № 2, п. 3.4): the minutes run from
the arrival, by the server's clock, until somebody begins.
"""

from dataclasses import dataclass
from typing import Any

from school import clock
from school.actions.history import Act, Fact, record
from school.actions.request_stages import RequestRefused
from school.actions.staff import lock_school
from school.database import transaction
from school.models import Enrolment, Visit, VisitStep
from school.queries.locks import term_end
from school.queries.regulations import NoRegulation, get_regulation
from school.queries.visits import list_colleagues

LONGEST_LINE, LONGEST_WORDS = 250, 2_000


class VisitRefused(RequestRefused):
    """Cannot be done so; the message says why, in Russian, and `field` beside which field."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody came; `visitor` as they said it."""

    school_id: int
    visitor: str
    request_id: str
    #: They are seen at once: nobody waits.
    is_begun: bool = False


def log_arrival(new: Arrival, act: Act) -> int:
    """Write down that somebody came, and until when they may wait by the regulation of this day.
    The same form twice is one visit. Returns its id. Raises VisitRefused."""
    visitor = new.visitor.strip()
    if not visitor:
        raise VisitRefused("Напишите, кто пришёл: «мама Королёва Фёдора, 7А».", "visitor")
    if len(visitor) > LONGEST_LINE:
        raise VisitRefused("Слишком длинно: хватит имени и ребёнка.", "visitor")
    with transaction():
        school = lock_school(new.school_id)
        same = Visit.get_or_none(Visit.request == new.request_id)
        if same is not None:
            if same.logged_by_id != act.actor_id:
                raise VisitRefused("Откройте форму заново и отправьте ещё раз.")
            return int(same.id)
        try:
            version = get_regulation(school.id, clock.local(act.at, school.time_zone).date())
        except NoRegulation as refusal:
            raise VisitRefused(f"Записать нельзя: {refusal}.") from None
        term = version.regulation.term("C6").term
        row = Visit.create(
            school=school,
            visitor=visitor,
            arrived_at=act.at,
            logged_by=act.actor_id,
            regulation_version=version.version_id,
            due_at=term_end(term, act.at, school.id, school.time_zone),
            request=new.request_id,
        )
        _write(row, "arrived", act)
        if new.is_begun:
            _begin(row, act)
    return int(row.id)


def begin_visit(visit_id: int, act: Act) -> bool:
    """Somebody sees the visitor: the waiting is over. Returns False where it was so already."""
    with transaction():
        row = _open(visit_id)
        if row.begun_at is not None or row.ending:
            return False
        _begin(row, act)
    return True


def pass_on(visit_id: int, colleague_id: int, word: str, act: Act) -> None:
    """Ask a colleague of the school to see the visitor or to answer; the minutes run on where
    nobody had begun (п. 3.4: «с привлечением других сотрудников»). Raises VisitRefused."""
    if len(word) > LONGEST_LINE:
        raise VisitRefused("Слишком длинно.", "word")
    with transaction():
        row = _open(visit_id)
        _refuse_ended(row)
        today = clock.local(act.at, row.school.time_zone).date()
        if colleague_id not in dict(list_colleagues(row.school_id, today)):
            raise VisitRefused("Выберите коллегу из списка.", "colleague")
        if row.holder_id == colleague_id:
            return
        Visit.update(holder=colleague_id).where(Visit.id == row.id).execute()
        _write(row, "passed_on", act, word.strip(), colleague_id)


def name_pupil(visit_id: int, pupil_id: int, act: Act) -> None:
    """Say about which pupil of the school the visit is. Raises VisitRefused."""
    with transaction():
        row = _open(visit_id)
        _refuse_ended(row)
        there = Enrolment.select().where(
            Enrolment.pupil == pupil_id, Enrolment.school == row.school_id
        )
        if not there.exists():
            raise VisitRefused("Этот ребёнок учится в другой школе.", "pupil")
        Visit.update(pupil=pupil_id).where(Visit.id == row.id).execute()
        record(act, row.school_id, [Fact("visit", row.id, "pupil", "", "named", pupil_id)])


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked and answered by word of mouth."""

    visit_id: int
    question: str
    answer: str


def answer_visit(new: Answer, act: Act) -> bool:
    """Write down what was answered; the visit is over. Where nobody had begun it begins and ends
    at this moment. Returns False where it was over already. Raises VisitRefused."""
    answer, question = new.answer.strip(), new.question.strip()
    if not answer:
        raise VisitRefused("Напишите коротко, что ответили.", "answer")
    for field, text in (("answer", answer), ("question", question)):
        if len(text) > LONGEST_WORDS:
            raise VisitRefused("Слишком длинно: хватит нескольких слов.", field)
    with transaction():
        row = _open(new.visit_id)
        if row.ending:
            return False
        if row.begun_at is None:
            _begin(row, act)
        _end(row, "answered", act, question=question, answer=answer)
    return True


def note_left(visit_id: int, act: Act) -> bool:
    """The visitor went without an answer. Returns False where the visit was over already."""
    with transaction():
        row = _open(visit_id)
        if row.ending:
            return False
        _end(row, "left", act)
    return True


def link_request(visit_id: int, service_request_id: int, act: Act) -> None:
    """Say which request was made at a visit: what it gives is given at once. Joins the caller's
    transaction."""
    row = _open(visit_id)
    _refuse_ended(row)
    if row.begun_at is None:
        _begin(row, act)
    Visit.update(service_request=service_request_id).where(Visit.id == row.id).execute()


def end_visit_of(service_request_id: int, words: str, act: Act) -> None:
    """What was asked for at a visit was handed over: an open visit of the request is answered
    with it. Joins the caller's transaction."""
    for row in Visit.select().where(
        Visit.service_request == service_request_id, Visit.ending == ""
    ):
        _end(row, "answered", act, question=row.question, answer=words)


def _open(visit_id: int) -> Visit:
    """The visit, so that two who write wait for each other. Raises LookupError."""
    query = Visit.select().where(Visit.id == visit_id)
    if Visit._meta.database.for_update:
        query = query.for_update()
    row: Visit | None = query.first()
    if row is None:
        raise LookupError(f"no visit {visit_id}")
    return row


def _refuse_ended(row: Visit) -> None:
    if row.ending:
        raise VisitRefused("Этот приём уже закончен.")


def _begin(row: Any, act: Act) -> None:
    # A clock that was set back must not make a waiting shorter than none.
    at = max(act.at, row.arrived_at)
    values = {"begun_at": at, "begun_by": act.actor_id, "holder": act.actor_id}
    Visit.update(**values).where(Visit.id == row.id).execute()
    row.begun_at, row.begun_by, row.holder = at, act.actor_id, act.actor_id
    _write(row, "begun", act)


def _end(row: Visit, ending: str, act: Act, **values: str) -> None:
    Visit.update(ending=ending, ended_at=act.at, ended_by=act.actor_id, **values).where(
        Visit.id == row.id
    ).execute()
    _write(row, ending, act)


def _write(
    row: Visit, step: str, act: Act, note: str = "", colleague_id: int | None = None
) -> None:
    VisitStep.create(
        visit=row,
        at=act.at,
        actor=act.actor_id,
        step=step,
        colleague=colleague_id,
        note=note,
        request=act.request_id,
    )
