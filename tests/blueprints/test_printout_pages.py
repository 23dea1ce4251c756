"""The paper way in the browser: who is on it, printouts made and ticked off, calls."""

from datetime import timedelta

import pytest

from school import clock
from school.database import fetch_all
from school.models import (
    ChosenLook,
    PaperCall,
    PaperWay,
    PeriodResult,
    Printout,
    PrintoutHandOver,
    PrintSize,
    ResultVerdict,
    Verdict,
)
from school.queries.obligations import list_obligations, list_open_obligations
from school.queries.obligations.wanted import Wanted
from school.queries.paper_calls import list_owed_calls
from school.queries.printouts import get_schedule
from school.queries.regulations import get_regulation
from tests.databases import on_sqlite
from tests.results import make_period
from tests.school.test_printouts import fill_week, monday, put_on_paper
from tests.town import moment


@pytest.mark.clause("S19 4", "V 2-3", "S11 2.2-3", "S2 3.2")
@on_sqlite
@pytest.mark.requirement("D1")
@pytest.mark.requirement("C7")
@pytest.mark.requirement("H17")
def test_the_class_teacher_puts_people_on_paper_prints_and_ticks_off(town, visit):
    ChosenLook.create(person=town.mother, look="z175")
    browser = visit(town.class_teacher)
    address = f"/class/{town.school_class.id}"
    blank = browser.get(f"{address}/paper/new")
    wrong = browser.send(blank, why="no_device", from_on="когда-нибудь", status=422)
    assert "Выберите, кому отдавать бумагу" in wrong.main
    assert wrong.fields()["from_on"] == "когда-нибудь"
    mother = f"{town.pupil.id}-{town.mother.id}"
    long_ago = (monday() - timedelta(days=7)).isoformat()
    browser.send(wrong, person=mother, from_on=long_ago)
    way = PaperWay.get()
    listed = browser.get(f"{address}/paper")
    # The size of letters on the screen carries over.
    assert "Королёва Мария" in listed.main
    assert "шрифт 24" in listed.main
    own = browser.get(f"/class/paper/{way.id}")
    browser.send(own, form="/size", points="18")
    assert PrintSize.get().points == 18

    week = f"{address}/printouts?week={monday()}"
    before = browser.get(week)
    assert "Распечатка ещё не сделана" in before.main
    browser.send(before)
    made = Printout.get()
    assert made.state == "done"
    page = browser.get(week)
    assert "Срок прошёл, не вручено: 1" in page.main
    pdf = browser.client.get(f"/class/printouts/{made.id}/file")
    assert pdf.data.startswith(b"%PDF")
    assert "Ученик: Королёв" in browser.get(f"/class/printouts/{made.id}").main
    refused = browser.send(page, form="/handed", status=422)
    assert "Отметьте, кому вручили" in refused.main
    browser.send(page, form="/handed", way=str(way.id))
    handed = PrintoutHandOver.get()
    assert "после срока, Классная Ирина" in browser.get(week).main
    undo = browser.get(f"/class/printouts/handed/{handed.id}")
    browser.send(undo, word="", status=422)
    browser.send(undo, word="ошиблась строкой")
    assert PrintoutHandOver.get().undone_at is not None
    assert "Распечатки вручить, срок прошёл" in browser.get("/class/").main
    browser.send(own, form="/end", reason="есть телефон")
    assert "на бумаге никому не сообщаем" in browser.get(f"{address}/paper").main
    assert "никому не печатаем" in browser.get(f"{address}/printouts").main


@on_sqlite
def test_the_deputy_head_chooses_day_and_hour_and_sees_the_classes(town, visit):
    put_on_paper(town, town.pupil, town.mother)
    browser = visit(town.deputy_head)
    page = browser.get(f"/oversight/schools/{town.school.id}/printouts?week={monday()}")
    assert "пятница, с 15:00 (обычный порядок)" in page.main
    assert "7А" in page.main
    assert "Распечаток пока нет, классов с получателями: 1." in page.main
    browser.send(page, hour="25", status=422)
    browser.send(page, weekday="3", hour="12")
    chosen = get_schedule(town.school.id)
    assert (chosen.weekday, chosen.hour, chosen.is_chosen) == (3, 12, True)


