"""The register of a group over a period: pupils × works and lessons (E1).

One statement whatever the number of pupils and marks, and one for the policy; the page is one of
the hot ones, so they are fixed SQL (decision 3). What is proposed for a period (H1) is reckoned
from the same rows.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from operator import itemgetter
from typing import Any

from school import wording, wording_results
from school.database import fetch_all
from school.queries.diary_periods import Period
from school.queries.grading import get_grading_policy
from school.queries.groups import GroupHead
from school.queries.results import presence_of
from school.rules.access import holds
from school.rules.grading import Average, GradedMark, GradingPolicy, find_average
from school.rules.marks import NONE, grid_cell
from school.rules.names import alphabetical
from school.rules.proposals import Proposal, ResultPolicy, propose_period
from school.rules.register import name_of_work


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A work of a lesson, or a lesson without one; the lesson's first column holds its
    attendance too."""

    lesson_id: int
    held_on: date
    lesson_number: int
    teacher_id: int
    #: None: a mark makes the work of its own, «ответ на уроке».
    work_id: int | None
    kind: str
    title: str
    weight: str
    is_first: bool
    is_last: bool
    is_cancelled: bool
    is_taken: bool
    #: The newest history row of the lesson, and its first work.
    seen: int
    first_work_id: int | None
    #: Another lesson of the group on the same day.
    is_double: bool = False

    @property
    def name(self) -> str:
        """The work's name; a lesson without one has none."""
        return name_of_work(self.kind, self.title) if self.kind else ""

    @property
    def short(self) -> str:
        """«КР» for a control work: what fits over a narrow column."""
        words = [word for word in self.kind.replace("-", " ").split() if len(word) > 2]
        return "".join(word[0] for word in words).upper()

    @property
    def key(self) -> tuple[int, int | None]:
        return self.lesson_id, self.work_id


@dataclass(frozen=True, slots=True)
class GridPupil:
    """A pupil with every day on which they belonged to the group in the period."""

    pupil_id: int
    surname: str
    given_name: str
    patronymic: str
    #: From when until when; both inclusive.
    spans: tuple[tuple[date, date | None], ...]

    @property
    def name(self) -> str:
        return f"{self.surname} {self.given_name}"

    def is_member_on(self, day: date) -> bool:
        """Whether cells of a day are this pupil's."""
        return any(holds(from_on, until_on, day) for from_on, until_on in self.spans)


@dataclass(frozen=True, slots=True)
class GridCell:
    """What stands in a cell: «5», «н», «о 4/5», and whether it was entered late (C1, C3)."""

    text: str
    is_late: bool = False


EMPTY = GridCell("")


@dataclass(frozen=True, slots=True)
class Grid:
    group: GroupHead
    period: Period
    policy: GradingPolicy
    columns: tuple[GridColumn, ...]
    pupils: tuple[GridPupil, ...]
    #: (pupil, lesson, work) → what stands there; only cells with something in them.
    cells: dict[tuple[int, int, int | None], GridCell] = field(default_factory=dict)
    averages: dict[int, Average] = field(default_factory=dict)
    #: Lessons of the period that have no column yet, being still ahead.
    ahead: int = 0
    #: Whether the period has results: a group with marks, a quarter or half-year, a lesson.
    has_results: bool = False
    #: Pupil → what was decided.
    results: dict[int, str] = field(default_factory=dict)
    #: Pupil → what is proposed; none for those elsewhere, and for those who are gone.
    proposals: dict[int, Proposal] = field(default_factory=dict)
    #: Who was taught the subject in another group of the period too: those marks count as well,
    #: and are not here.
    elsewhere: frozenset[int] = frozenset()

    def result(self, pupil: GridPupil) -> str:
        """«5», «5, предл. 4», or empty while nothing is decided or proposed."""
        proposal = self.proposals.get(pupil.pupil_id)
        return wording_results.grid_result(
            self.results.get(pupil.pupil_id, ""), proposal.value if proposal else ""
        )

    def cell(self, pupil: GridPupil, column: GridColumn) -> GridCell:
        """What stands in a cell."""
        return self.cells.get((pupil.pupil_id, column.lesson_id, column.work_id), EMPTY)

    def average(self, pupil: GridPupil) -> str:
        """«4,60», or empty while no mark counts."""
        average = self.averages.get(pupil.pupil_id)
        return wording.average_value(average, self.policy) if average else ""


