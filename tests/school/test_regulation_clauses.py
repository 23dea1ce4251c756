"""The five regulations, clause by clause: what each promises and until when that is.

Each line: school, row, clause, the moment of the row's event, and what `flask due` prints. An
empty clause: the regulation is silent and the default of the requirements answers.
"""

import pytest

from school.actions.history import Act
from school.actions.regulations import start_regulation
from school.models import Municipality, School
from school.queries.due import answer_due
from school.queries.regulations import get_regulation
from school.regulations import HOLD_FROM_ON, NAMES, read_template
from school.rules.regulation import ROWS, parse_regulation
from tests.town import moment, today

S2, S19, V, S11, NT = NAMES
#: The page of the service numbers nothing: its section, and the line in it.
NT_ACCESS, NT_MARKS, NT_PERIODS, NT_EXTRACT = (
    f"«Сроки предоставления услуги», {line}"
    for line in (
        "предоставление логина-пароля",
        "срок внесения данных",
        "промежуточная аттестация",
        "выписка из классного журнала",
    )
)
ZONES = {S2: "Asia/Yekaterinburg", S19: "Asia/Yekaterinburg", NT: "Asia/Yekaterinburg"}


def named(requirement_mark, row_name, *lines):
    return [
        pytest.param(line[0], row_name, *line[1:], marks=requirement_mark, id=f"{row_name}-{n}")
        for n, line in enumerate(lines)
    ]


