"""C1, C3, C10: what is first entered is judged once, by the regulation of its day; what is not
entered is owed; a sweep tells of it once. All five regulations, by their clauses."""

import random
from datetime import date, timedelta
from fractions import Fraction

import pytest

from school import clock
from school.actions import verdicts
from school.actions.deadlines import CLAIM, sweep_deadlines
from school.actions.history import Act
from school.actions.register import save_register, undo_attendance_taken
from school.actions.regulations import NewVersion, add_version, start_regulation
from school.models import (
    Lesson,
    Letter,
    Municipality,
    Reminder,
    School,
    SchoolClass,
    SchoolYear,
    SweepClaim,
    Verdict,
    Work,
    WorkKind,
)
from school.queries.lessons import find_lesson
from school.queries.owed import list_owed
from school.queries.register import Cell, get_register
from school.queries.regulations import find_act_of_school, get_regulation
from school.queries.timeliness import Count, get_timeliness, list_late_cases
from school.regulations import NAMES, read_template
from school.rules.regulation import RegulatedTerm, with_terms
from school.rules.terms import Term, Unit
from school.rules.timeliness import is_given, is_missed
from tests.town import enrol, make_group, make_lesson, member, moment, person, role

S2, S19, V, S11, NT = NAMES
MINUTE = timedelta(minutes=1)
#: Thursday; the lesson is the first, 08:30 to 09:10.
THURSDAY = date(2026, 9, 17)


class House:
    """A school under one of the five regulations, with a teacher, a class of three and a day."""

    def __init__(self, key, zone="Asia/Yekaterinburg", short_name=None):
        self.zone = zone
        municipality = Municipality.create(name="Город")
        self.school = School.create(
            municipality=municipality, short_name=short_name or key, name=key, full_name=key,
            time_zone=zone, regulation=key,
        )  # fmt: skip
        start_regulation(self.school, act=Act(clock.now(), None))
        year = SchoolYear.create(
            school=self.school, name="Год", from_on=date(2025, 9, 1), until_on=date(2027, 5, 31)
        )
        school_class = SchoolClass.create(school=self.school, school_year=year, grade=3, letter="Б")
        self.test_kind = WorkKind.create(
            school=self.school, name="Контрольная работа", weight=2, marks_expected=True
        )
        self.teacher = person(municipality, "Учителева")
        role(self.teacher, "teacher", self.school)
        self.deputy = person(municipality, "Завучева")
        role(self.deputy, "deputy_head", self.school)
        self.pupils = [person(municipality, f"Ученик{n}") for n in range(3)]
        self.group = make_group(self.school, year, school_class, "Алгебра", self.teacher, [])
        for pupil in self.pupils:
            enrol(school_class, pupil, from_on=date(2025, 8, 1))
            member(self.group, pupil, from_on=date(2025, 8, 1))

    def at(self, day, clock_time):
        return clock.moment_of(day, clock_time, self.zone)

    def lesson(self, day=THURSDAY, number=1, **values):
        starts_at = self.at(day, f"{7 + number:02d}:30")
        row = make_lesson(self.group, self.teacher, day, number, **values)
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=40)}
        Lesson.update(**times).where(Lesson.id == row.id).execute()
        return Lesson.get_by_id(row.id)

    def work(self, lesson, **values):
        return Work.create(
            school=self.school, lesson=lesson, work_kind=self.test_kind, ordinal=1,
            marks_expected=True, **values,
        )  # fmt: skip

    def enter(self, lesson, at, **typed):
        """Type into the register at a moment: mark_0="5", attendance_1="н", taken="1"."""
        head = find_lesson(lesson.id)
        entries = {}
        for name, text in typed.items():
            if name == "taken":
                entries[Cell("attendance_taken")] = text
            else:
                field, number = name.rsplit("_", 1)
                entries[Cell(field, self.pupils[int(number)].id)] = text
        seen = get_register(head).seen
        outcome = save_register(
            head, entries, seen=seen, today=clock.local(at, self.zone).date(),
            act=Act(at, self.teacher.id, f"{at.timestamp()}"),
        )  # fmt: skip
        assert outcome.is_clean, outcome
        return outcome

    def verdicts(self):
        return {row.key: row for row in Verdict.select().where(Verdict.school == self.school)}

    def in_time(self, key):
        row = self.verdicts()[key]
        return row.entered_at <= row.due_at

    def owed(self, at, **whose):
        return [(line.what, line.key) for line in list_owed(self.school.id, at, **whose)]

    def sweep(self, at, worker="one"):
        return sweep_deadlines(at, worker=worker, claimed_at=at)


