"""Case files as pages read them: lists, one case with its timeline, sheets of consent."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.lessons import full_name
from school.rules import requests as rules
from school.rules.regulation import RegulatedTerm, Regulation, parse_regulation
from school.rules.requests import Names, same_name

#: Lines of a list on one page.
PAGE = 50


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request as lists show it; moments are local to its school."""

    service_request_id: int
    school_id: int
    school: str
    time_zone: str
    ordinal: int
    year: str
    kind: str
    channel: str
    portal_number: str
    portal_on: date | None
    registered_on: date
    registered_at: datetime
    stage: str
    stage_due_at: datetime | None
    due_at: datetime | None
    met_at: datetime | None
    closed_at: datetime | None
    names: Names
    applicant_id: int | None
    applicant_is: str
    relation: str
    pupil_id: int | None
    pupil: str
    class_id: int | None
    class_name: str
    #: Of the regulation of its day: whether sheets and codes go through the class teacher.
    class_teacher: bool
    class_teacher_name: str
    is_overdue: bool
    #: By how much the whole way came too late, where it is over or still open; of the term only.
    is_late: bool
    #: What the regulation of its day promised of the whole way; None: nothing.
    promise: RegulatedTerm | None = None

    @property
    def applicant(self) -> str:
        return self.names.full

    @property
    def holder(self) -> str:
        """One of rules.requests.BY_…, or empty. A child whom the applicant named is looked for
        by the office first."""
        if self.pupil_id is None and self.is_open:
            return rules.BY_ADMINISTRATOR
        return rules.holder(self.stage, class_teacher=self.class_teacher)

    @property
    def holder_name(self) -> str:
        return self.class_teacher_name if self.holder == rules.BY_CLASS_TEACHER else ""

    @property
    def is_open(self) -> bool:
        return self.stage in rules.OPEN_STAGES

    @property
    def is_numbered(self) -> bool:
        """Whether it is answered by a numbered paper (actions/issued.py)."""
        return self.kind in rules.NUMBERED


LINES = """
SELECT r.id, r.school_id, s.name, s.time_zone, r.ordinal, y.name, r.kind, r.channel,
       r.portal_number, r.portal_on, r.registered_on, r.registered_at, r.stage, r.stage_due_at,
       r.due_at, r.met_at, r.closed_at, r.surname, r.given_name, r.patronymic, r.applicant_id,
       r.applicant_is, r.relation, r.pupil_id, r.child, p.surname, p.given_name, p.patronymic,
       c.id, c.grade, c.letter, r.regulation_version_id
FROM service_request r
JOIN school s ON s.id = r.school_id
JOIN school_year y ON y.id = r.school_year_id
LEFT JOIN person p ON p.id = r.pupil_id
LEFT JOIN school_class c ON c.id = (
  SELECT e.school_class_id FROM enrolment e
  WHERE e.pupil_id = r.pupil_id AND e.school_id = r.school_id
  ORDER BY e.from_on DESC, e.id DESC LIMIT 1)
WHERE {where} ORDER BY {order}
"""


def _lines(
    where: str, parameters: Sequence[Any], now: datetime, order: str = "r.id DESC"
) -> list[RequestLine]:
    rows = fetch_all(LINES.format(where=where, order=order), parameters)
    regulations = get_regulation_texts({row[31] for row in rows})
    teachers = _class_teachers({row[28] for row in rows if row[28]}, now)
    return [_line(row, regulations[row[31]], teachers, now) for row in rows]


def get_regulation_texts(version_ids: Iterable[int]) -> dict[int, Regulation]:
    """The regulations of some versions, by id."""
    return {
        version_id: parse_regulation(
            fetch_all("SELECT text FROM regulation_version WHERE id = ?", (version_id,))[0][0]
        )
        for version_id in version_ids
    }


def _class_teachers(class_ids: Collection[int], now: datetime) -> dict[int, str]:
    """Class → its class teacher of today."""
    found: dict[int, str] = {}
    sql = """
    SELECT p.surname, p.given_name, p.patronymic, r.from_on, r.until_on, s.time_zone
    FROM role r JOIN person p ON p.id = r.person_id JOIN school s ON s.id = r.school_id
    WHERE r.school_class_id = ? AND r.kind = 'class_teacher' AND r.ended_at IS NULL ORDER BY r.id
    """
    for class_id in class_ids:
        for surname, given_name, patronymic, from_on, until_on, zone in fetch_all(sql, (class_id,)):
            today = local(now, zone).date()
            if as_date(from_on) <= today and (until_on is None or as_date(until_on) >= today):
                found[class_id] = full_name(surname, given_name, patronymic)
    return found


