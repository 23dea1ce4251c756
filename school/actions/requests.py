"""Requests are registered: numbered, dated, with their channel (A1)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import fn

from school import clock
from school.actions.consents import (
    REFUSED,
    SIGNED_IN,
    Sheet,
    check_sheets,
    link_sheets,
    put_sheets,
)
from school.actions.ediary_ends import find_year
from school.actions.history import Act, Fact, record
from school.actions.paper_ways import NewPaperWay, begin_paper_way
from school.actions.request_stages import (
    Case,
    RequestRefused,
    enter,
    open_case,
    tell_applicant,
    write_step,
)
from school.actions.staff import lock_school
from school.database import transaction
from school.models import Enrolment, Person, School, ServiceRequest
from school.queries.locks import term_end
from school.queries.regulations import NoRegulation, RegulationInForce, get_regulation
from school.rules import requests as rules
from school.rules.access import is_adult
from school.rules.regulation import ADULT_PUPIL, GUARDIAN
from school.rules.requests import Names
from school.rules.terms import end_of_day, zone_of
from school.wording_requests import APPLICANT_WORDS, CHANNEL_WORDS

LONGEST_WORDS = 4_000


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request as it is handed in. Of the child either the person or the name is known."""

    school_id: int
    kind: str
    channel: str
    applicant_is: str
    names: Names
    request_id: str
    applicant_id: int | None = None
    pupil_id: int | None = None
    child: str = ""
    child_born_on: date | None = None
    relation: str = ""
    basis: str = ""
    words: str = ""
    portal_number: str = ""
    portal_on: date | None = None
    documents_seen: tuple[str, ...] = ()
    identity_kind: str = ""
    sheets: tuple[Sheet, ...] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    service_request_id: int
    ordinal: int
    #: False: the same form came twice.
    is_new: bool


class AlreadyAsked(RequestRefused):
    """The same applicant has the same request for the same child open."""

    def __init__(self, row: ServiceRequest) -> None:
        super().__init__(
            f"Такое заявление уже есть: № {row.ordinal} от {row.registered_on:%d.%m.%Y}, оно ещё "
            "не закрыто."
        )
        self.service_request_id = int(row.id)


def register_request(new: NewRequest, act: Act) -> Registered:
    """Register a request under the next number of the school's year: its terms are counted from
    this moment by the regulation of this day. The same form twice is one request. Raises
    AlreadyAsked, RequestRefused."""
    with transaction():
        # Whoever registers at the same time waits here: numbers have no gaps and no doubles.
        school = lock_school(new.school_id)
        same = ServiceRequest.get_or_none(ServiceRequest.request == new.request_id)
        if same is not None:
            if same.registered_by_id != act.actor_id:
                raise RequestRefused("Откройте форму заново и отправьте ещё раз.")
            return Registered(int(same.id), same.ordinal, is_new=False)
        today = clock.local(act.at, school.time_zone).date()
        try:
            version = get_regulation(school.id, today)
        except NoRegulation as refusal:
            raise RequestRefused(f"Зарегистрировать нельзя: {refusal}.") from None
        _check(new, school, version, today)
        twin = _find_open_twin(new)
        if twin is not None:
            raise AlreadyAsked(twin)
        row = _make(new, school, version, today, act)
        case = Case(row, version.regulation, school.time_zone)
        put_sheets(case, new.sheets, act, request_id=new.request_id)
        write_step(case, "registered", act, CHANNEL_WORDS[new.channel])
        record(
            act, school.id,
            [Fact("service_request", row.id, "stage", "", row.stage, row.pupil_id)],
        )  # fmt: skip
        if row.stage == rules.NO_CONSENT:
            to_paper(case, "no_consent", act)
            write_step(case, "not_consented", act)
        if new.channel == "signed_in":
            tell_applicant(case, act, "Заявление зарегистрировано.")
    return Registered(int(row.id), row.ordinal, is_new=True)


