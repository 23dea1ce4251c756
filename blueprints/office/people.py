"""The office's people: roles, representatives and their limits, coming and going of pupils."""

from datetime import date
from typing import Any

from flask import abort, flash, request, url_for
from wtforms import Form as AnyForm
from wtforms.fields import SelectChoice

from blueprints.access import (
    load_guardianship,
    load_limit,
    load_own_pupil,
    load_person,
    load_role,
    new_act,
    now,
    own_schools,
    permit,
)
from blueprints.office.people_forms import (
    TOO_OLD,
    AccountForm,
    EndForm,
    EnrolForm,
    GraduationForm,
    LeaveForm,
    LiftForm,
    LimitForm,
    RepresentativeForm,
    RoleForm,
    StaffForm,
)
from blueprints.office.views import blueprint
from blueprints.responses import page, see_other
from school import clock, wording
from school.actions.accounts import AccountError, issue_one_time_password
from school.actions.enrolments import EnrolmentRefused, end_enrolments, enrol
from school.actions.representatives import (
    NewLimit,
    NewRepresentative,
    RepresentativeRefused,
    add_representative,
    end_guardianship,
    lift_limit,
    set_limit,
)
from school.actions.staff import Names, NewRole, RoleRefused, add_staff, end_role, give_role
from school.queries.own_data import get_own_data
from school.queries.people import (
    MOST_FOUND,
    list_arrivals,
    list_leavers,
    list_staff,
    search_people,
)
from school.queries.schools import find_class, find_school, list_classes, list_schools
from school.queries.ties import get_ties
from school.rules.access import ADMINISTRATOR, CLASS_TEACHER

DAY = "%d.%m.%Y"


def _today(school_id: int) -> date:
    school = find_school(school_id)
    return clock.today(school.time_zone if school else "UTC")


def _form_page(form: Any, title: str, back: str, *, button: str = "Сохранить", **more: Any) -> Any:
    """A page with one form; a refused one comes back with what was typed."""
    if form.errors.get("csrf_token"):
        first = next(field for field in form if field.name != "csrf_token")
        first.errors = [TOO_OLD]
    status = 422 if request.method == "POST" else 200
    return page(
        "office/form.html", status, form=form, title=title, back=back, button=button, **more
    )


def _refuse(form: AnyForm, refusal: ValueError) -> None:
    """A rule of the school says no: beside the first field."""
    next(field for field in form if field.name != "csrf_token").errors = [str(refusal)]


def _to_person(person_id: int, said: str) -> Any:
    flash(said)
    return see_other(url_for("office.person", person_id=person_id))


@blueprint.get("/people")
@permit(ADMINISTRATOR)
def people() -> Any:
    """The staff of the schools, and a search among pupils and representatives."""
    asked = request.args.get("q", "")[:100]
    schools = [find_school(school_id) for school_id in sorted(own_schools())]
    return page(
        "office/people.html",
        asked=asked,
        found=search_people(own_schools(), asked) if asked.strip() else None,
        most=MOST_FOUND,
        schools=[
            (school, list_staff(school.school_id, wording.DUTIES, clock.today(school.time_zone)))
            for school in schools
            if school
        ],
    )


@blueprint.get("/people/<id:person_id>")
@permit(ADMINISTRATOR)
def person(person_id: int) -> Any:
    """What the office keeps of a person; logged."""
    card = load_person(person_id, shows_data=True)
    schools = own_schools()
    return page(
        "office/person.html",
        card=card,
        roles=[role for role in card.roles if role.school_id in schools],
        children=[tie for tie in card.children if tie.school_id in schools],
        is_pupil=bool(card.enrolments) and card.enrolments[0].school_id in schools,
        today=_today(min(schools)),
        words=wording,
    )


# Roles


def _role_choices(form: RoleForm) -> None:
    schools = [find_school(school_id) for school_id in sorted(own_schools())]
    form.school.choices = [SelectChoice(s.school_id, s.name) for s in schools if s]
    form.school_class.choices = [SelectChoice(0, "—")]
    for school in schools:
        if school is None:
            continue
        several = f", {school.name}" if len(schools) > 1 else ""
        for line in list_classes(school.school_id, clock.today(school.time_zone)):
            form.school_class.choices.append(SelectChoice(line.class_id, f"{line.name}{several}"))


