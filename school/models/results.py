"""Results: what teachers decided; exams, deferrals, closings, and what the council says."""

from peewee import SQL, BooleanField, CharField, Check, DateField, SmallIntegerField, TextField

from school.models.base import IN_ORDER, BaseModel, Dated, link
from school.models.classes import SchoolClass, Subject, TeachingGroup
from school.models.fields import MomentField, WeightField
from school.models.persons import Person
from school.models.places import School, SchoolYear, StudyPeriod
from school.models.regulations import RegulationVersion

#: Separate columns of the register and of the summary sheet.
KINDS = ("period", "year", "exam", "final")

_IS_KIND = Check(f"kind IN {KINDS!r}")
#: A result of a study period names it; the others are of their school year.
_PERIOD_IS_NAMED = Check("(kind = 'period') = (study_period_id IS NOT NULL)")


class ResultPolicy(Dated):
    """By what a school proposes results, from a day on, beside its grading policy."""

    school = link(School)
    #: Fewer marks than this say too little for a period's result.
    least_marks = SmallIntegerField(default=3, constraints=[Check("least_marks BETWEEN 1 AND 20")])
    #: Whoever missed at least so many percent of the lessons was mostly absent.
    most_missed = SmallIntegerField(
        default=75, constraints=[Check("most_missed BETWEEN 1 AND 100")]
    )
    #: From which fraction on the average of the periods counts as the next mark.
    year_threshold = WeightField(default="1/2")
    #: The exam counts as one more period of the year; else it makes the final result with it.
    exam_in_year = BooleanField(default=False)

    class Meta:
        constraints = [IN_ORDER]
        indexes = ((("school", "from_on"), True),)


class Exam(BaseModel):
    """An exam of a group, or what makes its final result; staff say when its results came in."""

    KINDS = ("exam", "final")

    school = link(School)
    school_year = link(SchoolYear)
    teaching_group = link(TeachingGroup)
    kind = CharField(max_length=8, constraints=[Check(f"kind IN {KINDS!r}")])
    title = CharField(constraints=[Check("title <> ''")])
    held_on = DateField()
    made_at = MomentField()
    made_by = link(Person)
    #: C4 counts from here.
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
    """What a teacher decided for a pupil in a subject. One that was taken back stays with an
    empty value, so that its history keeps its row."""

    school = link(School)
    school_year = link(SchoolYear)
    pupil = link(Person)
    subject = link(Subject)
    #: In whose register it was decided.
    teaching_group = link(TeachingGroup)
    study_period = link(StudyPeriod, null=True)
    kind = CharField(max_length=8, constraints=[_IS_KIND])
    #: 5…2, зач, незач, осв, н/а; empty once it was taken back.
    value = CharField(max_length=8, default="")
    #: What the program proposed when it was decided; empty where it proposed nothing.
    proposed = CharField(max_length=8, default="")
    #: Why it is another than the proposed one.
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


# A unique index lets NULLs repeat, and the year's results have no study period.
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
    """Another try at a result: when it was, and what came of it."""

    school = link(School)
    result = link(PeriodResult)
    ordinal = SmallIntegerField(constraints=[Check("ordinal BETWEEN 1 AND 3")])
    held_on = DateField()
    #: What stood before, and what it became; empty while it is yet to come.
    was = CharField(max_length=8)
    value = CharField(max_length=8, default="")
    made_at = MomentField()
    made_by = link(Person)

    class Meta:
        indexes = ((("school", "result", "ordinal"), True),)


class Deferral(BaseModel):
    """A pupil's result is put off to a day by an order; without a subject, in all of them."""

    school = link(School)
    school_year = link(SchoolYear)
    pupil = link(Person)
    subject = link(Subject, null=True)
    study_period = link(StudyPeriod, null=True)
    kind = CharField(max_length=8, constraints=[_IS_KIND])
    #: The last day on which the result is not overdue.
    until_on = DateField()
    reason = TextField(constraints=[Check("reason <> ''")])
    order_name = CharField(constraints=[Check("order_name <> ''")])
    order_on = DateField()
    made_at = MomentField()
    made_by = link(Person)
    request = CharField(max_length=40, unique=True, column_name="request_id")
    #: Taken back: from then on it defers nothing.
    ended_at = MomentField(null=True)
    ended_by = link(Person, null=True)

    class Meta:
        constraints = [_PERIOD_IS_NAMED, Check("(ended_at IS NULL) = (ended_by_id IS NULL)")]
        indexes = ((("school", "until_on"), False), (("pupil", "school_year"), False))


class Closing(BaseModel):
    """The results of a class in a study period or of the year are closed: from then on they
    change on request only (H2)."""

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
    """What the teachers' council decided on a pupil at the end of a year."""

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
    """«Ознакомлен(а)»: a representative, or the pupil, has read a week or results."""

    WHATS = ("week", "period", "year")

    school = link(School)
    pupil = link(Person)
    person = link(Person)
    what = CharField(max_length=8, constraints=[Check(f"what IN {WHATS!r}")])
    #: The Monday of the week, or the first day of the study period or the year.
    about_on = DateField()
    study_period = link(StudyPeriod, null=True)
    at = MomentField()

    class Meta:
        constraints = [Check("(what = 'period') = (study_period_id IS NOT NULL)")]
        indexes = ((("pupil", "what", "about_on"), False),)


class ResultVerdict(BaseModel):
    """When a result was first entered, and by when it was owed (C2, C4). Written with the entry;
    neither a later calendar nor a later regulation changes it."""

    school = link(School)
    #: «period:<study period>:<subject>:<pupil>», «exam:<school year>:<subject>:<pupil>».
    key = CharField(max_length=60)
    kind = CharField(max_length=8, constraints=[_IS_KIND])
    school_year = link(SchoolYear)
    study_period = link(StudyPeriod, null=True)
    pupil = link(Person)
    subject = link(Subject)
    teaching_group = link(TeachingGroup)
    #: Who entered it.
    teacher = link(Person)
    #: What the term was counted from: a period's last day, or the day the results came in.
    event_on = DateField()
    entered_at = MomentField()
    due_at = MomentField()
    #: By which its last moment was moved.
    deferral = link(Deferral, null=True)
    regulation_version = link(RegulationVersion)

    class Meta:
        indexes = ((("school", "key"), True), (("school", "event_on"), False))
