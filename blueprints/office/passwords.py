"""One-time passwords for staff, as slips to hand out."""

import secrets
from typing import Any

from flask import current_app, flash, request, url_for
from flask_login import current_user

from blueprints.access import new_act, permit
from blueprints.forms import Form
from blueprints.office.views import blueprint
from blueprints.papers.documents import (
    Document,
    chosen_points,
    make_soon,
    new_paper,
    qr,
    sizes_offered,
)
from blueprints.papers.layout import slip_sheets
from blueprints.responses import page, see_other
from school import clock
from school.actions.papers import NewPaper
from school.actions.password_lists import Issued, issue_passwords
from school.queries.schools import SchoolLine, find_school
from school.queries.staff import StaffLine, list_staff
from school.rules.access import ADMINISTRATOR
from school.settings import Settings

#: So many at once: each costs a hash that is slow on purpose.
MOST = 60
NOTE = (
    "Пароль временный: при первом входе программа попросит придумать свой. Никому его не "
    "сообщайте, листок потом порвите. Вход: {address}"
)


def _own_school() -> SchoolLine:
    """The administrator's school; of several the one that was asked for."""
    own = current_user.ties.schools([ADMINISTRATOR])
    asked = request.args.get("school", 0, type=int)
    found = find_school(asked if asked in own else min(own))
    if found is None:
        raise LookupError("a duty in a school that is not there")
    return found


def _document(issued: tuple[Issued, ...], school: SchoolLine, points: int) -> Document:
    settings: Settings = current_app.extensions["settings"]
    address = f"{settings.base_url}/sign-in"
    title = f"Временные пароли, {school.name}"
    note = NOTE.format(address=address)
    return Document(
        kind="passwords",
        school_id=school.school_id,
        school=school.full_name,
        title=title,
        template="print/passwords.html",
        sheets=slip_sheets(issued, (school.full_name, title), note, points),
        points=points,
        time_zone=school.time_zone,
        context={"note": note, "image": qr(address)},
        is_secret=True,
    )


def _page(school: SchoolLine, staff: tuple[StaffLine, ...], wrong: str = "") -> Any:
    return page(
        "office/passwords.html",
        422 if wrong else 200,
        school=school,
        staff=staff,
        chosen=set(request.form.getlist("person")),
        form=Form(),
        token=request.form.get("request") or secrets.token_hex(8),
        all_points=sizes_offered(),
        problem=wrong,
    )


@blueprint.route("/passwords", methods=["GET", "POST"])
@permit(ADMINISTRATOR)
def passwords() -> Any:
    """Choose people; they get one-time passwords, printed as slips."""
    school = _own_school()
    today = clock.today(school.time_zone)
    staff = list_staff(school.school_id, today, but=current_user.person_id)
    if request.method != "POST":
        return _page(school, staff)
    chosen = set(request.form.getlist("person"))
    lines = [line for line in staff if str(line.person_id) in chosen]
    if not lines:
        return _page(school, staff, "Отметьте хотя бы одного человека.")
    if len(lines) > MOST:
        return _page(school, staff, f"За один раз — не больше {MOST} человек.")
    points = chosen_points()
    key = f"passwords:{current_user.person_id}:{request.form.get('request', '')[:40]}"

    def make(issued: tuple[Issued, ...]) -> NewPaper:
        return new_paper(_document(issued, school, points), key)

    paper_id = issue_passwords(lines, key, make, new_act())
    make_soon(paper_id)
    flash("Временные пароли готовы. Прежние пароли этих людей больше не подходят.")
    return see_other(url_for("papers.paper", paper_id=paper_id))
