"""Statistics, against tables made by hand."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.rules.statistics import (
    EXCELLENT,
    FAILING,
    GOOD,
    ONE_FOUR,
    ONE_THREE,
    Compared,
    LessonCounts,
    ResultCounts,
    Stay,
    compare_with_exam,
    count_results,
    find_movement,
    find_odd_marks,
    find_standings,
    hours_of_year,
    is_uniform,
    programme_of,
)

pytestmark = pytest.mark.requirement("E5")

#: A class of 27 as a deputy head counts it on paper: 6 × «5», 11 × «4», 7 × «3», 1 × «2»,
#: 1 × «н/а», 1 × «осв». N = 26.
CLASS_OF_27 = ["5"] * 6 + ["4"] * 11 + ["3"] * 7 + ["2"] + ["н/а"] + ["осв"]


def test_a_class_is_counted_as_on_paper():
    counts = count_results(CLASS_OF_27)
    assert counts.counted == 26
    assert counts.pass_rate == Fraction(24, 26)
    assert counts.quality_rate == Fraction(17, 26)
    # (6·100 + 11·64 + 7·36 + 1·16 + 1·7) / 26 = (600 + 704 + 252 + 16 + 7) / 26 = 1579 / 26
    assert counts.attainment == Fraction(1579, 2600)
    # 30 + 44 + 21 + 2 = 97 of 25 numbers
    assert counts.mean == Fraction(97, 25)


@pytest.mark.parametrize(
    ("values", "counted", "passed", "quality", "attainment"),
    [
        (["5", "5"], 2, 1, 1, Fraction(1)),
        (["н/а"], 1, 0, 0, Fraction(7, 100)),
        (["2", "1"], 2, 0, 0, Fraction(16, 100)),
        (["зач", "незач", "осв"], 0, None, None, None),
        ([], 0, None, None, None),
        (["", "3"], 1, 1, 0, Fraction(36, 100)),
    ],
)
def test_shares_of_few(values, counted, passed, quality, attainment):
    counts = count_results(values)
    assert counts.counted == counted
    assert (counts.pass_rate, counts.quality_rate) == (passed, quality)
    assert counts.attainment == attainment


@given(st.lists(st.lists(st.sampled_from(["5", "4", "3", "2", "н/а", "осв", "зач", ""]))))
def test_classes_add_up_to_their_school(classes):
    whole = count_results(value for values in classes for value in values)
    assert sum(map(count_results, classes), ResultCounts()) == whole


@pytest.mark.parametrize(
    ("values", "standings"),
    [
        (["5", "5", "зач"], {EXCELLENT}),
        (["5", "4", "5"], {GOOD, ONE_FOUR}),
        (["5", "4", "4"], {GOOD}),
        (["5", "4", "3"], {ONE_THREE}),
        (["5", "3", "3"], set()),
        (["5", "5", "2"], {FAILING}),
        (["5", "н/а"], {FAILING}),
        (["5", "незач"], {FAILING}),
        (["зач", "осв"], set()),
        ([], set()),
    ],
)
def test_lists_of_a_class(values, standings):
    assert find_standings(count_results(values)) == standings


def test_the_year_beside_the_exam():
    pairs = [("4", "5"), ("4", "4"), ("5", "4"), ("3", "3"), ("н/а", "3"), ("4", "")]
    assert compare_with_exam(pairs) == Compared(higher=1, same=2, lower=1)
    assert compare_with_exam(pairs).same_rate == Fraction(1, 2)
    assert compare_with_exam([]).same_rate is None


@pytest.mark.parametrize(
    ("marks", "odd"),
    [
        (["5", "5", "5", "5", "2"], (4,)),
        (["5", "5", "5", "2"], ()),  # three others say nothing
        (["4", "5", "зач", "4", "5", "2"], (5,)),
        (["2", "4", "3", "4", "3"], ()),
        (["2", "2", "3", "2", "5"], (4,)),
    ],
)
def test_a_mark_far_from_the_others(marks, odd):
    assert find_odd_marks(marks) == odd


def test_a_work_with_one_mark_for_all():
    assert is_uniform(["4"] * 5)
    assert not is_uniform(["4"] * 4)
    assert not is_uniform(["4"] * 5 + ["5"])
    assert is_uniform(["4", "4", "осв", "4", "4", "4"])


FIRST, LAST = date(2026, 9, 1), date(2026, 10, 25)


def test_movement_of_a_class():
    stays = [
        Stay(1, FIRST, None),
        Stay(2, FIRST, date(2026, 9, 30), "left"),
        Stay(3, date(2026, 9, 14), None),
        Stay(4, date(2026, 9, 7), date(2026, 10, 2), "transfer"),
        Stay(5, FIRST, LAST, "moved"),  # stays to the end
        Stay(6, date(2026, 11, 2), None),  # comes after it
    ]
    movement = find_movement(stays, FIRST, LAST)
    assert (movement.at_start, movement.at_end) == (3, 3)
    assert [stay.pupil_id for stay in movement.arrived] == [3, 4]
    assert [stay.pupil_id for stay in movement.left] == [2, 4]


def test_a_change_of_class_is_no_movement_of_the_school():
    stays = [Stay(1, FIRST, date(2026, 9, 20), "moved"), Stay(1, date(2026, 9, 21), None)]
    movement = find_movement(stays, FIRST, LAST)
    assert (movement.at_start, movement.arrived, movement.left, movement.at_end) == (1, (), (), 1)


_days = st.dates(date(2026, 8, 20), date(2026, 11, 10))


@given(st.lists(st.tuples(st.integers(1, 4), _days, _days)))
def test_who_was_there_came_and_left_makes_who_is_there(rows):
    stays = [Stay(pupil, min(a, b), max(a, b)) for pupil, a, b in rows]
    movement = find_movement(stays, FIRST, LAST)
    came = len({(stay.pupil_id, stay.from_on) for stay in movement.arrived})
    gone = len({(stay.pupil_id, stay.until_on) for stay in movement.left})
    assert movement.at_start + came - gone == movement.at_end


@pytest.mark.parametrize(("grade", "key"), [(1, "primary"), (4, "primary"), (5, "basic"),
                                            (9, "basic"), (10, "secondary")])  # fmt: skip
@pytest.mark.requirement("E6")
def test_programmes(grade, key):
    assert programme_of(grade) == key


def test_lessons_against_the_plan():
    assert hours_of_year(Fraction(5, 2), None, 7) == 85
    assert hours_of_year(Fraction(2), None, 1) == 66
    assert hours_of_year(Fraction(2), Fraction(70), 7) == 70
    assert LessonCounts(Fraction(68), given=20, ahead=45).lacking == 3
    assert LessonCounts(Fraction(68), given=20, ahead=50).lacking == -2
    assert LessonCounts(None, given=20).lacking is None
