"""All schools side by side, for the officer: no child's data, not even by small numbers (G3)."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import abort, request, url_for
from flask_login import current_user

from blueprints.access import now, permit
from blueprints.downloads import send_report
from blueprints.oversight.substitutions import month_words
from blueprints.oversight.views import blueprint
from blueprints.responses import page
from school import clock
from school import wording_municipality as words
from school.exchange.report import ReportSheet
from school.queries.municipality import (
    BY_GROUND,
    DIVISIONS,
    LINES,
    MunicipalReport,
    SchoolReport,
    get_municipal_report,
    list_told_months,
)
from school.queries.public_pages import PublicMunicipality, list_municipalities
from school.rules.access import OFFICER
from school.rules.disclosure import HIDDEN, Few, Kept

NO_MONTH = "Выберите месяцы из списка: они уже закончились."
BACKWARDS = "Первый месяц позже последнего: поменяйте их местами."
ALL = "Все школы, из того что показано"


def own_municipality() -> PublicMunicipality:
    """The officer's."""
    own = {duty.municipality_id for duty in current_user.ties.duties if duty.kind == OFFICER}
    return next(place for place in list_municipalities() if place.municipality_id in own)


@blueprint.get("/municipality")
@permit(OFFICER)
def municipality() -> Any:
    """How each school kept each promise over some months, and counts of its requests."""
    place = own_municipality()
    months = list_told_months(now())
    first, last, wrong = _read_months(months)
    report = get_municipal_report(place.municipality_id, now(), first, last)
    span: dict[str, Any] = {"from": f"{first:%Y-%m}", "until": f"{last:%Y-%m}"}
    return page(
        "oversight/municipality.html",
        422 if wrong else 200,
        place=place,
        report=report,
        months=[(f"{month:%Y-%m}", month_words(month)) for month in months],
        typed={name: request.args.get(name, "") for name in ("from", "until")},
        first=span["from"],
        last=span["until"],
        wrong=wrong,
        span=_span_words(report),
        lines=_lines(report),
        divisions=_divisions(report),
        words=words,
        nothing=HIDDEN,
        made_at=clock.local(now(), report.schools[0].school.time_zone) if report.schools else None,
        sheet=url_for("oversight.municipality_sheet", **span),
    )


@blueprint.get("/municipality.xlsx")
@permit(OFFICER)
def municipality_sheet() -> Any:
    """The same as a spreadsheet: what the page does not tell, it does not either."""
    place = own_municipality()
    first, last, wrong = _read_months(list_told_months(now()))
    if wrong:
        abort(404)
    report = get_municipal_report(place.municipality_id, now(), first, last)
    return send_report(
        _sheets(place, report),
        f"municipality-{first:%Y-%m}-{last:%Y-%m}.xlsx",
        school_id=None,
        detail=f"школы муниципалитета, {_span_words(report)}",
    )


def _read_months(months: tuple[date, ...]) -> tuple[date, date, str]:
    """The months that are asked for, and what is wrong with them: then, and when nothing is
    asked, those of this school year."""
    newest = months[0]
    september = date(newest.year - (newest.month < 9), 9, 1)
    asked = [request.args.get(name, "") for name in ("from", "until")]
    if not any(asked):
        return september, newest, ""
    known = {f"{month:%Y-%m}": month for month in months}
    if not all(name in known for name in asked):
        return september, newest, NO_MONTH
    first, last = known[asked[0]], known[asked[1]]
    return (september, newest, BACKWARDS) if first > last else (first, last, "")


def _span_words(report: MunicipalReport) -> str:
    first, last = month_words(report.first), month_words(report.last)
    return first if first == last else f"{first} — {last}"


def _lines(report: MunicipalReport) -> list[str]:
    """The lines that some school has something of, in order."""
    return [line for line in LINES if line in report.total.kept]


def _divisions(report: MunicipalReport) -> dict[str, list[str]]:
    """Divisions of requests with their parts, those of which nothing was ever told left out."""
    found = {name: list(parts) for name, parts in DIVISIONS.items()}
    grounds = report.total.counts.get(BY_GROUND, {})
    return found | ({BY_GROUND: list(grounds)} if grounds else {})


KEPT_COLUMNS: tuple[tuple[str, Callable[[Kept], str]], ...] = (
    ("вышел срок", words.all_words),
    ("в срок", words.share_words),
    ("не в срок", words.late_words),
    ("ещё не сделано", words.owed_words),
)


def _sheets(place: PublicMunicipality, report: MunicipalReport) -> list[ReportSheet]:
    title = f"{place.name}: {_span_words(report)}"
    everybody = [*report.schools, report.total]

    def name(one: SchoolReport) -> str:
        return one.school.name or ALL

    def count(one: SchoolReport, division: str, part: str) -> str:
        few: Few = one.counts.get(division, {}).get(part, HIDDEN)
        return words.few_words(few)

    lines = [
        (words.LINE_TITLES[line], name(one), *(tell(one.kept[line]) for _, tell in KEPT_COLUMNS))
        for line in _lines(report)
        for one in everybody
        if line in one.kept
    ]
    requests = [
        (
            words.DIVISION_TITLES[division],
            words.PART_WORDS[division].get(part, part),
            *(count(one, division, part) for one in everybody),
        )
        for division, parts in _divisions(report).items()
        for part in parts
    ]
    return [
        ReportSheet("Сроки", title, ("Что", "Школа", *(head for head, _ in KEPT_COLUMNS)), lines),
        ReportSheet("Заявления", title, ("Деление", "Что", *map(name, everybody)), requests),
        ReportSheet(
            "Школы",
            title,
            ("Школа", "Адрес", "Телефон", "Кто отвечает"),
            [
                (one.school.name, one.school.address, one.school.phone, one.own.whom)
                for one in report.schools
            ],
        ),
    ]