# One statement, so that all of it is of one moment; its kinds of row share their columns. CROSS
# JOIN keeps SQLite from beginning with all marks of the school. A verdict is found by its key.
MEMBERS = """
SELECT 'pupil', p.id, 0, 0, 0, 0, 0, p.surname, p.given_name, p.patronymic,
       CAST(m.from_on AS TEXT), CAST(m.until_on AS TEXT)
FROM group_membership m JOIN person p ON p.id = m.pupil_id
WHERE m.school_id = ? AND m.teaching_group_id = ? AND m.from_on <= ?
  AND (m.until_on IS NULL OR m.until_on >= ?)
"""
GRID = """
SELECT 'lesson' AS what, l.id AS a, l.lesson_number AS b, l.teacher_id AS c,
       CASE WHEN l.cancelled_at IS NULL THEN 0 ELSE 1 END AS d,
       CASE WHEN l.attendance_taken_at IS NULL THEN 0 ELSE 1 END AS e,
       (SELECT COALESCE(MAX(h.id), 0) FROM history h
        WHERE h.school_id = l.school_id AND h.lesson_id = l.id) AS f,
       CAST(l.held_on AS TEXT) AS t1, '' AS t2, '' AS t3, '' AS t4, '' AS t5
FROM lesson l
WHERE l.school_id = ? AND l.teaching_group_id = ? AND l.held_on BETWEEN ? AND ?
UNION ALL
SELECT 'work', w.id, w.lesson_id, w.ordinal,
       CASE WHEN COALESCE(w.is_important, k.is_important) THEN 1 ELSE 0 END, 0, 0,
       k.name, w.title, w.weight, '', ''
FROM lesson l CROSS JOIN work w JOIN work_kind k ON k.id = w.work_kind_id
WHERE w.school_id = l.school_id AND w.lesson_id = l.id
  AND l.school_id = ? AND l.teaching_group_id = ? AND l.held_on BETWEEN ? AND ?
UNION ALL
SELECT 'mark', w.id, m.pupil_id, m.position, CASE WHEN v.entered_at > v.due_at THEN 1 ELSE 0 END,
       0, 0, m.value, '', '', '', ''
FROM lesson l CROSS JOIN work w CROSS JOIN mark m
LEFT JOIN verdict v ON v.school_id = m.school_id AND m.position = 1
  AND v.key = 'mark:' || CAST(w.id AS TEXT) || ':' || CAST(m.pupil_id AS TEXT)
WHERE w.school_id = l.school_id AND w.lesson_id = l.id
  AND m.school_id = w.school_id AND m.work_id = w.id
  AND l.school_id = ? AND l.teaching_group_id = ? AND l.held_on BETWEEN ? AND ? {of_pupil}
UNION ALL
SELECT 'absence', l.id, m.pupil_id, 0, CASE WHEN v.entered_at > v.due_at THEN 1 ELSE 0 END,
       0, 0, m.code, '', '', '', ''
FROM lesson l CROSS JOIN attendance m
LEFT JOIN verdict v ON v.school_id = m.school_id
  AND v.key = 'absence:' || CAST(l.id AS TEXT) || ':' || CAST(m.pupil_id AS TEXT)
WHERE m.school_id = l.school_id AND m.lesson_id = l.id
  AND l.school_id = ? AND l.teaching_group_id = ? AND l.held_on BETWEEN ? AND ? {of_pupil}
UNION ALL
{members} {of_pupil}
UNION ALL
SELECT 'kind', p.id, 0, 0, 0, 0, 0, p.kind, '', '', '', ''
FROM study_period p WHERE p.school_id = ? AND p.id = ?
UNION ALL
SELECT 'rules', r.least_marks, r.most_missed, 0, 0, 0, 0, CAST(r.from_on AS TEXT), '', '', '', ''
FROM result_policy r
WHERE r.school_id = ? AND r.from_on <= ? AND (r.until_on IS NULL OR r.until_on >= ?)
UNION ALL
SELECT 'result', m.pupil_id, 0, 0, 0, 0, 0, m.value, '', '', '', ''
FROM period_result m
WHERE m.school_id = ? AND m.school_year_id = ? AND m.subject_id = ? AND m.kind = 'period'
  AND m.study_period_id = ? {of_pupil}
UNION ALL
SELECT 'elsewhere', m.pupil_id, 0, 0, 0, 0, 0, '', '', '', '', ''
FROM group_membership m
JOIN group_membership o ON o.pupil_id = m.pupil_id AND o.teaching_group_id <> m.teaching_group_id
JOIN teaching_group g ON g.id = o.teaching_group_id AND g.subject_id = ?
WHERE m.school_id = ? AND m.teaching_group_id = ? AND m.from_on <= ?
  AND (m.until_on IS NULL OR m.until_on >= ?)
  AND o.from_on <= ? AND (o.until_on IS NULL OR o.until_on >= ?) {of_pupil}
"""


