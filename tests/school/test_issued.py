"""Extracts, written information, visits: numbers, who may be told, terms, kept copies."""

from datetime import date, timedelta

import pytest

from school import clock
from school.actions import visits
from school.actions.history import Act
from school.actions.issued import NewHandOver, NewIssued, hand_over_issued, issue_paper
from school.actions.papers import NewPaper, put_paper
from school.actions.request_stages import RequestRefused
from school.actions.requests import NewRequest, register_request
from school.models import (
    DiaryLimit,
    Guardianship,
    IssuedHandOver,
    IssuedPaper,
    Letter,
    Mark,
    Person,
    RequestStep,
    Visit,
    VisitStep,
)
from school.queries.issued import get_content
from school.queries.obligations import get_standing
from school.queries.visits import count_waiting, list_visits
from school.rules import issued as rules
from school.rules.flow import Heading, Paragraph, Table
from school.rules.obligations import Tally
from school.rules.requests import Names
from tests.blueprints.helpers import make_work
from tests.town import today, year_start


def act_of(who, at=None):
    return Act(at or clock.now(), who.id, "r")


def ask(town, kind="extract", number="1", **values):
    """A request of the mother for the pupil."""
    new = {
        "channel": "post", "applicant_is": "guardian", "names": Names("Королёва", "Мария"),
        "applicant_id": town.mother.id, "pupil_id": town.pupil.id, "relation": "mother", **values,
    }  # fmt: skip
    new = NewRequest(town.school.id, kind, request_id=f"q{number}", **new)
    return register_request(new, act_of(town.administrator)).service_request_id


def make(town, case, request_id="i1", *, from_on=None, until_on=None, **values):
    new = NewIssued(
        case, from_on or today() - timedelta(days=7), until_on or today(), request_id, **values
    )
    return issue_paper(new, act_of(town.administrator))


def put_mark(town, value, lesson=None):
    work = make_work(lesson or town.lesson)
    return Mark.create(
        school=town.school, work=work, pupil=town.pupil, position=1, value=value,
        entered_at=clock.now(), entered_by=town.teacher,
    )  # fmt: skip


def words_of(issued_paper_id):
    said = []
    for block in get_content(issued_paper_id)[0]:
        if isinstance(block, Table):
            said += [block.caption, *(cell for row in block.rows for cell in row)]
        else:
            said.append(block.text)
    return "\n".join(said)


# Pure rules


def test_content_comes_back_as_it_was():
    columns = (("День", 40), ("Отметка", 60))
    blocks = (
        Heading("Алгебра", 3),
        Paragraph('«Ё», "кавычки", <b>'),
        Table("Отметки", columns, (("1", "5"), ("2", ""))),
        Table("Пусто", columns, ()),
    )
    assert rules.unpack(rules.pack(blocks)) == blocks


@pytest.mark.parametrize(
    ("from_on", "until_on", "field"),
    [
        (date(2026, 9, 1), date(2026, 11, 22), ""),
        (date(2026, 11, 22), date(2026, 11, 22), ""),
        (date(2026, 11, 23), date(2026, 11, 22), "from_on"),
        (date(2026, 11, 1), date(2026, 11, 23), "until_on"),
        (date(2025, 11, 22), date(2026, 11, 22), ""),
        (date(2025, 11, 21), date(2026, 11, 22), "from_on"),
    ],
)
def test_the_days_of_a_paper(from_on, until_on, field):
    assert rules.span_problem(from_on, until_on, date(2026, 11, 22))[0] == field


@pytest.mark.parametrize(
    ("ordinals", "missing"),
    [((), ()), ((4,), ()), ((1, 2, 3), ()), ((2, 5, 3), (4,)), ((7, 1), (2, 3, 4, 5, 6))],
)
def test_gaps_are_found(ordinals, missing):
    assert rules.gaps(ordinals) == missing


# Papers


@pytest.mark.requirement("D2")
@pytest.mark.requirement("D3")
def test_numbers_have_no_gaps_per_kind_and_a_form_twice_is_one(town):
    first = ask(town)
    assert make(town, first).ordinal == 1
    assert not make(town, first).is_new
    assert make(town, first, "i2").ordinal == 2
    other = ask(town, "written_information", "2")
    assert make(town, other, "i3").ordinal == 1
    with pytest.raises(RequestRefused, match="ещё не наступил"):
        make(town, first, "i4", until_on=today() + timedelta(days=1))
    assert make(town, first, "i5").ordinal == 3, "what was refused took no number"
    steps = [s.note for s in RequestStep.select() if s.step in ("prepared", "made_again")]
    assert steps == ["Выписка № 1", "Выписка № 2", "Информация № 1", "Выписка № 3"]
    with pytest.raises(RequestRefused, match="заново"):
        issue_paper(NewIssued(first, today(), today(), "i1"), act_of(town.deputy_head))


