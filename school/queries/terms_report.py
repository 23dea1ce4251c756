"""What a school promised on the days of a span and whether it kept it: the inspection's report."""

from dataclasses import dataclass
from datetime import date, datetime

from school.queries.obligations import (
    Wanted,
    get_standing_at,
    list_done_at,
    list_open_at,
)
from school.queries.obligations.school import SchoolDesk
from school.queries.remarks import RemarkLine, list_remarks
from school.queries.timeliness import Count, get_timeliness
from school.rules.obligations import LATE, OVERDUE, Obligation, Standing, Tally
from school.rules.regulation import RegulatedTerm, Regulation
from school.rules.terms import Unit


@dataclass(frozen=True, slots=True)
class TermsReport:
    """A span, both days included, as it was judged then; what is open stands as of `made_at`."""

    from_on: date
    until_on: date
    made_at: datetime
    standing: Standing
    #: Marks and absences together, as C10 counts them; its percent that has to be in time.
    shared: Count
    percent: int
    late: tuple[Obligation, ...]
    overdue: tuple[Obligation, ...]
    #: Remarks made in the span, whatever became of them.
    remarks: tuple[RemarkLine, ...]
    regulations: tuple[Regulation, ...]
    #: Years whose working days counted and that nobody compared with the government's act.
    unconfirmed: tuple[int, ...]


def get_terms_report(school_id: int, now: datetime, from_on: date, until_on: date) -> TermsReport:
    """The report over a span of days at a moment (UTC)."""
    desk = SchoolDesk(school_id, now)
    span = Wanted(from_on, until_on)
    standing, lines = get_standing_at(desk, span)
    late = list_done_at(desk, Wanted(from_on, until_on, state=LATE))
    in_force = [
        version
        for number, version in enumerate(desk.versions)
        if version.from_on <= until_on
        and (number + 1 == len(desk.versions) or desk.versions[number + 1].from_on > from_on)
    ]
    held = desk.version_on(min(until_on, desk.today))
    return TermsReport(
        from_on=from_on,
        until_on=until_on,
        made_at=now,
        standing=standing,
        shared=get_timeliness(school_id, from_on, until_on).total.shared,
        percent=held.regulation.share.percent if held else 100,
        late=late,
        overdue=tuple(line for line in lines if line.state(now) == OVERDUE),
        remarks=tuple(
            line
            for line in list_remarks(school_id, desk.today)
            if from_on <= desk.local_day(line.made_at) <= until_on
        ),
        regulations=tuple(version.regulation for version in in_force),
        unconfirmed=list_unconfirmed_years(desk, (*lines, *late)),
    )


@dataclass(frozen=True, slots=True)
class SchoolToday:
    """What a school owes at a moment, all rows together."""

    standing: Standing
    lines: tuple[Obligation, ...]
    regulation: Regulation | None
    unconfirmed: tuple[int, ...]


def get_school_today(school_id: int, now: datetime) -> SchoolToday:
    """What is open at a moment (UTC), counted by row, holder and class."""
    desk = SchoolDesk(school_id, now)
    lines = list_open_at(desk)
    standing = Standing()
    standing.add_open(lines, now)
    held = desk.version_on(desk.today)
    return SchoolToday(
        standing, lines, held.regulation if held else None, list_unconfirmed_years(desk, lines)
    )


def count_open(school_id: int, now: datetime) -> Tally:
    """How much is open at a moment (UTC), all rows together: what the heads' first page says."""
    standing = Standing()
    standing.add_open(list_open_at(SchoolDesk(school_id, now)), now)
    return standing.total


def list_unconfirmed_years(desk: SchoolDesk, lines: tuple[Obligation, ...]) -> tuple[int, ...]:
    """The years whose working days a term among these was counted by, and whose calendar is not
    confirmed."""
    versions = {version.version_id: version.regulation for version in desk.versions}
    found: set[int] = set()
    for line in lines:
        term = find_term(versions.get(line.version_id), line.row)
        if (
            term is not None and term.term.unit is Unit.WORKING_DAYS
            and line.event_on is not None and line.due_at is not None
        ):  # fmt: skip
            last = desk.local_day(line.due_at)
            found.update(desk.calendar(line.event_on).warnings_between(line.event_on, last))
    return tuple(sorted(found))


def find_term(regulation: Regulation | None, row: str) -> RegulatedTerm | None:
    """What is promised of a row: by the regulation, or by the program itself (A13); None where
    nobody names a term (A9)."""
    if regulation is None:
        return None
    try:
        return regulation.own_term("answer_question") if row == "A13" else regulation.term(row)
    except LookupError:
        return None
