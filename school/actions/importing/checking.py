"""An upload looked through before anything is written: a verdict per row."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from school.actions.history import Act
from school.actions.importing import ImportReport, rehearse_import
from school.actions.importing.doubles import ask_about_doubles
from school.actions.importing.report import Event
from school.exchange import school_rows as rows
from school.exchange.entries import Base, complete
from school.exchange.export import export_school, find_present_year
from school.exchange.problems import Problem
from school.exchange.school_checks import check_school
from school.exchange.school_files import in_order, read_rows
from school.exchange.school_rows import SchoolFiles
from school.exchange.workbook import (
    TABLE_NAMES,
    Found,
    Question,
    SheetLine,
    place_of,
    read_upload,
)
from school.models import ImportWord, School

NEW, CHANGED, SAME, WRONG, WAITS = "new", "changed", "same", "wrong", "waits"
VERDICTS = {
    NEW: "новая",
    CHANGED: "изменится",
    SAME: "без изменений",
    WRONG: "ошибка",
    WAITS: "ждёт исправления другой строки",
}
#: table → field of SchoolFiles, and the kind of row that makes a line of it a new one.
FIELDS = {
    rows.BELLS: ("bells", "bell"),
    rows.PERIODS: ("periods", "study_period"),
    rows.HOLIDAYS: ("breaks", "school_break"),
    rows.STAFF: ("staff", "staff"),
    rows.CLASSES: ("classes", "school_class"),
    rows.PUPILS: ("pupils", "pupil"),
    rows.GROUPS: ("groups", "teaching_group"),
    rows.TIMETABLE: ("timetable", "timetable_entry"),
    rows.PLANS: ("plans", "lesson_plan_topic"),
    rows.SUBJECTS: ("subjects", "subject"),
    rows.WORK_KINDS: ("work_kinds", "work_kind"),
    rows.CURRICULUM: ("curriculum", "curriculum_line"),
}
_SECONDARY = {
    "enrolment": "зачисление",
    "guardian": "представитель",
    "guardianship": "связь с представителем",
    "role": "должность",
    "group_teacher": "учитель группы",
    "group_membership": "состав групп",
    "account": "вход в дневник",
    "pupil": "ученик",
    "staff": "сотрудник",
}


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What would become of one row of the files."""

    file: str
    place: str
    line: int
    who: str
    verdict: str
    says: str = ""


@dataclass
class Checked:
    """What is to be said of an upload. `files` is None where it cannot be written yet."""

    files: SchoolFiles | None = None
    questions: list[Question] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    rows: list[RowVerdict] = field(default_factory=list)
    report: ImportReport = field(default_factory=ImportReport)
    #: «pupil:<code>» → id of the person they are.
    chosen: dict[str, str] = field(default_factory=dict)

    def count(self, verdict: str) -> int:
        return sum(row.verdict == verdict for row in self.rows)

    @property
    def may_be_written(self) -> bool:
        return self.files is not None and not self.questions and not self.count(WRONG)


def make_base(school_id: int, today: date) -> Base | None:
    """The school as it is, for an upload to stand on; None where it has no school year yet."""
    school = School.get_by_id(school_id)
    year = find_present_year(school_id, today)
    if year is None:
        return None
    return Base(
        school.short_name, school.name, year.from_on, today, export_school(school_id, today)
    )


def list_words(school_id: int) -> dict[str, dict[str, str]]:
    """What a school calls its columns: table → heading → column."""
    found: dict[str, dict[str, str]] = {}
    for word in ImportWord.select().where(ImportWord.school == school_id):
        found.setdefault(word.table_name, {})[word.heading] = word.meaning
    return found


def check_upload(
    school_id: int,
    paths: Mapping[str, Path],
    *,
    answers: Mapping[str, str],
    today: date,
    act: Act,
) -> Checked:
    """Read files (by the names their sender gave them) and rehearse their import into a school.
    Nothing is written."""
    found = read_upload(paths, answers=answers, remembered=list_words(school_id))
    checked = Checked(questions=found.questions, remarks=found.remarks)
    base = make_base(school_id, today)
    if base is None:
        problem = Problem("", 0, "", "у школы нет учебного года: сначала заведите его.")
        found.problems.append(problem)
    # Where a column is not known yet, half of the rows would be wrong for want of it.
    if base is None or found.questions or not _has_rows(found):
        checked.rows = [_wrong(problem) for problem in found.problems]
        return checked
    tables = complete(found, base, answers)
    problems = found.problems
    files = read_rows(tables, given=frozenset(found.tables))
    if files is None:
        checked.rows = [_wrong(problem) for problem in problems]
        return checked
    check_school(files, problems)
    # What was there before is not this upload's to mend.
    problems[:] = [p for p in problems if p.line or not p.file or p.file not in TABLE_NAMES]
    checked.questions = found.questions
    if not checked.questions:
        files, questions, checked.chosen = ask_about_doubles(school_id, files, answers)
        checked.questions = questions
    good, waiting = _without(files, problems)
    report, more = rehearse_import(good, act=act, chosen=checked.chosen)
    problems += more
    checked.report = report
    checked.rows = _verdicts(files, problems, waiting, report)
    checked.remarks = [*found.remarks, *report.notes]
    if not problems:
        checked.files = files
    return checked


