"""A term of work by simulated teachers through the pages, and the same term told anew from its
history alone: marks, averages, what is owed, what was in time.

`play()` works with a clock of its own. `Retelling` reads `history` rows, the timetable and the
members of the groups, and knows the rules as the regulation states them, not the code that keeps
them.
"""

import random
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from school import clock
from school.actions.deadlines import sweep_deadlines
from school.actions.history import Act
from school.actions.reasons import set_reasons
from school.actions.timetable_changes import Wish, change_lessons
from school.models import (
    GroupMembership,
    History,
    Lesson,
    LessonChange,
    Person,
    SchoolClass,
    StudyPeriod,
    TeachingGroup,
    WorkKind,
)
from school.queries.grid import Grid, get_grid
from school.queries.groups import find_group, list_group_periods
from school.queries.owed import list_owed
from school.queries.schools import find_class, find_school
from school.queries.timeliness import get_timeliness
from tests.blueprints.helpers import open_session
from tests.town import ZONE, Town, account, enrol, make_group, make_lesson, person, role

FIRST_DAY = date(2026, 9, 7)
BEFORE = datetime.combine(FIRST_DAY, time(1), UTC)
LESSON_DAYS = (0, 2, 4)
TEST, ANSWER = "Контрольная работа", "Ответ на уроке"
WEIGHTS = {TEST: Fraction(3), ANSWER: Fraction(1)}
NOT_THERE = ("н", "б", "у", "нп")

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_SEEN = re.compile(r'name="seen" value="([^"]*)"')


@dataclass
class Class:
    """A class with its subject teacher and lessons."""

    teacher: Person
    group: TeachingGroup
    school_class: SchoolClass
    pupils: list[Person]
    lessons: list[Lesson]


@dataclass
class Term:
    """A school in its term."""

    app: Flask
    town: Town
    dice: random.Random
    classes: list[Class] = field(default_factory=list)
    #: (moment, order, what happens); the clock stands at the moment.
    events: list[tuple[datetime, int, Any]] = field(default_factory=list)
    now: datetime = BEFORE
    requests: int = 0

    def at(self, moment: datetime, event: Any) -> None:
        self.events.append((moment, len(self.events), event))

    def send(self, who: Person, address: str, fields: dict[str, str], status: int = 303) -> None:
        client = open_session(self.app, who).client  # a day later yesterday's has ended
        page = client.get(address)
        assert page.status_code == 200, (address, page.status_code)
        html = page.get_data(as_text=True)
        token, seen = _TOKEN.search(html), _SEEN.search(html)
        assert token
        sent = {"csrf_token": token[1], "seen": seen[1] if seen else "", **fields}
        answer = client.post(address, data=sent)
        self.requests += 2
        assert answer.status_code == status, (
            address,
            fields,
            answer.get_data(as_text=True)[-3000:],
        )


def build(
    app: Flask,
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    *,
    teachers: int,
    weeks: int,
    pupils: int = 6,
    seed: int = 1,
) -> Term:
    """Teachers with a class each and lessons of so many weeks; nothing is entered yet."""
    term = Term(app, town, random.Random(seed))
    monkeypatch.setattr(clock, "now", lambda: term.now)
    StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1 четверть",
        from_grade=1, until_grade=11, from_on=FIRST_DAY,
        until_on=FIRST_DAY + timedelta(days=7 * weeks + 30),
    )  # fmt: skip
    for n in range(teachers):
        teacher = person(town.municipality, f"Учитель{n}")
        account(teacher)
        role(teacher, "teacher", town.school)
        school_class = SchoolClass.create(
            school=town.school, school_year=town.year, grade=5 + n % 5, letter=f"К{n}"
        )
        people = [person(town.municipality, f"Ученик{n}х{m}") for m in range(pupils)]
        for one in people:
            enrol(school_class, one)
        group = make_group(
            town.school, town.year, school_class, f"Предмет {n % 7}", teacher, people, name=f"К{n}"
        )
        # One came in the middle.
        GroupMembership.update(from_on=FIRST_DAY + timedelta(days=4)).where(
            GroupMembership.teaching_group == group, GroupMembership.pupil == people[-1]
        ).execute()
        lessons = [
            make_lesson(group, teacher, FIRST_DAY + timedelta(days=7 * week + day), 1 + n % 6)
            for week in range(weeks)
            for day in LESSON_DAYS
        ]
        term.classes.append(Class(teacher, group, school_class, people, lessons))
    for one in term.classes:
        for lesson in one.lessons:
            plan(term, one, lesson)
    for week in range(1, weeks + 1):
        moment = datetime.combine(FIRST_DAY + timedelta(days=7 * week), time(1), UTC)
        term.at(moment, lambda: sweep_deadlines(term.now, worker="term", claimed_at=term.now))
    return term


