"""The deputy head's remarks on journals: made, looked through, accepted or returned (E7)."""

import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from blueprints.access import new_act, permit
from blueprints.downloads import send_report
from blueprints.forms import Form, has_good_token
from blueprints.oversight.forms import TOO_OLD
from blueprints.oversight.views import blueprint
from blueprints.papers.documents import ask_for_paper, document_page, flow_document
from blueprints.responses import page, see_other
from school import clock
from school.actions.remarks import (
    AlreadyMoved,
    Journal,
    accept_remark,
    make_remark,
    return_remark,
    withdraw_remark,
)
from school.exchange.report import ReportSheet
from school.queries.lessons import LessonHead, find_lesson
from school.queries.remarks import (
    RemarkLine,
    find_remark,
    list_group_choices,
    list_remarks,
    list_steps,
)
from school.queries.schools import SchoolLine, find_school
from school.rules.access import ANSWERS_FOR_RECORDS, DEPUTY_HEAD, HEAD
from school.rules.flow import Block, Paragraph, Table
from school.rules.remarks import FIXED, OPEN, RemarkError, read_remark
from school.wording import REMARK_STEPS

#: Which remarks a page shows.
OVERDUE, ALL = "overdue", "all"
CHOICES = {"": "не закрытые", OVERDUE: "просроченные", FIXED: "ждут проверки", ALL: "все"}
_COLUMNS = (("Журнал", 25), ("Учитель", 15), ("Замечание", 40), ("Состояние", 20))


class RemarkForm(Form):
    """A remark on a lesson, on days, or on a whole journal."""

    request_id = HiddenField()
    lesson = HiddenField()
    group = SelectField("Журнал", coerce=int, validate_choice=False)
    text = TextAreaField("Что исправить")
    due_on = StringField("Исправить до")
    from_on = StringField("Уроки с какого дня")
    until_on = StringField("По какой день")


@blueprint.get("/schools/<id:school_id>/remarks")
@permit(DEPUTY_HEAD, HEAD)
def remarks(school_id: int) -> Any:
    """The remarks of a school, with counts per teacher and class."""
    school = load_school(school_id)
    today = clock.today(school.time_zone)
    lines = list_remarks(school_id, today)
    chosen = request.args.get("state", "")
    teacher, group = request.args.get("teacher", type=int), request.args.get("group", "")
    return page(
        "oversight/remarks.html",
        school=school,
        today=today,
        lines=[
            line
            for line in _of_state(lines, chosen, today)
            if (teacher is None or line.is_for(teacher)) and group in ("", line.group_name)
        ],
        chosen=chosen,
        is_narrowed=teacher is not None or bool(group),
        choices=CHOICES,
        teachers=_counted(lines, today, lambda line: line.teachers),
        groups=_counted(lines, today, lambda line: ((line.group_name, line.group_name),)),
        may_write=school_id in current_user.ties.schools([DEPUTY_HEAD]),
    )


def _of_state(lines: Iterable[RemarkLine], chosen: str, today: date) -> tuple[RemarkLine, ...]:
    match chosen:
        case "all":
            return tuple(lines)
        case "overdue":
            return tuple(line for line in lines if line.is_overdue(today))
        case "fixed":
            return tuple(line for line in lines if line.state == FIXED)
        case _:
            return tuple(line for line in lines if line.state in (OPEN, FIXED))


def _counted(
    lines: Iterable[RemarkLine], today: date, whose: Any
) -> list[tuple[Any, str, int, int, int]]:
    """(key, name, open, of them overdue, all), the most first."""
    counts: dict[tuple[Any, str], Counter[str]] = {}
    for line in lines:
        for key in whose(line):
            count = counts.setdefault(key, Counter())
            count["all"] += 1
            count["open"] += line.state in (OPEN, FIXED)
            count["overdue"] += line.is_overdue(today)
    rows = [(*key, n["open"], n["overdue"], n["all"]) for key, n in counts.items()]
    return sorted(rows, key=lambda row: (-row[3], -row[2], row[1]))


@blueprint.route("/schools/<id:school_id>/remarks/new", methods=["GET", "POST"])
@permit(DEPUTY_HEAD, checks_token=True)
def new_remark(school_id: int) -> Any:
    """Makes a remark; `lesson` or `group` in the address choose what it is on."""
    school = load_school(school_id, to_write=True)
    today = clock.today(school.time_zone)
    form = RemarkForm()
    groups = list_group_choices(school_id, today)
    form.group.choices = [SelectChoice(choice.group_id, choice.label) for choice in groups]
    if request.method != "POST":
        form.request_id.data = secrets.token_hex(8)
        form.lesson.data = request.args.get("lesson", "")
        form.group.data = request.args.get("group", type=int)
    head = _lesson(form.lesson.data or "", school_id)
    if request.method == "POST":
        problems = _make(school, form, head, {choice.group_id for choice in groups}, today)
        if not problems:
            flash("Замечание записано. Учителю уйдёт письмо.")
            return see_other(url_for("oversight.remarks", school_id=school_id))
        for name, sentence in problems.items():
            form[name].errors = [sentence]
    status = 422 if request.method == "POST" else 200
    return page("oversight/remark_new.html", status, school=school, form=form, lesson=head)


def _lesson(text: str, school_id: int) -> LessonHead | None:
    """The lesson that is meant, if any; 404 for one of another school."""
    if not text:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    head = find_lesson(int(text)) if is_number else None
    if head is None or head.school_id != school_id:
        abort(404)
    return head