@pytest.fixture
def house(db):
    return House(S2)


# The clauses


@pytest.mark.requirement("C1")
@pytest.mark.parametrize(
    ("key", "clause", "last_day"),
    [
        # Thursday 17 September 2026: + 3 days is Sunday, and is not moved.
        (S2, "п. 5.1", date(2026, 9, 20)),
        (S19, None, date(2026, 9, 20)),
        (V, "", date(2026, 9, 20)),  # silent: the default
        (S11, "", date(2026, 9, 20)),  # silent: the default
        # + 5 days is Tuesday.
        (NT, None, date(2026, 9, 22)),
    ],
)
@pytest.mark.requirement("C10")
def test_c1_a_mark_is_in_time_to_the_last_minute_of_its_last_day(db, key, clause, last_day):
    house = House(key)
    promised = get_regulation(house.school.id, THURSDAY).regulation.term("C1")
    assert promised.is_default == (clause == "")
    assert clause is None or promised.clause == clause
    lesson = house.lesson()
    midnight = house.at(last_day + timedelta(days=1), "00:00")
    house.enter(lesson, midnight - timedelta(milliseconds=1), mark_0="5")
    house.enter(lesson, midnight, mark_1="5")
    work = Work.get(Work.lesson == lesson)
    assert house.in_time(f"mark:{work.id}:{house.pupils[0].id}")
    assert not house.in_time(f"mark:{work.id}:{house.pupils[1].id}")
    found = get_timeliness(house.school.id, THURSDAY, THURSDAY)
    assert found.total.count("mark") == Count(2, 1)
    assert found.total.shared.share == Fraction(1, 2)


@pytest.mark.requirement("C3")
@pytest.mark.parametrize(
    ("key", "clause"), [(S2, "п. 5.3"), (S19, None), (V, ""), (S11, ""), (NT, "")]
)
@pytest.mark.requirement("C10")
def test_c3_a_missed_lesson_is_in_time_for_24_hours_from_the_lessons_end(db, key, clause):
    house = House(key)
    promised = get_regulation(house.school.id, THURSDAY).regulation.term("C3")
    assert promised.is_default == (clause == "")
    assert clause is None or promised.clause == clause
    first, second = house.lesson(), house.lesson(number=2)
    # Till 09:10 and the whole of that minute; the second lesson ends at 10:10.
    house.enter(first, house.at(THURSDAY + timedelta(days=1), "09:10"), attendance_0="н")
    house.enter(second, house.at(THURSDAY + timedelta(days=1), "10:11"), attendance_0="н")
    assert house.in_time(f"absence:{first.id}:{house.pupils[0].id}")
    assert house.in_time(f"attendance:{first.id}")
    assert not house.in_time(f"absence:{second.id}:{house.pupils[0].id}")
    assert not house.in_time(f"attendance:{second.id}")


@pytest.mark.requirement("C3")
def test_c3_can_be_read_from_the_lessons_date(house):
    """«В течение суток от даты проведения урока»: the other reading, set in the file."""
    text = read_template(S2)
    lines = text.splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("C3"))
    lines[begin] = 'C3 = { days = 1, from = "lesson_date", clause = "п. 5.3" }'
    add_version(
        find_act_of_school(house.school.id),
        NewVersion("\n".join(lines), date(2026, 9, 14), "7", date(2026, 9, 10)),
        today=date(2026, 9, 10),
        act=Act(moment(date(2026, 9, 10), "10:00"), None, "r"),
    )
    lesson = house.lesson()
    house.enter(lesson, house.at(THURSDAY + timedelta(days=1), "23:59"), attendance_0="н")
    assert house.in_time(f"attendance:{lesson.id}")


# What is judged, and once


@pytest.mark.requirement("C10")
def test_a_correction_does_not_change_the_verdict(house):
    lesson = house.lesson()
    key = f"mark:{house.work(lesson).id}:{house.pupils[0].id}"
    house.enter(lesson, house.at(THURSDAY, "12:00"), mark_0="4")
    before = house.verdicts()[key]
    late = house.at(THURSDAY + timedelta(days=5), "12:00")
    house.enter(lesson, late, mark_0="5")
    house.enter(lesson, late + MINUTE, mark_0="")
    house.enter(lesson, late + 2 * MINUTE, mark_0="3")
    after = house.verdicts()[key]
    assert (after.entered_at, after.due_at) == (before.entered_at, before.due_at)
    assert house.in_time(key)


