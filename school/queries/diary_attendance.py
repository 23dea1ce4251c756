"""What a pupil missed and where they came late, by reason (B4)."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from school import wording
from school.database import as_date, fetch_all
from school.queries.diary import LESSONS_OF_PUPIL
from school.queries.diary_periods import Period
from school.rules.absences import Tally, count_absences


@dataclass(frozen=True, slots=True)
class ReasonCount:
    reason: str
    lessons: int
    #: Days of which every lesson was missed.
    days: int


@dataclass(frozen=True, slots=True)
class AttendanceLine:
    """The lessons of a day that were missed for one reason, or to which the pupil came late."""

    words: str
    #: «1. История», with its school where that is not the pupil's present one.
    lessons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AttendanceDay:
    day: date
    lines: tuple[AttendanceLine, ...]


@dataclass(frozen=True, slots=True)
class Absences:
    """A pupil's attendance in a period."""

    missed: int
    late: int
    #: Both in a sentence; the days in another, where there are any.
    sentence: str
    days_sentence: str
    reasons: tuple[ReasonCount, ...]
    #: Newest first.
    days: tuple[AttendanceDay, ...]


# The last column is how many lessons the pupil had on that day: absences are few, and their days
# cost less than all days of the period.
ATTENDANCE = f"""
SELECT DISTINCT l.held_on, l.lesson_number, l.id, j.name, s.id, s.name, a.code,
       a.late_minutes,
       (SELECT COUNT(DISTINCT x.id)
        FROM group_membership m
        JOIN lesson x ON x.school_id = m.school_id AND x.teaching_group_id = m.teaching_group_id
             AND x.held_on >= m.from_on AND (m.until_on IS NULL OR x.held_on <= m.until_on)
        JOIN teaching_group y ON y.id = m.teaching_group_id AND NOT y.is_extracurricular
        WHERE m.pupil_id = gm.pupil_id AND x.held_on = l.held_on AND x.cancelled_at IS NULL)
{LESSONS_OF_PUPIL}
JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
     AND a.pupil_id = gm.pupil_id
JOIN teaching_group g ON g.id = l.teaching_group_id AND NOT g.is_extracurricular
JOIN subject j ON j.id = g.subject_id
JOIN school s ON s.id = l.school_id
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL
ORDER BY l.held_on DESC, l.lesson_number, l.id
"""


def get_absences(pupil_id: int, period: Period, school_id: int) -> Absences:
    """What a pupil missed in a period, however much it is, in one statement; lessons of another
    school than the given one are named with it. Counted as everywhere (rules/absences.py)."""
    of_day: dict[date, Counter[str]] = defaultdict(Counter)
    held: dict[date, int] = {}
    minutes = 0
    days: dict[date, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for held_on, number, _, subject, lesson_school_id, school, code, late_minutes, n in fetch_all(
        ATTENDANCE, (pupil_id, period.from_on, period.until_on)
    ):
        day = as_date(held_on)
        of_day[day][code] += 1
        held[day] = n
        minutes += late_minutes or 0
        lesson = f"{number}. {subject}"
        if lesson_school_id != school_id:
            lesson += f" ({school})"
        days[day][wording.attendance(code, late_minutes)].append(lesson)
    count = count_absences(_tallies(of_day, held))
    return Absences(
        missed=count.missed_lessons,
        late=count.late,
        sentence=wording.absences(
            list(count.lessons.items()), late=count.late, late_minutes=minutes
        ),
        days_sentence=wording.missed_days(list(count.days.items())),
        reasons=tuple(
            ReasonCount(wording.reason(code), lessons, count.days.get(code, 0))
            for code, lessons in count.lessons.items()
        ),
        days=tuple(
            AttendanceDay(
                day,
                tuple(AttendanceLine(words, tuple(lessons)) for words, lessons in lines.items()),
            )
            for day, lines in days.items()
        ),
    )


def _tallies(of_day: dict[date, Counter[str]], held: dict[date, int]) -> Iterator[Tally]:
    """What was entered on the days with absences, and in how many lessons nothing was."""
    for day, codes in of_day.items():
        yield from (Tally(day, code, lessons) for code, lessons in codes.items())
        if held[day] > codes.total():
            yield Tally(day, "", held[day] - codes.total())
