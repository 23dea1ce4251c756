"""Deferrals, closing, requests to change, exams, retakes, promotion; the summary sheet and the
diary's results (B2, B3, C4, E2–E4, H2)."""

from datetime import timedelta

import pytest

from blueprints.looks import COOKIE
from school import clock
from school.actions.deadlines import sweep_deadlines
from school.actions.history import Act
from school.actions.result_orders import AlreadyClosed, close_column
from school.models import (
    Closing,
    CouncilDecision,
    Deferral,
    Exam,
    History,
    Lesson,
    Letter,
    PeriodResult,
    ResultVerdict,
    Retake,
    SchoolClass,
    SweepClaim,
)
from school.queries.class_results import find_result_class, list_class_columns
from tests.blueprints.helpers import check_came_back, statements
from tests.results import column_address, give_marks, make_quarter, miss
from tests.town import account, person, role, today


@pytest.fixture
def quarter(town):
    found = make_quarter(town)
    give_marks(found.lessons, town.pupil, "5 4 4 4")
    give_marks(found.lessons, town.classmate, "2 2 2")
    return found


def decide(visit, town, period, **values):
    """The teacher types results: pupil's part of the town → value."""
    teacher = visit(town.teacher)
    page = teacher.get(column_address(town.group, period))
    fields = {f"result-{getattr(town, who).id}": value for who, value in values.items()}
    return teacher.follow(teacher.send(page, **fields))


def summary_address(town, rest=""):
    return f"/class/{town.school_class.id}/summary{rest}"


def day(n):
    return f"{today() + timedelta(days=n):%d.%m.%Y}"


def close(visitor, town, status=303):
    page = visitor.get(f"/oversight/classes/{town.school_class.id}/results")
    return visitor.send(page, form=-1, status=status)


# --- deferrals ---------------------------------------------------------------------------


@pytest.mark.clause("V 5, отсрочка", "S11 2.5, отсрочка")
@pytest.mark.requirement("E3")
def test_a_result_is_deferred_by_an_order(town, visit, quarter):
    leader = visit(town.class_teacher)
    address = f"/class/{town.school_class.id}/deferrals"
    page = leader.get(address)
    good = {
        "pupil": str(town.pupil.id), "column": f"period-{quarter.past.id}", "subject": "0",
        "until_on": day(14), "reason": "болезнь", "order_name": "15-У", "order_on": day(0),
    }  # fmt: skip
    for wrong, said in (
        ({"until_on": day(0)}, "позже"), ({"order_name": ""}, "номер приказа"),
        ({"order_on": day(1)}, "впереди"), ({"until_on": "завтра"}, "15.09.2026"),
    ):  # fmt: skip
        answer = leader.send(page, status=422, **{**good, **wrong})
        (name,) = wrong
        assert said in check_came_back(answer, name, wrong[name])
    sent = leader.send(page, **good)
    leader.send(page, **good)  # doubled
    assert Deferral.select().count() == 1
    assert "приказ № 15-У" in leader.follow(sent).main
    # Neither missing nor overdue before its day; the family reads it.
    teacher = visit(town.teacher)
    page = teacher.get(column_address(town.group, quarter.past))
    assert "Нет результата: 1." in page.main
    assert "отсрочка до" in page.main
    assert "Отложены приказом" in teacher.get("/gradebook/results").main
    page = visit(town.mother).get(f"/diary/{town.pupil.id}/results")
    assert "Все предметы, где результата ещё нет, 1 четверть: отложена до" in page.main
    assert "приказ № 15-У" in page.main
    # Its teacher is reminded when the day is near, once.
    for _ in range(2):
        sweep_deadlines(clock.now() + timedelta(days=12), worker="x", claimed_at=clock.now())
        SweepClaim.update(claimed_until=0).execute()
    letters = Letter.select().where(Letter.key.startswith("deferral:"))
    assert [letter.person_id for letter in letters] == [town.teacher.id]
    assert "Королёв" not in letters[0].body
    # Entered within it: the verdict waits for the deferral's day.
    decide(visit, town, quarter.past, pupil="4")
    verdict = ResultVerdict.get()
    assert clock.local(verdict.due_at, town.school.time_zone).date() == today() + timedelta(days=14)
    assert verdict.deferral_id == Deferral.get().id
    # Taken back, it defers nothing.
    page = leader.get(address)
    leader.send(page, form="end")
    assert "Отсрочек нет" in leader.get(address).main


# --- closing and what comes after --------------------------------------------------------


