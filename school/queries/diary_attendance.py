"""What a pupil missed and where they came late, by reason (B4)."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from school import wording
from school.database import as_date, fetch_all
from school.queries.absences import count_absences_of
from school.queries.diary import LESSONS_OF_PUPIL
from school.queries.diary_periods import Period
from school.rules.absences import order
from school.rules.marks import LATE


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


ATTENDANCE = f"""
SELECT DISTINCT l.held_on, l.lesson_number, l.id, j.name, s.id, s.name, a.code,
       a.late_minutes
{LESSONS_OF_PUPIL}
JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
     AND a.pupil_id = gm.pupil_id
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN subject j ON j.id = g.subject_id
JOIN school s ON s.id = l.school_id
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL
ORDER BY l.held_on DESC, l.lesson_number, l.id
"""


def get_absences(pupil_id: int, period: Period, school_id: int) -> Absences:
    """What a pupil missed in a period, however much it is; lessons of another
    school than the given one are named with it. Days are counted as everywhere
    (rules/absences.py), in a second statement."""
    counts: Counter[str] = Counter()
    minutes = 0
    days: dict[date, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for held_on, number, _, subject, lesson_school_id, school, code, late_minutes in fetch_all(
        ATTENDANCE, (pupil_id, period.from_on, period.until_on)
    ):
        counts[code] += 1
        minutes += late_minutes or 0
        lesson = f"{number}. {subject}"
        if lesson_school_id != school_id:
            lesson += f" ({school})"
        days[as_date(held_on)][wording.attendance(code, late_minutes)].append(lesson)
    late = counts.pop(LATE, 0)
    of_days = count_absences_of([pupil_id], period.from_on, period.until_on)[pupil_id].days
    codes = sorted(counts, key=order)
    return Absences(
        missed=sum(counts.values()),
        late=late,
        sentence=wording.absences(
            [(code, counts[code]) for code in codes], late=late, late_minutes=minutes
        ),
        days_sentence=wording.missed_days(list(of_days.items())),
        reasons=tuple(
            ReasonCount(wording.reason(code), counts[code], of_days.get(code, 0)) for code in codes
        ),
        days=tuple(
            AttendanceDay(
                day,
                tuple(AttendanceLine(words, tuple(lessons)) for words, lessons in lines.items()),
            )
            for day, lines in days.items()
        ),
    )
