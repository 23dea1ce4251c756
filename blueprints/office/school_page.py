"""What the school says of itself on its public page, and the link for its own site (A12, A14)."""

from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user

from blueprints.access import new_act, permit
from blueprints.office.page_forms import CHANGED_SINCE, TOO_OLD, PageForm
from blueprints.office.views import blueprint
from blueprints.responses import page, see_other
from blueprints.typed import bring_back, forget
from school.actions.public_pages import ChangedSince, PageError, change_school_page, clean_words
from school.queries.public_pages import PublicSchool, find_public_school, get_school_words
from school.queries.schools import find_school
from school.rules.access import ADMINISTRATOR, DEPUTY_HEAD, HEAD
from school.rules.plain_text import read_blocks

EDITS = frozenset({ADMINISTRATOR, DEPUTY_HEAD, HEAD})


def _load_school(school_id: int) -> PublicSchool:
    line = find_school(school_id)
    if line is None or school_id not in current_user.ties.schools(EDITS):
        abort(404)
    found = find_public_school(line.short_name)
    if found is None:
        abort(404)
    return found


@blueprint.route("/schools/<id:school_id>/page", methods=["GET", "POST"])
@permit(*EDITS, checks_token=True, keeps_draft=True)
def school_page(school_id: int) -> Any:
    """The school's own words and contacts; with «preview» they are shown and not kept."""
    school = _load_school(school_id)
    form = PageForm()
    if request.method != "POST":
        form.fill(get_school_words(school_id), school.address, school.phone)
        bring_back(form)
        return _editor(school, form)
    if not form.validate():
        form.text.errors = [TOO_OLD]
        return _editor(school, form, 422)
    try:
        if "preview" in request.form:
            clean_words(form.words)
            return _editor(school, form, preview=True)
        changed = change_school_page(school_id, form.words, seen=form.seen_at, act=new_act())
    except PageError as error:
        form.complain(error)
    except ChangedSince:
        form.text.errors = [CHANGED_SINCE]
        theirs = get_school_words(school_id)
        form.see(theirs)
        return _editor(school, form, 422, theirs=theirs.text)
    else:
        forget()
        flash("Страница школы изменена." if changed else "Изменений не было.")
        return see_other(url_for("office.school_page", school_id=school_id))
    return _editor(school, form, 422)


def _editor(
    school: PublicSchool, form: PageForm, status: int = 200, *, preview: bool = False,
    theirs: str | None = None,
) -> Any:  # fmt: skip
    return page(
        "office/school_page.html",
        status,
        school=school,
        form=form,
        preview=read_blocks(form.text.data or "") if preview else None,
        theirs=theirs,
    )