def get_grid(group: GroupHead, period: Period, *, today: date, pupil_id: int | None = None) -> Grid:
    """The register of a group over a period, up to today; of lessons ahead those that have a
    planned work, and the next one. With `pupil_id` only that pupil's rows: the linear twin."""
    span = (group.school_id, group.group_id, period.from_on, period.until_on)
    only, whose = ("", ()) if pupil_id is None else ("AND m.pupil_id = ?", (pupil_id,))
    overlap = (period.until_on, period.from_on)
    belonged = (group.school_id, group.group_id, *overlap)
    # The day whose members and rules the results are for (queries/results.py).
    day = min(period.until_on, max(today, period.from_on))
    period_id = period.period_id or 0
    of_results = (
        *(group.school_id, period_id),
        *(group.school_id, day, day),
        *(group.school_id, group.school_year_id, group.subject_id, period_id, *whose),
        *(group.subject_id, *belonged, *overlap, *whose),
    )
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for found in fetch_all(
        GRID.format(of_pupil=only, members=MEMBERS),
        (*span * 3, *whose, *span, *whose, *belonged, *whose, *of_results),
    ):
        rows[found[0]].append(tuple(found[1:]))
    lessons = {row[0]: row for row in rows["lesson"]}
    work_of = {row[0]: row for row in rows["work"]}
    works: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows["work"]:
        works[row[1]].append(row)
    marks: dict[tuple[int, int], list[tuple[int, str, int]]] = defaultdict(list)
    for row in rows["mark"]:
        marks[row[1], row[0]].append((row[2], row[6], row[3]))
    absences = {(row[1], row[0]): (row[6], row[3]) for row in rows["absence"]}
    columns, ahead = _columns(lessons, works, today)
    policy = get_grading_policy(group.school_id, period.until_on, group.subject_id)
    pupils = _pupils(rows["pupil"])
    graded = _graded(pupils, marks, work_of, lessons)
    averages = {pupil_id: find_average(own, policy) for pupil_id, own in graded.items()}
    has_results = (
        any(row[6] != "year" for row in rows["kind"])
        and group.marking != NONE
        and not all(row[3] for row in lessons.values())
    )
    newest = max(rows["rules"], key=itemgetter(6), default=())
    rules = ResultPolicy(*newest[:2])
    elsewhere = frozenset(row[0] for row in rows["elsewhere"])
    proposals = {
        pupil.pupil_id: propose_period(
            graded.get(pupil.pupil_id, ()),
            policy,
            rules,
            presence_of(_codes(pupil, lessons, absences, min(period.until_on, today))),
            group.marking,
        )
        for pupil in (pupils if has_results else ())
        if pupil.is_member_on(day) and pupil.pupil_id not in elsewhere
    }
    return Grid(
        group=group,
        period=period,
        policy=policy,
        columns=columns,
        pupils=pupils,
        cells=_cells(columns, marks, absences),
        averages={pupil_id: average for pupil_id, average in averages.items() if average},
        ahead=ahead,
        has_results=has_results,
        results={row[0]: row[6] for row in rows["result"]},
        proposals=proposals,
        elsewhere=elsewhere if has_results else frozenset(),
    )


def _columns(
    lessons: dict[int, tuple[Any, ...]], works: dict[int, list[tuple[Any, ...]]], today: date
) -> tuple[tuple[GridColumn, ...], int]:
    """The columns in order of time, and how many lessons ahead have none."""
    columns: list[GridColumn] = []
    ordered = sorted(lessons.values(), key=lambda row: (row[6], row[1], row[0]))
    days = [row[6] for row in ordered]
    ahead = 0
    has_next = False
    for lesson_id, number, teacher_id, cancelled, taken, seen, day, *_ in ordered:
        held_on = date.fromisoformat(day)
        own = sorted(works.get(lesson_id, ()), key=lambda row: (row[2], row[0]))
        if held_on > today and not own:
            if has_next or cancelled:
                ahead += not cancelled
                continue
            has_next = True
        first = own[0][0] if own else None
        places: list[tuple[Any, ...] | None] = [*own] or [None]
        for place, work in enumerate(places):
            columns.append(
                GridColumn(
                    lesson_id=lesson_id,
                    held_on=held_on,
                    lesson_number=number,
                    teacher_id=teacher_id,
                    work_id=work[0] if work else None,
                    kind=work[6] if work else "",
                    title=work[7] if work else "",
                    weight=work[8] if work else "1",
                    is_first=place == 0,
                    is_last=place == max(len(own) - 1, 0),
                    is_cancelled=bool(cancelled),
                    is_taken=bool(taken),
                    seen=seen,
                    first_work_id=first,
                    is_double=days.count(day) > 1,
                )
            )
    return tuple(columns), ahead


