"""The register of a group as the archive keeps it: marks, absences, lessons, results (D6)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.diary_periods import Period
from school.queries.grid import Grid, get_grid
from school.queries.groups import GroupHead, list_group_periods
from school.queries.lessons import full_name
from school.queries.results import KIND_NAMES
from school.rules.names import alphabetical
from school.rules.proposals import EXAM, FINAL, PERIOD, YEAR


@dataclass(frozen=True, slots=True)
class HeldLesson:
    """A lesson as the list of lessons has it."""

    lesson_id: int
    held_on: date
    lesson_number: int
    topic: str
    #: For all, then for one: «Королёв Фёдор: № 5».
    homework: str
    #: Who held it; another than the group's own is a substitute.
    teacher: str
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class PeriodPages:
    """A study period of a register, up to the day it is of."""

    period: Period
    grid: Grid
    lessons: tuple[HeldLesson, ...]


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A pupil with what was decided, column by column; «3*» was retaken, empty: not decided."""

    pupil: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterPages:
    """A group's register of its whole year, or of one period."""

    group: GroupHead
    school: str
    year_name: str
    #: Who taught the group from when until when, in words of the row: name, first, last day.
    teachers: tuple[tuple[str, date, date | None], ...]
    class_teachers: tuple[str, ...]
    periods: tuple[PeriodPages, ...]
    #: Names of the columns of results.
    columns: tuple[str, ...]
    results: tuple[ResultLine, ...]
    #: The newest entry in its lessons and results, UTC.
    last_entry_at: datetime | None


def list_page_periods(group: GroupHead) -> tuple[Period, ...]:
    """The parts of a group's year that its register is divided by; the year where it has none."""
    found = list_group_periods(group)
    parts = tuple(
        period
        for period in found
        if not any(
            other is not period
            and period.from_on <= other.from_on
            and other.until_on <= period.until_on
            and (period.from_on, period.until_on) != (other.from_on, other.until_on)
            for other in found
        )
    )
    if parts:
        return parts
    return (
        Period(
            None, "Учебный год", group.year_from_on, group.year_until_on, group.school_id, ""
        ),
    )  # fmt: skip


def get_register_pages(
    group: GroupHead, today: date, *, period_id: int | None = None
) -> RegisterPages:
    """A group's register up to a day where the school is: of all its periods that have begun, or
    of one. Lessons ahead are not in it."""
    school, year_name = fetch_all(PLACE, (group.group_id,))[0]
    periods = [
        period
        for period in list_page_periods(group)
        if (period_id is None or period.period_id == period_id) and period.from_on <= today
    ]
    columns, results = _results(group, periods, whole_year=period_id is None)
    return RegisterPages(
        group=group,
        school=school,
        year_name=year_name,
        teachers=tuple(
            (full_name(*name), as_date(from_on), as_date(until_on) if until_on else None)
            for *name, from_on, until_on in fetch_all(TEACHERS, (group.school_id, group.group_id))
        ),
        class_teachers=_class_teachers(group),
        periods=tuple(_period_pages(group, period, today) for period in periods),
        columns=columns,
        results=results,
        last_entry_at=_last_entry(group, periods),
    )


PLACE = """
SELECT s.full_name, y.name FROM teaching_group g
JOIN school s ON s.id = g.school_id JOIN school_year y ON y.id = g.school_year_id WHERE g.id = ?
"""
TEACHERS = """
SELECT p.surname, p.given_name, p.patronymic, t.from_on, t.until_on
FROM group_teacher t JOIN person p ON p.id = t.teacher_id
WHERE t.school_id = ? AND t.teaching_group_id = ? ORDER BY t.from_on, t.id
"""
CLASS_TEACHERS = """
SELECT DISTINCT c.grade, c.letter, r.from_on, r.id, p.surname, p.given_name, p.patronymic
FROM teaching_group g
JOIN school_class c ON c.id = g.school_class_id
JOIN role r ON r.school_class_id = c.id AND r.kind = 'class_teacher'
JOIN person p ON p.id = r.person_id
WHERE g.id = ? ORDER BY r.from_on, r.id
"""


def _class_teachers(group: GroupHead) -> tuple[str, ...]:
    found = [full_name(*row[4:]) for row in fetch_all(CLASS_TEACHERS, (group.group_id,))]
    return tuple(dict.fromkeys(found))


