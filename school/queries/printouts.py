"""Weekly printouts: who is owed one, who got it, and how those that were made fare (C7, D1)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from school import clock
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.calendars import get_working_days
from school.queries.lessons import full_name
from school.queries.regulations import RegulationInForce, list_regulations
from school.queries.schools import get_time_zone
from school.rules.access import ALLOWED, EVERYTHING, TERMINATION, holds, is_adult
from school.rules.names import alphabetical, by_number
from school.rules.printouts import (
    FRIDAY,
    USUAL_HOUR,
    USUAL_WEEKDAY,
    GradeYear,
    is_owed,
    list_mondays,
)
from school.rules.regulation import RegulatedTerm
from school.rules.sheets import POINTS
from school.rules.terms import due_at

#: The row of the requirements that promises printouts.
ROW = "C7"
FLAG = "printouts_in_holidays"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who is owed a printout of a week, as of that week's Friday."""

    paper_way_id: int
    pupil_id: int
    pupil: str
    class_id: int
    class_name: str
    grade: int
    recipient: str
    #: A key of wording_requests.PAPER_WAY_WORDS.
    why: str
    from_on: date
    points: int
    #: AREAS (rules/access.py) that an order or an agreement keeps from them, on paper too.
    hidden: frozenset[str] = frozenset()
    #: Why they must get nothing, or empty.
    barred: str = ""


WAYS = """
SELECT w.id, w.pupil_id, p.surname, p.given_name, p.patronymic, p.birth_on, w.person_id,
       w.recipient, w.why, w.from_on, w.until_on, w.ended_at, COALESCE(z.points, ?),
       c.id, c.grade, c.letter, e.from_on, e.until_on
FROM paper_way w
JOIN person p ON p.id = w.pupil_id
JOIN enrolment e ON e.pupil_id = w.pupil_id AND e.school_id = w.school_id
JOIN school_class c ON c.id = e.school_class_id
LEFT JOIN print_size z ON z.paper_way_id = w.id
WHERE w.school_id = ? AND w.from_on <= ? AND e.from_on <= ?
  AND (w.ended_at IS NULL OR w.until_on IS NULL OR w.until_on >= ?)
  AND (e.until_on IS NULL OR e.until_on >= ?)
ORDER BY w.id, e.id
"""
LIMITS = """
SELECT w.id, n.area, n.ground, n.from_on, n.until_on
FROM paper_way w JOIN diary_limit n ON n.person_id = w.person_id AND n.pupil_id = w.pupil_id
WHERE w.school_id = ? AND n.ended_at IS NULL
"""
AUTHORITIES = """
SELECT w.id, g.adult_choice, g.from_on, g.until_on, g.ended_at
FROM paper_way w JOIN guardianship g ON g.guardian_id = w.person_id AND g.pupil_id = w.pupil_id
WHERE w.school_id = ?
"""


