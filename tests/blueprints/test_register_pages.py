"""Pages of a register for the archive: whole, on sheets that hold them, for who may read (D6)."""

import re
from datetime import timedelta

import pytest

from blueprints.papers.documents import paper_source
from blueprints.papers.register_pages import LessonSheet, MarkSheet, register_document
from school import clock, printing
from school.models import Homework, Lesson, Person
from school.queries.groups import find_group
from school.queries.register_pages import get_register_pages
from tests.databases import on_sqlite
from tests.full_grid import build_full_grid
from tests.paper import margins_of, numbers_of, text_of, wanted_numbers
from tests.town import today

LONG = "Константинопольская-Задунайская"


@pytest.fixture
def crowded(town):
    """Forty pupils, one with the longest name there is, and sixty lessons."""
    group = build_full_grid(town, pupils=40, columns=60)
    longest = Person.select().order_by(Person.id.desc()).first()
    Person.update(surname=LONG, given_name="Александра-Виктория").where(
        Person.id == longest.id
    ).execute()
    first = Lesson.select().where(Lesson.teaching_group == group).order_by(Lesson.id).first()
    Lesson.update(topic="Длинная тема урока. " * 12).where(Lesson.id == first.id).execute()
    Homework.create(school=town.school, lesson=first, text="Читать <b>§ 1</b> и решать. " * 40)
    return find_group(group.id)


@on_sqlite
@pytest.mark.parametrize(("size", "points"), [("A4", 12), ("A3", 12), ("A4", 24)])
def test_forty_pupils_and_sixty_lessons_stand_on_their_sheets(app, crowded, tmp_path, size, points):
    with app.test_request_context("/"):
        pages = get_register_pages(crowded, today())
        document = register_document(pages, size, points)
        pdf = printing.make_pdf(paper_source(document), clock.now())
    assert numbers_of(pdf) == wanted_numbers(len(document.sheets))
    # The left margin is for binding; nothing goes over the right edge or the bottom.
    for page in (2, len(document.sheets)):
        left, _, right, bottom = margins_of(pdf, tmp_path, page)
        assert left >= 18
        assert right >= 8
        assert bottom >= 10
    parts = [part for sheet in document.sheets for part in sheet]
    if points == 12:
        grids = [part for part in parts if isinstance(part, MarkSheet)]
        assert sum(len(grid.heads) * len(grid.rows) for grid in grids) == 60 * 40
        lessons = [row for part in parts if isinstance(part, LessonSheet) for row in part.rows]
        assert len(lessons) == 60
        assert {len(part.heads) for part in grids} <= {15, 20, 30}
    text = " ".join(text_of(pdf))
    assert "Задунайская" in text
    assert "<b>§" in text


@pytest.mark.requirement("D6")
def test_the_register_goes_to_paper_from_its_grid(visit, town):
    """Who teaches the group opens its pages from the grid, in all sizes, and gets the PDF."""
    Lesson.update(topic="Дроби").where(Lesson.id == town.yesterday.id).execute()
    Lesson.update(topic="Ещё не было").where(Lesson.id == town.tomorrow.id).execute()
    teacher = visit(town.teacher)
    grid = teacher.get(f"/gradebook/groups/{town.group.id}")
    page = teacher.get(grid.links()["Страницы для архива"])
    assert "Петров-Сосновский Артём" in page.main
    assert "Дроби" in page.main
    assert f"{today() - timedelta(days=1):%d.%m}" in page.main
    assert "Ещё не было" not in page.main
    assert "Учителева" in page.main
    assert "Шрифт 18" in page.links()
    large = teacher.get(page.links()["Шрифт 24"])
    assert re.search(r"Тема: Дроби", large.main)
    answer = teacher.send(page, form=-1)
    paper = teacher.follow(answer)
    assert "Страницы журнала" in paper.main


def test_a_period_of_another_group_is_not_there(visit, town):
    address = f"/gradebook/groups/{town.group.id}/paper"
    assert visit(town.class_teacher).client.get(f"{address}?period=999").status_code == 404
    assert visit(town.class_teacher).client.get(f"{address}?size=A3").status_code == 200
    assert visit(town.colleague).client.get(address).status_code == 404
