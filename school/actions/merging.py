"""Two records of one person become one, and a wrong merge is undone."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import ForeignKeyField

from school.actions.changes import Changes
from school.actions.history import Act, Fact, move_revisions, record
from school.database import PROTECTED_TABLES, transaction
from school.exchange.export import people_of_school
from school.exchange.values import fold
from school.models import (
    ALL_MODELS,
    Account,
    Attendance,
    Enrolment,
    ExternalId,
    GroupMembership,
    GroupTeacher,
    Guardianship,
    Homework,
    LessonComment,
    Mark,
    Person,
    PersonMerge,
    Role,
    Session,
)

#: Ties that may be there twice, and then one of them is enough.
_TIES = (Enrolment, GroupMembership, GroupTeacher, Guardianship, Role)
#: Facts of the register: two of one place cannot both stay.
_FACTS = (Mark, Attendance, Homework, LessonComment)
_KEPT_AS_THEY_ARE = {*PROTECTED_TABLES, "person_merge", "session", "account"}


class MergeRefused(Exception):
    """The two cannot be merged, or not parted again; the message says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """A person as the page of doubles shows them."""

    person_id: int
    name: str
    birth_on: date | None
    ties: tuple[str, ...]
    login: str


@dataclass(frozen=True, slots=True)
class Double:
    first: Record
    second: Record


@dataclass(frozen=True, slots=True)
class Merged:
    merge_id: int
    kept: str
    at: datetime


def list_doubles(school_id: int) -> tuple[Double, ...]:
    """Pairs of people of a school, or of one of them elsewhere in the municipality, that may be
    one: the same name, and birthdays that do not contradict each other."""
    own = people_of_school(school_id)
    merged = {
        row[0]
        for row in PersonMerge.select(PersonMerge.merged)
        .where(PersonMerge.undone_at.is_null())
        .tuples()
    }
    by_name: dict[str, list[Any]] = defaultdict(list)
    municipality = _municipality(school_id)
    for person in Person.select().where(Person.municipality == municipality).order_by(Person.id):
        if person.id not in merged:
            by_name[_full(person)].append(person)
    found = []
    for same in by_name.values():
        for n, one in enumerate(same):
            for two in same[n + 1 :]:
                if not {one.id, two.id} & own:
                    continue
                if one.birth_on and two.birth_on and one.birth_on != two.birth_on:
                    continue
                found.append(Double(make_record(one, school_id), make_record(two, school_id)))
    return tuple(found[:100])


def _municipality(school_id: int) -> int:
    from school.models import School

    return int(School.get_by_id(school_id).municipality_id)


def _full(person: Any) -> str:
    return fold(f"{person.surname} {person.given_name} {person.patronymic}")


def make_record(person: Any, school_id: int) -> Record:
    """A person with what ties them to schools; of another school no more than its name."""
    ties = []
    for row in Enrolment.select().where(Enrolment.pupil == person).order_by(Enrolment.from_on):
        place = row.school_class
        name = f"{place.grade}{place.letter}" if row.school_id == school_id else row.school.name
        ties.append(f"ученик: {name}")
    for role in Role.select().where(Role.person == person, Role.school.is_null(False)):
        ties.append(f"сотрудник: {role.school.name}")
    for tie in Guardianship.select().where(Guardianship.guardian == person):
        ties.append(f"представитель: {tie.pupil.surname} {tie.pupil.given_name}")
    account = Account.get_or_none(Account.person == person)
    name = " ".join(filter(None, (person.surname, person.given_name, person.patronymic)))
    return Record(
        person.id, name, person.birth_on, tuple(dict.fromkeys(ties)),
        account.login if account else "",
    )  # fmt: skip


def list_merges(school_id: int) -> tuple[Merged, ...]:
    """Merges of a school that can be undone."""
    return tuple(
        Merged(
            row.id,
            f"{row.kept.surname} {row.kept.given_name} {row.kept.patronymic}".strip(),
            row.at,
        )
        for row in PersonMerge.select()
        .where(PersonMerge.school == school_id, PersonMerge.undone_at.is_null())
        .order_by(PersonMerge.at.desc())
        .limit(20)
    )


def merge_persons(kept_id: int, merged_id: int, *, school_id: int, act: Act) -> int:
    """Give everything that one record has to the other; the record itself stays, empty, for the
    history to point to. Returns the id by which the merge can be undone. Raises MergeRefused.

    Of two accounts that of the kept record stays open. Where both have an entry in one place of
    a register nobody can say which is right: then it is refused.
    """
    if kept_id == merged_id:
        raise MergeRefused("Это одна и та же запись.")
    with transaction():
        Person.update(surname=Person.surname).where(Person.id.in_((kept_id, merged_id))).execute()
        persons = {p.id: p for p in Person.select().where(Person.id.in_((kept_id, merged_id)))}
        if len(persons) < 2 or len({p.municipality_id for p in persons.values()}) > 1:
            raise MergeRefused("Одной из записей уже нет.")
        if (
            PersonMerge.select()
            .where(PersonMerge.merged.in_((kept_id, merged_id)), PersonMerge.undone_at.is_null())
            .exists()
        ):
            raise MergeRefused("Одну из этих записей уже объединили с другой.")
        if (
            Guardianship.select()
            .where(
                ((Guardianship.pupil == kept_id) & (Guardianship.guardian == merged_id))
                | ((Guardianship.pupil == merged_id) & (Guardianship.guardian == kept_id))
            )
            .exists()
        ):
            raise MergeRefused("Один из них — представитель другого: это разные люди.")
        changes = Changes(act.request_id)
        for model in ALL_MODELS:
            if model._meta.table_name not in _KEPT_AS_THEY_ARE:
                _move_rows(model, kept_id, merged_id, changes)
        _move_codes(kept_id, merged_id, changes)
        _settle_accounts(kept_id, merged_id, changes, act)
        _complete(persons[kept_id], persons[merged_id], changes)
        made = PersonMerge.create(
            kept=kept_id, merged=merged_id, school=school_id, at=act.at, by=act.actor_id,
            why=act.why, changes=changes.as_text(),
        )  # fmt: skip
        record(
            act,
            school_id,
            [Fact("person", kept_id, "merged", "", str(merged_id), pupil_id=kept_id)],
        )
        _move_pages(act, school_id, kept_id, merged_id)
    return int(made.id)


