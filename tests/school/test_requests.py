"""The case file: numbers, stages, terms, consent, decisions (A1–A4, A8, H13)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from school import clock
from school.actions import request_decisions as decisions
from school.actions import request_stages as stages
from school.actions.consents import GIVEN, REFUSED, Sheet, has_family_consent
from school.actions.ediary_ends import Ending, end_ediary, kept_until, withdraw_consent
from school.actions.history import Act
from school.actions.issued import NewHandOver, NewIssued, hand_over_issued, issue_paper
from school.actions.papers import NewPaper, put_paper
from school.actions.regulations import start_regulation
from school.actions.request_stages import RequestRefused
from school.actions.requests import AlreadyAsked, NewRequest, name_child, register_request
from school.models import (
    Account,
    Consent,
    Contact,
    DestructionAct,
    Enrolment,
    Guardianship,
    History,
    Mark,
    PaperWay,
    Person,
    RequestStep,
    School,
    SchoolYear,
    ServiceRequest,
    Session,
)
from school.queries.ties import get_ties
from school.rules import requests as rules
from school.rules.requests import Names
from school.wording_requests import STAGE_WORDS, STEP_WORDS, holder_beside
from tests.town import ZONE, role

#: A Monday at noon; the next days are working days but for 4 November.
MONDAY = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
BOTH = tuple(Sheet(whose, GIVEN, date(2026, 11, 16)) for whose in ("applicant", "pupil"))
SEEN = ("application", "consent", "identity", "authority")


def under(town, regulation):
    """The town's first school starts under another of the five."""
    other = School.create(
        municipality=town.municipality, short_name=f"x-{regulation}", name=regulation,
        full_name=regulation, time_zone=ZONE, regulation=regulation,
    )  # fmt: skip
    start_regulation(other, act=Act(clock.now(), None))
    return other


def act_of(who, at=MONDAY):
    return Act(at, who.id, f"request-{at.timestamp()}")


def new_request(town, **values):
    return NewRequest(
        **{
            "school_id": town.school.id,
            "kind": "ediary",
            "channel": "visit",
            "applicant_is": "guardian",
            "names": Names("Королёва-О'Нил", "Мария"),
            "request_id": f"form-{ServiceRequest.select().count()}",
            "pupil_id": town.pupil.id,
            "relation": "mother",
            "basis": "свидетельство о рождении",
            **values,
        }
    )


def register(town, at=MONDAY, **values):
    return register_request(new_request(town, **values), act_of(town.administrator, at))


def case_of(registered):
    return ServiceRequest.get_by_id(registered.service_request_id)


def local(moment):
    return f"{clock.local(moment, ZONE):%Y-%m-%dT%H:%M}"


# Rules


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        (("Королёв", "Пётр"), ("КОРОЛЕВ", "Петр"), True),
        (("Петров‑Водкин", "Кузьма"), ("Петров-Водкин", "Кузьма", "Сергеевич"), True),
        (("Д’Артаньян", "Шарль"), ("Д'Артаньян", "Шарль"), True),
        (("Королёв", "Пётр", "Ильич"), ("Королёв", "Пётр", "Львович"), False),
        (("Королёв", "Пётр"), ("Королёва", "Пётр"), False),
    ],
)
def test_names_are_compared_as_people_would(one, two, same):
    assert rules.same_name(Names(*one), Names(*two)) is same


@pytest.mark.parametrize("name", ["Ёлкина", "Салтыков-Щедрин", "О'Нил", "Али Заде", "Müller"])
def test_names_as_people_have_them(name):
    assert rules.name_problem(name) == ""


@pytest.mark.parametrize("name", ["", "  ", "---", "Ив4нов", "<b>", "Иванов (Петров)"])
def test_what_is_no_name(name):
    assert rules.name_problem(name)


def test_every_stage_has_words_a_holder_and_a_way_out():
    assert set(STAGE_WORDS) == set(rules.STAGES) == set(ServiceRequest.STAGES)
    for stage in rules.OPEN_STAGES:
        assert rules.holder(stage, class_teacher=True)
        reached, todo = set(), [stage]
        while todo:
            at = todo.pop()
            reached.add(at)
            todo += [to for to in rules.MOVES.get(at, ()) if to not in reached]
        assert rules.DONE in reached or rules.REFUSED in reached, stage
    assert not any(rules.holder(stage, class_teacher=True) for stage in rules.FINAL_STAGES)
    assert not any(rules.may_move(a, b) for a in rules.FINAL_STAGES for b in rules.STAGES)


