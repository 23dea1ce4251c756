"""Changes of the timetable: what was, what is, what is in the way, and what rests on a lesson."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from school import clock
from school.actions.day_changes import (
    MovedDay,
    Quarantine,
    announce_moved_day,
    announce_quarantine,
    undo_day_change,
)
from school.actions.history import Act
from school.actions.register import save_register
from school.actions.timetable import make_lessons
from school.actions.timetable_changes import (
    ChangesRefused,
    NewAbsence,
    NewLesson,
    Wish,
    add_extra_lesson,
    change_lessons,
    end_absence,
)
from school.models import (
    Bell,
    BellSchedule,
    DayChange,
    History,
    Lesson,
    LessonChange,
    Letter,
    SchoolBreak,
    StudyPeriod,
    TeacherAbsence,
    TimetableEntry,
    Verdict,
    Work,
)
from school.queries.diary import get_days
from school.queries.diary_news import get_news
from school.queries.lessons import find_lesson
from school.queries.owed import list_owed
from school.queries.register import ATTENDANCE, MARK, Cell
from school.queries.schools import find_school
from school.queries.substitution_journal import get_journal
from school.queries.timetable_board import list_lesson_changes
from tests.town import ZONE, make_group, make_lesson, moment, person, today


def school_days(town, *, days=()):
    """Bells, a study period that lasts, and a timetable of the group on some weekdays."""
    schedule = BellSchedule.create(school=town.school, name="Основное")
    for number in range(1, 8):
        Bell.create(
            school=town.school, bell_schedule=schedule, lesson_number=number,
            starts_at=f"{7 + number:02d}:30", ends_at=f"{8 + number:02d}:10",
        )  # fmt: skip
    StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1 четверть",
        from_grade=1, until_grade=11, from_on=town.year.from_on, until_on=town.year.until_on,
    )  # fmt: skip
    for weekday in days:
        TimetableEntry.create(
            school=town.school, teaching_group=town.group, teacher=town.teacher,
            bell_schedule=schedule, weekday=weekday, lesson_number=2, from_on=town.year.from_on,
        )  # fmt: skip
    return schedule


def school_of(town):
    return find_school(town.school.id)


def act(town, who="deputy_head", at=None):
    return Act(at or clock.now(), getattr(town, who).id)


def newest(lesson):
    lines = list_lesson_changes(lesson.school_id, [lesson.id]).get(lesson.id, ())
    return lines[-1].change_id if lines else 0


def change(town, lesson, kind, **values):
    wish = Wish(lesson.id, values.pop("seen", newest(lesson)), kind, **values)
    return change_lessons(school_of(town), [wish], today=today(), act=act(town))


def refusal(town, lesson, kind, **values):
    with pytest.raises(ChangesRefused) as caught:
        change(town, lesson, kind, **values)
    return caught.value.problems


def words_of(town, day=None):
    """What the family reads of a day's lessons."""
    day = day or today()
    found = get_days(town.pupil.id, day, day)[0]
    lines = [words for lesson in found.lessons for words in lesson.changes]
    return lines + [away.sentence for away in found.moved_away]


def reread(lesson):
    return Lesson.get_by_id(lesson.id)


def weekday(after=1, number=1):
    """The next day with a number of the week (1 Monday), not today."""
    day = today() + timedelta(days=after)
    while day.isoweekday() != number:
        day += timedelta(days=1)
    return day


# Substitution


def test_a_substitution_is_said_as_was_and_is_and_taken_back_by_a_further_change(town):
    school_days(town)
    lesson = town.lesson
    assert change(town, lesson, "substitution", teacher_id=town.colleague.id).lessons == 1
    assert reread(lesson).teacher_id == town.colleague.id
    assert words_of(town) == [
        "Замена: ведёт Соседкина Нина Ивановна, обычно Учителева Вера Ивановна"
    ]
    line = list_lesson_changes(town.school.id, [lesson.id])[lesson.id][0]
    change(town, lesson, "undo", undone_id=line.change_id)
    assert reread(lesson).teacher_id == town.teacher.id
    assert words_of(town) == ["Замены нет: ведёт Учителева Вера Ивановна"]
    assert LessonChange.select().count() == 2
    facts = [(h.field, h.old, h.new) for h in History.select().where(History.lesson == lesson)]
    assert facts[0] == ("teacher", "Учителева Вера Ивановна", "Соседкина Нина Ивановна")
    assert len(facts) == 2


