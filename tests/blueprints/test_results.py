"""Results of a group on their page: what is proposed, what the teacher decides (E2, B2, H1, H2)."""

import json
from datetime import timedelta

import pytest

from school import clock
from school.models import (
    GroupMembership,
    GroupTeacher,
    History,
    Mark,
    PeriodResult,
    ResultVerdict,
    Revision,
    StudyPeriod,
    TeachingGroup,
)
from tests.blueprints.helpers import check_came_back, statements
from tests.results import column_address, give_marks, make_quarter, miss
from tests.town import enrol, member, person, today

pytestmark = pytest.mark.requirement("E2")


@pytest.fixture
def quarter(town):
    found = make_quarter(town)
    give_marks(found.lessons, town.pupil, "5 4 4 4")  # 4,25
    give_marks(found.lessons, town.classmate, "3 5")  # too few
    return found


def field_of(pupil, what="result"):
    return f"{what}-{pupil.id}"


def open_page(visitor, town, quarter):
    return visitor.get(column_address(town.group, quarter.past))


def results_of(town):
    return {row.pupil_id: row for row in PeriodResult.select()}


@pytest.mark.requirement("H1")
def test_the_program_proposes_with_the_sum_and_the_teacher_decides(town, visit, quarter):
    teacher = visit(town.teacher)
    page = open_page(teacher, town, quarter)
    assert "Нет результата: 2." in page.main
    assert "(5 + 4 + 4 + 4) : 4 = 4,25, порог 3,5" in page.main
    assert "2 отметки, а нужно 3, средний 4,00" in page.main
    with statements() as seen:
        saved = teacher.send(page, **{field_of(town.pupil): "4"})
    assert len(seen) < 60
    page = teacher.follow(saved)
    assert page.fields()[field_of(town.pupil)] == "4"
    assert "Нет результата: 1." in page.main
    row = results_of(town)[town.pupil.id]
    assert (row.value, row.proposed, row.kind, row.study_period_id) == (
        "4", "4", "period", quarter.past.id,
    )  # fmt: skip
    line = History.get(History.table_name == "period_result")
    assert (line.row, line.field, line.old, line.new) == (row.id, "period_result", "", "4")
    assert (line.actor_id, line.pupil_id) == (town.teacher.id, town.pupil.id)
    assert Revision.get(Revision.scope == "pupil", Revision.subject == town.pupil.id).n == 1


@pytest.mark.requirement("H1")
def test_outside_the_proposal_asks_why_beside_the_field(town, visit, quarter):
    teacher = visit(town.teacher)
    page = open_page(teacher, town, quarter)
    both = {field_of(town.pupil): "5", field_of(town.classmate): "н"}
    answer = teacher.send(page, status=422, **both)
    assert "Предложено «4»" in check_came_back(answer, field_of(town.pupil, "why"), "")
    assert answer.fields()[field_of(town.pupil)] == "5"
    # The good one is saved beside it.
    assert {p: row.value for p, row in results_of(town).items()} == {town.classmate.id: "н/а"}
    teacher.send(answer, **{field_of(town.pupil, "why"): "Победа на олимпиаде"})
    row = results_of(town)[town.pupil.id]
    assert (row.value, row.proposed, row.why) == ("5", "4", "Победа на олимпиаде")
    assert "Победа на олимпиаде" in teacher.get(f"{page.address}/history").main


def test_all_proposals_are_taken_in_one_action(town, visit, quarter):
    third = person(town.municipality, "Яковлева")
    member(town.group, third)
    enrol(town.school_class, third)
    give_marks(quarter.lessons, third, "5 5 5")
    teacher = visit(town.teacher)
    page = open_page(teacher, town, quarter)
    give_marks(quarter.lessons[4:], third, "2 2")  # meanwhile another one is proposed
    page = teacher.follow(teacher.send(page, form="accept"))
    # «н/а», and what was not proposed as it was seen, stay the teacher's.
    assert {p: row.value for p, row in results_of(town).items()} == {town.pupil.id: "4"}
    assert "Принято предложений: 1" in page.words


