"""Statistics, lists, the curriculum plan and the class teacher's report, as pages and files."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from school import clock
from school.models import (
    AccessLog,
    Attendance,
    CurriculumLine,
    Mark,
    Paper,
    PeriodResult,
    StudyPeriod,
    Subject,
)
from tests.blueprints.helpers import address_of, make_work, open_session
from tests.town import enrol, make_lesson, member, person, year_start


@pytest.fixture
def quarter(town):
    """A quarter of 7А with «5», «4», «3» and «н/а»; one of them came in its middle."""
    start = year_start()
    period = StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1,
        name="1-я четверть", from_grade=1, until_grade=9,
        from_on=start, until_on=start + timedelta(days=50),
    )  # fmt: skip
    for n, value in enumerate(("5", "4", "3", "н/а")):
        pupil = person(town.municipality, f"Ученик{n}")
        came = start + timedelta(days=20) if n == 3 else start
        enrol(town.school_class, pupil, from_on=came)
        member(town.group, pupil)
        PeriodResult.create(
            school=town.school, school_year=town.year, pupil=pupil, subject=town.group.subject_id,
            teaching_group=town.group, study_period=period, kind="period", value=value,
            decided_at=clock.now(), decided_by=town.teacher,
        )  # fmt: skip
    lesson = make_lesson(town.group, town.teacher, start + timedelta(days=7), number=3)
    Attendance.create(school=town.school, lesson=lesson, pupil=pupil, code="б")
    return period


def _sheets(answer):
    book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.mark.clause("V 5, статистика", "S11 2.5, статистика")
@pytest.mark.requirement("E5")
@pytest.mark.parametrize("by", ["class", "subject", "teacher", "programme", "group"])
def test_a_deputy_head_reads_statistics(app, town, quarter, by):
    deputy = open_session(app, town.deputy_head)
    page = deputy.get(f"/oversight/schools/{town.school.id}/statistics?by={by}")
    for figure in ("75 %", "50 %", "51,8 %", "4,00"):  # (100+64+36+7)/4 = 51,75
        assert figure in page.words, figure
    assert "1-я четверть" in page.words


@pytest.mark.clause("V 3", "S11 2.3")
@pytest.mark.requirement("E6")
def test_all_of_it_is_a_spreadsheet_and_its_taking_is_logged(app, town, quarter):
    deputy = open_session(app, town.deputy_head)
    answer = deputy.client.get(f"/oversight/schools/{town.school.id}/statistics.xlsx")
    sheets = _sheets(answer)
    assert {"По классам", "По предметам", "По учителям", "Списки", "Движение"} <= set(sheets)
    heads, line = sheets["По классам"][2], sheets["По классам"][3]
    row = dict(zip(heads, line, strict=False))
    assert (row["Всего"], row["5"], row["н/а"], row["Успеваемость"]) == (4, 1, 1, 0.75)
    assert ["Неуспевающие", "7А", "Ученик3 Анна Ивановна"] in [r[:3] for r in sheets["Списки"]]
    assert AccessLog.select().where(
        AccessLog.event == "export", AccessLog.detail.startswith("статистика")
    ).count() == 1  # fmt: skip


@pytest.mark.requirement("H25")
def test_lists_and_movement(app, town, quarter):
    page = open_session(app, town.head).get(
        f"/oversight/schools/{town.school.id}/standings?of={quarter.id}"
    )
    assert "Отличники: 1" in page.words
    assert "С одной «4»: 1" in page.words
    assert "7А, Ученик3 Анна Ивановна: " in page.words
    assert "1: Ученик3 Анна Ивановна" in page.words  # arrived


@pytest.mark.requirement("E5")
def test_lessons_that_the_timetable_will_not_bring(app, town):
    CurriculumLine.create(
        school=town.school, school_class=town.school_class,
        subject=Subject.get_by_id(town.group.subject_id), hours_in_week="2.5",
    )  # fmt: skip
    deputy = open_session(app, town.deputy_head)
    address = f"/oversight/schools/{town.school.id}/curriculum"
    page = deputy.get(address)
    assert "Уроков не хватит: 1" in page.words
    assert "85" in page.words
    assert "Показать все группы" in deputy.get(f"{address}?only=short").words
    rows = _sheets(deputy.client.get(f"{address}.xlsx"))["Учебный план"]
    line = next(dict(zip(rows[2], row, strict=False)) for row in rows[3:] if row[4] == 85)
    assert line["Не хватит до плана"] == 85 - line["Дано"] - line["Впереди"]


def test_a_report_on_nothing(app, town):
    deputy = open_session(app, town.deputy_head)
    for page in ("statistics", "standings"):
        deputy.get(f"/oversight/schools/{town.school.id}/{page}?of=year-{town.year.id}")
    missing = f"/oversight/schools/{town.school.id}/statistics?of=999999"
    deputy.get(missing, status=404)


@pytest.mark.requirement("H25")
def test_the_class_teachers_report_is_a_page_and_a_paper(app, town, quarter):
    teacher = open_session(app, town.class_teacher)
    address = f"/class/{town.school_class.id}/report?of={quarter.id}"
    page = teacher.get(address)
    assert "прибыло: 1" in page.words
    assert "Неуспевающие: 1. Ученик3 Анна Ивановна (" in page.words
    assert "болезнь: 1" in page.words
    assert "Весь класс" in page.words
    assert "Вся школа" not in page.words
    for points in (18, 24):
        teacher.get(f"{address}&points={points}")
    answer = teacher.send(page, status=303)
    paper = Paper.get_by_id(int(answer.headers["Location"].rsplit("/", 1)[-1]))
    assert paper.kind == "report"
    assert "Отчёт классного руководителя, 7А, 1-я четверть" in paper.title
    assert "Ученик3" in paper.source


@pytest.mark.requirement("E5")
def test_a_teacher_is_pointed_to_odd_marks_and_parents_are_not(app, town):
    lessons = [
        make_lesson(town.group, town.teacher, year_start() + timedelta(days=n), number=5)
        for n in range(5)
    ]
    for lesson, value in zip(lessons, "55552", strict=True):
        work = make_work(lesson)
        Mark.create(school=town.school, work=work, pupil=town.pupil, position=1, value=value)
    address = f"/gradebook/groups/{town.group.id}/second-look"
    page = open_session(app, town.teacher).get(address)
    assert "«2»" in page.words
    assert "остальные: 5 5 5 5" in page.words
    assert address_of(lessons[4]) in page.links().values()
    open_session(app, town.mother).get(address, status=403)
