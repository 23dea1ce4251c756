"""Getting access under each of the five regulations, walked by everybody it takes: from a request
to a code, a family's own account and its first week; with the dates by hand.

Registered on Thursday, 30 April 2026, at noon. Friday, 1 May, is off; Saturday, 9 May, is a
holiday, for which Monday, 11 May, is off. Working days after 30 April: 4, 5, 6, 7, 8, 12, 13, 14,
15, 18 May.
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from blueprints.papers import documents
from school.models import (
    Account,
    Guardianship,
    HandOver,
    Invitation,
    Mark,
    PaperWay,
    Person,
    ServiceRequest,
)
from tests.blueprints.helpers import make_work
from tests.browser.conftest import Device
from tests.browser.walking import (
    People,
    SetClock,
    build_school,
    fresh,
    scan_page,
    scan_paper,
    set_clock,
)
from tests.serving.in_process import Here, serving
from tests.town import Town, make_lesson

URAL, MOSCOW = "Asia/Yekaterinburg", "Europe/Moscow"
ZONES = {
    "school-2": URAL,
    "school-19": URAL,
    "volosovskaya": MOSCOW,
    "school-11": MOSCOW,
    "nizhnyaya-tura": URAL,
}
THURSDAY, MONDAY, TUESDAY = "2026-04-30", "2026-05-04", "2026-05-05"
CHILD = "Петров-Сосновский"
#: The mother whom the school does not know yet.
MOTHER = ("Петрова-Сосновская", "Ольга", "Ильинична")
LOGIN, OWN_PASSWORD = "olga.sosnovskaya", "тихий самовар у окна"


@pytest.fixture
def regulation(request: pytest.FixtureRequest) -> str:
    """The one that the test names by `@under(…)`."""
    name: str = request.param
    return name


def under(name: str) -> Any:
    return pytest.mark.parametrize("regulation", [name], indirect=True)


@pytest.fixture
def time(regulation: str, monkeypatch: pytest.MonkeyPatch) -> SetClock:
    return set_clock(monkeypatch, f"{THURSDAY}T12:00", ZONES[regulation])


@pytest.fixture
def town(served_sqlite: str, regulation: str, time: SetClock) -> Town:
    return build_school(regulation, ZONES[regulation])


@pytest.fixture
def server(
    town: Town, served_sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Here]:
    # A loaded machine prints slowly, and a walk does not go on without its slip.
    monkeypatch.setattr(documents, "SECONDS_AT_ONCE", 60.0)
    with serving(served_sqlite, tmp_path / "data") as here:
        yield here


@dataclass
class Walk:
    """A walk's people, and the steps that several walks take."""

    town: Town
    time: SetClock
    people: People

    @property
    def case(self) -> ServiceRequest:
        """The newest request, as it is now."""
        fresh()
        return ServiceRequest.select().order_by(ServiceRequest.id.desc()).get()

    def due(self, row: str, wanted: str) -> None:
        """A moment of the newest request, local: the whole way's `due_at`, the stage's."""
        moment = getattr(self.case, row)
        assert moment is not None
        local = moment.astimezone(self.time.moment.tzinfo)
        assert f"{local:%Y-%m-%dT%H:%M}" == wanted, row

    # The office

    def register(self, **fields: str) -> Page:
        """The administrator registers a request of the mother for the child."""
        page = self.people.at("administrator", "/office/requests")
        page.get_by_role("link", name="Зарегистрировать заявление").click()
        page.get_by_label("Фамилия ребёнка").fill(CHILD)
        page.get_by_role("button", name="Найти").click()
        page.get_by_role("link", name=re.compile(CHILD)).click()
        page.get_by_label("О чём заявление").select_option(fields.get("kind", "ediary"))
        page.get_by_label("другой человек").check()
        for label, words in zip(("Фамилия", "Имя", "Отчество"), MOTHER, strict=True):
            page.get_by_label(label, exact=True).fill(words)
        page.get_by_label("Кто это ребёнку").select_option("mother")
        page.locator("#basis").fill("свидетельство о рождении")
        page.get_by_label("Как поступило").select_option(fields.get("channel", "visit"))
        page.get_by_label("Номер на портале").fill(fields.get("portal_number", ""))
        page.get_by_label("День подачи на портале").fill(fields.get("portal_on", ""))
        for document in fields.get("documents", "application").split():
            page.locator(f"#documents-{document}").check()
        page.locator("[name=consent]").select_option(fields.get("consent", ""))
        page.get_by_role("button", name="Зарегистрировать").click()
        expect(page.locator("h1")).to_contain_text("Заявление № ")
        return page

    def open_case(self, who: str) -> Page:
        """The newest request, as the administrator or the class teacher sees it."""
        room = "office" if who == "administrator" else "class"
        page: Page = self.people.at(who, f"/{room}/requests/{self.case.id}")
        return page

    def take_sheets(self, who: str, applicant: str = "given", pupil: str = "given") -> Page:
        """Somebody takes both sheets of consent from the family."""
        page = self.open_case(who)
        for whose, decision in (("applicant", applicant), ("pupil", pupil)):
            page.locator(f"[name=sheet-{whose}]").select_option(decision)
        page.get_by_role("button", name=re.compile("^Листы (у меня|получены)")).click()
        return page

    def accept(self, *documents: str) -> Page:
        """The administrator has seen all there has to be."""
        page = self.open_case("administrator")
        for document in documents:
            page.locator(f"#seen-{document}").check()
        page.get_by_role("button", name="Принять заявление").click()
        expect(page.locator("main")).to_contain_text("Готовится пригласительный код")
        return page

    def notice(self, *said: str) -> None:
        """The notice to the applicant names what was decided."""
        page = self.open_case("administrator")
        page.get_by_role("link", name="Уведомление заявителю").click()
        for words in (" ".join(MOTHER), *said):
            expect(page.locator("main")).to_contain_text(words)
        self.people.own["administrator"].fits()

    # Codes

    def print_slip(self) -> str:
        """The administrator prints the mother's slip; returns what its QR code says."""
        class_id = self.town.school_class.id
        page = self.people.at("administrator", f"/class/{class_id}/codes")
        expect(page.locator("main")).to_contain_text(MOTHER[0])
        page.get_by_role("link", name=re.compile("Напечатать")).first.click()
        for box in page.locator("main input[type=checkbox]").all():
            box.set_checked(False)
        page.get_by_label(re.compile(MOTHER[0])).check()
        page.get_by_role("button", name="Сделать памятки").click()
        image = page.locator("img[alt*=QR]").first
        expect(image).to_be_visible()
        source = image.get_attribute("src") or ""
        return scan_page(base64.b64decode(source.partition(",")[2]))

    def paper_slip(self, folder: Path) -> str:
        """What the QR code of the same slip on paper says."""
        page = self.people.own["administrator"].page
        with page.expect_download(timeout=60_000) as taken:
            page.get_by_role("button", name="Сделать PDF для печати").click()
        return scan_paper(Path(taken.value.path()).read_bytes(), folder)

    # The family

    def register_by(self, phone: Device, address: str) -> None:
        """The mother scans her slip, chooses login and password, and is in."""
        assert address.startswith(f"{phone.url}/invitation")
        phone.page.goto(address)
        phone.page.get_by_role("button", name="Дальше").click()
        expect(phone.page.locator("main")).to_contain_text(" ".join(MOTHER[:2]))
        phone.page.get_by_label("Логин").fill(LOGIN)
        phone.page.get_by_label("Пароль", exact=True).fill(OWN_PASSWORD)
        phone.page.get_by_label(re.compile("Пароль ещё раз")).fill(OWN_PASSWORD)
        phone.fits()
        phone.page.get_by_role("button", name="Зарегистрироваться").click()
        expect(phone.page.locator("#said")).to_contain_text("вы вошли")

    def read_first_week(self, phone: Device) -> None:
        """A mark that a teacher gave this week is there."""
        phone.open(f"/diary/{self.town.classmate.id}/week/{self.time.moment:%Y-%m-%d}")
        expect(phone.page.locator("main")).to_contain_text("Отметка 5")
        phone.fits()


