"""The pages on which a regulation is read and changed, and the calendar is corrected (G3)."""

from datetime import date, timedelta

import pytest

from school import clock
from school.actions.history import Act
from school.actions.regulations import start_regulation
from school.models import (
    CalendarCorrection,
    CalendarYear,
    History,
    RegulationAct,
    RegulationVersion,
    School,
    Session,
)
from school.queries.calendars import get_working_days
from school.queries.regulations import find_regulation, get_regulation
from school.regulations import NAMES, read_template
from school.rules.terms import Term, Unit
from tests.blueprints.helpers import complaints, value
from tests.town import ZONE, moment, role, today


def address(act, *more):
    return "/".join([f"/oversight/regulations/{act.id}", *more])


def day(words):
    return f"{words:%d.%m.%Y}"


def order(from_on=None, **more):
    """The fields of an order, valid from tomorrow."""
    return {
        "order_name": "№ 12-ОД",
        "order_on": day(today()),
        "from_on": day(from_on or today() + timedelta(days=1)),
        **more,
    }


def rows_of(page):
    """Head of a row → its cells, of all tables."""

    def words(cell):
        return " ".join("".join(cell.itertext()).split())

    return {
        words(row.xpath("./th")[0]): [words(cell) for cell in row.xpath("./td")]
        for row in page.root.xpath("//tbody/tr[th]")
    }


@pytest.fixture
def municipal(town):
    """The municipality's act, with a school of its own under it."""
    third = School.create(
        municipality=town.municipality,
        short_name="nizhnyaya-tura",
        name="СОШ № 1",
        full_name="СОШ № 1",
        time_zone=ZONE,
        regulation="nizhnyaya-tura",
    )
    act = Act(moment(today(), "08:00"), None)
    act_id = start_regulation(third, act=act)
    assert start_regulation(third, act=act) == act_id
    role(town.colleague, "deputy_head", third)
    town.third = third
    return RegulationAct.get_by_id(act_id)


@pytest.mark.requirement("G3")
def test_each_term_stands_with_its_clause_or_as_the_default(town, visit):
    for who in (town.deputy_head, town.head, town.administrator, town.officer):
        page = visit(who).get(address(town.act))
        rows = rows_of(page)
        assert rows["Текущие отметки C1"] == [
            "3 дня", "от даты урока или выполнения работы", "п. 5.1",
        ]  # fmt: skip
        assert rows["Итоговые отметки и экзамены C4"] == [
            "24 часа", "от получения результатов", "по умолчанию: регламент об этом молчит",
        ]  # fmt: skip
        assert "Бумажный дневник остаётся обязательным: да (п. 3.1)" in page.main
        assert "Записи признаются как записи в бумажном дневнике: не сказано" in page.main


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_regulation_can_be_read(town, visit, name):
    act = town.act
    RegulationVersion.create(
        act=act, from_on=today(), text=read_template(name), at=moment(today(), "08:00"),
        request=name, order_name="№ 1", order_on=today(),
    )  # fmt: skip
    visit(town.deputy_head).get(address(act))
    visit(town.deputy_head).get(address(act, "terms"))


