"""Slips, hand-overs, and who has no code yet and why (A5, A6, A8, A9, D5)."""

import io
import re
import subprocess
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import zxingcpp
from python_calamine import CalamineWorkbook

from blueprints.papers import documents
from school import clock
from school.actions.history import Act
from school.actions.invitations import Wanted, hand_to_person, make_codes
from school.models import (
    Account,
    Consent,
    Guardianship,
    HandOver,
    Invitation,
    Paper,
    RegulationVersion,
    RequestStep,
    SchoolYear,
    ServiceRequest,
)
from school.queries.regulations import find_act_of_school, get_regulation
from school.regulations import read_template
from school.rules.codes import is_whole, read_code
from school.rules.flow import Heading, Paragraph
from tests.blueprints.invited import SECRET, Family, consent_for, invite, new_family
from tests.databases import on_sqlite
from tests.paper import text_of
from tests.town import enrol, person, role, today


@pytest.fixture
def family(town):
    return new_family(town)


def row_of(page, name):
    """What the class's page says of somebody: access, and what is to be done."""
    for line in page.root.xpath("//tbody/tr"):
        if name in "".join(line.xpath("./th//text()")):
            return " ".join(" ".join(line.xpath("./td//text()")).split())
    raise AssertionError(f"{name} is not listed")


def codes_on(page):
    """Names and codes of the slips on a page."""
    found = {}
    for slip in page.root.xpath("//div[@class='cut' or @class='slip']"):
        code = slip.xpath(".//*[@class='code' and not(@src)]/text() | .//b[@class='whole']/text()")
        found["".join(slip.xpath("./h2/text()"))] = read_code(code[0])[0]
    return found


def tick(visitor, address, *ticked, name="code", status=200):
    """Choose people on the page for printing and press the button."""
    page = visitor.get(address)
    fields = {k: v for k, v in page.fields("/codes/print").items() if k not in ("code", "password")}
    return visitor.post(address, {**fields, "points": "12", name: list(ticked)}, status=status)


def of(somebody, pupil):
    return f"{somebody.id}-{pupil.id}"


@pytest.mark.clause("S2 2.3", "S2 2.4", "NT внимание", "NT вводная часть, код")
@pytest.mark.requirement("A5")
@pytest.mark.requirement("A6")
@pytest.mark.requirement("A8")
def test_a_slip_goes_from_the_office_through_the_class_teacher(town, visit, family):
    case = request_of(town, family)
    Account.delete().where(Account.person == town.people["classmate"]).execute()
    office, teacher = visit(town.people["administrator"]), visit(town.people["class_teacher"])
    address = f"/class/{town.school_class.id}/codes"
    assert "согласие есть, кода ещё нет" in row_of(office.get(address), "Лисицына")
    assert "ждём согласия" in row_of(office.get(address), "Петров-Сосновский")
    # What a class teacher prints are codes of pupils.
    assert of(family.mother, family.pupil) not in teacher.get(f"{address}/print").html
    tick(teacher, f"{address}/print", of(family.mother, family.pupil), status=422)
    start = office.get("/office/codes")
    assert "Согласие принято, а действующего кода нет: 2." in start.main
    page = office.send(start, form="/codes/print", status=200)
    made = codes_on(page)
    assert set(made) == {"Лисицына Анна Ивановна", "Лисицын Глеб Ивановна"}
    assert all(map(is_whole, made.values()))
    assert "видны один раз" in page.main
    assert "в тайне" in page.main
    # The same form again shows nothing: the codes are nowhere but on the slips.
    again = office.send(start, form="/codes/print", status=422)
    assert not codes_on(again)
    for code in made.values():
        assert code not in str(list(Invitation.select().dicts()))
    assert stage(case) == "preparing_code"
    assert "в кабинете" in row_of(teacher.get(address), "Лисицына")
    office.send(page, form="class-teachers")
    assert stage(case) == "code_at_class_teacher"
    assert case_row(case).met_at is not None
    line = row_of(teacher.get(address), "Лисицына")
    assert "памятка у классного руководителя" in line
    # One click for each; at this school always personally (п. 2.4).
    own = teacher.get(address)
    assert "не лично" not in own.main
    code_id = Invitation.get(Invitation.person == family.mother).id
    fields = {**own.fields(f"/codes/{code_id}"), "in_person": "yes"}
    teacher.post(f"/class/codes/{code_id}", fields)
    teacher.post(f"/class/codes/{code_id}", fields)
    assert "отдана" in row_of(teacher.get(address), "Лисицына")
    assert stage(case) == "done"
    steps = [
        (row.step, row.giver.surname, row.taker.surname, row.in_person)
        for row in HandOver.select().where(HandOver.invitation == code_id).order_by(HandOver.id)
    ]
    assert steps == [
        ("to_class_teacher", "Кабинетова", "Классная", True),
        ("to_person", "Классная", "Лисицына", True),
    ]
    # Nobody gets around «personally».
    other = Invitation.get(Invitation.person == family.pupil).id
    answer = teacher.post(f"/class/codes/{other}", {**fields, "in_person": "no", "request": "x"})
    assert "только лично в руки" in teacher.follow(answer).words


