"""What result is proposed, and why (H1, E2)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.rules.grading import IMPORTANT, PLAIN, WEIGHTED, GradedMark, GradingPolicy
from school.rules.marks import FIVE, NONE, PASS, MarkError
from school.rules.proposals import (
    ALL_NOT_ATTESTED,
    BY_AVERAGE,
    BY_EXAM,
    BY_EXEMPTIONS,
    BY_PASSES,
    BY_RESULTS,
    EXAM_MISSING,
    FEW_MARKS,
    MOSTLY_ABSENT,
    MOSTLY_ILL,
    NOTHING_YET,
    RESULTS_MISSING,
    UNMARKED,
    WEIGHTLESS,
    Part,
    Presence,
    Proposal,
    ResultPolicy,
    is_offered_again,
    parse_result,
    propose_final,
    propose_period,
    propose_year,
)

pytestmark = pytest.mark.requirement("H1")

RULES = ResultPolicy()
THERE = Presence(lessons=20, missed=2)
SIX = tuple(Fraction(text) for text in ("2.6", "3.6", "4.6"))


def marks(text):
    """«5 4*3 4! .»: marks with a weight after *, important ones with !."""
    found = []
    for token in text.split():
        value, _, weight = token.rstrip("!").partition("*")
        found.append(GradedMark(value, Fraction(weight or 1), token.endswith("!")))
    return found


USUAL = GradingPolicy()


def propose(text, policy=USUAL, rules=RULES, presence=THERE, marking=FIVE):
    return propose_period(marks(text), policy, rules, presence, marking)


@pytest.mark.parametrize(
    ("text", "policy", "value"),
    [
        ("5 4 4 5", GradingPolicy(PLAIN), "5"),  # 4,5: the threshold itself is reached
        ("5 4 4 5", GradingPolicy(PLAIN, SIX), "4"),
        ("3 3 3 5*3", GradingPolicy(PLAIN), "4"),  # 3,5
        ("3 3 3 5*3", GradingPolicy(WEIGHTED), "4"),  # 24 : 6 = 4
        ("2 2 2 5*3", GradingPolicy(WEIGHTED), "4"),  # 21 : 6 = 3,5
        ("2 2 2 5*3", GradingPolicy(PLAIN), "3"),  # 11 : 4 = 2,75
        ("2 2 2 5! 5! 4!", GradingPolicy(IMPORTANT), "5"),  # 14 : 3
        ("2 2 2", GradingPolicy(), "2"),
        ("1 1 1", GradingPolicy(ones_allowed=True), "2"),  # a result's lowest is 2
        ("зач 5 осв 5 . 4", GradingPolicy(), "5"),  # 14 : 3; what has no number counts nothing
    ],
)
def test_the_average_proposes(text, policy, value):
    found = propose(text, policy)
    assert (found.value, found.reason) == (value, BY_AVERAGE)
    assert found.average is not None
    assert found.policy == policy


@pytest.mark.parametrize(
    ("text", "presence", "value", "reason", "defers"),
    [
        ("5 5", THERE, "н/а", FEW_MARKS, False),
        ("5 5 .", THERE, "н/а", FEW_MARKS, True),  # what is awaited may still come
        ("", THERE, "н/а", FEW_MARKS, False),
        # Two marks of weight 0, and one that counts.
        ("5*0 5*0 4", THERE, "н/а", WEIGHTLESS, False),
        ("5*0 5*0", THERE, "н/а", WEIGHTLESS, False),
        ("5 5 5", Presence(20, 15, 0), "н/а", MOSTLY_ABSENT, False),
        ("5 5 5", Presence(20, 14, 0), "5", BY_AVERAGE, False),
        ("5 5 5", Presence(20, 20, 10), "н/а", MOSTLY_ILL, True),
        ("5 5 5", Presence(20, 20, 9), "н/а", MOSTLY_ABSENT, False),
        # In a subject with one lesson so far one mark is all there can be.
        ("5", Presence(1, 0, 0), "5", BY_AVERAGE, False),
        ("5", Presence(0, 0, 0), "5", BY_AVERAGE, False),
        ("осв осв", THERE, "осв", BY_EXEMPTIONS, False),
        ("осв осв 5 5 5", THERE, "5", BY_AVERAGE, False),
        ("зач зач незач", THERE, "зач", BY_PASSES, False),
    ],
)
def test_too_few_marks_or_mostly_absent(text, presence, value, reason, defers):
    found = propose(text, presence=presence)
    assert (found.value, found.reason, found.defers) == (value, reason, defers)


def test_weights_of_nothing_count_in_a_plain_average():
    assert propose("5*0 5*0 4*0", GradingPolicy(PLAIN)).value == "5"


@pytest.mark.parametrize(
    ("text", "value"), [("зач зач незач", "зач"), ("зач незач незач", "незач"),
                        ("зач зач незач незач", "незач"), ("осв", "осв"), ("зач", "н/а")],
)  # fmt: skip
def test_a_group_of_passes(text, value):
    assert propose(text, marking=PASS).value == value


def test_a_group_without_marks_has_no_results():
    found = propose("осв", marking=NONE)
    assert (found.value, found.reason) == ("", UNMARKED)
    with pytest.raises(MarkError, match="без отметок"):
        parse_result("5", NONE)


def parts(*values):
    return [Part(f"{n} четверть", value) for n, value in enumerate(values, start=1)]


@pytest.mark.parametrize(
    ("values", "value", "reason"),
    [
        (("4", "4", "5", "5"), "5", BY_RESULTS),  # 4,5
        (("4", "4", "4", "5"), "4", BY_RESULTS),
        (("5", "н/а", "5", "4"), "5", BY_RESULTS),  # 14 : 3
        (("4",), "4", BY_RESULTS),  # ends in December, or came in the last period
        (("4", "", "5", ""), "", RESULTS_MISSING),
        (("н/а", "н/а"), "н/а", ALL_NOT_ATTESTED),
        (("осв", "осв"), "осв", BY_EXEMPTIONS),
        (("осв", "н/а"), "н/а", ALL_NOT_ATTESTED),
        (("незач", "зач"), "зач", BY_PASSES),
        (("зач", "незач"), "незач", BY_PASSES),
        ((), "", NOTHING_YET),
    ],
)
def test_the_year_is_made_of_its_periods(values, value, reason):
    found = propose_year(parts(*values), RULES)
    assert (found.value, found.reason) == (value, reason)


def test_the_year_names_what_is_missing():
    assert propose_year(parts("4", "", "5", ""), RULES).missing == ("2 четверть", "4 четверть")


def test_the_year_by_the_schools_threshold():
    stern = ResultPolicy(year_threshold=Fraction(3, 5))
    assert propose_year(parts("4", "5"), stern).value == "4"
    assert propose_year(parts("4", "5", "5", "5"), stern).value == "5"


def test_the_exam_counts_in_the_year_where_the_school_says_so():
    inside = ResultPolicy(exam_in_year=True)
    exam = Part("экзамен", "3")
    assert propose_year(parts("4", "4", "5", "5"), RULES, exam=exam).value == "5"
    assert propose_year(parts("4", "4", "5", "5"), inside, exam=exam).value == "4"
    assert propose_year(parts("4", "4"), inside, exam=Part("экзамен")).missing == ("экзамен",)
    assert propose_final(Part("год", "4"), exam, inside).value == "4"


@pytest.mark.parametrize(
    ("year", "exam", "value", "reason"),
    [
        ("4", None, "4", BY_RESULTS),
        ("4", "5", "5", BY_RESULTS),  # 4,5 upwards
        ("5", "2", "4", BY_RESULTS),
        ("4", "", "", EXAM_MISSING),
        ("", "5", "", RESULTS_MISSING),
        ("4", "незач", "незач", BY_EXAM),
    ],
)
def test_the_final_result(year, exam, value, reason):
    found = propose_final(Part("год", year), None if exam is None else Part("экзамен", exam), RULES)
    assert (found.value, found.reason) == (value, reason)


def test_the_final_result_of_the_last_grade_counts_two_years():
    earlier = [Part(name, "5") for name in ("1 п/г", "2 п/г", "10 класс", "1 п/г", "2 п/г")]
    assert propose_final(Part("год", "4"), None, RULES, earlier).value == "5"


@pytest.mark.parametrize(
    ("typed", "value"),
    [("5", "5"), (" 4 ", "4"), ("н", "н/а"), ("Н/А", "н/а"), ("на", "н/а"), ("о", "осв"),
     ("з", "зач"), ("НЗ", "незач"), ("незачёт", "незач"), ("зач.", "зач"), ("", "")],
)  # fmt: skip
def test_a_result_is_typed_as_people_write_it(typed, value):
    assert parse_result(typed) == value


@pytest.mark.parametrize("typed", ["1", "6", "4/5", "y", "пять", "."])
def test_what_is_no_result_is_said(typed):
    with pytest.raises(MarkError):
        parse_result(typed)
    assert parse_result("1", ones_allowed=True) == "1"


def test_passes_have_no_numbers():
    with pytest.raises(MarkError, match="зач, незач, осв, н/а"):
        parse_result("5", PASS)


@pytest.mark.parametrize(
    ("decided", "then", "now", "again"),
    [
        ("4", "4", "5", True),
        ("4", "4", "4", False),
        ("5", "4", "4", False),  # decided otherwise, with a reason, and nothing changed since
        ("5", "4", "5", False),
        ("", "", "5", False),
        ("4", "4", "", False),
        ("4", "", "5", True),
    ],
)
def test_a_late_mark_offers_the_result_again(decided, then, now, again):
    assert is_offered_again(decided, then, Proposal(now)) is again


@pytest.mark.parametrize(
    ("proposed", "value", "allowed"),
    [("4", "4", True), ("4", "5", False), ("4", "", True), ("", "5", True), ("н/а", "4", False)],
)
def test_outside_the_proposal_needs_a_reason(proposed, value, allowed):
    assert Proposal(proposed).allows(value) is allowed


some_marks = st.lists(
    st.builds(
        GradedMark,
        st.sampled_from(["2", "3", "4", "5", "зач", "незач", "осв", "."]),
        st.fractions(min_value=0, max_value=5, max_denominator=4),
        st.booleans(),
    ),
    max_size=12,
)


@given(
    some_marks,
    st.sampled_from([PLAIN, WEIGHTED, IMPORTANT]),
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from([FIVE, PASS]),
)
def test_every_pupil_gets_a_proposal_that_can_be_entered(found, way, lessons, missed, marking):
    presence = Presence(lessons, min(lessons, missed))
    proposal = propose_period(found, GradingPolicy(way), RULES, presence, marking)
    assert parse_result(proposal.value, marking) == proposal.value != ""
