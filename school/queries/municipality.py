"""All schools of a municipality side by side: how promises were kept, and counts of requests (G3).

No child's data, not even through small numbers: rules/disclosure.py says what may be told. Only
whole months that are over are told, each by itself; more months, or all schools together, are
put together from what each tells. Nothing here counts a span in one go, and nothing may.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from school.clock import local, moment_of
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.obligations import SOURCES, Wanted, list_open_obligations
from school.queries.obligations.school import SchoolDesk
from school.queries.public_pages import (
    OwnWords,
    PublicSchool,
    get_school_words,
    list_public_schools,
)
from school.rules import requests as requests_rules
from school.rules.disclosure import Few, Kept, hide_small, hide_whole, keep_apart
from school.rules.obligations import IN_TIME, OVERDUE, ROWS, Obligation
from school.rules.terms import LARGEST, Unit
from school.rules.timeliness import ABSENCE, ATTENDANCE, MARK, RESULT_ROW

#: Marks and absences together, and that attendance was taken at all: beside ROWS.
SHARED, TAKEN = "C10", "attendance"
#: Pupils without a code and open questions have no term of a regulation.
WITHOUT_TERM = frozenset({"A9", "A13"})
LINES = (SHARED, "C1", "C3", TAKEN, *(r for r in ROWS if r not in {"C1", "C3", *WITHOUT_TERM}))
#: What was entered in lessons, as the officer reads it.
ENTERED = {MARK: "C1", ABSENCE: "C3", ATTENDANCE: TAKEN}

#: Those of which there are verdicts.
JUDGED = frozenset({"C1", "C2", "C3", "C4"})

#: Divisions of requests: of those registered in a month, of those that ended in it, of those
#: that were refused in it.
BY_KIND, BY_CHANNEL, BY_END, BY_GROUND = "kind", "channel", "end", "ground"
KINDS = requests_rules.KINDS
CHANNELS = ("visit", "post", "portal", "signed_in")
ENDS = requests_rules.FINAL_STAGES
REFUSED = (requests_rules.REFUSED, requests_rules.REFUSED_ACCEPTANCE)
DIVISIONS = {BY_KIND: KINDS, BY_CHANNEL: CHANNELS, BY_END: ENDS}


@dataclass(slots=True)
class SchoolReport:
    """A school over some months. What is not in `kept` or `counts` was not there at all."""

    school: PublicSchool
    own: OwnWords
    #: By LINES.
    kept: dict[str, Kept] = field(default_factory=dict)
    #: Division → part → how many.
    counts: dict[str, dict[str, Few]] = field(default_factory=dict)
    #: Of the requests that were registered, that ended.
    registered: Few = field(default_factory=Few)
    ended: Few = field(default_factory=Few)


@dataclass(frozen=True, slots=True)
class MunicipalReport:
    """The schools of a municipality over some months: promises by when their terms ended."""

    #: First days of the first and the last month.
    first: date
    last: date
    schools: tuple[SchoolReport, ...]
    #: Of all schools, from what each tells.
    total: SchoolReport


def list_told_months(now: datetime, years: int = 2) -> tuple[date, ...]:
    """The months that are over everywhere in the country, newest first, as far back as somebody
    asks: from the September before the last."""
    # In the westernmost zone of the country a month ends last.
    today = local(now, "Europe/Kaliningrad").date()
    month = _first(today - timedelta(days=today.day))
    september = date(today.year - (today.month < 9), 9, 1)
    oldest = september.replace(year=september.year - years + 1)
    found = []
    while month >= oldest:
        found.append(month)
        month = _first(month - timedelta(days=1))
    return tuple(found)


def get_municipal_report(
    municipality_id: int, now: datetime, first: date, last: date
) -> MunicipalReport:
    """Schools side by side over months from `first` to `last`, as they stand at a moment (UTC);
    of months that are not over nothing is told."""
    told = [month for month in reversed(list_told_months(now)) if first <= month <= last]
    schools = tuple(
        _school(school, now, told)
        for school in list_public_schools()
        if school.municipality_id == municipality_id
    )
    return MunicipalReport(first, last, schools, _total(schools))


def _first(day: date) -> date:
    return day.replace(day=1)


def _last(month: date) -> date:
    return _first(month + timedelta(days=31)) - timedelta(days=1)


def _school(school: PublicSchool, now: datetime, months: list[date]) -> SchoolReport:
    report = SchoolReport(school, get_school_words(school.school_id))
    if not months:
        return report
    for tallies in _tallies(school, now, months).values():
        for line, (in_time, late, overdue) in tallies.items():
            _add_kept(report, line, keep_apart(in_time, late, overdue))
    if "C1" in report.kept or "C3" in report.kept:
        report.kept[SHARED] = report.kept.get("C1", Kept()) + report.kept.get("C3", Kept())
    for divisions in _divided(school, months).values():
        _add_month(report, divisions)
    return report


def _add_kept(report: SchoolReport, line: str, kept: Kept) -> None:
    report.kept[line] = report.kept.get(line, Kept()) + kept


def _add_month(report: SchoolReport, divisions: dict[str, Counter[str]]) -> None:
    """What one month tells of requests, each division by itself."""
    report.registered += hide_whole(divisions[BY_KIND].total())
    report.ended += hide_whole(divisions[BY_END].total())
    for division, counter in divisions.items():
        parts = DIVISIONS.get(division, tuple(counter))
        _add_few(report, division, hide_small({part: counter[part] for part in parts}))


def _add_few(report: SchoolReport, division: str, told: dict[str, Few]) -> None:
    shown = report.counts.setdefault(division, {})
    for part, few in told.items():
        shown[part] = shown.get(part, Few()) + few


def _total(schools: Iterable[SchoolReport]) -> SchoolReport:
    total = SchoolReport(PublicSchool(0, 0, "", "", "", "", "", "", 0), OwnWords())
    for one in schools:
        total.registered += one.registered
        total.ended += one.ended
        for line, kept in one.kept.items():
            _add_kept(total, line, kept)
        for division, told in one.counts.items():
            _add_few(total, division, told)
    return total


# How promises were kept

#: In time, late, overdue.
Tallies = dict[str, list[int]]
IN_TIME_AT, LATE_AT, OVERDUE_AT = range(3)
#: No term is longer; a promise whose term ended in a month began no earlier than so before.
LONGEST_TERM = timedelta(days=LARGEST[Unit.DAYS])
#: Nor, of what is read case by case, so long: these have terms of days, not of a school year.
LONGEST_WAY = timedelta(days=92)
#: Table, its column that says what is judged, and the line of each.
JUDGED_IN = (("verdict", "what", ENTERED), ("result_verdict", "kind", RESULT_ROW))
#: By whether it was entered in time, and by the month in which the term ended.
VERDICTS = """
SELECT what, month, COUNT(*), SUM(in_time) FROM (
  SELECT v.{what} AS what, {month} AS month,
         CASE WHEN v.entered_at <= v.due_at THEN 1 ELSE 0 END AS in_time
  FROM {table} v
  WHERE v.school_id = ? AND v.event_on >= ? AND v.event_on <= ? AND v.due_at >= ? AND v.due_at < ?
) judged GROUP BY what, month
"""


def _tallies(school: PublicSchool, now: datetime, months: list[date]) -> dict[date, Tallies]:
    """Month in which terms ended → line → how many stand how."""
    found: dict[date, Tallies] = {month: defaultdict(lambda: [0, 0, 0]) for month in months}
    for line, month, in_time, late in (*_judged(school, months), *_done(school, now, months)):
        tally = found[month][line]
        tally[IN_TIME_AT] += in_time
        tally[LATE_AT] += late
    wanted = Wanted(months[0] - LONGEST_TERM, _last(months[-1]))
    for one in list_open_obligations(
        school.school_id, now, wanted=wanted, time_zone=school.time_zone
    ):
        ended = _month_of(one, school)
        if ended in found and one.row not in WITHOUT_TERM and one.state(now) == OVERDUE:
            line = TAKEN if one.kind == ATTENDANCE else one.row
            found[ended][line][OVERDUE_AT] += 1
    return found


def _month_of(one: Obligation, school: PublicSchool) -> date | None:
    """In which month its term ends; None without one, or without a day that it began on."""
    if one.due_at is None or one.event_on is None:
        return None
    return _first(local(one.due_at, school.time_zone).date())


def _judged(school: PublicSchool, months: list[date]) -> Iterator[tuple[str, date, int, int]]:
    """Line, month, in time and late, of marks, absences and results: too many to be read one by
    one."""
    ends = [_moments(school, (month, _last(month)))[1] for month in months]
    cases = " ".join(f"WHEN v.due_at < {end} THEN {n}" for n, end in enumerate(ends))
    span = (
        school.school_id, months[0] - LONGEST_TERM, _last(months[-1]),
        *_moments(school, (months[0], _last(months[-1]))),
    )  # fmt: skip
    for table, what, lines in (
        ("verdict", "what", ENTERED),
        ("result_verdict", "kind", RESULT_ROW),
    ):
        sql = VERDICTS.format(table=table, what=what, month=f"CASE {cases} END")
        for name, month, entered, in_time in fetch_all(sql, span):
            yield lines[name], months[month], int(in_time), int(entered) - int(in_time)


def _done(
    school: PublicSchool, now: datetime, months: list[date]
) -> Iterator[tuple[str, date, int, int]]:
    """The same of all the rest."""
    desk = SchoolDesk(school.school_id, now, school.time_zone)
    wanted = Wanted(months[0] - LONGEST_WAY, _last(months[-1]))
    for source in SOURCES:
        is_judged = source.count_done is not None and source.rows <= JUDGED
        if is_judged or source.rows <= WITHOUT_TERM or source.list_done is None:
            continue
        for line in source.list_done(desk, wanted):
            month = _month_of(line, school)
            if month in months:
                in_time = int(line.state(now) == IN_TIME)
                yield line.row, month, in_time, 1 - in_time


# Requests

REGISTERED = """
SELECT kind, channel, registered_on, COUNT(*) FROM service_request
WHERE school_id = ? AND registered_on >= ? AND registered_on <= ?
GROUP BY kind, channel, registered_on
"""
CLOSED = """
SELECT stage, grounds, closed_at FROM service_request
WHERE school_id = ? AND closed_at >= ? AND closed_at < ?
"""


def _divided(school: PublicSchool, months: list[date]) -> dict[date, dict[str, Counter[str]]]:
    """Month → division → part → how many requests."""
    found: dict[date, dict[str, Counter[str]]] = {
        month: {name: Counter() for name in (BY_KIND, BY_CHANNEL, BY_END, BY_GROUND)}
        for month in months
    }
    span = months[0], _last(months[-1])
    for kind, channel, day, count in fetch_all(REGISTERED, (school.school_id, *span)):
        divisions = found[_first(as_date(day))]
        divisions[BY_KIND][kind] += count
        divisions[BY_CHANNEL][channel] += count
    for stage, grounds, closed_at in fetch_all(CLOSED, (school.school_id, *_moments(school, span))):
        divisions = found[_first(local(from_milliseconds(closed_at), school.time_zone).date())]
        divisions[BY_END][stage] += 1
        if stage in REFUSED:
            divisions[BY_GROUND].update(grounds.split())
    return found


def _moments(school: PublicSchool, span: tuple[date, date]) -> tuple[Any, ...]:
    first, last = span
    return tuple(
        to_milliseconds(moment_of(day, "00:00", school.time_zone))
        for day in (first, last + timedelta(days=1))
    )
