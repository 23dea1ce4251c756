"""What stands about a pupil in the journals of a school, for paper: extracts, information
(D2, D3). One reading for both, so that they cannot differ."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from school import wording
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.diary import LESSONS_OF_PUPIL
from school.queries.grading import get_policies
from school.queries.lessons import full_name
from school.rules.access import ATTENDANCE, MARKS
from school.rules.flow import Block, Heading, Paragraph, Table
from school.rules.grading import GradedMark, find_average
from school.rules.issued import EXTRACT
from school.rules.marks import DOT, LATE
from school.rules.names import alphabetical


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whom, of which days, in which school's journals; no subjects: all."""

    pupil_id: int
    school_id: int
    from_on: date
    until_on: date
    subject_ids: tuple[int, ...] = ()
    #: AREAS (rules/access.py) that the recipient may not be told (H10).
    hidden: frozenset[str] = frozenset()


SUBJECTS = """
SELECT DISTINCT j.id, j.name
FROM group_membership gm
JOIN teaching_group g ON g.id = gm.teaching_group_id AND NOT g.is_extracurricular
JOIN subject j ON j.id = g.subject_id
WHERE gm.pupil_id = ? AND gm.school_id = ? AND gm.from_on <= ?
  AND (gm.until_on IS NULL OR gm.until_on >= ?)
"""
ENTRIES = f"""
SELECT DISTINCT g.subject_id, l.held_on, l.lesson_number, l.id, w.ordinal, w.id, m.position,
       l.topic, k.name, w.title, w.weight, COALESCE(w.is_important, k.is_important), m.value,
       m.worked_on, a.code, a.late_minutes
{LESSONS_OF_PUPIL}
JOIN teaching_group g ON g.id = l.teaching_group_id AND NOT g.is_extracurricular
LEFT JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
     AND a.pupil_id = gm.pupil_id
LEFT JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
     AND EXISTS (SELECT 1 FROM mark x WHERE x.school_id = w.school_id AND x.work_id = w.id
                 AND x.pupil_id = gm.pupil_id)
LEFT JOIN work_kind k ON k.id = w.work_kind_id
LEFT JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id AND m.pupil_id = gm.pupil_id
WHERE gm.pupil_id = ? AND l.school_id = ? AND l.held_on BETWEEN ? AND ?
  AND (m.id IS NOT NULL OR a.id IS NOT NULL)
ORDER BY l.held_on, l.lesson_number, l.id, w.ordinal, w.id, m.position
"""
RESULTS = """
SELECT r.subject_id, r.kind, COALESCE(p.name, ''), r.value
FROM period_result r
JOIN school_year y ON y.id = r.school_year_id
LEFT JOIN study_period p ON p.id = r.study_period_id
WHERE r.pupil_id = ? AND r.school_id = ? AND r.value <> ''
  AND COALESCE(p.from_on, y.from_on) <= ? AND COALESCE(p.until_on, y.until_on) >= ?
ORDER BY r.kind, p.from_on, r.id
"""
LAST_ENTRY = """
SELECT MAX(h.at) FROM history h LEFT JOIN lesson l ON l.id = h.lesson_id
WHERE h.school_id = ? AND h.pupil_id = ?
  AND ((l.held_on BETWEEN ? AND ?) OR h.table_name = 'period_result')
"""
_RESULT_KINDS = {"year": "год", "exam": "экзамен", "final": "итоговая"}


@dataclass(slots=True)
class _Entry:
    """A lesson with what stands there for the pupil."""

    held_on: date
    topic: str
    marks: dict[int, list[str]] = field(default_factory=dict)
    #: Work → «Контрольная работа «Дроби»».
    works: dict[int, str] = field(default_factory=dict)
    attendance: str = ""


@dataclass(slots=True)
class _Subject:
    name: str
    entries: dict[int, _Entry] = field(default_factory=dict)
    graded: list[GradedMark] = field(default_factory=list)


