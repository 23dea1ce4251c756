"""Invitation codes: made while their slips are printed, and handed over (A5, A6, A8, A9).

The code itself exists on the slip alone: what is kept is its keyed hash (decision 16).
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from school import clock
from school.actions.history import Act, Fact, record
from school.actions.request_stages import (
    code_given_to_class_teacher,
    code_handed_over,
    code_ready_at_office,
    code_to_be_printed,
)
from school.actions.traces import record_event
from school.database import transaction
from school.models import Account, HandOver, Invitation, Person, School, ServiceRequest
from school.queries.invitations import list_steps, may_be_invited
from school.queries.regulations import find_regulation
from school.rules import requests as ways
from school.rules.codes import make_code
from school.rules.invitations import (
    LETTER,
    PASSWORD,
    REGISTRATION,
    SLIP,
    STAFF,
    TAKEN_BACK,
    TO_CLASS_TEACHER,
    TO_PERSON,
    last_day,
    last_step,
)


class InvitationRefused(ValueError):
    """Cannot be done so; the message says why, in Russian."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom a code is to be made."""

    person_id: int
    #: GUARDIAN, PUPIL or STAFF.
    kind: str
    #: The child, the pupil; None for staff.
    pupil_id: int | None
    #: REGISTRATION, or PASSWORD for who has an account.
    purpose: str = REGISTRATION


@dataclass(frozen=True, slots=True)
class Made:
    """A code that was made: shown on its slip now, and never again."""

    invitation_id: int
    person_id: int
    pupil_id: int | None
    kind: str
    purpose: str
    code: str
    ends_at: datetime


def hash_code(code: str, secret: str) -> str:
    """What is kept of a code: whoever has the database alone cannot try codes against it."""
    return hmac.new(secret.encode(), b"invitation:" + code.encode(), hashlib.sha256).hexdigest()


def end_of_day(now: datetime, time_zone: str) -> datetime:
    """The moment up to which a slip that is printed now works: its last day's end."""
    day = last_day(clock.local(now, time_zone).date())
    return clock.moment_of(day, "23:59", time_zone)


def make_codes(
    wanted: Sequence[Wanted],
    school_id: int,
    act: Act,
    *,
    secret: str,
    request: str,
    held_by: int | None = None,
) -> tuple[tuple[Made, ...], int]:
    """Make codes for slips; a new code kills the former one. Returns what was made, and how many
    were left out because meanwhile they may not have one (no consent any more, an account
    already). The same request again makes nothing. `held_by` is the class teacher who prints them
    and so has them. Raises InvitationRefused."""
    made: list[Made] = []
    with transaction():
        school = School.get_by_id(school_id)
        ids = sorted({one.person_id for one in wanted})
        # Two who print for the same person wait for each other.
        Person.update(surname=Person.surname).where(Person.id.in_(ids)).execute()
        if Invitation.select().where(Invitation.request == request).exists():
            raise InvitationRefused(
                "Эти памятки уже сделаны. Код виден один раз: если они не напечатались, "
                "сделайте новые, прежние коды перестанут действовать."
            )
        ends_at = end_of_day(act.at, school.time_zone)
        for one in wanted:
            if _may_have(one, school, act.at):
                code = make_code()
                row = _put(one, school_id, SLIP, hash_code(code, secret), ends_at, request, act)
                made.append(
                    Made(row.id, one.person_id, one.pupil_id, one.kind, one.purpose, code, ends_at)
                )
                _printed(one, school, act)
                if held_by is not None:
                    _give_to_class_teacher(row, held_by, act, request)
        if made:
            record_event(
                "codes_printed",
                act.at,
                person_id=act.actor_id,
                school_id=school_id,
                detail=f"памяток: {len(made)}",
                request_id=act.request_id,
            )
    return tuple(made), len(wanted) - len(made)


def _may_have(one: Wanted, school: School, now: datetime) -> bool:
    has_account = (
        Account.select()
        .where(Account.person == one.person_id, Account.disabled_at.is_null())
        .exists()
    )
    if one.purpose == PASSWORD:
        return bool(has_account)
    if has_account:
        return False
    if one.kind == STAFF:
        return True
    day = clock.local(now, school.time_zone).date()
    return one.pupil_id is not None and may_be_invited(one.person_id, one.pupil_id, now, day)


