"""Case files: requests, their steps, consents, the paper way, acts of destruction (A1–A4, H13)."""

from peewee import CharField, Check, DateField, IntegerField, TextField

from school.models.base import IN_ORDER, BaseModel, Dated, link
from school.models.fields import MomentField
from school.models.people import Guardianship
from school.models.persons import Person
from school.models.places import Municipality, School, SchoolYear
from school.models.regulations import RegulationVersion


class ServiceRequest(BaseModel):
    """A request (заявление), numbered without gaps per school and year. Its kind is a key of the
    regulation's [requests]; stage and holder are those of rules/requests.py."""

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
    #: Of the state portal, where it came from there.
    portal_number = CharField(max_length=64, default="")
    portal_on = DateField(null=True)
    #: The day in the school's time zone, and the moment that terms are counted from.
    registered_on = DateField()
    registered_at = MomentField()
    registered_by = link(Person)
    #: What its terms are counted by: the version that held on the day of registration.
    regulation_version = link(RegulationVersion)
    #: The last moment of the whole way (A8, C5, D3); NULL: the regulation knows no term for it.
    due_at = MomentField(null=True)
    #: When what was promised was there for the applicant (A8: the code is with the class teacher).
    met_at = MomentField(null=True)

    pupil = link(Person, null=True)
    #: A child whom a signed-in person named, until the office found whom they mean.
    child = CharField(max_length=250, default="")
    child_born_on = DateField(null=True)
    applicant_is = CharField(
        max_length=12, default="guardian", constraints=[Check(f"applicant_is IN {APPLICANTS!r}")]
    )
    #: The person, once the school knows them as one.
    applicant = link(Person, null=True)
    #: As they signed.
    surname = CharField(max_length=100, constraints=[Check("surname <> ''")])
    given_name = CharField(max_length=100, constraints=[Check("given_name <> ''")])
    patronymic = CharField(max_length=100, default="")
    #: What they are to the child, and by which document.
    relation = CharField(
        max_length=10, default="", constraints=[Check(f"relation IN {('', *Guardianship.KINDS)!r}")]
    )
    basis = CharField(max_length=250, default="")
    #: Words of their own: what is asked, why electronic form is refused.
    words = TextField(default="")
    #: A scan of the sheet in DATA_DIR/requests; empty: none.
    scan_name = CharField(max_length=64, default="")
    scan_checksum = CharField(max_length=64, default="")

    #: Keys of the regulation's documents that were seen, joined by blanks; of the document of
    #: identity its kind alone, never a number.
    documents_seen = CharField(max_length=80, default="")
    identity_kind = CharField(max_length=60, default="")

    stage = CharField(max_length=22, constraints=[Check(f"stage IN {STAGES!r}")])
    stage_at = MomentField()
    #: The last moment of the present stage, where it has a term of its own (A4) or the whole way's.
    stage_due_at = MomentField(null=True)
    #: Keys of the regulation's grounds, joined by blanks, of a refusal; and what was missing.
    grounds = CharField(max_length=250, default="")
    missing = TextField(default="")
    #: What was answered (a consultation, written information), or said at the end.
    answer = TextField(default="")
    closed_at = MomentField(null=True)
    #: Of the form that sent it: a form that comes twice makes one.
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
    """A stage that a request came to. Written once, never altered (triggers)."""

    service_request = link(ServiceRequest)
    at = MomentField()
    actor = link(Person, null=True)
    stage = CharField(max_length=22)
    #: What was done, a key of wording_requests.STEP_WORDS.
    step = CharField(max_length=32)
    #: What is missing, the grounds in the regulation's words, a word for the next holder.
    note = TextField(default="")
    request = CharField(default="", column_name="request_id")
    #: The last moment of that stage, as it was counted then; NULL: it has none.
    due_at = MomentField(null=True)

    class Meta:
        indexes = ((("service_request",), False),)


class Consent(BaseModel):
    """A sheet of its own: one purpose, one person's data, given or refused by who signed it."""

    PURPOSES = ("ediary", "email", "sms")
    WHOSE = ("applicant", "pupil")

    school = link(School)
    purpose = CharField(max_length=10, constraints=[Check(f"purpose IN {PURPOSES!r}")])
    #: Whose data; for an applicant whom the school does not know as a person yet, later.
    whose = CharField(max_length=10, constraints=[Check(f"whose IN {WHOSE!r}")])
    subject = link(Person, null=True)
    signer = link(Person, null=True)
    #: For which child's diary.
    pupil = link(Person, null=True)
    service_request = link(ServiceRequest, null=True)
    decision = CharField(max_length=8, constraints=[Check("decision IN ('given', 'refused')")])
    #: «подписанный лист», «отмечено в личном кабинете».
    basis = CharField(max_length=250, constraints=[Check("basis <> ''")])
    signed_on = DateField()
    entered_at = MomentField()
    entered_by = link(Person)
    #: The class teacher took the sheet, found it in order, gave it to the administrator (A4).
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
    """A person who gets a child's facts on paper: why, from a day to a day."""

    REASONS = (
        "refused", "withdrew", "no_consent", "terminated", "no_device", "adult_pupil", "other",
    )  # fmt: skip

    school = link(School)
    pupil = link(Person)
    #: Who gets it; a representative without consent is no person of the program, and named only.
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
    """What a withdrawal ended and deleted, with the extract of the log (H13). Kept three years at
    least, never altered (triggers)."""

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
    #: JSON lists of sentences: what was ended, what was deleted, what stays and by which law.
    ended = TextField()
    destroyed = TextField()
    kept = TextField()
    #: JSON: the lines of the log that prove it.
    log_extract = TextField()

    class Meta:
        indexes = (
            (("school", "school_year", "ordinal"), True),
            (("person",), False),
        )


class FormText(BaseModel):
    """The text of a blank form that a municipality or a school put in place of the shipped one;
    the newest row holds, an empty one brings the shipped text back."""

    municipality = link(Municipality)
    school = link(School, null=True)
    form = CharField(max_length=32)
    text = TextField()
    changed_at = MomentField()
    changed_by = link(Person)

    class Meta:
        indexes = ((("municipality", "form"), False),)
