"""Invitation codes: how they are drawn, printed, typed and read (school/rules/codes.py)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.rules.codes import (
    ALPHABET,
    LENGTH,
    check_of,
    in_groups,
    is_whole,
    make_code,
    read_code,
    squeeze,
)

CODES = st.text(ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1).map(lambda c: c + check_of(c))
LOOKS = str.maketrans("CHKMPTX", "СНКМРТХ")
KEYS = str.maketrans("CHKMPTX", "СРЛЬЗЕЧ")


def test_a_code_reads_well_from_paper():
    made = [make_code() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(is_whole(code) for code in made)
    # None is taken for another, and none is read otherwise in the other alphabet.
    assert not set("".join(made)) & set("01OoIlBSZAEY")
    assert in_groups("K7MX4PHT92C6") == "K7MX-4PHT-92C6"


@given(CODES, st.sampled_from(["", " ", "-", "–", "\u00a0", ". "]))
def test_a_code_is_read_however_it_is_typed(code, between):
    groups = [code[:4], code[4:8], code[8:]]
    for typed in (
        between.join(groups),
        between.join(groups).lower(),
        between.join(groups).translate(LOOKS),
        between.join(groups).translate(LOOKS).lower(),
        between.join(groups).translate(KEYS).lower(),
        f"  «{between.join(groups)}»\n",
    ):
        assert code in read_code(typed), typed


@given(CODES, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_does_not_fit(code, place, other):
    wrong = code[:place] + other + code[place + 1 :]
    assert is_whole(wrong) == (wrong == code)


@given(CODES, st.integers(0, LENGTH - 2))
def test_two_neighbours_in_the_other_order_do_not_fit(code, place):
    turned = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_whole(turned) == (turned == code)


@pytest.mark.parametrize(
    "typed", ["", " ", "K7MX", "K7MX-4PHT-92C", "Щ" * 12, "\0" * 12, "0" * 12, "9" * 100_000]
)
def test_what_is_no_code_is_none(typed):
    assert read_code(typed) == ()


@given(st.text())
def test_anything_can_be_typed(typed):
    assert all(is_whole(code) for code in read_code(typed))
    assert len(squeeze(typed)) <= 600
