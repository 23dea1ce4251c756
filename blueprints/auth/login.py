"""One's own login and phone."""

from typing import Any

from flask import flash, request, url_for
from flask_login import current_user

from blueprints.access import SIGNED_IN, new_act, permit
from blueprints.auth.forms import PAGE_TOO_OLD, LoginForm, PhoneForm
from blueprints.auth.views import blueprint
from blueprints.responses import page, see_other
from school.actions.accounts import AccountError, change_login
from school.actions.contacts import ContactRefused, set_phone
from school.queries.letters import find_phone


@blueprint.route("/account/login", methods=["GET", "POST"])
@permit(SIGNED_IN, checks_token=True, asks_password=True)
def login() -> Any:
    """Another login; the password stays."""
    form = LoginForm(login=current_user.person.login)
    if request.method != "POST":
        return page("auth/login.html", form=form)
    if form.validate():
        try:
            chosen = change_login(current_user.person_id, form.login.data or "", new_act())
        except AccountError as refusal:
            form.login.errors = [str(refusal)]
        else:
            flash(f"Теперь ваш логин — {chosen}. Запишите его.")
            return see_other(url_for("auth.account"))
    elif form.csrf_token.errors:
        form.login.errors = [PAGE_TOO_OLD]
    return page("auth/login.html", 422, form=form)


@blueprint.route("/account/phone", methods=["GET", "POST"])
@permit(SIGNED_IN, checks_token=True, asks_password=True)
def phone() -> Any:
    """By which phone the school may reach the person; empty: none."""
    form = PhoneForm(phone=find_phone(current_user.person_id))
    if request.method != "POST":
        return page("auth/phone.html", form=form)
    if form.validate():
        try:
            kept = set_phone(current_user.person_id, form.phone.data or "", new_act())
        except ContactRefused as refusal:
            form.phone.errors = [str(refusal)]
        else:
            flash(f"Телефон сохранён: {kept}." if kept else "Телефона больше нет.")
            return see_other(url_for("auth.account"))
    elif form.csrf_token.errors:
        form.phone.errors = [PAGE_TOO_OLD]
    return page("auth/phone.html", 422, form=form)
