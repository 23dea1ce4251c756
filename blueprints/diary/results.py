"""The diary's results, and «Ознакомлен(а)» under results and weeks."""

from datetime import date, timedelta
from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user

from blueprints.access import hidden_areas, load_pupil, new_act, permit
from blueprints.diary.views import READS, blueprint, diary_page, monday_of, today_of
from blueprints.forms import Form, has_good_token
from blueprints.kept import kept
from blueprints.responses import page, see_other
from school import clock
from school.actions.acknowledgements import acknowledge_results, acknowledge_week
from school.queries.acknowledgements import list_week_acknowledgements
from school.queries.diary_results import DiaryResults, find_diary_results
from school.queries.own_things import list_awaited_results
from school.queries.pupils import PupilCard
from school.rules.access import AREAS, GUARDIAN, MARKS, PUPIL, TIMETABLE
from school.wording import span

FAMILY = (GUARDIAN, PUPIL)
STALE = "Вы входили заново. Нажмите кнопку ещё раз."


@blueprint.get("/results")
@permit(*READS)
@kept
def results(pupil_id: int) -> Any:
    """All results of a school year by subject, with what was corrected and put off (B2, B3)."""
    pupil = load_pupil(pupil_id, leaves_out=AREAS - {MARKS})
    found = _find(pupil)
    here = pupil.latest
    return diary_page(
        "diary/results.html",
        pupil,
        found=found,
        # As of this morning: a kept page stays true all day.
        awaited=list_awaited_results(
            pupil_id,
            here.school_id,
            clock.moment_of(today_of(pupil), "00:00", here.time_zone),
            here.time_zone,
        )
        if here.holds_today() and found.year == found.years[0]
        else (),
        own_id=current_user.person_id,
    )


def _find(pupil: PupilCard) -> DiaryResults:
    named = request.args.get("year", "")
    if named and not (named.isascii() and named.isdigit() and len(named) <= 10):
        abort(404)
    found = find_diary_results(pupil.pupil_id, today_of(pupil), int(named) if named else None)
    if found is None:
        abort(404)
    return found


@blueprint.route("/results/acknowledge", methods=["GET", "POST"])
@permit(*FAMILY, checks_token=True)
def acknowledge(pupil_id: int) -> Any:
    """A page with one button: the results of a study period, or of the year, were read (B12)."""
    pupil = _own_child(pupil_id, {MARKS})
    found = _find(pupil)
    column = found.column(request.args.get("column", ""))
    if column is None:
        abort(404)
    stale = ""
    if request.method == "POST":
        if has_good_token():
            acknowledge_results(found.year.school_id, found.year.year_id, pupil_id, column,
                                new_act())  # fmt: skip
            flash("Записано, что вы ознакомлены. Классный руководитель это увидит.")
            return see_other(url_for("diary.results", pupil_id=pupil_id, year=found.year.year_id))
        stale = STALE
    return page(
        "diary/acknowledge.html",
        422 if stale else 200,
        pupil=pupil,
        what=f"результаты, {column.name.lower()}, {found.year.name}",
        lines=[
            f"{name}: {result.value}"
            for subject_id, name in found.subjects
            if (result := found.result(subject_id, column)) and result.value
        ],
        back=url_for("diary.results", pupil_id=pupil_id, year=found.year.year_id),
        stale=stale,
        form=Form(),
    )


@blueprint.route("/week/<day:day>/acknowledge", methods=["GET", "POST"])
@permit(*FAMILY, checks_token=True)
def acknowledge_week_of(pupil_id: int, day: date) -> Any:
    """A page with one button: a week of the diary was read (B12)."""
    pupil = _own_child(pupil_id, {TIMETABLE})
    monday = monday_of(day)
    back = url_for("diary.week", pupil_id=pupil_id, day=monday)
    stale = ""
    if request.method == "POST":
        if has_good_token():
            acknowledge_week(pupil.latest.school_id, pupil_id, monday, new_act())
            flash("Записано, что вы ознакомлены. Классный руководитель это увидит.")
            return see_other(back)
        stale = STALE
    read = list_week_acknowledgements([pupil_id], monday).get(pupil_id, ())
    return page(
        "diary/acknowledge.html",
        422 if stale else 200,
        pupil=pupil,
        what=f"неделя {span(monday, monday + timedelta(days=6))}",
        lines=[f"Ознакомлен(а): {line.name}" for line in read],
        back=back,
        stale=stale,
        form=Form(),
    )


def _own_child(pupil_id: int, needs: set[str]) -> PupilCard:
    """The pupil, for the family alone: staff read a diary, and never sign it; 403 to a reader from
    whom what is to be signed is hidden."""
    pupil = load_pupil(pupil_id, shows_data=False, leaves_out=AREAS - needs)
    if current_user.ties.child(pupil_id) is None or hidden_areas(pupil_id) & needs:
        abort(404)
    return pupil
