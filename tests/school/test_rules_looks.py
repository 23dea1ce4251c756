"""What follows from a look, apart from how a page is drawn."""

import pytest

from school.rules.looks import SIZES, Look, paper_points
from school.rules.sheets import POINTS


def test_large_letters_on_a_screen_carry_over_to_paper():
    told = {size: paper_points(Look(size=size)) for size in SIZES}
    assert told == {100: 12, 125: 12, 150: 18, 175: 24, 200: 24}
    assert set(told.values()) == set(POINTS)


@pytest.mark.parametrize("look", [Look(scheme=2), Look(one_column=True), Look(serif=True)])
def test_what_is_no_size_of_letters_leaves_paper_as_it_is(look):
    assert paper_points(look) == POINTS[0]
