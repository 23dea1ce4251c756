"""The municipality, its schools, and how they divide their time."""

from dataclasses import dataclass
from datetime import date

from school import clock
from school.actions.history import Act
from school.actions.regulations import start_regulation
from school.database import bulk_insert
from school.demo.year import Year, make_year
from school.models import (
    Bell,
    BellSchedule,
    Municipality,
    School,
    SchoolBreak,
    SchoolYear,
    StudyPeriod,
    Subject,
    WorkKind,
)

URAL, MOSCOW = "Asia/Yekaterinburg", "Europe/Moscow"

BELLS = (
    ("08:30", "09:15"),
    ("09:25", "10:10"),
    ("10:30", "11:15"),
    ("11:35", "12:20"),
    ("12:30", "13:15"),
    ("13:25", "14:10"),
    ("14:20", "15:05"),
    ("15:15", "16:00"),
)


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """A school as it is to be made."""

    short_name: str
    name: str
    full_name: str
    regulation: str
    time_zone: str
    address: str
    phone: str
    #: What the school's sign-ins end in; None where it has none.
    suffix: str | None = None
    is_primary: bool = False
    days_in_week: int = 5
    trimesters: bool = False
    #: Whether all English lessons from grade 5 on are held in two parts of the class.
    english_in_parts: bool = False
    #: Whether a pupil learns some subjects on an individual plan.
    individual_plan: bool = False

    @property
    def grades(self) -> range:
        return range(1, 5 if self.is_primary else 12)

    @property
    def demo_grade(self) -> int:
        """The grade of the sign-in `pupil`."""
        return 3 if self.is_primary else 7

    def days_of(self, grade: int) -> int:
        """School days a week of a grade: the primary grades are free on Saturdays."""
        return self.days_in_week if grade >= 5 else 5


BUDGET_SCHOOL = "Муниципальное бюджетное общеобразовательное учреждение"
FIVE_SCHOOLS = (
    SchoolPlan(
        "school-2",
        "СОШ № 2",
        f"{BUDGET_SCHOOL} «Средняя общеобразовательная школа № 2»",
        regulation="school-2",
        time_zone=URAL,
        address="Демо-Каменск, ул. Заводская, 12",
        phone="+7 (000) 000-02-01",
        suffix="",
        english_in_parts=True,
        individual_plan=True,
    ),
    SchoolPlan(
        "school-19",
        "СОШ № 19",
        f"{BUDGET_SCHOOL} «Средняя общеобразовательная школа № 19»",
        regulation="school-19",
        time_zone=URAL,
        address="Демо-Каменск, ул. Лесная, 40",
        phone="+7 (000) 000-19-01",
        suffix="-s19",
    ),
    SchoolPlan(
        "volosovskaya",
        "Волосовская НОШ",
        "Муниципальное общеобразовательное учреждение "
        "«Волосовская начальная общеобразовательная школа»",
        regulation="volosovskaya",
        time_zone=MOSCOW,
        address="д. Волосово, ул. Школьная, 1",
        phone="+7 (000) 000-03-01",
        suffix="-v",
        is_primary=True,
    ),
    SchoolPlan(
        "school-11",
        "СШ № 11",
        f"{BUDGET_SCHOOL} «Средняя школа № 11»",
        regulation="school-11",
        time_zone=MOSCOW,
        address="Демо-Каменск, пр. Мира, 5",
        phone="+7 (000) 000-11-01",
        suffix="-s11",
        days_in_week=6,
        trimesters=True,
    ),
    SchoolPlan(
        "nizhnyaya-tura",
        "СОШ № 1 Нижней Туры",
        f"{BUDGET_SCHOOL} «Средняя общеобразовательная школа № 1» Нижней Туры",
        regulation="nizhnyaya-tura",
        time_zone=URAL,
        address="Нижняя Тура, ул. Демонстрационная, 7",
        phone="+7 (000) 000-01-01",
        suffix="-nt",
    ),
)

