"""Extracts and written information: made under a number, handed over, kept (C5, D2, D3, D5).

What was given out is written once: its content, its checksum, and at the hand-over the very page
that was printed. Marks may be corrected later; the copy stays what it was.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from school import clock
from school.actions.ediary_ends import find_year
from school.actions.history import Act, Fact, record
from school.actions.request_decisions import check_documents
from school.actions.request_stages import (
    Case,
    RequestRefused,
    move,
    open_case,
    tell_applicant,
    write_step,
)
from school.actions.staff import lock_school
from school.actions.visits import end_visit_of
from school.database import transaction
from school.models import (
    Guardianship,
    IssuedHandOver,
    IssuedPaper,
    Paper,
    Person,
    School,
    ServiceRequest,
)
from school.queries.issued import find_head
from school.queries.issued_content import (
    Asked,
    find_hidden,
    find_last_entry_of,
    list_subjects_of,
    name_pupil_of,
    write_content,
)
from school.rules import issued as rules
from school.rules import requests as request_rules
from school.rules.access import ALLOWED, EVERYTHING, holds, is_adult
from school.rules.flow import Block, Paragraph
from school.rules.regulation import GUARDIAN
from school.rules.requests import Names
from school.wording import span
from school.wording_issued import given_to, number_of
from school.wording_requests import CHANNEL_WORDS

LONGEST_WORDS = 2_000


@dataclass(frozen=True, slots=True)
class NewIssued:
    """What a paper is to hold: days, subjects (none: all), words of the school's own."""

    service_request_id: int
    from_on: date
    until_on: date
    request_id: str
    subject_ids: tuple[int, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    issued_paper_id: int
    ordinal: int
    #: False: the same form came twice.
    is_new: bool


def issue_paper(new: NewIssued, act: Act, *, at_visit: bool = False) -> Issued:
    """Make the extract or written information that a request asks for, under the next number of
    its kind in the school's year; the request waits for its applicant then, its term is met
    (C5, D3). `at_visit`: the applicant stands there, nobody writes to them. The same form twice
    makes one. Raises RequestRefused."""
    with transaction():
        # Whoever makes one at the same time waits here: numbers have no gaps and no doubles.
        school = lock_school(ServiceRequest.get_by_id(new.service_request_id).school_id)
        same = IssuedPaper.get_or_none(IssuedPaper.request == new.request_id)
        if same is not None:
            if same.made_by_id != act.actor_id:
                raise RequestRefused("Откройте форму заново и отправьте ещё раз.")
            return Issued(int(same.id), same.ordinal, is_new=False)
        case = open_case(new.service_request_id)
        today = clock.local(act.at, school.time_zone).date()
        asked = read_asked(case, new, today)
        if len(new.words) > LONGEST_WORDS:
            raise RequestRefused("Слишком длинно. Сократите текст.", "words")
        row = _make(case, asked, new, today, act, school)
        note = number_of(row.kind, row.ordinal)
        if not move(case, request_rules.READY, "prepared", act, note=note):
            write_step(case, "made_again", act, note)
        elif not at_visit:
            tell_applicant(case, act, "Ответ готов, его можно получить в школе.")
        record(
            act, school.id,
            [Fact("issued_paper", row.id, "made", "", str(row.ordinal), row.pupil_id)],
        )  # fmt: skip
    return Issued(int(row.id), row.ordinal, is_new=True)


def read_asked(case: Case, new: NewIssued, today: date) -> Asked:
    """What is to be read for a paper: the days and subjects that were asked for, without what its
    applicant may not be told. Raises RequestRefused."""
    row = case.row
    if row.kind not in request_rules.NUMBERED:
        raise RequestRefused("По этому заявлению такую бумагу не делают.")
    if row.stage not in (request_rules.PREPARING, request_rules.READY):
        raise RequestRefused("Дело уже закрыто. Откройте страницу заново.")
    if row.pupil_id is None:
        raise RequestRefused("Сначала найдите ребёнка в списках школы.")
    field, problem = rules.span_problem(new.from_on, new.until_on, today)
    if problem:
        raise RequestRefused(problem, field)
    known = {
        number
        for number, _ in list_subjects_of(row.pupil_id, row.school_id, new.from_on, new.until_on)
    }
    if not known >= set(new.subject_ids):
        raise RequestRefused("Этого предмета у ребёнка в эти дни не было.", "subjects")
    hidden = _hidden_from_applicant(case, today)
    return Asked(row.pupil_id, row.school_id, new.from_on, new.until_on, new.subject_ids, hidden)


def _hidden_from_applicant(case: Case, today: date) -> frozenset[str]:
    """What the applicant may not be told. A court's order holds on paper too, and of age the pupil
    decides alone (H10). Raises RequestRefused where nothing may be told."""
    row = case.row
    if row.applicant_is == GUARDIAN and is_adult(Person.get_by_id(row.pupil_id).birth_on, today):
        tie = Guardianship.get_or_none(
            Guardianship.guardian == row.applicant_id,
            Guardianship.pupil == row.pupil_id,
            Guardianship.adult_choice == ALLOWED,
        )
        if tie is None or not holds(tie.from_on, tie.until_on, today):
            raise RequestRefused(
                "Обучающемуся уже есть 18 лет: бумагу получает он сам или тот, кому он разрешил."
            )
    if row.applicant_id is None:
        return frozenset()
    hidden = find_hidden(row.applicant_id, row.pupil_id, today)
    if EVERYTHING in hidden:
        raise RequestRefused(
            "Этому человеку доступ к сведениям о ребёнке закрыт. Откажите в услуге по основанию "
            "регламента."
        )
    return hidden


def preview(new: NewIssued, act: Act) -> tuple[Block, ...]:
    """The body of the paper as it would be made now; nothing is written. Raises RequestRefused."""
    with transaction():
        case = open_case(new.service_request_id)
        asked = read_asked(case, new, clock.local(act.at, case.time_zone).date())
        return _write(case, asked)


def _write(case: Case, asked: Asked) -> tuple[Block, ...]:
    """All that stands in a paper but its signatures: who asked for it, about whom, of which days,
    and what the journals say."""
    row = case.row
    channel = CHANNEL_WORDS[row.channel]
    intro = given_to(
        row.kind,
        Names(row.surname, row.given_name, row.patronymic).full,
        f"№ {row.ordinal} от {row.registered_on:%d.%m.%Y} ({channel})",
        name_pupil_of(asked),
        span(asked.from_on, asked.until_on),
    )
    return (*map(Paragraph, intro), *write_content(row.kind, asked))


def _make(case: Case, asked: Asked, new: NewIssued, today: date, act: Act, school: School) -> Any:
    row = case.row
    year = find_year(row.school_id, today)
    last = (
        IssuedPaper.select(fn.MAX(IssuedPaper.ordinal))
        .where(
            IssuedPaper.school == row.school_id,
            IssuedPaper.school_year == year,
            IssuedPaper.kind == row.kind,
        )
        .scalar()
    )
    blocks = list(_write(case, asked))
    if new.words.strip():
        blocks.append(Paragraph(new.words.strip()))
    content = rules.pack(blocks)
    return IssuedPaper.create(
        school=school,
        school_year=year,
        kind=row.kind,
        ordinal=(last or 0) + 1,
        service_request=row,
        pupil=row.pupil_id,
        recipient=Names(row.surname, row.given_name, row.patronymic).full,
        from_on=new.from_on,
        until_on=new.until_on,
        made_on=today,
        at=act.at,
        made_by=act.actor_id,
        head=find_head(row.school_id, today),
        content=content,
        checksum=rules.checksum(content),
        last_entry_at=find_last_entry_of(asked),
        request=new.request_id,
    )


@dataclass(frozen=True, slots=True)
class NewHandOver:
    """How an issued paper leaves the school."""

    issued_paper_id: int
    way: str
    taker: str
    #: The page that was printed, as it is kept.
    paper_id: int
    request_id: str
    documents_seen: tuple[str, ...] = ()
    identity_kind: str = ""
    note: str = ""


def hand_over_issued(new: NewHandOver, act: Act) -> bool:
    """Write down that an issued paper was given to its applicant in person, or sent; the request
    is done. Returns False where it had left already. Raises RequestRefused."""
    with transaction():
        issued = IssuedPaper.get_by_id(new.issued_paper_id)
        case = open_case(issued.service_request_id)
        if IssuedHandOver.get_or_none(IssuedHandOver.issued_paper == issued) is not None:
            return False
        _check_hand_over(issued, case, new)
        seen = tuple(dict.fromkeys((*case.row.documents_seen.split(), *new.documents_seen)))
        check_documents(case, seen)
        paper = Paper.get_by_id(new.paper_id)
        IssuedHandOver.create(
            issued_paper=issued,
            school=issued.school_id,
            at=act.at,
            giver=act.actor_id,
            way=new.way,
            taker=new.taker,
            note=new.note,
            paper=paper,
            points=paper.points,
            source_checksum=rules.checksum(paper.source),
            request=new.request_id,
        )
        values = {"documents_seen": " ".join(seen)}
        if "identity" in seen and new.identity_kind:
            values["identity_kind"] = new.identity_kind
        step = "handed_out" if new.way == rules.IN_PERSON else "sent_out"
        note = ", ".join(filter(None, (number_of(issued.kind, issued.ordinal), new.note)))
        move(case, request_rules.DONE, step, act, note=note, **values)
        end_visit_of(case.row.id, note, act)
        if new.way == rules.POST:
            tell_applicant(case, act, "Ответ отправлен вам по почте.")
        record(
            act, issued.school_id,
            [Fact("issued_paper", issued.id, new.way, "", new.taker, issued.pupil_id)],
        )  # fmt: skip
    return True


def _check_hand_over(issued: IssuedPaper, case: Case, new: NewHandOver) -> None:
    if case.row.stage != request_rules.READY:
        raise RequestRefused("Дело уже закрыто. Откройте страницу заново.")
    newer = (
        IssuedPaper.select()
        .where(IssuedPaper.service_request == issued.service_request_id, IssuedPaper.id > issued.id)
        .order_by(IssuedPaper.id.desc())
        .first()
    )
    if newer is not None:
        raise RequestRefused(
            f"По этому заявлению есть бумага новее, № {newer.ordinal}: отдайте её."
        )
    if new.way not in rules.WAYS[issued.kind]:
        raise RequestRefused("Письменную информацию передают только лично в руки.")
    if not new.taker:
        raise RequestRefused("Напишите, кому отдали.", "taker")
    if not new.note and new.way == rules.POST:
        raise RequestRefused("Напишите, как отправили: номер письма, адрес.", "note")