@pytest.mark.parametrize(("value", "said"), [("6", "Подходят: 5, 4, 3, 2"), (".", "отсрочка")])
def test_what_is_no_result_comes_back(town, visit, quarter, value, said):
    teacher = visit(town.teacher)
    page = open_page(teacher, town, quarter)
    answer = teacher.send(page, status=422, **{field_of(town.pupil): value})
    assert said in check_came_back(answer, field_of(town.pupil), value)


def test_somebody_elses_decision_is_not_overwritten_unseen(town, visit, quarter):
    GroupTeacher.create(
        school=town.school, teaching_group=town.group, teacher=town.colleague, from_on=today()
    )
    teacher, colleague = visit(town.teacher), visit(town.colleague)
    page = open_page(teacher, town, quarter)
    colleague.send(open_page(colleague, town, quarter), **{field_of(town.pupil): "4"})
    answer = teacher.send(
        page, status=422, **{field_of(town.pupil): "3", field_of(town.pupil, "why"): "контрольная"}
    )
    assert "Соседкина Нина Ивановна" in check_came_back(answer, field_of(town.pupil), "3")
    # Sending again is a decision.
    teacher.send(answer)
    assert results_of(town)[town.pupil.id].value == "3"


def test_a_pupil_who_left_gets_no_result(town, visit, quarter):
    GroupMembership.update(until_on=today() - timedelta(days=5)).where(
        GroupMembership.pupil == town.pupil
    ).execute()
    teacher = visit(town.teacher)
    page = open_page(teacher, town, quarter)
    assert "последний день" in page.main
    assert field_of(town.pupil) not in page.fields()
    address = column_address(town.group, quarter.past)
    kept = {name: page.fields()[name] for name in ("csrf_token", "seen")}
    answer = teacher.post(address, {**kept, field_of(town.pupil): "5"}, status=422)
    assert "результат за период не ставят" in answer.main
    assert "Вы ввели: «5»" in answer.main
    stranger = {**kept, field_of(town.other_pupil): "5"}
    assert "не учился в группе" in teacher.post(address, stranger, status=422).main
    assert not results_of(town)


def test_a_newcomer_and_who_was_ill_all_of_it(town, visit, quarter):
    miss(quarter.lessons, town.classmate)
    miss([town.yesterday], town.classmate)
    newcomer = person(town.municipality, "Новая")
    came_on = today() - timedelta(days=4)
    member(town.group, newcomer, from_on=came_on)
    enrol(town.school_class, newcomer, from_on=came_on)
    give_marks(quarter.lessons[-3:], newcomer, "5 5 5")
    page = open_page(visit(town.teacher), town, quarter)
    assert "пропущено 7 из 7 уроков, больше всего по болезни; или отсрочка" in page.main
    assert "в группе с" in page.main
    # One lesson a day since then, and so many marks are enough.
    assert "(5 + 5 + 5) : 3 = 5,00, порог 4,5" in page.main


def test_a_late_mark_offers_the_result_again(town, visit, quarter):
    teacher = visit(town.teacher)
    page = open_page(teacher, town, quarter)
    teacher.send(page, **{field_of(town.pupil): "4"})
    give_marks(quarter.lessons[4:], town.pupil, "5*5 5*5")
    page = open_page(teacher, town, quarter)
    assert "Теперь 5" in page.main
    assert "было предложено 4" in page.main
    # Nothing changed by itself, and the new proposal needs no reason.
    assert page.fields()[field_of(town.pupil)] == "4"
    teacher.send(page, **{field_of(town.pupil): "5"})
    assert "Теперь" not in open_page(teacher, town, quarter).main


@pytest.mark.requirement("C2")
def test_a_first_result_is_judged_by_when_it_was_owed(town, visit, quarter):
    teacher = visit(town.teacher)
    page = open_page(teacher, town, quarter)
    teacher.send(page, **{field_of(town.pupil): "4"})
    verdict = ResultVerdict.get()
    due = clock.local(verdict.due_at, town.school.time_zone)
    assert (due.date(), f"{due:%H:%M}") == (today() + timedelta(days=1), "23:59")
    assert verdict.entered_at <= verdict.due_at
    assert verdict.event_on == quarter.past.until_on
    # A correction changes no verdict.
    page = open_page(teacher, town, quarter)
    teacher.send(page, **{field_of(town.pupil): "3", field_of(town.pupil, "why"): "ошибка"})
    assert ResultVerdict.select().count() == 1
    assert ResultVerdict.get().entered_at == verdict.entered_at


