"""What becomes of a request: sheets of consent, decisions, answers (A2–A4, A8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from school import clock
from school.actions.consents import (
    GIVEN,
    REFUSED,
    Sheet,
    check_sheets,
    has_family_consent,
    link_sheets,
    mark_sheets,
    put_sheets,
    sheets_of,
)
from school.actions.ediary_ends import Ending, end_ediary, open_ediary_again
from school.actions.history import Act
from school.actions.paper_ways import end_paper_ways_of
from school.actions.representatives import (
    NewRepresentative,
    RepresentativeRefused,
    add_representative,
)
from school.actions.request_stages import (
    Case,
    RequestRefused,
    move,
    open_case,
    tell_applicant,
)
from school.actions.requests import to_paper
from school.actions.staff import Names as NewNames
from school.database import transaction
from school.models import Account, Guardianship
from school.rules import requests as rules
from school.rules.regulation import GUARDIAN, PUPIL
from school.wording_requests import DOCUMENTS_MISSING

# Sheets of consent


def receive_sheets(
    service_request_id: int, sheets: Sequence[Sheet], act: Act, *, request_id: str
) -> str:
    """Take the sheets of a request from the family: the class teacher, where the regulation has
    one in this, else the office. With a sheet that refuses the case goes over to the paper way.
    Returns the stage. Raises RequestRefused."""
    with transaction():
        case = open_case(service_request_id)
        today = clock.local(act.at, case.time_zone).date()
        check_sheets(sheets, today)
        if case.row.kind != rules.EDIARY or case.row.closed_at is not None:
            raise RequestRefused("По этому заявлению листы согласия уже не нужны.")
        if case.row.pupil_id is None:
            raise RequestRefused("Сначала нужно найти ребёнка в списках школы.")
        if case.row.stage not in (rules.CONSENT_AWAITED, rules.SENT_BACK):
            stage: str = case.row.stage
            return stage
        put_sheets(case, sheets, act, request_id=request_id)
        kept = sheets_of(case.row.id)
        if any(row.decision == REFUSED for row in kept.values()):
            mark_sheets(case, received_at=act.at, received_by=act.actor_id)
            move(case, rules.NO_CONSENT, "not_consented", act)
            to_paper(case, "no_consent", act)
            tell_applicant(case, act, "Записано несогласие: сообщать будем на бумаге.")
            return rules.NO_CONSENT
        missing = [
            whose
            for whose in rules.sheets_needed(case.row.applicant_is)
            if whose not in kept and not _is_covered(case, whose)
        ]
        if missing:
            raise RequestRefused("Не хватает листа: их два, по одному на каждого.", "consent")
        mark_sheets(case, received_at=act.at, received_by=act.actor_id)
        if case.class_teacher:
            move(case, rules.CHECKING, "sheet_received", act)
        else:
            move(case, rules.ACCEPTING, "sheet_taken", act)
        return str(case.row.stage)


def _is_covered(case: Case, whose: str) -> bool:
    """A pupil's own code needs no consent beyond the family's (Регламент СОШ № 2, п. 4.4)."""
    row = case.row
    return (
        row.applicant_is == PUPIL
        and whose == rules.PUPILS_DATA
        and row.pupil_id is not None
        and has_family_consent(row.pupil_id)
    )


def pass_on(service_request_id: int, act: Act) -> None:
    """The class teacher checked the sheets: they are complete, and go to the administrator
    (Регламент СОШ № 2, п. 2.2). Raises RequestRefused."""
    with transaction():
        case = open_case(service_request_id)
        if move(case, rules.ACCEPTING, "passed_on", act):
            mark_sheets(case, checked_at=act.at, passed_at=act.at)


def send_back(service_request_id: int, missing: str, act: Act) -> None:
    """Give the sheets back to the family to be completed, naming what is missing. Raises
    RequestRefused."""
    missing = missing.strip()
    if not missing:
        raise RequestRefused("Напишите, чего не хватает: семья прочтёт эти слова.", "missing")
    with transaction():
        case = open_case(service_request_id)
        if move(case, rules.SENT_BACK, "sent_back", act, note=missing, missing=missing):
            tell_applicant(case, act, f"Лист согласия нужно дополнить: {missing}")


# Decisions


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the administrator saw, and who the applicant is."""

    #: Keys of the regulation's documents.
    documents_seen: tuple[str, ...]
    identity_kind: str = ""
    relation: str = ""
    #: The document of the authority, in words.
    basis: str = ""
    #: Somebody who is known; None: a person whom the school did not know.
    person_id: int | None = None


