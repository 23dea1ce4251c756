"""Which share of marks and absences was in the diary in time, over any span (C10)."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import abort, request, url_for

from blueprints.access import load_answered_school, now, permit
from blueprints.downloads import send_report
from blueprints.oversight.views import blueprint
from blueprints.responses import page
from school import clock
from school.exchange.report import ReportSheet
from school.queries.owed import list_owed
from school.queries.regulations import find_regulation
from school.queries.schools import SchoolLine
from school.queries.timeliness import (
    ALL_KINDS,
    LateCase,
    Line,
    Timeliness,
    get_timeliness,
    list_late_cases,
)
from school.rules.access import DEPUTY_HEAD, HEAD
from school.rules.register import parse_day

#: What a person has not chosen is the last four weeks.
USUAL_SPAN = timedelta(days=27)
#: A page shows so many late cases; the spreadsheet has all.
SHOWN_CASES = 200


@blueprint.get("/schools/<id:school_id>/timeliness")
@permit(DEPUTY_HEAD, HEAD)
def timeliness(school_id: int) -> Any:
    """Shares of timely marks and absences over a span, with the late cases behind each number:
    the report an inspection asks for (C10)."""
    school = load_answered_school(school_id)
    last = clock.today(school.time_zone)
    from_on, until_on, wrong = read_span(last)
    found = get_timeliness(school_id, from_on, until_on)
    teacher_id, class_id = (request.args.get(name, type=int) for name in ("teacher", "class"))
    whats = [what for what in request.args.getlist("what") if what in ALL_KINDS] or list(ALL_KINDS)
    cases = list_late_cases(
        school_id, from_on, until_on, whats=whats, teacher_id=teacher_id, class_id=class_id
    )
    span: dict[str, Any] = {
        "school_id": school_id, "from": from_on.isoformat(), "until": until_on.isoformat()
    }  # fmt: skip
    missing = [
        line
        for line in list_owed(school_id, now())
        if line.is_overdue(now()) and from_on <= line.held_on <= until_on
    ]
    return page(
        "oversight/timeliness.html",
        422 if wrong else 200,
        school=school,
        found=found,
        cases=cases[:SHOWN_CASES],
        all_cases=len(cases),
        missing=missing,
        wrong=wrong,
        typed={name: request.args.get(name, "") for name in ("from", "until")},
        narrowed=_narrowed(found, teacher_id, class_id, whats),
        address=lambda **more: url_for("oversight.timeliness", **span, **more),
        sheet=url_for("oversight.timeliness_sheet", **span),
        promised=_promises(school_id, until_on),
        local=lambda at: clock.local(at, school.time_zone),
        made_at=clock.local(now(), school.time_zone),
    )


@blueprint.get("/schools/<id:school_id>/timeliness.xlsx")
@permit(DEPUTY_HEAD, HEAD)
def timeliness_sheet(school_id: int) -> Any:
    """The same as a spreadsheet, with all late cases."""
    school = load_answered_school(school_id)
    from_on, until_on, wrong = read_span(clock.today(school.time_zone))
    if wrong:
        abort(404)
    found = get_timeliness(school_id, from_on, until_on)
    cases = list_late_cases(school_id, from_on, until_on)
    return send_report(
        _sheets(school, found, cases),
        f"timeliness-{school.short_name}-{from_on}-{until_on}.xlsx",
        school_id=school_id,
        detail=f"записи в срок, {from_on} — {until_on}",
    )


WHATS = {"mark": "Отметка", "absence": "Пропуск", "attendance": "Посещаемость урока"}


def _sheets(
    school: SchoolLine, found: Timeliness, cases: tuple[LateCase, ...]
) -> list[ReportSheet]:
    span = f"{school.name}: записи в срок, {found.from_on:%d.%m.%Y} — {found.until_on:%d.%m.%Y}"
    counts = ("Отметки и пропуски, доля в срок", *(
        f"{WHATS[what]}: {word}" for what in ALL_KINDS for word in ("всего", "в срок")
    ))  # fmt: skip

    def row(line: Line, name: str = "") -> tuple[Any, ...]:
        numbers = (line.count(what) for what in ALL_KINDS)
        pairs = (n for count in numbers for n in (count.entered, count.in_time))
        return (name or line.name, line.shared.share, *pairs)

    def moment(at: datetime) -> str:
        return f"{clock.local(at, school.time_zone):%d.%m.%Y %H:%M}"

    return [
        ReportSheet(
            "Учителя", span, ("Учитель", *counts), [row(found.total), *map(row, found.by_teacher)]
        ),
        ReportSheet("Классы", span, ("Класс", *counts), [row(line) for line in found.by_class]),
        ReportSheet(
            "Недели",
            span,
            ("Неделя с понедельника", *counts),
            [row(line, f"{monday:%d.%m.%Y}") for monday, line in found.by_week],
        ),
        ReportSheet(
            "С опозданием",
            span,
            ("Урок", "Номер", "Предмет", "Класс", "Учитель", "Что", "Ученик", "Срок", "Внесено"),
            [
                (
                    f"{case.held_on:%d.%m.%Y}", case.lesson_number, case.subject,
                    case.group_name, case.teacher_name, case.work_name or WHATS[case.what],
                    case.pupil_name, moment(case.due_at), moment(case.entered_at),
                )
                for case in cases
            ],
        ),
    ]  # fmt: skip


def read_span(last: date) -> tuple[date, date, str]:
    """The span that was asked for, and what is wrong with it: then it is the usual one."""
    usual = (last - USUAL_SPAN, last)
    typed = [request.args.get(name, "").strip() for name in ("from", "until")]
    if not any(typed):
        return *usual, ""
    try:
        from_on, until_on = (parse_day(text) for text in typed)
    except ValueError:
        return *usual, "Напишите обе даты так: 01.09.2026."
    if from_on > until_on:
        return *usual, "Первый день позже последнего: поменяйте их местами."
    return from_on, until_on, ""


def _narrowed(found: Any, teacher_id: int | None, class_id: int | None, whats: list[str]) -> str:
    """Whose late cases are shown, in words; empty for all."""
    names = [line.name for line in found.by_teacher if line.line_id == teacher_id]
    names += [line.name for line in found.by_class if line.line_id == class_id]
    if len(whats) < len(ALL_KINDS):
        names += [WHATS[what].lower() for what in whats]
    return ", ".join(names)


def _promises(school_id: int, on: date) -> list[tuple[str, Any]]:
    """What the regulation of a day promises: title and term."""
    found = find_regulation(school_id, on)
    if found is None:
        return []
    return [
        ("отметки", found.regulation.term("C1")),
        ("пропуски уроков", found.regulation.term("C3")),
    ]
