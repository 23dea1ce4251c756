"""H3: the register's script saves each cell when it is left; twice, late or lost does no harm."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from school import clock
from school.database import database
from school.models import Attendance, Draft, History, Lesson, Mark, PageSave, Session
from school.rules.marks import MarkError, parse_cell
from tests.blueprints.helpers import (
    address_of,
    history_of,
    open_session,
    register_of,
    stand_in,
    value,
)
from tests.serving.typist import HEADERS, OpenPage, Send, Step, wrong_beliefs, wrong_steps
from tests.town import PASSWORD, today

pytestmark = pytest.mark.requirement("H3")


class Tab:
    """An open page of a register in a browser, as the server meets it."""

    def __init__(self, visitor, lesson):
        self.visitor = visitor
        self.lesson = lesson
        self.page = OpenPage(register_of(visitor, lesson))
        fields = next(iter(self.page.cells.values()))
        self.seen = fields.seen
        self.sequence = 0

    def post(self, cells, *, seen=None, sequence=None, **more):
        """Send cells, by default as this page's next save with the `seen` of its rendering."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        seen = self.seen if seen is None else seen
        fields = self.page.form(Send(sequence, seen, cells)) | more
        return self.visitor.client.post(address_of(self.lesson), data=fields, headers=HEADERS)

    def save(self, cells, *, status=200, **options):
        answer = self.post(cells, **options)
        assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
        assert answer.mimetype == "application/json"
        return answer.get_json()


@pytest.fixture
def tab(town, visit):
    """`tab()` is a page of the teacher, each a tab of the same browser."""
    teacher = visit(town.teacher)
    return lambda lesson=None: Tab(teacher, lesson or town.lesson)


@pytest.fixture
def substitute(town, visit):
    stand_in(town.lesson, town.colleague)
    return Tab(visit(town.colleague), town.lesson)


@pytest.fixture
def mark(town):
    return f"mark-{town.pupil.id}"


@pytest.fixture
def attendance(town):
    return f"attendance-{town.pupil.id}"


def newest_history():
    row = History.select().order_by(History.id.desc()).first()
    return row.id if row else 0


def marks_of(town):
    """(old, new) of the pupil's mark, oldest first."""
    return [row[2:] for row in history_of(town.lesson) if row[:2] == ("mark", town.pupil.id)]


# A cell and its answer


def test_a_cell_is_saved_and_the_answer_says_so(town, tab, mark):
    page = tab()
    answer = page.save({mark: "5"})
    work = Mark.get().work_id
    assert answer == {
        "seen": newest_history(),
        "saved": 1,
        "work": work,
        "cells": {mark: {"value": "5"}},
    }
    assert Mark.get().value == "5"
    row = History.select().where(History.field == "mark").get()
    assert (row.old, row.new, row.actor_id) == ("", "5", town.teacher.id)
    assert row.request == f"{page.page.page_id}:1"


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("mark-{}", "зачёт", "зач"),
        ("mark-{}", " 4 5 ", "4/5"),
        ("mark-{}", "•", "."),
        ("attendance-{}", " Н ", "н"),
        ("attendance-{}", "уп", "у"),
        ("comment-{}", "  Молодец\r\nсегодня ", "Молодец\nсегодня"),
        ("topic", "Дроби ", "Дроби"),
        ("homework", "№ 5", "№ 5"),
    ],
)
def test_the_answer_holds_the_usual_spelling(town, tab, name, typed, kept):
    name = name.format(town.pupil.id)
    page = tab()
    assert page.save({name: typed})["cells"] == {name: {"value": kept}}
    assert value(register_of(page.visitor, town.lesson), name) == kept


def test_a_wrong_cell_comes_back_with_its_error_and_the_others_are_saved(town, tab, mark):
    other = f"mark-{town.classmate.id}"
    answer = tab().save({mark: "р", other: "3", "topic": "Дроби"}, status=422)
    assert answer["saved"] == 2
    assert answer["seen"] == newest_history()
    assert answer["cells"][other] == {"value": "3"}
    assert answer["cells"]["topic"] == {"value": "Дроби"}
    wrong = answer["cells"][mark]
    assert wrong["value"] == ""
    assert "Отметки «р» нет" in wrong["error"]
    assert "theirs" not in wrong
    assert [(row.pupil_id, row.value) for row in Mark.select()] == [(town.classmate.id, "3")]