def accept_request(service_request_id: int, seen: Acceptance, act: Act) -> str:
    """Accept a request; returns the stage it comes to. For the e-diary the representative's
    record and authority are made or found, on nothing but consent (A2); what was given up before
    opens again. Raises RequestRefused, naming what is missing."""
    with transaction():
        case = open_case(service_request_id)
        row = case.row
        if row.stage != rules.ACCEPTING:
            if row.stage in (rules.PREPARING_CODE, rules.DONE):
                return str(row.stage)
            raise RequestRefused("Принять можно, когда листы проверены и переданы вам.")
        if row.pupil_id is None:
            raise RequestRefused("Сначала найдите ребёнка в списках школы.")
        check_documents(case, seen.documents_seen)
        if row.kind == rules.EDIARY:
            return _accept_ediary(case, seen, act)
        return _accept_ending(case, seen, act)


def _missing_documents(case: Case, seen: Sequence[str]) -> list[str]:
    row = case.row
    rule = case.regulation.request(row.kind)
    needed = rules.documents_needed(rule.documents, row.kind, row.relation, row.channel)
    # Consent is no box to tick: its sheets are there or not.
    missing = [name for name in needed if name not in seen and name != rules.CONSENT]
    if row.kind == rules.EDIARY:
        kept = sheets_of(row.id)
        for whose in rules.sheets_needed(row.applicant_is):
            is_given = whose in kept and kept[whose].decision == GIVEN
            if not is_given and not _is_covered(case, whose) and rules.CONSENT not in missing:
                missing.append(rules.CONSENT)
    return missing


def check_documents(case: Case, seen: Sequence[str]) -> None:
    """Whether all was seen that the regulation asks for. Raises RequestRefused, naming what is
    missing."""
    missing = _missing_documents(case, seen)
    if missing:
        said = "; ".join(DOCUMENTS_MISSING[name] for name in missing)
        raise RequestRefused(
            f"Пакет неполный: {said}. Отметьте, что видели документ, или откажите в приёме.",
            "documents",
        )


def _accept_ediary(case: Case, seen: Acceptance, act: Act) -> str:
    row = case.row
    today = clock.local(act.at, case.time_zone).date()
    person_id = row.pupil_id
    if row.applicant_is == GUARDIAN:
        person_id = _make_representative(case, seen, today, act)
        case.row.applicant = person_id
    values = {
        "applicant": person_id,
        "documents_seen": " ".join(seen.documents_seen),
        "identity_kind": seen.identity_kind if "identity" in seen.documents_seen else "",
        "relation": seen.relation or row.relation,
        "basis": seen.basis or row.basis,
    }
    link_sheets(case)
    mark_sheets(case, accepted_at=act.at, accepted_by=act.actor_id)
    reason = f"новое согласие, заявление № {row.ordinal} от {row.registered_on:%d.%m.%Y}"
    open_ediary_again(person_id, row.pupil_id, row.school_id, reason, act)
    end_paper_ways_of(person_id, row.pupil_id, today=today, reason=reason, act=act)
    has_account = (
        Account.select().where(Account.person == person_id, Account.disabled_at.is_null()).exists()
    )
    if has_account:
        # One person, one account: the child is there at the next look, no code is needed.
        move(case, rules.PREPARING_CODE, "accepted", act, **values)
        move(case, rules.DONE, "code_handed_over", act, note="открыт в имеющейся учётной записи")
        tell_applicant(case, act, "Доступ открыт: дневник уже в вашей учётной записи.")
    else:
        move(case, rules.PREPARING_CODE, "accepted", act, **values)
        tell_applicant(case, act, "Заявление принято, готовится код.")
    return str(case.row.stage)


def _make_representative(case: Case, seen: Acceptance, today: date, act: Act) -> int:
    row = case.row
    relation, basis = seen.relation or row.relation, (seen.basis or row.basis).strip()
    if relation not in Guardianship.KINDS:
        raise RequestRefused("Выберите, кто это ребёнку.", "relation")
    if not basis:
        raise RequestRefused(
            "Напишите основание: свидетельство о рождении, акт органа опеки.", "basis"
        )
    who: int | NewNames = (
        seen.person_id or row.applicant_id or NewNames(row.surname, row.given_name, row.patronymic)
    )
    try:
        return add_representative(
            NewRepresentative(row.pupil_id, relation, basis, today, None, who), row.school_id, act
        )
    except RepresentativeRefused as refusal:
        raise RequestRefused(str(refusal), "person") from None