@pytest.fixture
def walk(town: Town, time: SetClock, device: Callable[..., Device]) -> Walk:
    lesson = make_lesson(town.group, town.teacher, date(2026, 5, 5), 3, topic="Дроби")
    Mark.create(
        school=town.school, work=make_work(lesson), pupil=town.classmate, position=1, value="5"
    )
    fresh()
    return Walk(town, time, People(device, time))


@pytest.mark.clause("S2 2.1", "S2 2.2", "S2 2.4")
@pytest.mark.requirement("A4")
@pytest.mark.requirement("A6")
@pytest.mark.requirement("A8")
@pytest.mark.requirement("C9")
@under("school-2")
def test_school_2_by_the_class_teacher(
    walk: Walk, device: Callable[..., Device], tmp_path: Path
) -> None:
    """П. 2.1–2.4: the code in 3 working days of registration, the check of the sheet in 1; code
    by the class teacher, in person."""
    time, people = walk.time, walk.people
    page = walk.register()
    expect(page.locator("main")).to_contain_text("Ждём лист согласия")
    expect(page.locator("main")).to_contain_text("Весь срок по регламенту")
    expect(page.locator("main")).to_contain_text("о конца 6 мая")
    walk.due("due_at", "2026-05-06T23:59")

    # The family brings the sheets the same evening; one is not signed.
    time.set(f"{THURSDAY}T18:00")
    page = people.at("class_teacher", "/class/requests")
    expect(page.locator("main table")).to_contain_text(MOTHER[0])
    page = walk.take_sheets("class_teacher")
    expect(page.locator("main")).to_contain_text("о конца 4 мая")
    walk.due("stage_due_at", "2026-05-04T23:59")
    page.get_by_label("Чего не хватает").fill("нет подписи на втором листе")
    page.get_by_role("button", name="Вернуть семье").click()
    expect(page.locator("main")).to_contain_text("нет подписи на втором листе")

    # On Monday it is whole, and goes on within the working day.
    time.set(f"{MONDAY}T08:30")
    page = walk.take_sheets("class_teacher")
    walk.due("stage_due_at", "2026-05-05T23:59")
    page.get_by_role("button", name="Всё верно").click()
    expect(page.locator("#said")).to_contain_text("передан администратору")
    walk.accept("application")
    code = walk.print_slip()
    assert walk.paper_slip(tmp_path) == code
    page = people.own["administrator"].page
    page.get_by_role("button", name=re.compile("переданы")).click()
    fresh()
    assert walk.case.stage == "code_at_class_teacher"
    # The term is met when the slip is with the class teacher.
    assert walk.case.met_at is not None
    assert HandOver.select().count() == 1

    time.set(f"{TUESDAY}T14:00")
    page = people.at("class_teacher", f"/class/{walk.town.school_class.id}/codes")
    page.get_by_role("button", name=re.compile(f"Отдано лично: {MOTHER[0]}")).click()
    assert walk.case.stage == "done"
    phone = device(320)
    walk.register_by(phone, code)
    walk.read_first_week(phone)
    # Once: a second phone opens nothing by it.
    other = device(320)
    other.page.goto(code)
    other.page.get_by_role("button", name="Дальше").click()
    expect(other.page.locator("main")).to_contain_text("Код не подошёл")


