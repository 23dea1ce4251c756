"""A school whose papers are hard to print: the demo with forty pupils in a class, double surnames
of thirty letters and more, long subjects, reasons and answers; and beside it a school that is
empty. Papers of both are looked at as pictures (tests/soak/test_papers_soak.py)."""

from dataclasses import dataclass
from unittest.mock import patch

from school import clock
from school.actions.history import Act
from school.actions.regulations import start_regulation
from school.database import execute, fetch_all
from school.demo import load_demo, sizes
from school.models import (
    Account,
    LessonComment,
    PaperWay,
    Person,
    Remark,
    Role,
    School,
    SchoolClass,
    SchoolYear,
    ServiceRequest,
    StudyPeriod,
    Subject,
    TeacherAbsence,
    Visit,
)
from tests.town import make_group, make_lesson, role

PUPILS = 40
FIRST = (
    "Константинопольск", "Христорождественск", "Преображенск", "Староконстантиновск",
    "Великоустюгск", "Новоархангельск",
)  # fmt: skip
SECOND = ("Задунайск", "Благовещенск", "Краснополянск", "Верхнеднепровск", "Вознесенск")
GIVEN = {"а": "Александра-Виктория", "ч": "Константин-Александр"}
PATRONYMICS = {"а": "Святославовна", "ч": "Святославович"}
SCHOOL = (
    "Муниципальное автономное общеобразовательное учреждение «Средняя общеобразовательная школа "
    "№ 2 с углублённым изучением отдельных предметов имени Героя Советского Союза А. Б. Петрова»"
)
SUBJECTS = {
    "История": "История России. Всеобщая история",
    "Обществознание": "Основы духовно-нравственной культуры народов России",
    "Английский язык": "Иностранный (английский) язык",
    "Информатика": "Информационно-коммуникационные технологии",
    "Алгебра": "Вероятность и статистика",
}
LONG = (
    "Ребёнок болел, справка от участкового врача принесена классному руководителю, "
    "самостоятельная работа по теме «Электрификация» переписана; просим учесть при выставлении "
    "отметки за период и сообщить, какие темы ещё надо сдать."
)


@dataclass(frozen=True, slots=True)
class HardSchool:
    school_id: int
    class_id: int
    #: Of the class: full names of its pupils.
    pupils: tuple[str, ...]
    #: «admin», «deputy», «head», «teacher», «classteacher» → the person.
    people: dict[str, int]
    empty_school_id: int
    empty_class_id: int
    empty_group_id: int
    empty_lesson_id: int


def long_surname(number: int, ending: str) -> str:
    """«Константинопольская-Задунайская»: thirty letters and more, and no two alike side by side."""
    tail = "ая" if ending == "а" else "ий"
    first, second = FIRST[number % len(FIRST)], SECOND[number % len(SECOND)]
    return f"{first}{tail}-{second}{tail}"


def build_hard_school() -> HardSchool:
    """Fill an empty database; today is the clock's."""
    with patch.object(sizes, "LARGEST_CLASS", PUPILS):
        report = load_demo(schools=1, pupils=PUPILS * 11, now=clock.now())
    school = School.get()
    School.update(full_name=SCHOOL).where(School.id == school.id).execute()
    lengthen_names()
    for short, long in SUBJECTS.items():
        Subject.update(name=long).where(Subject.name == short).execute()
    Remark.update(text=f"Не записаны темы четырёх уроков. {LONG}").where(
        Remark.id % 2 == 0
    ).execute()
    Visit.update(question=f"Как ребёнок учится? {LONG}", answer=f"Показали отметки. {LONG}").where(
        Visit.ending == "answered"
    ).execute()
    ServiceRequest.update(answer=LONG, words=LONG).execute()
    LessonComment.update(text=LONG[:250]).where(LessonComment.id % 3 == 0).execute()
    school_class = SchoolClass.get(SchoolClass.grade == 7)
    absent_teacher(school)
    give_accounts(school)
    people = {sign_in.login: sign_in.person_id for sign_in in report.sign_ins}
    return HardSchool(
        school.id,
        school_class.id,
        _pupils(school_class.id),
        people,
        *build_empty_school(school, people),
    )