@pytest.mark.requirement("C5")
@pytest.mark.requirement("D3")
def test_an_extract_holds_its_days_and_subjects_and_stays_what_it_was(town):
    put_mark(town, "4", town.yesterday)
    mark = put_mark(town, "5")
    case = ask(town)
    one = make(town, case, from_on=today(), words="Для бассейна.").issued_paper_id
    said = words_of(one)
    assert "Контрольная работа\n" in said + "\n"
    assert "\n5\n" in said
    assert "\n4\n" not in said, "of yesterday"
    assert said.startswith("Выписка дана: Королёва Мария, по заявлению № 1 от")
    assert "Королёв Фёдор Ивановна, 7А" in said
    assert said.endswith("Пропусков нет. Опозданий нет.\nДля бассейна.")
    Mark.update(value="2").where(Mark.id == mark.id).execute()
    assert words_of(one) == said
    assert get_content(one)[1]
    with pytest.raises(RequestRefused, match="предмета"):
        make(town, case, "i2", subject_ids=(town.other_group.subject_id,))
    term = get_standing(town.school.id, clock.now()).by_row["C5"]
    assert (term.in_time, term.open) == (1, 0)
    empty = make(town, case, "i3", from_on=year_start(),
                 until_on=year_start() + timedelta(days=30)).issued_paper_id  # fmt: skip
    assert "Отметок и пропусков за эти дни нет: Алгебра." in words_of(empty)


@pytest.mark.requirement("H10")
def test_who_may_not_be_told_is_not_told_on_paper_either(town):
    put_mark(town, "5")
    case = ask(town)
    limit = DiaryLimit.create(
        person=town.mother, pupil=town.pupil, area="marks", ground="agreement", basis="соглашение",
        from_on=today(),
    )  # fmt: skip
    said = words_of(make(town, case).issued_paper_id)
    assert "Отметки этому получателю не сообщаются" in said
    assert "\n5\n" not in said
    DiaryLimit.update(area="everything", ground="court_order").where(
        DiaryLimit.id == limit.id
    ).execute()
    with pytest.raises(RequestRefused, match="закрыт"):
        make(town, case, "i2")
    # Who gave up the e-diary gets paper: that is the point of it.
    DiaryLimit.update(ground="termination").where(DiaryLimit.id == limit.id).execute()
    make(town, case, "i3")
    Person.update(birth_on=today() - timedelta(days=19 * 366)).where(
        Person.id == town.pupil.id
    ).execute()
    with pytest.raises(RequestRefused, match="18 лет"):
        make(town, case, "i4")
    Guardianship.update(adult_choice="allowed").where(
        Guardianship.guardian == town.mother
    ).execute()
    make(town, case, "i5")


@pytest.mark.requirement("D5")
def test_a_hand_over_is_written_once_with_the_page_that_was_given(town):
    case = ask(town, kind="written_information")
    made = make(town, case).issued_paper_id
    paper = put_paper(
        NewPaper(f"issued:{made}:12", "written_information", town.school.id, "Т", "<p>Х</p>", 12),
        act_of(town.administrator),
    )
    new = NewHandOver(made, "in_person", "Королёва М.", paper, "h1", ("application",))
    assert hand_over_issued(new, act_of(town.administrator))
    assert not hand_over_issued(new, act_of(town.administrator))
    row = IssuedHandOver.get()
    assert row.source_checksum == rules.checksum("<p>Х</p>")
    with pytest.raises(RequestRefused, match="закрыто"):
        make(town, case, "i2")
    assert IssuedPaper.select().count() == 1


# Visits


@pytest.mark.requirement("C6")
def test_the_minutes_of_a_visit_run_until_somebody_begins(town):
    at = clock.now() - timedelta(minutes=40)
    arrival = visits.Arrival(town.school.id, "отец Петрова", "v1")
    visit = visits.log_arrival(arrival, act_of(town.class_teacher, at))
    assert visits.log_arrival(arrival, act_of(town.class_teacher, at)) == visit
    with pytest.raises(RequestRefused, match="заново"):
        visits.log_arrival(arrival, act_of(town.head))
    assert count_waiting([town.school.id], at + timedelta(minutes=5)).late == 0
    assert count_waiting([town.school.id], clock.now()).late == 1
    with pytest.raises(RequestRefused, match="коллегу"):
        visits.pass_on(visit, town.other_teacher.id, "", act_of(town.class_teacher, at))
    visits.pass_on(visit, town.teacher.id, "", act_of(town.class_teacher, at))
    assert count_waiting((), clock.now(), holder_id=town.teacher.id).waiting == 1
    with pytest.raises(RequestRefused, match="другой школе"):
        visits.name_pupil(visit, town.other_pupil.id, act_of(town.class_teacher, at))
    assert visits.begin_visit(visit, act_of(town.teacher, at + timedelta(minutes=15)))
    assert not visits.begin_visit(visit, act_of(town.head))
    line = list_visits([town.school.id], at, clock.now())[0]
    assert not line.is_late(clock.now()), "the fifteenth minute is in time"
    assert visits.answer_visit(visits.Answer(visit, "", "Всё хорошо."), act_of(town.teacher))
    assert not visits.note_left(visit, act_of(town.teacher))
    assert [s.step for s in VisitStep.select().order_by(VisitStep.id)] == [
        "arrived", "passed_on", "begun", "answered",
    ]  # fmt: skip
    standing = get_standing(town.school.id, clock.now())
    assert standing.by_row["C6"] == Tally(in_time=1)
    gone = visits.log_arrival(visits.Arrival(town.school.id, "мама", "v2"), act_of(town.head))
    visits.note_left(gone, act_of(town.head))
    assert Visit.get_by_id(gone).ending == "left"
    early = visits.log_arrival(
        visits.Arrival(town.school.id, "бабушка", "v3"), act_of(town.head, at)
    )
    standing = get_standing(town.school.id, clock.now())
    assert standing.by_row["C6"] == Tally(in_time=1, overdue=1), "who went in time is no case"
    visits.begin_visit(early, act_of(town.head))
    assert get_standing(town.school.id, clock.now()).by_row["C6"] == Tally(in_time=1, late=1)
    assert not Letter.select().exists()
