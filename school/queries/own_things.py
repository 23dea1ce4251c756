"""What a family waits for: each open thing with its term and with who has it in hand.

Own requests (the code and papers are theirs), questions, absences that were told of, and results
of the children that are not there yet. Nothing is said of what is hidden from the reader (H10).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from school import wording_requests, wording_terms
from school.clock import local
from school.database import fetch_all
from school.queries.excuses import list_excuses
from school.queries.missing_results import list_missing_results
from school.queries.obligations.school import SchoolDesk
from school.queries.pupils import find_pupil
from school.queries.questions import list_own_questions
from school.queries.requests import list_own_requests
from school.rules.access import MARKS, Child
from school.rules.excuses import WAITING
from school.rules.questions import OPEN
from school.rules.regulation import RegulatedTerm
from school.rules.requests import BY_APPLICANT
from school.wording import plural

REQUEST, QUESTION, EXCUSE, RESULTS = "request", "question", "excuse", "results"
ADMINISTRATOR = wording_requests.HOLDER_WORDS["administrator"]
#: A term of the program's own, for questions (A13): no regulation names one.
ANSWER = "answer_question"


@dataclass(frozen=True, slots=True)
class OwnThing:
    """Something that is open for a family. Moments are local to its school."""

    kind: str
    #: Of the request, the question; of the child for the rest.
    subject_id: int
    #: «Заявление № 3: доступ к электронному дневнику, Королёв Фёдор».
    what: str
    #: How it stands: «готовится пригласительный код».
    stage: str
    #: Who has it in hand: «классный руководитель Классная И. И.»; empty: the family itself.
    holder: str
    due_at: datetime | None = None
    is_overdue: bool = False
    #: What was promised and where that stands: «не позже 3 рабочих дней … (п. 2.1)».
    promise: str = ""
    #: What was promised is there and waits for the family: no term runs.
    is_ready: bool = False


def list_own_things(
    person_id: int, children: Iterable[Child], now: datetime
) -> tuple[OwnThing, ...]:
    """All that is open for a person, at a moment (UTC): what waits for the person first, then what
    is due first; what has no term last."""
    found = [*_requests(person_id, now), *_questions(person_id, now)]
    for child in children:
        found += _excuses(person_id, child, now)
        if MARKS not in child.hidden:
            found += _results(child, now)
    return tuple(sorted(found, key=_by_term))


def _by_term(thing: OwnThing) -> tuple[bool, bool, float]:
    return bool(thing.holder), thing.due_at is None, thing.due_at.timestamp() if thing.due_at else 0


def promise_of(term: RegulatedTerm) -> str:
    """«не позже 3 рабочих дней от регистрации заявления (п. 2.1)»."""
    return f"{wording_terms.promise(term)} ({wording_terms.clause(term)})"


def _requests(person_id: int, now: datetime) -> Iterator[OwnThing]:
    for line in list_own_requests(person_id, now):
        if not line.is_open:
            continue
        yield OwnThing(
            REQUEST,
            line.service_request_id,
            f"Заявление № {line.ordinal}: {wording_requests.KIND_CHOICES[line.kind]}, {line.pupil}",
            wording_requests.STAGE_WORDS[line.stage],
            ""
            if line.holder == BY_APPLICANT
            else wording_requests.holder_sentence(line.holder, line.holder_name),
            None if line.met_at else line.due_at or line.stage_due_at,
            line.is_overdue,
            promise_of(line.promise) if line.promise and not line.met_at else "",
            is_ready=line.met_at is not None,
        )


def _questions(person_id: int, now: datetime) -> Iterator[OwnThing]:
    for line in list_own_questions(person_id):
        if line.state != OPEN or line.open_since is None:
            continue
        desk = SchoolDesk(line.school_id, now, line.time_zone)
        version = desk.version_on(desk.local_day(line.open_since))
        term = version.regulation.own_term(ANSWER) if version else None
        due_at = desk.due_at(term.term, line.open_since) if term else None
        yield OwnThing(
            QUESTION,
            line.thread_id,
            f"Вопрос школе, {line.school}",
            "ждёт ответа",
            ADMINISTRATOR,
            local(due_at, line.time_zone) if due_at else None,
            due_at is not None and now > due_at,
            f"{wording_terms.promise(term)}; в регламенте срока нет, так отвечает школа"
            if term
            else "",
        )


CLASS = """
SELECT school_class_id FROM enrolment WHERE pupil_id = ? AND school_id = ? AND from_on <= ?
ORDER BY from_on DESC LIMIT 1
"""


def _excuses(person_id: int, child: Child, now: datetime) -> Iterator[OwnThing]:
    today = local(now, child.time_zone).date()
    for line in list_excuses(child.pupil_id, today):
        if line.decision != WAITING or line.asked_by_id != person_id:
            continue
        yield OwnThing(
            EXCUSE,
            child.pupil_id,
            f"Отсутствие, {line.pupil}: {line.span}",
            "ждёт ответа",
            wording_requests.holder_sentence(
                "class_teacher",
                find_class_teacher(child.pupil_id, line.school_id, now, line.time_zone),
            ),
        )


def find_class_teacher(pupil_id: int, school_id: int, now: datetime, time_zone: str) -> str:
    """Who leads a pupil's class today; empty where nobody does."""
    desk = SchoolDesk(school_id, now, time_zone)
    rows = fetch_all(CLASS, (pupil_id, school_id, desk.today))
    names = desk.class_teacher(rows[0][0] if rows else None, desk.today)
    return names[0][1] if names else ""


@dataclass(frozen=True, slots=True)
class AwaitedResults:
    """Results of a column that are owed to one child by one moment; local to the school."""

    #: «1 четверть».
    column: str
    due_at: datetime
    is_overdue: bool
    #: «Алгебра (Учителева В. И.)», in order.
    subjects: tuple[str, ...]
    #: «не позже 2 дней от последнего дня учебного периода (п. 5.2)».
    promise: str


def list_awaited_results(
    pupil_id: int, school_id: int, now: datetime, time_zone: str
) -> tuple[AwaitedResults, ...]:
    """The results of columns that are over and that nobody entered for a child; what was put off
    by an order is left out (E3): it says so itself."""
    found: dict[tuple[str, datetime, str], list[str]] = {}
    today = local(now, time_zone).date()
    for line in list_missing_results(school_id, today, pupil_id=pupil_id):
        if line.deferred_until is None:
            promise = promise_of(line.promise) if line.promise else ""
            key = (line.column, line.local_due, promise)
            teachers = f" ({line.teachers})" if line.teachers else ""
            found.setdefault(key, []).append(f"{line.subject}{teachers}")
    return tuple(
        AwaitedResults(column, due_at, now > due_at, tuple(dict.fromkeys(subjects)), promise)
        for (column, due_at, promise), subjects in found.items()
    )


def _results(child: Child, now: datetime) -> Iterator[OwnThing]:
    pupil = find_pupil(child.pupil_id)
    for place in pupil.enrolments if pupil else ():
        if not place.holds_today():
            continue
        for line in list_awaited_results(child.pupil_id, place.school_id, now, place.time_zone):
            count = plural(len(line.subjects), "предмет", "предмета", "предметов")
            yield OwnThing(
                RESULTS,
                child.pupil_id,
                f"Результаты, {child.surname} {child.given_name}: {line.column.lower()}, {count}",
                "ещё не выставлены",
                f"учителя: {', '.join(line.subjects)}",
                line.due_at,
                line.is_overdue,
                line.promise,
            )
