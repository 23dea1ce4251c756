"""Invented people: families with children, teachers, the office."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import takewhile
from typing import Any, Literal

from school.demo.storage import insert_numbered
from school.demo.texts import Names, read_names
from school.models import Enrolment, Guardianship, Person, SchoolClass

Sex = Literal["male", "female"]
Pair = tuple[str, str]

BIRTH_CERTIFICATE = "свидетельство о рождении"
ACT_OF_CUSTODY = "акт органа опеки"


@dataclass(slots=True)
class Adult:
    surname: str
    given_name: str
    patronymic: str
    person_id: int = 0


@dataclass(slots=True)
class Guardian:
    kind: str
    basis: str
    adult: Adult
    #: None: since the child's birth.
    from_on: date | None = None


@dataclass(slots=True)
class Family:
    """What children of one household share."""

    surname: Pair
    patronymic: Pair
    guardians: list[Guardian] = field(default_factory=list)
    #: Nobody else's brother or sister is drawn from it.
    is_complete: bool = False


@dataclass(slots=True)
class ClassPlan:
    """A class as it is to be made, then as it is."""

    grade: int
    letter: str
    size: int
    class_id: int = 0

    @property
    def name(self) -> str:
        return f"{self.grade}{self.letter}"


@dataclass(slots=True)
class Pupil:
    surname: str
    given_name: str
    patronymic: str
    birth_on: date
    family: Family
    school_class: ClassPlan
    from_on: date
    #: How well they learn: around 0, mostly between -2 and 2.
    ability: float
    until_on: date | None = None
    #: Why they left.
    reason: str = ""
    person_id: int = 0

    def is_here(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


class NameGiver:
    """Draws names; no two people of a school have the same surname and given name."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.names: Names = read_names()
        self.taken: set[Pair] = set()
        self.surnames_of_adults: set[str] = set()

    def family(self) -> Family:
        """A new family; its patronymic comes from the father's name."""
        surname = self.rng.choice(self.names.surnames)
        father = self.rng.choice(self.names.men)
        family = Family(surname, self.patronymic_from(father))
        roll = self.rng.random()
        if roll < 0.85:
            family.guardians.append(self._mother(family))
        if roll < 0.5 or roll >= 0.85:
            adult = Adult(surname[0], father, self.rng.choice(self.names.patronymics)[0])
            family.guardians.append(Guardian("father", BIRTH_CERTIFICATE, adult))
        return family

    def with_mother(self, family: Family) -> Family:
        """A family that has a mother among its guardians."""
        if family.guardians[0].kind != "mother":
            family.guardians.insert(0, self._mother(family))
        return family

    def child_name(self, family: Family) -> tuple[Sex, str]:
        """A name that is free in this school."""
        sex: Sex = self.rng.choice(("male", "female"))
        names = self.names.boys if sex == "male" else self.names.girls
        surname = family.surname[sex == "female"]
        return sex, self._free(surname, names)

    def adult(self, *, share_of_women: float) -> Adult:
        is_woman = self.rng.random() < share_of_women
        names = self.names.women if is_woman else self.names.men
        # A timetable names teachers by surname.
        free = [
            pair[is_woman]
            for pair in self.names.surnames
            if pair[is_woman] not in self.surnames_of_adults
        ]
        surname = self.rng.choice(free or [pair[is_woman] for pair in self.names.surnames])
        self.surnames_of_adults.add(surname)
        given_name = self._free(surname, names)
        return Adult(surname, given_name, self.rng.choice(self.names.patronymics)[is_woman])

    def patronymic_from(self, father: str) -> Pair:
        """The patronymic that comes from a name: the listed one that begins most like it."""

        def likeness(pair: Pair) -> int:
            letters = zip(_plain(pair[0]), _plain(father), strict=False)
            return len(list(takewhile(lambda both: both[0] == both[1], letters)))

        best = max(self.names.patronymics, key=likeness)
        # «Юрий» and «Юрьевич» share two letters; less is another name.
        if likeness(best) >= max(2, len(father) - 3):
            return best
        return self.rng.choice(self.names.patronymics)

    def _mother(self, family: Family) -> Guardian:
        surname = family.surname[1]
        if self.rng.random() < 0.15:
            surname = self.rng.choice(self.names.surnames)[1]
        patronymic = self.rng.choice(self.names.patronymics)[1]
        adult = Adult(surname, self.rng.choice(self.names.women), patronymic)
        return Guardian("mother", BIRTH_CERTIFICATE, adult)

    def _free(self, surname: str, names: tuple[str, ...]) -> str:
        free = [name for name in names if (surname, name) not in self.taken]
        given_name = self.rng.choice(free or names)
        self.taken.add((surname, given_name))
        return given_name


def _plain(name: str) -> str:
    return name.lower().replace("ё", "е").replace("й", "и")