def test_a_second_substitute_stands_in_for_who_usually_teaches(town):
    school_days(town)
    third = person(town.municipality, "Третья")
    from tests.town import role

    role(third, "teacher", town.school)
    change(town, town.lesson, "substitution", teacher_id=town.colleague.id)
    change(town, town.lesson, "substitution", teacher_id=third.id)
    assert words_of(town) == ["Замена: ведёт Третья Анна Ивановна, обычно Учителева Вера Ивановна"]
    # Her own lesson again takes the substitution back.
    change(town, town.lesson, "substitution", teacher_id=town.teacher.id)
    assert words_of(town) == ["Замены нет: ведёт Учителева Вера Ивановна"]


def test_the_same_form_twice_is_one_change_and_one_letter_each(town):
    school_days(town)
    for _ in range(2):
        change(town, town.lesson, "substitution", teacher_id=town.colleague.id, seen=0)
    assert LessonChange.select().count() == 1
    letters = Letter.select().where(Letter.kind == "timetable")
    assert {letter.person_id for letter in letters} == {town.teacher.id, town.colleague.id}
    assert letters.count() == 2


def test_of_two_deputies_at_once_the_second_is_told(town):
    school_days(town)
    change(town, town.lesson, "substitution", teacher_id=town.colleague.id, seen=0)
    (problem,) = refusal(town, town.lesson, "cancellation", seen=0)
    assert problem.what == "conflict"
    assert "Соседкина" in problem.message
    assert "Завучева" in problem.message
    assert reread(town.lesson).cancelled_at is None


def test_clashes_of_a_substitute_are_named_and_meant_with_a_word(town):
    school_days(town)
    beside = make_group(
        town.school, town.year, town.school_class, "Физика", town.colleague, [], name="7Б"
    )
    make_lesson(beside, town.colleague, today())
    wish = {"teacher_id": town.colleague.id}
    (problem,) = refusal(town, town.lesson, "substitution", **wish)
    assert problem.message == "Соседкина Нина Ивановна: в это время идёт урок «Физика, 7Б»."
    assert not problem.is_final
    assert refusal(town, town.lesson, "substitution", accepts=True, **wish)  # without a word
    change(town, town.lesson, "substitution", accepts=True, why="группы объединены", **wish)
    assert words_of(town)[0].endswith("группы объединены")
    assert LessonChange.get().override == "группы объединены"


@pytest.mark.parametrize("who", ["administrator", "other_teacher", "mother", "teacher"])
def test_only_another_teacher_of_the_school_can_come_in(town, who):
    school_days(town)
    (problem,) = refusal(town, town.lesson, "substitution", teacher_id=getattr(town, who).id)
    assert problem.is_final


def test_who_is_away_is_named(town):
    school_days(town)
    change_lessons(
        school_of(town), [], today=today(), act=act(town),
        absence=NewAbsence(town.colleague.id, today(), today(), "ill"),
    )  # fmt: skip
    (problem,) = refusal(town, town.lesson, "substitution", teacher_id=town.colleague.id)
    assert "отсутствие" in problem.message
    assert "болезнь" not in problem.message
    absence = TeacherAbsence.get()
    assert end_absence(town.school.id, absence.id, act(town))
    assert not end_absence(town.school.id, absence.id, act(town))
    change(town, town.lesson, "substitution", teacher_id=town.colleague.id)


def mark(town, lesson, who, text="5", *, at=None):
    head = find_lesson(lesson.id)
    entries = {Cell(MARK, town.pupil.id): text, Cell(ATTENDANCE, town.classmate.id): "н"}
    act_of = Act(at or clock.now(), who.id)
    assert save_register(head, entries, seen=0, today=today(), act=act_of).is_clean


def test_a_substitute_recorded_after_the_day_answers_for_what_was_entered_and_what_is_owed(town):
    """Bad input: a substitute after the day. Whoever really held the lesson is right."""
    school_days(town)
    lesson = town.yesterday
    mark(town, lesson, town.teacher)
    before = Verdict.get(Verdict.what == "mark")
    assert before.teacher_id == town.teacher.id
    work = Work.get(Work.lesson == lesson)
    Work.update(marks_expected=True).where(Work.id == work.id).execute()
    change(town, lesson, "substitution", teacher_id=town.colleague.id)
    after = Verdict.get(Verdict.what == "mark")
    assert after.teacher_id == town.colleague.id
    assert (after.due_at, after.entered_at) == (before.due_at, before.entered_at)
    mine = list_owed(town.school.id, clock.now(), teacher_id=town.colleague.id)
    theirs = list_owed(town.school.id, clock.now(), teacher_id=town.teacher.id)
    assert lesson.id not in {line.lesson_id for line in theirs}
    head = find_lesson(lesson.id)
    assert head.stands_in(town.colleague.id)
    assert head.acting_for_id == town.teacher.id
    assert {line.lesson_id for line in mine} <= {lesson.id}


