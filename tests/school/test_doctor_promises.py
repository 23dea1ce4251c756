"""The doctor looks at what schools promise: a regulation each, and a confirmed calendar."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from school import doctor
from school.models import School
from school.settings import Settings


@pytest.fixture
def look(town):
    def at(*when):
        settings = Settings.from_environment(
            {"SECRET_KEY": "x" * 40, "DATA_DIR": str(Path("/tmp"))}
        )
        found = doctor.examine(settings, datetime(*when, tzinfo=UTC))
        return {finding.name: finding for finding in found}

    return at


def test_all_is_well_in_a_confirmed_year(look):
    found = look(2026, 9, 15)
    assert found["Регламент"].state is doctor.State.GOOD
    assert found["Производственный календарь"].state is doctor.State.GOOD


def test_a_calendar_nobody_confirmed_is_noted_in_time(look):
    found = look(2026, 11, 15)["Производственный календарь"]
    assert found.state is doctor.State.NOTE
    assert "2027" in found.says
    assert "Календарь" in found.mend


def test_a_school_without_a_regulation_is_bad(look, town):
    School.create(
        municipality=town.municipality, short_name="new", name="Новая", full_name="Новая",
        time_zone="Europe/Moscow", regulation="school-2",
    )  # fmt: skip
    found = look(2026, 9, 15)["Регламент"]
    assert found.state is doctor.State.BAD
    assert "Новая" in found.says
