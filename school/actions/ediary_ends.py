"""The e-diary ends for a person: by withdrawal of consent, termination, refusal (A2, A11, H13).

What it leaves: an act of destruction with the extract of the log, and the paper way. The class
register, the record of who did what, and the sheets of consent stay: 273-ФЗ and 152-ФЗ, ст. 21,
ask for no more than the end of the purpose.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from peewee import fn

from school import clock
from school.actions.consents import GIVEN
from school.actions.history import Act, Fact, move_revisions, record
from school.actions.paper_ways import NewPaperWay, begin_paper_way
from school.actions.request_stages import RequestRefused, move, open_case
from school.actions.staff import lock_school
from school.actions.traces import record_event
from school.database import fetch_all, transaction
from school.models import (
    Account,
    ChosenLook,
    Consent,
    Contact,
    DestructionAct,
    Device,
    DiaryLimit,
    Draft,
    Guardianship,
    Invitation,
    Letter,
    Person,
    School,
    SchoolYear,
    ServiceRequest,
    Session,
)
from school.queries.lessons import full_name
from school.queries.ties import get_ties
from school.rules import requests as rules
from school.rules.access import ALLOWED, EVERYTHING, TERMINATION, holds
from school.wording import event, plural
from school.wording_requests import PAPER_WAY_WORDS, PURPOSE_WORDS

#: Acts and extracts are kept so long (приказ Роскомнадзора от 28.10.2022 № 179).
KEPT_FOR_YEARS = 3

STAYS = (
    "классный журнал с отметками и посещаемостью: обязанность школы (273-ФЗ)",
    "фамилия, имя, отчество и основание представительства в сведениях школы об обучающемся",
    "листы согласия и заявления: доказательство законности обработки (152-ФЗ, ст. 9)",
    "записи о том, кто и что делал в программе: защита данных (152-ФЗ, ст. 19)",
)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why, by which document, and from which request or sheet it comes."""

    #: A key of wording_requests.PAPER_WAY_WORDS.
    why: str
    #: «заявление № 12 от 22.11.2026».
    basis: str
    service_request_id: int | None = None
    consent_id: int | None = None


def end_ediary(person_id: int, pupil_id: int, school_id: int, ending: Ending, act: Act) -> int:
    """Shut a pupil's diary to a person this moment: their role for the child with its notices,
    and the account when nothing else is left on it; put them on the paper way; write the act of
    destruction and return its id. The pupil's own diary is shut as well when nobody of the family
    reads online any more (Регламент СОШ № 2, п. 1.4). A second time does no harm."""
    with transaction():
        school = lock_school(school_id)
        today = clock.local(act.at, school.time_zone).date()
        same = _find_act(person_id, pupil_id, ending)
        if same is not None:
            return same
        done = _Destruction(school, person_id, pupil_id, "ediary", ending, today, act)
        if ending.why == "withdrew":
            done.withdraw_consents(
                (Consent.signer == person_id)
                & (Consent.pupil == pupil_id)
                & (Consent.purpose == "ediary")
            )
        done.shut_diary()
        done.withdraw_letters()
        done.withdraw_codes()
        _close_requests(person_id, pupil_id, ending, act)
        # Before the account is gone, with the size of letters that was chosen there.
        begin_paper_way(
            NewPaperWay(
                school_id, pupil_id, person_id, full_name_of(person_id), ending.why, today,
                ending.service_request_id, ending.consent_id,
            ),
            act,
        )  # fmt: skip
        if not has_something_left(person_id, today, act.at):
            done.destroy_account()
        made = done.write_act()
        for other in _who_goes_along(person_id, pupil_id, act.at):
            end_ediary(other, pupil_id, school_id, ending, act)
    return made


def _close_requests(person_id: int, pupil_id: int, ending: Ending, act: Act) -> None:
    """A request for the e-diary that is still open is over with it: no code is printed on it."""
    for row in ServiceRequest.select().where(
        ServiceRequest.applicant == person_id,
        ServiceRequest.pupil == pupil_id,
        ServiceRequest.kind == rules.EDIARY,
        ServiceRequest.closed_at.is_null(),
    ):
        move(open_case(row.id), rules.TAKEN_BACK, "taken_back", act, note=ending.basis)


