"""Coming and going of pupils: enrolled, moved, transferred, left, graduated (A11)."""

from collections.abc import Iterable
from datetime import date, timedelta

from school.actions.history import Act, Fact, move_revisions, record
from school.actions.traces import record_event
from school.database import transaction
from school.models import Enrolment, GroupMembership, Person, School, SchoolClass, TeachingGroup

ONE_DAY = timedelta(days=1)


class EnrolmentRefused(ValueError):
    """Cannot be done so; the message says why, in Russian."""


def end_enrolments(
    enrolment_ids: Iterable[int],
    *,
    last_day: date,
    ending: str,
    reason: str,
    moves_to_id: int | None,
    act: Act,
) -> int:
    """Let pupils leave their class on a day, which they are still in it, with the reason kept;
    returns how many. The family's access ends with that day by itself, unless a next enrolment
    follows; registers keep what was written. For a transfer within the municipality
    `moves_to_id` is the school that is to take the pupil. Raises EnrolmentRefused."""
    if ending not in ("transfer", "left", "graduated"):
        raise EnrolmentRefused("Выберите, как закончилось обучение.")
    if not reason:
        raise EnrolmentRefused("Напишите основание: приказ, заявление.")
    if (ending == "transfer") != (moves_to_id is not None):
        raise EnrolmentRefused("При переводе внутри муниципалитета укажите новую школу.")
    with transaction():
        count = 0
        for enrolment_id in sorted(enrolment_ids):
            enrolment = Enrolment.get_by_id(enrolment_id)
            _lock(enrolment.pupil_id)
            _check_target(enrolment, moves_to_id)
            if last_day < enrolment.from_on:
                raise EnrolmentRefused("Последний день раньше дня зачисления.")
            _end(enrolment, last_day, ending, reason, moves_to_id, act)
            count += 1
    return count


def _check_target(enrolment: Enrolment, moves_to_id: int | None) -> None:
    if moves_to_id is None:
        return
    target = School.get_or_none(School.id == moves_to_id)
    own = School.get_by_id(enrolment.school_id)
    if target is None or target.municipality_id != own.municipality_id or target.id == own.id:
        raise EnrolmentRefused("Выберите другую школу этого муниципалитета.")


def enrol(pupil_id: int, school_class_id: int, from_on: date, *, reason: str, act: Act) -> bool:
    """Enrol a pupil in a class from a day on, and in the lessons of the whole class: a new one,
    one who moves to another class, comes from another school, or comes back; the history stays
    theirs. Returns False where they are in that class already. Raises EnrolmentRefused."""
    with transaction():
        _lock(pupil_id)
        school_class = SchoolClass.get_by_id(school_class_id)
        for earlier in Enrolment.select().where(Enrolment.pupil == pupil_id):
            if earlier.until_on is not None and earlier.until_on < from_on:
                continue
            if earlier.until_on is not None and earlier.school_id == school_class.school_id:
                raise EnrolmentRefused(
                    f"До {earlier.until_on:%d.%m.%Y} ученик ещё в прежнем классе. "
                    "Выберите день позже."
                )
            if earlier.school_class_id == school_class_id and earlier.from_on <= from_on:
                return False
            if earlier.school_id != school_class.school_id:
                raise EnrolmentRefused(
                    "В этот день ученик ещё числится в другой школе. Выберите день позже."
                )
            if earlier.from_on >= from_on:
                raise EnrolmentRefused(
                    f"Ученик уже зачислен с {earlier.from_on:%d.%m.%Y}. Выберите день позже."
                )
            _end(earlier, from_on - ONE_DAY, "moved", reason, None, act)
        enrolment = Enrolment.create(
            school=school_class.school_id,
            school_class=school_class_id,
            pupil=pupil_id,
            from_on=from_on,
        )
        groups = [
            group.id
            for group in TeachingGroup.select(TeachingGroup.id).where(
                TeachingGroup.school == school_class.school_id,
                TeachingGroup.school_class == school_class_id,
                TeachingGroup.kind == "class",
            )
        ]
        for group_id in groups:
            GroupMembership.create(
                school=school_class.school_id,
                teaching_group=group_id,
                pupil=pupil_id,
                from_on=from_on,
            )
        name = f"{school_class.grade}{school_class.letter}"
        facts = [Fact("enrolment", enrolment.id, "school_class", "", name, pupil_id=pupil_id)]
        _tell(act, school_class.school_id, "enrolled", pupil_id, name, facts, groups)
    return True


def _end(
    enrolment: Enrolment,
    last_day: date,
    ending: str,
    reason: str,
    moves_to_id: int | None,
    act: Act,
) -> None:
    pupil_id = enrolment.pupil_id
    Enrolment.update(
        until_on=last_day, ending=ending, reason=reason[:255], moves_to=moves_to_id
    ).where(Enrolment.id == enrolment.id).execute()
    facts = [
        Fact("enrolment", enrolment.id, name, str(old or ""), str(new or ""), pupil_id=pupil_id)
        for name, old, new in (
            ("until_on", enrolment.until_on, last_day),
            ("ending", enrolment.ending, ending),
            ("reason", enrolment.reason, reason),
            ("moves_to", enrolment.moves_to_id, moves_to_id),
        )
        if old != new
    ]
    groups = []
    for member in GroupMembership.select().where(
        GroupMembership.school == enrolment.school_id,
        GroupMembership.pupil == pupil_id,
        GroupMembership.until_on.is_null() | (GroupMembership.until_on > last_day),
    ):
        groups.append(member.teaching_group_id)
        facts.append(
            Fact(
                "group_membership", member.id, "until_on", str(member.until_on or ""),
                str(last_day), pupil_id=pupil_id,
            )
        )  # fmt: skip
        of_it = GroupMembership.id == member.id
        if member.from_on > last_day:
            # It never came to be.
            GroupMembership.delete().where(of_it).execute()
        else:
            GroupMembership.update(until_on=last_day).where(of_it).execute()
    _tell(act, enrolment.school_id, "enrolment_ended", pupil_id, ending, facts, groups)


def _lock(pupil_id: int) -> None:
    """Two who move one pupil wait for each other."""
    if Person._meta.database.for_update:
        Person.select(Person.id).where(Person.id == pupil_id).for_update().get()


def _tell(
    act: Act,
    school_id: int,
    event: str,
    pupil_id: int,
    detail: str,
    facts: list[Fact],
    groups: list[int],
) -> None:
    record(act, school_id, facts)
    move_revisions(act, [("pupil", pupil_id), *(("group", group_id) for group_id in groups)])
    record_event(
        event,
        act.at,
        person_id=act.actor_id,
        school_id=school_id,
        pupil_id=pupil_id,
        detail=detail,
        request_id=act.request_id,
    )