@pytest.mark.requirement("H3")
def test_cells_are_saved_one_by_one_as_the_script_sends_them(town, visit, quarter):
    teacher = visit(town.teacher)
    page = open_page(teacher, town, quarter)
    fields = page.fields()
    address = column_address(town.group, quarter.past)
    page_id = page.root.xpath("//form[@id='register']/@data-page")[0]

    def send(sequence, status, **cells):
        kept = {name: fields[name] for name in ("csrf_token", "seen")}
        response = teacher.client.post(
            address,
            data={**kept, "page": page_id, "sequence": str(sequence), **cells},
            headers={"Accept": "application/json", "HX-Request": "true"},
        )
        assert response.status_code == status, response.get_data(as_text=True)
        return json.loads(response.get_data(as_text=True))

    name, why = field_of(town.pupil), field_of(town.pupil, "why")
    answer = send(1, 422, **{name: "5", why: ""})
    assert answer["cells"][name]["value"] == ""
    assert "Предложено «4»" in answer["cells"][name]["error"]
    answer = send(2, 200, **{name: "5", why: "олимпиада"})
    assert answer["cells"] == {
        name: {"value": "5", "typed": "5"}, why: {"value": "олимпиада"},
    }  # fmt: skip
    # An older save that arrives later changes nothing, nor does the same one once more.
    send(1, 200, **{name: "3", why: "x"})
    assert send(2, 200, **{name: "5", why: "олимпиада"})["saved"] == 0
    assert results_of(town)[town.pupil.id].value == "5"
    # From the page as it was, another value of its own is no conflict.
    answer = send(3, 200, **{name: "н", why: "решение комиссии"})
    assert answer["cells"][name]["value"] == "н/а"


def test_a_group_without_marks_says_so(town, visit, quarter):
    TeachingGroup.update(marking="none").where(TeachingGroup.id == town.group.id).execute()
    teacher = visit(town.teacher)
    page = teacher.get(f"/gradebook/groups/{town.group.id}/results")
    assert "без отметок: результатов за период и за год у этой группы нет" in page.main
    teacher.get(column_address(town.group, quarter.past), status=404)


def test_a_group_of_passes_is_proposed_passes(town, visit, quarter):
    TeachingGroup.update(marking="pass").where(TeachingGroup.id == town.group.id).execute()
    third = quarter.lessons[:3]
    Mark.delete().execute()
    give_marks(third, town.pupil, "зач зач незач")
    teacher = visit(town.teacher)
    page = open_page(teacher, town, quarter)
    assert "зач — 2, незач — 1" in page.main
    teacher.send(page, **{field_of(town.pupil): "з"})
    assert results_of(town)[town.pupil.id].value == "зач"


def test_the_teacher_finds_what_is_missing(town, visit, quarter):
    teacher = visit(town.teacher)
    page = teacher.get("/gradebook/results")
    assert "Нет результата: 2" in page.main
    assert "Алгебра, 7А, 1 четверть" in page.links()
    assert "Королёв Фёдор" in page.main
    page = teacher.get(f"/gradebook/groups/{town.group.id}/results", status=303)
    assert page.headers["Location"].endswith(f"/period-{quarter.past.id}")


def test_a_period_that_has_not_begun_takes_nothing(town, visit, quarter):
    from_on = today() + timedelta(days=1)
    StudyPeriod.update(from_on=from_on).where(StudyPeriod.id == quarter.present.id).execute()
    teacher = visit(town.teacher)
    page = teacher.get(column_address(town.group, quarter.present))
    assert "ещё не начался" in page.main
    assert not page.root.xpath("//form[@id='register']")


def test_others_read_and_do_not_write(town, visit, quarter):
    address = column_address(town.group, quarter.past)
    for who in (town.class_teacher, town.deputy_head, town.head):
        page = visit(who).get(address)
        assert not page.root.xpath("//form[@id='register']")
        visit(who).post(address, {}, status=404 if who is town.teacher else 403)
    for who in (town.colleague, town.other_teacher):
        visit(who).get(address, status=404)
    visit(town.mother).get(address, status=403)
