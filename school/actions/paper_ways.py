"""The paper way: who gets a child's facts on paper, and until when (A2; requirements, section D).

Non-consent, withdrawal, refusal and termination lead here, never into nothing.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from school.actions.history import Act, Fact, record
from school.actions.request_stages import RequestRefused
from school.actions.staff import lock_school
from school.database import transaction
from school.models import ChosenLook, PaperWay, PrintSize
from school.rules.looks import paper_points, read_look
from school.rules.sheets import POINTS


@dataclass(frozen=True, slots=True)
class NewPaperWay:
    school_id: int
    pupil_id: int
    #: None: a representative who did not consent is named only.
    person_id: int | None
    #: As it stands on the envelope.
    recipient: str
    #: A key of wording_requests.PAPER_WAY_WORDS.
    why: str
    from_on: date
    service_request_id: int | None = None
    consent_id: int | None = None


def begin_paper_way(new: NewPaperWay, act: Act) -> int:
    """Put a person on the paper way from a day on; who is on it already stays there as they are.
    Returns the row's id. Raises RequestRefused for an unknown reason."""
    if new.why not in PaperWay.REASONS:
        raise RequestRefused("Выберите причину из списка.", "why")
    if not new.recipient.strip():
        raise RequestRefused("Напишите, кому отдавать бумагу.", "recipient")
    with transaction():
        lock_school(new.school_id)
        for row in PaperWay.select().where(
            PaperWay.school == new.school_id,
            PaperWay.pupil == new.pupil_id,
            PaperWay.ended_at.is_null(),
        ):
            same = (
                row.person_id == new.person_id
                if new.person_id is not None
                else row.person_id is None and row.recipient == new.recipient
            )
            if same and (row.until_on is None or row.until_on >= new.from_on):
                return int(row.id)
        row = PaperWay.create(
            school=new.school_id,
            pupil=new.pupil_id,
            person=new.person_id,
            recipient=new.recipient,
            why=new.why,
            from_on=new.from_on,
            service_request=new.service_request_id,
            consent=new.consent_id,
            begun_at=act.at,
            begun_by=act.actor_id,
        )
        _carry_size_over(row)
        record(act, new.school_id, [_fact(row, "begun", new.why)])
    return int(row.id)


def _carry_size_over(row: PaperWay) -> None:
    """Large letters wished for before, on paper or on the screen, are wished for again (H17); no
    history tells of it."""
    if row.person_id is None:
        return
    before = (
        PrintSize.select(PrintSize.points)
        .join(PaperWay)
        .where(PaperWay.person == row.person_id)
        .order_by(PaperWay.id.desc())
        .first()
    )
    look = ChosenLook.get_or_none(ChosenLook.person == row.person_id)
    if before is not None:
        points = int(before.points)
    else:
        points = paper_points(read_look(look.look)) if look is not None else POINTS[0]
    if points != POINTS[0]:
        PrintSize.create(paper_way=row.id, points=points)


def end_paper_way(paper_way_id: int, *, today: date, reason: str, act: Act) -> None:
    """End a person's paper way with today as its last day. Twice does no harm. Raises
    RequestRefused without a reason."""
    if not reason:
        raise RequestRefused("Напишите, почему бумага больше не нужна.", "reason")
    with transaction():
        row = PaperWay.get_by_id(paper_way_id)
        if row.ended_at is not None:
            return
        _end(row, today, reason, act)


def end_paper_ways_of(person_id: int, pupil_id: int, *, today: date, reason: str, act: Act) -> None:
    """End what a person was on for a child: they read online again. Joins the transaction."""
    for row in PaperWay.select().where(
        PaperWay.person == person_id, PaperWay.pupil == pupil_id, PaperWay.ended_at.is_null()
    ):
        _end(row, today, reason, act)


def _end(row: PaperWay, today: date, reason: str, act: Act) -> None:
    # One that began today or is yet to begin keeps its first day: the moment says it is over.
    last = max(row.from_on, today - timedelta(days=1))
    PaperWay.update(until_on=last, ended_at=act.at, end_reason=reason).where(
        PaperWay.id == row.id
    ).execute()
    record(act, row.school_id, [_fact(row, "ended", row.why)])


def _fact(row: PaperWay, field: str, why: str) -> Fact:
    return Fact("paper_way", row.id, field, "", why, pupil_id=row.pupil_id)
