"""Results, exams, deferrals, closings, the council's decisions; requests to change a result. A
frozen copy of the models, on purpose independent of today's."""

from typing import Any

from peewee import (
    SQL,
    BooleanField,
    CharField,
    Check,
    DateField,
    ForeignKeyField,
    Model,
    SmallIntegerField,
    SqliteDatabase,
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


def link(model: Any, **options: Any) -> ForeignKeyField:
    options.setdefault("index", False)
    return ForeignKeyField(model, backref="+", **options)


class School(BaseModel):
    """What the new tables refer to, as those below."""


class SchoolYear(BaseModel):
    pass


class StudyPeriod(BaseModel):
    pass


class SchoolClass(BaseModel):
    pass


class Subject(BaseModel):
    pass


class TeachingGroup(BaseModel):
    pass


class Person(BaseModel):
    pass


class RegulationVersion(BaseModel):
    pass


class Lesson(BaseModel):
    pass


class Work(BaseModel):
    pass


KINDS = ("period", "year", "exam", "final")

_IS_KIND = Check(f"kind IN {KINDS!r}")
#: A result of a study period names it; the others are of their school year.
_PERIOD_IS_NAMED = Check("(kind = 'period') = (study_period_id IS NOT NULL)")


class ResultPolicy(Dated):
    school = link(School)
    least_marks = SmallIntegerField(default=3, constraints=[Check("least_marks BETWEEN 1 AND 20")])
    most_missed = SmallIntegerField(
        default=75, constraints=[Check("most_missed BETWEEN 1 AND 100")]
    )
    year_threshold = WeightField(default="1/2")
    exam_in_year = BooleanField(default=False)

    class Meta:
        constraints = [IN_ORDER]
        indexes = ((("school", "from_on"), True),)


class Exam(BaseModel):
    KINDS = ("exam", "final")

    school = link(School)
    school_year = link(SchoolYear)
    teaching_group = link(TeachingGroup)
    kind = CharField(max_length=8, constraints=[Check(f"kind IN {KINDS!r}")])
    title = CharField(constraints=[Check("title <> ''")])
    held_on = DateField()
    made_at = MomentField()
    made_by = link(Person)
    came_in_at = MomentField(null=True)
    recorded_at = MomentField(null=True)
    recorded_by = link(Person, null=True)

    class Meta:
        constraints = [
            Check("(came_in_at IS NULL) = (recorded_at IS NULL)"),
            Check("(recorded_at IS NULL) = (recorded_by_id IS NULL)"),
        ]
        indexes = ((("school", "teaching_group", "kind"), True), (("school", "held_on"), False))


class PeriodResult(BaseModel):
    school = link(School)
    school_year = link(SchoolYear)
    pupil = link(Person)
    subject = link(Subject)
    teaching_group = link(TeachingGroup)
    study_period = link(StudyPeriod, null=True)
    kind = CharField(max_length=8, constraints=[_IS_KIND])
    value = CharField(max_length=8, default="")
    proposed = CharField(max_length=8, default="")
    why = TextField(default="")
    decided_at = MomentField()
    decided_by = link(Person)

    class Meta:
        constraints = [_PERIOD_IS_NAMED]
        indexes = (
            (("school", "teaching_group", "kind"), False),
            (("school", "study_period"), False),
            (("pupil", "school_year"), False),
        )


PeriodResult.add_index(
    PeriodResult.index(
        PeriodResult.school,
        PeriodResult.pupil,
        PeriodResult.subject,
        PeriodResult.study_period,
        unique=True,
        where=SQL("study_period_id IS NOT NULL"),
        name="period_result_one_of_period",
    )
)
PeriodResult.add_index(
    PeriodResult.index(
        PeriodResult.school,
        PeriodResult.school_year,
        PeriodResult.pupil,
        PeriodResult.subject,
        PeriodResult.kind,
        unique=True,
        where=SQL("study_period_id IS NULL"),
        name="period_result_one_of_year",
    )
)


class Retake(BaseModel):
    school = link(School)
    result = link(PeriodResult)
    ordinal = SmallIntegerField(constraints=[Check("ordinal BETWEEN 1 AND 3")])
    held_on = DateField()
    was = CharField(max_length=8)
    value = CharField(max_length=8, default="")
    made_at = MomentField()
    made_by = link(Person)

    class Meta:
        indexes = ((("school", "result", "ordinal"), True),)


class Deferral(BaseModel):
    school = link(School)
    school_year = link(SchoolYear)
    pupil = link(Person)
    subject = link(Subject, null=True)
    study_period = link(StudyPeriod, null=True)
    kind = CharField(max_length=8, constraints=[_IS_KIND])
    until_on = DateField()
    reason = TextField(constraints=[Check("reason <> ''")])
    order_name = CharField(constraints=[Check("order_name <> ''")])
    order_on = DateField()
    made_at = MomentField()
    made_by = link(Person)
    request = CharField(max_length=40, unique=True, column_name="request_id")
    ended_at = MomentField(null=True)
    ended_by = link(Person, null=True)

    class Meta:
        constraints = [_PERIOD_IS_NAMED, Check("(ended_at IS NULL) = (ended_by_id IS NULL)")]
        indexes = ((("school", "until_on"), False), (("pupil", "school_year"), False))


class Closing(BaseModel):
    school = link(School)
    school_year = link(SchoolYear)
    school_class = link(SchoolClass)
    study_period = link(StudyPeriod, null=True)
    kind = CharField(max_length=8, constraints=[_IS_KIND])
    closed_at = MomentField()
    closed_by = link(Person)

    class Meta:
        constraints = [_PERIOD_IS_NAMED]
        indexes = ((("school", "school_class"), False),)


Closing.add_index(
    Closing.index(
        Closing.school_class,
        Closing.study_period,
        unique=True,
        where=SQL("study_period_id IS NOT NULL"),
        name="closing_one_of_period",
    )
)
Closing.add_index(
    Closing.index(
        Closing.school_class,
        Closing.kind,
        unique=True,
        where=SQL("study_period_id IS NULL"),
        name="closing_one_of_year",
    )
)


class CouncilDecision(BaseModel):
    DECISIONS = ("promoted", "conditional", "repeats", "graduated", "certificate")

    school = link(School)
    school_year = link(SchoolYear)
    school_class = link(SchoolClass)
    pupil = link(Person)
    decision = CharField(max_length=12, constraints=[Check(f"decision IN {DECISIONS!r}")])
    minutes_name = CharField(constraints=[Check("minutes_name <> ''")])
    minutes_on = DateField()
    made_at = MomentField()
    made_by = link(Person)

    class Meta:
        indexes = ((("school", "school_class", "pupil"), True), (("pupil",), False))


class Acknowledgement(BaseModel):
    WHATS = ("week", "period", "year")

    school = link(School)
    pupil = link(Person)
    person = link(Person)
    what = CharField(max_length=8, constraints=[Check(f"what IN {WHATS!r}")])
    about_on = DateField()
    study_period = link(StudyPeriod, null=True)
    at = MomentField()

    class Meta:
        constraints = [Check("(what = 'period') = (study_period_id IS NOT NULL)")]
        indexes = ((("pupil", "what", "about_on"), False),)


class ResultVerdict(BaseModel):
    school = link(School)
    key = CharField(max_length=60)
    kind = CharField(max_length=8, constraints=[_IS_KIND])
    school_year = link(SchoolYear)
    study_period = link(StudyPeriod, null=True)
    pupil = link(Person)
    subject = link(Subject)
    teaching_group = link(TeachingGroup)
    teacher = link(Person)
    event_on = DateField()
    entered_at = MomentField()
    due_at = MomentField()
    deferral = link(Deferral, null=True)
    regulation_version = link(RegulationVersion)

    class Meta:
        indexes = ((("school", "key"), True), (("school", "event_on"), False))


class ChangeRequest(BaseModel):
    school = link(School)
    lesson = link(Lesson, null=True)
    work = link(Work, null=True)
    result = link(PeriodResult, null=True)
    pupil = link(Person)
    field = CharField(max_length=16)
    was = CharField(max_length=16, constraints=[Check("was <> ''")])
    wanted = CharField(max_length=16, default="")
    reason = TextField(constraints=[Check("reason <> ''")])
    asked_at = MomentField()
    asked_by = link(Person)
    request = CharField(max_length=40, unique=True, column_name="request_id")
    decision = CharField(
        max_length=8, default="", constraints=[Check("decision IN ('', 'opened', 'declined')")]
    )
    decided_at = MomentField(null=True)
    decided_by = link(Person, null=True)
    word = TextField(default="")
    open_until = MomentField(null=True)
    changed_at = MomentField(null=True)

    class Meta:
        indexes = ((("school", "lesson"), False), (("school", "asked_at"), False))
        constraints = [
            Check("(decision = '') = (decided_at IS NULL)"),
            Check("(decision = 'opened') = (open_until IS NOT NULL)"),
            Check("(lesson_id IS NULL) = (result_id IS NOT NULL)"),
        ]


ChangeRequest.add_index(
    ChangeRequest.index(
        ChangeRequest.work,
        ChangeRequest.pupil,
        ChangeRequest.field,
        unique=True,
        where=SQL("decision = ''"),
        name="change_request_one_of_work",
    )
)
ChangeRequest.add_index(
    ChangeRequest.index(
        ChangeRequest.lesson,
        ChangeRequest.pupil,
        ChangeRequest.field,
        unique=True,
        where=SQL("decision = '' AND work_id IS NULL"),
        name="change_request_one_of_lesson",
    )
)
ChangeRequest.add_index(
    ChangeRequest.index(
        ChangeRequest.result,
        unique=True,
        where=SQL("decision = '' AND result_id IS NOT NULL"),
        name="change_request_one_of_result",
    )
)

NEW = (
    ResultPolicy, Exam, PeriodResult, Retake, Deferral, Closing, CouncilDecision,
    Acknowledgement, ResultVerdict,
)  # fmt: skip
COLUMNS = (
    "id, school_id, lesson_id, work_id, pupil_id, field, was, wanted, reason, asked_at, "
    "asked_by_id, request_id, decision, decided_at, decided_by_id, word, open_until, changed_at"
)
OLD_INDEXES = (
    "change_request_request_id",
    "change_request_school_id_lesson_id",
    "change_request_school_id_asked_at",
    "change_request_one_of_work",
    "change_request_one_of_lesson",
)
POSTGRESQL = (
    "ALTER TABLE change_request ALTER COLUMN lesson_id DROP NOT NULL",
    "ALTER TABLE change_request ADD COLUMN result_id INTEGER REFERENCES period_result (id)",
    "ALTER TABLE change_request ADD CHECK ((lesson_id IS NULL) = (result_id IS NOT NULL))",
    "CREATE UNIQUE INDEX change_request_one_of_result ON change_request (result_id) "
    "WHERE decision = '' AND result_id IS NOT NULL",
)


def up(migrator: Any, db: Any) -> None:
    db.create_tables(NEW, safe=False)
    if not isinstance(db, SqliteDatabase):
        for statement in POSTGRESQL:
            db.execute_sql(statement)
        return
    # SQLite cannot take a NOT NULL back: the table is made anew, by hand, so that no CHECK is
    # lost on the way.
    for name in OLD_INDEXES:
        db.execute_sql(f'DROP INDEX "{name}"')
    db.execute_sql("ALTER TABLE change_request RENAME TO change_request_before")
    db.create_tables([ChangeRequest], safe=False)
    db.execute_sql(
        f"INSERT INTO change_request ({COLUMNS}) SELECT {COLUMNS} FROM change_request_before"
    )
    db.execute_sql("DROP TABLE change_request_before")