def test_who_has_a_request_is_said_once_beside_its_stage():
    assert holder_beside("accepting", "administrator", "") == ""
    assert holder_beside("checking", "class_teacher", "Классная Ирина") == "Классная Ирина"
    assert holder_beside("preparing", "administrator", "") == "администратор"
    assert holder_beside("sent_back", "applicant", "Королёва Анна") == "заявитель Королёва Анна"


@pytest.mark.parametrize(
    ("kind", "class_teacher", "sheets", "stage"),
    [
        ("ediary", True, (), "consent_awaited"),
        ("ediary", True, ("given", "given"), "consent_awaited"),
        ("ediary", False, ("given", "given"), "accepting"),
        ("ediary", False, ("given", "refused"), "no_consent"),
        ("extract", True, (), "preparing"),
        ("termination", True, (), "accepting"),
    ],
)
def test_where_a_request_begins(kind, class_teacher, sheets, stage):
    assert rules.first_stage(kind, class_teacher=class_teacher, sheets=sheets) == stage


# The whole way


def test_the_whole_way_of_school_2(town):
    """Регламент СОШ № 2, п. 2.1–2.4: registration, sheet, check in a working day, code in three."""
    registered = register(town)
    case = case_of(registered)
    assert (case.ordinal, case.stage) == (1, "consent_awaited")
    assert local(case.due_at) == "2026-11-19T23:59"
    by_teacher = act_of(town.class_teacher, MONDAY + timedelta(days=1))
    stage = decisions.receive_sheets(case.id, BOTH, by_teacher, request_id="sheets")
    case = case_of(registered)
    assert (stage, local(case.stage_due_at)) == ("checking", "2026-11-18T23:59")
    decisions.send_back(case.id, "нет подписи на втором листе", by_teacher)
    assert case_of(registered).stage == "sent_back"
    decisions.receive_sheets(case.id, BOTH, by_teacher, request_id="again")
    decisions.pass_on(case.id, by_teacher)
    decisions.pass_on(case.id, by_teacher)
    assert Consent.select().where(Consent.passed_at.is_null(False)).count() == 2
    assert get_ties(town.mother.id).child(town.classmate.id) is None
    by_office = act_of(town.administrator, MONDAY + timedelta(days=2))
    seen = decisions.Acceptance(SEEN, "паспорт гражданина РФ")
    assert decisions.accept_request(case.id, seen, by_office) == "preparing_code"
    case = case_of(registered)
    assert case.applicant.surname == "Королёва-О'Нил"
    assert Guardianship.get(Guardianship.guardian == case.applicant).basis == case.basis
    assert {row.subject_id for row in Consent.select()} == {case.applicant_id, town.pupil.id}
    assert has_family_consent(town.pupil.id)
    assert case.met_at is None
    stages.code_given_to_class_teacher(case.id, by_office)
    assert case_of(registered).met_at == by_office.at
    stages.code_to_be_printed(case.id, by_office)
    stages.code_given_to_class_teacher(case.id, act_of(town.administrator, MONDAY.replace(day=30)))
    assert case_of(registered).met_at == by_office.at, "met once, met for good"
    stages.code_handed_over(case.id, by_teacher)
    case = case_of(registered)
    assert (case.stage, case.closed_at) == ("done", by_teacher.at)
    steps = [row.step for row in RequestStep.select().order_by(RequestStep.id)]
    assert steps[0] == "registered"
    assert set(steps) <= set(STEP_WORDS)
    with pytest.raises(RequestRefused, match="уже дальше"):
        decisions.refuse_service(case.id, ["incomplete"], "", by_office)