class Ways:
    """The rows of the paper way of a school that touch a span of days."""

    def __init__(self, school_id: int, from_on: date, until_on: date) -> None:
        self.rows = fetch_all(WAYS, (POINTS[0], school_id, until_on, until_on, from_on, from_on))
        self.limits: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        self.authorities: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        if self.rows:
            for way_id, *limit in fetch_all(LIMITS, (school_id,)):
                self.limits[way_id].append(tuple(limit))
            for way_id, *authority in fetch_all(AUTHORITIES, (school_id,)):
                self.authorities[way_id].append(tuple(authority))

    def of_week(self, monday: date, lapsed_before: datetime) -> list[Recipient]:
        """Who was on the paper way by the week's Friday: whoever came at the weekend gets the
        next one."""
        return self.on(monday + timedelta(days=FRIDAY), lapsed_before)

    def on(self, day: date, lapsed_before: datetime) -> list[Recipient]:
        """Who was on the paper way on a day, in the class of that day, and did not leave it
        before a moment (UTC)."""
        found: dict[int, Recipient] = {}
        for row in self.rows:
            (way_id, pupil_id, *name, birth_on, person_id, recipient, why, from_on, until_on,
             ended_at, points, class_id, grade, letter, came_on, left_on) = row  # fmt: skip
            began = as_date(from_on)
            if began > day or not holds(as_date(came_on), as_date(left_on), day):
                continue
            if ended_at is None:
                if until_on is not None and as_date(until_on) < day:
                    continue
            elif from_milliseconds(ended_at) <= lapsed_before:
                continue
            hidden, barred = self._limits(way_id, as_date(birth_on), pupil_id == person_id, day)
            found[way_id] = Recipient(
                way_id, pupil_id, full_name(*name), class_id, f"{grade}{letter}", grade, recipient,
                why, began, points, hidden, barred,
            )  # fmt: skip
        return list(found.values())

    def _limits(
        self, way_id: int, birth_on: date | None, is_self: bool, day: date
    ) -> tuple[frozenset[str], str]:
        """What must not be told on paper either (H10)."""
        # What they gave up themselves is why they get paper at all.
        areas = {
            area
            for area, ground, from_on, until_on in self.limits[way_id]
            if ground != TERMINATION and holds(as_date(from_on), as_date(until_on), day)
        }
        if EVERYTHING in areas:
            return frozenset(), "доступ закрыт по документу"
        known = self.authorities[way_id]
        held = [
            choice
            for choice, from_on, until_on, ended_at in known
            if ended_at is None and holds(as_date(from_on), as_date(until_on), day)
        ]
        if known and not held:
            return frozenset(), "представительство прекращено"
        if not is_self and held and is_adult(birth_on, day) and ALLOWED not in held:
            return frozenset(), "с 18 лет решает сам обучающийся"
        return frozenset(areas), ""


# For which weeks

YEARS = """
SELECT y.id, y.from_on, y.until_on FROM school_year y WHERE y.school_id = ? ORDER BY y.from_on
"""
PERIODS = """
SELECT p.school_year_id, p.from_grade, p.until_grade, p.from_on, p.until_on
FROM study_period p WHERE p.school_id = ? AND p.kind <> 'year'
"""
BREAKS = """
SELECT b.from_grade, b.until_grade, b.from_on, b.until_on FROM school_break b WHERE b.school_id = ?
"""


class Terms:
    """A school's years, periods, breaks and regulations, read once: for which weeks a grade is
    owed printouts, and until when."""

    def __init__(self, school_id: int) -> None:
        self.school_id = school_id
        self.zone = get_time_zone(school_id)
        self.versions = list_regulations(school_id)
        self._years = fetch_all(YEARS, (school_id,))
        self._periods = fetch_all(PERIODS, (school_id,))
        self._breaks = fetch_all(BREAKS, (school_id,))
        self._owed: dict[tuple[date, int], bool] = {}

    def regulation(self, on: date) -> RegulationInForce | None:
        """The version that holds on a day, or None before the first: nothing was promised."""
        return next((v for v in reversed(self.versions) if v.from_on <= on), None)

    def term(self, monday: date) -> RegulatedTerm | None:
        found = self.regulation(monday)
        return None if found is None else found.regulation.term(ROW)

    def due_at(self, monday: date) -> datetime | None:
        """The last moment (UTC) to hand the week's printouts over, or None where nothing was
        promised then."""
        term = self.term(monday)
        if term is None:
            return None
        return due_at(term.term, monday, self.zone, self._is_working_day)

    def _is_working_day(self, day: date) -> bool:
        # Only a term in working days asks, and a year of weeks would ask for each.
        return get_working_days(self.school_id, day)(day)

    def is_owed(self, monday: date, grade: int) -> bool:
        """Whether the pupils of a grade are owed printouts of a week."""
        key = monday, grade
        if key not in self._owed:
            self._owed[key] = self._find_owed(monday, grade)
        return self._owed[key]

    def _find_owed(self, monday: date, grade: int) -> bool:
        version = self.regulation(monday)
        if version is None:
            return False
        in_holidays = bool(version.regulation.flag(FLAG).value)
        return any(is_owed(monday, year, in_holidays=in_holidays) for year in self._of(grade))

    def _of(self, grade: int) -> Iterable[GradeYear]:
        breaks = tuple(
            (as_date(from_on), as_date(until_on))
            for first, last, from_on, until_on in self._breaks
            if first <= grade <= last
        )
        for year_id, from_on, until_on in self._years:
            periods = tuple(
                (as_date(begins), as_date(ends))
                for of_year, first, last, begins, ends in self._periods
                if of_year == year_id and first <= grade <= last
            )
            yield GradeYear(as_date(from_on), as_date(until_on), periods, breaks)


