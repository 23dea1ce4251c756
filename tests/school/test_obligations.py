"""What a school owes by a moment, over all rows: one shape, one registry, and numbers that are the
lengths of their lists."""

from datetime import UTC, date, datetime, timedelta

import pytest

from school import clock
from school.actions.history import Act
from school.actions.questions import NewQuestion, answer_question, ask_question
from school.actions.register import save_register
from school.models import Work, WorkKind
from school.queries.lessons import find_lesson
from school.queries.obligations import (
    Wanted,
    get_standing,
    list_obligations,
    list_open_obligations,
)
from school.queries.register import Cell, get_register
from school.rules.obligations import (
    DUE,
    FAMILY,
    IN_TIME,
    LATE,
    OVERDUE,
    PUT_OFF,
    STATES,
    Obligation,
    Standing,
    Tally,
)
from tests.obligation_history import TermsSchool, check_random_spans
from tests.town import ZONE, make_lesson, today

NOON = datetime(2026, 9, 17, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def obligation(**values):
    given = {
        "row": "C1", "kind": "marks", "key": "k", "school_id": 1, "time_zone": ZONE,
        "words": "w", "event_on": date(2026, 9, 17), "due_at": NOON,
    }  # fmt: skip
    return Obligation(**(given | values))


@pytest.mark.parametrize(
    ("values", "now", "state"),
    [
        ({}, NOON, DUE),
        ({}, NOON + HOUR, OVERDUE),
        ({"met_at": NOON}, NOON + HOUR, IN_TIME),
        ({"met_at": NOON + HOUR}, NOON, LATE),
        ({"due_at": None}, NOON + HOUR, DUE),
        ({"due_at": None, "met_at": NOON}, NOON, IN_TIME),
        ({"deferred_until": date(2026, 9, 30)}, NOON + HOUR, PUT_OFF),
        ({"holder_role": FAMILY}, NOON + HOUR, PUT_OFF),
    ],
)
def test_what_stands_how_follows_from_its_moments(values, now, state):
    assert obligation(**values).state(now) == state


def test_what_two_have_in_hand_counts_for_both_and_once_for_the_school():
    standing = Standing()
    standing.add_open([obligation(holders=((1, "А"), (2, "Б")), class_id=7)], NOON + HOUR)
    assert standing.by_row == {"C1": Tally(overdue=1)}
    assert [(who, rows["C1"].overdue) for who, (_, rows) in standing.by_holder.items()] == [
        (("teacher", 1), 1), (("teacher", 2), 1),
    ]  # fmt: skip
    assert standing.by_class[7][1]["C1"] == Tally(overdue=1)


def local(days_ago, clock_time="12:00"):
    return clock.moment_of(today() - timedelta(days=days_ago), clock_time, ZONE)


def fill(town):
    """A work with a mark in time, one late and one missing; a question answered, one open."""
    lesson = make_lesson(town.group, town.teacher, today() - timedelta(days=8))
    kind = WorkKind.get(WorkKind.school == town.school, WorkKind.marks_expected)
    Work.create(school=town.school, lesson=lesson, work_kind=kind, ordinal=1, marks_expected=True)
    again = make_lesson(town.group, town.teacher, today() - timedelta(days=8), 2)
    Work.create(school=town.school, lesson=again, work_kind=kind, ordinal=1, marks_expected=True)
    for place, pupil, at in (
        (lesson, town.pupils[0], local(7)), (lesson, town.pupils[1], local(2)),
        (again, town.pupils[0], local(6)),
    ):  # fmt: skip
        head = find_lesson(place.id)
        save_register(
            head, {Cell("mark", pupil.id): "5"}, seen=get_register(head).seen, today=today(),
            act=Act(at, town.teacher.id, f"{at}"),
        )  # fmt: skip
    for number, asked in ((1, local(20)), (2, local(9))):
        new = NewQuestion(town.school.id, "Как войти?", "page", town.mother.id)
        thread = ask_question(
            new, request_id=f"q{number}", throttle="t",
            act=Act(asked, town.mother.id),
        )  # fmt: skip
        if number == 1:
            answer_question(
                thread, "Так.", request_id="a", act=Act(local(19), town.administrator.id)
            )


@pytest.mark.requirement("C10")
@pytest.mark.requirement("A13")
def test_every_number_is_the_length_of_its_list(town):
    fill(town)
    now = local(0)
    standing = get_standing(town.school.id, now)
    assert standing.by_row["C1"] == Tally(in_time=2, late=1, overdue=1)
    assert standing.by_row["A13"] == Tally(in_time=1, overdue=1)
    for row, tally in standing.by_row.items():
        for state in STATES:
            lines = list_obligations(town.school.id, now, Wanted(row=row, state=state))
            assert len(lines) == getattr(tally, state), (row, state)
    for (role, person_id), (_, rows) in standing.by_holder.items():
        for row, tally in rows.items():
            wanted = Wanted(row=row, state=LATE, holder_role=role, holder_id=person_id)
            assert len(list_obligations(town.school.id, now, wanted)) == tally.late
    day = today() - timedelta(days=8)
    assert get_standing(town.school.id, now, day, day).by_row["C1"].done == 3
    assert "A13" not in get_standing(town.school.id, now, day, day).by_row
    assert all(line.met_at is None for line in list_open_obligations(town.school.id, now))


@pytest.mark.requirement("C10")
@pytest.mark.parametrize("seed", [1, 2])
def test_any_span_equals_a_slow_recomputation_from_history(db, seed):
    check_random_spans(TermsSchool(seed), spans=4)
