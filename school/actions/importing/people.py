"""Staff, pupils and their representatives as persons, with what ties them."""

from collections import defaultdict
from datetime import date
from typing import Any

from school.actions.history import Fact
from school.actions.importing.ledger import Running
from school.exchange.export import OWN_CODE, people_of_school
from school.exchange.problems import Problem
from school.exchange.school_files import DUTIES
from school.exchange.school_rows import (
    CLASSES,
    PUPILS,
    STAFF,
    GuardianCells,
    Names,
    PupilRow,
    StaffRow,
)
from school.exchange.values import shown
from school.models import Account, Enrolment, ExternalId, Guardianship, Person, Role

SOURCE = "files"
PERSON = "person"
#: Codes of staff, pupils and representatives are three lists, each with its own «1».
STAFF_CODE, PUPIL_CODE, GUARDIAN_CODE = "staff", "pupil", "guardian"


class People:
    """Persons of a school by the codes its files give them."""

    def __init__(self, run: Running) -> None:
        self._run = run
        self._persons: dict[str, Person] = {}
        #: Whose names this import has said: the first spelling holds, «Королёва» or «Королева».
        self._settled: set[int] = set()
        rows = (
            Person.select(Person, ExternalId.value)
            .join(ExternalId, on=(ExternalId.row == Person.id))
            .where(
                ExternalId.school == run.school,
                ExternalId.source == SOURCE,
                ExternalId.table_name == PERSON,
            )
        )
        # One object for each person, also where two codes mean the same one.
        self._by_id: dict[int, Person] = {}
        self._numbers: dict[str, set[str]] = {}
        for person in rows.objects():
            self._persons[person.value] = self._by_id.setdefault(person.id, person)

    def find(self, kind: str, code: str) -> Person | None:
        """The person with a code: known by it, said to be them by whoever brings the files, or
        a person of this school whom our own export named by the number of their record."""
        known = self._persons.get(f"{kind}:{code}")
        if known is not None:
            return known
        chosen = self._run.chosen.get(f"{kind}:{code}", "")
        if not chosen and code.startswith(OWN_CODE):
            chosen = code.removeprefix(OWN_CODE)
            if chosen not in self._own_numbers(kind):
                return None
        if not chosen.isdecimal():
            return None
        person: Person | None = Person.get_or_none(
            Person.id == int(chosen), Person.municipality == self._run.school.municipality_id
        )
        if person is not None:
            person = self._by_id.setdefault(person.id, person)
        return person

    def _own_numbers(self, kind: str) -> set[str]:
        """Numbers of those in this school to whom nobody gave a code of this kind."""
        if kind not in self._numbers:
            coded = {
                person.id for key, person in self._persons.items() if key.startswith(f"{kind}:")
            }
            own = people_of_school(self._run.school.id) - coded
            self._numbers[kind] = {str(number) for number in own}
        return self._numbers[kind]

    def codes(self, kind: str) -> dict[str, Person]:
        """The persons of a kind by code."""
        prefix = f"{kind}:"
        return {
            value.removeprefix(prefix): person
            for value, person in self._persons.items()
            if value.startswith(prefix)
        }

    def put(
        self,
        kind: str,
        code: str,
        names: Names,
        birth_on: date | None,
        *,
        found: Person | None = None,
        pupil_id: int | None = None,
    ) -> Person:
        """Make a person, or bring `found` (else the one with the code) up to date, and keep
        the code. An empty birth date forgets nothing; a changed name goes to the history."""
        run = self._run
        person = found or (self.find(kind, code) if code else None)
        values: dict[str, Any] = {
            "municipality": run.school.municipality_id,
            "surname": names.surname,
            "given_name": names.given_name,
            "patronymic": names.patronymic,
        }
        if birth_on is not None or person is None:
            values["birth_on"] = birth_on
        if person is not None and person.id in self._settled:
            values = {}
        if person is not None:
            for name in run.differing(person, values):
                # Of a birth date only that it changed: names are on every list anyway.
                told = name != "birth_on"
                run.facts.append(
                    Fact(
                        PERSON,
                        person.id,
                        name,
                        person.__data__[name] if told else "",
                        values[name] if told else "",
                        pupil_id=person.id if kind == PUPIL_CODE else pupil_id,
                    )
                )
        kept: Person = run.put(kind, Person, person, values)
        self._settled.add(kept.id)
        is_number = code == f"{OWN_CODE}{kept.id}"
        if code and not is_number and f"{kind}:{code}" not in self._persons:
            self._persons[f"{kind}:{code}"] = kept
            run.add(
                None,
                ExternalId,
                {
                    "school": run.school.id,
                    "source": SOURCE,
                    "table_name": PERSON,
                    "value": f"{kind}:{code}",
                    "row": kept.id,
                },
            )
        return kept