def _new_role(form: RoleForm, person_id: int) -> NewRole:
    if form.from_on.day is None:
        raise RoleRefused("Напишите первый день.")
    if form.kind.data == CLASS_TEACHER and not form.school_class.data:
        raise RoleRefused("Выберите класс, которым человек руководит.")
    is_class_teacher = form.kind.data == CLASS_TEACHER
    return NewRole(
        person_id,
        form.kind.data,
        form.school.data,
        form.school_class.data if is_class_teacher else None,
        form.from_on.day,
        form.until_on.day,
    )


@blueprint.route("/people/new", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def new_staff() -> Any:
    """Adds a member of staff with a role."""
    form = StaffForm(from_on=f"{_today(min(own_schools())):{DAY}}")
    _role_choices(form)
    if request.method == "POST" and form.validate():
        names = Names(form.surname.data, form.given_name.data, form.patronymic.data)
        try:
            person_id = add_staff(names, _new_role(form, 0), new_act())
        except RoleRefused as refusal:
            _refuse(form, refusal)
        else:
            return _to_person(person_id, "Сотрудник записан. Выдайте ему логин и пароль.")
    return _form_page(form, "Новый сотрудник", url_for("office.people"))


@blueprint.route("/people/<id:person_id>/roles", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def new_role(person_id: int) -> Any:
    """Gives a person a role from a day to a day."""
    card = load_person(person_id)
    form = RoleForm(from_on=f"{_today(min(own_schools())):{DAY}}")
    _role_choices(form)
    if request.method == "POST" and form.validate():
        try:
            is_new = give_role(_new_role(form, person_id), new_act())
        except RoleRefused as refusal:
            _refuse(form, refusal)
        else:
            return _to_person(person_id, "Сохранено." if is_new else "Эта должность уже есть.")
    title = f"Новая должность: {card.name}"
    return _form_page(form, title, url_for("office.person", person_id=person_id))


@blueprint.route("/roles/<id:role_id>", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def role(role_id: int) -> Any:
    """Ends a role: on a day, or this minute."""
    line = load_role(role_id)
    today = _today(line.school_id or 0)
    form = EndForm(last_day=f"{today:{DAY}}")
    if request.method == "POST" and form.validate():
        try:
            end_role(
                role_id,
                last_day=form.last_day.day or today,
                at_once=bool(form.at_once.data),
                reason=form.reason.data,
                today=today,
                act=new_act(),
            )
        except RoleRefused as refusal:
            _refuse(form, refusal)
        else:
            return _to_person(line.person_id, "Должность прекращена. Записи в журналах остались.")
    card = load_person(line.person_id)
    return _form_page(
        form,
        f"Прекратить должность: {wording.DUTIES[line.kind]} {line.class_name}".strip(),
        url_for("office.person", person_id=line.person_id),
        button="Прекратить",
        intro=[card.name],
    )


@blueprint.route("/people/<id:person_id>/password", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def issue_password(person_id: int) -> Any:
    """A one-time password, shown once: the person has to choose their own with it."""
    card = load_person(person_id)
    duties = get_ties(person_id, now()).duties
    if any(duty.school_id not in own_schools() for duty in duties):
        # Whoever gives a password could come in with it: not where others' data are open.
        abort(403)
    form = AccountForm(login=card.login)
    if request.method == "POST" and form.validate():
        try:
            password = issue_one_time_password(person_id, form.login.data, new_act())
        except AccountError as refusal:
            _refuse(form, refusal)
        else:
            return page("office/password.html", card=card, login=form.login.data, password=password)
    return _form_page(
        form,
        f"Временный пароль: {card.name}",
        url_for("office.person", person_id=person_id),
        button="Выдать временный пароль",
        intro=[
            "Прежний пароль перестанет действовать, все входы закроются.",
            "Отдайте пароль лично: с ним придётся придумать свой.",
        ],
    )


@blueprint.get("/people/<id:person_id>/data")
@permit(ADMINISTRATOR)
def person_data(person_id: int) -> Any:
    """What is kept about a person, to be printed at their request (152-ФЗ, статья 14)."""
    card = load_person(person_id, shows_data=True)
    if not card.school_ids <= own_schools():
        abort(403)  # of several schools: the person reads it in the own account
    return page("office/data.html", card=card, sections=get_own_data(person_id, now()))


# Representatives and limits


@blueprint.route("/people/<id:person_id>/representatives", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def new_representative(person_id: int) -> Any:
    """Writes down a representative of a pupil."""
    card = load_own_pupil(person_id)
    school_id = card.enrolments[0].school_id
    form = RepresentativeForm(from_on=f"{_today(school_id):{DAY}}")
    if request.method == "POST" and form.validate():
        new = NewRepresentative(
            person_id,
            form.kind.data,
            form.basis.data,
            form.from_on.day or _today(school_id),
            form.until_on.day,
            Names(form.surname.data, form.given_name.data, form.patronymic.data),
        )
        try:
            add_representative(new, school_id, new_act())
        except RepresentativeRefused as refusal:
            _refuse(form, refusal)
        else:
            return _to_person(person_id, "Представитель записан.")
    title = f"Новый законный представитель: {card.name}"
    return _form_page(form, title, url_for("office.person", person_id=person_id))


@blueprint.route("/guardianships/<id:guardianship_id>", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def guardianship(guardianship_id: int) -> Any:
    """Ends somebody's authority: on a day, or this minute."""
    tie = load_guardianship(guardianship_id)
    school_id = tie.school_id or 0
    today = _today(school_id)
    form = EndForm(last_day=f"{today:{DAY}}")
    if request.method == "POST" and form.validate():
        try:
            end_guardianship(
                guardianship_id,
                school_id,
                last_day=form.last_day.day or today,
                at_once=bool(form.at_once.data),
                reason=form.reason.data,
                today=today,
                act=new_act(),
            )
        except RepresentativeRefused as refusal:
            _refuse(form, refusal)
        else:
            return _to_person(tie.pupil_id, "Представительство прекращено.")
    return _form_page(
        form,
        f"Прекратить представительство: {tie.name}",
        url_for("office.person", person_id=tie.pupil_id),
        button="Прекратить",
        intro=[f"{wording.capital(wording.GUARDIAN_KINDS[tie.kind])}, {tie.basis}."],
    )


@blueprint.route("/people/<id:person_id>/limits", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def new_limit(person_id: int) -> Any:
    """Hides something of a pupil's diary from a representative, or from the pupil."""
    card = load_own_pupil(person_id)
    school_id = card.enrolments[0].school_id
    form = LimitForm(from_on=f"{_today(school_id):{DAY}}")
    people = {tie.guardian_id: tie.name for tie in card.representatives if not tie.is_ended}
    people[person_id] = f"{card.name} (сам обучающийся)"
    form.person.choices = [SelectChoice(*pair) for pair in people.items()]
    if request.method == "POST" and form.validate():
        new = NewLimit(
            person_id,
            form.person.data,
            form.area.data,
            form.ground.data,
            form.basis.data,
            form.from_on.day or _today(school_id),
            form.until_on.day,
        )
        try:
            set_limit(new, school_id, new_act())
        except RepresentativeRefused as refusal:
            _refuse(form, refusal)
        else:
            return _to_person(person_id, "Ограничение записано, действует со своего дня.")
    title = f"Ограничить доступ к дневнику: {card.name}"
    return _form_page(form, title, url_for("office.person", person_id=person_id))


@blueprint.route("/limits/<id:limit_id>", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def limit(limit_id: int) -> Any:
    """Lifts a limit."""
    line = load_limit(limit_id)
    form = LiftForm()
    if request.method == "POST" and form.validate():
        try:
            lift_limit(limit_id, line.school_id or 0, form.reason.data, new_act())
        except RepresentativeRefused as refusal:
            _refuse(form, refusal)
        else:
            return _to_person(line.pupil_id, "Ограничение снято.")
    return _form_page(
        form,
        f"Снять ограничение: {line.name}",
        url_for("office.person", person_id=line.pupil_id),
        button="Снять ограничение",
        intro=[f"Не показывается: {wording.AREAS[line.area]}. Основание: {line.basis}."],
    )


# Coming and going


@blueprint.route("/people/<id:person_id>/leave", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def leave(person_id: int) -> Any:
    """Lets a pupil go: to another school, out of the municipality, with a certificate."""
    card = load_own_pupil(person_id)
    latest = card.enrolments[0]
    today = _today(latest.school_id)
    form = LeaveForm(last_day=f"{today:{DAY}}")
    form.moves_to.choices = [SelectChoice(0, "—")] + [
        SelectChoice(school.school_id, school.name)
        for school in list_schools(card.municipality_id)
        if school.school_id != latest.school_id
    ]
    if request.method == "POST" and form.validate():
        try:
            end_enrolments(
                [latest.enrolment_id],
                last_day=form.last_day.day or today,
                ending=form.ending.data,
                reason=form.reason.data,
                moves_to_id=form.moves_to.data or None,
                act=new_act(),
            )
        except EnrolmentRefused as refusal:
            _refuse(form, refusal)
        else:
            return _to_person(person_id, "Записано. Доступ семьи закончится в этот день сам.")
    return _form_page(
        form,
        f"Выбытие: {card.name}",
        url_for("office.person", person_id=person_id),
        intro=["Журналы и история остаются. Вернётся — зачислите снова, и всё откроется."],
    )


@blueprint.route("/people/<id:person_id>/enrolment", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def enrolment(person_id: int) -> Any:
    """Enrols a pupil: one who moves, comes from another school, or comes back."""
    card = load_own_pupil(person_id, arriving=True)
    schools = own_schools()
    latest = card.enrolments[0]
    school_id = latest.school_id if latest.school_id in schools else latest.moves_to_id or 0
    form = EnrolForm(from_on=f"{_today(school_id):{DAY}}")
    form.school_class.choices = [
        SelectChoice(line.class_id, line.name)
        for line in list_classes(school_id, _today(school_id))
    ]
    if request.method == "POST" and form.validate():
        from_on = form.from_on.day or _today(school_id)
        try:
            is_new = enrol(
                person_id, form.school_class.data, from_on, reason=form.reason.data, act=new_act()
            )
        except EnrolmentRefused as refusal:
            _refuse(form, refusal)
        else:
            said = "Зачислен(а) в класс и в уроки всего класса." if is_new else "Уже в этом классе."
            return _to_person(person_id, said)
    return _form_page(
        form,
        f"Зачислить в класс: {card.name}",
        url_for("office.person", person_id=person_id)
        if latest.school_id in schools
        else url_for("office.arrivals"),
        button="Зачислить",
    )


@blueprint.get("/arrivals")
@permit(ADMINISTRATOR)
def arrivals() -> Any:
    """The pupils whom other schools of the municipality let go to this one."""
    return page("office/arrivals.html", arrivals=list_arrivals(own_schools()))


@blueprint.route("/classes/<id:class_id>/graduation", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True)
def graduation(class_id: int) -> Any:
    """Lets a whole class graduate on a day."""
    head = find_class(class_id)
    if head is None or head.school_id not in own_schools():
        abort(404)
    today = clock.today(head.time_zone)
    leavers = list_leavers(class_id, today)
    form = GraduationForm(last_day=f"{today:{DAY}}")
    if request.method == "POST" and form.validate():
        try:
            count = end_enrolments(
                [leaver.enrolment_id for leaver in leavers],
                last_day=form.last_day.day or today,
                ending="graduated",
                reason=form.reason.data,
                moves_to_id=None,
                act=new_act(),
            )
        except EnrolmentRefused as refusal:
            _refuse(form, refusal)
        else:
            flash(f"Выпуск записан: {wording.plural(count, 'ученик', 'ученика', 'учеников')}.")
            return see_other(url_for("office.start"))
    return _form_page(
        form,
        f"Выпуск класса {head.name}",
        url_for("classroom.pupils", class_id=class_id),
        button="Записать выпуск",
        intro=[f"Учеников: {len(leavers)}. Доступ семей закончится в этот день сам."],
    )
