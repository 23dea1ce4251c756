"""Loading the demo municipality into an empty database, in one transaction."""

import random
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from school.actions.verdicts import judge_history
from school.database import analyze, transaction
from school.demo.cases import keep_revisions
from school.demo.codes import CodeMaker
from school.demo.frozen import ask_for_archive
from school.demo.people import Adult, Family, NameGiver, make_adults
from school.demo.places import URAL, make_municipality, make_place, plan_schools
from school.demo.printouts import make_printouts
from school.demo.questions import make_municipal_page
from school.demo.schools import SchoolMaker, When
from school.demo.sign_ins import PASSWORD, SignIn, make_accounts
from school.demo.sizes import DemoRefused, Sizes
from school.demo.timetable_life import make_timetable_life
from school.demo.year import first_day
from school.models import ALL_MODELS, Municipality, Role, School
from school.passwords import hash_password

#: The grades in which children of the household with the sign-in `parent2` sit.
HOUSEHOLD_GRADE, PRIMARY_HOUSEHOLD_GRADE, SECOND_AT_FIRST_SCHOOL = 5, 2, 9


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was made."""

    municipality: str
    #: The day that the data is made for.
    today: date
    sign_ins: tuple[SignIn, ...]
    #: Rows by table name.
    counts: dict[str, int]


def load_demo(
    *,
    schools: int = 5,
    pupils: int | None = None,
    weeks: int = 9,
    today: date | None = None,
    seed: int = 1,
    now: datetime,
) -> DemoReport:
    """Fill an empty database with the demo municipality; raises DemoRefused.

    `pupils` is per school. The same arguments make the same data, but for the salt of the
    password's hash; `now` counts only where `today` is its date (or is left out).
    """
    sizes = Sizes(schools, pupils, weeks)
    clock_today = now.astimezone(ZoneInfo(URAL)).date()
    today = today or clock_today
    when = When(today, now if today == clock_today else None)
    password_hash = hash_password(PASSWORD)
    with transaction():
        if School.select().exists():
            raise DemoRefused("The database is not empty: the demo is loaded into a new one only.")
        municipality = make_municipality()
        sign_ins = _make_schools(municipality, sizes, when, seed)
        make_accounts(sign_ins, password_hash, when.moment(URAL))
        analyze()  # what follows reads what was written
        for school in School.select().order_by(School.id):
            judge_history(school.id)
            CodeMaker(school, when.moment(school.time_zone)).make()
            make_printouts(school.id, when.moment(school.time_zone))
    analyze()
    counts = {model._meta.table_name: model.select().count() for model in ALL_MODELS}
    return DemoReport(municipality.name, today, tuple(sign_ins), counts)


def _make_schools(municipality: Municipality, sizes: Sizes, when: When, seed: int) -> list[SignIn]:
    plans = plan_schools(sizes.schools)
    year_from_on = first_day(when.today)
    names = NameGiver(random.Random(f"{seed}:municipality"))
    officer = names.adult(share_of_women=0.7)
    household, parent = _household(names)
    make_adults(municipality.id, [officer])
    _make_officer(municipality, officer, year_from_on)
    make_municipal_page(municipality, when.moment(URAL), officer.person_id)
    other = plans[min(sizes.schools, 5) - 1]
    by_school: list[SignIn] = []
    for plan in plans:
        grade = PRIMARY_HOUSEHOLD_GRADE if plan.is_primary else HOUSEHOLD_GRADE
        mothers = {grade: parent if plan in (plans[0], other) else None}
        if plan is plans[0]:
            # A school on its own holds both children.
            mothers[SECOND_AT_FIRST_SCHOOL] = parent if plan is other else None
        maker = SchoolMaker(make_place(plan, municipality, year_from_on), sizes, when, seed)
        maker.make(household, mothers)
        judge_history(maker.place.school_id)
        make_timetable_life(
            maker.place.school_id, plan.demo_grade, len(by_school), today=when.today,
            moment=when.moment(plan.time_zone), spared={maker.people.teacher.person_id},
        )  # fmt: skip
        if plan.is_primary:
            ask_for_archive(maker.place.school_id, when.moment(plan.time_zone))
        by_school += maker.sign_ins()
    keep_revisions()
    who = " и ".join(dict.fromkeys((plans[0].name, other.name)))
    parent2 = SignIn(
        "parent2", f"родитель двух детей, {who}", plans[0].short_name, parent.person_id
    )
    officer_sign_in = SignIn(
        "officer", f"сотрудник Управления образования, {municipality.name}", "", officer.person_id
    )
    return [by_school[0], parent2, *by_school[1:], officer_sign_in]


def _household(names: NameGiver) -> tuple[Family, Adult]:
    """A family with children in two schools, and its mother."""
    family = names.with_mother(names.family())
    mother = family.guardians[0].adult
    mother.surname = family.surname[1]
    return family, mother


def _make_officer(municipality: Municipality, officer: Adult, year_from_on: date) -> None:
    Role.create(
        person=officer.person_id,
        kind="officer",
        municipality=municipality,
        from_on=year_from_on.replace(year=year_from_on.year - 1),
    )