def request_of(town, family, school=None):
    at = clock.now()
    school = school or town.school
    version = RegulationVersion.get_by_id(get_regulation(school.id, today()).version_id)
    case = ServiceRequest.create(
        school=school, school_year=SchoolYear.get(SchoolYear.school == school),
        ordinal=1, kind="ediary", channel="visit", registered_on=today(), registered_at=at,
        registered_by=town.people["administrator"], regulation_version=version, due_at=at,
        pupil=family.pupil, applicant=family.mother, surname="Лисицына", given_name="Анна",
        stage="preparing_code", stage_at=at, request="1",
    )  # fmt: skip
    RequestStep.create(service_request=case, at=at, stage="preparing_code", step="accepted")
    return case.id


def case_row(case_id):
    return ServiceRequest.get_by_id(case_id)


def stage(case_id):
    return case_row(case_id).stage


@pytest.mark.requirement("A8")
def test_where_the_regulation_knows_no_class_teacher_the_printed_slip_meets_the_term(town):
    """Регламент СОШ № 19, п. 2: the slip is ready at the office, and handed over from there."""
    RegulationVersion.create(
        act=find_act_of_school(town.other_school.id), from_on=today(),
        text=read_template("school-19"), at=clock.now(), request="19",
    )  # fmt: skip
    child = person(town.municipality, "Лосев", "Егор")
    mother = person(town.municipality, "Лосева", "Инна")
    enrol(town.other_class, child)
    Guardianship.create(
        pupil=child, guardian=mother, kind="mother", basis="свидетельство", from_on=today()
    )
    consent_for(town, mother, child, school=town.other_school)
    case = request_of(town, Family(mother, child), town.other_school)
    act = Act(clock.now(), town.people["administrator"].id, "r")
    made, _ = make_codes(
        [Wanted(mother.id, "guardian", child.id)], town.other_school.id, act,
        secret=SECRET, request="1",
    )  # fmt: skip
    assert stage(case) == "code_at_office"
    assert case_row(case).met_at is not None
    number = made[0].invitation_id
    hand_to_person(number, town.other_school.id, act, in_person=True, request="2")
    assert stage(case) == "done"
    assert HandOver.get().step == "to_person"


