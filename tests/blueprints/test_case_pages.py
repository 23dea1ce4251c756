"""The case file in the browser: office, class teacher, family (A1–A4, A8, D5, H13)."""

import pytest

from school import clock
from school.models import (
    Account,
    Consent,
    DestructionAct,
    FormText,
    PaperWay,
    Person,
    ServiceRequest,
)
from school.queries.ties import get_ties
from tests.town import person, role, today

SHEETS = {"sheet-applicant": "given", "sheet-pupil": "given"}


@pytest.fixture
def office(town, visit):
    return visit(town.administrator)


@pytest.fixture
def class_teacher(town, visit):
    return visit(town.class_teacher)


def register(office, town, **values):
    page = office.get(f"/office/requests/new/{town.pupil.id}")
    return office.follow(office.send(page, **values))


def by(page, what, visitor, status=303, **values):
    """Send the form of a case's page whose address ends with a word."""
    answer = visitor.send(page, form=f"/{what}", status=status, **values)
    return visitor.follow(answer) if status == 303 else answer


@pytest.mark.clause("S2 1.1", "S2 2.1", "S2 2.2")
@pytest.mark.requirement("A1")
@pytest.mark.requirement("A3")
@pytest.mark.requirement("A4")
@pytest.mark.requirement("A8")
def test_the_whole_way_from_the_page_to_the_code(town, office, class_teacher):
    found = office.get("/office/requests/new?q=корол")
    assert any("Королёв Фёдор Ивановна, 7А" in words for words in found.links())
    case = register(
        office, town, who="other", surname="Королёва-О’Нил", given_name="Мария", patronymic="",
        relation="mother", basis="свидетельство о рождении", channel="portal",
        portal_number="42-1", portal_on=f"{today():%d.%m.%Y}",
    )  # fmt: skip
    assert "через портал госуслуг, № 42-1" in case.main
    assert "Ждём лист согласия. Сейчас: классный руководитель Классная Ирина" in case.main
    assert "Весь срок по регламенту" in case.main
    own = class_teacher.get("/class/requests")
    sheet = class_teacher.get(next(a for w, a in own.links().items() if "№ 1" in w))
    empty = by(sheet, "sheets", class_teacher, 422)
    assert empty.title.startswith("Ошибка")
    checking = by(sheet, "sheets", class_teacher, **SHEETS)
    assert "Лист согласия проверяет классный руководитель" in checking.main
    wrong = by(checking, "send-back", class_teacher, 422)
    assert "Напишите, чего не хватает" in wrong.main
    back = by(checking, "send-back", class_teacher, missing="Нет подписи.")
    assert "Чего не хватает" in back.main
    checking = by(back, "sheets", class_teacher, **SHEETS)
    by(checking, "pass-on", class_teacher)
    case = office.get(f"/office/requests/{ServiceRequest.get().id}")
    refused = by(case, "accept", office, 422)
    assert "Пакет неполный: нет подписанного заявления" in refused.main
    done = office.post(
        case.action("/accept"),
        {**case.fields("/accept"), "documents": "application", "relation": "mother"},
    )
    assert "Готовится пригласительный код" in office.follow(done).main
    office.get(f"/office/requests/{ServiceRequest.get().id}")
    line = office.get("/office/requests").main
    assert "Королёва-О’Нил Мария" in line
    assert "Готовится пригласительный код" in line


@pytest.mark.clause("NT отказ в приёме", "NT отказ-1", "NT отказ-2", "NT отказ-3", "NT отказ-4")
@pytest.mark.requirement("A3")
def test_refusals_name_what_is_missing_and_the_grounds_and_are_printed(town, office):
    case = register(office, town, kind="extract")
    wrong = by(case, "refuse", office, 422)
    assert "хотя бы одно основание" in wrong.main
    address = case.action("/refuse")
    fields = case.fields("/refuse")
    answer = office.client.post(
        address, data={**fields, "grounds": ["not_representative", "incomplete"], "answer": "Тётя."}
    )
    assert answer.status_code == 303
    number = ServiceRequest.get().id
    notice = office.get(f"/office/requests/{number}/notice").main
    assert "1) заявитель не является законным представителем ребёнка" in notice
    assert "2) представлен неполный пакет документов" in notice
    assert "Тётя." in notice
    office.get(f"/office/requests/{number}")