#: Name, weight, important, marks expected of all present.
WORK_KINDS = (
    ("Ответ на уроке", "1", False, False),
    ("Домашняя работа", "1", False, False),
    ("Тетрадь", "1", False, False),
    ("Самостоятельная работа", "2", False, True),
    ("Практическая работа", "2", False, True),
    ("Проект", "2", False, False),
    ("Норматив", "2", False, True),
    ("Сочинение, изложение", "3", True, True),
    ("Диктант", "3", True, True),
    ("Контрольная работа", "3", True, True),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A school that was made, with the ids that the rest of its rows need."""

    plan: SchoolPlan
    school: School
    municipality_id: int
    year: Year
    year_id: int
    bell_schedule_id: int
    work_kind_ids: dict[str, int]

    @property
    def school_id(self) -> int:
        school_id: int = self.school.id
        return school_id


def plan_schools(count: int) -> list[SchoolPlan]:
    """The first five, and further schools under their regulations in turn."""
    plans = list(FIVE_SCHOOLS[:count])
    for n in range(1, count - len(FIVE_SCHOOLS) + 1):
        model = FIVE_SCHOOLS[(n - 1) % len(FIVE_SCHOOLS)]
        number = 100 + n
        called = "Начальная" if model.is_primary else "Средняя"
        plans.append(
            SchoolPlan(
                f"school-{number}",
                f"{'НОШ' if model.is_primary else 'СОШ'} № {number}",
                f"{BUDGET_SCHOOL} «{called} общеобразовательная школа № {number}»",
                regulation=model.regulation,
                time_zone=model.time_zone,
                address=f"Демо-Каменск, ул. Новая, {number}",
                phone=f"+7 (000) 000-{number // 100:02}-{number % 100:02}",
                is_primary=model.is_primary,
                days_in_week=model.days_in_week,
                trimesters=model.trimesters,
                english_in_parts=model.english_in_parts,
                individual_plan=model.individual_plan,
            )
        )
    return plans


def make_municipality() -> Municipality:
    municipality: Municipality = Municipality.create(
        name="Городской округ Демо-Каменск",
        address="Демо-Каменск, пл. Советская, 1",
        phone="+7 (000) 000-00-01",
    )
    return municipality


def make_place(plan: SchoolPlan, municipality: Municipality, year_from_on: date) -> Place:
    """Make a school with its year, periods, holidays, bells and kinds of work."""
    year = make_year(
        year_from_on,
        grades=(plan.grades[0], plan.grades[-1]),
        trimesters=plan.trimesters,
    )
    school = School.create(
        municipality=municipality,
        short_name=plan.short_name,
        name=plan.name,
        full_name=plan.full_name,
        time_zone=plan.time_zone,
        regulation=plan.regulation,
        days_in_week=plan.days_in_week,
        address=plan.address,
        phone=plan.phone,
    )
    start_regulation(school, act=Act(clock.moment_of(year.from_on, "08:00", plan.time_zone), None))
    year_row = SchoolYear.create(
        school=school, name=year.name, from_on=year.from_on, until_on=year.until_on
    )
    _make_periods(school.id, year_row.id, year)
    bell_schedule = BellSchedule.create(school=school, name="Обычный день")
    bulk_insert(
        Bell,
        [
            {
                "school": school.id,
                "bell_schedule": bell_schedule.id,
                "lesson_number": number,
                "starts_at": starts_at,
                "ends_at": ends_at,
            }
            for number, (starts_at, ends_at) in enumerate(BELLS, start=1)
        ],
    )
    return Place(
        plan=plan,
        school=school,
        municipality_id=municipality.id,
        year=year,
        year_id=year_row.id,
        bell_schedule_id=bell_schedule.id,
        work_kind_ids=_make_work_kinds(school.id),
    )


def _make_periods(school_id: int, year_id: int, year: Year) -> None:
    bulk_insert(
        StudyPeriod,
        [
            {
                "school": school_id,
                "school_year": year_id,
                "kind": period.kind,
                "ordinal": period.ordinal,
                "name": period.name,
                "from_grade": period.grades[0],
                "until_grade": period.grades[1],
                "from_on": period.from_on,
                "until_on": period.until_on,
            }
            for period in year.periods
        ],
    )
    bulk_insert(
        SchoolBreak,
        [
            {
                "school": school_id,
                "kind": off.kind,
                "name": off.name,
                "from_grade": off.grades[0],
                "until_grade": off.grades[1],
                "from_on": off.from_on,
                "until_on": off.until_on,
            }
            for off in year.breaks
        ],
    )


def _make_work_kinds(school_id: int) -> dict[str, int]:
    return {
        name: WorkKind.create(
            school=school_id,
            name=name,
            weight=weight,
            is_important=is_important,
            marks_expected=marks_expected,
        ).id
        for name, weight, is_important, marks_expected in WORK_KINDS
    }


def make_subjects(school_id: int, names: list[str]) -> dict[str, int]:
    """Make the subjects of a school; name → id."""
    return {name: Subject.create(school=school_id, name=name).id for name in names}