@pytest.mark.clause("S2 4.1", "S2 4.2", "S2 4.3", "S2 4.4")
@pytest.mark.requirement("A9")
def test_a_pupil_gets_a_code_from_the_class_teacher_at_any_time(town, visit, family):
    teacher = visit(town.people["class_teacher"])
    classmate = town.people["classmate"]
    Account.delete().where(Account.person == classmate).execute()
    address = f"/class/{town.school_class.id}/codes"
    start = teacher.get(address)
    assert "Ученики без кода: 2, из них ждут согласия семьи: 1." in start.main
    page = tick(teacher, f"{address}/print", of(family.pupil, family.pupil))
    assert "Регистрироваться не обязательно" in page.main
    assert "памятка у классного руководителя" in row_of(teacher.get(address), "Лисицын Глеб")
    first = codes_on(page).popitem()[1]
    # Lost: another one, and the first is dead.
    second = codes_on(tick(teacher, f"{address}/print", of(family.pupil, family.pupil))).popitem()[
        1
    ]
    stranger = visit()
    stranger.send(stranger.get("/invitation"), form="/invitation", status=422, code=first)
    stranger.send(stranger.get("/invitation"), form="/invitation", code=second)
    # A pupil whose family has not consented gets none.
    assert "ждём согласия" in row_of(teacher.get(address), "Петров-Сосновский")
    tick(teacher, f"{address}/print", of(classmate, classmate), status=422)
    consent_for(town, None, classmate)
    tick(teacher, f"{address}/print", of(classmate, classmate))
    Consent.update(withdrawn_at=clock.now()).execute()
    assert "ждём согласия" in row_of(teacher.get(address), "Лисицын Глеб")


def test_a_hand_over_is_taken_back_by_a_further_row_alone(town, visit, family):
    teacher = visit(town.people["class_teacher"])
    address = f"/class/{town.school_class.id}/codes"
    tick(teacher, f"{address}/print", of(family.pupil, family.pupil))
    page = teacher.get(address)
    answer = teacher.send(page, form="/class/codes/", in_person="yes")
    page = teacher.follow(answer)
    link = next(a for words, a in page.links().items() if words.startswith("Отменить передачу"))
    form = teacher.get(link)
    teacher.send(form, form="/hand-overs/", status=422, why=" ")
    teacher.send(form, form="/hand-overs/", why="отметила не того")
    teacher.send(form, form="/hand-overs/", why="отметила не того")
    assert "памятка у классного руководителя" in row_of(teacher.get(address), "Лисицын Глеб")
    assert [row.step for row in HandOver.select().order_by(HandOver.id)] == [
        "to_class_teacher", "to_person", "taken_back",
    ]  # fmt: skip


def test_a_code_that_a_parent_got_for_another_child_is_handed_over_there(town, visit, family):
    """A class teacher is offered nothing about the other one's, which they may not open."""
    brother = person(town.municipality, "Лисицын", "Марк")
    enrol(town.other_class, brother)
    Guardianship.create(
        pupil=brother, guardian=family.mother, kind="mother", basis="свидетельство о рождении",
        from_on=today() - timedelta(days=9),
    )  # fmt: skip
    consent_for(town, family.mother, brother)
    invite(town, family.mother, brother)
    code = Invitation.get(Invitation.pupil == brother)
    address = f"/class/{town.school_class.id}/codes"
    act = Act(clock.now(), town.people["administrator"].id, "r")
    hand_to_person(code.id, town.school.id, act, in_person=True, request="h")
    page = visit(town.people["class_teacher"]).get(address)
    assert row_of(page, "Лисицына Анна")
    assert not [words for words in page.links() if words.startswith("Отменить передачу")]
    page = visit(town.people["administrator"]).get(address)
    assert [words for words in page.links() if words.startswith("Отменить передачу")]


@pytest.mark.requirement("D5")
def test_the_register_of_hand_overs_is_read_and_taken_away(town, visit, family):
    teacher, office = visit(town.people["class_teacher"]), visit(town.people["administrator"])
    address = f"/class/{town.school_class.id}/codes"
    tick(teacher, f"{address}/print", of(family.pupil, family.pupil))
    teacher.send(teacher.get(address), form="/class/codes/", in_person="yes")
    page = office.get(f"/office/schools/{town.school.id}/hand-overs")
    assert "Лисицын Глеб" in page.main
    assert "получателю, лично" in page.main
    link = page.links()["Скачать таблицей (XLSX)"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(office.client.get(link).data))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[-1][2:5] == ["Классная Анна Ивановна".replace("Анна", "Ирина"),
                             "Лисицын Глеб Ивановна", "получателю, лично"]  # fmt: skip
    office.get(f"/office/schools/{town.other_school.id}/hand-overs", status=404)