def undo_merge(merge_id: int, *, act: Act) -> None:
    """Give each record back what it had. What was entered for the kept one since stays with it.
    Raises MergeRefused where a row that was moved has changed hands again."""
    with transaction():
        merge = PersonMerge.get_by_id(merge_id)
        if merge.undone_at is not None:
            return
        later = PersonMerge.select().where(
            PersonMerge.id > merge_id,
            PersonMerge.undone_at.is_null(),
            (PersonMerge.kept == merge.kept_id) | (PersonMerge.merged == merge.kept_id),
        )
        if later.exists():
            raise MergeRefused("Эту запись потом объединяли ещё раз: сначала отмените то.")
        changes = Changes.from_text(merge.changes)
        if changes.find_gone():
            raise MergeRefused(
                "Часть записей с тех пор изменена или удалена, сами они не разойдутся. "
                "Исправьте их по одной."
            )
        changes.take_back()
        PersonMerge.update(undone_at=act.at, changes=json.dumps({})).where(
            PersonMerge.id == merge_id
        ).execute()
        fact = Fact("person", merge.kept_id, "merged", str(merge.merged_id), "")
        record(act, merge.school_id, [fact])
        _move_pages(act, merge.school_id, merge.kept_id, merge.merged_id)


def _move_pages(act: Act, school_id: int, *persons: int) -> None:
    move_revisions(act, [("school", school_id), *(("pupil", person) for person in persons)])


def _move_rows(model: Any, kept_id: int, merged_id: int, changes: Changes) -> None:
    """Point the rows of a table at the kept person. Of two equal ties one goes."""
    for field in model._meta.sorted_fields:
        if not isinstance(field, ForeignKeyField) or field.rel_model is not Person:
            continue
        if "id" not in model._meta.fields:
            continue
        for row in list(model.select().where(field == merged_id)):
            if _is_there(model, row, field.name, kept_id):
                if model in _FACTS:
                    raise MergeRefused(
                        "У обоих есть записи в одном и том же уроке журнала: сначала решите, "
                        "какая верна, и уберите другую."
                    )
                changes.dropped(row)
                row.delete_instance()
                continue
            changes.changed(row, {field.name: kept_id})
            model.update({field: kept_id}).where(model.id == row.id).execute()


def _is_there(model: Any, row: Any, name: str, kept_id: int) -> bool:
    """Whether the kept person has a row in the same place already."""
    for entry in model._meta.indexes:
        # Indexes with a condition are objects of another kind; none of these keeps a person apart.
        if not isinstance(entry, tuple):
            continue
        index, unique = entry
        if unique and name in index:
            where = [
                model._meta.fields[part] == (kept_id if part == name else row.__data__[part])
                for part in index
            ]
            if model.select().where(*where).exists():
                return True
    if model in _FACTS:
        return False
    if model is Role:
        same = [
            Role.person == kept_id, Role.kind == row.kind, Role.school == row.school_id,
            Role.until_on.is_null(),
        ]  # fmt: skip
        return row.school_class_id is None and Role.select().where(*same).exists()
    field = model._meta.fields[name]
    return bool(field.unique) and model.select().where(field == kept_id).exists()


def _move_codes(kept_id: int, merged_id: int, changes: Changes) -> None:
    for code in ExternalId.select().where(
        ExternalId.table_name == "person", ExternalId.row == merged_id
    ):
        changes.changed(code, {"row": kept_id})
        ExternalId.update(row=kept_id).where(ExternalId.id == code.id).execute()


def _settle_accounts(kept_id: int, merged_id: int, changes: Changes, act: Act) -> None:
    """One person, one account: the kept one's, else the other's comes over."""
    account = Account.get_or_none(Account.person == merged_id)
    Session.update(signed_out_at=act.at).where(
        Session.person == merged_id, Session.signed_out_at.is_null()
    ).execute()
    if account is None:
        return
    if Account.select().where(Account.person == kept_id).exists():
        if account.disabled_at is None:
            changes.changed(account, {"disabled_at": act.at})
            Account.update(disabled_at=act.at).where(Account.id == account.id).execute()
        return
    changes.changed(account, {"person": kept_id})
    Account.update(person=kept_id).where(Account.id == account.id).execute()


def _complete(kept: Any, merged: Any, changes: Changes) -> None:
    """What the kept record lacks, the other one may know."""
    values = {
        name: getattr(merged, name)
        for name in ("patronymic", "birth_on")
        if not getattr(kept, name) and getattr(merged, name)
    }
    if values:
        changes.changed(kept, values)
        Person.update(values).where(Person.id == kept.id).execute()