def substitute(term: Term, lesson: Lesson, who: Person) -> None:
    """In the morning the deputy head sends somebody else, who may have a lesson at that hour."""
    school = find_school(term.town.school.id)
    assert school is not None
    wish = Wish(
        lesson.id, 0, "substitution", teacher_id=who.id, reason="Замена",
        accepts=True, why="группы объединены",
    )  # fmt: skip
    act = Act(term.now, term.town.deputy_head.id)
    change_lessons(school, [wish], today=lesson.held_on, act=act)


def plan(term: Term, own: Class, lesson: Lesson) -> None:
    """When a lesson is entered, by whom, and what is changed afterwards."""
    dice = term.dice
    who = own.teacher
    if dice.random() < 0.12:
        who = dice.choice(term.classes).teacher
        if who != own.teacher:
            term.at(lesson.starts_at - timedelta(hours=1), lambda: substitute(term, lesson, who))
    entered_at = lesson.ends_at + dice.choice(
        [timedelta(minutes=dice.randrange(5, 90))] * 7
        + [timedelta(days=1, hours=dice.randrange(5)), timedelta(days=2), timedelta(days=6)]
    )
    is_test = dice.random() < 0.3
    there = [
        one for one in own.pupils
        if one != own.pupils[-1] or lesson.held_on >= FIRST_DAY + timedelta(days=4)
    ]  # fmt: skip
    address = f"/gradebook/lessons/{lesson.id}"
    grid = f"/gradebook/groups/{own.group.id}"

    def enter() -> None:
        if is_test:
            kind = WorkKind.get(WorkKind.school == term.town.school, WorkKind.name == TEST)
            term.send(who, f"{address}/works", {"kind": str(kind.id), "title": "", "due_on": ""})
        fields = {}
        for pupil in there:
            fields.update(of_pupil(pupil))
        if dice.random() < 0.9:
            fields["attendance-taken"] = "1"
        # Some work in the grid, where attendance and mark share a cell.
        if who == own.teacher and dice.random() < 0.3:
            for pupil in there:
                code = fields.pop(f"attendance-{pupil.id}", "")
                mark = fields.pop(f"mark-{pupil.id}", "")
                fields.pop(f"late-{pupil.id}", None)
                fields.pop(f"worked-on-{pupil.id}", None)
                fields[f"cell-{pupil.id}-{lesson.id}"] = f"{code} {mark}"
            taken = fields.pop("attendance-taken", "")
            term.send(who, grid, fields)
            fields = {"attendance-taken": taken} if taken else {}
        if fields:
            term.send(who, address, fields)

    def of_pupil(pupil: Person) -> dict[str, str]:
        luck = dice.random()
        if luck < 0.12:
            return {f"attendance-{pupil.id}": dice.choice(NOT_THERE)}
        found = {}
        if luck < 0.18:
            found = {f"attendance-{pupil.id}": "о", f"late-{pupil.id}": str(dice.randrange(1, 20))}
        if dice.random() < (0.9 if is_test else 0.35):
            marks = ["5", "4", "4", "3", "2", "4/5", ".", "зач", "осв"]
            found[f"mark-{pupil.id}"] = dice.choice(marks)
            if dice.random() < 0.1 and lesson.held_on > FIRST_DAY:
                day = lesson.held_on - timedelta(days=1)
                found[f"worked-on-{pupil.id}"] = day.isoformat()
        return found

    def correct() -> None:
        pupil = dice.choice(there)
        what = dice.random()
        if what < 0.5:
            fields = {f"mark-{pupil.id}": dice.choice(["5", "3", "", "4"])}
        else:
            fields = {f"attendance-{pupil.id}": dice.choice(["", "б", "н"])}
        term.send(who, address, fields)

    def reasons() -> None:
        head = find_class(own.school_class.id)
        assert head is not None
        act = Act(term.now, term.town.class_teacher.id)
        ids = [one.id for one in own.pupils]
        week = lesson.held_on - timedelta(days=lesson.held_on.weekday())
        set_reasons(head, ids, week, week + timedelta(days=6), "б", "н", act=act)

    term.at(entered_at, enter)
    if dice.random() < 0.4:
        term.at(entered_at + timedelta(hours=dice.randrange(1, 40)), correct)
    if lesson.held_on.weekday() == LESSON_DAYS[-1] and dice.random() < 0.5:
        term.at(entered_at + timedelta(hours=3), reasons)