@on_sqlite
@pytest.mark.requirement("D5")
def test_a_long_register_is_read_in_parts_and_printed_whole(town, visit, family, monkeypatch):
    monkeypatch.setattr(documents, "make_soon", lambda paper_id: None)
    teacher, office = visit(town.people["class_teacher"]), visit(town.people["administrator"])
    tick(teacher, f"/class/{town.school_class.id}/codes/print", of(family.pupil, family.pupil))
    code = Invitation.get(Invitation.person == family.pupil)
    HandOver.insert_many(
        {"school": town.school, "invitation": code, "at": code.made_at, "step": "to_person",
         "giver": town.people["class_teacher"], "taker": family.pupil, "in_person": True,
         "request": f"r{n}"}
        for n in range(150)
    ).execute()  # fmt: skip
    page = office.get(f"/office/schools/{town.school.id}/hand-overs")
    assert len(page.html.encode()) < 60_000
    seen = lines = 0
    for link in page.root.xpath("//nav[@aria-label='Страницы']//a"):
        part = office.get(link.get("href"))
        sheets = part.root.xpath("//section[contains(@class, 'sheet')]")
        first, _, last = link.text.split()[1].partition("–")
        assert [sheet.get("aria-label") for sheet in sheets] == [
            f"Страница {number}" for number in range(int(first), int(last or first) + 1)
        ]
        seen, lines = seen + len(sheets), lines + len(part.root.xpath("//tbody/tr"))
    assert lines >= 150
    assert f"Показано страниц: {documents.SHEETS_SHOWN} из {seen}" in page.words
    assert "Страница 1" in office.get(f"{page.address}?sheet=x").words
    office.send(part, form="hand-overs")
    assert Paper.get().source.count("<section") == seen


def test_a_part_of_a_long_report_says_which_section_it_continues():
    first, second = Heading("Сроки"), Heading("Заявления")
    sheets = [
        [first, Paragraph("…"), second, Paragraph("…")],
        [Heading("Код", level=3), Paragraph("…")],
        [Paragraph("…"), Heading("Итоги"), Paragraph("…")],
        [Heading("Итоги"), Paragraph("…")],
    ]
    said = [documents.continued_section(sheets, range(at, 4)) for at in range(4)]
    assert said == ["", "Заявления", "Заявления", ""]


@pytest.mark.requirement("D5")
@pytest.mark.requirement("A5")
@pytest.mark.parametrize("points", ["small", "12", "24"])
def test_a_printed_qr_code_opens_the_right_page(town, visit, family, tmp_path, points):
    """The PDF is printed to a picture, a scanner reads the picture, a browser opens the address
    and the code in it is the right one."""
    for _ in range(12 if points == "small" else 3):
        new_family(town)
    office = visit(town.people["administrator"])
    start = office.get("/office/codes")
    page = office.send(start, form="/codes/print", status=200, points=points)
    made = codes_on(page)
    answer = office.client.post(
        page.action("/codes/pdf"),
        data={
            **page.fields("/codes/pdf"),
            "slip": page.root.xpath("//input[@name='slip']/@value"),
        },
    )
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store, no-cache"
    pages = text_of(answer.data)
    assert all(re.search(r"Страница \d+ из \d+", text) for text in pages)
    count = len(page.root.xpath("//input[@name='slip']"))
    assert count == (26 if points == "small" else 8)
    assert sum(text.count("/invitation") for text in pages) == count
    assert points != "small" or len(pages) == 1, "a class is on one sheet"
    found = scan(answer.data, tmp_path)
    assert len(found) == count
    for address in found:
        parts = urlsplit(address)
        assert parts.path == "/invitation"
        assert not parts.query, "a code in the query stands in the logs of servers"
        assert is_whole(parts.fragment)
    address = next(a for a in found if a.endswith(made["Лисицына Анна Ивановна"]))
    stranger = visit()
    opened = stranger.get(urlsplit(address).path)
    answer = stranger.send(opened, form="/invitation", code=urlsplit(address).fragment)
    assert "Лисицына Анна" in stranger.follow(answer).main