@pytest.mark.requirement("C1")
def test_a_work_made_up_later_is_judged_by_its_own_day(house):
    """The day may be typed after the mark, on the day of the entry; later it is a correction."""
    lesson = house.lesson()
    work = house.work(lesson)
    keys = [f"mark:{work.id}:{pupil.id}" for pupil in house.pupils]
    entered = THURSDAY + timedelta(days=12)
    house.enter(lesson, house.at(entered, "10:00"), mark_0="5", mark_1="4", mark_2="3")
    assert [house.in_time(key) for key in keys] == [False, False, False]
    made_up = (THURSDAY + timedelta(days=11)).isoformat()
    house.enter(lesson, house.at(entered, "10:05"), worked_on_0=made_up)
    house.enter(lesson, house.at(entered + timedelta(days=1), "10:05"), worked_on_1=made_up)
    assert [house.in_time(key) for key in keys] == [True, False, False]
    row = house.verdicts()[keys[0]]
    assert row.event_on.isoformat() == made_up
    assert row.entered_at == house.at(entered, "10:00")


@pytest.mark.requirement("H1")
def test_a_dot_is_no_mark_and_its_mark_has_time_till_its_day(house):
    lesson = house.lesson()
    work = house.work(lesson, due_on=THURSDAY + timedelta(days=10))
    key = f"mark:{work.id}:{house.pupils[0].id}"
    house.enter(lesson, house.at(THURSDAY, "12:00"), mark_0=".", mark_1="5", mark_2="5")
    assert key not in house.verdicts()
    assert house.owed(house.at(THURSDAY + timedelta(days=4), "12:00"))[-1] == ("dot", key)
    house.enter(lesson, house.at(THURSDAY + timedelta(days=10), "23:59"), mark_0="4")
    assert house.in_time(key)
    assert ("dot", key) not in house.owed(house.at(THURSDAY + timedelta(days=11), "12:00"))


@pytest.mark.parametrize(
    ("marks", "given"), [("", False), (".", False), ("5", True), ("4/.", True), ("осв", True)]
)
def test_which_cell_holds_a_mark(marks, given):
    assert is_given(marks) is given


def test_who_came_late_missed_nothing(house):
    assert not is_missed("о")
    lesson = house.lesson()
    house.enter(lesson, house.at(THURSDAY, "09:00"), attendance_0="о")
    assert house.verdicts() == {}
    assert house.owed(house.at(THURSDAY, "12:00")) == [("attendance", f"attendance:{lesson.id}")]


def test_lessons_before_the_first_regulation_are_not_judged_or_owed(house):
    old = house.lesson(date(2025, 8, 29))
    new = house.lesson(date(2025, 9, 1))
    house.enter(old, house.at(date(2025, 9, 20), "10:00"), mark_0="5")
    assert house.verdicts() == {}
    assert house.owed(house.at(date(2025, 9, 20), "10:00")) == [
        ("attendance", f"attendance:{new.id}")
    ]


@pytest.mark.requirement("C10")
def test_a_changed_term_leaves_what_was_judged(house):
    """The term is longer from the 21st: what lies before is judged as before."""
    lesson = house.lesson()
    work = house.work(lesson)
    house.enter(lesson, house.at(THURSDAY + timedelta(days=4), "10:00"), mark_0="5")
    before = get_timeliness(house.school.id, THURSDAY, THURSDAY)
    new = RegulatedTerm("C1", Term(30, Unit.DAYS), "lesson_or_work", "п. 5.1")
    text = with_terms(read_template(S2), {"C1": new})
    from_on = THURSDAY + timedelta(days=4)
    add_version(
        find_act_of_school(house.school.id),
        NewVersion(text, from_on, "8", from_on),
        today=from_on,
        act=Act(house.at(from_on, "12:00"), None, "r"),
    )
    house.enter(lesson, house.at(from_on, "13:00"), mark_1="5")
    later = house.lesson(from_on, 2)
    house.enter(later, house.at(from_on + timedelta(days=20), "13:00"), mark_0="5")
    assert not house.in_time(f"mark:{work.id}:{house.pupils[0].id}")
    # Its lesson was under the old version.
    assert not house.in_time(f"mark:{work.id}:{house.pupils[1].id}")
    answer = Work.get(Work.lesson == later)
    assert house.in_time(f"mark:{answer.id}:{house.pupils[0].id}")
    again = get_timeliness(house.school.id, THURSDAY, THURSDAY)
    assert (before.total.count("mark"), again.total.count("mark")) == (Count(1, 0), Count(2, 0))
    versions = {row.regulation_version_id for row in house.verdicts().values()}
    assert len(versions) == 2


