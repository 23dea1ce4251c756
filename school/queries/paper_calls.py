"""Calls to people on the paper way: missed lessons within their term (C3), results of a study
period within theirs (C2), to everybody; the paper follows with the week's printout."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from school import wording
from school.clock import local
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.calendars import get_working_days
from school.queries.lessons import full_name
from school.queries.printouts import Recipient, Terms, Ways, by_class_and_name
from school.rules.access import ATTENDANCE, MARKS
from school.rules.marks import LATE
from school.rules.proposals import PERIOD, YEAR
from school.rules.timeliness import result_due_at

ABSENCE, RESULTS = "absence", "results"
#: Which row of the requirements asks for a call.
ROW_OF = {ABSENCE: "C3", RESULTS: "C2"}
#: A term of days is over so long after a period's end, at the longest.
LONGEST_TERM = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class OwedCall:
    """A call that somebody on the paper way had to get."""

    school_id: int
    what: str
    #: The day that was missed, or the column of results: with `what` and the recipient unique.
    about: str
    #: «18 ноября», «1 четверть».
    title: str
    #: What to tell, for who calls.
    said: str
    event_on: date
    recipient: Recipient
    due_at: datetime
    #: When the call was logged; None: not yet.
    met_at: datetime | None
    call_id: int | None
    version_id: int
    time_zone: str

    @property
    def row(self) -> str:
        return ROW_OF[self.what]

    @property
    def key(self) -> str:
        """Of a form's field: «absence:17:2026-11-18»."""
        return f"{self.what}:{self.recipient.paper_way_id}:{self.about}"

    @property
    def local_due(self) -> datetime:
        """The end of its term where the school is."""
        return local(self.due_at, self.time_zone)

    def is_overdue(self, now: datetime) -> bool:
        return self.met_at is None and now > self.due_at


# The verdict knows by when everybody was to hear of an absence; what was corrected since is none.
ABSENCES = """
SELECT v.pupil_id, v.event_on, v.due_at, v.regulation_version_id, l.lesson_number, j.name, a.code
FROM verdict v
JOIN attendance a ON a.school_id = v.school_id AND a.lesson_id = v.lesson_id
     AND a.pupil_id = v.pupil_id AND a.code <> ?
JOIN lesson l ON l.id = v.lesson_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
WHERE v.school_id = ? AND v.what = 'absence' AND v.event_on BETWEEN ? AND ?
  AND v.pupil_id IN ({pupils})
ORDER BY v.event_on, l.lesson_number, l.id
"""
COLUMNS = """
SELECT 'period', p.id, p.name, p.from_grade, p.until_grade, p.until_on FROM study_period p
WHERE p.school_id = ? AND p.kind <> 'year' AND p.until_on BETWEEN ? AND ?
UNION ALL
SELECT 'year', y.id, 'Год', 1, 11, COALESCE((
  SELECT MAX(p.until_on) FROM study_period p
  WHERE p.school_year_id = y.id AND p.kind = 'year'), y.until_on)
FROM school_year y WHERE y.school_id = ?
"""
ENTERED = """
SELECT v.pupil_id, v.kind, COALESCE(v.study_period_id, v.school_year_id), v.entered_at, j.name,
       r.value
FROM result_verdict v
JOIN period_result r ON r.school_id = v.school_id AND r.pupil_id = v.pupil_id
     AND r.subject_id = v.subject_id AND r.kind = v.kind
     AND r.school_year_id = v.school_year_id
     AND COALESCE(r.study_period_id, 0) = COALESCE(v.study_period_id, 0)
JOIN subject j ON j.id = v.subject_id
WHERE v.school_id = ? AND v.kind IN ('period', 'year') AND v.pupil_id IN ({pupils})
  AND r.value <> ''
ORDER BY j.name
"""
MARKED = """
SELECT DISTINCT m.pupil_id FROM group_membership m
JOIN teaching_group g ON g.id = m.teaching_group_id AND g.marking NOT IN ('none', 'extracurricular')
WHERE m.school_id = ? AND m.pupil_id IN ({pupils})
"""
CALLS = """
SELECT c.paper_way_id, c.what, c.about, c.at, c.id FROM paper_call c
WHERE c.school_id = ? AND c.undone_at IS NULL ORDER BY c.at, c.id
"""

Calls = dict[tuple[int, str, str], list[tuple[datetime, int]]]


def list_owed_calls(
    school_id: int, from_on: date, until_on: date, now: datetime, *, class_id: int | None = None
) -> tuple[OwedCall, ...]:
    """Every call that was owed for the days of a span, made or not: for each day on which the
    pupil missed lessons, for each column of results that ended. One call answers for a day; a
    call before the results were there answers for none. Who left the paper way before the term
    was over was owed none."""
    ways = Ways(school_id, from_on, until_on)
    if not ways.rows:
        return ()
    finder = _Finder(school_id, ways, now)
    found = [*finder.absences(from_on, until_on), *finder.results(from_on, until_on)]
    of_class = (call for call in found if class_id in (None, call.recipient.class_id))
    return tuple(
        sorted(of_class, key=lambda call: (call.due_at, *by_class_and_name(call.recipient)))
    )