def test_where_the_regulation_knows_no_class_teacher_the_sheet_stays_at_the_office(town):
    """Регламент СОШ № 19, п. 2; consent is asked for although the text does not name it (A2)."""
    other = under(town, "school-19")
    SchoolYear.create(
        school=other, name="2026/27", from_on=date(2026, 9, 1), until_on=date(2027, 5, 31)
    )
    Enrolment.update(school=other).where(Enrolment.pupil == town.pupil).execute()
    registered = register(town, school_id=other.id)
    case = case_of(registered)
    assert local(case.due_at) == "2026-11-23T23:59"
    by_office = act_of(town.administrator)
    with pytest.raises(RequestRefused):
        decisions.accept_request(case.id, decisions.Acceptance(SEEN), by_office)
    assert decisions.receive_sheets(case.id, BOTH, by_office, request_id="1") == "accepting"
    with pytest.raises(RequestRefused, match="нет подписанного заявления"):
        decisions.accept_request(case.id, decisions.Acceptance(()), by_office)
    decisions.accept_request(case.id, decisions.Acceptance(("application",)), by_office)
    stages.code_ready_at_office(case.id, by_office)
    assert case_of(registered).met_at == by_office.at


def test_numbers_have_no_gaps_and_the_same_form_is_one_request(town):
    one = register(town, request_id="same")
    again = register(town, request_id="same")
    assert (one.service_request_id, again.is_new) == (again.service_request_id, False)
    with pytest.raises(RequestRefused, match="заново"):
        register_request(new_request(town, request_id="same"), act_of(town.class_teacher))
    with pytest.raises(RequestRefused):
        register(town, kind="extract", names=Names("12", "3"))
    two = register(town, kind="extract", request_id="b")
    assert (one.ordinal, two.ordinal) == (1, 2)
    with pytest.raises(AlreadyAsked, match=r"№ 1 от 16\.11\.2026") as refusal:
        register(town, request_id="c", names=Names("КОРОЛЕВА-О’НИЛ", "Мария", "Ильинична"))
    assert refusal.value.service_request_id == one.service_request_id
    register(town, request_id="d", names=Names("Королёв", "Пётр"))
    assert [row.ordinal for row in ServiceRequest.select()] == [1, 2, 3]


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"applicant_is": "adult_pupil"}, "applicant_is", "нет 18"),
        ({"channel": "portal"}, "portal_number", "номер"),
        ({"channel": "portal", "portal_number": "1", "portal_on": date(2026, 11, 17)},
         "portal_on", "подано"),
        ({"child_born_on": date(2026, 11, 17)}, "child_born_on", "не наступил"),
        ({"kind": "extract", "applicant_is": "pupil"}, "applicant_is", "По регламенту"),
        ({"sheets": (Sheet("pupil", GIVEN, date(2026, 11, 17)),)}, "signed_on", "не наступила"),
    ],
)  # fmt: skip
def test_what_cannot_be_registered_says_why_beside_its_field(town, values, field, said):
    with pytest.raises(RequestRefused, match=said) as refusal:
        register(town, **values)
    assert refusal.value.field == field
    assert not ServiceRequest.select().exists()


def test_a_child_of_another_school_is_refused_kindly(town):
    with pytest.raises(RequestRefused, match="Заявление принимает школа, в которой"):
        register(town, pupil_id=town.other_pupil.id)


def test_a_child_whom_the_applicant_named_is_found_by_the_office(town):
    registered = register(
        town, channel="signed_in", pupil_id=None, child="Петров-Сосновский Артём",
        applicant_id=town.mother.id, sheets=BOTH,
    )  # fmt: skip
    with pytest.raises(RequestRefused, match="найти ребёнка"):
        decisions.receive_sheets(
            registered.service_request_id, BOTH, act_of(town.class_teacher), request_id="1"
        )
    name_child(registered.service_request_id, town.classmate.id, act_of(town.administrator))
    assert {row.pupil_id for row in Consent.select()} == {town.classmate.id}


# Consent


def test_non_consent_leads_to_the_paper_way(town):
    sheets = (BOTH[0], Sheet("pupil", REFUSED, date(2026, 11, 16)))
    case = case_of(register(town, sheets=sheets))
    assert case.stage == "no_consent"
    way = PaperWay.get()
    assert (way.why, way.recipient, way.person_id) == ("no_consent", "Королёва-О'Нил Мария", None)
    # At the class teacher's, later in the way.
    later = case_of(register(town, request_id="x", names=Names("Королёв", "Пётр")))
    decisions.receive_sheets(later.id, sheets, act_of(town.class_teacher), request_id="y")
    assert [row.recipient for row in PaperWay.select().order_by(PaperWay.id)] == [
        "Королёва-О'Нил Мария",
        "Королёв Пётр",
    ]
    assert Guardianship.select().count() == 3, "nobody became a representative"