@dataclass(slots=True)
class _Facts:
    subjects: dict[int, _Subject]
    results: list[tuple[str, str, str]]
    codes: Counter[str]
    late_minutes: int


def list_subjects_of(
    pupil_id: int, school_id: int, from_on: date, until_on: date
) -> tuple[tuple[int, str], ...]:
    """(id, name) of the subjects that a pupil is or was taught in a school within some days."""
    rows = fetch_all(SUBJECTS, (pupil_id, school_id, until_on, from_on))
    return tuple(sorted(((row[0], row[1]) for row in rows), key=lambda row: alphabetical(row[1])))


PUPIL = """
SELECT p.surname, p.given_name, p.patronymic, (
  SELECT c.grade || c.letter FROM enrolment e JOIN school_class c ON c.id = e.school_class_id
  WHERE e.pupil_id = p.id AND e.school_id = ? AND e.from_on <= ?
  ORDER BY e.from_on DESC, e.id DESC LIMIT 1)
FROM person p WHERE p.id = ?
"""


def name_pupil_of(asked: Asked) -> str:
    """«Королёв Фёдор Иванович, 7А», the class on the last of the days."""
    *names, class_name = fetch_all(PUPIL, (asked.school_id, asked.until_on, asked.pupil_id))[0]
    return ", ".join(filter(None, (full_name(*names), class_name)))


def find_last_entry_of(asked: Asked) -> datetime | None:
    """When the newest entry was made about the pupil in those lessons (UTC), or None."""
    values = (asked.school_id, asked.pupil_id, asked.from_on, asked.until_on)
    at = fetch_all(LAST_ENTRY, values)[0][0]
    return from_milliseconds(at) if at is not None else None


def write_content(kind: str, asked: Asked) -> tuple[Block, ...]:
    """The body of an extract (lesson by lesson, as the journal has it) or of a written information
    (subject by subject): marks, results, attendance, without what the recipient may not be told."""
    facts = _read(asked)
    blocks: list[Block] = []
    if MARKS in asked.hidden:
        blocks.append(Paragraph("Отметки этому получателю не сообщаются: доступ ограничен."))
    blocks += _lessons(facts) if kind == EXTRACT else _summary(facts, asked)
    if MARKS not in asked.hidden:
        blocks += _results(facts)
    if ATTENDANCE in asked.hidden:
        blocks.append(Paragraph("Посещаемость этому получателю не сообщается: доступ ограничен."))
    else:
        missed = [(code, n) for code, n in facts.codes.items() if code != LATE]
        late = facts.codes[LATE]
        said = wording.absences(missed, late=late, late_minutes=facts.late_minutes)
        blocks += [Heading("Посещаемость"), Paragraph(said)]
    return tuple(blocks)


def _read(asked: Asked) -> _Facts:
    names = list_subjects_of(asked.pupil_id, asked.school_id, asked.from_on, asked.until_on)
    wanted = {
        number: _Subject(name)
        for number, name in names
        if not asked.subject_ids or number in asked.subject_ids
    }
    facts = _Facts(wanted, [], Counter(), 0)
    span = (asked.from_on, asked.until_on)
    for row in fetch_all(ENTRIES, (asked.pupil_id, asked.school_id, *span)):
        if row[0] in wanted:
            _put_entry(facts, wanted[row[0]], row, asked.hidden)
    for subject_id, kind, period, value in fetch_all(
        RESULTS, (asked.pupil_id, asked.school_id, asked.until_on, asked.from_on)
    ):
        if subject_id in wanted:
            facts.results.append((wanted[subject_id].name, _RESULT_KINDS.get(kind, period), value))
    facts.results.sort(key=lambda result: alphabetical(result[0]))
    return facts