@pytest.mark.requirement("G3")
def test_a_term_is_changed_by_an_order_and_only_after_its_preview(town, visit):
    deputy = visit(town.deputy_head)
    link = deputy.get("/oversight/").links()["Регламент и сроки"]
    page = deputy.follow(deputy.get(link, status=303))
    form = deputy.get(page.links()["Изменить сроки"])
    assert value(form, "amount-C1") == "3"
    assert value(form, "amount-C4") == ""
    from_on = today() + timedelta(days=1)
    preview = deputy.send(form, status=200, **order(), **{"amount-C1": "5", "clause-C1": "п. 5.1а"})
    assert "Не позже 3 дней от даты урока" in preview.main
    assert "Не позже 5 дней от даты урока или выполнения работы (п. 5.1а)" in preview.main
    assert "Например: последняя минута, которая ещё в сроке" in preview.main
    # Nothing holds yet.
    assert RegulationVersion.select().where(RegulationVersion.act == town.act).count() == 1
    done = deputy.send(preview, form="versions")
    page = deputy.follow(done)
    assert "новая редакция действует с" in page.words
    before, after = get_regulation(town.school.id, today()), get_regulation(town.school.id, from_on)
    assert before.regulation.term("C1").term == Term(3, Unit.DAYS)
    assert after.regulation.term("C1").term == Term(5, Unit.DAYS)
    assert (after.order_name, after.order_on) == ("№ 12-ОД", today())
    # The comments of the text are still there, and history names who did it.
    assert "# Текущие отметки: от даты урока" in after.regulation.text
    history = History.get(History.table_name == "regulation_version")
    assert history.actor_id == town.deputy_head.id
    assert "№ 12-ОД" in history.new
    assert "Завучева" in page.main
    # The same press once more changes nothing.
    deputy.send(preview, form="versions")
    assert RegulationVersion.select().where(RegulationVersion.act == town.act).count() == 2


def test_silence_brings_the_default_back_and_a_default_can_be_named(town, visit):
    deputy = visit(town.deputy_head)
    form = deputy.get(address(town.act, "terms"))
    preview = deputy.send(
        form, status=200, **order(),
        **{"amount-A8": "", "amount-C4": "3", "unit-C4": "results_received:days",
           "clause-C4": "п. 5.4", "amount-changes_lock": "14"},
    )  # fmt: skip
    deputy.send(preview, form="versions")
    regulation = get_regulation(town.school.id, today() + timedelta(days=1)).regulation
    assert regulation.term("A8").is_default
    assert regulation.term("C4").term == Term(3, Unit.DAYS)
    assert regulation.term("C4").clause == "п. 5.4"
    assert regulation.own_term("changes_lock").term == Term(14, Unit.DAYS)


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"amount-C1": "-3"}, "amount-C1", "отрицательным"),
        ({"amount-C1": "три"}, "amount-C1", "целое число"),
        ({"amount-C1": "٣"}, "amount-C1", "целое число"),
        ({"amount-C1": "3.5"}, "amount-C1", "целое число"),
        ({"amount-C1": "9999"}, "amount-C1", "Слишком большой"),
        ({"amount-C1": "9" * 50}, "amount-C1", "целое число"),
        ({"unit-C1": "arrived:minutes"}, "unit-C1", "Выберите из списка"),
        ({"amount-C4": "2"}, "clause-C4", "Напишите пункт"),
        ({"order_name": " "}, "order_name", "номер приказа"),
        ({"order_on": "вчера"}, "order_on", "Напишите дату"),
        ({"from_on": "31.02.2027"}, "from_on", "Напишите дату"),
        ({"from_on": "01.09.2025"}, "from_on", "Прошлые дни"),
        ({"order_on": "01.01.2190"}, "order_on", "позже дня"),
        ({"amount-C1": "3"}, "from_on", "ничего не изменили"),
    ],
)
def test_what_is_wrong_comes_back_with_a_sentence(town, visit, typed, field, said):
    deputy = visit(town.deputy_head)
    form = deputy.get(address(town.act, "terms"))
    fields = {**order(), "amount-C2": "2", **typed}
    page = deputy.send(form, status=422, **fields)
    assert page.title.startswith("Ошибка: ")
    assert said in complaints(page)[field]
    for name, words in fields.items():
        assert name.startswith("unit-") or value(page, name) == words
    assert RegulationVersion.select().where(RegulationVersion.act == town.act).count() == 1


