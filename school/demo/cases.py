"""A case in every stage at every school: requests of all kinds, consents, the paper way, acts of
destruction (A1–A4, A8, H13)."""

from datetime import date, datetime, timedelta

from school import clock
from school.actions import request_decisions as decisions
from school.actions.consents import GIVEN, REFUSED, Sheet
from school.actions.ediary_ends import withdraw_consent
from school.actions.history import Act
from school.actions.paper_ways import NewPaperWay, begin_paper_way
from school.actions.request_stages import code_handed_over
from school.actions.requests import NewRequest, register_request
from school.database import bulk_insert, execute
from school.demo.answers import hand_over_answer, make_answer
from school.demo.people import Adult, Pupil
from school.demo.places import Place
from school.models import Consent
from school.models.fields import from_milliseconds
from school.queries.regulations import get_regulation
from school.rules import requests as rules
from school.rules.access import is_adult
from school.rules.requests import Names

SATURDAY = 5
#: Every so many pupils' families have not handed in a sheet of consent yet.
WITHOUT_CONSENT = 9
SEEN = ("application", "consent", "identity", "authority")
PASSPORT = "паспорт гражданина РФ"


class CaseMaker:
    """Makes the cases of one school by the actions that people use, spread over the last weeks."""

    def __init__(
        self, place: Place, pupils: list[Pupil], class_teacher: Adult, office: Adult, moment: int
    ) -> None:
        self.place = place
        self.class_teacher_id, self.office_id = class_teacher.person_id, office.person_id
        self.now = from_milliseconds(moment)
        self.zone = place.plan.time_zone
        self.first_day = place.year.from_on
        regulation = get_regulation(place.school_id, self._day(0)).regulation
        self.through_class_teacher = regulation.flag("class_teacher_hands_codes").value
        self.who = {kind: regulation.request(kind).who for kind in rules.KINDS}
        # Families that nobody else of the demo needs, each once. Of age a pupil asks alone.
        self.pupils = [
            p
            for p in pupils
            if p.until_on is None and p.family.guardians and not is_adult(p.birth_on, self._day(0))
        ]
        self.count = 0

    def make(self) -> None:
        """Open and closed ones, as far as the class has pupils."""
        self._asked_in_autumn()
        for make in (
            self._new, self._checking, self._sent_back, self._accepting, self._preparing_code,
            self._withdrawn, self._overdue, self._non_consent, self._incomplete, self._refused,
            self._extract_open, self._extract_handed, self._information_ready, self._refusal,
            self._extract_made, self._extract_sent, self._extract_late, self._information_handed,
            self._refusal_open, self._terminated, self._consulted, self._taken_back,
            self._no_device, self._of_named_child,
        ):  # fmt: skip
            if self.pupils:
                make(self.pupils.pop())

    # Moments: so many working days ago, at ten; never before the school year, never to come.

    def _day(self, ago: int) -> date:
        day = clock.local(self.now, self.zone).date()
        while ago:
            day -= timedelta(days=1)
            ago -= day.weekday() < SATURDAY
        return max(day, self.first_day)

    def _act(self, ago: int, who: int, clock_time: str = "10:00") -> Act:
        at = min(clock.moment_of(self._day(ago), clock_time, self.zone), self.now)
        self.count += 1
        return Act(at, who, f"demo-{self.place.school_id}-{self.count}")

    def _office(self, ago: int, clock_time: str = "10:00") -> Act:
        return self._act(ago, self.office_id, clock_time)

    # Steps

    def _register(
        self,
        pupil: Pupil,
        ago: int,
        kind: str = rules.EDIARY,
        channel: str = "visit",
        *,
        words: str = "",
        stranger: Names | None = None,
        sheets: tuple[Sheet, ...] = (),
    ) -> int:
        guardian = pupil.family.guardians[0]
        adult = guardian.adult
        by = adult.person_id if channel == "signed_in" else self.office_id
        act = self._act(ago, by)
        day = clock.local(act.at, self.zone).date()
        new = NewRequest(
            school_id=self.place.school_id,
            kind=kind,
            channel=channel,
            applicant_is="guardian",
            names=stranger or Names(adult.surname, adult.given_name, adult.patronymic),
            request_id=act.request_id,
            applicant_id=None if stranger else adult.person_id,
            pupil_id=pupil.person_id,
            relation="other" if stranger else guardian.kind,
            basis="" if stranger else guardian.basis,
            words=words,
            portal_number=f"{self.place.school_id}{self.count:07d}" if channel == "portal" else "",
            portal_on=day if channel == "portal" else None,
            documents_seen=() if channel in ("post", "portal") else ("application", "identity"),
            identity_kind=PASSPORT,
            sheets=sheets,
        )
        return register_request(new, act).service_request_id

    def _sheets(self, ago: int, second: str = GIVEN) -> tuple[Sheet, ...]:
        day = self._day(ago)
        return (Sheet(rules.APPLICANTS_DATA, GIVEN, day), Sheet(rules.PUPILS_DATA, second, day))

    def _received(self, case: int, ago: int, clock_time: str = "12:00") -> None:
        who = self.class_teacher_id if self.through_class_teacher else self.office_id
        act = self._act(ago, who, clock_time)
        decisions.receive_sheets(case, self._sheets(ago), act, request_id=act.request_id)

    def _passed_on(self, case: int, ago: int) -> None:
        if self.through_class_teacher:
            decisions.pass_on(case, self._act(ago, self.class_teacher_id, "13:00"))

    def _accepted(self, case: int, ago: int) -> None:
        seen = decisions.Acceptance(SEEN, PASSPORT)
        decisions.accept_request(case, seen, self._office(ago, "15:00"))

    # The cases

    def _asked_in_autumn(self) -> None:
        """Consultations of a month that is over, enough of them to be told to the officer (G3)."""
        for number, pupil in enumerate(self.pupils[:15]):
            ago = 40 + number % 3
            channel = "visit" if number % 5 < 3 else "signed_in"
            case = self._register(pupil, ago, rules.CONSULTATION, channel, words="Как войти?")
            answered = self._office(ago, "16:00")
            decisions.hand_out(case, "Показали, как войти и где отметки.", answered)

    def _new(self, pupil: Pupil) -> None:
        self._register(pupil, 1)

    def _checking(self, pupil: Pupil) -> None:
        case = self._register(pupil, 2, channel="portal")
        self._received(case, 0, "08:30")

    def _sent_back(self, pupil: Pupil) -> None:
        case = self._register(pupil, 3)
        self._received(case, 2)
        if self.through_class_teacher:
            act = self._act(1, self.class_teacher_id, "14:00")
            decisions.send_back(case, "нет даты на листе о данных ребёнка", act)

    def _accepting(self, pupil: Pupil) -> None:
        case = self._register(pupil, 2)
        self._received(case, 1)
        self._passed_on(case, 1)

    def _preparing_code(self, pupil: Pupil) -> None:
        case = self._register(pupil, 2, channel="post")
        self._received(case, 1)
        self._passed_on(case, 1)
        self._accepted(case, 0 if self._act(0, self.office_id, "15:00").at < self.now else 1)

    def _non_consent(self, pupil: Pupil) -> None:
        self._register(pupil, 12, sheets=self._sheets(12, REFUSED))

    def _incomplete(self, pupil: Pupil) -> None:
        case = self._register(pupil, 9, channel="post")
        decisions.refuse_acceptance(case, ["identity"], "", self._office(8))

    def _refused(self, pupil: Pupil) -> None:
        stranger = Names(pupil.family.surname[1], "Алёна")
        case = self._register(pupil, 10, rules.EXTRACT, stranger=stranger)
        decisions.refuse_service(
            case, ["not_representative", "details_missing"],
            "Выписку может получить мать, отец или опекун.", self._office(9),
        )  # fmt: skip

    def _extract_open(self, pupil: Pupil) -> None:
        self._register(pupil, 2, rules.EXTRACT, "signed_in", words="За октябрь и ноябрь")

    def _extract_made(self, pupil: Pupil) -> None:
        case = self._register(pupil, 6, rules.EXTRACT, "post", words="За последний месяц")
        self._answer(case, 4, 34)

    def _extract_handed(self, pupil: Pupil) -> None:
        """Made with a slip first: the second one was handed over."""
        case = self._register(pupil, 15, rules.EXTRACT, "post", words="За сентябрь")
        self._answer(case, 14, 30)
        issued = self._answer(case, 13, 44, "Взамен бумаги с другими днями.")
        hand_over_answer(issued, self._office(12))

    def _extract_sent(self, pupil: Pupil) -> None:
        case = self._register(pupil, 13, rules.EXTRACT, "portal")
        hand_over_answer(
            self._answer(case, 9, 40), self._office(8), "post", "заказное письмо, квитанция в деле"
        )

    def _extract_late(self, pupil: Pupil) -> None:
        self._register(pupil, 12, rules.EXTRACT, "post", words="За первую четверть")

    def _information_ready(self, pupil: Pupil) -> None:
        case = self._register(
            pupil, 5, rules.WRITTEN_INFORMATION, words="Отметки по математике за месяц"
        )
        self._answer(case, 3, 30)

    def _information_handed(self, pupil: Pupil) -> None:
        case = self._register(pupil, 9, rules.WRITTEN_INFORMATION, words="Как дела за четверть?")
        hand_over_answer(self._answer(case, 7, 45), self._office(6))

    def _answer(self, case: int, ago: int, days: int, words: str = "") -> int:
        act = self._office(ago, "14:00")
        until_on = clock.local(act.at, self.zone).date()
        from_on = max(until_on - timedelta(days=days), self.first_day)
        return make_answer(case, min(from_on, until_on), until_on, act, words)

    def _refusal(self, pupil: Pupil) -> None:
        case = self._register(
            pupil, 11, rules.REFUSAL, words="Компьютера дома нет, прошу сообщать на бумаге."
        )
        decisions.accept_request(case, decisions.Acceptance(SEEN), self._office(11, "11:00"))

    def _refusal_open(self, pupil: Pupil) -> None:
        self._register(pupil, 1, rules.REFUSAL, "post", words="Прошу сообщать на бумаге.")

    def _terminated(self, pupil: Pupil) -> None:
        case = self._register(pupil, 8, rules.TERMINATION)
        decisions.accept_request(case, decisions.Acceptance(SEEN), self._office(8, "11:00"))

    def _withdrawn(self, pupil: Pupil) -> None:
        case = self._register(pupil, 14)
        self._received(case, 14)
        self._passed_on(case, 13)
        self._accepted(case, 13)
        code_handed_over(case, self._office(12))
        sheet = Consent.get(Consent.service_request == case, Consent.whose == "applicant")
        withdraw_consent(sheet.id, "заявление об отзыве согласия", self._office(4))

    def _consulted(self, pupil: Pupil) -> None:
        case = self._register(
            pupil, 6, rules.CONSULTATION, "signed_in", words="Где увидеть опоздания?"
        )
        decisions.hand_out(case, "Раздел «Посещаемость» в дневнике.", self._office(5))

    def _taken_back(self, pupil: Pupil) -> None:
        case = self._register(pupil, 7, rules.CONSULTATION, "signed_in", words="Как войти?")
        by = pupil.family.guardians[0].adult.person_id
        decisions.take_back(case, self._act(7, by, "19:00"), "уже разобрались")

    def _overdue(self, pupil: Pupil) -> None:
        case = self._register(pupil, 16)
        self._received(case, 15)

    def _no_device(self, pupil: Pupil) -> None:
        adult = pupil.family.guardians[-1].adult
        names = Names(adult.surname, adult.given_name, adult.patronymic)
        act = self._office(17)
        begin_paper_way(
            NewPaperWay(
                self.place.school_id, pupil.person_id, adult.person_id, names.full, "no_device",
                clock.local(act.at, self.zone).date(),
            ),
            act,
        )  # fmt: skip

    def _of_named_child(self, pupil: Pupil) -> None:
        """A mother named a further child that the office has yet to find."""
        adult = pupil.family.guardians[0].adult
        act = self._act(1, adult.person_id, "20:15")
        register_request(
            NewRequest(
                school_id=self.place.school_id,
                kind=rules.EDIARY,
                channel="signed_in",
                applicant_is="guardian",
                names=Names(adult.surname, adult.given_name, adult.patronymic),
                request_id=act.request_id,
                applicant_id=adult.person_id,
                child=f"{pupil.surname} {pupil.given_name}",
                child_born_on=pupil.birth_on,
                relation=pupil.family.guardians[0].kind,
            ),
            act,
        )