def test_of_a_pasted_column_every_good_cell_is_saved(town, tab, mark):
    other = f"mark-{town.classmate.id}"
    answer = tab().save({mark: "5", other: "4/5"})
    assert answer["saved"] == 2
    assert answer["cells"] == {mark: {"value": "5"}, other: {"value": "4/5"}}
    # Both under one save, and one work for both.
    requests = {row.request for row in History.select()}
    assert len(requests) == 1
    assert [row[0] for row in history_of(town.lesson)].count("work") == 1


def test_what_is_not_sent_is_unchanged_and_empty_is_cleared(town, tab, mark):
    page = tab()
    page.save({mark: "5", "topic": "Дроби"})
    answer = page.save({mark: ""})
    assert answer["cells"] == {mark: {"value": ""}}
    assert Lesson.get_by_id(town.lesson.id).topic == "Дроби"
    assert marks_of(town) == [("", "5"), ("5", "")]


def test_an_absence_typed_into_a_mark_moves_and_its_cell_is_in_the_answer(
    town, tab, mark, attendance
):
    answer = tab().save({mark: "н"})
    assert answer["cells"] == {mark: {"value": ""}, attendance: {"value": "н"}}
    assert Attendance.get().code == "н"
    assert Mark.select().count() == 0
    # The answer may be lost: whoever asks again is told of both cells too.
    page = tab()
    page.save({mark: "б"})
    again = page.save({mark: "б"})
    assert again["cells"] == {mark: {"value": ""}, attendance: {"value": "б"}}
    assert [row[2:] for row in history_of(town.lesson)] == [("", "н"), ("н", "б")]


def test_an_absence_that_cannot_move_says_what_was_meant(town, tab, substitute, mark, attendance):
    page = tab()
    substitute.save({attendance: "б"})
    answer = page.save({mark: "н"}, status=422)
    assert answer["cells"][mark] == {"value": ""}
    moved = answer["cells"][attendance]
    assert (moved["value"], moved["theirs"], moved["typed"]) == ("б", "б", "н")
    assert "Соседкина" in moved["error"]
    assert Attendance.get().code == "б"


def test_minutes_that_go_with_their_code_are_in_the_answer(town, tab, attendance):
    late = f"late-{town.pupil.id}"
    page = tab()
    assert page.save({late: "10"})["cells"] == {late: {"value": "10"}, attendance: {"value": "о"}}
    assert page.save({attendance: "б"})["cells"] == {
        attendance: {"value": "б"},
        late: {"value": ""},
    }


def test_an_answer_names_no_cells_of_other_pupils(town, tab, mark):
    page = tab()
    page.save({f"mark-{town.classmate.id}": "3", "topic": "Дроби"})
    assert page.save({mark: "5"})["cells"] == {mark: {"value": "5"}}


# Two people


def test_a_conflict_names_both_and_is_decided_by_sending_once_more(town, tab, substitute, mark):
    page = tab()
    substitute.save({mark: "4"})
    answer = page.save({mark: "5", "topic": "Дроби"}, status=422)
    assert answer["saved"] == 1
    cell = answer["cells"][mark]
    assert (cell["value"], cell["theirs"]) == ("4", "4")
    assert "Соседкина Нина Ивановна" in cell["error"]
    assert Mark.get().value == "4"
    decided = page.save({mark: "5"}, seen=answer["seen"])
    assert decided["cells"] == {mark: {"value": "5"}}
    assert marks_of(town) == [("", "4"), ("4", "5")]
    # The other one is told in turn.
    assert substitute.save({mark: "3"}, status=422)["cells"][mark]["theirs"] == "5"


def test_a_conflict_sent_again_without_its_answer_stays_one(town, tab, substitute, mark):
    page = tab()
    substitute.save({mark: "4"})
    for _ in range(3):
        assert page.save({mark: "5"}, status=422)["cells"][mark]["theirs"] == "4"
    assert marks_of(town) == [("", "4")]


def test_both_typed_the_same(town, tab, substitute, mark):
    page = tab()
    substitute.save({mark: "5"})
    answer = page.save({mark: "5"})
    assert (answer["saved"], answer["cells"]) == (0, {mark: {"value": "5"}})
    assert marks_of(town) == [("", "5")]


def test_a_cell_that_somebody_cleared_is_a_conflict(town, tab, substitute, mark):
    tab().save({mark: "4"})
    page = tab()
    theirs = Tab(substitute.visitor, town.lesson)
    theirs.save({mark: ""})
    cell = page.save({mark: "5"}, status=422)["cells"][mark]
    assert cell["theirs"] == ""
    assert "пусто" in cell["error"]