def list_recipients(
    school_id: int, monday: date, now: datetime, *, class_id: int | None = None
) -> tuple[Recipient, ...]:
    """Who is owed a printout of a week as things stand now, by class and name; without those who
    must get nothing (`list_barred`). Who left the paper way is not among them."""
    found = _list(school_id, monday, now, class_id)
    return tuple(line for line in found if not line.barred)


def list_barred(
    school_id: int, monday: date, now: datetime, class_id: int
) -> tuple[Recipient, ...]:
    """Who stands on the paper way and must get nothing, with the reason."""
    return tuple(line for line in _list(school_id, monday, now, class_id) if line.barred)


def _list(school_id: int, monday: date, now: datetime, class_id: int | None) -> list[Recipient]:
    terms = Terms(school_id)
    ways = Ways(school_id, monday, monday + timedelta(days=6))
    found = [
        line
        for line in ways.of_week(monday, now)
        if class_id in (None, line.class_id) and terms.is_owed(monday, line.grade)
    ]
    return sorted(found, key=by_class_and_name)


def by_class_and_name(line: Recipient) -> tuple[Any, ...]:
    return by_number(line.class_name), alphabetical(line.pupil), alphabetical(line.recipient)


# What was promised, and whether it was kept


@dataclass(frozen=True, slots=True)
class OwedPrintout:
    """A printout of a week that somebody on the paper way had to get (C7)."""

    school_id: int
    monday: date
    recipient: Recipient
    due_at: datetime
    #: When it was handed over, by the tick of the class teacher; None: not yet.
    met_at: datetime | None
    hand_over_id: int | None
    handed_by: str
    time_zone: str

    @property
    def row(self) -> str:
        return ROW

    @property
    def local_due(self) -> datetime:
        """The end of its term where the school is."""
        return clock.local(self.due_at, self.time_zone)

    def is_overdue(self, now: datetime) -> bool:
        """Not handed over though its term is over."""
        return self.met_at is None and now > self.due_at

    @property
    def was_late(self) -> bool:
        return self.met_at is not None and self.met_at > self.due_at


HAND_OVERS = """
SELECT h.id, h.paper_way_id, h.monday, h.at, h.printout_id, p.surname, p.given_name, p.patronymic
FROM printout_hand_over h JOIN person p ON p.id = h.by_id
WHERE h.school_id = ? AND h.monday BETWEEN ? AND ? AND h.undone_at IS NULL
ORDER BY h.id DESC
"""


def list_owed_printouts(
    school_id: int, from_on: date, until_on: date, now: datetime, *, class_id: int | None = None
) -> tuple[OwedPrintout, ...]:
    """Every printout that was owed for the weeks that touch a span of days, handed over or not,
    by week, class and name: with its last moment and the moment of the hand-over (UTC). Who left
    the paper way before a week's term was over was owed none for it, and nobody before the
    school's first regulation."""
    mondays = list_mondays(from_on, until_on)
    terms = Terms(school_id)
    ways = Ways(school_id, mondays[0], mondays[-1] + timedelta(days=6))
    if not ways.rows:
        return ()
    handed: dict[tuple[int, date], tuple[Any, ...]] = {}
    for row in fetch_all(HAND_OVERS, (school_id, mondays[0], mondays[-1])):
        handed[row[1], as_date(row[2])] = row
    found = []
    for monday in mondays:
        due = terms.due_at(monday)
        if due is None:
            continue
        # Of a week that is not over yet, who has left by now is owed nothing any more.
        for line in sorted(ways.of_week(monday, min(due, now)), key=by_class_and_name):
            if line.barred or class_id not in (None, line.class_id):
                continue
            if not terms.is_owed(monday, line.grade):
                continue
            met_at, hand_over_id, by = _hand_over(handed.get((line.paper_way_id, monday)))
            found.append(
                OwedPrintout(school_id, monday, line, due, met_at, hand_over_id, by, terms.zone)
            )
    return tuple(found)


