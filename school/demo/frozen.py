"""A frozen year alive (H15): the smallest school asked for the archive of its year; the worker
makes it within its first minutes. One, of the primary school: that of a whole school would keep a
new demo's worker busy."""

from datetime import timedelta

from school.actions.frozen_years import ask_for_frozen_year
from school.actions.history import Act
from school.exchange.frozen.tables import list_years
from school.models import Role
from school.models.fields import from_milliseconds

ASKED_BEFORE = timedelta(minutes=1)


def ask_for_archive(school_id: int, moment: int) -> None:
    """Ask for the archive of a school's newest year, as its administrator did a minute ago."""
    asker = Role.get(Role.school == school_id, Role.kind == "administrator")
    at = from_milliseconds(moment) - ASKED_BEFORE
    year = list_years(school_id)[0]
    ask_for_frozen_year(year, Act(at, asker.person_id), request=f"{year.school_year_id}:demo")
