"""What the files of a school say, as plain values: one class per file, one value per row."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from school.exchange.values import fold, parse_class

SCHOOL = "school.csv"
BELLS = "bells.csv"
PERIODS = "periods.csv"
HOLIDAYS = "holidays.csv"
STAFF = "staff.csv"
CLASSES = "classes.csv"
PUPILS = "pupils.csv"
GROUPS = "groups.csv"
TIMETABLE = "timetable.csv"
PLANS = "plans.csv"
SUBJECTS = "subjects.csv"
WORK_KINDS = "work-kinds.csv"
CURRICULUM = "curriculum.csv"
#: Not a table: what our own files say of the school they were made for.
OF_SCHOOL = "of-school"

#: (subject, name) of a group, folded: how a timetable row names it.
GroupKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SchoolRow:
    line: int
    short_name: str
    name: str
    full_name: str
    time_zone: str
    regulation: str
    days_in_week: int
    year_from: date
    year_until: date


@dataclass(frozen=True, slots=True)
class BellRow:
    line: int
    schedule: str
    lesson_number: int
    starts_at: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class PeriodRow:
    line: int
    kind: str
    #: Counted within kind and first grade, by date.
    ordinal: int
    name: str
    from_grade: int
    until_grade: int
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class BreakRow:
    line: int
    kind: str
    name: str
    from_grade: int
    until_grade: int
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class Names:
    surname: str
    given_name: str
    patronymic: str

    def __str__(self) -> str:
        return " ".join(filter(None, (self.surname, self.given_name, self.patronymic)))

    def fold(self) -> str:
        return fold(str(self))


@dataclass(frozen=True, slots=True)
class StaffRow:
    line: int
    code: str
    names: Names
    birth_on: date | None
    #: Kinds of `Role`.
    duties: tuple[str, ...]
    #: Empty: to be made from the name.
    login: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    line: int
    grade: int
    letter: str
    #: Code of the class teacher, empty where there is none yet.
    teacher: str

    @property
    def name(self) -> str:
        return f"{self.grade}{self.letter}"


@dataclass(frozen=True, slots=True)
class GuardianCells:
    """A representative as written in a pupil's row."""

    code: str
    names: Names
    #: Kind of `Guardianship`.
    kind: str
    basis: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class PupilRow:
    line: int
    code: str
    names: Names
    birth_on: date | None
    class_name: str
    from_on: date
    until_on: date | None
    reason: str
    guardians: tuple[GuardianCells, ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    line: int
    name: str
    subject: str
    kind: str
    #: Empty for a stream.
    class_name: str
    teacher: str
    marking: str
    #: Codes of pupils; empty for a whole class.
    pupils: tuple[str, ...]

    @property
    def key(self) -> GroupKey:
        return group_key(self.subject, self.name)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A lesson of a group's lesson plan."""

    line: int
    group: GroupKey
    ordinal: int
    topic: str
    material: str
    homework: str


@dataclass(frozen=True, slots=True)
class SubjectRow:
    line: int
    name: str


@dataclass(frozen=True, slots=True)
class WorkKindRow:
    line: int
    name: str
    #: Exact text: «1», «2.5».
    weight: str
    is_important: bool
    marks_expected: bool


@dataclass(frozen=True, slots=True)
class CurriculumRow:
    """Hours of a subject in a class by the curriculum plan; exact text, «2.5»."""

    line: int
    class_name: str
    subject: str
    hours_in_week: str
    #: Empty where the plan does not say.
    hours_in_year: str


@dataclass(frozen=True, slots=True)
class TimetableRow:
    line: int
    weekday: int
    lesson_number: int
    #: Empty: the school's first.
    schedule: str
    group: GroupKey
    #: Empty: the group's.
    teacher: str
    room: str
    week_parity: str
    #: Empty: the whole school year, or for a row added later, from the day after.
    from_on: date | None
    until_on: date | None


def group_key(subject: str, name: str) -> GroupKey:
    """How a group is found, however its class is spelled («5а», «5 А»)."""
    try:
        grade, letter = parse_class(name)
    except ValueError:
        return fold(subject), fold(name)
    return fold(subject), fold(f"{grade}{letter}")


@dataclass(frozen=True)
class SchoolFiles:
    """A school as its files describe it; what the rows point to exists."""

    school: SchoolRow
    bells: tuple[BellRow, ...]
    periods: tuple[PeriodRow, ...]
    breaks: tuple[BreakRow, ...]
    staff: tuple[StaffRow, ...]
    classes: tuple[ClassRow, ...]
    pupils: tuple[PupilRow, ...]
    groups: tuple[GroupRow, ...]
    timetable: tuple[TimetableRow, ...]
    #: Empty where the school brings no lesson plans.
    plans: tuple[PlanRow, ...] = ()
    subjects: tuple[SubjectRow, ...] = ()
    work_kinds: tuple[WorkKindRow, ...] = ()
    curriculum: tuple[CurriculumRow, ...] = ()
    #: The tables that the sender brought; of the others only what these point to is here, with
    #: line 0, and it is not written.
    given: frozenset[str] = frozenset()

    @cached_property
    def first_schedule(self) -> str:
        """The bells that hold for a timetable row that names none."""
        return self.bells[0].schedule if self.bells else ""

    @cached_property
    def members(self) -> dict[GroupKey, frozenset[str]]:
        """Codes of each group's pupils. Who learns a subject on an individual plan does not
        learn it with the class."""
        of_class: dict[str, set[str]] = defaultdict(set)
        for pupil in self.pupils:
            of_class[pupil.class_name].add(pupil.code)
        alone: dict[str, set[str]] = defaultdict(set)
        for group in self.groups:
            if group.kind == "individual":
                alone[fold(group.subject)].update(group.pupils)
        return {
            group.key: (
                frozenset(of_class[group.class_name] - alone[fold(group.subject)])
                if group.kind == "class"
                else frozenset(group.pupils)
            )
            for group in self.groups
        }
