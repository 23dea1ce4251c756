"""What an administrator starts from, and the outbox."""

import secrets
from typing import Any

from flask import Blueprint, abort, current_app, flash, request, url_for
from flask_login import current_user

from blueprints.access import new_act, now, permit
from blueprints.forms import Form
from blueprints.office.forms import TOO_OLD, TrialLetterForm
from blueprints.responses import page, see_other
from school import clock
from school.actions.letters import KINDS, find_zone, put_test_letter, send_again
from school.doctor import examine
from school.queries.letters import (
    PAGE,
    LetterPage,
    count_letters,
    find_email,
    find_letter,
    find_route,
    list_letters,
)
from school.queries.overview import list_school_classes
from school.queries.questions import count_open_questions
from school.queries.requests import count_requests
from school.queries.visits import count_waiting
from school.rules.access import ADMINISTRATOR
from school.rules.letters import STATES, AddressError, clean_address
from school.settings import Settings
from school.wording import LETTER_STATES, plural

blueprint = Blueprint("office", __name__, url_prefix="/office", cli_group=None)


@blueprint.get("/doctor")
@permit(ADMINISTRATOR)
def doctor() -> Any:
    """What the installation says of itself: each setting, how it stands, how to mend it."""
    settings: Settings = current_app.extensions["settings"]
    return page("office/doctor.html", findings=examine(settings, clock.now()))


@blueprint.get("/")
@permit(ADMINISTRATOR)
def start() -> Any:
    """The school's classes, and what waits for the administrator."""
    return page(
        "office/start.html",
        schools=list_school_classes(_own_schools()),
        waiting=count_requests(_own_schools(), now()),
        questions=count_open_questions(_own_schools()),
        visitors=count_waiting(_own_schools(), now()),
        local=lambda school, at: clock.local(at, school.time_zone),
    )


def _own_schools() -> frozenset[int]:
    schools: frozenset[int] = current_user.ties.schools([ADMINISTRATOR])
    return schools


def _letter_words() -> dict[str, Any]:
    """What pages of letters need beside the letters."""
    zone = find_zone(current_user.person_id)
    settings: Settings = current_app.extensions["settings"]
    return {
        "kinds": KINDS,
        "states": LETTER_STATES,
        "has_server": bool(settings.smtp_url),
        "local": lambda moment: clock.local(moment, zone),
    }


@blueprint.get("/letters")
@permit(ADMINISTRATOR)
def letters() -> Any:
    """The outbox: what went out, what waits and why; by state and by words."""
    state = request.args.get("state", "")
    words = " ".join(request.args.get("q", "").replace("\0", "").split())[:100]
    before = request.args.get("before", 0, type=int)
    if state not in STATES:
        state = ""
    schools = _own_schools()
    before = before if 0 < before < 2**31 else 0
    found = list_letters(schools, state=state, words=words, before=before)
    return page(
        "office/letters.html",
        letters=found[:PAGE],
        older=found[PAGE - 1].letter_id if len(found) > PAGE else 0,
        counts=count_letters(schools),
        state=state,
        words=words,
        route=find_route("smtp"),
        form=Form(),
        **_letter_words(),
    )


def _load_letter(letter_id: int) -> LetterPage:
    found = find_letter(letter_id)
    if found is None or found.school_id not in _own_schools():
        abort(404)
    return found


@blueprint.get("/letters/<id:letter_id>")
@permit(ADMINISTRATOR)
def letter(letter_id: int) -> Any:
    """One letter, as it was or will be sent."""
    found = _load_letter(letter_id)
    return page("office/letter.html", letter=found, form=Form(), **_letter_words())


@blueprint.post("/letters/<id:letter_id>/again")
@permit(ADMINISTRATOR)
def letter_again(letter_id: int) -> Any:
    """Sends once more what was given up."""
    _load_letter(letter_id)
    if send_again(_own_schools(), new_act(), letter_id=letter_id):
        flash("Письмо снова ждёт отправки.")
    else:
        flash("Снова отправлять нечего: письмо ушло, ещё ждёт или его текст уже стёрт.")
    return see_other(url_for("office.letter", letter_id=letter_id))


@blueprint.post("/letters/again")
@permit(ADMINISTRATOR)
def letters_again() -> Any:
    """Sends once more all that was given up or had no address."""
    count = send_again(_own_schools(), new_act())
    flash(f"Снова ждут отправки: {plural(count, 'письмо', 'письма', 'писем')}.")
    return see_other(url_for("office.letters"))


@blueprint.route("/letters/test", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def letters_test() -> Any:
    """A letter to try the mail with."""
    form = TrialLetterForm()
    if request.method != "POST":
        form.address.data = find_email(current_user.person_id).confirmed
        form.request.data = secrets.token_hex(8)
        return page("office/letters_test.html", form=form, **_letter_words())
    if not form.validate():
        if form.csrf_token.errors:
            form.address.errors = [TOO_OLD]
        return page("office/letters_test.html", 422, form=form, **_letter_words())
    try:
        address = clean_address(form.address.data or "")
    except AddressError as error:
        form.address.errors = [str(error)]
        return page("office/letters_test.html", 422, form=form, **_letter_words())
    put_test_letter(address, min(_own_schools()), form.request.data or "", new_act())
    flash("Проверочное письмо ждёт отправки: оно уйдёт в течение минуты.")
    return see_other(url_for("office.letters"))
