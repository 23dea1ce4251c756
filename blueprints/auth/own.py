"""What is one's own: sign-ins, data that is kept, and at 18 the say over the diary."""

from typing import Any

from flask import abort, flash, json, request, session, url_for
from flask_login import current_user, logout_user

from blueprints.access import SIGNED_IN, log_event, new_act, now, permit
from blueprints.auth.forms import SignOutForm
from blueprints.auth.views import blueprint
from blueprints.downloads import download
from blueprints.responses import page, see_other
from school import clock, wording
from school.actions import sessions
from school.actions.adult_choices import ChoiceRefused, ask_to_read, decide_reading
from school.actions.letters import find_zone
from school.queries.diary_access import list_adult_choices, list_closed_diaries
from school.queries.own_data import get_own_data
from school.queries.sessions import list_sessions
from school.rules.access import PUPIL, Child, is_adult


@blueprint.get("/account/sessions")
@permit(SIGNED_IN)
def sessions_page() -> Any:
    """Where the person is signed in."""
    zone = find_zone(current_user.person_id)
    return page(
        "auth/sessions.html",
        form=SignOutForm(),
        sessions=list_sessions(current_user.person_id, current_user.get_id(), now()),
        local=lambda moment: clock.local(moment, zone),
    )


@blueprint.post("/account/sessions/end")
@permit(SIGNED_IN)
def end_session() -> Any:
    """Ends one of one's own sign-ins; on its next request it is over."""
    ended = sessions.end_session(current_user.person_id, request.form.get("session", ""), new_act())
    flash("Вход закрыт." if ended else "Этот вход уже закрыт.")
    return see_other(url_for("auth.sessions_page"))


@blueprint.post("/account/sessions/everywhere")
@permit(SIGNED_IN)
def sign_out_everywhere() -> Any:
    """Ends all of one's sign-ins, this one too."""
    sessions.sign_out_everywhere(current_user.person_id, new_act())
    logout_user()
    session.clear()
    flash("Вы вышли на всех устройствах.")
    return see_other(url_for("auth.sign_in"))


@blueprint.get("/account/data")
@permit(SIGNED_IN)
def own_data() -> Any:
    """What is kept about the person (152-ФЗ, статья 14)."""
    return page("auth/data.html", sections=get_own_data(current_user.person_id, now()))


@blueprint.get("/account/data.json")
@permit(SIGNED_IN)
def own_data_file() -> Any:
    """The same as a file for a machine; logged like every export."""
    sections = get_own_data(current_user.person_id, now())
    log_event("export", detail="свои данные, JSON")
    body = json.dumps(
        {section.key: section.records for section in sections}, ensure_ascii=False, indent=1
    )
    return download(body, "listok-data.json", "application/json")


def _own_adult_diary() -> Child:
    """The present person as a pupil who is of age; 404 for others."""
    child: Child | None = current_user.ties.child(current_user.person_id)
    if child is None or not is_adult(child.birth_on, clock.today(child.time_zone)):
        abort(404)
    return child


@blueprint.get("/account/readers")
@permit(PUPIL)
def readers() -> Any:
    """Who may read the diary of a pupil of age, who decides it (H10)."""
    child = _own_adult_diary()
    choices = list_adult_choices(child.pupil_id, clock.today(child.time_zone), now())
    return page(
        "auth/readers.html",
        form=SignOutForm(),
        choices=choices,
        kinds=wording.GUARDIAN_KINDS,
        words=wording.ADULT_CHOICES,
    )


@blueprint.post("/account/readers/<id:guardianship_id>")
@permit(PUPIL)
def decide(guardianship_id: int) -> Any:
    """The pupil of age opens the diary to somebody, refuses, or takes it back: at once."""
    child = _own_adult_diary()
    try:
        decide_reading(
            guardianship_id,
            child.pupil_id,
            allow=request.form.get("allow") == "yes",
            act=new_act(),
        )
    except ChoiceRefused:
        abort(404)
    flash("Сохранено, действует сразу.")
    return see_other(url_for("auth.readers"))


@blueprint.route("/account/ask/<id:guardianship_id>", methods=["GET", "POST"])
@permit(SIGNED_IN)
def ask(guardianship_id: int) -> Any:
    """A parent asks a child who is of age to open the diary."""
    closed = next(
        (
            diary
            for diary in list_closed_diaries(current_user.person_id, now())
            if diary.guardianship_id == guardianship_id and diary.may_ask
        ),
        None,
    )
    if closed is None:
        abort(404)
    if request.method != "POST":
        return page("auth/ask.html", form=SignOutForm(), diary=closed)
    ask_to_read(guardianship_id, current_user.person_id, new_act())
    flash("Просьба передана.")
    return see_other(url_for("auth.account"))
