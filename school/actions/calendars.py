"""What an administrator knows better than the production calendar."""

from dataclasses import dataclass
from datetime import date

from school.actions.history import Act, Fact, move_revisions, record
from school.calendars import FIRST_YEAR, LAST_YEAR, working_days
from school.database import transaction
from school.models import CalendarCorrection, CalendarYear
from school.queries.calendars import list_confirmed_years, list_corrections


class CalendarError(Exception):
    """What cannot be done with the calendar; the message says why, in Russian."""


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that is worked, or not, at this school, and why."""

    day: date
    is_working: bool
    reason: str


def correct_day(school_id: int, change: DayChange, *, today: date, act: Act) -> bool:
    """Set a day of a school's production calendar otherwise: a regional day off, a transfer
    the program does not know yet. Returns whether that changed anything, so that a double post
    is harmless. Raises CalendarError for a day that is past (its terms were counted), for one
    that is so anyway, and without a reason."""
    reason = change.reason.strip()
    if not reason:
        raise CalendarError("Напишите, почему: каким актом день сделан рабочим или выходным.")
    _refuse_past(change.day, today)
    with transaction():
        known = {line.day: line for line in list_corrections(school_id)}
        found = known.get(change.day)
        if found is not None and (found.is_working, found.reason) == (change.is_working, reason):
            return False
        plain = working_days(change.day.year, change.day.year)(change.day)
        if found is None and plain == change.is_working:
            is_so = "рабочий" if plain else "выходной"
            raise CalendarError(f"{change.day:%d.%m.%Y} и так {is_so}: исправлять нечего.")
        _write(school_id, change.day, change.is_working, reason, act)
    return True


def take_correction_back(school_id: int, day: date, *, today: date, act: Act) -> bool:
    """Let the production calendar hold again for a day. Returns whether there was a correction.
    Raises CalendarError for a day that is past."""
    _refuse_past(day, today)
    with transaction():
        if day not in {line.day for line in list_corrections(school_id)}:
            return False
        _write(school_id, day, None, "исправление снято", act)
    return True


def _refuse_past(day: date, today: date) -> None:
    if day < today:
        raise CalendarError("Этот день уже прошёл, и сроки по нему посчитаны.")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise CalendarError(f"Календарь знает годы до {LAST_YEAR}.")


def _write(school_id: int, day: date, is_working: bool | None, reason: str, act: Act) -> None:
    row = CalendarCorrection.create(
        school=school_id,
        corrected_on=day,
        is_working=is_working,
        reason=reason,
        made_at=act.at,
        made_by=act.actor_id,
    )
    words = {True: "рабочий", False: "выходной", None: "по календарю"}[is_working]
    fact = Fact("calendar_correction", row.id, "day", "", f"{day} {words}: {reason}")
    record(act, school_id, [fact])
    move_revisions(act, [("school", school_id)])


def confirm_year(school_id: int, year: int, act_name: str, *, act: Act) -> bool:
    """Say that a year of the calendar was compared with the government's act, so that its
    warning goes. Returns whether that changed anything. Raises CalendarError without the act or
    for a year the calendar does not know."""
    name = act_name.strip()
    if not name:
        raise CalendarError("Напишите, с каким постановлением календарь сверен: номер и дату.")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarError(f"Календарь знает годы до {LAST_YEAR}.")
    with transaction():
        if year in list_confirmed_years(school_id):
            return False
        row = CalendarYear.create(
            school=school_id, year=year, act=name, made_at=act.at, made_by=act.actor_id
        )
        record(act, school_id, [Fact("calendar_year", row.id, "act", "", f"{year}: {name}")])
        move_revisions(act, [("school", school_id)])
    return True