def names_of(person: Person) -> Names:
    return Names(person.surname, person.given_name, person.patronymic)


def put_staff(run: Running, people: People) -> dict[str, Person]:
    """Bring staff up to date; returns them by code. A login of the file that is somebody
    else's is a problem; that of a namesake is their account in another school."""
    owners = {
        account.login: account.person
        for account in Account.select(Account, Person)
        .join(Person)
        .where(Account.login.in_([row.login for row in run.files.staff if row.login]))
    }
    left = people.codes(STAFF_CODE)
    staff = {}
    for row in run.files.staff:
        left.pop(row.code, None)
        run.now_at(STAFF, row.line)
        found = people.find(STAFF_CODE, row.code)
        if not row.line and found is not None:
            staff[row.code] = found
            continue
        owner = owners.get(row.login)
        if owner is not None and found is None and names_of(owner).fold() == row.names.fold():
            found = owner
        if owner is not None and (found is None or owner.id != found.id):
            run.problems.append(
                Problem(
                    STAFF,
                    row.line,
                    "Логин",
                    f"логин «{row.login}» уже занят другим человеком — выберите другой.",
                )
            )
            continue
        staff[row.code] = people.put(STAFF_CODE, row.code, row.names, row.birth_on, found=found)
    run.note_left("сотрудники", (str(names_of(person)) for person in left.values()))
    return staff


def put_roles(run: Running, staff: dict[str, Person], classes: dict[str, int]) -> None:
    """Duties of staff and class teachers, from today or from the first day of the year, so
    that they can work at once. A duty the file no longer names is left, and said."""
    starts = min(run.year.from_on, run.today)
    held: dict[tuple[int, str, int | None], Role] = {
        (role.person_id, role.kind, role.school_class_id): role
        for role in Role.select().where(Role.school == run.school)
        if role.until_on is None or role.until_on >= run.today
    }

    def put(person: Person, kind: str, class_id: int | None) -> None:
        if (person.id, kind, class_id) in held:
            run.keep("role")
            return
        values = {
            "person": person.id,
            "kind": kind,
            "municipality": run.school.municipality_id,
            "school": run.school.id,
            "school_class": class_id,
            "from_on": starts,
            "until_on": None,
        }
        if run.is_new:
            run.add("role", Role, values)
        else:
            role = run.put("role", Role, None, values)
            run.facts.append(Fact("role", role.id, "kind", "", kind))

    for row in run.files.staff:
        if not row.line:
            continue
        run.now_at(STAFF, row.line)
        for kind in row.duties:
            put(staff[row.code], kind, None)
        _note_other_duties(run, row, staff[row.code], held)
    for class_row in run.files.classes:
        if class_row.teacher and class_row.line:
            run.now_at(CLASSES, class_row.line)
            teacher, class_id = staff[class_row.teacher], classes[class_row.name]
            for (person_id, _, led), role in held.items():
                if led == class_id and person_id != teacher.id:
                    _end_role(run, role)
            put(teacher, "class_teacher", class_id)


def _note_other_duties(
    run: Running,
    row: StaffRow,
    person: Person,
    held: dict[tuple[int, str, int | None], Role],
) -> None:
    for person_id, kind, class_id in held:
        if person_id == person.id and class_id is None and kind not in row.duties:
            word = next(word for word, duty in DUTIES.items() if duty == kind)
            run.report.notes.append(
                f"{row.names}: должность «{word}» в файле не названа, оставлена как есть."
            )


def _end_role(run: Running, role: Role) -> None:
    if role.from_on > run.yesterday:
        run.facts.append(Fact("role", role.id, "kind", role.kind, ""))
        run.drop("role", role)
        return
    run.facts.append(Fact("role", role.id, "until_on", "", str(run.yesterday)))
    run.put("role", Role, role, {"until_on": run.yesterday})


