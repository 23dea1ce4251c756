"""Roles of staff: from when, until when, for which school or class (A10, A11)."""

from dataclasses import dataclass
from datetime import date

from school.actions.history import Act, Fact, record
from school.actions.traces import record_event
from school.database import transaction
from school.models import Account, Person, Role, School, SchoolClass
from school.rules.access import (
    ADMINISTRATOR,
    CLASS_TEACHER,
    DEPUTY_HEAD,
    HEAD,
    TEACHER,
    holds,
)

#: What an administrator may give and take in their school.
SCHOOL_ROLES = (TEACHER, CLASS_TEACHER, DEPUTY_HEAD, HEAD, ADMINISTRATOR)


class RoleRefused(ValueError):
    """A role cannot be given or ended so; the message says why, in Russian."""


@dataclass(frozen=True, slots=True)
class NewRole:
    person_id: int
    kind: str
    school_id: int
    #: Whose class teacher.
    school_class_id: int | None
    from_on: date
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """A person who is not known yet."""

    surname: str
    given_name: str
    patronymic: str = ""


def give_role(new: NewRole, act: Act) -> bool:
    """Give a person a role from a day to a day. Returns False where they have it already; raises
    RoleRefused."""
    if new.kind not in SCHOOL_ROLES:
        raise RoleRefused("Выберите должность из списка.")
    if new.until_on is not None and new.until_on < new.from_on:
        raise RoleRefused("Последний день раньше первого.")
    if (new.kind == CLASS_TEACHER) != (new.school_class_id is not None):
        raise RoleRefused("Класс указывается классному руководителю, и только ему.")
    with transaction():
        school = lock_school(new.school_id)
        if new.school_class_id is not None and not (
            SchoolClass.select()
            .where(SchoolClass.id == new.school_class_id, SchoolClass.school == school)
            .exists()
        ):
            raise RoleRefused("Такого класса в школе нет.")
        for role in Role.select().where(
            Role.person == new.person_id,
            Role.kind == new.kind,
            Role.school == school,
            Role.ended_at.is_null(),
        ):
            same = role.school_class_id == new.school_class_id
            begins_later = new.until_on is not None and role.from_on > new.until_on
            is_over = role.until_on is not None and role.until_on < new.from_on
            if same and not begins_later and not is_over:
                return False
        role = Role.create(
            person=new.person_id,
            kind=new.kind,
            municipality=school.municipality_id,
            school=school,
            school_class=new.school_class_id,
            from_on=new.from_on,
            until_on=new.until_on,
        )
        _tell(act, role, "role_given", [Fact("role", role.id, "kind", "", new.kind)])
    return True


def add_staff(names: Names, new: NewRole, act: Act) -> int:
    """Make a person with a role in a school; returns their id, also where somebody of that name
    has that role already (a button pressed twice). `new.person_id` does not matter."""
    if not names.surname or not names.given_name:
        raise RoleRefused("Нужны фамилия и имя.")
    with transaction():
        school = lock_school(new.school_id)
        known = (
            Role.select(Role.person)
            .join(Person, on=(Role.person == Person.id))
            .where(
                Role.school == school,
                Role.kind == new.kind,
                Role.from_on == new.from_on,
                Person.surname == names.surname,
                Person.given_name == names.given_name,
                Person.patronymic == names.patronymic,
            )
            .first()
        )
        if known is not None:
            return int(known.person_id)
        person_id = make_person(names, school.municipality_id, act, school.id)
        give_role(
            NewRole(
                person_id,
                new.kind,
                new.school_id,
                new.school_class_id,
                new.from_on,
                new.until_on,
            ),
            act,
        )
    return person_id


def make_person(names: Names, municipality_id: int, act: Act, school_id: int) -> int:
    """A person of the municipality, with the history of it; returns the id."""
    person = Person.create(
        municipality=municipality_id,
        surname=names.surname,
        given_name=names.given_name,
        patronymic=names.patronymic,
    )
    record(act, school_id, [Fact("person", person.id, "surname", "", names.surname)])
    return int(person.id)


def end_role(
    role_id: int, *, last_day: date, at_once: bool, reason: str, today: date, act: Act
) -> None:
    """End a role on a day, which it still holds, or this very minute; what the person entered
    keeps their name. Raises RoleRefused, also where the school would be left without anybody
    who can open it again."""
    if not reason:
        raise RoleRefused("Напишите, почему: приказ, увольнение, перевод.")
    with transaction():
        role = Role.get_by_id(role_id)
        lock_school(role.school_id)
        role = Role.get_by_id(role_id)
        if role.ended_at is not None:
            return
        last_day = max(today, role.from_on) if at_once else last_day
        if last_day < role.from_on:
            raise RoleRefused("Последний день раньше первого.")
        if role.kind == ADMINISTRATOR and not _is_somebody_left(role, last_day, today):
            raise RoleRefused(
                "Это последний администратор школы: без него никто не сможет открыть доступ. "
                "Сначала назначьте другого и дождитесь, пока он войдёт."
            )
        old = role.until_on
        values = {"until_on": last_day, "end_reason": reason}
        if at_once:
            values["ended_at"] = act.at
        Role.update(**values).where(Role.id == role.id).execute()
        facts = [
            Fact("role", role.id, "until_on", str(old or ""), str(last_day)),
            Fact("role", role.id, "end_reason", role.end_reason, reason),
        ]
        if at_once:
            facts.append(Fact("role", role.id, "ended_at", "", act.at.isoformat()))
        _tell(act, role, "role_ended", facts)


def _is_somebody_left(ending: Role, last_day: date, today: date) -> bool:
    """Whether another administrator with a usable account is there now and stays longer."""
    others = (
        Role.select(Role, Account.id)
        .join(Account, on=(Account.person == Role.person))
        .where(
            Role.school == ending.school_id,
            Role.kind == ADMINISTRATOR,
            Role.id != ending.id,
            Role.person != ending.person_id,
            Role.ended_at.is_null(),
            Account.disabled_at.is_null(),
            Account.must_change_password == False,  # noqa: E712
        )
    )
    return any(
        holds(role.from_on, role.until_on, today)
        and (role.until_on is None or role.until_on > last_day)
        for role in others
    )


def lock_school(school_id: int) -> School:
    """The school, so that two who change its people wait for each other."""
    query = School.select().where(School.id == school_id)
    if School._meta.database.for_update:
        query = query.for_update()
    school: School = query.get()
    return school


def _tell(act: Act, role: Role, event: str, facts: list[Fact]) -> None:
    record(act, role.school_id, facts)
    record_event(
        event,
        act.at,
        person_id=act.actor_id,
        school_id=role.school_id,
        pupil_id=role.person_id,
        detail=role.kind,
        request_id=act.request_id,
    )