def miss_and_grade(town):
    """The pupil missed Tuesday's lesson, and the quarter that ended on Friday has a result."""
    lessons, _ = fill_week(town)
    missed, version = lessons[1], get_regulation(town.school.id, monday())
    Verdict.create(
        school=town.school, key=f"absence:{missed.id}:{town.pupil.id}", what="absence",
        lesson=missed, pupil=town.pupil, teacher=town.teacher, event_on=missed.held_on,
        lesson_ends_at=missed.ends_at, entered_at=missed.ends_at,
        due_at=missed.ends_at + timedelta(hours=24), regulation_version=version.version_id,
    )  # fmt: skip
    period = make_period(
        town.school, town.year, 1, monday() - timedelta(days=30), monday() + timedelta(days=4)
    )
    result = {
        "school": town.school, "school_year": town.year, "study_period": period, "kind": "period",
        "pupil": town.pupil, "subject": town.group.subject_id, "teaching_group": town.group,
    }  # fmt: skip
    entered = moment(period.until_on, "16:00")
    PeriodResult.create(
        **result, value="5", proposed="5", decided_at=entered, decided_by=town.teacher
    )
    ResultVerdict.create(
        **result, key="k", teacher=town.teacher, event_on=period.until_on, entered_at=entered,
        due_at=entered + timedelta(days=2), regulation_version=version.version_id,
    )  # fmt: skip
    return missed, period


@pytest.mark.requirement("C3")
@pytest.mark.requirement("C2")
def test_calls_are_owed_within_their_terms_logged_and_taken_back(town, visit):
    missed, period = miss_and_grade(town)
    way = put_on_paper(town, town.pupil, town.mother)
    span = (monday(), monday() + timedelta(days=6))

    def owed():
        return list_owed_calls(town.school.id, *span, clock.now())

    absence, results = owed()
    assert (absence.row, absence.about, absence.due_at) == (
        "C3", missed.held_on.isoformat(), missed.ends_at + timedelta(hours=24),
    )  # fmt: skip
    end = moment(period.until_on + timedelta(days=3), "00:00") - timedelta(milliseconds=1)
    assert (results.row, results.about, results.due_at) == ("C2", f"period-{period.id}", end)
    assert (results.said, absence.said) == ("Алгебра — 5", "3-й урок, Алгебра: болезнь")
    open_lines = list_open_obligations(town.school.id, clock.now(), wanted=Wanted(*span))
    assert [line.row for line in open_lines if line.kind == "call"] == ["C3", "C2"]
    # A call before there were results answers for none.
    early = PaperCall.create(
        school=town.school, paper_way=way, what="results", about=results.about,
        at=moment(period.until_on, "12:00"), by=town.class_teacher, spoke_with="мама",
        request="early",
    )  # fmt: skip
    assert owed()[1].met_at is None
    early.delete_instance()

    browser = visit(town.class_teacher)
    page = browser.get(f"/class/{town.school_class.id}/calls")
    assert "Пропуски" in page.main
    assert "Срок прошёл" in page.main
    nobody = browser.send(page, about=absence.key, word="болеет до пятницы", status=422)
    assert "С кем говорили" in nobody.main
    assert nobody.fields()["word"] == "болеет до пятницы"
    assert nobody.fields()["about"] == absence.key
    sent = {**nobody.fields(), "spoke_with": "с мамой"}
    for _ in range(2):
        browser.post(f"/class/{town.school_class.id}/calls", sent)
    call = PaperCall.get()
    assert (call.spoke_with, call.word, call.about) == (
        "с мамой",
        "болеет до пятницы",
        absence.about,
    )
    assert [line.met_at for line in owed()] == [call.at, None]
    done = list_obligations(town.school.id, clock.now(), Wanted(*span, row="C3", state="late"))
    assert [line.key for line in done if line.kind == "call"] == [f"call:{absence.key}"]
    undo = browser.get(f"/class/calls/{call.id}")
    browser.send(undo, word="", status=422)
    browser.send(undo, word="не тому человеку")
    assert [line.met_at for line in owed()] == [None, None]
    assert "Не считается: не тому человеку" in browser.get(page.address).main
    # What was corrected since is nobody's absence any more.
    missed_row = "UPDATE attendance SET code = 'о' WHERE lesson_id = ? RETURNING id"
    fetch_all(missed_row, (missed.id,))
    assert [line.row for line in owed()] == ["C2"]
