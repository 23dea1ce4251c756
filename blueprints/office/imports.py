"""Spreadsheets in and out, on the administrator's pages (H22, G1)."""

import secrets
from pathlib import Path
from typing import Any

from flask import current_app, flash, request, url_for
from wtforms import HiddenField

from blueprints.access import log_event, new_act, permit
from blueprints.downloads import XLSX, download
from blueprints.forms import Form
from blueprints.office.loading import load_import, load_school
from blueprints.office.views import blueprint
from blueprints.responses import asks_for_fragment, page, see_other
from school import clock
from school.actions.changes import BuiltUpon
from school.actions.importing import uploads
from school.actions.importing.checking import VERDICTS
from school.exchange import files
from school.exchange.export import Cells, export_school
from school.exchange.workbook import TABLE_NAMES
from school.models import ImportRun
from school.queries.imports import ImportCard, list_imports
from school.queries.schools import SchoolLine
from school.rules.access import ADMINISTRATOR
from school.wording import plural

#: All files of one upload, with what a form adds.
LARGEST_UPLOAD = 9_000_000
SHOWN = 200
#: Verdicts before their number.
COUNTED = {
    "new": "новых",
    "changed": "изменится",
    "same": "без изменений",
    "wrong": "с ошибкой",
    "waits": "ждут исправления других строк",
}
TOO_OLD = "Вы входили заново, поэтому ничего ещё не сделано. Нажмите кнопку ещё раз."


class UploadForm(Form):
    request_id = HiddenField(name="request-id")


class ActForm(Form):
    pass


def data_dir() -> Path:
    folder: Path = current_app.extensions["settings"].data_dir
    return folder