class _Finder:
    def __init__(self, school_id: int, ways: Ways, now: datetime) -> None:
        self.school_id, self.ways, self.now = school_id, ways, now
        self.terms = Terms(school_id)
        self.zone = self.terms.zone
        pupils = sorted({row[1] for row in ways.rows})
        self.pupils, self.places = pupils, ", ".join("?" * len(pupils))
        self.calls: Calls = defaultdict(list)
        for way_id, what, about, at, call_id in fetch_all(CALLS, (school_id,)):
            self.calls[way_id, what, about].append((from_milliseconds(at), call_id))

    def _recipients(self, day: date, due: datetime, area: str) -> Iterator[Recipient]:
        for line in self.ways.on(day, min(due, self.now)):
            if not line.barred and area not in line.hidden:
                yield line

    def absences(self, from_on: date, until_on: date) -> Iterator[OwedCall]:
        rows = fetch_all(
            ABSENCES.format(pupils=self.places),
            (LATE, self.school_id, from_on, until_on, *self.pupils),
        )
        days: dict[tuple[int, date], list[tuple[Any, ...]]] = defaultdict(list)
        for row in rows:
            days[row[0], as_date(row[1])].append(row)
        for (pupil_id, day), lessons in days.items():
            due = from_milliseconds(min(row[2] for row in lessons))
            said = "; ".join(
                f"{number}-й урок, {subject}: {wording.reason(code)}"
                for _, _, _, _, number, subject, code in lessons
            )
            for line in self._recipients(day, due, ATTENDANCE):
                if line.pupil_id == pupil_id:
                    about = (ABSENCE, day.isoformat(), wording.day_and_month(day), said, day)
                    yield self._call(line, about, due, None, lessons[0][3])

    def results(self, from_on: date, until_on: date) -> Iterator[OwedCall]:
        columns = [
            (kind, column_id, name, grades, as_date(last))
            for kind, column_id, name, *grades, last in fetch_all(
                COLUMNS, (self.school_id, from_on, until_on, self.school_id)
            )
        ]
        today = local(self.now, self.zone).date()
        columns = [c for c in columns if from_on <= c[4] <= until_on and c[4] < today]
        if not columns:
            return
        who = (self.school_id, *self.pupils)
        marked = {row[0] for row in fetch_all(MARKED.format(pupils=self.places), who)}
        entered: dict[tuple[int, str, int], list[tuple[datetime, str]]] = defaultdict(list)
        for pupil_id, kind, of, at, subject, value in fetch_all(
            ENTERED.format(pupils=self.places), who
        ):
            entered[pupil_id, kind, of].append((from_milliseconds(at), f"{subject} — {value}"))
        for kind, column_id, name, (first, last_grade), last in columns:
            version = self.terms.regulation(last)
            if version is None:
                continue
            term = version.regulation.term(ROW_OF[RESULTS])
            due = result_due_at(term, self.zone, self._is_working_day, event=last)
            key = f"{PERIOD if kind == PERIOD else YEAR}-{column_id}"
            for line in self._recipients(last, due, MARKS):
                if line.pupil_id not in marked or not first <= line.grade <= last_grade:
                    continue
                results = entered[line.pupil_id, kind, column_id]
                said = "; ".join(text for _, text in results) or "результатов ещё нет"
                # What came later than the term, by an order or not, is told by the printout.
                since = max((at for at, _ in results if at <= due), default=None)
                yield self._call(
                    line, (RESULTS, key, name, said, last), due, since, version.version_id
                )

    def _call(
        self,
        line: Recipient,
        about: tuple[str, str, str, str, date],
        due: datetime,
        since: datetime | None,
        version_id: int,
    ) -> OwedCall:
        what, key, title, said, event_on = about
        made = [
            call
            for call in self.calls[line.paper_way_id, what, key]
            if since is None or call[0] >= since
        ]
        met_at, call_id = made[0] if made else (None, None)
        return OwedCall(
            self.school_id, what, key, title, said, event_on, line, due, met_at, call_id,
            version_id, self.zone,
        )  # fmt: skip

    def _is_working_day(self, day: date) -> bool:
        return get_working_days(self.school_id, day)(day)


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A call as the list of calls shows it."""

    call_id: int
    school_id: int
    paper_way_id: int
    pupil_id: int
    what: str
    about: str
    at: datetime
    by: str
    spoke_with: str
    word: str
    #: The word of who took it back, or empty.
    undone: str


LOGGED = """
SELECT c.id, c.school_id, c.paper_way_id, w.pupil_id, c.what, c.about, c.at, p.surname,
       p.given_name, p.patronymic, c.spoke_with, c.word, c.why_undone
FROM paper_call c JOIN paper_way w ON w.id = c.paper_way_id JOIN person p ON p.id = c.by_id
"""


def _logged(rows: Iterable[tuple[Any, ...]], zone: str) -> tuple[LoggedCall, ...]:
    found = []
    for row in rows:
        at, by = local(from_milliseconds(row[6]), zone), full_name(*row[7:10])
        values: list[Any] = [*row[:6], at, by, *row[10:]]
        found.append(LoggedCall(*values))
    return tuple(found)


def list_logged_calls(
    school_id: int, pupil_ids: Iterable[int], zone: str
) -> tuple[LoggedCall, ...]:
    """The last calls about some pupils, newest first, those taken back too; moments are local."""
    pupils = sorted(set(pupil_ids))
    if not pupils:
        return ()
    places = ", ".join("?" * len(pupils))
    sql = f"""{LOGGED} WHERE c.school_id = ? AND w.pupil_id IN ({places})
    ORDER BY c.id DESC LIMIT 50"""
    return _logged(fetch_all(sql, (school_id, *pupils)), zone)


def find_call(call_id: int) -> LoggedCall | None:
    """A logged call, or None; its moment is UTC."""
    found = _logged(fetch_all(f"{LOGGED} WHERE c.id = ?", (call_id,)), "UTC")
    return found[0] if found else None
