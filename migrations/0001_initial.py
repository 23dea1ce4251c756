"""The first schema: a frozen copy of the models, on purpose independent of today's."""

from typing import Any

from peewee import (
    SQL,
    BooleanField,
    CharField,
    Check,
    CompositeKey,
    DateField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from school.database import database
from school.models.fields import MomentField, WeightField


class BaseModel(Model):
    class Meta:
        database = database
        legacy_table_names = False


IN_ORDER = Check("until_on IS NULL OR from_on <= until_on")


class Dated(BaseModel):
    from_on = DateField()
    until_on = DateField(null=True)

    class Meta:
        constraints = [IN_ORDER]


def link(model: Any, **options: Any) -> ForeignKeyField:
    options.setdefault("index", False)
    return ForeignKeyField(model, backref="+", **options)


class Municipality(BaseModel):
    name = TextField()
    address = TextField(default="")
    phone = TextField(default="")


class School(BaseModel):
    municipality = link(Municipality, index=True)
    short_name = CharField(unique=True, constraints=[Check("short_name <> ''")])
    name = TextField()
    full_name = TextField()
    time_zone = CharField()
    regulation = CharField()
    days_in_week = SmallIntegerField(default=5, constraints=[Check("days_in_week IN (5, 6)")])
    address = TextField(default="")
    phone = TextField(default="")


class SchoolYear(BaseModel):
    school = link(School)
    name = CharField()
    from_on = DateField()
    until_on = DateField()

    class Meta:
        constraints = [Check("from_on < until_on")]
        indexes = ((("school", "from_on"), True),)


class StudyPeriod(BaseModel):
    school = link(School)
    school_year = link(SchoolYear)
    kind = CharField(constraints=[Check("kind IN ('quarter', 'trimester', 'half_year', 'year')")])
    ordinal = SmallIntegerField()
    name = CharField()
    from_grade = SmallIntegerField()
    until_grade = SmallIntegerField()
    from_on = DateField()
    until_on = DateField()

    class Meta:
        constraints = [Check("from_on < until_on"), Check("from_grade <= until_grade")]
        indexes = (
            (("school", "school_year", "kind", "ordinal", "from_grade"), True),
            (("school", "from_on", "until_on"), False),
        )


class SchoolBreak(Dated):
    school = link(School)
    kind = CharField(constraints=[Check("kind IN ('holidays', 'quarantine', 'day_off')")])
    name = CharField()
    from_grade = SmallIntegerField(default=1)
    until_grade = SmallIntegerField(default=11)

    class Meta:
        indexes = ((("school", "from_on", "from_grade"), True),)


class BellSchedule(BaseModel):
    school = link(School)
    name = CharField()

    class Meta:
        indexes = ((("school", "name"), True),)


class Bell(BaseModel):
    school = link(School)
    bell_schedule = link(BellSchedule)
    lesson_number = SmallIntegerField(constraints=[Check("lesson_number BETWEEN 0 AND 15")])
    starts_at = CharField(max_length=5)
    ends_at = CharField(max_length=5)

    class Meta:
        constraints = [Check("starts_at < ends_at")]
        indexes = ((("school", "bell_schedule", "lesson_number"), True),)


class ExternalId(BaseModel):
    school = link(School)
    source = CharField()
    table_name = CharField()
    value = CharField()
    row = IntegerField(column_name="row_id")

    class Meta:
        indexes = ((("school", "source", "table_name", "value"), True),)


class Person(BaseModel):
    municipality = link(Municipality)
    surname = CharField(constraints=[Check("surname <> ''")])
    given_name = CharField(constraints=[Check("given_name <> ''")])
    patronymic = CharField(default="")
    birth_on = DateField(null=True)

    class Meta:
        indexes = ((("municipality", "surname", "given_name"), False),)


class SchoolClass(BaseModel):
    school = link(School)
    school_year = link(SchoolYear)
    grade = SmallIntegerField(constraints=[Check("grade BETWEEN 1 AND 12")])
    letter = CharField(default="")

    class Meta:
        indexes = ((("school", "school_year", "grade", "letter"), True),)


class Enrolment(Dated):
    school = link(School)
    school_class = link(SchoolClass)
    pupil = link(Person, index=True)
    reason = CharField(default="")

    class Meta:
        indexes = ((("school", "school_class", "pupil", "from_on"), True),)


class Subject(BaseModel):
    school = link(School)
    name = CharField(constraints=[Check("name <> ''")])

    class Meta:
        indexes = ((("school", "name"), True),)


class TeachingGroup(BaseModel):
    KINDS = ("class", "part", "stream", "individual")
    MARKING = ("five", "pass", "none")

    school = link(School)
    school_year = link(SchoolYear)
    subject = link(Subject)
    kind = CharField(default="class", constraints=[Check(f"kind IN {KINDS!r}")])
    school_class = link(SchoolClass, null=True)
    name = CharField(constraints=[Check("name <> ''")])
    marking = CharField(default="five", constraints=[Check(f"marking IN {MARKING!r}")])

    class Meta:
        indexes = (
            (("school", "school_year", "subject", "name"), True),
            (("school", "school_class"), False),
        )


class GroupMembership(Dated):
    school = link(School)
    teaching_group = link(TeachingGroup)
    pupil = link(Person, index=True)

    class Meta:
        indexes = ((("school", "teaching_group", "pupil", "from_on"), True),)


class GroupTeacher(Dated):
    school = link(School)
    teaching_group = link(TeachingGroup)
    teacher = link(Person)

    class Meta:
        indexes = (
            (("school", "teaching_group", "teacher", "from_on"), True),
            (("teacher", "school"), False),
        )


class Account(BaseModel):
    person = link(Person, unique=True)
    login = CharField(unique=True, constraints=[Check("login <> ''")])
    password_hash = TextField()
    must_change_password = BooleanField(default=False)
    is_demo = BooleanField(default=False)
    created_at = MomentField()
    disabled_at = MomentField(null=True)


class Role(Dated):
    KINDS = ("teacher", "class_teacher", "administrator", "deputy_head", "head", "officer")

    person = link(Person, index=True)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    municipality = link(Municipality)
    school = link(School, null=True)
    school_class = link(SchoolClass, null=True)

    class Meta:
        constraints = [
            IN_ORDER,
            Check("(kind = 'officer') = (school_id IS NULL)"),
            Check("(kind = 'class_teacher') = (school_class_id IS NOT NULL)"),
        ]
        indexes = ((("school", "kind"), False),)


class Guardianship(Dated):
    KINDS = ("mother", "father", "guardian", "trustee", "other")

    pupil = link(Person)
    guardian = link(Person)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    basis = TextField()

    class Meta:
        constraints = [IN_ORDER, Check("pupil_id <> guardian_id")]
        indexes = (
            (("guardian", "pupil", "from_on"), True),
            (("pupil", "guardian"), False),
        )


class TimetableEntry(Dated):
    school = link(School)
    teaching_group = link(TeachingGroup)
    teacher = link(Person)
    bell_schedule = link(BellSchedule)
    weekday = SmallIntegerField(constraints=[Check("weekday BETWEEN 1 AND 7")])
    lesson_number = SmallIntegerField(constraints=[Check("lesson_number BETWEEN 0 AND 15")])
    room = CharField(default="")
    week_parity = CharField(default="", constraints=[Check("week_parity IN ('', 'odd', 'even')")])

    class Meta:
        indexes = (
            (
                ("school", "teaching_group", "weekday", "lesson_number", "week_parity", "from_on"),
                True,
            ),
        )


class Lesson(BaseModel):
    school = link(School)
    teaching_group = link(TeachingGroup)
    teacher = link(Person)
    held_on = DateField()
    lesson_number = SmallIntegerField(constraints=[Check("lesson_number BETWEEN 0 AND 15")])
    starts_at = MomentField()
    ends_at = MomentField()
    room = CharField(default="")
    topic = TextField(default="")
    material = TextField(default="")
    attendance_taken_at = MomentField(null=True)
    attendance_taken_by = link(Person, null=True)
    cancelled_at = MomentField(null=True)

    class Meta:
        constraints = [
            Check("starts_at < ends_at"),
            Check("(attendance_taken_at IS NULL) = (attendance_taken_by_id IS NULL)"),
        ]
        indexes = (
            (("school", "teaching_group", "held_on", "lesson_number"), True),
            (("school", "held_on"), False),
            (("teacher", "held_on"), False),
        )


class LessonChange(BaseModel):
    KINDS = ("substitution", "move", "cancellation", "extra", "room")

    school = link(School)
    lesson = link(Lesson)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    announced_at = MomentField()
    announced_by = link(Person)
    reason = TextField(default="")
    teacher_was = link(Person, null=True)
    teacher_is = link(Person, null=True)
    held_on_was = DateField(null=True)
    held_on_is = DateField(null=True)
    lesson_number_was = SmallIntegerField(null=True)
    lesson_number_is = SmallIntegerField(null=True)
    room_was = CharField(default="")
    room_is = CharField(default="")

    class Meta:
        indexes = (
            (("school", "lesson"), False),
            (("school", "held_on_was"), False),
        )


class WorkKind(BaseModel):
    school = link(School)
    name = CharField(constraints=[Check("name <> ''")])
    weight = WeightField(default="1")
    is_important = BooleanField(default=False)
    marks_expected = BooleanField(default=False)

    class Meta:
        indexes = ((("school", "name"), True),)


class Work(BaseModel):
    school = link(School)
    lesson = link(Lesson)
    work_kind = link(WorkKind)
    title = TextField(default="")
    weight = WeightField(default="1")
    ordinal = SmallIntegerField()
    marks_expected = BooleanField(default=False)
    due_on = DateField(null=True)

    class Meta:
        indexes = ((("school", "lesson", "ordinal"), True),)


class Mark(BaseModel):
    school = link(School)
    work = link(Work)
    pupil = link(Person)
    position = SmallIntegerField(constraints=[Check("position IN (1, 2)")])
    value = CharField(max_length=8, constraints=[Check("value <> ''")])
    worked_on = DateField(null=True)

    class Meta:
        indexes = ((("school", "work", "pupil", "position"), True),)


class Attendance(BaseModel):
    school = link(School)
    lesson = link(Lesson)
    pupil = link(Person)
    code = CharField(max_length=4, constraints=[Check("code <> ''")])
    late_minutes = SmallIntegerField(null=True, constraints=[Check("late_minutes > 0")])

    class Meta:
        indexes = ((("school", "lesson", "pupil"), True),)


class Homework(BaseModel):
    school = link(School)
    lesson = link(Lesson)
    pupil = link(Person, null=True)
    text = TextField(constraints=[Check("text <> ''")])

    class Meta:
        indexes = ((("school", "lesson", "pupil"), True),)


Homework.add_index(
    Homework.index(
        Homework.school,
        Homework.lesson,
        unique=True,
        where=SQL("pupil_id IS NULL"),
        name="homework_one_for_all",
    )
)


class LessonComment(BaseModel):
    school = link(School)
    lesson = link(Lesson)
    pupil = link(Person)
    text = TextField(constraints=[Check("text <> ''")])

    class Meta:
        indexes = ((("school", "lesson", "pupil"), True),)


class PageSave(BaseModel):
    page = CharField(max_length=40)
    cell = CharField(max_length=60)
    sequence = IntegerField()
    at = MomentField()

    class Meta:
        primary_key = CompositeKey("page", "cell")


class LessonPlanTopic(BaseModel):
    school = link(School)
    teaching_group = link(TeachingGroup)
    ordinal = SmallIntegerField()
    topic = TextField(constraints=[Check("topic <> ''")])
    material = TextField(default="")
    homework = TextField(default="")

    class Meta:
        indexes = ((("school", "teaching_group", "ordinal"), True),)


class GradingPolicy(Dated):
    AVERAGES = ("plain", "weighted", "important")

    school = link(School)
    average = CharField(constraints=[Check(f"average IN {AVERAGES!r}")])
    threshold = WeightField()
    ones_allowed = BooleanField(default=False)

    class Meta:
        constraints = [IN_ORDER]
        indexes = ((("school", "from_on"), True),)


class History(BaseModel):
    at = MomentField()
    school = link(School, null=True)
    actor = link(Person, null=True)
    acting_for = link(Person, null=True)
    table_name = CharField()
    row = IntegerField(column_name="row_id")
    pupil = link(Person, null=True)
    lesson = link(Lesson, null=True)
    field = CharField()
    old = TextField(default="")
    new = TextField(default="")
    why = TextField(default="")
    request = CharField(default="", column_name="request_id")

    class Meta:
        indexes = (
            (("school", "lesson", "pupil"), False),
            (("school", "at"), False),
            (("table_name", "row"), False),
        )


class AccessLog(BaseModel):
    at = MomentField()
    school = link(School, null=True)
    person = link(Person, null=True)
    pupil = link(Person, null=True)
    event = CharField()
    detail = CharField(default="")
    request = CharField(default="", column_name="request_id")

    class Meta:
        indexes = (
            (("school", "at"), False),
            (("pupil", "at"), False),
            (("person", "at"), False),
        )


class Revision(BaseModel):
    SCOPES = ("pupil", "group", "school")

    scope = CharField(max_length=8)
    subject = IntegerField(column_name="subject_id")
    n = IntegerField(default=0)
    changed_at = MomentField()

    class Meta:
        primary_key = CompositeKey("scope", "subject")


class Session(BaseModel):
    token_hash = CharField(max_length=64, primary_key=True)
    person = link(Person, index=True)
    created_at = MomentField()
    seen_at = MomentField()
    ends_at = MomentField()
    signed_out_at = MomentField(null=True)
    is_own_device = BooleanField(default=False)
    address_hash = CharField(max_length=64)


class Throttle(BaseModel):
    key = CharField(primary_key=True)
    tokens = FloatField()
    counted_at = MomentField()


class Draft(BaseModel):
    person = link(Person, index=True)
    path = TextField()
    fields = TextField(constraints=[Check("fields <> ''")])
    created_at = MomentField()


class WorkerSeen(BaseModel):
    worker = CharField(primary_key=True)
    seen_at = MomentField()


TABLES = [
    Municipality,
    School,
    SchoolYear,
    StudyPeriod,
    SchoolBreak,
    BellSchedule,
    Bell,
    ExternalId,
    Person,
    SchoolClass,
    Enrolment,
    Subject,
    TeachingGroup,
    GroupMembership,
    GroupTeacher,
    Account,
    Role,
    Guardianship,
    TimetableEntry,
    Lesson,
    LessonChange,
    WorkKind,
    Work,
    Mark,
    Attendance,
    Homework,
    LessonComment,
    PageSave,
    LessonPlanTopic,
    GradingPolicy,
    History,
    AccessLog,
    Revision,
    Session,
    Throttle,
    Draft,
    WorkerSeen,
]


def up(migrator: Any, db: Any) -> None:
    db.create_tables(TABLES, safe=False)
