"""Classes with their enrolments, and the groups in which lessons are held."""

from peewee import SQL, BooleanField, CharField, Check, SmallIntegerField

from school.models.base import IN_ORDER, BaseModel, Dated, link
from school.models.persons import Person
from school.models.places import School, SchoolYear


class SchoolClass(BaseModel):
    school = link(School)
    school_year = link(SchoolYear)
    grade = SmallIntegerField(constraints=[Check("grade BETWEEN 1 AND 12")])
    letter = CharField(default="")

    class Meta:
        indexes = ((("school", "school_year", "grade", "letter"), True),)


class Enrolment(Dated):
    """A pupil in a class, from a day to a day; `ending` and `reason` say why it ended."""

    ENDINGS = ("", "moved", "transfer", "left", "graduated")

    school = link(School)
    school_class = link(SchoolClass)
    pupil = link(Person, index=True)
    reason = CharField(default="")
    #: To another class, to another school of the municipality, out of it, with a certificate.
    ending = CharField(default="", constraints=[Check(f"ending IN {ENDINGS!r}")])
    #: The school of the municipality that is to take the pupil.
    moves_to = link(School, null=True)

    class Meta:
        constraints = [IN_ORDER]
        indexes = ((("school", "school_class", "pupil", "from_on"), True),)


class Subject(BaseModel):
    school = link(School)
    name = CharField(constraints=[Check("name <> ''")])

    class Meta:
        indexes = ((("school", "name"), True),)


class TeachingGroup(BaseModel):
    """Whom a lesson is for: a class, a part of one, a stream of several, or one pupil on an
    individual plan. `school_class` is empty for a stream."""

    KINDS = ("class", "part", "stream", "individual")
    MARKING = ("five", "pass", "none")

    school = link(School)
    school_year = link(SchoolYear)
    subject = link(Subject)
    kind = CharField(default="class", constraints=[Check(f"kind IN {KINDS!r}")])
    school_class = link(SchoolClass, null=True)
    name = CharField(constraints=[Check("name <> ''")])
    #: Marks 2–5, passed or not, or no marks at all (grade 1).
    marking = CharField(default="five", constraints=[Check(f"marking IN {MARKING!r}")])
    #: Внеурочная деятельность: attendance and no marks, whatever the kind of the group.
    is_extracurricular = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])

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
