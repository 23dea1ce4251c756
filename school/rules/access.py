"""Who may see and write what: pure decisions over the ties of a person.

A10: access is strictly individual. A person sees their own data or that of the children whose
representative they are (Регламент СОШ № 2, п. 1.4; постановление Нижней Туры № 174).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

TEACHER = "teacher"
CLASS_TEACHER = "class_teacher"
ADMINISTRATOR = "administrator"
DEPUTY_HEAD = "deputy_head"
HEAD = "head"
OFFICER = "officer"
#: Looks after the installation, sees no child's data.
SUPPORT = "support"
GUARDIAN = "guardian"
PUPIL = "pupil"

#: What may be hidden from a reader of a diary. «Timetable» is where and when the child is.
EVERYTHING = "everything"
MARKS = "marks"
ATTENDANCE = "attendance"
COMMENTS = "comments"
TIMETABLE = "timetable"
#: The ground of a limit by which a person gave up the diary themselves.
TERMINATION = "termination"
AREAS = frozenset({MARKS, ATTENDANCE, COMMENTS, TIMETABLE})

#: From this age on the pupil decides who sees the diary (H10; ГК РФ, ст. 21).
OF_AGE = 18
ALLOWED = "allowed"

#: Who informs by word of mouth may open a diary, logged (Регламент СОШ № 2, п. 3.3).
INFORMS_THE_SCHOOL = frozenset({ADMINISTRATOR, DEPUTY_HEAD, HEAD})
#: Who answers for the records of a school (Регламент СШ № 11, п. 1.2, 1.3).
ANSWERS_FOR_RECORDS = frozenset({DEPUTY_HEAD, HEAD})


@dataclass(frozen=True, slots=True)
class Duty:
    """A role of a person that holds today."""

    kind: str
    municipality_id: int
    school_id: int | None
    school_class_id: int | None


@dataclass(frozen=True, slots=True)
class Child:
    """A pupil whose diary is this person's to read: their own or their child's."""

    pupil_id: int
    given_name: str
    is_self: bool
    #: Of the school the pupil was enrolled in last: says what today is.
    time_zone: str = "UTC"
    #: AREAS that this person may not see today, in order.
    hidden: tuple[str, ...] = ()
    surname: str = ""
    birth_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ties:
    """Everything that ties a person to schools and children today."""

    person_id: int
    duties: tuple[Duty, ...]
    children: tuple[Child, ...]
    #: Pupils whose whole diary is shut to this person by an order: no duty opens it either.
    barred: tuple[int, ...] = ()

    def child(self, pupil_id: int) -> Child | None:
        """The pupil among the person's own, or None."""
        return next((child for child in self.children if child.pupil_id == pupil_id), None)

    @property
    def kinds(self) -> frozenset[str]:
        found = {duty.kind for duty in self.duties}
        found.update(PUPIL if child.is_self else GUARDIAN for child in self.children)
        return frozenset(found)

    def schools(self, kinds: Iterable[str]) -> frozenset[int]:
        """Ids of the schools where the person has one of these roles."""
        wanted = frozenset(kinds)
        return frozenset(
            duty.school_id
            for duty in self.duties
            if duty.kind in wanted and duty.school_id is not None
        )

    def led_classes(self) -> frozenset[int]:
        """Ids of the classes whose class teacher the person is."""
        return frozenset(
            duty.school_class_id for duty in self.duties if duty.school_class_id is not None
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pupil is enrolled."""

    school_id: int
    school_class_id: int


def holds(from_on: date, until_on: date | None, today: date) -> bool:
    """Whether a dated row holds on a day; both ends are inclusive."""
    return from_on <= today and (until_on is None or today <= until_on)


def comes_of_age_on(birth_on: date) -> date:
    """The 18th birthday; of 29 February: 1 March."""
    year = birth_on.year + OF_AGE
    try:
        return birth_on.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def is_adult(birth_on: date | None, today: date) -> bool:
    """Whether a pupil is of age; of an unknown birth date nothing follows."""
    return birth_on is not None and comes_of_age_on(birth_on) <= today


def diary_reader(ties: Ties, pupil_id: int, places: Iterable[Place]) -> str | None:
    """In which capacity a person may read a pupil's diary: `pupil`, `guardian`, a duty that is
    logged (`class_teacher`, `administrator`, `deputy_head`, `head`), or None: not at all.

    `places` are the pupil's enrolments that hold today. An order that shuts the diary to a person
    shuts it to them in every capacity.
    """
    child = ties.child(pupil_id)
    if child is not None:
        return PUPIL if child.is_self else GUARDIAN
    if pupil_id in ties.barred:
        return None
    for place in places:
        for duty in ties.duties:
            if duty.kind == CLASS_TEACHER and duty.school_class_id == place.school_class_id:
                return CLASS_TEACHER
            if duty.kind in INFORMS_THE_SCHOOL and duty.school_id == place.school_id:
                return duty.kind
    return None


def may_excuse(ties: Ties, pupil_id: int, today: date) -> bool:
    """Whether a person may tell the school of a pupil's absence (H9): a representative of a pupil
    under age who sees the attendance, and the pupil of age, for whom nobody else speaks."""
    child = ties.child(pupil_id)
    if child is None or ATTENDANCE in child.hidden:
        return False
    return child.is_self == is_adult(child.birth_on, today)


@dataclass(frozen=True, slots=True)
class LessonPlace:
    """What decides who may open a lesson: its school, its teacher and the group's own teachers
    on that day."""

    school_id: int
    teacher_id: int
    group_teacher_ids: frozenset[int]


def may_write_lesson(ties: Ties, lesson: LessonPlace) -> bool:
    """Only the lesson's teacher (a substitute, for that lesson) and the group's own teachers
    write in its register, as long as they have the duty of a teacher in that school."""
    return lesson.school_id in ties.schools([TEACHER]) and (
        ties.person_id == lesson.teacher_id or ties.person_id in lesson.group_teacher_ids
    )


def may_read_lesson(ties: Ties, lesson: LessonPlace, class_ids: Collection[int]) -> bool:
    """Those who write; the class teacher of one of its pupils' classes, whose ids are
    `class_ids`; the heads, who answer for the records."""
    return (
        may_write_lesson(ties, lesson)
        or lesson.school_id in ties.schools(ANSWERS_FOR_RECORDS)
        or not ties.led_classes().isdisjoint(class_ids)
    )


@dataclass(frozen=True, slots=True)
class TeacherSpan:
    """From when until when somebody teaches a group."""

    teacher_id: int
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class GroupPlace:
    """What decides who may open the register of a group: its school and its own teachers."""

    school_id: int
    teachers: tuple[TeacherSpan, ...]

    def teachers_on(self, day: date) -> frozenset[int]:
        """Ids of those who teach the group on a day."""
        return frozenset(
            span.teacher_id for span in self.teachers if holds(span.from_on, span.until_on, day)
        )


def teaches_group(ties: Ties, group: GroupPlace, from_on: date, until_on: date) -> bool:
    """Whether a person is or was one of a group's own teachers within a span. A substitute is
    not: they have the one lesson (B6)."""
    return group.school_id in ties.schools([TEACHER]) and any(
        span.teacher_id == ties.person_id
        and span.from_on <= until_on
        and (span.until_on is None or span.until_on >= from_on)
        for span in group.teachers
    )


def group_reader(ties: Ties, group: GroupPlace, class_ids: Collection[int]) -> str:
    """In which role a person who does not teach a group reads its register: the class teacher
    of one of its pupils' classes, whose ids are `class_ids`, or a head, who answers for the
    records; empty: not at all."""
    return lesson_role(ties, LessonPlace(group.school_id, 0, frozenset()), class_ids)


def lesson_role(ties: Ties, lesson: LessonPlace, class_ids: Iterable[int]) -> str:
    """In which role a person who may not write reads a lesson's register; `class_ids` are the
    classes of its pupils."""
    if ties.led_classes() & frozenset(class_ids):
        return CLASS_TEACHER
    return next(
        (
            duty.kind
            for duty in ties.duties
            if duty.kind in ANSWERS_FOR_RECORDS and duty.school_id == lesson.school_id
        ),
        "",
    )


def may_write_results(ties: Ties, school_id: int, teacher_ids: Collection[int]) -> bool:
    """Only the group's own teachers of today decide on its results."""
    return school_id in ties.schools([TEACHER]) and ties.person_id in teacher_ids


def results_role(
    ties: Ties, school_id: int, teacher_ids: Collection[int], class_ids: Collection[int]
) -> str:
    """In which role a person reads the results of a group: as its teacher, as the class teacher
    of one of its pupils' classes (`class_ids`), or as who answers for the records; or ""."""
    if may_write_results(ties, school_id, teacher_ids):
        return TEACHER
    if ties.led_classes() & frozenset(class_ids):
        return CLASS_TEACHER
    return next(
        (
            duty.kind
            for duty in ties.duties
            if duty.kind in ANSWERS_FOR_RECORDS and duty.school_id == school_id
        ),
        "",
    )


#: Whose rooms these are, for people with several roles.
ROOMS = (
    ("gradebook", (TEACHER,)),
    ("classroom", (CLASS_TEACHER, ADMINISTRATOR, DEPUTY_HEAD, HEAD)),
    ("office", (ADMINISTRATOR,)),
    ("oversight", (HEAD, DEPUTY_HEAD, OFFICER)),
)


def acting_role(ties: Ties, room: str, known: str = "") -> str:
    """The role in which a person with several is in a room (a blueprint's name), or empty where
    they have one or the room is for all. `known` is what a loader found out about the row."""
    if len(ties.kinds) < 2:
        return ""
    if known:
        return known
    return next(
        (kind for name, kinds in ROOMS if name == room for kind in kinds if kind in ties.kinds), ""
    )


@dataclass(frozen=True, slots=True)
class ActPlace:
    """Whose regulation an act is: a school's own, or (without one) the municipality's; and the
    schools that answer for it."""

    municipality_id: int
    school_id: int | None
    school_ids: frozenset[int]


def may_change_act(ties: Ties, act: ActPlace) -> bool:
    """A municipal regulation is changed by the officer, a school's by its deputy head (G3)."""
    if act.school_id is None:
        return act.municipality_id in _municipalities(ties)
    return act.school_id in ties.schools([DEPUTY_HEAD])


def may_read_act(ties: Ties, act: ActPlace) -> bool:
    """Those who answer for a school under it, its administrator, and the officer."""
    return act.municipality_id in _municipalities(ties) or bool(
        act.school_ids & ties.schools({*ANSWERS_FOR_RECORDS, ADMINISTRATOR})
    )


def _municipalities(ties: Ties) -> frozenset[int]:
    return frozenset(duty.municipality_id for duty in ties.duties if duty.kind == OFFICER)