CLAUSES = [
    # A4: the consent sheet goes on within 1 working day of receipt.
    *named(
        pytest.mark.requirement("A4"),
        "A4",
        # Fri 8 May 2026; Sat 9 to Mon 11 are off.
        (S2, "п. 2.2", "2026-05-08T08:00", "2026-05-12T23:59"),
        (S2, "п. 2.2", "2026-09-04", "2026-09-07T23:59"),
        # Wed 31 December 2025 to Fri 9 January 2026 are off.
        (S2, "п. 2.2", "2025-12-30T17:45", "2026-01-12T23:59"),
        # Sat 1 November 2025 was a working day.
        (S2, "п. 2.2", "2025-10-31T10:00", "2025-11-01T23:59"),
        (S19, "", "2026-09-04", "2026-09-07T23:59"),
        (V, "", "2026-09-04", "2026-09-07T23:59"),
        (S11, "", "2026-09-04", "2026-09-07T23:59"),
        (NT, "", "2026-09-04", "2026-09-07T23:59"),
    ),
    # A8: from request to code within 3, 5, 10 working days.
    *named(
        pytest.mark.requirement("A8"),
        "A8",
        (S2, "п. 2.1", "2026-04-30T12:00", "2026-05-06T23:59"),
        (S2, "п. 2.1", "2026-09-01", "2026-09-04T23:59"),
        (S19, "п. 2", "2026-04-30T12:00", "2026-05-08T23:59"),
        (S19, "п. 2", "2026-09-01", "2026-09-08T23:59"),
        (
            NT,
            NT_ACCESS,
            "2026-04-30T12:00",
            "2026-05-18T23:59",
        ),
        (
            NT,
            NT_ACCESS,
            "2025-12-25",
            "2026-01-20T23:59",
        ),
        (V, "", "2026-04-30T12:00", "2026-05-06T23:59"),
        (S11, "", "2026-04-30T12:00", "2026-05-06T23:59"),
    ),
    # C1: current marks, 3 or 5 calendar days, not moved off a day off.
    *named(
        pytest.mark.requirement("C1"),
        "C1",
        (S2, "п. 5.1", "2026-04-30", "2026-05-03T23:59"),
        (S2, "п. 5.1", "2026-11-20T09:15", "2026-11-23T23:59"),
        (S19, "п. 5", "2026-02-27", "2026-03-02T23:59"),
        (NT, NT_MARKS, "2026-04-30", "2026-05-05T23:59"),
        (NT, NT_MARKS, "2026-12-29", "2027-01-03T23:59"),
        (V, "", "2026-11-20", "2026-11-23T23:59"),
        (S11, "", "2026-11-20", "2026-11-23T23:59"),
    ),
    # C2: period results, 2 days after the period's last day.
    *named(
        pytest.mark.requirement("C2"),
        "C2",
        (S2, "п. 5.2", "2026-10-25", "2026-10-27T23:59"),
        (S19, "п. 6", "2025-12-30", "2026-01-01T23:59"),
        (
            NT,
            NT_PERIODS,
            "2026-05-26",
            "2026-05-28T23:59",
        ),
        (V, "", "2026-10-25", "2026-10-27T23:59"),
        (S11, "", "2026-11-15", "2026-11-17T23:59"),
    ),
    # C3: missed lessons, within a day: 24 hours from the lesson's end.
    *named(
        pytest.mark.requirement("C3"),
        "C3",
        (S2, "п. 5.3", "2026-11-20T09:15", "2026-11-21T09:15"),
        (S2, "п. 5.3", "2026-02-28T15:05", "2026-03-01T15:05"),
        (S19, "п. 7", "2026-12-31T13:15", "2027-01-01T13:15"),
        (S19, "п. 7", "2026-11-20", "2026-11-21T23:59"),
        (V, "", "2026-11-20T09:15", "2026-11-21T09:15"),
        (S11, "", "2026-11-20T09:15", "2026-11-21T09:15"),
        (NT, "", "2026-11-20T09:15", "2026-11-21T09:15"),
    ),
    # C4: final and exam results after they came in: 3 days (V), 24 hours (S11).
    *named(
        pytest.mark.requirement("C4"),
        "C4",
        (V, "п. 6", "2026-06-11T10:10", "2026-06-14T23:59"),
        (V, "п. 6", "2026-06-11", "2026-06-14T23:59"),
        (S11, "п. 2.6", "2026-06-11T10:10", "2026-06-12T10:10"),
        (S11, "п. 2.6", "2026-06-11", "2026-06-12T23:59"),
        (S2, "", "2026-06-11T10:10", "2026-06-12T10:10"),
        (S19, "", "2026-06-11T10:10", "2026-06-12T10:10"),
        (NT, "", "2026-06-11T10:10", "2026-06-12T10:10"),
    ),
    # C5: extract, 7 working days from registration.
    *named(
        pytest.mark.requirement("C5"),
        "C5",
        (
            NT,
            NT_EXTRACT,
            "2026-04-30T12:00",
            "2026-05-13T23:59",
        ),
        (
            NT,
            NT_EXTRACT,
            "2025-10-29",
            "2025-11-10T23:59",
        ),
        (S2, "", "2026-04-30T12:00", "2026-05-13T23:59"),
        (S19, "", "2026-02-19", "2026-03-03T23:59"),
        (V, "", "2026-03-05", "2026-03-17T23:59"),
        (S11, "", "2026-06-08", "2026-06-18T23:59"),
    ),
    *named(
        pytest.mark.requirement("C6"),
        "C6",
        (S2, "п. 3.4", "2026-09-04T10:50", "2026-09-04T11:05"),
        (NT, "", "2026-09-04T23:50", "2026-09-05T00:05"),
    ),
    *named(
        pytest.mark.requirement("C7"),
        "C7",
        (S19, "п. 4", "2026-11-16", "2026-11-22T23:59"),
        (V, "", "2026-11-22T12:00", "2026-11-22T23:59"),
    ),
    *named(
        pytest.mark.requirement("D3"),
        "D3",
        (S2, "", "2026-04-30T12:00", "2026-05-13T23:59"),
    ),
]  # fmt: skip


@pytest.fixture
def five_schools(db):
    """A school under each of the five."""
    municipality = Municipality.create(name="Город")
    schools = {}
    for name in NAMES:
        schools[name] = School.create(
            municipality=municipality,
            short_name=name,
            name=name,
            full_name=name,
            time_zone=ZONES.get(name, "Europe/Moscow"),
            regulation=name,
        )
        start_regulation(schools[name], act=Act(moment(today(), "08:00"), None))
    return schools