def play(term: Term) -> None:
    """Everything happens at its moment."""
    for moment, _, event in sorted(term.events, key=lambda one: one[:2]):
        term.now = moment
        event()
    term.now += timedelta(hours=1)


@dataclass
class Retelling:
    """What a term came to, out of its history rows and nothing that was derived from them."""

    school_id: int
    marks: dict[tuple[int, int], str] = field(default_factory=dict)
    absences: dict[tuple[int, int], str] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    works: dict[int, tuple[int, str]] = field(default_factory=dict)
    #: What was first entered: kind → [(lesson, day the term counts from, moment)].
    firsts: dict[str, list[tuple[int, date, datetime]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def read(self) -> "Retelling":
        given: dict[tuple[int, int], int] = {}
        missed: set[tuple[int, int]] = set()
        acts: set[int] = set()
        held = {lesson.id: lesson for lesson in Lesson.select()}
        rows = list(History.select().where(History.school == self.school_id).order_by(History.id))
        for row in rows:
            if row.table_name == "work" and row.field == "work":
                self.works[row.row] = row.lesson_id, row.new
            elif row.field == "mark":
                key = row.row, row.pupil_id
                self.marks[key] = row.new
                if key not in given and any(one not in ("", ".") for one in row.new.split("/")):
                    given[key] = len(self.firsts["mark"])
                    day = held[row.lesson_id].held_on
                    self.firsts["mark"].append((row.lesson_id, day, row.at))
            elif row.field == "worked_on" and row.new:
                key = row.row, row.pupil_id
                place = given.get(key)
                if place is not None:
                    lesson_id, _, at = self.firsts["mark"][place]
                    # Said with the first mark, or later on the same day.
                    if _local(at).date() == _local(row.at).date():
                        day = date.fromisoformat(row.new)
                        self.firsts["mark"][place] = lesson_id, day, at
            if row.field in ("attendance", "attendance_taken"):
                # Who was absent is an act of the teacher as well as «все присутствуют».
                says = row.new in NOT_THERE if row.field == "attendance" else bool(row.new)
                if says and row.lesson_id not in acts:
                    acts.add(row.lesson_id)
                    day = held[row.lesson_id].held_on
                    self.firsts["attendance"].append((row.lesson_id, day, row.at))
            if row.field == "attendance":
                key = row.lesson_id, row.pupil_id
                self.absences[key] = row.new
                if row.new in NOT_THERE and key not in missed:
                    missed.add(key)
                    day = held[row.lesson_id].held_on
                    self.firsts["absence"].append((row.lesson_id, day, row.at))
            elif row.field == "attendance_taken":
                (self.taken.add if row.new else self.taken.discard)(row.lesson_id)
        self.held = held
        return self

    def counts(self, teacher_id: int | None = None) -> dict[str, tuple[int, int]]:
        """Kind → (entered, in time): marks within three days, the rest within 24 hours."""
        found = {}
        for what, firsts in self.firsts.items():
            own = [
                (lesson_id, day, at) for lesson_id, day, at in firsts
                if teacher_id is None or self.held[lesson_id].teacher_id == teacher_id
            ]  # fmt: skip
            if own:
                found[what] = len(own), sum(self._in_time(what, *one) for one in own)
        return found

    def _in_time(self, what: str, lesson_id: int, day: date, at: datetime) -> bool:
        if what == "mark":
            return _local(at).date() <= day + timedelta(days=3)
        return at <= self.held[lesson_id].ends_at + timedelta(hours=24)

    def averages(self, group: TeachingGroup) -> dict[int, Fraction]:
        """Pupil → the average of their marks, weighed by the kinds of works."""
        total: dict[int, Fraction] = defaultdict(Fraction)
        weights: dict[int, Fraction] = defaultdict(Fraction)
        for (work_id, pupil_id), text in self.marks.items():
            lesson_id, name = self.works[work_id]
            if self.held[lesson_id].teaching_group_id != group.id:
                continue
            weight = WEIGHTS[name]
            for mark in text.split("/"):
                if mark in ("2", "3", "4", "5"):
                    total[pupil_id] += int(mark) * weight
                    weights[pupil_id] += weight
        return {pupil_id: total[pupil_id] / weights[pupil_id] for pupil_id in total}

    def owed(self, now: datetime) -> dict[str, set[int]]:
        """Key → whose marks are missing (of attendance nobody's)."""
        found: dict[str, set[int]] = {}
        absent = {key for key, code in self.absences.items() if code in NOT_THERE}
        for lesson in self.held.values():
            somebody = any(lesson_id == lesson.id for lesson_id, _ in absent)
            if lesson.ends_at <= now and lesson.id not in self.taken and not somebody:
                found[f"attendance:{lesson.id}"] = set()
        members = defaultdict(set)
        for row in GroupMembership.select():
            members[row.teaching_group_id].add((row.pupil_id, row.from_on))
        for work_id, (lesson_id, name) in self.works.items():
            lesson = self.held[lesson_id]
            for (work, pupil_id), text in self.marks.items():
                if work == work_id and "." in text.split("/"):
                    found[f"mark:{work_id}:{pupil_id}"] = {pupil_id}
            if name != TEST:
                continue
            missing = {
                pupil_id for pupil_id, from_on in members[lesson.teaching_group_id]
                if from_on <= lesson.held_on and (lesson_id, pupil_id) not in absent
                and not self.marks.get((work_id, pupil_id))
            }  # fmt: skip
            if missing:
                found[f"marks:{work_id}"] = missing
        return found


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(ZONE))


def compare(term: Term) -> dict[str, tuple[int, int]]:
    """What the program says after a term against the retelling; returns the school's counts."""
    school_id = term.town.school.id
    told = Retelling(school_id).read()
    until = term.now.date() + timedelta(days=1)
    shares = get_timeliness(school_id, FIRST_DAY - timedelta(days=1), until)
    said = {what: (one.entered, one.in_time) for what, one in shares.total.counts.items()}
    assert said == told.counts(), (said, told.counts())
    for line in shares.by_teacher:
        own = {what: (one.entered, one.in_time) for what, one in line.counts.items()}
        assert own == told.counts(line.line_id), line.name
    owed = list_owed(school_id, term.now)
    found = {line.key: {pupil_id for pupil_id, _ in line.pupils} for line in owed}
    own_lessons = {lesson.id for one in term.classes for lesson in one.lessons}
    expected = told.owed(term.now)
    ours = {line.key for line in owed if line.lesson_id in own_lessons}
    assert {key: found[key] for key in ours} == {
        key: pupils for key, pupils in expected.items() if key in ours or key in found
    }
    assert ours == {key for key in expected if _lesson_of(key, told) in own_lessons}
    for one in term.classes:
        group = find_group(one.group.id)
        assert group is not None
        (period,) = list_group_periods(group)
        grid = get_grid(group, period, today=term.now.date())
        averages = {pupil_id: average.value for pupil_id, average in grid.averages.items()}
        assert averages == told.averages(one.group), one.group.name
        _compare_cells(one, grid, told)
    substitutes = History.select().where(History.acting_for.is_null(False)).count()
    assert substitutes > 0
    assert LessonChange.select().where(LessonChange.kind == "substitution").exists()
    return said


def _lesson_of(key: str, told: Retelling) -> int:
    what, row, *_ = key.split(":")
    return int(row) if what == "attendance" else told.works[int(row)][0]


def _compare_cells(one: Class, grid: Grid, told: Retelling) -> None:
    """Every cell of the grid against the retelling."""
    for pupil in grid.pupils:
        for column in grid.columns:
            mark = told.marks.get((column.work_id or 0, pupil.pupil_id), "")
            code = told.absences.get((column.lesson_id, pupil.pupil_id), "")
            text = " ".join(filter(None, (code if column.is_first else "", mark)))
            assert grid.cell(pupil, column).text == text, (one.group.name, pupil.name, column)