# Move


def test_a_move_is_told_on_both_days_and_taken_back(town):
    school_days(town)
    day = weekday(2)
    Lesson.delete().where(Lesson.held_on == day, Lesson.teaching_group == town.group).execute()
    was = town.lesson.held_on
    change(town, town.lesson, "move", held_on=day, lesson_number=5, reason="Концерт")
    moved = reread(town.lesson)
    assert (moved.held_on, moved.lesson_number) == (day, 5)
    assert moved.starts_at == moment(day, "12:30")
    assert "перенесён на" in words_of(town, was)[0]
    assert "(концерт)" in words_of(town, day)[0]
    line = list_lesson_changes(town.school.id, [moved.id])[moved.id][0]
    change(town, moved, "undo", undone_id=line.change_id)
    back = reread(town.lesson)
    assert (back.held_on, back.lesson_number) == (was, 1)
    assert words_of(town, was) == ["Перенос снят, урок на своём месте"]


def test_a_place_that_a_lesson_left_stays_empty(town):
    day = weekday(1)
    school_days(town, days=[1])
    Lesson.delete().where(Lesson.held_on == day).execute()
    make_lessons(town.school, day, day)
    lesson = Lesson.get(Lesson.held_on == day, Lesson.lesson_number == 2)
    change(town, lesson, "move", held_on=day + timedelta(days=1), lesson_number=6)
    assert make_lessons(town.school, day, day) == []


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"lesson_number": 12}, "звонков"),
        ({"holiday": True, "lesson_number": 5}, "Каникулы"),
        ({"far": True, "lesson_number": 5}, "учебный год"),
        ({"number_of": "tomorrow", "lesson_number": 1}, "уже есть урок"),
    ],
)
def test_a_move_where_nothing_can_be_is_refused(town, where, said):
    school_days(town)
    day = today() + timedelta(days=1 if "number_of" in where else 3)
    if "holiday" in where:
        SchoolBreak.create(
            school=town.school, kind="holidays", name="Каникулы", from_on=day, until_on=day
        )
    if "far" in where:
        day = date(2190, 1, 1)
    problems = refusal(
        town, town.lesson, "move", held_on=day, lesson_number=where["lesson_number"],
        accepts=True, why="очень нужно",
    )  # fmt: skip
    assert said in problems[0].message
    assert problems[0].is_final
    assert reread(town.lesson).held_on == today()


def test_a_move_among_other_lessons_names_teacher_room_and_pupils(town):
    school_days(town)
    day = weekday(2)
    Lesson.delete().where(Lesson.held_on == day).execute()
    other = make_group(
        town.school, town.year, town.school_class, "Физика", town.colleague, [town.pupil]
    )
    make_lesson(other, town.teacher, day, 3, room="118")
    Lesson.update(room="118").where(Lesson.id == town.lesson.id).execute()
    problems = refusal(town, town.lesson, "move", held_on=day, lesson_number=3)
    said = " ".join(problem.message for problem in problems)
    assert "Учителева" in said
    assert "Каб. 118" in said
    assert "У 1 ученика группы" in said
    assert not any(problem.is_final for problem in problems)
    change(
        town, town.lesson, "move", held_on=day, lesson_number=3, accepts=True,
        why="занятие в двух группах сразу",
    )  # fmt: skip
    assert reread(town.lesson).held_on == day


def test_entries_go_with_a_moved_lesson_and_that_is_said_first(town):
    school_days(town)
    lesson = town.lesson
    mark(town, lesson, town.teacher)
    Work.update(due_on=today() - timedelta(days=5)).execute()
    # No lesson is moved to a Sunday without a word.
    tuesday = today().weekday() == 1
    day = today() - timedelta(days=3 if tuesday else 2)
    (problem,) = refusal(town, lesson, "move", held_on=day, lesson_number=4)
    assert problem.what == "kept"
    assert "отметок: 1" in problem.message
    due = Verdict.get(Verdict.what == "mark").due_at
    change(town, lesson, "move", held_on=day, lesson_number=4, keeps_entries=True)
    assert reread(lesson).held_on == day
    assert Verdict.get(Verdict.what == "mark").due_at == due
    assert Work.get().due_on == day
    (future,) = refusal(
        town, lesson, "move", held_on=weekday(2), lesson_number=4, keeps_entries=True
    )
    assert "он был" in future.message


