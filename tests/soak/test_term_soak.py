"""A term of work by 40 teachers, with substitutions, late entries and absences, against a slow
recomputation from history."""

import pytest

from tests.term import build, compare, play


@pytest.mark.parametrize("seed", [1, 2])
def test_a_term_of_forty_teachers(app, town, monkeypatch, seed):
    term = build(app, town, monkeypatch, teachers=40, weeks=9, pupils=12, seed=seed)
    play(term)
    told = compare(term)
    print(f"{term.requests} requests, {told}")
    assert all(0 < in_time < entered for entered, in_time in told.values()), told
