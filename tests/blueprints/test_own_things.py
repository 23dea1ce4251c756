"""What a family waits for: until when, by which clause, and who has it (A14, issue «parents»)."""

from datetime import timedelta

import pytest

from school.models import Excuse, StudyPeriod
from tests.blueprints.test_limits import hide
from tests.results import column_address, give_marks, make_quarter
from tests.town import today

DAY = timedelta(days=1)


@pytest.fixture
def quarter(town):
    found = make_quarter(town)
    give_marks(found.lessons, town.pupil, "5 4 4 4")
    return found


def section(page, heading):
    """The words of a page from a heading to the next."""
    (title,) = page.root.xpath(f"//h2[normalize-space()='{heading}']")
    return text_of(title.getnext())


@pytest.mark.requirement("A8")
@pytest.mark.requirement("A13")
@pytest.mark.requirement("H9")
def test_open_things_say_until_when_and_who_has_them(town, visit, quarter):
    mother = visit(town.mother)
    assert "Что сейчас в работе" in mother.get("/account/").words
    mother.send(
        mother.get("/account/requests/new"), kind="extract", child=str(town.pupil.id), words="Год"
    )
    mother.send(mother.get("/help/ask"), form="/help/ask", text="Почему «н»?")
    away = mother.get(f"/diary/{town.pupil.id}/attendance/excuse")
    mother.send(away, from_on=f"{today() + DAY:%d.%m.%Y}", reason="ill")
    assert Excuse.select().count() == 1
    page = mother.get("/account/")
    shown = section(page, "Что сейчас в работе")
    extract, question, excuse, results = (
        next(line for line in map(text_of, page.root.xpath("//main//li")) if word in line)
        for word in ("Заявление № 1", "Вопрос школе", "Отсутствие", "Результаты")
    )
    assert "выписка из классного журнала, Королёв Фёдор" in extract
    assert "до конца" in extract.lower()
    assert "не позже 7 рабочих дней от регистрации заявления" in extract
    assert "по умолчанию: регламент об этом молчит" in extract
    assert "У кого: администратор" in extract
    assert "в регламенте срока нет, так отвечает школа" in question
    assert "Срок в регламенте не назван. У кого: классный руководитель Классная" in excuse
    due = quarter.past.until_on + 2 * DAY
    assert f"до конца {due.day} " in results.lower()
    assert "(п. 5.2)" in results
    assert "Алгебра (Учителева" in results
    assert "срок прошёл" not in shown.lower()
    for address in [a for w, a in page.links().items() if w.startswith(("Заявление № 1", "Рез"))]:
        mother.get(address)
    # Nobody else waits for what this mother asked.
    father = visit(town.father).get("/account/").words
    assert "Заявление № 1" not in father
    assert "Результаты" in father


@pytest.mark.requirement("B2")
def test_the_diary_says_it_where_it_stands(town, visit, quarter):
    mother = visit(town.mother)
    away = mother.get(f"/diary/{town.pupil.id}/attendance/excuse")
    mother.send(away, from_on=f"{today():%d.%m.%Y}", reason="ill")
    told = mother.get(f"/diary/{town.pupil.id}/attendance").words
    assert "Ждёт ответа классного руководителя (Классная" in told
    address = f"/diary/{town.pupil.id}/results"
    assert "1 четверть: Алгебра (Учителева" in section(mother.get(address), "Ещё не выставлено")
    # Late the next day after its term, and gone when it is there.
    StudyPeriod.update(until_on=today() - 4 * DAY).where(
        StudyPeriod.id == quarter.past.id
    ).execute()
    late = mother.get(f"{address}?anew=1")
    assert "Срок прошёл, до конца" in section(late, "Ещё не выставлено")
    assert "срок прошёл" in mother.get("/account/").words.lower()
    teacher = visit(town.teacher)
    page = teacher.get(column_address(town.group, quarter.past))
    teacher.send(page, **{f"result-{town.pupil.id}": "4"})
    assert "Ещё не выставлено" not in mother.get(address).words


@pytest.mark.requirement("H10")
def test_of_what_is_hidden_nothing_is_said(town, visit, quarter):
    hide(town, "marks")
    assert "Результаты" not in visit(town.father).get("/account/").words
    assert "Результаты" in visit(town.mother).get("/account/").words


def text_of(element):
    return " ".join("".join(element.itertext()).split())
