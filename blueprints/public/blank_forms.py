"""Blank forms for everybody: to read, to print, to take away (A14, D5)."""

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import Any

from flask import abort, url_for

from blueprints.access import now, public
from blueprints.downloads import download
from blueprints.kept import keep_public
from blueprints.papers.documents import Document, make_now, sizes_offered
from blueprints.papers.requests import form_document
from blueprints.public.schools import load_public_school
from blueprints.public.views import blueprint
from blueprints.responses import error_page, page
from school import clock
from school.printing import PrinterTrouble, PrintFailed
from school.queries.form_texts import get_form_text, get_school_values
from school.queries.public_pages import PublicSchool
from school.queries.schools import find_school
from school.rules.forms import TITLES

PDF = "application/pdf"
#: Printed forms of this process: nobody can keep the printer busy by asking for the same again.
MOST_KEPT = 200
_kept: OrderedDict[str, bytes] = OrderedDict()
_lock = Lock()


def _document(school: PublicSchool, form: str) -> Document:
    if form not in TITLES:
        abort(404)
    line = find_school(school.school_id)
    if line is None:
        abort(404)
    text = get_form_text(school.municipality_id, school.school_id, form).text
    today = clock.today(school.time_zone)
    return form_document(line, form, text, get_school_values(school.school_id, form, today))


@blueprint.get("/schools/<name:short_name>/forms/<form>")
@public()
def blank_form(short_name: str, form: str) -> Any:
    """A blank form as a page: it can be printed from the browser, or downloaded."""
    school = load_public_school(short_name)
    document = _document(school, form)

    def address(points: int) -> str:
        return url_for(
            "public.blank_form_file",
            short_name=short_name,
            form=form,
            points=points,
        )

    return keep_public(
        (school, _words_of(document)),
        lambda: page(
            "public/form.html",
            school=school,
            document=document,
            sheets=document.sheets,
            printed_at=clock.local(now(), school.time_zone),
            last_entry_at=None,
            files=[(points, address(points)) for points in sizes_offered()],
            **document.context,
        ),
    )


@blueprint.get("/schools/<name:short_name>/forms/<form>.pdf")
@public()
def blank_form_file(short_name: str, form: str) -> Any:
    """The same as a PDF, in the size of letters that was asked for."""
    school = load_public_school(short_name)
    document = _document(school, form)
    try:
        body = _printed(document, clock.today(school.time_zone).isoformat())
    except (PrinterTrouble, PrintFailed):
        return error_page(
            503,
            "Файл сейчас не сделать",
            "Вернитесь и напечатайте бланк со страницы или попробуйте через несколько минут.",
        )
    return download(body, f"{short_name}-{form.replace('_', '-')}.pdf", PDF)


def _words_of(document: Document) -> str:
    return repr((document.school, document.title, document.sheets, document.points))


def _printed(document: Document, day: str) -> bytes:
    """The PDF, made once a day for the same words."""
    key = hashlib.sha256(f"{day} {_words_of(document)}".encode()).hexdigest()
    with _lock:
        body = _kept.get(key)
    if body is None:
        body = make_now(document)
        with _lock:
            _kept[key] = body
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return body
