"""What the teachers entered: topics, homework, attendance, marks, remarks, and its history."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from school.database import bulk_insert
from school.demo import curriculum
from school.demo.absences import Absence, DayAway, draw_absence
from school.demo.groups import Course, Teacher
from school.demo.lessons import LessonPlan, last_numbers
from school.demo.marking import PHYSICAL, WorkPlan, draw_cell, draw_mark, draw_works
from school.demo.people import Pupil
from school.demo.places import WORK_KINDS, Place
from school.demo.storage import insert_numbered, update_many
from school.demo.texts import IN_CLASS_TESTS, Step, before_a_test, plan_steps, read_remarks
from school.models import Attendance, ChangeRequest, Homework, LessonComment, Mark, Work
from school.models import History as HistoryRow

MINUTE = 60 * 1000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

DOT, EXEMPT = ".", "осв"
#: A «точка» is to become a mark within so many days.
DOT_DAYS = 7
#: A missed test is made up within so many days, or not at all.
MAKE_UP_DAYS = 14
LONGEST_DELAY_OF_A_TEST = 3

#: Shares of what does not go as it should, and of what teachers do now and then.
LATE_REGISTER, LATE_MARKS, EVENING_MARKS = 0.01, 0.035, 0.35
CORRECTED, WITH_DOT, MADE_UP = 0.004, 0.02, 0.6
COMMENTED, OWN_HOMEWORK = 0.006, 0.003
#: The demo pupil's diary has something to read every week.
MORE_FOR_DEMO_PUPIL = 10

UPDATE_LESSON = """
UPDATE lesson SET topic = ?, material = ?, attendance_taken_at = ?, attendance_taken_by_id = ?
WHERE id = ?
"""


@dataclass(slots=True)
class PlanCursor:
    """Where a group stands in its plan."""

    course: Course
    steps: tuple[Step, ...]
    position: int
    delayed: int = 0

    def next_step(self, *, test_allowed: bool) -> Step:
        """The next lesson of the plan; a test waits a little for a day on which it may be."""
        step = self.steps[self.position % len(self.steps)]
        may_wait = self.delayed < LONGEST_DELAY_OF_A_TEST
        if step.kind in IN_CLASS_TESTS and not test_allowed and may_wait:
            self.delayed += 1
            return before_a_test(step)
        self.delayed = 0
        self.position += 1
        return step


@dataclass(slots=True)
class WorkDraft:
    lesson: LessonPlan
    plan: WorkPlan
    ordinal: int
    due_on: date | None = None
    work_id: int = 0


@dataclass(slots=True)
class Cell:
    """The marks of one pupil for one work, as they stand now."""

    work: WorkDraft
    pupil: Pupil
    values: list[str]
    worked_on: date | None = None


@dataclass(slots=True)
class ChangeDraft:
    """A request to change a mark whose term of changes is over."""

    cell: Cell
    was: str
    wanted: str
    reason: str
    asked_at: int
    decision: str = ""
    decided_at: int | None = None
    decided_by_id: int | None = None
    word: str = ""
    open_until: int | None = None
    changed_at: int | None = None
    change_id: int = 0


@dataclass(slots=True)
class Entry:
    """A fact of the history. `row` is the id, or the work or request that has none yet."""

    at: int
    actor_id: int
    acting_for_id: int | None
    table_name: str
    row: int | WorkDraft | ChangeDraft
    pupil_id: int | None
    lesson_id: int
    field: str
    old: str
    new: str
    why: str = ""


@dataclass(slots=True)
class RegisterWriter:
    """Fills the registers of a school, lesson by lesson, then writes them down at once."""

    rng: random.Random
    place: Place
    lessons: list[LessonPlan]
    #: The present moment, in milliseconds: lessons that end later have not been held yet.
    moment: int
    days_away: dict[int, dict[date, DayAway]]
    #: Class teachers by the name of the class.
    leaders: dict[str, Teacher]
    demo_pupil: Pupil
    #: Excused from the marks of physical education.
    exempt_pupil: Pupil
    #: The register that its teacher has forgotten.
    forgotten: LessonPlan | None
    cursors: dict[int, PlanCursor] = field(default_factory=dict)
    works: list[WorkDraft] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    changes: list[ChangeDraft] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    lesson_updates: list[tuple[Any, ...]] = field(default_factory=list)
    attendance_rows: list[dict[str, Any]] = field(default_factory=list)
    homework_rows: list[dict[str, Any]] = field(default_factory=list)
    comment_rows: list[dict[str, Any]] = field(default_factory=list)
    to_make_up: dict[int, list[Cell]] = field(default_factory=lambda: defaultdict(list))
    last: dict[tuple[int, date], int] = field(init=False)
    tests_of_day: set[tuple[int, date]] = field(default_factory=set)
    commented_on: set[tuple[int, date]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.last = last_numbers(self.lessons)

    def fill(self) -> None:
        for lesson in sorted(self.lessons, key=lambda item: (item.ends_at, item.lesson_id)):
            if lesson.is_cancelled or lesson.ends_at > self.moment:
                continue
            step = self._cursor(lesson).next_step(test_allowed=self._test_allowed(lesson))
            if step.kind in IN_CLASS_TESTS:
                for school_class in lesson.course.classes:
                    self.tests_of_day.add((school_class.class_id, lesson.held_on))
            if lesson is not self.forgotten:
                self._enter(lesson, step)

    def save(self) -> None:
        update_many(UPDATE_LESSON, self.lesson_updates)
        bulk_insert(Attendance, self.attendance_rows)
        bulk_insert(Homework, self.homework_rows)
        bulk_insert(LessonComment, self.comment_rows)
        self._save_works()
        self._save_changes()
        self.entries.sort(key=lambda entry: entry.at)
        bulk_insert(HistoryRow, [self._history_row(entry) for entry in self.entries])

    # The lesson as a whole

    def _cursor(self, lesson: LessonPlan) -> PlanCursor:
        """Where the group's plan stands; at first as far as it came since 1 September."""
        course = lesson.course
        if course.group_id not in self.cursors:
            year, days_in_week = self.place.year, self.place.plan.days_of(course.grade)
            before = year.school_days(
                year.from_on, lesson.held_on - timedelta(days=1), days_in_week
            )
            position = course.hours * len(before) // days_in_week
            steps = plan_steps(course.subject, course.grade, course.hours)
            self.cursors[course.group_id] = PlanCursor(course, steps, position)
        return self.cursors[course.group_id]

    def _test_allowed(self, lesson: LessonPlan) -> bool:
        """H6: one test a day, not in the first or last lesson, where there is a choice."""
        keys = [(c.class_id, lesson.held_on) for c in lesson.course.classes]
        if any(key in self.tests_of_day for key in keys):
            return False
        in_between = 1 < lesson.number < max(self.last[key] for key in keys)
        return in_between or lesson.course.hours == 1

    def _enter(self, lesson: LessonPlan, step: Step) -> None:
        at = self._moment_after(lesson.ends_at, 2 * MINUTE, 20 * MINUTE)
        if self.rng.random() < LATE_REGISTER and lesson.ends_at + 2 * DAY < self.moment:
            at = self._moment_after(lesson.ends_at, 25 * HOUR, 31 * HOUR)
        self.lesson_updates.append(
            (step.topic, step.material, at, lesson.teacher_id, lesson.lesson_id)
        )
        self._note_lesson(lesson, at, "topic", step.topic)
        if step.material:
            self._note_lesson(lesson, at, "material", step.material)
        if step.homework:
            self._add_text(self.homework_rows, "homework", lesson, at, step.homework)
        present = self._take_attendance(lesson, at)
        self._note_lesson(lesson, at, "attendance_taken", "1")
        self._mark(lesson, step, present)
        self._make_up(lesson, present)
        self._write_remarks(lesson, at, present)

    def _take_attendance(self, lesson: LessonPlan, at: int) -> list[Pupil]:
        """Enter who is away or late; returns who took part."""
        present = []
        for pupil in lesson.course.pupils:
            if not pupil.is_here(lesson.held_on):
                continue
            absence = draw_absence(
                self.rng,
                self.days_away[pupil.person_id].get(lesson.held_on),
                is_first_lesson=lesson.number == 1,
            )
            if absence is not None:
                self._add_absence(lesson, at, pupil, absence)
            if absence is None or absence.late_minutes:
                present.append(pupil)
        return present

    def _add_absence(self, lesson: LessonPlan, at: int, pupil: Pupil, absence: Absence) -> None:
        code = absence.code
        self._note_lesson(lesson, at, "attendance", code, pupil)
        if absence.late_minutes:
            self._note_lesson(lesson, at, "late_minutes", str(absence.late_minutes), pupil)
        if absence.corrected_code:
            # The class teacher learns the reason the next day.
            known_at = at + 23 * HOUR
            if known_at <= self.moment:
                leader = self.leaders[pupil.school_class.name]
                self._note_lesson(
                    lesson, known_at, "attendance", absence.corrected_code, pupil,
                    old=code, actor_id=leader.person_id,
                )  # fmt: skip
                code = absence.corrected_code
        self.attendance_rows.append(
            {
                "school": self.place.school_id,
                "lesson": lesson.lesson_id,
                "pupil": pupil.person_id,
                "code": code,
                "late_minutes": absence.late_minutes,
            }
        )

    def _write_remarks(self, lesson: LessonPlan, at: int, present: list[Pupil]) -> None:
        """Comments, and homework for one pupil; both speak of notebooks and tasks."""
        if lesson.course.subject in curriculum.PRACTICAL:
            return
        remarks = read_remarks()
        for pupil in present:
            more = MORE_FOR_DEMO_PUPIL if pupil is self.demo_pupil else 1
            today = pupil.person_id, lesson.held_on
            roll = self.rng.random()
            if roll < COMMENTED * more and today not in self.commented_on:
                self.commented_on.add(today)
                is_praise = self.rng.random() < 0.55 + 0.2 * pupil.ability
                text = self.rng.choice(remarks.praise if is_praise else remarks.concern)
                self._add_text(self.comment_rows, "comment", lesson, at, text, pupil)
            elif roll > 1 - OWN_HOMEWORK * more and lesson.course.marking == "five":
                text = self.rng.choice(remarks.own_homework)
                self._add_text(self.homework_rows, "homework", lesson, at, text, pupil)

    # Marks

    def _mark(self, lesson: LessonPlan, step: Step, present: list[Pupil]) -> None:
        ordinal = 0
        for plan in draw_works(self.rng, lesson.course, step):
            marked = [pupil for pupil in present if self.rng.random() < self._share_of(plan, pupil)]
            if not marked:
                continue
            ordinal += 1
            work = WorkDraft(lesson, plan, ordinal)
            self.works.append(work)
            at = self._marks_at(lesson)
            title = f"{plan.kind}: {plan.title}" if plan.title else plan.kind
            self._note(work.lesson, at, "work", work, "work", title)
            for pupil in marked:
                self._mark_pupil(work, pupil, at)
            if plan.is_for_all:
                here = {pupil.person_id for pupil in present}
                self.to_make_up[lesson.course.group_id] += [
                    Cell(work, pupil, [])
                    for pupil in lesson.course.pupils
                    if pupil.person_id not in here and pupil.is_here(lesson.held_on)
                ]

    def _share_of(self, plan: WorkPlan, pupil: Pupil) -> float:
        return plan.share * (1.8 if pupil is self.demo_pupil else 1)

    def _marks_at(self, lesson: LessonPlan) -> int:
        """When marks are entered: mostly at once, often in the evening, seldom too late."""
        roll = self.rng.random()
        at = self._moment_after(lesson.ends_at, 3 * MINUTE, 25 * MINUTE)
        if roll < LATE_MARKS:
            delayed = at + self.rng.randint(4, 6) * DAY
        elif roll < LATE_MARKS + EVENING_MARKS:
            delayed = at + self.rng.randint(HOUR, 4 * HOUR)
        else:
            delayed = at
        return delayed if delayed <= self.moment else at

    def _mark_pupil(self, work: WorkDraft, pupil: Pupil, at: int) -> None:
        course = work.lesson.course
        if course.subject == PHYSICAL and pupil is self.exempt_pupil:
            self._add_cell(Cell(work, pupil, [EXEMPT]), at)
            return
        if work.plan.is_for_all and self.rng.random() < WITH_DOT:
            self._dot(work, pupil, at)
            return
        cell = Cell(work, pupil, draw_cell(self.rng, work.plan, course.marking, pupil.ability))
        self._add_cell(cell, at)
        better = {"4": "5", "3": "4", "2": "3"}.get(cell.values[0])
        corrected_at = at + self.rng.randint(1, 3) * DAY
        if better and self.rng.random() < CORRECTED and corrected_at <= self.moment:
            self._replace(cell, [better, *cell.values[1:]], corrected_at)

    def _dot(self, work: WorkDraft, pupil: Pupil, at: int) -> None:
        """A mark still awaited; most come before they are due."""
        work.due_on = work.lesson.held_on + timedelta(days=DOT_DAYS)
        cell = Cell(work, pupil, [DOT])
        self._add_cell(cell, at)
        done_at = at + self.rng.randint(2, DOT_DAYS - 1) * DAY
        if done_at <= self.moment and self.rng.random() < 0.85:
            mark = draw_mark(self.rng, work.lesson.course.marking, pupil.ability)
            self._replace(cell, [mark], done_at)

    def _make_up(self, lesson: LessonPlan, present: list[Pupil]) -> None:
        """Those who missed a test write it in a later lesson of the same group."""
        waiting = self.to_make_up[lesson.course.group_id]
        here = {pupil.person_id for pupil in present}
        left = []
        for cell in waiting:
            missed_on = cell.work.lesson.held_on
            if lesson.held_on - missed_on > timedelta(days=MAKE_UP_DAYS):
                continue
            can = cell.pupil.person_id in here and lesson.held_on > missed_on
            if not can or self.rng.random() > MADE_UP:
                left.append(cell)
                continue
            course = cell.work.lesson.course
            cell.values = draw_cell(self.rng, cell.work.plan, course.marking, cell.pupil.ability)
            cell.worked_on = lesson.held_on
            at = self._marks_at(lesson)
            self._add_cell(cell, at)
            self._note_cell(cell, at, "worked_on", "", lesson.held_on.isoformat())
        self.to_make_up[lesson.course.group_id] = left

    def _add_cell(self, cell: Cell, at: int) -> None:
        self.cells.append(cell)
        self._note_cell(cell, at, "mark", "", "/".join(cell.values))

    def _replace(self, cell: Cell, values: list[str], at: int) -> None:
        self._note_cell(cell, at, "mark", "/".join(cell.values), "/".join(values))
        cell.values = values

    # History

    def _moment_after(self, moment: int, earliest: int, latest: int) -> int:
        """Some time after a moment, but not later than now."""
        return min(moment + self.rng.randint(earliest, latest), self.moment)

    def _add_text(
        self,
        rows: list[dict[str, Any]],
        field_name: str,
        lesson: LessonPlan,
        at: int,
        text: str,
        pupil: Pupil | None = None,
    ) -> None:
        rows.append(
            {
                "school": self.place.school_id,
                "lesson": lesson.lesson_id,
                "pupil": pupil.person_id if pupil else None,
                "text": text,
            }
        )
        self._note_lesson(lesson, at, field_name, text, pupil)

    def _note_lesson(
        self,
        lesson: LessonPlan,
        at: int,
        field_name: str,
        new: str,
        pupil: Pupil | None = None,
        *,
        old: str = "",
        actor_id: int | None = None,
    ) -> None:
        self._note(
            lesson, at, "lesson", lesson.lesson_id, field_name, new, pupil,
            old=old, actor_id=actor_id,
        )  # fmt: skip

    def _note_cell(self, cell: Cell, at: int, field_name: str, old: str, new: str) -> None:
        self._note(cell.work.lesson, at, "work", cell.work, field_name, new, cell.pupil, old=old)

    def _note(
        self,
        lesson: LessonPlan,
        at: int,
        table_name: str,
        row: int | WorkDraft,
        field_name: str,
        new: str,
        pupil: Pupil | None = None,
        *,
        old: str = "",
        actor_id: int | None = None,
    ) -> None:
        self.entries.append(
            Entry(
                at=at,
                actor_id=actor_id or lesson.teacher_id,
                acting_for_id=None if actor_id else lesson.substituted_id,
                table_name=table_name,
                row=row,
                pupil_id=pupil.person_id if pupil else None,
                lesson_id=lesson.lesson_id,
                field=field_name,
                old=old,
                new=new,
            )
        )

    # Writing down

    def _save_works(self) -> None:
        weights = {name: weight for name, weight, _, _ in WORK_KINDS}
        ids = insert_numbered(
            Work,
            [
                {
                    "school": self.place.school_id,
                    "lesson": work.lesson.lesson_id,
                    "work_kind": self.place.work_kind_ids[work.plan.kind],
                    "title": work.plan.title,
                    "weight": weights[work.plan.kind],
                    "ordinal": work.ordinal,
                    "marks_expected": work.plan.is_for_all,
                    "due_on": work.due_on,
                }
                for work in self.works
            ],
        )
        for work, work_id in zip(self.works, ids, strict=True):
            work.work_id = work_id
        bulk_insert(
            Mark,
            [
                {
                    "school": self.place.school_id,
                    "work": cell.work.work_id,
                    "pupil": cell.pupil.person_id,
                    "position": position,
                    "value": value,
                    "worked_on": cell.worked_on,
                }
                for cell in self.cells
                for position, value in enumerate(cell.values, start=1)
            ],
        )

    def _save_changes(self) -> None:
        ids = insert_numbered(
            ChangeRequest,
            [
                {
                    "school": self.place.school_id,
                    "lesson": change.cell.work.lesson.lesson_id,
                    "work": change.cell.work.work_id,
                    "pupil": change.cell.pupil.person_id,
                    "field": "mark",
                    "was": change.was,
                    "wanted": change.wanted,
                    "reason": change.reason,
                    "asked_at": change.asked_at,
                    "asked_by": change.cell.work.lesson.teacher_id,
                    "request": f"demo:{self.place.school_id}:{number}",
                    "decision": change.decision,
                    "decided_at": change.decided_at,
                    "decided_by": change.decided_by_id,
                    "word": change.word,
                    "open_until": change.open_until,
                    "changed_at": change.changed_at,
                }
                for number, change in enumerate(self.changes)
            ],
        )
        for change, change_id in zip(self.changes, ids, strict=True):
            change.change_id = change_id

    def _history_row(self, entry: Entry) -> dict[str, Any]:
        row = entry.row
        if isinstance(row, WorkDraft):
            row_id = row.work_id
        else:
            row_id = row.change_id if isinstance(row, ChangeDraft) else row
        return {
            "at": entry.at,
            "school": self.place.school_id,
            "actor": entry.actor_id,
            "acting_for": entry.acting_for_id,
            "table_name": entry.table_name,
            "row": row_id,
            "pupil": entry.pupil_id,
            "lesson": entry.lesson_id,
            "field": entry.field,
            "old": entry.old,
            "new": entry.new,
            "why": entry.why,
        }


def newest_entries(
    writer: RegisterWriter, group_of_lesson: dict[int, int]
) -> dict[tuple[str, int], int]:
    """When the data behind each pupil's and each group's pages last changed."""
    newest: dict[tuple[str, int], int] = {}
    for entry in writer.entries:
        key = (
            ("group", group_of_lesson[entry.lesson_id])
            if entry.pupil_id is None
            else ("pupil", entry.pupil_id)
        )
        newest[key] = max(entry.at, newest.get(key, 0))
    return newest
