"""A small municipality for tests: two schools, a class each, a person for every part.

Today's lesson of `teacher` is `lesson`; the day before there was one as well, tomorrow is one.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from school import clock
from school.actions.history import Act
from school.actions.regulations import start_regulation
from school.models import (
    Account,
    Enrolment,
    GroupMembership,
    GroupTeacher,
    Guardianship,
    Lesson,
    Municipality,
    Person,
    RegulationAct,
    Role,
    School,
    SchoolClass,
    SchoolYear,
    Subject,
    TeachingGroup,
    WorkKind,
)
from school.passwords import hash_password

ZONE = "Asia/Yekaterinburg"
PASSWORD = "верный-конь-скрепка"
_logins = count(1)


def today() -> date:
    return clock.today(ZONE)


@cache
def password_hash() -> str:
    return hash_password(PASSWORD)


def person(municipality: Municipality, surname: str, given_name: str = "Анна") -> Person:
    return Person.create(
        municipality=municipality, surname=surname, given_name=given_name, patronymic="Ивановна"
    )


def account(person: Person, login: str | None = None, **values: Any) -> Account:
    return Account.create(
        person=person,
        login=login or f"login{next(_logins)}",
        password_hash=password_hash(),
        created_at=clock.now(),
        **values,
    )


def role(person: Person, kind: str, school: School | None, **values: Any) -> Role:
    return Role.create(
        person=person,
        kind=kind,
        school=school,
        municipality=person.municipality_id,
        from_on=values.pop("from_on", year_start()),
        **values,
    )


def year_start() -> date:
    """1 September of a school year that holds today and the days around it."""
    return date(today().year - 1, 9, 1)


def member(group: TeachingGroup, pupil: Person, **values: Any) -> GroupMembership:
    return GroupMembership.create(
        school=group.school_id,
        teaching_group=group,
        pupil=pupil,
        from_on=values.pop("from_on", year_start()),
        **values,
    )


def enrol(school_class: SchoolClass, pupil: Person, **values: Any) -> Enrolment:
    return Enrolment.create(
        school=school_class.school_id,
        school_class=school_class,
        pupil=pupil,
        from_on=values.pop("from_on", year_start()),
        **values,
    )


def make_lesson(
    group: TeachingGroup, teacher: Person, held_on: date, number: int = 1, **values: Any
) -> Lesson:
    starts_at = clock.moment_of(held_on, f"{7 + number:02d}:30", ZONE)
    return Lesson.create(
        school=group.school_id,
        teaching_group=group,
        teacher=teacher,
        held_on=held_on,
        lesson_number=number,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=40),
        **values,
    )


def make_group(
    school: School,
    year: SchoolYear,
    school_class: SchoolClass | None,
    subject: str,
    teacher: Person,
    pupils: list[Person],
    **values: Any,
) -> TeachingGroup:
    found, _ = Subject.get_or_create(school=school, name=subject)
    group = TeachingGroup.create(
        school=school,
        school_year=year,
        subject=found,
        school_class=school_class,
        name=values.pop("name", "7А"),
        **values,
    )
    GroupTeacher.create(school=school, teaching_group=group, teacher=teacher, from_on=year_start())
    for pupil in pupils:
        member(group, pupil)
    return group


@dataclass
class Town:
    municipality: Municipality
    school: School
    other_school: School
    year: SchoolYear
    other_year: SchoolYear
    school_class: SchoolClass
    other_class: SchoolClass
    group: TeachingGroup
    other_group: TeachingGroup
    lesson: Lesson
    yesterday: Lesson
    tomorrow: Lesson
    other_lesson: Lesson
    #: name of the part → person: teacher, colleague, other_teacher, class_teacher,
    #: administrator, deputy_head, head, officer, mother, father, pupil, classmate,
    #: other_mother, other_pupil
    people: dict[str, Person] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def act(self) -> RegulationAct:
        """The first school's regulation."""
        return RegulationAct.get(RegulationAct.school == self.school)

    @property
    def other_act(self) -> RegulationAct:
        return RegulationAct.get(RegulationAct.school == self.other_school)

    @property
    def pupils(self) -> list[Person]:
        return [self.people["pupil"], self.people["classmate"]]


