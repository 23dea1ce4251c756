"""A school's regulation: what it promises, and how that is changed (G3)."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user

from blueprints.access import load_act, new_act, permit
from blueprints.forms import without_controls
from blueprints.oversight.forms import TOO_OLD
from blueprints.oversight.regulation_forms import (
    OrderForm,
    TermsForm,
    TextForm,
    VersionForm,
    fill_terms,
    new_request,
    read_terms,
    row_groups,
)
from blueprints.oversight.views import blueprint
from blueprints.responses import page, see_other
from school import clock, wording_terms
from school.actions.regulations import NewVersion, add_version, check_version
from school.actions.sessions import drop_draft
from school.queries.calendars import get_working_days
from school.queries.drafts import find_draft
from school.queries.regulation_preview import Preview, preview_version
from school.queries.regulations import (
    ActHead,
    Version,
    find_version,
    find_version_in_force,
    list_acts_of,
    list_versions,
)
from school.rules.access import (
    ADMINISTRATOR,
    ANSWERS_FOR_RECORDS,
    DEPUTY_HEAD,
    HEAD,
    OFFICER,
    may_change_act,
)
from school.rules.regulation import RegulationError, parse_regulation, with_terms

READS = (DEPUTY_HEAD, HEAD, OFFICER, ADMINISTRATOR)
CHANGES = (DEPUTY_HEAD, OFFICER)
NOTHING_CHANGED = "Вы ничего не изменили."


@blueprint.get("/regulations")
@permit(*READS)
def regulations() -> Any:
    """The regulations that this person answers for; one alone is shown at once."""
    ties = current_user.ties
    acts = list_acts_of(
        ties.schools({*ANSWERS_FOR_RECORDS, ADMINISTRATOR}),
        {duty.municipality_id for duty in ties.duties if duty.kind == OFFICER},
    )
    if len(acts) == 1:
        return see_other(url_for("oversight.regulation", act_id=acts[0].act_id))
    return page("oversight/regulations.html", acts=acts)


@blueprint.get("/regulations/<id:act_id>")
@permit(*READS)
def regulation(act_id: int) -> Any:
    """What is promised today: each term with its clause, or that it is the default."""
    act = load_act(act_id)
    today = clock.today(act.time_zone)
    in_force = find_version_in_force(act_id, today)
    if in_force is None:
        abort(404)
    return page(
        "oversight/regulation.html",
        act=act,
        today=today,
        shown=in_force,
        regulation=in_force.regulation,
        versions=list_versions(act_id),
        may_change=may_change_act(current_user.ties, act.place),
        unconfirmed=_unconfirmed(act, today),
        calendars=_calendars(act),
        words=wording_terms,
        local=lambda moment: clock.local(moment, act.time_zone),
    )


def _calendars(act: ActHead) -> list[tuple[int, str]]:
    """The schools under the act whose calendar this person may open."""
    own = current_user.ties.schools({*ANSWERS_FOR_RECORDS, ADMINISTRATOR})
    return [pair for pair in zip(act.school_ids, act.schools, strict=True) if pair[0] in own]


def _unconfirmed(act: ActHead, today: date) -> tuple[int, ...]:
    """Years that terms of today may reach and whose production calendar is not confirmed."""
    if not act.school_ids:
        return ()
    calendar = get_working_days(act.school_ids[0], today)
    # The longest shipped term, 10 working days, with the New Year's days off.
    return calendar.warnings_between(today, date.fromordinal(today.toordinal() + 31))


@blueprint.get("/regulations/<id:act_id>/versions/<id:version_id>")
@permit(*READS)
def regulation_version(act_id: int, version_id: int) -> Any:
    """The whole text of one version, past or coming."""
    act = load_act(act_id)
    version = find_version(version_id)
    if version is None or version.act_id != act_id:
        abort(404)
    return page("oversight/regulation_version.html", act=act, version=version)


def _newest(act: ActHead) -> Version:
    """What a change starts from: the version that holds last of all."""
    version = find_version(list_versions(act.act_id)[0].version_id)
    if version is None:
        abort(404)
    return version


@blueprint.route("/regulations/<id:act_id>/terms", methods=["GET", "POST"])
@permit(*CHANGES, checks_token=True, keeps_draft=True)
def regulation_terms(act_id: int) -> Any:
    """Changes single terms: first what that would do, then the confirmation."""
    act = load_act(act_id, to_change=True)
    newest = _newest(act)
    present = parse_regulation(newest.text)
    form: Any = TermsForm()
    more: dict[str, Any] = {}
    if request.method != "POST":
        fill_terms(form, present)
        more["from_draft"] = _take_draft(form)
    elif "back" not in request.form:
        is_whole = form.validate()
        changes = read_terms(form, present)
        today = clock.today(act.time_zone)
        new = form.new_version(newest.text, today)
        if is_whole and new is not None and not form.errors:
            try:
                changed = replace(new, text=with_terms(newest.text, changes))
                return _preview(act, changed, "regulation_terms")
            except RegulationError as error:
                form.from_on.errors = [f"{error}."]
    terms = {term.row: term for term in (*present.terms, *present.own_terms)}
    more["present_terms"] = terms
    return _edit_page("oversight/regulation_terms.html", act, newest, form, **more)


@blueprint.route("/regulations/<id:act_id>/text", methods=["GET", "POST"])
@permit(*CHANGES, checks_token=True, keeps_draft=True)
def regulation_text(act_id: int) -> Any:
    """Changes the whole text: also who may ask, documents, grounds and flags."""
    act = load_act(act_id, to_change=True)
    newest = _newest(act)
    form = TextForm()
    more: dict[str, Any] = {}
    if request.method != "POST":
        form.text.data = newest.text
        more["from_draft"] = _take_draft(form)
    elif "back" not in request.form:
        is_whole = form.validate()
        text = _text_of(form)
        new = form.new_version(text, clock.today(act.time_zone))
        try:
            parse_regulation(text)
            if is_whole and new is not None:
                return _preview(act, new, "regulation_text")
        except RegulationError as error:
            (form.text if error.line else form.from_on).errors = [f"{error}."]
    return _edit_page("oversight/regulation_text.html", act, newest, form, **more)


def _take_draft(form: Any) -> bool:
    """Put back what was typed before a session ran out, unless one starts anew."""
    draft = None
    if "anew" not in request.args:
        draft = find_draft(current_user.person_id, request.path)
    for name, typed in draft or ():
        if name in form:
            form[name].data = without_controls(typed)
    return draft is not None


def _text_of(form: TextForm) -> str:
    return (form.text.data or "").replace("\r\n", "\n")


def _edit_page(template: str, act: ActHead, newest: Version, form: OrderForm, **more: Any) -> Any:
    if form.errors.get("csrf_token"):
        form.order_name.errors = [TOO_OLD]
    return page(
        template,
        422 if form.errors else 200,
        act=act,
        newest=newest,
        form=form,
        groups=row_groups(),
        words=wording_terms,
        **more,
    )


def _preview(act: ActHead, new: NewVersion, origin: str) -> Any:
    """What the version would do, with a button to let it hold and one to go back; writes
    nothing. Raises RegulationError for what cannot hold."""
    check_version(act.act_id, new, today=clock.today(act.time_zone))
    found = _compare(act, new)
    if not found.lines:
        raise RegulationError(0, NOTHING_CHANGED.rstrip("."))
    return _preview_page(act, new, origin, found)


def _compare(act: ActHead, new: NewVersion) -> Preview:
    present = find_version_in_force(act.act_id, new.from_on)
    if present is None:
        abort(404)
    calendar = get_working_days(act.school_ids[0] if act.school_ids else 0, new.from_on)
    return preview_version(
        act.act_id,
        present.regulation,
        parse_regulation(new.text),
        new.from_on,
        act.time_zone,
        calendar,
    )


def _preview_page(
    act: ActHead,
    new: NewVersion,
    origin: str,
    found: Preview | None,
    status: int = 200,
    refusal: str = "",
) -> Any:
    typed = {
        name: without_controls(value)
        for name, value in request.form.items()
        if name != "csrf_token"
    }
    later = [line.from_on for line in list_versions(act.act_id) if line.from_on > new.from_on]
    return page(
        "oversight/regulation_preview.html",
        status,
        act=act,
        new=new,
        preview=found,
        form=VersionForm(),
        request_id=typed.get("request") or new_request(),
        origin=origin,
        typed=typed,
        until=min(later, default=None),
        refusal=refusal,
        words=wording_terms,
    )


@blueprint.get("/regulations/<id:act_id>/versions")
@permit(*CHANGES)
def regulation_unsent(act_id: int) -> Any:
    """A confirmation that came after its session ran out comes back as the text's form."""
    act = load_act(act_id, to_change=True)
    form = TextForm()
    if not _take_draft(form):
        return see_other(url_for("oversight.regulation", act_id=act_id))
    template = "oversight/regulation_text.html"
    return _edit_page(template, act, _newest(act), form, from_draft=True)


