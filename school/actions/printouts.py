"""Weekly printouts: made by a sweep on the school's day and hour, or when somebody asks; handed
over by the class teacher (C7, D1; Регламент СОШ № 19, п. 4).

Making is in two steps, so that a worker that dies leaves nothing half: a version's page is a row,
as it was at that moment (here); printing.sweep makes its file, with a lease.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from school import clock
from school.actions.deadlines import CLAIM, CLAIM_FREE, RELEASE
from school.actions.history import Act, Fact, record
from school.actions.request_stages import RequestRefused
from school.actions.staff import lock_school
from school.database import bulk_insert, execute, fetch_all, transaction
from school.models import (
    PaperWay,
    Printout,
    PrintoutHandOver,
    PrintoutPart,
    PrintoutSchedule,
    PrintSize,
)
from school.models.fields import to_milliseconds
from school.queries.diary_news import NewsItem, list_entries_since
from school.queries.printouts import (
    HAND_OVERS,
    PrintoutVersion,
    Recipient,
    find_printout,
    get_schedule,
    get_vector,
    list_newest_printouts,
    list_recipients,
    list_told,
)
from school.queries.schools import SchoolLine, find_school
from school.queries.weekly import get_class_week
from school.queries.weekly_pages import make_page, week_title
from school.rules.printouts import WEEK, monday_of
from school.rules.sheets import POINTS
from school.rules.weekly_page import WeeklyPage, document, lay_out

PRINTOUTS = "printouts"
#: An entry is dated by the beginning of its request: what was on its way is told again.
ON_ITS_WAY = timedelta(minutes=1)

#: What became of a class: a new version, nothing moved, everybody has theirs.
MADE, SAME, HANDED = "made", "same", "handed"


@dataclass(frozen=True, slots=True)
class ClassPrintout:
    """What a sweep did for a class."""

    short_name: str
    class_name: str
    monday: date
    outcome: str
    recipients: int
    pages: int = 0


Told = Callable[[ClassPrintout], None]


def sweep_printouts(now: datetime, *, css: str, worker: str) -> list[ClassPrintout]:
    """Write down every class's printouts that are due: of this week once the school's hour has
    come, of the last one where somebody owed has none yet; anew where the data moved and not
    everybody has theirs. `css` is the printer's (printing.paper_css)."""
    found: list[ClassPrintout] = []
    for (school_id,) in fetch_all("SELECT id FROM school ORDER BY id"):
        school = find_school(school_id)
        if school is not None and _claim(school_id, worker, clock.now()):
            try:
                for monday in _due_weeks(school, now):
                    found += make_week(school, monday, now, css=css)
            finally:
                execute(RELEASE, (PRINTOUTS, school_id, worker))
    return found


def _claim(school_id: int, worker: str, at: datetime) -> bool:
    """Take a school, by the real clock; False where another worker has it."""
    with transaction():
        until = to_milliseconds(at + CLAIM)
        claim = (PRINTOUTS, school_id, worker, until, to_milliseconds(at))
        return bool(execute(CLAIM_FREE, claim).rowcount == 1)


def _due_weeks(school: SchoolLine, now: datetime) -> list[date]:
    monday = monday_of(clock.local(now, school.time_zone).date())
    weeks = (
        [monday] if now >= get_schedule(school.school_id).moment(monday, school.time_zone) else []
    )
    last = monday - WEEK
    # A worker that was away at the weekend makes up for it.
    if _lacks_any(school.school_id, last, now):
        weeks.insert(0, last)
    return weeks


def _lacks_any(school_id: int, monday: date, now: datetime) -> bool:
    sql = """
    SELECT DISTINCT t.paper_way_id FROM printout v JOIN printout_part t ON t.printout_id = v.id
    WHERE v.school_id = ? AND v.monday = ?
    """
    have = {way_id for (way_id,) in fetch_all(sql, (school_id, monday))}
    return any(line.paper_way_id not in have for line in list_recipients(school_id, monday, now))