@pytest.mark.clause("V 5, итоги", "S11 2.5, итоги")
@pytest.mark.requirement("E2")
def test_closing_says_whose_results_are_missing(town, visit, quarter):
    deputy = visit(town.deputy_head)
    answer = close(deputy, town, 422)
    assert "закрыть нельзя, нет 2 результатов. Алгебра — Королёв Фёдор Ивановна" in answer.main
    page = deputy.get(f"/oversight/schools/{town.school.id}/results")
    assert "Нет результата: 2" in page.main
    decide(visit, town, quarter.past, pupil="4", classmate="2")
    deputy.follow(close(deputy, town))
    assert Closing.select().count() == 1
    assert "1 четверть: закрыто" in deputy.get(
        f"/oversight/schools/{town.school.id}/results"
    ).main  # fmt: skip


@pytest.mark.requirement("E2")
def test_a_class_with_no_results_to_give_is_told_what_may_be_closed(town, visit, quarter):
    grade = town.school_class.grade
    SchoolClass.create(school=town.school, school_year=town.year, grade=grade, letter="Ю")
    page = visit(town.deputy_head).get(f"/oversight/schools/{town.school.id}/results")
    (row,) = page.root.xpath(f"//tr[contains(., '{grade}Ю: результаты')]")
    assert "1 четверть: не закрыто; 2 четверть: идёт" in " ".join(row.itertext())


@pytest.mark.requirement("E2")
def test_of_two_who_close_at_once_one_is_told(town, visit, quarter):
    decide(visit, town, quarter.past, pupil="4", classmate="2")
    second = person(town.municipality, "Вторая")
    account(second)
    role(second, "deputy_head", town.school)
    deputy, other = visit(town.deputy_head), visit(second)
    address = f"/oversight/classes/{town.school_class.id}/results"
    mine, theirs = deputy.get(address), other.get(address)
    deputy.send(mine, form=-1)
    deputy.send(mine, form=-1)  # the same person twice does no harm
    answer = other.send(theirs, form=-1, status=422)
    assert "уже закрыт(а): Завучева Раиса Ивановна" in answer.main
    head = find_result_class(town.school_class.id)
    column = list_class_columns(head)[0]
    with pytest.raises(AlreadyClosed):
        close_column(head, column, today=today(), act=Act(clock.now(), second.id))
    assert Closing.select().count() == 1


@pytest.mark.requirement("H2")
def test_a_closed_result_is_changed_on_request_only(town, visit, quarter):
    decide(visit, town, quarter.past, pupil="4", classmate="2")
    deputy, teacher = visit(town.deputy_head), visit(town.teacher)
    close(deputy, town)
    page = teacher.get(column_address(town.group, quarter.past))
    name = f"result-{town.pupil.id}"
    answer = teacher.send(page, status=422, **{name: "5", f"why-{town.pupil.id}": "пересчёт"})
    assert "Период закрыт" in check_came_back(answer, name, "5")
    asking = teacher.get(answer.links()["Попросить завуча"])
    assert asking.fields()["wanted"] == "5"
    teacher.send(asking, status=422, reason="")
    teacher.send(asking, reason="Не учла контрольную")
    page = deputy.get("/oversight/changes")
    assert "отметка за период" in page.main
    deputy.send(page, decision="open")
    assert "Открыта до" in teacher.get(asking.address).main
    page = teacher.get(column_address(town.group, quarter.past))
    teacher.send(page, **{name: "5"})
    row = PeriodResult.get(PeriodResult.pupil == town.pupil)
    assert (row.value, row.why) == ("5", "Не учла контрольную")
    # One opening is of one result.
    answer = teacher.send(
        teacher.get(column_address(town.group, quarter.past)), status=422,
        **{f"result-{town.classmate.id}": "3", f"why-{town.classmate.id}": "x"},
    )  # fmt: skip
    assert "Период закрыт" in answer.main


# --- exams, retakes, the year, promotion --------------------------------------------------


@pytest.mark.clause("S2 1.3-3")
@pytest.mark.requirement("B3")
@pytest.mark.requirement("C4")
def test_an_exam_counts_from_when_its_results_came_in(town, visit, quarter):
    teacher = visit(town.teacher)
    page = teacher.get(f"/gradebook/groups/{town.group.id}/exam")
    good = {"title": "Годовая контрольная", "held_on": day(-3)}
    teacher.send(page, **good)
    address = column_address(town.group, None, "exam")
    page = teacher.get(address)
    assert "когда пришли результаты" in page.main
    assert not page.root.xpath("//form[@id='register']")
    page = teacher.get(f"/gradebook/groups/{town.group.id}/exam")
    answer = teacher.send(page, status=422, came_in_on=day(-4))
    assert "раньше экзамена" in check_came_back(answer, "came_in_on", day(-4))
    teacher.send(page, came_in_on=day(-1), came_in_at="10:00")
    exam = Exam.get()
    assert exam.recorded_by_id == town.teacher.id
    page = teacher.get(address)
    teacher.send(page, **{f"result-{town.pupil.id}": "5"})
    verdict = ResultVerdict.get()
    assert verdict.kind == "exam"
    # School 2 is silent: 24 hours, the strictest of the five.
    assert clock.local(verdict.due_at, town.school.time_zone).strftime("%d.%m.%Y %H:%M") == (
        f"{day(0)} 10:00"
    )
    page = visit(town.mother).get(f"/diary/{town.pupil.id}/results")
    # A comma: a voice would read mark and day as one number.
    assert "Алгебра, годовая контрольная: 5, " in page.main


