"""Who misses which lessons: illness in spans of days, single days and lessons, lateness."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

ILL_PER_WEEK = 0.045
AWAY_PER_WEEK = 0.03
#: Of lessons: missed alone, and begun late (mostly the day's first one).
ONE_LESSON, LATE, LATE_FIRST = 0.002, 0.003, 0.012

NO_REASON_YET, ILL, EXCUSED, TRUANT, CAME_LATE = "н", "б", "у", "нп", "о"


@dataclass(frozen=True, slots=True)
class DayAway:
    """Why a pupil is not there on a day; on the first day of an illness nobody knows yet."""

    code: str
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Absence:
    """What the teacher enters, and what the class teacher makes of it later."""

    code: str
    late_minutes: int | None = None
    corrected_code: str | None = None


def draw_days_away(rng: random.Random, days: list[date]) -> dict[date, DayAway]:
    """The days on which a pupil is away, of the school days of the past weeks."""
    away: dict[date, DayAway] = {}
    for place, day in enumerate(days):
        # Once a week is asked whether something begins in it.
        if place % 5 or day in away:
            continue
        begin = place + rng.randrange(5)
        roll = rng.random()
        if roll < ILL_PER_WEEK:
            _stay_away(away, days[begin : begin + rng.randint(2, 6)])
        elif roll < ILL_PER_WEEK + AWAY_PER_WEEK and begin < len(days):
            code = EXCUSED if rng.random() < 0.85 else TRUANT
            away[days[begin]] = DayAway(code)
    return away


def recent_illness(days: list[date], today: date) -> dict[date, DayAway]:
    """Three days of illness about two weeks ago, so that there is one to look at."""
    away: dict[date, DayAway] = {}
    recent = [day for day in days if today - timedelta(days=14) <= day < today]
    _stay_away(away, recent[:3])
    return away


def _stay_away(away: dict[date, DayAway], days: list[date]) -> None:
    for day in days:
        away[day] = DayAway(ILL, is_first=day == days[0])


def draw_absence(
    rng: random.Random, away: DayAway | None, *, is_first_lesson: bool
) -> Absence | None:
    """What is entered for a pupil in a lesson; None where they are present from the start."""
    if away is not None:
        if away.is_first:
            return Absence(NO_REASON_YET, corrected_code=away.code)
        return Absence(away.code)
    roll = rng.random()
    if roll < ONE_LESSON:
        return Absence(EXCUSED if roll < ONE_LESSON / 2 else NO_REASON_YET)
    if roll < ONE_LESSON + (LATE_FIRST if is_first_lesson else LATE):
        return Absence(CAME_LATE, late_minutes=rng.randint(2, 15))
    return None
