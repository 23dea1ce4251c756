"""Whether the school kept its promises: verdicts on entries, reminders, and claims of sweeps."""

from peewee import CharField, Check, CompositeKey, DateField

from school.models.base import BaseModel, link
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import School
from school.models.register import Work
from school.models.regulations import RegulationVersion
from school.models.timetable import Lesson


class Verdict(BaseModel):
    """When something was first entered, and by when it was owed (C1, C3, C10). Written with the
    entry; neither a later timetable nor a later regulation changes it."""

    WHATS = ("mark", "absence", "attendance")

    school = link(School)
    #: What was entered, once: «mark:<work>:<pupil>», «absence:<lesson>:<pupil>»,
    #: «attendance:<lesson>».
    key = CharField(max_length=60)
    what = CharField(constraints=[Check(f"what IN {WHATS!r}")])
    lesson = link(Lesson)
    work = link(Work, null=True)
    pupil = link(Person, null=True)
    #: Who held the lesson then.
    teacher = link(Person)
    #: The day that the term was counted from: the lesson's, or that on which the pupil did the
    #: work.
    event_on = DateField()
    #: The lesson's end as it was then.
    lesson_ends_at = MomentField()
    entered_at = MomentField()
    due_at = MomentField()
    regulation_version = link(RegulationVersion)

    class Meta:
        indexes = ((("school", "key"), True), (("school", "event_on"), False))


class Reminder(BaseModel):
    """That somebody was told of something owed: before its term whoever has it in hand, after it
    the deputy head; once each."""

    STAGES = ("before", "after")

    school = link(School)
    #: The obligation's.
    key = CharField(max_length=60)
    stage = CharField(constraints=[Check(f"stage IN {STAGES!r}")])
    recipient = link(Person)
    #: Empty where no term is named (A9).
    due_at = MomentField(null=True)
    made_at = MomentField()

    class Meta:
        indexes = (
            (("school", "key", "stage", "recipient"), True),
            (("recipient", "made_at"), False),
        )


class SweepClaim(BaseModel):
    """Which worker sweeps a school, and until when the others leave it alone: a claim of a
    worker that died ends by itself."""

    sweep = CharField()
    school = link(School)
    claimed_by = CharField()
    claimed_until = MomentField()

    class Meta:
        primary_key = CompositeKey("sweep", "school")
