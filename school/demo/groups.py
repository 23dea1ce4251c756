"""Teaching groups with their pupils and teachers, and who leads which class."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from school.demo import curriculum
from school.demo.people import Adult, ClassPlan, NameGiver, Pupil
from school.demo.places import Place, make_subjects
from school.demo.storage import insert_numbered
from school.models import GroupMembership, GroupTeacher, TeachingGroup

#: Lessons a week that a teacher has at most, as staff are planned.
FULL_LOAD = 22

COMMON_ROOMS = {
    "Физическая культура": "Спортзал",
    "Труд (технология)": "Мастерская",
    "Музыка": "Кабинет музыки",
}


@dataclass(slots=True, eq=False)
class Teacher:
    adult: Adult
    specialty: str
    room: str
    hours: int = 0
    leads: ClassPlan | None = None

    @property
    def person_id(self) -> int:
        return self.adult.person_id


@dataclass(slots=True, eq=False)
class Course:
    """A subject taught to a group."""

    subject: str
    grade: int
    hours: int
    kind: str
    name: str
    #: Whose lessons they are: two classes in a stream.
    classes: tuple[ClassPlan, ...]
    pupils: list[Pupil]
    #: Set before anything reads it, by `Staff.assign`.
    teacher: Teacher = field(init=False)
    group_id: int = 0

    @property
    def specialty(self) -> str:
        return curriculum.specialty_of(self.subject, self.grade)

    @property
    def marking(self) -> str:
        return curriculum.marking_of(self.subject, self.grade)

    @property
    def room(self) -> str:
        if self.specialty == curriculum.PRIMARY:
            return self.teacher.room
        return COMMON_ROOMS.get(self.subject, self.teacher.room)


@dataclass(slots=True, eq=False)
class Block:
    """Courses that are held at the same time, such as the two parts of a class."""

    courses: tuple[Course, ...]
    hours: int

    @property
    def classes(self) -> tuple[ClassPlan, ...]:
        return self.courses[0].classes

    @property
    def subject(self) -> str:
        return self.courses[0].subject

    @property
    def is_stream(self) -> bool:
        return self.courses[0].kind == "stream"


def plan_blocks(
    place: Place, classes: list[ClassPlan], pupils_of: dict[str, list[Pupil]]
) -> list[Block]:
    """What every class is taught in a week. `pupils_of` is by the name of the class."""
    blocks: list[Block] = []
    for school_class in classes:
        pupils = pupils_of[school_class.name]
        for subject, hours in curriculum.subjects_of(school_class.grade):
            blocks.append(_class_block(place, school_class, pupils, subject, hours))
    in_streams = [c for c in classes if c.grade in curriculum.STREAM_GRADES]
    if in_streams:
        blocks += _stream_blocks(in_streams, [p for c in in_streams for p in pupils_of[c.name]])
    return blocks


def courses_of(blocks: list[Block]) -> list[Course]:
    """Every course once, in the order of the blocks."""
    return list({id(course): course for block in blocks for course in block.courses}.values())


def _class_block(
    place: Place, school_class: ClassPlan, pupils: list[Pupil], subject: str, hours: int
) -> Block:
    def course(kind: str, name: str, members: list[Pupil]) -> Course:
        grade = school_class.grade
        return Course(subject, grade, hours, kind, name, (school_class,), members)

    name, grade = school_class.name, school_class.grade
    if (
        subject == "Английский язык"
        and grade >= 5
        and (place.plan.english_in_parts or grade == place.plan.demo_grade)
    ):
        by_name = sorted(pupils, key=lambda pupil: (pupil.surname, pupil.given_name))
        parts = (by_name[0::2], by_name[1::2])
        return Block(
            tuple(course("part", f"{name}, {n} группа", part) for n, part in enumerate(parts, 1)),
            hours,
        )
    on_own_plan = (
        place.plan.individual_plan
        and name == f"{curriculum.INDIVIDUAL_GRADE}А"
        and subject in curriculum.INDIVIDUAL_SUBJECTS
    )
    if on_own_plan:
        return Block(
            (
                course("class", name, pupils[1:]),
                course("individual", f"{name}, индивидуальный план", pupils[:1]),
            ),
            hours,
        )
    return Block((course("class", name, pupils),), hours)


def _stream_blocks(classes: list[ClassPlan], pupils: list[Pupil]) -> list[Block]:
    def stream(name: str, hours: int, members: list[Pupil]) -> Course:
        subject, grade = curriculum.STREAM_SUBJECT, curriculum.STREAM_GRADES[0]
        return Course(subject, grade, hours, "stream", name, tuple(classes), members)

    profile = stream("10–11, профильная группа", curriculum.PROFILE_HOURS, pupils[0::2])
    base = stream("10–11, базовая группа", curriculum.BASE_HOURS, pupils[1::2])
    return [
        Block((profile, base), curriculum.BASE_HOURS),
        Block((profile,), curriculum.PROFILE_HOURS - curriculum.BASE_HOURS),
    ]


class Staff:
    """The teachers of a school: as many per specialty as the hours need."""

    def __init__(self, names: NameGiver) -> None:
        self.names = names
        self.teachers: list[Teacher] = []

    def assign(self, blocks: list[Block]) -> None:
        """Give every course a teacher; courses held at one time get different ones."""
        at_one_time: dict[Course, set[Course]] = defaultdict(set)
        for block in blocks:
            for course in block.courses:
                at_one_time[course] |= set(block.courses) - {course}
        by_specialty: dict[str, list[Course]] = defaultdict(list)
        for course in courses_of(blocks):
            by_specialty[course.specialty].append(course)
        for specialty, courses in by_specialty.items():
            if specialty == curriculum.PRIMARY:
                self._assign_primary(courses)
            else:
                self._assign_subject(specialty, courses, at_one_time)

    def lead(self, classes: list[ClassPlan], courses: list[Course]) -> dict[str, Teacher]:
        """The class teacher of each class, by its name: who sees it most and leads no other."""
        leaders = {}
        for school_class in classes:
            hours: dict[Teacher, int] = defaultdict(int)
            for course in courses:
                if school_class in course.classes:
                    hours[course.teacher] += course.hours
            free = [teacher for teacher in hours if teacher.leads is None] or list(hours)
            leader = max(free, key=lambda teacher: hours[teacher])
            leader.leads = school_class
            leaders[school_class.name] = leader
        return leaders

    def _assign_primary(self, courses: list[Course]) -> None:
        own: dict[str, Teacher] = {}
        for course in courses:
            if course.name not in own:
                own[course.name] = self._hire(curriculum.PRIMARY)
            self._give(course, own[course.name])

    def _assign_subject(
        self, specialty: str, courses: list[Course], at_one_time: dict[Course, set[Course]]
    ) -> None:
        total = sum(course.hours for course in courses)
        side_by_side = max(1 + len(at_one_time[course]) for course in courses)
        wanted = max(-(-total // FULL_LOAD), side_by_side)
        teachers = [self._hire(specialty) for _ in range(wanted)]
        # One teacher for what belongs together: a class's literature with its Russian.
        together: dict[str, list[Course]] = defaultdict(list)
        for course in courses:
            together[course.name].append(course)
        for bundle in sorted(together.values(), key=lambda b: -sum(c.hours for c in b)):
            taken = {
                other.teacher
                for course in bundle
                for other in at_one_time[course]
                if hasattr(other, "teacher")
            }
            free = [teacher for teacher in teachers if teacher not in taken]
            teacher = min(free, key=lambda teacher: teacher.hours)
            for course in bundle:
                self._give(course, teacher)

    def _hire(self, specialty: str) -> Teacher:
        share_of_women = 0.4 if specialty in ("Физическая культура", "Труд") else 0.88
        room = str(101 + len(self.teachers))
        teacher = Teacher(self.names.adult(share_of_women=share_of_women), specialty, room)
        self.teachers.append(teacher)
        return teacher

    def _give(self, course: Course, teacher: Teacher) -> None:
        course.teacher = teacher
        teacher.hours += course.hours


def make_groups(place: Place, courses: list[Course]) -> None:
    """Make the subjects and the groups with their members and teachers."""
    names = list(dict.fromkeys(course.subject for course in courses))
    subject_ids = make_subjects(place.school_id, names)
    ids = insert_numbered(
        TeachingGroup,
        [
            {
                "school": place.school_id,
                "school_year": place.year_id,
                "subject": subject_ids[course.subject],
                "kind": course.kind,
                "school_class": (None if course.kind == "stream" else course.classes[0].class_id),
                "name": course.name,
                "marking": course.marking,
            }
            for course in courses
        ],
    )
    for course, group_id in zip(courses, ids, strict=True):
        course.group_id = group_id
    insert_numbered(
        GroupMembership,
        [
            {
                "school": place.school_id,
                "teaching_group": course.group_id,
                "pupil": pupil.person_id,
                "from_on": pupil.from_on,
                "until_on": pupil.until_on,
            }
            for course in courses
            for pupil in course.pupils
        ],
    )
    _make_group_teachers(place.school_id, courses, place.year.from_on)


def _make_group_teachers(school_id: int, courses: list[Course], from_on: date) -> None:
    insert_numbered(
        GroupTeacher,
        [
            {
                "school": school_id,
                "teaching_group": course.group_id,
                "teacher": course.teacher.person_id,
                "from_on": from_on,
                "until_on": None,
            }
            for course in courses
        ],
    )
