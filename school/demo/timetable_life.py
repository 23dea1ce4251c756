"""What happens to a school's timetable around today, by the actions that people use: a teacher is
away, an extra lesson, groups joined, a change taken back, a moved Saturday, a class in quarantine,
and a chess club with attendance and no marks."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from school import clock
from school.actions.day_changes import (
    MovedDay,
    Quarantine,
    announce_moved_day,
    announce_quarantine,
)
from school.actions.history import Act
from school.actions.register import ATTENDANCE_TAKEN, save_register
from school.actions.timetable import make_lessons
from school.actions.timetable_changes import (
    ChangesRefused,
    NewAbsence,
    NewLesson,
    Wish,
    add_extra_lesson,
    change_lessons,
)
from school.database import as_date, execute, fetch_all
from school.models import (
    BellSchedule,
    GroupMembership,
    GroupTeacher,
    Role,
    School,
    SchoolClass,
    SchoolYear,
    Subject,
    TeacherAbsence,
    TeachingGroup,
    TimetableEntry,
)
from school.models.fields import from_milliseconds
from school.queries.lessons import find_lesson
from school.queries.register import ATTENDANCE, TOPIC, Cell
from school.queries.schools import SchoolLine, find_school
from school.queries.timetable_board import (
    BoardLesson,
    list_absences,
    list_board,
    list_lesson_changes,
    list_teachers,
    rank_candidates,
)

MONDAY, WEDNESDAY, SATURDAY = 1, 3, 6
#: The last bell: nobody has ordinary lessons then.
CLUB_NUMBER = 8
CLUB, CLUB_PUPILS = "Шахматы", 10
CLUB_TOPICS = ("Как ходят фигуры", "Дебюты", "Задачи на мат в два хода", "Турнир")
LAST_SHOWN = timedelta(days=21)


@dataclass(slots=True)
class TimetableLife:
    """One school's week, from its rows."""

    school: SchoolLine
    demo_class_id: int
    demo_grade: int
    today: date
    act: Act
    number: int

    def board(self, day: date) -> list[BoardLesson]:
        return [x for x in list_board(self.school.school_id, day, day) if not x.is_cancelled]

    def ahead(self) -> list[BoardLesson]:
        """Lessons of the days to come that nothing changed yet."""
        found = list_board(
            self.school.school_id, self.today + timedelta(days=1), self.today + LAST_SHOWN
        )
        changed = list_lesson_changes(self.school.school_id, [x.lesson_id for x in found])
        return [x for x in found if not x.is_cancelled and x.lesson_id not in changed]

    def save(self, wishes: list[Wish], absence: NewAbsence | None = None) -> None:
        change_lessons(self.school, wishes, today=self.today, act=self.act, absence=absence)

    def make(self, spared: set[int]) -> None:
        """`spared` are the teachers whose week stays an ordinary one."""
        self._note_absences()
        ahead = self.ahead()
        if not ahead:
            return
        self._teacher_away(ahead, spared)
        self._join_parts()
        self._take_back()
        self._extra_lesson()
        self._quarantine()
        self._moved_day()

    def _note_absences(self) -> None:
        """Whoever was substituted on a day that is over was away."""
        sql = """
        SELECT DISTINCT h.teacher_was_id, l.held_on FROM lesson_change h
        JOIN lesson l ON l.id = h.lesson_id
        WHERE h.school_id = ? AND h.kind = 'substitution' AND l.held_on <= ? ORDER BY 2, 1
        """
        reasons = ("ill", "training", "trip")
        rows = fetch_all(sql, (self.school.school_id, self.today))
        for number, (teacher_id, held_on) in enumerate(rows):
            TeacherAbsence.create(
                school=self.school.school_id,
                teacher=teacher_id,
                from_on=as_date(held_on),
                until_on=as_date(held_on),
                reason=reasons[number % len(reasons)],
                noted_at=self.act.at,
                noted_by=self.act.actor_id,
            )

    def _teacher_away(self, ahead: list[BoardLesson], spared: set[int]) -> None:
        """Somebody is away on the next school day: colleagues come in, else it is cancelled."""
        day = min(lesson.held_on for lesson in ahead)
        lessons = [x for x in ahead if x.held_on == day and x.placed.teacher_id not in spared]
        if not lessons:
            return
        teacher_id = lessons[len(lessons) // 2].placed.teacher_id
        own = [x for x in lessons if x.placed.teacher_id == teacher_id]
        board = self.board(day)
        taken: set[tuple[int, int]] = set()
        wishes = []
        for lesson in own:
            free = next(
                (
                    one.teacher_id
                    for one in rank_candidates(
                        lesson,
                        board,
                        list_teachers(self.school.school_id, day),
                        list_absences(self.school.school_id, day, day),
                    )
                    if one.is_free and (one.teacher_id, lesson.lesson_number) not in taken
                ),
                None,
            )
            last = lesson.lesson_number == max(x.lesson_number for x in own)
            if free is None or (last and len(own) > 1):
                kind, free = "cancellation", None
            else:
                kind = "substitution"
                taken.add((free, lesson.lesson_number))
            wishes.append(
                Wish(lesson.lesson_id, 0, kind, teacher_id=free, reason="Учитель отсутствует")
            )
        with suppress(ChangesRefused):
            self.save(wishes, NewAbsence(teacher_id, day, day, "training"))

    def _join_parts(self) -> None:
        """One teacher of a class's two parts has both."""
        ahead = self.ahead()
        for lesson in ahead:
            beside = next(
                (
                    x
                    for x in ahead
                    if x.class_id == lesson.class_id is not None
                    and x.placed.starts_at == lesson.placed.starts_at
                    and x.lesson_id != lesson.lesson_id
                    and x.subject_id == lesson.subject_id
                    and x.placed.teacher_id != lesson.placed.teacher_id
                ),
                None,
            )
            if beside is not None:
                wish = Wish(
                    lesson.lesson_id, 0, "substitution", teacher_id=beside.placed.teacher_id,
                    reason="Группы занимаются вместе", accepts=True, why="группы объединены",
                )  # fmt: skip
                with suppress(ChangesRefused):
                    self.save([wish])
                return

    def _take_back(self) -> None:
        """A room is changed and given back."""
        lesson = next((x for x in self.ahead() if x.class_id == self.demo_class_id), None)
        if lesson is None:
            return
        with suppress(ChangesRefused):
            self.save([Wish(lesson.lesson_id, 0, "room", room="Актовый зал", reason="Репетиция")])
            lines = list_lesson_changes(self.school.school_id, [lesson.lesson_id])
            line = lines[lesson.lesson_id][-1]
            self.save([Wish(lesson.lesson_id, line.change_id, "undo", undone_id=line.change_id)])

    def _extra_lesson(self) -> None:
        """A consultation after the last lesson, with the first teacher who is free for it."""
        days = sorted({x.held_on for x in self.ahead()})[1:3]
        groups = {x.placed.group_id: None for x in self.ahead() if x.class_id == self.demo_class_id}
        for day in days:
            last = max(x.lesson_number for x in self.board(day))
            for group_id in groups:
                new = NewLesson(
                    group_id, day, min(last + 1, CLUB_NUMBER), None, "", "Консультация",
                    f"demo-{self.school.school_id}",
                )  # fmt: skip
                with suppress(ChangesRefused):
                    add_extra_lesson(self.school, new, today=self.today, act=self.act)
                    return

    def _quarantine(self) -> None:
        """A class of another grade is at home next week."""
        found = (
            SchoolClass.select()
            .where(
                SchoolClass.school == self.school.school_id, SchoolClass.id != self.demo_class_id
            )
            .order_by(SchoolClass.grade, SchoolClass.letter)
            .offset(1)
            .first()
        )
        if found is None:
            return
        monday = self.today + timedelta(days=8 - self.today.isoweekday())
        wanted = Quarantine(
            found.id, monday, monday + timedelta(days=4), self.number % 2 == 0,
            "Распоряжение Роспотребнадзора", f"demo-quarantine-{self.school.school_id}",
        )  # fmt: skip
        with suppress(ChangesRefused):
            announce_quarantine(self.school, wanted, today=self.today, act=self.act)

    def _moved_day(self) -> None:
        """A free Saturday of the next weeks is a Monday."""
        days = (SATURDAY - self.today.isoweekday()) % 7 or 7
        for n in range(2):
            saturday = self.today + timedelta(days=days + 7 * n)
            if self.board(saturday):
                return
            moved = MovedDay(
                saturday, MONDAY, "", self.demo_grade, self.demo_grade, "Перенос учебного дня",
                f"demo-saturday-{self.school.school_id}",
            )  # fmt: skip
            with suppress(ChangesRefused):
                announce_moved_day(self.school, moved, today=self.today, act=self.act)
                return


def make_timetable_life(
    school_id: int, demo_grade: int, number: int, *, today: date, moment: int, spared: set[int]
) -> None:
    """Change the timetable of a school that is judged already. `number` is its place among the
    schools; `moment` is now, in milliseconds."""
    school = find_school(school_id)
    deputy = Role.get_or_none(Role.school == school_id, Role.kind == "deputy_head")
    demo_class = SchoolClass.get_or_none(
        SchoolClass.school == school_id, SchoolClass.grade == demo_grade
    )
    if school is None or deputy is None or demo_class is None:
        return
    at = from_milliseconds(moment)
    _make_club(school, demo_class, at)
    act = Act(at, deputy.person_id, request_id=f"demo-timetable-{school_id}")
    TimetableLife(school, demo_class.id, demo_grade, today, act, number).make(spared)


def _make_club(school: SchoolLine, demo_class: SchoolClass, now: datetime) -> None:
    """A chess club of the demo class on Wednesdays, with its attendance."""
    school_id = school.school_id
    sql = "SELECT MIN(held_on), MAX(held_on) FROM lesson WHERE school_id = ?"
    span = fetch_all(sql, (school_id,))
    teacher = (
        Role.select(Role.person)
        .where(Role.school == school_id, Role.kind == "teacher")
        .order_by(Role.person)
        .first()
    )
    if span[0][0] is None or teacher is None:
        return
    from_on, until_on = (as_date(day) for day in span[0])
    year = SchoolYear.get_by_id(demo_class.school_year_id)
    group = TeachingGroup.create(
        school=school_id,
        school_year=year,
        subject=Subject.create(school=school_id, name=CLUB),
        kind="stream",
        name=f"{demo_class.grade} классы",
        marking="none",
        is_extracurricular=True,
    )
    sql = """
    SELECT e.pupil_id FROM enrolment e WHERE e.school_class_id = ? AND e.until_on IS NULL
      AND e.from_on <= ? ORDER BY e.id
    """
    rows = fetch_all(sql, (demo_class.id, year.from_on))[:CLUB_PUPILS]
    pupils = [pupil_id for (pupil_id,) in rows]
    for pupil_id in pupils:
        GroupMembership.create(
            school=school_id, teaching_group=group, pupil=pupil_id, from_on=year.from_on
        )
    GroupTeacher.create(
        school=school_id, teaching_group=group, teacher=teacher.person_id, from_on=year.from_on
    )
    TimetableEntry.create(
        school=school_id,
        teaching_group=group,
        teacher=teacher.person_id,
        bell_schedule=BellSchedule.get(BellSchedule.school == school_id),
        weekday=WEDNESDAY,
        lesson_number=CLUB_NUMBER,
        room="Библиотека",
        from_on=year.from_on,
        until_on=year.until_on,
    )
    made = make_lessons(School.get_by_id(school_id), from_on, until_on)
    over = []
    for lesson_id in made:
        head = find_lesson(lesson_id)
        if head is not None and head.group_id == group.id and head.ends_at <= now:
            over.append(head)
    newest = fetch_all(
        "SELECT r.subject_id, r.changed_at FROM revision r "
        "JOIN group_membership m ON m.pupil_id = r.subject_id "
        "WHERE r.scope = 'pupil' AND m.teaching_group_id = ?",
        (group.id,),
    )
    for number, head in enumerate(over):
        entries = {Cell(ATTENDANCE_TAKEN): "1", Cell(TOPIC): CLUB_TOPICS[number % len(CLUB_TOPICS)]}
        if pupils and number % 3 == 0:
            entries[Cell(ATTENDANCE, pupils[number % len(pupils)])] = "н"
        act = Act(head.ends_at + timedelta(minutes=5), teacher.person_id)
        held_on = clock.local(act.at, school.time_zone).date()
        save_register(head, entries, seen=0, today=held_on, act=act)
    for pupil_id, changed_at in newest:
        # What was entered since in their lessons is newer.
        execute(
            "UPDATE revision SET changed_at = ? "
            "WHERE scope = 'pupil' AND subject_id = ? AND changed_at < ?",
            (changed_at, pupil_id, changed_at),
        )