def build_town() -> Town:
    """See the module."""
    municipality = Municipality.create(name="Город")
    school, other_school = (
        School.create(
            municipality=municipality,
            short_name=f"school-{n}",
            name=f"СОШ № {n}",
            full_name=f"Средняя общеобразовательная школа № {n}",
            time_zone=ZONE,
            regulation="school-2",
        )
        for n in (2, 19)
    )
    for place in (school, other_school):
        start_regulation(place, act=Act(clock.now(), None))
    people: dict[str, Person] = {}
    for name, surname, given_name in (
        ("teacher", "Учителева", "Вера"),
        ("colleague", "Соседкина", "Нина"),
        ("other_teacher", "Дальняя", "Ольга"),
        ("class_teacher", "Классная", "Ирина"),
        ("administrator", "Кабинетова", "Зоя"),
        ("deputy_head", "Завучева", "Раиса"),
        ("head", "Директорова", "Тамара"),
        ("officer", "Управленцева", "Лидия"),
        ("mother", "Королёва", "Мария"),
        ("father", "Королёв", "Пётр"),
        ("pupil", "Королёв", "Фёдор"),
        ("classmate", "Петров-Сосновский", "Артём"),
        ("other_mother", "Чужакова", "Елена"),
        ("other_pupil", "Чужаков", "Тимур"),
    ):
        people[name] = person(municipality, surname, given_name)
        account(people[name], login=name)
    years = [
        SchoolYear.create(
            school=s, name="Год", from_on=year_start(), until_on=year_start() + timedelta(days=730)
        )
        for s in (school, other_school)
    ]
    classes = [
        SchoolClass.create(school=s, school_year=y, grade=7, letter="А")
        for s, y in zip((school, other_school), years, strict=True)
    ]
    for place in (school, other_school):
        WorkKind.create(school=place, name="Ответ на уроке", weight=1)
        WorkKind.create(school=place, name="Контрольная работа", weight=3, marks_expected=True)
    for name in ("teacher", "colleague"):
        role(people[name], "teacher", school)
    role(people["other_teacher"], "teacher", other_school)
    role(people["class_teacher"], "class_teacher", school, school_class=classes[0])
    for name in ("administrator", "deputy_head", "head"):
        role(people[name], name, school)
    role(people["officer"], "officer", None)
    for guardian, pupil, kind in (
        ("mother", "pupil", "mother"),
        ("father", "pupil", "father"),
        ("other_mother", "other_pupil", "mother"),
    ):
        Guardianship.create(
            pupil=people[pupil],
            guardian=people[guardian],
            kind=kind,
            basis="свидетельство о рождении",
            from_on=year_start(),
        )
    enrol(classes[0], people["pupil"])
    enrol(classes[0], people["classmate"])
    enrol(classes[1], people["other_pupil"])
    group = make_group(
        school, years[0], classes[0], "Алгебра", people["teacher"],
        [people["pupil"], people["classmate"]],
    )  # fmt: skip
    other_group = make_group(
        other_school, years[1], classes[1], "Химия", people["other_teacher"],
        [people["other_pupil"]],
    )  # fmt: skip
    day = today()
    return Town(
        municipality=municipality,
        school=school,
        other_school=other_school,
        year=years[0],
        other_year=years[1],
        school_class=classes[0],
        other_class=classes[1],
        group=group,
        other_group=other_group,
        lesson=make_lesson(group, people["teacher"], day),
        yesterday=make_lesson(group, people["teacher"], day - timedelta(days=1)),
        tomorrow=make_lesson(group, people["teacher"], day + timedelta(days=1)),
        other_lesson=make_lesson(other_group, people["other_teacher"], day),
        people=people,
    )


def moment(day: date, clock_time: str) -> datetime:
    """A local clock time of the town as a UTC moment."""
    return clock.moment_of(day, clock_time, ZONE)