def _line(
    row: tuple[Any, ...], regulation: Regulation, teachers: dict[int, str], now: datetime
) -> RequestLine:
    zone = row[3]

    def at(value: Any) -> datetime | None:
        return None if value is None else local(from_milliseconds(value), zone)

    moment = to_milliseconds(now)
    due, met, closed = row[14], row[15], row[16]
    ends = met if met is not None else closed
    is_late = due is not None and (ends if ends is not None else moment) > due
    stage_due = row[13]
    return RequestLine(
        service_request_id=row[0],
        school_id=row[1],
        school=row[2],
        time_zone=zone,
        ordinal=row[4],
        year=row[5],
        kind=row[6],
        channel=row[7],
        portal_number=row[8],
        portal_on=as_date(row[9]),
        registered_on=as_date(row[10]),
        registered_at=local(from_milliseconds(row[11]), zone),
        stage=row[12],
        stage_due_at=at(stage_due),
        due_at=at(due),
        met_at=at(met),
        closed_at=at(closed),
        names=Names(row[17], row[18], row[19]),
        applicant_id=row[20],
        applicant_is=row[21],
        relation=row[22],
        pupil_id=row[23],
        pupil=full_name(*row[25:28]) if row[23] else row[24],
        class_id=row[28],
        class_name=f"{row[29]}{row[30]}" if row[28] else "",
        class_teacher=bool(regulation.flag("class_teacher_hands_codes").value),
        class_teacher_name=teachers.get(row[28], ""),
        is_overdue=closed is None
        and met is None
        and ((stage_due is not None and moment > stage_due) or is_late),
        is_late=is_late,
        promise=regulation.term(rules.TERM_ROWS[row[6]]) if row[6] in rules.TERM_ROWS else None,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of requests is narrowed to; empty: all."""

    #: A stage, «open» or «closed».
    stage: str = ""
    kind: str = ""
    overdue: bool = False
    school_year_id: int = 0
    before: int = 0
    #: Registered from a day to a day, both inclusive.
    from_on: date | None = None
    until_on: date | None = None


def list_requests(
    school_ids: Collection[int], wanted: Wanted, now: datetime, *, most: int = PAGE + 1
) -> tuple[RequestLine, ...]:
    """The requests of some schools, newest first; at most `most`."""
    if not school_ids:
        return ()
    where = [f"r.school_id IN ({', '.join('?' * len(school_ids))})"]
    parameters: list[Any] = sorted(school_ids)
    if wanted.stage in ("open", "closed"):
        where.append(f"r.closed_at IS {'NULL' if wanted.stage == 'open' else 'NOT NULL'}")
    elif wanted.stage:
        where.append("r.stage = ?")
        parameters.append(wanted.stage)
    if wanted.kind:
        where.append("r.kind = ?")
        parameters.append(wanted.kind)
    if wanted.school_year_id:
        where.append("r.school_year_id = ?")
        parameters.append(wanted.school_year_id)
    if wanted.before:
        where.append("r.id < ?")
        parameters.append(wanted.before)
    if wanted.from_on and wanted.until_on:
        where.append("r.registered_on BETWEEN ? AND ?")
        parameters += [wanted.from_on, wanted.until_on]
    if wanted.overdue:
        where.append(
            "r.closed_at IS NULL AND r.met_at IS NULL AND (r.stage_due_at < ? OR r.due_at < ?)"
        )
        parameters += [to_milliseconds(now)] * 2
    return tuple(_lines(" AND ".join(where), parameters, now, f"r.id DESC LIMIT {int(most)}"))


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """How many are open and overdue at some schools, and how many wait for the office itself."""

    waiting: int
    at_office: int
    overdue: int


def count_requests(school_ids: Collection[int], now: datetime) -> RequestCounts:
    """What the start page says."""
    found = list_requests(school_ids, Wanted(stage="open"), now, most=1_000)
    return RequestCounts(
        len(found),
        sum(line.holder == rules.BY_ADMINISTRATOR for line in found),
        sum(line.is_overdue for line in found),
    )


def list_class_requests(class_ids: Collection[int], now: datetime) -> tuple[RequestLine, ...]:
    """The open requests of the pupils of some classes that are in their class teacher's hands or
    wait for a family: due soonest first."""
    if not class_ids:
        return ()
    places = ", ".join("?" * len(class_ids))
    found = _lines(
        f"c.id IN ({places}) AND r.closed_at IS NULL AND r.kind = 'ediary'",
        sorted(class_ids),
        now,
        "COALESCE(r.stage_due_at, r.due_at), r.id",
    )
    return tuple(
        line for line in found if line.class_teacher and line.stage != rules.PREPARING_CODE
    )


def list_own_requests(person_id: int, now: datetime) -> tuple[RequestLine, ...]:
    """What a person asked for themselves, newest first."""
    sql = "r.applicant_id = ? OR (r.registered_by_id = ? AND r.channel = 'signed_in')"
    return tuple(_lines(sql, (person_id, person_id), now, "r.id DESC LIMIT 100"))


def find_request(service_request_id: int, now: datetime) -> RequestLine | None:
    """A request, or None."""
    found = _lines("r.id = ?", (service_request_id,), now)
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class StepLine:
    at: datetime
    step: str
    stage: str
    note: str
    #: Who did it; empty: the program.
    who: str


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A sheet of consent; moments local."""

    consent_id: int
    purpose: str
    whose: str
    subject: str
    signer_id: int | None
    pupil_id: int | None
    pupil: str
    decision: str
    basis: str
    signed_on: date
    received_at: datetime | None
    checked_at: datetime | None
    passed_at: datetime | None
    accepted_at: datetime | None
    withdrawn_at: datetime | None
    school_id: int

    @property
    def holds(self) -> bool:
        return (
            self.decision == "given" and self.accepted_at is not None and self.withdrawn_at is None
        )


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One request with all that its page shows."""

    line: RequestLine
    regulation: Regulation
    words: str
    basis: str
    child: str
    child_born_on: date | None
    documents_seen: tuple[str, ...]
    identity_kind: str
    grounds: tuple[str, ...]
    missing: str
    answer: str
    registered_by: str
    registered_by_id: int
    steps: tuple[StepLine, ...]
    sheets: tuple[SheetLine, ...]
    act_ids: tuple[int, ...] = field(default=())

    @property
    def documents_needed(self) -> tuple[str, ...]:
        rule = self.regulation.request(self.line.kind)
        return rules.documents_needed(
            rule.documents, self.line.kind, self.line.relation, self.line.channel
        )

    @property
    def sheets_needed(self) -> tuple[str, ...]:
        return rules.sheets_needed(self.line.applicant_is)


DETAILS = """
SELECT r.words, r.basis, r.child, r.child_born_on, r.documents_seen, r.identity_kind, r.grounds,
       r.missing, r.answer, p.surname, p.given_name, p.patronymic, r.registered_by_id,
       r.regulation_version_id
FROM service_request r JOIN person p ON p.id = r.registered_by_id WHERE r.id = ?
"""
STEPS = """
SELECT t.at, t.step, t.stage, t.note, p.surname, p.given_name, p.patronymic
FROM request_step t LEFT JOIN person p ON p.id = t.actor_id
WHERE t.service_request_id = ? ORDER BY t.id
"""
SHEETS = """
SELECT n.id, n.purpose, n.whose, p.surname, p.given_name, p.patronymic, n.signer_id, n.pupil_id,
       c.surname, c.given_name, c.patronymic, n.decision, n.basis, n.signed_on, n.received_at,
       n.checked_at, n.passed_at, n.accepted_at, n.withdrawn_at, n.school_id, s.time_zone
FROM consent n JOIN school s ON s.id = n.school_id
LEFT JOIN person p ON p.id = n.subject_id LEFT JOIN person c ON c.id = n.pupil_id
"""


def find_case(service_request_id: int, now: datetime) -> CaseFile | None:
    """A request with its timeline, sheets and papers, or None."""
    line = find_request(service_request_id, now)
    if line is None:
        return None
    own = (service_request_id,)
    row = fetch_all(DETAILS, own)[0]
    steps = tuple(
        StepLine(
            local(from_milliseconds(at), line.time_zone), step, stage, note,
            full_name(*names) if names[0] else "",
        )
        for at, step, stage, note, *names in fetch_all(STEPS, own)
    )  # fmt: skip
    acts = fetch_all("SELECT id FROM destruction_act WHERE service_request_id = ? ORDER BY id", own)
    return CaseFile(
        line=line,
        regulation=get_regulation_texts([row[13]])[row[13]],
        words=row[0],
        basis=row[1],
        child=row[2],
        child_born_on=as_date(row[3]),
        documents_seen=tuple(row[4].split()),
        identity_kind=row[5],
        grounds=tuple(row[6].split()),
        missing=row[7],
        answer=row[8],
        registered_by=full_name(*row[9:12]),
        registered_by_id=row[12],
        steps=steps,
        sheets=_sheets("n.service_request_id = ? ORDER BY n.whose, n.id", own),
        act_ids=tuple(act[0] for act in acts),
    )


def _sheets(where: str, parameters: Sequence[Any]) -> tuple[SheetLine, ...]:
    found = []
    for row in fetch_all(f"{SHEETS} WHERE {where}", parameters):
        moments: list[Any] = [
            None if value is None else local(from_milliseconds(value), row[20])
            for value in row[14:19]
        ]
        subject = full_name(*row[3:6]) if row[3] else ""
        child = full_name(*row[8:11]) if row[8] else ""
        values = [*row[:3], subject, *row[6:8], child, *row[11:13], as_date(row[13]), *moments]
        found.append(SheetLine(*[*values, row[19]]))
    return tuple(found)


def list_consents(person_id: int) -> tuple[SheetLine, ...]:
    """The sheets that a person signed, or that are about their data, newest first."""
    return _sheets("n.signer_id = ? OR n.subject_id = ? ORDER BY n.id DESC", (person_id,) * 2)


def find_consent(consent_id: int) -> SheetLine | None:
    """A sheet of consent, or None."""
    found = _sheets("n.id = ?", (consent_id,))
    return found[0] if found else None


# Namesakes


@dataclass(frozen=True, slots=True)
class Namesake:
    """Somebody who may be the applicant, asked about and never merged silently."""

    person_id: int
    name: str
    #: «мать: Королёв Фёдор», «учитель», or, of other schools, no more than that they are there.
    what: str
    is_of_child: bool


NAMESAKES = """
SELECT p.id, p.surname, p.given_name, p.patronymic FROM person p
JOIN school s ON s.municipality_id = p.municipality_id
WHERE s.id = ? AND EXISTS (
  SELECT 1 FROM guardianship g WHERE g.guardian_id = p.id
  UNION ALL SELECT 1 FROM role r WHERE r.person_id = p.id)
"""
TIES_OF = """
SELECT g.kind, c.id, c.surname, c.given_name,
       (SELECT e.school_id FROM enrolment e WHERE e.pupil_id = c.id
        ORDER BY e.from_on DESC, e.id DESC LIMIT 1)
FROM guardianship g JOIN person c ON c.id = g.pupil_id WHERE g.guardian_id = ?
"""


def list_namesakes(line: RequestLine, words: dict[str, str]) -> tuple[Namesake, ...]:
    """People of the municipality who are called like the applicant: representatives and staff.
    Of another school's people nothing more is told than that there is one. `words` names kinds
    of representatives."""
    if line.applicant_id is not None or line.applicant_is != "guardian":
        return ()
    found = []
    for person_id, *names in fetch_all(NAMESAKES, (line.school_id,)):
        if not same_name(Names(*names), line.names):
            continue
        ties = fetch_all(TIES_OF, (person_id,))
        own = [
            f"{words[kind]}: {b} {c}" for kind, _, b, c, where in ties if where == line.school_id
        ]
        roles = fetch_all(
            "SELECT 1 FROM role WHERE person_id = ? AND school_id = ?", (person_id, line.school_id)
        )
        if roles:
            own.append("сотрудник школы")
        found.append(
            Namesake(
                person_id,
                full_name(*names),
                ", ".join(own) or "из другой школы муниципалитета",
                any(pupil_id == line.pupil_id for _, pupil_id, *_ in ties),
            )
        )
    return tuple(sorted(found, key=lambda one: (not one.is_of_child, one.person_id)))


@dataclass(frozen=True, slots=True)
class FoundPupil:
    pupil_id: int
    name: str
    class_name: str
    birth_on: date | None
    school_id: int


PUPILS = """
SELECT p.id, p.surname, p.given_name, p.patronymic, c.grade, c.letter, p.birth_on, e.school_id
FROM enrolment e JOIN person p ON p.id = e.pupil_id
JOIN school_class c ON c.id = e.school_class_id
WHERE e.school_id = ? AND (e.until_on IS NULL OR e.until_on >= ?)
"""


def search_pupils(
    school_ids: Collection[int], text: str, today: date, *, most: int = 50
) -> tuple[FoundPupil, ...]:
    """Pupils of schools, today or to come, whose name begins with a text («Королёв Фё»)."""
    wanted = rules.folded(text)
    found: dict[int, FoundPupil] = {}
    for school_id in sorted(school_ids):
        for row in fetch_all(PUPILS, (school_id, today)):
            name = full_name(*row[1:4])
            if wanted and rules.folded(name).startswith(wanted):
                found[row[0]] = FoundPupil(
                    row[0], name, f"{row[4]}{row[5]}", as_date(row[6]), row[7]
                )
    ordered = sorted(found.values(), key=lambda one: rules.folded(one.name))
    return tuple(ordered[:most])


def find_named_pupil(school_id: int, name: str, born_on: date | None, today: date) -> int | None:
    """The one pupil of a school whom somebody means by a name and a birthday; None where there is
    none or several, or where one of the two does not fit."""
    found = [
        pupil
        for pupil in search_pupils([school_id], name, today)
        if born_on is not None and pupil.birth_on == born_on
    ]
    return found[0].pupil_id if len(found) == 1 else None
