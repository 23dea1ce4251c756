"""What the municipality says on its public page; the officer's (A14, NT)."""

from typing import Any

from flask import flash, request, url_for
from flask_login import current_user

from blueprints.access import new_act, permit
from blueprints.office.page_forms import CHANGED_SINCE, TOO_OLD, PageForm
from blueprints.oversight.views import blueprint
from blueprints.responses import page, see_other
from blueprints.typed import bring_back, forget
from school.actions.public_pages import (
    ChangedSince,
    PageError,
    change_municipal_page,
    clean_words,
)
from school.queries.public_pages import (
    PublicMunicipality,
    get_municipal_words,
    list_municipalities,
)
from school.rules.access import OFFICER
from school.rules.plain_text import read_blocks


def _own() -> PublicMunicipality:
    """The officer's municipality."""
    own = {duty.municipality_id for duty in current_user.ties.duties if duty.kind == OFFICER}
    return next(place for place in list_municipalities() if place.municipality_id in own)


@blueprint.route("/municipal-page", methods=["GET", "POST"])
@permit(OFFICER, checks_token=True, keeps_draft=True)
def municipal_page() -> Any:
    """The municipality's own words and contacts; with «preview» they are shown and not kept."""
    place = _own()
    form = PageForm()
    if request.method != "POST":
        form.fill(get_municipal_words(place.municipality_id), place.address, place.phone)
        bring_back(form)
        return _editor(place, form)
    if not form.validate():
        form.text.errors = [TOO_OLD]
        return _editor(place, form, 422)
    try:
        if "preview" in request.form:
            clean_words(form.words)
            return _editor(place, form, preview=True)
        changed = change_municipal_page(
            place.municipality_id, form.words, seen=form.seen_at, act=new_act()
        )
    except PageError as error:
        form.complain(error)
    except ChangedSince:
        form.text.errors = [CHANGED_SINCE]
        theirs = get_municipal_words(place.municipality_id)
        form.see(theirs)
        return _editor(place, form, 422, theirs=theirs.text)
    else:
        forget()
        flash("Страница муниципалитета изменена." if changed else "Изменений не было.")
        return see_other(url_for("oversight.municipal_page"))
    return _editor(place, form, 422)


def _editor(
    place: PublicMunicipality, form: PageForm, status: int = 200, *, preview: bool = False,
    theirs: str | None = None,
) -> Any:  # fmt: skip
    return page(
        "oversight/municipal_page.html",
        status,
        place=place,
        form=form,
        preview=read_blocks(form.text.data or "") if preview else None,
        theirs=theirs,
    )
