"""`flask printouts` killed at many points, while it writes and while it prints."""

import pytest

from tests.serving.test_printouts_killed import check, fill, kill_after, start


@pytest.mark.parametrize("round_", range(3))
def test_killed_at_many_points_it_ends_in_the_same_set_of_files(served_database, tmp_path, round_):
    monday = fill()
    for n in range(5):
        seconds = 0.07 * n + 0.02 * round_
        kill_after(served_database, tmp_path, monday, claims=bool(n % 2), seconds=seconds)
    last = start(served_database, tmp_path, monday)
    said, _ = last.communicate(timeout=180)
    assert last.returncode == 0, said
    check(tmp_path)