def accepted(town, who, **values):
    """A representative of the town who asked, consented and was accepted."""
    case = case_of(
        register(town, applicant_id=who.id, names=Names(who.surname, who.given_name), **values)
    )
    decisions.receive_sheets(case.id, BOTH, act_of(town.class_teacher), request_id=f"s{case.id}")
    decisions.pass_on(case.id, act_of(town.class_teacher))
    decisions.accept_request(case.id, decisions.Acceptance(SEEN), act_of(town.administrator))
    return case_of_id(case.id)


def case_of_id(case_id):
    return ServiceRequest.get_by_id(case_id)


def test_withdrawal_ends_role_notices_account_and_leaves_an_act(town):
    case = accepted(town, town.mother)
    assert case.stage == "done", "who has an account needs no code"
    Contact.create(person=town.mother, kind="email", address="m@example.org", entered_at=MONDAY)
    Session.create(
        token_hash="x", person=town.mother, created_at=MONDAY, seen_at=MONDAY,
        ends_at=MONDAY + timedelta(days=9), address_hash="",
    )  # fmt: skip
    marks = Mark.select().count()
    sheet = Consent.get(Consent.whose == "applicant")
    act = act_of(town.administrator, clock.now())
    act_id = withdraw_consent(sheet.id, "заявление от 22.11.2026", act)
    assert withdraw_consent(sheet.id, "ещё раз", act) == act_id
    assert not Consent.select().where(Consent.withdrawn_at.is_null()).exists()
    assert get_ties(town.mother.id).children == ()
    assert get_ties(town.father.id).child(town.pupil.id), "the father's access is his own"
    assert get_ties(town.pupil.id).child(town.pupil.id)
    for model in (Account, Session, Contact):
        assert not model.select().where(model.person == town.mother).exists()
    assert PaperWay.get(PaperWay.person == town.mother).why == "withdrew"
    made = DestructionAct.get_by_id(act_id)
    assert "логин и зашифрованный пароль" in made.destroyed
    assert "адрес электронной почты" in made.destroyed
    assert "учётная запись уничтожена" in made.log_extract
    assert Mark.select().count() == marks
    assert not History.select().where(History.new.contains("example.org")).exists()
    # And back again, by a new request: what was shut opens, the paper way ends.
    again = accepted(town, town.mother, request_id="again")
    assert again.stage == "preparing_code"
    assert get_ties(town.mother.id).child(town.pupil.id)
    assert PaperWay.get(PaperWay.person == town.mother).ended_at


def test_with_the_familys_last_consent_the_pupils_own_diary_is_shut(town):
    for who in (town.mother, town.father):
        end_ediary(
            who.id, town.pupil.id, town.school.id, Ending("withdrew", "заявление"),
            act_of(town.administrator, clock.now()),
        )  # fmt: skip
    assert get_ties(town.pupil.id).children == ()
    assert DestructionAct.select().count() == 3
    assert [row.ordinal for row in DestructionAct.select()] == [1, 2, 3]


def test_an_open_request_is_over_with_the_consent_it_rests_on(town):
    case = case_of(register(town))
    decisions.receive_sheets(case.id, BOTH, act_of(town.class_teacher), request_id="s")
    decisions.pass_on(case.id, act_of(town.class_teacher))
    decisions.accept_request(case.id, decisions.Acceptance(SEEN), act_of(town.administrator))
    sheet = Consent.get(Consent.whose == "pupil")
    withdraw_consent(sheet.id, "заявление", act_of(town.administrator, clock.now()))
    assert case_of_id(case.id).stage == "taken_back", "no code is printed any more"


def test_a_mother_who_teaches_the_class_keeps_her_duty_and_account(town):
    role(town.mother, "class_teacher", town.school, school_class=town.school_class)
    end_ediary(
        town.mother.id, town.pupil.id, town.school.id, Ending("withdrew", "заявление"),
        act_of(town.administrator, clock.now()),
    )  # fmt: skip
    ties = get_ties(town.mother.id)
    assert (ties.children, ties.barred) == ((), ())
    assert Account.select().where(Account.person == town.mother).exists()


