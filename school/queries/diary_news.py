"""What is new in a pupil's diary, in plain sentences (H8)."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from school import wording, wording_timetable
from school.clock import local, moment_of
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.diary import (
    CHANGE_COLUMNS,
    CHANGE_PEOPLE,
    LESSONS_OF_PUPIL,
    STILL_SO,
    change_words,
)
from school.rules.access import ATTENDANCE, COMMENTS, MARKS, TIMETABLE
from school.rules.changes import changed_places
from school.rules.register import name_of_work

#: News of so many days, today among them.
DAYS_OF_NEWS = 7
#: Entries for older lessons are no news, whenever they were made.
OLDEST_LESSON = timedelta(days=366)
#: Changes of the timetable are announced this near to the lesson.
NEAR_LESSONS = timedelta(days=60)
#: Fields that go with another one, and are news of their own where that one is none.
ALONE = {"worked_on": "mark", "late_minutes": "attendance"}


@dataclass(frozen=True, slots=True)
class NewsItem:
    at: datetime
    sentence: str
    #: The day of the lesson: its page says more.
    held_on: date

    @property
    def head(self) -> str:
        """How the sentence begins, up to the day: «Алгебра, 17 ноября»."""
        day = wording.day_and_month(self.held_on)
        return self.sentence[: self.sentence.index(day) + len(day)]

    @property
    def rest(self) -> str:
        return self.sentence[len(self.head) :]


@dataclass(frozen=True, slots=True)
class NewsDay:
    """What was entered on a day, newest first."""

    day: date
    items: tuple[NewsItem, ...]


@dataclass(frozen=True, slots=True)
class News:
    #: Since the reader's previous visit; all of it where that is not known or long ago.
    fresh: tuple[NewsDay, ...]
    #: The rest.
    seen: tuple[NewsDay, ...]
    #: The previous visit (UTC), where it divides the list.
    since: datetime | None


ENTRIES = f"""
SELECT DISTINCT h.id, h.at, h.row_id, h.field, h.old, h.new, l.held_on, j.name, k.name,
       w.title, w.weight, w.due_on
{LESSONS_OF_PUPIL}
JOIN history h ON h.school_id = l.school_id AND h.lesson_id = l.id AND h.pupil_id = gm.pupil_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
LEFT JOIN work w ON h.table_name = 'work' AND w.id = h.row_id
LEFT JOIN work_kind k ON k.id = w.work_kind_id
WHERE gm.pupil_id = ? AND l.held_on >= ? AND h.at >= ?
  AND h.field IN ('mark', 'worked_on', 'attendance', 'late_minutes', 'comment', 'homework')
ORDER BY h.id
"""

CHANGES = f"""
SELECT DISTINCT h.id, h.announced_at, l.id, l.held_on, l.lesson_number, j.name, {CHANGE_COLUMNS}
{LESSONS_OF_PUPIL}
JOIN lesson_change h ON h.school_id = l.school_id AND h.lesson_id = l.id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
{CHANGE_PEOPLE}
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND h.announced_at >= ? AND {STILL_SO}
  AND h.day_change_id IS NULL
ORDER BY h.id
"""

# A moved day or a quarantine is told once, not of each of its lessons; so is its end.
DAY_CHANGES = """
SELECT DISTINCT d.id, d.kind, d.from_on, d.until_on, d.weekday, d.week_parity, d.reason,
       d.is_remote, d.announced_at, d.undone_at
FROM enrolment e
JOIN school_class c ON c.id = e.school_class_id
JOIN day_change d ON d.school_id = e.school_id
     AND (d.school_class_id = c.id
          OR (d.school_class_id IS NULL AND d.from_grade <= c.grade AND c.grade <= d.until_grade))
WHERE e.pupil_id = ? AND e.from_on <= d.until_on
  AND (e.until_on IS NULL OR e.until_on >= d.from_on)
  AND d.until_on >= ? AND d.from_on <= ? AND (d.announced_at >= ? OR d.undone_at >= ?)