def make_week(
    school: SchoolLine,
    monday: date,
    now: datetime,
    *,
    css: str,
    class_id: int | None = None,
    anew: bool = False,
    tell: Told = lambda _: None,
) -> list[ClassPrintout]:
    """Write down the printouts of a week, of a school or of one class, each in a transaction of
    its own. `anew`: also where everybody has theirs. `tell` hears of each class as it is done."""
    recipients = list_recipients(school.school_id, monday, now, class_id=class_id)
    newest = list_newest_printouts(school.school_id, monday)
    told = list_told(school.school_id, monday)
    handed = {way_id for _, way_id, *_ in fetch_all(HAND_OVERS, (school.school_id, monday, monday))}
    by_class: dict[int, list[Recipient]] = {}
    for line in recipients:
        by_class.setdefault(line.class_id, []).append(line)
    found = []
    for of_class in by_class.values():
        if not anew and handed.issuperset(line.paper_way_id for line in of_class):
            done = _outcome(school, of_class, monday, HANDED)
        else:
            maker = _Maker(school, monday, now, css, told)
            done = maker.make(of_class, newest.get(of_class[0].class_id))
        tell(done)
        found.append(done)
    return found


def _outcome(
    school: SchoolLine, of_class: list[Recipient], monday: date, outcome: str, pages: int = 0
) -> ClassPrintout:
    name = of_class[0].class_name
    return ClassPrintout(school.short_name, name, monday, outcome, len(of_class), pages)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the versions of a school's week."""

    school: SchoolLine
    monday: date
    now: datetime
    css: str
    #: Row of the paper way → up to when they know of the weeks before.
    told: dict[int, datetime]

    def make(self, of_class: list[Recipient], newest: PrintoutVersion | None) -> ClassPrintout:
        school_id = self.school.school_id
        # Before the data: what moves in between is seen as moved the next time.
        vector = _hash(get_vector(school_id, of_class, self.told))
        if newest is not None and newest.vector == vector:
            return _outcome(self.school, of_class, self.monday, SAME, newest.pages)
        pages = self._pages(of_class)
        digest = _hash(pages)
        if newest is not None and newest.digest == digest:
            Printout.update(vector=vector).where(Printout.id == newest.printout_id).execute()
            return _outcome(self.school, of_class, self.monday, SAME, newest.pages)
        count = self._write(of_class[0], pages, digest, vector)
        return _outcome(self.school, of_class, self.monday, MADE if count else SAME, count)

    def _pages(self, of_class: list[Recipient]) -> list[WeeklyPage]:
        school_id, zone = self.school.school_id, self.school.time_zone
        week = get_class_week(school_id, [r.pupil_id for r in of_class], self.monday, zone)
        return [
            make_page(
                line.paper_way_id,
                (line.recipient, line.pupil, line.class_name),
                self.monday,
                week.pupils[line.pupil_id],
                week,
                earlier=self._earlier(line),
                hidden=line.hidden,
                points=line.points,
                time_zone=zone,
            )
            for line in of_class
        ]

    def _earlier(self, line: Recipient) -> list[NewsItem]:
        told = self.told.get(line.paper_way_id)
        if told is None:
            return []
        zone, since = self.school.time_zone, told - ON_ITS_WAY
        found = list_entries_since(line.pupil_id, since, self.monday, zone, line.hidden)
        return [item for item in found if item.held_on < self.monday]

    def _write(self, one: Recipient, pages: list[WeeklyPage], digest: str, vector: str) -> int:
        """A new version, unless another worker wrote the same meanwhile. Returns its sheets."""
        printed = f"Напечатано {clock.local(self.now, self.school.time_zone):%d.%m.%Y в %H:%M}."
        sheets = [lay_out(self.school.full_name, found, printed) for found in pages]
        title = f"{week_title(self.monday)}, {one.class_name}"
        source = document(title, self.css, [sheet for own in sheets for sheet in own])
        with transaction():
            lock_school(self.school.school_id)
            same_week = (
                (Printout.school == self.school.school_id)
                & (Printout.school_class == one.class_id)
                & (Printout.monday == self.monday)
            )
            last = Printout.select(Printout.ordinal, Printout.digest).where(same_week)
            before = last.order_by(Printout.ordinal.desc()).first()
            if before is not None and before.digest == digest:
                return 0
            row = Printout.create(
                school=self.school.school_id,
                school_class=one.class_id,
                monday=self.monday,
                ordinal=before.ordinal + 1 if before else 1,
                title=title,
                source=source,
                digest=digest,
                vector=vector,
                asked_at=self.now,
                due_at=self.now,
            )
            bulk_insert(PrintoutPart, list(_parts(row.id, pages, sheets)))
        return sum(len(own) for own in sheets)


def _parts(
    printout_id: int, pages: list[WeeklyPage], sheets: list[tuple[str, ...]]
) -> Iterable[dict[str, int]]:
    first = 1
    for found, own in zip(pages, sheets, strict=True):
        yield {
            "printout": printout_id,
            "paper_way": found.paper_way_id,
            "first_page": first,
            "pages": len(own),
        }
        first += len(own)