def scan(pdf, folder):
    """What a scanner reads on all pages of a PDF."""
    path = folder / "slips.pdf"
    path.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-gray", "-r", "150", path, folder / "page"], check=True)
    found = []
    for picture in sorted(folder.glob("page*.pgm")):
        _, size, _, dots = picture.read_bytes().split(b"\n", 3)
        width, height = map(int, size.split())
        view = memoryview(dots).cast("B", shape=[height, width])
        found += [code.text for code in zxingcpp.read_barcodes(view)]
    return found


def test_only_codes_that_are_out_are_printed_again(town, visit, family):
    code = invite(town, family.mother, family.pupil)
    number = Invitation.get(Invitation.person == family.mother).id
    office = visit(town.people["administrator"])
    token = office.get("/office/codes").fields(0)["csrf_token"]
    address = f"/office/schools/{town.school.id}/codes/pdf"

    def ask(slip):
        return office.client.post(address, data={"csrf_token": token, "slip": slip}).status_code

    wrong = ("2" if code[0] != "2" else "3") + code[1:]
    for slip in (f"{number}:{wrong}", f"{number + 1}:{code}", "x:y", f"{number}:"):
        assert ask(slip) == 422
    assert ask(f"{number}:{code}") == 200
    Invitation.update(used_at=clock.now()).execute()
    assert ask(f"{number}:{code}") == 422


def test_who_renews_whose_password(town, visit, family):
    """Staff and families with children in two schools are the office's."""
    mother = town.mother
    teacher, office = visit(town.people["class_teacher"]), visit(town.people["administrator"])
    address = f"/class/{town.school_class.id}/codes/print"
    value = of(mother, town.pupil)
    assert f'id="password-{value}"' in teacher.get(address).html
    page = tick(teacher, address, value, name="password")
    assert "Код, чтобы придумать новый пароль" in page.main
    assert "напечатан код для нового пароля" in row_of(
        teacher.get(address.removesuffix("/print")), "Королёва"
    )
    role(mother, "teacher", town.school)
    for visitor in (teacher, office):
        assert f'id="password-{value}"' not in visitor.get(address).html
        tick(visitor, address, value, name="password", status=422)


def test_namesakes_have_codes_of_their_own(town, visit):
    one, two = new_family(town), new_family(town)
    codes = {invite(town, family.mother, family.pupil): family for family in (one, two)}
    assert len(codes) == 2
    for code, family in codes.items():
        visitor = visit()
        visitor.send(visitor.get("/invitation"), form="/invitation", code=code)
        page = visitor.get("/invitation/registration")
        offered = page.fields("/registration")["login"]
        answer = visitor.send(
            page, form="/registration", password="кот и три сосны", again="кот и три сосны"
        )
        assert answer.status == 303
        assert Account.get(Account.person == family.mother).login == offered


def test_any_name_gets_a_slip(town, visit, family):
    for surname, given_name in (("Д'Артаньян", "Жан-Поль"), ("Ёлкина-Щукина", "Зоя"), ("Ли", "О")):
        child = person(town.municipality, surname, given_name)
        child.patronymic = ""
        child.save()
        enrol(town.school_class, child)
        consent_for(town, None, child)
    office = visit(town.people["administrator"])
    page = office.send(office.get("/office/codes"), form="/codes/print", status=200)
    assert {"Д'Артаньян Жан-Поль", "Ёлкина-Щукина Зоя", "Ли О"} <= set(codes_on(page))
