"""What another way of marking would change in the current study periods, before it is chosen."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from school.database import as_date, fetch_all
from school.queries.grading import Policies
from school.queries.results import presence_of
from school.rules.access import holds
from school.rules.grading import GradedMark, GradingPolicy, find_average, round_average
from school.rules.proposals import ResultPolicy, propose_period


@dataclass(frozen=True, slots=True)
class CurrentPeriod:
    """The shortest study period of a grade that holds on a day."""

    name: str
    from_on: date
    until_on: date


PERIODS = """
SELECT name, from_grade, until_grade, from_on, until_on FROM study_period
WHERE school_id = ? AND from_on <= ? AND until_on >= ?
"""
GRADES = range(1, 13)


def list_current_periods(school_id: int, today: date) -> dict[int, CurrentPeriod]:
    """Grade → its current period; a grade in its holidays has none, unless a year holds."""
    found: dict[int, CurrentPeriod] = {}
    for name, from_grade, until_grade, from_on, until_on in fetch_all(
        PERIODS, (school_id, today, today)
    ):
        period = CurrentPeriod(name, as_date(from_on), as_date(until_on))
        for grade in GRADES:
            if from_grade <= grade <= until_grade:
                known = found.get(grade)
                if known is None or period.until_on - period.from_on < (
                    known.until_on - known.from_on
                ):
                    found[grade] = period
    return found


_GRADE = """
COALESCE(c.grade, (SELECT MAX(k.grade) FROM group_membership gm
                   JOIN enrolment e ON e.pupil_id = gm.pupil_id AND e.school_id = gm.school_id
                   JOIN school_class k ON k.id = e.school_class_id
                        AND k.school_year_id = g.school_year_id
                   WHERE gm.school_id = g.school_id AND gm.teaching_group_id = g.id))
"""
GROUPS = f"""
SELECT g.id, g.subject_id, {_GRADE} FROM teaching_group g
JOIN school_year y ON y.id = g.school_year_id AND y.from_on <= ? AND y.until_on >= ?
LEFT JOIN school_class c ON c.id = g.school_class_id
WHERE g.school_id = ?
"""


def list_current_groups(school_id: int, today: date) -> dict[int, tuple[int, CurrentPeriod]]:
    """Group → its subject and current period; groups without one are left out."""
    periods = list_current_periods(school_id, today)
    return {
        group_id: (subject_id, periods[grade])
        for group_id, subject_id, grade in fetch_all(GROUPS, (today, today, school_id))
        if grade in periods
    }


WORKS = """
SELECT w.id, w.lesson_id, l.teaching_group_id, l.held_on, w.weight,
       COALESCE(w.is_important, k.is_important), w.marks_expected
FROM work w JOIN lesson l ON l.id = w.lesson_id JOIN work_kind k ON k.id = w.work_kind_id
WHERE w.school_id = ? AND w.work_kind_id = ? AND l.held_on BETWEEN ? AND ?
"""


@dataclass(frozen=True, slots=True)
class KindWork:
    """A work of a kind in a current period."""

    work_id: int
    lesson_id: int
    group_id: int
    subject_id: int
    weight: Fraction
    is_important: bool
    marks_expected: bool


def list_current_works(school_id: int, work_kind_id: int, today: date) -> tuple[KindWork, ...]:
    """The works of a kind that lie in the current periods of their groups."""
    groups = list_current_groups(school_id, today)
    if not groups:
        return ()
    span = _span(groups)
    return tuple(
        KindWork(
            work_id, lesson_id, group_id, groups[group_id][0], Fraction(weight),
            bool(important), bool(expected),
        )
        for work_id, lesson_id, group_id, held_on, weight, important, expected in fetch_all(
            WORKS, (school_id, work_kind_id, *span)
        )
        if group_id in groups and _is_in(groups[group_id][1], as_date(held_on))
    )  # fmt: skip


def _span(groups: Mapping[int, tuple[int, CurrentPeriod]]) -> tuple[date, date]:
    periods = [period for _, period in groups.values()]
    return min(p.from_on for p in periods), max(p.until_on for p in periods)


def _is_in(period: CurrentPeriod, day: date) -> bool:
    return holds(period.from_on, period.until_on, day)


MARKS = """
SELECT l.teaching_group_id, l.held_on, w.id, m.pupil_id, m.value, w.weight,
       COALESCE(w.is_important, k.is_important)
FROM lesson l
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
JOIN work_kind k ON k.id = w.work_kind_id
JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id
WHERE l.school_id = ? AND l.held_on BETWEEN ? AND ?
"""
PUPIL_CLASSES = """
SELECT e.pupil_id, c.grade, c.letter FROM enrolment e
JOIN school_class c ON c.id = e.school_class_id
WHERE e.school_id = ? AND e.from_on <= ? AND (e.until_on IS NULL OR e.until_on >= ?)
"""
SUBJECTS = "SELECT id, name FROM subject WHERE school_id = ?"


@dataclass(frozen=True, slots=True)
class ImpactLine:
    """What would change for the pupils of a class in a subject."""

    school_class: str
    subject: str
    #: Pupils whose average would be another; and those whose mark by the thresholds would.
    averages: int
    results: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What would change, by class and subject; and of how many averages there are."""

    lines: tuple[ImpactLine, ...]
    total: int

    @property
    def averages(self) -> int:
        return sum(line.averages for line in self.lines)

    @property
    def results(self) -> int:
        return sum(line.results for line in self.lines)


#: What a work would weigh, and whether it would be important.
NewWork = tuple[Fraction, bool]