def _make(
    school: SchoolLine,
    form: RemarkForm,
    head: LessonHead | None,
    group_ids: set[int],
    today: date,
) -> dict[str, str]:
    """Make it; what is wrong otherwise, by field."""
    if not has_good_token():
        return {"text": TOO_OLD}
    group_id = head.group_id if head else form.group.data
    if head is None and group_id not in group_ids:
        return {"group": "Выберите журнал."}
    try:
        remark = read_remark(
            form.text.data or "",
            form.due_on.data or "",
            form.from_on.data or "",
            form.until_on.data or "",
            today=today,
        )
        make_remark(
            Journal(school.school_id, group_id, head.lesson_id if head else None),
            remark,
            request_id=(form.request_id.data or "")[:40] or secrets.token_hex(8),
            today=today,
            act=new_act(),
        )
    except RemarkError as error:
        return error.problems
    return {}


MOVES = {"accept": accept_remark, "return": return_remark, "withdraw": withdraw_remark}
SAID = {
    "accept": "Принято.",
    "return": "Возвращено: учитель увидит ваше слово.",
    "withdraw": "Замечание снято.",
}


@blueprint.get("/remarks/<id:remark_id>")
@permit(DEPUTY_HEAD, HEAD)
def remark(remark_id: int) -> Any:
    """A remark with all its steps."""
    return _page(load_remark(remark_id))


@blueprint.post("/remarks/<id:remark_id>")
@permit(DEPUTY_HEAD, checks_token=True)
def decide_remark(remark_id: int) -> Any:
    """Accepts what was mended, returns it with a word, or takes the remark back."""
    line = load_remark(remark_id, to_write=True)
    decision = request.form.get("decision", "")
    if not has_good_token() or decision not in MOVES:
        return _page(line, 422, TOO_OLD)
    try:
        MOVES[decision](line, request.form.get("word", ""), new_act())
    except RemarkError as error:
        return _page(line, 422, error.problems["word"])
    except AlreadyMoved as moved:
        today = clock.today(line.time_zone)
        return _page(moved.line, 422, f"С тех пор изменилось: {moved.line.words(today)}.")
    flash(SAID[decision])
    return see_other(url_for("oversight.remarks", school_id=line.school_id))


def _page(line: RemarkLine, status: int = 200, error: str = "") -> Any:
    return page(
        "oversight/remark.html",
        status,
        line=line,
        today=clock.today(line.time_zone),
        steps=list_steps(line),
        step_words=REMARK_STEPS,
        may_write=line.school_id in current_user.ties.schools([DEPUTY_HEAD]),
        typed=request.form.get("word", ""),
        error=error,
        form=Form(formdata=None),
    )


def load_school(school_id: int, *, to_write: bool = False) -> SchoolLine:
    """A school whose records the person answers for; 404 to all others."""
    school = find_school(school_id)
    kinds = [DEPUTY_HEAD] if to_write else ANSWERS_FOR_RECORDS
    if school is None or school_id not in current_user.ties.schools(kinds):
        abort(404)
    return school


def load_remark(remark_id: int, *, to_write: bool = False) -> RemarkLine:
    """A remark in a school whose records the person answers for; 404 to all others."""
    line = find_remark(remark_id, date.min)
    if line is None:
        abort(404)
    load_school(line.school_id, to_write=to_write)
    return find_remark(remark_id, clock.today(line.time_zone)) or line


def _row(line: RemarkLine, today: date) -> tuple[str, ...]:
    return line.where, line.teacher_names, line.text, line.words(today).capitalize()


@blueprint.get("/schools/<id:school_id>/remarks.xlsx")
@permit(DEPUTY_HEAD, HEAD)
def remarks_sheet(school_id: int) -> Any:
    """All remarks of a school as a spreadsheet."""
    school = load_school(school_id)
    today = clock.today(school.time_zone)
    rows: list[tuple[str | int, ...]] = [
        (
            line.remark_id, f"{clock.local(line.made_at, line.time_zone):%d.%m.%Y}", line.made_by,
            *_row(line, today), f"{line.due_on:%d.%m.%Y}",
        )
        for line in list_remarks(school_id, today)
    ]  # fmt: skip
    heads = ("№", "Когда", "Кто", "Журнал", "Учитель", "Замечание", "Состояние", "Срок")
    sheet = ReportSheet("Замечания", f"{school.name}: замечания к журналам", heads, rows)
    name = f"remarks-{school.short_name}-{today}.xlsx"
    return send_report([sheet], name, school_id=school_id, detail="замечания к журналам")


@blueprint.route("/schools/<id:school_id>/remarks/paper", methods=["GET", "POST"])
@permit(DEPUTY_HEAD, HEAD)
def remarks_paper(school_id: int) -> Any:
    """The same for printing; POST makes a PDF of it."""
    school = load_school(school_id)
    today = clock.today(school.time_zone)
    lines = _of_state(list_remarks(school_id, today), request.args.get("state", ""), today)
    title = f"Замечания к журналам: {CHOICES.get(request.args.get('state', ''), 'не закрытые')}"
    rows = tuple(_row(line, today) for line in lines)
    blocks: list[Block] = (
        [Table("Замечания", _COLUMNS, rows)] if rows else [Paragraph("Замечаний нет.")]
    )
    signs = [("Заместитель директора по УВР", "")]
    document = flow_document("remarks", school, title, blocks, signs, is_wide=True)
    if request.method == "POST":
        return ask_for_paper(document)
    chosen = request.args.get("state", "")
    return document_page(
        document,
        back=url_for("oversight.remarks", school_id=school_id, state=chosen or None),
        back_words="Замечания к журналам",
        sizes=lambda size: url_for(
            "oversight.remarks_paper", school_id=school_id, state=chosen or None, points=size
        ),
    )
