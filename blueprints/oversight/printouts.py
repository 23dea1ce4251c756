"""The deputy head's part of the weekly printouts: their day and hour, and how the classes stand."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from flask import flash, request, url_for

from blueprints.access import load_answered_school, new_act, now, permit
from blueprints.cases import TOO_OLD, typed
from blueprints.forms import Form, has_good_token
from blueprints.oversight.views import blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.printouts import set_schedule
from school.actions.request_stages import RequestRefused
from school.queries.printouts import (
    OwedPrintout,
    get_schedule,
    list_newest_printouts,
    list_owed_printouts,
)
from school.rules.access import DEPUTY_HEAD, HEAD
from school.rules.printouts import WEEK, monday_of
from school.wording import span

WEEKDAYS = (
    "понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье",
)  # fmt: skip


@blueprint.route("/schools/<id:school_id>/printouts", methods=["GET", "POST"])
@permit(DEPUTY_HEAD, HEAD, checks_token=True)
def printouts(school_id: int) -> Any:
    """The day and hour of the printouts; a week's printouts by class."""
    school = load_answered_school(school_id)
    refusal = None
    if request.method == "POST":
        try:
            if not has_good_token():
                raise RequestRefused(TOO_OLD, "weekday")
            set_schedule(school_id, _number("weekday"), _number("hour"), new_act())
        except RequestRefused as found:
            refusal = found
        else:
            flash("День и час распечаток сохранены.")
            return see_other(url_for("oversight.printouts", school_id=school_id))
    today = clock.today(school.time_zone)
    monday = _asked_monday(today)
    owed = list_owed_printouts(school_id, monday, monday + timedelta(days=6), now())
    newest = list_newest_printouts(school_id, monday)
    return page(
        "oversight/printouts.html",
        422 if refusal else 200,
        school=school,
        schedule=get_schedule(school_id),
        weekdays=[(str(n), words) for n, words in enumerate(WEEKDAYS)],
        monday=monday,
        week=WEEK,
        is_last=monday >= monday_of(today),
        what=span(monday, monday + timedelta(days=6)),
        classes=_by_class(owed),
        newest=newest,
        done=sum(found.state == "done" for found in newest.values()),
        now=now(),
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form,
        form=Form(formdata=None),
    )


def _number(name: str) -> int:
    text = typed(name, 4)
    return int(text) if text.isascii() and text.isdecimal() else -1


def _asked_monday(today: date) -> date:
    try:
        asked = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        asked = today
    return monday_of(min(max(asked, date(1990, 1, 1)), today))


def _by_class(owed: tuple[OwedPrintout, ...]) -> list[list[OwedPrintout]]:
    found: dict[int, list[OwedPrintout]] = defaultdict(list)
    for line in owed:
        found[line.recipient.class_id].append(line)
    return list(found.values())