def find_impact(
    school_id: int,
    today: date,
    before: Policies,
    after: Policies,
    works: Mapping[int, NewWork] | None = None,
) -> Impact:
    """What other policies, or works of another weight, would change in the averages and in the
    marks they come to, in the current period of each class (H1). Reads every mark of those
    periods: for a page that is opened a few times a year."""
    works = works or {}
    groups = list_current_groups(school_id, today)
    if not groups:
        return Impact((), 0)
    old: dict[tuple[int, int], list[GradedMark]] = defaultdict(list)
    new: dict[tuple[int, int], list[GradedMark]] = defaultdict(list)
    for group_id, held_on, work_id, pupil_id, value, weight, important in fetch_all(
        MARKS, (school_id, *_span(groups))
    ):
        if group_id not in groups or not _is_in(groups[group_id][1], as_date(held_on)):
            continue
        key = pupil_id, groups[group_id][0]
        was = GradedMark(value, Fraction(weight), bool(important))
        old[key].append(was)
        changed = works.get(work_id)
        new[key].append(GradedMark(value, *changed) if changed else was)
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    classes = _classes(school_id, today)
    names = dict(fetch_all(SUBJECTS, (school_id,)))
    total = 0
    for key, marks in old.items():
        pupil_id, subject_id = key
        one = _shown(marks, before.of(subject_id))
        other = _shown(new[key], after.of(subject_id))
        total += one is not None
        if one != other:
            count = counts[classes.get(pupil_id, "без класса"), names[subject_id]]
            count[0] += (one and one[0]) != (other and other[0])
            count[1] += (one and one[1]) != (other and other[1])
    lines = [
        ImpactLine(school_class, subject, averages, results)
        for (school_class, subject), (averages, results) in counts.items()
    ]
    lines.sort(key=lambda line: (len(line.school_class), line.school_class, line.subject))
    return Impact(tuple(lines), total)


def _shown(marks: list[GradedMark], policy: GradingPolicy) -> tuple[Fraction, int] | None:
    """An average and the mark it comes to."""
    average = find_average(marks, policy)
    if average is None:
        return None
    return average.value, round_average(average.value, policy.thresholds)


def _classes(school_id: int, today: date) -> dict[int, str]:
    rows = fetch_all(PUPIL_CLASSES, (school_id, today, today))
    return {pupil_id: f"{grade}{letter}" for pupil_id, grade, letter in rows}


MARKINGS = "SELECT id, marking FROM teaching_group WHERE school_id = ? AND marking <> 'none'"
PRESENCE = """
SELECT gm.pupil_id, l.teaching_group_id, COALESCE(a.code, ''), COUNT(DISTINCT l.id)
FROM lesson l
JOIN group_membership gm ON gm.school_id = l.school_id
     AND gm.teaching_group_id = l.teaching_group_id AND gm.from_on <= l.held_on
     AND (gm.until_on IS NULL OR gm.until_on >= l.held_on)
LEFT JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
     AND a.pupil_id = gm.pupil_id
WHERE l.school_id = ? AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL
GROUP BY gm.pupil_id, l.teaching_group_id, COALESCE(a.code, '')
"""


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """How many pupils of a class would be proposed another result in a subject."""

    school_class: str
    subject: str
    pupils: int


@dataclass(frozen=True, slots=True)
class ProposalImpact:
    """What would be proposed otherwise, by class and subject; of how many proposals."""

    lines: tuple[ProposalLine, ...]
    total: int

    @property
    def changed(self) -> int:
        return sum(line.pupils for line in self.lines)


def find_proposal_impact(
    school_id: int, today: date, policies: Policies, before: ResultPolicy, after: ResultPolicy
) -> ProposalImpact:
    """Which proposals of the current periods another policy of results would change (H1). Only
    pupils with marks count: who has none is proposed «н/а» by either. Reads every mark and absence
    of those periods: for a page that is opened a few times a year."""
    markings = dict(fetch_all(MARKINGS, (school_id,)))
    groups = {
        group_id: found
        for group_id, found in list_current_groups(school_id, today).items()
        if group_id in markings
    }
    if not groups:
        return ProposalImpact((), 0)
    classes = _classes(school_id, today)
    marks: dict[tuple[int, int], list[GradedMark]] = defaultdict(list)
    marking: dict[tuple[int, int], str] = {}
    for group_id, held_on, _, pupil_id, value, weight, important in fetch_all(
        MARKS, (school_id, *_span(groups))
    ):
        if group_id in groups and pupil_id in classes and _is_in(
            groups[group_id][1], as_date(held_on)
        ):  # fmt: skip
            key = pupil_id, groups[group_id][0]
            marks[key].append(GradedMark(value, Fraction(weight), bool(important)))
            marking[key] = markings[group_id]
    codes: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for period in {period for _, period in groups.values()}:
        span = period.from_on, min(period.until_on, today)
        for pupil_id, group_id, code, count in fetch_all(PRESENCE, (school_id, *span)):
            if group_id in groups and groups[group_id][1] == period:
                codes[pupil_id, groups[group_id][0]][code] += count
    counts: dict[tuple[str, str], int] = defaultdict(int)
    names = dict(fetch_all(SUBJECTS, (school_id,)))
    for key, found in marks.items():
        pupil_id, subject_id = key
        policy, presence = policies.of(subject_id), presence_of(codes.get(key, {}))
        one, other = (
            propose_period(found, policy, rules, presence, marking[key]).value
            for rules in (before, after)
        )
        if one != other:
            counts[classes[pupil_id], names[subject_id]] += 1
    lines = [ProposalLine(*place, pupils) for place, pupils in counts.items()]
    lines.sort(key=lambda line: (len(line.school_class), line.school_class, line.subject))
    return ProposalImpact(tuple(lines), len(marks))