def _accept_ending(case: Case, seen: Acceptance, act: Act) -> str:
    """Refusal of the electronic form, and termination: the paper way, never into nothing."""
    row = case.row
    why = "refused" if row.kind == rules.REFUSAL else "terminated"
    if row.applicant_is != GUARDIAN:
        why = "adult_pupil"
    basis = f"заявление № {row.ordinal} от {row.registered_on:%d.%m.%Y}"
    person_id = seen.person_id or row.applicant_id
    move(
        case, rules.DONE, "access_ended", act,
        applicant=person_id,
        documents_seen=" ".join(seen.documents_seen),
        identity_kind=seen.identity_kind if "identity" in seen.documents_seen else "",
    )  # fmt: skip
    if person_id is None:
        to_paper(case, why, act)
    else:
        tell_applicant(case, act, "Заявление исполнено: дальше сообщаем на бумаге.")
        ending = Ending(why, basis, row.id)
        end_ediary(person_id, row.pupil_id, row.school_id, ending, act)
    return str(case.row.stage)


def refuse_acceptance(
    service_request_id: int, documents: Sequence[str], words: str, act: Act
) -> None:
    """Refuse an incomplete package, naming what is missing: keys of the regulation's documents,
    and words (постановление Нижней Туры № 174, «Основание для отказа в приёме документов»).
    Raises RequestRefused."""
    missing = [DOCUMENTS_MISSING[name] for name in documents if name in DOCUMENTS_MISSING]
    said = "; ".join(filter(None, (*missing, words.strip())))
    if not said:
        raise RequestRefused("Отметьте или напишите, чего не хватает.", "documents")
    with transaction():
        case = open_case(service_request_id)
        ground = case.regulation.grounds_of("acceptance").items[0]
        if move(
            case, rules.REFUSED_ACCEPTANCE, "refused_acceptance", act,
            note=f"{ground.text}: {said}", grounds=ground.key, missing=said,
        ):  # fmt: skip
            tell_applicant(
                case, act,
                f"В приёме документов отказано, {ground.text}: {said}. Дополните и подайте снова.",
            )  # fmt: skip


def refuse_service(service_request_id: int, grounds: Sequence[str], words: str, act: Act) -> None:
    """Refuse the service on one or several grounds of the regulation's list; `words` go into the
    notice beside them. Raises RequestRefused."""
    with transaction():
        case = open_case(service_request_id)
        known = {item.key: item.text for item in case.regulation.grounds_of("refusal").items}
        chosen = [key for key in dict.fromkeys(grounds) if key in known]
        if not chosen:
            raise RequestRefused("Отметьте хотя бы одно основание из регламента.", "grounds")
        said = "; ".join(known[key] for key in chosen)
        note = f"{said}. {words.strip()}".strip()
        if move(
            case, rules.REFUSED, "refused", act,
            note=note, grounds=" ".join(chosen)[:250], answer=words.strip(),
        ):  # fmt: skip
            tell_applicant(case, act, f"В предоставлении услуги отказано: {said}.")


def take_back(service_request_id: int, act: Act, words: str = "") -> None:
    """The applicant takes the request back before it is carried out. Raises RequestRefused."""
    with transaction():
        case = open_case(service_request_id)
        move(case, rules.TAKEN_BACK, "taken_back", act, note=words.strip())


# Answers


def hand_out(
    service_request_id: int,
    words: str,
    act: Act,
    *,
    documents_seen: Sequence[str] = (),
    identity_kind: str = "",
) -> None:
    """The answer was given to the applicant, with the documents seen that the regulation asks
    for; in words for a consultation. What has a number and a kept copy leaves the school by
    actions/issued.py alone (D2, D3). Raises RequestRefused."""
    words = words.strip()
    with transaction():
        case = open_case(service_request_id)
        if case.row.kind in rules.NUMBERED:
            raise RequestRefused("Сначала сделайте бумагу: у неё будет номер и копия в школе.")
        is_consultation = case.row.kind == rules.CONSULTATION
        if is_consultation and not words:
            raise RequestRefused("Напишите, что ответили.", "answer")
        seen = tuple(dict.fromkeys((*case.row.documents_seen.split(), *documents_seen)))
        if case.row.stage in (rules.PREPARING, rules.READY):
            check_documents(case, seen)
        values = {"answer": words} if words else {}
        values |= {"documents_seen": " ".join(seen)}
        if "identity" in seen and identity_kind:
            values["identity_kind"] = identity_kind
        step = "answered" if is_consultation else "handed_out"
        if move(case, rules.DONE, step, act, note=words, **values) and is_consultation:
            tell_applicant(case, act, f"Ответ: {words}")