# Cancellation


def test_a_cancelled_lesson_keeps_its_marks_and_says_so_first(town):
    school_days(town)
    mark(town, town.lesson, town.teacher)
    (problem,) = refusal(town, town.lesson, "cancellation")
    assert (problem.what, problem.is_final) == ("kept", False)
    change(town, town.lesson, "cancellation", keeps_entries=True, reason="Актированный день")
    assert words_of(town) == ["Урок отменён (актированный день)"]
    lesson = get_days(town.pupil.id, today(), today())[0].lessons[0]
    assert lesson.is_cancelled
    assert lesson.works[0].marks == "5"
    owed = list_owed(town.school.id, clock.now() + timedelta(days=9))
    assert town.lesson.id not in {line.lesson_id for line in owed}
    line = list_lesson_changes(town.school.id, [town.lesson.id])[town.lesson.id][0]
    change(town, town.lesson, "undo", undone_id=line.change_id)
    assert reread(town.lesson).cancelled_at is None
    assert words_of(town) == ["Урок состоится, отмена снята"]


def test_a_room_is_changed_and_given_back(town):
    school_days(town)
    Lesson.update(room="7").where(Lesson.id == town.lesson.id).execute()
    change(town, town.lesson, "room", room="12")
    assert words_of(town) == ["Другой кабинет: 12, обычно 7"]
    line = list_lesson_changes(town.school.id, [town.lesson.id])[town.lesson.id][0]
    change(town, town.lesson, "undo", undone_id=line.change_id)
    assert reread(town.lesson).room == "7"


# Several at once


def test_all_changes_of_a_form_are_saved_or_none(town):
    school_days(town)
    good = Wish(town.tomorrow.id, 0, "cancellation")
    bad = Wish(town.lesson.id, 0, "substitution", teacher_id=town.mother.id)
    absence = NewAbsence(town.teacher.id, today(), today() + timedelta(days=1), "training")
    with pytest.raises(ChangesRefused):
        change_lessons(school_of(town), [good, bad], today=today(), act=act(town), absence=absence)
    assert reread(town.tomorrow).cancelled_at is None
    assert not TeacherAbsence.select().exists()
    better = replace(bad, teacher_id=town.colleague.id)
    for _ in range(2):
        change_lessons(
            school_of(town), [good, better], today=today(), act=act(town), absence=absence
        )
    assert TeacherAbsence.select().count() == 1
    assert LessonChange.select().count() == 2
    # One letter to each, however many lessons.
    assert Letter.select().where(Letter.kind == "timetable").count() == 2


def test_another_schools_lesson_is_none(town):
    school_days(town)
    (problem,) = refusal(town, town.other_lesson, "cancellation")
    assert "нет" in problem.message


# Extra lessons


def test_an_extra_lesson_is_made_once_and_cancelled_like_any(town):
    school_days(town)
    day = weekday(2)
    new = NewLesson(town.group.id, day, 6, None, "118", "Консультация", "a" * 24)
    made = add_extra_lesson(school_of(town), new, today=today(), act=act(town))
    again = add_extra_lesson(school_of(town), new, today=today(), act=act(town))
    assert made.lesson_id == again.lesson_id
    lesson = Lesson.get_by_id(made.lesson_id)
    assert lesson.teacher_id == town.teacher.id
    assert "Дополнительный урок (консультация)" in words_of(town, day)
    with pytest.raises(ChangesRefused, match="уже есть урок"):
        add_extra_lesson(
            school_of(town), replace(new, request_id="b" * 24), today=today(), act=act(town)
        )
    change(town, lesson, "cancellation")
    assert "Урок отменён" in words_of(town, day)


# Whole days


def test_a_day_is_taught_by_another_days_timetable_and_returned(town):
    school_days(town, days=[1])
    saturday = weekday(2, 6)
    Lesson.delete().where(Lesson.held_on == saturday).execute()
    own = make_lesson(town.group, town.teacher, saturday, 5)
    moved = MovedDay(saturday, 1, "", 1, 11, "Перенос выходного", "c" * 24)
    for _ in range(2):
        announce_moved_day(school_of(town), moved, today=today(), act=act(town))
    assert DayChange.select().count() == 1
    assert reread(own).cancelled_at is not None
    made = Lesson.get(Lesson.held_on == saturday, Lesson.lesson_number == 2)
    assert made.starts_at == moment(saturday, "09:30")
    day = get_days(town.pupil.id, saturday, saturday)[0]
    assert day.note == "Учимся по расписанию понедельника (перенос выходного)"
    made_line = next(x for x in day.lessons if x.lesson_number == 2)
    assert made_line.changes == ()
    news = get_news(town.pupil.id, today(), ZONE, None)
    told = [item.sentence for part in news.fresh for item in part.items]
    assert len(told) == 1
    assert "учимся по расписанию понедельника" in told[0]
    undo_day_change(school_of(town), DayChange.get().id, today=today(), act=act(town))
    assert reread(own).cancelled_at is None
    assert reread(made).cancelled_at is not None
    assert get_days(town.pupil.id, saturday, saturday)[0].note == ""
    assert undo_day_change(school_of(town), DayChange.get().id, today=today(), act=act(town)) == 0
    with pytest.raises(LookupError):
        undo_day_change(
            find_school(town.other_school.id), DayChange.get().id, today=today(), act=act(town)
        )