@pytest.mark.parametrize(("school", "row", "clause", "event", "due"), CLAUSES)
def test_the_clause_promises_this(five_schools, school, row, clause, event, due):
    promise = get_regulation(five_schools[school].id, HOLD_FROM_ON).regulation.term(row)
    assert promise.clause == clause
    assert promise.is_default == (clause == "")
    assert answer_due(school, row, event).text == due


@pytest.mark.parametrize("name", NAMES)
def test_a_clause_of_the_text_is_never_a_default(name):
    for promise in parse_regulation(read_template(name)).terms:
        assert promise.is_default == (promise.clause == ""), promise
        assert not promise.is_default or promise.term == ROWS[promise.row].default


@pytest.mark.clause("NT получатели")
@pytest.mark.requirement("A1")
def test_who_may_ask_for_what():
    rules = {name: parse_regulation(read_template(name)) for name in NAMES}
    assert rules[S2].request("ediary").who == ("guardian", "adult_pupil", "pupil")
    assert rules[S19].request("refusal_of_electronic_form").who == ("guardian", "adult_pupil")
    assert rules[S19].request("refusal_of_electronic_form").free_form
    assert rules[S19].request("refusal_of_electronic_form").clause == "п. 4"
    assert rules[NT].request("ediary").who == ("guardian",)
    assert rules[NT].request("consultation").is_default
    assert rules[V].request("ediary").who == ("guardian",)
    assert "№ 156" in rules[S2].request("ediary").form


@pytest.mark.clause(
    "NT документы-1", "NT документы-2", "NT документы-3", "NT отказ-1",
    "NT отказ-2", "NT отказ-3", "NT отказ-4", "NT прекращение-1",
    "NT прекращение-2", "NT прекращение-3",
)  # fmt: skip
@pytest.mark.requirement("A3")
def test_documents_and_grounds_are_the_acts():
    rule = parse_regulation(read_template(NT))
    documents = ("application", "consent", "identity", "authority")
    assert rule.request("ediary").documents == documents
    assert rule.request("extract").documents == ("application", "identity", "authority")
    assert [ground.key for ground in rule.grounds_of("refusal").items] == [
        "not_about_progress", "details_missing", "not_representative", "incomplete",
    ]  # fmt: skip
    assert [ground.key for ground in rule.grounds_of("acceptance").items] == ["incomplete"]
    assert [ground.key for ground in rule.grounds_of("ending").items] == [
        "request", "graduation", "transfer",
    ]  # fmt: skip
    assert not rule.grounds_of("refusal").is_default
    assert parse_regulation(read_template(S2)).grounds_of("refusal").is_default


def test_flags_of_the_five():
    rules = {name: parse_regulation(read_template(name)) for name in NAMES}
    with_class_teacher = {n for n in NAMES if rules[n].flag("class_teacher_hands_codes").value}
    assert with_class_teacher == {S2, NT}
    # The paper diary flags have no default.
    stays = {name: rules[name].flag("paper_diary_stays").value for name in NAMES}
    assert stays == {S2: True, S19: None, V: None, S11: None, NT: None}
    counts = {name: rules[name].flag("entries_count_as_paper").value for name in NAMES}
    assert counts == {S2: None, S19: None, V: None, S11: True, NT: None}
    assert rules[S11].flag("entries_count_as_paper").clause == "п. 1.4"
    assert rules[S2].flag("paper_diary_stays").clause == "п. 3.1"
    assert rules[S2].informants.clause == "п. 3.3"
    assert (rules[NT].share.percent, rules[NT].share.is_default) == (100, False)
    assert (rules[S2].share.percent, rules[S2].share.is_default) == (100, True)
    assert {name: rules[name].holder for name in NAMES if rules[name].holder != "school"} == {
        NT: "municipality"
    }