def test_two_tabs_of_one_teacher_see_each_other(town, tab, mark):
    first, second = tab(), tab()
    first.save({mark: "5"})
    cell = second.save({mark: "3"}, status=422)["cells"][mark]
    assert cell["theirs"] == "5"
    assert "Учителева" in cell["error"]
    assert Mark.get().value == "5"


# One page and its own saves


def test_what_the_page_saved_itself_is_no_conflict_to_it(town, tab, mark):
    page = tab()
    for text in ("3", "4", "", "5"):
        # `seen` stays as it was rendered: the answers may all have been lost.
        assert page.save({mark: text})["cells"] == {mark: {"value": text}}
    assert marks_of(town) == [("", "3"), ("3", "4"), ("4", ""), ("", "5")]


def test_what_another_page_saved_in_between_is_one(town, tab, mark):
    page = tab()
    page.save({mark: "3"})
    tab().save({mark: "4"})
    assert page.save({mark: "5"}, status=422)["cells"][mark]["theirs"] == "4"
    assert marks_of(town) == [("", "3"), ("3", "4")]


def test_going_back_to_what_was_rendered_is_a_change_too(town, tab, mark):
    tab().save({mark: "3"})
    page = tab()
    page.save({mark: "4"})
    assert page.save({mark: "3"})["saved"] == 1
    assert marks_of(town) == [("", "3"), ("3", "4"), ("4", "3")]


@pytest.mark.parametrize("newer", ["4", "", "6"], ids=["another", "cleared", "wrong"])
def test_an_older_save_that_arrives_later_changes_nothing(town, tab, mark, newer):
    page = tab()
    status = 422 if newer == "6" else 200
    page.save({mark: newer}, sequence=2, status=status)
    before = history_of(town.lesson)
    late = page.save({mark: "5", "topic": "Дроби"}, sequence=1)
    assert late["cells"][mark] == {"value": "" if newer == "6" else newer}
    # What no newer save overtook is saved.
    assert history_of(town.lesson) == [*before, ("topic", None, "", "Дроби")]


def test_an_older_save_changes_nothing_where_the_newer_one_changed_nothing(town, tab, mark):
    """Typed 5, and back to the 4 that stood there: the 5 arrives last."""
    tab().save({mark: "4"})
    page = tab()
    assert page.save({mark: "4"}, sequence=2)["saved"] == 0
    page.save({mark: "5"}, sequence=1)
    assert marks_of(town) == [("", "4")]


def test_an_older_save_changes_nothing_where_the_newer_one_cleared_the_cell(town, tab, mark):
    tab().save({mark: "4"})
    page = tab()
    page.save({mark: ""}, sequence=7)
    page.save({mark: "5"}, sequence=3)
    assert marks_of(town) == [("", "4"), ("4", "")]
    assert Mark.select().count() == 0


def test_an_older_save_of_another_page_is_not_overtaken(town, tab, mark):
    first, second = tab(), tab()
    first.save({"topic": "Дроби"}, sequence=9)
    assert second.save({mark: "5"}, sequence=1)["saved"] == 1


@pytest.mark.parametrize("typed", ["5", "", "6", "н"])
def test_the_same_save_twice_is_saved_once_and_answered_alike(town, tab, mark, typed):
    tab().save({mark: "4"})
    page = tab()
    answers = [page.post({mark: typed}, sequence=1) for _ in range(3)]
    assert len({answer.status_code for answer in answers}) == 1
    first, *others = [answer.get_json()["cells"] for answer in answers]
    assert others == [first, first]
    assert marks_of(town) == [("", "4")] + ([("4", typed.replace("н", ""))] if typed != "6" else [])


def test_the_same_save_twice_around_another_pages_changes_nothing(town, tab, mark):
    page = tab()
    page.save({mark: "5"}, sequence=1)
    tab().save({mark: "4"})
    answer = page.save({mark: "5"}, sequence=1)
    assert answer["cells"] == {mark: {"value": "4"}}
    assert marks_of(town) == [("", "5"), ("5", "4")]


def test_the_same_save_twice_around_a_change_there_and_back_changes_nothing(
    town, tab, substitute, mark
):
    """Both typed 5; the other one took it back; the first one's 5 comes a second time."""
    page = tab()
    substitute.save({mark: "5"})
    page.save({mark: "5"}, sequence=1)
    substitute.save({mark: ""})
    page.save({mark: "5"}, sequence=1, status=422)
    assert marks_of(town) == [("", "5"), ("5", "")]