def _hand_over(row: tuple[Any, ...] | None) -> tuple[datetime | None, int | None, str]:
    if row is None:
        return None, None, ""
    return from_milliseconds(row[3]), row[0], full_name(*row[5:8])


@dataclass(frozen=True, slots=True)
class HandOverLine:
    """A tick as the page that takes it back names it."""

    hand_over_id: int
    printout_id: int
    monday: date
    recipient: str
    is_undone: bool


def find_hand_over(hand_over_id: int) -> HandOverLine | None:
    """A tick, or None."""
    sql = """
    SELECT h.id, h.printout_id, h.monday, w.recipient, h.undone_at IS NOT NULL
    FROM printout_hand_over h JOIN paper_way w ON w.id = h.paper_way_id WHERE h.id = ?
    """
    rows = fetch_all(sql, (hand_over_id,))
    if not rows:
        return None
    row = rows[0]
    return HandOverLine(row[0], row[1], as_date(row[2]), row[3], bool(row[4]))


# What was made


@dataclass(frozen=True, slots=True)
class Schedule:
    """From when in a week a school's printouts are made."""

    weekday: int
    hour: int
    is_chosen: bool

    def moment(self, monday: date, time_zone: str) -> datetime:
        """That moment (UTC) in the week of a Monday."""
        day = monday + timedelta(days=self.weekday)
        return clock.moment_of(day, f"{self.hour}:00", time_zone)


def get_schedule(school_id: int) -> Schedule:
    """The day and hour that a school chose, else the usual ones."""
    sql = "SELECT weekday, hour FROM printout_schedule WHERE school_id = ?"
    rows = fetch_all(sql, (school_id,))
    if rows:
        return Schedule(rows[0][0], rows[0][1], True)
    return Schedule(USUAL_WEEKDAY, USUAL_HOUR, False)


@dataclass(frozen=True, slots=True)
class PrintoutPage:
    """Where a recipient's pages are in a version."""

    first_page: int
    pages: int

    @property
    def last_page(self) -> int:
        return self.first_page + self.pages - 1


@dataclass(frozen=True, slots=True)
class PrintoutVersion:
    """A version of a class's printouts of a week."""

    printout_id: int
    school_id: int
    class_id: int
    monday: date
    ordinal: int
    title: str
    state: str
    problem: str
    asked_at: datetime
    file_name: str
    checksum: str
    pages: int
    digest: str
    vector: str
    #: Row of the paper way → its pages; left out where many are listed.
    parts: dict[int, PrintoutPage]


VERSIONS = """
SELECT v.id, v.school_id, v.school_class_id, v.monday, v.ordinal, v.title, v.state, v.problem,
       v.asked_at, v.file_name, v.checksum, v.pages, v.digest, v.vector
FROM printout v
"""
PARTS = "SELECT paper_way_id, first_page, pages FROM printout_part WHERE printout_id = ?"


def _version(row: tuple[Any, ...]) -> PrintoutVersion:
    made_at = from_milliseconds(row[8])
    values: list[Any] = [*row[:3], as_date(row[3]), *row[4:8], made_at, *row[9:], {}]
    return PrintoutVersion(*values)


def find_printout(printout_id: int) -> PrintoutVersion | None:
    """A version with its parts, or None."""
    rows = fetch_all(f"{VERSIONS} WHERE v.id = ?", (printout_id,))
    if not rows:
        return None
    parts = {way: PrintoutPage(*span) for way, *span in fetch_all(PARTS, (printout_id,))}
    return replace(_version(rows[0]), parts=parts)