def _make(
    new: NewRequest, school: School, version: RegulationInForce, today: date, act: Act
) -> ServiceRequest:
    year = find_year(school.id, today)
    last = (
        ServiceRequest.select(fn.MAX(ServiceRequest.ordinal))
        .where(ServiceRequest.school == school.id, ServiceRequest.school_year == year)
        .scalar()
    )
    case = Case(ServiceRequest(school=school.id), version.regulation, school.time_zone)
    stage = rules.first_stage(
        new.kind,
        class_teacher=case.class_teacher,
        sheets=_decisions(new),
        is_electronic=bool(new.sheets) and all(s.basis == SIGNED_IN for s in new.sheets),
    )
    row = ServiceRequest(
        school=school.id,
        school_year=year,
        ordinal=(last or 0) + 1,
        kind=new.kind,
        channel=new.channel,
        portal_number=new.portal_number,
        portal_on=new.portal_on,
        registered_on=today,
        registered_at=act.at,
        registered_by=act.actor_id,
        regulation_version=version.version_id,
        due_at=_whole_due(new, case, today, act.at),
        pupil=new.pupil_id,
        child=new.child,
        child_born_on=new.child_born_on,
        applicant_is=new.applicant_is,
        applicant=new.pupil_id if new.applicant_is != GUARDIAN else new.applicant_id,
        surname=new.names.surname,
        given_name=new.names.given_name,
        patronymic=new.names.patronymic,
        relation=new.relation,
        basis=new.basis,
        words=new.words,
        documents_seen=" ".join(new.documents_seen),
        identity_kind=new.identity_kind if "identity" in new.documents_seen else "",
        stage=stage,
        stage_at=act.at,
        closed_at=act.at if stage in rules.FINAL_STAGES else None,
        request=new.request_id,
    )
    row.save()
    enter(Case(row, case.regulation, case.time_zone), stage, act)
    return row


def _decisions(new: NewRequest) -> tuple[str, ...]:
    """What the sheets say, once they are all there; a refusal counts at once."""
    given = [sheet.decision for sheet in new.sheets]
    if REFUSED in given:
        return (REFUSED,)
    needed = rules.sheets_needed(new.applicant_is)
    return tuple(given) if {sheet.whose for sheet in new.sheets} >= set(needed) else ()


def _whole_due(new: NewRequest, case: Case, today: date, now: datetime) -> datetime | None:
    """When all has to be there (A8, C5, D3). At a personal visit an extract is given at once,
    where the regulation says so (постановление Нижней Туры № 174)."""
    row = rules.TERM_ROWS.get(new.kind)
    if row is None:
        return None
    at_once = case.regulation.flag("extract_at_visit").value
    if new.kind == rules.EXTRACT and new.channel == "visit" and at_once:
        return end_of_day(today, zone_of(case.time_zone))
    return term_end(case.regulation.term(row).term, now, new.school_id, case.time_zone)


def _check(new: NewRequest, school: School, version: RegulationInForce, today: date) -> None:
    _check_who(new, version)
    _check_channel(new, today)
    if new.child_born_on is not None and new.child_born_on > today:
        raise RequestRefused("Этот день ещё не наступил.", "child_born_on")
    if len(new.words) > LONGEST_WORDS:
        raise RequestRefused("Слишком длинно. Сократите текст.", "words")
    check_sheets(new.sheets, today)
    if new.pupil_id is not None:
        _check_pupil(new.pupil_id, school, today)
        _check_applicant(new, new.pupil_id, today)
    elif not new.child or new.applicant_is != GUARDIAN:
        raise RequestRefused("Скажите, о каком ребёнке заявление.", "child")


def _check_who(new: NewRequest, version: RegulationInForce) -> None:
    if new.kind not in rules.KINDS:
        raise RequestRefused("Выберите вид заявления.", "kind")
    rule = version.regulation.request(new.kind)
    if new.applicant_is not in rule.who:
        allowed = ", ".join(APPLICANT_WORDS[who] for who in rule.who)
        raise RequestRefused(
            f"По регламенту школы с таким заявлением обращается {allowed}.", "applicant_is"
        )
    for field in ("surname", "given_name", "patronymic"):
        name = getattr(new.names, field)
        problem = rules.name_problem(name) if name or field != "patronymic" else ""
        if problem:
            raise RequestRefused(problem, field)


