"""Case files: requests, their steps, consents, the paper way, acts of destruction, texts of
forms. A frozen copy of what this step adds."""

from typing import Any

from peewee import CharField, Check, DateField, ForeignKeyField, IntegerField, Model, TextField

from school.database import database
from school.models.fields import MomentField

RELATIONS = ("", "mother", "father", "guardian", "trustee", "other")


class BaseModel(Model):
    class Meta:
        database = database
        legacy_table_names = False


def link(model: Any, **options: Any) -> ForeignKeyField:
    options.setdefault("index", False)
    return ForeignKeyField(model, backref="+", **options)


IN_ORDER = Check("until_on IS NULL OR from_on <= until_on")


class Dated(BaseModel):
    from_on = DateField()
    until_on = DateField(null=True)


class Municipality(BaseModel):
    """What the new tables refer to, as the four below."""


class School(BaseModel):
    pass


class SchoolYear(BaseModel):
    pass


class Person(BaseModel):
    pass


class RegulationVersion(BaseModel):
    pass


class ServiceRequest(BaseModel):
    KINDS = (
        "ediary", "extract", "written_information", "refusal_of_electronic_form", "termination",
        "consultation",
    )  # fmt: skip
    CHANNELS = ("visit", "post", "portal", "signed_in")
    APPLICANTS = ("guardian", "adult_pupil", "pupil")
    STAGES = (
        "consent_awaited", "checking", "sent_back", "accepting", "preparing",
        "preparing_code", "code_at_class_teacher", "code_at_office", "ready",
        "done", "refused_acceptance", "refused", "no_consent", "taken_back",
    )  # fmt: skip

    school = link(School)
    school_year = link(SchoolYear)
    ordinal = IntegerField(constraints=[Check("ordinal > 0")])
    kind = CharField(max_length=32, constraints=[Check(f"kind IN {KINDS!r}")])
    channel = CharField(max_length=12, constraints=[Check(f"channel IN {CHANNELS!r}")])
    portal_number = CharField(max_length=64, default="")
    portal_on = DateField(null=True)
    registered_on = DateField()
    registered_at = MomentField()
    registered_by = link(Person)
    regulation_version = link(RegulationVersion)
    due_at = MomentField(null=True)
    met_at = MomentField(null=True)

    pupil = link(Person, null=True)
    child = CharField(max_length=250, default="")
    child_born_on = DateField(null=True)
    applicant_is = CharField(
        max_length=12, default="guardian", constraints=[Check(f"applicant_is IN {APPLICANTS!r}")]
    )
    applicant = link(Person, null=True)
    surname = CharField(max_length=100, constraints=[Check("surname <> ''")])
    given_name = CharField(max_length=100, constraints=[Check("given_name <> ''")])
    patronymic = CharField(max_length=100, default="")
    relation = CharField(
        max_length=10, default="", constraints=[Check(f"relation IN {RELATIONS!r}")]
    )
    basis = CharField(max_length=250, default="")
    words = TextField(default="")
    scan_name = CharField(max_length=64, default="")
    scan_checksum = CharField(max_length=64, default="")

    documents_seen = CharField(max_length=80, default="")
    identity_kind = CharField(max_length=60, default="")

    stage = CharField(max_length=22, constraints=[Check(f"stage IN {STAGES!r}")])
    stage_at = MomentField()
    stage_due_at = MomentField(null=True)
    grounds = CharField(max_length=250, default="")
    missing = TextField(default="")
    answer = TextField(default="")
    closed_at = MomentField(null=True)
    request = CharField(max_length=60, unique=True, column_name="request_id")

    class Meta:
        constraints = [
            Check("(channel = 'portal') = (portal_number <> '')"),
            Check("pupil_id IS NOT NULL OR child <> ''"),
            Check(
                "(closed_at IS NOT NULL) = (stage IN "
                "('done', 'refused_acceptance', 'refused', 'no_consent', 'taken_back'))"
            ),
        ]
        indexes = (
            (("school", "school_year", "ordinal"), True),
            (("school", "stage", "stage_due_at"), False),
            (("pupil",), False),
            (("applicant",), False),
        )