def test_a_moved_day_without_lessons_or_with_entries_is_refused(town):
    school_days(town, days=[1])
    moved = MovedDay(today(), 3, "", 1, 11, "", "d" * 24)
    with pytest.raises(ChangesRefused, match="нет уроков"):
        announce_moved_day(school_of(town), moved, today=today(), act=act(town))
    mark(town, town.lesson, town.teacher)
    with pytest.raises(ChangesRefused, match="уже есть записи"):
        announce_moved_day(school_of(town), replace(moved, weekday=1), today=today(), act=act(town))
    with pytest.raises(ChangesRefused, match="прошёл"):
        announce_moved_day(
            school_of(town), replace(moved, day=today() - timedelta(days=1)), today=today(),
            act=act(town),
        )  # fmt: skip


@pytest.mark.parametrize("is_remote", [True, False])
def test_a_class_in_quarantine(town, is_remote):
    school_days(town)
    mark(town, town.lesson, town.teacher)
    wanted = Quarantine(
        town.school_class.id, today(), today() + timedelta(days=6), is_remote, "", "e" * 24
    )
    for _ in range(2):
        announce_quarantine(school_of(town), wanted, today=today(), act=act(town))
    assert reread(town.lesson).cancelled_at is None  # it was held
    tomorrow = today() + timedelta(days=1)
    note = get_days(town.pupil.id, tomorrow, tomorrow)[0].note
    if is_remote:
        assert reread(town.tomorrow).room == "дистанционно"
        assert words_of(town, tomorrow) == ["Урок проходит дистанционно (карантин)"]
        assert note == "Карантин: уроки дистанционно"
    else:
        assert reread(town.tomorrow).cancelled_at is not None
        assert words_of(town, tomorrow) == ["Урок отменён (карантин)"]
    with pytest.raises(ChangesRefused, match="уже объявлен"):
        announce_quarantine(
            school_of(town), replace(wanted, request_id="f" * 24), today=today(), act=act(town)
        )
    undo_day_change(school_of(town), DayChange.get().id, today=today(), act=act(town))
    back = reread(town.tomorrow)
    assert (back.cancelled_at, back.room) == (None, "")


# The journal for pay


@pytest.mark.requirement("H25")
def test_the_journal_counts_by_who_really_held_a_lesson(town):
    school_days(town)
    day = today() - timedelta(days=1)
    lessons = [make_lesson(town.group, town.teacher, day, n) for n in (2, 3, 4)]
    absence = NewAbsence(town.teacher.id, day, day, "ill")
    wishes = [
        Wish(lessons[0].id, 0, "substitution", teacher_id=town.colleague.id),
        Wish(lessons[1].id, 0, "cancellation"),
    ]
    change_lessons(school_of(town), wishes, today=today(), act=act(town), absence=absence)
    new = NewLesson(
        town.group.id, day, 6, town.colleague.id, "", "", "a" * 24, accepts=True, why="так"
    )
    add_extra_lesson(school_of(town), new, today=today(), act=act(town))
    journal = get_journal(town.school.id, day, day, clock.now())
    found = {one.name.split()[0]: one for one in journal.teachers}
    own, other = found["Учителева"], found["Соседкина"]
    # Yesterday's own lesson and number 4 were given; 2 and 3 were missed.
    assert (own.counts["given"], own.counts["missed"], own.counts["cancelled"]) == (2, 2, 1)
    assert dict(own.missed) == {"ill": 2}
    assert (other.counts["given"], other.counts["substituted"], other.counts["extra"]) == (2, 1, 1)
    assert {line.what for line in journal.lines} == {"substituted", "cancelled", "extra"}
    assert own.by_group == {"Алгебра, 7А": 2}
    assert not get_journal(town.school.id, day, day, moment(day, "07:00")).teachers
