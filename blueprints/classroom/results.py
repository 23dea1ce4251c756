"""All results of a class: the summary sheet on screen, as a spreadsheet, on paper; deferrals."""

import secrets
from datetime import date, timedelta
from typing import Any

from flask import abort, flash, request, url_for
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields import SelectChoice

from blueprints.access import load_results_class, log_event, new_act, now, permit
from blueprints.classroom.views import blueprint
from blueprints.downloads import send_report
from blueprints.forms import Form, without_controls
from blueprints.gradebook.result_orders import TOO_OLD, read_day
from blueprints.looks import present_look
from blueprints.papers.documents import Document, ask_for_paper, document_page
from blueprints.papers.summary import summary_document
from blueprints.responses import page, see_other
from school import clock
from school.actions.result_orders import NewDeferral, OrderError, defer_result, end_deferral
from school.exchange.report import Cell, ReportSheet
from school.queries.acknowledgements import (
    list_class_acknowledgements,
    list_week_acknowledgements,
)
from school.queries.class_results import (
    ResultClass,
    SummarySheet,
    get_summary_sheet,
    list_class_columns,
    list_sheet_pupils,
)
from school.queries.missing_results import gather_missing
from school.queries.results import list_deferrals
from school.rules.absences import AbsenceCount
from school.rules.access import CLASS_TEACHER, DEPUTY_HEAD, HEAD
from school.rules.proposals import PERIOD, YEAR
from school.wording_results import absence_counts

READS = (CLASS_TEACHER, DEPUTY_HEAD, HEAD)
_CLEAN = [without_controls]
WEEK = timedelta(days=7)
TABLE, BY_PUPIL, BY_SUBJECT = "", "pupil", "subject"


class DeferralForm(Form):
    request_id = HiddenField()
    pupil = SelectField("Ученик", coerce=int)
    column = SelectField("Какой результат")
    subject = SelectField("Предмет", coerce=int)
    until_on = StringField("До какого дня", filters=_CLEAN)
    reason = StringField("Причина", filters=_CLEAN)
    order_name = StringField("Номер приказа", filters=_CLEAN)
    order_on = StringField("Дата приказа", filters=_CLEAN)


def _sheet(head: ResultClass) -> SummarySheet:
    """The sheet that was asked for: all columns, or the one that the address names."""
    columns = list_class_columns(head)
    key = request.args.get("column", "")
    chosen = [column for column in columns if column.key == key] if key else list(columns)
    if not chosen:
        abort(404)
    return get_summary_sheet(head, clock.today(head.time_zone), columns=chosen)


@blueprint.get("/<id:class_id>/summary")
@permit(*READS)
def summary(class_id: int) -> Any:
    """The summary sheet (E4): as a table, and the same pupil by pupil or subject by subject."""
    head = load_results_class(class_id)
    by = request.args.get("by", TABLE)
    if by not in (TABLE, BY_PUPIL, BY_SUBJECT):
        abort(404)
    if by == TABLE and present_look().makes_lists:
        by = BY_PUPIL
    sheet = _sheet(head)
    log_event("summary_read", school_id=head.school_id, detail=f"{head.name}, {head.year_name}")
    moment = now()
    missing = [line for line in sheet.missing if not line.deferred_until]
    return page(
        "classroom/summary.html",
        head=head,
        sheet=sheet,
        by=by,
        columns=list_class_columns(head),
        chosen=request.args.get("column", ""),
        missing=gather_missing(missing),
        missing_count=len(missing),
        is_overdue=lambda line: line.is_overdue(moment),
        absences=absence_counts,
        last_entry=sheet.last_entry_at and clock.local(sheet.last_entry_at, head.time_zone),
        local=lambda at: clock.local(at, head.time_zone),
        today=clock.today(head.time_zone),
    )


@blueprint.get("/<id:class_id>/summary.xlsx")
@permit(*READS)
def summary_file(class_id: int) -> Any:
    """The summary sheet as a spreadsheet: a row for a pupil and a column of results."""
    head = load_results_class(class_id)
    sheet = _sheet(head)
    subjects = [name for _, name in sheet.subjects]
    rows: list[tuple[Cell, ...]] = []
    for pupil in sheet.pupils:
        for column in sheet.columns:
            cells = [sheet.cell(pupil.pupil_id, s, column).text for s, _ in sheet.subjects]
            count = sheet.absences.get((pupil.pupil_id, column.key))
            rows.append((pupil.name, column.name, *cells, *_absence_cells(count)))
    heads = ("Ученик", "Результат", *subjects, "Пропущено дней", "Пропущено уроков", "По причинам")
    title = f"{head.school_full_name}. Сводная ведомость {head.name}, {head.year_name}"
    return send_report(
        [ReportSheet(head.name, title, heads, rows)],
        f"summary-{head.short_name}-{head.class_id}.xlsx",
        school_id=head.school_id,
        detail=f"сводная ведомость, {head.name}",
    )


def _absence_cells(count: AbsenceCount | None) -> tuple[Cell, ...]:
    if count is None:
        return ("", "", "")
    return (count.missed_days, count.missed_lessons, absence_counts(count))


