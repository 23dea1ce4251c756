"""The diary of a pupil."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, url_for

from blueprints.access import load_pupil, permit
from blueprints.responses import page, see_other
from school import clock
from school.queries.diary import get_week
from school.rules.access import (
    ADMINISTRATOR,
    CLASS_TEACHER,
    DEPUTY_HEAD,
    GUARDIAN,
    HEAD,
    PUPIL,
)

blueprint = Blueprint("diary", __name__, url_prefix="/diary/<id:pupil_id>")

READS = (GUARDIAN, PUPIL, CLASS_TEACHER, ADMINISTRATOR, DEPUTY_HEAD, HEAD)


@blueprint.get("/")
@permit(*READS)
def first(pupil_id: int) -> Any:
    """The diary's first page: this week."""
    pupil = load_pupil(pupil_id)
    today = clock.today(pupil.latest.time_zone)
    return see_other(url_for("diary.week", pupil_id=pupil_id, day=today))


@blueprint.get("/week/<day:day>")
@permit(*READS)
def week(pupil_id: int, day: date) -> Any:
    """A week of lessons: what was done, what is to be done, marks and attendance (B1, B5, B7)."""
    pupil = load_pupil(pupil_id)
    monday = day - timedelta(days=day.weekday())
    shown = get_week(pupil_id, monday)
    return page(
        "diary/week.html",
        pupil=pupil,
        week=shown,
        last_entry=shown.last_entry_at and clock.local(shown.last_entry_at, shown.time_zone),
        monday=monday,
        sunday=monday + timedelta(days=6),
        before=monday - timedelta(days=7),
        after=monday + timedelta(days=7),
        today=clock.today(pupil.latest.time_zone),
    )
