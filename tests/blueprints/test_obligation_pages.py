"""The school today over all rows, the lists behind its numbers, and the inspection's report."""

import re
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest

from school.models import AccessLog
from tests.blueprints.helpers import statements
from tests.school.test_obligations import fill
from tests.town import make_lesson, today


def address(town, name):
    return f"/oversight/schools/{town.school.id}/{name}"


@pytest.mark.requirement("C10")
@pytest.mark.requirement("C1")
def test_every_number_of_the_school_today_is_a_list(town, visit):
    fill(town)
    deputy = visit(town.deputy_head)
    assert address(town, "today") in deputy.get("/oversight/").links().values()
    page = deputy.get(address(town, "today"))
    assert "Срок прошёл: " in page.words
    assert "не позже 3 дней, п. 5.1" in page.words
    numbers = {}
    for words, link in page.links().items():
        if "/obligations?" in link:
            numbers[link] = int(re.match(r"\d+", words).group())
    assert {link.split("?")[1].split("=")[0] for link in numbers} >= {"state"}
    assert len(numbers) >= 8
    # A row's, a person's and a class's.
    for part in ("row=C1", "who=teacher-", "class="):
        link = next(link for link in numbers if part in link and "overdue" in link)
        shown = deputy.get(link)
        assert f"Всего: {numbers[link]}." in shown.words
        assert shown.html.count("<li>", shown.html.index("Всего:")) == numbers[link]
    assert "Контрольная работа" in shown.words
    assert "Учителева Вера" in shown.words


@pytest.mark.requirement("C10")
def test_the_inspections_report_is_a_page_a_paper_and_a_sheet(town, visit):
    fill(town)
    head = visit(town.head)
    day = today() - timedelta(days=8)
    span = f"?from={day}&until={day}"
    page = head.get(address(town, "terms") + span)
    assert "66,6 % (2 из 3); должно быть 100 %" in page.words
    assert "Срок прошёл, не сделано: 3" in page.words  # the work's marks and two attendances
    assert "Сделано с опозданием: 1" in page.words
    assert "Замечаний за эти дни нет." in page.words
    late = head.get(next(link for link in page.links().values() if link.endswith("state=late")))
    assert "Петров-Сосновский Артём" in late.words
    paper = head.get(address(town, "terms/paper") + span)
    assert "Петров-Сосновский Артём" in paper.words
    with ZipFile(BytesIO(head.client.get(address(town, "terms.xlsx") + span).data)) as sheet:
        shown = sheet.read("xl/sharedStrings.xml").decode()
    assert "Петров-Сосновский Артём" in shown
    assert AccessLog.select().where(AccessLog.event == "export").count() == 1
    wrong = head.get(address(town, "terms?from=x&until=y"), status=422)
    assert "Напишите обе даты так" in wrong.words


def test_statements_do_not_grow_with_what_is_owed(town, visit):
    deputy = visit(town.deputy_head)

    def count(name):
        deputy.get(address(town, name))
        with statements() as seen:
            deputy.get(address(town, name))
        return len(seen)

    fill(town)
    few = [count("today"), count("terms")]
    for n in range(9, 20):
        make_lesson(town.group, town.teacher, today() - timedelta(days=n))
    assert [count("today"), count("terms")] == few
    assert few[0] <= 40
    assert few[1] <= 60