def _has_rows(found: Found) -> bool:
    return any(file in TABLE_NAMES for file in found.tables)


def _wrong(problem: Problem) -> RowVerdict:
    return RowVerdict(
        problem.file, place_of(problem), problem.line, "", WRONG, _in_words(problem.message)
    )


def _in_words(message: str) -> str:
    """A sentence that speaks of lists, not of our file names."""
    for file, name in TABLE_NAMES.items():
        message = message.replace(f"в {file}", f"в списке «{name}»")
        message = message.replace(f"({file})", f"(список «{name}»)")
    return message


def _without(files: SchoolFiles, problems: list[Problem]) -> tuple[SchoolFiles, set[Any]]:
    """The files without their wrong rows and without those that point to these; and which
    these were: (table, line)."""
    bad = {(p.file, p.line) for p in problems if p.line}
    waiting: set[Any] = set()
    for _ in range(6):
        changed: dict[str, Any] = {
            name: tuple(
                row
                for row in getattr(files, name)
                if (file, row.line) not in bad and (file, row.line) not in waiting
            )
            for file, (name, _) in FIELDS.items()
        }
        rest = replace(files, **changed)
        found: list[Problem] = []
        check_school(rest, found)
        fresh = {(p.file, p.line) for p in found if p.line} - waiting
        if not fresh:
            return rest, waiting
        waiting |= fresh
    empty: dict[str, Any] = {name: () for name, _ in FIELDS.values()}
    return replace(files, **empty, given=frozenset()), waiting


def _verdicts(
    files: SchoolFiles, problems: list[Problem], waiting: set[Any], report: ImportReport
) -> list[RowVerdict]:
    found = []
    wrong: dict[tuple[str, int], list[Problem]] = {}
    for problem in in_order(problems):
        wrong.setdefault((problem.file, problem.line), []).append(problem)
    for file, (name, kind) in FIELDS.items():
        for row in getattr(files, name):
            if not row.line or file not in files.given:
                continue
            place = row.line.place if isinstance(row.line, SheetLine) else file
            key = (file, row.line)
            if key in wrong:
                for problem in wrong.pop(key):
                    found.append(replace(_wrong(problem), who=title_of(file, row)))
                continue
            verdict, says = (
                (WAITS, "") if key in waiting else _judge(kind, report.events.get(key, []))
            )
            found.append(RowVerdict(file, place, row.line, title_of(file, row), verdict, says))
    rest = [_wrong(problem) for several in wrong.values() for problem in several]
    return [*rest, *found]


def _judge(kind: str, events: list[Event]) -> tuple[str, str]:
    if any(event.kind == kind and event.what == NEW for event in events):
        return NEW, ""
    if not events:
        return SAME, ""
    said = []
    for event in events:
        word = _SECONDARY.get(event.kind, "")
        if event.what == NEW:
            said.append(f"добавится: {word}" if word else "добавится")
        elif event.detail:
            said.append(event.detail if event.kind == kind else f"{word}: {event.detail}")
        else:
            said.append(f"изменится: {word}" if word else "изменится")
    return CHANGED, "; ".join(dict.fromkeys(said))


def title_of(file: str, row: Any) -> str:  # noqa: PLR0911
    """How a row of a table is called."""
    if file in (rows.STAFF, rows.PUPILS):
        return str(row.names)
    if file == rows.CLASSES:
        return str(row.name) if row.grade else ""
    if file == rows.BELLS:
        return f"{row.schedule}, урок {row.lesson_number}"
    if file == rows.GROUPS:
        return f"{row.subject}, {row.name}"
    if file == rows.TIMETABLE:
        return f"{row.weekday}-й день, урок {row.lesson_number}: {', '.join(row.group)}"
    if file == rows.PLANS:
        return f"{', '.join(row.group)}, {row.ordinal}: {row.topic}"
    if file == rows.CURRICULUM:
        return f"{row.class_name}, {row.subject}"
    return str(row.name)
