"""Averages in exact arithmetic, and how they are said (H1)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school import wording
from school.rules.grading import (
    IMPORTANT,
    PLAIN,
    WEIGHTED,
    GradedMark,
    GradingPolicy,
    decimal_text,
    find_average,
    number_text,
    round_average,
)

pytestmark = pytest.mark.requirement("H1")

WAYS = (PLAIN, WEIGHTED, IMPORTANT)
THRESHOLDS = tuple(
    tuple(Fraction(text) for text in texts)
    for texts in (("2.5", "3.5", "4.5"), ("2.6", "3.6", "4.6"), ("2.65", "3.65", "4.65"))
)

weights = st.fractions(min_value=0, max_value=10, max_denominator=8)
marks = st.builds(
    GradedMark,
    st.sampled_from(["2", "3", "4", "5", "зач", "незач", "осв", "."]),
    weights,
    st.booleans(),
)
policies = st.builds(GradingPolicy, st.sampled_from(WAYS), st.sampled_from(THRESHOLDS))
averages = st.fractions(min_value=2, max_value=5, max_denominator=10_000)


def graded(*values, weight=1):
    return [GradedMark(value, Fraction(weight)) for value in values]


@given(st.lists(marks), policies)
def test_an_average_is_the_exact_sum_over_the_weights(found, policy):
    average = find_average(found, policy)
    counted = [mark for mark in found if mark.value in ("2", "3", "4", "5")]
    if policy.way == IMPORTANT:
        counted = [mark for mark in counted if mark.is_important]
    share = [mark.weight if policy.way == WEIGHTED else Fraction(1) for mark in counted]
    if sum(share) == 0:
        assert average is None
        return
    assert isinstance(average.value, Fraction)
    # Multiplied out, so that the test divides nothing.
    assert average.value * sum(share) == sum(
        int(mark.value) * weight for mark, weight in zip(counted, share, strict=True)
    )
    assert 2 <= average.value <= 5


@given(st.lists(marks), policies)
def test_the_order_of_marks_changes_nothing(found, policy):
    one, other = find_average(found, policy), find_average(reversed(found), policy)
    assert (one and one.value) == (other and other.value)


@given(st.lists(marks), weights.filter(bool))
def test_equal_weights_make_a_plain_average(found, weight):
    found = [GradedMark(mark.value, weight) for mark in found]
    weighted = find_average(found, GradingPolicy(WEIGHTED))
    plain = find_average(found, GradingPolicy(PLAIN))
    assert (weighted and weighted.value) == (plain and plain.value)


@given(averages, st.sampled_from(THRESHOLDS))
def test_what_is_shown_is_on_the_same_side_of_every_threshold(value, thresholds):
    text = decimal_text(value, thresholds)
    shown = Fraction(text.replace(",", "."))
    digits = len(text.partition(",")[2])
    assert digits >= 2
    assert abs(shown - value) * 2 <= Fraction(1, 10**digits)
    assert round_average(shown, thresholds) == round_average(value, thresholds)


@given(averages, averages, st.sampled_from(THRESHOLDS))
def test_a_better_average_is_never_a_worse_mark(one, other, thresholds):
    low, high = sorted((one, other))
    assert 2 <= round_average(low, thresholds) <= round_average(high, thresholds) <= 5


@given(st.fractions(min_value=0, max_value=10_000, max_denominator=1_000))
def test_a_number_is_written_exactly(value):
    assert Fraction(number_text(value).replace(",", ".")) == value


@pytest.mark.parametrize("thresholds", THRESHOLDS)
def test_the_threshold_itself_is_reached(thresholds):
    tiny = Fraction(1, 10**9)
    for mark, threshold in zip((3, 4, 5), thresholds, strict=True):
        assert round_average(threshold, thresholds) == mark
        assert round_average(threshold - tiny, thresholds) == mark - 1


def test_a_float_would_have_been_wrong():
    found = graded("3", "4", weight="0.3")
    average = find_average(found, GradingPolicy())
    assert average.value == Fraction(7, 2)
    assert (3 * 0.3 + 4 * 0.3) / (0.3 + 0.3) < 3.5
    assert round_average(average.value, GradingPolicy().thresholds) == 4


def test_two_digits_do_not_lift_an_average_over_a_threshold():
    value = Fraction(44967, 10_000)
    assert decimal_text(value) == "4,50"
    assert decimal_text(value, GradingPolicy().thresholds) == "4,497"


def test_the_sum_is_shown():
    policy = GradingPolicy()
    found = [*graded("5", weight=3), *graded("4", "4")]
    average = find_average(found, policy)
    assert wording.average_sum(average, policy) == "(5·3 + 4·1 + 4·1) : 5 = 4,60"
    assert wording.average_result(average, policy) == (
        "По порогам школы 4,60 — это 5: пятёрка от 4,5, четвёрка от 3,5, тройка от 2,5."
    )


@pytest.mark.parametrize(
    ("way", "text"),
    [
        (PLAIN, "(5 + 4 + 4) : 3 ≈ 4,33"),
        (WEIGHTED, "(5·2,5 + 4·1/3 + 4·1) : 23/6 ≈ 4,65"),
        (IMPORTANT, "5 : 1 = 5,00"),
    ],
)
def test_every_way_shows_its_own_sum(way, text):
    policy = GradingPolicy(way)
    found = [
        GradedMark("5", Fraction("2.5"), is_important=True),
        *graded("4", weight="1/3"),
        *graded("4", "зач", "осв", "."),
    ]
    assert wording.average_sum(find_average(found, policy), policy) == text


def test_a_long_sum_is_gathered():
    policy = GradingPolicy()
    found = graded("5") * 100 + graded("4") * 150 + graded("4", weight=3) * 50
    shown = wording.average_sum(find_average(found, policy), policy)
    assert shown == "(5·1·100 + 4·3·50 + 4·1·150) : 400 = 4,25"


@pytest.mark.parametrize("values", [(), ("зач", "осв", "."), ("незач",)])
def test_no_average_without_marks_that_count(values):
    assert find_average(graded(*values), GradingPolicy()) is None


def test_works_of_weight_nought_make_no_average():
    assert find_average(graded("5", "4", weight=0), GradingPolicy()) is None
