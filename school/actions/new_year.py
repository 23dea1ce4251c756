"""A new school year in one action: classes move up, graduates leave, groups and plans are carried
over or begun anew. It can be taken back until the first lesson."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from school.actions.changes import BuiltUpon, Changes, lock_school
from school.actions.history import Act, Fact, move_revisions, record
from school.database import bulk_insert, reserve_ids, transaction
from school.models import (
    CouncilDecision,
    CurriculumLine,
    Enrolment,
    GroupMembership,
    GroupTeacher,
    Lesson,
    LessonPlanTopic,
    Person,
    Role,
    School,
    SchoolBreak,
    SchoolClass,
    SchoolYear,
    StudyPeriod,
    TeachingGroup,
    YearStart,
)
from school.rules.school_year import next_year_day

UP, LEAVE = "up", "leave"
GRADUATION = "выпуск"
#: The grade after which subjects and teachers are others.
END_OF_PRIMARY = 4
LAST_GRADE, END_OF_BASIC = 11, 9
ONE_DAY = timedelta(days=1)


class YearRefused(Exception):
    """The year cannot be begun or taken back; the message says why."""


@dataclass(frozen=True, slots=True)
class ClassMove:
    """What becomes of a class."""

    class_id: int
    name: str
    next_name: str
    pupils: int
    groups: int
    #: UP or LEAVE, as is proposed.
    proposed: str


@dataclass(frozen=True, slots=True)
class NewYear:
    """A preview."""

    school_id: int
    from_year: str
    year_name: str
    from_on: date
    until_on: date
    classes: tuple[ClassMove, ...]
    #: The last day in school of those who leave.
    leave_on: date
    #: Who stays for a second year by the teachers' council's decision: class, name and minutes.
    repeating: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """A year that was begun here."""

    start_id: int
    year_name: str
    at: datetime


def find_begun(school_id: int) -> Begun | None:
    """The newest year that was begun by this action and not taken back."""
    start = (
        YearStart.select(YearStart, SchoolYear)
        .join(SchoolYear)
        .where(YearStart.school == school_id, YearStart.undone_at.is_null())
        .order_by(YearStart.at.desc())
        .first()
    )
    return Begun(start.id, start.school_year.name, start.at) if start else None


def preview_year(school_id: int, today: date) -> NewYear | None:
    """What a new year would be; None where there is none to begin from, or the next one is
    there already."""
    last = (
        SchoolYear.select()
        .where(SchoolYear.school == school_id)
        .order_by(SchoolYear.from_on.desc())
        .first()
    )
    if last is None or last.from_on > today:
        return None
    classes = list(SchoolClass.select().where(SchoolClass.school_year == last))
    highest = max((row.grade for row in classes), default=0)
    pupils: dict[int, int] = defaultdict(int)
    present = list(_present(school_id, classes, last))
    for enrolment in present:
        pupils[enrolment.school_class_id] += 1
    groups: dict[int, int] = defaultdict(int)
    for (class_id,) in (
        TeachingGroup.select(TeachingGroup.school_class)
        .where(TeachingGroup.school_year == last, TeachingGroup.school_class.is_null(False))
        .tuples()
    ):
        groups[class_id] += 1
    grades = {row.grade for row in classes}
    moves = []
    for row in sorted(classes, key=lambda c: (c.grade, c.letter)):
        leaves = row.grade >= LAST_GRADE or row.grade == highest
        leaves = leaves or (row.grade == END_OF_BASIC and row.grade + 1 not in grades)
        moves.append(
            ClassMove(
                row.id,
                f"{row.grade}{row.letter}",
                f"{row.grade + 1}{row.letter}",
                pupils[row.id],
                groups[row.id],
                LEAVE if leaves else UP,
            )
        )
    from_on, until_on = next_year_day(last.from_on), next_year_day(last.until_on)
    return NewYear(
        school_id,
        last.name,
        f"{from_on.year}/{until_on.year % 100:02}",
        from_on,
        until_on,
        tuple(moves),
        max(min(today, from_on - ONE_DAY), last.until_on),
        _repeating(last, {enrolment.pupil_id for enrolment in present}),
    )


def _repeating(year: SchoolYear, present: set[int]) -> tuple[tuple[str, str, str], ...]:
    """Whom the council left for a second year, of those who are in school (E2)."""
    rows = (
        CouncilDecision.select(CouncilDecision, Person, SchoolClass)
        .join(Person, on=CouncilDecision.pupil)
        .switch(CouncilDecision)
        .join(SchoolClass)
        .where(CouncilDecision.school_year == year, CouncilDecision.decision == "repeats")
        .order_by(SchoolClass.grade, SchoolClass.letter, Person.surname, Person.given_name)
    )
    return tuple(
        (
            f"{row.school_class.grade}{row.school_class.letter}",
            f"{row.pupil.surname} {row.pupil.given_name}",
            row.minutes_name,
        )
        for row in rows
        if row.pupil_id in present
    )


def begin_year(
    school_id: int,
    choices: Mapping[int, str],
    *,
    year_name: str,
    carry_groups: bool,
    carry_plans: bool,
    today: date,
    act: Act,
) -> int:
    """Begin the new year; `choices` say of classes whether they move up or leave. Returns the
    id of what could be taken back. Raises YearRefused where `year_name` is not the next one: it
    was begun already."""
    with transaction():
        lock_school(school_id)
        plan = preview_year(school_id, today)
        if plan is None or plan.year_name != year_name:
            raise YearRefused("Этот учебный год уже заведён.")
        last = (
            SchoolYear.select()
            .where(SchoolYear.school == school_id)
            .order_by(SchoolYear.from_on.desc())
            .first()
        )
        run = _Beginning(school_id, plan, last, choices, act)
        run.make_year()
        run.move_classes()
        if carry_groups:
            run.carry_groups(carry_plans=carry_plans)
        if carry_plans:
            run.carry_curriculum()
        start = YearStart.create(
            school=school_id,
            school_year=run.year,
            at=act.at,
            by=act.actor_id,
            changes=run.changes.as_text(),
        )
        record(
            act, school_id, [Fact("school_year", run.year.id, "begun", last.name, plan.year_name)]
        )
        move_revisions(act, [("school", school_id)])
    return int(start.id)


def undo_year(start_id: int, *, act: Act) -> None:
    """Take a begun year back. Raises YearRefused once its first lesson has begun, BuiltUpon
    where other work stands on it."""
    with transaction():
        start = YearStart.get_by_id(start_id)
        lock_school(start.school_id)
        if start.undone_at is not None:
            return
        begun = (
            Lesson.select()
            .join(TeachingGroup)
            .where(TeachingGroup.school_year == start.school_year_id, Lesson.starts_at <= act.at)
        )
        if begun.exists():
            raise YearRefused("Первый урок этого года уже начался: отменить год нельзя.")
        changes = Changes.from_text(start.changes)
        # The record of the action itself points at its year.
        YearStart.update(school_year=_year_before(start)).where(YearStart.id == start_id).execute()
        built = changes.find_built()
        if built:
            raise BuiltUpon(
                f"{built}. Если для нового года уже загружали таблицы, сначала отмените их загрузку"
            )
        changes.take_back()
        YearStart.update(undone_at=act.at, changes="").where(YearStart.id == start_id).execute()
        record(act, start.school_id, [Fact("year_start", start_id, "state", "begun", "undone")])
        move_revisions(act, [("school", start.school_id)])


def _year_before(start: Any) -> int:
    return int(
        SchoolYear.select(SchoolYear.id)
        .where(SchoolYear.school == start.school_id, SchoolYear.id != start.school_year_id)
        .order_by(SchoolYear.from_on.desc())
        .scalar()
    )


def _present(school_id: int, classes: list[Any], year: Any) -> list[Any]:
    """Enrolments that hold to the end of a year."""
    return [
        row
        for row in Enrolment.select().where(
            Enrolment.school == school_id,
            Enrolment.school_class.in_([c.id for c in classes] or [0]),
        )
        if row.until_on is None or row.until_on > year.until_on
    ]


class _Beginning:
    def __init__(
        self,
        school_id: int,
        plan: NewYear,
        last: Any,
        choices: Mapping[int, str],
        act: Act,
    ) -> None:
        self.school = School.get_by_id(school_id)
        self.plan = plan
        self.last = last
        self.choices = {
            move.class_id: choices.get(move.class_id, move.proposed) for move in plan.classes
        }
        self.changes = Changes(act.request_id)
        #: Class of the old year → that of the new one.
        self.next: dict[int, Any] = {}
        self.old = {
            row.id: row for row in SchoolClass.select().where(SchoolClass.school_year == last)
        }

    def _make(self, model: Any, **values: Any) -> Any:
        made = model.create(**values)
        self.changes.made(model, [made.id])
        return made

    def _make_many(self, model: Any, rows: list[dict[str, Any]]) -> None:
        ids = reserve_ids(model, len(rows))
        self.changes.made(model, ids)
        bulk_insert(model, [{"id": made, **row} for made, row in zip(ids, rows, strict=True)])

    def _change(self, row: Any, **values: Any) -> None:
        self.changes.changed(row, values)
        type(row).update(**values).where(type(row).id == row.id).execute()

    def make_year(self) -> None:
        """The year with its periods and holidays, each on the day a year later."""
        plan = self.plan
        self.year = self._make(
            SchoolYear,
            school=self.school,
            name=plan.year_name,
            from_on=plan.from_on,
            until_on=plan.until_on,
        )
        for period in StudyPeriod.select().where(StudyPeriod.school_year == self.last):
            self._make(
                StudyPeriod,
                school=self.school,
                school_year=self.year,
                kind=period.kind,
                ordinal=period.ordinal,
                name=period.name,
                from_grade=period.from_grade,
                until_grade=period.until_grade,
                from_on=next_year_day(period.from_on),
                until_on=next_year_day(period.until_on),
            )
        for off in SchoolBreak.select().where(
            SchoolBreak.school == self.school,
            SchoolBreak.kind != "quarantine",
            SchoolBreak.from_on.between(self.last.from_on, self.last.until_on),
        ):
            self._make(
                SchoolBreak,
                school=self.school,
                kind=off.kind,
                name=off.name,
                from_grade=off.from_grade,
                until_grade=off.until_grade,
                from_on=next_year_day(off.from_on),
                until_on=next_year_day(off.until_on) if off.until_on else None,
            )

    def move_classes(self) -> None:
        """Pupils into the next class from the first day of the year, or out of school."""
        plan = self.plan
        for class_id, choice in self.choices.items():
            row = self.old[class_id]
            if choice == UP:
                self.next[class_id] = self._make(
                    SchoolClass,
                    school=self.school,
                    school_year=self.year,
                    grade=min(row.grade + 1, 12),
                    letter=row.letter,
                )
        made = []
        for enrolment in _present(self.school.id, list(self.old.values()), self.last):
            following = self.next.get(enrolment.school_class_id)
            if enrolment.from_on >= plan.from_on:
                continue  # who is to come later than that was never in the old year
            if following is None:
                leave_on = max(plan.leave_on, enrolment.from_on)
                self._change(enrolment, until_on=leave_on, reason=GRADUATION, ending="graduated")
                continue
            self._change(enrolment, until_on=plan.from_on - ONE_DAY, ending="moved")
            made.append(
                {
                    "school": self.school.id,
                    "school_class": following.id,
                    "pupil": enrolment.pupil_id,
                    "from_on": plan.from_on,
                    "until_on": None,
                }
            )
        self._make_many(Enrolment, made)
        self.moved = {(row["pupil"], row["school_class"]) for row in made}
        self._end_memberships()
        self._move_class_teachers()

    def _end_memberships(self) -> None:
        """The groups of the old year end with it."""
        for row in (
            GroupMembership.select(GroupMembership)
            .join(TeachingGroup)
            .where(
                TeachingGroup.school_year == self.last,
                GroupMembership.until_on.is_null()
                | (GroupMembership.until_on >= self.plan.from_on),
            )
        ):
            until_on = max(self.plan.from_on - ONE_DAY, row.from_on)
            self._change(row, until_on=until_on)
        for tie in (
            GroupTeacher.select(GroupTeacher)
            .join(TeachingGroup)
            .where(
                TeachingGroup.school_year == self.last,
                GroupTeacher.until_on.is_null() | (GroupTeacher.until_on >= self.plan.from_on),
            )
        ):
            self._change(tie, until_on=max(self.plan.from_on - ONE_DAY, tie.from_on))

    def _move_class_teachers(self) -> None:
        for role in Role.select().where(
            Role.school == self.school,
            Role.kind == "class_teacher",
            Role.school_class.in_(list(self.old) or [0]),
            Role.until_on.is_null() | (Role.until_on >= self.plan.from_on),
        ):
            self._change(role, until_on=max(self.plan.from_on - ONE_DAY, role.from_on))
            following = self.next.get(role.school_class_id)
            if following is not None and following.grade != END_OF_PRIMARY + 1:
                self._make(
                    Role,
                    person=role.person_id,
                    kind=role.kind,
                    municipality=role.municipality_id,
                    school=self.school,
                    school_class=following,
                    from_on=self.plan.from_on,
                )

    def carry_groups(self, *, carry_plans: bool) -> None:
        """Groups with their teachers follow their classes, but for the step out of primary
        school; the plan of a group is that of the class that was in this grade."""
        topics: dict[int, list[Any]] = defaultdict(list)
        for topic in LessonPlanTopic.select().where(LessonPlanTopic.school == self.school):
            topics[topic.teaching_group_id].append(topic)
        groups = list(TeachingGroup.select().where(TeachingGroup.school_year == self.last))
        by_place = {
            (self.old[g.school_class_id].grade, g.subject_id, g.kind): g
            for g in groups
            if g.school_class_id in self.old and topics[g.id]
        }
        for group in groups:
            following = self.next.get(group.school_class_id)
            if group.kind == "stream" or following is None or following.grade == END_OF_PRIMARY + 1:
                continue
            made = self._carry(group, following)
            source = by_place.get((following.grade, group.subject_id, group.kind))
            if carry_plans and source is not None:
                self._make_many(
                    LessonPlanTopic,
                    [
                        {
                            "school": self.school.id,
                            "teaching_group": made.id,
                            "ordinal": topic.ordinal,
                            "topic": topic.topic,
                            "material": topic.material,
                            "homework": topic.homework,
                        }
                        for topic in topics[source.id]
                    ],
                )

    def _carry(self, group: Any, following: Any) -> Any:
        old = self.old[group.school_class_id]
        before, after = (f"{row.grade}{row.letter}" for row in (old, following))
        made = self._make(
            TeachingGroup,
            school=self.school,
            school_year=self.year,
            subject=group.subject_id,
            kind=group.kind,
            school_class=following,
            name=group.name.replace(before, after, 1),
            marking=(
                "five"
                if following.grade == 2 and group.marking == "none" and not group.is_extracurricular
                else group.marking
            ),
            is_extracurricular=group.is_extracurricular,
        )
        ended = self.plan.from_on - ONE_DAY
        self._make_many(
            GroupTeacher,
            [
                {
                    "school": self.school.id,
                    "teaching_group": made.id,
                    "teacher": tie.teacher_id,
                    "from_on": self.plan.from_on,
                    "until_on": None,
                }
                for tie in GroupTeacher.select().where(
                    GroupTeacher.teaching_group == group, GroupTeacher.until_on == ended
                )
            ],
        )
        self._make_many(
            GroupMembership,
            [
                {
                    "school": self.school.id,
                    "teaching_group": made.id,
                    "pupil": row.pupil_id,
                    "from_on": self.plan.from_on,
                    "until_on": None,
                }
                for row in GroupMembership.select().where(
                    GroupMembership.teaching_group == group, GroupMembership.until_on == ended
                )
                if (row.pupil_id, following.id) in self.moved
            ],
        )
        return made

    def carry_curriculum(self) -> None:
        """The curriculum plan of a grade stays with the grade."""
        lines: dict[int, list[Any]] = defaultdict(list)
        for line in CurriculumLine.select().where(
            CurriculumLine.school == self.school,
            CurriculumLine.school_class.in_(list(self.old) or [0]),
        ):
            lines[line.school_class_id].append(line)
        by_grade: dict[int, int] = {}
        for row in sorted(self.old.values(), key=lambda c: c.letter):
            if lines[row.id]:
                by_grade.setdefault(row.grade, row.id)
        for following in self.next.values():
            source = by_grade.get(following.grade)
            self._make_many(
                CurriculumLine,
                [
                    {
                        "school": self.school.id,
                        "school_class": following.id,
                        "subject": line.subject_id,
                        "hours_in_week": line.hours_in_week,
                        "hours_in_year": line.hours_in_year,
                    }
                    for line in (lines[source] if source else [])
                ],
            )