def _put(
    one: Wanted, school_id: int, way: str, code_hash: str, ends_at: datetime, request: str, act: Act
) -> Invitation:
    """Keep a code's hash; the person's former code of the same purpose and way works no more."""
    former = Invitation.update(replaced_at=act.at).where(
        Invitation.person == one.person_id,
        Invitation.purpose == one.purpose,
        Invitation.way == way,
        Invitation.used_at.is_null(),
        Invitation.replaced_at.is_null(),
    )
    former.execute()
    row: Invitation = Invitation.create(
        school=school_id,
        person=one.person_id,
        kind=one.kind,
        pupil=one.pupil_id,
        purpose=one.purpose,
        way=way,
        code_hash=code_hash,
        made_at=act.at,
        made_by=act.actor_id,
        ends_at=ends_at,
        request=request,
    )
    fact = Fact("invitation", row.id, "made", "", one.purpose, pupil_id=one.pupil_id)
    record(act, school_id, [fact])
    return row


def put_letter_code(
    person_id: int, school_id: int, code_hash: str, ends_at: datetime, act: Act
) -> int:
    """Keep the hash of a code for a new password that goes out by letter; returns its id. Joins
    the caller's transaction."""
    one = Wanted(person_id, STAFF, None, PASSWORD)
    row = _put(one, school_id, LETTER, code_hash, ends_at, f"letter:{code_hash[:40]}", act)
    return int(row.id)


# The way of a request (its stage moves with the slip)


def _open_request(person_id: int, pupil_id: int | None) -> ServiceRequest | None:
    """The request that a code answers: the person's own for that pupil, not closed yet."""
    if pupil_id is None:
        return None
    found: ServiceRequest | None = (
        ServiceRequest.select()
        .where(
            ServiceRequest.kind == ways.EDIARY,
            ServiceRequest.applicant == person_id,
            ServiceRequest.pupil == pupil_id,
            ServiceRequest.stage.in_(sorted(ways.CODE_STAGES)),
        )
        .order_by(ServiceRequest.id)
        .first()
    )
    return found


def close_request(person_id: int, pupil_id: int | None, act: Act) -> None:
    """The person used a code: the request that it answers, if any, is done. Joins the caller's
    transaction."""
    case = _open_request(person_id, pupil_id)
    if case is not None:
        code_handed_over(case.id, act)


def goes_through_class_teacher(school_id: int, now: datetime, time_zone: str) -> bool:
    """Whether by the school's regulation of today the class teacher hands codes over (Регламент
    СОШ № 2, п. 2.3, 2.4; Нижняя Тура, вводная часть)."""
    found = find_regulation(school_id, clock.local(now, time_zone).date())
    return found is not None and bool(found.regulation.flag("class_teacher_hands_codes").value)


def _printed(one: Wanted, school: School, act: Act) -> None:
    case = _open_request(one.person_id, one.pupil_id)
    if case is None or one.purpose != REGISTRATION:
        return
    if not goes_through_class_teacher(school.id, act.at, school.time_zone):
        code_ready_at_office(case.id, act)
    elif case.stage != ways.PREPARING_CODE:
        code_to_be_printed(case.id, act)


# From hand to hand


def _open_codes(invitation_ids: Iterable[int], school_id: int, now: datetime) -> list[Invitation]:
    """The codes that still work, locked in one order."""
    query = (
        Invitation.select()
        .where(
            Invitation.id.in_(sorted(set(invitation_ids))),
            Invitation.school == school_id,
            Invitation.used_at.is_null(),
            Invitation.replaced_at.is_null(),
            Invitation.ends_at > now,
        )
        .order_by(Invitation.id)
    )
    return list(query.for_update() if Invitation._meta.database.for_update else query)


def hand_to_class_teacher(
    invitation_ids: Sequence[int], teacher_id: int, school_id: int, act: Act, *, request: str
) -> int:
    """The administrator gives slips to a class teacher: with it the term of A8 is met. Returns
    how many were given; those that were handed on already, and the same form again, change
    nothing."""
    count = 0
    with transaction():
        for row in _open_codes(invitation_ids, school_id, act.at):
            if last_step(list_steps(row.id)) is not None:
                continue
            count += _give_to_class_teacher(row, teacher_id, act, request)
    return count


