"""Frozen years (H15): asked for, how far they are, and the file to take away."""

import secrets
from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user

from blueprints.access import load_run_school, log_event, new_act, permit
from blueprints.downloads import send_kept_file
from blueprints.forms import Form
from blueprints.office.imports import data_dir
from blueprints.office.views import blueprint
from blueprints.responses import asks_for_fragment, page, see_other
from school import clock
from school.actions.frozen_years import DONE, WAITING, ask_for_frozen_year, path_of
from school.exchange.frozen.tables import list_years
from school.queries.frozen_years import FrozenYearLine, find_frozen_year, list_frozen_years
from school.rules.access import ADMINISTRATOR, DEPUTY_HEAD, HEAD, INFORMS_THE_SCHOOL

FREEZES = (ADMINISTRATOR, DEPUTY_HEAD, HEAD)


def _load(frozen_id: int) -> FrozenYearLine:
    """An archive of a school that the person runs; 404 for others."""
    found = find_frozen_year(frozen_id)
    if found is None or found.school_id not in current_user.ties.schools(INFORMS_THE_SCHOOL):
        abort(404)
    return found


@blueprint.get("/schools/<id:school_id>/frozen-years")
@permit(*FREEZES)
def frozen_years(school_id: int) -> Any:
    """The years of a school, each with its archive and the button for a new one."""
    school = load_run_school(school_id, to_change=False)
    lines: dict[tuple[int, str], FrozenYearLine] = {
        (line.school_year_id, line.state): line for line in list_frozen_years(school_id)
    }
    return page(
        "office/frozen_years.html",
        school=school,
        years=list_years(school_id),
        lines=lines,
        form=Form(),
        token=secrets.token_hex(8),
        today=clock.today(school.time_zone),
        local=lambda at: clock.local(at, school.time_zone),
    )


@blueprint.post("/schools/<id:school_id>/frozen-years")
@permit(*FREEZES)
def freeze_year(school_id: int) -> Any:
    """Asks for the archive of a year; the worker makes it."""
    load_run_school(school_id, to_change=False)
    year_id = request.form.get("year", type=int)
    if year_id is None:
        flash("Выберите учебный год: архив делают за один год.")
        return see_other(url_for("office.frozen_years", school_id=school_id))
    head = next((y for y in list_years(school_id) if y.school_year_id == year_id), None)
    if head is None:
        abort(404)
    token = request.form.get("request", "")[:32] or secrets.token_hex(8)
    ask_for_frozen_year(head, new_act(), request=f"{year_id}:{token}")
    flash(f"Архив {head.name} заказан. Он делается несколько минут, страницу можно закрыть.")
    return see_other(url_for("office.frozen_years", school_id=school_id))


@blueprint.get("/frozen-years/<id:frozen_id>/progress")
@permit(*FREEZES)
def frozen_year_progress(frozen_id: int) -> Any:
    """The line that says how far an archive is; where it is over, the page is asked for anew."""
    line = _load(frozen_id)
    if not asks_for_fragment():
        return see_other(url_for("office.frozen_years", school_id=line.school_id))
    body, status = page("office/_frozen_progress.html", line=line)
    if line.state == WAITING:
        return body, status
    return body, status, {"HX-Refresh": "true"}


@blueprint.get("/frozen-years/<id:frozen_id>/file")
@permit(*FREEZES)
def frozen_year_file(frozen_id: int) -> Any:
    """The archive; who took it is written into the log of who looked."""
    line = _load(frozen_id)
    path = path_of(line.file_name, data_dir()).resolve()
    if line.state != DONE or not path.is_file():
        flash("Этого файла уже нет или ещё нет. Закажите архив ещё раз.")
        return see_other(url_for("office.frozen_years", school_id=line.school_id))
    log_event("export", school_id=line.school_id, detail=f"архив учебного года {line.year_name}")
    name = f"{line.short_name}-{line.year_from_on.year}.zip"
    return send_kept_file(path, name, "application/zip")
