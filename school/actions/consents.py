"""Sheets of consent: one purpose, one person's data, one signature (A2, A4, H13)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from peewee import fn

from school.actions.history import Act, Fact, record
from school.actions.request_stages import Case, RequestRefused
from school.actions.traces import record_event
from school.models import Consent
from school.rules.requests import APPLICANTS_DATA, PUPILS_DATA

GIVEN, REFUSED = "given", "refused"
#: How a sheet came to be.
ON_PAPER = "подписанный лист"
SIGNED_IN = "отмечено в личном кабинете после входа"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as somebody hands it in."""

    #: Whose data: APPLICANTS_DATA or PUPILS_DATA.
    whose: str
    #: GIVEN or REFUSED.
    decision: str
    signed_on: date
    basis: str = ON_PAPER


def check_sheets(sheets: Iterable[Sheet], today: date) -> None:
    """Raises RequestRefused for a sheet that was signed in the future or decides nothing."""
    for sheet in sheets:
        if sheet.decision not in (GIVEN, REFUSED) or sheet.whose not in Consent.WHOSE:
            raise RequestRefused("Отметьте, согласие это или несогласие.", "consent")
        if sheet.signed_on > today:
            raise RequestRefused("Эта дата ещё не наступила.", "signed_on")


def put_sheets(case: Case, sheets: Iterable[Sheet], act: Act, *, request_id: str) -> None:
    """Keep the sheets that belong to a request; a newer one about the same person's data
    replaces an older one of this request. Joins the caller's transaction."""
    row = case.row
    for sheet in sheets:
        Consent.delete().where(
            Consent.service_request == row.id,
            Consent.whose == sheet.whose,
            Consent.accepted_at.is_null(),
        ).execute()
        subject = row.pupil_id if sheet.whose == PUPILS_DATA else row.applicant_id
        made = Consent.create(
            school=row.school_id,
            purpose="ediary",
            whose=sheet.whose,
            subject=subject,
            signer=row.applicant_id,
            pupil=row.pupil_id,
            service_request=row.id,
            decision=sheet.decision,
            basis=sheet.basis,
            signed_on=sheet.signed_on,
            entered_at=act.at,
            entered_by=act.actor_id,
            request=f"{request_id}:{sheet.whose}"[:60],
        )
        # That and who, never what was decided: erasure has to stay possible.
        record(act, row.school_id, [Fact("consent", made.id, "entered", "", "yes", row.pupil_id)])
        record_event(
            "consent_entered",
            act.at,
            person_id=act.actor_id,
            school_id=row.school_id,
            pupil_id=row.pupil_id,
            request_id=act.request_id,
        )


def sheets_of(service_request_id: int) -> dict[str, Consent]:
    """The sheets of a request by whose data they are about."""
    return {
        row.whose: row
        for row in Consent.select().where(Consent.service_request == service_request_id)
    }


def mark_sheets(case: Case, **values: object) -> None:
    """Write when the sheets of a request were received, checked, passed on, accepted."""
    Consent.update(**values).where(Consent.service_request == case.row.id).execute()


def link_sheets(case: Case) -> None:
    """Say whose data the sheets are about, once applicant and child are known as persons."""
    row = case.row
    of_request = Consent.service_request == row.id
    Consent.update(pupil=row.pupil_id, signer=row.applicant_id).where(of_request).execute()
    for whose, subject in ((APPLICANTS_DATA, row.applicant_id), (PUPILS_DATA, row.pupil_id)):
        Consent.update(subject=subject).where(of_request, Consent.whose == whose).execute()


def has_family_consent(pupil_id: int) -> bool:
    """Whether somebody of the family, or the pupil of age, has consented to the e-diary of the
    pupil and not taken it back (A9: the pupil's own code needs no further consent)."""
    count: int = (
        Consent.select(fn.COUNT(Consent.id))
        .where(
            Consent.subject == pupil_id,
            Consent.purpose == "ediary",
            Consent.decision == GIVEN,
            Consent.accepted_at.is_null(False),
            Consent.withdrawn_at.is_null(),
        )
        .scalar()
    )
    return count > 0


def put_consent(
    *,
    school_id: int,
    purpose: str,
    person_id: int,
    decision: str,
    signed_on: date,
    today: date,
    basis: str,
    request_id: str,
    act: Act,
) -> int:
    """Keep a sheet about one's own data for letters or messages (H13: a sheet of its own per
    purpose). The same form twice is one sheet. Joins the caller's transaction. Raises
    RequestRefused."""
    if purpose not in Consent.PURPOSES or purpose == "ediary":
        raise RequestRefused("Выберите цель из списка.", "purpose")
    check_sheets([Sheet(APPLICANTS_DATA, decision, signed_on)], today)
    same = Consent.get_or_none(Consent.request == request_id)
    if same is not None:
        return int(same.id)
    made = Consent.create(
        school=school_id,
        purpose=purpose,
        whose=APPLICANTS_DATA,
        subject=person_id,
        signer=person_id,
        decision=decision,
        basis=basis,
        signed_on=signed_on,
        entered_at=act.at,
        entered_by=act.actor_id,
        accepted_at=act.at,
        accepted_by=act.actor_id,
        request=request_id,
    )
    record(act, school_id, [Fact("consent", made.id, "entered", "", "yes")])
    return int(made.id)
