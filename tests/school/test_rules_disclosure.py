"""Counts that may leave a school (G3): tried by who knows the rule, all wholes and all parts."""

from collections import defaultdict
from itertools import product

import pytest

from school.rules.disclosure import FEWEST, HIDDEN, Few, Kept, add_up, hide_small, keep_apart


def test_no_small_part_is_found_from_the_whole_and_the_other_parts():
    """Every division of up to 20 into three parts, grouped by what would be shown of it: who
    knows the rule, the whole and what is shown is left with several for each small part."""
    look_alike = defaultdict(list)
    for parts in product(range(21), repeat=3):
        if FEWEST <= sum(parts) <= 20:
            shown = hide_small(dict(enumerate(parts)))
            assert all(few == HIDDEN or few.known >= FEWEST for few in shown.values())
            hidden = sum(parts[n] for n in range(3) if shown[n] == HIDDEN)
            assert not 0 < hidden < FEWEST
            look_alike[sum(parts), *shown.values()].append(parts)
    for many in look_alike.values():
        for n in range(3):
            of_this = {parts[n] for parts in many}
            assert len(of_this) > 1 or not 0 < min(of_this) < FEWEST, many


def test_what_is_large_is_told_and_sums_are_of_what_is_told():
    assert hide_small({"a": 7, "b": 5}) == {"a": Few(7), "b": Few(5)}
    assert hide_small({"a": 12, "b": 0, "c": 9}) == {"a": Few(12), "b": HIDDEN, "c": Few(9)}
    # 2 alone would be 13 − 11: 5 goes with it.
    assert hide_small({"a": 6, "b": 5, "c": 2}) == {"a": Few(6), "b": HIDDEN, "c": HIDDEN}
    assert add_up([Few(7), HIDDEN, Few(5)]) == Few(12, and_more=True)
    assert add_up([]) == Few()


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((0, 0, 0), Kept()),
        ((3, 1, 0), Kept(has_hidden=True)),
        ((300, 0, 0), Kept(300, 300, 300)),
        ((300, 2, 0), Kept(302, 298, 301)),
        ((300, 0, 4), Kept(304, 300, 303)),
        ((300, 2, 3), Kept(305, 300, 300)),
        ((300, 20, 13), Kept(333, 300, 300, owed=10)),
        ((2, 20, 0), Kept(22, 1, 4)),
        ((0, 20, 0), Kept(20, 0, 0)),
    ],
)
def test_how_a_promise_was_kept(counts, told):
    assert keep_apart(*counts) == told


def test_a_few_late_ones_look_alike_whatever_they_are():
    looks = {
        keep_apart(100 - late - owed, late, owed)
        for late, owed in product(range(5), repeat=2)
        if 0 < late + owed < FEWEST
    }
    assert looks == {Kept(100, 96, 99)}


def test_months_add_up_from_what_each_tells():
    one, two = keep_apart(95, 5, 0), keep_apart(99, 1, 0)
    both = one + two
    assert (both.all, both.late) == (200, (6, 9))
    assert both + keep_apart(1, 1, 0) == Kept(200, 191, 194, has_hidden=True)
    assert [float(share) for share in both.shares] == [0.955, 0.97]
    assert Kept().shares is None


def test_what_is_entered_late_moves_no_share_and_owed_in_fives_only():
    """Yesterday's page and today's: of twelve that are owed one more is done."""
    before = keep_apart(100, 8, 12)
    for done in (1, 2):
        assert keep_apart(100, 8 + done, 12 - done) == before
    after = keep_apart(100, 11, 9)
    assert (after.shares, after.all, after.owed) == (before.shares, before.all, 5)