# What is owed


@pytest.mark.requirement("C3")
def test_attendance_is_owed_until_the_act(house):
    lesson = house.lesson()
    key = ("attendance", f"attendance:{lesson.id}")
    assert house.owed(house.at(THURSDAY, "09:09")) == []
    (line,) = list_owed(house.school.id, house.at(THURSDAY, "09:10"))
    assert line.key == key[1]
    assert not line.is_overdue(house.at(THURSDAY + timedelta(days=1), "09:10"))
    assert line.is_overdue(house.at(THURSDAY + timedelta(days=1), "09:11"))
    house.enter(lesson, house.at(THURSDAY, "09:20"), taken="1")
    assert house.owed(house.at(THURSDAY, "10:00")) == []
    undo_attendance_taken(find_lesson(lesson.id), Act(house.at(THURSDAY, "11:00"), None))
    assert house.owed(house.at(THURSDAY, "12:00")) == [key]
    assert house.in_time(key[1])  # the first act stays judged
    house.enter(lesson, house.at(THURSDAY, "12:00"), attendance_0="б")
    assert house.owed(house.at(THURSDAY, "13:00")) == []


@pytest.mark.requirement("C1")
def test_marks_of_a_work_for_all_are_owed_for_those_who_were_there(house):
    lesson = house.lesson()
    work = house.work(lesson)
    noon = house.at(THURSDAY, "12:00")
    house.enter(lesson, noon, attendance_0="н", attendance_1="о", mark_2="5")
    (line,) = list_owed(house.school.id, noon)
    assert (line.what, line.key) == ("marks", f"marks:{work.id}")
    assert [pupil_id for pupil_id, _ in line.pupils] == [house.pupils[1].id]
    house.enter(lesson, noon + MINUTE, mark_1="4")
    assert house.owed(noon + MINUTE) == []


@pytest.mark.requirement("C1")
@pytest.mark.parametrize(
    "undo", [{"mark_1": ""}, {"mark_1": "."}, {"attendance_0": ""}], ids=["mark", "dot", "absence"]
)
def test_what_was_settled_is_owed_again_when_it_goes(house, undo):
    lesson = house.lesson()
    work = house.work(lesson)
    noon = house.at(THURSDAY, "12:00")
    house.enter(lesson, noon, attendance_0="н", mark_1="5", mark_2="5", taken="1")
    house.sweep(noon)
    assert Work.get_by_id(work.id).settled_at is not None
    assert house.owed(noon) == []
    house.enter(lesson, noon + MINUTE, **undo)
    assert [what for what, _ in house.owed(noon + MINUTE)] == [
        "dot" if undo == {"mark_1": "."} else "marks"
    ]


def test_a_cancelled_lesson_owes_nothing(house):
    lesson = house.lesson()
    house.work(lesson)
    Lesson.update(cancelled_at=house.at(THURSDAY, "07:00")).where(Lesson.id == lesson.id).execute()
    assert house.owed(house.at(THURSDAY, "12:00")) == []


def test_a_pupil_of_another_group_and_another_teacher_owe_nothing(house):
    house.work(house.lesson())
    noon = house.at(THURSDAY, "12:00")
    stranger = person(Municipality.create(name="Другой"), "Чужой")
    assert len(house.owed(noon)) == 2
    assert len(house.owed(noon, teacher_id=house.teacher.id)) == 2
    assert house.owed(noon, teacher_id=house.deputy.id) == []
    assert len(house.owed(noon, pupil_id=house.pupils[0].id)) == 2
    assert house.owed(noon, pupil_id=stranger.id) == []


# The sweep


@pytest.mark.requirement("C1")
@pytest.mark.requirement("C3")
def test_a_sweep_tells_the_teacher_before_and_the_deputy_head_after_once(house):
    lesson = house.lesson()
    house.work(lesson)
    due = house.at(THURSDAY + timedelta(days=1), "09:10")

    def told():
        return sorted(
            (row.stage, row.key.split(":")[0], row.recipient_id) for row in Reminder.select()
        )

    house.sweep(due - timedelta(hours=13))
    assert told() == []
    teacher, deputy = house.teacher.id, house.deputy.id
    (found,) = house.sweep(due - timedelta(hours=11))
    assert (found.due, found.overdue, found.reminded) == (2, 0, 1)
    assert told() == [("before", "attendance", teacher)]
    house.sweep(due - timedelta(hours=11))
    assert len(told()) == 1
    (found,) = house.sweep(due + MINUTE)
    assert (found.due, found.overdue, found.reminded) == (1, 1, 1)
    assert told() == [("after", "attendance", deputy), ("before", "attendance", teacher)]
    # Late by a month: what is overdue is told to the deputy head alone.
    (found,) = house.sweep(due + timedelta(days=30))
    assert (found.due, found.overdue, found.reminded) == (0, 2, 1)
    assert house.sweep(due + timedelta(days=31))[0].reminded == 0
    letters = list(Letter.select().order_by(Letter.id))
    assert [letter.person_id for letter in letters] == [teacher, deputy, deputy]
    assert "Ученик" not in "".join(letter.body + letter.subject for letter in letters)