def put_pupils(run: Running, people: People) -> dict[str, Person]:
    """Bring pupils up to date; returns them by personal file number."""
    left = people.codes(PUPIL_CODE)
    pupils = {}
    for row in run.files.pupils:
        left.pop(row.code, None)
        run.now_at(PUPILS, row.line)
        there = people.find(PUPIL_CODE, row.code)
        if not row.line and there is not None:
            pupils[row.code] = there
            continue
        pupils[row.code] = people.put(PUPIL_CODE, row.code, row.names, row.birth_on)
    run.note_left("ученики", (str(names_of(person)) for person in left.values()))
    return pupils


class Guardians:
    """The representatives of a school's pupils, before and during an import."""

    def __init__(
        self, run: Running, people: People, staff: dict[str, Person], pupils: dict[str, Person]
    ) -> None:
        self._run = run
        self._people = people
        self._staff = staff
        #: Newest first for each pupil.
        self._known: dict[int, list[Guardianship]] = defaultdict(list)
        wanted = {person.id for person in pupils.values()}
        rows = (
            Guardianship.select(Guardianship, Person)
            .join(Person, on=(Guardianship.guardian == Person.id))
            .where(
                Guardianship.pupil.in_(
                    Enrolment.select(Enrolment.pupil).where(Enrolment.school == run.school)
                )
            )
            .order_by(Guardianship.from_on.desc(), Guardianship.id.desc())
        )
        if not run.is_new:
            for row in rows:
                if row.pupil_id in wanted:
                    self._known[row.pupil_id].append(row)

    def put(self, row: PupilRow, pupil: Person) -> None:
        """Bring the representatives of a pupil up to date."""
        run = self._run
        known = self._known[pupil.id]
        named = set()
        for cells in row.guardians:
            person = self._put_person(cells, pupil, known)
            if person.id in named:
                continue
            named.add(person.id)
            tie = next((tie for tie in known if tie.guardian_id == person.id), None)
            if tie is not None and tie.until_on is not None and tie.until_on < run.today:
                # An end may be a court's order: no file opens a child's diary again.
                run.keep("guardianship")
                run.report.notes.append(
                    f"{cells.names} с {shown(tie.until_on)} больше не представитель ученика "
                    f"{row.names}: оставлено как есть."
                )
                continue
            values: dict[str, Any] = {"kind": cells.kind, "basis": cells.basis}
            if tie is not None:
                self._record_changes(tie, values)
                run.put("guardianship", Guardianship, tie, values)
                continue
            values |= {
                "pupil": pupil.id,
                "guardian": person.id,
                "from_on": min(max(row.from_on, run.year.from_on), run.today),
                "until_on": None,
            }
            if run.is_new:
                run.add("guardianship", Guardianship, values)
            else:
                made = run.put("guardianship", Guardianship, None, values)
                run.facts.append(
                    Fact("guardianship", made.id, "kind", "", cells.kind, pupil_id=pupil.id)
                )
        run.note_left(
            f"представители ученика {row.names}",
            {
                str(names_of(tie.guardian))
                for tie in known
                if tie.guardian_id not in named
                and (tie.until_on is None or tie.until_on >= run.today)
            },
        )

    def _put_person(self, cells: GuardianCells, pupil: Person, known: list[Guardianship]) -> Person:
        """The person by code, else by full name among this child's own representatives; never
        by name alone in another family."""
        found = self._people.find(GUARDIAN_CODE, cells.code) if cells.code else None
        if found is None and cells.code:
            # A teacher whose own child is a pupil here: one person, one account.
            colleague = self._staff.get(cells.code)
            if colleague is not None and names_of(colleague).fold() == cells.names.fold():
                found = colleague
        if found is None:
            same_name = (
                tie.guardian for tie in known if names_of(tie.guardian).fold() == cells.names.fold()
            )
            found = next(same_name, None)
        return self._people.put(
            GUARDIAN_CODE, cells.code, cells.names, None, found=found, pupil_id=pupil.id
        )

    def _record_changes(self, tie: Guardianship, values: dict[str, Any]) -> None:
        for name in self._run.differing(tie, values):
            self._run.facts.append(
                Fact(
                    "guardianship",
                    tie.id,
                    name,
                    tie.__data__[name],
                    values[name],
                    pupil_id=tie.pupil_id,
                )
            )