def _pupils(rows: list[tuple[Any, ...]]) -> tuple[GridPupil, ...]:
    found: dict[int, GridPupil] = {}
    for pupil_id, *_, surname, given_name, patronymic, from_on, until_on in rows:
        before = found.get(pupil_id)
        span = (date.fromisoformat(from_on), date.fromisoformat(until_on) if until_on else None)
        if before is None:
            found[pupil_id] = GridPupil(pupil_id, surname, given_name, patronymic, (span,))
        else:
            found[pupil_id] = replace(before, spans=(*before.spans, span))
    return tuple(sorted(found.values(), key=_by_name))


def _by_name(pupil: GridPupil) -> tuple[str, ...]:
    # «Ё» stands beside «Е» in a Russian list, not before «А».
    name = (pupil.surname, pupil.given_name, pupil.patronymic)
    return tuple(alphabetical(part) for part in name)


def _cells(
    columns: Collection[GridColumn],
    marks: dict[tuple[int, int], list[tuple[int, str, int]]],
    absences: dict[tuple[int, int], tuple[str, int]],
) -> dict[tuple[int, int, int | None], GridCell]:
    cells: dict[tuple[int, int, int | None], GridCell] = {}
    by_work = {column.work_id: column for column in columns if column.work_id}
    firsts = {column.lesson_id: column for column in columns if column.is_first}
    texts: dict[tuple[int, int], tuple[str, bool]] = {}
    for (pupil_id, work_id), found in marks.items():
        found.sort()
        text, late = "/".join(value for _, value, _ in found), any(late for *_, late in found)
        texts[pupil_id, work_id] = text, late
        column = by_work.get(work_id)
        if column is not None:
            cells[pupil_id, column.lesson_id, work_id] = GridCell(text, late)
    for (pupil_id, lesson_id), (code, late_absence) in absences.items():
        column = firsts.get(lesson_id)
        if column is not None:
            text, late = texts.get((pupil_id, column.work_id or 0), ("", False))
            cells[pupil_id, lesson_id, column.work_id] = GridCell(
                grid_cell(text, code), late or bool(late_absence)
            )
    return cells


def _graded(
    pupils: Collection[GridPupil],
    marks: dict[tuple[int, int], list[tuple[int, str, int]]],
    works: dict[int, tuple[Any, ...]],
    lessons: dict[int, tuple[Any, ...]],
) -> dict[int, list[GradedMark]]:
    """What averages are reckoned from, as the pupils' own pages do: marks of days on which they
    belonged to the group."""
    weights = {work_id: Fraction(work[8]) for work_id, work in works.items()}
    days = {work_id: date.fromisoformat(lessons[work[1]][6]) for work_id, work in works.items()}
    members = {pupil.pupil_id: pupil for pupil in pupils}
    graded: dict[int, list[GradedMark]] = defaultdict(list)
    for (pupil_id, work_id), found in marks.items():
        pupil = members.get(pupil_id)
        if pupil is None or not pupil.is_member_on(days[work_id]):
            continue
        important = bool(works[work_id][3])
        graded[pupil_id] += [
            GradedMark(value, weights[work_id], important) for _, value, _ in found
        ]
    return graded


def _codes(
    pupil: GridPupil,
    lessons: dict[int, tuple[Any, ...]],
    absences: dict[tuple[int, int], tuple[str, int]],
    until_on: date,
) -> Counter[str]:
    """The lessons that were held for a pupil up to a day, by their attendance code."""
    codes: Counter[str] = Counter()
    for lesson_id, row in lessons.items():
        held_on = date.fromisoformat(row[6])
        if not row[3] and held_on <= until_on and pupil.is_member_on(held_on):
            codes[absences.get((pupil.pupil_id, lesson_id), ("", 0))[0]] += 1
    return codes


def list_group_pupils(group: GroupHead, period: Period) -> tuple[GridPupil, ...]:
    """Who belonged to a group in a period, as the grid orders them."""
    belonged = (group.school_id, group.group_id, period.until_on, period.from_on)
    return _pupils([tuple(row[1:]) for row in fetch_all(MEMBERS, belonged)])


WORK_LESSONS = "SELECT id, lesson_id FROM work WHERE school_id = ? AND id IN ({marks})"


def list_work_lessons(school_id: int, work_ids: Collection[int]) -> dict[int, int]:
    """Work → its lesson, of works of a school."""
    if not work_ids:
        return {}
    sql = WORK_LESSONS.format(marks=", ".join("?" * len(work_ids)))
    return dict(fetch_all(sql, (school_id, *work_ids)))
