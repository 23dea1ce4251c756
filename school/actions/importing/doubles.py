"""Who of an upload may be somebody who is there already: asked, never decided here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from school.exchange import school_rows as rows
from school.exchange.export import OWN_CODE, people_of_school
from school.exchange.school_rows import GuardianCells, PupilRow, SchoolFiles
from school.exchange.values import fold, shown
from school.exchange.workbook import Question, SheetLine
from school.models import Enrolment, ExternalId, Guardianship, Person, Role, School, SchoolClass

SAME, OTHER = "same", "other"
_AT_ONCE = 400


def ask_about_doubles(
    school_id: int, files: SchoolFiles, answers: Mapping[str, str]
) -> tuple[SchoolFiles, list[Question], dict[str, str]]:
    """Compare the people of an upload with those of the municipality by name and birthday, and
    representatives with each other by name and phone.

    Returns the files with the answers put in, what is still to be asked, and who is who:
    «pupil:<code>» → id of a person.
    """
    asking = _Asking(school_id, files, answers)
    asking.compare_people(rows.PUPILS, "pupil", files.pupils)
    asking.compare_people(rows.STAFF, "staff", files.staff)
    pupils = asking.compare_guardians()
    return replace(files, pupils=pupils), asking.questions, asking.chosen


class _Asking:
    def __init__(self, school_id: int, files: SchoolFiles, answers: Mapping[str, str]) -> None:
        self.school = School.get_by_id(school_id)
        self.files = files
        self.answers = answers
        self.questions: list[Question] = []
        self.chosen: dict[str, str] = {}
        self.known = {
            value
            for (value,) in ExternalId.select(ExternalId.value)
            .where(ExternalId.school == school_id, ExternalId.source == "files")
            .tuples()
        }
        own = people_of_school(school_id)
        self.known |= {f"{kind}:{OWN_CODE}{n}" for kind in ("pupil", "staff") for n in own}

    def _namesakes(self, surnames: Iterable[str]) -> dict[str, list[Any]]:
        """Persons of the municipality with one of the surnames, by folded full name."""
        wanted = sorted({spelling for name in surnames for spelling in _spellings(name)})
        found: dict[str, list[Any]] = defaultdict(list)
        for n in range(0, len(wanted), _AT_ONCE):
            for person in Person.select().where(
                Person.municipality == self.school.municipality_id,
                Person.surname.in_(wanted[n : n + _AT_ONCE]),
            ):
                name = fold(f"{person.surname} {person.given_name} {person.patronymic}")
                found[name].append(person)
        return found

    def compare_people(self, file: str, kind: str, people: Iterable[Any]) -> None:
        new = [
            row
            for row in people
            if row.line and f"{kind}:{row.code}" not in self.known and row.names.surname
        ]
        namesakes = self._namesakes(row.names.surname for row in new)
        for row in new:
            for person in namesakes.get(row.names.fold(), []):
                if row.birth_on and person.birth_on and row.birth_on != person.birth_on:
                    continue
                self._ask_person(file, kind, row, person)
                break

    def _ask_person(self, file: str, kind: str, row: Any, person: Any) -> None:
        key = f"double:{kind}:{fold(row.code)}"
        answer = self.answers.get(key)
        if answer == SAME:
            self.chosen[f"{kind}:{row.code}"] = str(person.id)
        elif answer is None:
            born = f", {shown(row.birth_on)}" if row.birth_on else ""
            sure = row.birth_on is not None and row.birth_on == person.birth_on
            self.questions.append(
                Question(
                    "double", key, _place(row.line),
                    f"{row.names}{born}: в дневнике уже есть человек с этим именем "
                    f"({self._where(person)}). Это он?",
                    ((SAME, "да, это один человек"), (OTHER, "нет, это другой человек")),
                    SAME if sure else OTHER,
                )
            )  # fmt: skip

    def _where(self, person: Any) -> str:
        """Where somebody is known from; of another school its name alone."""
        places = []
        for enrolment in (
            Enrolment.select(Enrolment, School, SchoolClass)
            .join(School)
            .switch(Enrolment)
            .join(SchoolClass)
            .where(Enrolment.pupil == person)
            .order_by(Enrolment.from_on.desc())
            .limit(1)
        ):
            here = enrolment.school_id == self.school.id
            letter = f"{enrolment.school_class.grade}{enrolment.school_class.letter}"
            places.append(f"ученик, {letter}" if here else f"ученик, {enrolment.school.name}")
        for role in Role.select(Role, School).join(School).where(Role.person == person).limit(1):
            places.append(f"сотрудник, {role.school.name}")
        if Guardianship.select().where(Guardianship.guardian == person).exists():
            places.append("представитель ученика")
        return "; ".join(places) or "без класса и должности"

    def compare_guardians(self) -> tuple[PupilRow, ...]:
        """Representatives without a code who bear one name at several children."""
        # Namesakes with phones of their own are two people.
        children: dict[tuple[str, str], list[tuple[PupilRow, GuardianCells]]] = defaultdict(list)
        for row in self.files.pupils:
            for cells in row.guardians:
                if row.line and not cells.code and cells.names.surname:
                    children[_who(cells)].append((row, cells))
        one_person: dict[tuple[str, str], str] = {}
        own = self._own_guardians()
        namesakes = self._namesakes(entries[0][1].names.surname for entries in children.values())
        tied = self._tied()
        for who, entries in children.items():
            name, phone = who
            stranger = next(
                (
                    person
                    for person in namesakes.get(name, [])
                    if person.id in tied
                    and any(person.id not in own.get(row.code, ()) for row, _ in entries)
                ),
                None,
            )
            if len(entries) < 2 and stranger is None:
                continue
            if stranger is None and all(name in self._names_of(own, row) for row, _ in entries):
                continue
            key = f"double:guardian:{name}:{phone}"
            answer = self.answers.get(key)
            if answer is None:
                self.questions.append(self._about_guardian(key, entries, stranger))
            elif answer == SAME:
                code = "_".join(filter(None, (*str(entries[0][1].names).split(), phone)))
                one_person[who] = code
                if stranger is not None:
                    self.chosen[f"guardian:{code}"] = str(stranger.id)
        return tuple(self._with_codes(row, one_person) for row in self.files.pupils)

    def _own_guardians(self) -> dict[str, set[int]]:
        """Code of a pupil → ids of their representatives."""
        codes = {
            person_id: value.removeprefix("pupil:")
            for value, person_id in ExternalId.select(ExternalId.value, ExternalId.row)
            .where(ExternalId.school == self.school, ExternalId.source == "files")
            .tuples()
            if value.startswith("pupil:")
        }
        found: dict[str, set[int]] = defaultdict(set)
        self._guardian_names: dict[int, str] = {}
        for tie in Guardianship.select(Guardianship, Person).join(
            Person, on=(Guardianship.guardian == Person.id)
        ):
            code = codes.get(tie.pupil_id)
            if code:
                found[code].add(tie.guardian_id)
                person = tie.guardian
                self._guardian_names[tie.guardian_id] = fold(
                    f"{person.surname} {person.given_name} {person.patronymic}"
                )
        return found

    def _names_of(self, own: dict[str, set[int]], row: PupilRow) -> set[str]:
        return {self._guardian_names[person_id] for person_id in own.get(row.code, ())}

    def _tied(self) -> set[int]:
        """Representatives and staff of this school: whom a namesake may be."""
        pupils = Enrolment.select(Enrolment.pupil).where(Enrolment.school == self.school)
        guardians = Guardianship.select(Guardianship.guardian).where(Guardianship.pupil.in_(pupils))
        staff = Role.select(Role.person).where(Role.school == self.school)
        return {row[0] for query in (guardians, staff) for row in query.tuples()}

    def _about_guardian(
        self, key: str, entries: list[tuple[PupilRow, GuardianCells]], stranger: Any
    ) -> Question:
        named = "; ".join(f"{row.names}, {row.class_name}" for row, _ in entries[:5])
        phones = {cells.phone for _, cells in entries if cells.phone}
        families = {(row.names.surname[:4], row.names.patronymic[:4]) for row, _ in entries}
        alike = len(phones) == 1 if phones else len(families) == 1
        there = f" В дневнике есть {self._where(stranger)}." if stranger is not None else ""
        return Question(
            "double", key, _place(entries[0][0].line),
            f"Представитель {entries[0][1].names} — у детей: {named}.{there} Это один человек?",
            ((SAME, "да, один человек"), (OTHER, "нет, однофамильцы")),
            SAME if alike and stranger is None else OTHER,
        )  # fmt: skip

    @staticmethod
    def _with_codes(row: PupilRow, codes: dict[tuple[str, str], str]) -> PupilRow:
        if not codes or not any(_who(cells) in codes for cells in row.guardians):
            return row
        guardians = tuple(
            cells if cells.code or not row.line else replace(cells, code=codes.get(_who(cells), ""))
            for cells in row.guardians
        )
        return replace(row, guardians=guardians)


def _who(cells: GuardianCells) -> tuple[str, str]:
    return cells.names.fold(), cells.phone


def _spellings(surname: str) -> set[str]:
    """A surname with «ё» and with «е»: both are written."""
    return {surname, surname.replace("ё", "е"), surname.replace("е", "ё")}


def _place(line: int) -> str:
    return f"{line.place}, строка {line}" if isinstance(line, SheetLine) else f"строка {line}"
