"""A few weeks of work leave averages, shares and what is owed as a slow retelling of the history
has them. The whole term of 40 teachers: tests/soak/test_term_soak.py."""

import pytest

from tests.term import build, compare, play


@pytest.mark.requirement("E1")
@pytest.mark.requirement("C10")
def test_two_weeks_of_four_teachers(app, town, monkeypatch):
    term = build(app, town, monkeypatch, teachers=4, weeks=2, pupils=5)
    play(term)
    told = compare(term)
    # All of it was there: marks and absences in time and late, things owed, substitutes.
    assert all(0 < in_time < entered for entered, in_time in told.values()), told
    assert term.requests > 60
