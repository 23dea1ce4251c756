"""The bad line of tests/serving/test_bad_line.py, hundreds of times with other seeds."""

import pytest

from tests.serving.test_bad_line import GridRuns, ResultRuns, Runs, check

pytestmark = pytest.mark.requirement("H3")

BATCH = 100


@pytest.mark.parametrize("first", range(1000, 1500, BATCH))
def test_what_a_page_shows_as_saved_is_saved(served_database, serve, first):
    check(Runs(serve(served_database), range(first, first + BATCH)))


@pytest.mark.parametrize("kind", [GridRuns, ResultRuns])
@pytest.mark.parametrize("first", range(2000, 2200, BATCH))
def test_the_grid_and_results_hold_on_it_too(kind, served_database, serve, first):
    check(kind(serve(served_database), range(first, first + BATCH)))