def test_two_versions_from_one_day_are_refused_and_the_old_one_stays(town, visit):
    deputy, other = visit(town.deputy_head), visit(town.deputy_head)
    previews = [
        browser.send(
            browser.get(address(town.act, "terms")), status=200, **order(), **{"amount-C1": amount}
        )
        for browser, amount in ((deputy, "5"), (other, "7"))
    ]
    deputy.send(previews[0], form="versions")
    refused = other.send(previews[1], form="versions", status=422)
    assert "Прежняя редакция осталась в силе" in refused.main
    assert "уже действует другая редакция" in refused.main
    # What was typed is one press away.
    back = other.send(refused, form="text", status=200)
    assert "C1 = { days = 7" in value(back, "text")
    assert value(back, "order_name") == "№ 12-ОД"
    in_force = get_regulation(town.school.id, today() + timedelta(days=1))
    assert in_force.regulation.term("C1").term == Term(5, Unit.DAYS)
    # And before the preview already.
    again = other.send(
        other.get(address(town.act, "terms")), status=422, **order(), **{"amount-C1": "8"}
    )
    assert "уже действует другая редакция" in complaints(again)["from_on"]


def test_one_can_go_back_from_the_preview_and_nothing_typed_is_lost(town, visit):
    deputy = visit(town.deputy_head)
    form = deputy.get(address(town.act, "terms"))
    preview = deputy.send(form, status=200, **order(), **{"amount-C1": "5"})
    back = deputy.send(preview, form="/terms", status=200)
    assert value(back, "amount-C1") == "5"
    assert value(back, "order_name") == "№ 12-ОД"
    assert "errors-title" not in back.html


@pytest.mark.requirement("H3")
@pytest.mark.parametrize("where", ["terms", "text"])
def test_what_was_typed_outlives_the_session(town, visit, where):
    deputy = visit(town.deputy_head)
    form = deputy.get(address(town.act, where))
    typed = {"terms": {"amount-C1": "5"}, "text": {"text": "# мой текст"}}[where]
    Session.update(ends_at=clock.now()).execute()
    answer = deputy.send(form, **order(), **typed)
    assert "/sign-in" in answer.headers["Location"]
    again = visit(town.deputy_head)
    back = again.get(address(town.act, where))
    assert "Вернулось то, что вы ввели до конца сеанса" in back.main
    ((name, words),) = typed.items()
    assert value(back, name) == words
    assert value(back, "order_name") == "№ 12-ОД"
    anew = again.get(back.links()["начните заново"])
    assert value(anew, name) != words
    # Another deputy head does not see it, and once a version is made it is gone.
    form = again.get(address(town.act, "terms"))
    preview = again.send(form, status=200, **order(), **{"amount-C1": "6"})
    again.send(preview, form="versions")
    assert "Вернулось" not in again.get(address(town.act, where)).main


@pytest.mark.requirement("H3")
def test_a_confirmation_outlives_the_session_too(town, visit):
    deputy = visit(town.deputy_head)
    form = deputy.get(address(town.act, "terms"))
    preview = deputy.send(form, status=200, **order(), **{"amount-C1": "5"})
    Session.update(ends_at=clock.now()).execute()
    deputy.send(preview, form="versions")
    assert RegulationVersion.select().where(RegulationVersion.act == town.act).count() == 1
    again = visit(town.deputy_head)
    back = again.get(address(town.act, "versions"))
    assert "C1 = { days = 5" in value(back, "text")
    again.send(again.send(back, status=200), form="versions")
    tomorrow = get_regulation(town.school.id, today() + timedelta(days=1))
    assert tomorrow.regulation.term("C1").term.amount == 5
    again.follow(again.get(address(town.act, "versions"), status=303))


def test_the_whole_text_is_changed_too_and_a_wrong_line_is_named(town, visit):
    deputy = visit(town.deputy_head)
    form = deputy.get(address(town.act, "text"))
    text = value(form, "text")
    assert text == read_template("school-2")
    wrong = text.replace("C1 = { days = 3", "C1 = { days = -3")
    line = text[: text.index("\nC1 = {")].count("\n") + 2
    page = deputy.send(form, status=422, **order(), text=wrong)
    assert f"строка {line}: «C1»: срок не может быть отрицательным" in complaints(page)["text"]
    assert value(page, "text") == wrong
    page = deputy.send(form, status=422, **order(), text=text + "\n[terms2]\n")
    assert "незнакомый раздел" in complaints(page)["text"]
    page = deputy.send(form, status=422, **order(), text=text.replace('"school"', '"municipality"'))
    assert "здесь не меняют" in page.main
    page = deputy.send(form, status=422, **order(), text=text)
    assert "ничего не изменили" in page.main
    assert find_regulation(town.school.id, today()).regulation.text == text
    flag = "paper_diary_stays = { value = true"
    preview = deputy.send(
        form, status=200, **order(), text=text.replace(flag, flag.replace("true", "false"))
    )
    assert "+ paper_diary_stays = { value = false" in preview.main
    deputy.send(preview, form="versions")
    changed = get_regulation(town.school.id, today() + timedelta(days=1)).regulation
    assert changed.flag("paper_diary_stays").value is False