class RequestStep(BaseModel):
    service_request = link(ServiceRequest)
    at = MomentField()
    actor = link(Person, null=True)
    stage = CharField(max_length=22)
    step = CharField(max_length=32)
    note = TextField(default="")
    request = CharField(default="", column_name="request_id")

    class Meta:
        indexes = ((("service_request",), False),)


class Consent(BaseModel):
    PURPOSES = ("ediary", "email", "sms")
    WHOSE = ("applicant", "pupil")

    school = link(School)
    purpose = CharField(max_length=10, constraints=[Check(f"purpose IN {PURPOSES!r}")])
    whose = CharField(max_length=10, constraints=[Check(f"whose IN {WHOSE!r}")])
    subject = link(Person, null=True)
    signer = link(Person, null=True)
    pupil = link(Person, null=True)
    service_request = link(ServiceRequest, null=True)
    decision = CharField(max_length=8, constraints=[Check("decision IN ('given', 'refused')")])
    basis = CharField(max_length=250, constraints=[Check("basis <> ''")])
    signed_on = DateField()
    entered_at = MomentField()
    entered_by = link(Person)
    received_at = MomentField(null=True)
    received_by = link(Person, null=True)
    checked_at = MomentField(null=True)
    passed_at = MomentField(null=True)
    accepted_at = MomentField(null=True)
    accepted_by = link(Person, null=True)
    withdrawn_at = MomentField(null=True)
    withdrawn_by = link(Person, null=True)
    withdrawn_basis = CharField(max_length=250, default="")
    request = CharField(max_length=60, unique=True, column_name="request_id")

    class Meta:
        constraints = [
            Check("service_request_id IS NOT NULL OR subject_id IS NOT NULL"),
            Check("withdrawn_at IS NULL OR decision = 'given'"),
        ]
        indexes = (
            (("pupil", "purpose"), False),
            (("subject", "purpose"), False),
            (("service_request",), False),
        )


class PaperWay(Dated):
    REASONS = (
        "refused", "withdrew", "no_consent", "terminated", "no_device", "adult_pupil", "other",
    )  # fmt: skip

    school = link(School)
    pupil = link(Person)
    person = link(Person, null=True)
    recipient = CharField(max_length=250, constraints=[Check("recipient <> ''")])
    why = CharField(max_length=12, constraints=[Check(f"why IN {REASONS!r}")])
    service_request = link(ServiceRequest, null=True)
    consent = link(Consent, null=True)
    begun_at = MomentField()
    begun_by = link(Person, null=True)
    ended_at = MomentField(null=True)
    end_reason = TextField(default="")

    class Meta:
        constraints = [IN_ORDER]
        indexes = ((("school", "pupil"), False), (("person",), False))


class DestructionAct(BaseModel):
    school = link(School)
    school_year = link(SchoolYear)
    ordinal = IntegerField(constraints=[Check("ordinal > 0")])
    made_on = DateField()
    at = MomentField()
    made_by = link(Person, null=True)
    person = link(Person)
    pupil = link(Person, null=True)
    consent = link(Consent, null=True)
    service_request = link(ServiceRequest, null=True)
    purpose = CharField(max_length=10)
    ended = TextField()
    destroyed = TextField()
    kept = TextField()
    log_extract = TextField()

    class Meta:
        indexes = (
            (("school", "school_year", "ordinal"), True),
            (("person",), False),
        )


class FormText(BaseModel):
    municipality = link(Municipality)
    school = link(School, null=True)
    form = CharField(max_length=32)
    text = TextField()
    changed_at = MomentField()
    changed_by = link(Person)

    class Meta:
        indexes = ((("municipality", "form"), False),)


def up(migrator: Any, db: Any) -> None:
    db.create_tables(
        [ServiceRequest, RequestStep, Consent, PaperWay, DestructionAct, FormText], safe=False
    )