@pytest.mark.clause("S19 4", "NT прекращение-1")
@pytest.mark.requirement("A11")
def test_refusal_and_termination_end_access_and_lead_to_paper(town):
    for who, kind, why in (
        (town.mother, "refusal_of_electronic_form", "refused"),
        (town.father, "termination", "terminated"),
    ):
        case = case_of(
            register(
                town, clock.now(), kind=kind, applicant_id=who.id, request_id=kind,
                names=Names(who.surname, who.given_name), words="Прошу сообщать на бумаге.",
            )
        )  # fmt: skip
        assert case.stage == "accepting"
        decisions.accept_request(
            case.id, decisions.Acceptance(SEEN), act_of(town.administrator, clock.now())
        )
        assert get_ties(who.id).children == ()
        assert PaperWay.get(PaperWay.person == who).why == why


def test_an_unknown_applicant_who_refuses_is_named_only(town):
    people = Person.select().count()
    case = case_of(register(town, kind="refusal_of_electronic_form"))
    decisions.accept_request(case.id, decisions.Acceptance(SEEN), act_of(town.administrator))
    assert PaperWay.get().person_id is None
    assert Person.select().count() == people


# Decisions


def test_an_incomplete_package_and_several_grounds_go_into_the_timeline(town):
    one = case_of(register(town))
    decisions.refuse_acceptance(one.id, ["identity"], "и копия решения", act_of(town.administrator))
    one = case_of_id(one.id)
    assert one.stage == "refused_acceptance"
    assert one.missing == "не предъявлен документ, удостоверяющий личность; и копия решения"
    two = case_of(register(town, kind="extract", request_id="2"))
    with pytest.raises(RequestRefused, match="хотя бы одно"):
        decisions.refuse_service(two.id, ["нет такого"], "", act_of(town.administrator))
    decisions.refuse_service(
        two.id, ["not_representative", "details_missing"], "Бабушка.", act_of(town.administrator)
    )
    note = RequestStep.get(
        RequestStep.service_request == two.id, RequestStep.step == "refused"
    ).note
    assert "законным представителем" in note
    assert "необходимые сведения" in note
    assert "Бабушка" in note


@pytest.mark.clause("S2 3.5")
def test_answers_on_paper_are_numbered_and_consultations_are_words(town):
    case = case_of(register(town, kind="written_information", words="Отметки за октябрь"))
    assert case.stage == "preparing"
    assert local(case.due_at) == "2026-11-25T23:59"
    with pytest.raises(RequestRefused, match="Сначала сделайте бумагу"):
        decisions.hand_out(case.id, "", act_of(town.administrator))
    new = NewIssued(case.id, date(2026, 10, 1), date(2026, 10, 31), "i")
    issued = issue_paper(new, act_of(town.administrator)).issued_paper_id
    assert case_of_id(case.id).met_at == MONDAY
    page = NewPaper("p", "written_information", town.school.id, "Т", "<p>Х</p>", 12)
    given = NewHandOver(
        issued, "in_person", "Королёва М.", put_paper(page, act_of(town.administrator)), "h"
    )
    with pytest.raises(RequestRefused, match="нет подписанного заявления"):
        hand_over_issued(given, act_of(town.administrator))
    assert hand_over_issued(
        replace(given, documents_seen=("application",)), act_of(town.administrator)
    )
    assert case_of_id(case.id).stage == "done"
    asked = case_of(register(town, kind="consultation", request_id="c"))
    with pytest.raises(RequestRefused, match="что ответили"):
        decisions.hand_out(asked.id, " ", act_of(town.administrator))
    decisions.hand_out(asked.id, "Показали, где отметки.", act_of(town.administrator))
    assert case_of_id(asked.id).answer == "Показали, где отметки."


def test_an_extract_at_a_visit_is_due_the_same_day(town):
    case = case_of(register(town, kind="extract"))
    assert local(case.due_at) == "2026-11-16T23:59"
    by_post = case_of(register(town, kind="extract", channel="post", names=Names("А", "Б"),
                               request_id="p"))  # fmt: skip
    assert local(by_post.due_at) == "2026-11-25T23:59"


def test_an_act_is_kept_three_years():
    assert kept_until(date(2026, 11, 22)) == date(2029, 11, 21)
    assert kept_until(date(2028, 2, 29)) == date(2031, 2, 28)
