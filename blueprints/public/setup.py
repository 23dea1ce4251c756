"""The first run: from an empty installation to a school with its first administrator (H22)."""

import hmac
from datetime import date
from typing import Any

from flask import abort, current_app, flash, g, request, url_for
from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from blueprints.access import now, public
from blueprints.forms import Form, RussianMeta
from blueprints.public.views import blueprint
from blueprints.responses import page, see_other
from school.actions.history import Act
from school.actions.setup import Setup, SetupRefused, begin_installation, may_begin
from school.exchange.school_rows import Names
from school.exchange.values import parse_date, parse_login, parse_name, parse_short_name
from school.regulations import NAMES, read_template
from school.rules.regulation import parse_regulation
from school.rules.school_year import (
    SCHEMES,
    ProposedPeriod,
    first_day_of_year,
    propose_periods,
)
from school.settings import Settings

PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")
ZONES = {
    "Europe/Kaliningrad": "Калининград (МСК−1)",
    "Europe/Moscow": "Москва",
    "Europe/Samara": "Самара (МСК+1)",
    "Asia/Yekaterinburg": "Екатеринбург (МСК+2)",
    "Asia/Omsk": "Омск (МСК+3)",
    "Asia/Krasnoyarsk": "Красноярск (МСК+4)",
    "Asia/Irkutsk": "Иркутск (МСК+5)",
    "Asia/Yakutsk": "Якутск (МСК+6)",
    "Asia/Vladivostok": "Владивосток (МСК+7)",
    "Asia/Magadan": "Магадан (МСК+8)",
    "Asia/Kamchatka": "Камчатка (МСК+9)",
}
#: Whose regulations are shipped.
REGULATIONS = {
    "school-2": "СОШ № 2",
    "school-19": "СОШ № 19",
    "volosovskaya": "Волосовская НОШ",
    "school-11": "СШ № 11",
    "nizhnyaya-tura": "Нижнетуринский округ",
}
NEEDED = InputRequired("Заполните это поле.")
TOO_OLD = "Страница устарела. Введите пароль ещё раз и нажмите кнопку."


def _regulations() -> list[SelectChoice]:
    """The shipped regulations, told apart by their first words: a list on a phone is cut there."""
    titles = [(name, parse_regulation(read_template(name)).title) for name in NAMES]
    return [SelectChoice(name, f"{REGULATIONS[name]}: {title}") for name, title in titles]


def _parsed(parse: Any) -> Any:
    """A validator by one of the parsers of the import."""

    def check(_: Any, field: Any) -> None:
        try:
            parse(" ".join((field.data or "").split()))
        except ValueError as error:
            raise ValidationError(str(error)) from None

    return check


def _names(text: str) -> Names:
    words = text.split(maxsplit=2)
    if len(words) < 2:
        raise ValueError("Нужны фамилия и имя, отчество — если есть.")
    for word in words:
        parse_name(word)
    return Names(words[0], words[1], words[2] if len(words) > 2 else "")


class SchoolForm(FlaskForm):
    """The first page: the school. Sent by GET, so that going back loses nothing; without
    anything personal, for addresses are kept by browsers."""

    class Meta(RussianMeta):
        csrf = False

    kind = RadioField(
        "Что заводим",
        choices=[
            SelectChoice("one", "одну школу"),
            SelectChoice("many", "муниципалитет с несколькими школами"),
        ],
        default="one",
    )
    municipality = StringField("Название муниципалитета", validators=[Length(max=200)])
    name = StringField("Название школы", validators=[NEEDED, Length(max=200)])
    full_name = StringField("Полное название по уставу", validators=[Length(max=250)])
    short_name = StringField(
        "Короткое имя для адреса", validators=[NEEDED, Length(max=60), _parsed(parse_short_name)]
    )
    regulation = SelectField("Регламент услуги")
    time_zone = SelectField(
        "Часовой пояс",
        choices=[SelectChoice(*pair) for pair in ZONES.items()],
        default="Europe/Moscow",
    )
    days = SelectField(
        "Учебная неделя", choices=[SelectChoice("5", "5 дней"), SelectChoice("6", "6 дней")]
    )
    first_year = SelectField("Учебный год")
    scheme = SelectField(
        "Учебные периоды", choices=[SelectChoice(*pair) for pair in SCHEMES.items()]
    )

    def __init__(self, today: date) -> None:
        super().__init__(formdata=request.args or None)
        self.regulation.choices = _regulations()
        first = first_day_of_year(today).year
        self.first_year.choices = [
            SelectChoice(str(year), f"{year}/{year + 1}") for year in (first, first + 1, first - 1)
        ]

    def validate_municipality(self, field: Any) -> None:
        if self.kind.data == "many" and not (field.data or "").strip():
            raise ValidationError("Назовите муниципалитет.")