def withdraw_consent(consent_id: int, basis: str, act: Act) -> int:
    """Take a consent back: its purpose ends at once with all it was for; returns the act of
    destruction's id. Twice does no harm. Raises RequestRefused for a non-consent."""
    with transaction():
        row = Consent.get_by_id(consent_id)
        if row.decision != GIVEN or row.subject_id is None:
            raise RequestRefused("Отозвать можно только данное согласие.")
        known = DestructionAct.get_or_none(DestructionAct.consent == consent_id)
        if known is not None:
            return int(known.id)
        ending = Ending("withdrew", basis, row.service_request_id, consent_id)
        if row.purpose == "ediary":
            # Where it was the pupil, of age, who signed, it is their own diary that is shut.
            signer = row.signer_id or row.subject_id
            return end_ediary(signer, row.pupil_id or row.subject_id, row.school_id, ending, act)
        school = lock_school(row.school_id)
        today = clock.local(act.at, school.time_zone).date()
        done = _Destruction(school, row.subject_id, None, row.purpose, ending, today, act)
        done.withdraw_consents(Consent.id == consent_id)
        done.destroy_contacts("email" if row.purpose == "email" else "phone")
        return done.write_act()


def open_ediary_again(person_id: int, pupil_id: int, school_id: int, reason: str, act: Act) -> None:
    """Lift what a person's own giving up had shut, since they consented anew; the pupil's own
    diary opens with it. Joins the caller's transaction."""
    for who in {person_id, pupil_id}:
        for row in DiaryLimit.select().where(
            DiaryLimit.person == who,
            DiaryLimit.pupil == pupil_id,
            DiaryLimit.ground == TERMINATION,
            DiaryLimit.ended_at.is_null(),
        ):
            DiaryLimit.update(ended_at=act.at, end_reason=reason).where(
                DiaryLimit.id == row.id
            ).execute()
            record(
                act, school_id, [Fact("diary_limit", row.id, "end_reason", "", reason, pupil_id)]
            )
            _log("ediary_opened", school_id, pupil_id, act, PURPOSE_WORDS["ediary"])
    move_revisions(act, [("pupil", pupil_id)])


def has_something_left(person_id: int, today: date, now: datetime) -> bool:
    """Whether an account still opens something, or is to: a duty, a child, one's own diary; a
    child of age who may yet allow it."""
    ties = get_ties(person_id, now)
    if ties.duties or ties.children:
        return True
    later = "SELECT 1 FROM role WHERE person_id = ? AND ended_at IS NULL AND from_on > ? LIMIT 1"
    if fetch_all(later, (person_id, today)):
        return True
    given_up = {
        row.pupil_id
        for row in DiaryLimit.select().where(
            DiaryLimit.person == person_id,
            DiaryLimit.area == EVERYTHING,
            DiaryLimit.ended_at.is_null(),
        )
    }
    return any(
        row.pupil_id not in given_up and (row.until_on is None or row.until_on >= today)
        for row in Guardianship.select().where(
            Guardianship.guardian == person_id, Guardianship.ended_at.is_null()
        )
    )


def full_name_of(person_id: int) -> str:
    """«Королёва Мария Ивановна»."""
    row = Person.get_by_id(person_id)
    return full_name(row.surname, row.given_name, row.patronymic)


def _find_act(person_id: int, pupil_id: int, ending: Ending) -> int | None:
    found = DestructionAct.get_or_none(
        DestructionAct.person == person_id,
        DestructionAct.pupil == pupil_id,
        DestructionAct.service_request.is_null()
        if ending.service_request_id is None
        else DestructionAct.service_request == ending.service_request_id,
        DestructionAct.consent.is_null()
        if ending.consent_id is None
        else DestructionAct.consent == ending.consent_id,
    )
    return None if found is None else int(found.id)


