"""Sweeps of every row: whoever has something in hand is told before its term, the deputy head
after it, once each; what was put off is left alone. And what is unusual of terms and calendars."""

from datetime import date, timedelta

import pytest

from school import clock
from school.actions import request_decisions as decisions
from school.actions.deadlines import sweep_deadlines
from school.actions.questions import NewQuestion, answer_question, ask_question
from school.actions.regulations import NewVersion, add_version
from school.models import (
    Account,
    Deferral,
    Exam,
    Letter,
    Reminder,
    ResultVerdict,
    Role,
    SchoolYear,
    StudyPeriod,
)
from school.queries.obligations import get_standing, list_obligations, list_open_obligations
from school.queries.obligations.school import SchoolDesk
from school.queries.obligations.wanted import Wanted
from school.queries.regulations import find_act_of_school
from school.queries.terms_report import get_school_today, list_unconfirmed_years
from school.regulations import read_template
from school.rules.obligations import PUT_OFF, Tally
from school.rules.regulation import RegulatedTerm, with_terms
from school.rules.requests import Names
from school.rules.terms import Term, Unit
from tests.results import make_period
from tests.school.test_requests import BOTH, MONDAY, SEEN, act_of, register
from tests.school.test_timeliness import S2, House
from tests.town import ZONE

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def sweep(at):
    return sweep_deadlines(at, worker="one", claimed_at=clock.now() + (at - MONDAY))


def told(rows):
    """(stage, kind of obligation, who) of what was told, but for lessons."""
    kinds = ("attendance", "marks", "mark")
    found = [(row.stage, row.key.split(":")[0], row.recipient_id) for row in rows]
    return sorted(line for line in found if line[1] not in kinds)


def new_reminders():
    seen = set()

    def new():
        rows = [row for row in Reminder.select() if row.id not in seen]
        seen.update(row.id for row in rows)
        return told(rows)

    return new


@pytest.mark.requirement("A4")
@pytest.mark.requirement("A8")
@pytest.mark.requirement("C8")
@pytest.mark.requirement("C9")
def test_a_request_is_told_of_to_who_has_it_and_after_its_term_to_the_deputy_head(town):
    case = register(town).service_request_id
    teacher, deputy = town.class_teacher.id, town.deputy_head.id
    thursday = clock.moment_of(date(2026, 11, 19), "23:59", ZONE)
    new = new_reminders()
    # The family has brought no sheet: nobody is at fault, whatever the day.
    (line,) = list_open_obligations(town.school.id, thursday + DAY, wanted=Wanted(row="A8"))
    assert line.state(thursday + DAY) == PUT_OFF
    decisions.receive_sheets(case, BOTH, act_of(town.class_teacher, MONDAY + HOUR), request_id="s")
    sweep(MONDAY + 2 * HOUR)
    assert new() == []
    checked_by = clock.moment_of(date(2026, 11, 17), "23:59", ZONE)
    sweep(checked_by - 11 * HOUR)
    assert new() == [("before", "check", teacher)]
    sweep(checked_by + MINUTE)
    sweep(checked_by + 2 * MINUTE)
    assert new() == [("after", "check", deputy)]
    decisions.pass_on(case, act_of(town.class_teacher, checked_by + 5 * MINUTE))
    sweep(thursday - HOUR)
    assert new() == [("before", "request", town.administrator.id)]
    sweep(thursday + MINUTE)
    assert new() == [("after", "request", deputy)]
    sweep(thursday + 40 * DAY)
    assert new() == []
    standing = get_standing(town.school.id, thursday + DAY, date(2026, 11, 16), date(2026, 11, 17))
    assert standing.by_row["A4"] == Tally(late=1)
    assert standing.by_row["A8"] == Tally(overdue=1)
    words = "".join(letter.subject + letter.body for letter in Letter.select())
    assert "доступ к электронному дневнику" in words
    assert "Королёв" not in words