@blueprint.post("/regulations/<id:act_id>/versions")
@permit(*CHANGES, checks_token=True, keeps_draft=True)
def regulation_add(act_id: int) -> Any:
    """Lets a version hold from its day on, by its order."""
    act = load_act(act_id, to_change=True)
    form = VersionForm()
    is_whole = form.validate()
    text = _text_of(form)
    today = clock.today(act.time_zone)
    new = form.new_version(text, today)
    if not is_whole or new is None:
        if form.errors.get("csrf_token"):
            form.order_name.errors = [TOO_OLD]
        return _edit_page("oversight/regulation_text.html", act, _newest(act), form)
    try:
        by = replace(new_act(), request_id=form.request_id)
        add_version(act_id, new, today=today, act=by)
    except RegulationError as error:
        return _refused(act, new, error)
    for endpoint in ("regulation_terms", "regulation_text", "regulation_add"):
        drop_draft(current_user.person_id, url_for(f"oversight.{endpoint}", act_id=act_id))
    flash(f"Сохранено: новая редакция действует с {new.from_on:%d.%m.%Y}.")
    return see_other(url_for("oversight.regulation", act_id=act_id))


def _refused(act: ActHead, new: NewVersion, error: RegulationError) -> Any:
    refusal = f"Прежняя редакция осталась в силе: {error}."
    return _preview_page(act, new, "regulation_text", None, 422, refusal)