def _who_goes_along(person_id: int, pupil_id: int, now: datetime) -> tuple[int, ...]:
    """Whose access rests on this consent: the pupil's own when no representative is left who
    reads online; and of a pupil of age who gave it up, those whom they had allowed."""
    guardians = list(
        Guardianship.select().where(Guardianship.pupil == pupil_id, Guardianship.ended_at.is_null())
    )
    if person_id == pupil_id:
        return tuple(sorted({row.guardian_id for row in guardians if row.adult_choice == ALLOWED}))
    readers = {
        row.guardian_id
        for row in guardians
        if get_ties(row.guardian_id, now).child(pupil_id)
        and Account.select()
        .where(Account.person == row.guardian_id, Account.disabled_at.is_null())
        .exists()
    }
    own = get_ties(pupil_id, now).child(pupil_id)
    return (pupil_id,) if own is not None and not readers else ()


class _Destruction:
    """What is ended and deleted for one person, and the act that tells of it."""

    def __init__(
        self,
        school: School,
        person_id: int,
        pupil_id: int | None,
        purpose: str,
        ending: Ending,
        today: date,
        act: Act,
    ) -> None:
        self.school, self.person_id, self.pupil_id = school, person_id, pupil_id
        self.purpose, self.ending, self.today, self.act = purpose, ending, today, act
        self.ended: list[str] = []
        self.destroyed: list[str] = []
        self.log: list[tuple[str, str]] = []

    def withdraw_consents(self, which: object) -> None:
        rows = list(
            Consent.select().where(which, Consent.decision == GIVEN, Consent.withdrawn_at.is_null())
        )
        for row in rows:
            Consent.update(
                withdrawn_at=self.act.at,
                withdrawn_by=self.act.actor_id,
                withdrawn_basis=self.ending.basis[:250],
            ).where(Consent.id == row.id).execute()
            fact = Fact("consent", row.id, "withdrawn", "", "yes", self.pupil_id)
            record(self.act, self.school.id, [fact])
            self.ended.append(f"согласие от {row.signed_on:%d.%m.%Y}: {PURPOSE_WORDS[row.purpose]}")
        if rows:
            self._note("consent_withdrawn", PURPOSE_WORDS[self.purpose])

    def shut_diary(self) -> None:
        """From this moment on: a limit that begins today holds from the next request."""
        limits = DiaryLimit.select().where(
            DiaryLimit.person == self.person_id,
            DiaryLimit.pupil == self.pupil_id,
            DiaryLimit.ground == TERMINATION,
            DiaryLimit.ended_at.is_null(),
        )
        if any(holds(row.from_on, row.until_on, self.today) for row in limits):
            return
        made = DiaryLimit.create(
            pupil=self.pupil_id,
            person=self.person_id,
            area=EVERYTHING,
            ground=TERMINATION,
            basis=self.ending.basis,
            from_on=self.today,
        )
        fact = Fact("diary_limit", made.id, "area", "", EVERYTHING, self.pupil_id)
        record(self.act, self.school.id, [fact])
        move_revisions(self.act, [("pupil", self.pupil_id or 0)])
        whose = "свой дневник" if self.person_id == self.pupil_id else "дневник ребёнка"
        self.ended.append(f"доступ: {whose}, с этой минуты")
        self._note("ediary_ended", PAPER_WAY_WORDS[self.ending.why])

    def withdraw_letters(self) -> None:
        count = (
            Letter.update(state="withdrawn", problem="доступ к дневнику прекращён")
            .where(
                Letter.person == self.person_id,
                Letter.pupil == self.pupil_id,
                Letter.state == "waiting",
            )
            .execute()
        )
        self.ended.append("уведомления о ребёнке")
        if count:
            self.destroyed.append(f"неотправленные письма: {count}")

    def withdraw_codes(self) -> None:
        """A code that was not used yet opens nothing any more."""
        count = (
            Invitation.update(replaced_at=self.act.at)
            .where(
                Invitation.person == self.person_id,
                Invitation.pupil == self.pupil_id,
                Invitation.used_at.is_null(),
                Invitation.replaced_at.is_null(),
            )
            .execute()
        )
        if count:
            self.ended.append("пригласительный код, которым ещё не воспользовались")

    def destroy_account(self) -> None:
        """Nothing else is left on it: login, password and all that came with them go."""
        had_account = Account.select().where(Account.person == self.person_id).exists()
        removed = {
            "логин и зашифрованный пароль": Account.delete().where(
                Account.person == self.person_id
            ),
            "входы (сеансы)": Session.delete().where(Session.person == self.person_id),
            "сведения об устройствах": Device.delete().where(Device.person == self.person_id),
            "черновики форм": Draft.delete().where(Draft.person == self.person_id),
            "выбранный вид страниц": ChosenLook.delete().where(ChosenLook.person == self.person_id),
        }
        self.destroy_contacts("email", "phone")
        for what, query in removed.items():
            count = query.execute()
            if count:
                self.destroyed.append(f"{what}: {plural(count, 'запись', 'записи', 'записей')}")
        if had_account:
            self.ended.append("учётная запись")
            self._note("account_destroyed", "")

    def destroy_contacts(self, *kinds: str) -> None:
        words = {"email": "адрес электронной почты", "phone": "номер телефона"}
        gone = 0
        for kind in kinds:
            mine = (Contact.person == self.person_id) & (Contact.kind == kind)
            count = Contact.delete().where(mine).execute()
            if count:
                self.destroyed.append(
                    f"{words[kind]}: {plural(count, 'запись', 'записи', 'записей')}"
                )
                gone += count
        if "email" in kinds:
            # Where letters went stands in the outbox as well.
            Letter.update(sent_to="", address="").where(Letter.person == self.person_id).execute()
        if gone:
            self._note("data_destroyed", ", ".join(words[kind] for kind in kinds))
        if self.purpose != "ediary":
            self.ended.append(PURPOSE_WORDS[self.purpose])

    def write_act(self) -> int:
        year = find_year(self.school.id, self.today)
        last = (
            DestructionAct.select(fn.MAX(DestructionAct.ordinal))
            .where(DestructionAct.school == self.school.id, DestructionAct.school_year == year)
            .scalar()
        )
        made = DestructionAct.create(
            school=self.school.id,
            school_year=year,
            ordinal=(last or 0) + 1,
            made_on=self.today,
            at=self.act.at,
            made_by=self.act.actor_id,
            person=self.person_id,
            pupil=self.pupil_id,
            consent=self.ending.consent_id,
            service_request=self.ending.service_request_id,
            purpose=self.purpose,
            ended=_as_json(self.ended),
            destroyed=_as_json(self.destroyed),
            kept=_as_json((*STAYS, f"основание: {self.ending.basis}")),
            log_extract=json.dumps(self.log, ensure_ascii=False),
        )
        return int(made.id)

    def _note(self, name: str, detail: str) -> None:
        _log(name, self.school.id, self.pupil_id, self.act, detail, about=self.person_id)
        moment = clock.local(self.act.at, self.school.time_zone)
        words = f"{event(name)}: {detail}" if detail else event(name)
        self.log.append((f"{moment:%d.%m.%Y %H:%M:%S}", words))


