"""Who looked: the log, its filter and its export (H14)."""

import csv
import io
from datetime import timedelta
from typing import Any

from flask import abort, request, url_for

from blueprints.access import log_event, own_schools, permit
from blueprints.downloads import download
from blueprints.office.views import blueprint
from blueprints.responses import page, see_other
from school import clock, wording
from school.actions.log_terms import get_log_term
from school.queries.access_log import LINES_ON_A_PAGE, LogFilter, iterate_log, list_log
from school.queries.schools import find_school
from school.rules.access import ADMINISTRATOR
from school.rules.register import parse_day

#: The log opens with so many days.
DAYS_SHOWN = timedelta(days=6)


def _wanted() -> tuple[LogFilter, list[str]]:
    """The filter of the address; what of it cannot be read is named and left out."""
    asked = request.args.get("school", "")
    schools = own_schools()
    school_id = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    school = find_school(school_id if school_id in schools else min(schools))
    if school is None or (asked and school_id not in schools):
        abort(404)
    today = clock.today(school.time_zone)
    days, wrong = {"from": today - DAYS_SHOWN, "until": today}, []
    for name in days:
        typed = request.args.get(name, "").strip()
        if typed:
            try:
                days[name] = parse_day(typed)
            except ValueError:
                wrong.append(name)
    if not all(1900 <= day.year <= 2199 for day in days.values()):
        abort(404)
    events = [name for name in request.args.getlist("event") if name in wording.EVENTS]
    who, whose = (request.args.get(name, "")[:100] for name in ("who", "whose"))
    return (
        LogFilter(
            school.school_id, school.time_zone, days["from"], days["until"], events, who, whose
        ),
        wrong,
    )


@blueprint.get("/access-log")
@permit(ADMINISTRATOR)
def access_log() -> Any:
    """Who looked, who signed in, who changed whose role: newest first, with a filter."""
    wanted, wrong = _wanted()
    before = request.args.get("before", "")
    before_id = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    lines = list_log(wanted, before_id=before_id)
    asked: dict[str, Any] = {
        name: request.args.getlist(name) for name in request.args if name != "before"
    }
    return page(
        "office/access_log.html",
        wanted=wanted,
        wrong=wrong,
        lines=lines,
        events=wording.EVENTS,
        older=url_for("office.access_log", **asked, before=lines[-1].log_id)
        if len(lines) == LINES_ON_A_PAGE
        else "",
        export=url_for("office.access_log_export", **asked),
        schools=[find_school(school_id) for school_id in sorted(own_schools())],
        kept=wording.plural(get_log_term(wanted.school_id), "день", "дня", "дней"),
    )


@blueprint.get("/access-log.csv")
@permit(ADMINISTRATOR)
def access_log_export() -> Any:
    """The lines of the filter as a file for a spreadsheet; the export is logged itself."""
    wanted, wrong = _wanted()
    if wrong:
        return see_other(f"{url_for('office.access_log')}?{request.query_string.decode('latin-1')}")
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(("Когда", "Кто", "Что", "Чьи данные", "Подробности"))
    for line in iterate_log(wanted):
        cells = (line.who, wording.event(line.event), line.whose, line.detail)
        writer.writerow((f"{line.at:%d.%m.%Y %H:%M:%S}", *map(_no_formula, cells)))
    log_event(
        "export",
        school_id=wanted.school_id,
        detail=f"журнал доступа, {wanted.from_on:%d.%m.%Y}–{wanted.until_on:%d.%m.%Y}",
    )
    return download(out.getvalue().encode("utf-8-sig"), "access-log.csv", "text/csv")


def _no_formula(cell: str) -> str:
    """A spreadsheet runs what begins like a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell
