"""Legal representatives: kind, basis, dates, and what they may not see (H10).

An order of a court is written down and holds from the next request on.
"""

from dataclasses import dataclass
from datetime import date

from school.actions.history import Act, Fact, record
from school.actions.staff import Names, make_person
from school.actions.traces import record_event
from school.database import transaction
from school.models import DiaryLimit, Guardianship, Person


class RepresentativeRefused(ValueError):
    """Cannot be written so; the message says why, in Russian."""


@dataclass(frozen=True, slots=True)
class NewRepresentative:
    pupil_id: int
    #: A key of wording.GUARDIAN_KINDS.
    kind: str
    #: «свидетельство о рождении», «акт органа опеки № 12 от 03.09.2026».
    basis: str
    from_on: date
    until_on: date | None
    #: Somebody who is known, or the names of somebody new.
    who: int | Names


def add_representative(new: NewRepresentative, school_id: int, act: Act) -> int:
    """Write down a representative of a pupil; returns their person's id, also where they are
    there already (a button pressed twice). Raises RepresentativeRefused."""
    if new.kind not in Guardianship.KINDS or not new.basis:
        raise RepresentativeRefused("Нужны вид представителя и основание полномочий.")
    if new.until_on is not None and new.until_on < new.from_on:
        raise RepresentativeRefused("Последний день раньше первого.")
    with transaction():
        pupil = _locked_person(new.pupil_id)
        person_id = _known(new) or (
            new.who
            if isinstance(new.who, int)
            else make_person(new.who, pupil.municipality_id, act, school_id)
        )
        if person_id == new.pupil_id:
            raise RepresentativeRefused("Обучающийся не может быть своим представителем.")
        for tie in Guardianship.select().where(
            Guardianship.pupil == new.pupil_id, Guardianship.guardian == person_id
        ):
            if tie.ended_at is None and (tie.until_on is None or tie.until_on >= new.from_on):
                return person_id
            if tie.from_on == new.from_on:
                raise RepresentativeRefused("С этого дня запись уже есть: выберите другой день.")
        tie = Guardianship.create(
            pupil=new.pupil_id,
            guardian=person_id,
            kind=new.kind,
            basis=new.basis,
            from_on=new.from_on,
            until_on=new.until_on,
        )
        facts = [_fact(tie, "kind", "", new.kind), _fact(tie, "basis", "", new.basis)]
        _tell(act, school_id, "guardian_added", new.pupil_id, new.kind, facts)
    return person_id


def _known(new: NewRepresentative) -> int | None:
    """A representative of the pupil who is called so already."""
    if isinstance(new.who, int):
        return new.who
    if not new.who.surname or not new.who.given_name:
        raise RepresentativeRefused("Нужны фамилия и имя.")
    found = (
        Guardianship.select(Guardianship.guardian)
        .join(Person, on=(Guardianship.guardian == Person.id))
        .where(
            Guardianship.pupil == new.pupil_id,
            Person.surname == new.who.surname,
            Person.given_name == new.who.given_name,
            Person.patronymic == new.who.patronymic,
        )
        .first()
    )
    return None if found is None else int(found.guardian_id)


def end_guardianship(
    guardianship_id: int,
    school_id: int,
    *,
    last_day: date,
    at_once: bool,
    reason: str,
    today: date,
    act: Act,
) -> None:
    """End somebody's authority on a day, which it still holds, or this very minute, with the
    reason kept (A11). Raises RepresentativeRefused."""
    if not reason:
        raise RepresentativeRefused("Напишите основание: решение, заявление, документ.")
    with transaction():
        tie = Guardianship.get_by_id(guardianship_id)
        if tie.ended_at is not None:
            return
        last_day = max(today, tie.from_on) if at_once else last_day
        if last_day < tie.from_on:
            raise RepresentativeRefused("Последний день раньше первого.")
        values = {"until_on": last_day, "end_reason": reason}
        if at_once:
            values["ended_at"] = act.at
        Guardianship.update(**values).where(Guardianship.id == tie.id).execute()
        facts = [
            _fact(tie, "until_on", str(tie.until_on or ""), str(last_day)),
            _fact(tie, "end_reason", tie.end_reason, reason),
        ]
        if at_once:
            facts.append(_fact(tie, "ended_at", "", act.at.isoformat()))
        _tell(act, school_id, "guardian_ended", tie.pupil_id, tie.kind, facts)


@dataclass(frozen=True, slots=True)
class NewLimit:
    pupil_id: int
    #: A representative of the pupil, or the pupil.
    person_id: int
    #: A key of wording.AREAS and of wording.LIMIT_GROUNDS.
    area: str
    ground: str
    #: The document.
    basis: str
    from_on: date
    until_on: date | None


def set_limit(new: NewLimit, school_id: int, act: Act) -> bool:
    """Hide an area of a pupil's diary, or all of it, from a person, from a day to a day: one that
    is to hold from today holds from the next request on. Returns False where it is so already.
    Raises RepresentativeRefused."""
    if new.area not in DiaryLimit.AREAS or new.ground not in DiaryLimit.GROUNDS or not new.basis:
        raise RepresentativeRefused("Нужны раздел, основание и документ.")
    if new.until_on is not None and new.until_on < new.from_on:
        raise RepresentativeRefused("Последний день раньше первого.")
    values = {
        "pupil": new.pupil_id,
        "person": new.person_id,
        "area": new.area,
        "ground": new.ground,
        "basis": new.basis,
        "from_on": new.from_on,
        "until_on": new.until_on,
    }
    with transaction():
        _locked_person(new.pupil_id)
        same = [getattr(DiaryLimit, name) == value for name, value in values.items() if value]
        if new.until_on is None:
            same.append(DiaryLimit.until_on.is_null())
        if DiaryLimit.select().where(DiaryLimit.ended_at.is_null(), *same).exists():
            return False
        limit = DiaryLimit.create(**values)
        fact = Fact("diary_limit", limit.id, "area", "", new.area, pupil_id=new.pupil_id)
        _tell(act, school_id, "limit_set", new.pupil_id, new.area, [fact])
    return True


def lift_limit(limit_id: int, school_id: int, reason: str, act: Act) -> None:
    """Lift a limit from this moment on, with the reason kept. Raises RepresentativeRefused."""
    if not reason:
        raise RepresentativeRefused("Напишите основание: решение, заявление, документ.")
    with transaction():
        limit = DiaryLimit.get_by_id(limit_id)
        if limit.ended_at is not None:
            return
        DiaryLimit.update(ended_at=act.at, end_reason=reason).where(
            DiaryLimit.id == limit.id
        ).execute()
        fact = Fact("diary_limit", limit.id, "end_reason", "", reason, pupil_id=limit.pupil_id)
        _tell(act, school_id, "limit_lifted", limit.pupil_id, limit.area, [fact])


def _locked_person(person_id: int) -> Person:
    query = Person.select().where(Person.id == person_id)
    if Person._meta.database.for_update:
        query = query.for_update()
    person: Person = query.get()
    return person


def _fact(tie: Guardianship, field: str, old: str, new: str) -> Fact:
    return Fact("guardianship", tie.id, field, old, new, pupil_id=tie.pupil_id)


def _tell(
    act: Act, school_id: int, event: str, pupil_id: int, detail: str, facts: list[Fact]
) -> None:
    record(act, school_id, facts)
    record_event(
        event,
        act.at,
        person_id=act.actor_id,
        school_id=school_id,
        pupil_id=pupil_id,
        detail=detail,
        request_id=act.request_id,
    )