def get_printout_source(printout_id: int) -> str:
    """The kept page of a version, or empty."""
    rows = fetch_all("SELECT source FROM printout WHERE id = ?", (printout_id,))
    return rows[0][0] if rows else ""


def list_printouts(school_id: int, class_id: int, monday: date) -> tuple[PrintoutVersion, ...]:
    """The versions of a class's printouts of a week, newest first, without their parts."""
    sql = f"""{VERSIONS} WHERE v.school_id = ? AND v.school_class_id = ? AND v.monday = ?
    ORDER BY v.ordinal DESC"""
    return tuple(_version(row) for row in fetch_all(sql, (school_id, class_id, monday)))


def list_newest_printouts(school_id: int, monday: date) -> dict[int, PrintoutVersion]:
    """Class → its newest version of a week."""
    sql = f"""{VERSIONS} WHERE v.school_id = ? AND v.monday = ? ORDER BY v.ordinal"""
    return {row[2]: _version(row) for row in fetch_all(sql, (school_id, monday))}


#: Enough weeks to tell of what came late; holidays are shorter.
LONGEST_GAP = timedelta(days=100)
TOLD = """
SELECT t.paper_way_id, v.monday, v.ordinal, v.asked_at, v.id,
       (SELECT MAX(h.printout_id) FROM printout_hand_over h
        WHERE h.paper_way_id = t.paper_way_id AND h.monday = v.monday AND h.undone_at IS NULL)
FROM printout v JOIN printout_part t ON t.printout_id = v.id
WHERE v.school_id = ? AND v.monday < ? AND v.monday >= ?
ORDER BY v.monday, v.ordinal
"""


def list_told(school_id: int, monday: date) -> dict[int, datetime]:
    """Row of the paper way → up to when (UTC) they know of the weeks before: the moment of the
    version that was handed over for the last of them, else of its newest."""
    found: dict[int, tuple[date, datetime]] = {}
    for way_id, week, _, asked_at, printout_id, handed_id in fetch_all(
        TOLD, (school_id, monday, monday - LONGEST_GAP)
    ):
        if handed_id in (None, printout_id):
            found[way_id] = (as_date(week), from_milliseconds(asked_at))
    return {way_id: told for way_id, (_, told) in found.items()}


MOVED = """
SELECT COUNT(*), COALESCE(SUM(r.n), 0) FROM revision r
WHERE (r.scope = 'pupil' AND r.subject_id IN ({pupils}))
   OR (r.scope = 'school' AND r.subject_id = ?)
   OR (r.scope = 'group' AND r.subject_id IN (
       SELECT m.teaching_group_id FROM group_membership m
       WHERE m.school_id = ? AND m.pupil_id IN ({pupils})))
"""


def get_vector(
    school_id: int, recipients: Sequence[Recipient], told: dict[int, datetime]
) -> tuple[str, ...]:
    """What a class's printouts depend on: equal ones, equal printouts."""
    pupils = sorted({line.pupil_id for line in recipients})
    sql = MOVED.format(pupils=", ".join("?" * len(pupils)))
    count, moved = fetch_all(sql, (*pupils, school_id, school_id, *pupils))[0]
    return (
        f"{count}:{moved}",
        *(
            f"{line.paper_way_id}:{line.points}:{line.recipient}:{line.pupil}:"
            f"{line.class_name}:{sorted(line.hidden)}:{told.get(line.paper_way_id)}"
            for line in recipients
        ),
    )


# The class's list


def list_class_ways(school_id: int, class_id: int, today: date) -> tuple[Recipient, ...]:
    """Who of a class is on the paper way today, those who must get nothing too, by name."""
    ways = Ways(school_id, today, today)
    found = [line for line in ways.on(today, clock.now()) if line.class_id == class_id]
    return tuple(sorted(found, key=by_class_and_name))


def find_print_size(paper_way_id: int) -> int:
    """The size of letters that somebody on the paper way wishes, in points."""
    rows = fetch_all("SELECT points FROM print_size WHERE paper_way_id = ?", (paper_way_id,))
    return int(rows[0][0]) if rows else POINTS[0]
