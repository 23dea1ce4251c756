"""Invitation codes in every state at every school: at the office, with the class teacher, handed
over, expired, lost and printed anew, taken back, used (A5–A9, D5)."""

import hashlib
from datetime import timedelta
from typing import Any

from school import clock
from school.demo.storage import insert_numbered
from school.models import (
    Account,
    Consent,
    Enrolment,
    Guardianship,
    HandOver,
    Invitation,
    PaperWay,
    Role,
    School,
    ServiceRequest,
)
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.invitations import CodeLine, list_class_teachers, list_school_codes
from school.rules.invitations import OWED, REGISTERED

DAY = 24 * 3600 * 1000
HOUR = 3600 * 1000

#: How people of the demo class, and of another one, stand, in turn; all others have theirs.
MIX = (
    "at_class_teacher", "at_office", "expired", "taken_back", "replaced", "owed", "handed",
    "at_class_teacher", "handed", "owed",
)  # fmt: skip

#: Where the slip is while a request is in such a stage.
BY_STAGE = {
    "preparing_code": "owed",
    "code_at_class_teacher": "at_class_teacher",
    "code_at_office": "at_office",
}


class CodeMaker:
    """Makes the codes of one school, once its accounts and requests are there; nothing is drawn:
    the same people, the same codes. `moment` is the demo's, as stored."""

    def __init__(self, school: School, moment: int) -> None:
        self.school, self.moment = school, moment
        day = clock.local(from_milliseconds(moment), school.time_zone).date()
        self.class_teachers = list_class_teachers(school.id, day)
        self.office_id = Role.get(Role.school == school, Role.kind == "administrator").person_id
        of_demo = (
            Enrolment.select(Enrolment.school_class)
            .join(Account, on=(Account.person == Enrolment.pupil))
            .where(Enrolment.school == school)
            .order_by(Enrolment.id)
            .first()
        )
        self.demo_class_id = of_demo.school_class_id if of_demo else None
        self.by_request = {
            (case.applicant_id, case.pupil_id): BY_STAGE[case.stage]
            for case in ServiceRequest.select().where(
                ServiceRequest.school == school, ServiceRequest.stage.in_(list(BY_STAGE))
            )
        }
        self.codes: list[dict[str, Any]] = []
        #: (code's number in the list, hand-over)
        self.steps: list[tuple[int, dict[str, Any]]] = []
        #: Steps that take another one of `steps` back: number → number.
        self.undone: dict[int, int] = {}

    def make(self) -> None:
        """Codes for all whose family has consented, and for the demo sign-ins used ones."""
        now = from_milliseconds(self.moment)
        self._consent_of_demo_class()
        found = list_school_codes(self.school.id, self.school.time_zone, now)
        mixed = {self.demo_class_id, min(found.keys() - {self.demo_class_id}, default=None)}
        for class_id, lines in sorted(found.items()):
            waiting: dict[int, CodeLine] = {}
            for line in lines:
                if line.state == REGISTERED and class_id == self.demo_class_id:
                    self._code(line, 40 * DAY, used_at=self.moment - 38 * DAY)
                elif line.state == OWED:
                    waiting.setdefault(line.person_id, line)
            for number, line in enumerate(waiting.values()):
                state = MIX[number % len(MIX)] if class_id in mixed else "handed"
                of_request = self.by_request.get((line.person_id, line.pupil_id))
                self._put(of_request or state, line, class_id)
        self._write()

    def _consent_of_demo_class(self) -> None:
        """Most families of the demo class have a request under way; those whose request has
        nothing to do with access, or who have none, consented long ago."""
        busy = ("ediary", "refusal_of_electronic_form", "termination")
        enrolled = Enrolment.select().where(
            Enrolment.school_class == self.demo_class_id, Enrolment.until_on.is_null()
        )
        for one in enrolled.order_by(Enrolment.id):
            pupil_id = one.pupil_id
            asked = ServiceRequest.select().where(
                ServiceRequest.pupil == pupil_id, ServiceRequest.kind.in_(busy)
            )
            on_paper = PaperWay.select().where(PaperWay.pupil == pupil_id)
            sheets = Consent.select().where(Consent.pupil == pupil_id)
            tie = (
                Guardianship.select()
                .where(Guardianship.pupil == pupil_id)
                .order_by(Guardianship.id)
                .first()
            )
            if tie is None or asked.exists() or on_paper.exists() or sheets.exists():
                continue
            at = from_milliseconds(self.moment - 60 * DAY)
            for whose, subject_id in (("applicant", tie.guardian_id), ("pupil", pupil_id)):
                Consent.create(
                    school=self.school, purpose="ediary", whose=whose, subject=subject_id,
                    signer=tie.guardian_id, pupil=pupil_id, decision="given",
                    basis="подписанный лист", signed_on=at.date(), entered_at=at,
                    entered_by=self.office_id, accepted_at=at, accepted_by=self.office_id,
                    request=f"demo-codes-{pupil_id}-{whose}",
                )  # fmt: skip

    def _put(self, state: str, line: CodeLine, class_id: int) -> None:
        teacher, _ = self.class_teachers.get(class_id, (self.office_id, ""))
        match state:
            case "owed":
                return
            case "at_office":
                self._code(line, 3 * HOUR)
            case "at_class_teacher":
                self._code(line, 2 * DAY)
                self._step("to_class_teacher", self.office_id, teacher, 2 * DAY - HOUR)
            case "expired":
                self._code(line, 45 * DAY)
                self._step("to_class_teacher", self.office_id, teacher, 44 * DAY)
            case "replaced":
                # Lost on the way home: another one was printed.
                self._code(line, 20 * DAY, replaced_at=self.moment - 6 * DAY)
                self._step("to_class_teacher", self.office_id, teacher, 19 * DAY)
                self._step("to_person", teacher, line.person_id, 18 * DAY)
                self._code(line, 6 * DAY)
                self._step("to_class_teacher", self.office_id, teacher, 5 * DAY)
            case _:
                self._code(line, 12 * DAY)
                self._step("to_class_teacher", self.office_id, teacher, 11 * DAY)
                self._step("to_person", teacher, line.person_id, 9 * DAY)
                if state == "taken_back":
                    self._step(
                        "taken_back", teacher, teacher, 9 * DAY - HOUR,
                        why="отметила не того, памятка у меня",
                    )  # fmt: skip

    def _code(self, line: CodeLine, ago: int, **values: int) -> None:
        made_at = self.moment - ago
        number = len(self.codes)
        # No code has this hash: nobody knows one, and none is on any slip.
        digest = hashlib.sha256(f"demo:{self.school.id}:{number}".encode()).hexdigest()
        ends_at = from_milliseconds(made_at) + timedelta(days=30)
        self.codes.append(
            {
                "school": self.school.id,
                "person": line.person_id,
                "kind": line.kind,
                "pupil": line.pupil_id,
                "purpose": "registration",
                "way": "slip",
                "code_hash": digest,
                "made_at": made_at,
                "made_by": self.office_id,
                "ends_at": to_milliseconds(ends_at),
                "used_at": None,
                "replaced_at": None,
                "request": f"demo-{self.school.id}-{number}",
                **values,
            }
        )

    def _step(self, step: str, giver: int, taker: int, ago: int, why: str = "") -> None:
        if step == "taken_back":
            self.undone[len(self.steps)] = len(self.steps) - 1
        self.steps.append(
            (
                len(self.codes) - 1,
                {
                    "school": self.school.id,
                    "at": self.moment - ago,
                    "step": step,
                    "giver": giver,
                    "taker": taker,
                    "in_person": step != "taken_back",
                    "undoes": None,
                    "why": why,
                    "request": f"demo-{len(self.steps)}",
                },
            )
        )

    def _write(self) -> None:
        code_ids = insert_numbered(Invitation, self.codes)
        rows = [{**row, "invitation": code_ids[number]} for number, row in self.steps]
        # What takes another one back needs that one's number first.
        first = [n for n in range(len(rows)) if n not in self.undone]
        ids = dict(zip(first, insert_numbered(HandOver, [rows[n] for n in first]), strict=True))
        insert_numbered(HandOver, [{**rows[n], "undoes": ids[of]} for n, of in self.undone.items()])