def test_a_failed_result_is_retaken(town, visit, quarter):
    decide(visit, town, quarter.past, pupil="4", classmate="2")
    teacher = visit(town.teacher)
    page = teacher.get(column_address(town.group, quarter.past))
    assert f"pupil={town.pupil.id}" not in page.html
    page = teacher.get(f"{page.address}/retake?pupil={town.classmate.id}")
    teacher.send(page, status=422, held_on="", value="3")
    teacher.send(page, held_on=day(0), value="2")
    teacher.send(page, held_on=day(0), value="3")
    row = PeriodResult.get(PeriodResult.pupil == town.classmate)
    assert row.value == "3"
    assert [(r.ordinal, r.was, r.value) for r in Retake.select().order_by(Retake.ordinal)] == [
        (1, "2", "2"), (2, "2", "3"),
    ]  # fmt: skip
    assert "3*" in visit(town.class_teacher).get(summary_address(town)).main


def test_the_year_is_made_of_its_periods(town, visit, quarter):
    SchoolClass.update(grade=9).execute()
    teacher = visit(town.teacher)
    page = teacher.get(column_address(town.group, None, "year"))
    assert "нет результата: 1 четверть и 2 четверть" in page.main
    answer = teacher.send(page, status=422, **{f"result-{town.pupil.id}": "4"})
    assert "Поставьте сначала" in check_came_back(answer, f"result-{town.pupil.id}", "4")
    # A subject that ends with the first quarter has no result of the second.
    Lesson.update(cancelled_at=clock.now()).where(
        Lesson.teaching_group == town.group, Lesson.held_on >= today()
    ).execute()
    decide(visit, town, quarter.past, pupil="4", classmate="2")
    page = teacher.get(column_address(town.group, None, "year"))
    assert "4 : 1 = 4,00, порог 3,5" in page.main
    teacher.send(page, **{f"result-{town.pupil.id}": "4"})
    page = teacher.get(column_address(town.group, None, "final"))
    assert "4 : 1 = 4,00, порог 3,5" in page.main


def test_the_council_decides_on_promotion(town, visit, quarter):
    deputy = visit(town.deputy_head)
    address = f"/oversight/classes/{town.school_class.id}/council"
    page = deputy.get(address)
    choice = {
        f"decision-{town.pupil.id}": "promoted", f"decision-{town.classmate.id}": "conditional",
    }  # fmt: skip
    answer = deputy.send(page, status=422, minutes_name="", minutes_on=day(0), **choice)
    check_came_back(answer, "minutes_name", "")
    deputy.send(page, minutes_name="7", minutes_on=day(0), **choice)
    deputy.send(page, minutes_name="7", minutes_on=day(0), **choice)
    assert CouncilDecision.select().count() == 2
    page = visit(town.mother).get(f"/diary/{town.pupil.id}/results")
    assert f"переведён(а) в следующий класс, протокол № 7 от {day(0)}" in page.main


# --- the summary sheet --------------------------------------------------------------------


@pytest.mark.clause("S11 2.5, ведомость")
@pytest.mark.requirement("D6")
@pytest.mark.requirement("E4")
def test_the_summary_sheet_in_all_its_shapes(town, visit, quarter):
    decide(visit, town, quarter.past, pupil="4", classmate="2")
    miss(quarter.lessons[:2], town.pupil, "б")
    leader = visit(town.class_teacher)
    with statements() as seen:
        page = leader.get(summary_address(town))
    assert len(seen) <= 36
    row = " ".join(page.root.xpath("//tr[contains(., 'Королёв')]")[0].itertext())
    assert "1 четверть" in row
    assert "дней 2 (б 2), уроков 2 (б 2)" in " ".join(row.split())
    for by, said in (
        ("pupil", "Алгебра: 1 четверть — 4"), ("subject", "Королёв Фёдор Ивановна: 1 четверть — 4"),
    ):  # fmt: skip
        assert said in leader.get(summary_address(town, f"?by={by}")).main
    column = f"period-{quarter.past.id}"
    assert "2 четверть" not in " ".join(
        leader.get(summary_address(town, f"?column={column}")).root.xpath("//tbody//th//text()")
    )
    response = leader.client.get(summary_address(town, ".xlsx"))
    assert response.data.startswith(b"PK")
    for size in ("A4", "A3"):
        for points in (12, 24):
            paper = leader.get(summary_address(town, f"/paper?size={size}&points={points}"))
            assert "Королёв Фёдор" in paper.main
    assert visit(town.deputy_head).get(summary_address(town)).heading.startswith("Сводная")
    visit(town.administrator).get(summary_address(town), status=403)
    visit(town.teacher).get(summary_address(town), status=403)


