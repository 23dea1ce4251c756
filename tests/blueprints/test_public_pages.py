"""A14: a public page per school and one for the municipality; A12: what is pasted on a site."""

from collections import OrderedDict
from datetime import timedelta

import pytest

from blueprints.public import blank_forms
from school import clock
from school.actions.history import Act
from school.actions.regulations import NewVersion, add_version, start_regulation
from school.models import (
    History,
    Municipality,
    PublicPage,
    RegulationAct,
    RegulationVersion,
    School,
)
from school.printing import PrinterTrouble
from school.regulations import NAMES
from tests.blueprints.helpers import check_came_back, statements
from tests.town import today
from tests.wire import fetch, on_the_wire

pytestmark = pytest.mark.requirement("A14")

PAGE = "/schools/school-2/"
TEXT = "Приходите.\n\n- паспорт\n- заявление\n\nСайт: https://school.example.ru/."


def edit(visitor, town, status=303, **fields):
    page = visitor.get(f"/office/schools/{town.school.id}/page")
    return visitor.send(page, status=status, **fields)


@pytest.mark.clause("S2 1.1", "S19 1", "NT вводная часть, система", "NT куда обратиться")
def test_a_stranger_finds_what_is_promised(town, visit):
    School.update(address="ул. Заводская, 12", phone="+7 000 00").execute()
    stranger = visit()
    listed = stranger.get("/schools/")
    assert "СОШ № 19" in listed.words
    assert "ул. Заводская, 12; +7 000 00" in listed.words
    page = stranger.get(listed.links()["СОШ № 2"])
    for words in (
        "в системе «Листок»", "Дневник.ру", "136-ОД", "ул. Заводская, 12",
        "не позже 3 рабочих дней от регистрации заявленияп. 2.1",
        "не позже 24 часов от получения результатовпо умолчанию",
        "не позже 1 рабочего дня от получения бланка согласияп. 2.2",
        "не позже 3 рабочих дней от вопросатак отвечает школа",
        "Сколько отметок и пропусков в срок100 %по умолчанию",
        "Бумажный дневник школьника остаётся обязательным (п. 3.1)",
        "классному руководителю", "Если нужен дневник на бумаге",
    ):  # fmt: skip
        assert words in page.words, words
    links = page.links()
    assert links["Спросить школу"] == "/help/ask?school=school-2"
    asking = stranger.get(links["Спросить школу"])
    assert asking.fields()["school"] == str(town.school.id)
    regulation = stranger.follow(stranger.get(links["Весь регламент и его редакции"], status=303))
    assert "Эта редакция действует сегодня" in regulation.words
    assert (
        'C1 = { days = 3, from = "lesson_or_work", clause = "п. 5.1" }'
        in regulation.html.replace("&#34;", '"')
    )
    assert "/schools/" in visit().get("/sign-in").links().values()


@pytest.mark.clause("S2 3.1", "S11 1.4")
@pytest.mark.parametrize("name", NAMES)
def test_each_regulation_says_its_own(town, visit, name):
    """Hand-read from the five texts."""
    promised = {
        "school-2": ("не позже 3 рабочих дней от", "Бумажный дневник школьника остаётся"),
        "school-19": ("не позже 5 рабочих дней от", "Отдайте администратору школы"),
        "volosovskaya": ("не позже 3 дней от получения результатов", "№ 113-о/д"),
        "school-11": ("признаются как записи в бумажном (п. 1.4)", "не позже 24 часов от"),
        "nizhnyaya-tura": ("не позже 10 рабочих дней от", "документ, удостоверяющий личность"),
    }[name]
    School.update(short_name="here", regulation=name).where(
        School.id == town.other_school
    ).execute()
    RegulationAct.update(school=None, template="none").where(
        RegulationAct.school == town.other_school
    ).execute()
    start_regulation(School.get_by_id(town.other_school.id), act=Act(clock.now(), None))
    words = visit().get("/schools/here/").words
    for said in promised:
        assert said in words, said


def test_versions_that_ended_or_come_can_be_read(town, visit):
    text = RegulationVersion.get(RegulationVersion.act == town.act).text
    act = Act(clock.now(), town.deputy_head.id, "a" * 16)
    coming = today() + timedelta(days=5)
    version_id = add_version(
        town.act.id,
        NewVersion(text.replace("days = 3", "days = 2", 1), coming, "№ 7", today()),
        today=today(),
        act=act,
    )
    stranger = visit()
    page = stranger.get(f"/schools/school-2/regulation/{version_id}")
    assert "ещё не начала действовать" in page.words
    assert "№ 7" in page.words
    assert "№ 7" in stranger.follow(stranger.get("/schools/school-2/regulation", status=303)).words
    stranger.get(f"/schools/school-19/regulation/{version_id}", status=404)
    stranger.get("/schools/nowhere/", status=404)
    stranger.get("/schools/school-2", status=308)