@blueprint.route("/<id:class_id>/summary/paper", methods=["GET", "POST"])
@permit(*READS)
def summary_paper(class_id: int) -> Any:
    """The summary sheet on paper, A4 or A3 across; POST makes a PDF of it (D6)."""
    head = load_results_class(class_id)
    size = "A3" if request.args.get("size") == "A3" else "A4"
    document: Document = summary_document(_sheet(head), size)
    if request.method == "POST":
        return ask_for_paper(document)
    log_event("summary_read", school_id=head.school_id, detail=document.title)

    def address(points: int, paper: str) -> str:
        return url_for(
            "classroom.summary_paper", class_id=class_id, size=paper, points=points,
            column=request.args.get("column") or None,
        )  # fmt: skip

    other = "A4" if size == "A3" else "A3"
    return document_page(
        document,
        back=url_for("classroom.summary", class_id=class_id),
        back_words=f"Сводная ведомость, {head.name}",
        steps=[(address(document.points, other), f"На листах {other}")],
        sizes=lambda points: address(points, size),
    )


@blueprint.route("/<id:class_id>/deferrals", methods=["GET", "POST"])
@permit(*READS, checks_token=True)
def deferrals(class_id: int) -> Any:
    """The deferrals of a class, and a form for another (E3)."""
    head = load_results_class(class_id)
    columns = {column.key: column for column in list_class_columns(head)}
    pupils = list_sheet_pupils(head)
    subjects = get_summary_sheet(head, clock.today(head.time_zone)).subjects
    form = DeferralForm(request_id=secrets.token_hex(8), reason="болезнь")
    present = [pupil for pupil in pupils if pupil.left_on is None]
    form.pupil.choices = [SelectChoice(pupil.pupil_id, pupil.name) for pupil in present]
    form.column.choices = [SelectChoice(column.key, column.name) for column in columns.values()]
    form.subject.choices = [SelectChoice(0, "Все предметы"), *(SelectChoice(*s) for s in subjects)]
    if request.method == "POST" and form.validate():
        until_on = read_day(form.until_on, "Напишите день.")
        order_on = read_day(form.order_on, "Напишите дату приказа.")
        try:
            if until_on is not None and order_on is not None:
                new = NewDeferral(
                    form.pupil.data, form.subject.data or None, columns[form.column.data],
                    until_on, form.reason.data or "", form.order_name.data or "", order_on,
                )  # fmt: skip
                defer_result(
                    head, new, request_id=(form.request_id.data or secrets.token_hex(8))[:40],
                    today=clock.today(head.time_zone), act=new_act(),
                )  # fmt: skip
                flash("Отсрочка записана. Семья увидит её в дневнике, учителю напомним письмом.")
                return see_other(url_for("classroom.deferrals", class_id=class_id))
        except OrderError as error:
            form[error.field].errors = [str(error)]
    if form.csrf_token.errors:
        form.reason.errors = [TOO_OLD]
    names = {pupil.pupil_id: pupil.name for pupil in pupils}
    found = list(list_deferrals(head.school_id, head.school_year_id, tuple(names)))
    return page(
        "classroom/deferrals.html",
        422 if request.method == "POST" else 200,
        head=head,
        form=form,
        found=found,
        names=names,
        columns=columns,
        subjects=dict(subjects),
        today=clock.today(head.time_zone),
    )


@blueprint.post("/<id:class_id>/deferrals/end")
@permit(*READS)
def end_deferral_of(class_id: int) -> Any:
    """Takes a deferral back."""
    head = load_results_class(class_id)
    if not end_deferral(head, request.form.get("deferral", 0, type=int), new_act()):
        abort(404)
    flash("Отсрочка снята: результат снова ждут.")
    return see_other(url_for("classroom.deferrals", class_id=class_id))


def _asked_monday(today: date) -> date | None:
    """The Monday of the week that the address names; None where it names none. 404 for what is no
    day, and for weeks to come."""
    text = request.args.get("week", "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        abort(404)
    if day.year < 1990 or day > today:
        abort(404)
    return day - timedelta(days=day.weekday())


@blueprint.get("/<id:class_id>/acknowledged")
@permit(*READS)
def acknowledged(class_id: int) -> Any:
    """Which families have read the results of a column, or a week: «Ознакомлен(а)» (B12)."""
    head = load_results_class(class_id)
    today = clock.today(head.time_zone)
    columns = [c for c in list_class_columns(head) if c.kind in (PERIOD, YEAR)]
    pupils = [pupil for pupil in list_sheet_pupils(head) if pupil.left_on is None]
    begun = [c for c in columns if c.until_on < today] or columns[:1]
    key, monday = request.args.get("column", ""), _asked_monday(today)
    chosen = next((c for c in columns if c.key == key), begun[-1] if begun and not key else None)
    if monday is not None:
        found = list_week_acknowledgements([pupil.pupil_id for pupil in pupils], monday)
    elif chosen is not None:
        found = list_class_acknowledgements(head.class_id, chosen)
    else:
        abort(404)
    return page(
        "classroom/acknowledged.html",
        head=head,
        columns=columns,
        chosen=None if monday else chosen,
        monday=monday,
        this_monday=today - timedelta(days=today.weekday()),
        sunday=monday + timedelta(days=6) if monday else None,
        week=WEEK,
        pupils=pupils,
        found=found,
        local=lambda at: clock.local(at, head.time_zone),
    )
