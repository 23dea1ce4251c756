"""Visits at the desk, and what is given out in writing (C5, C6, D2, D3, D5)."""

from datetime import timedelta

import pytest

from school import clock
from school.actions.papers import forget_old_papers
from school.models import (
    Enrolment,
    IssuedHandOver,
    IssuedPaper,
    Mark,
    Paper,
    SchoolClass,
    ServiceRequest,
    Visit,
)
from tests.blueprints.helpers import make_work


@pytest.fixture
def office(town, visit):
    return visit(town.administrator)


def arrive(visitor, who="мама Королёва Фёдора", **values):
    page = visitor.get("/visits/")
    return visitor.send(page, form="/arrivals/", visitor=who, **values)


def answer(visitor, page, status=303, **values):
    """Send the form in which the answer is written down."""
    forms = page.root.xpath("//form")
    number = next(n for n, form in enumerate(forms) if form.xpath(".//*[@name='answer']"))
    return visitor.send(page, form=number, status=status, **values)


def step(visitor, page, name, status=303, **values):
    answer = visitor.send(page, form=f"/{name}", status=status, **values)
    return visitor.follow(answer) if status == 303 else answer


@pytest.mark.requirement("C6")
@pytest.mark.clause("S2 3.3", "S2 3.4")
def test_who_arrives_waits_with_a_due_minute_until_somebody_begins(town, visit, office):
    empty = office.send(office.get("/visits/"), form="/arrivals/", status=422, visitor=" ")
    assert "Напишите, кто пришёл" in empty.main
    desk = office.follow(arrive(office))
    row = Visit.get()
    waiting = row.due_at - row.arrived_at
    assert timedelta(minutes=15) <= waiting < timedelta(minutes=16), "Регламент СОШ № 2, п. 3.4"
    assert "Ждут: 1" in desk.main
    due = clock.local(row.due_at, town.school.time_zone)
    assert f"ждёт 0 минут, принять до {due:%H:%M}" in desk.main
    # Minutes run by themselves; what is being typed is not in what comes anew.
    (lists,) = desk.root.xpath("//*[@id='desk']")
    assert (lists.get("hx-get"), lists.get("hx-select")) == ("/visits/", "#desk")
    assert not lists.xpath(".//*[@name='visitor']")
    assert "Личный приём: ждут 1" in visit(town.deputy_head).get("/oversight/").main
    assert visit(town.other_teacher).get(f"/visits/{row.id}", status=404)
    page = step(office, desk, "begin")
    assert Visit.get().begun_by_id == town.administrator.id
    wrong = answer(office, page, 422, question="Как учится?")
    assert "Напишите коротко, что ответили" in wrong.main
    assert 'value="Как учится?"' in wrong.html
    done = office.follow(answer(office, page, question="Как учится?", answer="Хорошо."))
    assert "Сегодня закончено: 1" in done.main
    paper = office.get(f"/visits/journal/{town.school.id}").main
    assert "Посещений: 1, из них ждали дольше положенного: 0." in paper
    assert "Как учится? Хорошо." in paper
    assert office.client.get(f"/visits/journal/{town.school.id}.xlsx").data[:2] == b"PK"


@pytest.mark.requirement("C6")
def test_a_visit_is_passed_on_to_a_colleague_who_sees_it_first(town, visit, office):
    arrive(office, begin=None)
    row = Visit.get()
    page = office.get(f"/visits/{row.id}")
    assert "Выберите коллегу" in step(office, page, "pass", 422, colleague="").main
    step(office, page, "pass", colleague=str(town.teacher.id), word="об алгебре")
    teacher = visit(town.teacher)
    assert "Вас ждут на личном приёме: 1" in teacher.get("/gradebook/").main
    page = teacher.get(f"/visits/{row.id}")
    assert "об алгебре" in page.main
    answer(teacher, page, answer="Рассказала о контрольной.")
    row = Visit.get()
    assert (row.ending, row.begun_by_id) == ("answered", town.teacher.id)
    # The page of before: the summary leads to no field that is gone.
    assert "Выберите коллегу" in step(teacher, page, "pass", 422, colleague="").main
    Visit.update(arrived_at=row.arrived_at - timedelta(minutes=20), due_at=row.due_at
                 - timedelta(minutes=20)).execute()  # fmt: skip
    assert "20 минут, не в срок" in office.get(f"/visits/journal/{town.school.id}").main