def test_a_school_that_another_worker_sweeps_is_left_alone_until_its_claim_ends(house):
    house.lesson()
    noon = house.at(THURSDAY, "12:00")
    SweepClaim.create(
        sweep="deadlines", school=house.school, claimed_by="dead", claimed_until=noon + CLAIM
    )
    assert house.sweep(noon) == []
    assert house.sweep(noon + CLAIM - MINUTE) == []
    assert len(house.sweep(noon + CLAIM)) == 1
    assert len(house.sweep(noon + CLAIM, worker="other")) == 1  # released


@pytest.mark.requirement("C10")
def test_the_shares_of_any_span_equal_a_recomputation_from_history(house):
    """Three weeks of a teacher who is late now and then, corrects, clears, sets dots and days."""
    rng = random.Random(20260917)
    lessons = []
    for n in range(15):
        day = THURSDAY + timedelta(days=n)
        lessons.append(house.lesson(day))
        if rng.random() < 0.6:
            house.work(lessons[-1], due_on=rng.choice([None, day + timedelta(days=7)]))
    acts = []
    for lesson in lessons:
        for _ in range(6):
            at = lesson.ends_at + timedelta(hours=rng.choice([0.1, 3, 23, 25, 60, 90, 200]))
            acts.append((at + timedelta(seconds=len(acts)), lesson))
    for at, lesson in sorted(acts, key=lambda act: act[0]):
        n = rng.randrange(3)
        done_on = clock.local(at, house.zone).date().isoformat()
        typed = rng.choice(
            [
                {f"mark_{n}": rng.choice("5432")}, {f"mark_{n}": ""}, {f"mark_{n}": "."},
                {f"attendance_{n}": rng.choice("нбо")}, {f"attendance_{n}": ""}, {"taken": "1"},
                {f"mark_{n}": "4", f"worked_on_{n}": done_on},
            ]
        )  # fmt: skip
        house.enter(lesson, at, **typed)
    kept = {row.key: _compared(row) for row in house.verdicts().values()}
    again = {row["key"]: row for row in verdicts._judge_again(house.school.id)}
    assert {key: _compared_row(row) for key, row in again.items()} == kept
    assert len(kept) > 20
    for _ in range(10):
        from_on = THURSDAY + timedelta(days=rng.randrange(15))
        until_on = from_on + timedelta(days=rng.randrange(15))
        found = get_timeliness(house.school.id, from_on, until_on)
        for what in ("mark", "absence", "attendance"):
            rows = [
                row for row in again.values()
                if row["what"] == what and from_on <= row["event_on"] <= until_on
            ]  # fmt: skip
            in_time = sum(row["entered_at"] <= row["due_at"] for row in rows)
            assert found.total.count(what) == Count(len(rows), in_time)
            cases = list_late_cases(house.school.id, from_on, until_on, whats=[what])
            assert len(cases) == len(rows) - in_time
        assert sum((line.shared for line in found.by_teacher), Count()) == found.total.shared
        assert sum((line.shared for _, line in found.by_week), Count()) == found.total.shared


def _compared(row):
    return (row.what, row.event_on, row.entered_at, row.due_at, row.regulation_version_id)


def _compared_row(row):
    return (
        row["what"], row["event_on"], row["entered_at"], row["due_at"], row["regulation_version"]
    )  # fmt: skip


def test_a_history_without_verdicts_is_judged_by_the_first_sweep(house):
    lesson = house.lesson()
    house.enter(lesson, house.at(THURSDAY, "12:00"), mark_0="5", attendance_1="н", taken="1")
    kept = {row.key: _compared(row) for row in house.verdicts().values()}
    assert len(kept) == 3
    Verdict.delete().execute()
    house.sweep(house.at(THURSDAY, "13:00"))
    assert {row.key: _compared(row) for row in house.verdicts().values()} == kept