@blueprint.route("/schools/<id:school_id>/imports", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def imports(school_id: int) -> Any:
    """What was brought in so far, and a form for more."""
    school = load_school(school_id)
    request.max_content_length = LARGEST_UPLOAD
    request.max_form_memory_size = LARGEST_UPLOAD
    form = UploadForm()
    refusal = ""
    if request.method == "POST" and form.validate():
        sent = [
            uploads.UploadedFile(file.filename, file.read())
            for file in request.files.getlist("files")
            if file.filename
        ]
        try:
            run_id = uploads.start_upload(
                school_id,
                sent,
                data_dir=data_dir(),
                act=new_act(),
                request=f"{school_id}:{form.request_id.data or secrets.token_hex(8)}"[:80],
            )
            return see_other(url_for("office.import_run", run_id=run_id))
        except uploads.UploadRefused as refused:
            refusal = str(refused)
    elif request.method == "POST":
        refusal = TOO_OLD
    form.request_id.data = secrets.token_hex(8)
    return page(
        "office/imports.html",
        422 if refusal else 200,
        school=school,
        form=form,
        refusal=refusal,
        imports=list_imports(school_id),
    )


@blueprint.get("/imports/<id:run_id>")
@permit(ADMINISTRATOR)
def import_run(run_id: int) -> Any:
    """How an import stands: its verdicts, its questions, what can be done with it."""
    return _import_page(load_import(run_id))


def _import_page(card: ImportCard, refusal: str = "", answers: Any = None) -> Any:
    run = ImportRun.get_by_id(card.run_id)
    rows = uploads.list_rows(run, data_dir())
    # Rows are counted, not what is wrong with them: one row may be refused for several things.
    counted = dict.fromkeys(
        (row[0], row[1].partition(", «")[0] if row[4] == "wrong" else at, row[4])
        for at, row in enumerate(rows)
    )
    by_table: dict[str, dict[str, int]] = {}
    for table, _, verdict in counted:
        counts = by_table.setdefault(TABLE_NAMES.get(table, "файлы"), dict.fromkeys(VERDICTS, 0))
        counts[verdict] += 1
    passwords = (uploads.folder_of(run, data_dir()) / uploads.PASSWORDS).exists()
    return page(
        "office/import.html",
        422 if refusal else 200,
        run=card,
        form=ActForm(),
        refusal=refusal,
        progress=uploads.find_progress(run, data_dir()),
        counted=COUNTED,
        by_table=by_table,
        errors=[row for row in rows if row[4] == "wrong"],
        changed=[row for row in rows if row[4] == "changed"],
        has_rows=bool(rows),
        has_passwords=passwords,
        answers=answers or {},
        shown=SHOWN,
    )


@blueprint.get("/imports/<id:run_id>/progress")
@permit(ADMINISTRATOR)
def import_progress(run_id: int) -> Any:
    """The line that says what is being done; where it is done, the page is asked for anew."""
    card = load_import(run_id)
    if not asks_for_fragment():
        return see_other(url_for("office.import_run", run_id=run_id))
    progress = uploads.find_progress(ImportRun.get_by_id(run_id), data_dir())
    body, status = page("office/_progress.html", run=card, progress=progress)
    if card.state in (uploads.WAITING, uploads.CONFIRMED):
        return body, status
    return body, status, {"HX-Refresh": "true"}


@blueprint.post("/imports/<id:run_id>")
@permit(ADMINISTRATOR, checks_token=True)
def act_on_import(run_id: int) -> Any:
    """Answer its questions, confirm it, throw it away, take it back."""
    card = load_import(run_id)
    if not ActForm().validate():
        return _import_page(card, TOO_OLD, request.form)
    what = request.form.get("do", "")
    act = new_act()
    try:
        if what == "answer":
            uploads.answer_questions(run_id, _answers(card), act=act)
        elif what == "confirm":
            uploads.confirm_import(run_id, act=act)
        elif what == "drop":
            uploads.drop_import(run_id, act=act, data_dir=data_dir())
            flash("Загрузка отброшена, в школе ничего не изменилось.")
            return see_other(url_for("office.imports", school_id=card.school_id))
        elif what == "undo":
            count = uploads.undo_import(run_id, act=act, data_dir=data_dir())
            flash(f"Загрузка отменена: {plural(count, 'запись', 'записи', 'записей')}.")
        elif what == "forget-passwords":
            uploads.forget_passwords(run_id, data_dir=data_dir())
            flash("Список паролей удалён.")
    except uploads.NotNow as refused:
        return _import_page(load_import(run_id), str(refused))
    except BuiltUpon as built:
        return _import_page(card, f"Отменить уже нельзя: {built}.")
    return see_other(url_for("office.import_run", run_id=run_id))


def _answers(card: ImportCard) -> dict[str, str]:
    """The answers of the form that are among the options."""
    found = {}
    for question in card.report.get("questions", []):
        answer = request.form.get(question["key"], "")
        if answer in {value for value, _ in question["options"]}:
            found[question["key"]] = answer
    return found


@blueprint.get("/imports/<id:run_id>/rows.csv")
@permit(ADMINISTRATOR)
def import_rows(run_id: int) -> Any:
    """The verdict on every row, to download."""
    card = load_import(run_id)
    log_event("export", school_id=card.school_id, detail=f"строки загрузки № {run_id}")
    rows = uploads.list_rows(ImportRun.get_by_id(run_id), data_dir())
    return download(uploads.rows_as_csv(rows, VERDICTS), f"import-{run_id}.csv", "text/csv")


@blueprint.get("/imports/<id:run_id>/passwords.csv")
@permit(ADMINISTRATOR)
def import_passwords(run_id: int) -> Any:
    """The one-time passwords that an import issued, to be handed out."""
    card = load_import(run_id)
    path = uploads.folder_of(ImportRun.get_by_id(run_id), data_dir()) / uploads.PASSWORDS
    if not path.exists():
        flash("Списка паролей уже нет.")
        return see_other(url_for("office.import_run", run_id=card.run_id))
    log_event("export", school_id=card.school_id, detail=f"временные пароли, загрузка № {run_id}")
    return download(path.read_bytes(), f"passwords-{run_id}.csv", "text/csv")


@blueprint.get("/schools/<id:school_id>/blank.xlsx")
@permit(ADMINISTRATOR)
def blank_files(school_id: int) -> Any:
    """Blank tables with examples and explanations."""
    school = load_school(school_id)
    body = files.write_workbook(files.blank_tables(), school=school.short_name, blank=True)
    return download(body, "listok-blank.xlsx", XLSX)


def _exported(school: SchoolLine) -> dict[str, list[Cells]]:
    """What goes out of a school by files; that it did is written down."""
    log_event("export", school_id=school.school_id, detail="таблицы школы")
    return export_school(school.school_id, clock.today(school.time_zone))


@blueprint.get("/schools/<id:school_id>/export.xlsx")
@permit(ADMINISTRATOR)
def export_workbook(school_id: int) -> Any:
    """Everything that comes in by files, as one workbook."""
    school = load_school(school_id)
    tables = _exported(school)
    body = files.write_workbook(tables, school=school.short_name)
    return download(body, f"{school.short_name}.xlsx", XLSX)


@blueprint.get("/schools/<id:school_id>/export.zip")
@permit(ADMINISTRATOR)
def export_csv(school_id: int) -> Any:
    """The same as CSV files in an archive."""
    school = load_school(school_id)
    tables = _exported(school)
    return download(files.write_csv_archive(tables), f"{school.short_name}.zip", "application/zip")