@pytest.mark.requirement("C5")
@pytest.mark.requirement("D2")
@pytest.mark.requirement("H17")
@pytest.mark.clause("V 2-3", "S11 2.2-3", "NT результат-1", "NT сроки, выписка")
def test_an_extract_is_given_at_once_at_a_visit_and_its_copy_stays_what_it_was(
    town, office, data_dir
):
    work = make_work(town.lesson)
    mark = Mark.create(
        school=town.school, work=work, pupil=town.pupil, position=1, value="5",
        entered_at=clock.now(), entered_by=town.teacher,
    )  # fmt: skip
    office.follow(arrive(office, begin="1"))
    row = Visit.get()
    page = office.get(f"/visits/{row.id}?q=корол")
    page = step(office, page, "pupil", pupil=str(town.pupil.id))
    choose = step(office, page, "ask", kind="extract", who=str(town.mother.id))
    assert "Королёва Мария" in choose.main
    wrong = office.get(f"/visits/{row.id}/paper?from_on=вчера", status=422)
    assert "Напишите дату так" in wrong.main
    paper = office.follow(office.send(choose, words="Дана по месту требования."))
    assert paper.heading.startswith("Выписка из классного журнала № 1 от")
    for words in ("Контрольная работа", "Дана по месту требования.", "Составил(а)", "М. П."):
        assert words in paper.main, words
    request_row = ServiceRequest.get()
    assert (request_row.stage, request_row.channel) == ("ready", "visit")
    assert request_row.met_at is not None
    assert request_row.due_at - request_row.registered_at < timedelta(days=1)
    refused = office.send(paper, form="/hand-over", status=422, documents=None)
    assert "Пакет неполный" in refused.main
    office.send(paper, form="/hand-over", documents="application")
    assert Visit.get().answer == "Выписка № 1"
    assert ServiceRequest.get().stage == "done"
    Mark.update(value="2").where(Mark.id == mark.id).execute()
    issued = IssuedPaper.get()
    later = office.get(f"/papers/issued/{issued.id}")
    assert "Копия цела" in later.main
    assert "Отдано лично в руки" in later.main
    assert ">5<" in later.html
    forget_old_papers(data_dir, clock.now() + timedelta(days=400))
    assert ">5<" in office.get(f"/papers/issued/{issued.id}").html, "kept for good"
    Paper.update(source="<!--body-->2<!--/body-->").execute()
    assert "Копия повреждена" in office.get(f"/papers/issued/{issued.id}").main


@pytest.mark.requirement("D3")
@pytest.mark.requirement("D5")
@pytest.mark.clause("S2 3.6")
def test_written_information_is_made_handed_over_in_person_and_registered(town, visit, office):
    page = office.get(f"/office/requests/new/{town.pupil.id}")
    case = office.follow(office.send(page, kind="written_information", channel="post"))
    choose = office.get(case.links()["Выбрать дни и сделать бумагу"])
    first = office.follow(office.send(choose))
    again = office.get(f"/office/requests/{ServiceRequest.get().id}/paper")
    assert "Информация № 1 уже сделана" in again.main
    second = office.follow(office.send(again))
    assert "Передают только лично в руки" in second.main
    assert "бумага новее, № 2" in office.get(f"/papers/issued/{IssuedPaper.get().id}").main
    late = office.send(first, form="/hand-over", status=422, documents="application")
    assert "есть бумага новее, № 2" in late.main
    sent = office.send(
        second, form="/hand-over", status=422, way="post", documents="application", note="1"
    )
    assert "только лично в руки" in sent.main
    office.send(second, form="/hand-over", documents="application", taker="Королёва М. И.")
    assert IssuedHandOver.select().count() == 1
    register = office.get(f"/visits/issued/{town.school.id}").main
    for words in ("№ 1–2 подряд, без пропусков: 2 бумаги.", "не отдана, вместо неё № 2",
                  "лично в руки: Королёва М. И."):  # fmt: skip
        assert words in register, words
    assert office.client.get(f"/visits/issued/{town.school.id}.xlsx").data[:2] == b"PK"
    requests = office.get(f"/office/requests/register/{town.school.id}").main
    assert "№ 1 подряд, без пропусков: 1 заявление." in requests
    assert visit(town.class_teacher).get(f"/papers/issued/{IssuedPaper.get().id}")
    assert visit(town.other_teacher).get(f"/papers/issued/{IssuedPaper.get().id}", status=403)
    assert visit(town.head).get(f"/papers/issued/{IssuedPaper.get().id}")


@pytest.mark.requirement("A10")
def test_a_class_teacher_gives_papers_of_the_own_class_alone(town, visit):
    leader = visit(town.class_teacher)
    other = SchoolClass.create(school=town.school, school_year=town.year, grade=7, letter="Б")
    Enrolment.update(school_class=other).where(Enrolment.pupil == town.pupil).execute()
    arrive(leader, begin="1")
    row = Visit.get()
    page = leader.get(f"/visits/{row.id}?q=корол")
    page = step(leader, page, "pupil", pupil=str(town.pupil.id))
    assert "Дать на бумаге сразу" not in page.main
    asked = {**page.fields("/pass"), "kind": "extract", "who": str(town.mother.id)}
    leader.post(f"/visits/{row.id}/ask", asked, status=404)
    assert not ServiceRequest.select().exists()