def test_pages_are_light_and_kept(town, visit):
    client = visit().client
    for address in ("/schools/", PAGE, "/help/"):
        first = fetch(client, address)
        assert on_the_wire(first) <= 10_000
        assert "Set-Cookie" not in first.headers
        assert first.headers["Cache-Control"] == "public, no-cache"
        with statements() as seen:
            again = fetch(client, address, **{"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
        assert on_the_wire(again) <= 500
        assert len(seen) <= 8
    etag = fetch(client, PAGE).headers["ETag"]
    edit(visit(town.head), town, text="Новое")
    assert fetch(client, PAGE, **{"If-None-Match": etag}).status_code == 200
    # Whoever is signed in has a menu, and nothing of theirs is kept by others.
    assert "no-store" in visit(town.mother).get(PAGE).headers["Cache-Control"]


def test_what_may_be_found_by_a_search(visit):
    robots = visit().client.get("/robots.txt").get_data(as_text=True)
    assert "Disallow: /\n" in robots
    assert "Allow: /schools/" in robots


@pytest.mark.parametrize("who", ["administrator", "deputy_head", "head"])
def test_the_school_edits_its_words(town, visit, who):
    editor = visit(getattr(town, who))
    shown = edit(editor, town, status=200, text=TEXT, preview="1")
    assert "Так это будет выглядеть" in shown.words
    assert shown.fields()["text"] == TEXT
    assert PublicPage.select().count() == 0
    editor.send(shown, text=TEXT, whom="Зоя Львовна, кабинет 12", main_phone="2-76-27")
    page = visit().get(PAGE)
    assert [li.text for li in page.root.xpath("//main/ul[1]/li")] == ["паспорт", "заявление"]
    assert page.links()["https://school.example.ru/"] == "https://school.example.ru/"
    assert "Зоя Львовна, кабинет 12" in page.words
    assert School.get_by_id(town.school.id).phone == "2-76-27"
    facts = {h.field: (h.old, h.new) for h in History.select()}
    assert facts["text"] == ("", TEXT)
    assert facts["main_phone"] == ("", "2-76-27")
    before = History.select().count()
    edit(editor, town)
    assert History.select().count() == before


def test_html_is_words(town, visit):
    edit(visit(town.head), town, text="<script>alert(1)</script><b>жирно</b>")
    assert "<script>alert(1)</script><b>жирно</b>" in visit().get(PAGE).words


def test_two_editors_do_not_overwrite_each_other(town, visit):
    head, admin = visit(town.head), visit(town.administrator)
    edit(head, town, text="Первый")
    late = admin.get(f"/office/schools/{town.school.id}/page")
    edit(head, town, text="Второй")
    page = admin.send(late, status=422, text="Третий")
    assert "изменил другой человек" in check_came_back(page, "text", "Третий")
    assert "Второй" in page.html
    admin.send(page)
    assert PublicPage.get().text == "Третий"


def test_too_long_is_told_beside_the_field(town, visit):
    long = "я" * 6_001
    page = edit(visit(town.head), town, status=422, text=long)
    assert "помещается 6000" in check_came_back(page, "text", long)


@pytest.mark.clause("NT особенности-2", "NT адрес")
@pytest.mark.requirement("A12")
def test_text_and_link_for_the_schools_own_site(app, town, visit):
    base = app.extensions["settings"].base_url
    page = visit(town.administrator).get(f"/office/schools/{town.school.id}/page")
    areas = {t.get("id"): t.text for t in page.root.xpath("//textarea[@readonly]")}
    assert f"{base}{PAGE}" in areas["site-text"]
    assert f'<a href="{base}{PAGE}">' in areas["site-link"]


def test_the_officer_edits_the_municipalitys_words(town, visit):
    officer = visit(town.officer)
    page = officer.get("/oversight/municipal-page")
    officer.send(page, text="Бесплатно для всех.", main_phone="(34342) 2-76-27")
    assert Municipality.get().phone == "(34342) 2-76-27"
    words = visit().get("/schools/").words
    assert "Бесплатно для всех." in words
    assert "(34342) 2-76-27" in words


@pytest.mark.clause("S2 1.1", "NT документы-1", "NT документы-2", "NT документы-4")
@pytest.mark.requirement("D5")
def test_forms_are_there_to_download(town, visit, monkeypatch):
    """S2, п. 1.1: families are told of the form; nobody has to come to the school for it."""
    stranger = visit()
    page = stranger.get(PAGE)
    names = [a for a in page.links().values() if a.startswith(f"{PAGE}forms/")]
    assert len(names) == 8
    for address in names:
        form = stranger.get(address)
        assert "Средняя общеобразовательная школа № 2" in form.words
        assert "____" in form.words
    consent = stranger.get(f"{PAGE}forms/consent")
    assert "Согласие на обработку персональных данных" in consent.words
    made = []
    # What other tests of this process have printed today is none of this one's business.
    monkeypatch.setattr(blank_forms, "_kept", OrderedDict())
    monkeypatch.setattr(
        blank_forms, "make_now", lambda document: made.append(document.points) or b"%PDF-1.4"
    )
    for address in ("consent.pdf", "consent.pdf", "consent.pdf?points=24"):
        answer = stranger.client.get(f"{PAGE}forms/{address}")
        assert answer.content_type == "application/pdf"
        assert answer.data == b"%PDF-1.4"
    # Asking for the same again costs nothing.
    assert made == [12, 24]
    for address in ("nothing", "nothing.pdf"):
        stranger.get(f"{PAGE}forms/{address}", status=404)

    def no_printer(_):
        raise PrinterTrouble("нет программы")

    monkeypatch.setattr(blank_forms, "make_now", no_printer)
    assert "напечатайте бланк" in stranger.get(f"{PAGE}forms/extract.pdf", status=503).words
