"""People, their accounts, and what ties them to schools and children."""

from peewee import BooleanField, CharField, Check, TextField

from school.models.base import IN_ORDER, BaseModel, Dated, link
from school.models.classes import SchoolClass
from school.models.fields import MomentField
from school.models.persons import Person
from school.models.places import Municipality, School


class Account(BaseModel):
    """One person, one account, however many roles, children and schools."""

    person = link(Person, unique=True)
    #: Lower case, as it is compared at sign-in.
    login = CharField(unique=True, constraints=[Check("login <> ''")])
    password_hash = TextField()
    #: The password is a one-time one: the person has to choose their own first.
    must_change_password = BooleanField(default=False)
    is_demo = BooleanField(default=False)
    created_at = MomentField()
    disabled_at = MomentField(null=True)


class Role(Dated):
    """What a person does for a school or the municipality, from a day to a day."""

    KINDS = (
        "teacher", "class_teacher", "administrator", "deputy_head", "head", "officer", "support",
    )  # fmt: skip

    person = link(Person, index=True)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    municipality = link(Municipality)
    school = link(School, null=True)
    #: Whose class teacher.
    school_class = link(SchoolClass, null=True)
    #: From this moment on it holds no more, whatever its last day.
    ended_at = MomentField(null=True)
    end_reason = TextField(default="")

    class Meta:
        constraints = [
            IN_ORDER,
            Check("(kind IN ('officer', 'support')) = (school_id IS NULL)"),
            Check("(kind = 'class_teacher') = (school_class_id IS NOT NULL)"),
        ]
        indexes = ((("school", "kind"), False),)


class Guardianship(Dated):
    """A legal representative of a pupil: the kind, and the basis of the authority."""

    KINDS = ("mother", "father", "guardian", "trustee", "other")
    CHOICES = ("", "asked", "allowed", "refused", "withdrawn")

    pupil = link(Person)
    guardian = link(Person)
    kind = CharField(constraints=[Check(f"kind IN {KINDS!r}")])
    basis = TextField()
    #: From this moment on it holds no more, whatever its last day.
    ended_at = MomentField(null=True)
    end_reason = TextField(default="")
    #: What the pupil, of age by now, says to this person's reading of the diary.
    adult_choice = CharField(default="", constraints=[Check(f"adult_choice IN {CHOICES!r}")])
    adult_choice_at = MomentField(null=True)

    class Meta:
        constraints = [IN_ORDER, Check("pupil_id <> guardian_id")]
        indexes = (
            (("guardian", "pupil", "from_on"), True),
            (("pupil", "guardian"), False),
        )


class DiaryLimit(Dated):
    """What a person may not see of a pupil's diary: a court's order, a request for termination,
    an agreement. `person` is a representative, or the pupil."""

    AREAS = ("everything", "marks", "attendance", "comments", "timetable")
    GROUNDS = ("court_order", "termination", "agreement", "other")

    pupil = link(Person)
    person = link(Person)
    area = CharField(constraints=[Check(f"area IN {AREAS!r}")])
    ground = CharField(constraints=[Check(f"ground IN {GROUNDS!r}")])
    #: The document: «решение Синарского суда от 12.10.2026, дело 2-114».
    basis = TextField()
    #: Lifted: from this moment on it holds no more.
    ended_at = MomentField(null=True)
    end_reason = TextField(default="")

    class Meta:
        constraints = [IN_ORDER]
        indexes = (
            (("person", "pupil"), False),
            (("pupil",), False),
        )