class PeopleForm(Form):
    """The second page: the periods' days, the head, the administrator."""

    code = StringField("Код мастера")
    head = StringField("Директор: фамилия, имя, отчество", validators=[NEEDED, _parsed(_names)])
    administrator = StringField(
        "Администратор: фамилия, имя, отчество", validators=[NEEDED, _parsed(_names)]
    )
    login = StringField("Логин администратора", validators=[NEEDED, _parsed(parse_login)])
    password = PasswordField("Пароль", validators=[NEEDED])
    again = PasswordField(
        "Пароль ещё раз",
        validators=[NEEDED, EqualTo("password", "Пароли не совпали. Введите одинаковые.")],
    )


def _needs_code() -> bool:
    settings: Settings = current_app.extensions["settings"]
    return not settings.is_local or any(name in request.headers for name in PROXY_HEADERS)


def _local_today() -> date:
    return now().date()


@blueprint.get("/setup")
@public()
def setup() -> Any:
    """The first page of the wizard; gone once there is a school."""
    if not may_begin():
        abort(404)
    form = SchoolForm(_local_today())
    return page("public/setup.html", form=form)


@blueprint.route("/setup/people", methods=["GET", "POST"])
@public(checks_token=True)
def setup_people() -> Any:
    """The second page, and making the school."""
    if not may_begin():
        abort(404)
    school = SchoolForm(_local_today())
    if not request.args or not school.validate():
        return page("public/setup.html", 422, form=school)
    form = PeopleForm()
    periods = propose_periods(school.scheme.data, int(school.first_year.data))
    days = _days(periods)
    errors: dict[str, str] = {}
    if request.method == "POST":
        mended, errors = _mended(periods, days)
        if form.validate() and not errors:
            try:
                _begin(school, form, mended)
            except SetupRefused as refused:
                field = getattr(form, refused.field or "login", form.login)
                field.errors = [str(refused)]
            else:
                flash("Школа заведена. Войдите и загрузите таблицы школы.")
                return see_other(url_for("auth.sign_in"))
        if form.errors.get("csrf_token"):
            form.password.errors = [TOO_OLD]
    return page(
        "public/setup_people.html",
        422 if request.method == "POST" else 200,
        form=form,
        school=school,
        periods=periods,
        days=days,
        errors=errors,
        needs_code=_needs_code(),
        query=request.query_string.decode("latin-1"),
    )


def _days(periods: list[ProposedPeriod]) -> dict[str, str]:
    """What stands in the fields of the periods' days."""
    days = {}
    for number, period in enumerate(periods):
        days[f"from-{number}"] = f"{period.from_on:%d.%m.%Y}"
        days[f"until-{number}"] = f"{period.until_on:%d.%m.%Y}"
    if request.method == "POST":
        days.update({name: request.form.get(name, "") for name in days})
    return days


def _mended(
    periods: list[ProposedPeriod], days: dict[str, str]
) -> tuple[tuple[ProposedPeriod, ...], dict[str, str]]:
    """The periods with the days of the form, and what is wrong with these by field."""
    errors: dict[str, str] = {}
    found: list[ProposedPeriod] = []
    for number, period in enumerate(periods):
        ends = []
        for name in (f"from-{number}", f"until-{number}"):
            try:
                ends.append(parse_date(days[name].strip()))
            except ValueError as error:
                errors[name] = str(error)
        if len(ends) < 2:
            continue
        if ends[1] <= ends[0]:
            errors[f"until-{number}"] = "Конец раньше начала."
        before = next(
            (p for p in reversed(found) if p.kind == period.kind and p.until_on >= ends[0]), None
        )
        if before is not None:
            errors[f"from-{number}"] = f"Пересекается с периодом «{before.name}»."
        found.append(
            ProposedPeriod(
                period.kind, period.ordinal, period.name, period.from_grade, period.until_grade,
                *ends,
            )
        )  # fmt: skip
    return tuple(found), errors


def _begin(school: SchoolForm, form: PeopleForm, periods: tuple[ProposedPeriod, ...]) -> None:
    settings: Settings = current_app.extensions["settings"]
    if _needs_code() and not hmac.compare_digest(
        (form.code.data or "").strip().encode(), settings.setup_code.encode()
    ):
        raise SetupRefused(
            "code", "Код не подошёл. Его показывает на сервере команда flask --app app doctor."
        )
    year = int(school.first_year.data)
    begin_installation(
        Setup(
            municipality=(school.municipality.data or "").strip()
            if school.kind.data == "many"
            else "",
            short_name=parse_short_name((school.short_name.data or "").strip()),
            name=" ".join((school.name.data or "").split()),
            full_name=" ".join((school.full_name.data or "").split()),
            regulation=school.regulation.data,
            time_zone=school.time_zone.data,
            days_in_week=int(school.days.data),
            year_from=min(p.from_on for p in periods),
            year_until=max(*(p.until_on for p in periods), date(year + 1, 5, 31)),
            head=_names(" ".join((form.head.data or "").split())),
            administrator=_names(" ".join((form.administrator.data or "").split())),
            login=(form.login.data or "").strip(),
            password=form.password.data or "",
            periods=periods,
        ),
        act=Act(at=now(), actor_id=None, request_id=g.request_id),
    )