@pytest.mark.clause("S2 1.3-2", "NT результат-2", "S11 1.4")
@pytest.mark.requirement("B2")
@pytest.mark.requirement("B12")
def test_the_family_reads_results_and_says_so(town, visit, quarter):
    decide(visit, town, quarter.past, pupil="4")
    mother = visit(town.mother, own_device=True)
    address = f"/diary/{town.pupil.id}/results"
    mother.get(address)  # what the session and the template cost once
    with statements() as seen:
        page = mother.get(address)
    assert len(seen) <= 9, "\n".join(seen)
    assert "Результаты" in page.links()
    assert "4" in " ".join(page.root.xpath("//tbody/tr[1]/td[1]//text()"))
    again = mother.client.get(address, headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304
    signing = mother.get(page.links()["Ознакомлен(а): 1 четверть"])
    assert "Алгебра: 4" in signing.main
    mother.send(signing)
    mother.send(signing)
    page = mother.follow(mother.send(signing))
    assert "Королёва Мария" in page.main
    assert "Ознакомлен(а): 1 четверть" not in page.links()
    leader = visit(town.class_teacher)
    seen_by = leader.get(f"/class/{town.school_class.id}/acknowledged")
    assert "Королёва Мария" in seen_by.main
    # What changed since is asked for anew.
    teacher = visit(town.teacher)
    column = teacher.get(column_address(town.group, quarter.past))
    teacher.send(column, **{f"result-{town.pupil.id}": "5", f"why-{town.pupil.id}": "олимпиада"})
    assert "потом изменилось" in mother.get(address).main
    # Staff read, and never sign.
    diary = f"/diary/{town.pupil.id}/week/{today()}"
    for week in (diary, f"{diary}?as=text"):
        assert "Ознакомлен(а)" in mother.get(week).links()
        assert "Ознакомлен(а)" not in leader.get(week).links()
    leader.get(f"{address}/acknowledge?column=period-{quarter.past.id}", status=403)
    week = mother.get(f"/diary/{town.pupil.id}/week/{today()}/acknowledge")
    mother.send(week)
    assert "Ознакомлен(а): Королёва Мария" in mother.get(week.address).main
    # The class teacher sees who has read which week.
    weeks = leader.get(seen_by.links()["По неделям"])
    row = weeks.root.xpath("//tr[th[contains(., 'Королёв')]]/td")[0]
    assert "Королёва Мария" in " ".join(row.itertext())
    assert "Королёва" not in leader.get(weeks.links()["Прошлая неделя"]).main
    for wrong in ("завтра", str(today() + timedelta(days=8))):
        leader.get(f"{seen_by.address}?week={wrong}", status=404)


@pytest.mark.requirement("B2")
@pytest.mark.requirement("H2")
def test_the_family_sees_what_was_corrected(town, visit, quarter):
    decide(visit, town, quarter.past, pupil="4")
    row = PeriodResult.get()
    # On a later day: what was mended the same day nobody need have seen.
    History.create(
        at=clock.now() + timedelta(days=2), school=town.school, actor=town.teacher,
        table_name="period_result", row=row.id, pupil=town.pupil, field="period_result", old="4",
        new="5", why="Не учла контрольную",
    )  # fmt: skip
    page = visit(town.mother).get(f"/diary/{town.pupil.id}/results")
    assert "Алгебра, 1 четверть: исправлено" in page.main
    assert "было 4, стало 5" in page.main
    assert "контрольную" not in page.main  # the reason is the school's


@pytest.mark.requirement("H19")
@pytest.mark.parametrize("look", ["one", "z200"])
def test_a_look_of_lists_shows_the_sheet_pupil_by_pupil(town, visit, quarter, look):
    """A table of fourteen columns laid row under row is a heap of dashes."""
    class_teacher = visit(town.class_teacher)
    assert class_teacher.get(summary_address(town)).root.xpath("//table[@class='dense']")
    class_teacher.client.set_cookie(COOKIE, look)
    page = class_teacher.get(summary_address(town))
    assert not page.root.xpath("//table[@class='dense']")
    assert "Алгебра: 1 четверть —" in page.main
