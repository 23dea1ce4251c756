"""Weekly printouts: who is owed one, what stands in it, when it is made anew, and who got it."""

from datetime import timedelta

import pytest

from school import clock, printing
from school.actions.history import Act, Fact, record
from school.actions.paper_ways import NewPaperWay, begin_paper_way, end_paper_way
from school.actions.printouts import (
    HANDED,
    MADE,
    SAME,
    hand_over_printouts,
    make_week,
    set_print_size,
    set_schedule,
    sweep_printouts,
    undo_hand_over,
)
from school.actions.request_stages import RequestRefused
from school.database import fetch_all
from school.models import (
    Attendance,
    DiaryLimit,
    Guardianship,
    Homework,
    LessonComment,
    Mark,
    PeriodResult,
    Printout,
    PrintoutHandOver,
    PrintoutPart,
    Work,
    WorkKind,
)
from school.queries.obligations import list_obligations, list_open_obligations
from school.queries.obligations.wanted import Wanted
from school.queries.printouts import (
    find_printout,
    get_printout_source,
    list_barred,
    list_owed_printouts,
    list_printouts,
    list_recipients,
)
from school.queries.schools import find_school
from school.rules.obligations import IN_TIME, LATE
from school.rules.printouts import WEEK, monday_of
from tests.databases import on_sqlite
from tests.results import make_period
from tests.town import make_lesson, moment, today

CSS = "body{}"


def monday():
    return monday_of(today()) - WEEK


def sunday_evening():
    return moment(monday() + timedelta(days=6), "20:00")


def act(person, at=None):
    return Act(at=at or clock.now(), actor_id=person.id)


def put_on_paper(town, pupil, person, why="no_device", from_on=None):
    name = f"{person.surname} {person.given_name}" if person else "Тётя Вера"
    new = NewPaperWay(
        town.school.id, pupil.id, person and person.id, name, why, from_on or monday() - WEEK
    )
    return begin_paper_way(new, act(town.administrator, moment(monday() - WEEK, "08:00")))


def make(town, at=None, week=None, **options):
    school = find_school(town.school.id)
    return make_week(school, week or monday(), at or sunday_evening(), css=CSS, **options)


def newest(town, week=None):
    return list_printouts(town.school.id, town.school_class.id, week or monday())[0]


def fill_week(town):
    """A week of lessons in which something of every kind happened to the pupil."""
    day = monday()
    lessons = [make_lesson(town.group, town.teacher, day + timedelta(days=n), 3) for n in range(5)]
    test = WorkKind.get(WorkKind.school == town.school, WorkKind.marks_expected)
    work = Work.create(
        school=town.school, lesson=lessons[0], work_kind=test, ordinal=1, marks_expected=True,
        title="Дроби & проценты", weight="3",
    )  # fmt: skip
    Mark.create(school=town.school, work=work, pupil=town.pupil, position=1, value="4")
    Attendance.create(school=town.school, lesson=lessons[1], pupil=town.pupil, code="б")
    Homework.create(school=town.school, lesson=lessons[2], text="№ 12–15")
    Homework.create(school=town.school, lesson=lessons[3], pupil=town.pupil, text="повторить")
    LessonComment.create(school=town.school, lesson=lessons[4], pupil=town.pupil, text="Молодец")
    return lessons, work


def test_a_printout_tells_the_week_in_words_and_each_pupils_own(town):
    fill_week(town)
    period = make_period(
        town.school, town.year, 1, monday() - timedelta(days=50), monday() - timedelta(days=2)
    )
    PeriodResult.create(
        school=town.school, school_year=town.year, study_period=period, kind="period",
        pupil=town.pupil, subject=town.group.subject_id, teaching_group=town.group, value="5",
        proposed="5", decided_at=moment(monday(), "12:00"), decided_by=town.teacher,
    )  # fmt: skip
    mother = put_on_paper(town, town.pupil, town.mother)
    put_on_paper(town, town.classmate, None)
    (line,) = make(town)
    assert (line.outcome, line.recipients, line.pages) == (MADE, 2, 2)
    source = get_printout_source(newest(town).printout_id).replace("\u00a0", " ")
    hers, other = source.split('<section class="sheet')[1:]
    for words in (
        "Королёва Мария", "Ученик: Королёв Фёдор Ивановна, 7А",
        "<b>Алгебра:</b> 4 за контрольную работу «Дроби &amp; проценты», вес 3",
        "3-й урок, Алгебра — отсутствие: болезнь", "<b>Алгебра:</b> № 12–15.",
        "<b>Алгебра (задано лично):</b> повторить.", "Молодец", "<b>1 четверть:</b> Алгебра — 5.",
        "Напечатано", "Получено: дата",
    ):  # fmt: skip
        assert words in hers, words
    for words in ("Дроби", "болезнь", "Молодец", "лично", "1 четверть"):
        assert words not in other, words
    assert "Отметок за эту неделю нет." in other
    parts = find_printout(newest(town).printout_id).parts
    assert [(p.first_page, p.pages) for p in parts.values()] == [(1, 1), (2, 1)]
    assert parts[mother].first_page == 1