@pytest.mark.requirement("A1")
def test_bad_input_of_a_registration_is_said_beside_its_field(town, office):
    other = office.get("/office/requests/new?q=чужаков").main
    assert "заявление принимает она" in other
    assert office.get(f"/office/requests/new/{town.other_pupil.id}", status=404)
    page = office.get(f"/office/requests/new/{town.pupil.id}")
    wrong = office.send(page, status=422, who="other", surname="Ив4нов", given_name="")
    assert "Введите имя." in wrong.main
    assert 'value="Ив4нов"' in wrong.html
    wrong = office.send(page, status=422, who="self", kind="extract")
    assert "По регламенту школы с таким заявлением обращается" in wrong.main
    wrong = office.send(
        page, status=422, channel="portal", portal_number="1", portal_on="31.12.2199"
    )
    assert "когда заявление подано на портале" in wrong.main
    office.send(page)
    twin = office.send(office.get(f"/office/requests/new/{town.pupil.id}"), status=422)
    assert "Такое заявление уже есть: № 1" in twin.main
    assert "Открыть это заявление" in twin.links()
    again = office.send(page)
    assert office.follow(again).heading.startswith("Заявление № 1"), "the same form, sent late"


def test_a_namesake_is_asked_about(town, office, class_teacher):
    """A colleague of the same name is another person, and nobody is merged silently."""
    namesake = person(town.municipality, "Тёзкина", "Анна")
    role(namesake, "teacher", town.school)
    case = register(
        office, town, who="other", surname="Тезкина", given_name="Анна", basis="свидетельство"
    )
    sheet = class_teacher.get(f"/class/requests/{ServiceRequest.get().id}")
    by(by(sheet, "sheets", class_teacher, **SHEETS), "pass-on", class_teacher)
    case = office.get(f"/office/requests/{ServiceRequest.get().id}")
    assert "В школе уже есть человек с таким именем" in case.main
    asked = by(case, "accept", office, 422, documents="application", relation="mother")
    assert "Отметьте, он это или другой" in asked.main
    by(case, "accept", office, documents="application", relation="mother", person="new")
    assert ServiceRequest.get().applicant_id != namesake.id
    assert Person.select().where(Person.given_name == "Анна", Person.surname == "Тезкина").count()


@pytest.mark.clause("NT результат-1")
@pytest.mark.requirement("A1")
def test_a_signed_in_parent_asks_signs_and_sees_when_it_is_due(town, visit, office):
    mother = visit(town.mother)
    page = mother.get("/account/requests/new")
    case = mother.follow(
        mother.send(page, kind="extract", child=str(town.pupil.id), words="За октябрь")
    )
    assert "Заявление № 1" in case.heading
    assert "Сейчас: администратор" in case.main
    # A further child, whom the office has to find; nobody is told who is in the lists.
    page = mother.get("/account/requests/new")
    wrong = mother.send(
        page, status=422, kind="ediary", child="another", child_name="Петров-Сосновский Артём",
        child_born_on=f"{today().replace(year=today().year + 1):%d.%m.%Y}",
    )  # fmt: skip
    assert "Этот день ещё не наступил" in wrong.main
    case = mother.follow(
        mother.send(
            page, kind="ediary", child="another", child_name="Петров-Сосновский Артём",
            child_born_on="01.02.2014", school=str(town.school.id),
        )
    )  # fmt: skip
    assert "школа ищет его в списках" in case.main
    number = ServiceRequest.select().order_by(ServiceRequest.id.desc()).get().id
    found = office.get(f"/office/requests/{number}")
    by(found, "child", office, pupil=str(town.classmate.id))
    signed = by(mother.get(f"/account/requests/{number}"), "sheets", mother, **SHEETS)
    assert "проверяет классный руководитель" in signed.main
    assert "Весь срок" in signed.main
    listed = mother.get("/account/requests").main
    assert "№ 2" in listed
    assert "У кого: классный руководитель Классная Ирина" in listed
    by(signed, "take-back", mother)
    assert visit(town.father).get(f"/account/requests/{number}", status=404)