def test_bytes_that_are_no_text_do_no_harm(town, visit):
    deputy = visit(town.deputy_head)
    form = deputy.get(address(town.act, "text"))
    page = deputy.send(form, status=422, **order(), text="\0\x01")
    assert "нужно название регламента" in complaints(page)["from_on"]
    form = deputy.get(address(town.act, "terms"))
    preview = deputy.send(
        form, status=200, **order(order_name="№\0 5"),
        **{"amount-C1": "5", "clause-C1": 'п. "5\\.1"\x00\u2028'},
    )  # fmt: skip
    deputy.send(preview, form="versions", request="\0'")
    changed = get_regulation(town.school.id, today() + timedelta(days=1))
    assert changed.regulation.term("C1").clause == 'п. "5\\.1"'
    assert changed.order_name == "№ 5"


def test_past_versions_stay_readable_and_what_holds_until_the_next_is_said(town, visit):
    deputy = visit(town.deputy_head)
    for days, amount in ((30, "5"), (10, "4")):
        form = deputy.get(address(town.act, "terms"))
        preview = deputy.send(
            form, status=200, **order(today() + timedelta(days=days)), **{"amount-C1": amount}
        )
        deputy.send(preview, form="versions")
    assert f"до {day(today() + timedelta(days=30))}, когда начнёт действовать" in preview.main
    page = deputy.get(address(town.act))
    for link, words in (("01.09.2025: текст редакции", "days = 3"),):
        assert words in deputy.get(page.links()[link]).html
    for days, amount in ((0, 3), (9, 3), (10, 4), (29, 4), (30, 5)):
        found = get_regulation(town.school.id, today() + timedelta(days=days)).regulation
        assert found.term("C1").term.amount == amount


@pytest.mark.requirement("G3")
def test_the_municipal_act_is_the_officers_alone(town, municipal, visit):
    officer = visit(town.officer)
    deputy = visit(town.colleague)  # deputy head of the school under it
    page = deputy.get(address(municipal))
    assert "Сроки меняет Управление образования" in page.main
    assert "Изменить сроки" not in page.links()
    deputy.get(address(municipal, "terms"), status=403)
    deputy.post(address(municipal, "versions"), {}, status=403)
    visit(town.deputy_head).get(address(municipal), status=404)
    officer.get(address(town.act, "terms"), status=403)
    assert "Муниципальный регламент" in officer.get("/oversight/regulations").links()
    form = officer.get(address(municipal, "terms"))
    preview = officer.send(form, status=200, **order(), **{"amount-C1": "4"})
    officer.send(preview, form="versions")
    tomorrow = today() + timedelta(days=1)
    assert get_regulation(town.third.id, tomorrow).regulation.term("C1").term.amount == 4
    assert get_regulation(town.school.id, tomorrow).regulation.term("C1").term.amount == 3


def test_a_school_made_later_joins_the_municipal_act(town, municipal):
    later = School.create(
        municipality=town.municipality,
        short_name="school-105",
        name="СОШ № 105",
        full_name="СОШ № 105",
        time_zone=ZONE,
        regulation="nizhnyaya-tura",
    )
    assert start_regulation(later, act=Act(moment(today(), "09:00"), None)) == municipal.id
    assert RegulationVersion.select().where(RegulationVersion.act == municipal).count() == 1
    assert get_regulation(later.id, today()).regulation.term("C1").term.amount == 5


# --- the calendar ------------------------------------------------------------------------


def calendar(town):
    return f"/office/schools/{town.school.id}/calendar"