def test_it_is_made_anew_only_where_the_data_moved_and_every_version_stays(town):
    _, work = fill_week(town)
    way = put_on_paper(town, town.pupil, town.mother)
    assert [line.outcome for line in make(town)] == [MADE]
    first = newest(town)
    assert [line.outcome for line in make(town)] == [SAME]
    # Something moved that the printout does not tell.
    fetch_all("UPDATE revision SET n = n + 1 RETURNING n")
    assert [line.outcome for line in make(town)] == [SAME]
    Mark.update(value="5").where(Mark.work == work).execute()
    fetch_all(
        "INSERT INTO revision (scope, subject_id, n, changed_at) VALUES ('pupil', ?, 1, 0)"
        " ON CONFLICT (scope, subject_id) DO UPDATE SET n = revision.n + 1 RETURNING n",
        (town.pupil.id,),
    )
    assert [line.outcome for line in make(town)] == [MADE]
    assert newest(town).ordinal == 2
    set_print_size(way, 24)
    assert [line.outcome for line in make(town)] == [MADE]
    versions = list_printouts(town.school.id, town.school_class.id, monday())
    assert [v.ordinal for v in versions] == [3, 2, 1]
    assert get_printout_source(first.printout_id).count("4 за контрольную") == 1
    assert "sheet last p24" in get_printout_source(versions[0].printout_id)
    # Once everybody has theirs nothing is made anew, unless it is asked for.
    hand_over_printouts(versions[0].printout_id, [way], act(town.class_teacher))
    set_print_size(way, 18)
    assert [line.outcome for line in make(town)] == [HANDED]
    assert [line.outcome for line in make(town, anew=True)] == [MADE]


def test_what_came_after_a_printout_stands_in_the_next_one(town):
    lessons, work = fill_week(town)
    way = put_on_paper(town, town.pupil, town.mother)
    make(town, at=moment(monday() + timedelta(days=4), "15:00"))
    hand_over_printouts(newest(town).printout_id, [way], act(town.class_teacher))
    late = act(town.teacher, moment(monday() + WEEK, "09:00"))
    fact = Fact("work", work.id, "mark", "4", "5", town.pupil.id, lessons[0].id)
    record(late, town.school.id, [fact])
    make(town, at=moment(monday() + WEEK, "15:00"), week=monday() + WEEK)
    source = get_printout_source(newest(town, monday() + WEEK).printout_id).replace("\u00a0", " ")
    assert "Внесено позже за прошлые недели" in source
    assert "исправлено: было 4, стало 5" in source


@pytest.mark.requirement("C7")
def test_owed_until_the_weeks_end_met_by_a_tick_undone_by_a_word(town):
    way = put_on_paper(town, town.pupil, town.mother)
    other = put_on_paper(town, town.classmate, None)
    due = moment(monday() + WEEK, "00:00") - timedelta(milliseconds=1)

    def owed(now=None):
        span = (monday(), monday() + timedelta(days=6))
        return list_owed_printouts(town.school.id, *span, now or clock.now())

    assert {line.due_at for line in owed()} == {due}
    assert [line.is_overdue(due) for line in owed(due)] == [False, False]
    assert [line.is_overdue(due + timedelta(milliseconds=1)) for line in owed()] == [True, True]
    make(town)
    printout_id = newest(town).printout_id
    in_time = act(town.class_teacher, due - timedelta(hours=1))
    assert hand_over_printouts(printout_id, [way], in_time) == 1
    # Sent twice.
    assert hand_over_printouts(printout_id, [way], in_time) == 0
    hand_over_printouts(printout_id, [other], act(town.class_teacher, due + timedelta(hours=1)))
    mine, hers = owed()
    assert (mine.met_at, mine.was_late) == (in_time.at, False)
    assert hers.was_late
    assert mine.handed_by == "Классная Ирина Ивановна"
    states = [
        line.state(clock.now())
        for line in list_obligations(
            town.school.id, clock.now(), Wanted(monday(), monday() + timedelta(days=6), row="C7")
        )
    ]
    assert sorted(states) == sorted([IN_TIME, LATE])
    with pytest.raises(RequestRefused):
        undo_hand_over(mine.hand_over_id, " ", act(town.class_teacher))
    undo_hand_over(mine.hand_over_id, "ошиблась строкой", act(town.class_teacher))
    undo_hand_over(mine.hand_over_id, "ещё раз", act(town.class_teacher))
    assert PrintoutHandOver.get_by_id(mine.hand_over_id).word == "ошиблась строкой"
    assert [line.met_at is None for line in owed()] == [True, False]
    open_lines = [
        line
        for line in list_open_obligations(town.school.id, clock.now())
        if line.row == "C7" and line.event_on == monday()
    ]
    assert [line.holders for line in open_lines] == [
        ((town.class_teacher.id, "Классная Ирина Ивановна"),)
    ]
    assert "Королёв" not in open_lines[0].words
    with pytest.raises(RequestRefused):
        hand_over_printouts(printout_id, [way + 1000], act(town.class_teacher))