LESSONS = """
SELECT l.id, l.held_on, l.lesson_number, l.topic,
       CASE WHEN l.cancelled_at IS NULL THEN 0 ELSE 1 END, p.surname, p.given_name, p.patronymic
FROM lesson l JOIN person p ON p.id = l.teacher_id
WHERE l.school_id = ? AND l.teaching_group_id = ? AND l.held_on BETWEEN ? AND ?
ORDER BY l.held_on, l.lesson_number, l.id
"""
HOMEWORK = """
SELECT h.lesson_id, h.text, p.surname, p.given_name
FROM lesson l JOIN homework h ON h.school_id = l.school_id AND h.lesson_id = l.id
LEFT JOIN person p ON p.id = h.pupil_id
WHERE l.school_id = ? AND l.teaching_group_id = ? AND l.held_on BETWEEN ? AND ?
"""


def _period_pages(group: GroupHead, period: Period, today: date) -> PeriodPages:
    span = (group.school_id, group.group_id, period.from_on, min(period.until_on, today))
    tasks: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for lesson_id, text, surname, given_name in fetch_all(HOMEWORK, span):
        whose = f"{surname} {given_name}" if surname else ""
        tasks[lesson_id].append((whose, " ".join(text.split())))
    lessons = tuple(
        HeldLesson(
            lesson_id,
            as_date(held_on),
            number,
            " ".join(topic.split()),
            " ".join(
                f"{whose}: {text}" if whose else text
                for whose, text in sorted(
                    tasks[lesson_id], key=lambda task: (alphabetical(task[0]), task[1])
                )
            ),
            full_name(*name),
            bool(cancelled),
        )
        for lesson_id, held_on, number, topic, cancelled, *name in fetch_all(LESSONS, span)
    )
    grid = get_grid(group, period, today=today)
    held = tuple(column for column in grid.columns if column.held_on <= today)
    return PeriodPages(period, replace(grid, columns=held), lessons)


RESULTS = """
SELECT p.id, p.surname, p.given_name, p.patronymic, r.kind, r.study_period_id, r.value,
       (SELECT COUNT(*) FROM retake t WHERE t.school_id = r.school_id AND t.result_id = r.id
        AND t.value <> '')
FROM period_result r JOIN person p ON p.id = r.pupil_id
WHERE r.school_id = ? AND r.teaching_group_id = ? AND r.value <> ''
"""


def _results(
    group: GroupHead, periods: Iterable[Period], *, whole_year: bool
) -> tuple[tuple[str, ...], tuple[ResultLine, ...]]:
    """The columns that something was decided in, and the pupils with it."""
    names: dict[int, str] = {}
    values: dict[tuple[int, str], str] = {}
    found: set[str] = set()
    for pupil_id, *name, kind, period_id, value, retakes in fetch_all(
        RESULTS, (group.school_id, group.group_id)
    ):
        key = f"{kind}-{period_id}" if period_id else kind
        names[pupil_id] = full_name(*name)
        values[pupil_id, key] = value + "*" * bool(retakes)
        found.add(key)
    columns = [
        (f"{PERIOD}-{period.period_id}", period.name) for period in periods if period.period_id
    ]
    if whole_year:
        columns += [(kind, KIND_NAMES[kind]) for kind in (YEAR, EXAM, FINAL)]
    shown = [(key, name) for key, name in columns if key in found]
    lines = [
        ResultLine(name, tuple(values.get((pupil_id, key), "") for key, _ in shown))
        for pupil_id, name in sorted(
            names.items(), key=lambda item: (alphabetical(item[1]), item[0])
        )
        if any((pupil_id, key) in values for key, _ in shown)
    ]
    return tuple(name for _, name in shown), tuple(lines)


LAST_OF_LESSONS = """
SELECT MAX(h.at) FROM lesson l JOIN history h ON h.school_id = l.school_id AND h.lesson_id = l.id
WHERE l.school_id = ? AND l.teaching_group_id = ? AND l.held_on BETWEEN ? AND ?
"""
LAST_OF_RESULTS = """
SELECT MAX(decided_at) FROM period_result WHERE school_id = ? AND teaching_group_id = ?
"""


def _last_entry(group: GroupHead, periods: list[Period]) -> datetime | None:
    if not periods:
        return None
    whose = (group.school_id, group.group_id)
    span = (min(p.from_on for p in periods), max(p.until_on for p in periods))
    moments = [
        at
        for sql, parameters in ((LAST_OF_LESSONS, (*whose, *span)), (LAST_OF_RESULTS, whose))
        for (at,) in fetch_all(sql, parameters)
        if at is not None
    ]
    return from_milliseconds(max(moments)) if moments else None