def lengthen_names() -> None:
    """Everybody gets a double surname; one of three a double name and a long patronymic."""
    for person in Person.select():
        ending = person.patronymic[-1:] if person.patronymic[-1:] in GIVEN else "ч"
        person.surname = long_surname(person.id, ending)
        if person.id % 3 == 0:
            person.given_name, person.patronymic = GIVEN[ending], PATRONYMICS[ending]
        person.save()
    for way in PaperWay.select():
        way.recipient = _full_name(way.person_id or way.pupil_id)
        way.save()
    for n, visit in enumerate(Visit.select()):
        visit.visitor = f"{long_surname(n, 'а')} {GIVEN['а']} {PATRONYMICS['а']}"
        visit.save()
    for case in ServiceRequest.select():
        case.surname = long_surname(case.id, "а")
        case.given_name, case.patronymic = GIVEN["а"], PATRONYMICS["а"]
        case.save()


def _full_name(person_id: int) -> str:
    found = Person.get_by_id(person_id)
    return f"{found.surname} {found.given_name} {found.patronymic}"


def _pupils(class_id: int) -> tuple[str, ...]:
    rows = fetch_all("SELECT pupil_id FROM enrolment WHERE school_class_id = ?", (class_id,))
    return tuple(_full_name(pupil_id) for (pupil_id,) in rows)


def give_accounts(school: School) -> None:
    """Six teachers who may get a password for one time."""
    teachers = Role.select().where(Role.kind == "teacher").order_by(Role.id).limit(6)
    for n, one in enumerate(teachers):
        Account.get_or_create(
            person=one.person_id,
            defaults={"login": f"hard{n}", "password_hash": "-", "created_at": clock.now()},
        )


def absent_teacher(school: School) -> None:
    """A reason of each kind stands in the journal of substitutions."""
    for n, absence in enumerate(TeacherAbsence.select().where(TeacherAbsence.school == school)):
        absence.reason = ("ill", "training", "other")[n % 3]
        absence.save()


def build_empty_school(like: School, people: dict[str, int]) -> tuple[int, int, int, int]:
    """A school with a class without pupils, a group without lessons and one with an empty lesson;
    those who inform for the first school inform for it too. Returns the school, the class, the
    group, the lesson."""
    school = School.create(
        municipality=like.municipality, short_name="empty", name="СОШ № 99",
        full_name="Средняя общеобразовательная школа № 99", time_zone=like.time_zone,
        regulation="school-2",
    )  # fmt: skip
    start_regulation(school, act=Act(clock.now(), None))
    own_year = SchoolYear.get(SchoolYear.school == like)
    year = SchoolYear.create(
        school=school, name=own_year.name, from_on=own_year.from_on, until_on=own_year.until_on
    )
    copy_periods(like, school, year)
    school_class = SchoolClass.create(school=school, school_year=year, grade=7, letter="Б")
    for login, kind in (("admin", "administrator"), ("deputy", "deputy_head"), ("head", "head")):
        role(Person.get_by_id(people[login]), kind, school, from_on=year.from_on)
    teacher = Person.get_by_id(people["teacher"])
    role(teacher, "teacher", school, from_on=year.from_on)
    group, other = (
        make_group(school, year, school_class, "Химия", teacher, [], name=name)
        for name in ("7Б", "7Б, 2 группа")
    )
    execute("UPDATE group_teacher SET from_on = ?", (year.from_on,))
    lesson = make_lesson(other, teacher, clock.today(school.time_zone))
    return school.id, school_class.id, group.id, lesson.id


def copy_periods(like: School, school: School, year: SchoolYear) -> None:
    for row in StudyPeriod.select().where(StudyPeriod.school == like).dicts():
        del row["id"]
        StudyPeriod.create(**row | {"school": school, "school_year": year})