@pytest.mark.requirement("A9")
@pytest.mark.requirement("A13")
def test_codes_and_questions_are_told_of(town):
    case = register(town).service_request_id
    decisions.receive_sheets(case, BOTH, act_of(town.class_teacher), request_id="s")
    decisions.pass_on(case, act_of(town.class_teacher))
    decisions.accept_request(case, decisions.Acceptance(SEEN), act_of(town.administrator))
    Account.delete().where(Account.person == town.pupil).execute()
    question = NewQuestion(town.school.id, "Как войти?", "page", town.mother.id)
    thread = ask_question(question, request_id="q", throttle="t", act=act_of(town.mother))
    new = new_reminders()
    sweep(MONDAY + HOUR)
    owed = list_open_obligations(town.school.id, MONDAY + HOUR, wanted=Wanted(row="A9"))
    assert [line.people for line in owed] == ["Королёв Фёдор Ивановна"]
    assert new() == [("before", "code", town.class_teacher.id)]
    due = clock.moment_of(date(2026, 11, 19), "23:59", ZONE)
    sweep(due - HOUR)
    assert ("before", "question", town.administrator.id) in new()
    sweep(due + MINUTE)
    assert ("after", "question", town.deputy_head.id) in new()
    answer_question(
        thread, "Так.", request_id="a", act=act_of(town.administrator, due + 2 * MINUTE)
    )
    (line,) = list_obligations(town.school.id, due + HOUR, Wanted(row="A13"))
    assert line.met_at == due + 2 * MINUTE
    sweep(due + 10 * DAY)
    assert not [line for line in new() if line[1] in ("question", "code")]


def quarter(house, from_on=date(2026, 9, 1), until_on=date(2026, 10, 23), ordinal=1):
    year = SchoolYear.get(SchoolYear.school == house.school)
    return make_period(house.school, year, ordinal, from_on, until_on)


@pytest.fixture
def house(db):
    return House(S2)


def results_of(house, now):
    wanted = Wanted(row="C2")
    lines = list_open_obligations(house.school.id, now, wanted=wanted)
    return [(line.words, line.state(now)) for line in lines]


@pytest.mark.requirement("C2")
@pytest.mark.requirement("E3")
def test_missing_results_are_told_of_and_deferred_ones_when_their_day_has_passed(house):
    period = quarter(house)
    house.lesson(date(2026, 10, 20))
    ends = house.at(date(2026, 10, 25), "23:59")
    Deferral.create(
        school=house.school, school_year=period.school_year_id, pupil=house.pupils[0],
        study_period=period, kind="period", until_on=date(2026, 11, 10), reason="болезнь",
        order_name="5", order_on=date(2026, 10, 20), made_at=ends, made_by=house.deputy,
        request="d",
    )  # fmt: skip
    assert results_of(house, ends - DAY) == [
        ("Алгебра, 7А, 1 четверть: нет отметок у 2 учеников", "due"),
        ("Алгебра, 7А, 1 четверть: нет отметок у 1 ученика", "put_off"),
    ]
    new = new_reminders()
    teacher, deputy = house.teacher.id, house.deputy.id
    sweep(ends - 20 * HOUR)
    assert new() == []
    sweep(ends - HOUR)
    assert new() == [("before", "results", teacher)]
    sweep(ends + MINUTE)
    assert new() == [("after", "results", deputy)]
    put_off_until = house.at(date(2026, 11, 10), "23:59")
    sweep(put_off_until - MINUTE)
    assert new() == []
    sweep(put_off_until + MINUTE)
    assert new() == [("after", "results", deputy)]
    sweep(put_off_until + DAY)
    assert new() == []


@pytest.mark.requirement("C4")
def test_an_exam_whose_results_nobody_said_came_in_is_recalled_once(house):
    year = SchoolYear.get(SchoolYear.school == house.school)
    Exam.create(
        school=house.school, school_year=year, teaching_group=house.group, kind="exam",
        title="Экзамен", held_on=date(2026, 9, 16), made_at=house.at(date(2026, 9, 1), "10:00"),
        made_by=house.teacher,
    )  # fmt: skip
    new = new_reminders()
    for day in (16, 17, 18):
        sweep(house.at(date(2026, 9, day), "12:00"))
    assert new() == [("before", "exam", house.teacher.id)]


def test_where_there_is_no_deputy_head_the_head_is_told(town):
    Role.update(from_on=date(2025, 9, 1), until_on=date(2026, 1, 31)).where(
        Role.kind == "deputy_head"
    ).execute()
    register(town, kind="extract", request_id="x")
    new = new_reminders()
    sweep(MONDAY + 30 * DAY)
    assert ("after", "request", town.head.id) in new()


# Unusual terms and calendars


@pytest.mark.requirement("C2")
def test_clocks_across_three_time_zones_end_a_day_each_at_their_own_midnight(db):
    houses = [
        House(S2, zone, f"school-{zone[:6]}")
        for zone in ("Europe/Kaliningrad", "Asia/Yekaterinburg", "Asia/Kamchatka")
    ]
    for house in houses:
        quarter(house)
        house.lesson(date(2026, 10, 20))
    # Noon of the 25th in London: midnight in Kamchatka, just over.
    noon = clock.moment_of(date(2026, 10, 25), "12:00", "UTC")
    states = [{state for _, state in results_of(house, noon)} for house in houses]
    assert states == [{"due"}, {"due"}, {"overdue"}]
    sweep(noon)
    late = {
        row.school_id
        for row in Reminder.select()
        if row.stage == "after" and row.key.startswith("results")
    }
    assert late == {houses[2].school.id}


