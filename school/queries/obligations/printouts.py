"""Weekly printouts that people on the paper way had to get (C7): a line for each class and week
that is owed, one for each that was handed over."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby

from school.queries.obligations.school import SchoolDesk
from school.queries.obligations.wanted import Wanted
from school.queries.printouts import ROW, OwedPrintout, list_owed_printouts
from school.rules.obligations import CLASS_TEACHER, Obligation
from school.rules.printouts import monday_of
from school.wording import plural, span

KIND = "printout"
#: What nobody handed over for so long is found by its span, and by no sweep.
LONGEST_OWED = timedelta(days=300)


def list_open(desk: SchoolDesk) -> Iterator[Obligation]:
    """What was not handed over, by week and class."""
    from_on = max(desk.today - LONGEST_OWED, desk.versions[0].from_on) if desk.versions else None
    if from_on is None:
        return
    owed = list_owed_printouts(desk.school_id, from_on, desk.today, desk.now)
    left = [line for line in owed if line.met_at is None]
    for _, of_class in groupby(left, key=lambda line: (line.monday, line.recipient.class_id)):
        yield _obligation(desk, list(of_class))


def list_done(desk: SchoolDesk, wanted: Wanted) -> Iterator[Obligation]:
    """What was handed over of the weeks that begin in a span."""
    if not wanted.takes_row(ROW) or not desk.versions:
        return
    first = max(wanted.from_on, desk.versions[0].from_on)
    last = min(wanted.until_on, desk.today)
    if first > last:
        return
    for line in list_owed_printouts(desk.school_id, first, last, desk.now):
        if line.met_at is not None and wanted.from_on <= line.monday <= wanted.until_on:
            yield _obligation(desk, [line])


def _obligation(desk: SchoolDesk, lines: list[OwedPrintout]) -> Obligation:
    one = lines[0]
    class_id, name = one.recipient.class_id, one.recipient.class_name
    week = span(one.monday, one.monday + timedelta(days=6))
    count = plural(len(lines), "получатель", "получателя", "получателей")
    version = desk.version_on(one.monday)
    way = f":{one.recipient.paper_way_id}" if one.met_at is not None else ""
    return Obligation(
        row=ROW,
        kind=KIND,
        key=f"printout:{one.monday}:{class_id}{way}",
        school_id=desk.school_id,
        time_zone=desk.time_zone,
        words=f"{name}, распечатка за {week}: {count}",
        event_on=one.monday,
        due_at=one.due_at,
        met_at=one.met_at,
        holder_role=CLASS_TEACHER,
        # Who led the class that week; whoever leads it now has to mend what is open.
        holders=desk.class_teacher(class_id, _day(desk, lines)),
        subject_id=class_id,
        people=_people(lines),
        class_id=class_id,
        class_name=name,
        version_id=version.version_id if version else 0,
    )


def _day(desk: SchoolDesk, lines: list[OwedPrintout]) -> date:
    if lines[0].met_at is None:
        return desk.today
    return monday_of(lines[0].monday) + timedelta(days=4)


def _people(lines: Iterable[OwedPrintout]) -> str:
    return ", ".join(line.recipient.recipient for line in lines)