def test_a_refused_save_that_comes_a_second_time_is_refused_still(
    town, tab, substitute, attendance
):
    """Its page was told that it is not saved; meanwhile what was wrong with it is mended."""
    late = f"late-{town.pupil.id}"
    substitute.save({attendance: "б"})
    page = tab()
    page.save({late: "10"}, sequence=1, status=422)
    substitute.save({attendance: ""})
    again = page.save({late: "10"}, sequence=1, status=422)
    assert "error" in again["cells"][late]
    assert Attendance.select().count() == 0
    assert page.save({late: "10"}, sequence=2, seen=again["seen"])["saved"] == 2


def test_an_older_n_in_a_mark_does_not_undo_what_attendance_says_since(town, tab, mark, attendance):
    page = tab()
    page.save({attendance: "б"}, sequence=2)
    page.save({mark: "н"}, sequence=1)
    assert Attendance.get().code == "б"


def test_an_older_attendance_does_not_undo_n_in_a_mark(town, tab, mark, attendance):
    page = tab()
    page.save({mark: "н"}, sequence=2)
    page.save({attendance: "б"}, sequence=1)
    assert Attendance.get().code == "н"


def test_older_minutes_do_not_undo_what_attendance_says_since(town, tab, attendance):
    page = tab()
    page.save({attendance: "о"})
    page.save({attendance: ""}, sequence=3)
    page.save({f"late-{town.pupil.id}": "10"}, sequence=2)
    assert Attendance.select().count() == 0


@pytest.mark.parametrize(
    ("page", "sequence"),
    [("", "1"), ("UPPER CASE", "1"), ("%" * 16, "1"), ("a" * 33, "1"), ("a" * 16, ""),
     ("a" * 16, "-1"), ("a" * 16, "٣"), ("a" * 16, "x")],
)  # fmt: skip
def test_a_page_that_says_nothing_of_itself_is_saved_as_a_form(town, tab, mark, page, sequence):
    tab_ = tab()
    answer = tab_.save({mark: "5"}, page=page, sequence=sequence)
    assert answer["saved"] == 1
    assert PageSave.select().count() == 0
    # And its own earlier save is anybody's to it.
    tab_.save({mark: "4"}, page=page, sequence=sequence, status=422)


def test_the_forms_button_after_the_cells_is_no_conflict_and_comes_last(town, tab, mark):
    """The script sends page and sequence with the whole form as well."""
    page = tab()
    page.save({mark: "4"})
    fields = page.page.form(Send(3, page.seen, {mark: "5", "topic": "Дроби"}))
    page.visitor.post(address_of(town.lesson), fields)
    page.save({mark: "3"}, sequence=2)
    assert marks_of(town) == [("", "4"), ("4", "5")]


# Token, session, strangers


def test_a_stale_token_answers_with_a_fresh_one(town, tab, mark):
    page = tab()
    page.page.token = "stale"
    answer = page.save({mark: "5"}, status=422)
    assert answer.keys() == {"token"}
    assert Mark.select().count() == 0
    assert PageSave.select().count() == 0
    page.page.token = answer["token"]
    assert page.save({mark: "5"})["cells"] == {mark: {"value": "5"}}


def sign_in(visitor, login, target):
    page = visitor.get(f"/sign-in?next={target}")
    return visitor.send(page, login=login, password=PASSWORD)


def test_an_ended_session_keeps_what_was_typed_for_its_person(app, town, mark):
    page = Tab(open_session(app, town.teacher), town.lesson)
    page.save({f"mark-{town.classmate.id}": "3"})
    Session.update(ends_at=clock.now() - timedelta(seconds=1)).execute()
    answer = page.post({mark: "5", "topic": "Дроби"})
    assert (answer.status_code, answer.get_data()) == (401, b"")
    assert Draft.get().person_id == town.teacher.id
    assert Mark.select().count() == 1

    # Somebody else at the same screen gets nothing of it.
    stand_in(town.lesson, town.colleague)
    other = open_session(app, town.colleague)
    assert "Введённое ждало вас" not in register_of(other, town.lesson).words

    sign_in(page.visitor, "teacher", address_of(town.lesson))
    shown = register_of(page.visitor, town.lesson)
    assert "Введённое ждало вас" in shown.words
    assert value(shown, mark) == "5"
    assert value(shown, "topic") == "Дроби"
    assert value(shown, f"mark-{town.classmate.id}") == "3"
    # The script is told what the register holds beneath.
    assert shown.root.xpath(f"//*[@id='{mark}']/@data-saved") == [""]
    assert not shown.root.xpath(f"//*[@id='mark-{town.classmate.id}']/@data-saved")
    # Nothing is saved until its person says so.
    assert Mark.select().count() == 1
    page.visitor.send(shown)
    assert {row.pupil_id: row.value for row in Mark.select()} == {
        town.pupil.id: "5",
        town.classmate.id: "3",
    }
    assert Draft.select().count() == 0


