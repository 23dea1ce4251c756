"""Many random schools and spans: the pages of terms equal a slow recomputation from history."""

import pytest

from tests.obligation_history import TermsSchool, check_random_spans


@pytest.mark.parametrize("seed", range(100, 140))
def test_any_span_of_many_schools_equals_a_slow_recomputation(db, seed):
    check_random_spans(TermsSchool(seed, busy=1 + seed % 3), spans=12)