def _give_to_class_teacher(row: Invitation, teacher_id: int, act: Act, request: str) -> int:
    given = _hand(row, TO_CLASS_TEACHER, teacher_id, True, act, request)
    case = _open_request(row.person_id, row.pupil_id)
    through = goes_through_class_teacher(
        row.school_id, act.at, School.get_by_id(row.school_id).time_zone
    )
    if case is not None and row.purpose == REGISTRATION and through:
        code_given_to_class_teacher(case.id, act)
    return given


def hand_to_person(
    invitation_id: int, school_id: int, act: Act, *, in_person: bool, request: str
) -> bool:
    """The person has the slip. Returns False where they had it already. Raises InvitationRefused
    for a code that does not work any more, and where the regulation wants it handed over in
    person (Регламент СОШ № 2, п. 2.4)."""
    with transaction():
        found = _open_codes([invitation_id], school_id, act.at)
        if not found:
            raise InvitationRefused(
                "Этот код больше не действует: им воспользовались, его заменили или вышел срок."
            )
        row = found[0]
        last = last_step(list_steps(row.id))
        if last is not None and last.step == TO_PERSON:
            return False
        school = School.get_by_id(school_id)
        if not in_person and must_be_in_person(school_id, act.at, school.time_zone):
            raise InvitationRefused("По регламенту код отдают только лично в руки.")
        _hand(row, TO_PERSON, row.person_id, in_person, act, request)
        case = _open_request(row.person_id, row.pupil_id)
        if case is not None and row.purpose == REGISTRATION:
            code_handed_over(case.id, act)
    return True


def must_be_in_person(school_id: int, now: datetime, time_zone: str) -> bool:
    """Whether the regulation of today lets nobody take a code for somebody else."""
    found = find_regulation(school_id, clock.local(now, time_zone).date())
    return found is not None and bool(found.regulation.flag("codes_in_person").value)


def take_back(hand_over_id: int, school_id: int, act: Act, *, why: str, request: str) -> bool:
    """Say that a hand-over did not happen, or that the slip came back: by a further row, the first
    one stays. Returns False where it was taken back already. Raises InvitationRefused."""
    if not why.strip():
        raise InvitationRefused("Напишите, почему: отметили не того, памятка вернулась.")
    with transaction():
        undone = HandOver.get_or_none(HandOver.id == hand_over_id, HandOver.school == school_id)
        if undone is None or undone.step == TAKEN_BACK:
            raise InvitationRefused("Такой передачи нет.")
        Invitation.update(request=Invitation.request).where(
            Invitation.id == undone.invitation_id
        ).execute()
        if HandOver.select().where(HandOver.undoes == undone.id).exists():
            return False
        last = last_step(list_steps(undone.invitation_id))
        if last is None or last.step_id != undone.id:
            raise InvitationRefused("После этой передачи была ещё одна: сначала отмените её.")
        row = Invitation.get_by_id(undone.invitation_id)
        case = _open_request(row.person_id, row.pupil_id)
        if undone.step == TO_CLASS_TEACHER and case is not None:
            code_to_be_printed(case.id, act)
        _hand(row, TAKEN_BACK, undone.giver_id, False, act, request, undone.id, why.strip()[:250])
    return True


def _hand(
    row: Invitation,
    step: str,
    taker_id: int,
    in_person: bool,
    act: Act,
    request: str,
    undoes_id: int | None = None,
    why: str = "",
) -> int:
    if HandOver.select().where(HandOver.invitation == row, HandOver.request == request).exists():
        return 0
    made = HandOver.create(
        school=row.school_id,
        invitation=row,
        at=act.at,
        step=step,
        giver=act.actor_id,
        taker=taker_id,
        in_person=in_person,
        undoes=undoes_id,
        why=why,
        request=request,
    )
    record(
        act, row.school_id, [Fact("hand_over", made.id, "step", "", step, pupil_id=row.pupil_id)]
    )
    return 1
