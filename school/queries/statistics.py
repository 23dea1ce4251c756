"""What a school reads out of its results: by class, subject, teacher and programme, beside the
period before (E5, E6; приказ и отчёты завуча)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from school.database import as_date, fetch_all
from school.queries.lessons import full_name
from school.rules.names import alphabetical, by_number
from school.rules.statistics import (
    PROGRAMMES,
    STANDINGS,
    Compared,
    ResultCounts,
    compare_with_exam,
    find_standings,
    programme_of,
)

PERIOD, YEAR, EXAM, FINAL = "period", "year", "exam", "final"


@dataclass(frozen=True, slots=True)
class Reported:
    """What is reported on: the results of a study period, or the year's, the exams', the final
    ones of a school year."""

    kind: str
    name: str
    year_id: int
    from_on: date
    until_on: date
    #: Of a study period alone.
    period_id: int | None = None
    from_grade: int = 1
    until_grade: int = 12

    @property
    def key(self) -> str:
        """How an address names it: «12» of a study period, «year-3» of a year."""
        return str(self.period_id) if self.period_id else f"{self.kind}-{self.year_id}"


@dataclass(frozen=True, slots=True)
class ReportedChoice:
    """All that can be reported on, in order, and what is: with the one before it, if any."""

    shown: Reported
    before: Reported | None
    all: tuple[Reported, ...]


PERIODS = """
SELECT y.id, y.name, y.from_on, y.until_on, p.id, p.name, p.from_on, p.until_on, p.from_grade,
       p.until_grade
FROM school_year y
LEFT JOIN study_period p ON p.school_year_id = y.id AND p.kind <> 'year'
WHERE y.school_id = ? AND y.from_on <= ?
ORDER BY y.from_on, p.from_grade, p.ordinal, p.id
"""
_OF_YEAR = ((YEAR, "Год"), (EXAM, "Экзамены"), (FINAL, "Итоговые отметки"))


def find_reported(
    school_id: int, today: date, key: str = "", *, grade: int | None = None
) -> ReportedChoice | None:
    """What an address asks for (None where the school, or the grade, has no such), else the last
    study period that has ended, else the first."""
    rows = fetch_all(PERIODS, (school_id, today))
    found: list[Reported] = []
    for row in rows:
        year_name = row[1]
        if row[4]:
            name = f"{row[5]}, {year_name}"
            span = (as_date(row[6]), as_date(row[7]))
            found.append(Reported(PERIOD, name, row[0], *span, row[4], row[8], row[9]))
    for year_id, year_name, first, last in dict.fromkeys(row[:4] for row in rows):
        span = (as_date(first), as_date(last))
        found += [Reported(k, f"{word}, {year_name}", year_id, *span) for k, word in _OF_YEAR]
    if grade is not None:
        found = [one for one in found if one.from_grade <= grade <= one.until_grade]
    if not found:
        return None
    if key:
        shown = next((one for one in found if one.key == key), None)
    else:
        ended = [one for one in found if one.kind == PERIOD and one.until_on < today]
        shown = max(ended, key=lambda one: (one.until_on, -one.from_grade), default=found[0])
    return None if shown is None else ReportedChoice(shown, _before(shown, found), tuple(found))


def _before(shown: Reported, found: Iterable[Reported]) -> Reported | None:
    """The last one of its kind that ended before it, for the same grades."""
    earlier = [
        one
        for one in found
        if one.kind == shown.kind
        and one.until_on < shown.from_on
        and (one.from_grade, one.until_grade) == (shown.from_grade, shown.until_grade)
    ]
    return max(earlier, key=lambda one: one.until_on, default=None)


@dataclass(frozen=True, slots=True)
class StatisticsLine:
    """A class, a subject, a teacher or a programme with its results."""

    key: str
    name: str
    counts: ResultCounts
    #: The same in the period before; None where there is none.
    before: ResultCounts | None
    #: Накопляемость: marks of the span for each pupil of a group; None without groups.
    density: Fraction | None


CLASS, SUBJECT, TEACHER, PROGRAMME, GROUP_KIND = (
    "class", "subject", "teacher", "programme", "group"
)  # fmt: skip
SLICES = (CLASS, SUBJECT, TEACHER, PROGRAMME, GROUP_KIND)
_GROUP_KINDS = {
    "class": "Класс целиком",
    "part": "Часть класса",
    "stream": "Поток",
    "individual": "Индивидуальный план",
}


@dataclass(frozen=True, slots=True)
class Statistics:
    total: StatisticsLine
    slices: dict[str, tuple[StatisticsLine, ...]]
    #: Of the year's results beside the exams', by subject; empty for a study period.
    compared: tuple[tuple[str, Compared], ...]


# Who left before the last day is not counted: the pupil's class is that of the last day.
_RESULTS = """
FROM period_result r
JOIN enrolment e ON e.school_id = r.school_id AND e.pupil_id = r.pupil_id
     AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