def _log(
    name: str, school_id: int, pupil_id: int | None, act: Act, detail: str, about: int | None = None
) -> None:
    said = f"{detail} (человек № {about})" if about else detail
    record_event(
        name,
        act.at,
        person_id=act.actor_id,
        school_id=school_id,
        pupil_id=pupil_id,
        detail=said.strip(),
        request_id=act.request_id,
    )


def _as_json(lines: Iterable[str]) -> str:
    return json.dumps(list(lines), ensure_ascii=False)


def find_year(school_id: int, on: date) -> int:
    """The school year that numbers of a day belong to: the one of that day, in summer the one
    that ended, before the first the first. Raises RequestRefused for a school without years."""
    years = list(
        SchoolYear.select().where(SchoolYear.school == school_id).order_by(SchoolYear.from_on)
    )
    if not years:
        raise RequestRefused("У школы ещё нет учебного года: сначала загрузите её таблицы.")
    begun = [year for year in years if year.from_on <= on]
    return int((begun or years[:1])[-1].id)


def kept_until(made_on: date) -> date:
    """The last day on which an act has to be there."""
    try:
        end = made_on.replace(year=made_on.year + KEPT_FOR_YEARS)
    except ValueError:
        end = date(made_on.year + KEPT_FOR_YEARS, 3, 1)
    return end - timedelta(days=1)