def _hash(what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()


# Handing over


def hand_over_printouts(printout_id: int, paper_way_ids: Iterable[int], act: Act) -> int:
    """Note that recipients got their pages of a version: who hands over and when is kept. Who has
    the week's printout already stays as noted, so a form that comes twice does no harm. Returns
    how many are new. Raises RequestRefused for somebody who is not in that version."""
    version = find_printout(printout_id)
    if version is None:
        raise LookupError(f"no printout {printout_id}")
    ways = sorted(set(paper_way_ids))
    if not version.parts.keys() >= set(ways):
        raise RequestRefused("Этого человека нет в распечатке: откройте страницу ещё раз.")
    with transaction():
        lock_school(version.school_id)
        handed = fetch_all(HAND_OVERS, (version.school_id, version.monday, version.monday))
        new = [way_id for way_id in ways if way_id not in {row[1] for row in handed}]
        for way_id in new:
            row = PrintoutHandOver.create(
                school=version.school_id,
                paper_way=way_id,
                monday=version.monday,
                printout=printout_id,
                at=act.at,
                by=act.actor_id,
            )
            pupil_id = PaperWay.get_by_id(way_id).pupil_id
            week = version.monday.isoformat()
            fact = Fact("printout_hand_over", row.id, "handed", "", week, pupil_id)
            record(act, version.school_id, [fact])
    return len(new)


def undo_hand_over(hand_over_id: int, word: str, act: Act) -> None:
    """Take a tick back: it was put by mistake. The row stays with the word. Twice does no harm.
    Raises RequestRefused without a word."""
    if not word.strip():
        raise RequestRefused(
            "Напишите, почему отметка снята: например, «ошиблась строкой».", "word"
        )
    with transaction():
        row = PrintoutHandOver.get_by_id(hand_over_id)
        lock_school(row.school_id)
        if PrintoutHandOver.get_by_id(hand_over_id).undone_at is not None:
            return
        PrintoutHandOver.update(undone_at=act.at, undone_by=act.actor_id, word=word.strip()).where(
            PrintoutHandOver.id == hand_over_id
        ).execute()
        pupil_id = PaperWay.get_by_id(row.paper_way_id).pupil_id
        week = row.monday.isoformat()
        fact = Fact("printout_hand_over", row.id, "handed", week, "", pupil_id, why=word.strip())
        record(act, row.school_id, [fact])


# How and when


def set_schedule(school_id: int, weekday: int, hour: int, act: Act) -> None:
    """Choose the day of the week (0 is Monday) and the hour from which printouts are made. Raises
    RequestRefused for what is no day or hour."""
    if weekday not in range(7):
        raise RequestRefused("Выберите день недели.", "weekday")
    if hour not in range(24):
        raise RequestRefused("Напишите час от 0 до 23.", "hour")
    with transaction():
        lock_school(school_id)
        before = get_schedule(school_id)
        row, is_new = PrintoutSchedule.get_or_create(
            school=school_id,
            defaults={
                "weekday": weekday,
                "hour": hour,
                "changed_at": act.at,
                "changed_by": act.actor_id,
            },
        )
        if not is_new:
            PrintoutSchedule.update(
                weekday=weekday, hour=hour, changed_at=act.at, changed_by=act.actor_id
            ).where(PrintoutSchedule.id == row.id).execute()
        old, new = f"{before.weekday} {before.hour}", f"{weekday} {hour}"
        if is_new or old != new:
            record(act, school_id, [Fact("printout_schedule", row.id, "moment", old, new)])


def set_print_size(paper_way_id: int, points: int) -> None:
    """Keep the size of letters somebody wishes for their printouts. It may say that they see
    badly, so no history tells of it. Raises RequestRefused for a size we do not print."""
    if points not in POINTS:
        raise RequestRefused("Выберите размер букв из списка.", "points")
    with transaction():
        PrintSize.insert(paper_way=paper_way_id, points=points).on_conflict(
            conflict_target=[PrintSize.paper_way], update={PrintSize.points: points}
        ).execute()


def try_printout_again(printout_id: int, act: Act) -> bool:
    """Put a version whose file could not be made back to be made. Returns whether it was one."""
    count: int = (
        Printout.update(state="waiting", tries=0, due_at=act.at, problem="", claimed_until=None)
        .where(Printout.id == printout_id, Printout.state == "failed")
        .execute()
    )
    return bool(count)