@pytest.mark.clause("S19 вводная часть", "S19 1", "S19 2")
@pytest.mark.requirement("A1")
@pytest.mark.requirement("A8")
@under("school-19")
def test_school_19_by_the_state_portal(walk: Walk, device: Callable[..., Device]) -> None:
    """П. 1, 2: registered from the portal with its number; code in 5 working days; the class
    teacher has no part in it: the code is ready at the office."""
    page = walk.register(channel="portal", portal_number="2026-0430-17", portal_on="29.04.2026")
    expect(page.locator("main")).to_contain_text("через портал госуслуг, № 2026-0430-17")
    expect(page.locator("main")).to_contain_text("о конца 8 мая")
    walk.due("due_at", "2026-05-08T23:59")
    assert walk.people.at("class_teacher", "/class/requests").locator("main table").count() == 0
    walk.take_sheets("administrator")
    walk.accept("application")
    code = walk.print_slip()
    assert walk.case.stage == "code_at_office"
    assert walk.case.met_at is not None

    walk.time.set(f"{TUESDAY}T10:00")
    page = walk.people.at("administrator", f"/class/{walk.town.school_class.id}/codes")
    page.get_by_role("button", name=re.compile(f"Отдано лично: {MOTHER[0]}")).click()
    phone = device(320)
    walk.register_by(phone, code)
    walk.read_first_week(phone)
    assert walk.case.stage == "done"