class Enroller:
    """Fills the classes of a school with children."""

    def __init__(self, rng: random.Random, year_from_on: date) -> None:
        self.rng = rng
        self.names = NameGiver(rng)
        self.year_from_on = year_from_on
        self.pupils: list[Pupil] = []

    def fill(self, school_class: ClassPlan, count: int) -> None:
        """Enrol pupils of some families from the year's first day."""
        for _ in range(count):
            self.pupils.append(self.pupil(self._some_family(school_class.grade), school_class))

    def pupil(self, family: Family, school_class: ClassPlan) -> Pupil:
        sex, given_name = self.names.child_name(family)
        # Seven years old in the course of the months around the first 1 September.
        first_birthday = date(self.year_from_on.year - school_class.grade - 7, 10, 1)
        has_patronymic = self.rng.random() >= 0.015
        return Pupil(
            surname=family.surname[sex == "female"],
            given_name=given_name,
            patronymic=family.patronymic[sex == "female"] if has_patronymic else "",
            birth_on=first_birthday + timedelta(days=self.rng.randrange(365)),
            family=family,
            school_class=school_class,
            from_on=self.year_from_on,
            ability=max(-2.0, min(2.0, self.rng.gauss(0.2, 0.9))),
        )

    def only_child(self, school_class: ClassPlan) -> Pupil:
        """A pupil of a new family with a mother, which gets no further children."""
        family = self.names.with_mother(self.names.family())
        family.is_complete = True
        return self.pupil(family, school_class)

    def give_trustee(self, pupil: Pupil) -> None:
        """Put a pupil under custody: until 14 it is a guardian (опекун), then a trustee
        (попечитель)."""
        kind = "guardian" if pupil.school_class.grade < 8 else "trustee"
        adult = self.names.adult(share_of_women=0.8)
        since = date(self.year_from_on.year - 1, 3, 15)
        pupil.family.guardians = [Guardian(kind, ACT_OF_CUSTODY, adult, since)]

    def _some_family(self, grade: int) -> Family:
        """A new family, or now and then one with a child in a lower grade."""
        if self.pupils and self.rng.random() < 0.08:
            pupil = self.rng.choice(self.pupils)
            if pupil.school_class.grade < grade and not pupil.family.is_complete:
                pupil.family.is_complete = True
                return pupil.family
        return self.names.family()


def make_classes(school_id: int, year_id: int, classes: list[ClassPlan]) -> None:
    ids = insert_numbered(
        SchoolClass,
        [
            {
                "school": school_id,
                "school_year": year_id,
                "grade": school_class.grade,
                "letter": school_class.letter,
            }
            for school_class in classes
        ],
    )
    for school_class, class_id in zip(classes, ids, strict=True):
        school_class.class_id = class_id


def make_adults(municipality_id: int, adults: list[Adult]) -> None:
    ids = insert_numbered(
        Person,
        [
            _person(municipality_id, adult.surname, adult.given_name, adult.patronymic)
            for adult in adults
        ],
    )
    for adult, person_id in zip(adults, ids, strict=True):
        adult.person_id = person_id


def make_pupils(municipality_id: int, school_id: int, pupils: list[Pupil]) -> None:
    """Make pupils with their enrolments and families."""
    ids = insert_numbered(
        Person,
        [
            _person(municipality_id, p.surname, p.given_name, p.patronymic, p.birth_on)
            for p in pupils
        ],
    )
    for pupil, person_id in zip(pupils, ids, strict=True):
        pupil.person_id = person_id
    insert_numbered(
        Enrolment,
        [
            {
                "school": school_id,
                "school_class": pupil.school_class.class_id,
                "pupil": pupil.person_id,
                "from_on": pupil.from_on,
                "until_on": pupil.until_on,
                "reason": pupil.reason,
                "ending": "left" if pupil.reason else "",
            }
            for pupil in pupils
        ],
    )
    new = [g.adult for p in pupils for g in p.family.guardians if not g.adult.person_id]
    # Siblings share their parents.
    make_adults(municipality_id, list({id(adult): adult for adult in new}.values()))
    insert_numbered(
        Guardianship,
        [
            {
                "pupil": pupil.person_id,
                "guardian": guardian.adult.person_id,
                "kind": guardian.kind,
                "basis": guardian.basis,
                "from_on": guardian.from_on or pupil.birth_on,
                "until_on": None,
            }
            for pupil in pupils
            for guardian in pupil.family.guardians
        ],
    )


def _person(
    municipality_id: int,
    surname: str,
    given_name: str,
    patronymic: str,
    birth_on: date | None = None,
) -> dict[str, Any]:
    return {
        "municipality": municipality_id,
        "surname": surname,
        "given_name": given_name,
        "patronymic": patronymic,
        "birth_on": birth_on,
    }