def _check_channel(new: NewRequest, today: date) -> None:
    if new.channel not in CHANNEL_WORDS:
        raise RequestRefused("Выберите, как поступило заявление.", "channel")
    if new.channel == "portal":
        if not new.portal_number:
            raise RequestRefused("Напишите номер заявления на портале.", "portal_number")
        if new.portal_on is None or new.portal_on > today:
            raise RequestRefused("Напишите день, когда заявление подано на портале.", "portal_on")
    elif new.portal_number:
        raise RequestRefused("Номер портала пишут, если заявление пришло с портала.", "channel")


def _check_applicant(new: NewRequest, pupil_id: int, today: date) -> None:
    if new.applicant_is == GUARDIAN and new.applicant_id == pupil_id:
        raise RequestRefused("Обучающийся не может быть своим представителем.", "applicant_is")
    born = Person.get_by_id(pupil_id).birth_on
    if new.applicant_is == ADULT_PUPIL and not is_adult(born, today):
        raise RequestRefused(
            "Обучающемуся ещё нет 18 лет: заявление подаёт законный представитель.",
            "applicant_is",
        )


def _check_pupil(pupil_id: int, school: School, today: date) -> None:
    """Of this school, today or to come; kindly said where not."""
    latest = (
        Enrolment.select()
        .where(Enrolment.pupil == pupil_id)
        .order_by(Enrolment.from_on.desc(), Enrolment.id.desc())
        .first()
    )
    if latest is None or latest.school_id != school.id:
        raise RequestRefused(
            f"Этот ребёнок учится не в школе «{school.name}». Заявление принимает школа, в "
            "которой он учится: подскажите это семье.",
            "child",
        )
    if latest.until_on is not None and latest.until_on < today:
        raise RequestRefused(
            f"Обучение закончено {latest.until_on:%d.%m.%Y}: дневник по регламенту закрыт.",
            "child",
        )


def _find_open_twin(new: NewRequest) -> Any:
    """The same kind for the same child by the same applicant, still open."""
    for row in ServiceRequest.select().where(
        ServiceRequest.school == new.school_id,
        ServiceRequest.kind == new.kind,
        ServiceRequest.closed_at.is_null(),
    ):
        same_child = (
            row.pupil_id == new.pupil_id
            if row.pupil_id and new.pupil_id
            else bool(new.child) and rules.folded(row.child) == rules.folded(new.child)
        )
        if not same_child or row.applicant_is != new.applicant_is:
            continue
        if row.applicant_id and new.applicant_id:
            if row.applicant_id == new.applicant_id:
                return row
        elif rules.same_name(Names(row.surname, row.given_name, row.patronymic), new.names):
            return row
    return None


# The child of a request that a signed-in person sent


def name_child(service_request_id: int, pupil_id: int, act: Act) -> None:
    """Say which pupil of the school a request is about. Raises RequestRefused."""
    with transaction():
        case = open_case(service_request_id)
        if case.row.pupil_id is not None:
            return
        school = School.get_by_id(case.row.school_id)
        _check_pupil(pupil_id, school, clock.local(act.at, school.time_zone).date())
        ServiceRequest.update(pupil=pupil_id).where(ServiceRequest.id == case.row.id).execute()
        case.row.pupil = pupil_id
        link_sheets(case)
        write_step(case, "child_found", act)
        fact = Fact("service_request", case.row.id, "pupil", "", "found", pupil_id)
        record(act, school.id, [fact])


def to_paper(case: Case, why: str, act: Act) -> None:
    """Put the applicant of a request on the paper way. Joins the caller's transaction."""
    row = case.row
    if row.pupil_id is None:
        return
    names = Names(row.surname, row.given_name, row.patronymic)
    today = clock.local(act.at, case.time_zone).date()
    begin_paper_way(
        NewPaperWay(row.school_id, row.pupil_id, row.applicant_id, names.full, why, today, row.id),
        act,
    )