@pytest.mark.clause("V 1")
@pytest.mark.requirement("A2")
@pytest.mark.requirement("A7")
@under("volosovskaya")
def test_volosovskaya_consent_first(walk: Walk, device: Callable[..., Device]) -> None:
    """П. 1: consent is registered first, and nothing is opened without it; where the text is
    silent the term is the default of 3 working days."""
    page = walk.register()
    expect(page.locator("main")).to_contain_text("о конца 6 мая")
    walk.due("due_at", "2026-05-06T23:59")
    # Without consent nobody is there to print a code for.
    page = walk.people.at("administrator", f"/class/{walk.town.school_class.id}/codes/print")
    assert page.get_by_label(re.compile(MOTHER[0])).count() == 0
    assert not Invitation.select().exists()
    assert not Guardianship.select().where(Guardianship.pupil == walk.town.classmate).exists()

    walk.time.set(f"{MONDAY}T09:00")
    walk.take_sheets("administrator")
    walk.accept()
    code = walk.print_slip()
    assert walk.case.met_at is not None
    phone = device(320)
    walk.register_by(phone, code)
    walk.time.set(f"{TUESDAY}T17:00")
    phone.context.clear_cookies()
    phone.open("/sign-in")
    phone.page.get_by_label("Логин").fill(LOGIN)
    phone.page.get_by_label("Пароль", exact=True).fill(OWN_PASSWORD)
    phone.page.get_by_role("button", name="Войти").click()
    walk.read_first_week(phone)


@pytest.mark.clause("S11 2.1")
@pytest.mark.requirement("A2")
@under("school-11")
def test_school_11_non_consent_leads_to_paper(walk: Walk) -> None:
    """П. 2.1, 2.2: consent or non-consent is registered; who does not consent gets paper."""
    walk.register()
    page = walk.take_sheets("administrator", applicant="given", pupil="refused")
    expect(page.locator("main")).to_contain_text("Несогласие: информация на бумаге")
    case = walk.case
    assert case.closed_at is not None
    assert not Account.select().join(Person).where(Person.surname == MOTHER[0]).exists()
    assert not Invitation.select().exists()
    way = PaperWay.get(PaperWay.pupil == walk.town.classmate)
    assert way.from_on == date(2026, 4, 30)
    walk.notice("Несогласие: информация на бумаге")
    page = walk.people.at("administrator", f"/class/{walk.town.school_class.id}/codes/print")
    assert page.get_by_label(re.compile(MOTHER[0])).count() == 0


@pytest.mark.clause(
    "NT сроки, код", "NT получатели", "NT документы-2", "NT документы-3",
    "NT отказ в приёме", "NT отказ-2", "NT отказ-3", "NT вводная часть, код",
)  # fmt: skip
@pytest.mark.requirement("A3")
@pytest.mark.requirement("A8")
@under("nizhnyaya-tura")
def test_nizhnyaya_tura_documents_and_refusals(walk: Walk, device: Callable[..., Device]) -> None:
    """Постановление № 174: documents are checked against the list, an incomplete package is
    refused naming what is missing, the service on grounds of the list; else 10 working days, and
    the code is with the class teacher."""
    walk.register()
    page = walk.open_case("administrator")
    page.locator("summary", has_text="Отказать в приёме").click()
    page.locator("#missing-identity").check()
    page.get_by_role("button", name="Отказать в приёме").click()
    expect(page.locator("main")).to_contain_text("Отказано в приёме документов")
    walk.notice(
        "не предъявлен документ, удостоверяющий личность",
        "«Основание для отказа в приёме документов»",
    )

    walk.register()
    page = walk.open_case("administrator")
    page.locator("summary", has_text="Отказать в услуге").click()
    page.get_by_label("заявитель не является родителем").check()
    page.get_by_label("не указаны необходимые для получения услуги сведения").check()
    page.get_by_role("button", name="Отказать в услуге").click()
    expect(page.locator("main")).to_contain_text("Отказано в предоставлении услуги")
    walk.notice(
        "заявитель не является родителем (законным представителем) ребёнка",
        "не указаны необходимые для получения услуги сведения",
    )

    page = walk.register(documents="application identity authority")
    expect(page.locator("main")).to_contain_text("о конца 18 мая")
    walk.due("due_at", "2026-05-18T23:59")
    page = walk.take_sheets("class_teacher")
    page.get_by_role("button", name="Всё верно").click()
    walk.accept()
    code = walk.print_slip()
    walk.people.own["administrator"].page.get_by_role("button", name=re.compile("переданы")).click()
    assert walk.case.stage == "code_at_class_teacher"
    walk.time.set(f"{TUESDAY}T15:00")
    page = walk.people.at("class_teacher", f"/class/{walk.town.school_class.id}/codes")
    page.get_by_role("button", name=re.compile(f"Отдано лично: {MOTHER[0]}")).click()
    phone = device(320)
    walk.register_by(phone, code)
    walk.read_first_week(phone)
