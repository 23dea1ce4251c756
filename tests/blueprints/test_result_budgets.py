"""Bytes and statements of the pages of results of a full class: 30 pupils, 14 subjects."""

import re
from datetime import timedelta

import pytest

from school import clock
from school.models import Enrolment, GroupMembership, Mark, PeriodResult
from tests.blueprints.helpers import make_work, statements
from tests.full_grid import make_pupils
from tests.results import column_address, make_period
from tests.town import make_group, make_lesson, today, year_start
from tests.wire import fetch, on_the_wire

pytestmark = [pytest.mark.requirement("H21"), pytest.mark.requirement("H24")]
SUBJECTS = (
    "Русский язык", "Литература", "Английский язык", "Геометрия", "Информатика", "История",
    "Обществознание", "География", "Биология", "Физика", "Музыка", "Труд (технология)",
    "Физическая культура",
)  # fmt: skip
#: The page and its style sheets, as Brotli, for who was never here.
FIRST_VISIT = 10_000


@pytest.fixture
def quarter(town):
    """The quarter that ended yesterday: all have results but in algebra, where five marks of each
    make a proposal."""
    people = [town.pupil, town.classmate, *make_pupils(town, 28)]
    of_town = {"school": town.school, "from_on": year_start()}
    Enrolment.insert_many(
        [{**of_town, "school_class": town.school_class, "pupil": p} for p in people[2:]]
    ).execute()
    GroupMembership.insert_many(
        [{**of_town, "teaching_group": town.group, "pupil": p} for p in people[2:]]
    ).execute()
    groups = [
        make_group(town.school, town.year, town.school_class, name, town.teacher, people)
        for name in SUBJECTS
    ]
    day = today()
    spans = [(day - timedelta(days=80), day - timedelta(days=42)),
             (day - timedelta(days=41), day - timedelta(days=1))]  # fmt: skip
    periods = [
        make_period(town.school, town.year, n, *span) for n, span in enumerate(spans, start=1)
    ]
    for n in range(5):
        work = make_work(make_lesson(town.group, town.teacher, day - timedelta(days=2 + n), 5))
        Mark.insert_many([
            {"school": town.school, "work": work, "pupil": p, "position": 1,
             "value": "23455"[(n * 7 + m * 3 + n * m) % 5]}
            for m, p in enumerate(people)
        ]).execute()  # fmt: skip
    now = clock.now()
    PeriodResult.insert_many([
        {"school": town.school, "school_year": town.year, "pupil": pupil,
         "subject": group.subject, "teaching_group": group, "study_period": period,
         "kind": "period", "value": "5443534"[(m * 5 + n * 3 + m * n) % 7], "decided_at": now,
         "decided_by": town.teacher}
        for period in periods
        for n, group in enumerate([town.group, *groups])
        for m, pupil in enumerate(people)
        if (period, n) != (periods[1], 0)
    ]).execute()  # fmt: skip
    return periods[1]


def weigh(visitor, address):
    """Bytes of the page, of page and style sheets on a first visit, statements of a later one."""
    client = visitor.client
    page = fetch(client, address)
    assert page.status_code == 200
    plain = fetch(client, address, "identity").get_data(as_text=True)
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', plain)
    first = on_the_wire(page) + sum(on_the_wire(fetch(client, style)) for style in styles)
    # Rendered again, not taken from what is kept.
    with statements() as seen:
        fetch(client, f"{address}{'&' if '?' in address else '?'}anew=1")
    print(address, on_the_wire(page), first, len(seen))
    return on_the_wire(page), first, len(seen), plain


@pytest.mark.requirement("E2")
def test_thirty_results_of_a_column_fit(town, visit, quarter):
    _, first, count, plain = weigh(visit(town.teacher), column_address(town.group, quarter))
    assert plain.count('name="result-') == 30
    assert first <= FIRST_VISIT
    assert count <= 24


@pytest.mark.requirement("E4")
def test_the_summary_sheet_of_fourteen_subjects_fits(town, visit, quarter):
    address = f"/class/{town.school_class.id}/summary"
    _, first, count, plain = weigh(visit(town.class_teacher), address)
    assert plain.count("<td>") >= 30 * 2 * 14
    assert first <= FIRST_VISIT
    assert count <= 26


@pytest.mark.requirement("B2")
def test_the_familys_results_fit(town, visit, quarter):
    mother = visit(town.mother, own_device=True)
    _, first, count, _ = weigh(mother, f"/diary/{town.pupil.id}/results")
    assert first <= FIRST_VISIT
    # Two ask what is still awaited, four more by when and of whom where something is.
    assert count <= 14


@pytest.mark.requirement("E5")
def test_statistics_fit(town, visit, quarter):
    deputy = visit(town.deputy_head)
    base = f"/oversight/schools/{town.school.id}"
    for page in ("statistics?by=subject&", "statistics?by=teacher&", "standings?"):
        _, first, count, _ = weigh(deputy, f"{base}/{page}of={quarter.id}")
        assert first <= FIRST_VISIT, page
        assert count <= 12, page