def weekday_ahead():
    """A Monday in the year after the next confirmed one that is an ordinary working day."""
    found = date(today().year + 1, 9, 13)
    return found + timedelta(days=(7 - found.weekday()) % 7)


def test_the_calendar_shows_transfers_and_warns_of_a_year_that_is_not_confirmed(town, visit):
    administrator = visit(town.administrator)
    administrator.get("/office/").links()["Календарь"]
    year = today().year + 1
    page = administrator.get(f"{calendar(town)}?year={year}")
    assert f"Переносы на {year} год не подтверждены." in page.main
    # Of the first eight days of January, all holidays, the page lists those of a working week.
    first = next(date(year, 1, n) for n in range(1, 9) if date(year, 1, n).weekday() < 5)
    assert f"{first.day} января" in page.main
    page = administrator.send(page, form="years", status=422, act="  ")
    assert "Напишите, с каким постановлением" in complaints(page)["act"]
    done = administrator.send(page, form="years", act="постановление от 01.10 № 1")
    page = administrator.follow(done)
    assert "Сверен с актом: постановление от 01.10 № 1" in page.main
    assert not get_working_days(town.school.id, date(year, 3, 1)).warnings_between(
        date(year, 1, 1), date(year, 12, 31)
    )
    assert CalendarYear.select().count() == 1
    # For this school alone, and readable by who answers for it.
    other = get_working_days(town.other_school.id, date(year, 3, 1))
    assert other.warnings_between(date(year, 1, 1), date(year, 12, 31)) == (year,)
    page = visit(town.deputy_head).get(f"{calendar(town)}?year={year}")
    assert "Исправляет и подтверждает администратор" in page.main
    for strange in ("9999", "-1", "x", "²٠٢٦", "20266"):
        administrator.get(f"{calendar(town)}?year={strange}")


def test_an_administrator_corrects_a_day_and_takes_it_back(town, visit):
    administrator = visit(town.administrator)
    monday = weekday_ahead()
    assert get_working_days(town.school.id, monday)(monday)
    page = administrator.get(f"{calendar(town)}?year={monday.year}")
    fields = {"day": day(monday), "is_working": "no", "reason": "праздник области, указ № 5"}
    for _ in range(2):  # pressed twice
        done = administrator.send(page, form="days", **fields)
    assert CalendarCorrection.select().count() == 1
    assert not get_working_days(town.school.id, monday)(monday)
    assert get_working_days(town.other_school.id, monday)(monday)
    page = administrator.follow(done)
    assert "праздник области, указ № 5" in page.main
    assert History.select().where(History.table_name == "calendar_correction").count() == 1
    administrator.send(page, form="/back")
    administrator.send(page, form="/back")
    assert get_working_days(town.school.id, monday)(monday)
    assert CalendarCorrection.select().count() == 2


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"day": "когда-нибудь"}, "day", "Напишите дату"),
        ({"day": "01.09.2025"}, "day", "уже прошёл"),
        ({"day": "01.09.2150"}, "day", "знает годы до"),
        ({"is_working": "yes"}, "day", "и так рабочий"),
        ({"reason": "\0"}, "reason", "Напишите, почему"),
    ],
)
def test_what_cannot_be_corrected_comes_back(town, visit, changes, field, said):
    administrator = visit(town.administrator)
    page = administrator.get(calendar(town))
    fields = {"day": day(weekday_ahead()), "is_working": "no", "reason": "указ № 5", **changes}
    page = administrator.send(page, form="days", status=422, **fields)
    assert said in complaints(page)[field]
    # Where the year is not confirmed yet, another form follows.
    assert page.fields("days")["day"] == fields["day"]
    assert not CalendarCorrection.select().exists()


def test_the_regulation_warns_where_a_terms_year_is_not_confirmed(town, visit, monkeypatch):
    monkeypatch.setattr("school.queries.calendars.CONFIRMED", {})
    page = visit(town.deputy_head).get(address(town.act))
    assert f"календарь на {today().year}" in page.main.lower()
    assert "не подтверждён" in page.main