ORDER BY d.id
"""


def get_news(
    pupil_id: int,
    today: date,
    time_zone: str,
    visited_before_at: datetime | None,
    hidden: Collection[str] = (),
) -> News:
    """What was entered for a pupil in the last days and is still so, newest first; divided by
    the previous visit of whoever reads (UTC), without the areas hidden from them."""
    from_on = today - timedelta(days=DAYS_OF_NEWS - 1)
    from_at = moment_of(from_on, "00:00", time_zone)
    since = visited_before_at
    if since is not None and since <= from_at:
        since = None
    items = list(_entries(pupil_id, today, from_at, time_zone, hidden))
    if TIMETABLE not in hidden:
        items += _changes(pupil_id, today, from_at)
        items += _day_changes(pupil_id, today, from_at)
    items.sort(key=lambda item: item.at, reverse=True)
    return News(
        fresh=_by_day([i for i in items if since is None or i.at > since], time_zone),
        seen=_by_day([i for i in items if since is not None and i.at <= since], time_zone),
        since=since,
    )


def list_entries_since(
    pupil_id: int, since: datetime, today: date, time_zone: str, hidden: Collection[str] = ()
) -> tuple[NewsItem, ...]:
    """What was entered or corrected in a pupil's register after a moment (UTC) and is still so,
    in order of lessons, without the areas hidden from whoever reads."""
    items = _entries(pupil_id, today, since, time_zone, hidden)
    return tuple(sorted(items, key=lambda item: (item.held_on, item.at, item.sentence)))


def _by_day(items: list[NewsItem], time_zone: str) -> tuple[NewsDay, ...]:
    days: dict[date, list[NewsItem]] = defaultdict(list)
    for item in items:
        days[local(item.at, time_zone).date()].append(item)
    return tuple(NewsDay(day, tuple(found)) for day, found in days.items())


@dataclass(slots=True)
class _Cell:
    """What became of one cell of the register within the days of news."""

    at: datetime
    #: What stood there before these days, before its last change, and now.
    first: str
    was: str
    now: str
    held_on: date
    subject: str
    work: tuple[str, str, str, date | None]

    @property
    def is_back(self) -> bool:
        """Nothing is new: it is again as it was."""
        return self.first == self.now


#: Fields of the register that belong to an area which may be hidden from a reader.
AREA_OF_FIELD = {
    "mark": MARKS, "worked_on": MARKS, "attendance": ATTENDANCE, "late_minutes": ATTENDANCE,
    "comment": COMMENTS,
}  # fmt: skip


def _entries(
    pupil_id: int, today: date, from_at: datetime, time_zone: str, hidden: Collection[str]
) -> Iterator[NewsItem]:
    cells: dict[tuple[str, int], _Cell] = {}
    for row in fetch_all(ENTRIES, (pupil_id, today - OLDEST_LESSON, to_milliseconds(from_at))):
        (_, at, row_id, field, old, new, held_on, subject,
         kind, title, weight, due_on) = row  # fmt: skip
        if AREA_OF_FIELD.get(field) in hidden:
            continue
        key = field, row_id
        before = cells.get(key)
        cells[key] = _Cell(
            at=from_milliseconds(at),
            first=before.first if before else old,
            was=old,
            now=new,
            held_on=as_date(held_on),
            subject=subject,
            work=(kind or "", title or "", weight or "1", as_date(due_on)),
        )
    for (field, row_id), cell in cells.items():
        if cell.is_back:
            continue
        if field == "mark":
            worked_on = cells.get(("worked_on", row_id))
            yield _mark_item(cell, worked_on.now if worked_on else "")
        elif field in ("comment", "homework") and cell.now:
            say = wording.comment_sentence if field == "comment" else wording.own_homework_sentence
            yield NewsItem(cell.at, say(cell.subject, cell.held_on, cell.now), cell.held_on)
        elif field in ALONE and cell.was and (ALONE[field], row_id) not in cells:
            # Of an older mark or absence: what is said of those below says this as well.
            yield _correction_item(field, cell, time_zone)
    yield from _absence_items(cells)


def _correction_item(field: str, cell: _Cell, time_zone: str) -> NewsItem:
    kind, title, _, _ = cell.work
    corrected_on = local(cell.at, time_zone).date()
    work = name_of_work(kind, title) if kind else ""
    sentence = wording.correction(
        (cell.subject,), cell.held_on, field, work, cell.was, cell.now, corrected_on
    )
    return NewsItem(cell.at, sentence, cell.held_on)


def _mark_item(cell: _Cell, worked_on: str) -> NewsItem:
    kind, title, weight, due_on = cell.work
    if cell.now:
        # A «точка» that became a mark, or a second mark beside the first, corrects nothing.
        grew = not changed_places(cell.was, cell.now)
        sentence = wording.mark_sentence(
            cell.subject, cell.held_on, cell.now, kind, title, weight,
            was="" if grew else cell.was,
            worked_on=as_date(worked_on or None),
            due_on=due_on,
        )  # fmt: skip
    else:
        sentence = wording.mark_taken_back(cell.subject, cell.held_on, cell.first, kind, title)
    return NewsItem(cell.at, sentence, cell.held_on)


def _absence_items(cells: dict[tuple[str, int], _Cell]) -> Iterator[NewsItem]:
    """A day missed for one reason is one sentence, however many lessons it had."""
    alike: dict[tuple[Any, ...], list[_Cell]] = defaultdict(list)
    for (field, lesson_id), cell in cells.items():
        if field == "attendance" and not cell.is_back:
            late = cells.get(("late_minutes", lesson_id))
            minutes = int(late.now) if late and late.now else None
            was = cell.was if cell.now else cell.first
            alike[cell.at.date(), cell.held_on, cell.now, was, minutes].append(cell)
    for (_, held_on, code, was, minutes), found in alike.items():
        subjects = [cell.subject for cell in found]
        if code:
            sentence = wording.absence_sentence(held_on, subjects, code, minutes, was)
        else:
            sentence = wording.absence_taken_back(held_on, subjects, was)
        yield NewsItem(max(cell.at for cell in found), sentence, held_on)


def _changes(pupil_id: int, today: date, from_at: datetime) -> Iterator[NewsItem]:
    found: dict[tuple[int, str], NewsItem] = {}
    near = (today - NEAR_LESSONS, today + NEAR_LESSONS)
    for _, announced_at, lesson_id, held_on, number, subject, *change in fetch_all(
        CHANGES, (pupil_id, *near, to_milliseconds(from_at))
    ):
        day = as_date(held_on)
        sentence = wording.change_sentence(subject, day, number, change_words(*change))
        # Of two changes of a kind the later one holds.
        found[lesson_id, change[0]] = NewsItem(from_milliseconds(announced_at), sentence, day)
    yield from found.values()


def _day_changes(pupil_id: int, today: date, from_at: datetime) -> Iterator[NewsItem]:
    since = to_milliseconds(from_at)
    near = (today - NEAR_LESSONS, today + NEAR_LESSONS)
    for row in fetch_all(DAY_CHANGES, (pupil_id, *near, since, since)):
        (_, kind, begins, ends, weekday, parity, reason, is_remote, announced_at,
         undone_at) = row  # fmt: skip
        day = as_date(begins)
        said = wording_timetable.day_change(
            kind, weekday, parity, reason, is_remote=bool(is_remote)
        )
        if undone_at is not None:
            said = f"Снова обычное расписание. Отменено: {said[:1].lower()}{said[1:]}"
        sentence = wording_timetable.day_change_news(said, day, as_date(ends))
        yield NewsItem(from_milliseconds(undone_at or announced_at), sentence, day)