@pytest.mark.clause("S2 1.4")
@pytest.mark.requirement("A2")
@pytest.mark.requirement("H13")
def test_non_consent_and_withdrawal_lead_to_paper_with_an_act(town, visit, office, class_teacher):
    case = register(office, town, consent="refused")
    assert "Несогласие: информация на бумаге" in case.main
    ways = office.get(f"/office/paper/of/{town.school.id}").main
    assert "Нет согласия на обработку данных" in ways
    case = register(office, town, consent="given", request_id="second")
    number = ServiceRequest.select().order_by(ServiceRequest.id.desc()).get().id
    sheet = class_teacher.get(f"/class/requests/{number}")
    by(by(sheet, "sheets", class_teacher), "pass-on", class_teacher)
    case = office.get(f"/office/requests/{number}")
    by(case, "accept", office, documents="application")
    applicant = ServiceRequest.get_by_id(number).applicant
    family = visit(applicant)
    consent = Consent.get(Consent.accepted_at.is_null(False), Consent.whose == "applicant")
    page = family.get(f"/account/consents/{consent.id}/withdraw")
    gone = family.send(page)
    assert "/sign-in" in gone.headers["Location"]
    assert get_ties(applicant.id).children == ()
    assert not Account.select().where(Account.person == applicant).exists()
    way = PaperWay.get(PaperWay.person == applicant, PaperWay.ended_at.is_null())
    assert way.why == "withdrew"
    family.get(f"/diary/{town.pupil.id}/news", status=303)
    act = office.get(f"/office/destruction-acts/{DestructionAct.get().id}").main
    for words in ("логин и зашифрованный пароль", "согласие отозвано", "классный журнал"):
        assert words in act


@pytest.mark.clause("S2 3.2")
@pytest.mark.requirement("A2")
def test_the_office_writes_down_who_has_no_device_and_a_paper_withdrawal(town, office):
    page = office.get(f"/office/paper/new/{town.pupil.id}")
    wrong = office.send(page, status=422, from_on="вчера")
    assert "Напишите дату так" in wrong.main
    office.send(page, person=str(town.father.id))
    way = PaperWay.get()
    assert (way.why, way.person_id) == ("no_device", town.father.id)
    end = office.get(f"/office/paper/{way.id}/end")
    assert "почему бумага" in office.send(end, status=422).main
    office.send(end, reason="купили телефон")
    assert "никому не сообщаем" in office.get(f"/office/paper/of/{town.school.id}").main
    sheet = Consent.create(
        school=town.school, purpose="email", whose="applicant", subject=town.mother,
        signer=town.mother, decision="given", basis="лист", signed_on=today(),
        entered_at=clock.now(), entered_by=town.administrator, accepted_at=clock.now(),
        accepted_by=town.administrator, request="c",
    )  # fmt: skip
    page = office.get(f"/office/consents/{sheet.id}/withdraw")
    assert "каким документом" in office.send(page, status=422).main
    act = office.follow(office.send(page, basis="заявление от 22.11.2026"))
    assert "письма по электронной почте" in act.main
    assert Account.select().where(Account.person == town.mother).exists()


@pytest.mark.requirement("D5")
def test_forms_are_printed_blank_and_filled_in_and_their_text_replaced(town, office, visit):
    blank = office.get(f"/office/forms/{town.school.id}/ediary")
    assert "приказ начальника Управления образования от 28.06.2013 № 156" in blank.main
    assert "От: ____" in blank.main
    page = office.get(f"/office/forms/{town.school.id}/ediary/text")
    wrong = office.send(page, status=422, text="Прошу {чего-то}")
    assert "Незнакомое слово в скобках" in wrong.main
    assert "Прошу {чего-то}" in wrong.html
    for _ in range(2):
        office.send(page, text="# Запрос\nОт {заявитель}, по постановлению № 7.")
    assert FormText.select().count() == 1
    assert "школы" in office.get(f"/office/forms/{town.school.id}").main
    register(office, town)
    filled = office.get(f"/office/requests/{ServiceRequest.get().id}/form").main
    assert "От Королёва Мария Ивановна, по постановлению № 7." in filled
    consent = office.get(f"/office/requests/{ServiceRequest.get().id}/form?form=consent").main
    assert "Королёва Мария Ивановна" in consent
    asked = visit().get(f"/schools/{town.school.short_name}/")
    public = visit().get(asked.links()["Заявление о доступе к дневнику"])
    assert "по постановлению № 7" in public.main
    office.send(page, text="")
    assert (
        "Заявление о доступе к электронному дневнику"
        in office.get(f"/office/forms/{town.school.id}/ediary").main
    )


@pytest.mark.requirement("D5")
def test_the_register_of_requests_is_a_paper_and_a_spreadsheet(town, office):
    register(office, town)
    register(office, town, kind="extract", request_id="2")
    paper = office.get(f"/office/requests/register/{town.school.id}").main
    assert "Книга регистрации заявлений" in paper
    assert "Выписка из классного журнала" in paper
    sheet = office.client.get(f"/office/requests/register/{town.school.id}.xlsx")
    assert sheet.data[:2] == b"PK"
    for address in ("?stage=preparing&kind=extract", "?stage=closed", "?overdue=1&stage=all"):
        office.get(f"/office/requests{address}")