def test_signed_in_anew_in_another_tab_the_page_goes_on(app, town, mark):
    page = Tab(open_session(app, town.teacher), town.lesson)
    Session.update(ends_at=clock.now() - timedelta(seconds=1)).execute()
    assert page.post({mark: "5"}).status_code == 401
    sign_in(page.visitor, "teacher", "/")
    page.page.token = page.save({mark: "5"}, status=422)["token"]
    assert page.save({mark: "5"})["saved"] == 1


@pytest.mark.parametrize("who", ["colleague", "other_teacher"])
def test_a_stranger_gets_404_and_saves_nothing(town, visit, tab, mark, who):
    page = tab()
    page.visitor = visit(town.people[who])
    assert page.post({mark: "5"}).status_code == 404
    assert history_of(town.lesson) == []


@pytest.mark.parametrize("who", ["mother", "pupil", "head", "deputy_head", "class_teacher"])
def test_who_may_not_write_saves_nothing(town, visit, tab, mark, who):
    page = tab()
    page.visitor = visit(town.people[who])
    assert page.post({mark: "5"}).status_code in (403, 404)
    assert history_of(town.lesson) == []


def test_a_lesson_that_was_cancelled_meanwhile_refuses_each_cell(town, tab, mark):
    page = tab()
    Lesson.update(cancelled_at=clock.now()).where(Lesson.id == town.lesson.id).execute()
    answer = page.save({mark: "5", "topic": "Дроби"}, status=422)
    assert answer["saved"] == 0
    assert {name: cell["value"] for name, cell in answer["cells"].items()} == {
        mark: "",
        "topic": "",
    }
    assert all("Урок отменён" in cell["error"] for cell in answer["cells"].values())
    assert history_of(town.lesson) == []


def test_a_lesson_that_has_not_come_yet_takes_its_plan_only(town, tab):
    page = tab(town.tomorrow)
    mark = f"mark-{town.pupil.id}"
    answer = page.save({mark: "5", "homework": "№ 5"}, status=422)
    assert "ещё не наступил" in answer["cells"][mark]["error"]
    assert answer["cells"]["homework"] == {"value": "№ 5"}


def test_a_pupil_of_another_group_is_refused_in_words(town, tab):
    foreign = f"mark-{town.other_pupil.id}"
    answer = tab().save({foreign: "5"}, status=422)
    assert "не состоял в группе" in answer["cells"][foreign]["error"]


def test_all_present_is_a_cell_too(town, tab):
    page = tab()
    assert page.save({"attendance-taken": "1"})["saved"] == 1
    assert page.save({"attendance-taken": "1"})["saved"] == 0
    assert [row[0] for row in history_of(town.lesson)] == ["attendance_taken"]


def test_works_of_one_lesson_are_different_cells(town, tab, mark):
    day = (today() - timedelta(days=1)).isoformat()
    page = tab()
    answer = page.save({mark: "5", f"worked-on-{town.pupil.id}": day})
    assert answer["cells"][f"worked-on-{town.pupil.id}"] == {"value": day}
    # The day goes with its mark, and the page is told.
    assert page.save({mark: ""})["cells"] == {
        mark: {"value": ""},
        f"worked-on-{town.pupil.id}": {"value": ""},
    }


# Any order, any number of times


TEXTS = ("", "2", "3", "4", "5", "зачёт", "6")


def canonical(_name, text):
    """What a typed mark becomes; itself where it is none."""
    with suppress(MarkError):
        return parse_cell(text).text
    return text


#: What happens next, to one of two pages. A save that was sent arrives never, once or twice, and
#: whenever; its page may have stopped waiting for the answer and sent newer ones.
EVENTS = st.one_of(
    st.tuples(st.just("types"), st.integers(0, 1), st.sampled_from(TEXTS)),
    st.tuples(st.just("insists"), st.integers(0, 1), st.none()),
    st.tuples(st.just("gives up"), st.integers(0, 1), st.none()),
    st.tuples(st.just("tries again"), st.integers(0, 1), st.none()),
    st.tuples(
        st.sampled_from(["arrives", "arrives, answer lost", "arrives and will again"]),
        st.integers(0, 1),
        st.integers(0, 5),
    ),
)