def _put_entry(
    facts: _Facts, subject: _Subject, row: tuple[object, ...], hidden: Collection[str]
) -> None:
    (
        _, held_on, _, lesson_id, _, work_id, _, topic, kind, title, weight, is_important, value,
        worked_on, code, minutes,
    ) = row  # fmt: skip
    shows_mark = value is not None and MARKS not in hidden
    shows_code = code is not None and ATTENDANCE not in hidden
    if not (shows_mark or shows_code):
        return
    is_new = lesson_id not in subject.entries
    entry = subject.entries.setdefault(lesson_id, _Entry(as_date(held_on), str(topic or "")))  # type: ignore[arg-type]
    if is_new and shows_code:
        facts.codes[str(code)] += 1
        facts.late_minutes += int(minutes or 0)  # type: ignore[call-overload]
        entry.attendance = wording.attendance(str(code), minutes)  # type: ignore[arg-type]
    if shows_mark:
        said = "ещё не выставлена" if value == DOT else str(value)
        entry.marks.setdefault(work_id, []).append(said)  # type: ignore[arg-type]
        done = f", сдано {wording.short_day(as_date(worked_on))}" if worked_on else ""
        named = f"{kind}{f' «{title}»' if title else ''}{done}"
        entry.works[work_id] = named  # type: ignore[index]
        subject.graded.append(GradedMark(str(value), Fraction(str(weight)), bool(is_important)))


def _cells(entry: _Entry) -> tuple[str, ...]:
    marks = "; ".join("/".join(values) for values in entry.marks.values())
    works = "; ".join(entry.works.values())
    return wording.short_day(entry.held_on), marks, works, entry.attendance, entry.topic


def _lessons(facts: _Facts) -> list[Block]:
    """A table for each subject with entries; those without are named in a sentence."""
    columns = (
        ("Дата", 15), ("Отметка", 15), ("За что", 20), ("Посещение", 20), ("Тема урока", 30),
    )  # fmt: skip
    blocks: list[Block] = [
        Table(subject.name, columns, tuple(_cells(entry) for entry in subject.entries.values()))
        for subject in facts.subjects.values()
        if subject.entries
    ]
    empty = [subject.name for subject in facts.subjects.values() if not subject.entries]
    if empty:
        blocks.append(Paragraph(f"Отметок и пропусков за эти дни нет: {', '.join(empty)}."))
    return blocks


def _summary(facts: _Facts, asked: Asked) -> list[Block]:
    """One table: the marks of each subject with their average."""
    if MARKS in asked.hidden:
        return []
    policies = get_policies(asked.school_id, asked.until_on)
    rows = []
    for subject_id, subject in facts.subjects.items():
        policy = policies.of(subject_id)
        average = find_average(subject.graded, policy)
        marks = ", ".join(
            "/".join(values)
            for entry in subject.entries.values()
            for values in entry.marks.values()
        )
        said = wording.average_value(average, policy) if average else ""
        rows.append((subject.name, marks or "отметок нет", said))
    if not rows:
        return [Paragraph("За эти дни уроков в журнале нет.")]
    columns = (("Предмет", 35), ("Отметки по порядку уроков", 45), ("Средний балл", 20))
    return [Table("Отметки по предметам", columns, tuple(rows))]


def _results(facts: _Facts) -> list[Block]:
    if not facts.results:
        return []
    columns = (("Предмет", 50), ("За что", 30), ("Отметка", 20))
    return [Table("Отметки за периоды", columns, tuple(facts.results))]


# Who may be told


#: What an order or an agreement hides from a person, by whatever way they ask; who gave up the
#: e-diary (termination) keeps the right to paper.
LIMITS = """
SELECT n.area, n.from_on, n.until_on FROM diary_limit n
WHERE n.person_id = ? AND n.pupil_id = ? AND n.ended_at IS NULL AND n.ground <> 'termination'
"""


def find_hidden(person_id: int, pupil_id: int, today: date) -> frozenset[str]:
    """AREAS of a pupil's diary that must not be told to a person today, on paper either (H10);
    «everything»: nothing may be."""
    return frozenset(
        area
        for area, from_on, until_on in fetch_all(LIMITS, (person_id, pupil_id))
        if as_date(from_on) <= today and (until_on is None or as_date(until_on) >= today)
    )