def test_who_left_the_paper_way_before_the_term_is_owed_nothing(town):
    way = put_on_paper(town, town.pupil, town.mother)
    put_on_paper(town, town.classmate, None, from_on=monday() + timedelta(days=5))
    during = act(town.administrator, moment(monday() + timedelta(days=3), "10:00"))
    end_paper_way(way, today=monday() + timedelta(days=3), reason="есть телефон", act=during)
    span = (monday() - WEEK, monday() + 2 * WEEK - timedelta(days=1))
    owed = list_owed_printouts(town.school.id, *span, clock.now())
    # The mother for the week before; the aunt, who came on a Saturday, from the next week on.
    assert [(line.monday, line.recipient.recipient) for line in owed] == [
        (monday() - WEEK, "Королёва Мария"), (monday() + WEEK, "Тётя Вера"),
    ]  # fmt: skip


def test_an_order_and_the_pupils_age_hold_on_paper_too(town):
    put_on_paper(town, town.pupil, town.mother)
    father = put_on_paper(town, town.pupil, town.father, "refused")
    fill_week(town)
    DiaryLimit.create(
        pupil=town.pupil, person=town.mother, area="marks", ground="court_order", basis="решение",
        from_on=monday() - WEEK,
    )  # fmt: skip
    # What one gave up oneself is why there is paper.
    DiaryLimit.create(
        pupil=town.pupil, person=town.father, area="everything", ground="termination",
        basis="заявление", from_on=monday() - WEEK,
    )  # fmt: skip
    make(town)
    source = get_printout_source(newest(town).printout_id).replace("\u00a0", " ")
    his, hers = source.split('<section class="sheet')[1:]
    assert "Дроби" in his
    assert "Дроби" not in hers
    assert "болезнь" in hers
    at = clock.now()
    everything = DiaryLimit.create(
        pupil=town.pupil, person=town.mother, area="everything", ground="court_order",
        basis="решение", from_on=monday() - WEEK,
    )  # fmt: skip
    assert [r.paper_way_id for r in list_recipients(town.school.id, monday(), at)] == [father]
    (barred,) = list_barred(town.school.id, monday(), at, town.school_class.id)
    assert barred.barred == "доступ закрыт по документу"
    everything.delete_instance()
    town.pupil.birth_on = monday() - timedelta(days=19 * 366)
    town.pupil.save()
    assert not list_recipients(town.school.id, monday(), at)
    Guardianship.update(adult_choice="allowed").where(
        Guardianship.guardian == town.father
    ).execute()
    assert [r.paper_way_id for r in list_recipients(town.school.id, monday(), at)] == [father]


def test_the_sweep_waits_for_the_schools_hour_and_makes_up_for_a_lost_weekend(town):
    put_on_paper(town, town.pupil, town.mother, from_on=monday())
    set_schedule(town.school.id, 3, 12, act(town.deputy_head))
    thursday = monday() + timedelta(days=3)

    def sweep(day, at):
        return [
            (line.monday, line.outcome)
            for line in sweep_printouts(moment(day, at), css=CSS, worker="w")
        ]

    assert sweep(thursday, "11:59") == []
    assert sweep(thursday, "12:00") == [(monday(), MADE)]
    assert sweep(thursday, "12:05") == [(monday(), SAME)]
    PrintoutPart.delete().execute()
    Printout.delete().execute()
    assert sweep(monday() + WEEK, "08:00") == [(monday(), MADE)]
    assert sweep(monday() + WEEK, "08:05") == []
    for weekday, hour in ((7, 12), (3, 24)):
        with pytest.raises(RequestRefused):
            set_schedule(town.school.id, weekday, hour, act(town.deputy_head))


@on_sqlite
@pytest.mark.requirement("H17")
def test_counts_of_pages_equal_counts_of_recipients_owed_and_every_size_is_drawn(town, tmp_path):
    fill_week(town)
    ways = [
        put_on_paper(town, pupil, person)
        for pupil, person in ((town.pupil, town.mother), (town.pupil, town.father),
                              (town.classmate, None))
    ]  # fmt: skip
    for way, points in zip(ways, (12, 18, 24), strict=True):
        set_print_size(way, points)
    school = find_school(town.school.id)
    make_week(school, monday(), sunday_evening(), css=printing.paper_css())
    assert printing.sweep(tmp_path, queue=printing.PRINTOUTS, at_once=1).counts == {"done": 1}
    made = find_printout(newest(town).printout_id)
    owed = list_owed_printouts(town.school.id, monday(), monday(), clock.now())
    assert made.parts.keys() == {line.recipient.paper_way_id for line in owed}
    assert made.pages == sum(part.pages for part in made.parts.values()) == len(owed)
    pdf = (tmp_path / "printouts" / made.file_name).read_bytes()
    assert made.checksum
    assert printing.count_pages(pdf) == 3