KEEP_REVISIONS = """
UPDATE revision SET changed_at = register.at FROM (
  SELECT pupil_id, MAX(at) AS at FROM history WHERE table_name NOT IN
  ('service_request', 'consent', 'paper_way', 'diary_limit', 'guardianship', 'person')
  GROUP BY pupil_id
) register
WHERE revision.scope = 'pupil' AND revision.subject_id = register.pupil_id
"""


def keep_revisions() -> None:
    """A case is no entry: «последняя запись» stays what the registers say."""
    execute(KEEP_REVISIONS)


def make_consents(place: Place, pupils: list[Pupil], office: Adult) -> None:
    """The sheets of earlier years: most families consented when their child came."""
    rows = []
    for n, pupil in enumerate(pupils):
        if not pupil.family.guardians or n % WITHOUT_CONSENT == WITHOUT_CONSENT - 1:
            continue
        signer = pupil.family.guardians[0].adult.person_id
        signed_on = max(pupil.from_on, place.year.from_on)
        at = clock.moment_of(signed_on, "09:00", place.plan.time_zone)
        for whose, subject in (("applicant", signer), ("pupil", pupil.person_id)):
            rows.append(_sheet(place, whose, subject, signer, pupil, signed_on, at, office))
    bulk_insert(Consent, rows)


def _sheet(
    place: Place,
    whose: str,
    subject: int,
    signer: int,
    pupil: Pupil,
    signed_on: date,
    at: datetime,
    office: Adult,
) -> dict[str, object]:
    return {
        "school": place.school_id, "purpose": "ediary", "whose": whose, "subject": subject,
        "signer": signer, "pupil": pupil.person_id, "decision": GIVEN,
        "basis": "подписанный лист", "signed_on": signed_on, "entered_at": at,
        "entered_by": office.person_id, "received_at": at, "received_by": office.person_id,
        "checked_at": at, "passed_at": at, "accepted_at": at, "accepted_by": office.person_id,
        "request": f"demo-{place.school_id}-{pupil.person_id}-{whose}",
    }  # fmt: skip