def test_a_school_that_joins_in_march_owes_nothing_of_the_months_before(house):
    for ordinal, (begin, end) in enumerate(
        ((date(2025, 9, 1), date(2025, 10, 24)), (date(2025, 11, 5), date(2025, 12, 27)),
         (date(2026, 1, 12), date(2026, 3, 20))), 1
    ):  # fmt: skip
        quarter(house, begin, end, ordinal)
    house.lesson(date(2026, 3, 16))
    now = house.at(date(2026, 3, 30), "12:00")
    words = [words for words, _ in results_of(house, now)]
    assert words == ["Алгебра, 7А, 3 четверть: нет отметок у 3 учеников"]
    (line,) = list_open_obligations(house.school.id, now, wanted=Wanted(row="C3"))
    assert line.event_on == date(2026, 3, 16)


def test_a_period_moved_after_its_end_moves_what_is_missing_and_no_verdict(house):
    period = quarter(house)
    house.lesson(date(2026, 10, 20))
    group = house.group
    ResultVerdict.create(
        school=house.school, key=f"period:{period.id}:{group.subject_id}:{house.pupils[0].id}",
        kind="period", school_year=period.school_year_id, study_period=period,
        pupil=house.pupils[0], subject=group.subject_id, teaching_group=group,
        teacher=house.teacher, event_on=period.until_on,
        entered_at=house.at(date(2026, 10, 27), "10:00"),
        due_at=house.at(date(2026, 10, 25), "23:59"),
        regulation_version=SchoolDesk(house.school.id, clock.now()).versions[0].version_id,
    )  # fmt: skip
    now = house.at(date(2026, 10, 28), "10:00")
    assert {state for _, state in results_of(house, now)} == {"overdue"}
    StudyPeriod.update(until_on=date(2026, 10, 27)).where(StudyPeriod.id == period.id).execute()
    assert {state for _, state in results_of(house, now)} == {"due"}
    (late,) = list_obligations(house.school.id, now, Wanted(row="C2", state="late"))
    assert late.event_on == date(2026, 10, 23)


@pytest.mark.requirement("A8")
def test_a_case_that_lies_in_two_versions_keeps_the_terms_of_its_first_day(town):
    case = register(town).service_request_id
    longer = with_terms(
        read_template(S2),
        {
            "A4": RegulatedTerm("A4", Term(9, Unit.WORKING_DAYS), "sheet_received", "п. 2.2"),
            "A8": RegulatedTerm("A8", Term(9, Unit.WORKING_DAYS), "registered", "п. 2.1"),
        },
    )
    tuesday = MONDAY + DAY
    add_version(
        find_act_of_school(town.school.id),
        NewVersion(longer, date(2026, 11, 17), "9", date(2026, 11, 17)),
        today=date(2026, 11, 17),
        act=act_of(town.deputy_head, tuesday),
    )
    decisions.receive_sheets(case, BOTH, act_of(town.class_teacher, tuesday), request_id="s")
    later = register(town, at=tuesday + HOUR, pupil_id=town.classmate.id, request_id="2")
    now = tuesday + 2 * HOUR
    due = {
        (line.row, line.subject_id): f"{clock.local(line.due_at, ZONE):%d.%m}"
        for line in list_open_obligations(town.school.id, now)
        if line.row in ("A4", "A8")
    }
    assert due == {
        ("A4", case): "18.11", ("A8", case): "19.11", ("A8", later.service_request_id): "30.11",
    }  # fmt: skip
    decisions.pass_on(case, act_of(town.class_teacher, now + DAY))
    (checked,) = list_obligations(town.school.id, now + 2 * DAY, Wanted(row="A4"))
    assert f"{clock.local(checked.due_at, ZONE):%d.%m}" == "18.11"


def test_a_year_that_is_not_confirmed_is_said_where_its_working_days_count(town):
    register(town, at=MONDAY, kind="extract", request_id="x")
    assert get_school_today(town.school.id, MONDAY).unconfirmed == ()
    december = clock.moment_of(date(2026, 12, 29), "12:00", ZONE)
    register(
        town, at=december, kind="extract", channel="post", request_id="y",
        names=Names("Королёв", "Пётр"),
    )  # fmt: skip
    assert get_school_today(town.school.id, december).unconfirmed == (2027,)
    # A term in calendar days asks no calendar.
    desk = SchoolDesk(town.school.id, december)
    marks = tuple(line for line in list_open_obligations(town.school.id, december) if
                  line.row in ("C1", "C3"))  # fmt: skip
    assert list_unconfirmed_years(desk, marks) == ()