JOIN school_class c ON c.id = e.school_class_id AND c.school_year_id = r.school_year_id
JOIN teaching_group g ON g.id = r.teaching_group_id
JOIN subject j ON j.id = r.subject_id
"""
_OF_REPORTED = """
WHERE r.school_id = ? AND r.school_year_id = ? AND r.kind = ?
  AND (r.study_period_id IS NULL OR r.study_period_id = ?) AND r.value <> ''
"""
COUNTS = f"""
SELECT c.id, c.grade, c.letter, j.id, j.name, g.id, g.kind, r.value, COUNT(*)
{_RESULTS}
{_OF_REPORTED}
GROUP BY c.id, c.grade, c.letter, j.id, j.name, g.id, g.kind, r.value
"""
#: Whose group it was on the last day of the span.
TEACHERS = """
SELECT t.teaching_group_id, p.id, p.surname, p.given_name, p.patronymic
FROM group_teacher t JOIN person p ON p.id = t.teacher_id
WHERE t.school_id = ? AND t.from_on <= ? AND (t.until_on IS NULL OR t.until_on >= ?)
ORDER BY t.from_on DESC, t.id DESC
"""
DENSITY = """
SELECT l.teaching_group_id, COUNT(m.id)
FROM lesson l
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id AND m.value <> '.'
WHERE l.school_id = ? AND l.held_on BETWEEN ? AND ?
GROUP BY l.teaching_group_id
"""
MEMBERS = """
SELECT teaching_group_id, COUNT(DISTINCT pupil_id) FROM group_membership
WHERE school_id = ? AND from_on <= ? AND (until_on IS NULL OR until_on >= ?)
GROUP BY teaching_group_id
"""
PAIRS = f"""
SELECT j.name, r.value, x.value, COUNT(*)
{_RESULTS}
JOIN period_result x ON x.school_id = r.school_id AND x.school_year_id = r.school_year_id
     AND x.pupil_id = r.pupil_id AND x.subject_id = r.subject_id AND x.kind = 'exam'
     AND x.value <> ''
{_OF_REPORTED}
GROUP BY j.name, r.value, x.value
ORDER BY j.name
"""


@dataclass(frozen=True, slots=True)
class _Cell:
    """Results of one value in one class and group."""

    class_id: int
    class_name: str
    grade: int
    subject_id: int
    subject: str
    group_id: int
    group_kind: str
    value: str
    pupils: int


def get_statistics(
    school_id: int,
    shown: Reported,
    before: Reported | None = None,
    *,
    class_id: int | None = None,
) -> Statistics:
    """The results of a school, or of one class, as they stand now, for those who were pupils on
    the last day of what is shown; `before` is what it is compared with."""
    cells = _read_cells(school_id, shown, class_id)
    cells_before = _read_cells(school_id, before, class_id) if before else None
    last = shown.until_on
    teachers: dict[int, tuple[int, str]] = {}
    for group_id, person_id, *name in fetch_all(TEACHERS, (school_id, last, last)):
        teachers.setdefault(group_id, (person_id, full_name(*name)))
    marks = dict(fetch_all(DENSITY, (school_id, shown.from_on, last)))
    members = dict(fetch_all(MEMBERS, (school_id, last, last)))

    def cut(of: Callable[[_Cell], tuple[str, str] | None]) -> tuple[StatisticsLine, ...]:
        return _cut(cells, cells_before, of, marks, members)

    order = {key: place for place, (key, _, _) in enumerate(PROGRAMMES)}
    names = {key: name for key, name, _ in PROGRAMMES}

    def teacher_of(cell: _Cell) -> tuple[str, str] | None:
        found = teachers.get(cell.group_id)
        return None if found is None else (str(found[0]), found[1])

    def programme(cell: _Cell) -> tuple[str, str]:
        key = programme_of(cell.grade)
        return key, names[key]

    by_class = cut(lambda cell: (str(cell.class_id), cell.class_name))
    slices = {
        CLASS: tuple(sorted(by_class, key=lambda line: by_number(line.name))),
        SUBJECT: _by_name(cut(lambda cell: (str(cell.subject_id), cell.subject))),
        TEACHER: _by_name(cut(teacher_of)),
        PROGRAMME: tuple(sorted(cut(programme), key=lambda line: order[line.key])),
        GROUP_KIND: cut(lambda cell: (cell.group_kind, _GROUP_KINDS[cell.group_kind])),
    }
    whole = "Вся школа" if class_id is None else "Весь класс"
    total = cut(lambda cell: ("", whole))
    empty = StatisticsLine("", whole, ResultCounts(), None, None)
    return Statistics(total[0] if total else empty, slices, _compared(school_id, shown))


def _read_cells(school_id: int, reported: Reported, class_id: int | None) -> list[_Cell]:
    rows = fetch_all(COUNTS, _values(school_id, reported))
    return [
        _Cell(
            row[0], f"{row[1]}{row[2]}", row[1], row[3], row[4], row[5], row[6], row[7], int(row[8])
        )
        for row in rows
        if class_id in (None, row[0])
    ]


def _values(school_id: int, reported: Reported) -> tuple[Any, ...]:
    last = reported.until_on
    return (last, last, school_id, reported.year_id, reported.kind, reported.period_id)


def _cut(
    cells: list[_Cell],
    cells_before: list[_Cell] | None,
    of: Callable[[_Cell], tuple[str, str] | None],
    marks: dict[int, int],
    members: dict[int, int],
) -> tuple[StatisticsLine, ...]:
    """One line for each key that `of` gives cells; a cell without one is in no line."""
    names: dict[str, str] = {}
    counts: dict[str, dict[str, int]] = {}
    groups: dict[str, set[int]] = {}
    for cell in cells:
        found = of(cell)
        if found is None:
            continue
        key, names[found[0]] = found[0], found[1]
        own = counts.setdefault(key, {})
        own[cell.value] = own.get(cell.value, 0) + cell.pupils
        groups.setdefault(key, set()).add(cell.group_id)
    earlier: dict[str, dict[str, int]] = {}
    for cell in cells_before or ():
        found = of(cell)
        if found is not None:
            own = earlier.setdefault(found[0], {})
            own[cell.value] = own.get(cell.value, 0) + cell.pupils
    lines = []
    for key, name in names.items():
        pupils = sum(members.get(group_id, 0) for group_id in groups[key])
        given = sum(marks.get(group_id, 0) for group_id in groups[key])
        before = None if cells_before is None else ResultCounts(earlier.get(key, {}))
        density = Fraction(given, pupils) if pupils else None
        lines.append(StatisticsLine(key, name, ResultCounts(counts[key]), before, density))
    return tuple(lines)


def _compared(school_id: int, shown: Reported) -> tuple[tuple[str, Compared], ...]:
    if shown.kind == PERIOD:
        return ()
    year = Reported(YEAR, shown.name, shown.year_id, shown.from_on, shown.until_on)
    pairs: dict[str, list[tuple[str, str]]] = {}
    for subject, of_year, of_exam, pupils in fetch_all(PAIRS, _values(school_id, year)):
        pairs.setdefault(subject, []).extend([(of_year, of_exam)] * int(pupils))
    return tuple((subject, compare_with_exam(found)) for subject, found in pairs.items())


def _by_name(lines: Iterable[StatisticsLine]) -> tuple[StatisticsLine, ...]:
    return tuple(sorted(lines, key=lambda line: alphabetical(line.name)))


@dataclass(frozen=True, slots=True)
class PupilStanding:
    """A pupil with what makes the lists of a class."""

    pupil_id: int
    name: str
    class_id: int
    class_name: str
    #: Of `rules.statistics.STANDINGS`.
    standings: frozenset[str]
    #: Subjects with «4», «3» and failed ones, for the lists that name them.
    subjects: dict[str, tuple[str, ...]]


STANDINGS_OF_PUPILS = f"""
SELECT r.pupil_id, p.surname, p.given_name, p.patronymic, c.id, c.grade, c.letter, j.name, r.value
{_RESULTS}
JOIN person p ON p.id = r.pupil_id
{_OF_REPORTED}
ORDER BY c.grade, c.letter, c.id, p.surname, p.given_name, p.id, j.name
"""


def list_standings(
    school_id: int, reported: Reported, class_id: int | None = None
) -> tuple[PupilStanding, ...]:
    """Отличники, хорошисты, those with one «4» or one «3», неуспевающие: the pupils who stand on
    a list, of one class or of the school, in order of class and name."""
    pupils: dict[int, tuple[Any, ...]] = {}
    results: dict[int, list[tuple[str, str]]] = {}
    for row in fetch_all(STANDINGS_OF_PUPILS, _values(school_id, reported)):
        if class_id in (None, row[4]):
            pupils[row[0]] = row[1:7]
            results.setdefault(row[0], []).append((row[7], row[8]))
    found = []
    for pupil_id, (*name, own_class, grade, letter) in pupils.items():
        subjects: dict[str, list[str]] = {}
        for subject, value in results[pupil_id]:
            subjects.setdefault(value, []).append(subject)
        counts = ResultCounts({value: len(of) for value, of in subjects.items()})
        standings = find_standings(counts)
        if standings:
            named = {value: tuple(of) for value, of in subjects.items()}
            found.append(
                PupilStanding(
                    pupil_id, full_name(*name), own_class, f"{grade}{letter}", standings, named
                )
            )
    return tuple(found)


def group_standings(
    standings: Iterable[PupilStanding],
) -> dict[str, tuple[PupilStanding, ...]]:
    """The same, list by list; a pupil with one «4» stands on two."""
    found = tuple(standings)
    return {key: tuple(one for one in found if key in one.standings) for key in STANDINGS}