#: More of them in tests/soak.
EXAMPLES = 60


class World:
    """Two open pages on one cell, a line that delays, doubles and loses, and the server."""

    def __init__(self, lesson, mark, visitors):
        self.lesson = lesson
        self.mark = mark
        self.tabs = [Tab(visitor, lesson) for visitor in visitors]
        self.pages = [tab.page for tab in self.tabs]
        self.line = [[], []]
        self.waiting = [None, None]
        #: What each page was shown or typed: only that it may overwrite.
        self.known = [{""}, {""}]

    def put(self, who, sends):
        for send in sends:
            self.line[who].append(send)
            self.waiting[who] = send
            self.known[who].add(canonical(self.mark, send.cells[self.mark]))

    def happens(self, event, who, what):
        page = self.pages[who]
        if event == "types":
            self.put(who, page.type(self.mark, what))
        elif event == "insists":
            self.put(who, page.insist(self.mark))
        elif event == "tries again":
            self.put(who, page.again())
        elif event == "gives up":
            self.answer(who, self.waiting[who], 0, None)
        elif what < len(self.line[who]):
            send = self.line[who][what]
            if event != "arrives and will again":
                del self.line[who][what]
            self.arrives(who, send, answered=event == "arrives")

    def arrives(self, who, send, *, answered):
        before = self.stored()
        answer = self.tabs[who].post(dict(send.cells), seen=send.seen, sequence=send.sequence)
        assert answer.status_code in (200, 422), answer.status_code
        after = self.stored()
        if after != before:
            assert before in self.known[who], f"overwrote «{before}» unseen"
        if answered:
            self.answer(who, send, answer.status_code, answer.get_json())

    def answer(self, who, send, status, body):
        if send is None or self.waiting[who] is not send:
            return  # nobody waits for it any more
        self.waiting[who] = None
        self.put(who, self.pages[who].answer(send, status, body))
        self.known[who].add(self.pages[who].cells[self.mark].saved)

    def settle(self):
        """The line is good again: whatever has no answer is asked until it has one."""
        for who, page in enumerate(self.pages):
            self.answer(who, self.waiting[who], 0, None)
            for _ in range(5):
                self.put(who, page.again())
                if self.waiting[who]:
                    self.arrives(who, self.waiting[who], answered=True)
            assert not page.waits

    def stored(self):
        return "/".join(mark.value for mark in Mark.select().order_by(Mark.position))

    def steps(self):
        rows = History.select().where(History.field == "mark").order_by(History.id)
        return {self.mark: [Step(row.id, row.old, row.new, row.request) for row in rows]}

    def check(self):
        steps = self.steps()
        assert wrong_steps(steps, self.pages, canonical) == []
        assert wrong_beliefs(steps, self.pages) == []
        rows = steps[self.mark]
        assert self.stored() == (rows[-1].new if rows else "")


def play(world, events):
    for event in events:
        world.happens(*event)
        world.check()
    world.settle()
    world.check()


@pytest.fixture
def new_world(town, mark, visit):
    visitors = [visit(town.teacher), visit(town.teacher)]
    return lambda: World(town.lesson, mark, visitors)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=st.lists(EVENTS, max_size=16))
@example(
    events=[
        ("types", 0, "5"), ("gives up", 0, None), ("types", 0, ""),
        ("arrives", 0, 1), ("arrives", 0, 0),
    ]
)  # fmt: skip
@example(
    events=[
        ("types", 0, "5"), ("arrives, answer lost", 0, 0), ("gives up", 0, None),
        ("types", 0, ""), ("gives up", 0, None),
    ]
)  # fmt: skip
def test_what_a_page_was_told_is_saved_stands_until_another_page_saves(new_world, events):
    with database.atomic() as example_only:
        try:
            play(new_world(), events)
        finally:
            example_only.rollback()


def test_a_token_that_was_found_good_is_not_good_in_another_session(town, tab, mark, visit):
    page = tab()
    page.save({mark: "5"})
    page.save({mark: "4"}, seen=newest_history())
    page.visitor = visit(town.teacher)
    register_of(page.visitor, town.lesson)
    answer = page.post({mark: "3"}, seen=newest_history())
    assert (answer.status_code, list(answer.get_json())) == (422, ["token"])
    assert Mark.get().value == "4"
