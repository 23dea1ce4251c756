"""The officer sees all schools side by side, and no child, not even by small numbers (G3)."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest

from school import clock
from school.models import AccessLog, Lesson, RegulationVersion, School, ServiceRequest, Verdict
from school.queries.municipality import BY_KIND, LINES, get_municipal_report, list_told_months
from school.rules.disclosure import HIDDEN, Few
from school.wording_municipality import LINE_TITLES
from tests.blueprints.helpers import statements
from tests.town import ZONE, make_lesson, today

pytestmark = [pytest.mark.requirement("G3"), pytest.mark.clause("NT сроки, доля")]
PAGE = "/oversight/municipality"


@pytest.fixture
def months():
    """The last month that is over, and the one before."""
    return list_told_months(clock.now())[:2]


def ask(town, day, kind, count, *, stage="done", school=None, grounds="", channel="visit"):
    """So many requests of a day."""
    school = school or town.school
    at = clock.moment_of(day, "12:00", ZONE)
    taken = ServiceRequest.select().count()
    for ordinal in range(taken + 1, taken + count + 1):
        ServiceRequest.create(
            school=school, school_year=town.year, ordinal=ordinal,
            portal_number="42" if channel == "portal" else "",
            kind=kind, channel=channel, registered_on=day, registered_at=at,
            registered_by=town.administrator, pupil=town.pupil, surname="Королёва",
            given_name="Мария", regulation_version=RegulationVersion.get(), stage=stage,
            stage_at=at, grounds=grounds, closed_at=at, request=f"{ordinal}",
        )  # fmt: skip


def enter(town, day, in_time, late, what="mark"):
    """So many marks of a day's lesson, entered in time and late."""
    lesson = make_lesson(town.group, town.teacher, day)
    ends_at = Lesson.get_by_id(lesson.id).ends_at
    for number in range(in_time + late):
        Verdict.create(
            school=town.school, key=f"{what}{lesson.id}-{number}", what=what, lesson=lesson,
            pupil=town.pupil, teacher=town.teacher, event_on=day, lesson_ends_at=ends_at,
            due_at=ends_at + timedelta(days=1),
            entered_at=ends_at + timedelta(hours=1 if number < in_time else 48),
            regulation_version=RegulationVersion.get(),
        )  # fmt: skip


def row_of(page, caption, school):
    """The cells of a school in a table."""
    (table,) = page.root.xpath(f"//table[caption='{caption}']")
    (row,) = [row for row in table.xpath(".//tr") if text_of(row[0]) == school]
    return [text_of(cell) for cell in row[1:]]


def text_of(element):
    return " ".join("".join(element.itertext()).split())


def test_schools_side_by_side_and_no_child_by_small_numbers(town, visit, months):
    School.update(phone="+7 343 0").where(School.id == town.school).execute()
    (month, before) = months
    ask(town, month, "ediary", 9, channel="portal")
    ask(town, month, "consultation", 6)
    ask(town, month, "extract", 3, stage="refused", grounds="incomplete")
    enter(town, month, 40, 2)
    enter(town, before, 7, 0, "absence")
    officer = visit(town.officer)
    page = officer.get(officer.get("/oversight/").links()["Сроки и заявления по школам"])
    one = f"?from={month:%Y-%m}&until={month:%Y-%m}"
    page = officer.get(f"{PAGE}{one}")
    # 3 alone would be 18 − 9 − 6: 6 goes with it.
    assert row_of(page, "Заявления по видам", "СОШ № 2") == [
        "9", "скрыто", "скрыто", "скрыто", "скрыто", "скрыто",
    ]  # fmt: skip
    assert row_of(page, "Заявления по способу подачи", "СОШ № 2") == ["9", "скрыто", "9", "скрыто"]
    counts = "Заявления: сколько подано и сколько закрыто"
    assert row_of(page, counts, "СОШ № 2") == ["18", "18"]
    assert row_of(page, counts, "СОШ № 19") == ["скрыто", "скрыто"]
    assert row_of(page, "Чем кончились", "СОШ № 2") == ["скрыто"] * 5
    assert row_of(page, "Основания отказа", "СОШ № 2") == ["скрыто"]
    kept = ["42", "от 90,4 до 97,6 %", "меньше 5", "меньше 5"]
    assert row_of(page, "Текущие отметки: по школам", "СОШ № 2") == kept
    assert "Пропуски уроков: по школам" not in page.words
    assert row_of(page, "Адреса и телефоны школ", "СОШ № 2")[1] == "+7 343 0"
    # Several months are put together from what each tells.
    both = officer.get(f"{PAGE}?from={before:%Y-%m}&until={month:%Y-%m}")
    assert row_of(both, "Пропуски уроков: по школам", "СОШ № 2") == ["7", "100 %", "0", "0"]
    assert row_of(both, counts, "Все школы") == ["18 и скрытое", "18 и скрытое"]
    for person in town.people.values():
        assert person.surname not in both.main
    with ZipFile(BytesIO(officer.client.get(f"{PAGE}.xlsx{one}").data)) as sheet:
        shown = sheet.read("xl/sharedStrings.xml").decode()
    assert "от 90,4 до 97,6\u00a0%" in shown
    assert "Королёв" not in shown
    assert AccessLog.get(AccessLog.event == "export").person_id == town.officer.id


def test_wrong_months_are_said_and_running_ones_are_not_there(town, visit, months):
    officer = visit(town.officer)
    ask(town, today(), "ediary", 9)
    present = f"{today():%Y-%m}"
    for asked in (f"from={present}&until={present}", "from=x&until=2026-01", "from=&until=1"):
        assert "они уже закончились" in officer.get(f"{PAGE}?{asked}", status=422).main
    month, before = months
    backwards = officer.get(f"{PAGE}?from={month:%Y-%m}&until={before:%Y-%m}", status=422)
    assert "поменяйте их местами" in backwards.main
    assert row_of(backwards, "Заявления: сколько подано и сколько закрыто", "СОШ № 2") == [
        "скрыто",
        "скрыто",
    ]
    officer.client.get(f"{PAGE}.xlsx?from={present}&until={present}")
    assert not AccessLog.select().where(AccessLog.event == "export").exists()
    visit(town.deputy_head).get(PAGE, status=403)


def test_a_span_tells_what_its_months_tell_and_nothing_more(town, months):
    (month, before) = months
    for day, *counts in ((month, 9, 6, 3), (before, 2, 5, 7)):
        for kind, count in zip(("ediary", "extract", "termination"), counts, strict=True):
            ask(town, day, kind, count)
    ask(town, before, "ediary", 11, school=town.other_school)
    now = clock.now()

    def told(first, last):
        report = get_municipal_report(town.municipality.id, now, first, last)
        return {one.school.school_id: one.counts[BY_KIND] for one in report.schools} | {
            0: report.total.counts[BY_KIND]
        }

    with statements() as seen:
        both = told(before, month)
    # Of two schools, whatever they have.
    assert len(seen) <= 100
    one, two = told(before, before), told(month, month)
    for school_id, parts in both.items():
        for part, few in parts.items():
            assert few == one[school_id][part] + two[school_id][part]
    assert one[town.school.id]["ediary"] == HIDDEN
    assert both[0]["ediary"] == Few(20, and_more=True)


def test_every_line_has_its_words():
    assert set(LINES) <= LINE_TITLES.keys()
